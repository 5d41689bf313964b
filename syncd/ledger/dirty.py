"""Who is to be decided anew after something changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any

from syncd.ledger.codec import to_json


def mark(conn: sqlite3.Connection, where: str, *args: Any) -> None:
    """The people for whom `where` holds (a condition on `person`, of this package)."""
    conn.execute(f"INSERT OR IGNORE INTO dirty SELECT id FROM person WHERE {where}", args)


def mark_dirty(conn: sqlite3.Connection, records: Collection[int]) -> None:
    """The people of these records: by link, by our external id that the record carries, by a shared e-mail."""
    if not records:
        return
    mark(
        conn,
        "id IN ("
        " WITH changed(id) AS (SELECT value FROM json_each(?))"
        " SELECT person FROM link WHERE record IN changed"
        " UNION SELECT l.person FROM changed c JOIN record r ON r.id = c.id JOIN record m ON m.email = r.email"
        "  JOIN link l ON l.record = m.id"
        " UNION SELECT l.person FROM changed c CROSS JOIN record r ON r.id = c.id AND r.token IS NOT NULL"
        "  CROSS JOIN kind k CROSS JOIN record m ON m.kind = k.id AND m.rid = r.token JOIN link l ON l.record = m.id)",
        to_json(list(records)),
    )


def wake(conn: sqlite3.Connection, emails: Collection[str | None], tokens: Collection[str | None] = ()) -> None:
    """The people of all records that have one of these e-mails, or one of these remote ids."""
    mark(
        conn,
        "id IN (SELECT l.person FROM record m JOIN link l ON l.record = m.id"
        "  WHERE m.email IN (SELECT value FROM json_each(?))"
        " UNION SELECT l.person FROM json_each(?) t CROSS JOIN kind k CROSS JOIN record m ON m.kind = k.id"
        "  AND m.rid = t.value JOIN link l ON l.record = m.id)",
        to_json(list(emails)),
        to_json(list(tokens)),
    )
