"""`syncd who-writes`: the second writer of a field by name, over HTTP against both emulators."""

from __future__ import annotations

from typing import Any

import requests

from connectors.loopback.world import setup
from tests.cli.place import Place


def edits_contact(place: Place, rid: str, **properties: str) -> None:
    """Somebody at the screen of HubSpot."""
    url = f"{place.sandbox.servers['hubspot'].url}/crm/v3/objects/contacts/{rid}"
    headers = {"Authorization": f"Bearer {setup.HUBSPOT_REPS_TOKEN}"}
    assert requests.patch(url, json={"properties": properties}, headers=headers, timeout=10).ok


def edits_lead(place: Place, rid: str, **fields: Any) -> str:
    """A rep in Salesforce, whose name comes back."""
    rep = next(member for member in place.sandbox.world.crew.reps if member.token)
    url = f"{place.sandbox.servers['salesforce'].url}/services/data/v65.0/sobjects/Lead/{rid}"
    headers = {"Authorization": f"Bearer {rep.token}", "Sforce-Auto-Assign": "FALSE"}
    assert requests.patch(url, json=fields, headers=headers, timeout=10).ok
    users = place.sandbox.salesforce.snapshot()["User"]
    return next(str(user["Name"]) for user in users if user.get("token") == rep.token or user["Email"] == rep.email)


def test_N9_the_second_writer_is_named_and_our_own_writes_are_told_apart(approved: Place) -> None:
    lead = next(lead for lead in approved.leads() if lead["Status"] == "Open - Not Contacted")
    rep = edits_lead(approved, lead["Id"], Status="Working - Contacted")
    edits_contact(approved, lead["syncd_hs_id__c"], syncd_owner="mine")
    told = approved.syncd("who-writes", "stage", lead["syncd_hs_id__c"], "--json")
    assert told.code == 0, told
    places = {(p["system"], p["field"]): p for p in told.json["places"]}
    assert ("hubspot", "lifecyclestage") in places

    told = approved.syncd("who-writes", "syncd_owner", lead["syncd_hs_id__c"], "--json").json
    (place,) = told["places"]
    ours, theirs = sorted(place["writers"], key=lambda row: not row["ours"])
    assert ours["ours"]
    assert (theirs["kind"], theirs["value"], theirs["ours"]) == ("user", "mine", False)
    assert told["api_calls"] <= 4

    told = approved.syncd("who-writes", "work_status", lead["syncd_hs_id__c"])
    assert "Salesforce Lead.Status, 1 record" in told.out
    assert rep in told.out
    assert "Besides syncd:" in told.out


def test_N9_without_a_person_it_looks_where_the_field_changed_lately(approved: Place) -> None:
    for lead in approved.leads()[:2]:
        edits_contact(approved, lead["syncd_hs_id__c"], jobtitle="Chief of everything")
    approved.control("hubspot", "clock", advance="2m")
    approved.syncd("sync")
    told = approved.syncd("who-writes", "title", "--json").json
    assert told["people"] >= 2
    place = next(p for p in told["places"] if p["system"] == "hubspot")
    assert (place["field"], place["records"]) == ("jobtitle", told["people"])
    assert [row["writes"] for row in place["writers"] if row["value"] == "Chief of everything"] == [2]


def test_N9_a_field_that_no_mapping_has(approved: Place) -> None:
    told = approved.syncd("who-writes", "phon")
    assert told.code == 2
    assert "No mapping has a field “phon”. Did you mean “phone”?" in told.err


def test_N9_a_system_that_is_away_is_said(approved: Place) -> None:
    lead = approved.leads()[0]
    approved.down("salesforce")
    told = approved.syncd("who-writes", "phone", lead["syncd_hs_id__c"])
    assert told.code == 3
    assert "HubSpot contacts.phone" in told.out
    assert "Salesforce" in told.err


def test_C6_the_problem_of_a_second_writer_and_going_on_after_it(approved: Place) -> None:
    lead = next(lead for lead in approved.leads() if lead["Status"] == "Open - Not Contacted")
    rid = lead["syncd_hs_id__c"]
    for _ in range(5):
        edits_contact(approved, rid, syncd_stage="lead")
        approved.control("hubspot", "clock", advance="2m")
        approved.syncd("sync")
    found = [p for p in approved.syncd("problems", "--json").json["problems"] if p["kind"] == "oscillation"]
    (problem,) = found
    assert problem["sentence"].startswith("The user")
    assert "HubSpot contacts.syncd_stage" in problem["sentence"]
    assert any(
        "overwrite each other" in p["sentence"] for p in approved.syncd("explain", rid, "--json").json["problems"]
    )
    assert approved.syncd("problems", "retry", str(problem["id"])).code == 0
    approved.syncd("sync")
    (contact,) = [c for c in approved.sandbox.hubspot.snapshot()["contacts"] if c["id"] == rid]
    assert contact["properties"]["syncd_stage"] != "lead"
