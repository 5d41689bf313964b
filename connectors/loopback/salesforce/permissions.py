"""Profiles and permission sets, kept as the records that the API shows.

A profile owns a hidden PermissionSet; a user has the union of that one and of the sets
assigned. ObjectPermissions and FieldPermissions hang on a set. Everything that is read here
may be changed over REST, and counts from the next request on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.loopback.salesforce import seed
from connectors.loopback.salesforce.access import ACTIONS, FOLLOWS
from connectors.loopback.salesforce.grants import OBJECT_COLUMNS, SYSTEM_PREFIX
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

ADMINISTRATOR = "System Administrator"
_SALES = ("Account", "Contact", "Lead", "Opportunity")
# Profiles every org has. An administrator has to be given CreateAuditFields and BulkApiHardDelete.
_PROFILES: tuple[tuple[str, frozenset[str] | None, tuple[str, ...]], ...] = (
    (ADMINISTRATOR, None, tuple(OBJECT_COLUMNS)),
    ("Standard User", frozenset({"ApiEnabled", "ConvertLeads", "EditEvent", "EditTask", "ViewSetup"}), ACTIONS),
    ("Minimum Access - Salesforce", frozenset(), ()),
    ("Minimum Access - API Only Integrations", frozenset({"ApiEnabled", "ApiUserOnly"}), ()),
)
_NOT_THE_ADMINISTRATORS = {"ApiUserOnly", "BulkApiHardDelete", "CreateAuditFields"}
_SET_KEYS = {"name", "label", "description", "system", "objects", "fields"}


def system_permissions(sobject: SObject) -> list[str]:
    """The system permissions a PermissionSet knows: "ApiEnabled", …"""
    return [name.removeprefix(SYSTEM_PREFIX) for name in sobject.fields if name.startswith(SYSTEM_PREFIX)]


def seed_profiles(org: Org) -> None:
    """The profiles of a fresh org; the administrator's is the first."""
    schema = org.schema
    every = set(system_permissions(schema["PermissionSet"])) - _NOT_THE_ADMINISTRATORS
    for name, system, actions in _PROFILES:
        (profile,) = seed.load(org, schema["Profile"], [{"Name": name, "UserType": "Standard"}], "")
        row: Row = {
            "Name": f"X{profile}", "Label": f"X{profile}", "ProfileId": profile,
            "IsOwnedByProfile": True, "IsCustom": False, "Type": "Profile",
        }  # fmt: skip
        row |= {SYSTEM_PREFIX + entry: True for entry in (every if system is None else system)}
        (parent,) = seed.load(org, schema["PermissionSet"], [row], "")
        if actions:
            _grant_objects(org, parent, _objects_of(org, name, actions))
            shown = [(s, f) for s in schema for f in s.fields.values() if f.permissionable and not f.hidden]
            _grant_fields(org, parent, [(s.name, f, True) for s, f in shown])


def _objects_of(org: Org, profile: str, actions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if profile == ADMINISTRATOR:
        return {sobject.name: actions for sobject in org.schema if sobject.has_permissions}
    return dict.fromkeys(_SALES, actions) | {"Campaign": ("read",)}


def add_permission_set(org: Org, definition: Mapping[str, Any], user_id: str) -> str:
    """``{"name", "label"?, "description"?, "system"?: ["ApiEnabled"], "objects"?: {"Lead":
    ["create", "read", "edit", "delete", "view_all", "modify_all"]}, "fields"?: {"Lead":
    {"read": [...], "edit": [...]}}}``; an editable field is readable too. Its id.

    Raises ValueError for what the org does not have.
    """
    schema = org.schema
    unknown = set(definition) - _SET_KEYS
    unknown |= set(definition.get("system", ())) - set(system_permissions(schema["PermissionSet"]))
    for name, actions in definition.get("objects", {}).items():
        unknown |= set(actions) - set(OBJECT_COLUMNS)
        unknown |= {name} if name not in {s.name for s in schema if s.has_permissions} else set()
    fields: list[tuple[str, Field, bool]] = []
    for name, access in definition.get("fields", {}).items():
        sobject = schema.find(name)
        unknown |= set(access) - {"read", "edit"}
        for field_name in {*access.get("read", ()), *access.get("edit", ())}:
            found = sobject.find(field_name) if sobject else None
            if found is None or not found.permissionable:
                unknown.add(f"{name}.{field_name}")
            else:
                fields.append((name, found, field_name in access.get("edit", ())))
    if unknown:
        raise ValueError(f"A permission set cannot say: {', '.join(sorted(unknown))}.")
    row: Row = {
        "Name": definition["name"],
        "Label": definition.get("label", definition["name"]),
        "Description": definition.get("description"),
        "IsCustom": True,
        "Type": "Regular",
    }
    row |= {SYSTEM_PREFIX + entry: True for entry in definition.get("system", ())}
    (parent,) = seed.load(org, schema["PermissionSet"], [row], user_id)
    _grant_objects(org, parent, definition.get("objects", {}))
    _grant_fields(org, parent, fields)
    return parent


def assign(org: Org, user_id: str, names: Iterable[str]) -> None:
    """Give a user these permission sets. Raises ValueError for an unknown one."""
    for name in names:
        found = org.store.ids_where(org.schema["PermissionSet"], '"Name" = ?', (name,))
        if not found:
            raise ValueError(f'There is no permission set "{name}".')
        row = {"PermissionSetId": found[0], "AssigneeId": user_id}
        seed.load(org, org.schema["PermissionSetAssignment"], [row], user_id)


def show_field(org: Org, sobject: SObject, entry: Field) -> None:
    """Visible and editable for every profile that reads the object, as Setup proposes it."""
    if not entry.permissionable:
        return
    condition, params = '"IsOwnedByProfile" = 1', list[str]()
    governing = org.schema[FOLLOWS.get(sobject.name, sobject.name)]
    if governing.has_permissions:
        readers = 'SELECT "ParentId" FROM "ObjectPermissions" WHERE "SobjectType" = ? AND "PermissionsRead" = 1'
        condition += f' AND "Id" IN ({readers})'
        params.append(governing.name)
    for parent in org.store.ids_where(org.schema["PermissionSet"], condition, params):
        _grant_fields(org, parent, [(sobject.name, entry, True)])


def forget_field(org: Org, sobject: SObject, name: str) -> None:
    org.store.db.execute('DELETE FROM "FieldPermissions" WHERE "Field" = ?', (f"{sobject.name}.{name}",))


def _grant_objects(org: Org, parent: str, objects: Mapping[str, Iterable[str]]) -> None:
    rows = [
        {"ParentId": parent, "SobjectType": name} | {OBJECT_COLUMNS[action]: True for action in actions}
        for name, actions in objects.items()
    ]
    seed.load(org, org.schema["ObjectPermissions"], rows, "")


def _grant_fields(org: Org, parent: str, fields: Iterable[tuple[str, Field, bool]]) -> None:
    rows = [
        {
            "ParentId": parent,
            "SobjectType": sobject,
            "Field": f"{sobject}.{entry.name}",
            "PermissionsRead": True,
            "PermissionsEdit": edit and (entry.createable or entry.updateable),
        }
        for sobject, entry, edit in fields
    ]
    seed.load(org, org.schema["FieldPermissions"], rows, "")
