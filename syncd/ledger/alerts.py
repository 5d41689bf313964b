"""Alerts that wait, are on their way, or were sent: each of a channel's once per change of state.

A row goes waiting → sending → sent. One that a crash left in `sending` is sent again, in the same message and under the
same id, so that who receives it can tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from syncd.core.alerts import Alert
from syncd.core.facts import BY_HAND, ROUTED, Handoff
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms
from syncd.ledger.handoffs import HANDOFF_COLUMNS, handoff_of
from syncd.ledger.store import Store


class Waiting(NamedTuple):
    """One alert of a channel; `message` is the id of the one it was last sent in, "" before."""

    row: int
    recipient: str
    message: str
    attempts: int
    alert: Alert


class Given(NamedTuple):
    """A lead that somebody got: with the delivery (`hop` 0), or re-routed later."""

    person: int
    handoff: Handoff
    hop: int
    at: datetime
    owner: str
    why: str

    @property
    def key(self) -> str:
        return f"lead:{self.handoff.key}" + (f":{self.hop}" if self.hop else "")


def given(store: Store, since: datetime, channel: str) -> list[Given]:
    """Leads that were delivered, or re-routed by syncd, since then and of which the channel does not know. What a new ledger
    found delivered was told long ago."""
    columns = ", ".join("h." + name.strip() for name in HANDOFF_COLUMNS.split(","))
    hops = store.rows(
        f"SELECT {columns}, 0, h.delivered, h.owner, '' FROM handoff h WHERE h.delivered >= ?1 AND h.entry <> 'adopted' "
        "AND h.state <> 'void' AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.key = 'lead:' || h.key AND a.channel = ?4) "
        f"UNION ALL SELECT {columns}, p.n, p.at, p.owner, p.why FROM hop p JOIN handoff h ON h.id = p.handoff "
        "WHERE p.at >= ?1 AND p.n > 0 AND p.why NOT IN (?2, ?3) AND h.state = 'delivered' "
        "AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.key = 'lead:' || h.key || ':' || p.n "
        "AND a.channel = ?4)",
        to_ms(since),
        ROUTED,
        BY_HAND,
        channel,
    )
    return [Given(row[0], handoff_of(row[:-4]), row[-4], from_ms(row[-3]), row[-2], row[-1]) for row in hops]


def queue(conn: sqlite3.Connection, channel: str, rows: Iterable[tuple[str, datetime, Alert]]) -> None:
    """Rows (recipient, due, alert); what is known stays as it is."""
    conn.executemany(
        "INSERT INTO alert (channel, key, recipient, event, body, at, due) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (channel, alert.key, recipient, alert.event, to_json(_body(alert)), to_ms(alert.at), to_ms(due))
            for recipient, due, alert in rows
        ],
    )


def unknown(store: Store, channel: str, alerts: Sequence[Alert]) -> list[Alert]:
    """Those of which the channel does not know."""
    known = {
        key
        for (key,) in store.rows(
            "SELECT key FROM alert WHERE channel = ? AND key IN (SELECT value FROM json_each(?))",
            channel,
            to_json([alert.key for alert in alerts]),
        )
    }
    return [alert for alert in alerts if alert.key not in known]


def ready(store: Store, channel: str, now: datetime) -> list[Waiting]:
    """What is due, and what a crash left on its way."""
    return [
        Waiting(row, recipient, message or "", attempts, Alert(key=key, event=event, at=from_ms(at), **from_json(body)))
        for row, recipient, message, attempts, key, event, at, body in store.rows(
            "SELECT id, recipient, message, attempts, key, event, at, body FROM alert WHERE channel = ? "
            "AND state IN ('waiting', 'sending') AND due <= ? ORDER BY id",
            channel,
            to_ms(now),
        )
    ]


def sending(conn: sqlite3.Connection, rows: Collection[int], message: str) -> None:
    _set(conn, rows, "state = 'sending', attempts = attempts + 1, message = ?", message)


def sent(conn: sqlite3.Connection, rows: Collection[int], at: datetime) -> None:
    """The text is let go: the brief stands with its handoff."""
    _set(conn, rows, "state = 'sent', sent = ?, body = json_set(body, '$.text', '')", to_ms(at))


def postpone(conn: sqlite3.Connection, rows: Collection[int], due: datetime) -> None:
    """Not sent: again then, in the same message."""
    _set(conn, rows, "state = 'waiting', due = ?", to_ms(due))


def give_up(conn: sqlite3.Connection, rows: Collection[int]) -> None:
    _set(conn, rows, "state = 'failed'")


def _set(conn: sqlite3.Connection, rows: Collection[int], what: str, *values: Any) -> None:
    conn.execute(
        f"UPDATE alert SET {what} WHERE id IN (SELECT value FROM json_each(?))", (*values, to_json(sorted(rows)))
    )


def _body(alert: Alert) -> dict[str, Any]:
    return {
        "title": alert.title, "text": alert.text, "link": alert.link, "owner": alert.owner, "tier": alert.tier,
        "data": dict(alert.data),
    }  # fmt: skip


# ---------------------------------------------------------------- looking
def counts(store: Store) -> dict[str, int]:
    """How many by state: waiting, sending, sent, failed."""
    return dict(store.rows("SELECT state, count(*) FROM alert GROUP BY state ORDER BY state"))


def latest(store: Store, limit: int) -> list[dict[str, Any]]:
    """The newest, newest first."""
    return _shown(store, "TRUE ORDER BY id DESC LIMIT ?", limit)


def about(store: Store, handoff: str) -> Sequence[dict[str, Any]]:
    """The alerts of the handoff with this key, oldest first."""
    key = "key GLOB {0} || ?1 || ':*'"
    of_promises = " OR ".join(key.format(f"'{event}:'") for event in ("lead", "reminder", "breach"))
    return _shown(store, f"key = 'lead:' || ?1 OR {of_promises} ORDER BY id", handoff)


def _shown(store: Store, where: str, *args: Any) -> list[dict[str, Any]]:
    return [
        {
            "channel": channel, "to": recipient, "event": event, "title": from_json(body)["title"], "state": state,
            "at": from_ms(at).isoformat(), "due": from_ms(due).isoformat(),
            "sent": from_ms(done).isoformat() if done else None,
        }
        for channel, recipient, event, body, state, at, due, done in store.rows(
            f"SELECT channel, recipient, event, body, state, at, due, sent FROM alert WHERE {where}", *args
        )
    ]  # fmt: skip
