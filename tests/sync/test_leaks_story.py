"""Leads that stand still, on both systems: on the list as long as they do, in the count of the status page, told once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.alerts import announce
from syncd.config.secrets import Secret
from syncd.config.settings import AlertsConfig, WebhookConfig
from syncd.core.alerts import STUCK, Channel
from syncd.core.leaks import USUAL, counted
from syncd.core.promise import Followup, Promise
from syncd.core.rules import Review
from syncd.ledger import journal
from syncd.ledger.leaking import overdue, standing_still
from tests.loopback.receiver import Receiver
from tests.sync.house import House, example_rules

BOTH = pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
ANNA = "anna.koehler@syncd.example"


def house_of(crm: str = "salesforce", *, promising: bool = True, **rules: Any) -> House:
    made = replace(example_rules(), followup=Followup(usual=Promise(), version="p1") if promising else None, **rules)
    return House(crm, made)


def kinds(house: House) -> list[str]:
    """What stands still as of the last sync."""
    return [leak.kind for leak in standing_still(house.ledger, house.rules, USUAL, journal.last_seen(house.ledger))]


def days(house: House, count: int) -> None:
    for _ in range(count):
        house.wait(days=1)
        house.sync()


def record(house: House) -> Any:
    return (house.leads() if house.crm == "salesforce" else house.hubspot.people("contacts"))[0].ref


def touch(house: House) -> None:
    house.crm_world.activity("call", [record(house)], at=house.time, outbound=True, title="Our call")


@BOTH
def test_S0_8_a_lead_that_nobody_calls_is_on_the_list_until_somebody_does(crm: str) -> None:
    house = house_of(crm)
    house.contact("ada")
    house.settle_down()
    assert kinds(house) == []
    days(house, 1)
    assert kinds(house) == ["untouched"]
    touch(house)
    house.sync()
    assert kinds(house) == []


@BOTH
def test_S0_8_where_nothing_is_promised_two_weeks_are_too_long(crm: str) -> None:
    house = house_of(crm, promising=False)
    house.contact("ada")
    house.settle_down()
    days(house, 13)
    assert "untouched" not in kinds(house)
    days(house, 2)
    assert "untouched" in kinds(house)


@BOTH
def test_S0_8_a_lead_whose_task_was_closed_has_no_next_step_until_it_gets_one(crm: str) -> None:
    house = house_of(crm, promising=False)
    house.contact("ada")
    house.settle_down()
    touch(house)
    days(house, 8)
    assert "no_next_step" not in kinds(house), "the follow-up task is open"
    (task,) = [a for a in house.ours(record(house)) if a.kind == "task"]
    house.crm_world.change_activity(task.ref, done=True)
    if crm == "hubspot":
        house.hubspot.edit(record(house), notes_last_updated="moved")
    days(house, 1)
    assert "no_next_step" in kinds(house)
    house.crm_world.activity("task", [record(house)], at=house.time + timedelta(days=3), done=False)
    house.sync()
    assert "no_next_step" not in kinds(house)


def test_S1_14_S1_22_a_status_that_does_not_move_or_that_nobody_knows_is_listed() -> None:
    house = house_of(promising=False)
    house.contact("ada")
    house.settle_down()
    house.salesforce.edit(record(house), Status="Working - Contacted")
    house.sync()
    assert not {"stale", "no_status"} & set(kinds(house))
    days(house, 15)
    assert "stale" in kinds(house)
    house.salesforce.edit(record(house), Status="Never heard of")
    days(house, 1)
    assert "no_status" in kinds(house)


@BOTH
def test_S0_8_who_waits_for_a_named_person_is_listed_with_its_age(crm: str) -> None:
    house = house_of(crm, review=Review(everybody=True))
    house.contact("ada")
    house.settle_down()
    began = house.time
    days(house, 3)
    (leak,) = standing_still(house.ledger, house.rules, USUAL, house.time)
    assert (leak.kind, leak.email) == ("waiting", "ada@ada-works.example")
    assert leak.since <= began


def test_S0_8_a_ready_lead_that_could_be_two_records_is_listed_with_the_reason() -> None:
    house = house_of()
    ada = house.contact("ada")
    for _ in range(2):
        house.salesforce.person("Lead", {"Email": house.hubspot.get(ada).fields["email"], "LastName": "Lovelace"})
    house.settle_down()
    (leak,) = standing_still(house.ledger, house.rules, USUAL, house.time)
    assert leak.kind == "held"
    assert "could be this person" in leak.why


def test_S0_8_a_handoff_that_the_crm_refuses_is_not_delivered() -> None:
    house = house_of()
    house.contact("ada")
    house.salesforce.veto = lambda action: "No." if action.effect == "person" else None
    house.sync()
    house.wait(hours=2)
    house.sync()
    assert kinds(house) == ["undelivered"]


@BOTH
def test_S4_20_a_recycled_lead_collects_no_dust(crm: str) -> None:
    house = house_of(crm, promising=False)
    ada = house.contact("ada")
    house.settle_down()
    field = "syncd_disposition__c" if crm == "salesforce" else "syncd_disposition"
    house.crm_world.edit(record(house), **{field: "recycle"})
    house.settle_down()
    days(house, 58)
    assert "dust" not in kinds(house)
    days(house, 3)
    assert kinds(house) == ["dust"]
    house.hubspot.activity("page_view", [ada], at=house.time, title="Blog", url="https://www.syncd.example/blog")
    house.sync()
    assert kinds(house) == []


# ---------------------------------------------------------------- what reps owe
@BOTH
def test_S1_14_what_a_rep_owes_is_listed_with_its_clock_until_it_is_done(crm: str) -> None:
    house = house_of(crm)
    house.contact("ada")
    house.settle_down()
    assert overdue(house.ledger) == []
    days(house, 1)
    (one,) = overdue(house.ledger)
    assert (one.owner, one.what, one.clock, one.email) == (ANNA, "first_touch", "human", "ada@ada-works.example")
    assert one.due < house.time
    assert overdue(house.ledger, ANNA.upper()) == [one]
    assert overdue(house.ledger, "nobody@syncd.example") == []
    touch(house)
    house.sync()
    assert overdue(house.ledger) == []


# ---------------------------------------------------------------- alerts
@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_S0_8_a_lead_that_stands_still_is_told_once_a_state_to_whoever_has_it(hook: Receiver) -> None:
    house = house_of()
    house.contact("ada")
    secret = Secret("env", "S", Path(), {"S": "whsec-for-tests"})
    channel = Channel("webhook", events=(STUCK,))
    config = AlertsConfig((channel,), webhook=WebhookConfig(f"{hook.base}/syncd", secret))
    for _ in range(60):
        house.wait(hours=1)
        report = house.sync()
        announce(house.ledger, config, house.rules, report.now, lambda ref: f"https://crm.example/{ref.id}")
    told = [alert for delivery in hook.deliveries for alert in json.loads(delivery.body)["alerts"]]
    assert [(a["event"], a["kind"], a["owner"]) for a in told] == [("stuck", "untouched", ANNA)]
    assert told[0]["title"].startswith("ada@ada-works.example: with sales, not touched as promised since Tue 24 Nov")
    assert told[0]["link"].startswith("https://crm.example/")
    found = standing_still(house.ledger, house.rules, USUAL, house.time)
    assert counted(found) == {"untouched": 1}


def test_S0_8_leads_are_looked_at_once_an_hour(hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr("syncd.alerts.courier.stuck", lambda *args: looks.append(args) or [])
    house = house_of()
    secret = Secret("env", "S", Path(), {"S": "whsec-for-tests"})
    config = AlertsConfig((Channel("webhook", events=(STUCK,)),), webhook=WebhookConfig(f"{hook.base}/syncd", secret))
    for _ in range(13):
        house.wait(minutes=10)
        report = house.sync()
        announce(house.ledger, config, house.rules, report.now, lambda ref: "")
    assert len(looks) == 3
