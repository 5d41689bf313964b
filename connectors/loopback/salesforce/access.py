"""Users of the API and what each may see and do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from connectors.loopback.salesforce.schema import Field, SObject

ACTIONS = ("create", "read", "edit", "delete")
PERMISSION_KEYS = ("objects", "hidden_fields", "read_only_fields", "visible_fields")
# Never hidden by field-level security.
_ALWAYS_VISIBLE = {"Id", "SystemModstamp", "IsDeleted"}


@dataclass
class User:
    """One person or integration. Permissions default to everything the org's schema allows.

    ``objects`` {sobject: actions}; an object that is not named allows all four.
    """

    id: str
    username: str
    time_zone: str = "America/Los_Angeles"
    objects: dict[str, set[str]] = field(default_factory=dict)
    hidden_fields: dict[str, set[str]] = field(default_factory=dict)
    read_only_fields: dict[str, set[str]] = field(default_factory=dict)
    visible_fields: dict[str, set[str]] = field(default_factory=dict)
    view_setup: bool = True

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def may(self, action: str, sobject: SObject) -> bool:
        return action in self.objects.get(sobject.name, ACTIONS)

    def sees(self, sobject: SObject, entry: Field) -> bool:
        """Field-level security; a hidden field is absent from describe and queries."""
        if entry.name in self.hidden_fields.get(sobject.name, ()):
            return entry.name in _ALWAYS_VISIBLE
        return not entry.hidden or entry.name in self.visible_fields.get(sobject.name, ())

    def may_write(self, sobject: SObject, entry: Field, *, creating: bool) -> bool:
        if entry.name in self.read_only_fields.get(sobject.name, ()):
            return False
        return entry.createable if creating else entry.updateable

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
