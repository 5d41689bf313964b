"""From SQL rows to the records of an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType
from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.soql.scope import Column, Parent, Scope
from connectors.loopback.salesforce.store import quote

Row = Sequence[Any]
Record = dict[str, Any]
Build = Callable[[Row], Any]

# Of orgs with state and country picklists.
_CODE_PARTS = {"CountryCode": "countryCode", "StateCode": "stateCode"}
_ADDRESS_PARTS = {  # the component's name behind the compound's prefix, its key in the object
    "City": "city",
    "Country": "country",
    "GeocodeAccuracy": "geocodeAccuracy",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "PostalCode": "postalCode",
    "State": "state",
    "Street": "street",
}


@dataclass
class Columns:
    """The select list of one SQL statement; the same expression is asked for once."""

    sql: list[str] = field(default_factory=list)

    def index(self, expression: str) -> int:
        if expression not in self.sql:
            self.sql.append(expression)
        return self.sql.index(expression)


def attributes(base: str, sobject: str, record_id: str) -> Record:
    return {"type": sobject, "url": f"{base}/sobjects/{sobject}/{record_id}"}


def compound(sobject: SObject, entry: Field, row: dict[str, Any]) -> Record | None:
    """An address from the components in the row, null when all of them are [R:cumulusci/get-organization]."""
    prefix = entry.name.removesuffix("Address")
    parts = {key: row.get(prefix + name) for name, key in _ADDRESS_PARTS.items()}
    parts |= {key: row.get(prefix + name) for name, key in _CODE_PARTS.items() if sobject.has(prefix + name)}
    return parts if any(value is not None for value in parts.values()) else None


class RecordShape:
    """Collects the selected columns of one object and builds its records.

    ``base`` is "/services/data/v65.0". A parent appears where its first field was selected.
    """

    def __init__(self, scope: Scope, columns: Columns, base: str) -> None:
        self._scope = scope
        self._columns = columns
        self._base = base
        self._type = scope.sobject.name
        self._id = columns.index(f'{scope.table}."Id"')
        self._slots: dict[str, Build] = {}
        self._leaves: list[tuple[str, int]] | None = []
        self._loaders: dict[str, Callable[[Any], Any]] = {}
        self._parents: dict[tuple[str, ...], NameShape] = {}

    def add(self, column: Column, *, key: str | None = None, show: Build | None = None) -> None:
        """``key`` instead of the field's name, on the record itself; ``show`` instead of the
        field's own rendering.
        """
        slots = self._slots
        if column.parents and key is None:
            slots = self._parent_slots(column.parents)
        key = key or column.field.name
        if column.field.type in values.COMPOUND_TYPES:
            self._leaves = None
            slots[key] = self._compound_build(column)
            return
        at = self._columns.index(column.sql)
        load = show or values.loader(column.field.type)
        slots[key] = _leaf(at, load, nullable=bool(column.parents))
        if column.parents:
            self._leaves = None
        elif self._leaves is not None:
            self._leaves.append((key, at))
            if load:
                self._loaders[key] = load

    def add_slot(self, key: str, build: Build) -> None:
        self._leaves = None
        self._slots[key] = build

    def builder(self) -> Build:
        if self._leaves:
            return self._flat_builder(self._leaves)
        slots = list(self._slots.items())
        own_id, url, kind = self._id, f"{self._base}/sobjects/{self._type}/", self._type

        def build(row: Row) -> Record:
            record: Record = {"attributes": {"type": kind, "url": url + row[own_id]}}
            for key, make in slots:
                record[key] = make(row)
            return record

        return build

    def _flat_builder(self, leaves: list[tuple[str, int]]) -> Build:
        """The common case: one dict display, in a third of the time that a loop over the columns takes."""
        kind, url = self._type, f"{self._base}/sobjects/{self._type}/"
        cells = [f'"attributes": {{"type": {kind!r}, "url": {url!r} + row[{self._id}]}}']
        for key, at in leaves:
            cell = f"row[{at}]"
            cells.append(f"{key!r}: " + (f"loaders[{key!r}]({cell})" if key in self._loaders else cell))
        build: Build = eval(_compiled(f"lambda row: {{{', '.join(cells)}}}"), {"loaders": self._loaders})
        return build

    def _parent_slots(self, parents: tuple[Parent, ...]) -> dict[str, Build]:
        slots = self._slots
        path: tuple[str, ...] = ()
        for parent in parents:
            path = (*path, parent.key)
            if path not in self._parents:
                shape = NameShape(parent, self._columns, self._base)
                self._parents[path] = shape
                slots[parent.key] = shape.build
            slots = self._parents[path].slots
        return slots

    def _compound_build(self, column: Column) -> Build:
        if column.parents or column.sobject is None:
            return lambda row: None
        sobject, entry = column.sobject, column.field
        sees = self._scope.user.sees
        parts = [part for part in sobject.components(entry.name) if part.stored and sees(sobject, part)]
        places = [(part.name, self._columns.index(f"{self._scope.table}.{quote(part.name)}")) for part in parts]
        return lambda row: compound(sobject, entry, {name: row[at] for name, at in places})


# A client asks for the same columns page after page.
@lru_cache(maxsize=256)
def _compiled(expression: str) -> CodeType:
    return compile(expression, "<record>", "eval")


class NameShape:
    """``"Owner": {"attributes": …, "Name": …}`` or null. A polymorphic one is of type "Name"."""

    def __init__(self, parent: Parent, columns: Columns, base: str) -> None:
        self.slots: dict[str, Build] = {}
        self._base = base
        self._columns = columns
        self._ids = [(sobject.name, columns.index(f'{alias}."Id"')) for sobject, alias in parent.targets]
        self._shown_type = "Name" if parent.polymorphic else None

    def add(self, column: Column) -> None:
        at, load = self._columns.index(column.sql), values.loader(column.field.type)
        self.slots[column.field.name] = _leaf(at, load, nullable=True)

    def build(self, row: Row) -> Record | None:
        for kind, at in self._ids:
            if row[at] is not None:
                head = attributes(self._base, kind, row[at])
                head["type"] = self._shown_type or kind
                return {"attributes": head} | {key: make(row) for key, make in self.slots.items()}
        return None


def _leaf(at: int, load: Callable[[Any], Any] | None, *, nullable: bool) -> Build:
    if load is None:
        return lambda row: row[at]
    if nullable:
        return lambda row: None if row[at] is None else load(row[at])
    return lambda row: load(row[at])
