"""A scenario put on in a sandbox: its set-up, its events, its native sync."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import orjson
import requests
from flask import Response

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, TokenGrant
from connectors.loopback.kit import Clock, InProcess
from connectors.loopback.kit.caller import Caller
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.scenario import org_setup, portal_setup, tables
from connectors.loopback.scenario.acts import Acts
from connectors.loopback.scenario.event_names import EventNames
from connectors.loopback.scenario.names import Names
from connectors.loopback.scenario.native_sync import NativeSync
from connectors.loopback.scenario.native_sync.login import Login
from connectors.loopback.scenario.native_sync.org import Org
from connectors.loopback.scenario.native_sync.portal import GROUP, PROPERTIES, Portal
from connectors.loopback.scenario.play import Play
from connectors.loopback.scenario.portal_fields import Left
from connectors.loopback.scenario.problems import unknown
from connectors.loopback.scenario.read import Scenario
from connectors.loopback.world import setup

# Who the native sync is in both systems; worth nothing outside a sandbox.
NATIVE_TOKEN = "pat-eu1-sandbox-native-sync"
NATIVE_USER = "hubspot.integration@syncd.example"
_NATIVE_APP = {"client_id": "sandbox-native-sync", "client_secret": "sandbox-native-sync-secret", "run_as": NATIVE_USER}
_HUBSPOT, _SALESFORCE = "http://hubspot.invalid", "http://salesforce.invalid"


def settings(scenario: Scenario | None) -> tuple[HubSpotSettings, SalesforceSettings]:
    """The sandbox's settings, with the scenario's where there is one. May note problems."""
    hubspot, salesforce = setup.hubspot_settings(), setup.salesforce_settings()
    if scenario is None:
        return hubspot, salesforce
    if scenario.content.native_sync is not None:
        hubspot.tokens[NATIVE_TOKEN] = TokenGrant(app_id=25_200, app_name="Salesforce")
    portal = portal_setup.settings(scenario, hubspot, setup.HUBSPOT_TOKEN)
    org = org_setup.settings(scenario, salesforce)
    portal.time_zone = _time_zone(scenario, "hubspot", portal.time_zone, hubspot.time_zone)
    org.time_zone = _time_zone(scenario, "salesforce", org.time_zone, salesforce.time_zone)
    return portal, org


def _time_zone(scenario: Scenario, system: str, wanted: str, standard: str) -> str:
    """The standard one instead of one that there is not, so that the rest can be looked at."""
    if wanted in available_timezones():
        return wanted
    scenario.problems.add((system, "settings", "time_zone"), unknown("time zone", wanted, available_timezones()))
    return standard


class Production:
    """``GET /_sandbox/scenario`` of both systems tells how it goes."""

    def __init__(self, scenario: Scenario, hubspot: HubSpotEmulator, salesforce: SalesforceEmulator) -> None:
        self._scenario = scenario
        self._hubspot = hubspot
        self._salesforce = salesforce
        self._acts = Acts(hubspot, salesforce, setup.HUBSPOT_REPS_TOKEN)
        self._play: Play | None = None
        self._native_sync: NativeSync | None = None
        self._http = requests.Session()
        self._left: Left = []
        for url, emulator in ((_HUBSPOT, hubspot), (_SALESFORCE, salesforce)):
            self._http.mount(url, InProcess(emulator.app))
            emulator.app.flask_app.add_url_rule("/_sandbox/scenario", "scenario", self._report)

    def install(self) -> None:
        """The set-up of both systems. Raises ScenarioError with everything that names nothing."""
        scenario = self._scenario
        names = Names(self._hubspot, self._salesforce, scenario.problems)
        if scenario.content.native_sync is not None:
            self._native_sync = self._new_native_sync(scenario.content.native_sync)
        self._left += portal_setup.PortalSetup(scenario, self._hubspot, names).install()
        self._left += org_setup.OrgSetup(scenario, self._salesforce, names, setup.INTEGRATION_USER).install()
        EventNames(names, scenario.problems, self._acts.actions).check(scenario.events)
        if scenario.content.native_sync is not None:
            self._check_native_sync(scenario.content.native_sync, names)
        scenario.problems.check()

    def begin(self, clock: Clock, seed: int) -> None:
        """From now on the events happen and the native sync works."""
        for system, rule in self._scenario.faults:
            (self._hubspot if system == "hubspot" else self._salesforce).faults.add(rule)
        self._play = Play(self._scenario.events, self._acts, clock, seed)
        if self._native_sync is not None:
            self._native_sync.schedule(clock)

    def report(self) -> dict[str, Any]:
        """``name``, ``events`` that happened, ``native_sync``'s counts and errors, and what of
        the imported field definitions was ``left_out``."""
        return {
            "name": self._scenario.name,
            "events": self._play.journal if self._play else [],
            "native_sync": self._native_sync.report() if self._native_sync else None,
            "left_out": [{"file": file, "field": field, "why": why} for file, field, why in self._left],
        }

    def close(self) -> None:
        self._http.close()
        self._acts.close()

    def _report(self) -> Response:
        return Response(orjson.dumps(self.report()), content_type="application/json")

    def _new_native_sync(self, rules: tables.NativeSync) -> NativeSync:
        """What its installation leaves in both systems: properties, an app and a user."""
        self._hubspot.add_group("contacts", {"name": GROUP, "label": "Salesforce Information"})
        for definition in PROPERTIES:
            self._hubspot.add_property("contacts", {**definition, "groupName": GROUP})
        self._salesforce.add_app(_NATIVE_APP)
        user_id = self._salesforce.add_user(
            {"Username": NATIVE_USER, "Email": NATIVE_USER, "LastName": "HubSpot Integration"}
        )
        login = Login(self._http, _SALESFORCE, _NATIVE_APP["client_id"], _NATIVE_APP["client_secret"])
        portal_http = Caller(self._http, _HUBSPOT, lambda: NATIVE_TOKEN)
        org_http = Caller(self._http, _SALESFORCE, login.token, login.renew)
        return NativeSync(
            rules, lambda properties: Portal(portal_http, properties), lambda fields: Org(org_http, fields), user_id
        )

    def _check_native_sync(self, rules: tables.NativeSync, names: Names) -> None:
        names.predicate("hubspot", "contacts", rules.inclusion, ("native_sync", "inclusion"))
        for number, field in enumerate(rules.field or ()):
            place = ("native_sync", "field", number)
            names.field("hubspot", "contacts", field.hubspot, (*place, "hubspot"))
            # A field that only one of the two objects has is mapped there.
            if not self._salesforce.org.schema["Contact"].has(field.salesforce):
                names.field("salesforce", "Lead", field.salesforce, (*place, "salesforce"))
        for sobject, stage in rules.lifecycle:
            if stage:
                names.option("hubspot", "contacts", "lifecyclestage", stage, ("native_sync", "lifecycle", sobject))
