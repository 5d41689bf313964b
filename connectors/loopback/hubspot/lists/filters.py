"""The filter branches of a list as a predicate on records [D:list-filters].

What a branch may hold beyond property values and the membership of other lists (page views, form
submissions, events, dates on a calendar, …) is not emulated and answers 501.
"""

from __future__ import annotations

import operator as op
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.loopback.hubspot.errors import not_emulated, validation
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.shapes import is_id
from connectors.loopback.hubspot.values import as_text, split_list
from connectors.loopback.hubspot.view import getter

Branch = Mapping[str, Any]
Predicate = Callable[[Record], bool]
Test = Callable[[str], bool]

# Operator -> how one wanted text compares with the stored one, both in lower case. The second part
# says whether one of several wanted texts is enough or every one must hold.
_TEXTS: dict[str, tuple[Callable[[str, str], bool], Callable[..., bool]]] = {
    "IS_EQUAL_TO": (op.eq, any),
    "IS_NOT_EQUAL_TO": (op.ne, all),
    "CONTAINS": (lambda stored, wanted: wanted in stored, any),
    "DOES_NOT_CONTAIN": (lambda stored, wanted: wanted not in stored, all),
    "STARTS_WITH": (str.startswith, any),
    "ENDS_WITH": (str.endswith, any),
}
_NUMBERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "IS_EQUAL_TO": op.eq,
    "IS_NOT_EQUAL_TO": op.ne,
    "IS_GREATER_THAN": op.gt,
    "IS_GREATER_THAN_OR_EQUAL_TO": op.ge,
    "IS_LESS_THAN": op.lt,
    "IS_LESS_THAN_OR_EQUAL_TO": op.le,
}
_SETS: dict[str, Callable[[set[str], set[str]], bool]] = {
    "IS_ANY_OF": lambda stored, wanted: not stored.isdisjoint(wanted),
    "IS_NONE_OF": lambda stored, wanted: stored.isdisjoint(wanted),
    "IS_EXACTLY": lambda stored, wanted: stored == wanted,
    "IS_NOT_EXACTLY": lambda stored, wanted: stored != wanted,
    "CONTAINS_ALL": lambda stored, wanted: stored >= wanted,
    "DOES_NOT_CONTAIN_ALL": lambda stored, wanted: not stored >= wanted,
}


def stored(branch: Branch) -> dict[str, Any]:
    """The tree as answers show it: each branch with its ``filterBranchOperator``, both of its lists and, in the
    filters, ``includeObjectsWithNoValueSet``, whether or not the request had them [D:create-list]."""
    kind = branch.get("filterBranchType")
    return {
        "filterBranchType": kind,
        "filterBranchOperator": kind,
        **branch,
        "filterBranches": [stored(child) for child in branch.get("filterBranches") or []],
        "filters": [_stored_filter(entry) for entry in branch.get("filters") or []],
    }


def _stored_filter(entry: Branch) -> Branch:
    operation = entry.get("operation")
    if not isinstance(operation, Mapping):
        return entry
    return {**entry, "operation": {"includeObjectsWithNoValueSet": False, **operation}}


class Filters:
    """``is_member`` (list id, record id) answers IN_LIST filters."""

    def __init__(self, schema: Schema, is_member: Callable[[int, int], bool]) -> None:
        self._schema = schema
        self._is_member = is_member

    def compile(self, kind: ObjectType, root: Any) -> Predicate:
        """400 for a tree HubSpot does not take: the root is an OR of AND branches."""
        branch = _object(root)
        if branch.get("filterBranchType") != "OR":
            raise validation("The root filter branch must be of the type OR")
        if any(_object(child).get("filterBranchType") != "AND" for child in branch.get("filterBranches") or []):
            raise validation("The filter branches of the root must be of the type AND")
        return self._branch(kind, branch)

    def _branch(self, kind: ObjectType, branch: Branch) -> Predicate:
        combine = {"OR": any, "AND": all}.get(str(branch.get("filterBranchType")))
        if combine is None:
            raise not_emulated(f"the filter branch {branch.get('filterBranchType')}")
        parts = [self._branch(kind, _object(child)) for child in branch.get("filterBranches") or []]
        parts += [self._filter(kind, _object(entry)) for entry in branch.get("filters") or []]
        return lambda record: bool(parts) and combine(part(record) for part in parts)

    def _filter(self, kind: ObjectType, entry: Branch) -> Predicate:
        match entry.get("filterType"):
            case "PROPERTY":
                return self._property(kind, str(entry.get("property")), _object(entry.get("operation")))
            case "IN_LIST":
                return self._in_list(entry)
        raise not_emulated(f"the list filter {entry.get('filterType')}")

    def _in_list(self, entry: Branch) -> Predicate:
        list_id, operator = str(entry.get("listId")), entry.get("operator")
        if not is_id(list_id) or operator not in ("IN_LIST", "NOT_IN_LIST"):
            raise validation("An IN_LIST filter needs a listId and the operator IN_LIST or NOT_IN_LIST")
        wanted, asked = operator == "IN_LIST", int(list_id)
        return lambda record: self._is_member(asked, record.id) == wanted

    def _property(self, kind: ObjectType, name: str, operation: Branch) -> Predicate:
        if self._schema.property(kind.name, name) is None:
            raise validation(f'Property "{name}" does not exist', context={"propertyName": [name]})
        read = getter(kind, name)
        operator = str(operation.get("operator"))
        if operation.get("operationType") == "ALL_PROPERTY":
            if operator not in ("IS_KNOWN", "IS_UNKNOWN"):
                raise not_emulated(f"the list operator {operator}")
            known = operator == "IS_KNOWN"
            return lambda record: (read(record) is not None) == known
        test = _test(operation, operator)
        without = bool(operation.get("includeObjectsWithNoValueSet", False))

        def passes(record: Record) -> bool:
            value = read(record)
            return without if value is None else test(value)

        return passes


def _test(operation: Branch, operator: str) -> Test:
    kind = operation.get("operationType")
    wanted = operation.get("values") if "values" in operation else [operation.get("value")]
    if not isinstance(wanted, list):
        raise validation("The values of an operation are a list")
    texts = [as_text(value) for value in wanted]
    if kind in ("STRING", "MULTISTRING") and operator in _TEXTS:
        compare, combine = _TEXTS[operator]
        lowered = [text.lower() for text in texts]
        return lambda value: combine(compare(value.lower(), text) for text in lowered)
    if kind == "BOOL" and operator in ("IS_EQUAL_TO", "IS_NOT_EQUAL_TO"):
        equal = operator == "IS_EQUAL_TO"
        return lambda value: (value in texts) == equal
    if kind == "ENUMERATION" and operator in _SETS:
        related, options = _SETS[operator], set(texts)
        return lambda value: related(set(split_list(value)), options)
    if kind == "NUMBER" and operator in _NUMBERS:
        order, bound = _NUMBERS[operator], _number(texts[0])
        return lambda value: order(_number(value), bound)
    if kind == "NUMBER_RANGED" and operator in ("IS_BETWEEN", "IS_NOT_BETWEEN"):
        low, high = (_number(as_text(operation.get(end))) for end in ("lowerBound", "upperBound"))
        inside = operator == "IS_BETWEEN"
        return lambda value: (low <= _number(value) <= high) == inside
    raise not_emulated(f"the list operation {kind} {operator}")


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise validation(f"{text} is not a number") from None


def _object(given: Any) -> Branch:
    if not isinstance(given, Mapping):
        raise validation("A filter branch, a filter and an operation are objects")
    return given
