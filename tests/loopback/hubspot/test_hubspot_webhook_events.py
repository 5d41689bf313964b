"""What webhooks tell: the events of every kind of change and their fields (fact sheet §11.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal
from webhook_session import deliver, subscribe

from connectors.loopback.hubspot import Deliveries, TokenGrant
from tests.loopback.receiver import Receiver

CONTACTS = "/crm/v3/objects/contacts"
NOW = 1_795_348_800_500  # START in epoch ms
APP = "18221010"


def test_a_change_by_the_api_is_told_in_the_recorded_form(hs: HubSpot, receiver: Receiver, recorded: Path) -> None:
    """The keys in the order of the live capture, numbers as numbers, the value as a string."""
    app = subscribe(hs, receiver, "contact.propertyChange:firstname")
    contact = hs.contact("a@example.com")
    hs.clock.advance(1)
    hs.change("contacts", contact, firstname="Briane", lastname="Untold")
    assert deliver(hs) == {
        "requests": 1, "delivered": 1, "failed": 0, "given_up": 0, "pending": 0, "next_due": None,
    }  # fmt: skip
    [event] = receiver.events
    captured = json.loads((recorded / "webhooks.json").read_text(encoding="utf-8"))["payloads"][0]["payload"][0]
    assert list(event) == list(captured)
    assert {name: type(value) for name, value in event.items()} == {n: type(v) for n, v in captured.items()}
    assert event | {"eventId": 0} == {
        "eventId": 0,
        "subscriptionId": int(app["subscriptions"][0]["id"]),
        "portalId": 147893286,
        "appId": 18221010,
        "occurredAt": NOW + 1000,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact),
        "propertyName": "firstname",
        "propertyValue": "Briane",
        "changeSource": "INTEGRATION",
        "sourceId": APP,
    }


def test_creation_tells_the_record_and_its_properties(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, "contact.creation", "contact.propertyChange:city", "company.creation")
    contact = hs.contact("a@example.com", city="Rome", state="Lazio")
    deliver(hs)
    created, city = receiver.events
    assert created["subscriptionType"] == "contact.creation"
    assert (created["objectId"], created["changeFlag"]) == (int(contact), "CREATED")
    assert (created["changeSource"], created["sourceId"]) == ("INTEGRATION", APP)
    assert "propertyName" not in created
    assert (city["propertyName"], city["propertyValue"]) == ("city", "Rome")


def test_creation_may_tell_the_record_alone(portal: Portal, receiver: Receiver) -> None:
    hs = portal(webhooks=Deliveries(creation_sets_properties=False))
    subscribe(hs, receiver, "contact.creation", "contact.propertyChange:city")
    contact = hs.contact(city="Rome")
    hs.change("contacts", contact, city="Oslo")
    deliver(hs)
    assert [event.get("propertyValue") for event in receiver.events] == [None, "Oslo"]


def test_an_equal_value_is_no_change_and_a_cleared_one_is_empty(hs: HubSpot, receiver: Receiver) -> None:
    contact = hs.contact("a@example.com", city="Rome")
    subscribe(hs, receiver, "contact.propertyChange:city")
    hs.change("contacts", contact, city="Rome")
    hs.change("contacts", contact, city="")
    deliver(hs)
    assert [event["propertyValue"] for event in receiver.events] == [""]


def test_a_batch_tells_every_record(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, "contact.creation", "contact.deletion")
    inputs = [{"properties": {"email": f"{n}@example.com"}} for n in range(3)]
    made = hs.batch("contacts", "create", inputs).json()["results"]
    hs.batch("contacts", "archive", [{"id": record["id"]} for record in made])
    deliver(hs)
    ids = {int(record["id"]) for record in made}
    for verb, flag in (("creation", "CREATED"), ("deletion", "DELETED")):
        told = [event for event in receiver.events if event["subscriptionType"] == f"contact.{verb}"]
        assert {event["objectId"] for event in told} == ids
        assert {(event["changeFlag"], event["sourceId"]) for event in told} == {(flag, APP)}


def test_what_is_rolled_back_was_never_told(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, {"eventType": "object.creation", "objectTypeId": "0-46"})
    link = {"to": {"id": "999"}, "types": [{"associationTypeId": 202}]}
    good = {"properties": {"hs_timestamp": "2026-11-01"}}
    assert hs.batch("notes", "create", [good, {**good, "associations": [link]}]).status_code == 400
    assert deliver(hs)["requests"] == 0


def test_deletion_and_restore_by_hand_are_a_persons(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, "contact.deletion", "contact.restore")
    contact = hs.contact("a@example.com")
    for action in ("archive", "restore"):
        assert hs.post(f"/_sandbox/{action}", json={"kind": "contacts", "id": contact}).json() == {"id": contact}
    deliver(hs)
    assert receiver.types() == ["contact.deletion", "contact.restore"]
    for event in receiver.events:
        assert event["objectId"] == int(contact)
        assert event["changeSource"] == "CRM_UI"
        assert event["sourceId"].startswith("userId:")
    assert receiver.events[0]["changeFlag"] == "DELETED"
    assert hs.read("contacts", contact, "email")["email"] == "a@example.com"


def test_a_restored_record_is_whole_again(hs: HubSpot) -> None:
    """What mirrors its links counts it again, search finds it; not while somebody has its e-mail."""
    contact, other = hs.contact("a@example.com"), hs.contact("b@example.com")
    company = hs.create("companies", {"name": "Acme"})["id"]
    hs.link("contacts", contact, "companies", company)
    for gone in (contact, other):
        hs.delete(f"{CONTACTS}/{gone}")
    assert hs.read("companies", company, "num_associated_contacts")["num_associated_contacts"] == "0"
    hs.contact("b@example.com")
    assert hs.post("/_sandbox/restore", json={"kind": "contacts", "id": other}).status_code == 400
    assert hs.post("/_sandbox/restore", json={"kind": "contacts", "id": contact}).status_code == 200
    assert hs.read("companies", company, "num_associated_contacts")["num_associated_contacts"] == "1"
    hs.clock.advance(10)
    assert {found["id"] for found in hs.search()["results"]} >= {contact}


def test_a_restored_record_has_its_address_for_itself(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    before = hs.emulator.snapshot()["contacts"][0]["properties"].keys()
    hs.delete(f"{CONTACTS}/{contact}")
    hs.post("/_sandbox/restore", json={"kind": "contacts", "id": contact})
    assert hs.post(CONTACTS, json={"properties": {"email": "a@example.com"}}).status_code == 409
    assert hs.emulator.snapshot()["contacts"][0]["properties"].keys() == before


def test_a_restored_record_counts_what_changed_meanwhile(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    deal = hs.create("deals", {"dealname": "Acme", "pipeline": "default", "dealstage": "qualifiedtobuy"})["id"]
    hs.link("deals", deal, "contacts", contact)
    for kind, record in (("contacts", contact), ("deals", deal)):
        hs.delete(f"/crm/v3/objects/{kind}/{record}")
    hs.post("/_sandbox/restore", json={"kind": "contacts", "id": contact})
    assert hs.read("contacts", contact, "num_associated_deals")["num_associated_deals"] == "0"


def test_privacy_deletion_comes_with_a_deletion(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, "contact.privacyDeletion", "contact.deletion")
    contact = hs.contact("a@example.com")
    hs.post(f"{CONTACTS}/gdpr-delete", json={"objectId": contact})
    deliver(hs)
    assert sorted(receiver.types()) == ["contact.deletion", "contact.privacyDeletion"]
    assert {(event["objectId"], event["changeFlag"]) for event in receiver.events} == {(int(contact), "DELETED")}


def test_a_merge_names_all_three_ids(hs: HubSpot, receiver: Receiver, recorded: Path) -> None:
    primary, other = hs.contact("a@example.com", city="Rome"), hs.contact("b@example.com", city="Oslo", state="Lazio")
    subscribe(hs, receiver, "contact.merge", "contact.creation", "contact.deletion")
    new = hs.post("/_sandbox/merge", json={"primary": primary, "other": other}).json()["id"]
    deliver(hs)
    [event] = receiver.events
    payloads = json.loads((recorded / "webhooks.json").read_text(encoding="utf-8"))["payloads"]
    shape = next(p["payload"][0] for p in payloads if p["id"] == "contact.merge.shape")
    assert set(event) == set(shape) | {"sourceId"}
    assert (event["primaryObjectId"], event["mergedObjectIds"]) == (int(primary), [int(other)])
    assert event["newObjectId"] == int(new) not in (int(primary), int(other))
    assert event["numberOfPropertiesMoved"] >= 1
    assert event["changeSource"] == "CRM_UI"


def test_a_merge_may_have_an_object_id_and_keep_the_primary(portal: Portal, receiver: Receiver) -> None:
    hs = portal(merge="primary-id", webhooks=Deliveries(merge_has_object_id=True))
    primary, other = hs.contact("a@example.com"), hs.contact("b@example.com")
    subscribe(hs, receiver, "contact.merge")
    hs.post(f"{CONTACTS}/merge", json={"primaryObjectId": primary, "objectIdToMerge": other})
    deliver(hs)
    [event] = receiver.events
    assert event["objectId"] == event["newObjectId"] == event["primaryObjectId"] == int(primary)
    assert (event["changeSource"], event["sourceId"]) == ("INTEGRATION", APP)


def test_an_association_is_told_to_both_sides(hs: HubSpot, receiver: Receiver) -> None:
    contact = hs.contact("a@example.com")
    first, second = (hs.create("companies", {"name": name})["id"] for name in ("Acme", "Brie"))
    subscribe(hs, receiver, "contact.associationChange", "company.associationChange")
    hs.link("contacts", contact, "companies", first)
    hs.link("contacts", contact, "companies", second)
    hs.link("contacts", contact, "companies", second)
    hs.delete(f"/crm/v4/objects/contacts/{contact}/associations/companies/{first}")
    deliver(hs)
    names = ("associationType", "fromObjectId", "toObjectId", "associationRemoved", "isPrimaryAssociation")
    one, a, b = int(contact), int(first), int(second)
    assert [tuple(event[name] for name in names) for event in receiver.events] == [
        ("CONTACT_TO_COMPANY", one, a, False, True),
        ("COMPANY_TO_CONTACT", a, one, False, True),
        ("CONTACT_TO_COMPANY", one, b, False, False),
        ("COMPANY_TO_CONTACT", b, one, False, False),
        ("CONTACT_TO_COMPANY", one, a, True, True),
        ("COMPANY_TO_CONTACT", a, one, True, True),
    ]
    assert {(event["changeSource"], event["sourceId"]) for event in receiver.events} == {("INTEGRATION", APP)}


def test_removing_the_primary_label_alone_is_told(hs: HubSpot, receiver: Receiver) -> None:
    contact, company = hs.contact("a@example.com"), hs.create("companies", {"name": "Acme"})["id"]
    hs.link("contacts", contact, "companies", company)
    subscribe(hs, receiver, "contact.associationChange")
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    inputs = [{"from": {"id": contact}, "to": {"id": company}, "types": [spec]}]
    path = "/crm/v4/associations/contacts/companies/batch/labels/archive"
    assert hs.post(path, json={"inputs": inputs}).status_code == 204
    deliver(hs)
    [event] = receiver.events
    assert (event["associationRemoved"], event["isPrimaryAssociation"]) == (True, True)


def test_generic_events_name_their_object_type(hs: HubSpot, receiver: Receiver) -> None:
    wanted: list[dict[str, Any]] = [
        {"eventType": "object.creation", "objectTypeId": "0-1"},
        {"eventType": "object.propertyChange", "objectTypeId": "contact", "propertyName": "city"},
        {"eventType": "object.creation", "objectTypeId": "0-46"},
        {"eventType": "object.associationChange", "objectTypeId": "0-46"},
        {"eventType": "object.deletion", "objectTypeId": "0-46"},
    ]
    subscribe(hs, receiver, *wanted)
    contact = hs.contact("a@example.com", city="Rome")
    link = {"to": {"id": contact}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}
    note = hs.create("notes", {"hs_timestamp": "2026-11-01"}, associations=[link])["id"]
    hs.delete(f"/crm/v3/objects/notes/{note}")
    deliver(hs)
    created, city, noted, linked, deleted = receiver.events
    assert (created["subscriptionType"], created["objectTypeId"]) == ("object.creation", "0-1")
    assert (city["objectTypeId"], city["propertyValue"], city["isSensitive"]) == ("0-1", "Rome", False)
    assert (noted["objectTypeId"], noted["objectId"]) == ("0-46", int(note))
    assert linked["associationType"] == "NOTE_TO_CONTACT"
    assert (linked["fromObjectTypeId"], linked["toObjectTypeId"]) == ("0-46", "0-1")
    assert (linked["associationTypeId"], linked["associationCategory"]) == (202, "HUBSPOT_DEFINED")
    assert (deleted["objectTypeId"], deleted["changeFlag"]) == ("0-46", "DELETED")


@pytest.mark.parametrize(
    ("flag", "classic", "generic"), [("generic", None, True), ("always", True, True), ("never", None, None)]
)
def test_a_sensitive_value_is_redacted(
    portal: Portal, receiver: Receiver, flag: Any, classic: bool | None, generic: bool | None
) -> None:
    hs = portal(webhooks=Deliveries(sensitivity_flag=flag))
    hs.emulator.add_property(
        "contacts",
        {
            "name": "passport_number", "label": "Passport", "type": "string", "fieldType": "text",
            "groupName": "contactinformation", "dataSensitivity": "sensitive",
        },
    )  # fmt: skip
    wanted = {"eventType": "object.propertyChange", "objectTypeId": "0-1", "propertyName": "passport_number"}
    subscribe(hs, receiver, "contact.propertyChange:passport_number", wanted)
    hs.contact(passport_number="X1")
    deliver(hs)
    assert [event["propertyValue"] for event in receiver.events] == ["REDACTED"] * 2
    assert [event.get("isSensitive") for event in receiver.events] == [classic, generic]


def test_hubspots_own_changes_say_so(hs: HubSpot, receiver: Receiver) -> None:
    contact = hs.contact("a@example.com")
    deal = hs.create("deals", {"dealname": "Acme", "pipeline": "default", "dealstage": "qualifiedtobuy"})["id"]
    subscribe(hs, receiver, "contact.propertyChange:lifecyclestage", "contact.propertyChange:num_associated_deals")
    hs.link("deals", deal, "contacts", contact)
    deliver(hs)
    by_name = {event["propertyName"]: event for event in receiver.events}
    assert by_name["lifecyclestage"]["changeSource"] == "AUTOMATION_PLATFORM"
    assert by_name["lifecyclestage"]["propertyValue"] == "opportunity"
    assert by_name["num_associated_deals"]["changeSource"] == "CALCULATED"
    assert "sourceId" not in by_name["num_associated_deals"]


def test_a_person_at_the_screen_is_the_source(portal: Portal, receiver: Receiver) -> None:
    """By the control endpoint, or with a token that stands for a person."""
    hs = portal(tokens={"pat-na1-loopback": TokenGrant(), "rep": TokenGrant(at_screen=True, user_id=7)})
    contact = hs.contact("a@example.com")
    subscribe(hs, receiver, "contact.propertyChange:city", "contact.deletion")
    hs.post("/_sandbox/touch", json={"kind": "contacts", "ids": [contact], "properties": {"city": "Rome"}})
    rep = {"Authorization": "Bearer rep"}
    hs.patch(f"{CONTACTS}/{contact}", json={"properties": {"city": "Oslo"}}, headers=rep)
    history = hs.record("contacts", contact, propertiesWithHistory="city")["propertiesWithHistory"]["city"]
    hs.delete(f"{CONTACTS}/{contact}", headers=rep)
    deliver(hs)
    assert {event["changeSource"] for event in receiver.events} == {"CRM_UI"}
    assert [event["sourceId"] for event in receiver.events][1:] == ["userId:7"] * 2
    assert (history[0]["sourceType"], history[0]["sourceId"]) == ("CRM_UI", "userId:7")


def test_who_acted_last_is_not_who_acts_next(hs: HubSpot, receiver: Receiver) -> None:
    """A deletion by hand after one by the API, and one after a request that failed."""
    contacts = [hs.contact(f"{n}@example.com") for n in range(2)]
    subscribe(hs, receiver, "contact.deletion")
    hs.delete(f"{CONTACTS}/{contacts[0]}")
    assert hs.get(f"{CONTACTS}/1").status_code == 404
    hs.post("/_sandbox/archive", json={"kind": "contacts", "id": contacts[1]})
    deliver(hs)
    assert [event["changeSource"] for event in receiver.events] == ["INTEGRATION", "CRM_UI"]


@pytest.mark.parametrize("verb", ["creation", "propertyChange"])
def test_the_test_button_sends_the_recorded_sample(hs: HubSpot, receiver: Receiver, recorded: Path, verb: str) -> None:
    app = subscribe(hs, receiver, f"contact.{verb}" + (":firstname" if verb == "propertyChange" else ""))
    subscription = app["subscriptions"][0]["id"]
    assert hs.post("/_sandbox/webhooks/test", json={"subscriptionId": subscription}).status_code == 200
    deliver(hs)
    payloads = json.loads((recorded / "webhooks.json").read_text(encoding="utf-8"))["payloads"]
    sample = next(p["payload"][0] for p in payloads if p["id"] == f"contact.{verb}.ui-test")
    differs = ("appId", "subscriptionId", "portalId", "occurredAt")
    [event] = receiver.events
    assert {k: v for k, v in event.items() if k not in differs} == {k: v for k, v in sample.items() if k not in differs}
    assert list(event)[:3] == ["appId", "eventId", "subscriptionId"]
    assert hs.post("/_sandbox/webhooks/test", json={"subscriptionId": 1}).status_code == 400
