"""The header of an ingest job's CSV: what each column sets, and what its cells may hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import Field, SObject

MOST_COLUMNS = 5_000  # [sheet 8.1]
_MOST_CELL = 32_000
# What a boolean's cell may say, in any case [D:datafiles_csv_preparing].
_TRUE = frozenset({"true", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "no", "n", "off", "0"})
# A date may carry a zone, which counts for nothing: 1940-06-07Z [D:datafiles_csv_sample_file].
_ZONED_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:?\d{2})", re.ASCII)


class JobError(Exception):
    """The whole job fails; the text is its ``errorMessage``."""


@dataclass(frozen=True, slots=True)
class Column:
    """``field`` is what a cell sets: itself, or by the ``key`` of the ``parent`` it names."""

    field: Field
    parent: SObject | None = None
    key: Field | None = None

    def put(self, cell: str, null: str | None, body: dict[str, Any]) -> None:
        """An empty cell says nothing; ``null`` clears the field [sheet 2, bulk2].

        Raises RecordError INVALID_TYPE_ON_FIELD_IN_RECORD, STRING_TOO_LONG.
        """
        if cell == "":
            return
        if cell == null:
            body[self.field.name] = None
        elif self.parent is None or self.key is None:
            body[self.field.name] = _typed(self.field, cell)
        else:
            named = {"attributes": {"type": self.parent.name}, self.key.name: _typed(self.key, cell)}
            body[self.field.relationship or ""] = named


def read_header(org: Org, caller: Caller, sobject: SObject, names: Sequence[str]) -> list[Column]:
    """``Field``, ``Relationship.Key`` or ``Object:Relationship.Key``. Raises JobError."""
    if len(names) > MOST_COLUMNS:
        raise JobError(org.text("BULK_TOO_MANY_COLUMNS", most=MOST_COLUMNS))
    columns = [_column(org, caller, sobject, name) for name in names]
    for at, column in enumerate(columns):
        if any(column.field is other.field for other in columns[:at]):
            raise JobError(org.text("BULK_DUPLICATE_COLUMN", name=names[at]))
    return columns


def no_such_column(name: str) -> JobError:
    return JobError(f"InvalidBatch : Field name not found : {name}")  # [amp-labs/connectors#118]


def _column(org: Org, caller: Caller, sobject: SObject, name: str) -> Column:
    path, _, key_name = name.rpartition(".")
    if path:
        return _by_parent(org, caller, sobject, name, path, key_name)
    field = sobject.find(name)
    if field is None or not caller.user.sees(sobject, field) or not field.stored:
        raise no_such_column(name)
    return Column(field)


def _by_parent(org: Org, caller: Caller, sobject: SObject, name: str, path: str, key_name: str) -> Column:
    """Only a parent's external ids and idLookup fields name it [D:datafiles_csv_rel_field_header_row]."""
    kind, _, relationship = path.rpartition(":")
    relation = sobject.find_relationship(relationship)
    if relation is None or not caller.user.sees(sobject, relation):
        raise no_such_column(name)
    targets = [target for target in relation.reference_to if not kind or target.lower() == kind.lower()]
    found = []
    for parent in filter(None, map(org.schema.find, targets)):
        key = parent.find(key_name) if caller.user.may("read", parent) else None
        if key is not None and key.is_lookup_key and caller.user.sees(parent, key):
            found.append(Column(relation, parent, key))
    if len(found) != 1:
        raise no_such_column(name)
    return found[0]


def _typed(field: Field, cell: str) -> Any:
    if len(cell) > _MOST_CELL:
        text = f"{field.label}: data value too large: {cell[:80]}… (max length={_MOST_CELL})"
        raise RecordError("STRING_TOO_LONG", text, [field.name])
    if field.type in values.BOOLEAN_TYPES:
        lowered = cell.lower()
        if lowered not in _TRUE | _FALSE:
            raise _wrong_type(field, cell)
        return lowered in _TRUE
    if field.type == "date" and (zoned := _ZONED_DATE.fullmatch(cell)):
        cell = zoned[1]
    try:
        values.to_store(cell, field.type, field.name)
    except RecordError:
        raise _wrong_type(field, cell) from None
    return cell


def _wrong_type(field: Field, cell: str) -> RecordError:
    text = f"{field.label}: value not of required type: {cell}"
    return RecordError("INVALID_TYPE_ON_FIELD_IN_RECORD", text, [field.name])
