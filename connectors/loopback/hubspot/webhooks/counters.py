"""Numbers that only grow, kept in the store: event and subscription ids, statistics."""

from __future__ import annotations

from connectors.loopback.hubspot.database import Database

_PREFIX = "webhook:"


class Counters:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, name: str, by: int = 1) -> int:
        """Count on and return the new total; the first is ``by``."""
        row = self._db.row(
            "INSERT INTO sequence VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET used = used + excluded.used "
            "RETURNING used",
            (_PREFIX + name, by),
        )
        return row[0] if row else 0

    def total(self, name: str) -> int:
        row = self._db.row("SELECT used FROM sequence WHERE kind = ?", (_PREFIX + name,))
        return row[0] if row else 0
