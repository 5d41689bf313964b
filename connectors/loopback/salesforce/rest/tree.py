"""/composite/tree: records with nested children, all or nothing [sheet 5]."""

from __future__ import annotations

from typing import Any

from flask import Response

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.dml import save
from connectors.loopback.salesforce.errors import ApiError, RecordError
from connectors.loopback.salesforce.rest.base import find_object, json_body, versioned
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_tree")

MAX_RECORDS = 200
MAX_LEVELS = 5
MAX_TYPES = 5


class _Failed(Exception):
    """Undoes the whole tree."""


@pages.post("/composite/tree/<name>")
def create_tree(name: str) -> Response:
    sobject = find_object(name, "create")
    records = json_body().get("records", [])
    _check(records)
    created: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    try:
        with service().org.store.savepoint():
            for record in records:
                _create(sobject, record, {}, created, errors)
            if errors:
                raise _Failed
    except _Failed:
        return wire.respond({"hasErrors": True, "results": errors}, 400)
    note_rows(rows_in=len(created), rows_out=len(created))
    return wire.respond({"hasErrors": False, "results": created}, 201)


def _create(
    sobject: SObject,
    record: dict[str, Any],
    inherited: dict[str, Any],
    created: list[dict[str, Any]],
    errors: list[dict[str, Any]],
) -> None:
    """Create a record and then its children with the reference to it."""
    reference = record["attributes"]["referenceId"]
    children = _children(record)
    own = {k: v for k, v in record.items() if k not in children}
    try:
        saved = save.create(service().org, caller(), sobject, own | inherited)
    except RecordError as error:
        errors.append({"referenceId": reference, "errors": [error.as_row_error()]})
        return
    created.append({"referenceId": reference, "id": saved.id})
    for relationship, nested in children.items():
        found = service().org.schema.find_child(sobject.name, relationship)
        if found is None:
            text = f"No such relationship '{relationship}' on sobject of type {sobject.name}"
            raise ApiError.of(400, "INVALID_FIELD", text)
        for child in nested["records"]:
            _create(found.child, child, {found.field.name: saved.id}, created, errors)


def _children(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if isinstance(v, dict) and "records" in v}


def _check(records: list[dict[str, Any]]) -> None:
    """The whole tree at once: its size, depth and kinds, and a referenceId for everyone."""
    references: set[str] = set()
    types: set[str] = set()
    waiting = [(record, 1) for record in records]
    for record, level in waiting:
        about = record.get("attributes") or {}
        reference = about.get("referenceId")
        if not reference or reference in references:
            raise _invalid(f"Every record needs a referenceId of its own: {reference}")
        references.add(reference)
        types.add(str(about.get("type", "")).lower())
        if level > MAX_LEVELS or len(references) > MAX_RECORDS or len(types) > MAX_TYPES:
            raise _invalid(f"At most {MAX_RECORDS} records of {MAX_TYPES} types in {MAX_LEVELS} levels")
        waiting += [(child, level + 1) for nested in _children(record).values() for child in nested["records"]]


def _invalid(text: str) -> ApiError:
    """Code and text UNCONFIRMED."""
    return ApiError.of(400, "INVALID_INPUT", text)
