"""Files with field definitions of real systems: describes, property lists, property exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

# What HubSpot's property export shows of a property, and what the API calls it. "Name" is the label.
EXPORT_COLUMNS = {
    "Name": "label",
    "Internal name": "name",
    "Type": "type",
    "Description": "description",
    "Group name": "groupName",
    "Form field": "formField",
    "Options": "options",
    "Read only value": "readOnlyValue",
    "Calculated": "calculated",
    "External options": "externalOptions",
    "Deleted": "archived",
    "Hubspot defined": "hubspotDefined",
}
_NEEDED = ("Name", "Internal name", "Type", "Group name")
_TRUTHS = ("formField", "readOnlyValue", "calculated", "externalOptions", "archived", "hubspotDefined")
# The export does not say how a property is shown.
_SHOWN_AS = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "enumeration": "select",
    "date": "date",
    "datetime": "date",
    "phone_number": "phonenumber",
}
_BOOLEAN = [{"label": "True", "value": "true"}, {"label": "False", "value": "false"}]


class FileProblem(ValueError):
    """A file that is not what it should be; the text names it and says how to get the right one."""


def read_describe(path: Path) -> dict[str, Any]:
    """An object's describe: the answer of GET …/sobjects/Lead/describe or the output of
    ``sf sobject describe --json``, which wraps it in ``result``. Raises FileProblem."""
    found = _json(path)
    if isinstance(found, dict) and isinstance(found.get("result"), dict):
        found = found["result"]
    wanted = 'Save the output of "sf sobject describe --sobject Lead --json" there.'
    if not isinstance(found, dict) or not isinstance(found.get("name"), str):
        if isinstance(found, dict) and isinstance(found.get("sobjects"), list):
            raise FileProblem(f"{path.name} lists the org's objects and describes none. {wanted}")
        raise FileProblem(f"{path.name} is not the describe of a Salesforce object. {wanted}")
    fields = found.get("fields")
    if not isinstance(fields, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("name"), str) and isinstance(entry.get("type"), str)
        for entry in fields
    ):
        raise FileProblem(f'{path.name} has no "fields", each with a name and a type. {wanted}')
    return found


def read_properties(path: Path) -> list[dict[str, Any]]:
    """Properties as the API shows them: from its answer (JSON) or from the export (CSV).

    Raises FileProblem.
    """
    if path.suffix.lower() == ".csv":
        return _read_export(path)
    found = _json(path)
    rows = found.get("results") if isinstance(found, dict) else found
    wanted = "Save the answer of GET /crm/v3/properties/contacts there."
    if not isinstance(rows, list):
        raise FileProblem(f'{path.name} has no "results" with properties. {wanted}')
    for number, row in enumerate(rows, 1):
        missing = [key for key in ("name", "label", "type", "fieldType", "groupName") if not _has(row, key)]
        if missing:
            raise FileProblem(f"{path.name}, property {number} has no {', '.join(missing)}. {wanted}")
    return rows


def _has(row: Any, key: str) -> bool:
    return isinstance(row, Mapping) and isinstance(row.get(key), str)


def _read_export(path: Path) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(_text(path, "utf-8-sig"), newline=""))
    columns = reader.fieldnames or []
    missing = [column for column in _NEEDED if column not in columns]
    if missing:
        raise FileProblem(
            f"{path.name} has no column {', '.join(map(repr, missing))}, so it is not HubSpot's property export. "
            "Make one with Settings > Properties > Export all properties."
        )
    return [_from_export(row, f"{path.name}, line {reader.line_num}") for row in reader]


def _from_export(row: Mapping[str, str], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {EXPORT_COLUMNS[column]: row[column] or "" for column in row if column in EXPORT_COLUMNS}
    if not found["name"]:
        raise FileProblem(f'{where}: "Internal name" is empty.')
    for key in _TRUTHS:
        found[key] = str(found.get(key, "")).strip().lower() == "true"
    found["fieldType"] = _SHOWN_AS.get(found["type"], found["type"])
    found["options"] = _BOOLEAN if found["type"] == "bool" else _options(found.get("options", ""))
    found["modificationMetadata"] = {"readOnlyValue": found.pop("readOnlyValue")}
    return found


def _options(text: str) -> list[dict[str, str]]:
    """A JSON list, or values between semicolons; the label is the value where none is told."""
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError:
        entries = [part.strip() for part in text.replace("\n", ";").split(";")]
    entries = entries if isinstance(entries, list) else [entries]
    return [
        entry if isinstance(entry, dict) else {"label": str(entry), "value": str(entry)}
        for entry in entries
        if entry not in ("", None)
    ]


def _json(path: Path) -> Any:
    text = _text(path, "utf-8-sig")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FileProblem(f"{path.name} is not JSON: {error}.") from error


def _text(path: Path, encoding: str) -> str:
    try:
        return path.read_text(encoding=encoding)
    except OSError as error:
        raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeError as error:
        raise FileProblem(f"{path.name} is not a text in UTF-8: {error}.") from error
