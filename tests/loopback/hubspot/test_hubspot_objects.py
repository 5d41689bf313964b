"""List, get, create, update, archive (fact sheet §3, §4.1-4.3, §4.6, §4.7)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import BASE, HubSpot, Portal

from connectors.loopback.hubspot import HubSpotEmulator

ENVELOPE = ["id", "properties", "createdAt", "updatedAt", "archived", "url"]


def test_create_echoes_what_was_sent_and_what_was_computed(hs: HubSpot) -> None:
    answer = hs.post(
        "/crm/v3/objects/contacts",
        json={"properties": {"email": "Ann.Lee@Example.com", "firstname": "Ann", "phone": "+1 2"}},
    )
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ENVELOPE
    assert answer.headers["Location"] == f"{BASE}/crm/v3/objects/contacts/{body['id']}"
    echo = body["properties"]
    assert list(echo) == sorted(echo)
    assert echo["email"] == "ann.lee@example.com"
    assert echo["hs_email_domain"] == "example.com"
    assert echo["hs_full_name_or_email"] == "Ann"
    assert echo["hs_searchable_calculated_phone_number"] == "12"
    assert echo["lifecyclestage"] == "lead"
    assert echo["num_notes"] == "0"
    assert echo["hs_all_contact_vids"] == echo["hs_object_id"] == body["id"]
    assert echo["hs_object_source"] == echo["hs_object_source_label"] == "INTEGRATION"
    assert echo["hs_object_source_id"] == "18221010"
    # One computed datetime is epoch milliseconds among ISO ones (§3.2).
    assert echo["hs_lifecyclestage_lead_date"] == "1795348800500"
    assert echo["createdate"] == "2026-11-22T12:00:00.500Z"


def test_update_echo_is_a_subset(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", firstname="Ann", city="Rome")
    hs.clock.advance(1)
    echo = hs.change("contacts", contact, lastname="Lee", city="")["properties"]
    assert echo == {
        "city": "",  # a cleared property echoes the empty text [R:grouparoo batch-update]
        "createdate": "2026-11-22T12:00:00.500Z",
        "hs_full_name_or_email": "Ann Lee",
        "hs_is_unworked": "true",
        "hs_object_id": contact,
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": "18221010",
        "hs_object_source_label": "INTEGRATION",
        "hs_pipeline": "contacts-lifecycle-pipeline",
        "lastmodifieddate": "2026-11-22T12:00:01.500Z",
        "lastname": "Lee",
        "lifecyclestage": "lead",
    }


def test_equal_values_do_not_move_the_modification_stamp(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", firstname="Ann")
    hs.clock.advance(60)
    echo = hs.change("contacts", contact, firstname="Ann", email="A@EXAMPLE.com")
    assert echo["updatedAt"] == "2026-11-22T12:00:00.500Z"
    assert hs.record("contacts", contact)["updatedAt"] == "2026-11-22T12:00:00.500Z"
    assert hs.change("contacts", contact, firstname="Bo")["updatedAt"] > echo["updatedAt"]


def test_instants_have_no_fraction_when_the_milliseconds_are_zero(hs: HubSpot) -> None:
    hs.clock.advance(0.5)
    assert hs.create("contacts", {"email": "a@example.com"})["createdAt"] == "2026-11-22T12:00:01Z"


def test_reads_give_the_default_set_and_always_the_stamps(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", city="Rome")
    assert list(hs.read("contacts", contact)) == [
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
    ]  # fmt: skip
    asked = hs.read("contacts", contact, "city", "jobtitle", "no_such_property")
    assert asked == {
        "city": "Rome",
        "createdate": "2026-11-22T12:00:00.500Z",
        "hs_object_id": contact,
        "jobtitle": None,  # defined and unset: null; undefined: absent
        "lastmodifieddate": "2026-11-22T12:00:00.500Z",
    }


@pytest.mark.parametrize("values", ["firstname,city", ["firstname", "city"]])
def test_lists_are_repeated_or_comma_joined(hs: HubSpot, values: str | list[str]) -> None:
    contact = hs.contact("a@example.com", firstname="Ann", city="Rome")
    found = hs.record("contacts", contact, properties=values)["properties"]
    assert (found["firstname"], found["city"]) == ("Ann", "Rome")


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/v3/objects/contacts/",
        "/crm/v3/objects/contact",
        "/crm/v3/objects/CONTACT",
        "/crm/v3/objects/0-1",
        "/crm/objects/2026-03/contacts",
        "/crm/objects/2026-09/contacts/",
        "/crm/2026-09/objects/contacts",
    ],
)
def test_every_spelling_of_the_path(hs: HubSpot, path: str) -> None:
    hs.contact("a@example.com")
    found = hs.get(path, params={"archived": "False", "limit": 1})
    assert [entry["properties"]["email"] for entry in found.json()["results"]] == ["a@example.com"]


def test_list_pages_by_the_next_record_id(hs: HubSpot) -> None:
    ids = sorted(hs.emulator.seed("contacts", [{"properties": {}} for _ in range(25)]), key=int)
    seen: list[str] = []
    query: dict[str, str] = {"limit": "10", "properties": "email"}
    while True:
        page = hs.get("/crm/v3/objects/contacts", params=query).json()
        seen += [entry["id"] for entry in page["results"]]
        if "paging" not in page:
            break
        step = page["paging"]["next"]
        assert step["after"] == ids[len(seen)]
        assert step["link"].endswith(f"contacts?limit=10&properties=email&after={step['after']}")
        query["after"] = step["after"]
    assert seen == ids


def test_page_sizes(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(120)])
    path = "/crm/v3/objects/contacts"
    assert len(hs.get(path).json()["results"]) == 10
    assert len(hs.get(path, params={"limit": 100}).json()["results"]) == 100
    assert hs.get(path, params={"limit": 101}).status_code == 400
    history = {"limit": 51, "propertiesWithHistory": "email"}
    assert hs.get(path, params=history).status_code == 400
    assert hs.get(path, params={**history, "limit": 50}).status_code == 200


def test_ids_are_not_in_order_of_creation_but_of_equal_length(hs: HubSpot, portal: Portal) -> None:
    ids = [hs.contact(f"c{n}@example.com") for n in range(20)]
    assert ids != sorted(ids)
    assert len({len(i) for i in ids}) == 1
    calm = portal(monotonic_ids=True)
    ids = [calm.contact(f"c{n}@example.com") for n in range(20)]
    assert ids == sorted(ids)


def test_lookup_by_email_and_by_a_secondary_one(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    other = hs.contact("old@example.com")
    hs.post("/_sandbox/merge", json={"primary": contact, "other": other})
    for email in ("a@example.com", "A@example.com", "old@example.com"):
        answer = hs.get(f"/crm/v3/objects/contacts/{email}", params={"idProperty": "email"})
        assert answer.status_code == 200, email
    assert hs.get("/crm/v3/objects/contacts/x@example.com?idProperty=email").status_code == 404


def test_update_by_email(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    path = "/crm/v3/objects/contacts/a%40example.com?idProperty=email"
    assert hs.patch(path, json={"properties": {"city": "Rome"}}).json()["id"] == contact


def test_not_found_bodies(hs: HubSpot) -> None:
    unknown = hs.get("/crm/v3/objects/contacts/123456789012")
    assert unknown.status_code == 404
    assert list(unknown.json()) == ["status", "message", "correlationId"]
    assert unknown.json()["message"] == "resource not found"
    text = hs.get("/crm/v3/objects/contacts/abc").json()
    assert text["message"] == "Object not found.  objectId are usually numeric."
    assert text["category"] == "OBJECT_NOT_FOUND"
    assert text["context"] == {"id": ["abc"]}


def test_unknown_object_type(hs: HubSpot) -> None:
    answer = hs.get("/crm/v3/objects/butterflies")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Unable to infer object type from: butterflies"
    assert "category" not in answer.json()


def test_what_is_not_emulated_says_so(hs: HubSpot) -> None:
    courses = hs.get("/crm/v3/objects/courses")
    assert courses.status_code == 501
    assert "does not emulate" in courses.json()["message"]
    assert hs.get("/cms/v3/blogs/posts").status_code == 404
    assert hs.put("/crm/v3/objects/contacts").status_code == 405


def test_archiving(hs: HubSpot) -> None:
    kept, gone = hs.contact("a@example.com"), hs.contact("b@example.com")
    path = f"/crm/v3/objects/contacts/{gone}"
    hs.clock.advance(1)
    assert hs.delete(path).status_code == 204
    assert hs.delete(path).status_code == 204  # idempotent
    assert hs.delete("/crm/v3/objects/tasks/1234567890").status_code == 204
    assert hs.get(path).status_code == 404
    assert hs.patch(path, json={"properties": {"city": "Rome"}}).status_code == 404
    archived = hs.get(path, params={"archived": "True"}).json()
    assert archived["archived"] is True
    assert archived["archivedAt"] == "2026-11-22T12:00:01.500Z"
    assert list(archived) == [*ENVELOPE[:-1], "archivedAt", "url"]
    live = hs.get("/crm/v3/objects/contacts").json()["results"]
    bin_ = hs.get("/crm/v3/objects/contacts", params={"archived": "true"}).json()["results"]
    assert [entry["id"] for entry in live] == [kept]
    assert [entry["id"] for entry in bin_] == [gone]
    assert hs.contact("b@example.com") != gone  # the e-mail is free again


def test_archived_records_disappear_after_90_days(hs: HubSpot) -> None:
    gone = hs.contact("a@example.com")
    hs.delete(f"/crm/v3/objects/contacts/{gone}")
    hs.clock.advance(91 * 86_400)
    listed = hs.get("/crm/v3/objects/contacts", params={"archived": "true"})
    assert listed.json()["results"] == []


def test_list_gives_associations(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    company = hs.create("companies", {"name": "Acme", "domain": "acme.example"})["id"]
    hs.link("contacts", contact, "companies", company)
    hs.contact("b@example.com")
    page = hs.get("/crm/v3/objects/contacts", params={"associations": "companies,deals"}).json()
    linked = {entry["id"]: entry.get("associations") for entry in page["results"]}
    assert linked.pop(contact) == {
        "companies": {
            "results": [
                {"id": company, "type": "contact_to_company"},
                {"id": company, "type": "contact_to_company_unlabeled"},
            ]
        }
    }
    assert list(linked.values()) == [None]  # absent when there are none


def test_history_newest_first(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", firstname="Ann")
    hs.clock.advance(1)
    hs.change("contacts", contact, firstname="Anna")
    hs.clock.advance(1)
    hs.post(
        "/_sandbox/touch",
        json={"kind": "contacts", "ids": [contact], "properties": {"firstname": "Anne"}},
    )
    body = hs.record("contacts", contact, propertiesWithHistory="firstname,city,nonsense")
    assert list(body)[:3] == ["id", "properties", "propertiesWithHistory"]
    assert body["propertiesWithHistory"]["city"] == []
    assert "nonsense" not in body["propertiesWithHistory"]
    person, ours, first = body["propertiesWithHistory"]["firstname"]
    assert person == {
        "value": "Anne",
        "timestamp": "2026-11-22T12:00:02.500Z",
        "sourceType": "CRM_UI",
        "sourceId": "userId:62365053",
    }
    assert (ours["value"], ours["sourceType"], ours["sourceId"]) == (
        "Anna", "INTEGRATION", "18221010",
    )  # fmt: skip
    assert ours["updatedByUserId"] == 88842095
    assert (first["value"], first["timestamp"]) == ("Ann", "2026-11-22T12:00:00.500Z")


def test_history_cap(portal: Portal) -> None:
    hs = portal(history_cap=2)
    contact = hs.contact("a@example.com", firstname="0")
    for n in range(1, 4):
        hs.change("contacts", contact, firstname=str(n))
    versions = hs.record("contacts", contact, propertiesWithHistory="firstname")
    assert [v["value"] for v in versions["propertiesWithHistory"]["firstname"]] == ["3", "2"]


def test_urls_by_type(hs: HubSpot) -> None:
    task = hs.create("tasks", {"hs_timestamp": "2026-11-23"})
    assert task["url"] == f"https://app.hubspot.com/tasks/147893286/view/all/task/{task['id']}"
    contact = hs.create("contacts", {"email": "a@example.com"})
    assert contact["url"].endswith(f"/contacts/147893286/record/0-1/{contact['id']}")
    note = hs.create("notes", {"hs_timestamp": "2026-11-23"})
    assert "/contacts/147893286/objects/0-46/views/all/list?filters=" in note["url"]


def test_seeded_records_look_like_created_ones(hs: HubSpot) -> None:
    created = hs.create("contacts", {"email": "a@example.com", "firstname": "Ann"})
    [seeded] = hs.emulator.seed(
        "contacts",
        [
            {
                "properties": {"email": "B@example.com", "firstname": "Bo", "hs_lead_status": None},
                "createdAt": datetime(2026, 1, 2, tzinfo=UTC),
                "updatedAt": datetime(2026, 1, 3, 0, 0, 0, 7000, tzinfo=UTC),
                "id": "601",
            }
        ],
    )
    assert seeded == "601"
    body = hs.record("contacts", "601", properties=",".join(created["properties"]))
    assert {n for n, v in body["properties"].items() if v is None} == set()
    assert body["createdAt"] == body["properties"]["createdate"] == "2026-01-02T00:00:00Z"
    assert body["updatedAt"] == "2026-01-03T00:00:00.007Z"
    assert body["properties"]["email"] == "b@example.com"
    conflict = hs.post("/crm/v3/objects/contacts", json={"properties": {"email": "b@example.com"}})
    assert conflict.status_code == 409


def test_a_savepoint_undoes_its_own_writes_alone(hs: HubSpot) -> None:
    """Each input of a traced batch has one (§5.1)."""
    database, documents = hs.emulator.portal.database, hs.emulator.portal.documents
    with database.transaction():
        documents.put("x", "kept", {})
        with suppress(RuntimeError), database.savepoint():
            documents.put("x", "undone", {})
            raise RuntimeError
    assert (documents.get("x", "kept"), documents.get("x", "undone")) == ({}, None)


def test_a_store_in_a_file_can_be_opened_again(tmp_path: Path) -> None:
    path = str(tmp_path / "portal.db")
    first = HubSpotEmulator(path=path)
    first.add_group("contacts", {"name": "syncd", "label": "syncd"})
    first.add_property(
        "contacts",
        {"name": "syncd_tier", "label": "T", "type": "string", "fieldType": "text",
         "groupName": "syncd"},
    )  # fmt: skip
    owner = first.add_owner({"email": "o@example.com"})
    first.seed("contacts", [{"properties": {"email": "a@example.com", "syncd_tier": "A"}}])
    first.close()
    second = HubSpotEmulator(path=path)
    snapshot = second.snapshot()
    second.close()
    assert snapshot["contacts"][0]["properties"]["syncd_tier"] == "A"
    assert snapshot["owners"][0]["id"] == owner


def test_long_property_lists_work_and_endless_ones_are_414(hs: HubSpot) -> None:
    """5,116 characters were accepted [L:F]; the edge refuses what is too long [D:errors]."""
    contact = hs.contact("a@example.com")
    path = f"/crm/v3/objects/contacts/{contact}"
    found = hs.get(path, params={"properties": ",".join(["email", *(f"unknown_property_{n:04}" for n in range(240))])})
    assert len(found.request.path_url) > 5_200
    assert found.json()["properties"]["email"] == "a@example.com"
    refused = hs.get(path, params={"properties": "x" * 16_384})
    assert (refused.status_code, refused.headers["Content-Type"]) == (414, "text/html")


def test_small_answers_have_a_length_and_others_come_in_chunks(hs: HubSpot) -> None:
    """[R:grouparoo]: no answer of 379 bytes or more has a length, each up to 239 has."""
    contact = hs.contact("a@example.com")
    read = hs.get(f"/crm/v3/objects/contacts/{contact}")
    nobody = hs.post("/crm/v3/objects/contacts/search", json={"filterGroups": [], "query": "nobody"})
    assert len(read.content) > 256
    assert (read.headers["Transfer-Encoding"], "Content-Length" in read.headers) == ("chunked", False)
    assert (nobody.content, nobody.headers["Content-Length"]) == (b'{"total":0,"results":[]}', "24")
    assert "Transfer-Encoding" not in nobody.headers


# Merging other objects (§4.8): the specifications give it to companies and deals too


def merged(hs: HubSpot, kind: str, primary: str, other: str) -> dict[str, Any]:
    body = {"primaryObjectId": primary, "objectIdToMerge": other}
    answer = hs.post(f"/crm/objects/2026-09/{kind}/merge", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_companies_become_one(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    first = hs.create("companies", {"name": "Acme", "domain": "acme.example"})["id"]
    second = hs.create("companies", {"name": "ACME Inc", "city": "Rome"})["id"]
    hs.link("contacts", contact, "companies", second)
    hs.link("companies", first, "companies", second)
    hs.clock.advance(1)
    survivor = merged(hs, "companies", first, second)
    assert survivor["id"] not in (first, second)
    shown = survivor["properties"]
    assert (shown["name"], shown["city"]) == ("Acme", "Rome")
    assert shown["hs_merged_object_ids"] == f"{first};{second}"
    assert "hs_all_contact_vids" not in shown
    for old in (first, second):
        assert hs.record("companies", old)["id"] == survivor["id"]
    assert hs.read("companies", survivor["id"], "num_associated_contacts")["num_associated_contacts"] == "1"
    # The contact's company is the new one; the two are not linked to themselves.
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == survivor["id"]
    linked = hs.get(f"/crm/v4/objects/companies/{survivor['id']}/associations/companies").json()
    assert linked == {"results": []}
    history = hs.record("companies", survivor["id"], propertiesWithHistory="city")["propertiesWithHistory"]
    assert history["city"][0]["value"] == "Rome"


def test_two_deals_become_one(hs: HubSpot) -> None:
    first, second = (hs.create("deals", {"dealname": name, "amount": "5"})["id"] for name in "AB")
    contact = hs.contact("a@example.com")
    for deal in (first, second):
        hs.link("deals", deal, "contacts", contact)
    survivor = merged(hs, "deals", second, first)
    assert survivor["properties"]["dealname"] == "B"
    assert survivor["properties"]["num_associated_contacts"] == "1"
    assert hs.read("contacts", contact, "num_associated_deals")["num_associated_deals"] == "1"


@pytest.mark.parametrize(("kind", "verb"), [("notes", "merge"), ("leads", "merge"), ("companies", "gdpr-delete")])
def test_what_an_object_type_does_not_have(hs: HubSpot, kind: str, verb: str) -> None:
    answer = hs.post(f"/crm/v3/objects/{kind}/{verb}", json={"objectId": "1"})
    assert answer.status_code == 404
    assert "does not emulate" in answer.json()["message"]


@pytest.mark.parametrize("date", ["2025-09", "2026-03", "2026-09"])
@pytest.mark.parametrize("kind", ["contacts", "companies", "deals", "notes", "calls", "emails", "meetings", "tasks"])
def test_every_date_of_every_object(hs: HubSpot, date: str, kind: str) -> None:
    """Each is supported for 18 months (§12)."""
    for path in (f"/crm/objects/{date}/{kind}", f"/crm/{date}/objects/{kind}/", f"/crm/properties/{date}/{kind}"):
        assert hs.get(path).status_code == 200
    assert hs.post(f"/crm/objects/{date}/{kind}/search", json={}).json()["total"] == 0


def test_every_value_is_text_or_null_and_undefined_names_are_absent(hs: HubSpot) -> None:
    """§3.1, of a read of everything and of names."""
    contact = hs.contact("a@example.com", followercount=7, hs_facebook_ad_clicked=True)
    names = [definition["name"] for definition in hs.get("/crm/v3/properties/contacts").json()["results"]]
    found = hs.read("contacts", contact, *names, "nobody_defined_this")
    assert sorted(found) == list(found) == sorted(names)
    assert {type(value) for value in found.values()} == {str, type(None)}
    assert (found["followercount"], found["hs_facebook_ad_clicked"], found["city"]) == ("7", "true", None)


def test_a_record_and_its_properties_have_their_keys_in_order(hs: HubSpot) -> None:
    """[R:nango-ELv2/get-contact.json]: properties by the alphabet, the record's own as everywhere (§3.1)."""
    contact = hs.contact("a@example.com", zip="1", city="Rome")
    names = ["zip", "email", "city"]
    paths = {
        "get": hs.record("contacts", contact, properties=",".join(names), propertiesWithHistory="city"),
        "page": hs.get("/crm/v3/objects/contacts", params={"properties": names}).json()["results"][0],
        "batch": hs.batch("contacts", "read", [{"id": contact}], properties=names).json()["results"][0],
    }
    own = ["id", "properties", "propertiesWithHistory", "createdAt", "updatedAt", "archived", "url"]
    for record in paths.values():
        assert list(record["properties"]) == ["city", "createdate", "email", "hs_object_id", "lastmodifieddate", "zip"]
        assert list(record) == [name for name in own if name in record]
