"""What the resource modules share: URLs, request bodies, rendering of records."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, request

from connectors.loopback.kit.json_body import loads
from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.errors import ApiError, not_emulated, not_found
from connectors.loopback.salesforce.org import Caller
from connectors.loopback.salesforce.rest import shapes
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.service import caller, service
from connectors.loopback.salesforce.soql.shapes import attributes, compound
from connectors.loopback.salesforce.store import Row


def versioned(name: str) -> Blueprint:
    """A blueprint under /services/data/v{version}; views do not get the version."""
    pages = Blueprint(name, __name__, url_prefix="/services/data/v<version>")

    @pages.url_value_preprocessor
    def _drop_version(endpoint: str | None, arguments: dict[str, Any] | None) -> None:
        if arguments:
            arguments.pop("version", None)

    return pages


def json_body(kind: type = dict) -> Any:
    """The request's JSON. Raises 400 JSON_PARSER_ERROR, 415 for another content type."""
    content_type = request.mimetype
    if content_type in ("application/xml", "text/xml"):
        raise not_emulated("XML requests; send application/json")
    if content_type and content_type != "application/json":
        message = "The HTTP entity body has a content type that is not supported"
        raise ApiError.of(415, "UNSUPPORTED_MEDIA_TYPE", message)
    try:
        body = loads(request.get_data() or b"")
    except orjson.JSONDecodeError as error:
        message = f"{error.msg} at [line:{error.lineno}, column:{error.colno}]"
        raise ApiError.of(400, "JSON_PARSER_ERROR", message) from None
    if not isinstance(body, kind):
        message = f"Cannot deserialize the request from {type(body).__name__}"
        raise ApiError.of(400, "JSON_PARSER_ERROR", message)
    shapes.check(body)
    return body


def find_object(name: str, action: str = "read") -> SObject:
    """An object by its name in any case; 404 when the caller may not even read it.

    A refused create, edit or delete is the record's own error, raised when it is tried.
    """
    found = service().org.schema.find(name)
    if found is None or (action == "read" and not caller().user.may("read", found)):
        raise not_found()
    return found


def find_id(sobject: SObject, record_id: str) -> str:
    found = ids.normalize(record_id)
    if found is None or (sobject.key_prefix and found[:3] != sobject.key_prefix):
        raise not_found()
    return found


def render(
    who: Caller, sobject: SObject, row: Row, fields: list[Field] | None = None, *, base: str | None = None
) -> dict[str, Any]:
    """A record as GET shows it: every readable field in describe's order, nulls included."""
    record: dict[str, Any] = {"attributes": attributes(base or who.base, sobject.name, row["Id"])}
    for entry in who.user.readable_fields(sobject) if fields is None else fields:
        if entry.type in values.COMPOUND_TYPES:
            parts = [part.name for part in sobject.components(entry.name) if who.user.sees(sobject, part)]
            record[entry.name] = compound(sobject, entry, {name: row.get(name) for name in parts})
            continue
        load = values.loader(entry.type)
        value = row.get(entry.name)
        record[entry.name] = load(value) if load else value
    return record


def find_fields(who: Caller, sobject: SObject, names: list[str]) -> list[Field]:
    """Fields by name. Raises 400 INVALID_FIELD for one the caller does not have."""
    found = []
    for name in names:
        entry = sobject.find(name.strip())
        if entry is None or not who.user.sees(sobject, entry):
            message = f"No such column '{name.strip()}' on sobject of type {sobject.name}"
            raise ApiError.of(400, "INVALID_FIELD", message)
        if entry not in found:
            found.append(entry)
    return found


def record_types(sobject: SObject) -> list[Row]:
    """The record types of an object, the master's apart."""
    org = service().org
    return org.store.where(org.schema["RecordType"], '"SobjectType" = ? ORDER BY "Name"', (sobject.name,))
