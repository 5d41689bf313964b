"""Small things of the portal that are not CRM records: owners, custom properties, forms, …"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from connectors.loopback.hubspot.database import Database


class Documents:
    """JSON objects by kind and key, kept in the store so that a file can be opened again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        row = self._db.row("SELECT value FROM document WHERE kind = ? AND key = ?", (kind, key))
        return orjson.loads(row[0]) if row else None

    def put(self, kind: str, key: str, value: dict[str, Any]) -> None:
        self._db.run("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (kind, key, orjson.dumps(value)))

    def remove(self, kind: str, key: str) -> None:
        self._db.run("DELETE FROM document WHERE kind = ? AND key = ?", (kind, key))

    def number(self, name: str, first: int) -> int:
        """The next number of a named sequence that begins at ``first``."""
        counter = self.get("sequence", name)
        taken: int = counter["next"] if counter else first
        self.put("sequence", name, {"next": taken + 1})
        return taken

    def all(self, kind: str) -> Iterator[dict[str, Any]]:
        """In order of their keys."""
        rows = self._db.rows("SELECT value FROM document WHERE kind = ? ORDER BY key", (kind,))
        return (orjson.loads(row[0]) for row in rows)
