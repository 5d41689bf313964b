"""What marketing sees of sales' work: who is responsible since when, when it was taken up, how often sales tried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.ledger import journal
from tests.sync.house import House, example_rules


def wire(moment: object) -> str:
    return str(moment).replace(" ", "T").replace("+00:00", "")[:19]


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_S2_14_who_is_responsible_and_since_when(crm: str) -> None:
    """Sales from the handoff on; marketing again from the moment in which sales gave the lead back."""
    house = House(crm)
    ada = house.contact("ada")
    house.sync()
    opened = house.time
    said = house.written(ada)
    assert said["syncd_responsible"] == "sales"
    assert wire(said["syncd_transferred_at"]) == wire(opened)
    assert "syncd_accepted_at" not in said
    record = house.leads()[0].ref if crm == "salesforce" else ada
    house.wait(days=2)
    status = {"Status": "Recycled"} if crm == "salesforce" else {"hs_lead_status": "BAD_TIMING"}
    house.crm_world.edit(record, **status)
    given_back = house.crm_world.get(record).modified
    house.sync()
    said = house.written(ada)
    assert said["syncd_responsible"] == "marketing"
    assert wire(said["syncd_transferred_at"]) == wire(given_back)
    assert sum(house.sync().writes.values()) == 0


def test_S1_22_touches_are_counted_between_delivery_and_closing_and_each_is_one_write() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.salesforce.activity("call", [lead.ref], at=house.time - timedelta(days=3), done=True, outbound=True)
    house.sync()
    assert str(house.written(ada)["syncd_touches"]) == "0"  # that was before the handoff
    first = house.time + timedelta(hours=5)
    for nth in (1, 2):
        house.wait(hours=5 if nth == 1 else 7)
        house.salesforce.activity("call", [lead.ref], at=house.time, done=True, outbound=True)
        assert house.sync().writes["hubspot"] == 1
        assert str(house.written(ada)["syncd_touches"]) == str(nth)
    said = house.written(ada)
    assert wire(said["syncd_first_touch_at"]) == wire(said["syncd_accepted_at"]) == wire(first)
    house.wait(hours=1)
    house.salesforce.edit(lead.ref, Status="Recycled")
    house.sync()
    house.wait(hours=1)
    house.salesforce.activity("call", [lead.ref], at=house.time, done=True, outbound=True)
    house.sync()
    assert str(house.written(ada)["syncd_touches"]) == "2"


def test_S1_22_when_it_was_taken_up_stays_what_it_was_as_the_record_moves_on() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(hours=3)
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    taken_up = house.salesforce.get(lead.ref).modified
    house.sync()
    assert wire(house.written(ada)["syncd_accepted_at"]) == wire(taken_up)
    house.wait(days=3)
    house.salesforce.edit(lead.ref, Description="called again")
    assert sum(house.sync().writes.values()) == 0
    assert wire(house.written(ada)["syncd_accepted_at"]) == wire(taken_up)


def test_S1_21_a_new_handoff_begins_with_an_empty_page() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(hours=1)
    house.salesforce.activity("call", [lead.ref], at=house.time, done=True, outbound=True)
    house.salesforce.edit(lead.ref, Status="Recycled")
    house.sync()
    assert house.written(ada)["syncd_first_touch_at"]
    house.wait(days=200)
    house.asks(ada)
    house.settle_down()
    said = house.written(ada)
    assert str(said["syncd_handoff_no"]) == "2"
    assert str(said["syncd_touches"]) == "0"
    assert not {"syncd_first_touch_at", "syncd_accepted_at", "syncd_disposition"} & set(said)
    assert said["syncd_responsible"] == "sales"


@pytest.mark.parametrize(
    ("wrote", "told"), [("No budget", "budget"), ("no budget ", "budget"), ("they laughed", "other"), (None, None)]
)
def test_S1_24_marketing_gets_the_code_of_a_reason(wrote: str | None, told: str | None) -> None:
    house = House(rules=example_rules(reasons={"No budget": "budget"}))
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(hours=1)
    house.salesforce.edit(lead.ref, Status="Recycled", syncd_reason__c=wrote)
    house.sync()
    assert house.written(ada).get("syncd_reason") == told
    assert sum(house.sync().writes.values()) == 0
    (row,) = journal.handoffs(house.ledger)
    assert row["reason"] == (wrote or "").strip()  # what sales wrote stays in the ledger
    assert len(journal.handoffs(house.ledger, unsaid=("recycle",))) == (wrote is None)
