"""/sobjects/{object}: create, read, update, delete, upsert [sheet 3]."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import ids, sharing, wire
from connectors.loopback.salesforce.dml import incoming, save, trash
from connectors.loopback.salesforce.errors import (
    ApiError,
    MultipleChoices,
    no_such_external_id,
    not_emulated,
    not_found,
)
from connectors.loopback.salesforce.rest import conditional, relationships
from connectors.loopback.salesforce.rest.base import (
    find_fields,
    find_id,
    find_object,
    json_body,
    render,
    versioned,
)
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_sobjects")


@pages.post("/sobjects/<name>")
def create(name: str) -> Response:
    sobject = find_object(name, "create")
    conditional.check_dates()
    note_rows(rows_in=1)
    return _saved(sobject, save.create(service().org, caller(), sobject, _body_without("Id")))


@pages.get("/sobjects/<name>/<record_id>")
def read(name: str, record_id: str) -> Response:
    sobject = find_object(name)
    return _show(sobject, find_id(sobject, record_id))


@pages.patch("/sobjects/<name>/<record_id>")
def update(name: str, record_id: str) -> Response:
    sobject = find_object(name, "edit")
    full = find_id(sobject, record_id)
    conditional.check_write(service().org, sobject, full)
    note_rows(rows_in=1)
    save.update(service().org, caller(), sobject, full, _body_without("Id"))
    return wire.empty()


@pages.delete("/sobjects/<name>/<record_id>")
def delete(name: str, record_id: str) -> Response:
    sobject = find_object(name, "delete")
    trash.delete(service().org, caller(), sobject, find_id(sobject, record_id))
    return wire.empty()


@pages.get("/sobjects/<name>/<key>/<path:value>")
def read_by_key(name: str, key: str, value: str) -> Response:
    """Also of the record, or the records, that a relationship of one leads to."""
    sobject = find_object(name)
    if not _is_id(sobject, key):
        return _show(sobject, _find_one(sobject, _key_field(sobject, key), value))
    record_id = find_id(sobject, key)
    if sobject.find(value):
        raise not_emulated("reading what a field holds by its URL")
    children = relationships.children_of(sobject, record_id, value)
    return children or _show(*relationships.parent_of(sobject, record_id, value))


@pages.patch("/sobjects/<name>/<key>/<path:value>")
def upsert(name: str, key: str, value: str) -> Response:
    """201 created, 200 updated with a body (204 before v46), 300 many [sheet 0.6, 3]."""
    sobject = find_object(name, "edit")
    if _is_id(sobject, key):
        parent, parent_id = relationships.parent_of(sobject, find_id(sobject, key), value)
        return update(parent.name, parent_id)
    field = _key_field(sobject, key)
    body = _body_without("Id", field.name)
    note_rows(rows_in=1)
    saved = save.upsert(
        service().org,
        caller(),
        sobject,
        field,
        value,
        body,
        update_only=request.args.get("updateOnly", "").lower() == "true",
    )
    modern = float(caller().version) >= 46
    if not saved.created and not modern:
        return wire.empty()
    return _saved(sobject, saved, {"created": saved.created} if modern else {})


@pages.post("/sobjects/<name>/Id")
def create_at_id(name: str) -> Response:
    """A create from v37 on [D:resources_sobject_upsert v222]."""
    return create(name)


@pages.delete("/sobjects/<name>/<key>/<path:value>")
def delete_by_key(name: str, key: str, value: str) -> Response:
    sobject = find_object(name, "delete")
    if _is_id(sobject, key):
        parent, parent_id = relationships.parent_of(sobject, find_id(sobject, key), value)
        return delete(parent.name, parent_id)
    found = _find_one(sobject, _key_field(sobject, key), value)
    trash.delete(service().org, caller(), sobject, found)
    return wire.empty()


def _body_without(*names: str) -> dict[str, Any]:
    """The request's record. Raises 400 INVALID_FIELD when it sets what the URL says; an Id of null sets nothing
    [D:resources_sobject_basic_info_post]."""
    body: dict[str, Any] = json_body()
    given = {key.lower() for key, value in body.items() if value is not None or key.lower() != "id"}
    for name in names:
        if name.lower() in given:
            message = f"The {name} field should not be specified in the sobject data."
            raise ApiError.of(400, "INVALID_FIELD", message)
    return body


def _saved(sobject: SObject, saved: save.Saved, extra: dict[str, Any] | None = None) -> Response:
    body = {"id": saved.id, "success": True, "errors": []} | (extra or {})
    if not saved.created:
        return wire.respond(body)
    location = f"{caller().base}/sobjects/{sobject.name}/{saved.id}"
    return wire.respond(body, 201, {"Location": location})


def _show(sobject: SObject, record_id: str) -> Response:
    """A live record; its reader's look at it shows on the next read [sheet 11.3]."""
    org, who = service().org, caller()
    row = org.store.get(sobject, record_id)
    if row is None or row.get("IsDeleted") or not sharing.may(org.store, who.user, "read", sobject, row):
        raise not_found()
    names = request.args.get("fields")
    fields = find_fields(who, sobject, names.split(",")) if names else None
    conditional.check_state(sobject, row)
    headers = conditional.headers_of(sobject, row)
    if conditional.is_unmodified(sobject, row, headers):
        return Response(status=304, headers=headers)
    note_rows(rows_out=1)
    response = wire.respond(render(who, sobject, row, fields), headers=headers)
    if sobject.has("LastViewedDate") and (org.settings.reads_are_views or who.update_mru):
        seen: dict[str, Any] = {"LastViewedDate": who.stamp, "LastReferencedDate": who.stamp}
        if row.get("IsUnreadByOwner") and row["OwnerId"] == who.user.id:
            seen["IsUnreadByOwner"] = 0  # [R:grouparoo/lead-lifecycle 15, 20]
        org.store.update(sobject, record_id, seen)
    return response


def _is_id(sobject: SObject, key: str) -> bool:
    """Is what follows the object's name a record's id, not the name of a field?"""
    return sobject.find(key) is None and ids.normalize(key) is not None


def _key_field(sobject: SObject, key: str) -> Field:
    field = sobject.find(key)
    if field is None or not field.is_lookup_key or not caller().user.sees(sobject, field):
        raise no_such_external_id(key)
    return field


def _find_one(sobject: SObject, field: Field, value: str) -> str:
    found = incoming.find_by_key(service().org, sobject, field, incoming.convert(field, value))
    if not found:
        raise not_found()
    if len(found) > 1:
        raise MultipleChoices(sobject.name, found)
    return found[0]
