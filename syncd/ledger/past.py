"""When the ledger learned what: of records, activities, stages and handoffs, by the sync that brought them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.facts import Dossier, Moved
from syncd.core.past import Fact, Past, Reached, Trace
from syncd.core.types import Record, Ref
from syncd.ledger.codec import GIVEN_RECORDS, from_json, from_ms, to_json, to_ms, unpack_changes
from syncd.ledger.intake import STUB
from syncd.ledger.store import Store

CHUNK = 200

_KNOWN = "(coalesce(s.finished, s.started) * 1000 + s.id % 500 * 2)"
"""By the end of a sync its decisions know what it brought. In microseconds, which keep the order of syncs that end in the same
second, the finest that some servers tell."""


def chunks(store: Store) -> Iterator[list[int]]:
    """All people, a chunk of ids at a time."""
    last = 0
    while chunk := [
        row[0]
        for row in store.rows("SELECT id FROM person WHERE merged IS NULL AND id > ? ORDER BY id LIMIT ?", last, CHUNK)
    ]:
        yield chunk
        last = chunk[-1]


def began(store: Store) -> datetime | None:
    """Since when the ledger knows anything."""
    first = store.value(f"SELECT {_KNOWN} FROM sync s ORDER BY s.id LIMIT 1")
    return None if first is None else _moment(first)


def pasts(store: Store, dossiers: Mapping[int, Dossier]) -> dict[int, Past]:
    """How each of these people came to be known."""
    traces = _traces(store, dossiers)
    arrived = _arrivals(store, dossiers)
    wanted = to_json(list(dossiers))
    reached: dict[int, list[Reached]] = defaultdict(list)
    for person, stage, at, known in store.rows(
        f"SELECT e.person, e.stage, e.at, {_KNOWN} FROM stage_event e JOIN sync s ON s.id = e.sync "
        "WHERE e.person IN (SELECT value FROM json_each(?)) ORDER BY e.id",
        wanted,
    ):
        reached[person].append(Reached(stage, from_ms(at), _moment(known)))
    handed = {
        person: (from_ms(opened), _moment(end))
        for person, opened, end in store.rows(
            f"SELECT h.person, min(h.opened), min(iif(h.entry = 'adopted', h.opened * 1000, {_KNOWN})) FROM handoff h "
            "JOIN sync s ON s.id = h.sync WHERE h.person IN (SELECT value FROM json_each(?)) "
            "AND (h.state <> 'void' OR h.delivered IS NOT NULL) GROUP BY h.person",
            wanted,
        )
    }
    return {
        person: Past(
            traces={record.ref: traces[record.ref] for record in _records(dossier) if record.ref in traces},
            arrived={a.ref: arrived[a.ref] for a in dossier.activities},
            reached=tuple(reached[person]),
            opened=handed.get(person, (None, None))[0],
            handed=handed.get(person, (None, None))[1],
        )
        for person, dossier in dossiers.items()
    }


_GOT_THERE = (
    "EXISTS (SELECT 1 FROM stage_event e WHERE e.person = h.person AND e.at >= h.opened AND e.stage IN ({}) "
    "AND NOT EXISTS (SELECT 1 FROM handoff n WHERE n.person = h.person AND n.opened > h.opened AND n.opened <= e.at "
    "AND n.state <> 'void'))"
)


def versions(store: Store, since: datetime, until: datetime, levels: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """Version of the rules → handoffs that were opened under it in this time, and how many of them reached one of the stages
    of each level before the next handoff of the same person. Adopted ones were nobody's rules."""
    there = [_GOT_THERE.format(", ".join("?" * len(stages))) for stages in levels]
    return {
        version: counts
        for version, *counts in store.rows(
            f"SELECT h.criteria, count(*), {', '.join(f'sum({one})' for one in there)} FROM handoff h "
            "WHERE h.opened >= ? AND h.opened < ? AND h.entry <> 'adopted' AND (h.state <> 'void' OR h.delivered IS NOT NULL) "
            "GROUP BY h.criteria ORDER BY min(h.opened)",
            *(stage for stages in levels for stage in stages),
            to_ms(since),
            to_ms(until),
        )
    }


def _records(dossier: Dossier) -> Iterator[Record]:
    if dossier.marketing is not None:
        yield dossier.marketing
    yield from dossier.crm


def _traces(store: Store, dossiers: Mapping[int, Dossier]) -> dict[Ref, Trace]:
    refs = {record.ref for dossier in dossiers.values() for record in _records(dossier)}
    facts: dict[int, list[Fact]] = defaultdict(list)
    rows = store.rows(
        "SELECT r.id, k.system, k.kind, r.rid, k.names, "
        f"(SELECT {_KNOWN} FROM sync s WHERE s.records < r.id ORDER BY s.records DESC, s.id DESC LIMIT 1) "
        f"FROM {GIVEN_RECORDS}",
        to_json([list(ref) for ref in sorted(refs)]),
    )
    names = {row[0]: row[4] for row in rows}
    read = {text: from_json(text) for text in set(names.values())}
    born = {row[0]: row[5] for row in rows}
    for record, known, modified, changed in store.rows(
        f"SELECT f.record, {_KNOWN}, f.modified, f.changed FROM fact f JOIN sync s ON s.id = f.sync "
        "WHERE f.record IN (SELECT value FROM json_each(?)) ORDER BY f.id",
        to_json(list(names)),
    ):
        changes = unpack_changes(changed)
        was = next((change.was for change in changes if change.position is None), "")
        if was == STUB:  # only now did its system show it
            born[record] = known
            facts[record].clear()
            continue
        of = read[names[record]]
        moved = tuple(Moved(of[c.position], c.was, c.now, from_ms(modified)) for c in changes if c.position is not None)
        turned = any(change.position is None for change in changes)
        facts[record].append(Fact(_moment(known), moved, str(was or "live") if turned else None))
    ours = _written(store, dossiers)
    return {
        ref: Trace(
            _moment(born[record] or 0),
            tuple(sorted([*facts[record], *ours.get(ref, ())], key=lambda fact: fact.known)),
        )
        for record, ref in ((row[0], Ref(*row[1:4])) for row in rows)
    }


def _written(store: Store, dossiers: Mapping[int, Dossier]) -> dict[Ref, list[Fact]]:
    """What syncd itself wrote to records that existed: the ledger keeps it with the receipt. The decisions of the same sync
    did not know of it."""
    found: dict[Ref, list[Fact]] = defaultdict(list)
    for system, kind, rid, known, at, was, now in store.rows(
        f"SELECT a.system, a.kind, a.rid, {_KNOWN}, x.at, x.was, x.now FROM action a JOIN receipt x ON x.action = a.key "
        "JOIN sync s ON s.id = x.sync WHERE a.person IN (SELECT value FROM json_each(?)) AND a.verb = 'update' "
        "AND x.outcome IN ('done', 'already') ORDER BY x.id",
        to_json(list(dossiers)),
    ):
        before = from_json(was)
        moved = tuple(Moved(name, before.get(name), value, from_ms(at)) for name, value in from_json(now).items())
        found[Ref(system, kind, rid)].append(Fact(_moment(known + 1), moved))
    return found


def _arrivals(store: Store, dossiers: Mapping[int, Dossier]) -> dict[Ref, datetime]:
    """When each activity arrived, or changed last."""
    refs = sorted({str(a.ref) for dossier in dossiers.values() for a in dossier.activities})
    return {
        Ref.parse(ref): _moment(known)
        for ref, known in store.rows(
            f"SELECT a.ref, {_KNOWN} FROM activity a JOIN sync s ON s.id = a.sync "
            "WHERE a.ref IN (SELECT value FROM json_each(?))",
            to_json(refs),
        )
    }


def _moment(microseconds: int) -> datetime:
    return from_ms(microseconds // 1000) + timedelta(microseconds=microseconds % 1000)
