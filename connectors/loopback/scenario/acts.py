"""What the events of a scenario do: people at work in both systems, and admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

import requests

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.kit import InProcess
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.scenario import event_tables
from connectors.loopback.scenario.choose import Chooser

Done = list[Mapping[str, Any]]
Act = Callable[..., Done]


class Refused(Exception):
    """What somebody tried to do and the system did not take; the text is the system's."""


class Acts:
    """One method for each kind of event; returns what was done, record by record.

    Through the control endpoints, where people's work leaves no trace in the count of API
    requests. Raises Refused.
    """

    def __init__(self, hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, hubspot_token: str) -> None:
        """``hubspot_token`` is one that may create records."""
        self._chooser = Chooser(hubspot, salesforce)
        self._emulators: dict[str, HubSpotEmulator | SalesforceEmulator] = {
            "hubspot": hubspot,
            "salesforce": salesforce,
        }
        self._hubspot = hubspot
        self._token = hubspot_token
        self._http = requests.Session()
        for name, emulator in self._emulators.items():
            self._http.mount(f"http://{name}.invalid", InProcess(emulator.app))
        self._table: dict[type[event_tables.Event], Act] = {
            event_tables.Edit: self._edit,
            event_tables.Create: self._create,
            event_tables.Delete: self._delete,
            event_tables.Merge: self._merge,
            event_tables.Convert: self._convert,
            event_tables.AddField: self._add_field,
            event_tables.RemoveField: self._remove_field,
            event_tables.SetOption: self._set_option,
            event_tables.Deactivate: self._deactivate,
            event_tables.ExpireSessions: self._expire_sessions,
            event_tables.Fault: self._fault,
            event_tables.ClearFaults: self._clear_faults,
            event_tables.Control: self._control,
        }

    def do(self, event: event_tables.Event, dice: Random) -> Done:
        """Carry the event out; ``dice`` choose the records."""
        return self._table[type(event)](event, dice)

    def close(self) -> None:
        self._http.close()

    def actions(self, system: str) -> list[str]:
        """The names of a system's control endpoints that take a POST."""
        rules = self._emulators[system].app.flask_app.url_map.iter_rules()
        prefix = "/_sandbox/"
        return sorted(
            rule.rule.removeprefix(prefix)
            for rule in rules
            if rule.rule.startswith(prefix) and "POST" in (rule.methods or ())
        )

    def _edit(self, event: event_tables.Edit, dice: Random) -> Done:
        chosen = self._chooser.choose(event, dice)
        if event.system == "hubspot":
            asked = {"kind": event.object, "ids": chosen, "properties": event.fields}
            return [self._post("hubspot", "touch", asked) | {"ids": chosen}] if chosen else []
        return [
            self._post(
                "salesforce", "record", _by(event.user) | {"sobject": event.object, "id": i, "fields": event.fields}
            )
            for i in chosen
        ]

    def _create(self, event: event_tables.Create, dice: Random) -> Done:
        if event.system == "salesforce":
            return [
                self._post("salesforce", "record", _by(event.user) | {"sobject": event.object, "fields": event.fields})
            ]
        made = self._http.post(
            f"http://hubspot.invalid/crm/v3/objects/{event.object}",
            json={"properties": event.fields},
            headers={"Authorization": f"Bearer {self._token}"},
        )
        if not made.ok:
            raise Refused(made.json().get("message", made.text))
        return [{"id": made.json()["id"]}]

    def _delete(self, event: event_tables.Delete, dice: Random) -> Done:
        if event.system == "hubspot":
            return [
                self._post("hubspot", "archive", {"kind": event.object, "id": i})
                for i in self._chooser.choose(event, dice)
            ]
        return [
            self._post("salesforce", "delete", _by(event.user) | {"id": i}) for i in self._chooser.choose(event, dice)
        ]

    def _merge(self, event: event_tables.Merge, dice: Random) -> Done:
        pairs = self._chooser.pairs(event, dice)
        if event.system == "hubspot":
            return [
                self._post("hubspot", "merge", {"primary": first, "other": second}) | {"merged": [first, second]}
                for first, second in pairs
            ]
        return [
            self._post(
                "salesforce", "merge", _by(event.user) | {"sobject": event.object, "winner": winner, "loser": loser}
            )
            | {"merged": [winner, loser]}
            for winner, loser in pairs
        ]

    def _convert(self, event: event_tables.Convert, dice: Random) -> Done:
        more = event.model_dump(include={"amount", "status"}, exclude_none=True)
        asked = {"create_opportunity": event.create_opportunity, **more, **_by(event.user)}
        chosen = self._chooser.choose(event, dice)
        return [self._post("salesforce", "convert-lead", asked | {"lead_id": lead}) for lead in chosen]

    def _add_field(self, event: event_tables.AddField, dice: Random) -> Done:
        if event.system == "salesforce":
            return [self._post("salesforce", "field", {"sobject": event.object, "definition": event.definition})]
        name = event.definition.get("name", "")
        return [self._post("hubspot", "property", {"kind": event.object, "name": name, "definition": event.definition})]

    def _remove_field(self, event: event_tables.RemoveField, dice: Random) -> Done:
        if event.system == "salesforce":
            return [self._post("salesforce", "field", {"sobject": event.object, "name": event.field, "removed": True})]
        return [self._post("hubspot", "property", {"kind": event.object, "name": event.field, "archived": True})]

    def _set_option(self, event: event_tables.SetOption, dice: Random) -> Done:
        if event.system == "salesforce":
            asked = event.model_dump(include={"field", "value", "active"}) | {"sobject": event.object}
            return [self._post("salesforce", "picklist", asked)]
        definition = self._hubspot.portal.schema.property(event.object, event.field)
        if definition is None:
            raise Refused(f"{event.object} have no property {event.field}.")
        others = [option for option in definition.options if option["value"] != event.value]
        added = [{"label": event.value, "value": event.value}] if event.active else []
        asked = {"kind": event.object, "name": event.field, "definition": {"options": others + added}}
        return [{"id": self._post("hubspot", "property", asked)["name"]}]

    def _deactivate(self, event: event_tables.Deactivate, dice: Random) -> Done:
        if event.system == "salesforce":
            return [self._post("salesforce", "deactivate-user", {"username": event.owner, "active": event.active})]
        ids = [owner.id for owner in self._hubspot.portal.owners.all() if owner.email == event.owner]
        return [self._post("hubspot", "owner", {"id": owner_id, "archived": not event.active}) for owner_id in ids]

    def _expire_sessions(self, event: event_tables.ExpireSessions, dice: Random) -> Done:
        if event.system == "salesforce":
            asked = {"permanent": event.permanent} | ({} if event.users is None else {"users": event.users})
            return [self._post("salesforce", "expire-sessions", asked)]
        tokens = self._hubspot.settings.tokens if event.users is None else event.users
        return [self._post("hubspot", "token", {"token": token, "revoked": True}) for token in tokens]

    def _fault(self, event: event_tables.Fault, dice: Random) -> Done:
        emulator = self._emulators[event.system]
        fault_id = emulator.faults.add(event.rule)
        if event.lasts is not None:
            ends = emulator.clock.now() + timedelta(seconds=event.lasts)
            emulator.clock.at(ends, lambda: emulator.faults.remove(fault_id))
        return [{"id": fault_id}]

    def _clear_faults(self, event: event_tables.ClearFaults, dice: Random) -> Done:
        self._emulators[event.system].faults.clear()
        return []

    def _control(self, event: event_tables.Control, dice: Random) -> Done:
        return [self._post(event.system, event.action, event.body)]

    def _post(self, system: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"http://{system}.invalid/_sandbox/{action}", json=body)
        if not answer.ok:
            raise Refused(answer.json()["error"])
        found: dict[str, Any] = answer.json()
        return found


def _by(user: str | None) -> dict[str, str]:
    return {"user": user} if user else {}
