"""A scenario file, read and checked: see :func:`read`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from connectors.loopback.fault_file import checked_rule
from connectors.loopback.hubspot import HubSpotSettings
from connectors.loopback.hubspot import settings as portal_settings
from connectors.loopback.salesforce import SalesforceSettings
from connectors.loopback.salesforce import settings as org_settings
from connectors.loopback.scenario import event_tables, tables, twice
from connectors.loopback.scenario.problems import Problems, ScenarioError, unknown
from connectors.loopback.scenario.shape import checked, rest, settings
from connectors.loopback.scenario.toml_lines import Lines, Place, parse

S = TypeVar("S")


@dataclass(frozen=True)
class Scenario:
    """What of a file is well-formed; ``problems`` are about the rest.

    Whether what its tables name exists is known once they are installed: that may add to ``problems``.
    """

    path: Path
    content: tables.Scenario
    events: list[event_tables.Event]
    faults: list[tuple[str, dict[str, Any]]]
    hubspot_settings: dict[str, Any]
    salesforce_settings: dict[str, Any]
    problems: Problems

    @property
    def name(self) -> str:
        return self.content.name or self.path.stem


def read(path: Path) -> Scenario:
    """Raises ScenarioError for a file that is no TOML."""
    try:
        data, lines = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError([f"{path} cannot be read: {error.strerror}."]) from error
    except UnicodeError as error:
        raise ScenarioError([f"{path.name} is not a text in UTF-8: {error}."]) from error
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([f"{path.name} is not TOML: {error}."]) from error
    return _Reader(path, data, lines).scenario()


class _Reader:
    def __init__(self, path: Path, data: dict[str, Any], lines: Lines) -> None:
        self._path = path
        self._data = data
        self._problems = Problems(path.name, lines)

    def scenario(self) -> Scenario:
        # Every part is checked whatever is wrong with the others.
        found = checked(tables.Scenario, self._data, (), self._problems)
        twice.tell(self._data, self._problems)
        events = self._events(self._list("event"))
        faults = self._faults(self._list("fault"))
        hubspot = self._settings("hubspot", HubSpotSettings, {"tokens"}, portal_settings.contradictions)
        salesforce = self._settings("salesforce", SalesforceSettings, {"users", "apps"}, org_settings.contradictions)
        # Places in lists are those of the file up to here.
        for number in sorted((n for n, event in enumerate(events) if event is None), reverse=True):
            self._problems.leave_out(("event", number), self._list("event")[number])
        content = found or rest(tables.Scenario, self._data, self._problems)
        happening = [event for event in events if event is not None]
        return Scenario(self._path, content, happening, faults, hubspot, salesforce, self._problems)

    def _list(self, name: str) -> list[dict[str, Any]]:
        """An array of tables; what is none is a problem of the whole already."""
        entries = self._data.get(name)
        return [entry if isinstance(entry, dict) else {} for entry in entries] if isinstance(entries, list) else []

    def _settings(
        self, system: str, kind: type[S], without: set[str], contradictions: Callable[[S], list[tuple[str, str]]]
    ) -> dict[str, Any]:
        table = self._data.get(system)
        given = table.get("settings", {}) if isinstance(table, dict) else {}
        if not isinstance(given, dict):
            return {}
        place: Place = (system, "settings")
        found: dict[str, Any] = settings(kind, given, without, place, self._problems)
        for name, sentence in contradictions(kind(**found)):
            self._problems.add((*place, *name.split(".")), sentence)
            found.pop(name.partition(".")[0], None)
        return found

    def _events(self, entries: list[dict[str, Any]]) -> list[event_tables.Event | None]:
        """None for a wrong one."""
        found: list[event_tables.Event | None] = []
        for number, entry in enumerate(entries):
            place: Place = ("event", number)
            kind = entry.get("do")
            found.append(None)
            if kind is None:
                self._problems.add(
                    place, f'"do" is missing: what happens. It is one of: {", ".join(event_tables.EVENTS)}.'
                )
            elif kind not in event_tables.EVENTS:
                self._problems.add((*place, "do"), unknown("event", kind, event_tables.EVENTS))
            elif event := checked(event_tables.EVENTS[kind], entry, place, self._problems):
                self._times(event, place)
                found[-1] = event
        return found

    def _times(self, event: event_tables.Event, place: Place) -> None:
        if event.at is None and event.every is None:
            self._problems.add(place, 'An event needs "at" or "every", such as at = "2d 3h".')
        if event.times is not None and event.every is None:
            self._problems.add((*place, "times"), '"times" goes with "every".')

    def _faults(self, entries: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for number, entry in enumerate(entries):
            system, rule, problems = checked_rule(entry)
            for problem in problems:
                self._problems.add(("fault", number), problem)
            found.append((system, rule))
        return found
