"""Promises that were broken, and reminders of those that soon will be: what alerts and reports find.

Breaches follow the facts: a first touch that was late only because its call was logged late is taken back; what was told of it
stands with the alerts. The others are kept as cleared once nobody asks for them any more: the status moved, the lead answered.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from syncd.core.facts import Handoff
from syncd.core.sla import FIRST_TOUCH, Breach, Reminder, Watch
from syncd.ledger.codec import from_ms, from_ms_or_none, to_json, to_ms
from syncd.ledger.handoffs import HANDOFF_COLUMNS, handoff_of
from syncd.ledger.store import Store

_HANDOFF = ", ".join("h." + name.strip() for name in HANDOFF_COLUMNS.split(","))

_BREACH_KEY = "'breach:' || h.key || ':' || b.what || ':' || b.clock || ':' || b.since"
_REMINDER_KEY = "'reminder:' || h.key || ':' || r.since"


class Noted(NamedTuple):
    """A breach or a reminder of a person's handoff, and when it was seen; `key` is that of its alert."""

    key: str
    person: int
    handoff: Handoff
    at: datetime
    what: Breach | Reminder


def keep(conn: sqlite3.Connection, handoff: str, watch: Watch, now: datetime) -> None:
    """How the handoff with this key stands now."""
    mine = "handoff = (SELECT id FROM handoff WHERE key = ?)"
    standing = to_json([f"{b.what}|{b.clock}|{to_ms(b.since)}" for b in watch.breaches])
    gone = f"{mine} AND what || '|' || clock || '|' || since NOT IN (SELECT value FROM json_each(?))"
    conn.execute(f"DELETE FROM breach WHERE {gone} AND what = ?", (handoff, standing, FIRST_TOUCH))
    conn.execute(f"UPDATE breach SET cleared = ? WHERE {gone} AND cleared IS NULL", (to_ms(now), handoff, standing))
    conn.executemany(
        "INSERT INTO breach (handoff, what, clock, since, due, at, owner, cleared) "
        "SELECT id, ?, ?, ?, ?, ?, ?, ? FROM handoff WHERE key = ? "
        "ON CONFLICT DO UPDATE SET due = excluded.due, cleared = excluded.cleared",
        [
            (
                b.what, b.clock, to_ms(b.since), to_ms(b.due), to_ms(now), b.owner, to_ms(b.cleared) if b.cleared else None,
                handoff,
            )
            for b in watch.breaches
        ],
    )  # fmt: skip
    if (soon := watch.reminder) is not None:
        conn.execute(
            "INSERT INTO reminder (handoff, since, due, at, owner) SELECT id, ?, ?, ?, ? FROM handoff WHERE key = ? "
            "ON CONFLICT DO NOTHING",
            (to_ms(soon.since), to_ms(soon.due), to_ms(now), soon.owner, handoff),
        )


def breaches_of(store: Store, handoff: str) -> list[Breach]:
    """The breaches of the handoff with this key, oldest first."""
    return [
        _breach(*row)
        for row in store.rows(
            "SELECT what, clock, since, due, owner, cleared FROM breach WHERE handoff = (SELECT id FROM handoff WHERE key = ?) "
            "ORDER BY due, what",
            handoff,
        )
    ]


def noted(store: Store, since: datetime, channel: str) -> list[Noted]:
    """Reminders and breaches that were seen since then and of which the channel does not know, oldest first; of a handoff that
    is void nothing is told."""
    told = "SELECT 1 FROM alert a WHERE a.channel = ?2 AND a.key = n.key"
    rows = store.rows(
        f"SELECT * FROM (SELECT {_HANDOFF}, {_BREACH_KEY} AS key, b.at, b.what, b.clock, b.since, b.due, b.owner, b.cleared "
        "FROM breach b JOIN handoff h ON h.id = b.handoff WHERE b.at >= ?1 AND h.state <> 'void' "
        f"UNION ALL SELECT {_HANDOFF}, {_REMINDER_KEY}, r.at, '', '', r.since, r.due, r.owner, NULL FROM reminder r "
        f"JOIN handoff h ON h.id = r.handoff WHERE r.at >= ?1 AND h.state <> 'void') n WHERE NOT EXISTS ({told}) ORDER BY at",
        to_ms(since),
        channel,
    )
    return [Noted(row[-8], row[0], handoff_of(row[:-8]), from_ms(row[-7]), _what(*row[-6:])) for row in rows]


def _what(what: str, clock: str, since: int, due: int, owner: str, cleared: int | None) -> Breach | Reminder:
    if not what:
        return Reminder(from_ms(since), from_ms(due), owner)
    return _breach(what, clock, since, due, owner, cleared)


def _breach(what: str, clock: str, since: int, due: int, owner: str, cleared: int | None) -> Breach:
    return Breach(what, clock, from_ms(since), from_ms(due), owner, from_ms_or_none(cleared))
