"""Associations v4, their dated paths, and v3 (fact sheet §10.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot

PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}
PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}


@pytest.fixture
def pair(hs: HubSpot) -> tuple[str, str]:
    """A contact and a company."""
    return hs.contact("a@example.com"), hs.create("companies", {"name": "Acme"})["id"]


def linked(hs: HubSpot, kind: str, record_id: str, to_kind: str) -> dict[str, list[Any]]:
    path = f"/crm/v4/objects/{kind}/{record_id}/associations/{to_kind}"
    results = hs.get(path).json()["results"]
    return {str(entry["toObjectId"]): entry["associationTypes"] for entry in results}


def spec(type_id: int) -> dict[str, Any]:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}


@pytest.mark.parametrize("base", ["/crm/v4/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"])
def test_default_association(hs: HubSpot, pair: tuple[str, str], base: str) -> None:
    contact, company = pair
    answer = hs.put(f"{base}/contacts/{contact}/associations/default/companies/{company}")
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert {(r["from"]["id"], r["to"]["id"]) for r in results} == {pair, pair[::-1]}
    got = hs.get(f"{base}/contacts/{contact}/associations/companies").json()["results"]
    # The first company is the primary one; toObjectId is a number.
    assert got == [{"toObjectId": int(company), "associationTypes": [PRIMARY, PLAIN]}]
    [back] = linked(hs, "companies", company, "contacts").values()
    assert [t["typeId"] for t in back] == [2, 280]
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == company


def test_the_second_company_is_not_primary_until_asked(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, first = pair
    second = hs.create("companies", {"name": "Beta"})["id"]
    hs.link("contacts", contact, "companies", first)
    hs.link("contacts", contact, "companies", second)
    found = linked(hs, "contacts", contact, "companies")
    assert found == {first: [PRIMARY, PLAIN], second: [PLAIN]}
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{second}"
    answer = hs.put(path, json=[spec(1)])
    assert answer.status_code == 201
    assert answer.json() == {
        "fromObjectTypeId": "0-1",
        "fromObjectId": int(contact),
        "toObjectTypeId": "0-2",
        "toObjectId": int(second),
        "labels": ["Primary"],
    }
    found = linked(hs, "contacts", contact, "companies")
    assert found == {first: [PLAIN], second: [PRIMARY, PLAIN]}
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == second


def test_delete_removes_every_label(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    hs.link("contacts", contact, "companies", company)
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    assert hs.delete(path).status_code == 204
    assert hs.delete(path).status_code == 204
    assert linked(hs, "contacts", contact, "companies") == {}
    assert linked(hs, "companies", company, "contacts") == {}
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] is None


def test_pages_of_one_record(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    notes = hs.emulator.seed("notes", [{"properties": {"hs_timestamp": "2026-11-01"}} for _ in range(7)])
    hs.emulator.associate("contacts", "notes", [(contact, note) for note in notes])
    path = f"/crm/v4/objects/contacts/{contact}/associations/notes"
    seen: list[str] = []
    after = ""
    while after is not None:
        page = hs.get(path, params={"limit": 3, "after": after}).json()
        seen += [str(entry["toObjectId"]) for entry in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
    assert seen == sorted(notes)
    assert hs.get(path, params={"limit": 501}).status_code == 400


@pytest.mark.parametrize("base", ["/crm/v4/associations", "/crm/associations/2026-03", "/crm/associations/2026-09"])
def test_batch_read_reports_every_record_without_association(hs: HubSpot, pair: tuple[str, str], base: str) -> None:
    contact, company = pair
    lonely = hs.contact("b@example.com")
    hs.link("contacts", contact, "companies", company)
    inputs = [{"id": contact}, {"id": lonely}, {"id": "999"}]
    answer = hs.post(f"{base}/contacts/companies/batch/read", json={"inputs": inputs})
    assert answer.status_code == 207
    body = answer.json()
    assert list(body) == ["completedAt", "status", "startedAt", "results", "errors", "numErrors"]
    assert body["results"] == [
        {
            "from": {"id": contact},
            "to": [{"toObjectId": int(company), "associationTypes": [PRIMARY, PLAIN]}],
        }
    ]
    assert body["numErrors"] == 2
    assert body["errors"][1] == {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": "No company is associated with contact 999.",
        "context": {
            "fromObjectId": ["999"],
            "fromObjectType": ["contact"],
            "toObjectType": ["company"],
        },
    }
    only = hs.post(f"{base}/contacts/companies/batch/read", json={"inputs": inputs[:1]})
    assert only.status_code == 200
    assert "errors" not in only.json()


def test_batch_read_pages_within_a_record(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    rows = [{"properties": {"hs_timestamp": "2026-11-01"}} for _ in range(505)]
    notes = hs.emulator.seed("notes", rows)
    hs.emulator.associate("contacts", "notes", [(contact, note) for note in notes])
    path = "/crm/v4/associations/contacts/notes/batch/read"
    [first] = hs.post(path, json={"inputs": [{"id": contact}]}).json()["results"]
    assert len(first["to"]) == 500
    rest = {"id": contact, "after": first["paging"]["next"]["after"]}
    [second] = hs.post(path, json={"inputs": [rest]}).json()["results"]
    assert len(second["to"]) == 5
    assert "paging" not in second


def test_batch_create(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    entry = {"from": {"id": contact}, "to": {"id": company}, "types": [spec(279)]}
    path = "/crm/v4/associations/contacts/companies/batch/create"
    answer = hs.post(path, json={"inputs": [entry]})
    assert answer.status_code == 201
    assert answer.json()["results"] == [
        {
            "fromObjectTypeId": "0-1",
            "fromObjectId": int(contact),
            "toObjectTypeId": "0-2",
            "toObjectId": int(company),
            "labels": [],
        }
    ]


def test_batch_create_errors(hs: HubSpot, pair: tuple[str, str]) -> None:
    """[R:amp-labs/associations/err-contact-to-contact.json]"""
    contact = pair[0]
    inputs = [
        {"from": {"id": contact}, "to": {"id": "unknown_id_123456798"}, "types": [spec(449)]},
        {"from": {"id": contact}, "to": {"id": contact}, "types": [spec(449)]},
    ]
    answer = hs.post("/crm/v4/associations/contacts/contacts/batch/create", json={"inputs": inputs})
    assert answer.status_code == 207
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "subCategory": "crm.associations.INVALID_IDENTIFIER",
            "message": "unknown_id_123456798 is not a valid ID",
            "context": {"id": ["unknown_id_123456798"]},
        },
        {
            "status": "error",
            "category": "VALIDATION_ERROR",
            "message": f"Object {contact} cannot be associated to itself ({contact})",
        },
    ]


def test_a_type_of_the_wrong_direction(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    note = hs.create("notes", {"hs_timestamp": "2026-11-01"})["id"]
    path = f"/crm/v4/objects/notes/{note}/associations/contacts/{contact}"
    assert hs.put(path, json=[spec(201)]).status_code == 400
    assert hs.put(path, json=[spec(202)]).status_code == 201
    link = {"to": {"id": contact}, "types": [spec(201)]}
    body = {"properties": {"hs_timestamp": "2026-11-01"}, "associations": [link]}
    assert hs.post("/crm/v3/objects/notes", json=body).status_code == 400


def test_batch_default_and_archive(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    base = "/crm/v4/associations/contacts/companies/batch"
    entry = {"from": {"id": contact}, "to": {"id": company}}
    answer = hs.post(f"{base}/associate/default", json={"inputs": [entry]})
    assert answer.status_code == 200
    specs = {r["associationSpec"]["associationTypeId"] for r in answer.json()["results"]}
    assert specs == {279, 280}
    labels = {**entry, "types": [spec(1)]}
    assert hs.post(f"{base}/labels/archive", json={"inputs": [labels]}).status_code == 204
    assert linked(hs, "contacts", contact, "companies") == {company: [PLAIN]}
    gone = {"from": {"id": contact}, "to": [{"id": company}]}
    assert hs.post(f"{base}/archive", json={"inputs": [gone]}).status_code == 204
    assert linked(hs, "contacts", contact, "companies") == {}


def test_labels(hs: HubSpot) -> None:
    answer = hs.get("/crm/v4/associations/contacts/companies/labels")
    assert answer.json() == {"results": [PRIMARY, PLAIN]}
    notes = hs.get("/crm/associations/2026-09/notes/contacts/labels").json()["results"]
    assert [t["typeId"] for t in notes] == [202]


def test_archived_records_have_no_associations(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    hs.link("contacts", contact, "companies", company)
    hs.delete(f"/crm/v3/objects/companies/{company}")
    assert linked(hs, "contacts", contact, "companies") == {}
    path = f"/crm/v4/objects/companies/{company}/associations/contacts"
    assert hs.get(path).status_code == 404
    assert hs.put(f"{path}/{contact}", json=[spec(2)]).status_code == 404


def test_v3_names_and_both_directions(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    base = "/crm/v3/associations/contacts/companies"
    entry = {"from": {"id": contact}, "to": {"id": company}, "type": "contact_to_company"}
    answer = hs.post(f"{base}/batch/create", json={"inputs": [entry]})
    assert answer.status_code == 201
    assert sorted(answer.json()["results"], key=lambda r: r["type"]) == [
        {"from": {"id": company}, "to": {"id": contact}, "type": "company_to_contact"},
        {"from": {"id": contact}, "to": {"id": company}, "type": "contact_to_company"},
    ]
    read = hs.post(f"{base}/batch/read", json={"inputs": [{"id": contact}]}).json()["results"]
    assert read == [
        {
            "from": {"id": contact},
            "to": [
                {"id": company, "type": "contact_to_company"},
                {"id": company, "type": "contact_to_company_unlabeled"},
            ],
        }
    ]
    types = hs.get(f"{base}/types").json()["results"]
    assert {"id": "279", "name": "contact_to_company_unlabeled"} in types
    plain = {**entry, "type": "contact_to_company_unlabeled"}
    assert hs.post(f"{base}/batch/archive", json={"inputs": [plain]}).status_code == 204
    assert linked(hs, "contacts", contact, "companies") == {}


def test_counters_follow(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    hs.clock.advance(1)
    hs.link("contacts", contact, "companies", company)
    found = hs.read("companies", company, "num_associated_contacts")
    assert found["num_associated_contacts"] == "1"
    assert found["hs_lastmodifieddate"] == "2026-11-22T12:00:01.500Z"


@pytest.mark.parametrize(
    ("from_type", "to_type", "there", "back"),
    [
        ("contacts", "companies", {1, 279}, {2, 280}),
        ("deals", "contacts", {3}, {4}),
        ("deals", "companies", {5, 341}, {6, 342}),
        ("contacts", "calls", {193}, {194}),
        ("contacts", "emails", {197}, {198}),
        ("contacts", "meetings", {199}, {200}),
        ("contacts", "notes", {201}, {202}),
        ("contacts", "tasks", {203}, {204}),
        ("companies", "notes", {189}, {190}),
        ("companies", "tasks", {191}, {192}),
        ("deals", "notes", {213}, {214}),
        ("communications", "contacts", {81}, {82}),
        ("contacts", "contacts", {449}, {449}),
        ("leads", "contacts", {578, 608}, {579, 609}),
    ],
)
def test_the_type_ids_of_the_sheet(hs: HubSpot, from_type: str, to_type: str, there: set[int], back: set[int]) -> None:
    def types(one: str, other: str) -> set[int]:
        found = hs.get(f"/crm/v4/associations/{one}/{other}/labels").json()["results"]
        assert {entry["category"] for entry in found} == {"HUBSPOT_DEFINED"}
        return {entry["typeId"] for entry in found}

    assert there <= types(from_type, to_type)
    assert back <= types(to_type, from_type)


@pytest.mark.parametrize(
    ("verb", "most", "entry"),
    [
        ("read", 1_000, {"id": "1"}),
        ("create", 2_000, {"from": {"id": "1"}, "to": {"id": "2"}, "types": []}),
        ("associate/default", 2_000, {"from": {"id": "1"}, "to": {"id": "2"}}),
    ],
)
def test_batch_limits_of_associations(hs: HubSpot, verb: str, most: int, entry: dict[str, Any]) -> None:
    """§2.2; the batch itself is taken, and says of each input what is wrong with it."""
    path = f"/crm/v4/associations/contacts/companies/batch/{verb}"
    assert hs.post(path, json={"inputs": [entry] * most}).status_code == 207
    assert hs.post(path, json={"inputs": [entry] * (most + 1)}).status_code == 400


def test_a_hundred_records_lose_their_links_in_one_batch(hs: HubSpot) -> None:
    path = "/crm/v4/associations/contacts/companies/batch/archive"
    inputs = [{"from": {"id": str(n)}, "to": [{"id": "1"}]} for n in range(101)]
    assert hs.post(path, json={"inputs": inputs[:100] * 2}).status_code == 204
    assert hs.post(path, json={"inputs": inputs}).status_code == 400
