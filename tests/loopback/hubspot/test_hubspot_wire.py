"""The form on the wire, scripted faults, a portal that changes mid-run, the daily reset (checklist rows 17, 19, 21-23)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hubspot_session import NO_LIMITS, TOKEN, HubSpot, Portal

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits
from connectors.loopback.kit import Clock, serve

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def wire() -> Iterator[http.client.HTTPConnection]:
    """A connection to a served portal."""
    emulator = HubSpotEmulator(HubSpotSettings(limits=Limits()))
    with serve(emulator.app) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        yield connection
        connection.close()
    emulator.close()


def ask(
    wire: http.client.HTTPConnection, method: str, path: str, body: Any = None
) -> tuple[http.client.HTTPResponse, bytes]:
    content = None if body is None else json.dumps(body)
    wire.request(method, path, content, {"Authorization": f"Bearer {TOKEN}"})
    answer = wire.getresponse()
    return answer, answer.read()


# Row 17


def test_headers_have_the_recorded_names_letter_by_letter(wire: http.client.HTTPConnection) -> None:
    """[R:grouparoo/contacts.batch-update.200.json]"""
    answer, _ = ask(wire, "GET", CONTACTS)
    names = [name for name, _ in answer.getheaders()]
    assert [name for name in names if name.startswith("X-")] == [
        "X-HubSpot-Correlation-Id",
        "X-HubSpot-RateLimit-Daily",
        "X-HubSpot-RateLimit-Daily-Remaining",
        "X-HubSpot-RateLimit-Interval-Milliseconds",
        "X-HubSpot-RateLimit-Max",
        "X-HubSpot-RateLimit-Remaining",
        "X-HubSpot-RateLimit-Secondly",
        "X-HubSpot-RateLimit-Secondly-Remaining",
    ]
    assert dict(answer.getheaders())["Content-Type"] == "application/json;charset=utf-8"


def test_a_204_has_neither_type_nor_length_nor_chunks(wire: http.client.HTTPConnection) -> None:
    answer, body = ask(wire, "DELETE", f"{CONTACTS}/1234567890")
    names = {name for name, _ in answer.getheaders()}
    assert (answer.status, body) == (204, b"")
    assert not names & {"Content-Type", "Content-Length", "Transfer-Encoding"}
    assert "X-HubSpot-RateLimit-Daily" in names


def test_long_answers_come_in_chunks_and_small_errors_have_a_length(wire: http.client.HTTPConnection) -> None:
    small, body = ask(wire, "GET", f"{CONTACTS}/1")
    assert (small.status, small.getheader("Content-Length")) == (404, str(len(body)))
    long, body = ask(wire, "POST", CONTACTS, {"properties": {"email": "a@example.com"}})
    assert (long.getheader("Transfer-Encoding"), long.getheader("Content-Length")) == ("chunked", None)
    assert json.loads(body)["properties"]["email"] == "a@example.com"


# Row 19


@pytest.mark.parametrize("status", [414, 423, 477, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526])
def test_every_status_of_the_sheet_can_be_scripted(hs: HubSpot, status: int) -> None:
    """§2.5; 5xx bodies may be HTML, 477 tells how long."""
    headers = {"Retry-After": "86400"} if status == 477 else {}
    html = {"content_type": "text/html; charset=UTF-8", "body": "<!DOCTYPE html><html></html>"}
    json_body = {"body": {"status": "error", "message": "later"}}
    fault = {
        "path": "contacts",
        "times": 1,
        "status": status,
        "headers": headers,
        **(html if status >= 500 else json_body),
    }
    hs.post("/_sandbox/faults", json=fault)
    answer = hs.post(CONTACTS, json={"properties": {"email": "a@example.com"}})
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == headers.get("Retry-After")
    assert answer.headers["Content-Type"].startswith("text/html" if status >= 500 else "application/json")
    assert hs.emulator.snapshot()["contacts"] == []
    assert hs.contact("a@example.com")


def test_a_server_error_may_have_done_it(hs: HubSpot) -> None:
    hs.post("/_sandbox/faults", json={"path": "contacts", "times": 1, "status": 504, "body": "", "apply": True})
    assert hs.post(CONTACTS, json={"properties": {"email": "a@example.com"}}).status_code == 504
    assert hs.post(CONTACTS, json={"properties": {"email": "a@example.com"}}).status_code == 409


@pytest.mark.parametrize("chunked", [False, True])
def test_truncated_json_is_not_json(hs: HubSpot, chunked: bool) -> None:
    hs.contact("a@example.com")
    hs.post("/_sandbox/faults", json={"path": "contacts", "times": 1, "truncate": 0.5, "chunked": chunked})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        hs.get(CONTACTS)
    assert len(hs.get(CONTACTS).json()["results"]) == 1


def test_a_slow_body_arrives_whole(hs: HubSpot) -> None:
    hs.contact("a@example.com")
    whole = hs.get(CONTACTS).content
    hs.post("/_sandbox/faults", json={"path": "contacts", "times": 1, "drip_ms": 1})
    assert hs.get(CONTACTS, timeout=10).content == whole
    assert hs.get("/_sandbox/faults").json()["faults"][0]["fired"] == 1


# Row 21


def test_lifecycle_stages_change_mid_run(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", lifecyclestage="marketingqualifiedlead")
    before = hs.get("/crm/v3/pipelines/contacts").json()["results"][0]["stages"]
    stages = [{"id": s["id"], "label": s["label"]} for s in before]
    stages.insert(2, {"id": "164", "label": "Engaged"})
    answer = hs.post("/_sandbox/stages", json={"kind": "contacts", "stages": stages})
    assert answer.json() == {"stages": [stage["id"] for stage in stages]}
    [pipeline] = hs.get("/crm/v3/pipelines/contacts").json()["results"]
    assert [stage["id"] for stage in pipeline["stages"]] == [stage["id"] for stage in stages]
    hs.change("contacts", contact, lifecyclestage="164")
    assert hs.read("contacts", contact, "lifecyclestage")["lifecyclestage"] == "marketingqualifiedlead", "backwards"
    newer = hs.contact("b@example.com", lifecyclestage="164")
    assert hs.read("contacts", newer, "lifecyclestage")["lifecyclestage"] == "164"


def test_an_option_that_goes_is_refused_and_kept_where_it_was(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", hs_lead_status="CONNECTED")
    options = [{"label": "New", "value": "NEW"}]
    body = {"kind": "contacts", "name": "hs_lead_status", "definition": {"options": options}}
    assert hs.post("/_sandbox/property", json=body).status_code == 200
    answer = hs.post(CONTACTS, json={"properties": {"hs_lead_status": "CONNECTED"}})
    assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"
    assert hs.read("contacts", contact, "hs_lead_status")["hs_lead_status"] == "CONNECTED"
    hs.change("contacts", contact, hs_lead_status="NEW")


def test_a_property_that_goes_is_unknown_to_reads_and_writes(hs: HubSpot) -> None:
    definition = {"label": "Tier", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    hs.post("/_sandbox/property", json={"kind": "contacts", "name": "tier", "definition": definition})
    contact = hs.contact("a@example.com", tier="A")
    hs.post("/_sandbox/property", json={"kind": "contacts", "name": "tier", "archived": True})
    assert "tier" not in hs.read("contacts", contact, "tier")
    answer = hs.patch(f"{CONTACTS}/{contact}", json={"properties": {"tier": "B"}})
    assert answer.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"


def test_an_owner_who_leaves_keeps_records_and_takes_no_new_ones(hs: HubSpot) -> None:
    owner = hs.emulator.add_owner({"email": "rep@example.com"})
    contact = hs.contact("a@example.com", hubspot_owner_id=owner)
    assert hs.post("/_sandbox/owner", json={"id": owner, "archived": True}).status_code == 200
    assert hs.read("contacts", contact, "hubspot_owner_id")["hubspot_owner_id"] == owner
    assert hs.post(CONTACTS, json={"properties": {"hubspot_owner_id": owner}}).status_code == 400
    assert [found["id"] for found in hs.get("/crm/v3/owners?archived=True").json()["results"]] == [owner]


# Row 22


def test_an_admins_rule_comes_and_goes(hs: HubSpot) -> None:
    """A write that an hour ago was taken is refused in the rule's words, until the rule is lifted."""
    contact = hs.contact("a@example.com")
    rule = {
        "kind": "contacts",
        "property": "jobtitle",
        "when": {"hs_lead_status": "NEW"},
        "message": "No title, no lead",
    }
    write = {"properties": {"hs_lead_status": "NEW"}}
    hs.post("/_sandbox/validation-rule", json=rule)
    for method, path, body in (
        ("PATCH", f"{CONTACTS}/{contact}", write),
        ("POST", CONTACTS, write),
        ("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": contact, **write}]}),
        ("POST", "/crm/objects/2026-09/contacts/batch/create", {"inputs": [write]}),
    ):
        answer = hs.request(method, path, json=body)
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR"), path
        assert "No title, no lead" in answer.json()["message"]
    lifted = hs.post("/_sandbox/validation-rule", json={"kind": "contacts", "property": "jobtitle", "removed": True})
    assert lifted.json() == {"removed": 1}
    hs.change("contacts", contact, hs_lead_status="NEW")


# Row 23


@pytest.mark.parametrize(
    ("zone", "start", "reset"),
    [
        ("US/Eastern", "2026-11-22T12:00:00+00:00", "2026-11-23T05:00:00Z"),
        ("US/Eastern", "2026-10-31T12:00:00+00:00", "2026-11-01T04:00:00Z"),
        ("US/Eastern", "2026-11-01T12:00:00+00:00", "2026-11-02T05:00:00Z"),  # summer time ended that morning
        ("Pacific/Auckland", "2026-11-22T12:00:00+00:00", "2026-11-23T11:00:00Z"),
        ("Asia/Kolkata", "2026-11-22T12:00:00+00:00", "2026-11-22T18:30:00Z"),
    ],
)
def test_the_day_ends_at_the_portals_midnight(zone: str, start: str, reset: str) -> None:
    clock = Clock(datetime.fromisoformat(start), ticking=False)
    emulator = HubSpotEmulator(HubSpotSettings(time_zone=zone, limits=Limits(daily=100)), clock)
    hs = HubSpot(emulator, clock)
    usage = hs.get("/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert usage["resetsAt"] == reset
    until = (datetime.fromisoformat(reset) - clock.now()).total_seconds()
    remaining = []
    for seconds in (until - 0.001, 0.001):
        clock.advance(seconds)
        remaining.append(hs.get(CONTACTS).headers["X-HubSpot-RateLimit-Daily-Remaining"])
    assert remaining == ["98", "99"]
    assert clock.now() == datetime.fromisoformat(reset).astimezone(UTC)
    emulator.close()


def test_no_limit_is_no_header(portal: Portal) -> None:
    answer = portal(limits=NO_LIMITS).get(CONTACTS)
    assert not [name for name in answer.headers if "RateLimit" in name]


def test_cloudflares_limit_can_be_scripted(hs: HubSpot) -> None:
    """§2.4: text, in front of the hosts of form submissions."""
    told = {"content_type": "text/plain; charset=UTF-8", "body": "error code: 1015"}
    hs.post("/_sandbox/faults", json={"path": "submissions", "status": 429, **told})
    answer = hs.get("/form-integrations/v1/submissions/forms/1")
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (
        429,
        told["body"],
        told["content_type"],
    )
