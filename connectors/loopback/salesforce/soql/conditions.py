"""WHERE and HAVING as SQL.

SOQL is two-valued: ``Status != 'x'`` and ``NOT Status = 'x'`` are true of a null, every other
comparison with a null is false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import dates
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.lexer import plain
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    Literal,
    Negated,
    Operand,
    Path,
    Query,
    Within,
)
from connectors.loopback.salesforce.soql.scope import Column, Scope

MAX_SEMI_JOINS = 2
_DATE_FUNCTIONS = {
    "CALENDAR_YEAR": ("int", "CAST(substr({0}, 1, 4) AS INTEGER)"),
    "CALENDAR_MONTH": ("int", "CAST(substr({0}, 6, 2) AS INTEGER)"),
    "CALENDAR_QUARTER": ("int", "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3"),
    "DAY_IN_MONTH": ("int", "CAST(substr({0}, 9, 2) AS INTEGER)"),
    "DAY_IN_WEEK": ("int", "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1"),
    "DAY_IN_YEAR": ("int", "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)"),
    "HOUR_IN_DAY": ("int", "CAST(substr({0}, 12, 2) AS INTEGER)"),
    "DAY_ONLY": ("date", "substr({0}, 1, 10)"),
}
_AGGREGATES = {
    "COUNT": "count({0})",
    "COUNT_DISTINCT": "count(DISTINCT {0})",
    "SUM": "sum({0})",
    "AVG": "avg({0})",
    "MIN": "min({0})",
    "MAX": "max({0})",
}
_COUNTS = frozenset({"COUNT", "COUNT_DISTINCT"})
_ALL = frozenset({"filterable", "sortable", "groupable"})

SubQuery = Callable[[Query, list[Any]], str]


def is_aggregate(operand: Operand) -> bool:
    return isinstance(operand, Call) and operand.name in _AGGREGATES


def operand_column(operand: Operand, scope: Scope) -> Column:
    """The SQL of a field or a function of one; dates are taken in UTC."""
    if isinstance(operand, Path):
        return scope.column(operand)
    if operand.argument is None or operand.name not in _AGGREGATES | _DATE_FUNCTIONS:
        raise not_emulated(f"the SOQL function {operand.written}()")
    inner = operand_column(operand.argument, scope)
    if operand.name in _DATE_FUNCTIONS:
        kind, template = _DATE_FUNCTIONS[operand.name]
        return Column(template.format(inner.sql), Field(operand.written, "", kind, _ALL), None, ())
    sql = _AGGREGATES[operand.name].format(inner.sql)
    if operand.name in _COUNTS:
        return Column(sql, Field(operand.written, "", "int", _ALL), None, ())
    if not inner.field.aggregatable:
        text = f"field {inner.field.name} does not support aggregate operator {operand.name}"
        raise SoqlError("MALFORMED_QUERY", text, operand.at)
    numeric = operand.name in ("SUM", "AVG")
    kind = "double" if numeric else inner.field.type
    return Column(sql, Field(operand.written, "", kind, _ALL), None, ())


class Conditions:
    """Compiles conditions over one scope; parameters collect in ``params`` in SQL order."""

    def __init__(self, scope: Scope, now: datetime, semi_join: SubQuery, params: list[Any]) -> None:
        self.scope = scope
        self.now = now
        self.params = params
        self._semi_join = semi_join
        self._semi_joins = 0

    def sql(self, condition: Condition) -> str:
        """A term that is false or NULL exactly when the condition is false."""
        if isinstance(condition, Both):
            glue = " OR " if condition.either else " AND "
            return _balanced([self.sql(term) for term in condition.terms], glue)
        if isinstance(condition, Negated):
            return f"NOT COALESCE({self.sql(condition.term)}, 0)"
        column = operand_column(condition.operand, self.scope)
        at = condition.operand.at
        if not column.field.filterable:
            text = f"field '{column.field.name}' can not be filtered in a query call"
            raise SoqlError("INVALID_FIELD", text, at)
        if isinstance(condition, Compare):
            return self._compare(column, condition)
        return self._within(column, condition)

    # Comparisons

    def _compare(self, column: Column, condition: Compare) -> str:
        operator, literal, field = condition.operator, condition.value, column.field
        if operator == "LIKE":
            return self._like(column, condition)
        if literal.kind == "range":
            return self._range(column, operator, literal)
        value = self._value(field, literal, condition.operand.at)
        if value is None:
            return _compare_null(column, operator)
        if operator in ("<", "<=", ">", ">=") and field.type == "boolean":
            raise _bad_operator(field, condition.operand.at)
        sql = column.sql
        if _needs_folding(field, [value]):
            sql, value = f"sf_fold({sql})", value.casefold()
        self.params.append(value)
        return f"{sql} IS NOT ?" if operator == "!=" else f"{sql} {operator} ?"

    def _like(self, column: Column, condition: Compare) -> str:
        field = column.field
        if field.type in values.ID_TYPES:
            raise _bad_operator(field, condition.operand.at)
        if field.type in values.NUMBER_TYPES | {"boolean", "date", "datetime"}:
            raise _bad_operator(field, condition.operand.at)
        pattern, sql = condition.value.value, column.sql
        if not pattern.isascii():
            pattern, sql = pattern.casefold(), f"sf_fold({sql})"
        self.params.append(pattern)
        return f"{sql} LIKE ? ESCAPE '\\'"

    def _range(self, column: Column, operator: str, literal: Literal) -> str:
        name, n = literal.value
        zone = self.scope.user.zone
        first, after = dates.span_of(name, n, self.now.astimezone(zone).date())
        if column.field.type == "date":
            start, end = first.isoformat(), after.isoformat()
        elif column.field.type == "datetime":
            start = values.stamp(dates.midnight(first, zone))
            end = values.stamp(dates.midnight(after, zone))
        else:
            raise _wrong_type(column.field, literal.at)
        sql = column.sql
        if operator in ("=", "!="):
            self.params += [start, end]
            inside = f"({sql} >= ? AND {sql} < ?)"
            return inside if operator == "=" else f"NOT COALESCE({inside}, 0)"
        # Behind the span starts what is greater than it, before it what is less.
        self.params.append(start if operator in ("<", ">=") else end)
        return f"{sql} {'<' if operator in ('<', '<=') else '>='} ?"

    def _within(self, column: Column, condition: Within) -> str:
        field, sql = column.field, column.sql
        if isinstance(condition.options, Query):
            return self._semi(column, condition, condition.options)
        if condition.operator in ("INCLUDES", "EXCLUDES"):
            return self._multi(column, condition)
        options = [self._value(field, item, condition.operand.at) for item in condition.options]
        nulls = None in options
        present = [value for value in options if value is not None]
        if _needs_folding(field, present):
            sql, present = f"sf_fold({sql})", [value.casefold() for value in present]
        self.params += present
        inside = f"{sql} IN ({', '.join('?' * len(present))})"
        if condition.operator == "IN":
            return f"({inside} OR {column.sql} IS NULL)" if nulls else inside
        outside = f"NOT COALESCE({inside}, 0)"
        return f"({outside} AND {column.sql} IS NOT NULL)" if nulls else outside

    def _multi(self, column: Column, condition: Within) -> str:
        """``INCLUDES ('a;b', 'c')``: a and b, or c."""
        if column.field.type != "multipicklist" or isinstance(condition.options, Query):
            raise _bad_operator(column.field, condition.operand.at)
        choices = []
        for option in condition.options:
            parts = str(option.value).split(";")
            self.params += [f";{part.lower()};" for part in parts]
            one = f"instr(';' || lower({column.sql}) || ';', ?) > 0"
            choices.append("(" + " AND ".join([one] * len(parts)) + ")")
        inside = "(" + " OR ".join(choices) + ")"
        return inside if condition.operator == "INCLUDES" else f"NOT COALESCE({inside}, 0)"

    def _semi(self, column: Column, condition: Within, query: Query) -> str:
        self._semi_joins += 1
        if self._semi_joins > MAX_SEMI_JOINS:
            text = f"maximum {MAX_SEMI_JOINS} semi join sub-selects are allowed"
            raise SoqlError("MALFORMED_QUERY", text, query.at)
        if column.field.type not in values.ID_TYPES:
            text = (
                "The left operand field in the where expression for outer query should be an id "
                f"field, cannot use: '{column.field.name}'"
            )
            raise SoqlError("MALFORMED_QUERY", text, condition.operand.at)
        inside = f"{column.sql} IN ({self._semi_join(query, self.params)})"
        return inside if condition.operator == "IN" else f"NOT COALESCE({inside}, 0)"

    # Literals

    def _value(self, field: Field, literal: Literal, at: int) -> Any:
        """The literal as the store keeps values of this field; null for an empty string."""
        if literal.kind == "null":
            return None
        accepts = _literal_kinds(field)
        if literal.kind not in accepts:
            raise _wrong_type(field, at)
        if field.type in values.ID_TYPES:
            return self._id(literal)
        if literal.kind == "string":
            return plain(literal.value) or None
        if literal.kind == "boolean":
            return int(literal.value)
        if literal.kind == "datetime":
            return _datetime(literal)
        return literal.value

    def _id(self, literal: Literal) -> str | None:
        if not literal.value:
            return None
        found = ids.normalize(literal.value)
        if found is None:
            text = f"invalid ID field: {plain(literal.value)}"
            raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", text, literal.at)
        return found


def _datetime(literal: Literal) -> str:
    """Stamps are compared in whole seconds [sheet 12]."""
    at = values.parse_datetime(literal.value)
    has_zone = re.search(r"(?:Z|[+-]\d\d:?\d\d)$", literal.value)
    if at is None or not has_zone or not 1700 <= at.year <= 4000:
        raise SoqlError("MALFORMED_QUERY", f"Invalid datetime: {literal.value}", literal.at)
    return values.stamp(at)


def _literal_kinds(field: Field) -> tuple[str, ...]:
    if field.type in values.NUMBER_TYPES:
        return ("number",)
    if field.type in ("boolean", "date", "datetime"):
        return (field.type,)
    return ("string",)


def _wrong_type(field: Field, at: int) -> SoqlError:
    kind = {"datetime": "dateTime", "currency": "double", "percent": "double"}.get(field.type, field.type)
    quoted = "should be enclosed in quotes"
    if _literal_kinds(field) == ("string",):
        kind = "ID" if field.type in values.ID_TYPES else "string"
    else:
        quoted = "should not be enclosed in quotes"
    text = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quoted}"
    return SoqlError("INVALID_FIELD", text, at)


def _bad_operator(field: Field, at: int) -> SoqlError:
    kind = "id" if field.type in values.ID_TYPES else field.type
    return SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {kind} field", at)


def _needs_folding(field: Field, present: list[Any]) -> bool:
    """SQLite's own case folding stops at ASCII."""
    if field.case_sensitive or field.type in values.ID_TYPES:
        return False
    return any(isinstance(value, str) and not value.isascii() for value in present)


def _compare_null(column: Column, operator: str) -> str:
    if operator == "=":
        return f"{column.sql} IS NULL"
    return f"{column.sql} IS NOT NULL" if operator == "!=" else "0"


def _balanced(terms: list[str], glue: str) -> str:
    """Nested in halves, because SQLite limits the depth of an expression."""
    if len(terms) <= 8:
        return "(" + glue.join(terms) + ")"
    middle = len(terms) // 2
    return f"({_balanced(terms[:middle], glue)}{glue}{_balanced(terms[middle:], glue)})"
