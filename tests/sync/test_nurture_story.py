"""Marketing pauses while sales has the lead, and nurtures whom sales gave back, exactly as the handoffs go."""

from __future__ import annotations

import pytest

from syncd.core.lists import Nurture
from syncd.core.types import Ref
from syncd.sync.undo import invert
from tests.sync.house import House, example_rules

BACK, PAUSED = "Back from sales", "With sales"


def house(crm: str = "salesforce", **changes: str) -> House:
    return House(crm, rules=example_rules(nurture=Nurture(**({"list": BACK, "pause": PAUSED} | changes))))


def handed_over(at: House) -> Ref:
    ada = at.contact("ada")
    at.sync()
    at.sync()
    return ada


def lists(at: House, who: Ref) -> set[str]:
    return {name for name, members in at.hubspot.lists.items() if who.id in members}


def record(at: House, who: Ref) -> Ref:
    return at.leads()[0].ref if at.crm == "salesforce" else who


def answer(at: House, who: Ref, status: str) -> None:
    at.wait(days=1)
    names = {"Status": status} if at.crm == "salesforce" else {"hs_lead_status": status}
    at.crm_world.edit(record(at, who), **names)
    at.sync()


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_T3_T13_marketing_pauses_for_sales_and_nurtures_what_comes_back(crm: str) -> None:
    at = house(crm)
    ada = handed_over(at)
    assert lists(at, ada) == {PAUSED}
    assert sum(at.sync().writes.values()) == 0
    answer(at, ada, "Recycled" if crm == "salesforce" else "BAD_TIMING")
    assert lists(at, ada) == {BACK}
    assert sum(at.sync().writes.values()) == 0


@pytest.mark.parametrize(
    ("status", "left"),
    [
        ("Recycled", {BACK}),
        ("Could Not Reach", {BACK}),
        ("Closed - Not Converted", {PAUSED}),  # trash: marketing does not go on by itself
        ("Qualified", {PAUSED}),
        ("Working - Contacted", {PAUSED}),
    ],
)
def test_S1_20_each_answer_and_its_lists_within_one_sync(status: str, left: set[str]) -> None:
    at = house()
    ada = handed_over(at)
    answer(at, ada, status)
    assert lists(at, ada) == left


def test_S4_20_the_next_handoff_takes_the_person_out_again_as_often_as_it_happens() -> None:
    at = house()
    ada = handed_over(at)
    for number in (2, 3):
        answer(at, ada, "Recycled")
        assert lists(at, ada) == {BACK}
        at.wait(days=200)
        at.asks(ada)
        at.settle_down()
        assert str(at.written(ada)["syncd_handoff_no"]) == str(number)
        assert lists(at, ada) == {PAUSED}


def test_sales_that_takes_a_recycled_lead_up_again_pauses_marketing_again() -> None:
    at = house()
    ada = handed_over(at)
    for _ in range(2):
        answer(at, ada, "Recycled")
        assert lists(at, ada) == {BACK}
        answer(at, ada, "Working - Contacted")
        assert lists(at, ada) == {PAUSED}


def test_whom_marketing_put_into_the_list_by_hand_leaves_it_with_the_handoff() -> None:
    at = house()
    ada = at.contact("ada")
    at.hubspot.lists[BACK] = {ada.id, "4711"}
    at.sync()
    at.sync()
    assert at.hubspot.lists[BACK] == {"4711"}


@pytest.mark.parametrize("applied", [True, False])
def test_an_answer_that_was_lost_is_asked_for_again(applied: bool) -> None:
    at = house(list="")
    ada = at.contact("ada")
    at.sync()
    at.hubspot.fail("send lists", applied=applied)
    at.settle_down()
    assert lists(at, ada) == {PAUSED}


def test_without_lists_nothing_of_it_is_written() -> None:
    at = House()
    handed_over(at)
    assert at.hubspot.lists == {}


def test_C14_a_lead_that_nobody_hands_over_joins_no_list() -> None:
    at = house()
    at.contact("bob", ready=False)
    at.settle_down()
    assert at.hubspot.lists == {}


def test_a_list_that_is_not_there_stops_no_handoff() -> None:
    at = house()
    at.hubspot.hidden |= {("lists", PAUSED)}
    ada = handed_over(at)
    assert at.written(ada)["syncd_handoff_no"]
    assert PAUSED not in at.hubspot.lists
    answer(at, ada, "Recycled")
    assert lists(at, ada) == {BACK}


def test_a_merged_contact_leaves_under_its_new_id() -> None:
    at = house()
    ada = handed_over(at)
    other = at.contact("eve", ready=False)
    at.hubspot.merge(other, ada)
    at.hubspot.lists[PAUSED] = {other.id}
    at.sync()
    answer(at, other, "Recycled")
    assert lists(at, other) == {BACK}


def test_what_undo_leaves_in_a_list_is_said() -> None:
    at = house()
    ada = at.contact("ada")
    at.sync()
    report = at.sync()
    assert lists(at, ada) == {PAUSED}
    told = invert(at.ledger, at.rules, "147893286", report.sync)
    assert any(f"handoff 1: joins the list {PAUSED}" in sentence for sentence in told.left)
