"""Who is to be decided anew after records changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

import orjson


def mark_dirty(conn: sqlite3.Connection, records: Collection[int]) -> None:
    """The people of these records: by link, by our external id that the record carries, by a shared e-mail."""
    if not records:
        return
    conn.execute(
        "WITH changed(id) AS (SELECT value FROM json_each(?)) UPDATE person SET dirty = 1 WHERE id IN ("
        " SELECT person FROM link WHERE record IN changed"
        " UNION SELECT l.person FROM changed c JOIN record r ON r.id = c.id JOIN record m ON m.email = r.email"
        "  JOIN link l ON l.record = m.id"
        " UNION SELECT l.person FROM changed c CROSS JOIN record r ON r.id = c.id AND r.token IS NOT NULL"
        "  CROSS JOIN kind k CROSS JOIN record m ON m.kind = k.id AND m.rid = r.token JOIN link l ON l.record = m.id)",
        (orjson.dumps(list(records)).decode(),),
    )


def wake(conn: sqlite3.Connection, left: Collection[tuple[str | None, str | None]]) -> None:
    """The people whose e-mail or id a record carried before it changed."""
    for email, token in left:
        if email is not None:
            conn.execute(
                "UPDATE person SET dirty = 1 WHERE id IN (SELECT l.person FROM record m JOIN link l ON l.record = m.id "
                "WHERE m.email = ?)",
                (email,),
            )
        if token is not None:
            conn.execute(
                "UPDATE person SET dirty = 1 WHERE id IN (SELECT l.person FROM kind k CROSS JOIN record m "
                "ON m.kind = k.id AND m.rid = ? JOIN link l ON l.record = m.id)",
                (token,),
            )
