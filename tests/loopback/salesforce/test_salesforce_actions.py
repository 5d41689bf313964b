"""The action that applies the lead assignment rules [sheet 11.4]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator

PATH = "/actions/standard/invocableApplyLeadAssignmentRules"
NO_RULES = {"Sforce-Auto-Assign": "FALSE"}


@pytest.fixture
def queue(emulator: SalesforceEmulator) -> str:
    queue = emulator.add_queue("Inbound", ["Lead"])
    emulator.add_assignment_rule("Lead", [{"owner": queue}])
    return queue


def lead(api: Api) -> str:
    created: str = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y"}, headers=NO_RULES).json()["id"]
    return created


def owner(api: Api, lead_id: str) -> str:
    found: str = api.get(f"/sobjects/Lead/{lead_id}").json()["OwnerId"]
    return found


def inputs(*lead_ids: Any) -> dict[str, Any]:
    return {"inputs": [{"leadId": lead_id} for lead_id in lead_ids]}


def test_leads_go_to_the_owner_of_the_rule(api: Api, queue: str) -> None:
    leads = [lead(api), lead(api)]
    assert queue not in {owner(api, one) for one in leads}
    # The header is for saves; the action is asked for.
    answer = api.post(PATH, inputs(*leads), headers=NO_RULES)
    assert (answer.status_code, answer.json()) == (
        200,
        [{"actionName": "invocableApplyLeadAssignmentRules", "isSuccess": True}],
    )
    assert {owner(api, one) for one in leads} == {queue}


def test_one_bad_lead_and_none_is_given_away(api: Api, queue: str) -> None:
    good = lead(api)
    answer = api.post(PATH, inputs(good, "00QdM0000009999"))
    (result,) = answer.json()
    assert (answer.status_code, result["isSuccess"]) == (400, False)
    assert result["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert owner(api, good) != queue


@pytest.mark.parametrize("body", [{}, {"inputs": []}, {"inputs": "x"}, inputs(*["00QdM0000009999"] * 21)])
def test_one_to_twenty_leads(api: Api, body: dict[str, Any]) -> None:
    assert api.post(PATH, body).status_code == 400


def test_it_came_with_v54(emulator: SalesforceEmulator, api: Api, queue: str) -> None:
    assert Api(emulator, version="53.0").post(PATH, inputs(lead(api))).status_code == 404
    assert Api(emulator, version="54.0").post(PATH, inputs(lead(api))).status_code == 200


def test_there_are_no_others(api: Api) -> None:
    assert api.post("/actions/standard/chatterPost", {}).status_code == 501
