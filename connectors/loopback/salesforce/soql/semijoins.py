"""Where a subquery may stand in a WHERE clause, and what it may select (SOQL reference,
"Considerations for Semi-Join and Anti-Join Queries").
"""

from __future__ import annotations

from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql.errors import SoqlError, malformed, unexpected
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Condition,
    Negated,
    Path,
    Query,
    Selected,
    Within,
)
from connectors.loopback.salesforce.soql.scope import Column
from connectors.loopback.salesforce.values import ID_TYPES

MAX_SEMI_JOINS = 2
_UNSUPPORTED = {"ActivityHistory", "Attachment", "Event", "Note", "OpenActivity", "Task"}


def check_places(where: Condition) -> None:
    """Raises SoqlError: subqueries stand at the top level, joined by AND, two at most."""
    found = _subqueries(where)
    top = where.terms if isinstance(where, Both) and not where.either else (where,)
    for term in found:
        at = term.operand.at
        if isinstance(where, Both) and where.either and any(term is one for one in where.terms):
            raise malformed("Semi join sub-selects are not allowed with the 'OR' operator", at)
        if not any(term is one for one in top):
            text = "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested"
            raise malformed(f"{text} WHERE expressions", at)
    if len(found) > MAX_SEMI_JOINS:
        raise SoqlError(
            "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS",
            f"Maximum {MAX_SEMI_JOINS} semi join sub-selects are allowed",
            found[MAX_SEMI_JOINS].operand.at,
        )


def _subqueries(condition: Condition) -> list[Within]:
    if isinstance(condition, Both):
        return [found for term in condition.terms for found in _subqueries(term)]
    if isinstance(condition, Negated):
        return _subqueries(condition.term)
    return [condition] if isinstance(condition, Within) and isinstance(condition.options, Query) else []


def check_outer(condition: Within, column: Column) -> None:
    """The left operand is an id or a reference of the object itself."""
    at = condition.operand.at
    if column.parents:
        raise malformed("The left operand of 'IN' cannot have more than one level of relationships", at)
    if column.field.type not in ID_TYPES:
        text = (
            "The left operand field in the where expression for outer query should be an id "
            f"field, cannot use: '{column.field.name}'"
        )
        raise malformed(text, at)


def inner_path(query: Query, outer: SObject, inner: SObject) -> Path:
    """The one field that the subquery selects. Raises SoqlError for what it may not have."""
    if inner.name in _UNSUPPORTED:
        raise malformed(f"Entity '{inner.name}' is not supported for semi join inner selects", query.source.at)
    if inner is outer:
        raise malformed("The inner and outer selects should not be on the same object type", query.source.at)
    if query.where is not None and _subqueries(query.where):
        raise malformed("Nesting of semi join sub-selects is not supported", query.at)
    _check_clauses(query)
    selected = query.select[0]
    if len(query.select) > 1 or not isinstance(selected, Selected):
        raise malformed("Semi join sub-selects can only select one field", query.at)
    what = selected.what
    if not isinstance(what, Path):
        raise malformed("Semi join sub-selects can only query id fields, cannot use a function", what.at)
    if len(what.names) > 1 and what.names[0].lower() not in ((query.alias or "").lower(), inner.name.lower()):
        raise malformed("inner select field cannot have more than one level of relationships", what.at)
    return what


def _check_clauses(query: Query) -> None:
    if query.group_by:
        raise malformed("missing value at 'GROUP'", query.group_by[0].at)
    if query.order_by:
        raise unexpected("ORDER", query.order_by[0].what.at)
    if query.limit is not None:
        raise unexpected("LIMIT", query.limit_at)
    if query.offset is not None:
        raise unexpected("OFFSET", query.offset_at)
    if query.usage:
        raise unexpected("FOR", query.at)


def check_inner(column: Column, outer: Column, outer_object: SObject, at: int) -> None:
    """Both sides are ids of the same object."""
    if column.field.type not in ID_TYPES:
        raise malformed(f"Semi join sub-selects can only query id fields, cannot use: '{column.field.name}'", at)
    if _points_to(outer, outer_object).isdisjoint(_points_to(column, column.sobject)):
        text = (
            f"The selected field '{column.field.name}' in the subquery and the left operand field "
            f"in the where expression in the outer query '{outer.field.name}' should point to the "
            "same object type"
        )
        raise malformed(text, at)


def _points_to(column: Column, holder: SObject | None) -> set[str]:
    if column.field.type == "id" and holder is not None:
        return {holder.name}
    return set(column.field.reference_to)
