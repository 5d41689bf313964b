"""An administrator takes a value out of a picklist: the sync that meets it names the field, the value, what is allowed, and how
many leads it stops; and when the value is back, they go on by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.loopback.world import setup
from syncd.alerts import announce
from syncd.config.secrets import Secret
from syncd.config.settings import AlertsConfig, WebhookConfig
from syncd.core.alerts import PROBLEM, Channel
from syncd.core.leaks import USUAL
from syncd.ledger import journal
from syncd.ledger.leaking import standing_still
from syncd.sync.conservation import conserve
from syncd.sync.round import Report
from tests.acceptance.town import URLS, Town
from tests.loopback.receiver import Receiver

FIELD = {"salesforce": "LeadSource", "hubspot": "hs_lead_status"}
BROKEN = {"salesforce": "Web", "hubspot": "NEW"}
KEPT = {"salesforce": ("Partner Referral", "Other"), "hubspot": ("OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED")}


@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(params=["salesforce", "hubspot"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    place = Town(tmp_path, request.param)
    place.contacts(20)
    place.rest()
    yield place
    place.close()


def allow(town: Town, values: Sequence[str]) -> None:
    """An administrator sets the values of the picklist."""
    if town.crm == "salesforce":
        entries = [{"value": value} for value in values]
        town.sandbox.salesforce.set_picklist("Lead", "LeadSource", entries, restricted=True)
        return
    options = [{"value": v, "label": v.title(), "displayOrder": n, "hidden": False} for n, v in enumerate(values)]
    headers = {"Authorization": f"Bearer {setup.HUBSPOT_REPS_TOKEN}"}
    path = f"/crm/v3/properties/contacts/{FIELD['hubspot']}"
    answer = town.http.patch(URLS["hubspot"] + path, json={"options": options}, headers=headers)
    assert answer.ok, answer.text


def buyers(town: Town, count: int) -> None:
    people = town.contacts(count, title="Buyer", first=1000)
    if town.crm == "salesforce":
        town.write(people, hs_analytics_source="DIRECT_TRAFFIC")
    town.clock.advance(60)


def sync(town: Town, hook: Receiver) -> Report:
    report = town.sync()
    secret = Secret("env", "S", Path(), {"S": "whsec-for-tests"})
    config = AlertsConfig((Channel("webhook", events=(PROBLEM,)),), webhook=WebhookConfig(f"{hook.base}/syncd", secret))
    announce(town.ledger, config, town.rules, report.now, lambda ref: "")
    return report


def told(hook: Receiver) -> list[dict[str, Any]]:
    return [alert for delivery in hook.deliveries for alert in json.loads(delivery.body)["alerts"]]


def test_C1_N13_a_picklist_that_lost_a_value_is_told_within_one_sync_and_leads_go_on_when_it_is_back(
    town: Town, hook: Receiver
) -> None:
    sync(town, hook)
    allow(town, KEPT[town.crm])
    buyers(town, 3)
    before = len(told(hook))
    sync(town, hook)
    (alert,) = [a for a in told(hook)[before:] if a["kind"] == "value_missing" and BROKEN[town.crm] in a["subject"]]
    assert FIELD[town.crm] in alert["title"]
    assert f"“{BROKEN[town.crm]}”" in alert["title"]
    for allowed in KEPT[town.crm]:
        assert allowed in alert["title"]
    assert "It stops 3 leads." in alert["title"]

    found = conserve(town.ledger, town.systems())
    assert {at for _, at in found.attempts} == {("held", "refused by the CRM")}
    assert len(found.attempts) == 3
    leaks = standing_still(town.ledger, town.rules, USUAL, journal.last_seen(town.ledger))
    assert [leak.kind for leak in leaks] == ["undelivered"] * 3

    for _ in range(2):
        town.clock.advance(3700)
        report = sync(town, hook)
        assert (report.actions, sum(report.writes.values())) == ({}, 0), "nothing is tried blindly"

    allow(town, (*KEPT[town.crm], BROKEN[town.crm]))
    for _ in range(3):
        town.clock.advance(3700)
        sync(town, hook)
    assert town.ledger.rows("SELECT state, count(*) FROM handoff GROUP BY state") == [("delivered", 3)]
    assert not [p for p in journal.problems(town.ledger) if BROKEN[town.crm] in p["subject"]]
