"""What the sources of the requirements ask for in a sentence, each told as a story of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syncd.core.keys import digest
from syncd.core.rules import FieldIs, Named
from syncd.core.types import Ref
from syncd.ledger.pace import pace
from syncd.sync.story import explain
from syncd.sync.view import View
from tests.sync.house import START, House, example_rules


def told(house: House) -> dict[str, Any]:
    """What explain says of the only person."""
    ((person,),) = house.ledger.rows("SELECT id FROM person WHERE merged IS NULL")
    return explain(house.ledger, house.rules, person)


def owner_in_crm(house: House, lead: Ref) -> str:
    user = house.salesforce.get(lead).fields["OwnerId"]
    return next(str(row.value.email) for ref, row in house.salesforce.rows.items() if ref.id == user)


# ---------------------------------------------------------------- from the hand raised to the rep
def test_S1_1_the_receiver_is_proved_by_reading_the_owner_back() -> None:
    house = House()
    house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    (handoff,) = told(house)["handoffs"]
    assert handoff["state"] == "delivered"
    assert handoff["owner"] == {"email": owner_in_crm(house, lead.ref), "id": lead.fields["OwnerId"]}
    assert handoff["delivered"] is not None


def test_S1_1_until_the_owner_is_read_back_nothing_counts_as_delivered(monkeypatch: Any) -> None:
    house = House()
    house.contact("ada")
    with monkeypatch.context() as broken:
        broken.setattr("syncd.sync.apply.Applier._verify_owners", lambda self: None)
        house.sync()
    (handoff,) = told(house)["handoffs"]
    assert (handoff["state"], handoff["delivered"]) == ("open", None)
    house.sync()
    assert told(house)["handoffs"][0]["state"] == "delivered"


def test_S1_16_S3_5_the_crm_record_and_its_owner_are_the_delivery_without_any_step_by_hand() -> None:
    """From the form in HubSpot to the owned lead in Salesforce: one sync, and nothing beside the two systems."""
    house = House()
    house.contact("ada")
    report = house.sync()
    assert report.handoffs == 1
    assert set(report.writes) == {"hubspot", "salesforce"}
    (lead,) = house.leads()
    assert owner_in_crm(house, lead.ref) == "anna.koehler@syncd.example"


def test_S0_3_S1_18_S4_17_both_moments_of_a_handoff_are_kept_and_what_lies_between_is_told() -> None:
    house = House()
    house.contact("ada")
    house.sync()
    (handoff,) = told(house)["handoffs"]
    assert handoff["seconds"] == {"to_decide": 3601.0, "to_deliver": 0.0}
    assert handoff["opened"] == handoff["delivered"] == (START + timedelta(seconds=1)).isoformat()
    house.contact("bob")
    house.sync()
    house.contact("eve")
    house.sync("plan")  # decided now, sent a minute later
    house.wait(seconds=59)
    house.sync()
    assert pace(house.ledger, START) == {"delivered": 3, "median": 0.0, "p95": 60.0}
    assert pace(house.ledger, house.time) == {"delivered": 0, "median": None, "p95": None}


def test_S0_3_what_a_new_ledger_found_delivered_says_nothing_about_speed() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    house.ledger = type(house.ledger).memory()
    house.settle_down()
    assert told(house)["handoffs"][0]["entry"] == "adopted"
    assert pace(house.ledger, START)["delivered"] == 0


def test_S4_8_a_handoff_gives_the_rep_something_to_do_and_only_the_rep_makes_it_an_sql() -> None:
    house = House()
    ada = house.contact("ada")
    house.settle_down()
    (task,) = [a for a in house.ours(house.leads()[0].ref) if not a.done]
    assert task.title.startswith("Warm lead: Ada Lovelace")
    for _ in range(3):
        house.asks(ada)  # marketing alone, however eager the lead is
        house.wait(days=1)
        house.settle_down()
    assert told(house)["stage"]["now"] == "handed_off"
    house.salesforce.edit(house.leads()[0].ref, Status="Qualified")
    house.settle_down()
    assert told(house)["stage"]["now"] == "sql"


def test_S4_9_an_sql_stays_with_sales_until_it_is_an_opportunity() -> None:
    house = House()
    ada = house.contact("ada")
    house.settle_down()
    (lead,) = house.leads()
    house.salesforce.edit(lead.ref, Status="Qualified")
    house.wait(days=30)
    house.asks(ada)
    house.settle_down()
    assert told(house)["stage"]["now"] == "sql"
    assert len(told(house)["handoffs"]) == 1
    house.salesforce.edit(lead.ref, Status="Closed - Converted")
    contact = house.salesforce.convert(lead.ref, opportunity="Ada Works pilot")
    house.settle_down()
    story = told(house)
    assert story["stage"]["now"] == "opportunity"
    assert str(contact) in story["person"]["refs"]
    assert house.written(ada)["syncd_opportunity_name"] == "Ada Works pilot"


def test_S3_13_who_is_not_ready_stays_with_marketing_and_the_crm_knows_nothing() -> None:
    house = House()
    bob = house.contact("bob", ready=False, demo=True)
    house.settle_down()
    house.wait(days=5)
    house.settle_down()
    assert told(house)["missing"]
    assert house.leads() == []
    assert house.salesforce.creates == []
    assert house.hubspot.get(bob).fields["lifecyclestage"] == "lead"


def test_S4_15_marketing_sees_in_one_property_while_sales_has_the_lead_so_that_nurture_pauses() -> None:
    """docs/hot-list.md suppresses by it."""
    house = House()
    ada = house.contact("ada")
    house.sync()
    assert house.written(ada)["syncd_stage"] == "handed_off"
    house.wait(days=1)
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    house.sync()
    assert house.written(ada)["syncd_stage"] == "sal"
    house.wait(days=1)
    house.salesforce.edit(house.leads()[0].ref, Status="Recycled")
    house.sync()
    assert house.written(ada)["syncd_stage"] == "recycled"


# ---------------------------------------------------------------- one view of the lead
def test_S0_5_how_a_lead_entered_the_funnel() -> None:
    house = House()
    ada = house.contact("ada", demo=False, hs_analytics_source="PAID_SOCIAL")
    house.hubspot.activity("form", [ada], at=START - timedelta(days=40), title="White paper")
    house.settle_down()
    house.asks(ada)
    house.settle_down()
    assert told(house)["came"] == {
        "source": "PAID_SOCIAL",
        "since": (START - timedelta(days=40)).isoformat(),
        "first": {"at": (START - timedelta(days=40)).isoformat(), "kind": "form", "title": "White paper"},
    }


def test_S0_5_of_somebody_without_any_trace_that_is_said() -> None:
    house = House()
    house.contact("bob", ready=False)
    house.settle_down()
    assert told(house)["came"] == {"source": None, "since": None, "first": None}


def test_S2_1_S3_16_pages_forms_mails_calls_and_the_work_of_sales_stand_in_one_view() -> None:
    """Typed events with their content and address, not only opens and clicks."""
    house = House()
    ada = house.contact("ada")
    for kind in ("email_open", "email_click", "call", "meeting"):
        house.hubspot.activity(kind, [ada], at=START - timedelta(days=2), title=f"A {kind}")
    house.settle_down()
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    house.settle_down()
    story = told(house)
    assert {a["kind"] for a in story["activities"]} == {
        "form", "page_view", "email_open", "email_click", "call", "meeting",
    }  # fmt: skip
    (form,) = [a for a in story["activities"] if a["kind"] == "form"]
    assert (form["title"], form["url"]) == ("Demo request", "https://www.syncd.example/demo")
    assert story["score"]["lines"]
    assert story["handoffs"][0]["work"]
    assert {ref.split("/")[0] for ref in story["person"]["refs"]} == {"hubspot", "salesforce"}


def test_S2_4_every_new_event_is_scored_and_the_trend_is_shown() -> None:
    house = House()
    bob = house.contact("bob", demo=False)
    house.settle_down()
    seen = [told(house)["score"]]
    for _ in range(2):
        house.hubspot.activity("page_view", [bob], at=house.time, title="Blog", url="https://www.syncd.example/blog")
        house.settle_down()
        seen.append(told(house)["score"])
    engagement = [score["engagement"] for score in seen]
    assert engagement == sorted(set(engagement))
    assert seen[-1]["trend"] == {"days": 14, "was": seen[0]["combined"]}


def test_S2_4_a_trend_counts_nothing_that_came_later() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    house.wait(days=15)
    house.settle_down()
    score = told(house)["score"]
    assert score["trend"]["was"] > score["combined"]


def test_S2_3_a_need_can_be_a_criterion_and_says_how_we_can_help() -> None:
    rules = example_rules()
    need = Named("Told us what they need", FieldIs("challenge", "present", True))
    house = House(rules=replace(rules, gate=replace(rules.gate, must=(*rules.gate.must, need))))
    ada = house.contact("ada")
    house.settle_down()
    assert any("Told us what they need" in sentence for sentence in told(house)["missing"])
    house.wait(minutes=5)
    house.hubspot.edit(ada, challenge="Leads get lost between marketing and sales")
    house.settle_down()
    brief = told(house)["handoffs"][0]["brief"]
    assert "Leads get lost between marketing and sales" in brief.partition("WHY")[2]
    assert "withheld" not in brief.partition("HOW")[2]


def test_S2_13_the_accept_of_sales_is_kept_with_the_brief_that_lay_before_them() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    assert told(house)["handoffs"][0]["accepted"] is None
    house.wait(hours=1)
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    house.sync()
    at = house.time
    house.settle_down()
    (handoff,) = told(house)["handoffs"]
    assert handoff["accepted"] == {"at": at.isoformat(), "stage": "sal", "brief": digest(handoff["brief"])[:12]}


def test_S2_15_what_people_do_before_any_sale_is_reported_for_everybody() -> None:
    house = House()
    for name, looks in (("bob", 1), ("eve", 4)):
        contact = house.contact(name, demo=False)
        for n in range(looks):
            house.hubspot.activity(
                "page_view", [contact], at=START - timedelta(hours=n), title="Blog", url="https://a.example"
            )
    house.settle_down()
    rows = {row["name"].split()[0]: row for row in View.of(house.ledger, house.rules).ranking()}
    assert {row["verdict"] for row in rows.values()} == {"not ready"}
    assert rows["Eve"]["engagement"] > rows["Bob"]["engagement"] > 0


# ---------------------------------------------------------------- to whom, and not too much
def test_S4_11_S1_15_one_receiver_or_direct_by_what_the_config_says() -> None:
    received = {}
    for mode, more in (("single", {"owners": ("yui.tanaka@syncd.example",)}), ("territory", {})):
        rules = example_rules()
        house = House(rules=replace(rules, routing=replace(rules.routing, mode=mode, **more)))
        for name in ("ada", "bob"):
            house.contact(name)
        house.settle_down()
        received[mode] = {owner_in_crm(house, lead.ref) for lead in house.leads()}
    assert received["single"] == {"yui.tanaka@syncd.example"}
    assert received["territory"] == {"anna.koehler@syncd.example", "jonas.weiss@syncd.example"}
