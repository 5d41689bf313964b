"""A search body, read the way HubSpot reads it (§4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.loopback.hubspot.call import integer
from connectors.loopback.hubspot.errors import bad_input, validation
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.values import as_text

MAX_PAGE = 200
MAX_RESULTS = 10_000
_DEFAULT_PAGE = 10
_MAX_TEXT = 3_000  # the specification has it at ``query``, the guide means the body, which may be longer (§2.2)

# Operator -> the parts of the filter it needs.
OPERATORS: dict[str, tuple[str, ...]] = {
    "EQ": ("value",),
    "NEQ": ("value",),
    "LT": ("value",),
    "LTE": ("value",),
    "GT": ("value",),
    "GTE": ("value",),
    "BETWEEN": ("value", "highValue"),
    "IN": ("values",),
    "NOT_IN": ("values",),
    "HAS_PROPERTY": (),
    "NOT_HAS_PROPERTY": (),
    "CONTAINS_TOKEN": ("value",),
    "NOT_CONTAINS_TOKEN": ("value",),
}


@dataclass(frozen=True)
class Filter:
    name: str
    operator: str
    value: str = ""
    high: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """``groups`` are OR-ed, the filters in one are AND-ed; no groups match everything."""

    groups: tuple[tuple[Filter, ...], ...]
    text: str
    sort: str | None
    descending: bool
    properties: tuple[str, ...] | None
    limit: int
    offset: int

    @property
    def matching(self) -> tuple[Any, ...]:
        """What decides the result set and its order, not the page of it."""
        return (self.groups, self.text, self.sort, self.descending)


def parse(body: Any, settings: HubSpotSettings) -> Query:
    """Every field is optional, ``{}`` is a query. Raises 400s."""
    if not isinstance(body, Mapping):
        raise bad_input("Cannot deserialize value of type `PublicObjectSearchRequest`")
    groups = [_group(group.get("filters") or []) for group in _objects(body, "filterGroups")]
    loose = _group(_objects(body, "filters"))
    if loose:
        groups.append(loose)
    _check_counts(groups, settings)
    sort, descending = _sort(body.get("sorts") or [])
    properties = body.get("properties")
    limit = _integer(body.get("limit"), _DEFAULT_PAGE)
    if not 0 <= limit <= MAX_PAGE:
        raise validation(f"limit must be between 0 and {MAX_PAGE}, it was {limit}")
    offset = _integer(body.get("after"), 0)
    if offset < 0 or offset >= MAX_RESULTS:
        raise validation(settings.wording.past_ten_thousand.format(most=MAX_RESULTS, after=offset))
    text = str(body.get("query") or "")
    if len(text) > _MAX_TEXT:
        raise validation(f"query must have {_MAX_TEXT} characters at most, it has {len(text)}")
    return Query(
        groups=tuple(groups),
        text=text,
        sort=sort,
        descending=descending,
        properties=tuple(str(name) for name in properties) if properties else None,
        limit=limit,
        offset=offset,
    )


def _objects(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise bad_input(f"Cannot deserialize value of type `java.util.ArrayList` for {key}")
    return found


def _group(filters: Sequence[Mapping[str, Any]]) -> tuple[Filter, ...]:
    return tuple(_filter(entry) for entry in filters)


def _filter(entry: Mapping[str, Any]) -> Filter:
    name, operator = entry.get("propertyName"), entry.get("operator")
    if not isinstance(name, str) or operator not in OPERATORS:
        raise bad_input(
            f'Cannot deserialize value of type `Operator` from String "{operator}": '
            "not one of the values accepted for Enum class"
        )
    for part in OPERATORS[operator]:
        if entry.get(part) is None:
            raise validation(f"operator {operator} requires {part} for property {name}")
    values = entry.get("values") or []
    if not isinstance(values, list):
        raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for values")
    return Filter(
        name=name.lower() if not name.startswith("associations.") else name,
        operator=operator,
        value=as_text(entry.get("value", "")),
        high=as_text(entry.get("highValue", "")),
        values=tuple(as_text(value) for value in values),
    )


def _check_counts(groups: Sequence[Sequence[Filter]], settings: HubSpotSettings) -> None:
    total = sum(len(group) for group in groups)
    if (
        len(groups) > settings.max_filter_groups
        or any(len(group) > settings.max_filters_per_group for group in groups)
        or total > settings.max_filters
    ):
        raise validation(
            f"Too many filters: up to {settings.max_filter_groups} groups of "
            f"{settings.max_filters_per_group}, {settings.max_filters} in all"
        )


def _sort(sorts: Any) -> tuple[str | None, bool]:
    """Only the first sort is honoured. It is an object, or text: a name, "-createdate", or the object as JSON, which
    the README of HubSpot's Node client 7 asks for."""
    if not isinstance(sorts, list):
        raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for sorts")
    if not sorts:
        return None, False
    first = _sort_object(sorts[0])
    if isinstance(first, str):
        return first.lstrip("-").lower(), first.startswith("-")
    if not isinstance(first, Mapping) or not isinstance(first.get("propertyName"), str):
        raise bad_input("Cannot deserialize value of type `Sort`")
    return first["propertyName"].lower(), first.get("direction") == "DESCENDING"


def _sort_object(sort: Any) -> Any:
    if not isinstance(sort, str) or not sort.startswith("{"):
        return sort
    try:
        return orjson.loads(sort)
    except orjson.JSONDecodeError:
        raise bad_input("Cannot deserialize value of type `Sort`") from None


def _integer(raw: Any, default: int) -> int:
    """Numbers may come as text; a list cursor given to search ends here."""
    if raw is None or raw == "":
        return default
    return integer(raw)
