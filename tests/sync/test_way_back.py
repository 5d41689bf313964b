"""The way back, told over both systems: rejected, recycled, reopened, qualified too soon, won, lost and made undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.core.recycle import Recycle
from syncd.core.types import Ref
from syncd.ledger import journal
from syncd.sync.story import explain
from tests.sync.house import House
from tests.sync.test_review import rule as say


def working(**more: Any) -> tuple[House, Ref, Ref]:
    """A house in which Ada was handed over; her contact and her lead."""
    house = House(**more)
    ada = house.contact("ada")
    house.settle_down()
    (lead,) = house.leads()
    house.wait(days=1)
    return house, ada, lead.ref


def way(house: House) -> list[tuple[str, str]]:
    """(stage, number of the transition) of every stage event."""
    return [
        (stage, rule.split()[0]) for stage, rule in house.ledger.rows("SELECT stage, rule FROM stage_event ORDER BY id")
    ]


def now(house: House) -> str:
    return str(house.ledger.value("SELECT stage FROM person"))


def problems(house: House, kind: str) -> list[str]:
    return [p["sentence"] for p in journal.problems(house.ledger) if p["kind"] == kind]


def says(house: House, record: Ref, **fields: Any) -> None:
    house.wait(hours=1)
    house.salesforce.edit(record, **fields)
    house.settle_down()


def closing(house: House) -> tuple[Any, ...]:
    return tuple(house.ledger.one("SELECT state, outcome, reason, criteria FROM handoff ORDER BY number DESC"))


@pytest.mark.parametrize(("status", "stage", "outcome"), [("Recycled", "recycled", "recycle"),
                                                          ("Closed - Not Converted", "trash", "trash")])  # fmt: skip
def test_T5_a_rejection_names_reason_source_and_criteria(status: str, stage: str, outcome: str) -> None:
    house, ada, lead = working()
    says(house, lead, Status=status, syncd_reason__c="Student")
    assert way(house)[-1] == (stage, "T5")
    assert closing(house) == ("closed", outcome, "Student", house.rules.version)
    assert house.written(ada)["syncd_reason"] == "Student"


def test_T13_what_was_recycled_is_marketing_s_again_after_its_time() -> None:
    house, ada, lead = working(rules=replace(House().rules, recycle=Recycle(reasons={"no budget": timedelta(days=60)})))
    says(house, lead, Status="Recycled", syncd_reason__c="No budget")
    house.wait(days=59)
    house.hubspot.activity("page_view", [ada], at=house.time, title="Pricing")
    house.settle_down()
    assert now(house) == "recycled"
    told = explain(house.ledger, house.rules, house.ledger.value("SELECT id FROM person"))
    assert "60 days after No budget" in told["decision"]["held"]
    house.wait(days=2)
    house.settle_down()
    assert way(house)[-1] == ("lead", "T13")
    assert house.written(ada)["syncd_stage"] == "lead"


def test_T13_C7_whoever_asks_for_sales_does_not_wait() -> None:
    house, ada, lead = working()
    says(house, lead, Status="Recycled")
    house.wait(days=2)
    house.asks(ada)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "2"
    assert [stage for stage, _ in way(house)][-4:] == ["recycled", "lead", "mql", "handed_off"]


def test_T14_S3_14_trash_comes_back_by_a_named_person_only() -> None:
    house, ada, lead = working()
    says(house, lead, Status="Closed - Not Converted")
    says(house, lead, Status="Working - Contacted")
    house.wait(days=200)
    house.asks(ada)
    house.settle_down()
    assert now(house) == "trash"
    (sentence,) = problems(house, "illegal_move")
    assert "says sal" in sentence
    assert "is trash" in sentence
    say(house, ada, "reopen", 1, "was a mistake")
    house.settle_down()
    assert ("lead", "T14") in way(house)
    assert problems(house, "illegal_move") == []
    assert house.ledger.one("SELECT state, reopens FROM handoff") == ("delivered", 1)
    assert now(house) == "sal"


def test_T14_a_reopened_lead_needs_fresh_evidence_for_the_next_handoff() -> None:
    house, ada, lead = working()
    says(house, lead, Status="Closed - Not Converted")
    say(house, ada, "reopen", 1, "was a mistake")
    house.settle_down()
    assert now(house) == "lead"
    house.wait(days=1)
    house.asks(ada)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "2"
    says(house, lead, Status="Closed - Not Converted")
    assert now(house) == "trash"  # the word was about the first handoff


def change(house: House, deal: Ref, **fields: Any) -> None:
    """Somebody edits a deal."""
    house.wait(hours=1)
    house.salesforce.opportunity(id=deal.id, **fields)
    house.settle_down()


def test_T11_T15_a_customer_is_handed_over_again_where_the_rules_say_so() -> None:
    house, ada, lead = working(rules=replace(House().rules, recycle=Recycle(customers=timedelta(days=30))))
    deal = house.salesforce.opportunity(name="Big", people=(lead,))
    house.settle_down()
    change(house, deal, status="won")
    assert way(house)[-1] == ("customer", "T11")
    house.wait(days=20)
    house.asks(ada)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "1"
    house.wait(days=20)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "2"
    assert now(house) == "customer"


def test_T12_T13_a_lost_deal_comes_back_after_its_time() -> None:
    house, ada, lead = working()
    deal = house.salesforce.opportunity(name="Big", people=(lead,))
    house.settle_down()
    change(house, deal, status="lost")
    assert way(house)[-1] == ("lost", "T12")
    house.wait(days=91)
    house.settle_down()
    assert way(house)[-1] == ("lead", "T13")
    assert house.written(ada)["syncd_stage"] == "lead"


def test_T16_B5_a_hard_fact_taken_back_takes_the_stage_back_and_the_high_water_mark_stays() -> None:
    house, ada, lead = working()
    says(house, lead, Status="Working - Contacted")
    deal = house.salesforce.opportunity(name="Big", people=(lead,))
    house.settle_down()
    change(house, deal, status="won")
    change(house, deal, status="open")
    assert way(house)[-1] == ("opportunity", "T16")
    change(house, deal, deleted=True)
    assert way(house)[-1] == ("sql", "T16")
    assert house.ledger.value("SELECT highest FROM person") == "customer"
    assert house.written(ada)["syncd_stage"] == "sql"


def test_T19_what_was_recycled_may_end_otherwise_within_the_window() -> None:
    house, _, lead = working()
    says(house, lead, Status="Recycled")
    says(house, lead, Status="Closed - Not Converted")
    assert way(house)[-2:] == [("sal", "T19"), ("trash", "T8c")]
    says(house, lead, Status="Recycled")  # but trash is trash
    assert now(house) == "trash"
    assert closing(house)[1] == "trash"
    assert len(problems(house, "illegal_move")) == 1


def test_T19_within_the_window_the_same_handoff_resumes_and_is_counted() -> None:
    house, ada, lead = working()
    says(house, lead, Status="Recycled")
    house.wait(days=5)
    says(house, lead, Status="Working - Contacted")
    assert way(house)[-1] == ("sal", "T19")
    assert house.ledger.one("SELECT number, state, outcome, reopens FROM v_handoff") == (1, "delivered", "", 1)
    assert house.written(ada)["syncd_stage"] == "sal"
    says(house, lead, Status="Recycled")
    assert now(house) == "recycled"


def test_T19_after_the_window_it_takes_a_new_handoff() -> None:
    house, _, lead = working(rules=replace(House().rules, recycle=Recycle(reopen=timedelta(days=3))))
    says(house, lead, Status="Recycled")
    house.wait(days=5)
    says(house, lead, Status="Working - Contacted")
    assert now(house) == "recycled"
    assert house.ledger.one("SELECT state, reopens FROM handoff") == ("closed", 0)
    assert len(problems(house, "illegal_move")) == 1


def test_B3_an_illegal_move_is_named_once_and_changes_nothing() -> None:
    """A rep takes "qualified" back, which no way leads to; three syncs later there is still one problem."""
    house, ada, lead = working()
    says(house, lead, Status="Qualified")
    before = house.written(ada)
    says(house, lead, Status="Working - Contacted")
    for _ in range(3):
        house.hubspot.edit(ada, company="Other")
        house.settle_down()
    assert now(house) == "sql"
    assert house.written(ada)["syncd_stage"] == before["syncd_stage"] == "sql"
    (sentence,) = problems(house, "illegal_move")
    assert f"salesforce/Lead/{lead.id} says sal (status in_progress), but the person is sql" in sentence
    story = explain(house.ledger, house.rules, house.ledger.value("SELECT id FROM person"))
    assert [p["kind"] for p in story["problems"]] == ["illegal_move"]
    assert ("sal", "no way leads from sql to sal by it") in [(e["stage"], e["why"]) for e in story["stage"]["against"]]
    says(house, lead, Status="Qualified")
    assert problems(house, "illegal_move") == []


def test_S0_22_marketing_alone_never_makes_an_sql() -> None:
    house = House()
    ada = house.contact("ada", demo=False, lifecyclestage="salesqualifiedlead")
    house.settle_down()
    assert now(house) == "lead"
    house.asks(ada)
    house.settle_down()
    assert now(house) == "handed_off"


def test_T3h_an_ambiguous_lead_stays_and_is_listed() -> None:
    house = House()
    for _ in range(2):
        house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace"})
    house.contact("ada")
    house.settle_down()
    assert now(house) == "lead"
    assert len(problems(house, "ambiguous_match")) == 1


def test_T18_a_deal_that_was_made_and_lost_between_two_syncs() -> None:
    house, _, lead = working()
    deal = house.salesforce.opportunity(name="Big", people=(lead,), status="lost")
    house.settle_down()
    assert now(house) == "lost"
    implied = house.ledger.rows("SELECT stage FROM stage_event WHERE rule LIKE 'T18 implied%' ORDER BY id")
    assert [stage for (stage,) in implied][-2:] == ["sql", "opportunity"]
    assert str(deal) in house.ledger.rows("SELECT source FROM stage_event ORDER BY id")[-1][0]


def test_B4_a_stage_that_the_mapping_does_not_know_holds_the_lead() -> None:
    house = House()
    ada = house.contact("ada", lifecyclestage="104738291")
    house.settle_down()
    assert house.leads() == []
    (sentence,) = problems(house, "unknown_status")
    assert 'contacts.lifecyclestage is "104738291", and the mapping does not say what that means' in sentence
    assert "held: contacts.lifecyclestage" in house.ledger.value("SELECT verdict FROM person")
    house.hubspot.edit(ada, lifecyclestage="lead")
    house.settle_down()
    assert len(house.leads()) == 1
    assert problems(house, "unknown_status") == []
