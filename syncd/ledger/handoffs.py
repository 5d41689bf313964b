"""Handoffs as rows, and where they went after they were delivered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.core.facts import Handoff, Hop, Task
from syncd.core.lists import EFFECT, Said
from syncd.core.promise import from_json as from_promise
from syncd.core.types import Ref
from syncd.ledger.codec import from_day, from_json, from_ms, to_ms
from syncd.ledger.store import Store

HANDOFF_COLUMNS = (
    "person, number, key, state, entry, opened, owner, owner_id, rule, why, score, tier, criteria, brief, target, "
    "delivered, evidence, work, outcome, reason, not_before, closed, promise, promised, worked, "
    "reopens, reopened"
)

EMAIL = "(SELECT r.email FROM link l JOIN record r ON r.id = l.record WHERE l.person = f.id AND l.how IS NULL LIMIT 1)"
"""The address of the person that the record `f` founded."""

REFUSED = (
    "(SELECT q.sentence FROM action a JOIN problem q ON q.id = a.problem WHERE a.person = h.person "
    "AND a.handoff = h.number AND a.effect = 'person' AND a.state = 'rejected' LIMIT 1)"
)
"""Why the CRM refused the record of the handoff `h`; NULL when it did not."""


def handoffs_of(store: Store, wanted: str) -> dict[int, list[Handoff]]:
    """The handoffs of these persons (a JSON array of ids), by number, each with its hops."""
    hops: dict[str, list[Hop]] = defaultdict(list)
    for key, at, *hop in store.rows(
        "SELECT h.key, p.at, p.owner, p.owner_id, p.why FROM handoff h JOIN hop p ON p.handoff = h.id "
        "WHERE h.person IN (SELECT value FROM json_each(?)) ORDER BY p.handoff, p.n",
        wanted,
    ):
        hops[key].append(Hop(from_ms(at), *hop))
    found: dict[int, list[Handoff]] = defaultdict(list)
    for row in store.rows(
        f"SELECT {HANDOFF_COLUMNS} FROM handoff WHERE person IN (SELECT value FROM json_each(?)) ORDER BY person, number",
        wanted,
    ):
        handoff = handoff_of(row)
        found[row[0]].append(replace(handoff, hops=tuple(hops[handoff.key])) if handoff.key in hops else handoff)
    return found


def handoff_of(row: Sequence[Any]) -> Handoff:
    """A row of `HANDOFF_COLUMNS`."""
    return Handoff(
        number=row[1], key=row[2], state=row[3], entry=row[4], opened=from_ms(row[5]), owner=row[6], owner_id=row[7],
        rule=row[8], why=tuple(from_json(row[9])), score=row[10], tier=row[11], criteria=row[12], brief=row[13],
        target=Ref.parse(row[14]) if row[14] else None, delivered=from_ms(row[15]) if row[15] else None,
        evidence=from_ms(row[16]) if row[16] else None, work=row[17], outcome=row[18], reason=row[19],
        not_before=from_day(row[20]), closed=from_ms(row[21]) if row[21] else None,
        promise=row[22], promised=from_promise(from_json(row[23])) if row[23] else None,
        worked=from_ms(row[24]) if row[24] else None, reopens=row[25], reopened=from_ms(row[26]) if row[26] else None,
    )  # fmt: skip


def rerouted_of(store: Store, wanted: str) -> dict[int, dict[str, str]]:
    """Person → CRM id of an owner → why the running handoff was given to that one after its delivery."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for person, fields, cause in store.rows(
        "SELECT a.person, a.fields, a.cause FROM handoff h JOIN action a ON a.person = h.person AND a.handoff = h.number "
        "WHERE h.person IN (SELECT value FROM json_each(?)) AND h.state = 'delivered' AND a.state = 'done' "
        "AND a.effect LIKE 'reroute:%'",
        wanted,
    ):
        (owner,) = from_json(fields).values()
        found[person][owner] = cause
    return dict(found)


def listed_of(store: Store, wanted: str) -> dict[int, dict[str, Said]]:
    """Person → list of marketing's → what it was told. What is open does not count: it is planned anew, as itself."""
    found: dict[int, dict[str, Said]] = defaultdict(dict)
    for person, effect, member, state in store.rows(
        "SELECT person, effect, fields ->> 'member', state FROM action WHERE person IN (SELECT value FROM json_each(?)) "
        "AND effect LIKE 'nurture:%' AND state IN ('done', 'superseded') ORDER BY sync",
        wanted,
    ):
        name = effect.removeprefix(EFFECT)
        before = found[person].get(name, Said())
        found[person][name] = Said(bool(member) if state == "done" else before.member, before.times + 1)
    return dict(found)


def tasks_of(store: Store, wanted: str) -> dict[int, dict[str, Task]]:
    """Person → effect → the follow-up task that syncd made of a handoff that is with sales."""
    found: dict[int, dict[str, Task]] = defaultdict(dict)
    for person, effect, system, kind, rid, owner in store.rows(
        "SELECT a.person, a.effect, a.system, a.kind, a.rid, a.fields ->> 'owner' FROM action a "
        "JOIN handoff h ON h.person = a.person AND h.number = a.handoff AND h.state = 'delivered' "
        "WHERE a.person IN (SELECT value FROM json_each(?)) AND (a.effect = 'task' OR a.effect LIKE 'task:%') "
        "AND a.state = 'done'",
        wanted,
    ):
        found[person][effect] = Task(Ref(system, kind, rid), owner)
    return found


def answers(store: Store, *, owner: str | None, since: datetime | None) -> list[tuple[str, str, int]]:
    """(outcome, reason as sales wrote it, how often) of the closed handoffs that sales had."""
    return [
        (outcome, reason, times)
        for outcome, reason, times in store.rows(
            "SELECT outcome, reason, count(*) FROM handoff WHERE state = 'closed' AND entry <> 'rejected' "
            "AND (?1 IS NULL OR owner = ?1) AND opened >= ?2 GROUP BY 1, 2",
            owner.lower() if owner else None,
            to_ms(since) if since else 0,
        )
    ]
