"""Who holds which unique value: primary and secondary e-mails, ``hasUniqueValue`` properties."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.loopback.hubspot.database import Database


def identity(name: str, value: str) -> str:
    """What two equal values of a unique property have in common: an address is the same in any case."""
    return value.strip().lower() if name == "email" else value


class Uniques:
    """Values of live records only: archiving gives them up, restoring would claim them again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def holder(self, kind: str, name: str, value: str) -> int | None:
        """The id of the record with this value of the property."""
        row = self._db.row(
            "SELECT id FROM unique_value WHERE kind = ? AND property = ? AND value = ?",
            (kind, name, value),
        )
        return row[0] if row else None

    def holders_in_any_case(self, kind: str, name: str, values: set[str]) -> list[int]:
        """The ids of the records with one of these values, all in lower case, as the property's value in any case."""
        if name == "email":
            found = (self.holder(kind, name, identity(name, value)) for value in values)
            return [record_id for record_id in found if record_id is not None]
        held = self._db.rows("SELECT value, id FROM unique_value WHERE kind = ? AND property = ?", (kind, name))
        return [record_id for value, record_id in held if value.lower() in values]

    def claim(self, kind: str, record_id: int, values: Iterable[tuple[str, str]]) -> None:
        """Take (property, value) pairs; the first holder keeps a value somebody else has."""
        self._db.run_many(
            "INSERT OR IGNORE INTO unique_value VALUES (?, ?, ?, ?)",
            ((kind, name, value, record_id) for name, value in values),
        )

    def claim_many(self, kind: str, rows: Iterable[tuple[str, str, int]]) -> None:
        """The same for many records at once: (property, value, record id)."""
        self._db.run_many(
            "INSERT OR IGNORE INTO unique_value VALUES (?, ?, ?, ?)",
            ((kind, name, value, record_id) for name, value, record_id in rows),
        )

    def release(self, kind: str, record_id: int, values: Iterable[tuple[str, str]]) -> None:
        self._db.run_many(
            "DELETE FROM unique_value WHERE kind = ? AND property = ? AND value = ? AND id = ?",
            ((kind, name, value, record_id) for name, value in values),
        )
