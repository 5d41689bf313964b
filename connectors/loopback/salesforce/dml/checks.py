"""What every row must satisfy before it is saved, whatever the admin's rules say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.loopback.salesforce import sharing, values
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.dml.incoming import wrong_id
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

# User types that may own records.
OWNER_USER_TYPES = {"Standard", "PowerPartner"}


def required(sobject: SObject, row: Row, touched: Iterable[str] | None = None) -> None:
    """REQUIRED_FIELD_MISSING names every missing field at once [R:grouparoo/errors].

    ``touched``: only these fields, for an update; None for a create.
    """
    missing = [
        name for name in sobject.required_fields if row.get(name) is None and (touched is None or name in touched)
    ]
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise RecordError("REQUIRED_FIELD_MISSING", text, missing)


def field_values(org: Org, user: User, sobject: SObject, changes: Row) -> None:
    """Lengths, number ranges, e-mail syntax, restricted picklists, references, owner."""
    for name, value in changes.items():
        if value is None:
            continue
        field = sobject.fields[name]
        if isinstance(value, str) and field.type not in values.ID_TYPES:
            _check_text(org, field, value)
        elif field.type in values.NUMBER_TYPES:
            _check_number(field, value)
        elif field.type in values.ID_TYPES and name != "Id":
            _check_reference(org, user, sobject, field, value)


def unique(org: Org, sobject: SObject, changes: Row, own_id: str | None) -> None:
    """DUPLICATE_VALUE names the record that has the value; converted leads count too."""
    for name, value in changes.items():
        if value is None or not sobject.fields[name].unique:
            continue
        condition = f'"{name}" = ? AND "Id" IS NOT ?'
        if sobject.has("IsDeleted"):
            condition += ' AND "IsDeleted" = 0'
        holders = org.store.ids_where(sobject, condition, (value, own_id))
        if holders:
            raise RecordError("DUPLICATE_VALUE", org.text("DUPLICATE_VALUE", name=name, id=holders[0][:15]))


def _check_text(org: Org, field: Field, value: str) -> None:
    if field.length and len(value) > field.length:
        text = org.text("STRING_TOO_LONG", label=field.label, value=value, length=field.length)
        raise RecordError("STRING_TOO_LONG", text, [field.name])
    if field.type == "email" and not values.is_email(value):
        text = f"{field.label}: invalid email address: {value}"
        raise RecordError("INVALID_EMAIL_ADDRESS", text, [field.name])
    if not _is_of_picklist(field, value):
        code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        raise RecordError(code, org.text(code, label=field.label, value=value), [field.name])


def _is_of_picklist(field: Field, value: str) -> bool:
    if field.name.endswith("TimeZoneSidKey"):
        return values.is_time_zone(value)  # its hundreds of values are not listed in the describe
    if not field.restrictedPicklist or not field.picklist:
        return True
    chosen = value.split(";") if field.type == "multipicklist" else [value]
    return set(chosen) <= set(field.picklist_values())


def _check_number(field: Field, value: float) -> None:
    digits = field.digits or field.precision - field.scale
    if digits and abs(value) >= 10**digits:
        text = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise RecordError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])


def _check_reference(org: Org, user: User, sobject: SObject, field: Field, value: str) -> None:
    target = org.schema.by_prefix(value)
    if target is None or target.name not in field.reference_to:
        raise wrong_id(field, value)
    found = org.store.get(target, value)
    if found is None:
        raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if found.get("IsDeleted"):
        raise RecordError("ENTITY_IS_DELETED", "entity is deleted", [field.name])
    if not user.may("read", target) or not sharing.may(org.store, user, "read", target, found):
        text = "insufficient access rights on cross-reference id"
        code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        raise RecordError(code, text, status=org.settings.access_status)
    if found.get("IsConverted"):
        raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [field.name])
    if field.name == "OwnerId":
        _check_owner(org, sobject, target, found)


def _check_owner(org: Org, sobject: SObject, target: SObject, owner: dict[str, Any]) -> None:
    if target.name == "User":
        if not owner["IsActive"]:
            raise RecordError(
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{owner['Id'][:15]}] as owner of {sobject.name.lower()}",
            )
        if owner["UserType"] not in OWNER_USER_TYPES:
            raise RecordError(
                "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
                "Operation not valid for this user type: This object does not allow ownership by this user type",
            )
        if not org.permissions.of(owner["Id"], org.clock.now()).may("read", sobject):
            # Text UNCONFIRMED.
            raise RecordError("TRANSFER_REQUIRES_READ", "The new owner must have read permission", ["OwnerId"])
        return
    enabled = org.store.ids_where(
        org.schema["QueueSobject"],
        '"QueueId" = ? AND "SobjectType" = ?',
        (owner["Id"], sobject.name),
    )
    if owner["Type"] != "Queue" or not enabled:
        raise RecordError("INVALID_OWNER", "Queue not associated with this SObject type")
