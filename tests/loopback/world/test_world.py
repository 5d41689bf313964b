"""The seeded world: the same for the same seed, believable, and at one with itself."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Any

import pytest
import requests

from connectors.loopback.kit import InProcess
from connectors.loopback.sandbox import Options, Sandbox, prepare
from connectors.loopback.world import setup
from connectors.loopback.world.lexicon import between, fill, pick

HUBSPOT = "https://api.hubapi.example"
Contacts = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def hubspot(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.hubspot.snapshot()


@pytest.fixture(scope="session")
def salesforce(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.salesforce.snapshot()


@pytest.fixture(scope="session")
def contacts(hubspot: dict[str, Any]) -> Contacts:
    """Properties by contact id."""
    return {row["id"]: row["properties"] for row in hubspot["contacts"]}


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount(HUBSPOT, InProcess(sandbox.hubspot.app))
        session.headers["Authorization"] = f"Bearer {setup.HUBSPOT_TOKEN}"
        yield session


def paged(http: requests.Session, path: str, **params: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = http.get(HUBSPOT + path, params=params).json()
        yield from page["results"]
        if "paging" not in page:
            return
        params["after"] = page["paging"]["next"]["after"]


def test_the_same_seed_gives_the_same_two_systems(options: Callable[..., Options]) -> None:
    def snapshots(seed: int) -> tuple[Any, Any, Any]:
        with prepare(options(200, seed)) as sandbox:
            world = sandbox.world.as_dict()
            return sandbox.hubspot.snapshot(), sandbox.salesforce.snapshot(), world

    first, again, other = snapshots(1), snapshots(1), snapshots(2)
    assert first == again
    assert first[0]["contacts"] != other[0]["contacts"]


def test_the_fast_draws_are_those_of_the_standard_library() -> None:
    """So that a seed makes the world it always made."""
    fast, slow = Random(5), Random(5)
    for count in (1, 2, 3, 7, 8, 9, 100, 1_000):
        items = range(count)
        assert [pick(fast, items) for _ in range(50)] == [slow.choice(items) for _ in range(50)]
        assert [between(fast, -3, count) for _ in range(50)] == [slow.randint(-3, count) for _ in range(50)]
    assert fast.random() == slow.random()


def test_patterns_are_filled_place_by_place() -> None:
    dice = Random(1)
    texts = {fill(dice, "+49 N# A#A-EC1A") for _ in range(200)}
    assert all(re.fullmatch(r"\+49 [1-9]\d [BDFGHJ]\d[BDFGHJ]-EC1A", text) for text in texts)
    assert {text[4] for text in texts} == set("123456789")


def test_a_world_has_exactly_the_contacts_asked_for(sandbox: Sandbox, contacts: Contacts) -> None:
    assert len(contacts) == sandbox.world.counts["contacts"] == 1_500


def test_an_empty_world_still_has_its_people(options: Callable[..., Options]) -> None:
    with prepare(options(0)) as sandbox:
        assert sandbox.world.counts == {}
        assert len(sandbox.world.crew.reps) == 10


def test_five_to_eight_percent_are_ready_and_about_fifteen_nearly(sandbox: Sandbox) -> None:
    world = sandbox.world
    assert 0.05 <= len(world.ready) / 1_500 <= 0.08
    near = {reason: len(ids) for reason, ids in world.near_misses.items()}
    assert 0.12 <= sum(near.values()) / 1_500 <= 0.18
    assert min(near.values()) >= 1, near


def test_who_is_ready_meets_every_criterion(sandbox: Sandbox, contacts: Contacts) -> None:
    hand_raise = re.compile(r"Demo request|Contact sales|Pricing quote")
    for contact_id in sandbox.world.ready:
        contact = contacts[contact_id]
        raised = [
            contact[f"{which}_conversion_event_name"]
            for which in ("first", "recent")
            if contact[f"{which}_conversion_date"] >= "2026-11-10"
        ]
        assert any(hand_raise.match(name) for name in raised), contact
        assert contact["numemployees"] in ("50-100", "100-500", "500-1000", "1000+")
        assert contact.get("phone") or contact.get("mobilephone")
        assert int(contact["hs_email_open"]) >= 1
        assert "hs_email_optout" not in contact
        assert "hs_email_quarantined" not in contact
        assert contact["lifecyclestage"] in ("subscriber", "lead", "marketingqualifiedlead")


def test_near_misses_fail_what_they_are_named_after(sandbox: Sandbox, contacts: Contacts) -> None:
    near = {reason: [contacts[contact_id] for contact_id in ids] for reason, ids in sandbox.world.near_misses.items()}
    small_sizes = ("1-5", "5-25", "25-50")
    assert all(c["numemployees"] in small_sizes for c in near["too_small"])
    assert all(c["hs_email_optout"] == "true" for c in near["opted_out"])
    assert all(c["hs_email_quarantined"] == "true" for c in near["bounced"])
    assert all(c["recent_conversion_date"] < "2026-10-17" for c in near["evidence_too_old"])
    assert all(c["lifecyclestage"] == "customer" for c in near["customer"])
    for contact in near["no_way_to_reach"]:
        assert not {"phone", "mobilephone", "hs_email_open"} & set(contact)
    rivals = ("rivalsync.example", "leadlane.example", "handoffhub.test")
    assert all(c["email"].endswith(rivals) for c in near["competitor"])


def test_page_view_counters_agree_with_the_events(contacts: Contacts, http: requests.Session) -> None:
    seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in paged(
        http,
        "/events/v3/events",
        objectType="contact",
        eventType="e_visited_page",
        occurredAfter="2020-01-01T00:00:00Z",
        limit=100,
    ):
        seen[event["objectId"]].append(event)
    assert sum(map(len, seen.values())) > 2_000
    for contact_id, contact in contacts.items():
        events = sorted(seen.get(contact_id, []), key=lambda event: event["occurredAt"])
        assert int(contact.get("hs_analytics_num_page_views", "0")) == len(events)
        if events:
            assert contact["hs_analytics_first_timestamp"] == events[0]["occurredAt"]
            assert contact["hs_analytics_last_timestamp"] == events[-1]["occurredAt"]
            assert contact["hs_analytics_last_url"] == events[-1]["properties"]["hs_url"]


def test_conversion_counters_agree_with_the_submissions(contacts: Contacts, http: requests.Session) -> None:
    times: dict[str, list[int]] = defaultdict(list)
    for form in http.get(f"{HUBSPOT}/marketing/v3/forms").json()["results"]:
        path = f"/form-integrations/v1/submissions/forms/{form['id']}"
        for row in paged(http, path, limit=50):
            email = next(v["value"] for v in row["values"] if v["name"] == "email")
            times[email].append(row["submittedAt"])
    for contact in contacts.values():
        mine = sorted(times.get(contact["email"], []))
        assert int(contact.get("num_conversion_events", "0")) == len(mine)
        if mine:
            assert epoch_ms(contact["recent_conversion_date"]) == mine[-1]
            assert epoch_ms(contact["first_conversion_date"]) == mine[0]


def epoch_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_email_counters_agree_with_the_email_events(contacts: Contacts, http: requests.Session) -> None:
    found: Counter[tuple[str, str]] = Counter()
    params: dict[str, Any] = {"limit": 1000}
    while True:
        page = http.get(f"{HUBSPOT}/email/public/v1/events", params=params).json()
        found.update((event["recipient"], event["type"]) for event in page["events"])
        if not page["hasMore"]:
            break
        params["offset"] = page["offset"]
    assert sum(found.values()) > 1_000
    names = {"DELIVERED": "delivered", "OPEN": "open", "CLICK": "click", "BOUNCE": "bounce"}
    for contact in contacts.values():
        for kind, name in names.items():
            counted = int(contact.get(f"hs_email_{name}", "0"))
            assert counted == found[contact["email"], kind]


def test_note_counters_agree_with_the_engagements(hubspot: dict[str, Any], contacts: Contacts) -> None:
    linked: Counter[str] = Counter()
    for link in hubspot["associations"]:
        (kind, _), (other, contact_id) = link["from"], link["to"]
        if other == "contacts" and kind in ("notes", "calls", "emails", "meetings", "tasks"):
            linked[contact_id] += 1
    assert sum(linked.values()) > 50
    for contact_id, contact in contacts.items():
        assert int(contact.get("num_notes", "0")) == linked[contact_id]


def test_three_activities_on_average_and_a_heavy_tail(contacts: Contacts) -> None:
    names = ["hs_analytics_num_page_views", "num_conversion_events", "num_notes"]
    names += ["hs_email_delivered", "hs_email_open", "hs_email_click"]
    counts = [sum(int(c.get(name, "0")) for name in names) for c in contacts.values()]
    assert 2.5 <= sum(counts) / len(counts) <= 4.5
    assert sum(count == 0 for count in counts) > 400
    assert 25 <= max(counts) <= 45


def test_nothing_lies_in_the_future_and_nothing_changed_before_it_was_made(
    hubspot: dict[str, Any], now: datetime
) -> None:
    latest = now.isoformat().replace("+00:00", "Z")
    for kind in ("contacts", "companies", "deals", "notes", "calls", "emails", "meetings"):
        for row in hubspot[kind]:
            assert row["createdAt"] <= row["updatedAt"] <= latest, row


def test_names_come_in_many_scripts_and_addresses_in_ascii(contacts: Contacts) -> None:
    scripts = Counter(
        unicodedata.name(name[0]).split()[0] for contact in contacts.values() if (name := contact.get("lastname", ""))
    )
    wanted = {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW", "CJK", "HANGUL", "DEVANAGARI"}
    assert wanted | {"THAI"} <= set(scripts)
    assert all(contact["email"].isascii() for contact in contacts.values())


def test_every_address_is_reserved_and_unique(contacts: Contacts) -> None:
    emails = [contact["email"] for contact in contacts.values()]
    assert len(set(emails)) == len(emails)
    reserved = (".example", ".test", ".invalid", "@example.com", "@example.org", "@example.net")
    assert all(email.endswith(reserved) for email in emails)


def test_companies_have_a_long_tail_of_people(hubspot: dict[str, Any]) -> None:
    staff = Counter(
        link["to"][1]
        for link in hubspot["associations"]
        if (link["from"][0], link["to"][0]) == ("contacts", "companies") and link["typeId"] == 279
    )
    sizes = Counter(staff.values())
    assert sizes[1] > 0.35 * len(staff)
    assert max(sizes) >= 8


def test_the_crm_knows_whom_it_should(sandbox: Sandbox, contacts: Contacts, salesforce: dict[str, Any]) -> None:
    leads: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for lead in salesforce["Lead"]:
        leads[lead["Email"].lower()].append(lead)
    people = {row["Email"].lower(): row for row in salesforce["Contact"]}
    emails = {kind: [contacts[contact_id]["email"] for contact_id in ids] for kind, ids in sandbox.world.in_crm.items()}
    assert all(emails.values())
    inactive = sandbox.world.crew.inactive.user_id
    assert all(len(leads[e]) == 1 and not leads[e][0]["IsConverted"] for e in emails["open_lead"])
    assert all(len(leads[e]) == 2 for e in emails["ambiguous"])
    assert all(leads[e][0]["OwnerId"] == inactive for e in emails["inactive_owner"])
    assert all(people[e]["AccountId"] and e not in leads for e in emails["contact"])
    deals = {row["Id"]: row for row in salesforce["Opportunity"]}
    for email in emails["converted"]:
        (lead,) = leads[email]
        assert lead["IsConverted"]
        assert lead["ConvertedContactId"] == people[email]["Id"]
        assert lead["ConvertedOpportunityId"] in deals
    capitals = [row["Email"] for row in salesforce["Lead"] if not row["Email"].islower()]
    assert 0.1 < len(capitals) / len(salesforce["Lead"]) < 0.35


def test_a_ready_contact_has_no_deal_that_is_open_or_won(
    sandbox: Sandbox, contacts: Contacts, salesforce: dict[str, Any]
) -> None:
    converted = set(sandbox.world.in_crm["converted"]) & set(sandbox.world.ready)
    emails = {contacts[contact_id]["email"] for contact_id in converted}
    stages = {row["Id"]: row["StageName"] for row in salesforce["Opportunity"]}
    for lead in salesforce["Lead"]:
        if lead["Email"].lower() in emails:
            assert stages[lead["ConvertedOpportunityId"]] == "Closed Lost"


def test_twins_are_one_person_under_two_addresses(sandbox: Sandbox, contacts: Contacts) -> None:
    assert len(sandbox.world.twins) >= 5
    for one, other in sandbox.world.twins:
        first, second = contacts[one], contacts[other]
        assert (first["firstname"], first["lastname"]) == (second["firstname"], second["lastname"])
        assert first["email"] != second["email"]


def test_the_crew_is_known_to_both_systems_by_email(
    sandbox: Sandbox, hubspot: dict[str, Any], salesforce: dict[str, Any]
) -> None:
    owners = {owner["email"]: owner for owner in hubspot["owners"]}
    users = {user["Email"]: user for user in salesforce["User"]}
    crew = sandbox.world.crew
    for member in crew.members:
        assert owners[member.email]["archived"] is (member.role == "inactive")
        if member.user_id:
            assert users[member.email]["IsActive"] is (member.role != "inactive")
    assert crew.only_in_hubspot.email not in users
    assert [g["Name"] for g in salesforce["Group"] if g["Id"] == crew.queue_id] == ["Inbound Triage"]


def test_syncds_fields_exist_in_both(sandbox: Sandbox, http: requests.Session) -> None:
    found = http.get(f"{HUBSPOT}/crm/v3/properties/contacts").json()["results"]
    names = {definition["name"] for definition in found if definition["groupName"] == "syncd"}
    assert {"syncd_crm_id", "syncd_stage", "syncd_opportunity_currency", "challenge"} <= names
    key = http.get(f"{HUBSPOT}/crm/v3/properties/notes/syncd_key").json()
    assert key["hasUniqueValue"] is True
    schema = sandbox.salesforce.org.schema
    assert schema["Lead"].fields["syncd_hs_id__c"].externalId
    assert schema["Event"].fields["syncd_key__c"].unique


@pytest.mark.parametrize("kind", ["contacts", "companies", "calls", "emails", "meetings", "tasks", "deals"])
def test_every_option_in_the_world_is_a_legal_one(sandbox: Sandbox, hubspot: dict[str, Any], kind: str) -> None:
    """Each record takes its own enumeration values back; being equal, they change nothing."""
    portal, records = sandbox.hubspot.portal, hubspot[kind]
    # An archived owner stays with his records and is refused in a write.
    names = {
        p.name
        for p in portal.schema.properties(kind)
        if p.type == "enumeration" and not p.read_only and p.referenced is None
    }
    inputs = [{"id": r["id"], "properties": {n: v for n, v in r["properties"].items() if n in names}} for r in records]
    assert any(entry["properties"] for entry in inputs)
    with requests.Session() as http:
        http.mount(HUBSPOT, InProcess(sandbox.hubspot.app))
        http.headers["Authorization"] = f"Bearer {setup.HUBSPOT_REPS_TOKEN}"
        for start in range(0, len(inputs), 100):
            batch = {"inputs": inputs[start : start + 100]}
            answer = http.post(f"{HUBSPOT}/crm/v3/objects/{kind}/batch/update", json=batch)
            assert answer.status_code == 200, answer.text[:500]
    assert [portal.view.everything(portal.kinds[kind], r) for r in portal.records.all(kind)] == records
