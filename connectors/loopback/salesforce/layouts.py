"""Page layouts and the picklists of a record type as their describes show them [D:resources_sobject_layouts].

An org of the emulator has one layout an object, with every field that the caller may read: what stands on a page is an
admin's choice, so only the shape is the service's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.loopback.salesforce import describe, ids, picklists
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

_COLUMNS = 2
_PICKLISTS = ("picklist", "multipicklist")


def described(home: str, user: User, sobject: SObject, place: int, record_types: Sequence[Row]) -> dict[str, Any]:
    """All layouts of an object. ``layouts`` is null where there are several record types: ask by the id of each."""
    mappings = [
        mapping
        | {
            "layoutId": _layout_id(place),
            "picklistsForRecordType": [
                {"picklistName": entry.name, "picklistValues": _active(picklists.described(entry, sobject))}
                for entry in picklist_fields(user, sobject)
            ],
        }
        for mapping in describe.record_types_of(home, record_types)
    ]
    return {
        "layouts": None if record_types else [one(user, sobject, place)],
        "recordTypeMappings": [dict(sorted(mapping.items())) for mapping in mappings],
        "recordTypeSelectorRequired": [bool(record_types)],
    }


def one(user: User, sobject: SObject, place: int) -> dict[str, Any]:
    """One layout; ``place`` is the number of its object, from which its id comes."""
    shown = [entry for entry in user.readable_fields(sobject) if entry.type != "id"]
    sections = [_section(user, sobject, place, shown)]
    return {
        "buttonLayoutSection": None,
        "detailLayoutSections": sections,
        "editLayoutSections": sections,
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": _layout_id(place),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": None,
        "relatedLists": [],
        "saveOptions": [],
    }


def picklist_fields(user: User, sobject: SObject) -> list[Field]:
    """The picklists that the caller may read, in describe's order."""
    return [entry for entry in user.readable_fields(sobject) if entry.type in _PICKLISTS]


def values_of(base: str, sobject: SObject, record_type: str, entry: Field) -> dict[str, Any]:
    """A picklist as the UI API shows it: ``validFor`` are indexes into ``controllerValues``
    [D:ui_api_responses_picklist_values]."""
    controlling = picklists.controlling_values(sobject.fields[entry.controller]) if entry.controller else ()
    shown = [_ui_value(value, controlling) for value in entry.picklist if value["active"]]
    default = next((value["value"] for value in entry.picklist if value["defaultValue"]), None)
    return {
        "controllerValues": {value: index for index, value in enumerate(controlling)},
        "defaultValue": next((value for value in shown if value["value"] == default), None),
        "url": f"{base}/ui-api/object-info/{sobject.name}/picklist-values/{record_type}/{entry.name}",
        "values": shown,
    }


def _ui_value(value: dict[str, Any], controlling: Sequence[str]) -> dict[str, Any]:
    return {
        "attributes": None,
        "label": value["label"],
        "validFor": picklists.valid_for(controlling, value["validFor"]),
        "value": value["value"],
    }


def _section(user: User, sobject: SObject, place: int, shown: Sequence[Field]) -> dict[str, Any]:
    items = [_item(user, sobject, entry, number) for number, entry in enumerate(shown, start=1)]
    rows = [{"layoutItems": items[at : at + _COLUMNS], "numItems": _COLUMNS} for at in range(0, len(items), _COLUMNS)]
    return {
        "collapsed": False,
        "columns": _COLUMNS,
        "heading": f"{sobject.label} Information",
        "layoutRows": rows,
        "layoutSectionId": ids.make("01B", place),
        "parentLayoutId": _layout_id(place),
        "rows": len(rows),
        "tabOrder": "LeftToRight",
        "useCollapsibleSection": False,
        "useHeading": True,
    }


def _item(user: User, sobject: SObject, entry: Field, number: int) -> dict[str, Any]:
    creating, updating = (user.may_write(sobject, entry, creating=new) for new in (True, False))
    component = {
        "details": describe.describe_field(entry, user, sobject),
        "displayLines": 1,
        "tabOrder": number,
        "type": "Field",
        "value": entry.name,
    }
    return {
        "editableForNew": creating,
        "editableForUpdate": updating,
        "label": entry.label,
        "layoutComponents": [component],
        "placeholder": False,
        "required": creating and not entry.nillable and not entry.defaultedOnCreate,
    }


def _active(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [value for value in values if value["active"]]


def _layout_id(place: int) -> str:
    return ids.make("00h", place)
