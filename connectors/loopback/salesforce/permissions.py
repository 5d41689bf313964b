"""Profiles and permission sets, kept as the records that the API shows.

A profile owns a hidden PermissionSet; a user has the union of that one and of the sets
assigned. ObjectPermissions and FieldPermissions hang on a set. Everything that is read here
may be changed over REST, and counts from the next request on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.loopback.salesforce import seed
from connectors.loopback.salesforce.access import ACTIONS, FOLLOWS, Grants, User
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row, Store

ADMINISTRATOR = "System Administrator"
# Action of a user: the column of ObjectPermissions that grants it.
OBJECT_COLUMNS = {
    "create": "PermissionsCreate",
    "read": "PermissionsRead",
    "edit": "PermissionsEdit",
    "delete": "PermissionsDelete",
    "view_all": "PermissionsViewAllRecords",
    "modify_all": "PermissionsModifyAllRecords",
}
_SYSTEM_PREFIX = "Permissions"
_SALES = ("Account", "Contact", "Lead", "Opportunity")
# Profiles every org has. An administrator has no CreateAuditFields before the org is told to.
_PROFILES: tuple[tuple[str, frozenset[str] | None, tuple[str, ...]], ...] = (
    (ADMINISTRATOR, None, tuple(OBJECT_COLUMNS)),
    ("Standard User", frozenset({"ApiEnabled", "ConvertLeads", "EditEvent", "EditTask", "ViewSetup"}), ACTIONS),
    ("Minimum Access - Salesforce", frozenset(), ()),
    ("Minimum Access - API Only Integrations", frozenset({"ApiEnabled", "ApiUserOnly"}), ()),
)
_NOT_THE_ADMINISTRATORS = {"ApiUserOnly", "CreateAuditFields"}
_SET_KEYS = {"name", "label", "description", "system", "objects", "fields"}
_WATCHED = {
    "PermissionSet": ("INSERT", "UPDATE", "DELETE"),
    "ObjectPermissions": ("INSERT", "UPDATE", "DELETE"),
    "FieldPermissions": ("INSERT", "UPDATE", "DELETE"),
    "PermissionSetAssignment": ("INSERT", "UPDATE", "DELETE"),
    "User": ('UPDATE OF "ProfileId"',),
}


class Permissions:
    """Reads what a user is granted; knows by the store when it has to read again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._schema = store.schema
        self._known: dict[str, tuple[int, Grants]] = {}
        self._seen: int | None = None
        # When a change was first noticed.
        self.changed = datetime(2000, 1, 1, tzinfo=UTC)
        with store.transaction():
            store.db.execute('CREATE TABLE IF NOT EXISTS "~access" (revision INTEGER)')
            store.db.execute('INSERT INTO "~access" VALUES (0)')
            # A random revision is never met again, not even after a rollback.
            for table, events in _WATCHED.items():
                for event in events:
                    name = f"{table}~{event.split()[0]}"
                    store.db.execute(
                        f'CREATE TRIGGER IF NOT EXISTS "{name}" AFTER {event} ON "{table}" '
                        'BEGIN UPDATE "~access" SET revision = random(); END'
                    )

    def refresh(self, user: User, now: datetime) -> None:
        """Bring ``user.grants`` up to what the records say now."""
        (revision,) = self._store.db.execute('SELECT revision FROM "~access"').fetchone()
        if self._seen not in (None, revision):
            self.changed = now
        self._seen = revision
        known = self._known.get(user.id)
        if known is None or known[0] != revision:
            known = self._known[user.id] = (revision, self._read(user.id))
        user.grants = known[1]

    def _read(self, user_id: str) -> Grants:
        sets = self._sets_of(user_id)
        system = {
            name.removeprefix(_SYSTEM_PREFIX)
            for row in sets
            for name, value in row.items()
            if value and name.startswith(_SYSTEM_PREFIX)
        }
        objects: dict[str, set[str]] = defaultdict(set)
        readable: dict[str, set[str]] = defaultdict(set)
        editable: dict[str, set[str]] = defaultdict(set)
        for row in self._children(sets, "ObjectPermissions"):
            objects[row["SobjectType"]].update(a for a, column in OBJECT_COLUMNS.items() if row[column])
        for row in self._children(sets, "FieldPermissions"):
            name = row["Field"].partition(".")[2]
            if row["PermissionsRead"]:
                readable[row["SobjectType"]].add(name)
            if row["PermissionsEdit"]:
                editable[row["SobjectType"]].add(name)
        return Grants(frozenset(system), _frozen(objects), _frozen(readable), _frozen(editable))

    def _sets_of(self, user_id: str) -> list[Row]:
        return self._store.where(
            self._schema["PermissionSet"],
            '"ProfileId" = (SELECT "ProfileId" FROM "User" WHERE "Id" = ?) OR "Id" IN '
            '(SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?)',
            (user_id, user_id),
        )

    def _children(self, sets: list[Row], name: str) -> Iterable[Row]:
        for row in sets:
            yield from self._store.where(self._schema[name], '"ParentId" = ?', (row["Id"],))


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(members) for name, members in sets.items()}


def system_permissions(sobject: SObject) -> list[str]:
    """The system permissions a PermissionSet knows: "ApiEnabled", …"""
    return [name.removeprefix(_SYSTEM_PREFIX) for name in sobject.fields if name.startswith(_SYSTEM_PREFIX)]


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
        row |= {_SYSTEM_PREFIX + entry: True for entry in (every if system is None else system)}
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
    row |= {_SYSTEM_PREFIX + entry: True for entry in definition.get("system", ())}
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
