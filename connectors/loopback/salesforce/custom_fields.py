"""Custom fields: one place that adds, changes and removes them.

A field is in the schema, a column of the store, a CustomField record of the Tooling API and,
for whoever may see it, FieldPermissions. Its ``Metadata`` is the Metadata API's CustomField
[D:tooling_api_objects_customfield].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.loopback.salesforce import permissions, values
from connectors.loopback.salesforce.errors import RecordError, not_emulated
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import ACTIVITIES, Field, SObject, picklist_entry
from connectors.loopback.salesforce.store import Row

Metadata = dict[str, Any]
# The Metadata API's field type: describe's.
_TYPES = {
    "Checkbox": "boolean", "Currency": "currency", "Date": "date", "DateTime": "datetime",
    "Email": "email", "Html": "textarea", "LongTextArea": "textarea", "Lookup": "reference",
    "MultiselectPicklist": "multipicklist", "Number": "double", "Percent": "percent",
    "Phone": "phone", "Picklist": "picklist", "Text": "string", "TextArea": "textarea",
    "Url": "url",
}  # fmt: skip
_BACK = {kind: name for name, kind in _TYPES.items() if name not in ("Html", "LongTextArea", "TextArea")}
_LENGTHS = {"email": 80, "phone": 40, "url": 255, "picklist": 255, "multipicklist": 4099, "textarea": 255}
# What a type cannot do without.
_NEEDED = {
    "Checkbox": ("defaultValue",),
    "Currency": ("precision", "scale"),
    "Html": ("length",),
    "LongTextArea": ("length",),
    "Lookup": ("referenceTo",),
    "MultiselectPicklist": ("valueSet",),
    "Number": ("precision", "scale"),
    "Percent": ("precision", "scale"),
    "Picklist": ("valueSet",),
    "Text": ("length",),
}
_LONGEST_TEXT = 255


def add(org: Org, sobject: str, definition: Mapping[str, Any], *, shown: bool, user_id: str, stamp: str) -> str:
    """Add a field in describe's terms (:meth:`Schema.add_field`); its CustomField id.

    ``shown``: to all profiles that read the object, as the wizard in Setup proposes; the APIs
    show a new field to nobody. Raises SchemaError.
    """
    added = org.schema.add_field(sobject, dict(definition))
    for target, new in added:
        org.store.add_column(target, new)
        if shown and not new.hidden:
            permissions.show_field(org, target, new)
    target, new = added[0]
    table = org.tooling.schema["CustomField"]
    row = _row(_table_of(target), new)
    row["Id"] = org.tooling.new_id(table)
    row |= {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
    row |= {"CreatedById": user_id, "LastModifiedById": user_id}
    org.tooling.insert(table, row)
    return str(row["Id"])


def remove(org: Org, sobject: str, name: str) -> None:
    """Raises SchemaError unless it is a custom field. What it held is gone."""
    targets = ACTIVITIES if sobject in (*ACTIVITIES, "Activity") else (sobject,)
    org.schema.remove_field(sobject, name)
    for target in (org.schema[entry] for entry in targets):
        org.store.forget_column(target, name)
        permissions.forget_field(org, target, name)
    table = org.tooling.schema["CustomField"]
    home = _table_of(org.schema[targets[0]])
    for row in org.tooling.where(table, '"FullName" = ?', (f"{home}.{name}",)):
        org.tooling.purge(table, row["Id"])


def change(org: Org, row: Row, metadata: Metadata, *, user_id: str, stamp: str) -> None:
    """Give the field of a CustomField record new metadata; its type stays.

    Raises RecordError.
    """
    home, name = str(row["FullName"]).split(".")
    targets = [org.schema[entry] for entry in (ACTIVITIES if home == "Activity" else (home,))]
    old = targets[0].fields[name]
    definition = definition_of(name, metadata)
    if definition["type"] != old.type:
        # Changing a type converts what the field holds.
        raise not_emulated(f"changing the type of {row['FullName']} from {old.type}")
    for target in targets:
        org.schema.replace_field(target, definition)
        org.store.add_column(target, target.fields[name])
    changes = _row(home, targets[0].fields[name])
    changes |= {"LastModifiedDate": stamp, "SystemModstamp": stamp, "LastModifiedById": user_id}
    org.tooling.update(org.tooling.schema["CustomField"], row["Id"], changes)


def find(org: Org, full_name: str) -> tuple[str, str]:
    """("Lead", "Tier__c") of a new field's full name. Raises RecordError."""
    home, _, name = full_name.partition(".")
    if home != "Activity" and org.schema.find(home) is None:
        raise RecordError("INVALID_TYPE", f"sObject type '{home}' is not supported.")
    if not name.endswith("__c"):
        text = f"Invalid fullName, must end in a custom suffix (e.g. __c): {full_name}"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["FullName"])
    target = org.schema["Task" if home == "Activity" else home]
    if target.find(name):
        text = f"There is already a field named {name.removesuffix('__c')} on {target.label}."
        raise RecordError("DUPLICATE_DEVELOPER_NAME", text, ["DeveloperName"])
    return home if home == "Activity" else target.name, name


def definition_of(name: str, metadata: Metadata) -> dict[str, Any]:
    """The Metadata API's CustomField in describe's terms. Raises RecordError."""
    kind = metadata.get("type")
    if kind is None:
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", "Must specify a type for the CustomField", ["Metadata"])
    if kind not in _TYPES:
        raise not_emulated(f"custom fields of type {kind}")
    for needed in ("label", *_NEEDED.get(kind, ())):
        if metadata.get(needed) in (None, ""):
            text = f"Must specify '{needed}' for a CustomField of type {kind}"
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, [needed])
    described = _TYPES[kind]
    length = metadata.get("length") or _LENGTHS.get(described)
    if kind == "Text" and not 1 <= int(length or 0) <= _LONGEST_TEXT:
        text = f"Text fields must be between 1 and {_LONGEST_TEXT} characters long."
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["length"])
    definition: dict[str, Any] = {
        "name": name,
        "label": metadata["label"],
        "type": described,
        "externalId": bool(metadata.get("externalId")),
        "unique": bool(metadata.get("unique")),
        "caseSensitive": bool(metadata.get("caseSensitive")),
        "required": bool(metadata.get("required")),
        "defaultValue": _default(kind, metadata.get("defaultValue")),
    }
    if length and described not in values.NUMBER_TYPES:
        definition["length"] = int(length)
    for key in ("precision", "scale"):
        if metadata.get(key) is not None and described in values.DOUBLE_TYPES:
            definition[key] = int(metadata[key])
    if described in ("picklist", "multipicklist"):
        definition |= _picklist(metadata["valueSet"])
    if described == "reference":
        definition["referenceTo"] = [metadata["referenceTo"]]
        definition["relationshipName"] = name.removesuffix("__c") + "__r"
        if metadata.get("relationshipName"):
            definition["childRelationshipName"] = metadata["relationshipName"] + "__r"
    return definition


def _default(kind: str, given: Any) -> Any:
    """A literal; a default that is a formula is not emulated."""
    if given is None:
        return None
    text = str(given)
    if kind == "Checkbox":
        return text.lower() == "true"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    raise not_emulated(f"a formula as the default value of a field: {text}")


def _picklist(value_set: Metadata) -> dict[str, Any]:
    definition = value_set.get("valueSetDefinition")
    if definition is None:
        raise not_emulated("global value sets")
    for entry in definition.get("value", ()):
        if not (entry.get("valueName") or entry.get("fullName")):
            raise RecordError("REQUIRED_FIELD_MISSING", "Required field is missing: valueName", ["valueName"])
    entries = [
        picklist_entry(
            entry.get("valueName") or entry["fullName"],
            label=entry.get("label"),
            default=bool(entry.get("default")),
        )
        | {"active": entry.get("isActive") is not False}
        for entry in definition.get("value", ())
    ]
    return {"picklistValues": entries, "restrictedPicklist": bool(value_set.get("restricted"))}


def metadata_of(entry: Field) -> Metadata:
    """A field as the Tooling API shows it, nulls for what does not apply."""
    is_text = entry.type == "textarea"
    kind = ("LongTextArea" if entry.is_long_text else "TextArea") if is_text else _BACK.get(entry.type, "Text")
    is_number = entry.type in values.DOUBLE_TYPES
    has_length = kind in ("Text", "LongTextArea")
    default = {True: "true", False: "false", None: None}.get(entry.default, f'"{entry.default}"')
    return {
        "businessOwnerGroup": None,
        "caseSensitive": entry.case_sensitive if entry.unique else None,
        "complianceGroup": None,
        "defaultValue": default,
        "deleteConstraint": None,
        "deprecated": None,
        "description": None,
        "displayFormat": None,
        "externalId": entry.externalId,
        "formula": None,
        "inlineHelpText": None,
        "label": entry.label,
        "length": entry.length if has_length else None,
        "precision": entry.precision if is_number else None,
        "referenceTo": entry.reference_to[0] if entry.reference_to else None,
        "relationshipName": (entry.child_relationship or "").removesuffix("__r") or None,
        "required": not entry.nillable and entry.type != "boolean",
        "scale": entry.scale if is_number else None,
        "trackHistory": None,
        "trackTrending": None,
        "type": kind,
        "unique": entry.unique,
        "urls": None,
        "valueSet": _value_set(entry) if entry.picklist else None,
        "visibleLines": None,
    }


def _value_set(entry: Field) -> Metadata:
    listed = [
        {
            "color": None, "default": e["defaultValue"], "description": None,
            "isActive": None if e["active"] else False, "label": e["label"], "urls": None,
            "valueName": e["value"],
        }
        for e in entry.picklist
    ]  # fmt: skip
    return {
        "controllingField": None,
        "restricted": entry.restrictedPicklist or None,
        "valueSetDefinition": {"sorted": False, "value": listed},
        "valueSetName": None,
        "valueSettings": [],
    }


def _row(home: str, entry: Field) -> Row:
    metadata = metadata_of(entry)
    return {
        "TableEnumOrId": home,
        "EntityDefinitionId": home,
        "DeveloperName": entry.name.removesuffix("__c"),
        "Length": metadata["length"],
        "Precision": metadata["precision"],
        "Scale": metadata["scale"],
        "ManageableState": "unmanaged",
        "FullName": f"{home}.{entry.name}",
        "Metadata": orjson.dumps(metadata).decode(),
    }


def _table_of(sobject: SObject) -> str:
    return "Activity" if sobject.name in ACTIVITIES else sobject.name
