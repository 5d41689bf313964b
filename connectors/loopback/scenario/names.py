"""Whether what a scenario names exists: objects, fields, values, people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.hubspot.errors import ApiError
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.scenario.problems import Problems
from connectors.loopback.scenario.toml_lines import Place

# The tests of a predicate (salesforce/rules.py); "all", "any" and "not" combine predicates.
_TESTS = {"in", "not", "blank", "changed", "gt", "ge", "lt", "le"}
_SYSTEMS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


class Names:
    """Every method notes a problem at ``place`` when it does not find what it is asked for.

    ``coming`` are fields that an event adds later: (system, object, field).
    """

    def __init__(self, hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, problems: Problems) -> None:
        self._hubspot = hubspot
        self._salesforce = salesforce
        self._problems = problems
        self.coming: set[tuple[str, str, str]] = set()

    def object(self, system: str, name: str, place: Place) -> str | None:
        """The object's own spelling."""
        if system == "salesforce":
            found = self._salesforce.org.schema.find(name)
            known = [entry.name for entry in self._salesforce.org.schema]
            if found is not None:
                return found.name
        else:
            try:
                return self._hubspot.portal.kinds.resolve(name).name
            except ApiError:
                known = [kind.name for kind in self._hubspot.portal.kinds]
        self._problems.unknown(place, f"{_SYSTEMS[system]} object", name, known)
        return None

    def field(self, system: str, kind: str, name: str, place: Place) -> bool:
        """``kind`` as :meth:`object` gave it."""
        known = self._fields(system, kind)
        if name in known or (system, kind, name) in self.coming:
            return True
        self._problems.unknown(place, f"field of {_SYSTEMS[system]}'s {kind}", name, known)
        return False

    def split(self, system: str, path: str, place: Place) -> tuple[str, str] | None:
        """Object and field of ``"Lead.syncd_tier__c"``."""
        kind, dot, name = path.partition(".")
        if not dot:
            example = "Lead.syncd_tier__c" if system == "salesforce" else "contacts.syncd_tier"
            self._problems.add(place, f'"{path}" names no object; write it like "{example}".')
            return None
        found = self.object(system, kind, place)
        return (found, name) if found and self.field(system, found, name, place) else None

    def predicate(self, system: str, kind: str, when: Mapping[str, Any], place: Place) -> bool:
        """Every field and test of a ``when`` or ``where``."""
        known = [self._clause(system, kind, key, wanted, (*place, key)) for key, wanted in when.items()]
        return all(known)

    def _clause(self, system: str, kind: str, key: str, wanted: Any, place: Place) -> bool:
        if key in ("all", "any", "not"):
            parts = wanted if isinstance(wanted, list) and key != "not" else [wanted]
            if all(isinstance(part, Mapping) for part in parts):
                known = [self.predicate(system, kind, part, place) for part in parts]
                return all(known)
            self._problems.add(place, f'"{key}" takes tables of fields and values.')
            return False
        unknown_tests = wanted.keys() - _TESTS if isinstance(wanted, Mapping) else ()
        for test in unknown_tests:
            self._problems.unknown(place, "test", test, _TESTS)
        return self.field(system, kind, key, place) and not unknown_tests

    def values(self, system: str, kind: str, fields: Mapping[str, Any], place: Place) -> None:
        """The fields of a write, and their values where only some are taken."""
        for name, value in fields.items():
            inner = (*place, name)
            if not self.field(system, kind, name, inner) or not isinstance(value, str) or not value:
                continue
            taken = self._options(system, kind, name)
            if taken is not None and value not in taken:
                self._problems.unknown(inner, f"value of {kind}.{name}", value, taken)

    def option(self, system: str, kind: str, name: str, value: str, place: Place) -> None:
        """A value that the field's list has, open or closed."""
        known = self._listed(system, kind, name)
        if value not in known:
            self._problems.unknown(place, f"value of {kind}.{name}", value, known)

    def owner_id(self, owner: str, place: Place) -> str | None:
        """The Salesforce id of a user by name, or of a queue."""
        if user := self._salesforce.service.user_named(owner):
            return user.id
        store, schema = self._salesforce.org.store, self._salesforce.org.schema
        queues = {row["Name"]: row["Id"] for row in store.where(schema["Group"], "\"Type\" = 'Queue'")}
        if owner in queues:
            return str(queues[owner])
        users = [row["Username"] for row in store.where(schema["User"])]
        self._problems.unknown(place, "user or queue", owner, [*users, *queues])
        return None

    def user(self, username: str, place: Place) -> None:
        """A Salesforce user by name."""
        if self._salesforce.service.user_named(username) is None:
            rows = self._salesforce.org.store.where(self._salesforce.org.schema["User"])
            self._problems.unknown(place, "user", username, [row["Username"] for row in rows])

    def hubspot_owner_id(self, email: str, place: Place) -> str | None:
        owners = {owner.email: owner.id for owner in self._hubspot.portal.owners.all()}
        if email in owners:
            return owners[email]
        self._problems.unknown(place, "HubSpot owner", email, owners)
        return None

    def _fields(self, system: str, kind: str) -> set[str]:
        if system == "salesforce":
            return set(self._salesforce.org.schema[kind].fields)
        return {entry.name for entry in self._hubspot.portal.schema.properties(kind)}

    def _options(self, system: str, kind: str, name: str) -> list[str] | None:
        """The open values of a field that takes no other."""
        if system == "salesforce":
            found = self._salesforce.org.schema[kind].fields.get(name)
            return found.picklist_values() if found and found.restrictedPicklist else None
        entry = self._hubspot.portal.schema.property(kind, name)
        if entry is None or entry.type != "enumeration" or entry.external_options or entry.multiple:
            return None
        return [option["value"] for option in entry.options]

    def _listed(self, system: str, kind: str, name: str) -> list[str]:
        if system == "salesforce":
            found = self._salesforce.org.schema[kind].fields.get(name)
            return [entry["value"] for entry in found.picklist] if found else []
        entry = self._hubspot.portal.schema.property(kind, name)
        return [option["value"] for option in entry.options] if entry else []
