"""Persons and the marketing records that are theirs: merges, and links that were lost."""

from __future__ import annotations

import sqlite3
from functools import reduce

from syncd.core.stages import highest
from syncd.core.types import Record, Ref
from syncd.ledger.codec import to_json, to_ms
from syncd.ledger.decisions import give_up
from syncd.ledger.dirty import mark
from syncd.ledger.store import Store


def lineage(store: Store, person: int) -> str:
    """The marketing id by which a person is known."""
    return str(store.value("SELECT rid FROM record WHERE id = ?", person))


def person_of(conn: sqlite3.Connection, lineage: str) -> int | None:
    """The person who is known by it; of a merged one the survivor."""
    row = conn.execute(
        "SELECT coalesce(p.merged, p.id) FROM kind k CROSS JOIN record r ON r.kind = k.id AND r.rid = ? "
        "JOIN person p ON p.id = r.id",
        (lineage,),
    ).fetchone()
    return row[0] if row else None


def eldest(record: Record) -> Ref:
    """Of all ids of a merged record the smallest. It names the family, so that a new ledger derives the same keys as the
    one that saw the merge happen."""
    return min((record.ref, *record.aliases), key=lambda ref: _numeric(ref.id))


def merge_family(conn: sqlite3.Connection, kind: int, record: Record, winner: int) -> None:
    """Fold the persons of all ids of a merged record into `winner`, which is the row of the eldest, and let the old records
    point at the one that is left. A family that is one already costs no write."""
    ids = [record.ref.id, *(a.id for a in record.aliases)]
    family = conn.execute(
        "SELECT r.id, r.rid, r.state, coalesce(p.merged, p.id) FROM record r JOIN person p ON p.id = r.id "
        "WHERE r.kind = ? AND r.rid IN (SELECT value FROM json_each(?))",
        (kind, to_json(ids)),
    ).fetchall()
    losers = {person for *_, person in family} - {winner}
    if not losers and all(state == "merged" for _, rid, state, _ in family if rid != record.ref.id):
        return
    at = to_ms(record.modified)
    for loser in sorted(losers):
        _absorb(conn, winner, loser, at)
    conn.execute("UPDATE person SET merged = NULL WHERE id = ?", (winner,))
    mark(conn, "id = ?", winner)
    for row, rid, *_ in family:
        how = None if rid == record.ref.id else "merged"
        conn.execute(
            "INSERT INTO link VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET person = excluded.person, how = excluded.how",
            (row, winner, how),
        )
        if how:
            conn.execute("UPDATE record SET state = 'merged', successor = ? WHERE id = ?", (str(record.ref), row))


def _absorb(conn: sqlite3.Connection, winner: int, loser: int, at: int) -> None:
    """Everything of the loser, and of those it absorbed before, becomes the winner's; two running handoffs of one person
    become one."""
    conn.execute(
        "UPDATE person SET merged = ?1, due = NULL WHERE id = ?2 OR id IN (SELECT record FROM link WHERE person = ?2)",
        (winner, loser),
    )
    conn.execute("DELETE FROM dirty WHERE person = ?", (loser,))
    conn.execute("DELETE FROM waiting WHERE person = ?", (loser,))
    conn.execute("DELETE FROM review WHERE person = ?", (loser,))
    conn.execute("UPDATE link SET person = ? WHERE person = ?", (winner, loser))
    _one_stage(conn, winner, loser, at)
    _one_running(conn, winner, loser)
    _distinct_numbers(conn, winner, loser)
    conn.execute("UPDATE handoff SET person = ? WHERE person = ?", (winner, loser))
    conn.execute("UPDATE action SET person = ? WHERE person = ?", (winner, loser))
    conn.execute("UPDATE OR IGNORE agreed SET person = ? WHERE person = ?", (winner, loser))
    conn.execute("UPDATE problem SET person = ? WHERE person = ?", (winner, loser))
    conn.execute("UPDATE ruling SET person = ? WHERE person = ?", (winner, loser))


def _one_stage(conn: sqlite3.Connection, winner: int, loser: int, at: int) -> None:
    """The survivor stands where the handoff runs, else where the winner stood, and keeps the high-water mark of both; the loser
    is void (T17). Both are stage events."""
    stands = {
        row[0]: row[1:]
        for row in conn.execute(
            "SELECT p.id, p.stage, p.highest, k.system || '/' || k.kind || '/' || r.rid, EXISTS (SELECT 1 FROM handoff h "
            "WHERE h.person = p.id AND h.state IN ('open', 'delivered')) FROM person p JOIN record r ON r.id = p.id "
            "JOIN kind k ON k.id = r.kind WHERE p.id IN (?, ?)",
            (winner, loser),
        )
    }
    (had, reached, survivor, runs), (lost, too, merged, ran) = stands[winner], stands[loser]
    stage = lost if had == "contact" or (ran and not runs) else had
    conn.execute(
        "UPDATE person SET moved_to = nullif(?, 'contact'), reached = ? WHERE id = ?",
        (stage, reduce(highest, (had, reached, lost, too)), winner),
    )
    events = [(loser, lost, "void", f"T17 merged into {survivor}")] if lost != "contact" else []
    if stage != had:
        events.append((winner, had, stage, f"T17 as {merged}, which was merged into it"))
    conn.executemany(
        "INSERT INTO stage_event (person, sync, at, was, stage, rule, source) "
        "SELECT ?1, coalesce(max(id), 0), ?2, ?3, ?4, ?5, ?6 FROM sync",
        [(who, at, was, now, rule, survivor) for who, was, now, rule in events],
    )


def _one_running(conn: sqlite3.Connection, winner: int, loser: int) -> None:
    """The winner's running handoff stays, else the loser's; of the other nothing more is sent."""
    running = "person = ? AND state IN ('open', 'delivered')"
    if not conn.execute(f"SELECT 1 FROM handoff WHERE {running}", (winner,)).fetchone():
        return
    for (number,) in conn.execute(f"SELECT number FROM handoff WHERE {running}", (loser,)).fetchall():
        give_up(conn, "person = ? AND handoff = ? AND state IN ('open', 'rejected') AND doubt = 0", loser, number)
    conn.execute(f"UPDATE handoff SET state = 'void', reason = 'merged' WHERE {running}", (loser,))


def _distinct_numbers(conn: sqlite3.Connection, winner: int, loser: int) -> None:
    """Where both used a number, the handoff that is over gets a negative one: what runs keeps the number of its keys."""
    clashes = conn.execute(
        "SELECT w.id, l.id, w.number, w.state, l.state FROM handoff w JOIN handoff l ON l.number = w.number "
        "WHERE w.person = ? AND l.person = ?",
        (winner, loser),
    ).fetchall()
    (lowest,) = conn.execute(
        "SELECT min(0, coalesce(min(number), 0)) FROM handoff WHERE person IN (?, ?)", (winner, loser)
    ).fetchone()
    for mine, theirs, number, _, their_state in clashes:
        lowest -= 1
        row, person = (mine, winner) if their_state in ("open", "delivered") else (theirs, loser)
        conn.execute("UPDATE handoff SET number = ? WHERE id = ?", (lowest, row))
        conn.execute("UPDATE action SET handoff = ? WHERE person = ? AND handoff = ?", (lowest, person, number))


def relink(conn: sqlite3.Connection) -> int:
    """Give records whose link was lost their person back: marketing records by id, CRM records by the receipt that named
    them (our external id and the e-mail need no link). Returns how many were looked at."""
    (lost,) = conn.execute("SELECT count(*) FROM unlinked").fetchone()
    if not lost:
        return 0
    conn.execute(
        "INSERT OR IGNORE INTO link SELECT r.id, coalesce(p.merged, p.id), iif(r.state = 'merged', 'merged', NULL) "
        "FROM unlinked u JOIN record r ON r.id = u.record JOIN person p ON p.id = r.id"
    )
    conn.execute(
        "INSERT OR IGNORE INTO link SELECT r.id, h.person, 'receipt' FROM unlinked u JOIN record r ON r.id = u.record "
        "JOIN kind k ON k.id = r.kind JOIN handoff h ON h.target = k.system || '/' || k.kind || '/' || r.rid"
    )
    mark(conn, "id IN (SELECT l.person FROM unlinked u JOIN link l ON l.record = u.record)")
    conn.execute("DELETE FROM unlinked")
    return int(lost)


def _numeric(rid: str) -> tuple[int, str]:
    return (int(rid), rid) if rid.isdigit() else (1 << 63, rid)
