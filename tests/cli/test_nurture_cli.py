"""[nurture] on the sandbox: check, plan, sync and explain with HubSpot's own lists."""

from __future__ import annotations

import requests

from connectors.loopback.world import setup
from tests.cli.place import Place


def lists(place: Place, method: str, path: str, **body: object) -> dict[str, object]:
    url = place.sandbox.servers["hubspot"].url
    held = {"Authorization": f"Bearer {setup.HUBSPOT_TOKEN}"}
    answer = requests.request(method, f"{url}/crm/v3/lists{path}", json=body or None, headers=held, timeout=10)
    assert answer.ok, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_T3_who_is_handed_over_joins_the_list_that_pauses_marketing(own: Place) -> None:
    own.edit("[route]\n", '[nurture]\npause = "With sales"\n\n[route]\n')
    said = own.syncd("check")
    assert said.code == 1
    assert "There is no list of contacts “With sales”." in said.out
    made = lists(own, "POST", "", name="With sales", objectTypeId="0-1", processingType="MANUAL")
    assert own.syncd("check").code == 0
    assert own.approve().code in (0, 1)
    planned = own.syncd("plan", "--details")
    assert "With sales" in planned.out
    assert own.syncd("sync").code in (0, 1)
    found = lists(own, "GET", f"/{made['list']['listId']}/memberships?limit=250")  # type: ignore[index]
    delivered = own.syncd("handoffs", "--json", "--limit", "500").json["handoffs"]
    with_sales = {h["lineage"] for h in delivered if h["state"] == "delivered"}
    members = {row["recordId"] for row in found["results"]}  # type: ignore[index, attr-defined]
    assert members
    assert members == with_sales


def test_S1_24_leads_that_came_back_without_a_reason_are_listed_and_reasons_counted(approved: Place) -> None:
    approved.edit("[route]\n", '[feedback.reasons]\n"No budget" = "budget"\n\n[route]\n')
    token = {"Authorization": f"Bearer {setup.INTEGRATION_TOKEN}"}
    url = approved.sandbox.servers["salesforce"].url
    said = [{"syncd_reason__c": "no budget"}, {"syncd_reason__c": "who knows"}, {}]
    for lead, reason in zip(approved.leads(), said, strict=False):
        path = f"{url}/services/data/v65.0/sobjects/Lead/{lead['Id']}"
        body = {"Status": "Recycled", **reason}
        assert requests.patch(path, json=body, headers=token, timeout=10).ok
    approved.syncd("sync")
    shown = approved.syncd("handoffs", "--json", "--missing-reason")
    assert [h["reason"] for h in shown.json["handoffs"]] == [""]
    assert shown.json["reasons"] == {"budget": 1, "other": 1, "missing": 1}
