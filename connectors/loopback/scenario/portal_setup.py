"""What a scenario says about the HubSpot account, carried out."""

from __future__ import annotations

from dataclasses import replace

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, TokenGrant
from connectors.loopback.hubspot.errors import ApiError
from connectors.loopback.hubspot.settings import ALL_SCOPES
from connectors.loopback.scenario import tables
from connectors.loopback.scenario.field_files import read_properties
from connectors.loopback.scenario.names import Names
from connectors.loopback.scenario.portal_fields import Left, put_definition, take_over
from connectors.loopback.scenario.problems import Problems, suggestion
from connectors.loopback.scenario.read import Scenario
from connectors.loopback.scenario.toml_lines import Place


def settings(scenario: Scenario, standard: HubSpotSettings, integration: str) -> HubSpotSettings:
    """``standard`` with the scenario's switches and tokens; ``integration`` is syncd's token."""
    table = scenario.content.hubspot
    grants = {integration: _grant(standard.tokens[integration], table.integration)}
    grants |= {entry.token: _grant(TokenGrant(), entry) for entry in table.token}
    for place, grant in (
        (("hubspot", "integration", "scopes"), table.integration),
        *((("hubspot", "token", number, "scopes"), entry) for number, entry in enumerate(table.token)),
    ):
        for scope in grant.scopes or ():
            _check_scope(scope, place, scenario.problems)
    return replace(standard, **scenario.hubspot_settings, tokens=standard.tokens | grants)


def _grant(grant: TokenGrant, changes: tables.Grant) -> TokenGrant:
    given = changes.model_dump(exclude_none=True, exclude={"token"})
    if "scopes" in given:
        given["scopes"] = tuple(given["scopes"])
    return replace(grant, **given)


def _check_scope(scope: str, place: Place, problems: Problems) -> None:
    """HubSpot has more scopes than the emulator asks for; only what looks like a slip is one."""
    hint = suggestion(scope, ALL_SCOPES)
    if scope not in ALL_SCOPES and "Did you mean" in hint:
        problems.add(place, f'There is no scope "{scope}".{hint}')


class PortalSetup:
    """Installs the ``[hubspot]`` tables in an emulator; problems are noted, none stops it."""

    def __init__(self, scenario: Scenario, hubspot: HubSpotEmulator, names: Names) -> None:
        self._table = scenario.content.hubspot
        self._default_stage = scenario.hubspot_settings.get("default_lifecyclestage")
        self._folder = scenario.path.parent
        self._hubspot = hubspot
        self._names = names
        self._problems = scenario.problems

    def install(self) -> Left:
        """What of the imported files could not be taken over."""
        left: Left = []
        for kind, files in self._table.properties.items():
            place: Place = ("hubspot", "properties", kind)
            if name := self._names.object("hubspot", kind, place):
                for file in files:
                    left += self._import(name, file, place)
        for number, entry in enumerate(self._table.property):
            self._property(entry, ("hubspot", "property", number))
        for number, pipeline in enumerate(self._table.pipeline):
            self._pipeline(pipeline, ("hubspot", "pipeline", number))
        if stage := self._default_stage:
            place = ("hubspot", "settings", "default_lifecyclestage")
            self._names.option("hubspot", "contacts", "lifecyclestage", stage, place)
        for path in self._table.missing_properties:
            self._remove(path, ("hubspot", "missing_properties"))
        for number, rule in enumerate(self._table.validation_rule):
            self._rule(rule, ("hubspot", "validation_rule", number))
        for owner in self._table.owner:
            self._hubspot.add_owner(owner.model_dump())
        return left

    def _import(self, kind: str, file: str, place: Place) -> Left:
        with self._problems.told(place, ApiError, ValueError):
            return take_over(self._hubspot, kind, read_properties(self._folder / file), file)
        return []

    def _property(self, entry: tables.Property, place: Place) -> None:
        kind = self._names.object("hubspot", entry.object, (*place, "object"))
        if kind is None:
            return
        definition = entry.model_dump(exclude={"object"}, exclude_none=True)
        definition["options"] = [{"label": o, "value": o} if isinstance(o, str) else o for o in entry.options]
        definition.setdefault("label", entry.name)
        with self._problems.told(place, ApiError, ValueError):
            put_definition(self._hubspot, kind, definition)

    def _pipeline(self, pipeline: tables.Pipeline, place: Place) -> None:
        kind = self._names.object("hubspot", pipeline.object, (*place, "object"))
        if kind is None:
            return
        if not self._hubspot.portal.pipelines.all(kind):
            self._problems.add((*place, "object"), f"{kind} have no pipeline.")
            return
        self._hubspot.set_stages(
            [
                {"id": stage.id, "label": stage.label or stage.id}
                | ({"metadata": stage.metadata} if stage.metadata else {})
                for stage in pipeline.stages
            ],
            kind,
        )

    def _remove(self, path: str, place: Place) -> None:
        if found := self._names.split("hubspot", path, place):
            kind, name = found
            with self._problems.told(place, ApiError):
                self._hubspot.hands.property({"kind": kind, "name": name, "archived": True})

    def _rule(self, rule: tables.RequiredProperty, place: Place) -> None:
        kind = self._names.object("hubspot", rule.object, (*place, "object"))
        if kind is None:
            return
        named = [("property", rule.property), *(("when", name) for name in rule.when or ())]
        found = [self._names.field("hubspot", kind, name, (*place, key)) for key, name in named]
        if all(found):
            given = rule.model_dump(exclude={"object"}, exclude_none=True)
            self._hubspot.add_validation_rule({"kind": kind, **given})
