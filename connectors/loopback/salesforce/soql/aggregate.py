"""GROUP BY and aggregate functions: records of type AggregateResult."""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.conditions import is_aggregate, operand_column
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.nodes import Operand, Path, Query, Selected
from connectors.loopback.salesforce.soql.select import Filter, Reader
from connectors.loopback.salesforce.soql.shapes import Record


def is_grouped(query: Query) -> bool:
    if query.group_by:
        return True
    return any(isinstance(item, Selected) and is_aggregate(item.what) for item in query.select)


def run(reader: Reader, query: Query) -> list[Record]:
    """All result rows; ``expr0``, ``expr1`` … name what has no alias."""
    sobject = reader.object_of(query.sobject, query.at)
    source = Filter(reader, query, sobject)
    keys: list[str] = []
    columns: list[str] = []
    loaders: list[Any] = []
    groups = [_group_column(operand, source) for operand in query.group_by]
    for item in query.select:
        if not isinstance(item, Selected):
            raise errors.unexpected("(", query.at)
        column = operand_column(item.what, source.scope)
        if not is_aggregate(item.what) and column.sql not in groups:
            text = f"Field must be grouped or aggregated: {column.field.name}"
            raise SoqlError("MALFORMED_QUERY", text, item.what.at)
        keys.append(_key(item, column.field.name, keys))
        columns.append(column.sql)
        loaders.append(values.loader(column.field.type))
    having = source.conditions.sql(query.having) if query.having else ""
    order = source.order_by(query.order_by)
    sql = f"SELECT {', '.join(columns)} {source.source()}"
    sql += f" GROUP BY {', '.join(groups)}" if groups else ""
    sql += f" HAVING {having}" if having else ""
    sql += order
    params = list(source.params)
    if query.limit is not None or query.offset is not None:
        sql += " LIMIT ? OFFSET ?"
        params += [-1 if query.limit is None else query.limit, query.offset or 0]
    records = []
    for row in reader.store.db.execute(sql, params):
        record: Record = {"attributes": {"type": "AggregateResult"}}
        for key, value, load in zip(keys, row, loaders, strict=True):
            record[key] = load(value) if load and value is not None else value
        records.append(record)
    return records


def _group_column(operand: Operand, source: Filter) -> str:
    column = operand_column(operand, source.scope)
    if not column.field.groupable:
        text = f"field '{column.field.name}' can not be grouped in a query call"
        raise SoqlError("MALFORMED_QUERY", text, operand.at)
    return column.sql


def _key(item: Selected, field_name: str, taken: list[str]) -> str:
    if item.alias:
        return item.alias
    if isinstance(item.what, Path):
        return field_name
    return f"expr{sum(key.startswith('expr') for key in taken)}"
