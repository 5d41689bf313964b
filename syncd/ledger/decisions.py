"""Saving what was decided: verdicts, stage moves, handoffs, actions; and giving actions up again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from syncd.core.facts import Handoff
from syncd.core.promise import as_json
from syncd.core.stages import Move
from syncd.core.types import Action
from syncd.ledger.codec import to_day, to_json, to_ms
from syncd.ledger.dirty import mark


def save_verdict(
    conn: sqlite3.Connection,
    sync: int,
    person: int,
    *,
    fit: int,
    engagement: int,
    score: int,
    tier: str,
    verdict: str,
    due: datetime | None,
) -> None:
    """What the gate said, until a new fact or until `due`."""
    conn.execute(
        "UPDATE person SET due = ?, fit = ?, engagement = ?, score = ?, tier = ?, verdict = ?, decided = ? "
        "WHERE id = ?",
        (to_ms(due) if due else None, fit, engagement, score, tier, verdict, sync, person),
    )


def clean(conn: sqlite3.Connection, persons: Sequence[int]) -> None:
    """These people are decided on."""
    conn.execute("DELETE FROM dirty WHERE person IN (SELECT value FROM json_each(?))", (to_json(list(persons)),))


def keep_dirty(conn: sqlite3.Connection, person: int) -> None:
    """Something of this person's decision is left for the next sync."""
    mark(conn, "id = ?", person)


def save_moves(conn: sqlite3.Connection, sync: int, person: int, moves: Sequence[Move], highest: str) -> None:
    """Append stage events and move the person."""
    for move in moves:
        conn.execute(
            "INSERT INTO stage_event (person, sync, at, was, stage, rule, source) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (person, sync, to_ms(move.at), move.was, move.stage, move.rule, move.source),
        )
    if moves:
        conn.execute("UPDATE person SET moved_to = ?, reached = ? WHERE id = ?", (moves[-1].stage, highest, person))


_FOLLOWED = (
    "state", "owner", "owner_id", "target", "delivered", "work", "outcome", "reason", "not_before", "closed", "reopens",
    "reopened", "worked",
)  # fmt: skip
"""What sales' work may change of a handoff; all else stands as it was opened."""


def save_handoff(
    conn: sqlite3.Connection, sync: int, person: int, handoff: Handoff, lines: Sequence[Any], pool: str = ""
) -> None:
    """A new handoff, the new state of one that is known by its key, or one that was overtaken and is opened anew."""
    row = {
        "person": person, "number": handoff.number, "key": handoff.key, "state": handoff.state, "entry": handoff.entry,
        "opened": to_ms(handoff.opened), "owner": handoff.owner, "owner_id": handoff.owner_id, "rule": handoff.rule,
        "why": to_json(list(handoff.why)), "score": handoff.score, "tier": handoff.tier, "lines": to_json(list(lines)),
        "criteria": handoff.criteria, "brief": handoff.brief, "target": str(handoff.target) if handoff.target else None,
        "delivered": to_ms(handoff.delivered) if handoff.delivered else None,
        "evidence": to_ms(handoff.evidence) if handoff.evidence else None, "work": handoff.work,
        "outcome": handoff.outcome, "reason": handoff.reason, "not_before": to_day(handoff.not_before),
        "closed": to_ms(handoff.closed) if handoff.closed else None, "pool": pool, "sync": sync,
        "reopens": handoff.reopens, "reopened": to_ms(handoff.reopened) if handoff.reopened else None,
        "promise": handoff.promise,
        "promised": to_json(as_json(handoff.promised)) if handoff.promised else None,
        "worked": to_ms(handoff.worked) if handoff.worked else None,
    }  # fmt: skip
    updated = row if handoff.state == "open" else _FOLLOWED
    conn.execute(
        f"INSERT INTO handoff ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) "
        f"ON CONFLICT (key) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in updated)}",
        row,
    )
    conn.executemany(
        "INSERT OR IGNORE INTO hop SELECT id, ?, ?, ?, ?, ? FROM handoff WHERE key = ?",
        [(n, to_ms(hop.at), *hop[1:], handoff.key) for n, hop in enumerate(handoff.hops, 1)],
    )


def save_actions(
    conn: sqlite3.Connection, sync: int, person: int, actions: Iterable[Action], *, doubt: bool = False
) -> int:
    """Add actions; a spent key stays as it is. One that was overtaken (nothing was sent), or that was refused and says
    something else by now, is planned anew. Returns how many are open because of this call.

    `doubt` plans them as perhaps done: each is looked for before it is sent (a handoff that a lost ledger began).
    """
    new = 0
    for a in actions:
        new += conn.execute(
            "INSERT INTO action VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, NULL, 0, NULL) "
            "ON CONFLICT (key) DO UPDATE SET sync = excluded.sync, verb = excluded.verb, kind = excluded.kind, "
            "rid = excluded.rid, fields = excluded.fields, before = excluded.before, guard = excluded.guard, "
            "needs = excluded.needs, token = excluded.token, agrees = excluded.agrees, cause = excluded.cause, "
            "rank = excluded.rank, state = 'open', doubt = excluded.doubt, due = NULL "
            "WHERE state = 'superseded' OR (state = 'rejected' AND fields <> excluded.fields)",
            (
                a.key, sync, person, a.handoff, a.effect, a.verb, a.target.system, a.target.kind, a.target.id,
                to_json(dict(a.fields)), to_json(dict(a.before)), int(a.guard), to_json(dict(a.needs)), a.token,
                to_json({name: list(pair) for name, pair in a.agrees.items()}), a.cause, a.order, int(doubt),
            ),
        ).rowcount  # fmt: skip
    return new


def spent(conn: sqlite3.Connection, actions: Iterable[Action]) -> list[Action]:
    """Of these actions: those that were done already, and so are not done again."""
    done = "SELECT 1 FROM action WHERE key = ? AND state = 'done'"
    return [a for a in actions if conn.execute(done, (a.key,)).fetchone()]


def withdraw(conn: sqlite3.Connection, person: int, number: int) -> bool:
    """Take back a handoff of which nothing was sent; False when something may have been."""
    mine = "person = ? AND handoff = ?"
    if conn.execute(
        f"SELECT 1 FROM action WHERE {mine} AND (state = 'done' OR doubt = 1)", (person, number)
    ).fetchone():
        return False
    give_up(conn, f"{mine} AND state IN ('open', 'rejected')", person, number)
    conn.execute(
        "UPDATE handoff SET state = 'void', reason = 'withdrawn' WHERE person = ? AND number = ?", (person, number)
    )
    return True


def plan_anew(conn: sqlite3.Connection, person: int, number: int) -> None:
    """Give up what is open of a handoff that is planned again, unless it may have landed."""
    give_up(conn, "person = ? AND handoff = ? AND state = 'open' AND doubt = 0", person, number)


def drop_upkeep(conn: sqlite3.Connection, person: int, keep: Iterable[str]) -> None:
    """Field writes and answers that a new decision does not want any more (all but `keep`), unless they may have landed."""
    give_up(
        conn,
        "person = ? AND state IN ('open', 'rejected') AND doubt = 0 AND (effect LIKE 'feedback:%' OR effect LIKE 'field:%' "
        "OR effect LIKE 'nurture:%') "
        "AND key NOT IN (SELECT value FROM json_each(?))",
        person,
        to_json(sorted(keep)),
    )


def drop_all_upkeep(conn: sqlite3.Connection, persons: Sequence[int]) -> None:
    """`drop_upkeep` of everything, for those among these people who have any."""
    for (person,) in conn.execute(
        "SELECT DISTINCT person FROM action WHERE person IN (SELECT value FROM json_each(?)) "
        "AND state IN ('open', 'rejected') AND doubt = 0",
        (to_json(list(persons)),),
    ).fetchall():
        drop_upkeep(conn, person, ())


def give_up(conn: sqlite3.Connection, where: str, *args: Any) -> None:
    """Overtake all actions for which `where` holds (a condition of this package), and let their problems heal."""
    blamed = {r[0] for r in conn.execute(f"SELECT problem FROM action WHERE {where} AND problem IS NOT NULL", args)}
    conn.execute(f"UPDATE action SET state = 'superseded', problem = NULL WHERE {where}", args)
    heal(conn, blamed)


def blame(conn: sqlite3.Connection, key: str, problem: int) -> None:
    """The problem that stands in an action's way."""
    conn.execute("UPDATE action SET problem = ? WHERE key = ?", (problem, key))


def heal(conn: sqlite3.Connection, problems: Iterable[int]) -> None:
    """Close those of these problems that stand in no action's way any more."""
    conn.executemany(
        "UPDATE problem SET resolved = last WHERE id = ? AND resolved IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM action WHERE problem = ? AND state = 'rejected')",
        [(p, p) for p in sorted(problems)],
    )
