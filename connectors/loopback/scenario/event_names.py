"""Whether what the events of a scenario name exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from connectors.loopback.kit.faults import check_rule
from connectors.loopback.scenario import event_tables
from connectors.loopback.scenario.names import Names
from connectors.loopback.scenario.problems import Problems, unknown
from connectors.loopback.scenario.toml_lines import Place


class EventNames:
    """Notes a problem for every object, field, value, person and action that is not there."""

    def __init__(self, names: Names, problems: Problems, actions: Callable[[str], list[str]]) -> None:
        """``actions`` lists a system's control endpoints."""
        self._names = names
        self._problems = problems
        self._actions = actions

    def check(self, events: Sequence[event_tables.Event]) -> None:
        for event in events:
            if isinstance(event, event_tables.AddField) and (name := event.definition.get("name")):
                self._names.coming.add((event.system, event.object, str(name)))
        for number, event in enumerate(events):
            self._check(event, ("event", number))

    def _check(self, event: Any, place: Place) -> None:
        match event:
            case event_tables.Choice():
                self._choice(event, place)
            case event_tables.Create():
                if kind := self._names.object(event.system, event.object, (*place, "object")):
                    self._names.values(event.system, kind, event.fields, (*place, "fields"))
            case event_tables.AddField():
                self._names.object(event.system, event.object, (*place, "object"))
            case event_tables.RemoveField():
                self._field(event, place)
            case event_tables.SetOption():
                if (kind := self._field(event, place)) and not event.active:
                    self._names.option(event.system, kind, event.field, event.value, (*place, "value"))
            case event_tables.Deactivate():
                if event.system == "salesforce":
                    self._names.user(event.owner, (*place, "owner"))
                else:
                    self._names.hubspot_owner_id(event.owner, (*place, "owner"))
            case event_tables.Fault():
                for problem in check_rule(event.rule):
                    self._problems.add((*place, "rule"), problem)
            case event_tables.Control():
                known = self._actions(event.system)
                if event.action not in known:
                    self._problems.add((*place, "action"), unknown("control endpoint", event.action, known))
        if event.system == "salesforce":
            self._users(event, place)

    def _choice(self, event: event_tables.Choice, place: Place) -> None:
        kind = self._names.object(event.system, event.object, (*place, "object"))
        if kind is None:
            return
        self._names.predicate(event.system, kind, event.where, (*place, "where"))
        match event:
            case event_tables.Edit():
                self._names.values(event.system, kind, event.fields, (*place, "fields"))
            case event_tables.Merge() if event.same is not None:
                self._names.field(event.system, kind, event.same, (*place, "same"))
            case event_tables.Merge() if event.system == "hubspot" and kind != "contacts":
                self._problems.add((*place, "object"), "People merge contacts in the sandbox; no other HubSpot object.")

    def _field(self, event: event_tables.RemoveField | event_tables.SetOption, place: Place) -> str | None:
        kind = self._names.object(event.system, event.object, (*place, "object"))
        found = kind and self._names.field(event.system, kind, event.field, (*place, "field"))
        return kind if found else None

    def _users(self, event: Any, place: Place) -> None:
        named = [getattr(event, "user", None), *(getattr(event, "users", None) or ())]
        for user in filter(None, named):
            self._names.user(user, place)
