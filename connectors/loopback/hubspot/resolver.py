"""From what a caller names to the record: ids, e-mails, unique values, merged-away ids."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.errors import not_found_id, not_found_numeric, validation
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Record, Records
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.shapes import is_id
from connectors.loopback.hubspot.uniques import Uniques, identity


class Resolver:
    def __init__(self, database: Database, schema: Schema, records: Records, uniques: Uniques) -> None:
        self._db = database
        self._schema = schema
        self._records = records
        self._uniques = uniques

    def current(self, kind: str, record_id: int) -> int:
        """The id an id stands for after any number of merges."""
        while True:
            row = self._db.row("SELECT new_id FROM merged WHERE kind = ? AND old_id = ?", (kind, record_id))
            if row is None:
                return record_id
            record_id = row[0]

    def note_merge(self, kind: str, old_id: int, new_id: int) -> None:
        self._db.run("INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", (kind, old_id, new_id))

    def merges(self) -> Iterator[tuple[int, int]]:
        """(old id, id it was merged into) of records of any type, one step each."""
        rows = self._db.rows("SELECT old_id, new_id FROM merged")
        return ((row[0], row[1]) for row in rows)

    def lookup(self, kind: ObjectType, text: str, id_property: str | None) -> int | None:
        """The id of the named record, archived or not, or None."""
        if id_property and id_property != "hs_object_id":
            self.check_id_property(kind, id_property)
            return self._uniques.holder(kind.name, id_property, identity(id_property, text))
        return self.current(kind.name, int(text)) if is_id(text) else None

    def record(self, kind: ObjectType, text: str, id_property: str | None = None, *, archived: bool = False) -> Record:
        """The record, or the fitting 404 of §7.4. ``archived`` asks for the recycle bin."""
        record_id = self.lookup(kind, text, id_property)
        record = None if record_id is None else self._records.get(kind.name, record_id)
        if record is not None and record.archived == archived:
            return record
        by_id = not id_property or id_property == "hs_object_id"
        if by_id and not is_id(text):
            raise not_found_id(text)
        raise not_found_numeric()

    def check_id_property(self, kind: ObjectType, name: str) -> None:
        """400 unless the property's values are unique."""
        if name not in self._schema.unique_names(kind.name):
            raise validation(f"{name} is not a unique property of {kind.id}")
