"""GROUP BY, its subtotals, and aggregate functions: records of type AggregateResult."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import errors, labels
from connectors.loopback.salesforce.soql.conditions import Conditions
from connectors.loopback.salesforce.soql.errors import malformed
from connectors.loopback.salesforce.soql.field_groups import expand
from connectors.loopback.salesforce.soql.nodes import Call, Operand, Path, Query, Selected
from connectors.loopback.salesforce.soql.operands import (
    group_key,
    is_aggregate,
    is_date_function,
    operand_column,
    sort_keys,
)
from connectors.loopback.salesforce.soql.scope import Column
from connectors.loopback.salesforce.soql.select import Filter, Reader
from connectors.loopback.salesforce.soql.shapes import Record

_SHOWN = ("FORMAT", "TOLABEL")
_GROUPING = Field("GROUPING", "", "int", frozenset({"filterable", "sortable"}))


def is_grouped(query: Query) -> bool:
    return bool(query.group_by) or any(
        isinstance(item, Selected) and _has_aggregate(item.what) for item in query.select
    )


def _has_aggregate(operand: Operand | None) -> bool:
    if is_aggregate(operand):
        return True
    return isinstance(operand, Call) and operand.name in _SHOWN and _has_aggregate(operand.argument)


def check(reader: Reader, query: Query) -> None:
    """Raises what :func:`run` would raise for the statement."""
    _Grouped(reader, query)


def run(reader: Reader, query: Query) -> list[Record]:
    """All result rows; ``expr0``, ``expr1`` … name what has no alias."""
    return _Grouped(reader, query).records()


class _Grouped:
    def __init__(self, reader: Reader, query: Query) -> None:
        self._reader = reader
        self._query = query
        self._source = Filter(reader, query, reader.object_of(query.source))
        self._groups = [self._group(operand) for operand in query.group_by]
        self._keys: list[str] = []
        self._operands: list[Operand] = []
        self._loaders: list[Callable[[Any], Any] | None] = []
        if not query.group_by and query.limit is not None:
            raise malformed(_ungrouped("LIMIT"), query.limit_at)
        if not query.group_by and query.offset is not None:
            raise malformed(_ungrouped("OFFSET"), query.offset_at)
        for item in query.select:
            if not isinstance(item, Selected):
                raise malformed("Grouped query cannot use child relationships in the SELECT list", query.at)
            self._select(item)

    def records(self) -> list[Record]:
        query, params = self._query, list[Any]()
        selects = [self._sql(kept, params) for kept in self._grouping_sets()]
        columns = ", ".join(f"c{index}" for index in range(len(self._keys)))
        sql = f"SELECT {columns} FROM ({' UNION ALL '.join(selects)}){self._order()}"
        if query.limit is not None or query.offset is not None:
            sql += " LIMIT ? OFFSET ?"
            params += [-1 if query.limit is None else query.limit, query.offset or 0]
        records = []
        for row in self._reader.store.db.execute(sql, params):
            record: Record = {"attributes": {"type": "AggregateResult"}}
            for key, value, load in zip(self._keys, row, self._loaders, strict=True):
                record[key] = load(value) if load and value is not None else value
            records.append(record)
        return records

    # The select list

    def _group(self, operand: Operand) -> Column:
        column = operand_column(operand, self._source.scope)
        if not column.field.groupable:
            raise malformed(f"field '{column.field.name}' can not be grouped in a query call", operand.at)
        return column

    def _select(self, item: Selected) -> None:
        what = item.what
        if isinstance(what, Call) and what.name == "FIELDS":
            sobject, user = self._source.sobject, self._reader.user
            for entry in expand(what, self._query, sobject, user, alone=False):
                self._select(Selected(Path((entry.name,), what.at)))
            return
        column, load = self._shown(what)
        key = item.alias or self._implied_key(what, column)
        if key.lower() in (known.lower() for known in self._keys):
            raise malformed(f"duplicate alias: {key}", what.at)
        self._keys.append(key)
        self._loaders.append(load)

    def _shown(self, what: Operand) -> tuple[Column, Callable[[Any], Any] | None]:
        """The column, checked, and what its values pass on their way out."""
        inner = what.argument if isinstance(what, Call) and what.name in _SHOWN else what
        if inner is None or not isinstance(what, Path | Call):
            raise errors.unexpected(")", what.at)
        column = self._resolve(inner, frozenset(range(len(self._groups))), "Field")
        self._operands.append(inner)
        if what is inner:
            return column, values.loader(column.field.type)
        if isinstance(what, Call) and what.name == "TOLABEL":
            return column, labels.label_of(column.field)
        reader = self._reader
        return column, labels.format_of(column.field, reader.locale, reader.user.zone, reader.currency)

    def _implied_key(self, what: Operand, column: Column) -> str:
        inner = what.argument if isinstance(what, Call) and what.name in _SHOWN else what
        if isinstance(inner, Path):
            return column.field.name
        return f"expr{sum(key.startswith('expr') for key in self._keys)}"

    # SQL

    def _grouping_sets(self) -> list[frozenset[int]]:
        """Which groups each part of the answer keeps, the rows proper first, the total last."""
        count = len(self._groups)
        if self._query.subtotals == "ROLLUP":
            return [frozenset(range(kept)) for kept in range(count, -1, -1)]
        if self._query.subtotals == "CUBE":
            return [frozenset(kept) for size in range(count, -1, -1) for kept in combinations(range(count), size)]
        return [frozenset(range(count))]

    def _sql(self, kept: frozenset[int], params: list[Any]) -> str:
        def resolve(operand: Operand) -> Column:
            return self._resolve(operand, kept, "Field")

        columns = [f"{resolve(operand).sql} AS c{index}" for index, operand in enumerate(self._operands)]
        columns += [f"{sql} AS o{index}" for index, sql in enumerate(self._sort_columns(kept))]
        having: list[Any] = []
        conditions = Conditions(self._source.scope, self._reader.now, having, resolve=resolve)
        condition = conditions.sql(self._query.having) if self._query.having else ""
        sql = f"SELECT {', '.join(columns)} {self._source.source()}"
        keys = [group_key(self._groups[index]) for index in sorted(kept)]
        # Without groups there is one row, even of nothing; a subtotal of nothing is none.
        if keys:
            sql += f" GROUP BY {', '.join(keys)}"
        elif self._groups:
            sql += " GROUP BY 1 + 0"
        sql += f" HAVING {condition}" if condition else ""
        params += [*self._source.params, *having]
        return sql

    def _resolve(self, operand: Operand, kept: frozenset[int], what: str) -> Column:
        """A column of the grouped rows; what this part of the answer does not group by is null."""
        if isinstance(operand, Call) and operand.name == "GROUPING":
            return self._grouping(operand, kept)
        column = operand_column(operand, self._source.scope)
        if is_aggregate(operand):
            return column
        for index, group in enumerate(self._groups):
            if group.sql == column.sql or self._is_of_date(operand, group):
                return column if index in kept else column.replaced("NULL")
        raise malformed(f"{what} must be grouped or aggregated: {column.field.name}", operand.at)

    def _is_of_date(self, operand: Operand, group: Column) -> bool:
        """A date function of a grouped date field; not so of a datetime (SOQL reference)."""
        if not is_date_function(operand) or group.field.type != "date":
            return False
        assert isinstance(operand, Call)
        argument = operand.argument
        return isinstance(argument, Path) and self._source.scope.column(argument).sql == group.sql

    def _grouping(self, call: Call, kept: frozenset[int]) -> Column:
        """1 in a row that is a subtotal for the field."""
        if call.argument is None:
            raise errors.unexpected(")", call.at)
        wanted = operand_column(call.argument, self._source.scope)
        for index, group in enumerate(self._groups):
            if group.sql == wanted.sql and self._query.subtotals:
                return Column(str(int(index not in kept)), _GROUPING, None, ())
        raise malformed(f"Field must be grouped in GROUP BY ROLLUP or CUBE: {wanted.field.name}", call.at)

    def _sort_columns(self, kept: frozenset[int]) -> list[str]:
        columns = (self._resolve(ordering.what, kept, "Ordered field") for ordering in self._query.order_by)
        return [sql for column in columns for sql in sort_keys(column)]

    def _order(self) -> str:
        parts: list[str] = []
        every = frozenset(range(len(self._groups)))
        for ordering in self._query.order_by:
            column = self._resolve(ordering.what, every, "Ordered field")
            direction = "DESC" if ordering.descending else "ASC"
            nulls = "LAST" if ordering.nulls_last else "FIRST"
            keys: Sequence[str] = sort_keys(column)
            parts += [f"o{len(parts) + index} {direction} NULLS {nulls}" for index in range(len(keys))]
        return f" ORDER BY {', '.join(parts)}" if parts else ""


def _ungrouped(clause: str) -> str:
    return f"Non-grouped query that uses overall aggregate functions cannot also use {clause}"
