"""Many people in one run: nothing lost, nothing twice, nobody decided on without a reason."""

from __future__ import annotations

import pytest

from syncd.core.rules import Brakes
from tests.sync.house import House, example_rules

EVERY = 20
"""One in so many is ready for sales."""


def crowd(people: int) -> House:
    """A house of that many contacts that have been pulled once, when nobody was ready."""
    house = House(rules=example_rules(brakes=Brakes(10**6, 10**6, share=1.0, floor=10**6)))
    for n in range(people):
        house.contact(f"p{n}", demo=False)
    house.sync()
    assert house.leads() == []
    house.wait(days=1)
    return house


@pytest.mark.parametrize("people", [600, pytest.param(10_000, marks=pytest.mark.long)])
def test_S0_30_many_changed_contacts_in_one_run_without_loss_or_double_handoff(people: int) -> None:
    """Everybody changes at once, and every twentieth asks for a demo: one run hands over exactly those."""
    house = crowd(people)
    contacts = house.hubspot.people("contacts")
    asked = contacts[::EVERY]
    for record in contacts:
        house.hubspot.edit(record.ref, city="Berlin")
    for record in asked:
        house.asks(record.ref)
    report = house.sync()
    assert report.pulled["hubspot"]["changed"] == report.decided == people
    assert report.handoffs == len(asked)
    assert set(report.actions) == {"done"}
    assert {lead.fields["syncd_hs_id__c"] for lead in house.leads()} == {record.ref.id for record in asked}
    assert len(house.leads()) == len(asked)
    assert set(house.creates().values()) == {1}
    assert all(str(house.written(record.ref)["syncd_handoff_no"]) == "1" for record in asked)
    house.wait(minutes=20)
    again = house.sync()
    assert (again.handoffs, sum(again.writes.values())) == (0, 0)


def test_S0_30_a_sync_in_which_nothing_is_due_decides_nobody() -> None:
    house = crowd(200)
    house.wait(minutes=20)
    assert house.sync().decided == 0
    house.asks(house.hubspot.people("contacts")[7].ref)
    house.wait(minutes=20)
    assert house.sync().decided == 1
