"""Layouts of an object, and the picklists of its record types [D:resources_sobject_layouts, D:ui_api_resources]."""

from __future__ import annotations

from typing import Any

from flask import Response

from connectors.loopback.salesforce import describe, ids, layouts, wire
from connectors.loopback.salesforce.errors import not_found
from connectors.loopback.salesforce.rest.base import find_object, record_types, versioned
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_layouts")


@pages.get("/sobjects/<name>/describe/layouts")
def layouts_of(name: str) -> Response:
    who, sobject = caller(), _on_pages(name)
    home = f"{who.base}/sobjects/{sobject.name}"
    return wire.respond(layouts.described(home, who.user, sobject, _place(sobject), record_types(sobject)))


@pages.get("/sobjects/<name>/describe/layouts/<record_type>")
def layout_of(name: str, record_type: str) -> Response:
    sobject = _on_pages(name)
    _known(sobject, record_type)
    return wire.respond(layouts.one(caller().user, sobject, _place(sobject)))


@pages.get("/ui-api/object-info/<name>/picklist-values/<record_type>")
def picklists_of(name: str, record_type: str) -> Response:
    who, sobject = caller(), find_object(name)
    record_type = _known(sobject, record_type)
    found: dict[str, Any] = {
        entry.name: layouts.values_of(who.base, sobject, record_type, entry)
        for entry in layouts.picklist_fields(who.user, sobject)
    }
    return wire.respond({"eTag": service().schema_etag(sobject.name).strip('"'), "picklistFieldValues": found})


@pages.get("/ui-api/object-info/<name>/picklist-values/<record_type>/<field>")
def picklist_of(name: str, record_type: str, field: str) -> Response:
    who, sobject = caller(), find_object(name)
    record_type = _known(sobject, record_type)
    for entry in layouts.picklist_fields(who.user, sobject):
        if entry.name.lower() == field.lower():
            body = layouts.values_of(who.base, sobject, record_type, entry)
            return wire.respond({"eTag": service().schema_etag(sobject.name).strip('"'), **body})
    raise not_found()


def _on_pages(name: str) -> SObject:
    sobject = find_object(name)
    if not sobject.is_("layoutable"):
        raise not_found()
    return sobject


def _known(sobject: SObject, record_type: str) -> str:
    """The record type's 18-character id; 404 for one that the object has not."""
    found = ids.normalize(record_type)
    if found is None or found not in {describe.MASTER_RECORD_TYPE, *(row["Id"] for row in record_types(sobject))}:
        raise not_found()
    return found


def _place(sobject: SObject) -> int:
    return list(service().org.schema).index(sobject) + 1
