"""The remote side, and what reps, marketers and accidents do to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from syncd.core.errors import Retryable, Unclear
from syncd.core.rules import SystemMap
from syncd.core.types import (
    Action,
    Activity,
    CrmAccount,
    Opportunity,
    Owner,
    Raw,
    Record,
    Ref,
    State,
)
from syncd.core.writers import Version, Writer

ID_FIELDS = {"contacts": "hs_object_id", "Lead": "Id", "Contact": "Id"}

COUNTERS = {
    "form": "num_conversion_events",
    "page_view": "hs_analytics_num_page_views",
    "email_open": "hs_email_last_open_date",
    "email_click": "hs_email_last_click_date",
}
ENGAGED = "notes_last_updated"
"""Fields of a marketing contact that move when an activity is added; kinds that `COUNTERS` does not
list move `ENGAGED`."""

PRESENT = (State.LIVE, State.CONVERTED)

Thing = Record | Activity | Owner | Opportunity | CrmAccount


@dataclass(slots=True)
class Row:
    """One remote row. `own`: last written by syncd; `visible`: from when on a pull can see it."""

    value: Thing
    stamp: datetime
    visible: datetime
    own: bool = False


@dataclass(slots=True)
class Fault:
    """One injected fault: see `MemoryWorld.fail`."""

    call: str
    error: BaseException
    applied: bool
    skip: int
    times: int


@dataclass(frozen=True, slots=True)
class Created:
    """One create by a connector, for a checker. `key` is the action's, `token` the external id."""

    ref: Ref
    key: str
    effect: str
    token: str
    at: datetime


def accept(action: Action) -> str | None:
    """The veto of a world without rules."""
    return None


@dataclass(slots=True)
class MemoryWorld:
    """One remote account.

    clock      the server's clock
    veto       an action → the sentence with which the system refuses this row, or None
    hidden     (kind, field) pairs that do not exist for us
    picklists  (kind, field) → allowed values
    made       when each record was made
    entered    (record, stage) → when it first entered that stage
    creates    every create by a connector, in order
    writes     rows written by connectors, by kind
    lists      static lists: name → ids of their members
    calls      API calls of all connectors, by endpoint ("send Lead", "pull changes")
    writer     who it is that changes something, when it is not syncd
    versions   every change of a field of a person, with who made it
    """

    map: SystemMap
    clock: Callable[[], datetime]
    account: str = "memory"
    veto: Callable[[Action], str | None] = accept
    hidden: frozenset[tuple[str, str]] = frozenset()
    picklists: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    rows: dict[Ref, Row] = field(default_factory=dict)
    made: dict[Ref, datetime] = field(default_factory=dict)
    entered: dict[tuple[Ref, Raw], datetime] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    creates: list[Created] = field(default_factory=list)
    writes: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    lists: dict[str, set[str]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(1001))
    writer: Writer = field(default_factory=lambda: Writer("user", "Somebody", "1"))
    versions: list[Version] = field(default_factory=list)

    # ------------------------------------------------------------ what people do in it
    def person(
        self,
        kind: str,
        fields: Mapping[str, Raw],
        *,
        id: str = "",
        token: str = "",
        late: float = 0.0,
    ) -> Ref:
        """Somebody makes a record; pulls see it after `late` seconds, with the stamp of now."""
        ref = self._new(kind, id)
        held = dict(fields)
        if kind in ID_FIELDS:
            held[ID_FIELDS[kind]] = ref.id
        if token and self.map.kinds[kind].key:
            held[self.map.kinds[kind].key] = token
        self.put(ref, Record(ref, held, self.clock()), late=late)
        return ref

    def edit(self, ref: Ref, *, late: float = 0.0, **fields: Raw) -> None:
        """Somebody (not syncd) changes fields of a record."""
        record = self.get(ref)
        held = {**record.fields, **fields}
        self.put(ref, replace(record, fields=held, modified=self.clock()), late=late)

    def delete(self, ref: Ref, *, purge: bool = False) -> None:
        """Into the recycle bin (HubSpot: archived), or gone for good."""
        if purge:
            del self.rows[ref]
            return
        state = State.ARCHIVED if ref.kind == "contacts" else State.DELETED
        self.put(ref, replace(self.get(ref), state=state, modified=self.clock()))

    def merge(self, winner: Ref, loser: Ref) -> None:
        """The winner keeps its fields and gains the loser's id as an alias; activities move."""
        kept, lost = self.get(winner), self.get(loser)
        aliases = (*kept.aliases, loser, *lost.aliases)
        held = dict(kept.fields)
        if winner.kind == "contacts":
            held["hs_merged_object_ids"] = ";".join(a.id for a in aliases)
        self.put(winner, replace(kept, fields=held, aliases=aliases, modified=self.clock()))
        self.put(loser, replace(lost, state=State.MERGED, successor=winner, modified=self.clock()))
        self._move(loser, winner)

    def convert(self, lead: Ref, *, contact: Ref | None = None, opportunity: str = "") -> Ref:
        """A rep makes a lead a contact (or joins it to one), with an open opportunity if named."""
        record = self.get(lead)
        if contact is None:
            contact = self._new("Contact")
            held = {**record.fields, "Id": contact.id}
            self.put(contact, Record(contact, held, self.clock()))
        self.put(
            lead,
            replace(record, state=State.CONVERTED, successor=contact, modified=self.clock()),
        )
        self._move(lead, contact)
        if opportunity:
            self.opportunity(name=opportunity, people=(contact,), link="converted")
        return contact

    def activity(self, kind: str, about: Sequence[Ref] = (), *, late: float = 0.0, **more: object) -> Ref:
        """Something happens with people; a marketing contact's counters move as in HubSpot.

        `more`: further fields of `Activity` (at, title, outbound, done, email, …).
        """
        ref = self._new(kind)
        given = {"at": self.clock(), "about": tuple(about), **more}
        self.put(ref, Activity(ref, kind, **given), late=late)  # type: ignore[arg-type]
        for person in about:
            if person.kind == "contacts":
                moved = COUNTERS.get(kind, ENGAGED)
                self.edit(person, late=late, **{moved: f"{self.clock().isoformat()}#{ref.id}"})
        return ref

    def change_activity(self, ref: Ref, **fields: object) -> None:
        """A rep edits or completes an activity."""
        self.put(ref, replace(self.rows[ref].value, **fields))  # type: ignore[arg-type]

    def owner(self, email: str, *, name: str = "", id: str = "", active: bool = True, **more: str) -> Ref:
        """A user or queue joins; the same id again changes it (deactivation)."""
        ref = self._new("User" if "Lead" in self.map.kinds else "owners", id)
        self.put(ref, Owner(ref, email, name or email.partition("@")[0], active, **more))
        return ref

    def opportunity(self, *, id: str = "", **more: object) -> Ref:
        """A deal is made; the same id again changes it. `more`: fields of `Opportunity`."""
        ref = self._new("Opportunity", id)
        old = self.rows[ref].value if ref in self.rows else None
        given = {"modified": self.clock(), **more}
        if not isinstance(old, Opportunity):
            first = {"name": "Deal", "stage": "Prospecting", "status": "open"}
            given = {**first, "link": "contact_role", **given}
            self.put(ref, Opportunity(ref, **given))  # type: ignore[arg-type]
        else:
            self.put(ref, replace(old, **given))  # type: ignore[arg-type]
        return ref

    def company(self, *, id: str = "", late: float = 0.0, **more: object) -> Ref:
        """A company is made; the same id again changes it. `more`: fields of `CrmAccount`."""
        assert self.map.account is not None
        ref = self._new(self.map.account.kind, id)
        old = self.rows[ref].value if ref in self.rows else None
        if isinstance(old, CrmAccount):
            self.put(ref, replace(old, **{"modified": self.clock(), **more}), late=late)  # type: ignore[arg-type]
        else:
            given = {"name": "Acme", "domain": "", "owner": "", "modified": self.clock(), **more}
            self.put(ref, CrmAccount(ref, **given), late=late)  # type: ignore[arg-type]
        return ref

    def merge_companies(self, winner: Ref, loser: Ref) -> None:
        """Both systems' way at once: the winner knows the loser as an alias, the loser its successor."""
        self.company(id=loser.id, deleted=True, successor=winner)
        self.company(id=winner.id, aliases=(loser,))

    # ------------------------------------------------------------ what tests do to it
    def fail(
        self,
        call: str,
        *,
        applied: bool = False,
        error: BaseException | None = None,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Calls whose endpoint starts with `call` ("send", "send Lead") fail; `skip` go well first.

        `applied`: the write happens and its answer is lost (Unclear). Otherwise nothing happens
        (Retryable). Any other `error` may be given: a crash is a BaseException of the test's.
        """
        lost = Unclear(self.map.system, "The answer was lost.")
        refused = Retryable(self.map.system, "The server did not answer.", after=1.0)
        raised = error or (lost if applied else refused)
        self.faults.append(Fault(call, raised, applied, skip, times))

    def get(self, ref: Ref) -> Record:
        """The person at this address, in whatever state; KeyError when purged."""
        value = self.rows[ref].value
        assert isinstance(value, Record)
        return value

    def people(self, kind: str = "") -> list[Record]:
        """Live and converted people, of one kind or of all."""
        records = (row.value for row in self.rows.values() if isinstance(row.value, Record))
        return [r for r in records if r.state in PRESENT and kind in ("", r.ref.kind)]

    def activities(self, about: Ref | None = None) -> list[Activity]:
        found = (row.value for row in self.rows.values() if isinstance(row.value, Activity))
        return [a for a in found if about is None or about in a.about]

    def duplicates(self) -> dict[str, int]:
        """Keys of actions that made more than one record, with how many: empty in a correct run."""
        made = Counter(created.key for created in self.creates)
        return {key: n for key, n in made.items() if n > 1}

    # ------------------------------------------------------------ for the connector
    def put(self, ref: Ref, value: Thing, *, late: float = 0.0, own: bool = False) -> None:
        now = self.clock()
        if ref in self.rows and isinstance(value, Record):
            self._note(self.get(ref), value, now, own=own)
        self.rows[ref] = Row(value, now, now + timedelta(seconds=late), own)
        self.made.setdefault(ref, now)
        if isinstance(value, Record) and (stage := value.fields.get(self.map.kinds[ref.kind].stage)):
            self.entered.setdefault((ref, stage), now)

    def strike(self, call: str, *, applied: bool) -> None:
        """Raises the fault that is due for this call."""
        for fault in self.faults:
            if fault.times and call.startswith(fault.call) and fault.applied is applied:
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                raise fault.error

    def create(self, ref: Ref, value: Thing, action: Action) -> None:
        self.put(ref, value, own=True)
        made = Created(ref, action.key, action.effect, action.token, self.clock())
        self.creates.append(made)

    def by_token(self, token: str) -> list[Record]:
        """Live people that carry this external id."""
        found = []
        for record in self.people():
            key = self.map.kinds[record.ref.kind].key
            if key and record.fields.get(key) == token:
                found.append(record)
        return found

    def email(self, record: Record) -> str:
        """The record's e-mail address in lower case, "" when it has none."""
        mapped = self.map.kinds[record.ref.kind].fields.get("email")
        return str(record.fields.get(mapped.remote) or "").lower() if mapped else ""

    def _note(self, old: Record, new: Record, at: datetime, *, own: bool) -> None:
        by = Writer("integration", "syncd") if own else self.writer
        changed = [(name, value) for name, value in new.fields.items() if value != old.fields.get(name)]
        self.versions += [Version(new.ref, name, value, at, by, own) for name, value in changed]

    def _new(self, kind: str, id: str = "") -> Ref:
        return Ref(self.map.system, kind, id or str(next(self.ids)))

    def _move(self, old: Ref, new: Ref) -> None:
        for activity in self.activities(old):
            about = tuple(new if ref == old else ref for ref in activity.about)
            self.put(activity.ref, replace(activity, about=about))
