"""Users of the API and what each may see and do.

What the org grants comes from the permission records (:mod:`permissions`); a configured user
may be restricted further, or be shown a hidden field, by keys of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connectors.loopback.salesforce.schema import Field, SObject

ACTIONS = ("create", "read", "edit", "delete")
PERMISSION_KEYS = ("objects", "hidden_fields", "read_only_fields", "visible_fields")
# Never hidden by field-level security.
_ALWAYS_VISIBLE = {"Id", "SystemModstamp", "IsDeleted"}
# Objects without permissions of their own follow another's [D:object reference, special access rules].
FOLLOWS = {
    "AccountHistory": "Account",
    "CampaignMember": "Campaign",
    "CampaignMemberStatus": "Campaign",
    "ContactHistory": "Contact",
    "LeadHistory": "Lead",
    "OpportunityContactRole": "Opportunity",
    "OpportunityFieldHistory": "Opportunity",
    "OpportunityHistory": "Opportunity",
}
# Setup objects and activities: a system permission is asked for, any one of these.
_TO_READ: dict[str, frozenset[str]] = {
    "CustomField": frozenset({"ViewSetup"}),
    "FieldPermissions": frozenset({"ViewSetup"}),
    "ObjectPermissions": frozenset({"ViewSetup"}),
    "PermissionSet": frozenset({"ViewSetup"}),
    "PermissionSetAssignment": frozenset({"ViewSetup", "AssignPermissionSets", "ManageUsers"}),
    "ValidationRule": frozenset({"ViewSetup"}),
}
_TO_WRITE: dict[str, frozenset[str]] = {
    "CustomField": frozenset({"CustomizeApplication"}),
    "Event": frozenset({"EditEvent"}),
    "FieldPermissions": frozenset({"ManageProfilesPermissionsets"}),
    "Group": frozenset({"ManageUsers"}),
    "GroupMember": frozenset({"ManageUsers"}),
    "ObjectPermissions": frozenset({"ManageProfilesPermissionsets"}),
    "PermissionSet": frozenset({"ManageProfilesPermissionsets"}),
    "PermissionSetAssignment": frozenset({"AssignPermissionSets", "ManageUsers"}),
    "QueueSobject": frozenset({"ManageUsers"}),
    "Task": frozenset({"EditTask"}),
    "User": frozenset({"ManageUsers"}),
    "UserRole": frozenset({"ManageUsers"}),
    "ValidationRule": frozenset({"CustomizeApplication"}),
}
# What Modify All Data and View All Data stand for, object by object.
_DATA = frozenset({*ACTIONS, "view_all", "modify_all"})
_VIEW = frozenset({"read", "view_all"})
AUDIT_FIELDS = frozenset({"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById"})


@dataclass(frozen=True)
class Grants:
    """The union of a profile and of permission sets.

    ``system``: permissions such as "ApiEnabled". ``objects``: the four actions, "view_all" and
    "modify_all", for objects that have permissions of their own. ``readable`` / ``editable``:
    the fields that field-level security lets through, by object.
    """

    system: frozenset[str] = frozenset()
    objects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    readable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    editable: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def on(self, sobject: str) -> frozenset[str]:
        """The actions on an object that has, or follows one with, object permissions."""
        named = self.objects.get(FOLLOWS.get(sobject, sobject), frozenset())
        if "ModifyAllData" in self.system:
            return _DATA
        return named | _VIEW if "ViewAllData" in self.system else named

    def may(self, action: str, sobject: SObject) -> bool:
        if sobject.name in FOLLOWS or sobject.has_permissions:
            return action in self.on(sobject.name)
        wanted = (_TO_READ if action == "read" else _TO_WRITE).get(sobject.name)
        return wanted is None or not wanted.isdisjoint(self.system)


@dataclass
class User:
    """One person or integration.

    ``objects`` {sobject: actions}: an object that is named allows no more than these.
    ``sharing``: the org-wide defaults (:mod:`sharing`).
    """

    id: str
    username: str
    time_zone: str = "America/Los_Angeles"
    objects: dict[str, set[str]] = field(default_factory=dict)
    hidden_fields: dict[str, set[str]] = field(default_factory=dict)
    read_only_fields: dict[str, set[str]] = field(default_factory=dict)
    visible_fields: dict[str, set[str]] = field(default_factory=dict)
    view_setup: bool = True
    sharing: dict[str, str] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def has(self, permission: str) -> bool:
        """A system permission, "ViewSetup" for one."""
        if permission == "ViewSetup" and not self.view_setup:
            return False
        return permission in self.grants.system

    def may(self, action: str, sobject: SObject) -> bool:
        return action in self.objects.get(sobject.name, ACTIONS) and self.grants.may(action, sobject)

    def sees_all(self, sobject: SObject) -> bool:
        return not self.grants.on(sobject.name).isdisjoint({"view_all", "modify_all"})

    def modifies_all(self, sobject: SObject) -> bool:
        return "modify_all" in self.grants.on(sobject.name)

    def sees(self, sobject: SObject, entry: Field) -> bool:
        """Field-level security; a hidden field is absent from describe, queries and writes."""
        if entry.name in self.hidden_fields.get(sobject.name, ()):
            return entry.name in _ALWAYS_VISIBLE
        if not entry.permissionable:
            return True
        return entry.name in self.grants.readable.get(sobject.name, ()) or self._is_shown(sobject, entry)

    def may_write(self, sobject: SObject, entry: Field, *, creating: bool) -> bool:
        if entry.name in self.read_only_fields.get(sobject.name, ()):
            return False
        if creating and entry.name in AUDIT_FIELDS and self.has("CreateAuditFields"):
            return True
        if not (entry.createable if creating else entry.updateable):
            return False
        if not entry.permissionable:
            return True
        return entry.name in self.grants.editable.get(sobject.name, ()) or self._is_shown(sobject, entry)

    def readable_fields(self, sobject: SObject) -> list[Field]:
        return [entry for entry in sobject.fields.values() if self.sees(sobject, entry)]

    def grant(self, permissions: dict[str, Any]) -> None:
        """Take over ``objects`` / ``hidden_fields`` / … of one or more objects.

        Raises ValueError for an unknown key or action.
        """
        unknown = sorted(set(permissions) - {*PERMISSION_KEYS, "view_setup"})
        if unknown:
            raise ValueError(f"Unknown permission keys: {', '.join(unknown)}.")
        for key in PERMISSION_KEYS:
            mapping: dict[str, set[str]] = getattr(self, key)
            for sobject, names in permissions.get(key, {}).items():
                wrong = set(names) - set(ACTIONS) if key == "objects" else set()
                if wrong:
                    raise ValueError(f"Actions are {', '.join(ACTIONS)}; not {sorted(wrong)}.")
                mapping[sobject] = set(names)
        if "view_setup" in permissions:
            self.view_setup = bool(permissions["view_setup"])

    def _is_shown(self, sobject: SObject, entry: Field) -> bool:
        return entry.name in self.visible_fields.get(sobject.name, ())
