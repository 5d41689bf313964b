"""Intent, call, receipt: the rows that make nothing happen twice.

open ── intend ──► doubt ── receipt done|already|rejected|superseded ──► final
  ▲                  │
  └── not_sent ◄─────┤   (surely nothing happened)
                     └── no receipt: the next sync settles it by looking
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.core.types import Action, Outcome, Raw, Receipt, Ref, Verb
from syncd.ledger.codec import from_json, from_ms_or_none, pack, to_address, to_json, to_ms, unpack
from syncd.ledger.decisions import heal
from syncd.ledger.dirty import mark
from syncd.ledger.store import Store

ACTION_COLUMNS = (
    "a.key, a.effect, a.verb, a.system, a.kind, a.rid, a.fields, a.cause, a.before, a.guard, a.needs, a.token, a.agrees, "
    "a.handoff, a.rank, f.rid"
)


# ---------------------------------------------------------------- applying
def ready(
    store: Store, systems: Sequence[str], rank: int, now: datetime, limit: int, only: int | None = None
) -> list[Action]:
    """Open actions of one rank whose needs are met, with the late-bound ids filled in; `only` those that one sync planned.

    One that needs an action that was refused waits with it until a human has fixed the cause. Of a void handoff nothing is
    sent any more.
    """
    rows = store.rows(
        f"SELECT {ACTION_COLUMNS} FROM action a JOIN record f ON f.id = a.person WHERE a.state = 'open' AND a.doubt = 0 "
        "AND a.rank = ?1 AND a.system IN (SELECT value FROM json_each(?2)) AND (a.due IS NULL OR a.due <= ?3) "
        "AND (?5 IS NULL OR a.sync = ?5) "
        "AND (a.effect LIKE 'undo:%' OR NOT EXISTS (SELECT 1 FROM handoff h WHERE h.person = a.person "
        "     AND h.number = a.handoff AND h.state = 'void')) "
        "AND NOT EXISTS (SELECT 1 FROM json_each(a.needs) n LEFT JOIN action d ON d.key = n.value "
        "                WHERE CASE WHEN n.key LIKE 'after:%' THEN d.state = 'open' "
        "                           ELSE coalesce(d.state, 'done') <> 'done' END) "
        "ORDER BY a.system, a.kind, a.effect = 'person' DESC, a.verb, a.key LIMIT ?4",
        rank,
        to_json(list(systems)),
        to_ms(now),
        limit,
        only,
    )
    return [bind(store, action_of(row)) for row in rows]


def overtaken(store: Store) -> list[Action]:
    """Open actions that can never be sent, because one they need was overtaken."""
    return [
        action_of(row)
        for row in store.rows(
            f"SELECT {ACTION_COLUMNS} FROM action a JOIN record f ON f.id = a.person WHERE a.state = 'open' AND EXISTS ("
            "SELECT 1 FROM json_each(a.needs) n JOIN action d ON d.key = n.value "
            "WHERE d.state = 'superseded' AND n.key NOT LIKE 'after:%')"
        )
    ]


def undelivered(store: Store, system: str) -> list[tuple[int, int, str, Ref]]:
    """Handoffs whose record and owner are written but not verified: (handoff row, person row, owner id, record)."""
    return [
        (row[0], row[1], row[2], Ref.parse(row[3]))
        for row in store.rows(
            "SELECT h.id, h.person, h.owner_id, coalesce(a.system || '/' || a.kind || '/' || a.rid, h.target) "
            "FROM handoff h LEFT JOIN action a ON a.person = h.person AND a.handoff = h.number AND a.effect = 'person' "
            "WHERE h.state = 'open' AND (a.key IS NULL OR (a.state = 'done' AND a.system = ?))",
            system,
        )
        if row[3]
    ]


def deliver(
    conn: sqlite3.Connection,
    handoff: int,
    person: int,
    record: int,
    target: Ref,
    owner: str,
    owner_id: str,
    at: datetime,
) -> None:
    """The owner was read back from the CRM: the handoff is delivered, and the record is the person's."""
    conn.execute(
        "UPDATE handoff SET state = 'delivered', delivered = ?, target = ?, owner = ?, owner_id = ? WHERE id = ?",
        (to_ms(at), str(target), owner, owner_id, handoff),
    )
    conn.execute("INSERT INTO link VALUES (?, ?, 'receipt') ON CONFLICT DO NOTHING", (record, person))
    mark(conn, "id = ?", person)


def ranks(store: Store, systems: Sequence[str]) -> list[int]:
    return [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT rank FROM action WHERE state = 'open' AND system IN (SELECT value FROM json_each(?)) "
            "ORDER BY rank",
            to_json(list(systems)),
        )
    ]


def in_doubt(store: Store, systems: Sequence[str], limit: int = 2000, after: str = "") -> list[Action]:
    """Actions that may have happened, in key order after `after`: an intent without a clear answer, or a lost ledger."""
    rows = store.rows(
        f"SELECT {ACTION_COLUMNS} FROM action a JOIN record f ON f.id = a.person WHERE a.state = 'open' AND a.doubt = 1 "
        "AND a.key > ? AND a.system IN (SELECT value FROM json_each(?)) ORDER BY a.key LIMIT ?",
        after,
        to_json(list(systems)),
        limit,
    )
    return [bind(store, action_of(row)) for row in rows]


def intend(conn: sqlite3.Connection, sync: int, actions: Sequence[Action], at: datetime) -> None:
    """About to send: durable before the call."""
    conn.executemany(
        "INSERT INTO intent (action, sync, at, payload) VALUES (?, ?, ?, ?)",
        [(a.key, sync, to_ms(at), to_json(dict(a.fields))) for a in actions],
    )
    conn.executemany(
        "UPDATE action SET doubt = 1, attempts = attempts + 1, rid = ? WHERE key = ?",
        [(a.target.id, a.key) for a in actions],
    )


def receive(
    conn: sqlite3.Connection,
    sync: int,
    receipts: Iterable[tuple[Action, Receipt]],
    at: datetime,
    *,
    due: datetime | None = None,
) -> None:
    """This is what happened. `not_sent` opens the action again (at `due`); `unclear` leaves it in doubt.

    What was written to a person is from now on what the ledger shows of that record, so that its echo is no news; the
    agreed pairs stand as planned; an overtaken action makes its person be decided anew.
    """
    for action, receipt in receipts:
        if receipt.outcome is Outcome.UNCLEAR:
            continue
        conn.execute(
            "INSERT INTO receipt (action, intent, sync, at, outcome, ref, was, now, code) "
            "VALUES (?, (SELECT max(id) FROM intent WHERE action = ?), ?, ?, ?, ?, ?, ?, ?)",
            (
                action.key, action.key, sync, to_ms(at), receipt.outcome,
                str(receipt.ref) if receipt.ref else None, to_json(dict(action.before)), to_json(written(action, receipt)),
                receipt.code,
            ),
        )  # fmt: skip
        match receipt.outcome:
            case Outcome.DONE | Outcome.ALREADY:
                ref = receipt.ref or action.target
                conn.execute(
                    "UPDATE action SET state = 'done', doubt = 0, kind = ?, rid = ? WHERE key = ?",
                    (ref.kind, ref.id, action.key),
                )
                _healed(conn, action)
                if action.verb is Verb.UPDATE:
                    _show(conn, ref, written(action, receipt), receipt.modified)
                if action.effect.startswith(("feedback", "reroute:")):  # what sales said meanwhile, whose it is now
                    mark(conn, "id = ?", _person(conn, action))
                if action.agrees:
                    save_agreed(conn, _person(conn, action), action.agrees)
            case Outcome.REJECTED:
                conn.execute("UPDATE action SET state = 'rejected', doubt = 0 WHERE key = ?", (action.key,))
            case Outcome.SUPERSEDED:
                _overtake(conn, action, receipt)
            case Outcome.NOT_SENT:
                conn.execute(
                    "UPDATE action SET doubt = 0, due = ? WHERE key = ?", (to_ms(due) if due else None, action.key)
                )


def written(action: Action, receipt: Receipt) -> dict[str, Raw]:
    """What the record holds of what was sent: as the answer says, else as it was sent."""
    return {name: receipt.values.get(name, value) for name, value in action.fields.items()}


def _show(conn: sqlite3.Connection, ref: Ref, values: Mapping[str, Raw], modified: datetime | None) -> None:
    row = conn.execute(
        "SELECT r.id, r.body, r.email, k.names, k.email FROM kind k JOIN record r ON r.kind = k.id "
        "WHERE k.system = ? AND k.kind = ? AND r.rid = ?",
        ref,
    ).fetchone()
    if row is None:
        return
    rid, body, email, names, address = row
    held = dict.fromkeys(from_json(names)) | dict(zip(from_json(names), unpack(body, email), strict=False))
    held |= {name: value for name, value in values.items() if name in held}
    if address in values:
        email = to_address(values[address])
        conn.execute("UPDATE record SET email = ? WHERE id = ?", (email, rid))
    at = to_ms(modified) if modified else 0
    conn.execute(
        "UPDATE record SET body = ?, modified = max(modified, ?) WHERE id = ?",
        (pack(list(held.values()), email), at, rid),
    )


def _healed(conn: sqlite3.Connection, action: Action) -> None:
    (blamed,) = conn.execute("SELECT problem FROM action WHERE key = ?", (action.key,)).fetchone()
    if blamed is not None:
        conn.execute("UPDATE action SET problem = NULL WHERE key = ?", (action.key,))
        heal(conn, [blamed])


def _overtake(conn: sqlite3.Connection, action: Action, receipt: Receipt) -> None:
    conn.execute("UPDATE action SET state = 'superseded', doubt = 0 WHERE key = ?", (action.key,))
    _healed(conn, action)
    if receipt.code == "GONE":
        state, successor = receipt.values.get("state") or "deleted", receipt.values.get("successor")
        conn.execute(
            "UPDATE record SET state = ?, successor = coalesce(?, successor) WHERE rid = ? AND kind IN ("
            "SELECT id FROM kind WHERE system = ? AND kind = ?)",
            (state, successor, action.target.id, action.target.system, action.target.kind),
        )
    person = _person(conn, action)
    mark(conn, "id = ?", person)
    if action.effect == "person":
        conn.execute(
            "UPDATE handoff SET state = 'void', reason = 'superseded' WHERE person = ? AND number = ? AND state = 'open'",
            (person, action.handoff),
        )


def _person(conn: sqlite3.Connection, action: Action) -> int:
    return int(conn.execute("SELECT person FROM action WHERE key = ?", (action.key,)).fetchone()[0])


def save_agreed(conn: sqlite3.Connection, person: int, pairs: Mapping[str, tuple[Raw, Raw]]) -> None:
    """canonical field → (marketing value, CRM value) that both sides hold now."""
    conn.executemany(
        "INSERT INTO agreed VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET ours = excluded.ours, theirs = excluded.theirs",
        [(person, name, to_json(ours), to_json(theirs)) for name, (ours, theirs) in sorted(pairs.items())],
    )


def attempts(conn: sqlite3.Connection, key: str) -> int:
    """How often an action was sent."""
    return int(conn.execute("SELECT attempts FROM action WHERE key = ?", (key,)).fetchone()[0])


def last_sent(store: Store, key: str) -> datetime | None:
    """When an action was last about to be sent; None when this ledger never sent it."""
    at = store.value("SELECT max(at) FROM intent WHERE action = ?", key)
    return from_ms_or_none(at)


# ---------------------------------------------------------------- rows to actions
def action_of(row: Sequence[Any]) -> Action:
    """A row of `ACTION_COLUMNS`."""
    key, effect, verb, system, kind, rid, fields, cause, before, guard, needs, token, agrees, handoff, rank, lineage = (
        row
    )
    return Action(
        key=key, effect=effect, verb=Verb(verb), target=Ref(system, kind, rid), fields=from_json(fields), person=lineage,
        cause=cause, before=from_json(before), guard=bool(guard), needs=from_json(needs), token=token,
        agrees={name: (ours, theirs) for name, (ours, theirs) in from_json(agrees).items()}, handoff=handoff, order=rank,
    )  # fmt: skip


def bind(store: Store, action: Action) -> Action:
    """Fill in the ids that other actions' receipts brought, and follow a person's record to what it became."""
    fields, target = dict(action.fields), action.target
    for slot, key in action.needs.items():
        row = store.one("SELECT kind, rid FROM action WHERE key = ? AND state = 'done'", key)
        if row is None:
            continue
        kind, rid = row
        match slot.partition(":"):
            case ("id", _, _):
                target = target._replace(id=rid)
            case ("person", _, _):
                fields["person"], fields["person_kind"] = rid, kind
            case ("from", _, _):
                fields["from"] = rid
            case ("field", _, name):
                fields[name] = rid
    if fields.get("person"):
        heir = _heir(store, Ref(target.system, str(fields["person_kind"]), str(fields["person"])))
        fields["person"], fields["person_kind"] = heir.id, heir.kind
    return replace(action, fields=fields, target=target)


def _heir(store: Store, ref: Ref) -> Ref:
    """The record that a converted or merged one became, as far as the ledger knows."""
    seen = {ref}
    while successor := store.value(
        "SELECT r.successor FROM kind k JOIN record r ON r.kind = k.id WHERE k.system = ? AND k.kind = ? AND r.rid = ?",
        *ref,
    ):
        ref = Ref.parse(successor)
        if ref in seen:
            break
        seen.add(ref)
    return ref
