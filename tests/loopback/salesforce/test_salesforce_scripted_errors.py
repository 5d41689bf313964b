"""Errors that only a fault rule makes, and what is refused because it is not there [sheet 1.3, 3, 6, 9.2]."""

from __future__ import annotations

import json
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator


def _error(code: str, message: str) -> list[dict[str, str]]:
    return [{"message": message, "errorCode": code}]


ERRORS: dict[str, tuple[int, Any]] = {
    "long transactions": (403, _error("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")),
    "a slow query": (400, _error("QUERY_TIMEOUT", "Your query request was running for too long.")),
    "a large query": (400, _error("OPERATION_TOO_LARGE", "exceeded 100000 distinct who/what's")),
    "a complicated query": (400, _error("QUERY_TOO_COMPLICATED", "query is either selecting too many fields")),
    "metering": (400, _error("TXN_SECURITY_METERING_ERROR", "When accessing too many resources")),
    "maintenance": (503, _error("SERVER_UNAVAILABLE", "We are down for maintenance")),
    "a defect": (500, _error("UNKNOWN_EXCEPTION", "An unexpected error occurred.")),
    "mixed work": (400, _error("MIXED_DML_OPERATION", "DML operation on setup object is not permitted")),
    "an org that is switched off": (400, {"error": "inactive_org", "error_description": "organization is inactive"}),
}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_error_comes_once_and_the_request_was_not_carried_out(
    api: Api, emulator: SalesforceEmulator, name: str
) -> None:
    status, body = ERRORS[name]
    emulator.faults.add({"method": "POST", "path": "/sobjects/Lead", "status": status, "body": body, "times": 1})
    answer = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y"})
    assert (answer.status_code, answer.json()) == (status, json.loads(json.dumps(body)))
    assert "Retry-After" not in answer.headers
    assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
    api.lead()


def test_soap_says_what_it_does_not_do(api: Api) -> None:
    envelope = f"<e><sessionId>{DEFAULT_TOKEN}</sessionId><merge><request/></merge></e>"
    refused = api.post("/services/Soap/u/60.0", data=envelope)
    assert refused.status_code == 500
    assert "<sf:exceptionCode>UNSUPPORTED_OPERATION</sf:exceptionCode>" in refused.text


def test_a_query_is_a_get(api: Api) -> None:
    assert api.post("/query", {"q": "SELECT Id FROM Lead"}).status_code == 405
