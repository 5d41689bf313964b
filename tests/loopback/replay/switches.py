"""The settings of the emulators that no fact decides, and their other way."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

MARK = "UNCONFIRMED"
_STATUSES = (400, 403, 404)


def other_ways(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting whose comment says UNCONFIRMED with another value than its default.

    ``values`` gives those that do not follow from the type: of a flag, a choice, an optional limit or a status they do.
    A setting with no other value known is left out.
    """
    types = typing.get_type_hints(settings)
    found = {}
    for entry in dataclasses.fields(settings):
        if entry.name not in unconfirmed(settings):
            continue
        other = values.get(entry.name, _other(entry, types[entry.name]))
        if other is not dataclasses.MISSING:
            found[entry.name] = other
    return found


def unconfirmed(settings: type) -> set[str]:
    """The names of all of them."""
    return set(_unconfirmed(settings))


def _other(entry: dataclasses.Field[Any], kind: Any) -> Any:
    if isinstance(entry.default, bool):
        return not entry.default
    if typing.get_origin(kind) is typing.Literal:
        return next(value for value in typing.get_args(kind) if value != entry.default)
    if type(None) in typing.get_args(kind) and entry.default is not None:
        return None
    if entry.name.endswith("_status"):
        return next(status for status in _STATUSES if status != entry.default)
    return dataclasses.MISSING


def _unconfirmed(settings: type) -> Iterator[str]:
    """Names of the fields that say it beside them, or in a comment on top of their paragraph."""
    above = False
    for line in inspect.getsource(settings).splitlines():
        text = line.strip()
        if not text:
            above = False
        elif text.startswith("#"):
            above = MARK in text
        elif ":" in text and text.split(":")[0].isidentifier() and (above or MARK in text):
            yield text.split(":")[0]
