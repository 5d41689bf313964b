"""/sobjects/{object}/{id}/{relationship}: the record or records behind a relationship
[D:resources_sobject_relationships, D:dome_relationship_traversal]."""

from __future__ import annotations

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import sharing, wire
from connectors.loopback.salesforce.errors import not_found
from connectors.loopback.salesforce.rest.base import find_fields, find_object
from connectors.loopback.salesforce.rest.query import batch_size, reader
from connectors.loopback.salesforce.schema import ChildRelationship, SObject
from connectors.loopback.salesforce.service import caller, service
from connectors.loopback.salesforce.store import Row

_MOST_LEVELS = 5  # child to parent; parent to child one only


def parent_of(sobject: SObject, record_id: str, path: str) -> tuple[SObject, str]:
    """The parent that ``Account/Owner`` leads to from a record. 404 where a name is none of the child's
    relationships, or a record has no parent by it."""
    names = path.split("/")
    if len(names) > _MOST_LEVELS:
        raise not_found()
    for name in names:
        sobject, record_id = _parent(sobject, record_id, name)
    return sobject, record_id


def children_of(sobject: SObject, record_id: str, name: str) -> Response | None:
    """A query's page of the records that ``Contacts`` leads to; None for a name of no relationship to children."""
    relation = service().org.schema.find_child(sobject.name, name)
    if relation is None:
        return None
    _visible(sobject, record_id)
    page = service().queries.first_page(reader(), _statement(relation, record_id), batch_size())
    note_rows(rows_out=len(page["records"]))
    return wire.respond(page)


def _statement(relation: ChildRelationship, record_id: str) -> str:
    child, who = find_object(relation.child.name), caller()
    names = request.args.get("fields")
    fields = find_fields(who, child, names.split(",")) if names else who.user.readable_fields(child)
    shown = ", ".join(field.name for field in fields)
    return f"SELECT {shown} FROM {child.name} WHERE {relation.field.name} = '{record_id}'"


def _parent(sobject: SObject, record_id: str, name: str) -> tuple[SObject, str]:
    field = sobject.find_relationship(name)
    if field is None or not caller().user.sees(sobject, field):
        raise not_found()
    parent_id = str(_visible(sobject, record_id).get(field.name) or "")
    parent = service().org.schema.by_prefix(parent_id)
    if parent is None:
        raise not_found()
    return find_object(parent.name), parent_id


def _visible(sobject: SObject, record_id: str) -> Row:
    """A live record that the caller may read; 404 otherwise."""
    org, who = service().org, caller()
    row = org.store.get(sobject, record_id)
    if row is None or row.get("IsDeleted") or not sharing.may(org.store, who.user, "read", sobject, row):
        raise not_found()
    return row
