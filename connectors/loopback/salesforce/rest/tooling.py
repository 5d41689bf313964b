"""/tooling: custom fields, validation rules and definitions, by the same SOQL as /query [sheet 15].

[D:tooling_api_objects_customfield, tooling-validationrule]; anything else of the Tooling API is
answered 501.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import custom_fields, definitions, describe, ids, validation, wire
from connectors.loopback.salesforce.dml.save import insufficient_access
from connectors.loopback.salesforce.errors import ApiError, RecordError, not_emulated, not_found
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rest.base import json_body, render, versioned
from connectors.loopback.salesforce.rest.oauth import instance_url
from connectors.loopback.salesforce.rest.query import batch_size, wants_columns
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service
from connectors.loopback.salesforce.soql.select import Reader
from connectors.loopback.salesforce.store import Row

pages = versioned("salesforce_tooling")

_RESOURCES = ("query", "sobjects")
# These fields show one record at a time.
_ONE_ROW = ("FullName", "Metadata")


@pages.get("/tooling")
def resources() -> Response:
    return wire.respond({name: f"{_base(caller())}/{name}" for name in _RESOURCES})


@pages.get("/tooling/query")
def query() -> Response:
    statement = request.args.get("q")
    if not statement:
        raise ApiError.of(400, "MALFORMED_QUERY", "A query string has to be specified")
    running, who = service(), caller()
    definitions.refresh(running.org)
    reader = Reader(running.org.tooling, who.user, who.now, _base(who))
    if wants_columns():
        return wire.respond(running.queries.columns(reader, statement))
    page = running.queries.first_page(reader, statement, batch_size())
    shown = page["records"][0] if page["records"] else {}
    if page["totalSize"] > 1 and any(name in shown for name in _ONE_ROW):
        text = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must "
            f"specify no more than one row for retrieval. Result size: {page['totalSize']}"
        )
        raise ApiError.of(400, "MALFORMED_QUERY", text)
    return _page(page)


@pages.get("/tooling/query/<locator>")
def more(locator: str) -> Response:
    who = caller()
    return _page(service().queries.next_page(who.user.id, locator, who.now))


def _page(page: dict[str, Any]) -> Response:
    """A QueryResult of the Tooling API says more than that of /query; its locator is for SOAP
    [D:tooling_api_objects_queryresult]."""
    records = page["records"]
    note_rows(rows_out=len(records))
    entity = records[0]["attributes"]["type"] if records else None
    return wire.respond({"size": page["totalSize"], "queryLocator": None, "entityTypeName": entity, **page})


@pages.get("/tooling/sobjects")
def describe_global() -> Response:
    who = caller()
    visible = [entry for entry in service().org.tooling.schema if who.user.may("read", entry)]
    return wire.respond(
        {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [describe.summary(_base(who), who.user, entry) for entry in visible],
        }
    )


@pages.get("/tooling/sobjects/<name>/describe")
def describe_object(name: str) -> Response:
    who, schema = caller(), service().org.tooling.schema
    body = describe.full(_base(who), instance_url(service()), schema, who.user, _object(name))
    return wire.respond(body)


@pages.get("/tooling/sobjects/<name>/<record_id>")
def read(name: str, record_id: str) -> Response:
    sobject = _object(name)
    row = _row(sobject, record_id)
    note_rows(rows_out=1)
    return wire.respond(render(caller(), sobject, row, base=_base(caller())))


@pages.post("/tooling/sobjects/<name>")
def create(name: str) -> Response:
    """A new field is at once in the schema, and visible to nobody."""
    sobject, body = _object(name), json_body()
    org, who = service().org, caller()
    _require(org, who, sobject, "create")
    full_name, metadata = body.get("FullName"), body.get("Metadata")
    if not full_name or not isinstance(metadata, Mapping):
        missing = [key for key in ("FullName", "Metadata") if not body.get(key)]
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise RecordError("REQUIRED_FIELD_MISSING", text, missing)
    if sobject.name == "CustomField":
        home, field_name = custom_fields.find(org, full_name)
        definition = custom_fields.definition_of(field_name, dict(metadata))
        new_id = custom_fields.add(org, home, definition, shown=False, user_id=who.user.id, stamp=who.stamp)
    elif sobject.name == "ValidationRule":
        new_id = validation.create(org, who, full_name, dict(metadata))
    else:
        raise not_emulated(f"creating {sobject.name} by the Tooling API")
    service().schema_changed = who.now
    note_rows(rows_in=1)
    location = f"{_base(who)}/sobjects/{sobject.name}/{new_id}"
    body = {"id": new_id, "success": True, "errors": [], "warnings": [], "infos": []}
    return wire.respond(body, 201, {"Location": location})


@pages.patch("/tooling/sobjects/<name>/<record_id>")
def update(name: str, record_id: str) -> Response:
    sobject, body = _object(name), json_body()
    org, who = service().org, caller()
    _require(org, who, sobject, "edit")
    row = _row(sobject, record_id)
    metadata = body.get("Metadata")
    if not isinstance(metadata, Mapping):
        raise RecordError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"])
    if sobject.name == "CustomField":
        custom_fields.change(org, row, dict(metadata), user_id=who.user.id, stamp=who.stamp)
    elif sobject.name == "ValidationRule":
        validation.change(org, who, row, dict(metadata))
    else:
        raise not_emulated(f"updating {sobject.name} by the Tooling API")
    service().schema_changed = who.now
    return wire.empty()


@pages.delete("/tooling/sobjects/<name>/<record_id>")
def delete(name: str, record_id: str) -> Response:
    sobject = _object(name)
    org, who = service().org, caller()
    _require(org, who, sobject, "delete")
    row = _row(sobject, record_id)
    if sobject.name == "CustomField":
        custom_fields.remove(org, *row["FullName"].split("."))
    elif sobject.name == "ValidationRule":
        validation.remove(org, row)
    else:
        raise not_emulated(f"deleting {sobject.name} by the Tooling API")
    service().schema_changed = who.now
    return wire.empty()


def _base(who: Caller) -> str:
    return f"{who.base}/tooling"


def _object(name: str) -> SObject:
    found = service().org.tooling.schema.find(name)
    if found is None or not caller().user.may("read", found):
        raise not_found()
    return found


def _row(sobject: SObject, record_id: str) -> Row:
    org = service().org
    definitions.refresh(org)
    row = org.tooling.get(sobject, ids.normalize(record_id) or record_id)
    if row is None:
        raise not_found()
    return row


def _require(org: Org, who: Caller, sobject: SObject, action: str) -> None:
    if not who.user.may(action, sobject):
        raise insufficient_access(org)
