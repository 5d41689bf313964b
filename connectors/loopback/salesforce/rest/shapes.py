"""The JSON types of what a request body is made of: another one refuses the whole request, as Salesforce's parser does.

Only the frame is looked at; a record's own fields are judged when it is saved, each by its type.
"""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce.errors import ApiError

_LISTS_OF_OBJECTS = {"records", "compositeRequest", "graphs", "batchRequests", "sobjects"}
_LISTS_OF_TEXTS = {"ids", "fields"}
_OBJECTS = {"attributes", "httpHeaders", "Metadata"}
_TEXTS = {"url", "method", "referenceId", "type", "FullName"}
# Of a field's or a rule's Metadata, at any depth.
_METADATA: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("label", "description", "inlineHelpText", "referenceTo", "relationshipName", "valueName"), (str,)),
    **dict.fromkeys(("fullName", "errorMessage", "errorConditionFormula", "errorDisplayField"), (str,)),
    **dict.fromkeys(("length", "precision", "scale", "visibleLines"), (int,)),
    **dict.fromkeys(("externalId", "unique", "caseSensitive", "required", "active", "restricted"), (bool,)),
    **dict.fromkeys(("default", "isActive"), (bool,)),
    "defaultValue": (str, bool, int, float),
    **dict.fromkeys(("valueSet", "valueSetDefinition"), (dict,)),
    "value": (list,),
}
_NAMES: dict[type, str] = {str: "string", int: "int", bool: "boolean", dict: "object", list: "array"}
_LARGEST_INT = 2**31 - 1
# Types of Jackson's tokens, as its messages call them.
_TOKENS = {
    dict: "START_OBJECT",
    list: "START_ARRAY",
    bool: "VALUE_TRUE",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
}


def check(content: Any) -> None:
    """Raises 400 JSON_PARSER_ERROR (its text UNCONFIRMED)."""
    if isinstance(content, list):
        for item in content:
            check(item)
    elif isinstance(content, dict):
        for key, value in content.items():
            _check_value(key, value)
            check(value)


def _check_value(key: str, value: Any) -> None:
    if key in _LISTS_OF_OBJECTS:
        _check_list(value, dict)
    elif key in _LISTS_OF_TEXTS:
        _check_list(value, str)
    elif value is not None:
        if key in _OBJECTS and not isinstance(value, dict):
            raise _wrong("object", value)
        if key in _TEXTS and not isinstance(value, str):
            raise _wrong("string", value)
        if key == "Metadata":
            _check_metadata(value)


def _check_metadata(metadata: dict[str, Any]) -> None:
    for key, value in metadata.items():
        kinds = _METADATA.get(key)
        if value is None or kinds is None:
            continue
        if type(value) not in kinds or (kinds == (int,) and abs(value) > _LARGEST_INT):
            raise _wrong(_NAMES[kinds[0]], value)
        if isinstance(value, dict):
            _check_metadata(value)
        elif isinstance(value, list):
            _check_list(value, dict)
            for item in value:
                _check_metadata(item)


def _check_list(value: Any, kind: type) -> None:
    if not isinstance(value, list):
        raise _wrong("array", value)
    for item in value:
        if not isinstance(item, kind):
            raise _wrong("object" if kind is dict else "string", item)


def _wrong(wanted: str, value: Any) -> ApiError:
    token = _TOKENS.get(type(value), "VALUE_NULL" if value is None else "VALUE_STRING")
    return ApiError.of(400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of {wanted} from {token} value")
