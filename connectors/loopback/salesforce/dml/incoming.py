"""The JSON of one record, read: names resolved, permissions checked, values converted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import Field, SObject

_POLYMORPHIC_TEXT = "Nested object for polymorphic foreign key must have an attributes field before any other fields."


def read(org: Org, caller: Caller, sobject: SObject, body: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
    """``{field: stored value}`` of what the body sets; ``attributes`` and the id are skipped.

    Raises RecordError INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, JSON_PARSER_ERROR.
    """
    out: dict[str, Any] = {}
    denied: list[str] = []
    for key, value in body.items():
        if key == "attributes" or key.lower() == "id":
            continue
        field = sobject.find(key)
        if isinstance(value, Mapping):
            relation = sobject.find_relationship(key)
            if relation is None:
                raise _no_such_column(key, sobject)
            field, value = relation, _referenced_id(org, caller, relation, value)
        if field is None or not caller.user.sees(sobject, field):
            raise _no_such_column(key, sobject)
        if not caller.user.may_write(sobject, field, creating=creating):
            denied.append(field.name)
            continue
        out[field.name] = convert(field, value)
    if denied:
        raise RecordError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(denied)}. Please check the security "
            "settings of this field and verify that it is read/write for your profile or "
            "permission set.",
            denied,
        )
    return out


def convert(field: Field, value: Any) -> Any:
    """A JSON value as stored; ids in 18 characters."""
    stored = values.to_store(value, field.type, field.name)
    if field.type in values.ID_TYPES and stored is not None:
        found = ids.normalize(stored)
        if found is None:
            raise wrong_id(field, stored)
        return found
    if field.type in values.DOUBLE_TYPES and stored is not None:
        return round(stored, field.scale)
    return stored


def given_id(sobject: SObject, value: Any) -> str:
    """The id that a row of an update names, in 18 characters.

    Raises MISSING_ARGUMENT, MALFORMED_ID.
    """
    if not value:
        raise RecordError("MISSING_ARGUMENT", "Id not specified in an update call")
    found = ids.normalize(value)
    if found is None:
        raise RecordError("MALFORMED_ID", f"{sobject.name} ID: id value of incorrect type: {value}", ["Id"])
    return found


def refuse_id(body: Mapping[str, Any]) -> None:
    """Raises INVALID_FIELD_FOR_INSERT_UPDATE for a row of an insert that brings an id."""
    if any(value for key, value in body.items() if key.lower() == "id"):
        raise RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])


def wrong_id(field: Field, value: str) -> RecordError:
    text = f"{field.label}: id value of incorrect type: {value}"
    return RecordError("MALFORMED_ID", text, [field.name])


def _no_such_column(name: str, sobject: SObject) -> RecordError:
    text = f"No such column '{name}' on sobject of type {sobject.name}"
    return RecordError("INVALID_FIELD", text, None)  # [R:restforce/write_error_response]


def _referenced_id(org: Org, caller: Caller, relation: Field, body: Mapping[str, Any]) -> str:
    """``"Account": {"Ext__c": "x"}``: the id of the record that this external id names."""
    keys = [key for key in body if key != "attributes"]
    target_name = relation.reference_to[0]
    if relation.polymorphic:
        if next(iter(body), None) != "attributes":
            raise RecordError("JSON_PARSER_ERROR", _POLYMORPHIC_TEXT)
        target_name = (body["attributes"] or {}).get("type", "")
    target = org.schema.find(target_name)
    key_field = target.find(keys[0]) if target and len(keys) == 1 else None
    known = target and key_field and key_field.is_lookup_key and caller.user.sees(target, key_field)
    if target is None or key_field is None or not known or not caller.user.may("read", target):
        name = keys[0] if keys else relation.relationship
        raise RecordError("INVALID_FIELD", f"No such column '{name}' on sobject of type {target_name}")
    value = convert(key_field, body[keys[0]])
    found = find_by_key(org, target, key_field, value)
    if len(found) != 1:
        raise RecordError(  # [R:camel/composite_response_failure]
            "INVALID_FIELD",
            f"Foreign key external ID: {value} not found for field {key_field.name} in entity {target.name}",
        )
    return found[0]


def find_by_key(org: Org, sobject: SObject, key: Field, value: Any) -> list[str]:
    """Ids of the records that carry this external id (or e-mail, or id), oldest first."""
    if value is None:
        return []
    condition = f'"{key.name}" = ?'
    if sobject.has("IsDeleted") and org.settings.upsert_ignores_recycle_bin:
        condition += ' AND "IsDeleted" = 0'
    return sorted(org.store.ids_where(sobject, condition, (value,)))
