"""Numbers of requests that are none are refused in the shape of each resource."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator

NO_NUMBERS = ["1_0", "1.5", "true", "\u0661\u0660", "\u00b2", " 10 ", "+5", "1e1"]


@pytest.mark.parametrize("number", [*NO_NUMBERS, "", "0", "-1"])
def test_a_limit_of_recent_items(api: Api, number: str) -> None:
    answer = api.get("/recent", params={"limit": number})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_LIMIT")


@pytest.mark.parametrize("number", [*NO_NUMBERS, 1.5, True])
@pytest.mark.parametrize("key", ["overallLimit", "defaultLimit"])
def test_a_limit_of_a_search(api: Api, key: str, number: Any) -> None:
    answer = api.post("/parameterizedSearch", {"q": "smith", "sobjects": [{"name": "Lead"}], key: number})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_SEARCH")


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_the_place_in_a_query_locator(api: Api, emulator: SalesforceEmulator, number: str) -> None:
    emulator.seed("Lead", [{"LastName": "x", "Company": "y"}] * 201)
    hint = {"Sforce-Query-Options": "batchSize=200"}
    following = api.get("/query", params={"q": "SELECT Id FROM Lead"}, headers=hint).json()["nextRecordsUrl"]
    assert len(api.get(following).json()["records"]) == 1
    answer = api.get(f"{following.rpartition('-')[0]}-{number}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize("number", [*NO_NUMBERS, "0", "-5"])
def test_the_most_records_of_a_bulk_result(api: Api, number: str) -> None:
    api.lead()
    job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    api.control("clock", advance_seconds=60)
    answer = api.get(f"/jobs/query/{job}/results", params={"maxRecords": number})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "API_ERROR")


@pytest.mark.parametrize("hint", [*(f"batchSize={number}" for number in NO_NUMBERS[:4]), "batchSize="])
def test_a_batch_size_is_a_hint_and_one_that_is_no_number_is_none(api: Api, hint: str) -> None:
    query = {"q": "SELECT Id FROM Lead"}
    answer = api.get("/query", params=query, headers={"Sforce-Query-Options": hint.encode("utf-8")})
    assert answer.status_code == 200
