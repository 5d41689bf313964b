"""Fields and functions of fields as SQL columns."""

from __future__ import annotations

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import errors, text
from connectors.loopback.salesforce.soql.nodes import Call, Operand, Path
from connectors.loopback.salesforce.soql.scope import Column, Scope

# {0} is the date or datetime as text, {1} the month in which the fiscal year starts.
_MONTH = "CAST(substr({0}, 6, 2) AS INTEGER)"
_FISCAL_MONTH = f"(({_MONTH} - {{1}} + 12) % 12 + 1)"
_DATE_FUNCTIONS = {
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": f"({_MONTH} + 2) / 3",
    "CALENDAR_MONTH": _MONTH,
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    # Named after the year in which it ends, unless it is the calendar's.
    "FISCAL_YEAR": f"CAST(substr({{0}}, 1, 4) AS INTEGER) + ({{1}} > 1 AND {_MONTH} >= {{1}})",
    "FISCAL_QUARTER": f"({_FISCAL_MONTH} + 2) / 3",
    "FISCAL_MONTH": _FISCAL_MONTH,
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) + 6) / 7",
    "WEEK_IN_YEAR": "(CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER) + 6) / 7",
}
_OF_DATETIMES_ONLY = ("DAY_ONLY", "HOUR_IN_DAY")
AGGREGATES = {
    "AVG": "avg({0})",
    "COUNT": "count({0})",
    "COUNT_DISTINCT": "count(DISTINCT {0})",
    "MAX": "max({0})",
    "MIN": "min({0})",
    "SUM": "CAST(sum({0}) AS REAL)",
}
_RESULTS = {"AVG": "double", "COUNT": "int", "COUNT_DISTINCT": "int", "SUM": "double"}
_OF_NUMBERS_ONLY = ("AVG", "SUM")
_UNSUMMABLE = ("id", "reference", "date", "datetime")
_COMPUTED = frozenset({"filterable", "sortable", "groupable"})


def is_aggregate(operand: Operand | None) -> bool:
    return isinstance(operand, Call) and operand.name in AGGREGATES


def is_date_function(operand: Operand) -> bool:
    return isinstance(operand, Call) and operand.name in _DATE_FUNCTIONS


def operand_column(operand: Operand, scope: Scope) -> Column:
    """The SQL of a field, a date function of one, or an aggregate of one."""
    if isinstance(operand, Path):
        return scope.column(operand)
    if operand.argument is None:
        raise errors.unexpected(")", operand.at + len(operand.written) + 1)
    if operand.name in _DATE_FUNCTIONS:
        return _date_function(operand, operand.argument, scope)
    if operand.name in AGGREGATES:
        return _aggregate(operand, operand.argument, scope)
    raise not_emulated(f"the SOQL function {operand.written}() here")


def _date_function(call: Call, argument: Operand, scope: Scope) -> Column:
    """Datetimes are taken in UTC, within convertTimezone() in the user's time zone."""
    local = isinstance(argument, Call) and argument.name == "CONVERTTIMEZONE"
    source = argument.argument if local and isinstance(argument, Call) else argument
    if not isinstance(source, Path):
        raise errors.unexpected("(", argument.at + 1)
    column = scope.column(source)
    takes = ("datetime",) if local or call.name in _OF_DATETIMES_ONLY else ("date", "datetime")
    if column.field.type not in takes:
        raise errors.malformed(f"field {column.field.name} does not support date function {call.written}", call.at)
    sql = f"sf_local({column.sql}, '{scope.user.time_zone}')" if local else column.sql
    month = scope.fiscal_month if call.name.startswith("FISCAL") else 1
    formula = _DATE_FUNCTIONS[call.name].format(sql, month)
    kind = "date" if call.name == "DAY_ONLY" else "int"
    # CAST makes 0 of null.
    return _computed(call, kind, f"CASE WHEN {column.sql} IS NOT NULL THEN {formula} END")


def _aggregate(call: Call, argument: Operand, scope: Scope) -> Column:
    if not isinstance(argument, Path):
        raise errors.unexpected("(", argument.at)
    column = scope.column(argument)
    field, sql = column.field, column.sql
    if not _supports(field, call.name):
        text_ = f"field {field.name} does not support aggregate operator {call.name}"
        raise errors.malformed(text_, call.at)
    if call.name == "COUNT_DISTINCT" and text.ignores_case(field):
        sql = text.key(sql)
    if call.name in ("MIN", "MAX") and field.picklist:
        return _extreme_choice(call, column)
    return _computed(call, _RESULTS.get(call.name, field.type), AGGREGATES[call.name].format(sql))


def _supports(field: Field, aggregate: str) -> bool:
    """The table "Support for Field Types in Aggregate Functions" of the SOQL reference."""
    if not field.aggregatable or field.type in ("boolean", "multipicklist") or field.is_long_text:
        return False
    return aggregate not in _OF_NUMBERS_ONLY or not (text.is_text(field) or field.type in _UNSUMMABLE)


def _extreme_choice(call: Call, column: Column) -> Column:
    """MIN and MAX of a picklist go by its order, not by the alphabet (SOQL reference)."""
    ranked = f"printf('%05d', {_rank(column)}) || {column.sql}"
    sql = f"substr({AGGREGATES[call.name].format(f'CASE WHEN {column.sql} IS NOT NULL THEN {ranked} END')}, 6)"
    return _computed(call, column.field.type, sql)


def _computed(call: Call, kind: str, sql: str) -> Column:
    return Column(sql, Field(call.written, "", kind, _COMPUTED), None, ())


def sort_keys(column: Column) -> list[str]:
    """The SQL that puts a column in its order: a picklist in that of its values, then what is
    none of them (UNCONFIRMED), text by its capitals, everything else as it is.
    """
    field = column.field
    if not text.ignores_case(field):
        return [column.sql]
    if field.type == "picklist" and field.picklist:
        return [f"CASE WHEN {column.sql} IS NOT NULL THEN {_rank(column)} END", text.key(column.sql)]
    return [text.key(column.sql)]


def _rank(column: Column) -> str:
    values = [entry["value"].replace("'", "''") for entry in column.field.picklist]
    cases = " ".join(f"WHEN '{value}' THEN {rank}" for rank, value in enumerate(values))
    return f"CASE {column.sql} {cases} ELSE {len(values)} END"


def group_key(column: Column) -> str:
    return text.key(column.sql) if text.ignores_case(column.field) else column.sql
