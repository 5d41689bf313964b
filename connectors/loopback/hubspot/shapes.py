"""Request bodies as Jackson reads them: every known key has one type, and a body of another is refused whole.

Scalars become text where text is wanted, as Jackson turns 5 into "5". The texts of the 400s are in Jackson's manner;
only "Cannot deserialize value of type" is evidenced [amp-labs].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.loopback.hubspot.errors import bad_input
from connectors.loopback.kit.numbers import whole

_MAX_ID = 2**63 - 1  # java.lang.Long

Reader = Callable[[str, Any], Any]


def read(content: Any) -> Any:
    """The body with the values of its known keys read; raises the 400 of a wrong type."""
    if isinstance(content, list):
        return [read(item) for item in content]
    if not isinstance(content, dict):
        return content
    return {key: _READERS.get(key, _any)(key, value) for key, value in content.items()}


def is_id(text: str) -> bool:
    """The text is the number of a record: ASCII digits that fit a Long."""
    return text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= _MAX_ID


def _any(key: str, value: Any) -> Any:
    return read(value)


def _text(key: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise _wrong("java.lang.String", value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


def _scalar(key: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise _wrong("java.lang.String", value)
    return value


def _integer(key: str, value: Any) -> Any:
    if value is None:
        return None
    number = whole(value)
    if number is None or not -(2**31) <= number < 2**31:
        raise _wrong("int", value)
    return number


def _object(key: str, value: Any) -> Any:
    if value is not None and not isinstance(value, dict):
        raise _wrong("java.util.LinkedHashMap", value)
    return read(value)


def _list(key: str, value: Any) -> Any:
    if value is not None and not isinstance(value, list):
        raise _wrong("java.util.ArrayList", value)
    return read(value)


def _objects(key: str, value: Any) -> Any:
    for item in _list(key, value) or []:
        if not isinstance(item, dict):
            raise _wrong("java.util.LinkedHashMap", item)
    return read(value)


def _with_object(name: str) -> Reader:
    """Objects whose ``name``, elsewhere a list too, is an object."""

    def reader(key: str, value: Any) -> Any:
        for item in _objects(key, value) or []:
            _object(name, item.get(name))
        return _objects(key, value)

    return reader


def _texts(key: str, value: Any) -> Any:
    return [_text(key, item) or "" for item in value] if isinstance(value, list) else _list(key, value)


def _properties(key: str, value: Any) -> Any:
    """Values by name in a write, names in a read."""
    if isinstance(value, dict):
        return {name: _scalar(name, item) for name, item in value.items()}
    return _texts(key, value)


def _one_or_more(key: str, value: Any) -> Any:
    return _objects(key, value) if isinstance(value, list) else _object(key, value)


def _wrong(wanted: str, value: Any) -> Exception:
    token = {dict: "Object value", list: "Array value", bool: "Boolean value", type(None): "Null value"}
    kind = token.get(type(value), f'String "{value}"')
    return bad_input(f"Cannot deserialize value of type `{wanted}` from {kind}")


_READERS: dict[str, Reader] = {
    **dict.fromkeys(("filterGroups", "filters", "options", "stages", "types"), _objects),
    **dict.fromkeys(("sorts", "values"), _list),
    "inputs": _with_object("properties"),
    "associations": _with_object("to"),
    "from": _object,
    "to": _one_or_more,
    "properties": _properties,
    "propertiesWithHistory": _texts,
    "displayOrder": _integer,
    **dict.fromkeys(("id", "objectId", "primaryObjectId", "objectIdToMerge", "after", "limit", "value", "highValue"), _scalar),
    **dict.fromkeys(
        ("name", "label", "type", "fieldType", "groupName", "description", "idProperty", "objectWriteTraceId", "propertyName",
         "operator", "direction", "tokenKey", "query", "associationCategory", "associationTypeId", "referencedObjectType",
         "dataSensitivity"),
        _text,
    ),
}  # fmt: skip
