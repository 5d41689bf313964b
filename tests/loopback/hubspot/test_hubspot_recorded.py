"""Our answers beside recorded ones, value by value where the recording decides it.

Every recorded answer is replayed in tests/loopback/replay; what is here looks at more than keys, types and codes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal


def load(recorded: Path, name: str) -> Any:
    return json.loads((recorded / name).read_text())


def shape(value: Any) -> Any:
    """Keys in order and the types below them; all entries of a list alike are one."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def ordered(value: Any) -> str:
    return json.dumps(shape(value))


def test_create_echo(hs: HubSpot, recorded: Path) -> None:
    """A subset by date: the stage stamps appeared between Nov 2025 and March 2026."""
    theirs = load(recorded, "amp-labs/batch/create/contacts/success.json")
    inputs = [
        {"properties": {n: r["properties"][n] for n in ("email", "firstname", "lastname")}} for r in theirs["results"]
    ]
    ours = hs.batch("contacts", "create", inputs).json()
    assert list(ours) == list(theirs)
    mine, real = ours["results"][0], theirs["results"][0]
    assert list(mine) == list(real)
    new = {"hs_v2_date_entered_current_stage", "hs_v2_time_in_current_stage"}
    assert [n for n in mine["properties"] if n not in new] == list(real["properties"])
    constant = {
        name: value
        for name, value in real["properties"].items()
        if value in ("0", "true", "false", "lead", "INTEGRATION", "contacts-lifecycle-pipeline")
    }
    assert constant.items() <= mine["properties"].items()


def test_update_echo_and_partial_update(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/batch/update/contacts/err-partial-success.json")
    contact = hs.contact("a@example.com", firstname="Siena (updated)", lastname="Dyer (updated)")
    names = {"firstname": "Siena (updated)", "lastname": "Dyer (updated)"}
    inputs = [
        {"id": contact, "properties": names},
        {"id": "unknownIdentifier888", "properties": names},
    ]
    ours = hs.batch("contacts", "update", inputs).json()
    assert ordered(ours) == ordered(theirs)
    assert ours["errors"] == theirs["errors"]


@pytest.mark.parametrize("verb", ["create", "update"])
def test_invalid_properties(hs: HubSpot, recorded: Path, verb: str) -> None:
    theirs = load(recorded, f"amp-labs/batch/{verb}/contacts/err-many-invalid-properties.json")
    contacts = [hs.contact("a@example.com"), hs.contact("b@example.com")]
    inputs = [{"id": i, "properties": {"first000name": "A", "last000name": "B"}} for i in contacts]
    ours = hs.batch("contacts", verb, inputs).json()
    assert ordered(ours) == ordered(theirs)
    assert ours["message"] == theirs["message"]
    assert ours["errors"][:3] == theirs["errors"]  # the capture was trimmed to three


def test_conflicts(hs: HubSpot, recorded: Path) -> None:
    hs.contact("a@example.com")
    entry = {"properties": {"email": "a@example.com"}}
    whole = hs.batch("contacts", "create", [entry]).json()
    assert {**whole, "correlationId": ""} == {
        **load(recorded, "amp-labs/batch/create/contacts/err-conflict.json"),
        "correlationId": "",
    }
    theirs = load(recorded, "amp-labs/batch/create/contacts/err-partial-success.json")
    traced = hs.batch("contacts", "create", [{**entry, "objectWriteTraceId": "0"}]).json()
    assert ordered(traced["errors"]) == ordered(theirs["errors"])


@pytest.mark.parametrize(
    ("name", "index"),
    [("amp-labs/search/contacts/1-first-page.json", 0), ("amp-labs/read-via-search/contacts-response.json", 1)],
)
def test_search_page(hs: HubSpot, recorded: Path, name: str, index: int) -> None:
    theirs = load(recorded, name)
    hs.emulator.seed("contacts", [{"properties": {"email": "a@example.com", "firstname": "A", "lastname": "B"}}] * 1)
    asked = ["company", "email", "firstname", "lastname", "phone", "website"]
    ours = hs.search(properties=asked, limit=1)
    assert list(ours) == [key for key in theirs if key != "paging"]
    assert list(ours["results"][0]) == list(theirs["results"][0])
    assert list(ours["results"][0]["properties"]) == list(theirs["results"][0]["properties"])


def test_search_with_a_recorded_body(hs: HubSpot, recorded: Path) -> None:
    hs.emulator.seed("contacts", [{"properties": {"email": "a@example.com"}}])
    for name in ("since", "until", "since-until"):
        body = load(recorded, f"amp-labs/read/objects-api/contacts-req-payload-{name}.json")
        expected = 1 if name == "since" else 0
        assert hs.search(**body)["total"] == expected, name


def test_associations(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/search/contacts/contacts-to-companies.json")
    hs.emulator.seed("contacts", [{"properties": {}, "id": i} for i in ("501", "103107104018")])
    hs.emulator.seed("companies", [{"properties": {}, "id": "29022297485"}])
    hs.emulator.associate("contacts", "companies", [("501", "29022297485")])
    inputs = {"inputs": [{"id": "501"}, {"id": "103107104018"}]}
    ours = hs.post("/crm/v4/associations/contacts/companies/batch/read", json=inputs).json()
    assert ours["results"] == theirs["results"]
    assert ours["errors"] == theirs["errors"]
    assert list(ours) == list(theirs)
    created = load(recorded, "amp-labs/associations/contact-to-company-resp.json")
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    entry = {"from": {"id": "501"}, "to": {"id": "29022297485"}, "types": spec}
    path = "/crm/v4/associations/contacts/companies/batch/create"
    assert ordered(hs.post(path, json={"inputs": [entry]}).json()) == ordered(created)


@pytest.mark.parametrize("kind", ["contacts", "deals"])
def test_pipelines(hs: HubSpot, recorded: Path, kind: str) -> None:
    theirs = load(recorded, f"amp-labs/metadata-{kind}-external-pipelines.json")
    assert hs.get(f"/crm/v3/pipelines/{kind}").json() == theirs


def test_property_definitions(portal: Portal, recorded: Path) -> None:
    hs = portal(property_lag_seconds=0)
    group = load(recorded, "amp-labs/custom/create/1-payload-create-property-group.json")
    answer = hs.post("/crm/v3/properties/contacts/groups", json=group).json()
    theirs = load(recorded, "amp-labs/custom/create/2-response-create-property-group.json")
    assert {**answer, "displayOrder": 9} == theirs
    for step, (request, response) in {
        "create": ("3-payload-batch-create-properties", "4-response-batch-create-properties"),
        "update": ("2-payload-batch-create-properties", "3-response-batch-create-properties"),
    }.items():
        body = load(recorded, f"amp-labs/custom/{step}/{request}.json")
        theirs = load(recorded, f"amp-labs/custom/{step}/{response}.json")
        ours = hs.post("/crm/v3/properties/contacts/batch/create", json=body).json()
        assert sorted(ours["results"], key=lambda p: p["name"]) == sorted(theirs["results"], key=lambda p: p["name"])
        assert ours.get("errors") == theirs.get("errors")
    for request, response in (
        ("4-payload-update-property-age", "5-response-update-property-age"),
        ("6-payload-update-property-interests", "7-response-update-property-interests"),
    ):
        body = load(recorded, f"amp-labs/custom/update/{request}.json")
        theirs = load(recorded, f"amp-labs/custom/update/{response}.json")
        ours = hs.patch(f"/crm/v3/properties/contacts/{body['name']}", json=body).json()
        varying = {"createdAt", "updatedAt", "createdUserId", "updatedUserId"}
        assert {k: v for k, v in ours.items() if k not in varying} == {
            k: v for k, v in theirs.items() if k not in varying
        }
        assert list(ours) == list(theirs)


def test_hubspot_defined_property_shape(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/metadata-contacts-properties-sampled.json")["results"]
    ours = {p["name"]: p for p in hs.get("/crm/v3/properties/contacts").json()["results"]}
    for definition in theirs:
        mine = ours.get(definition["name"])
        if mine is None:
            continue
        assert list(mine) == [k for k in definition if k in mine]
        for key in ("type", "fieldType", "calculated", "externalOptions"):
            assert mine[key] == definition[key], (definition["name"], key)


def test_account_and_403(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/post-auth/account-info.json")
    assert ordered(hs.get("/account-info/v3/details").json()) == ordered(theirs)


def test_events_and_forms(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/read/events/e_visited_page.json")
    hs.emulator.add_events(
        {**event, "occurredAt": int(event["properties"]["hs_log_line_timestamp"])} for event in theirs["results"]
    )
    ours = hs.get("/events/event-occurrences/2026-03?eventType=e_visited_page&sort=ASCENDING").json()
    assert ours["results"] == theirs["results"]
    forms = load(recorded, "amp-labs/read/marketing-forms.json")
    hs.emulator.add_form({"id": forms["results"][0]["id"], "name": "Tell me about yourself"})
    assert list(hs.get("/marketing/v3/forms").json()["results"][0]) == list(forms["results"][0])


def test_unknown_object_type(hs: HubSpot, recorded: Path) -> None:
    theirs = load(recorded, "amp-labs/search/error-invalid-object.json")
    ours = hs.post("/crm/v3/objects/butterflies/search", json={}).json()
    assert {**ours, "correlationId": theirs["correlationId"]} == theirs
