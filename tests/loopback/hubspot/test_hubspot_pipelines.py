"""Pipelines, their stages and their audits (fact sheet §6, §10.5; the public specification)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

DEALS = "/crm/v3/pipelines/deals"
WON = {"label": "Won", "displayOrder": 1, "metadata": {"probability": 1.0}}
NEW = {"label": "New", "displayOrder": 0, "metadata": {"probability": "0.3"}}
RENEWALS = {"label": "Renewals", "displayOrder": 1, "stages": [WON, NEW]}


def made(hs: HubSpot, **more: Any) -> dict[str, Any]:
    answer = hs.post(DEALS, json={**RENEWALS, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def labels(hs: HubSpot, pipeline_id: str) -> list[str]:
    return [stage["label"] for stage in hs.get(f"{DEALS}/{pipeline_id}/stages").json()["results"]]


def test_a_new_pipeline_and_its_stages(hs: HubSpot) -> None:
    pipeline = made(hs)
    assert list(pipeline) == ["label", "displayOrder", "id", "stages", "createdAt", "updatedAt", "archived"]
    assert pipeline["createdAt"] == "2026-11-22T12:00:00.500Z"
    new, won = pipeline["stages"]  # in display order
    assert (new["label"], new["metadata"]) == ("New", {"probability": "0.3", "isClosed": "false"})
    assert won["metadata"]["isClosed"] == "true"
    listed = hs.get("/crm/pipelines/2026-09/deals").json()["results"]
    assert [p["label"] for p in listed] == ["Sales Pipeline", "Renewals"]


def test_deals_live_in_any_pipeline(hs: HubSpot) -> None:
    pipeline = made(hs, pipelineId="renewals", stages=[{**WON, "stageId": "renewed"}])
    assert (pipeline["id"], pipeline["stages"][0]["id"]) == ("renewals", "renewed")
    deal = hs.create("deals", {"dealname": "R", "pipeline": "renewals", "dealstage": "renewed", "amount": "7"})
    assert hs.read("deals", deal["id"], "hs_is_closed_won")["hs_is_closed_won"] == "true"
    wrong = hs.post("/crm/v3/objects/deals", json={"properties": {"dealname": "R", "pipeline": "nope"}})
    assert wrong.json()["errors"][0]["code"] == "INVALID_OPTION"


@pytest.mark.parametrize(
    "change",
    [
        {"label": "Sales Pipeline"},
        {"label": ""},
        {"displayOrder": None},
        {"stages": []},
        {"stages": [NEW, {**WON, "label": "New"}]},
        {"stages": [{**NEW, "metadata": {}}]},
        {"stages": [{**NEW, "metadata": {"probability": 0.25}}]},
        {"pipelineId": "default"},
    ],
)
def test_refused_pipelines(hs: HubSpot, change: dict[str, Any]) -> None:
    answer = hs.post(DEALS, json={**RENEWALS, **change})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert len(hs.get(DEALS).json()["results"]) == 1


def test_a_stage_that_is_no_object_is_refused(hs: HubSpot) -> None:
    answer = hs.post(DEALS, json={**RENEWALS, "stages": [[]]})
    assert (answer.status_code, "from Array value" in answer.json()["message"]) == (400, True)


def test_put_replaces_and_patch_changes(hs: HubSpot) -> None:
    pipeline = made(hs)
    path = f"{DEALS}/{pipeline['id']}"
    new, _ = pipeline["stages"]
    hs.clock.advance(60)
    kept = {**NEW, "stageId": new["id"], "label": "Fresh"}
    body = {**RENEWALS, "label": "Again", "stages": [kept, {**WON, "label": "Signed"}]}
    replaced = hs.put(path, json=body).json()
    assert [stage["label"] for stage in replaced["stages"]] == ["Fresh", "Signed"]
    assert replaced["stages"][0]["createdAt"] == new["createdAt"]
    assert replaced["stages"][1]["createdAt"] > new["createdAt"]
    changed = hs.patch(path, json={"displayOrder": -1}).json()
    assert (changed["label"], changed["displayOrder"]) == ("Again", -1)
    assert [p["id"] for p in hs.get(DEALS).json()["results"]] == [pipeline["id"], "default"]


def test_a_deleted_pipeline_comes_back(hs: HubSpot) -> None:
    path = f"{DEALS}/{made(hs)['id']}"
    assert hs.patch(path, json={"archived": True}).status_code == 400
    assert hs.delete(path).status_code == 204
    assert hs.get(path).status_code == 404
    assert len(hs.get(DEALS).json()["results"]) == 1
    assert hs.patch(path, json={"archived": False}).json()["archived"] is False
    assert len(hs.get(DEALS).json()["results"]) == 2


def test_the_last_pipeline_and_the_last_stage_stay(hs: HubSpot) -> None:
    assert hs.delete(f"{DEALS}/default").status_code == 400
    pipeline = made(hs, stages=[WON])
    assert hs.delete(f"{DEALS}/{pipeline['id']}/stages/{pipeline['stages'][0]['id']}").status_code == 400


def test_stages(hs: HubSpot) -> None:
    pipeline_id = made(hs)["id"]
    stages = f"{DEALS}/{pipeline_id}/stages"
    answer = hs.post(stages, json={"label": "Talks", "displayOrder": 0, "metadata": {"probability": 0.5}})
    assert answer.status_code == 201
    stage = answer.json()
    assert stage["metadata"] == {"probability": "0.5", "isClosed": "false"}
    assert labels(hs, pipeline_id) == ["New", "Talks", "Won"]  # equal order: by label
    path = f"{stages}/{stage['id']}"
    changed = hs.patch(path, json={"metadata": {"probability": 0.6}}).json()
    assert (changed["label"], changed["metadata"]["probability"]) == ("Talks", "0.6")
    assert hs.put(path, json={"label": "Talking"}).status_code == 400  # PUT wants all of it
    assert hs.put(path, json={"label": "New", "displayOrder": 5, "metadata": {"probability": 0}}).status_code == 400
    moved = hs.put(path, json={"label": "Lost", "displayOrder": 5, "metadata": {"probability": 0}}).json()
    assert moved["metadata"]["isClosed"] == "true"
    assert labels(hs, pipeline_id) == ["New", "Won", "Lost"]
    assert hs.delete(path).status_code == 204
    assert hs.get(path).status_code == 404
    assert labels(hs, pipeline_id) == ["New", "Won"]


@pytest.mark.parametrize("flag", ["validateReferencesBeforeDelete", "validateDealStageUsagesBeforeDelete"])
def test_what_is_in_use_is_only_kept_when_asked(hs: HubSpot, flag: str) -> None:
    pipeline = made(hs)
    stage = pipeline["stages"][0]["id"]
    hs.create("deals", {"dealname": "R", "pipeline": pipeline["id"], "dealstage": stage})
    path = f"{DEALS}/{pipeline['id']}"
    for target in (path, f"{path}/stages/{stage}"):
        assert hs.delete(target, params={flag: "true"}).status_code == 400
    without = {**RENEWALS, "stages": [WON]}
    assert hs.put(path, json=without, params={flag: "true"}).status_code == 400
    assert hs.put(path, json=without).status_code == 200
    assert hs.delete(path).status_code == 204


def test_the_audit_is_the_latest_first(hs: HubSpot) -> None:
    pipeline = made(hs)
    path, stage = f"{DEALS}/{pipeline['id']}", pipeline["stages"][0]["id"]
    hs.clock.advance(1)
    hs.patch(path, json={"label": "Other"})
    hs.patch(f"{path}/stages/{stage}", json={"label": "Other"})
    update, create = hs.get(f"{path}/audit").json()["results"]
    assert (update["action"], create["action"]) == ("UPDATE", "CREATE")
    assert update["identifier"] == pipeline["id"]
    assert (update["portalId"], update["fromUserId"]) == (147893286, 88842095)
    assert update["timestamp"] == "2026-11-22T12:00:01.500Z"
    assert update["rawObject"]["label"] == "Other"
    [changed] = hs.get(f"{path}/stages/{stage}/audit").json()["results"]
    assert changed["rawObject"]["id"] == stage


LIFECYCLE = "/crm/v3/pipelines/contacts/contacts-lifecycle-pipeline"
OPTIONS = "/crm/v3/properties/contacts/lifecyclestage"
PARTNER = {"label": "Partner", "displayOrder": 3, "metadata": {"isClosed": False}}


def stages(hs: HubSpot) -> list[str]:
    return [stage["label"] for stage in hs.get(f"{LIFECYCLE}/stages").json()["results"]]


def test_a_stage_of_the_lifecycle_is_an_option_of_contacts(hs: HubSpot) -> None:
    """Its place in the order decides what is forward (§6)."""
    made = hs.post(f"{LIFECYCLE}/stages", json=PARTNER)
    assert made.status_code == 201
    partner = made.json()["id"]
    assert partner.isdigit()
    assert stages(hs)[3:5] == ["Partner", "Sales Qualified Lead"]
    assert hs.get(OPTIONS).json()["options"][3] == {
        "label": "Partner", "value": partner, "displayOrder": 3, "hidden": False,
    }  # fmt: skip
    one = hs.contact("a@example.com", lifecyclestage=partner)
    assert hs.change("contacts", one, lifecyclestage="lead")["properties"]["lifecyclestage"] == partner
    hs.patch(f"{LIFECYCLE}/stages/{partner}", json={"displayOrder": 0, "label": "Ally"})
    assert hs.change("contacts", one, lifecyclestage="lead")["properties"]["lifecyclestage"] == "lead"
    whole = {**PARTNER, "label": "Friend"}
    assert hs.put(f"{LIFECYCLE}/stages/{partner}", json=whole).json()["label"] == "Friend"
    assert hs.delete(f"{LIFECYCLE}/stages/{partner}").status_code == 204
    assert partner not in [option["value"] for option in hs.get(OPTIONS).json()["options"]]
    [audit, *_] = hs.get(f"{LIFECYCLE}/stages/{partner}/audit").json()["results"]
    assert audit["action"] == "DELETE"


def test_contacts_have_the_one_pipeline(hs: HubSpot) -> None:
    assert hs.post("/crm/v3/pipelines/contacts", json={**RENEWALS, "label": "More"}).status_code == 400
    assert hs.delete(LIFECYCLE).status_code == 400
    assert hs.patch(LIFECYCLE, json={"label": "Journey"}).json()["label"] == "Journey"
    given = [
        {**PARTNER, "displayOrder": n, "label": name, "stageId": name} for n, name in enumerate(("lead", "friend"))
    ]
    assert hs.put(LIFECYCLE, json={"label": "Journey", "displayOrder": 0, "stages": given}).status_code == 200
    assert stages(hs) == ["lead", "friend"]
    refused = hs.post("/crm/v3/objects/contacts", json={"properties": {"lifecyclestage": "customer"}})
    assert refused.json()["errors"][0]["code"] == "INVALID_OPTION"


def test_whether_the_api_edits_the_lifecycle_is_a_switch(portal: Portal) -> None:
    hs = portal(lifecycle_by_api=False)
    answer = hs.post(f"{LIFECYCLE}/stages", json=PARTNER)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert "Partner" not in stages(hs)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("v3/pipelines", "", 204),
        ("v3/pipelines", "true", 400),
        ("pipelines/2026-09", "", 400),
        ("pipelines/2026-09", "false", 204),
    ],
)
def test_since_2026_09_nothing_in_use_goes_unless_told(hs: HubSpot, path: str, query: str, status: int) -> None:
    hs.contact("a@example.com", lifecyclestage="other")
    params = {"validateReferencesBeforeDelete": query} if query else {}
    stage = f"{LIFECYCLE.replace('v3/pipelines', path)}/stages/other"
    assert hs.delete(stage, params=params).status_code == status
