"""Somebody else writes what syncd writes: one problem that names both, no flip-flop, and how it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.core.types import Ref
from syncd.core.writers import Writer
from syncd.ledger import journal
from tests.sync.house import House

KEEPER = Writer("workflow", "Stage keeper", "5512")
DAY = 24


def handed_over() -> tuple[House, Ref]:
    house = House()
    ada = house.contact("ada")
    house.settle_down()
    house.hubspot.writer = KEEPER
    return house, ada


def fought(house: House, ada: Ref, rounds: int) -> int:
    """A workflow sets the stage back each time; how often syncd wrote."""
    before = house.hubspot.writes["contacts"]
    for _ in range(rounds):
        house.wait(minutes=10)
        house.hubspot.edit(ada, syncd_stage="lead")
        house.sync()
    return house.hubspot.writes["contacts"] - before


def contests(house: House) -> list[dict[str, Any]]:
    return [p for p in journal.problems(house.ledger) if p["kind"] == "oscillation"]


def test_C6_an_outside_writer_flips_the_stage_three_times_one_alert_no_flip_flop() -> None:
    house, ada = handed_over()
    assert fought(house, ada, 10) == 3
    assert house.hubspot.get(ada).fields["syncd_stage"] == "lead"
    (problem,) = contests(house)
    assert (
        "The workflow “Stage keeper” (5512) and syncd overwrite each other in HubSpot contacts.syncd_stage"
        in problem["sentence"]
    )
    assert "syncd wrote “handed_off”, it became “lead”, 3 times so far" in problem["sentence"]
    assert problem["person"] == ada.id


def test_C6_the_other_fields_of_the_person_go_on() -> None:
    house, ada = handed_over()
    fought(house, ada, 5)
    (lead,) = house.leads()
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.wait(minutes=10)
    house.sync()
    fields = house.hubspot.get(ada).fields
    assert fields["syncd_work_status"] != "new"
    assert fields["syncd_stage"] == "lead"


def test_C6_naming_the_other_writer_costs_one_call() -> None:
    house, ada = handed_over()
    fought(house, ada, 10)
    assert house.hubspot.calls["history"] == 1
    assert house.salesforce.calls["history"] == 0


def test_C6_when_the_other_writer_has_stopped_syncd_goes_on_and_the_problem_closes() -> None:
    house, ada = handed_over()
    fought(house, ada, 5)
    house.wait(hours=DAY)
    house.sync()
    assert house.hubspot.get(ada).fields["syncd_stage"] == "handed_off"
    assert contests(house), "on trial, and still told"
    house.wait(hours=DAY)
    house.sync()
    assert not contests(house)
    assert fought(house, ada, 1) == 1, "a field like all others"


def test_C6_a_trial_that_fails_is_the_same_problem_and_waits_twice_as_long() -> None:
    house, ada = handed_over()
    fought(house, ada, 5)
    (problem,) = contests(house)
    house.wait(hours=DAY)
    house.sync()
    assert fought(house, ada, 6) == 0, "one trial, and no more"
    (again,) = contests(house)
    assert (again["id"], again["first"]) == (problem["id"], problem["first"])
    house.wait(hours=DAY)
    house.sync()
    assert house.hubspot.get(ada).fields["syncd_stage"] == "lead"
    house.wait(hours=DAY)
    house.sync()
    assert house.hubspot.get(ada).fields["syncd_stage"] == "handed_off"


def test_C6_the_admin_says_go_on() -> None:
    house, ada = handed_over()
    fought(house, ada, 5)
    (problem,) = contests(house)
    assert journal.retry(house.ledger, [problem["id"]]) == 1
    house.sync()
    assert house.hubspot.get(ada).fields["syncd_stage"] == "handed_off"


def test_C14_two_formatters_at_both_ends_come_to_rest() -> None:
    """A workflow writes phones one way, a flow in Salesforce another; syncd between them would carry each to the other for
    ever. It stops, with one problem for the field, and does not start over on the other side."""
    house, ada = handed_over()
    (lead,) = house.leads()
    house.salesforce.writer = Writer("user", "Flow user", "005")
    for _ in range(12):
        house.wait(minutes=10)
        if house.hubspot.get(ada).fields["phone"] != "+49301":
            house.hubspot.edit(ada, phone="+49301")
        if house.salesforce.get(lead.ref).fields["Phone"] != "(030) 1":
            house.salesforce.edit(lead.ref, Phone="(030) 1")
        house.sync()
    (problem,) = contests(house)
    assert problem["subject"] == f"{ada.id} phone"
    writes = sum(house.hubspot.writes.values()) + sum(house.salesforce.writes.values())
    for _ in range(5):
        house.wait(minutes=10)
        house.sync()
    assert sum(house.hubspot.writes.values()) + sum(house.salesforce.writes.values()) == writes


def test_C14_people_who_correct_a_field_now_and_then_are_no_contest() -> None:
    house, ada = handed_over()
    (lead,) = house.leads()
    for n in range(4):
        house.wait(minutes=30)
        house.salesforce.edit(lead.ref, Phone=f"+49 {n}")
        house.sync()
        house.wait(minutes=30)
        house.sync()
        assert house.hubspot.get(ada).fields["phone"] == f"+49 {n}"
    assert not contests(house)


@pytest.mark.parametrize("known", [True, False])
def test_C6_a_system_that_cannot_say_who_it_was_is_no_obstacle(known: bool) -> None:
    house, ada = handed_over()
    if not known:
        house.hubspot.fail("history", times=99)
    fought(house, ada, 4)
    (problem,) = contests(house)
    assert problem["sentence"].startswith("The workflow" if known else "Something else in HubSpot and syncd")
