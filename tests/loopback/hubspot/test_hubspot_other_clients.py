"""Requests as clients send them that were made by others than the emulator's authors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hubspot_session import HubSpot

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
