"""Tables checked against their models, with every complaint as a sentence for an admin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from connectors.loopback.kit.setting_types import wanted
from connectors.loopback.scenario.problems import Problems, suggestion, unknown
from connectors.loopback.scenario.toml_lines import Place

M = TypeVar("M", bound=BaseModel)

_NO_LIMIT = "off"


def checked(model: type[M], data: Mapping[str, Any], place: Place, problems: Problems) -> M | None:
    """``data`` as ``model``, or None with everything wrong with it noted in ``problems``."""
    try:
        return model.model_validate_json(_json(data))
    except ValidationError as error:
        _note(error, model, data, place, problems)
        return None


def rest(model: type[M], data: dict[str, Any], problems: Problems) -> M:
    """What of ``data`` is well-formed: without its wrong keys, and without the entries that need them. ``data`` is
    changed, and ``problems`` remember what is gone."""
    while True:
        try:
            return model.model_validate_json(_json(data))
        except ValidationError as error:
            entry = error.errors(include_url=False)[-1]
            place = _inside(data, entry["loc"])
            _remove(data, place[:-1] if entry["type"] in ("missing", "too_short") else place, problems)


def _remove(data: Any, place: Place, problems: Problems) -> None:
    *around, last = place
    home = _value(data, tuple(around))
    if isinstance(home, dict) and last not in home:
        # The key of an entry that is gone already, or a whole table: what is around it goes.
        _remove(data, tuple(around), problems)
        return
    problems.leave_out(place, home.pop(last))


def settings(
    kind: type[Any], given: Mapping[str, Any], without: set[str], place: Place, problems: Problems
) -> dict[str, Any]:
    """Keyword arguments for the settings dataclass ``kind`` from a ``settings`` table.

    The dataclass's own field types decide what is right, so a new switch needs nothing here. A
    number that may be None is switched off with "off".
    """
    found: dict[str, Any] = {}
    for name, value, hint in _known(kind, given, without, place, problems):
        # Dataclasses take any key; what is inside one is looked at by its own.
        if is_dataclass(hint) and isinstance(value, Mapping):
            value = settings(hint, value, set(), (*place, name), problems)  # type: ignore[arg-type]
            found[name] = hint(**value)  # type: ignore[operator]
            continue
        try:
            opened = None if value == _NO_LIMIT and _may_be_none(hint) else value
            found[name] = TypeAdapter(hint).validate_json(_json(opened), strict=True)
        except ValidationError as error:
            _note(error, hint, value, (*place, name), problems)
    return found


def _known(
    kind: type[Any], given: Mapping[str, Any], without: set[str], place: Place, problems: Problems
) -> Iterator[tuple[str, Any, Any]]:
    """Name, value and type of the keys that are fields of the dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    names = {entry.name for entry in fields(kind)} - without
    for name, value in given.items():
        if name in names:
            yield name, value, hints[name]
        else:
            problems.add((*place, name), unknown("setting", name, names))


def _may_be_none(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


def _note(error: ValidationError, model: Any, data: Any, place: Place, problems: Problems) -> None:
    for entry in error.errors(include_url=False):
        inner = _inside(data, entry["loc"])
        problems.add((*place, *inner), _sentence(entry, model, data, inner, place))


def _inside(data: Any, loc: tuple[int | str, ...]) -> Place:
    """The part of pydantic's path that is in the data; the rest names branches of unions."""
    found: list[int | str] = []
    for place, part in enumerate(loc):
        if isinstance(data, Mapping) and (part in data or place == len(loc) - 1):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            continue
        found.append(part)
    return tuple(found)


def _sentence(entry: Any, model: Any, data: Any, inner: Place, place: Place) -> str:
    name = (
        inner[-1]
        if inner and isinstance(inner[-1], str)
        else next((p for p in (*inner, *place)[::-1] if isinstance(p, str)), "")
    )
    value = _shown(_value(data, inner))
    match entry["type"]:
        case "extra_forbidden":
            return unknown("key", name, _keys(model, inner[:-1]))
        case "missing":
            return f'"{name}" is missing.'
        case "literal_error":
            options = [option.strip("'") for option in entry["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            hint = suggestion(_value(data, inner), options)
            hint = hint if "Did you mean" in hint else f" Write one of: {', '.join(options)}."
            return f'"{name}" cannot be {value}.{hint}'
        case "too_short":
            return f'"{name}" must not be empty.'
        case "value_error":
            return f'"{name}": {entry["ctx"]["error"]}'
    words = wanted(entry)
    return f'"{name}" must be {words}, not {value}.' if words else f'"{name}": {entry["msg"]}, not {value}.'


def _value(data: Any, inner: Place) -> Any:
    for part in inner:
        data = data.get(part) if isinstance(data, Mapping) else data[part]
    return data


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case dict():
            return "a table"
        case list():
            return "a list"
    return str(value)


def _keys(model: Any, inner: Place) -> set[str]:
    """The keys of the table at ``inner`` below ``model``."""
    for part in inner:
        if isinstance(part, str):
            model = _models(model.model_fields[part].annotation)[0]
    return set(model.model_fields)


def _models(annotation: Any) -> list[Any]:
    """The models inside an annotation such as ``list[Stage] | None``."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for part in get_args(annotation) for model in _models(part)]
