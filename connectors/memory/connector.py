"""One client of a `MemoryWorld`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Answer, Capabilities, FieldNeed, Health, Question, Stream
from connectors.memory.world import COUNTERS, ENGAGED, ID_FIELDS, PRESENT, MemoryWorld, Row
from syncd.core.errors import Unavailable
from syncd.core.lists import LISTS
from syncd.core.types import (
    Action,
    Activity,
    CrmAccount,
    Cursor,
    Opportunity,
    Outcome,
    Owner,
    Page,
    Problem,
    Raw,
    Receipt,
    Record,
    Ref,
    State,
    Token,
    Verb,
)
from syncd.core.writers import History

OVERLAP = timedelta(minutes=10)
"""How far behind its watermark a pull reads again: rows may appear with an older stamp."""

KEYED = frozenset({"person", "task", "note", "activity"})

_CRM = (Stream("changes"), Stream("gone", every=3600))
_MARKETING = (
    Stream("people"),
    Stream("activities", when=frozenset({*COUNTERS.values(), ENGAGED}), scoped=True),
    Stream("owners", every=3600),
    Stream("archived", every=86400),
)
_DEALS, _COMPANIES = Stream("opportunities"), Stream("companies")


class MemoryConnector:
    """See `connectors.base.Connector`.

    keyed    the kinds of creates that carry a unique key here; the others are made anew each time
    page     rows of a page; `batch`: actions of a send
    roles    "marketing" and/or "crm": a marketing system that is the CRM too has opportunities and, where the mapping
             reads them, companies
    """

    def __init__(
        self,
        world: MemoryWorld,
        name: str = "",
        *,
        roles: frozenset[str] = frozenset(),
        keyed: frozenset[str] = KEYED,
        page: int = 100,
        batch: int = 200,
    ) -> None:
        self.world = world
        self.name = name or world.map.system
        self.calls: Counter[str] = Counter()
        self._page, self._batch = page, batch
        self._left: int | None = None
        self._reserve = 0
        crm = "Lead" in world.map.kinds
        of_sales = (_DEALS, *((_COMPANIES,) if world.map.account else ()))
        self.streams = _CRM if crm else (*_MARKETING, *of_sales) if "crm" in roles else _MARKETING
        self.capabilities = Capabilities(
            keyed=keyed,
            linked=not crm,
            person_kinds=("Contact", "Lead") if crm else tuple(world.map.kinds),
            create_kind="Lead" if crm else next(iter(world.map.kinds)),
            text_limit=32_000,
        )

    # ------------------------------------------------------------ the five verbs
    def check(self, needs: Sequence[FieldNeed]) -> Health:
        self._call("check")
        problems: list[Problem] = []
        missing = {(n.kind, n.field) for n in needs} & self.world.hidden
        for need in needs:
            where, subject = f"{need.kind}.{need.field}", f"{self.name}/{need.kind}/{need.field}"
            if (need.kind, need.field) in missing:
                sentence = f"{where} does not exist, or is hidden from us."
                problems.append(Problem("field_missing", subject, sentence, "Create or show it."))
            allowed = self.world.picklists.get((need.kind, need.field), need.values)
            for value in need.values:
                if value not in allowed:
                    sentence = f"{where} has no value “{value}”; it has {', '.join(allowed)}."
                    found = Problem("value_missing", f"{subject}/{value}", sentence, "Add it.")
                    problems.append(found)
        return Health(
            account=self.world.account,
            now=self.now(),
            capabilities=self.capabilities,
            problems=tuple(problems),
            missing=frozenset(missing),
        )

    def resume(self, health: Health) -> None:
        self.capabilities = health.capabilities

    def pull(self, stream: str, since: Cursor | None, about: Sequence[Ref] = ()) -> Iterator[Page]:
        """Cursor at rest: {"since": instant}; in a walk also "from" and "after": [stamp, ref]."""
        if stream not in {s.name for s in self.streams}:
            raise ValueError(f"{self.name} has no stream {stream}")
        if stream == "activities":
            yield from self._pull_about(about)
            return
        cursor = dict(since or {})
        watermark, low = self.now().isoformat(), ""
        after: tuple[str, ...] = ()
        if "after" in cursor:
            watermark, low, after = cursor["since"], cursor["from"], tuple(cursor["after"])
        elif cursor:
            low = (datetime.fromisoformat(cursor["since"]) - OVERLAP).isoformat()
        while True:
            self._call(f"pull {stream}")
            rows = self._rows(stream, low, after)[: self._page]
            if len(rows) < self._page:
                yield self._as_page({"since": watermark}, rows)
                return
            after = _place(rows[-1])
            yield self._as_page({"since": watermark, "from": low, "after": list(after)}, rows)

    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        found: dict[Ref, Record] = {}
        wanted = list(dict.fromkeys(refs))
        for start in range(0, len(wanted), self._batch):
            self._call("read")
            for ref in wanted[start : start + self._batch]:
                if ref in self.world.rows:
                    record = self._with_token(self.world.get(ref))
                    held = {name: record.fields.get(name) for name in fields}
                    found[ref] = replace(record, fields=held)
        return found

    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        if not tokens:
            return {}
        self._call("find")
        by_email: dict[str, list[Ref]] = {}
        for record in self.world.people():
            by_email.setdefault(self.world.email(record), []).append(record.ref)
        by_key: dict[str, list[Ref]] = {}
        for activity in self.world.activities():
            by_key.setdefault(activity.key, []).append(activity.ref)
        for nobody in (by_email, by_key):
            nobody.pop("", None)
        found: dict[Token, tuple[Ref, ...]] = {}
        for token in tokens:
            match token.kind:
                case "person":
                    refs = [record.ref for record in self.world.by_token(token.value)]
                case "email":
                    refs = by_email.get(token.value.lower(), [])
                case _:
                    refs = by_key.get(token.value, [])
            found[token] = tuple(refs)
        return found

    def history(self, refs: Sequence[Ref], fields: Sequence[str]) -> History:
        self._call("history")
        return History([v for v in self.world.versions if v.ref in refs and v.field in fields])

    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        label = f"send {actions[0].target.kind}"
        self._call(label, urgent=any(action.urgent for action in actions))
        receipts = [self._apply(action) for action in actions]
        self.world.strike(label, applied=True)
        return receipts

    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        if questions:
            self._call("census", urgent=False)
        return [
            [
                Answer(self._with_token(r), at)
                for r in self.world.people(q.kind)
                if (at := self._when(q, r)) and q.since <= at < q.until
            ]
            for q in questions
        ]

    def batch(self, action: Action) -> tuple[str, int]:
        return f"{action.verb} {action.target.kind}", self._batch

    def limit(self, calls: int | None, reserve: int) -> None:
        self._left, self._reserve = calls, reserve

    def now(self) -> datetime:
        return self.world.clock()

    def close(self) -> None:
        """Nothing is held."""

    # ------------------------------------------------------------ reading
    def _call(self, label: str, *, urgent: bool = True) -> None:
        if self._left is not None:
            if self._left <= (0 if urgent else self._reserve):
                raise Unavailable(self.name, "The API budget of this sync is spent.")
            self._left -= 1
        self.calls[label] += 1
        self.world.calls[label] += 1
        self.world.strike(label, applied=False)

    def _rows(self, stream: str, low: str, after: tuple[str, ...]) -> list[Row]:
        now = self.now()
        rows = [
            row
            for row in self.world.rows.values()
            if row.visible <= now and row.stamp.isoformat() >= low and _place(row) > after and _belongs(stream, row)
        ]
        return sorted(rows, key=_place)

    def _when(self, question: Question, record: Record) -> datetime | None:
        """When that happened to this record which the question is about; None when it did not, or is not to be seen yet."""
        fields = record.fields
        if self.world.rows[record.ref].visible > self.now() or not all(fields.get(name) for name in question.filled):
            return None
        if question.entered:
            return self.world.entered.get((record.ref, question.entered))
        if not question.field:
            return self.world.made[record.ref]
        said = fields.get(question.field)
        return datetime.fromisoformat(str(said)) if said else None

    def _pull_about(self, about: Sequence[Ref]) -> Iterator[Page]:
        for start in range(0, len(about), self._page):
            self._call("pull activities")
            people = set(about[start : start + self._page])
            held = (self.world.get(ref) for ref in people if ref in self.world.rows)
            emails = {self.world.email(record) for record in held} - {""}
            rows = [
                row
                for row in self.world.rows.values()
                if isinstance(row.value, Activity)
                and row.visible <= self.now()
                and (people & set(row.value.about) or row.value.email.lower() in emails)
            ]
            yield self._as_page({}, rows)

    def _as_page(self, cursor: Cursor, rows: Sequence[Row]) -> Page:
        values = [row.value for row in rows]
        return Page(
            cursor=cursor,
            now=self.now(),
            people=[self._with_token(v) for v in values if isinstance(v, Record)],
            activities=[v for v in values if isinstance(v, Activity)],
            owners=[v for v in values if isinstance(v, Owner)],
            opportunities=[v for v in values if isinstance(v, Opportunity)],
            accounts=[v for v in values if isinstance(v, CrmAccount) and self.world.map.account],
        )

    def _with_token(self, record: Record) -> Record:
        kind = record.ref.kind
        key = self.world.map.kinds[kind].key
        if not key or key == ID_FIELDS.get(kind):
            return record
        token = record.fields.get(key)
        return replace(record, token=None if token is None else str(token))

    # ------------------------------------------------------------ writing
    def _apply(self, action: Action) -> Receipt:
        refused = self.world.veto(action)
        if refused is not None:
            subject = f"{self.name}/{action.target.kind}"
            problem = Problem("rejected", subject, refused, "Correct it.", action.person)
            return Receipt(action.key, Outcome.REJECTED, problem=problem, code="VETO")
        self.world.writes[action.target.kind] += 1
        if action.target.kind == LISTS:
            return self._list(action)
        if action.verb is Verb.LINK:
            return self._link(action)
        if action.target.kind not in self.world.map.kinds:
            return self._create_activity(action) if action.verb is Verb.CREATE else self._close(action)
        return self._create(action) if action.verb is Verb.CREATE else self._update(action)

    def _create(self, action: Action) -> Receipt:
        kind = action.target.kind
        if action.token and "person" in self.capabilities.keyed:
            for record in self.world.by_token(action.token):
                if record.ref.kind == kind:
                    receipt = self._update(replace(action, target=record.ref))
                    return replace(receipt, outcome=Outcome.ALREADY)
        ref = self.world.person(kind, action.fields, token=action.token)
        self.world.create(ref, self.world.get(ref), action)
        return Receipt(action.key, Outcome.DONE, ref, dict(action.fields))

    def _update(self, action: Action) -> Receipt:
        ref = action.target
        record = self.world.get(ref) if ref in self.world.rows else None
        if record is None or record.state is not State.LIVE:
            became: dict[str, Raw] = {"state": record.state if record else State.DELETED}
            if record and record.successor:
                became["successor"] = str(record.successor)
            return Receipt(action.key, Outcome.SUPERSEDED, ref, became, code="GONE")
        held = {**record.fields, **action.fields}
        self.world.put(ref, replace(record, fields=held, modified=self.now()), own=True)
        return Receipt(action.key, Outcome.DONE, ref, dict(action.fields), modified=self.now())

    def _create_activity(self, action: Action) -> Receipt:
        """A task with "due" is open; everything else has happened."""
        held, kind = action.fields, action.target.kind
        if kind in self.capabilities.keyed:
            for activity in self.world.activities():
                if activity.key == action.key:
                    return Receipt(action.key, Outcome.ALREADY, activity.ref, dict(held))
        system = self.world.map.system
        ref = Ref(system, kind, str(next(self.world.ids)))
        person = Ref(system, str(held.get("person_kind")), str(held.get("person")))
        is_open = held.get("due") is not None
        made = Activity(
            ref,
            kind="task" if is_open else str(held.get("channel") or "note"),
            at=datetime.fromisoformat(str(held["at"])) if held.get("at") else self.now(),
            about=() if self.capabilities.linked or not held.get("person") else (person,),
            title=str(held.get("subject") or ""),
            body=str(held.get("body") or ""),
            actor=str(held.get("owner") or ""),
            outbound=bool(held.get("outbound")),
            done=not is_open,
            key=action.key,
        )
        self.world.create(ref, made, action)
        return Receipt(action.key, Outcome.DONE, ref, dict(held))

    def _close(self, action: Action) -> Receipt:
        """The one change of an activity: an open task is done."""
        row = self.world.rows.get(action.target)
        if row is None or not isinstance(row.value, Activity):
            return Receipt(action.key, Outcome.SUPERSEDED, None, {"state": State.DELETED}, code="GONE")
        done = row.value.done or action.fields.get("done") is True
        self.world.put(action.target, replace(row.value, done=done), own=True)
        return Receipt(action.key, Outcome.DONE, action.target, dict(action.fields))

    def _list(self, action: Action) -> Receipt:
        """A static list: to join twice is to be in it once."""
        members = self.world.lists.setdefault(action.target.id, set())
        person = str(action.fields["person"])
        if action.fields["member"]:
            members.add(person)
        else:
            members.discard(person)
        return Receipt(action.key, Outcome.DONE, action.target)

    def _link(self, action: Action) -> Receipt:
        held = action.fields
        person = Ref(self.world.map.system, str(held["person_kind"]), str(held["person"]))
        for activity in self.world.activities():
            if activity.ref.id == held["from"]:
                if person in activity.about:
                    return Receipt(action.key, Outcome.ALREADY, activity.ref)
                linked = replace(activity, about=(*activity.about, person))
                self.world.put(activity.ref, linked, own=True)
                return Receipt(action.key, Outcome.DONE, activity.ref)
        gone: dict[str, Raw] = {"state": State.DELETED}
        return Receipt(action.key, Outcome.SUPERSEDED, None, gone, code="GONE")


def _place(row: Row) -> tuple[str, ...]:
    return (row.stamp.isoformat(), str(row.value.ref))


def _belongs(stream: str, row: Row) -> bool:
    match row.value:
        case Record(state=state):
            return stream in (("changes", "people") if state in PRESENT else ("gone", "archived"))
        case Activity():
            return stream == "changes" and not row.own
        case Owner():
            return stream in ("changes", "owners")
        case Opportunity():
            return stream in ("changes", "opportunities")
        case CrmAccount():
            return stream in ("changes", "companies")
