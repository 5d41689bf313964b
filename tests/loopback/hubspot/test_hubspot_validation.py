"""Values on their way in: types, options, conflicts, administrators' rules (§3.3, §7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal


def refused(hs: HubSpot, properties: dict[str, Any], kind: str = "contacts") -> dict[str, Any]:
    answer = hs.post(f"/crm/v3/objects/{kind}", json={"properties": properties})
    assert answer.status_code == 400, answer.text
    assert answer.json()["category"] == "VALIDATION_ERROR"
    return answer.json()


def test_the_message_embeds_json_and_the_errors_repeat_it(hs: HubSpot) -> None:
    body = refused(hs, {"x": "1", "hs_object_id": "2"})
    assert list(body) == ["status", "message", "correlationId", "errors", "category"]
    prefix = "Property values were not valid: "
    embedded = json.loads(body["message"].removeprefix(prefix))
    assert embedded[0] == {
        "isValid": False,
        "message": 'Property "x" does not exist',
        "error": "PROPERTY_DOESNT_EXIST",
        "name": "x",
        "localizedErrorMessage": 'Property "x" does not exist',
        "portalId": 147893286,
    }
    assert body["errors"] == [
        {
            "message": 'Property "x" does not exist',
            "code": "PROPERTY_DOESNT_EXIST",
            "context": {"propertyName": ["x"]},
        },
        {
            "message": '"hs_object_id" is a calculated property; its value cannot be set.',
            "code": "READ_ONLY_VALUE",
            "context": {"propertyName": ["hs_object_id"]},
        },
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("lifecyclestage", "Lead", "INVALID_OPTION"),  # case-sensitive
        ("lifecyclestage", "bogus", "INVALID_OPTION"),
        ("hs_buying_role", "CHAMPION;KING", "INVALID_OPTION"),
        ("email", "000", "INVALID_EMAIL"),
        ("closedate", "asd000", "INVALID_LONG"),
        ("closedate", "1795348800", "INVALID_DATE"),  # epoch seconds
        ("followercount", "1,000", "INVALID_NUMBER"),
        ("hs_latest_source_timestamp", "2026-13-01", "INVALID_DATE"),
        ("hs_latest_source_timestamp", "1795348800500", "INVALID_DATE"),  # not midnight
        ("hubspot_owner_id", "42", "INVALID_OPTION"),
        ("hs_facebook_ad_clicked", "yes", "INVALID_OPTION"),
    ],
)
def test_refused_values(hs: HubSpot, name: str, value: str, code: str) -> None:
    assert [e["code"] for e in refused(hs, {name: value})["errors"]] == [code]


def test_the_option_list_is_spelled_out(hs: HubSpot) -> None:
    message = refused(hs, {"lifecyclestage": "bogus"})["errors"][0]["message"]
    assert message.startswith(
        'bogus was not one of the allowed options: [label: "Subscriber"\nvalue: "subscriber"\n'
        "display_order: 0\nhidden: false\nread_only: false\n"
    )


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("followercount", 15000, "15000"),
        ("followercount", "5000.00", "5000.00"),  # as written
        ("followercount", 12.5, "12.5"),
        ("closedate", "2026-12-31", "2026-12-31T00:00:00Z"),
        ("closedate", "2026-12-31T10:00:00+02:00", "2026-12-31T08:00:00Z"),
        ("closedate", 1773300826615, "2026-03-12T07:33:46.615Z"),
        ("hs_latest_source_timestamp", "1795305600000", "2026-11-22"),
        ("hs_latest_source_timestamp", "2026-11-22", "2026-11-22"),
        ("hs_facebook_ad_clicked", True, "true"),
        ("email", "  Ann@Example.COM ", "ann@example.com"),
        ("message", "two\nlines", "two\nlines"),
    ],
)
def test_stored_forms(hs: HubSpot, name: str, sent: Any, stored: str) -> None:
    contact = hs.create("contacts", {name: sent})["id"]
    assert hs.read("contacts", contact, name)[name] == stored


def test_a_leading_semicolon_appends(hs: HubSpot) -> None:
    contact = hs.contact(hs_buying_role="CHAMPION;BLOCKER")
    hs.change("contacts", contact, hs_buying_role=";END_USER;CHAMPION")
    value = hs.read("contacts", contact, "hs_buying_role")["hs_buying_role"]
    assert value == "CHAMPION;BLOCKER;END_USER"


def test_null_is_ignored_or_clears(hs: HubSpot, portal: Portal) -> None:
    contact = hs.contact("a@example.com", city="Rome")
    hs.change("contacts", contact, city=None)
    assert hs.read("contacts", contact, "city")["city"] == "Rome"
    clearing = portal(null_write="clear")
    contact = clearing.contact("a@example.com", city="Rome")
    clearing.change("contacts", contact, city=None)
    assert clearing.read("contacts", contact, "city")["city"] is None


def test_create_conflict_names_the_holder(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    answer = hs.post("/crm/v3/objects/contacts", json={"properties": {"email": "A@example.com"}})
    assert answer.status_code == 409
    body = answer.json()
    assert list(body) == ["status", "message", "correlationId", "category"]
    assert body["message"] == f"Contact already exists. Existing ID: {contact}"
    assert body["category"] == "CONFLICT"


def test_update_to_an_email_another_record_holds(hs: HubSpot) -> None:
    holder, contact = hs.contact("a@example.com"), hs.contact("b@example.com")
    answer = hs.patch(f"/crm/v3/objects/contacts/{contact}", json={"properties": {"email": "a@example.com"}})
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Cannot set PropertyValueCoordinates{portalId=147893286, "
        "objectTypeId=ObjectTypeId{legacyObjectType=CONTACT}, propertyName=email, "
        f"value=a@example.com}} on {contact}. {holder} already has that value."
    )
    assert hs.read("contacts", contact)["email"] == "b@example.com"


def test_a_changed_email_frees_the_old_one(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    hs.change("contacts", contact, email="b@example.com")
    assert hs.contact("a@example.com") != contact


def test_owners_must_exist_and_be_active(hs: HubSpot) -> None:
    owner = hs.emulator.add_owner(
        {"email": "o@example.com", "userId": 9, "teams": [{"id": "5", "name": "T", "primary": True}]}
    )
    contact = hs.contact("a@example.com")
    hs.clock.advance(1)
    hs.change("contacts", contact, hubspot_owner_id=owner)
    found = hs.read(
        "contacts", contact, "hubspot_owner_assigneddate", "hs_all_owner_ids", "hubspot_team_id",
        "hs_user_ids_of_all_owners",
    )  # fmt: skip
    assert found["hubspot_owner_assigneddate"] == "2026-11-22T12:00:01.500Z"
    assert found["hs_all_owner_ids"] == owner
    assert found["hs_user_ids_of_all_owners"] == "9"
    assert found["hubspot_team_id"] == "5"
    hs.clock.advance(1)
    hs.change("contacts", contact, hubspot_owner_id=owner)  # equal: the date stays
    name = "hubspot_owner_assigneddate"
    assert hs.read("contacts", contact, name)[name] == "2026-11-22T12:00:01.500Z"
    hs.post("/_sandbox/owner", json={"id": owner, "archived": True})
    assert refused(hs, {"hubspot_owner_id": owner})["errors"][0]["code"] == "INVALID_OPTION"


def test_required_properties_of_engagements(hs: HubSpot) -> None:
    assert "hs_timestamp" in str(refused(hs, {"hs_note_body": "x"}, "notes"))
    assert "hs_email_direction" in str(refused(hs, {"hs_timestamp": "2026-11-22"}, "emails"))


def test_a_note_of_more_than_65536_characters(hs: HubSpot) -> None:
    body = {"hs_timestamp": "2026-11-22", "hs_note_body": "x" * 65_536}
    hs.create("notes", body)
    refused(hs, {**body, "hs_note_body": "x" * 65_537}, "notes")


def test_unique_properties_of_our_own(hs: HubSpot) -> None:
    hs.emulator.add_property(
        "notes",
        {"name": "syncd_key", "label": "Key", "type": "string", "fieldType": "text",
         "groupName": "note", "hasUniqueValue": True},
    )  # fmt: skip
    note = {"hs_timestamp": "2026-11-22", "syncd_key": "h-1"}
    first = hs.create("notes", note)["id"]
    second = refused(hs, note, "notes")
    assert f"{first} already has that value." in second["message"]
    found = hs.get("/crm/v3/objects/notes/h-1", params={"idProperty": "syncd_key"})
    assert found.json()["id"] == first
    hs.delete(f"/crm/v3/objects/notes/{first}")
    assert hs.create("notes", note)["id"] != first


def test_administrators_rules(hs: HubSpot) -> None:
    hs.emulator.add_validation_rule(
        {
            "kind": "contacts",
            "property": "jobtitle",
            "when": {"hs_lead_status": "CONNECTED"},
            "message": "A connected lead needs a job title",
        }
    )
    contact = hs.contact("a@example.com")
    hs.change("contacts", contact, city="Rome")
    answer = hs.patch(f"/crm/v3/objects/contacts/{contact}", json={"properties": {"hs_lead_status": "CONNECTED"}})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert answer.json()["message"] == "A connected lead needs a job title"
    hs.change("contacts", contact, hs_lead_status="CONNECTED", jobtitle="CTO")


def test_rules_come_over_the_control_endpoint_too(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    rule = {"kind": "contacts", "property": "lastname", "when": None, "message": None}
    assert hs.post("/_sandbox/validation-rule", json=rule).status_code == 200
    assert refused(hs, {"firstname": "Ann"})["message"] == "lastname is required"
    assert hs.post("/_sandbox/validation-rule", json={"rule": 1}).status_code == 400
    hs.change("contacts", contact, city="Rome")  # a change that does not touch the rule
    answer = hs.patch(f"/crm/v3/objects/contacts/{contact}", json={"properties": {"lastname": ""}})
    assert answer.status_code == 200  # equal: nothing was touched


def test_bodies_that_do_not_parse(hs: HubSpot) -> None:
    answer = hs.post("/crm/v3/objects/contacts", data="{not json")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON on line 1, column 2: ")
    for body in ([], "text", {"properties": [1]}):
        assert hs.post("/crm/v3/objects/contacts", json=body).status_code == 400


@pytest.mark.parametrize("path", [f"/crm/v3/objects/contacts{rest}" for rest in ("/1", "/x", "?limit=0")])
def test_the_correlation_id_is_that_of_the_header(hs: HubSpot, path: str) -> None:
    """§7.1; every request has its own."""
    answers = [hs.get(path) for _ in range(2)]
    assert all(a.json()["correlationId"] == a.headers["X-HubSpot-Correlation-Id"] for a in answers)
    assert len({answer.headers["X-HubSpot-Correlation-Id"] for answer in answers}) == 2
