"""Requests as clients send them that were made by others than the emulator's authors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

CONTACTS = "/crm/v3/objects/contacts"


@pytest.mark.parametrize("direction", ["ASCENDING", "DESCENDING"])
def test_a_sort_may_be_an_object_written_as_json_text(hs: HubSpot, direction: str) -> None:
    for name in ("first", "second"):
        hs.contact(firstname=name)
        hs.clock.advance(10)
    sort = json.dumps({"propertyName": "createdate", "direction": direction})
    found = hs.search(sorts=[sort], properties=["firstname"])["results"]
    names = [entry["properties"]["firstname"] for entry in found]
    assert names == (["first", "second"] if direction == "ASCENDING" else ["second", "first"])


@pytest.mark.parametrize("sort", ["{", "{}", '{"direction":"ASCENDING"}'])
def test_a_sort_that_is_no_object_is_a_400(hs: HubSpot, sort: str) -> None:
    answer = hs.post(f"{CONTACTS}/search", json={"sorts": [sort]})
    assert answer.status_code == 400
    assert "Cannot deserialize value of type `Sort`" in answer.json()["message"]


def test_list_filters_come_back_with_what_the_request_left_out(hs: HubSpot) -> None:
    """The request and the answer of the documentation's example of a dynamic list [D:create-list]."""
    equal = {"operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": ["Ann"]}
    firstname = {"filterType": "PROPERTY", "property": "firstname", "operation": equal}
    tree = {"filterBranchType": "OR", "filterBranches": [{"filterBranchType": "AND", "filters": [firstname]}]}
    body = {"name": "Anns", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": tree}
    made = hs.post("/crm/v3/lists", json=body).json()["list"]
    whole = {**firstname, "operation": {**equal, "includeObjectsWithNoValueSet": False}}
    inner = {
        "filterBranchType": "AND",
        "filterBranchOperator": "AND",
        "filterBranches": [],
        "filters": [whole],
    }
    shown = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [inner], "filters": []}
    assert made["filterBranch"] == shown
    path = f"/crm/v3/lists/{made['listId']}"
    assert (
        hs.put(f"{path}/update-list-filters", json={"filterBranch": tree}).json()["updatedList"]["filterBranch"]
        == shown
    )
    assert hs.get(path, params={"includeFilters": "true"}).json()["list"]["filterBranch"] == shown


@pytest.mark.parametrize("path", [CONTACTS, f"{CONTACTS}/{{id}}"])
def test_types_without_records_add_no_associations(hs: HubSpot, path: str) -> None:
    """Loaders ask for every standard type at once; an association that is not there has no key (§4.2)."""
    company = hs.create("companies", {"name": "Acme"})["id"]
    contact = hs.contact("ann@example.com")
    hs.link("contacts", contact, "companies", company)
    answer = hs.get(path.format(id=contact), params={"associations": "companies,deals,products,tickets,quotes"})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    [record] = body.get("results", [body])
    assert list(record["associations"]) == ["companies"]


def test_an_association_to_a_type_nobody_has_is_a_400(hs: HubSpot) -> None:
    answer = hs.get(CONTACTS, params={"associations": "companies,butterflies"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Unable to infer object type from: butterflies")


def test_a_list_is_made_in_its_folder_with_its_permissions(hs: HubSpot) -> None:
    folder = hs.post("/crm/v3/lists/folders", json={"name": "Ours"}).json()["folder"]["id"]
    access = {
        "listPermissions": {"usersWithEditAccess": [88842095], "teamsWithEditAccess": []},
        "membershipSettings": {"includeUnassigned": True},
    }
    body = {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL", "listFolderId": int(folder), **access}
    made = hs.post("/crm/v3/lists", json=body).json()["list"]
    assert made.items() >= access.items()
    assert hs.get(f"/crm/v3/lists/{made['listId']}").json()["list"].items() >= access.items()
    inside = hs.get("/crm/v3/lists/folders", params={"folderId": folder}).json()["folder"]["childLists"]
    assert inside == [int(made["listId"])]
    assert hs.post("/crm/v3/lists", json={**body, "name": "M", "listFolderId": 99}).status_code == 404


DISPLAY = {"numberDisplayHint": "currency", "showCurrencySymbol": True, "currencyPropertyName": "hs_currency"}
PRICE = {"name": "price", "label": "Price", "groupName": "contactinformation", "type": "number", "fieldType": "number"}


def test_display_hints_of_a_property_come_back(portal: Portal) -> None:
    """The specification of 2026-09 leaves them out, answers do not (§12)."""
    hs = portal(property_lag_seconds=0.0)
    path = "/crm/v3/properties/contacts"
    assert hs.post(path, json={**PRICE, **DISPLAY}).json().items() >= DISPLAY.items()
    assert hs.patch(f"{path}/price", json={"numberDisplayHint": "percentage"}).status_code == 200
    read = hs.get(f"{path}/price").json()
    assert read.items() >= {**DISPLAY, "numberDisplayHint": "percentage"}.items()
    assert DISPLAY.keys().isdisjoint(hs.get(f"{path}/email").json())


def test_sensitive_properties_are_listed_only_when_asked_for(portal: Portal) -> None:
    hs = portal(property_lag_seconds=0.0)
    path = "/crm/v3/properties/contacts"
    assert hs.post(path, json={**PRICE, "dataSensitivity": "sensitive"}).status_code == 201

    def listed(**query: str) -> list[str]:
        return [found["name"] for found in hs.get(path, params=query).json()["results"]]

    assert "price" not in listed()
    assert listed(dataSensitivity="sensitive") == ["price"]
    assert listed(dataSensitivity="highly_sensitive") == []
    assert "price" not in listed(dataSensitivity="non_sensitive")


def test_a_calculated_property_is_a_501(hs: HubSpot) -> None:
    path = "/crm/v3/properties/contacts"
    assert hs.post(path, json={**PRICE, "calculationFormula": "1 + 1"}).status_code == 501
    assert hs.get(f"{path}/price").status_code == 404


@pytest.fixture
def mailed(hs: HubSpot) -> HubSpot:
    """Events e0 to e3 of two campaigns, the last one filtered out as a machine's."""
    hs.emulator.add_email_events(
        {"id": f"e{n}", "created": 1_770_000_000_000 + n, "recipient": "a@example.com", "type": "OPEN",
         "appId": 113, "emailCampaignId": 7 + n % 2, **({"filteredEvent": True} if n == 3 else {})}
        for n in range(4)
    )  # fmt: skip
    return hs


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["e3", "e2", "e1", "e0"]),
        ({"campaignId": 7, "appId": 113}, ["e2", "e0"]),
        ({"campaignId": 9}, []),
        ({"appId": "114"}, []),
        ({"excludeFilteredEvents": "true"}, ["e2", "e1", "e0"]),
        ({"campaignId": 8, "excludeFilteredEvents": "true"}, ["e1"]),
    ],
)
def test_email_events_of_a_campaign(mailed: HubSpot, query: dict[str, Any], ids: list[str]) -> None:
    answer = mailed.get("/email/public/v1/events", params=query)
    assert [event["id"] for event in answer.json()["events"]] == ids


def test_one_email_event_by_its_key(mailed: HubSpot) -> None:
    path = "/email/public/v1/events"
    assert mailed.get(f"{path}/1770000000002/e2").json()["emailCampaignId"] == 7
    assert mailed.get(f"{path}/1770000000001/e2").status_code == 404
    assert mailed.get(f"{path}/soon/e2").status_code == 400
