"""Limits on associations, and batches that end them (fact sheet §10.1; the public specification and changelog)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

CONFIGURED = "/crm/associations/v4/definitions/configurations"
PAIR = f"{CONFIGURED}/contacts/companies"
SPELLINGS = [
    CONFIGURED,
    "/crm/v4/associations/definitions/configurations",
    "/crm/associations/2026-03/definitions/configurations",
]
UNLABELLED = {"category": "HUBSPOT_DEFINED", "typeId": 279}


def limit(hs: HubSpot, most: int, pair: str = PAIR, **of: Any) -> dict[str, Any]:
    answer = hs.post(f"{pair}/batch/create", json={"inputs": [{**UNLABELLED, **of, "maxToObjectIds": most}]})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()["results"][0]
    return body


def link(hs: HubSpot, contact: str, company: str) -> int:
    return hs.put(f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}").status_code


def companies(hs: HubSpot, count: int) -> list[str]:
    return [hs.create("companies", {"name": f"Firm {n}"})["id"] for n in range(count)]


@pytest.mark.parametrize("base", SPELLINGS)
def test_limits_are_made_changed_and_lifted(hs: HubSpot, base: str) -> None:
    pair = f"{base}/contacts/companies"
    shown = {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None, "userEnforcedMaxToObjectIds": 2}
    assert limit(hs, 2, pair) == shown
    assert hs.get(pair).json() == {"results": [shown]}
    assert hs.get(f"{base}/companies/contacts").json() == {"results": []}
    assert hs.get(f"{base}/all").json() == {"results": [shown]}
    changed = hs.post(f"{pair}/batch/update", json={"inputs": [{**UNLABELLED, "maxToObjectIds": 3}]})
    assert changed.status_code == 200
    assert changed.json()["results"] == [{**UNLABELLED, "userEnforcedMaxToObjectIds": 3}]
    for _ in range(2):
        assert hs.post(f"{pair}/batch/purge", json={"inputs": [UNLABELLED]}).status_code == 204
    assert hs.get(f"{base}/all").json() == {"results": []}


def test_one_more_than_the_limit_is_refused_and_the_rest_stays(hs: HubSpot) -> None:
    one, (first, second, third) = hs.contact(), companies(hs, 3)
    assert link(hs, one, first) == link(hs, one, second) == 200
    limit(hs, 1)
    assert link(hs, one, third) == 400
    assert link(hs, one, second) == 200  # it is there, nothing is added
    assert len(hs.get(f"/crm/v4/objects/contacts/{one}/associations/companies").json()["results"]) == 2
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    inputs = [{"from": {"id": each}, "to": {"id": third}, "types": types} for each in (one, hs.contact())]
    answer = hs.post("/crm/v4/associations/contacts/companies/batch/create", json={"inputs": inputs})
    assert (answer.status_code, len(answer.json()["results"])) == (207, 1)
    assert answer.json()["errors"][0]["category"] == "VALIDATION_ERROR"
    assert answer.json()["errors"][0]["context"]["fromObjectId"] == [one]


def test_a_limit_of_the_other_direction(hs: HubSpot) -> None:
    limit(hs, 1, f"{CONFIGURED}/companies/contacts", typeId=280)
    [firm] = companies(hs, 1)
    assert [link(hs, hs.contact(), firm) for _ in range(2)] == [200, 400]


def test_a_label_has_no_more_than_the_pair(hs: HubSpot) -> None:
    label = hs.post("/crm/v4/associations/contacts/companies/labels", json={"name": "adviser", "label": "Adviser"})
    of_label = {"category": "USER_DEFINED", "typeId": label.json()["results"][0]["typeId"]}
    limit(hs, 2)

    def refused(verb: str, most: int, of: dict[str, Any]) -> bool:
        answer = hs.post(f"{PAIR}/batch/{verb}", json={"inputs": [{**of, "maxToObjectIds": most}]})
        return answer.status_code == 207 and answer.json()["results"] == []

    assert refused("create", 3, of_label)
    assert limit(hs, 2, **of_label)["label"] == "Adviser"
    assert refused("update", 1, UNLABELLED)
    assert refused("create", 2, UNLABELLED)  # there is one
    assert refused("update", 10_001, UNLABELLED)
    assert refused("update", 0, of_label)


@pytest.mark.parametrize(("setting", "made", "purged"), [("multi-status", 201, 204), ("specification", 200, 200)])
def test_limits_of_2026_09(portal: Portal, setting: str, made: int, purged: int) -> None:
    hs, pair = (
        portal(batches_2026_09=setting),
        "/crm/associations/2026-09/definitions/configurations/contacts/companies",
    )
    assert hs.post(f"{pair}/batch/create", json={"inputs": [{**UNLABELLED, "maxToObjectIds": 2}]}).status_code == made
    assert hs.post(f"{pair}/batch/purge", json={"inputs": [UNLABELLED]}).status_code == purged


@pytest.mark.parametrize("batch", ["v3/{}/batch/archive", "v4/{}/batch/archive", "v4/{}/batch/labels/archive"])
def test_a_batch_leaves_the_links_of_an_archived_record_as_the_single_call_does(hs: HubSpot, batch: str) -> None:
    """It comes back with them."""
    one, [firm] = hs.contact(), companies(hs, 1)
    link(hs, one, firm)
    hs.delete(f"/crm/v3/objects/contacts/{one}")
    assert hs.delete(f"/crm/v4/objects/contacts/{one}/associations/companies/{firm}").status_code == 404
    entry = {"from": {"id": one}, "to": {"id": firm}, "type": "contact_to_company",
             "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}  # fmt: skip
    path = batch.format("associations/contacts/companies")
    assert hs.post(f"/crm/{path}", json={"inputs": [entry]}).status_code == 204
    hs.post("/_sandbox/restore", json={"kind": "contacts", "id": one})
    [found] = hs.get(f"/crm/v4/objects/contacts/{one}/associations/companies").json()["results"]
    assert [each["typeId"] for each in found["associationTypes"]] == [1, 279]


def test_a_batch_ends_the_links_of_a_merged_record_by_its_old_id(hs: HubSpot) -> None:
    one, two, [firm] = hs.contact(), hs.contact(), companies(hs, 1)
    link(hs, one, firm)
    merged = hs.post("/crm/v3/objects/contacts/merge", json={"primaryObjectId": one, "objectIdToMerge": two}).json()[
        "id"
    ]
    inputs = [{"from": {"id": one}, "to": [{"id": firm}]}]
    assert hs.post("/crm/v4/associations/contacts/companies/batch/archive", json={"inputs": inputs}).status_code == 204
    assert hs.get(f"/crm/v4/objects/contacts/{merged}/associations/companies").json()["results"] == []
