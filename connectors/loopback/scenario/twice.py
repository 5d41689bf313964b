"""What may stand once in a scenario file and stands there again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.loopback.scenario.problems import Problems
from connectors.loopback.scenario.toml_lines import Place

# Arrays of tables, and the keys that together name an entry.
_NAMED_BY: dict[Place, tuple[str, ...]] = {
    ("hubspot", "token"): ("token",),
    ("hubspot", "property"): ("object", "name"),
    ("hubspot", "pipeline"): ("object",),
    ("hubspot", "pipeline", "stages"): ("id",),
    ("hubspot", "owner"): ("email",),
    ("salesforce", "field"): ("object", "name"),
    ("salesforce", "picklist"): ("object", "field"),
    ("salesforce", "lead_status"): ("name",),
    ("salesforce", "queue"): ("name",),
    ("salesforce", "app"): ("client_id",),
    ("salesforce", "user"): ("Username",),
    ("salesforce", "validation_rule"): ("object", "name"),
    ("salesforce", "duplicate_rule"): ("object", "name"),
    ("native_sync", "field"): ("hubspot", "salesforce"),
}
# Lists of values that differ.
_VALUES: tuple[Place, ...] = (("salesforce", "picklist", "values"),)


def tell(data: dict[str, Any], problems: Problems) -> None:
    """Notes every entry, but the first, of a name that was there before; names compare without case."""
    for path, keys in _NAMED_BY.items():
        for place, entries in _lists(data, path, ()):
            names = [tuple(entry.get(key) for key in keys) if isinstance(entry, dict) else (None,) for entry in entries]
            for number, shown in _again(names):
                what = " and ".join(f'"{key}"' for key in keys)
                problems.add((*place, number), f"{what} {shown}: there is one already.")
    for path in _VALUES:
        for place, values in _lists(data, path, ()):
            for _, shown in _again([(value,) for value in values]):
                problems.add(place, f'"{place[-1]}" has {shown} twice.')


def _again(names: list[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    seen = set()
    for number, name in enumerate(names):
        if not all(isinstance(part, str) for part in name):
            continue
        key = tuple(part.lower() for part in name)
        if key in seen:
            yield number, " and ".join(f'"{part}"' for part in name)
        seen.add(key)


def _lists(data: Any, path: Place, place: Place) -> Iterator[tuple[Place, list[Any]]]:
    """Every list at ``path``, through all entries of the lists on the way."""
    if isinstance(data, list) and path:
        for number, entry in enumerate(data):
            yield from _lists(entry, path, (*place, number))
    elif isinstance(data, dict) and path:
        yield from _lists(data.get(path[0]), path[1:], (*place, path[0]))
    elif isinstance(data, list):
        yield place, data
