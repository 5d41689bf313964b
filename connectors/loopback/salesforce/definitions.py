"""EntityDefinition and FieldDefinition: the schema as rows that the Tooling API can query.

Field-level security does not apply to them (UNCONFIRMED): what no describe shows is found here.
A DurableId serves as the Id too.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.loopback.salesforce import sharing, values
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

_LABELS = {  # as Setup names the types
    "boolean": "Checkbox", "currency": "Currency", "date": "Date", "datetime": "Date/Time",
    "double": "Number", "email": "Email", "int": "Number", "multipicklist": "Picklist (Multi-Select)",
    "percent": "Percent", "phone": "Phone", "picklist": "Picklist", "reference": "Lookup",
    "url": "URL", "address": "Address",
}  # fmt: skip


def refresh(org: Org) -> None:
    """Bring both tables up to the schema; nothing to do while no field came or went."""
    if org.defined == org.schema.revision:
        return
    entities, fields = (org.tooling.schema[name] for name in ("EntityDefinition", "FieldDefinition"))
    org.tooling.db.execute('DELETE FROM "EntityDefinition"')
    org.tooling.db.execute('DELETE FROM "FieldDefinition"')
    custom = {row["FullName"]: row["Id"][:15] for row in org.tooling.where(org.tooling.schema["CustomField"])}
    org.tooling.insert_many(entities, (_entity(org, sobject) for sobject in org.schema))
    org.tooling.insert_many(fields, _fields(org, custom))
    org.defined = org.schema.revision


def _entity(org: Org, sobject: SObject) -> Row:
    return {
        "Id": sobject.name,
        "DurableId": sobject.name,
        "MasterLabel": sobject.label,
        "Label": sobject.label,
        "PluralLabel": sobject.label_plural,
        "DeveloperName": sobject.name,
        "QualifiedApiName": sobject.name,
        "KeyPrefix": sobject.key_prefix,
        "IsCustomizable": int(sobject.is_("layoutable")),
        "IsQueryable": int(sobject.is_("queryable")),
        "IsRetrieveable": int(sobject.is_("retrieveable")),
        "IsSearchable": int(sobject.is_("searchable")),
        "IsTriggerable": int(sobject.is_("triggerable")),
        "IsLayoutable": int(sobject.is_("layoutable")),
        "IsEverCreatable": int(sobject.is_("createable")),
        "IsEverUpdatable": int(sobject.is_("updateable")),
        "IsEverDeletable": int(sobject.is_("deletable")),
        "InternalSharingModel": sharing.model_of(org.settings.sharing, sobject),
    }


def _fields(org: Org, custom: dict[str, str]) -> Iterator[Row]:
    for sobject in org.schema:
        tracked = org.settings.history_tracking.get(sobject.name, ())
        home = "Activity" if sobject.name in ("Task", "Event") else sobject.name
        for entry in sobject.fields.values():
            durable = custom.get(f"{home}.{entry.name}", entry.name.removesuffix("Id") or entry.name)
            yield {
                "Id": f"{sobject.name}.{durable}",
                "DurableId": f"{sobject.name}.{durable}",
                "QualifiedApiName": entry.name,
                "EntityDefinitionId": sobject.name,
                "DeveloperName": entry.name.removesuffix("__c"),
                "MasterLabel": entry.label,
                "Label": entry.label,
                "Length": entry.length,
                "DataType": _data_type(entry),
                "ValueTypeId": entry.type,
                "Precision": entry.precision,
                "Scale": entry.scale,
                "RelationshipName": entry.relationship,
                "IsApiFilterable": int(entry.filterable),
                "IsApiGroupable": int(entry.groupable),
                "IsApiSortable": int(entry.sortable),
                "IsCalculated": int(entry.calculated),
                "IsIndexed": int(entry.idLookup or entry.externalId or entry.unique),
                "IsNillable": int(entry.nillable),
                "IsFieldHistoryTracked": int(entry.name in tracked),
            }


def _data_type(entry: Field) -> str:
    """``Text(32) (External ID) (Unique Case Insensitive)``, ``Number(18, 0)``, ``Lookup(User,Group)``."""
    name = _LABELS.get(entry.type, "Text")
    if entry.type in values.DOUBLE_TYPES:
        name += f"({entry.precision - entry.scale}, {entry.scale})"
    elif entry.type == "reference":
        name += f"({','.join(entry.reference_to)})"
    elif entry.is_long_text:
        name = f"Long Text Area({entry.length})"
    elif name == "Text":
        name += f"({entry.length})"
    if entry.externalId:
        name += " (External ID)"
    if entry.unique:
        name += f" (Unique Case {'Sensitive' if entry.case_sensitive else 'Insensitive'})"
    return name
