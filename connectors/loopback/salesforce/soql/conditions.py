"""WHERE and HAVING as SQL.

SOQL is two-valued: ``Status != 'x'`` and ``NOT Status = 'x'`` are true of a null, every other
comparison with a null is false. A boolean is never null: null stands for false.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import dates, labels, text
from connectors.loopback.salesforce.soql.errors import SoqlError, malformed, unexpected
from connectors.loopback.salesforce.soql.lexer import plain
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    Literal,
    Negated,
    Operand,
    Query,
    Within,
)
from connectors.loopback.salesforce.soql.operands import is_aggregate, operand_column
from connectors.loopback.salesforce.soql.scope import Column, Scope

SubQuery = Callable[[Within, Query, Column], str]
_ORDERS = ("<", "<=", ">", ">=")
_NEVER_ORDERED = ("boolean", "multipicklist")


class Conditions:
    """Compiles conditions over one scope; parameters collect in ``params`` in SQL order.

    ``resolve`` finds an operand's column (a HAVING has other ones than a WHERE), ``semi_join``
    gives the SQL of a subquery; None where there may be none.
    """

    def __init__(
        self,
        scope: Scope,
        now: datetime,
        params: list[Any],
        *,
        resolve: Callable[[Operand], Column] | None = None,
        semi_join: SubQuery | None = None,
        currency: str = "",
    ) -> None:
        self.scope = scope
        self.now = now
        self.params = params
        self._resolve = resolve or self._row_column
        self._semi_join = semi_join
        self._currency = currency

    def sql(self, condition: Condition) -> str:
        """A term that is false or NULL exactly when the condition is false."""
        if isinstance(condition, Both):
            glue = " OR " if condition.either else " AND "
            return _balanced([self.sql(term) for term in condition.terms], glue)
        if isinstance(condition, Negated):
            return f"NOT COALESCE({self.sql(condition.term)}, 0)"
        column = self._column(condition.operand)
        if isinstance(condition, Compare):
            return self._compare(column, condition)
        return self._within(column, condition)

    def _column(self, operand: Operand) -> Column:
        column = self._resolve(operand)
        field = column.field
        if not field.filterable:
            raise SoqlError("INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call", operand.at)
        if field.type == "boolean" and column.parents:
            return column.replaced(f"COALESCE({column.sql}, 0)")
        return column

    def _row_column(self, operand: Operand) -> Column:
        if isinstance(operand, Call) and operand.name == "TOLABEL":
            return labels.column(operand, self.scope)
        if is_aggregate(operand):
            raise unexpected("(", operand.at)
        return operand_column(operand, self.scope)

    # Comparisons

    def _compare(self, column: Column, condition: Compare) -> str:
        operator, literal, field = condition.operator, condition.value, column.field
        at = condition.operand.at
        if operator == "LIKE":
            return self._like(column, condition)
        if operator in _ORDERS and field.type in _NEVER_ORDERED:
            raise _bad_operator(field, at)
        if literal.kind == "range":
            return self._range(column, operator, literal)
        value = self._value(field, literal, at)
        if value is None:
            return _compare_null(column, operator)
        if operator in _ORDERS:
            return self._order(column, operator, value)
        sql, (value,) = text.equal_sides(column.sql, field, [value])
        self.params.append(value)
        return f"{sql} IS NOT ?" if operator == "!=" else f"{sql} = ?"

    def _order(self, column: Column, operator: str, value: Any) -> str:
        sql = column.sql
        if text.ignores_case(column.field):
            sql, value = text.key(sql), text.fold(value)
        self.params.append(value)
        return f"{sql} {operator} ?"

    def _like(self, column: Column, condition: Compare) -> str:
        if not text.is_text(column.field) or column.field.type == "multipicklist":
            raise _bad_operator(column.field, condition.operand.at)
        term, pattern = text.like(column.sql, column.field, condition.value.value)
        self.params.append(pattern)
        return term

    def _range(self, column: Column, operator: str, literal: Literal) -> str:
        name, n = literal.value
        zone = self.scope.user.zone
        today = self.now.astimezone(zone).date()
        if column.field.type not in ("date", "datetime"):
            raise _wrong_type(column.field, literal.at)
        try:
            fiscal_month = self.scope.fiscal_month if "FISCAL" in name else 1
            first, after = dates.span_of(name, n, today, fiscal_month)
        except (ValueError, OverflowError):
            raise malformed(f"Invalid date: {name}:{n}", literal.at) from None
        if column.field.type == "date":
            start, end = first.isoformat(), after.isoformat()
        else:
            start = values.stamp(dates.midnight(first, zone))
            end = values.stamp(dates.midnight(after, zone))
        sql = column.sql
        if operator in ("=", "!="):
            self.params += [start, end]
            inside = f"({sql} >= ? AND {sql} < ?)"
            return inside if operator == "=" else f"NOT COALESCE({inside}, 0)"
        # Behind the span starts what is greater than it, before it what is less.
        self.params.append(start if operator in ("<", ">=") else end)
        return f"{sql} {'<' if operator in ('<', '<=') else '>='} ?"

    def _within(self, column: Column, condition: Within) -> str:
        field = column.field
        if isinstance(condition.options, Query):
            return self._semi(column, condition, condition.options)
        if condition.operator in ("INCLUDES", "EXCLUDES"):
            return self._multi(column, condition.operator, condition.options, condition.operand.at)
        options = [self._value(field, item, condition.operand.at) for item in condition.options]
        nulls = None in options
        sql, present = text.equal_sides(column.sql, field, [value for value in options if value is not None])
        self.params += present
        inside = f"{sql} IN ({', '.join('?' * len(present))})"
        if condition.operator == "IN":
            return f"({inside} OR {column.sql} IS NULL)" if nulls else inside
        outside = f"NOT COALESCE({inside}, 0)"
        return f"({outside} AND {column.sql} IS NOT NULL)" if nulls else outside

    def _multi(self, column: Column, operator: str, options: tuple[Literal, ...], at: int) -> str:
        """``INCLUDES ('a;b', 'c')``: a and b, or c."""
        if column.field.type != "multipicklist":
            raise _bad_operator(column.field, at)
        chosen = f"';' || {text.key(column.sql)} || ';'"
        choices = []
        for option in options:
            value = self._value(column.field, option, at)
            parts = [f";{text.fold(part)};" for part in (value or "").split(";") if part]
            self.params += parts
            one = f"instr({chosen}, ?) > 0"
            choices.append("(" + " AND ".join([one] * len(parts)) + ")" if parts else f"{column.sql} IS NULL")
        inside = "(" + " OR ".join(choices) + ")"
        return inside if operator == "INCLUDES" else f"NOT COALESCE({inside}, 0)"

    def _semi(self, column: Column, condition: Within, query: Query) -> str:
        if self._semi_join is None:
            raise malformed("Semi join sub-selects are not allowed here", query.at)
        inside = f"{column.sql} IN ({self._semi_join(condition, query, column)})"
        return inside if condition.operator == "IN" else f"NOT COALESCE({inside}, 0)"

    # Literals

    def _value(self, field: Field, literal: Literal, at: int) -> Any:
        """The literal as the store keeps values of this field; null for an empty string."""
        if literal.kind == "null":
            return 0 if field.type == "boolean" else None
        if literal.kind == "currency":
            return self._amount(field, literal, at)
        if literal.kind != _literal_kind(field):
            raise _wrong_type(field, at)
        if field.type in values.ID_TYPES:
            return _id(literal)
        if literal.kind == "string":
            return plain(literal.value) or None
        if literal.kind == "boolean":
            return int(literal.value)
        return _datetime(literal) if literal.kind == "datetime" else literal.value

    def _amount(self, field: Field, literal: Literal, at: int) -> float:
        """In an org of one currency only its own code means anything."""
        code, amount = literal.value
        if field.type != "currency" or not field.aggregatable:  # an aggregate of amounts takes no code
            raise _wrong_type(field, at)
        if code != self._currency:
            raise not_emulated(f"amounts in {code}: the org has one currency, {self._currency}")
        return float(amount)


def _id(literal: Literal) -> str | None:
    if not literal.value:
        return None
    found = ids.normalize(literal.value)
    if found is None:
        message = f"invalid ID field: {plain(literal.value)}"
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", message, literal.at)
    return found


def _datetime(literal: Literal) -> str:
    """Stamps are compared in whole seconds [sheet 12]."""
    at = values.parse_datetime(literal.value.upper())
    has_zone = re.search(r"(?:[Zz]|[+-]\d\d:?\d\d)$", literal.value)
    if at is None or not has_zone or not 1700 <= at.year <= 4000:
        raise malformed(f"Invalid datetime: {literal.value}", literal.at)
    return values.stamp(at)


def _literal_kind(field: Field) -> str:
    if field.type in values.NUMBER_TYPES:
        return "number"
    return field.type if field.type in ("boolean", "date", "datetime") else "string"


def _wrong_type(field: Field, at: int) -> SoqlError:
    kind = {"datetime": "dateTime", "currency": "double", "percent": "double"}.get(field.type, field.type)
    quoted = "should not be enclosed in quotes"
    if _literal_kind(field) == "string":
        kind = "ID" if field.type in values.ID_TYPES else "string"
        quoted = "should be enclosed in quotes"
    message = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quoted}"
    return SoqlError("INVALID_FIELD", message, at)


def _bad_operator(field: Field, at: int) -> SoqlError:
    kind = "id" if field.type in values.ID_TYPES else field.type
    return SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {kind} field", at)


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
