"""Reading people: who is dirty or due, and everything one decision looks at, chunk by chunk with a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from syncd.core.facts import Directory, Dossier
from syncd.core.types import Activity, Owner, Record, Ref, State
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms, unpack
from syncd.ledger.contests import contests_of, told_of
from syncd.ledger.deals import deals_of
from syncd.ledger.family import person_of
from syncd.ledger.handoffs import handoffs_of, listed_of, rerouted_of, tasks_of
from syncd.ledger.intake import STUB
from syncd.ledger.moves import changes_of, set_back, written
from syncd.ledger.rulings import rulings_of
from syncd.ledger.store import Store

CHUNK = 500
_MOMENT = attrgetter("at", "ref")
_RECORD = "k.system, k.kind, r.rid, r.modified, r.state, r.successor, r.token, r.email, r.body, k.names"


def waiting(store: Store, now: datetime) -> Iterator[list[int]]:
    """Chunks of the people to decide on: dirty ones and those whose clock came due. Ids only ever grow inside one pass,
    so people that stay dirty are met once."""
    last, moment = 0, to_ms(now)
    while chunk := [
        row[0]
        for row in store.rows(
            "SELECT person FROM (SELECT person FROM dirty WHERE person > ?1 ORDER BY person LIMIT ?3) "
            "UNION SELECT id FROM (SELECT id FROM person INDEXED BY person_due WHERE due <= ?2 AND id > ?1) "
            "ORDER BY 1 LIMIT ?3",
            last,
            moment,
            CHUNK,
        )
    ]:
        yield chunk
        last = chunk[-1]


def find(store: Store, text: str, marketing: str) -> list[int]:
    """Person ids by e-mail, by lineage, or by a ref such as hubspot/contacts/101 or salesforce/Lead/00Q…."""
    if text.count("/") == 2:
        ref = Ref.parse(text)
        rows = store.rows(
            "SELECT l.person FROM kind k JOIN record r ON r.kind = k.id JOIN link l ON l.record = r.id "
            "WHERE k.system = ? AND k.kind = ? AND r.rid = ?",
            *ref,
        )
    elif "@" in text:
        rows = store.rows(
            "SELECT DISTINCT l.person FROM record r JOIN link l ON l.record = r.id WHERE r.email = ?",
            text.strip().lower(),
        )
    else:
        person = person_of(store.conn, text.removeprefix(marketing + "/"))
        return [] if person is None else [person]
    return [row[0] for row in rows]


def dossiers(store: Store, ids: Sequence[int], marketing: str, watched: Collection[str] = ()) -> dict[int, Dossier]:
    """The dossiers of these persons. `marketing` is the system whose records make persons, `watched` are remote fields of
    it whose changes are wanted."""
    wanted = to_json(list(ids))
    people = {
        row[0]: row
        for row in store.rows(
            "SELECT p.id, f.rid, p.stage, p.highest, p.verdict FROM person p JOIN record f ON f.id = p.id "
            "WHERE p.id IN (SELECT value FROM json_each(?)) AND p.merged IS NULL",
            wanted,
        )
    }
    own: dict[int, Record] = {}
    family: dict[int, set[str]] = defaultdict(set)
    crm: dict[int, dict[Ref, Record]] = defaultdict(dict)
    linked: dict[int, set[Ref]] = defaultdict(set)
    claimed: dict[int, set[Ref]] = defaultdict(set)

    for person, how, *row in store.rows(
        f"SELECT l.person, l.how, {_RECORD} FROM link l JOIN record r ON r.id = l.record JOIN kind k ON k.id = r.kind "
        "WHERE l.person IN (SELECT value FROM json_each(?))",
        wanted,
    ):
        record = _record(row)
        if how != "receipt":
            family[person].add(record.ref.id)
            if how is None and row[4] != STUB:
                own[person] = record
        elif row[4] != STUB:
            crm[person][record.ref] = record
            linked[person].add(record.ref)

    for person, record, ours, owner in _candidates(store, wanted, marketing):
        if record.ref in crm[person]:
            continue
        crm[person][record.ref] = record
        if ours:
            linked[person].add(record.ref)
        elif (record.token is not None and record.token not in family[person]) or owner not in (None, person):
            claimed[person].add(record.ref)

    for person, record in _by_other_addresses(store, own, marketing):
        if record.ref not in crm[person]:
            crm[person][record.ref] = record
            if record.token is not None and record.token not in family[person]:
                claimed[person].add(record.ref)

    for person in crm:
        _follow(store, crm[person], linked[person])

    activities = _activities(store, wanted, crm)
    handoffs = handoffs_of(store, wanted)
    agreed: dict[int, dict[str, Any]] = defaultdict(dict)
    for person, name, ours, theirs in store.rows(
        "SELECT person, field, ours, theirs FROM agreed WHERE person IN (SELECT value FROM json_each(?))", wanted
    ):
        agreed[person][name] = (from_json(ours), from_json(theirs))
    busy, refused, unsent = _waiting_writes(store, wanted)
    rerouted = rerouted_of(store, wanted)
    tasks = tasks_of(store, wanted)
    rulings = rulings_of(store, wanted)
    told = told_of(store, wanted)
    contests = contests_of(store, wanted)
    listed = listed_of(store, wanted)
    demoted = set_back(store, wanted)
    moves = changes_of(store, wanted, watched) if watched else {}
    records = {p: [*crm[p], *([own[p].ref] if p in own else [])] for p in people}
    had = [ref for p in people if len(handoffs.get(p, ())) > 1 for ref in records[p]]
    last_written = written(store, had) if had else {}
    waiting = dict(
        store.rows("SELECT person, since FROM waiting WHERE person IN (SELECT value FROM json_each(?))", wanted)
    )
    deals = deals_of(store, records)

    return {
        pid: Dossier(
            lineage=lineage,
            marketing=own.get(pid),
            family=frozenset(family[pid] | {lineage}),
            crm=tuple(crm[pid].values()),
            linked=frozenset(linked[pid]),
            claimed=frozenset(claimed[pid]),
            activities=tuple(activities.get(pid, ())),
            opportunities=tuple(deals.get(pid, ())),
            handoffs=tuple(handoffs.get(pid, ())),
            agreed=agreed[pid],
            stage=stage,
            highest=highest,
            busy=pid in busy,
            refused=pid in refused,
            told=told.get(pid, 0),
            contests=contests.get(pid, {}),
            ready=verdict is not None and verdict.startswith(("ready", "held")),
            moves=tuple(moves.get(pid, ())),
            waiting=from_ms(waiting[pid]) if pid in waiting else None,
            unsent=pid in unsent,
            rerouted=rerouted.get(pid, {}),
            tasks=tasks.get(pid, {}),
            rulings=tuple(rulings.get(pid, ())),
            listed=listed.get(pid, {}),
            written={ref: last_written[ref] for ref in records[pid] if ref in last_written},
            demoted=frozenset(demoted.get(pid, ())),
        )
        for pid, lineage, stage, highest, verdict in people.values()
    }


def count(store: Store) -> int:
    """How many people the ledger knows."""
    return int(store.value("SELECT count(*) FROM person WHERE merged IS NULL"))


def directory(store: Store, marketing: str, crm: str) -> Directory:
    """All owners of both systems as last seen."""

    def owners(system: str) -> tuple[Owner, ...]:
        return tuple(
            Owner(Ref(system, kind, rid), email, name, bool(active), type_, zone)
            for rid, kind, email, name, active, type_, zone in store.rows(
                "SELECT rid, kind, email, name, active, type, timezone FROM owner WHERE system = ? ORDER BY rid", system
            )
        )

    return Directory(crm=owners(crm), marketing=owners(marketing))


# ---------------------------------------------------------------- parts of a dossier
def _candidates(store: Store, wanted: str, marketing: str) -> Iterator[tuple[int, Record, bool, int | None]]:
    """CRM records that carry our external id of a person's family (ours), or share one of its e-mail addresses; and the
    person to whom a receipt tied the record."""
    base = "FROM link l JOIN record m ON m.id = l.record "
    tail = (
        "JOIN kind k ON k.id = r.kind LEFT JOIN link o ON o.record = r.id "
        "WHERE l.person IN (SELECT value FROM json_each(?)) AND l.how IS NOT 'receipt' AND k.system <> ?"
    )
    for on, ours in (("r.token = m.rid", True), ("r.email = m.email", False)):
        for person, owner, *row in store.rows(
            f"SELECT DISTINCT l.person, o.person, {_RECORD} {base} JOIN record r ON {on} {tail}", wanted, marketing
        ):
            yield person, _record(row), ours, owner


def _by_other_addresses(store: Store, own: Mapping[int, Record], marketing: str) -> Iterator[tuple[int, Record]]:
    """CRM records under one of a person's further e-mail addresses."""
    name = store.value("SELECT value FROM meta WHERE name = 'other_emails'")
    for person, record in own.items():
        listed = record.fields.get(name) if name else None
        for address in str(listed or "").lower().split(";"):
            for row in (
                store.rows(
                    f"SELECT {_RECORD} FROM record r JOIN kind k ON k.id = r.kind WHERE r.email = ? AND k.system <> ?",
                    address.strip(),
                    marketing,
                )
                if address.strip()
                else ()
            ):
                yield person, _record(row)


def _waiting_writes(store: Store, wanted: str) -> tuple[set[int], set[int], set[int]]:
    """People with writes of a handoff that are not over, people whose record the CRM refused, and people whose record was
    surely not sent yet."""
    busy, refused, unsent = set(), set(), set()
    for person, state, effect, doubt in store.rows(
        "SELECT DISTINCT person, state, effect, doubt FROM action WHERE person IN (SELECT value FROM json_each(?)) "
        "AND state IN ('open', 'rejected') AND effect NOT LIKE 'feedback:%' AND effect NOT LIKE 'field:%' "
        "AND effect NOT LIKE 'nurture:%'",
        wanted,
    ):
        if state == "open":
            busy.add(person)
            if effect == "person" and not doubt:
                unsent.add(person)
        elif effect == "person":
            refused.add(person)
    return busy, refused, unsent


def _follow(store: Store, crm: dict[Ref, Record], linked: set[Ref]) -> None:
    """Add the records that merged and converted ones became; what follows a linked record is linked."""
    ahead = [r for r in crm.values() if r.successor]
    while ahead:
        record = ahead.pop()
        successor = record.successor
        assert successor is not None
        if successor not in crm:
            row = store.one(
                f"SELECT {_RECORD} FROM kind k JOIN record r ON r.kind = k.id "
                "WHERE k.system = ? AND k.kind = ? AND r.rid = ?",
                *successor,
            )
            if row is None or row[4] == STUB:
                continue
            crm[successor] = _record(row)
            if crm[successor].successor:
                ahead.append(crm[successor])
        if record.ref in linked:
            linked.add(successor)


def _activities(store: Store, wanted: str, crm: dict[int, dict[Ref, Record]]) -> dict[int, list[Activity]]:
    """Activities with any of a person's records, and those that only know the e-mail; oldest first."""
    columns = "a.ref, a.kind, a.at, a.email, a.title, a.body, a.url, a.actor, a.outbound, a.done, a.key"
    found: dict[int, dict[str, Activity]] = defaultdict(dict)

    def keep(person: int, row: Sequence[Any]) -> None:
        ref, kind, at, email, title, body, url, actor, outbound, done, key = row
        known = found[person]
        if ref not in known:
            known[ref] = Activity(
                Ref.parse(ref), kind, from_ms(at), (), email or "", title, body, url, actor, outbound == 1, done == 1,
                key or "",
            )  # fmt: skip

    for person, *row in store.rows(
        f"SELECT l.person, {columns} FROM link l JOIN about b ON b.record = l.record JOIN activity a ON a.id = b.activity "
        "WHERE l.person IN (SELECT value FROM json_each(?))",
        wanted,
    ):
        keep(person, row)
    for person, *row in store.rows(
        f"SELECT l.person, {columns} FROM link l JOIN record m ON m.id = l.record JOIN activity a ON a.email = m.email "
        "WHERE l.person IN (SELECT value FROM json_each(?)) AND l.how IS NOT 'receipt'",
        wanted,
    ):
        keep(person, row)
    for person, *row in store.rows(
        f"SELECT j.value ->> 0, {columns} FROM json_each(?) j JOIN kind k ON k.system = j.value ->> 1 "
        "AND k.kind = j.value ->> 2 JOIN record r ON r.kind = k.id AND r.rid = j.value ->> 3 "
        "JOIN about b ON b.record = r.id JOIN activity a ON a.id = b.activity",
        to_json([[person, *ref] for person, records in crm.items() for ref in records]),
    ):
        keep(person, row)
    return {p: sorted(acts.values(), key=_MOMENT) for p, acts in found.items()}


_names: dict[str, list[str]] = {}


def _record(row: Sequence[Any]) -> Record:
    """A row of `_RECORD` columns. The names of a kind are parsed once."""
    system, kind, rid, modified, state, successor, token, email, body, names = row
    if names not in _names:
        _names[names] = from_json(names)
    return Record(
        ref=Ref(system, kind, rid),
        fields=dict(zip(_names[names], unpack(body, email), strict=False)),
        modified=from_ms(modified),
        state=State(state) if state and state != STUB else State.LIVE,
        successor=Ref.parse(successor) if successor else None,
        token=token,
    )


def records(store: Store, refs: Iterable[Ref]) -> dict[Ref, Record]:
    """The ledger's view of these records."""
    found = {}
    for ref in refs:
        row = store.one(
            f"SELECT {_RECORD} FROM kind k JOIN record r ON r.kind = k.id WHERE k.system = ? AND k.kind = ? AND r.rid = ?",
            *ref,
        )
        if row and row[4] != STUB:
            found[ref] = _record(row)
    return found


def names(store: Store, system: str, kind: str) -> frozenset[str]:
    """The remote fields of which the ledger holds values for this kind; none before its first record."""
    found = store.value("SELECT names FROM kind WHERE system = ? AND kind = ?", system, kind)
    return frozenset(from_json(found)) if found else frozenset()
