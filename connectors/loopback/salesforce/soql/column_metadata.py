"""``/query?columns=true``: what a statement's columns are, instead of its rows.

The parameter stands in no guide, but Salesforce's own CLI asks for it with every ``sf data query``; the
shape is that of the CLI's test data [salesforcecli/plugin-data, queryFields.exemplars].
"""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import aggregate
from connectors.loopback.salesforce.soql.field_groups import expand
from connectors.loopback.salesforce.soql.nodes import Call, Path, Query, Selected, TypeOf
from connectors.loopback.salesforce.soql.operands import is_aggregate, operand_column
from connectors.loopback.salesforce.soql.records import Children, Selection, count
from connectors.loopback.salesforce.soql.scope import Scope
from connectors.loopback.salesforce.soql.select import Reader

Column = dict[str, Any]
_APEX_TYPES = {
    **dict.fromkeys(values.ID_TYPES, "Id"),
    **dict.fromkeys(values.BOOLEAN_TYPES, "Boolean"),
    **dict.fromkeys(values.DOUBLE_TYPES, "Decimal"),
    **dict.fromkeys(values.COMPOUND_TYPES, None),
    "int": "Integer",
    "long": "Long",
    "date": "Date",
    "datetime": "Datetime",
    "time": "Time",
    "base64": "Blob",
}  # fmt: skip


def describe(reader: Reader, query: Query) -> dict[str, Any]:
    """Raises what the statement itself would raise, and 501 for functions and TYPEOF."""
    sobject = reader.object_of(query.source)
    scope = reader.scope(query, sobject)
    children: list[Children] = []
    # Compiled for its refusals; the rows are not read.
    if query.count_only:
        count(reader, query)
    elif aggregate.is_grouped(query):
        aggregate.check(reader, query)
    else:
        children = Selection(reader, query).list.children
    columns = [] if query.count_only else _columns(reader, query, scope, children)
    selected = {column["columnName"] for column in columns}
    return {
        "columnMetadata": columns,
        "entityName": sobject.name,
        "groupBy": bool(query.group_by),
        "idSelected": "Id" in selected,
        "keyPrefix": sobject.key_prefix,
    }


def _columns(reader: Reader, query: Query, scope: Scope, children: list[Children]) -> list[Column]:
    columns: list[Column] = []
    subqueries = iter(children)
    unnamed = 0
    for item in query.select:
        if isinstance(item, Query):
            columns.append(_child(reader, item, next(subqueries)))
        elif isinstance(item, TypeOf):
            raise not_emulated("column metadata of TYPEOF")
        elif isinstance(item.what, Path):
            _add_path(columns, scope, item.what)
        elif item.what.name == "FIELDS":
            fields = expand(item.what, query, scope.sobject, reader.user, alone=len(query.select) == 1)
            columns += [_of_field(entry) for entry in fields]
        else:
            columns.append(_of_function(scope, item, item.what, f"expr{unnamed}"))
            unnamed += item.alias is None
    return columns


def _add_path(columns: list[Column], scope: Scope, path: Path) -> None:
    """A parent's fields are joined under the relationship, each relationship once."""
    found = scope.column(path)
    for parent in found.parents:
        joined = next((entry for entry in columns if entry["columnName"] == parent.key), None)
        if joined is None:
            joined = _column(parent.key, None, foreignKeyName=parent.field.name)
            columns.append(joined)
        columns = joined["joinColumns"]
    columns.append(_of_field(found.field))


def _child(reader: Reader, query: Query, children: Children) -> Column:
    inner = children.list
    scope = reader.scope(query, inner.sobject)
    joined = _columns(reader, query, scope, inner.children)
    return _column(children.name, None, aggregate=True, joinColumns=joined)


def _of_function(scope: Scope, item: Selected, call: Call, implied: str) -> Column:
    if not is_aggregate(call):
        raise not_emulated(f"column metadata of {call.written}()")
    found = operand_column(call, scope).field
    argument = call.argument.text if isinstance(call.argument, Path) else ""
    return _column(
        item.alias or implied,
        None,
        aggregate=True,
        displayName=f"{call.name.lower()}({argument})",
        numberType=found.type in values.NUMBER_TYPES,
    )


def _of_field(field: Field) -> Column:
    apex = _APEX_TYPES.get(field.type, "String")
    return _column(
        field.name,
        apex,
        booleanType=apex == "Boolean",
        custom=field.custom,
        insertable=field.createable,
        numberType=field.type in values.NUMBER_TYPES,
        textType=apex == "String",
        updatable=field.updateable,
    )


def _column(name: str, apex_type: str | None, **known: Any) -> Column:
    return {
        "aggregate": False,
        "apexType": apex_type,
        "booleanType": False,
        "columnName": name,
        "custom": False,
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": False,
        "textType": False,
        "updatable": False,
    } | known
