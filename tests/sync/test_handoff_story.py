"""The loop in one process: what a lead goes through, told step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.types import State
from tests.sync.house import House


def test_S0_1_a_ready_contact_becomes_one_lead_with_owner_brief_history_and_word_back() -> None:
    """Ada asks for a demo. She becomes a Lead of the rep for Germany, with a task, the history, and the mark in HubSpot."""
    house = House()
    ada = house.contact("ada")
    report = house.sync()
    assert report.handoffs == 1
    (lead,) = house.leads()
    assert lead.fields["syncd_hs_id__c"] == ada.id
    assert lead.fields["Email"] == "ada@ada-works.example"
    assert lead.fields["Status"] == "Open - Not Contacted"
    owners = {ref.id: row.value.email for ref, row in house.salesforce.rows.items() if ref.kind == "User"}
    assert owners[lead.fields["OwnerId"]] == "anna.koehler@syncd.example"
    task, digest = sorted(house.ours(lead.ref), key=lambda a: a.done)
    assert not task.done
    assert "WHO" in task.body
    assert "Demo request" in digest.body
    assert house.written(ada)["syncd_crm_id"] == lead.ref.id
    assert str(house.written(ada)["syncd_handoff_no"]) == "1"
    assert house.written(ada)["syncd_stage"] == "handed_off"


def test_S0_2_a_cold_contact_leaves_the_crm_untouched() -> None:
    house = House()
    house.contact("bob", ready=False)
    report = house.sync()
    assert report.decided == 1
    assert sum(report.writes.values()) == 0
    assert house.leads() == []


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_pain_14_a_second_sync_on_an_unchanged_world_writes_nothing(crm: str) -> None:
    house = House(crm)
    for name in ("ada", "grace", "edsger"):
        house.contact(name)
    house.sync()
    for _ in range(3):
        report = house.sync()
        assert report.actions == {}
        assert sum(report.writes.values()) == 0


def test_S1_20_the_disposition_lands_on_the_contact_with_the_next_sync() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(days=1)
    house.salesforce.edit(
        lead.ref, Status="Recycled", syncd_reason__c="Budget next year", syncd_not_before__c="2027-01-15"
    )
    house.sync()
    said = house.written(ada)
    assert said["syncd_disposition"] == "recycle"
    assert said["syncd_reason"] == "Budget next year"
    assert said["syncd_not_before"] == "2027-01-15"
    assert said["syncd_stage"] == "recycled"
    assert sum(house.sync().writes.values()) == 0


def test_pain_7_a_recycled_lead_comes_back_only_on_fresh_evidence_after_its_date() -> None:
    """Recycled until January: a demo request in December waits, one in January opens handoff 2 on the same record."""
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(days=1)
    house.salesforce.edit(lead.ref, Status="Recycled", syncd_not_before__c="2027-01-15")
    house.settle_down()
    house.wait(days=10)
    house.asks(ada)
    house.settle_down()
    assert house.written(ada)["syncd_handoff_no"] in (1, "1")
    house.wait(days=60)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "1", "the December request is older than the window"
    house.asks(ada)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "2"
    assert len(house.leads()) == 1
    assert house.salesforce.get(lead.ref).fields["Status"] == "Open - Not Contacted"
    assert house.salesforce.duplicates() == {}


def test_S3_14_trash_is_final_for_the_machine() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    house.wait(days=1)
    house.salesforce.edit(house.leads()[0].ref, Status="Closed - Not Converted", syncd_reason__c="Student")
    house.settle_down()
    house.wait(days=40)
    house.asks(ada)
    house.settle_down()
    assert str(house.written(ada)["syncd_handoff_no"]) == "1"


def test_pain_4_a_lead_that_is_converted_is_followed_to_its_contact_and_opportunity() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(days=2)
    house.salesforce.edit(lead.ref, Status="Closed - Converted")
    contact = house.salesforce.convert(lead.ref, opportunity="Ada Works pilot")
    house.settle_down()
    said = house.written(ada)
    assert said["syncd_crm_id"] == contact.id
    assert said["syncd_opportunity_name"] == "Ada Works pilot"
    assert said["syncd_stage"] == "opportunity"
    assert said["syncd_disposition"] == "qualified"
    assert len(house.leads()) == 1, "the converted one"


def test_S1_2_an_owner_that_a_human_changed_is_followed_never_fought() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    other = next(ref for ref, row in house.salesforce.rows.items()
                 if ref.kind == "User" and row.value.email == "yui.tanaka@syncd.example")  # fmt: skip
    house.wait(hours=2)
    house.salesforce.edit(lead.ref, OwnerId=other.id)
    house.settle_down()
    assert house.salesforce.get(lead.ref).fields["OwnerId"] == other.id
    assert house.written(ada)["syncd_owner"] == "yui.tanaka@syncd.example"


@pytest.mark.parametrize("kind", ["Lead", "Contact"])
def test_pain_3_an_existing_record_is_found_before_anything_is_created(kind: str) -> None:
    house = House()
    owner = next(ref.id for ref, row in house.salesforce.rows.items()
                 if ref.kind == "User" and row.value.email == "marcus.bell@syncd.example")  # fmt: skip
    old = house.salesforce.person(
        kind, {"Email": "Ada@Ada-Works.example", "LastName": "Lovelace", "OwnerId": owner, "Phone": "+1 555 0100"}
    )
    ada = house.contact("ada")
    house.sync()
    assert [r.ref for r in house.salesforce.people()] == [old]
    record = house.salesforce.get(old)
    assert record.fields["OwnerId"] == owner, "a live rep keeps the record"
    assert record.fields["Phone"] == "+1 555 0100", "sales' phone is not overwritten"
    assert record.token == ada.id or record.fields["syncd_hs_id__c"] == ada.id
    assert len([a for a in house.ours(old) if not a.done]) == 1


def test_pain_3_two_candidates_are_held_never_guessed() -> None:
    house = House()
    for _ in range(2):
        house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace"})
    house.contact("ada")
    report = house.sync()
    assert report.handoffs == 0
    assert report.held == 1
    assert report.problems == 1
    assert house.ours() == []


def test_pain_12_when_two_contacts_merge_there_is_one_open_handoff() -> None:
    house = House()
    ada = house.contact("ada")
    twin = house.contact("adele", ready=False)
    house.sync()
    house.hubspot.merge(ada, twin)
    house.settle_down()
    assert len(house.leads()) == 1
    assert house.creates().most_common(1)[0][1] == 1
    states = house.ledger.rows("SELECT state FROM handoff WHERE state IN ('open', 'delivered')")
    assert states == [("delivered",)]


def test_F19_a_lead_that_a_rep_deleted_is_not_made_again() -> None:
    house = House()
    house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(hours=3)
    house.salesforce.delete(lead.ref)
    house.settle_down()
    assert house.leads() == []
    assert any(k == "deleted_remotely" for (k,) in house.ledger.rows("SELECT kind FROM problem WHERE resolved IS NULL"))


def test_pain_13_blank_never_overwrites() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(hours=1)
    house.hubspot.edit(ada, company="", city=None)
    house.settle_down()
    assert house.salesforce.get(lead.ref).fields["Company"] == "Ada Works"


def test_a_phone_that_sales_corrects_goes_back_and_settles() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.sync()
    house.wait(hours=1)
    house.salesforce.edit(lead.ref, Phone="+49 30 7654321")
    house.settle_down()
    assert house.hubspot.get(ada).fields["phone"] == "+49 30 7654321"


def test_a_veto_before_delivery_takes_the_handoff_back() -> None:
    """The CRM refuses to answer while Ada is handed over; she opts out meanwhile; nothing is ever sent."""
    house = House()
    ada = house.contact("ada")
    house.salesforce.fail("send Lead", times=1)
    house.sync()
    assert house.leads() == []
    house.wait(minutes=10)
    house.hubspot.edit(ada, hs_email_optout="true")
    house.settle_down()
    assert house.leads() == []
    assert house.ledger.rows("SELECT state, reason FROM handoff") == [("void", "withdrawn")]
    assert house.ledger.rows("SELECT stage, highest FROM person") == [("lead", "mql")]


def test_a_rejected_record_is_one_problem_and_the_others_land() -> None:
    house = House()
    for name in ("ada", "grace", "edsger"):
        house.contact(name)
    house.salesforce.veto = lambda a: "bad value" if a.fields.get("FirstName") == "Grace" else None
    house.sync()
    assert {lead.fields["FirstName"] for lead in house.leads()} == {"Ada", "Edsger"}
    assert len(house.ours()) == 4
    house.salesforce.veto = lambda a: None
    from syncd.ledger import journal

    assert journal.retry(house.ledger, ()) == 1
    house.settle_down()
    assert len(house.leads()) == 3
    assert set(house.creates().values()) == {1}
    assert house.ledger.rows("SELECT kind FROM problem WHERE resolved IS NULL") == []


def test_late_rows_are_found_by_the_overlap() -> None:
    house = House()
    house.contact("ada", ready=False)
    house.sync()
    late = house.hubspot.person("contacts", {"email": "late@late.example"}, late=30)
    house.sync()
    house.wait(seconds=60)
    house.sync()
    assert house.ledger.value("SELECT count(*) FROM record WHERE rid = ?", late.id) == 1


def test_a_gone_contact_is_never_handed_over() -> None:
    house = House()
    ada = house.contact("ada")
    house.hubspot.delete(ada)
    house.wait(days=1, minutes=1)
    house.sync()
    assert house.leads() == []
    assert house.hubspot.get(ada).state is State.ARCHIVED


def test_time_alone_does_not_make_a_lead_ready_again() -> None:
    house = House()
    house.contact("bob", ready=False, demo=True)
    house.sync()
    house.time += timedelta(days=90)
    assert house.sync().handoffs == 0
