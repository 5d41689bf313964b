"""Syncs, problems, counts: what status, explain and undo read, and what a sync writes about itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.core.facts import Handoff
from syncd.core.types import Action, Problem, Raw
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms, unpack_changes
from syncd.ledger.dirty import mark
from syncd.ledger.family import person_of
from syncd.ledger.handoffs import HANDOFF_COLUMNS, handoff_of
from syncd.ledger.protocol import ACTION_COLUMNS, action_of
from syncd.ledger.store import Store

_CHUNK = 500


# ---------------------------------------------------------------- meta and syncs
def get(store: Store, name: str) -> str | None:
    value: str | None = store.value("SELECT value FROM meta WHERE name = ?", name)
    return value


def put(conn: sqlite3.Connection, name: str, value: str) -> None:
    conn.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))


def begin(store: Store, kind: str, rules: str, at: datetime) -> int:
    """A new sync row; `kind`: sync, apply, plan, undo, import."""
    with store.tx() as conn:
        number = conn.execute(
            "INSERT INTO sync (kind, started, rules, records) SELECT ?, ?, ?, coalesce(max(id), 0) FROM record",
            (kind, to_ms(at), rules),
        ).lastrowid
    assert number is not None
    return number


def finish(
    store: Store, sync: int, at: datetime, summary: Mapping[str, Any], calls: Mapping[str, Mapping[str, int]]
) -> None:
    with store.tx() as conn:
        conn.execute("UPDATE sync SET finished = ?, summary = ? WHERE id = ?", (to_ms(at), to_json(summary), sync))
        note_calls(conn, sync, calls)


def follow_rules(conn: sqlite3.Connection, rules: str) -> None:
    """Everyone is decided on again once the rules are others than at the last sync."""
    known = conn.execute("SELECT value FROM meta WHERE name = 'rules'").fetchone()
    if known is None or known[0] != rules:
        mark(conn, "merged IS NULL")
        put(conn, "rules", rules)


def exists(store: Store, sync: int) -> bool:
    return store.value("SELECT id FROM sync WHERE id = ?", sync) is not None


def last_seen(store: Store) -> datetime:
    """The systems' clock at the last sync."""
    return from_ms(store.value("SELECT max(coalesce(finished, started)) FROM sync") or 0)


def last_begun(store: Store) -> datetime:
    """When the last sync began, by the systems' clock."""
    return from_ms(store.value("SELECT max(started) FROM sync") or 0)


UNNOTED = 3
"""API calls that a sync which died may have made since it last noted them: a look, a look by e-mail, a batch."""


def note_calls(conn: sqlite3.Connection, sync: int, calls: Mapping[str, Mapping[str, int]]) -> None:
    """What a sync has spent so far."""
    conn.executemany(
        "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?)",
        [(sync, system, endpoint, n) for system, counts in calls.items() for endpoint, n in counts.items()],
    )


def spent(store: Store, system: str, since: datetime) -> int:
    """API calls that syncs made on a system since then; those that died are taken to have made a few more."""
    return int(
        store.value(
            "SELECT coalesce(sum(coalesce((SELECT sum(n) FROM calls WHERE sync = s.id AND system = ?), 0) "
            " + iif(s.finished IS NULL, ?, 0)), 0) FROM sync s WHERE s.started >= ?",
            system,
            UNNOTED,
            to_ms(since),
        )
    )


def void_handoffs(conn: sqlite3.Connection, sync: int, reason: str) -> None:
    """The handoffs that a sync opened, or whose record it wrote, are taken back by a person."""
    conn.execute(
        "UPDATE handoff SET state = 'void', reason = ? WHERE state <> 'void' AND (sync = ? OR EXISTS ("
        "SELECT 1 FROM receipt x JOIN action a ON a.key = x.action WHERE x.sync = ? AND x.outcome IN ('done', 'already') "
        "AND a.effect = 'person' AND a.person = handoff.person AND a.handoff = handoff.number))",
        (reason, sync, sync),
    )
    conn.execute(
        "UPDATE action SET state = 'superseded' WHERE state = 'open' AND doubt = 0 AND EXISTS (SELECT 1 FROM handoff h "
        "WHERE h.person = action.person AND h.number = action.handoff AND h.state = 'void' AND h.reason = ?) "
        "AND effect NOT LIKE 'undo:%'",
        (reason,),
    )


# ---------------------------------------------------------------- problems
def report(conn: sqlite3.Connection, problems: Iterable[Problem], at: datetime) -> list[int]:
    """Raise problems; one that is known is counted, one that was resolved is open again, since now
    unless it was resolved just now. Returns their rows."""
    rows = []
    for problem in problems:
        (row,) = conn.execute(
            "INSERT INTO problem (kind, subject, sentence, fix, person, first, last) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, subject) DO UPDATE SET sentence = excluded.sentence, fix = excluded.fix, "
            "first = iif(resolved < excluded.last, excluded.first, first), last = excluded.last, count = count + 1, "
            "resolved = NULL RETURNING id",
            (
                problem.kind, problem.subject, problem.sentence, problem.fix, person_of(conn, problem.person), to_ms(at),
                to_ms(at),
            ),
        ).fetchone()  # fmt: skip
        rows.append(int(row))
    return rows


def resolve(conn: sqlite3.Connection, at: datetime, *, kinds: Iterable[str]) -> None:
    """Close all problems of these kinds: their cause is gone."""
    for kind in kinds:
        conn.execute("UPDATE problem SET resolved = ? WHERE kind = ? AND resolved IS NULL", (to_ms(at), kind))


def resolve_these(conn: sqlite3.Connection, at: datetime, problems: Iterable[tuple[str, str]]) -> None:
    """Close these problems, each named by kind and subject."""
    conn.executemany(
        "UPDATE problem SET resolved = ? WHERE kind = ? AND subject = ? AND resolved IS NULL",
        [(to_ms(at), kind, subject) for kind, subject in sorted(problems)],
    )


def resolve_people(conn: sqlite3.Connection, at: datetime, persons: Sequence[int], kinds: Iterable[str]) -> None:
    """Close these people's problems of these kinds, before a new decision raises those that are left."""
    conn.execute(
        "UPDATE problem SET resolved = ? WHERE person IN (SELECT value FROM json_each(?)) AND resolved IS NULL "
        "AND kind IN (SELECT value FROM json_each(?))",
        (to_ms(at), to_json(list(persons)), to_json(list(kinds))),
    )


def problems(store: Store) -> list[dict[str, Any]]:
    """Open problems, newest first."""
    return [
        {
            "id": row[0], "kind": row[1], "subject": row[2], "sentence": row[3], "fix": row[4], "person": row[5],
            "first": from_ms(row[6]), "last": from_ms(row[7]), "count": row[8],
        }
        for row in store.rows(
            "SELECT q.id, q.kind, q.subject, q.sentence, q.fix, f.rid, q.first, q.last, q.count FROM problem q "
            "LEFT JOIN record f ON f.id = q.person WHERE q.resolved IS NULL ORDER BY q.last DESC, q.id"
        )
    ]  # fmt: skip


def retry(store: Store, ids: Sequence[int]) -> int:
    """Open the refused writes of these problems (none named: of all) again and close the problems; how many there were. A field
    that was left alone to another writer is tried again.

    What the last checks found is forgotten, so that the next sync looks anew.
    """
    named = to_json(list(ids))
    these = "resolved IS NULL AND (?1 = '[]' OR id IN (SELECT value FROM json_each(?1)))"
    blamed = f"state = 'rejected' AND problem IN (SELECT id FROM problem WHERE {these})"
    upkeep = "effect LIKE 'feedback:%' OR effect LIKE 'field:%' OR effect LIKE 'nurture:%'"
    with store.tx() as conn:
        mark(
            conn,
            f"id IN (SELECT person FROM problem WHERE {these} UNION SELECT person FROM action WHERE {blamed})",
            named,
        )
        (reopened,) = conn.execute(f"SELECT count(*) FROM action WHERE {blamed}", (named,)).fetchone()
        conn.execute(  # what moved since is planned from fresh facts; all else is looked for, and sent as it was
            f"UPDATE action SET state = iif({upkeep}, 'superseded', 'open'), doubt = iif({upkeep}, 0, 1), due = NULL, "
            f"problem = NULL WHERE {blamed}",
            (named,),
        )
        tried = conn.execute(
            "UPDATE contest SET until = (SELECT max(coalesce(finished, started)) FROM sync) WHERE EXISTS ("
            "SELECT 1 FROM problem q JOIN record f ON f.id = q.person WHERE q.person = contest.person "
            "AND q.kind = 'oscillation' AND q.subject = f.rid || ' ' || contest.field "
            f"AND q.id IN (SELECT id FROM problem WHERE {these}))",
            (named,),
        ).rowcount
        conn.execute(f"UPDATE problem SET resolved = last WHERE {these}", (named,))
        conn.execute("UPDATE action SET due = NULL WHERE state = 'open'")
        _forget_checks(conn)
    return int(reopened) + tried


def forget_checks(store: Store) -> None:
    """Both systems are checked by the next sync, however recently they were."""
    with store.tx() as conn:
        _forget_checks(conn)


def _forget_checks(conn: sqlite3.Connection) -> None:
    conn.execute("DELETE FROM meta WHERE name LIKE 'check:%'")


# ---------------------------------------------------------------- overviews
def overview(store: Store) -> dict[str, Any]:
    """What status shows."""

    def count(sql: str) -> int:
        return int(store.value(sql))

    return {
        "people": count("SELECT count(*) FROM person WHERE merged IS NULL"),
        "stages": dict(
            store.rows("SELECT stage, count(*) FROM person WHERE merged IS NULL GROUP BY stage ORDER BY 2 DESC")
        ),
        "handoffs": dict(store.rows("SELECT state, count(*) FROM handoff GROUP BY state ORDER BY 2 DESC")),
        "open_actions": count("SELECT count(*) FROM action WHERE state = 'open'"),
        "review": count("SELECT count(*) FROM review"),
        "in_doubt": count("SELECT count(*) FROM action WHERE state = 'open' AND doubt = 1"),
        "problems": count("SELECT count(*) FROM problem WHERE resolved IS NULL"),
        "approved": get(store, "approved"),
        "syncs": [
            _sync_line(row)
            for row in store.rows("SELECT id, kind, started, summary FROM sync ORDER BY id DESC LIMIT 10")
        ],
    }


def _sync_line(row: tuple[Any, ...]) -> dict[str, Any]:
    summary = from_json(row[3]) if row[3] else {}
    return {
        "sync": row[0],
        "kind": row[1],
        "at": from_ms(row[2]).isoformat()[:19],
        "handoffs": summary.get("handoffs"),
        "writes": sum(summary.get("writes", {}).values()),
        "api_calls": sum(summary.get("api_calls", {}).values()),
        "finished": bool(summary),
    }


def handoffs(
    store: Store,
    *,
    state: str | None = None,
    owner: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
    unsaid: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Handoffs with their people, newest first; `since` is about when they were opened. With `unsaid` only those with one of
    these outcomes and no reason."""
    columns = (
        "lineage", "email", "number", "state", "entry", "owner", "rule", "score", "tier", "target", "work", "outcome",
        "reason", "not_before", "opened", "delivered", "closed",
    )  # fmt: skip
    rows = store.rows(
        "SELECT f.rid, (SELECT r.email FROM link l JOIN record r ON r.id = l.record WHERE l.person = f.id "
        " AND l.how IS NULL), h.number, h.state, h.entry, h.owner, h.rule, h.score, h.tier, h.target, h.work, "
        "h.outcome, h.reason, h.not_before, h.opened, h.delivered, h.closed FROM handoff h JOIN record f ON f.id = h.person "
        "WHERE (?1 IS NULL OR h.state = ?1) AND (?2 IS NULL OR h.owner = ?2) AND h.opened >= ?3 "
        "AND (?5 = '[]' OR (h.reason = '' AND h.outcome IN (SELECT value FROM json_each(?5)))) "
        "ORDER BY h.opened DESC, h.id DESC LIMIT ?4",
        state,
        owner.lower() if owner else None,
        to_ms(since) if since else 0,
        limit,
        to_json(list(unsaid)),
    )
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    for handoff in found:
        for name in ("opened", "delivered", "closed"):
            handoff[name] = from_ms(handoff[name]).isoformat() if handoff[name] else None
    return found


# ---------------------------------------------------------------- reading back
def ranked(store: Store, limit: int | None = None) -> Iterator[list[int]]:
    """Chunks of the people's ids, by the score of the last decision, best first; those never decided on come last."""
    rows = store.conn.execute(
        "SELECT id FROM person WHERE merged IS NULL ORDER BY score DESC NULLS LAST, id LIMIT ?",
        (-1 if limit is None else limit,),
    )
    while chunk := [row[0] for row in rows.fetchmany(_CHUNK)]:
        yield chunk


def receipts_of(store: Store, where: str, *args: Any) -> list[dict[str, Any]]:
    """Receipts with their actions; `where` is one of "sync", "person", "action"."""
    column = {"sync": "x.sync", "person": "a.person", "action": "a.key"}[where]
    return [
        {
            "action": action_of(row[:16]), "outcome": row[16], "ref": row[17], "was": from_json(row[18]),
            "now": from_json(row[19]), "code": row[20], "at": from_ms(row[21]), "sync": row[22],
        }
        for row in store.rows(
            f"SELECT {ACTION_COLUMNS}, x.outcome, x.ref, x.was, x.now, x.code, x.at, x.sync FROM receipt x "
            f"JOIN action a ON a.key = x.action JOIN record f ON f.id = a.person WHERE {column} = ? ORDER BY x.id",
            *args,
        )
    ]  # fmt: skip


def actions_of(store: Store, sync: int) -> list[Action]:
    """The actions that a sync planned, in sending order."""
    return _actions(store, "a.sync = ?", sync)


def open_actions(store: Store, person: int) -> list[Action]:
    """What is still to be sent for a person, in sending order."""
    return _actions(store, "a.person = ? AND a.state = 'open'", person)


def _actions(store: Store, where: str, *args: Any) -> list[Action]:
    return [
        action_of(row)
        for row in store.rows(
            f"SELECT {ACTION_COLUMNS} FROM action a JOIN record f ON f.id = a.person WHERE {where} "
            "ORDER BY a.rank, a.system, a.kind, a.key",
            *args,
        )
    ]


def handoffs_of(store: Store, sync: int) -> list[tuple[Handoff, str, str]]:
    """The handoffs that a sync opened: (handoff, lineage of its person, rotation pool)."""
    columns = ", ".join("h." + name.strip() for name in HANDOFF_COLUMNS.split(","))
    return [
        (handoff_of(row[:-2]), row[-2], row[-1])
        for row in store.rows(
            f"SELECT {columns}, f.rid, h.pool FROM handoff h JOIN record f ON f.id = h.person "
            "WHERE h.sync = ? AND h.state = 'open' ORDER BY h.score DESC, f.rid",
            sync,
        )
    ]


def score_lines(store: Store, person: int, number: int) -> list[Any]:
    """The score lines that a handoff was decided on."""
    lines: list[Any] = from_json(
        store.value("SELECT lines FROM handoff WHERE person = ? AND number = ?", person, number) or "[]"
    )
    return lines


def stage_history(store: Store, person: int) -> list[dict[str, Any]]:
    """How a person, and those that were merged into it, moved: `at` by the evidence, `seen` by the sync that saw it."""
    return [
        {
            "at": from_ms(at),
            "was": was,
            "stage": stage,
            "rule": rule,
            "source": source,
            "sync": sync,
            "seen": from_ms(seen if seen is not None else at),
        }
        for at, was, stage, rule, source, sync, seen in store.rows(
            "SELECT at, was, stage, rule, source, sync, (SELECT started FROM sync s WHERE s.id = sync) FROM stage_event "
            "WHERE person = ?1 OR person IN (SELECT record FROM link WHERE person = ?1) ORDER BY id",
            person,
        )
    ]


def facts_of(store: Store, person: int) -> list[dict[str, Any]]:
    """What changed on this person's records, oldest first."""
    return [
        {"ref": f"{system}/{kind}/{rid}", "at": from_ms(at), "modified": from_ms(modified),
         "changed": _changed(changed, from_json(names)), "sync": sync}
        for system, kind, names, rid, at, modified, changed, sync in store.rows(
            "SELECT k.system, k.kind, k.names, r.rid, f.at, f.modified, f.changed, f.sync FROM link l "
            "JOIN record r ON r.id = l.record JOIN kind k ON k.id = r.kind JOIN fact f ON f.record = r.id "
            "WHERE l.person = ? ORDER BY f.id",
            person,
        )
    ]  # fmt: skip


def _changed(text: str, names: Sequence[str]) -> dict[str, list[Raw]]:
    return {"state" if position is None else names[position]: [was, now] for position, was, now in unpack_changes(text)}
