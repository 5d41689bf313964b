"""How large a list was when, and when it was edited (§9.5) [S:crm-lists.v3]."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.instants import instant


class Changes:
    """A row per change, with the size after it; none for an edit."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sized(self, list_id: int, at: int, size: int) -> None:
        self._db.run("INSERT INTO list_change (list_id, at, size) VALUES (?, ?, ?)", (list_id, at, size))

    def edited(self, list_id: int, at: int) -> None:
        self._db.run("INSERT INTO list_change (list_id, at, size) VALUES (?, ?, NULL)", (list_id, at))

    def between(self, list_id: int, start: int, end: int) -> dict[str, Any]:
        """Changes from epoch ms ``start`` to ``end``, in their order."""
        sql = "SELECT at, size FROM list_change WHERE list_id = ? AND at BETWEEN ? AND ? ORDER BY at, n"
        rows = list(self._db.rows(sql, (list_id, start, end)))
        return {
            "editHistory": [instant(at) for at, size in rows if size is None],
            "sizeHistory": [{"size": size, "timestamp": instant(at)} for at, size in rows if size is not None],
        }
