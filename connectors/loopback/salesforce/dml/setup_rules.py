"""Rules of the setup objects: permission sets and what hangs on them.

Sources: the object reference of ObjectPermissions, FieldPermissions and PermissionSetAssignment;
the texts are UNCONFIRMED.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row

# What a permission on an object cannot be without [D:object-objectpermissions].
_DEPENDS_ON = {
    "Create": ("Read",),
    "Edit": ("Read",),
    "Delete": ("Read", "Edit"),
    "ViewAllRecords": ("Read",),
    "ModifyAllRecords": ("Read", "Edit", "Delete", "ViewAllRecords"),
}


def check(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    """Raises RecordError when a setup record makes no sense or exists already."""
    rule = _BY_OBJECT.get(sobject.name)
    if rule is not None:
        rule(org, sobject, row, own_id)


def after_save(org: Org, sobject: SObject, row: Row) -> None:
    """FieldPermissions and ObjectPermissions that let nobody read are deleted."""
    if sobject.name in ("FieldPermissions", "ObjectPermissions") and not row["PermissionsRead"]:
        org.store.purge(sobject, row["Id"])


def _permission_set(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    row["Type"] = row.get("Type") or "Regular"
    row["IsCustom"] = int(row["Type"] == "Regular")
    _only_one(org, sobject, row, own_id, ("Name",))


def _object_permissions(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    target = org.schema.find(row["SobjectType"])
    if target is None or not target.has_permissions:
        raise _bad_value(org, "SObject Type Name", row["SobjectType"], "SobjectType")
    row["SobjectType"] = target.name
    for name, needed in _DEPENDS_ON.items():
        missing = [entry for entry in needed if not row[f"Permissions{entry}"]]
        # Without Read nothing is left of the record, so nothing depends on it.
        if row[f"Permissions{name}"] and missing and (own_id is None or row["PermissionsRead"]):
            text = f"Permission {name} {target.name} depends on permission(s): {', '.join(missing)} {target.name}"
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, [f"Permissions{name}"])
    _only_one(org, sobject, row, own_id, ("ParentId", "SobjectType"))


def _field_permissions(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    home, _, name = row["Field"].partition(".")
    target = org.schema.find(row["SobjectType"])
    entry = target.find(name) or target.find(f"{name}Id") if target and home.lower() == target.name.lower() else None
    if target is None or entry is None or not entry.permissionable:
        raise _bad_value(org, "Field Name", row["Field"], "Field")
    row["SobjectType"], row["Field"] = target.name, f"{target.name}.{entry.name}"
    if row["PermissionsEdit"] and not row["PermissionsRead"] and own_id is None:
        text = f"Permission Edit {row['Field']} depends on permission(s): Read {row['Field']}"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["PermissionsEdit"])
    _only_one(org, sobject, row, own_id, ("ParentId", "Field"))


def _assignment(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    found = org.store.get(org.schema["PermissionSet"], row["PermissionSetId"])
    if found and found["IsOwnedByProfile"]:
        text = "PermissionSet is owned by a profile and cannot be assigned"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["PermissionSetId"])
    _only_one(org, sobject, row, own_id, ("PermissionSetId", "AssigneeId"))


def _only_one(org: Org, sobject: SObject, row: Row, own_id: str | None, names: tuple[str, ...]) -> None:
    condition = " AND ".join(f'"{name}" = ?' for name in names)
    params = [*(row[name] for name in names), own_id]
    if org.store.ids_where(sobject, f'{condition} AND "Id" IS NOT ?', params):
        raise already_there(org)


def already_there(org: Org) -> RecordError:
    """Setup objects do not tell which record it is."""
    return RecordError("DUPLICATE_VALUE", org.text("DUPLICATE_VALUE", name="<unknown>", id="<unknown>"))


def _bad_value(org: Org, label: str, value: str, name: str) -> RecordError:
    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    return RecordError(code, org.text(code, label=label, value=value), [name])


_BY_OBJECT: dict[str, Callable[[Org, SObject, Row, str | None], None]] = {
    "FieldPermissions": _field_permissions,
    "ObjectPermissions": _object_permissions,
    "PermissionSet": _permission_set,
    "PermissionSetAssignment": _assignment,
}
