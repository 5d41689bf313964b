"""Leads: their pipeline, their contact, what they show of it (fact sheet §10.5)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

LEADS = "/crm/v3/objects/leads"
PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 578, "label": "Primary"}
PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 608, "label": None}


def to(record_id: str, type_id: int = 578) -> dict[str, Any]:
    return {
        "to": {"id": record_id},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}],
    }


def lead(hs: HubSpot, contact: str, **properties: Any) -> str:
    return hs.create("leads", {"hs_lead_name": "Ada", **properties}, associations=[to(contact)])["id"]


def body(contact: str | None = None, **properties: Any) -> dict[str, Any]:
    return {"properties": properties, "associations": [to(contact)] if contact else []}


def test_a_lead_starts_open_in_its_pipeline(hs: HubSpot) -> None:
    contact = hs.contact("ada@example.com")
    answer = hs.post(LEADS, json=body(contact, hs_lead_name="Ada", hs_lead_label="WARM", hs_lead_type="NEW_BUSINESS"))
    assert answer.status_code == 201
    made = answer.json()
    assert made["properties"]["hs_pipeline"] == "lead-pipeline-id"
    assert made["properties"]["hs_pipeline_stage"] == "new-stage-id"
    assert made["properties"]["hs_lead_is_open"] == "1"
    assert made["url"].endswith(f"/record/0-136/{made['id']}")
    for path in (f"/crm/v3/objects/0-136/{made['id']}", f"/crm/objects/2026-09/lead/{made['id']}"):
        assert hs.get(path).json()["id"] == made["id"]
    [pipeline] = hs.get("/crm/v3/pipelines/leads").json()["results"]
    assert [stage["id"] for stage in pipeline["stages"]] == [
        "new-stage-id", "attempting-stage-id", "connected-stage-id", "qualified-stage-id", "unqualified-stage-id",
    ]  # fmt: skip


def test_a_lead_needs_a_name_and_an_existing_contact(hs: HubSpot) -> None:
    contact = hs.contact("ada@example.com")
    company = hs.create("companies", {"name": "Acme"})["id"]
    refused = [
        body(contact),
        body(hs_lead_name="Ada"),
        body("999", hs_lead_name="Ada"),
        {"properties": {"hs_lead_name": "Ada"}, "associations": [to(company, 610)]},
    ]
    for one in refused:
        assert hs.post(LEADS, json=one).status_code == 400
        assert hs.post(f"{LEADS}/batch/create", json={"inputs": [one]}).status_code == 400
    assert hs.emulator.snapshot()["leads"] == []
    traced = [
        {**one, "objectWriteTraceId": str(n)} for n, one in enumerate([body(contact, hs_lead_name="B"), refused[1]])
    ]
    answer = hs.post(f"{LEADS}/batch/create", json={"inputs": traced})
    assert (answer.status_code, len(answer.json()["results"])) == (207, 1)
    assert answer.json()["errors"][0]["context"] == {"objectWriteTraceId": ["1"]}


@pytest.mark.parametrize("type_id", [578, 608])
def test_the_contact_is_the_leads_primary_one(hs: HubSpot, type_id: int) -> None:
    """578 and 608 from the lead, 579 and 609 back [D:associations]."""
    contact = hs.contact("ada@example.com")
    made = hs.create("leads", {"hs_lead_name": "Ada"}, associations=[to(contact, type_id)])["id"]
    linked = hs.get(f"/crm/v4/objects/leads/{made}/associations/contacts").json()["results"]
    assert linked == [{"toObjectId": int(contact), "associationTypes": [PRIMARY, PLAIN]}]
    [back] = hs.get(f"/crm/v4/objects/contacts/{contact}/associations/leads").json()["results"]
    assert [t["typeId"] for t in back["associationTypes"]] == [579, 609]
    labels = hs.get("/crm/v4/associations/contacts/leads/labels").json()["results"]
    assert {(t["typeId"], t["label"]) for t in labels} == {(579, "Primary"), (609, None)}


def test_a_lead_shows_its_primary_contact_and_company(hs: HubSpot) -> None:
    contact = hs.contact("ada@example.com", firstname="Ada", lastname="L")
    made = lead(hs, contact)
    company = hs.create("companies", {"name": "Acme", "domain": "acme.example"})["id"]
    hs.link("leads", made, "companies", company)
    hs.change("contacts", contact, email="ada@acme.example")
    names = ("hs_primary_contact_id", "hs_associated_contact_email", "hs_associated_company_name")
    shown = hs.read("leads", made, *names)
    assert [shown[name] for name in names] == [contact, "ada@acme.example", "Acme"]
    other = hs.contact("bob@example.com")
    hs.put(
        f"/crm/v4/objects/leads/{made}/associations/contacts/{other}",
        json=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}],
    )
    assert hs.read("leads", made, *names)["hs_associated_contact_email"] == "bob@example.com"
    found = hs.get(f"/crm/v4/objects/leads/{made}/associations/contacts").json()["results"]
    assert {str(f["toObjectId"]): PRIMARY in f["associationTypes"] for f in found} == {contact: False, other: True}


def test_stages_decide_whether_a_lead_is_open(hs: HubSpot) -> None:
    made = lead(hs, hs.contact("ada@example.com"))
    for stage, is_open in (("connected-stage-id", "1"), ("unqualified-stage-id", "0"), ("new-stage-id", "1")):
        hs.change("leads", made, hs_pipeline_stage=stage)
        assert hs.read("leads", made, "hs_lead_is_open")["hs_lead_is_open"] == is_open
    wrong = hs.patch(f"{LEADS}/{made}", json={"properties": {"hs_pipeline_stage": "closedwon"}})
    assert wrong.json()["errors"][0]["code"] == "INVALID_OPTION"
    hs.clock.advance(60)
    open_ones = [{"propertyName": "hs_lead_is_open", "operator": "EQ", "value": "1"}]
    found = hs.search("leads", filterGroups=[{"filters": open_ones}])
    assert [record["id"] for record in found["results"]] == [made]


@pytest.mark.parametrize("routed", [True, False])
def test_leads_have_a_batch_upsert_only_if_told(portal: Portal, routed: bool) -> None:
    """The fact sheet says none, the specification of 2026-08 lists it."""
    hs = portal(lead_upsert=routed)
    made = lead(hs, hs.contact("ada@example.com"))
    answer = hs.batch("leads", "upsert", [{"id": made, "properties": {"hs_lead_label": "HOT"}}])
    assert answer.status_code == (200 if routed else 404)
    assert hs.read("leads", made, "hs_lead_label")["hs_lead_label"] == ("HOT" if routed else None)


def test_notes_and_deals_of_a_lead(hs: HubSpot) -> None:
    made = lead(hs, hs.contact("ada@example.com"))
    note = hs.create("notes", {"hs_timestamp": "2026-11-20"}, associations=[to(made, 855)])["id"]
    linked = hs.get(f"/crm/v4/objects/leads/{made}/associations/notes").json()["results"]
    assert [entry["toObjectId"] for entry in linked] == [int(note)]
    deal = hs.create("deals", {"dealname": "D"})["id"]
    hs.link("leads", made, "deals", deal)
    [back] = hs.get(f"/crm/v4/objects/deals/{deal}/associations/leads").json()["results"]
    assert {t["typeId"] for t in back["associationTypes"]} == {583, 1038}


def test_archived_leads(hs: HubSpot) -> None:
    made = lead(hs, hs.contact("ada@example.com"))
    assert hs.delete(f"{LEADS}/{made}").status_code == 204
    assert hs.get(f"{LEADS}/{made}").status_code == 404
    assert hs.get(LEADS, params={"archived": "true"}).json()["results"][0]["id"] == made


@pytest.mark.parametrize(("automatic", "types"), [(True, [PRIMARY, PLAIN]), (False, [PLAIN])])
def test_the_first_contact_is_primary_by_itself_or_not(portal: Portal, automatic: bool, types: list[Any]) -> None:
    hs = portal(first_company_is_primary=automatic)
    made = hs.create("leads", {"hs_lead_name": "Ada"}, associations=[to(hs.contact("a@example.com"), 608)])["id"]
    [entry] = hs.get(f"/crm/v4/objects/leads/{made}/associations/contacts").json()["results"]
    assert entry["associationTypes"] == types
