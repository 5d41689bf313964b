"""What a scenario says about the Salesforce org, carried out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.salesforce.schema import SchemaError
from connectors.loopback.scenario import tables
from connectors.loopback.scenario.field_files import FileProblem, read_describe
from connectors.loopback.scenario.names import Names
from connectors.loopback.scenario.org_fields import replace_field, take_over
from connectors.loopback.scenario.portal_fields import Left
from connectors.loopback.scenario.problems import unknown
from connectors.loopback.scenario.read import Scenario
from connectors.loopback.scenario.toml_lines import Place


def settings(scenario: Scenario, standard: SalesforceSettings) -> SalesforceSettings:
    """``standard`` with the scenario's switches; its permission sets come with its people."""
    return replace(standard, **{**scenario.salesforce_settings, "permission_sets": standard.permission_sets})


def instead_of(scenario: Scenario) -> set[tuple[str, str]]:
    """The standard rules that make way for the scenario's: (kind of rule, object)."""
    table = scenario.content.salesforce
    return {
        *(("assignment", rule.object) for rule in table.assignment_rule),
        *(("duplicate", rule.object) for rule in table.duplicate_rule),
    }


class OrgSetup:
    """Installs the ``[salesforce]`` tables in an emulator; problems are noted, none stops it."""

    def __init__(self, scenario: Scenario, salesforce: SalesforceEmulator, names: Names, integration: str) -> None:
        """``integration`` is the user whom syncd logs in as."""
        self._table = scenario.content.salesforce
        self._settings = scenario.salesforce_settings
        self._folder = scenario.path.parent
        self._salesforce = salesforce
        self._integration = integration
        self._names = names
        self._problems = scenario.problems

    def install(self) -> Left:
        """What of the imported files could not be taken over."""
        left: Left = []
        for file in self._table.describe:
            left += self._import(file, ("salesforce", "describe"))
        for number, field in enumerate(self._table.field):
            self._field(field, ("salesforce", "field", number))
        for number, picklist in enumerate(self._table.picklist):
            self._picklist(picklist, ("salesforce", "picklist", number))
        self._statuses()
        self._check_settings()
        for path in self._table.missing_fields:
            self._remove(path, ("salesforce", "missing_fields"))
        self._people()
        for number, assignment in enumerate(self._table.assignment_rule):
            self._assignment_rule(assignment, ("salesforce", "assignment_rule", number))
        for number, duplicate in enumerate(self._table.duplicate_rule):
            self._duplicate_rule(duplicate, ("salesforce", "duplicate_rule", number))
        for number, validation in enumerate(self._table.validation_rule):
            self._validation_rule(validation, ("salesforce", "validation_rule", number))
        return left

    def _import(self, file: str, place: Place) -> Left:
        with self._problems.told(place, FileProblem, SchemaError):
            describe = read_describe(self._folder / file)
            sobject = self._salesforce.org.schema.find(describe["name"])
            if sobject is None:
                known = [entry.name for entry in self._salesforce.org.schema]
                raise FileProblem(f"{file}: {unknown('Salesforce object', describe['name'], known)}")
            return take_over(self._salesforce, sobject, describe, file)
        return []

    def _field(self, field: tables.CustomField, place: Place) -> None:
        if kind := self._names.object("salesforce", field.object, (*place, "object")):
            with self._problems.told(place, SchemaError):
                definition = field.model_dump(exclude={"object"}, exclude_none=True)
                replace_field(self._salesforce, self._salesforce.org.schema[kind], definition)

    def _picklist(self, picklist: tables.Picklist, place: Place) -> None:
        kind = self._names.object("salesforce", picklist.object, (*place, "object"))
        if kind is None or not self._names.field("salesforce", kind, picklist.field, (*place, "field")):
            return
        with self._problems.told(place, SchemaError):
            entries = [{"value": value, "label": value} for value in picklist.values]
            self._salesforce.set_picklist(kind, picklist.field, entries, restricted=picklist.restricted)

    def _statuses(self) -> None:
        statuses = [status.model_dump() for status in self._table.lead_status]
        if not statuses:
            return
        if not any(status["converted"] for status in statuses):
            place: Place = ("salesforce", "lead_status", 0)
            self._problems.add(place, "One of the Lead statuses needs converted = true: converted leads have it.")
            return
        for number, _ in [entry for entry in enumerate(statuses) if entry[1]["default"]][1:]:
            self._problems.add(("salesforce", "lead_status", number, "default"), "Another Lead status is the default.")
        self._salesforce.set_lead_statuses(statuses)

    def _check_settings(self) -> None:
        """Objects and fields that the settings name."""
        place: Place = ("salesforce", "settings")
        for name in self._settings.get("sharing", {}):
            self._names.object("salesforce", name, (*place, "sharing"))
        for name, fields in self._settings.get("history_tracking", {}).items():
            self._check_fields(name, fields, (*place, "history_tracking"))
        for name, mapping in self._settings.get("lead_field_mapping", {}).items():
            self._check_fields("Lead", mapping, (*place, "lead_field_mapping"))
            self._check_fields(name, mapping.values(), (*place, "lead_field_mapping"))

    def _check_fields(self, sobject: str, names: Iterable[str], place: Place) -> None:
        if kind := self._names.object("salesforce", sobject, place):
            for name in names:
                self._names.field("salesforce", kind, name, place)

    def _remove(self, path: str, place: Place) -> None:
        if found := self._names.split("salesforce", path, place):
            with self._problems.told(place, SchemaError):
                self._salesforce.remove_field(*found)

    def _people(self) -> None:
        for number, queue in enumerate(self._table.queue):
            place: Place = ("salesforce", "queue", number, "objects")
            found = [self._names.object("salesforce", name, place) for name in queue.objects]
            if all(found):
                self._salesforce.add_queue(queue.name, queue.objects)
        for definition in self._settings.get("permission_sets", ()):
            with self._problems.told(("salesforce", "settings", "permission_sets"), KeyError, ValueError):
                self._salesforce.add_permission_set(definition)
        for app in self._table.app:
            self._salesforce.add_app(app.model_dump(exclude_none=True))
        for number, user in enumerate(self._table.user):
            self._user(user, ("salesforce", "user", number))
        for number, app in enumerate(self._table.app):
            for name in (*([app.run_as] if app.run_as else ()), *(app.pre_authorized or ())):
                self._names.user(name, ("salesforce", "app", number))
        if access := self._table.integration.model_dump(exclude_none=True):
            person = self._salesforce.service.user_named(self._integration)
            assert person is not None
            self._access(access, ("salesforce", "integration"))
            with self._problems.told(("salesforce", "integration"), KeyError, ValueError):
                person.grant(access)

    def _user(self, user: tables.User, place: Place) -> None:
        further = user.model_extra or {}
        known = [self._names.field("salesforce", "User", name, (*place, name)) for name in further]
        if all(known):
            with self._problems.told(place, KeyError, ValueError):
                self._salesforce.add_user(user.model_dump(exclude_none=True))

    def _access(self, access: dict[str, object], place: Place) -> None:
        """The objects and fields that a narrowing of access names."""
        for key, by_object in access.items():
            if not isinstance(by_object, dict):
                continue
            for name, entries in by_object.items():
                kind = self._names.object("salesforce", name, (*place, key, name))
                if kind is not None and key != "objects":
                    for entry in entries:
                        self._names.field("salesforce", kind, entry, (*place, key, name))

    def _assignment_rule(self, rule: tables.AssignmentRule, place: Place) -> None:
        kind = self._names.object("salesforce", rule.object, (*place, "object"))
        if kind is None:
            return
        entries = []
        for entry in rule.entries:
            self._names.predicate("salesforce", kind, entry.when, (*place, "entries", "when"))
            owner = self._names.owner_id(entry.owner, (*place, "entries"))
            entries.append({"owner": owner, "when": entry.when})
        self._salesforce.add_assignment_rule(kind, entries, name=rule.name, active=rule.active)

    def _duplicate_rule(self, rule: tables.DuplicateRule, place: Place) -> None:
        kind = self._names.object("salesforce", rule.object, (*place, "object"))
        if kind is None:
            return
        for match in rule.match:
            other = self._names.object("salesforce", match.object, (*place, "match"))
            pairs = (
                match.fields.items() if isinstance(match.fields, dict) else zip(match.fields, match.fields, strict=True)
            )
            for own, theirs in pairs:
                self._names.field("salesforce", kind, own, (*place, "match"))
                if other is not None:
                    self._names.field("salesforce", other, theirs, (*place, "match"))
        matches = [
            {"sobject": match.object, "fields": match.fields} | ({"rule": match.rule} if match.rule else {})
            for match in rule.match
        ]
        more = {"message": rule.message} if rule.message else {}
        self._salesforce.add_duplicate_rule(kind, rule.name, matches, action=rule.action, on=rule.on, **more)

    def _validation_rule(self, rule: tables.ValidationRule, place: Place) -> None:
        kind = self._names.object("salesforce", rule.object, (*place, "object"))
        if kind is None:
            return
        known = [
            self._names.predicate("salesforce", kind, rule.when or {}, (*place, "when")),
            rule.field is None or self._names.field("salesforce", kind, rule.field, (*place, "field")),
        ]
        if all(known):
            given = rule.model_dump(exclude={"object"}, exclude_none=True)
            with self._problems.told(place, TypeError, ValueError):
                self._salesforce.add_validation_rule({"sobject": kind, **given})
