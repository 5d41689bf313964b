"""A SELECT of records: which rows match, and how a page of them is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.loopback.salesforce import sharing
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.conditions import Conditions, operand_column
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.nodes import (
    Call,
    Ordering,
    Path,
    Query,
    Selected,
    TypeOf,
)
from connectors.loopback.salesforce.soql.scope import Column, Scope
from connectors.loopback.salesforce.soql.shapes import Build, Columns, Record, RecordShape
from connectors.loopback.salesforce.store import Store, json_list, quote

_FIELDS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, when, and with which version (``base`` is "/services/data/v65.0")."""

    store: Store
    user: User
    now: datetime
    base: str
    with_deleted: bool = False

    def object_of(self, name: str, at: int) -> SObject:
        found = self.store.schema.find(name)
        if found is None or not found.is_("queryable") or not self.user.may("read", found):
            raise errors.no_such_object(name, at)
        return found


class Filter:
    """FROM … WHERE … of one level; ``params`` belong to ``joins`` and ``where`` in order."""

    def __init__(self, reader: Reader, query: Query, sobject: SObject, table: str = "t") -> None:
        self.reader = reader
        self.sobject = sobject
        self.table = table
        self.scope = Scope(reader.store.schema, reader.user, sobject, query.alias, table)
        self.params: list[Any] = []
        self.conditions = Conditions(self.scope, reader.now, self._semi_join, self.params)
        self._terms = [] if reader.with_deleted else alive(sobject, table)
        self._terms += sharing.visible(reader.user, sobject, table)
        if query.where is not None:
            self._terms.append(self.conditions.sql(query.where))
        if query.scope is not None:
            self._terms.append(self._scope_term(query.scope))

    @property
    def where(self) -> str:
        return " AND ".join(self._terms) or "1"

    def source(self) -> str:
        """``FROM … WHERE …``; ask for it when every path has been resolved."""
        table = self.reader.store.source(self.sobject)
        return f"FROM {table} {self.table} {self.scope.joins} WHERE {self.where}"

    def order_by(self, orderings: list[Ordering]) -> str:
        parts = []
        for ordering in orderings:
            column = operand_column(ordering.what, self.scope)
            if not column.field.sortable:
                text = f"field '{column.field.name}' can not be sorted in a query call"
                raise SoqlError("INVALID_FIELD", text, ordering.what.at)
            direction = " DESC" if ordering.descending else ""
            nulls = " NULLS LAST" if ordering.nulls_last else " NULLS FIRST"
            # Left out where it changes nothing, so that an index may give the order.
            if (not column.field.nillable and not column.parents) or (ordering.descending == ordering.nulls_last):
                nulls = ""
            parts.append(f"{column.sql}{direction}{nulls}")
        return f" ORDER BY {', '.join(parts)}" if parts else ""

    def _scope_term(self, name: str) -> str:
        if name.lower() == "everything":
            return "1"
        if name.lower() == "mine" and self.sobject.has("OwnerId"):
            self.params.append(self.reader.user.id)
            return f'{self.table}."OwnerId" = ?'
        raise not_emulated(f"USING SCOPE {name}")

    def _semi_join(self, query: Query, params: list[Any]) -> str:
        sobject = self.reader.object_of(query.sobject, query.at)
        inner = Filter(self.reader, query, sobject, f"s{len(params)}{self.table}")
        selected = query.select[0]
        if len(query.select) != 1 or not isinstance(selected, Selected):
            raise errors.unexpected("SELECT", query.at)
        column = operand_column(selected.what, inner.scope)
        if column.field.type not in ("id", "reference"):
            text = (
                f"The selected field '{column.field.name}' in the subquery and the left operand "
                "field in the where expression in the outer query should point to the same object"
            )
            raise SoqlError("MALFORMED_QUERY", text, selected.what.at)
        params += inner.params
        return f"SELECT {column.sql} {inner.source()} AND {column.sql} IS NOT NULL"


def alive(sobject: SObject, table: str) -> list[str]:
    """What /query leaves out: the recycle bin and archived activities [sheet 6]."""
    return [f'{table}."{flag}" = 0' for flag in ("IsDeleted", "IsArchived") if sobject.has(flag)]


class Selection:
    """The compiled query. ``row_numbers`` is the answer's order; ``records`` reads a page."""

    def __init__(self, reader: Reader, query: Query) -> None:
        self.reader = reader
        self.query = query
        self.sobject = reader.object_of(query.sobject, query.at)
        self._filter = Filter(reader, query, self.sobject)
        self._order = self._filter.order_by(query.order_by)
        self._columns = Columns([f"{self._filter.table}.rowid"])
        self._scope = Scope(reader.store.schema, reader.user, self.sobject, query.alias)
        self._shape = RecordShape(self._scope, self._columns, reader.base)
        self._children: list[_Children] = []
        self.has_long_text = False
        self._select()
        self._build = self._shape.builder()

    def count(self) -> int:
        sql = f"SELECT count(*) {self._filter.source()}"
        return int(self.reader.store.db.execute(sql, self._filter.params).fetchone()[0])

    def row_numbers(self) -> list[int]:
        query, params = self.query, self._filter.params
        sql = f"SELECT {self._filter.table}.rowid {self._filter.source()}{self._order}"
        if query.limit is not None or query.offset is not None:
            sql += " LIMIT ? OFFSET ?"
            limit = -1 if query.limit is None else query.limit
            params = [*params, limit, query.offset or 0]
        return [row[0] for row in self.reader.store.db.execute(sql, params)]

    def records(self, row_numbers: Sequence[int]) -> list[Record]:
        """The rows that still exist, in the order asked: a CROSS JOIN is never reordered."""
        table = self._filter.table
        sql = (
            f"SELECT {', '.join(self._columns.sql)} FROM json_each(?) page "
            f"CROSS JOIN {self.reader.store.source(self.sobject)} {table} "
            f"ON {table}.rowid = page.value {self._scope.joins}"
        )
        rows = self.reader.store.db.execute(sql, [json_list(row_numbers)]).fetchall()
        for children in self._children:
            children.load([row[1] for row in rows])
        return [self._build(row) for row in rows]

    # The select list

    def _select(self) -> None:
        seen: set[str] = set()
        for item in self.query.select:
            if isinstance(item, Query):
                self._add_children(item)
            elif isinstance(item, TypeOf):
                self._add_typeof(item)
            else:
                self._add(item, seen)

    def _add(self, item: Selected, seen: set[str]) -> None:
        what = item.what
        if isinstance(what, Call):
            if what.name == "FIELDS":
                self._add_all(what)
                return
            if what.name != "TOLABEL" or not isinstance(what.argument, Path):
                raise not_emulated(f"{what.written}() in a select list")
            what = what.argument
        elif item.alias is not None:
            raise errors.unexpected(item.alias, what.at + len(what.text) + 1)
        column = self._scope.column(what)
        key = ".".join([*(parent.key for parent in column.parents), column.field.name])
        if key in seen:
            text = f"duplicate field selected: {column.field.name}"
            raise SoqlError("INVALID_FIELD", text, what.at)
        seen.add(key)
        self._add_column(column)

    def _add_column(self, column: Column) -> None:
        self.has_long_text = self.has_long_text or column.field.is_long_text
        self._shape.add(column)

    def _add_all(self, call: Call) -> None:
        """``FIELDS(ALL | STANDARD | CUSTOM)``."""
        wanted = call.argument.text.upper() if isinstance(call.argument, Path) else ""
        if wanted not in ("ALL", "STANDARD", "CUSTOM"):
            raise errors.unexpected(wanted, call.at)
        if wanted != "STANDARD" and not 0 <= (self.query.limit or _FIELDS_LIMIT + 1) <= 200:
            text = f"The SOQL FIELDS function must have a LIMIT of at most {_FIELDS_LIMIT}"
            raise SoqlError("MALFORMED_QUERY", text, call.at)
        for entry in self.reader.user.readable_fields(self.sobject):
            if wanted == "ALL" or entry.custom == (wanted == "CUSTOM"):
                self._add_column(self._scope.column(Path((entry.name,), call.at)))

    def _add_children(self, query: Query) -> None:
        found = self.reader.store.schema.find_child(self.sobject.name, query.sobject)
        if found is None or not self.reader.user.may("read", found.child):
            raise errors.no_such_child(query.sobject, query.at)
        children = _Children(self.reader, query, found.child, found.field.name)
        self._children.append(children)
        own_id = self._columns.index(f'{self._filter.table}."Id"')
        self._shape.add_slot(found.name or "", lambda row: children.of(row[own_id]))

    def _add_typeof(self, item: TypeOf) -> None:
        parent = self._scope.parent(item.relationship)
        branches = dict(item.branches)
        shapes: list[tuple[int, Build]] = []
        for sobject, alias in parent.targets:
            paths = branches.get(sobject.name, item.otherwise)
            own = Scope(self.reader.store.schema, self.reader.user, sobject, None, alias)
            shape = RecordShape(own, self._columns, self.reader.base)
            for path in paths:
                shape.add(own.field_of(sobject, alias, path))
            at = self._columns.index(f'{alias}."Id"')
            shapes.append((at, shape.builder()))
        self._shape.add_slot(
            parent.key,
            lambda row: next((build(row) for at, build in shapes if row[at] is not None), None),
        )


class _Children:
    """A child subquery: its rows for one page of parents, in one statement."""

    def __init__(self, reader: Reader, query: Query, child: SObject, reference: str) -> None:
        self._reader = reader
        self._query = query
        self._filter = Filter(reader, query, child, "c")
        self._order = self._filter.order_by(query.order_by)
        self._reference = f"c.{quote(reference)}"
        self._columns = Columns([self._reference])
        shape = RecordShape(self._filter.scope, self._columns, reader.base)
        for item in query.select:
            if not isinstance(item, Selected) or isinstance(item.what, Call):
                raise SoqlError("MALFORMED_QUERY", "Only root queries support aggregate expressions", query.at)
            shape.add(self._filter.scope.column(item.what))
        self._build = shape.builder()
        self._found: dict[str, list[Record]] = {}

    def load(self, parent_ids: Sequence[str]) -> None:
        sql = (
            f"SELECT {', '.join(self._columns.sql)} {self._filter.source()} AND "
            f"{self._reference} IN (SELECT value FROM json_each(?)){self._order}"
        )
        self._found = defaultdict(list)
        params = [*self._filter.params, json_list(parent_ids)]
        limit = self._query.limit
        for row in self._reader.store.db.execute(sql, params):
            records = self._found[row[0]]
            if limit is None or len(records) < limit:
                records.append(self._build(row))

    def of(self, parent_id: str) -> dict[str, Any] | None:
        """A child set; null when it is empty [R:nango/users]."""
        records = self._found.get(parent_id)
        if not records:
            return None
        return {"totalSize": len(records), "done": True, "records": records}
