"""Properties, groups, pipelines, owners (fact sheet §6, §8, §10.2, §10.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

from connectors.loopback.hubspot.option_sets import option_sets

PROPERTIES = "/crm/v3/properties/contacts"


@pytest.fixture
def hs(portal: Portal) -> HubSpot:
    """New properties are seen at once; the delay has its own test."""
    hs = portal(property_lag_seconds=0)
    hs.emulator.add_group("contacts", {"name": "syncd", "label": "syncd"})
    return hs


def definition(name: str, type_: str = "string", field: str = "text", **more: Any) -> dict[str, Any]:
    return {
        "name": name, "label": name, "type": type_, "fieldType": field, "groupName": "syncd", **more,
    }  # fmt: skip


def test_hubspot_defined_properties(hs: HubSpot) -> None:
    results = {p["name"]: p for p in hs.get(PROPERTIES).json()["results"]}
    assert len(results) > 190
    owner = results["hubspot_owner_id"]
    assert (owner["type"], owner["externalOptions"], owner["options"]) == ("enumeration", True, [])
    assert owner["referencedObjectType"] == "OWNER"
    assert results["annualrevenue"]["type"] == "string"  # a number on companies only
    for name in ("hubspotscore", "notes_last_updated", "hs_email_optout", "createdate"):
        assert results[name]["modificationMetadata"]["readOnlyValue"] is True, name
    assert results["email"]["hasUniqueValue"] is True
    assert "referencedObjectType" not in results["hs_object_id"]
    stages = [option["value"] for option in results["lifecyclestage"]["options"]]
    assert stages[0] == "subscriber"
    assert stages[-1] == "other"
    company = hs.get("/crm/properties/2026-09/companies/annualrevenue").json()
    assert company["type"] == "number"


def test_create_property(hs: HubSpot) -> None:
    options = [{"label": "Accepted", "value": "accepted", "displayOrder": 0, "hidden": False}]
    body = definition("syncd_sales_status", "enumeration", "select", options=options)
    answer = hs.post(PROPERTIES, json=body)
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith("/properties/contacts/syncd_sales_status")
    created = answer.json()
    assert list(created) == [
        "updatedAt", "createdAt", "name", "label", "type", "fieldType", "description", "groupName",
        "options", "createdUserId", "updatedUserId", "displayOrder", "calculated",
        "externalOptions", "archived", "hasUniqueValue", "hidden", "modificationMetadata",
        "formField", "dataSensitivity",
    ]  # fmt: skip
    assert created["options"] == options
    assert created["displayOrder"] == -1
    assert hs.get(f"{PROPERTIES}/syncd_sales_status").json() == created


def test_property_conflict(hs: HubSpot) -> None:
    hs.post(PROPERTIES, json=definition("age"))
    answer = hs.post(PROPERTIES, json=definition("age"))
    assert answer.status_code == 409
    assert answer.json()["category"] == "OBJECT_ALREADY_EXISTS"
    assert answer.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


def test_batch_create_properties(hs: HubSpot) -> None:
    """[R:amp-labs/custom/update/3-response-batch-create-properties.json]"""
    hs.post(PROPERTIES, json=definition("age__c"))
    options = [
        {"label": "art", "value": "art", "description": "art"},
        {"label": "travel", "value": "travel", "description": "travel", "displayOrder": 1},
        {"label": "swimming", "value": "swimming", "description": "swimming", "displayOrder": 2},
    ]
    inputs = [
        definition("age__c"),
        definition("interests__c", "enumeration", "select", options=options),
    ]
    answer = hs.post(f"{PROPERTIES}/batch/create", json={"inputs": inputs})
    assert answer.status_code == 207
    [created] = answer.json()["results"]
    assert "createdAt" not in created
    assert [option["displayOrder"] for option in created["options"]] == [3, 1, 2]
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_ALREADY_EXISTS",
            "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
            "message": "A property named 'age__c' already exists.",
            "context": {"name": ["age__c"]},
        }
    ]
    names = {"inputs": [{"name": "age__c"}, {"name": "nope"}]}
    read = hs.post(f"{PROPERTIES}/batch/read", json=names)
    assert read.status_code == 207
    assert read.json()["results"][0]["name"] == "age__c"
    gone = hs.post(f"{PROPERTIES}/batch/archive", json={"inputs": [{"name": "age__c"}]})
    assert gone.status_code == 204


def test_patch_replaces_the_options(hs: HubSpot) -> None:
    options = [{"label": v, "value": v} for v in ("a", "b")]
    hs.post(PROPERTIES, json=definition("tier", "enumeration", "select", options=options))
    hs.clock.advance(1)
    body = {"options": [{"label": "c", "value": "c"}], "hasUniqueValue": True, "label": "Tier"}
    changed = hs.patch(f"{PROPERTIES}/tier", json=body).json()
    assert [option["value"] for option in changed["options"]] == ["c"]
    assert changed["hasUniqueValue"] is False  # immutable
    assert changed["updatedAt"] > changed["createdAt"]
    assert hs.patch(f"{PROPERTIES}/tier", json={"type": "number"}).status_code == 400
    assert hs.patch(f"{PROPERTIES}/nope", json=body).status_code == 404


def test_archived_property_comes_back_under_its_name(hs: HubSpot) -> None:
    hs.post(PROPERTIES, json=definition("tier", label="First"))
    contact = hs.contact("a@example.com", tier="A")
    assert hs.delete(f"{PROPERTIES}/tier").status_code == 204
    missing = hs.get(f"{PROPERTIES}/tier")
    assert missing.status_code == 404
    assert missing.json()["category"] == "OBJECT_NOT_FOUND"
    assert "tier" not in hs.read("contacts", contact, "tier")
    answer = hs.patch(f"/crm/v3/objects/contacts/{contact}", json={"properties": {"tier": "B"}})
    assert answer.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    archived = hs.get(PROPERTIES, params={"archived": "true"}).json()["results"]
    assert [(p["name"], p["archived"], p["archivedAt"]) for p in archived] == [
        ("tier", True, "2026-11-22T12:00:00.500Z")
    ]
    gone = hs.post(f"{PROPERTIES}/batch/read", json={"archived": True, "inputs": [{"name": "tier"}]})
    assert gone.json()["results"] == archived
    again = hs.post(PROPERTIES, json=definition("tier", label="Second")).json()
    assert again["label"] == "First"
    assert hs.read("contacts", contact, "tier")["tier"] == "A"


def test_properties_in_use_cannot_be_deleted(hs: HubSpot) -> None:
    hs.post(PROPERTIES, json=definition("tier"))
    hs.emulator.add_validation_rule({"kind": "contacts", "property": "tier"})
    for name in ("tier", "email"):
        answer = hs.delete(f"{PROPERTIES}/{name}")
        assert answer.status_code == 400
        code = "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
        assert answer.json()["subCategory"] == code


@pytest.mark.parametrize(
    "body",
    [
        definition("Upper"),
        definition("x", "string", "number"),
        definition("x", "date", "text"),
        definition("x", groupName="nope"),
        {"name": "x"},
        definition("x", "bool", "booleancheckbox"),
        definition("x", "enumeration", "select", options=[{"label": "no value"}]),
    ],
)
def test_refused_definitions(hs: HubSpot, body: dict[str, Any]) -> None:
    answer = hs.post(PROPERTIES, json=body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_boolean_options(hs: HubSpot) -> None:
    wrong = definition("b", "bool", "booleancheckbox", options=[{"label": "Y", "value": "yes"}])
    answer = hs.post(PROPERTIES, json=wrong)
    assert answer.json()["errors"][0]["code"] == "INVALID_BOOLEAN_OPTION"
    options = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]
    right = {**wrong, "options": options}
    assert hs.post(PROPERTIES, json=right).status_code == 201


def test_ten_unique_properties_at_most(hs: HubSpot) -> None:
    for n in range(10):
        body = definition(f"u{n}", hasUniqueValue=True)
        assert hs.post(PROPERTIES, json=body).status_code == 201
    assert hs.post(PROPERTIES, json=definition("u10", hasUniqueValue=True)).status_code == 400


@pytest.mark.parametrize("limit", [{"max_properties": 2}, {"max_account_properties": 2}])
def test_properties_of_ones_own_are_limited(portal: Portal, limit: dict[str, int]) -> None:
    """1,000 per object type, 10,000 in the account (§2.2)."""
    hs = portal(**limit, property_lag_seconds=0)
    definition = {"label": "L", "type": "string", "fieldType": "text", "groupName": "contactinformation"}

    def make(n: int) -> int:
        return hs.post("/crm/v3/properties/contacts", json={**definition, "name": f"own_{n}"}).status_code

    assert [make(n) for n in range(3)] == [201, 201, 400]
    hs.delete("/crm/v3/properties/contacts/own_0")
    assert make(3) == 201


def test_new_properties_are_not_seen_at_once(portal: Portal) -> None:
    """250-700 ms [L:K]; a write in the gap gets PROPERTY_DOESNT_EXIST."""
    hs = portal()
    body = {**definition("tier"), "groupName": "contactinformation"}
    assert hs.post(PROPERTIES, json=body).status_code == 201
    assert hs.get(f"{PROPERTIES}/tier").status_code == 404
    write = {"properties": {"tier": "A"}}
    answer = hs.post("/crm/v3/objects/contacts", json=write)
    assert answer.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    hs.clock.advance(0.5)
    assert hs.get(f"{PROPERTIES}/tier").status_code == 200
    assert hs.post("/crm/v3/objects/contacts", json=write).status_code == 201


def test_groups(hs: HubSpot) -> None:
    groups = f"{PROPERTIES}/groups"
    answer = hs.post(groups, json={"name": "extra", "label": "Extra"})
    assert answer.status_code == 201
    assert list(answer.json()) == ["name", "label", "displayOrder", "archived"]
    assert hs.post(groups, json={"name": "extra", "label": "Extra"}).status_code == 409
    assert hs.patch(f"{groups}/extra", json={"label": "More"}).json()["label"] == "More"
    names = [group["name"] for group in hs.get(groups).json()["results"]]
    assert {"contactinformation", "syncd", "extra"} <= set(names)
    hs.post(PROPERTIES, json={**definition("x"), "groupName": "extra"})
    refused = hs.delete(f"{groups}/extra")
    assert refused.status_code == 400
    assert refused.json()["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    hs.delete(f"{PROPERTIES}/x")
    assert hs.delete(f"{groups}/extra").status_code == 204
    assert hs.get(f"{groups}/extra").status_code == 404


def test_properties_by_the_control_endpoint(hs: HubSpot) -> None:
    body = {"kind": "contacts", "name": "tier", "definition": definition("tier")}
    assert hs.post("/_sandbox/property", json=body).status_code == 200
    contact = hs.contact("a@example.com", tier="A")
    options = [{"label": "New", "value": "NEW"}, {"label": "Warm", "value": "WARM"}]
    body = {"kind": "contacts", "name": "hs_lead_status", "definition": {"options": options}}
    hs.post("/_sandbox/property", json=body)
    hs.change("contacts", contact, hs_lead_status="WARM")
    body = {"kind": "contacts", "name": "tier", "archived": True}
    assert hs.post("/_sandbox/property", json=body).status_code == 200
    assert hs.get(f"{PROPERTIES}/tier").status_code == 404


def test_the_lifecycle_is_a_pipeline(hs: HubSpot) -> None:
    for path in ("/crm/v3/pipelines/contacts", "/crm/pipelines/2026-09/contacts/"):
        [pipeline] = hs.get(path).json()["results"]
        assert pipeline["id"] == "contacts-lifecycle-pipeline"
    assert [s["displayOrder"] for s in pipeline["stages"]] == list(range(8))
    assert pipeline["stages"][-1]["metadata"] == {"isClosed": "true", "state": "CLOSED"}
    assert pipeline["createdAt"] == "1970-01-01T00:00:00Z"
    stages = hs.get("/crm/v3/pipelines/deals/default/stages").json()["results"]
    assert stages[-1]["id"] == "closedlost"
    one = hs.get("/crm/v3/pipelines/deals/default/stages/closedwon").json()
    assert one["metadata"]["probability"] == "1.0"
    assert hs.get("/crm/v3/pipelines/deals/nope").status_code == 404


def test_owners(hs: HubSpot) -> None:
    for n in range(3):
        hs.emulator.add_owner({"email": f"o{n}@example.com", "id": str(700 + n), "userId": 900 + n})
    queue = {"email": "q@example.com", "id": "800", "type": "QUEUE", "archived": True}
    hs.emulator.add_owner(queue)
    page = hs.get("/crm/v3/owners/", params={"limit": 2, "archived": "False"}).json()
    assert [owner["id"] for owner in page["results"]] == ["700", "701"]
    assert page["paging"]["next"]["after"] == "702"
    owner = page["results"][0]
    assert list(owner) == [
        "id", "email", "type", "firstName", "lastName", "userId", "userIdIncludingInactive",
        "createdAt", "updatedAt", "archived",
    ]  # fmt: skip
    assert (owner["userId"], owner["type"]) == (900, "PERSON")
    rest = hs.get("/crm/v3/owners", params={"limit": 2, "after": "702"}).json()
    assert [owner["id"] for owner in rest["results"]] == ["702"]
    [gone] = hs.get("/crm/owners/2026-03", params={"archived": "true"}).json()["results"]
    assert "userId" not in gone
    assert (gone["id"], gone["type"]) == ("800", "QUEUE")
    assert gone["userIdIncludingInactive"] > 0
    [by_email] = hs.get("/crm/v3/owners", params={"email": "o1@example.com"}).json()["results"]
    assert by_email["id"] == "701"
    by_user = hs.get("/crm/v3/owners/902", params={"idProperty": "userId"}).json()
    assert by_user["id"] == "702"
    assert hs.get("/crm/v3/owners/800").status_code == 404
    assert hs.get("/crm/v3/owners/800", params={"archived": "true"}).status_code == 200


def test_the_large_option_sets(hs: HubSpot) -> None:
    """525 time zones and 191 languages [R:grouparoo/contacts.schema.200.json]."""
    values = {
        (kind, name): [o["value"] for o in hs.get(f"/crm/v3/properties/{kind}/{name}").json()["options"]]
        for kind, name in (("contacts", "hs_timezone"), ("contacts", "hs_language"), ("companies", "industry"))
    }
    zones, languages, industries = values.values()
    assert (len(zones), len(languages), len(industries)) == (525, 191, 148)
    assert {"america_slash_new_york", "america_slash_port_hyphen_au_hyphen_prince", "us_slash_eastern"} < set(zones)
    assert {"europe_slash_kyiv", "utc"}.isdisjoint(zones)
    assert {"de", "de-at", "pt-br", "iw-il"} < set(languages)
    assert {"COMPUTER_SOFTWARE", "HOSPITAL_HEALTH_CARE", "E_LEARNING"} < set(industries)
    for found in values.values():
        assert len(set(found)) == len(found)


@pytest.mark.parametrize(("name", "options"), [("hs_timezone", "timezone"), ("hs_language", "language")])
def test_they_are_the_recorded_ones(recorded: Path, name: str, options: str) -> None:
    schema = json.loads((recorded / "grouparoo/contacts.schema.200.json").read_text())
    theirs = next(p for p in definitions(schema) if p["name"] == name)
    assert {o["value"] for o in theirs["options"]} == {value for value, _ in option_sets()[options]}


def definitions(node: Any) -> Iterator[dict[str, Any]]:
    """Every property definition in a recorded body."""
    if isinstance(node, dict):
        if node.keys() >= {"name", "options"}:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for entry in node:
            yield from definitions(entry)


TYPES: dict[str, tuple[str, ...]] = {
    "string/text": ("email", "firstname", "lastname", "jobtitle", "company", "city", "state", "zip", "country", "website",
                    "industry", "annualrevenue"),
    "string/phonenumber": ("phone", "mobilephone"),
    "enumeration/select": ("numemployees", "hs_timezone", "hs_language", "hubspot_owner_id", "hs_analytics_source"),
    "enumeration/radio": ("lifecyclestage", "hs_lead_status"),
    "enumeration/checkbox": ("hs_buying_role",),
    "number/": ("associatedcompanyid",),
}  # fmt: skip
READ_ONLY: dict[str, tuple[str, ...]] = {
    "number/calculation_score": ("hubspotscore",),
    "number/": ("hs_predictivecontactscore_v2", "num_conversion_events", "num_unique_conversion_events",
                "hs_analytics_num_page_views", "hs_analytics_num_visits", "hs_analytics_average_page_views",
                "hs_analytics_num_event_completions", "hs_email_delivered", "hs_email_open", "hs_email_click",
                "hs_email_bounce", "hs_email_replied", "num_notes", "num_contacted_notes", "hs_object_id"),
    "datetime/": ("hubspot_owner_assigneddate", "first_conversion_date", "recent_conversion_date",
                  "hs_analytics_first_timestamp", "hs_analytics_last_timestamp", "hs_analytics_last_visit_timestamp",
                  "hs_email_last_send_date", "hs_email_last_open_date", "hs_email_last_click_date",
                  "hs_email_first_open_date", "hs_lifecyclestage_lead_date", "notes_last_updated", "notes_last_contacted",
                  "createdate", "lastmodifieddate"),
    "string/": ("first_conversion_event_name", "recent_conversion_event_name", "hs_analytics_source_data_1",
                "hs_analytics_source_data_2", "hs_analytics_first_url", "hs_analytics_last_url",
                "hs_analytics_first_referrer", "hs_email_last_email_name"),
    "bool/": ("hs_email_optout", "hs_email_quarantined", "hs_email_bad_address", "hs_is_unworked"),
    "enumeration/": ("hubspot_team_id", "hs_all_owner_ids", "hs_user_ids_of_all_owners", "hs_merged_object_ids",
                     "hs_all_contact_vids", "hs_additional_emails", "hs_marketable_status"),
}  # fmt: skip


def test_the_properties_of_the_handoff_have_their_types(hs: HubSpot) -> None:
    """§8, row by row."""
    found = {p["name"]: p for p in hs.get("/crm/v3/properties/contacts").json()["results"]}
    for types, read_only in ((TYPES, False), (READ_ONLY, True)):
        for kind, names in types.items():
            for name in names:
                definition = found[name]
                assert f"{definition['type']}/{definition['fieldType']}".startswith(kind), name
                assert definition["modificationMetadata"]["readOnlyValue"] is read_only, name
    owner = found["hubspot_owner_id"]
    assert (owner["externalOptions"], owner["referencedObjectType"], owner["options"]) == (True, "OWNER", [])
    assert found["associatedcompanyid"]["referencedObjectType"] == "COMPANY"
    assert "referencedObjectType" not in found["hs_object_id"]
    sizes = [option["value"] for option in found["numemployees"]["options"]]
    assert sizes == ["1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"]
    assert "AI_REFERRALS" in [option["value"] for option in found["hs_analytics_source"]["options"]]
    assert len(found["hs_timezone"]["options"]) == 525
    assert len(found["hs_language"]["options"]) == 191


ACTIVITIES: dict[str, dict[str, str]] = {
    "notes": {"hs_timestamp": "", "hs_note_body": "", "hubspot_owner_id": "", "hs_attachment_ids": ""},
    "calls": {
        "hs_call_title": "", "hs_call_body": "", "hs_call_duration": "", "hs_call_direction": "INBOUND OUTBOUND",
        "hs_call_status": "", "hs_call_from_number": "", "hs_call_to_number": "",
        "hs_call_disposition": "9d9162e7-6cf3-4944-bf63-4dff82258764 f240bbac-87c9-4f6e-bf70-924b57d47db7 "
        "a4c4c377-d246-4b32-a13b-75a56a4cd0ff b2cf5968-551e-4856-9783-52b3da59a7d0 73a0d17f-1163-4015-bdd5-ec830791da20 "
        "17b47fee-58de-441e-a44c-c6300d46f273",
    },
    "emails": {
        "hs_email_direction": "EMAIL INCOMING_EMAIL FORWARDED_EMAIL", "hs_email_subject": "", "hs_email_text": "",
        "hs_email_html": "", "hs_email_status": "BOUNCED FAILED SCHEDULED SENDING SENT", "hs_email_headers": "",
    },
    "meetings": {
        "hs_meeting_title": "", "hs_meeting_body": "", "hs_meeting_start_time": "", "hs_meeting_end_time": "",
        "hs_meeting_outcome": "SCHEDULED COMPLETED RESCHEDULED NO_SHOW CANCELED",
    },
    "tasks": {
        "hs_task_subject": "", "hs_task_body": "", "hs_task_priority": "NONE LOW MEDIUM HIGH",
        "hs_task_status": "NOT_STARTED IN_PROGRESS WAITING DEFERRED COMPLETED", "hs_task_type": "TODO CALL EMAIL",
    },
    "communications": {"hs_communication_channel_type": "", "hs_communication_body": "", "hs_communication_logged_from": "CRM"},
}  # fmt: skip


@pytest.mark.parametrize("kind", ACTIVITIES)
def test_the_properties_of_activities(hs: HubSpot, kind: str) -> None:
    """§9.2: what the sheet calls useful, with the options that it names."""
    found = {p["name"]: p for p in hs.get(f"/crm/v3/properties/{kind}").json()["results"]}
    for name, options in ACTIVITIES[kind].items():
        assert set(options.split()) <= {option["value"] for option in found[name]["options"]}, name


FIELD_TYPES = {
    "string": "text textarea html phonenumber file",
    "number": "number",
    "bool": "booleancheckbox",
    "enumeration": "select radio checkbox booleancheckbox",
    "date": "date",
    "datetime": "date",
    "phone_number": "phonenumber",
}


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_every_type_takes_its_field_types_and_no_other(hs: HubSpot, kind: str) -> None:
    """§10.4"""
    fitting = FIELD_TYPES[kind].split()
    yes_no = [{"label": value, "value": value, "displayOrder": 0} for value in ("true", "false")]
    for field_type in sorted({name for names in FIELD_TYPES.values() for name in names.split()}):
        body = {"name": f"own_{field_type}", "label": "L", "type": kind, "fieldType": field_type,
                "groupName": "contactinformation", "options": yes_no}  # fmt: skip
        answer = hs.post("/crm/v3/properties/contacts", json=body)
        assert answer.status_code == (201 if field_type in fitting else 400), field_type
