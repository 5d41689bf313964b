"""Property history: who set which value when, newest first on the wire (§4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.records import Record


@dataclass(frozen=True)
class Source:
    """The author of a change. ``type`` is HubSpot's open set: INTEGRATION, CRM_UI, CALCULATED,
    AUTOMATION_PLATFORM, MERGE_OBJECTS, IMPORT, FORM, …"""

    type: str
    id: str | None = None
    label: str | None = None
    user_id: int | None = None


CALCULATED = Source("CALCULATED")
AUTOMATION = Source("AUTOMATION_PLATFORM")
MERGE = Source("MERGE_OBJECTS")


def crm_ui(user_id: int) -> Source:
    """A person at the screen."""
    return Source("CRM_UI", f"userId:{user_id}")


class History:
    """The versions of each property; the first one is kept implicitly.

    A value set when the record was created needs no row: it is the record's own value, or,
    once it changes, the row written just before the change. That keeps a million seeded
    contacts free of history rows.
    """

    def __init__(self, database: Database, cap: int | None) -> None:
        self._db = database
        self._cap = cap

    def note(self, kind: str, before: Record, changes: dict[str, str], source: Source, at: int) -> None:
        """Remember ``changes`` (property -> new value, "" for cleared) of a record."""
        touched = {
            row[0]
            for row in self._db.rows(
                "SELECT DISTINCT property FROM history WHERE kind = ? AND id = ?",
                (kind, before.id),
            )
        }
        rows: list[tuple[Any, ...]] = []
        for name, value in changes.items():
            if name not in touched and name in before.properties:
                rows.append(_row(kind, before.id, name, *self._first(before, name)))
            rows.append(_row(kind, before.id, name, value, at, source))
        self._insert(rows)

    def of(self, kind: str, record: Record, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """The wire form: property -> versions, newest first; unset -> ``[]``."""
        wanted = list(names)
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
        for row in self._db.rows(
            "SELECT property, value, at, source_type, source_id, source_label, user_id "
            "FROM history WHERE kind = ? AND id = ? ORDER BY at DESC, n DESC",
            (kind, record.id),
        ):
            if row[0] in found:
                source = Source(row[3], row[4], row[5], row[6])
                found[row[0]].append(_version(row[1], row[2], source))
        for name in wanted:
            if not found[name] and name in record.properties:
                found[name].append(_version(*self._first(record, name)))
        return {name: versions[: self._cap] for name, versions in found.items()}

    def move(self, kind: str, old: Record, new_id: int) -> None:
        """Hand the versions of a merged record to its successor, implicit ones written out."""
        touched = {
            row[0]
            for row in self._db.rows("SELECT DISTINCT property FROM history WHERE kind = ? AND id = ?", (kind, old.id))
        }
        self._insert(
            _row(kind, old.id, name, *self._first(old, name)) for name in old.properties if name not in touched
        )
        self._db.run("UPDATE history SET id = ? WHERE kind = ? AND id = ?", (new_id, kind, old.id))

    def forget(self, kind: str, record_id: int) -> None:
        self._db.run("DELETE FROM history WHERE kind = ? AND id = ?", (kind, record_id))

    def _first(self, record: Record, name: str) -> tuple[str, int, Source]:
        """The version a property has had since the record was created."""
        properties = record.properties
        source = Source(
            properties.get("hs_object_source", "INTEGRATION"),
            properties.get("hs_object_source_id"),
            properties.get("hs_object_source_label"),
        )
        return properties[name], record.created, source

    def _insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._db.run_many(
            "INSERT INTO history (kind, id, property, value, at, source_type, source_id, "
            "source_label, user_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def _row(kind: str, record_id: int, name: str, value: str, at: int, source: Source) -> tuple[Any, ...]:
    return (
        kind, record_id, name, value, at, source.type, source.id, source.label, source.user_id,
    )  # fmt: skip


def _version(value: str, at: int, source: Source) -> dict[str, Any]:
    version: dict[str, Any] = {"value": value, "timestamp": instant(at), "sourceType": source.type}
    if source.id is not None:
        version["sourceId"] = source.id
    if source.label is not None:
        version["sourceLabel"] = source.label
    if source.user_id is not None:
        version["updatedByUserId"] = source.user_id
    return version
