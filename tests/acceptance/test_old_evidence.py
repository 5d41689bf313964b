"""What was there before a handoff is no answer to it, and what we did ourselves is no evidence after it.

Found by the independent check on the seeded world; here each as a story of its own, in memory.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from syncd.core.types import Ref
from tests.sync.house import REPS, House, example_rules


def known_to_sales(house: House, **fields: str) -> tuple[Ref, Ref]:
    """A ready contact whom a rep has as an open lead already."""
    contact = house.contact("ada")
    owner = next(ref for ref, row in house.salesforce.rows.items() if ref.kind == "User" and row.value.email == REPS[0])
    lead = house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace",
                                            "Company": "Ada Works", "OwnerId": owner.id, **fields})  # fmt: skip
    house.wait(hours=1)
    return contact, lead


def test_S1_24_an_older_deal_or_call_is_no_answer_to_a_handoff() -> None:
    """Or a lead with a deal of last year would be closed as qualified at once, and never come back."""
    house = House()
    contact, lead = known_to_sales(house, Status="Open - Not Contacted")
    house.salesforce.opportunity(name="Old", stage="Closed Lost", status="lost", amount=Decimal(10), people=(lead,))
    house.salesforce.activity("call", [lead], outbound=True, at=house.time - timedelta(days=30))
    house.wait(hours=1)
    house.settle_down()
    said = house.written(contact)
    assert said["syncd_handoff_no"] == 1
    assert "syncd_disposition" not in said
    assert "syncd_opportunity_id" not in said
    assert said["syncd_work_status"] == "new"


def test_C14_the_word_back_says_what_the_next_sync_would_say() -> None:
    """A lead that a rep works already keeps its status, and marketing learns that status at once."""
    house = House()
    contact, _ = known_to_sales(house, Status="Working - Contacted")
    house.sync()
    said = house.written(contact)
    assert (said["syncd_work_status"], said["syncd_stage"]) == ("in_progress", "sal")
    house.wait(minutes=20)
    assert not sum(house.sync().writes.values())


def test_pain_7_our_own_follow_up_is_no_fresh_evidence() -> None:
    """Where HubSpot is the CRM our task comes back as an activity, and it is due after the rep has put the lead back."""
    gate = replace(example_rules().gate, fit_share=1.0, engagement_minimum=0)
    house = House("hubspot", rules=example_rules(gate=gate))
    contact = house.contact("ada")
    house.settle_down()
    assert house.written(contact)["syncd_handoff_no"] == 1
    house.hubspot.edit(contact, hs_lead_status="BAD_TIMING")
    house.hubspot.activity("note", [contact], at=house.time + timedelta(minutes=1), title="Not now")
    house.wait(minutes=5)
    house.settle_down()
    assert house.written(contact)["syncd_handoff_no"] == 1
