"""/composite/tree: records with nested children, all or nothing [sheet 5]."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Node:
    """A record to create; ``parent`` is its reference to the one above it."""

    sobject: SObject
    record: dict[str, Any]
    parent: dict[str, str]

    @property
    def reference(self) -> str:
        return str(self.record["attributes"]["referenceId"])


class _Failed(Exception):
    """Undoes the whole tree."""


@pages.post("/composite/tree/<name>")
def create_tree(name: str) -> Response:
    sobject = find_object(name, "create")
    records = json_body().get("records", [])
    repeated = _check(records)
    if repeated:
        # One for each instance [D:responses_composite_sobject_tree]; code and text UNCONFIRMED.
        error = RecordError("INVALID_INPUT", "Duplicate ReferenceId provided in the request.")
        return _failed([_result(reference, error) for reference in repeated])
    created: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    try:
        with service().org.store.savepoint():
            level = [_Node(sobject, record, {}) for record in records]
            while level:
                level = _create(level, created, errors)
            if errors:
                raise _Failed
    except _Failed:
        return _failed(errors)
    note_rows(rows_in=len(created), rows_out=len(created))
    return wire.respond({"hasErrors": False, "results": created}, 201)


def _failed(results: list[dict[str, Any]]) -> Response:
    return wire.respond({"hasErrors": True, "results": results}, 400)


def _result(reference: str, error: RecordError) -> dict[str, Any]:
    return {"referenceId": reference, "errors": [error.as_row_error()]}


def _create(level: list[_Node], created: list[dict[str, Any]], errors: list[dict[str, Any]]) -> list[_Node]:
    """Create the records of one level, and return those of the next, object by object over all trees
    [D:resources_composite_sobject_tree]."""
    below: dict[str, list[_Node]] = {}
    for node in level:
        nested = _children(node.record)
        own = {key: value for key, value in node.record.items() if key not in nested}
        try:
            saved = save.create(service().org, caller(), node.sobject, own | node.parent)
        except RecordError as error:
            errors.append(_result(node.reference, error))
            continue
        created.append({"referenceId": node.reference, "id": saved.id})
        for relationship, children in nested.items():
            found = service().org.schema.find_child(node.sobject.name, relationship)
            if found is None:
                text = f"No such relationship '{relationship}' on sobject of type {node.sobject.name}"
                raise ApiError.of(400, "INVALID_FIELD", text)
            nodes = (_Node(found.child, child, {found.field.name: saved.id}) for child in children["records"])
            below.setdefault(found.child.name, []).extend(nodes)
    return [node for nodes in below.values() for node in nodes]


def _children(record: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in record.items() if isinstance(v, dict) and "records" in v}


def _check(records: list[dict[str, Any]]) -> list[str]:
    """The whole tree at once: its size, depth and kinds. Returns every referenceId that is not the only one."""
    references: list[str] = []
    types: set[str] = set()
    waiting = [(record, 1) for record in records]
    for record, level in waiting:
        about = record.get("attributes") or {}
        reference = about.get("referenceId")
        if not reference:
            raise _invalid("Every record needs a referenceId")
        references.append(str(reference))
        types.add(str(about.get("type", "")).lower())
        if level > MAX_LEVELS or len(references) > MAX_RECORDS or len(types) > MAX_TYPES:
            raise _invalid(f"At most {MAX_RECORDS} records of {MAX_TYPES} types in {MAX_LEVELS} levels")
        waiting += [(child, level + 1) for nested in _children(record).values() for child in nested["records"]]
    times = Counter(references)
    return [reference for reference in references if times[reference] > 1]


def _invalid(text: str) -> ApiError:
    """Code and text UNCONFIRMED."""
    return ApiError.of(400, "INVALID_INPUT", text)
