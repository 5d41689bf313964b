"""Custom fields in the words of the Tooling API: what makes one of what syncd wants, and whether one that exists will do.
[salesforce.md 11; D:tooling_api_objects_customfield]"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.salesforce.schema import TASK
from syncd.core.wanted import EDIT, Wanted, label_of

Metadata = dict[str, Any]

SUFFIX = "__c"
ACTIVITY = "Activity"
LONGEST_TEXT = 255
PRECISION, MONEY_SCALE = 18, 2
LINES = 10

_TYPES: Mapping[str, str] = {
    "text": "Text",
    "long": "LongTextArea",
    "number": "Number",
    "money": "Currency",
    "bool": "Checkbox",
    "date": "Date",
    "datetime": "DateTime",
    "choice": "Picklist",
}

_ALSO: Mapping[str, frozenset[str]] = {
    "text": frozenset({"TextArea", "LongTextArea", "Email", "Phone", "Url"}),
    "long": frozenset({"TextArea", "Html"}),
    "number": frozenset({"Currency", "Percent"}),
    "money": frozenset({"Number"}),
    "choice": frozenset({"Text", "TextArea"}),
}
"""Other types of field that take what we write."""


def custom(row: Wanted) -> bool:
    """Whether the field is the org's own, which setup may make; all else is Salesforce's."""
    return row.field.endswith(SUFFIX)


def home(row: Wanted) -> str:
    """Where the field is made: tasks and events have their custom fields together."""
    return ACTIVITY if row.kind == TASK else row.kind


def metadata(row: Wanted) -> Metadata:
    """The `Metadata` that makes the field."""
    kind = "LongTextArea" if row.type == "text" and row.length > LONGEST_TEXT else _TYPES[row.type]
    made: Metadata = {"label": row.label, "type": kind}
    match kind:
        case "Text":
            made["length"] = row.length
            if row.unique:
                made |= {"externalId": True, "unique": True, "caseSensitive": True}
        case "LongTextArea":
            made |= {"length": row.length, "visibleLines": LINES}
        case "Number":
            made |= {"precision": PRECISION, "scale": 0}
        case "Currency":
            made |= {"precision": PRECISION, "scale": MONEY_SCALE}
        case "Checkbox":
            made["defaultValue"] = "false"
        case "Picklist":
            listed = [picklist_value(value) for value in row.values]
            made["valueSet"] = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": listed}}
    return made


def picklist_value(value: str) -> Metadata:
    return {"valueName": value, "label": label_of(value), "default": False}


def fits(row: Wanted, there: Metadata) -> bool:
    """Whether a field that exists does what syncd needs; a picklist in which a rep answers will always do."""
    kind = str(there.get("type"))
    if row.unique:
        return kind == "Text" and bool(there.get("externalId")) and bool(there.get("unique"))
    chosen = kind == "Picklist" and row.type == "text" and row.reps == EDIT
    return chosen or kind == _TYPES[row.type] or kind in _ALSO.get(row.type, ())


def shape(there: Metadata) -> str:
    """A field that exists, in words: "a Text of 80, unique"."""
    length = f" of {there['length']}" if there.get("length") else ""
    marks = [word for key, word in (("externalId", "external id"), ("unique", "unique")) if there.get(key)]
    return ", ".join([f"a {there.get('type')}{length}", *marks])


def values(there: Metadata) -> Sequence[str] | None:
    """The active values of a picklist; None when it has none of its own: no picklist, or a global value set."""
    definition = (there.get("valueSet") or {}).get("valueSetDefinition")
    if definition is None:
        return None
    return [str(entry["valueName"]) for entry in definition.get("value") or () if entry.get("isActive") is not False]
