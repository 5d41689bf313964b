"""What the conservation report asks the ledger: the MQLs of a window, the handoffs that both systems must show, and whose the
records are that they do show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from syncd.core.conservation import Attempt, Due, Known
from syncd.core.types import Record, Ref
from syncd.ledger.codec import from_ms, to_json, to_ms
from syncd.ledger.handoffs import EMAIL, REFUSED
from syncd.ledger.store import Store


def attempts(store: Store, since: datetime, until: datetime) -> list[Attempt]:
    """The handoffs that were opened in the window."""
    return [
        Attempt(
            lineage, email or "", from_ms(opened), number, state, entry, reason, refused or "", detail=refused or ""
        )
        for lineage, email, opened, number, state, entry, reason, refused in store.rows(
            f"SELECT f.rid, {EMAIL}, h.opened, h.number, h.state, h.entry, h.reason, "
            f"{REFUSED} "
            "FROM handoff h JOIN record f ON f.id = h.person WHERE h.opened >= ? AND h.opened < ?",
            to_ms(since),
            to_ms(until),
        )
    ]


def without_handoff(
    store: Store, since: datetime, until: datetime, became: Iterable[tuple[Ref, datetime]]
) -> dict[int, datetime]:
    """Who became an MQL in the window, and since when, and had no handoff opened in it: by the ledger's own stages, because it
    is ready and waits or is held, or because marketing says so (`became`: its records)."""
    told = to_json([[*ref, to_ms(at)] for ref, at in became])
    busy = "SELECT 1 FROM handoff h WHERE h.person = p.id AND h.state IN ('open', 'delivered')"
    return {
        person: from_ms(at)
        for person, at in store.rows(
            "WITH wanted (person, at) AS ("
            "SELECT person, at FROM stage_event WHERE stage = 'mql' AND at >= ?1 AND at < ?2 "
            "UNION ALL SELECT person, since FROM review WHERE since >= ?1 AND since < ?2 "
            "UNION ALL SELECT person, since FROM waiting WHERE since >= ?1 AND since < ?2 "
            "UNION ALL SELECT q.person, q.first FROM problem q JOIN person p ON p.id = q.person WHERE q.resolved IS NULL "
            f" AND p.verdict LIKE 'held:%' AND q.first >= ?1 AND q.first < ?2 AND NOT EXISTS ({busy}) "
            "UNION ALL SELECT l.person, j.value ->> 3 FROM json_each(?3) j JOIN kind k ON k.system = j.value ->> 0 "
            " AND k.kind = j.value ->> 1 JOIN record r ON r.kind = k.id AND r.rid = j.value ->> 2 "
            " JOIN link l ON l.record = r.id"
            ") SELECT w.person, min(w.at) FROM wanted w JOIN person p ON p.id = w.person WHERE p.merged IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM handoff h WHERE h.person = p.id AND h.opened >= ?1 AND h.opened < ?2) "
            "GROUP BY w.person",
            to_ms(since),
            to_ms(until),
            told,
        )
    }


class Delivered(NamedTuple):
    """A delivered handoff with where it must be seen: on the marketing record (the person's newest only, which the stamp
    names), and on the CRM's. `unsaid`: the state of the word to marketing, "" when it was said."""

    marketing: Due | None
    crm: Due | None
    unsaid: str


def delivered(store: Store, since: datetime, until: datetime) -> list[Delivered]:
    """The delivered handoffs that this ledger opened in the window."""
    found = []
    for person, lineage, email, number, opened, target, newest, system, kind, rid, unsaid in store.rows(
        f"SELECT h.person, f.rid, {EMAIL}, h.number, h.opened, h.target, NOT EXISTS (SELECT 1 FROM handoff n WHERE "
        "n.person = h.person AND n.number > h.number AND n.state <> 'void'), k.system, k.kind, r.rid, "
        "(SELECT a.state FROM action a WHERE a.person = h.person AND a.effect LIKE 'feedback:%' "
        " AND a.state IN ('open', 'rejected') ORDER BY a.state LIMIT 1) "
        "FROM handoff h JOIN record f ON f.id = h.person "
        "LEFT JOIN link l ON l.person = h.person AND l.how IS NULL LEFT JOIN record r ON r.id = l.record "
        "LEFT JOIN kind k ON k.id = r.kind WHERE h.opened >= ? AND h.opened < ? AND h.state IN ('delivered', 'closed') "
        "AND h.entry NOT IN ('adopted', 'rejected')",
        to_ms(since),
        to_ms(until),
    ):
        who = (person, lineage, email or "", number)
        own = Ref(system, kind, rid) if rid else None
        there = Ref.parse(target) if target else None
        found.append(
            Delivered(
                Due(*who, own, from_ms(opened)) if own and newest else None,
                Due(*who, there, from_ms(opened)) if there and newest else None,
                unsaid or "",
            )
        )
    return found


def whose(store: Store, records: Sequence[Record]) -> dict[Ref, Known]:
    """Of these records, those of people whom the ledger knows, by a link or by the external id that they carry."""
    found: dict[Ref, tuple[str, str]] = {}
    states: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    asked = to_json([[*r.ref, r.token] for r in records])
    for system, kind, rid, lineage, email, number, state, reason in store.rows(
        "WITH asked AS (SELECT value ->> 0 AS system, value ->> 1 AS kind, value ->> 2 AS rid, value ->> 3 AS token "
        "FROM json_each(?1)), theirs AS ("
        "SELECT a.system, a.kind, a.rid, l.person FROM asked a JOIN kind k ON k.system = a.system AND k.kind = a.kind "
        "JOIN record r ON r.kind = k.id AND r.rid = a.rid JOIN link l ON l.record = r.id "
        "UNION SELECT a.system, a.kind, a.rid, l.person FROM asked a JOIN meta m ON m.name = 'marketing' "
        "JOIN kind k ON k.system = m.value JOIN record r ON r.kind = k.id AND r.rid = a.token "
        "JOIN link l ON l.record = r.id WHERE a.token IS NOT NULL) "
        f"SELECT t.system, t.kind, t.rid, f.rid, {EMAIL}, h.number, h.state, h.reason FROM theirs t "
        "JOIN record f ON f.id = t.person LEFT JOIN handoff h ON h.person = t.person ORDER BY h.number",
        asked,
    ):
        found[Ref(system, kind, rid)] = (lineage, email or "")
        if number is not None:
            states[lineage].append((number, state, reason))
    return {ref: Known(lineage, email, tuple(states[lineage])) for ref, (lineage, email) in found.items()}
