"""A SELECT of records: its select list, its child subqueries, and how a page is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql import errors, labels, typeof
from connectors.loopback.salesforce.soql.errors import SoqlError, malformed
from connectors.loopback.salesforce.soql.field_groups import expand
from connectors.loopback.salesforce.soql.nodes import Call, Path, Query, Selected, TypeOf
from connectors.loopback.salesforce.soql.operands import is_aggregate, is_date_function
from connectors.loopback.salesforce.soql.scope import Column
from connectors.loopback.salesforce.soql.select import Filter, Reader
from connectors.loopback.salesforce.soql.shapes import Columns, Record, RecordShape, Row
from connectors.loopback.salesforce.store import json_list, quote

MAX_CHILD_RELATIONSHIPS = 20
# The root counts; two levels before v58 (SOQL reference, relationship query limitations).
MAX_LEVELS = 5
_MAX_LEVELS_BEFORE_58 = 2


@dataclass
class Room:
    """How many rows a page still holds, parents and children counted alike. ``continued`` opens
    a cursor for what is left of a child set and gives the URL of its next page.
    """

    left: int
    continued: Callable[[SelectList, Sequence[int], int], str]


class SelectList:
    """The compiled select list of one FROM; ``records`` reads rows by their numbers."""

    def __init__(self, reader: Reader, query: Query, sobject: SObject, table: str = "t", level: int = 1) -> None:
        self.reader = reader
        self.query = query
        self.sobject = sobject
        self.level = level
        self.table = table
        self.children: list[Children] = []
        self.has_long_text = False
        self._scope = reader.scope(query, sobject, table)
        self._columns = Columns([f"{table}.rowid", f'{table}."Id"'])
        self._shape = RecordShape(self._scope, self._columns, reader.base)
        self._keys: set[str] = set()
        typeof.check_not_selected_twice(query)
        functions = False
        for item in query.select:
            if isinstance(item, Query):
                self._add_children(item)
            elif isinstance(item, TypeOf):
                typeof.add(item, self._scope, self._columns, self._shape, reader)
            else:
                functions |= isinstance(item.what, Call) and item.what.name != "FIELDS"
                self._add(item)
        if functions and any(isinstance(item, TypeOf) for item in query.select):
            raise malformed("TYPEOF is not allowed in a query with functions in its SELECT clause", query.at)
        self._build = self._shape.builder()

    def records(self, row_numbers: Sequence[int], room: Room | None = None) -> tuple[list[Record], int]:
        """The rows that still exist, in the order asked, and how many of the numbers they took:
        fewer than all when the children have used up the room.
        """
        rows = self._rows(row_numbers)
        taken = len(row_numbers)
        if self.children and room is not None:
            rows, stopped_at = self._load_children(rows, room)
            taken = row_numbers.index(stopped_at) if stopped_at is not None else taken
        return [self._build(row) for row in rows], taken

    def _rows(self, row_numbers: Sequence[int]) -> list[Row]:
        """A CROSS JOIN is never reordered."""
        sql = (
            f"SELECT {', '.join(self._columns.sql)} FROM json_each(?) page "
            f"CROSS JOIN {self.reader.store.source(self.sobject)} {self.table} "
            f"ON {self.table}.rowid = page.value {self._scope.joins}"
        )
        return self.reader.store.db.execute(sql, [json_list(row_numbers)]).fetchall()

    def _load_children(self, rows: list[Row], room: Room) -> tuple[list[Row], int | None]:
        """Give each parent its child sets as long as there is room; at least one parent."""
        for children in self.children:
            children.find([row[1] for row in rows])
        stopped_at = None
        for index, row in enumerate(rows):
            if index and room.left <= 0:
                rows, stopped_at = rows[:index], row[0]
                break
            room.left -= 1
            for children in self.children:
                children.fill(row[1], room)
        for children in self.children:
            children.read()
        return rows, stopped_at

    # Items

    def _add(self, item: Selected) -> None:
        what = item.what
        if isinstance(what, Path):
            if item.alias is not None:
                raise malformed("only aggregate expressions use field aliasing", what.at)
            self._add_column(self._scope.column(what))
        elif what.name == "FIELDS":
            for entry in expand(what, self.query, self.sobject, self.reader.user, alone=len(self.query.select) == 1):
                self._add_column(self._scope.column(Path((entry.name,), what.at)))
        else:
            self._add_function(what, item.alias)

    def _add_function(self, call: Call, alias: str | None) -> None:
        user = self.reader.user
        if is_aggregate(call):
            raise malformed("only root queries support aggregate expressions", call.at)
        if is_date_function(call):
            raise malformed(f"Field must be grouped or aggregated: {call.written}", call.at)
        if call.name not in ("TOLABEL", "FORMAT"):
            raise not_emulated(f"{call.written}() in a select list")
        column = labels.labelled(call, self._scope)
        if call.name == "TOLABEL":
            show = labels.label_of(column.field)
        else:
            show = labels.format_of(column.field, self.reader.locale, user.zone, self.reader.currency)
        self._claim(column, alias, call.at)
        self._shape.add(column, key=alias, show=show)

    def _add_column(self, column: Column) -> None:
        self._claim(column, None, 0)
        self.has_long_text = self.has_long_text or column.field.is_long_text
        self._shape.add(column)

    def _claim(self, column: Column, alias: str | None, at: int) -> None:
        """A name once only; the documented refusal shows no place."""
        key = alias or ".".join([*(parent.key for parent in column.parents), column.field.name])
        if key.lower() in self._keys:
            if alias:
                raise malformed(f"duplicate alias: {alias}", at)
            raise SoqlError("INVALID_FIELD", f"duplicate field selected: {column.field.name}")
        self._keys.add(key.lower())

    def _add_children(self, query: Query) -> None:
        deepest = MAX_LEVELS if self.reader.version >= 58 else _MAX_LEVELS_BEFORE_58
        if self.level == deepest:
            raise malformed(f"SOQL relationship queries have at most {deepest} levels", query.at)
        if len(self.children) == MAX_CHILD_RELATIONSHIPS:
            raise malformed(
                f"No more than {MAX_CHILD_RELATIONSHIPS} parent-to-child relationships are allowed", query.at
            )
        children = Children(self, query)
        self.children.append(children)
        self._shape.add_slot(children.name, lambda row: children.of(row[1]))


class Children:
    """A child subquery: its sets for one page of parents."""

    def __init__(self, parent: SelectList, query: Query) -> None:
        reader = parent.reader
        names = query.source.names
        own = (parent.query.alias or "", parent.sobject.name)
        if len(names) == 2 and names[0].lower() in {name.lower() for name in own}:
            names = names[1:]  # FROM Account.Contacts
        found = reader.store.schema.find_child(parent.sobject.name, ".".join(names))
        if found is None or not reader.user.may("read", found.child):
            raise errors.no_such_child(query.source.text, query.source.at)
        _check_child(query, parent.query)
        self.name = found.name or ""
        self._reader = reader
        self._query = query
        table = f"c{parent.level}"
        self._filter = Filter(reader, query, found.child, table)
        self._order = self._filter.order_by(query.order_by)
        self._reference = f"{table}.{quote(found.field.name)}"
        self.list = SelectList(reader, query, found.child, table, parent.level + 1)
        self._found: dict[str, list[int]] = {}
        self._sets: dict[str, Record] = {}
        self._waiting: list[tuple[Record, list[int]]] = []

    def find(self, parent_ids: Sequence[str]) -> None:
        """Which rows belong to these parents, in one statement."""
        sql = (
            f"SELECT {self._reference}, {self._filter.table}.rowid {self._filter.source()} AND "
            f"{self._reference} IN (SELECT value FROM json_each(?)){self._order}"
        )
        rows: dict[str, list[int]] = defaultdict(list)
        for parent_id, number in self._reader.store.db.execute(sql, [*self._filter.params, json_list(parent_ids)]):
            rows[parent_id].append(number)
        first = self._query.offset or 0
        end = None if self._query.limit is None else first + self._query.limit
        self._found = {parent_id: numbers[first:end] for parent_id, numbers in rows.items()}
        self._sets, self._waiting = {}, []

    def fill(self, parent_id: str, room: Room) -> None:
        """The set of one parent, cut where the room ends (at least one row of it)."""
        numbers = self._found.get(parent_id)
        if not numbers:
            return
        answer: Record = {"totalSize": len(numbers), "done": True}
        if self.list.children:
            answer["records"], taken = self.list.records(numbers, room)
        else:
            taken = min(len(numbers), max(1, room.left))
            room.left -= taken
            self._waiting.append((answer, numbers[:taken]))
        if taken < len(numbers):
            answer["done"] = False
            answer["nextRecordsUrl"] = room.continued(self.list, numbers, taken)
        self._sets[parent_id] = answer

    def read(self) -> None:
        """The records of all sets that :meth:`fill` has only counted, in one statement."""
        wanted = [number for _, numbers in self._waiting for number in numbers]
        records = iter(self.list.records(wanted)[0])
        for answer, numbers in self._waiting:
            answer["records"] = [next(records) for _ in numbers]

    def of(self, parent_id: str) -> Record | None:
        """A child set; null when it is empty [R:nango/users]."""
        return self._sets.get(parent_id)


def _check_child(query: Query, parent: Query) -> None:
    if query.group_by or query.count_only:
        raise malformed("only root queries support aggregate expressions", query.at)
    if query.offset is not None and parent.limit != 1:
        raise malformed("OFFSET in a subquery needs a parent query with LIMIT 1", query.offset_at)
    if query.scope is not None:
        raise malformed("USING SCOPE is not allowed in a relationship query", query.scope.at)


class Selection:
    """A root query. ``row_numbers`` is the answer's order; ``list`` reads a page of them."""

    def __init__(self, reader: Reader, query: Query, only: Sequence[str] | None = None) -> None:
        self.reader = reader
        self.query = query
        self.sobject = reader.object_of(query.source)
        self._filter = Filter(reader, query, self.sobject, only=only)
        self._order = self._filter.order_by(query.order_by)
        self.list = SelectList(reader, query, self.sobject)

    def row_numbers(self) -> list[int]:
        query, params = self.query, self._filter.params
        sql = f"SELECT {self._filter.table}.rowid {self._filter.source()}{self._order}"
        if query.limit is not None or query.offset is not None:
            sql += " LIMIT ? OFFSET ?"
            limit = -1 if query.limit is None else query.limit
            params = [*params, limit, query.offset or 0]
        return [row[0] for row in self.reader.store.db.execute(sql, params)]


def count(reader: Reader, query: Query) -> int:
    """``SELECT COUNT()``; a LIMIT ends the counting (SOQL reference, COUNT())."""
    if query.order_by:
        raise errors.unexpected("ORDER", query.order_by[0].what.at)
    if query.group_by:
        raise malformed("Grouped query cannot use COUNT(), use COUNT(fieldName)", query.group_by[0].at)
    found = Filter(reader, query, reader.object_of(query.source))
    total = reader.store.db.execute(f"SELECT count(*) {found.source()}", found.params).fetchone()[0]
    total = max(0, int(total) - (query.offset or 0))
    return total if query.limit is None else min(total, query.limit)


def mark_usage(reader: Reader, query: Query, sobject: SObject, row_numbers: Sequence[int]) -> None:
    """FOR VIEW and FOR REFERENCE move the dates of the retrieved records; the change itself
    is nobody's edit (SOQL reference; [sheet 11.3] for what a view moves).
    """
    dates = {"VIEW": ("LastViewedDate", "LastReferencedDate"), "REFERENCE": ("LastReferencedDate",)}
    names = {name for use in query.usage for name in dates.get(use, ()) if sobject.has(name)}
    if names:
        reader.store.touch(sobject, row_numbers, dict.fromkeys(names, reader.stamp))
