"""What reports are made from: the leads that reached sales, how people moved, and whom an opportunity concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime

from syncd.core.feedback import ACCEPTED_STAGES
from syncd.core.metrics.lead import Step
from syncd.core.types import Ref
from syncd.ledger.codec import GIVEN_RECORDS, from_json, from_ms, to_json, to_ms
from syncd.ledger.store import Store


def passed(store: Store, since: datetime, until: datetime) -> list[int]:
    """People who have a handoff that reached sales from `since` on, before `until`."""
    return [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT person FROM handoff WHERE delivered >= ? AND delivered < ? AND state <> 'void' ORDER BY person",
            to_ms(since),
            to_ms(until),
        )
    ]


def taken_up(store: Store, since: datetime, until: datetime) -> list[int]:
    """People of whom syncd learned in this time that sales took them up, whenever they were passed."""
    return [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT e.person FROM sync s JOIN stage_event e ON e.sync = s.id JOIN handoff h ON h.person = e.person "
            "WHERE h.delivered IS NOT NULL AND h.state <> 'void' AND max(s.started, e.at) >= ?1 AND max(s.started, e.at) < ?2 "
            "AND e.stage IN (SELECT value FROM json_each(?3)) ORDER BY e.person",
            to_ms(since),
            to_ms(until),
            to_json(sorted(ACCEPTED_STAGES)),
        )
    ]


def steps_of(store: Store, people: Collection[int]) -> dict[int, list[Step]]:
    """All moves of these people, in the order in which they were made."""
    found: dict[int, list[Step]] = defaultdict(list)
    for person, stage, rule, at, source, seen in store.rows(
        "SELECT e.person, e.stage, e.rule, e.at, e.source, s.started FROM stage_event e JOIN sync s ON s.id = e.sync "
        "WHERE e.person IN (SELECT value FROM json_each(?)) ORDER BY e.id",
        to_json(sorted(people)),
    ):
        found[person].append(Step(stage, rule, from_ms(at), from_ms(max(seen, at)), source))
    return found


def score_rules_of(store: Store, people: Collection[int]) -> dict[tuple[int, int], tuple[str, ...]]:
    """(person, number of the handoff) → names of the rules that gave or took points."""
    return {
        (person, number): tuple(name for _, name, *_ in from_json(lines))
        for person, number, lines in store.rows(
            "SELECT person, number, lines FROM handoff WHERE person IN (SELECT value FROM json_each(?))",
            to_json(sorted(people)),
        )
    }


def moves(store: Store) -> Iterator[tuple[int, str, datetime]]:
    """Every move of everybody, one person after the other, in the order in which they were made."""
    for person, stage, at in store.conn.execute(
        "SELECT e.person, e.stage, e.at FROM stage_event e JOIN person p ON p.id = e.person "
        "WHERE p.merged IS NULL ORDER BY e.person, e.id"
    ):
        yield person, stage, from_ms(at)


def unmoved(store: Store) -> int:
    """How many people never left the first stage."""
    return int(
        store.value(
            "SELECT count(*) FROM person p WHERE p.merged IS NULL AND NOT EXISTS "
            "(SELECT 1 FROM stage_event e WHERE e.person = p.id)"
        )
    )


def sharers(store: Store, deals: Collection[Ref]) -> set[int]:
    """Everybody whom these opportunities concern: by a record that is theirs, or that theirs became."""
    records = [
        Ref.parse(row[0])
        for row in store.rows(
            "SELECT DISTINCT person_ref FROM opportunity_person WHERE opportunity IN (SELECT value FROM json_each(?))",
            to_json(sorted(map(str, deals))),
        )
    ]
    found = {
        row[0]
        for row in store.rows(
            f"SELECT l.person FROM {GIVEN_RECORDS} JOIN link l ON l.record = r.id",
            to_json([list(ref) for ref in records]),
        )
    }
    return found | {
        row[0]
        for row in store.rows(
            "SELECT l.person FROM record r JOIN link l ON l.record = r.id "
            "WHERE r.successor IN (SELECT value FROM json_each(?))",
            to_json(sorted(map(str, records))),
        )
    }
