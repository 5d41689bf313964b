"""Field definitions of a real org, taken over by the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.salesforce.schema import SchemaError, SObject
from connectors.loopback.scenario.portal_fields import Left

_TYPES = {
    "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "boolean", "int", "double",
    "currency", "percent", "date", "datetime", "reference", "encryptedstring",
}  # fmt: skip
_KEYS = (
    "name", "label", "type", "length", "precision", "scale", "digits", "restrictedPicklist", "externalId", "unique",
    "caseSensitive", "defaultValue", "filterable", "sortable", "nillable", "relationshipName", "createable", "updateable",
)  # fmt: skip
_CHOICES = ("picklist", "multipicklist", "combobox")


def take_over(salesforce: SalesforceEmulator, sobject: SObject, describe: Mapping[str, Any], file: str) -> Left:
    """Custom fields replace what the sandbox has of that name; of standard fields the picklists
    are taken over. Raises ValueError when the Lead statuses leave none for converted leads."""
    left: Left = []
    for field in describe["fields"]:
        name = field["name"]
        if name.endswith("__c"):
            if reason := _obstacle(salesforce, field):
                left.append((file, name, reason))
            else:
                replace_field(salesforce, sobject, _definition(salesforce, field))
        elif not sobject.has(name):
            left.append((file, name, "a standard field that is not emulated"))
        elif field["type"] in _CHOICES and field.get("picklistValues"):
            _set_values(salesforce, sobject, name, field)
    return left


def replace_field(salesforce: SalesforceEmulator, sobject: SObject, definition: Mapping[str, Any]) -> None:
    """Add a custom field, in the place of one of the same name. Raises SchemaError."""
    known = sobject.find(str(definition.get("name", "")))
    if known is not None and known.custom:
        salesforce.remove_field(sobject.name, known.name)
    salesforce.add_field(sobject.name, definition)


def _obstacle(salesforce: SalesforceEmulator, field: Mapping[str, Any]) -> str:
    """Why a custom field cannot be taken over; "" when it can."""
    if field["type"] not in _TYPES:
        return f"a field of type {field['type']} is not emulated"
    if field["type"] == "reference" and not _targets(salesforce, field):
        return f"it refers to {', '.join(field.get('referenceTo') or ['nothing'])}, which is not emulated"
    return ""


def _targets(salesforce: SalesforceEmulator, field: Mapping[str, Any]) -> list[str]:
    return [name for name in field.get("referenceTo") or () if salesforce.org.schema.find(name)]


def _definition(salesforce: SalesforceEmulator, field: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: field[key] for key in _KEYS if field.get(key) is not None}
    if field["type"] in _CHOICES:
        found["picklistValues"] = list(field.get("picklistValues") or ())
    if field["type"] == "reference":
        found["referenceTo"] = _targets(salesforce, field)
    return found


def _set_values(salesforce: SalesforceEmulator, sobject: SObject, name: str, field: Mapping[str, Any]) -> None:
    entries = field["picklistValues"]
    if (sobject.name, name) == ("Lead", "Status"):
        salesforce.set_lead_statuses(_statuses(entries))
    else:
        salesforce.set_picklist(sobject.name, name, entries, restricted=bool(field.get("restrictedPicklist")))


def _statuses(entries: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Describe does not tell which status converted leads have; its name mostly does."""
    statuses = [
        {
            "name": entry["value"],
            "default": bool(entry.get("defaultValue")),
            "converted": "convert" in entry["value"].lower() and "not convert" not in entry["value"].lower(),
        }
        for entry in entries
        if entry.get("active", True)
    ]
    if not any(status["converted"] for status in statuses):
        names = ", ".join(status["name"] for status in statuses)
        raise SchemaError(
            f"None of the Lead statuses ({names}) looks like the one of converted leads; "
            "list them as [[salesforce.lead_status]], one with converted = true."
        )
    if not any(status["default"] for status in statuses):
        statuses[0]["default"] = True
    return statuses
