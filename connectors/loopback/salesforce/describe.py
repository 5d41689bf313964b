"""Describe results: every key of a recorded field, for the calling user [sheet 15]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.loopback.salesforce import picklists, values
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.schema import Field, Schema, SObject
from connectors.loopback.salesforce.store import Row

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
    "anyType": "xsd:anyType",
}
MASTER_RECORD_TYPE = "012000000000000AAA"
_SCOPES = (("everything", "All"), ("mine", "My"), ("team", "My team's"))


def summary(base: str, user: User, sobject: SObject) -> dict[str, Any]:
    """An entry of the global describe; ``base`` is "/services/data/v65.0"."""
    home = f"{base}/sobjects/{sobject.name}"
    flag, may = sobject.is_, user.may
    return {
        "activateable": flag("activateable"),
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": flag("createable") and may("create", sobject),
        "custom": flag("custom"),
        "customSetting": flag("customSetting"),
        "deepCloneable": flag("deepCloneable"),
        "deletable": flag("deletable") and may("delete", sobject),
        "deprecatedAndHidden": False,
        "feedEnabled": flag("feedEnabled"),
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.key_prefix,
        "label": sobject.label,
        "labelPlural": sobject.label_plural,
        "layoutable": flag("layoutable"),
        "mergeable": flag("mergeable"),
        "mruEnabled": flag("mruEnabled"),
        "name": sobject.name,
        "queryable": flag("queryable"),
        "replicateable": flag("replicateable"),
        "retrieveable": flag("retrieveable"),
        "searchable": flag("searchable"),
        "triggerable": flag("triggerable"),
        "undeletable": flag("undeletable"),
        "updateable": flag("updateable") and may("edit", sobject),
        "urls": {
            "rowTemplate": f"{home}/{{ID}}",
            "describe": f"{home}/describe",
            "sobject": home,
        },
    }


def full(
    base: str, host: str, schema: Schema, user: User, sobject: SObject, record_types: Sequence[Row] = ()
) -> dict[str, Any]:
    """GET /sobjects/X/describe, keys in alphabetical order as recorded.

    ``record_types`` are the object's RecordType rows, the master's apart.
    """
    home = f"{base}/sobjects/{sobject.name}"
    brief = summary(base, user, sobject)
    urls = {
        "compactLayouts": f"{home}/describe/compactLayouts",
        "rowTemplate": f"{home}/{{ID}}",
        "approvalLayouts": f"{home}/describe/approvalLayouts",
        "uiDetailTemplate": f"{host}/{{ID}}",
        "uiEditTemplate": f"{host}/{{ID}}/e",
        "listviews": f"{home}/listviews",
        "describe": f"{home}/describe",
        "uiNewRecord": f"{host}/{sobject.key_prefix}/e",
        "quickActions": f"{home}/quickActions",
        "layouts": f"{home}/describe/layouts",
        "sobject": home,
    }
    out = brief | {
        "actionOverrides": [],
        "childRelationships": [
            child_relationship(entry.child.name, entry.field)
            for entry in schema.children_of(sobject.name)
            if user.may("read", entry.child) and user.sees(entry.child, entry.field)
        ],
        "compactLayoutable": sobject.is_("layoutable"),
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(entry, user, sobject) for entry in user.readable_fields(sobject)],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [*record_types_of(home, record_types)] if sobject.is_("layoutable") else [],
        "searchLayoutable": sobject.is_("searchable"),
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"{label} {sobject.label_plural.lower()}", "name": name} for name, label in _SCOPES
        ],
        "urls": urls,
    }
    return dict(sorted(out.items()))


def child_relationship(child: str, entry: Field) -> dict[str, Any]:
    return {
        "cascadeDelete": entry.cascade,
        "childSObject": child,
        "deprecatedAndHidden": False,
        "field": entry.name,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": entry.child_relationship,
        "restrictedDelete": False,
    }


def describe_field(entry: Field, user: User, sobject: SObject) -> dict[str, Any]:
    """All 57 keys of a recorded field [R:cumulusci/describe-Lead]."""
    return {
        "aggregatable": entry.aggregatable,
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": _byte_length(entry),
        "calculated": entry.calculated,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": entry.case_sensitive,
        "compoundFieldName": entry.compound,
        "controllerName": entry.controller,
        "createable": user.may_write(sobject, entry, creating=True),
        "custom": entry.custom,
        "defaultValue": entry.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": entry.defaultedOnCreate,
        "dependentPicklist": entry.controller is not None,
        "deprecatedAndHidden": False,
        "digits": entry.digits,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": entry.externalId,
        "extraTypeInfo": entry.extra_type,
        "filterable": entry.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": entry.groupable,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": entry.idLookup,
        "inlineHelpText": None,
        "label": entry.label,
        "length": entry.length,
        "mask": None,
        "maskType": None,
        "name": entry.name,
        "nameField": entry.nameField,
        "namePointing": entry.namePointing,
        "nillable": entry.nillable,
        "permissionable": entry.permissionable,
        "picklistValues": picklists.described(entry, sobject),
        "polymorphicForeignKey": entry.polymorphicForeignKey,
        "precision": entry.precision,
        "queryByDistance": entry.type == "address",
        "referenceTargetField": None,
        "referenceTo": list(entry.reference_to),
        "relationshipName": entry.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": entry.restrictedPicklist,
        "scale": entry.scale,
        "searchPrefilterable": entry.searchPrefilterable,
        "soapType": _SOAP_TYPES.get(entry.type, "xsd:string"),
        "sortable": entry.sortable,
        "type": entry.type,
        "unique": entry.unique,
        "updateable": user.may_write(sobject, entry, creating=False),
        "writeRequiresMasterRead": False,
    }


def _byte_length(entry: Field) -> int:
    """Three bytes for a character of text; ids are ASCII."""
    if entry.byte_length is not None:
        return entry.byte_length
    return entry.length if entry.type in values.ID_TYPES else entry.length * 3


def record_types_of(home: str, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Every record type, and last the master that records without one have."""
    master = {"Id": MASTER_RECORD_TYPE, "Name": "Master", "DeveloperName": "Master", "IsActive": True}
    for row in [*rows, master]:
        yield {
            "active": bool(row["IsActive"]),
            "available": bool(row["IsActive"]),
            "defaultRecordTypeMapping": row is master,
            "developerName": row["DeveloperName"],
            "master": row is master,
            "name": row["Name"],
            "recordTypeId": row["Id"],
            "urls": {"layout": f"{home}/describe/layouts/{row['Id']}"},
        }
