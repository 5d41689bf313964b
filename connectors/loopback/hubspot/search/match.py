"""Filters as predicates on records: the semantics of every search operator (§4.4)."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable
from typing import Any

from connectors.loopback.hubspot.errors import validation
from connectors.loopback.hubspot.instants import parse_moment
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.schema import Property
from connectors.loopback.hubspot.search.query import Filter
from connectors.loopback.hubspot.values import midnight_ms, split_list
from connectors.loopback.hubspot.view import getter

Predicate = Callable[[Record], bool]
Comparable = float | str

_NEGATIVE = {"NEQ": "EQ", "NOT_IN": "IN", "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN"}
_ORDER = {"LT": op.lt, "LTE": op.le, "GT": op.gt, "GTE": op.ge}


def comparable(definition: Property, text: str) -> Comparable | None:
    """The value as it compares: numbers and stamps by size, text without case.

    Enumerations compare with case [D:search]. None when the text is no value of the type.
    """
    if definition.type == "number":
        try:
            return float(text)
        except ValueError:
            return None
    if definition.type == "datetime":
        return parse_moment(text)
    if definition.type == "date":
        day = midnight_ms(text)
        return parse_moment(text) if day is None else day
    return text if definition.type == "enumeration" else text.lower()


def predicate(kind: ObjectType, definition: Property, wanted: Filter, *, negative_matches_unset: bool) -> Predicate:
    """Raises a 400 for a value that is none of the property's type."""
    read = getter(kind, definition.name)
    if wanted.operator == "HAS_PROPERTY":
        return lambda record: read(record) is not None
    if wanted.operator == "NOT_HAS_PROPERTY":
        return lambda record: read(record) is None
    positive = _NEGATIVE.get(wanted.operator)
    if positive is None:
        test = _test(definition, wanted.operator, wanted)
        return lambda record: (value := read(record)) is not None and test(value)
    refuted = _test(definition, positive, wanted)

    def negative(record: Record) -> bool:
        value = read(record)
        return negative_matches_unset if value is None else not refuted(value)

    return negative


def _test(definition: Property, operator: str, wanted: Filter) -> Callable[[str], bool]:
    if operator == "IN":
        return _membership(definition, wanted.values)
    if operator == "CONTAINS_TOKEN":
        return _token_test(wanted.value)
    low = _wanted(definition, wanted.value)
    if operator == "BETWEEN":
        high = _wanted(definition, wanted.high)
        return _compared(definition, lambda value: low <= value <= high)
    if operator == "EQ":
        return _compared(definition, lambda value: value == low)
    order = _ORDER[operator]
    return _compared(definition, lambda value: order(value, low))


def _compared(definition: Property, test: Callable[[Any], bool]) -> Callable[[str], bool]:
    def apply(text: str) -> bool:
        value = comparable(definition, text)
        return value is not None and test(value)

    return apply


def _membership(definition: Property, values: tuple[str, ...]) -> Callable[[str], bool]:
    """Stored text is lower-cased, the given values are not: they must be lowercase [D:search]."""
    if definition.type in ("number", "date", "datetime"):
        sizes = {_wanted(definition, value) for value in values}
        return lambda text: comparable(definition, text) in sizes
    wanted = frozenset(values)
    if definition.multiple:
        return lambda text: not wanted.isdisjoint(split_list(text))
    if definition.type == "enumeration":
        return lambda text: text in wanted
    return lambda text: text.lower() in wanted


def _wanted(definition: Property, text: str) -> Any:
    value = comparable(definition, text)
    if value is None:
        raise validation(f"{text} is not a valid {definition.type} for {definition.name}")
    return value


def _token_test(text: str) -> Callable[[str], bool]:
    """``*`` stands for any run of characters; a token begins and ends at a word boundary.

    Part by part from the left: as one regular expression, many ``*`` and a long value take for ever.
    """
    parts = [re.escape(part) for part in text.lower().split("*")]
    parts[0] = rf"(?<!\w){parts[0]}"
    parts[-1] = rf"{parts[-1]}(?!\w)"
    patterns = [re.compile(part) for part in parts]

    def test(value: str) -> bool:
        lowered, at = value.lower(), 0
        for pattern in patterns:
            found = pattern.search(lowered, at)
            if found is None:
                return False
            at = found.end()
        return True

    return test


def text_predicate(kind: ObjectType, text: str) -> Predicate:
    """``query``: every word occurs in one of the type's searchable properties."""
    words = text.lower().split()

    def matches(record: Record) -> bool:
        properties = record.properties
        haystack = "\n".join(properties.get(name, "") for name in kind.searchable).lower()
        return all(word in haystack for word in words)

    return matches
