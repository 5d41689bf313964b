"""Control endpoints, scripted faults, the request log (checklist rows 19, 21, 22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hubspot_session import HubSpot

CONTACTS = "/crm/v3/objects/contacts"


def test_the_kits_endpoints_are_there(hs: HubSpot) -> None:
    assert hs.get("/_sandbox/health").json() == {
        "name": "hubspot",
        "now": "2026-11-22T12:00:00.500+00:00",
        "ready": True,
    }
    hs.post("/_sandbox/clock", json={"advance": "1d"})
    assert hs.clock.now().day == 23


def test_snapshot_holds_everything(hs: HubSpot) -> None:
    contact, gone, other = (hs.contact(f"{n}@example.com") for n in "abc")
    hs.delete(f"{CONTACTS}/{gone}")
    company = hs.create("companies", {"name": "Acme"})["id"]
    hs.link("contacts", contact, "companies", company)
    new = hs.post("/_sandbox/merge", json={"primary": contact, "other": other}).json()["id"]
    snapshot = hs.get("/_sandbox/snapshot").json()
    assert {r["id"]: r["archived"] for r in snapshot["contacts"]} == {gone: True, new: False}
    assert snapshot["merged"] == {contact: new, other: new}
    ends = {(tuple(a["from"]), tuple(a["to"]), a["typeId"]) for a in snapshot["associations"]}
    assert (("contacts", new), ("companies", company), 279) in ends
    assert (("companies", company), ("contacts", new), 2) in ends


def test_archive_and_touch(hs: HubSpot) -> None:
    first, second = sorted((hs.contact("a@example.com"), hs.contact("b@example.com")), key=int)
    hs.clock.advance(1)
    body: dict[str, Any] = {"kind": "contacts", "first": 1, "properties": {"city": "Rome"}}
    assert hs.post("/_sandbox/touch", json=body).json() == {"touched": 1}
    assert hs.read("contacts", first, "city")["city"] == "Rome"
    assert hs.record("contacts", first)["updatedAt"] > hs.record("contacts", second)["updatedAt"]
    assert hs.post("/_sandbox/archive", json={"kind": "contacts", "id": second}).status_code == 200
    assert hs.get(f"{CONTACTS}/{second}").status_code == 404


def test_stamp_makes_many_records_alike(hs: HubSpot) -> None:
    ids = [hs.contact(f"c{n}@example.com") for n in range(3)]
    body = {"kind": "contacts", "ids": ids[:2], "at": "2026-11-21T00:00:00.123Z"}
    assert hs.post("/_sandbox/stamp", json=body).json()["stamped"] == 2
    stamps = [hs.read("contacts", i)["lastmodifieddate"] for i in ids]
    assert stamps == ["2026-11-21T00:00:00.123Z"] * 2 + ["2026-11-22T12:00:00.500Z"]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("merge", {"primary": "1"}),
        ("merge", {"primary": "1", "other": "2"}),
        ("archive", {"kind": "butterflies", "id": "1"}),
        ("owner", {"id": "1", "archived": True}),
        ("stamp", {"kind": "contacts", "first": 1, "at": "soon"}),
        ("touch", {"kind": "contacts", "first": 1, "properties": {"nope": "1"}}),
        ("property", {"kind": "contacts", "name": "nope"}),
    ],
)
def test_refused_actions(hs: HubSpot, action: str, body: dict[str, Any]) -> None:
    hs.contact("a@example.com")
    answer = hs.post(f"/_sandbox/{action}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_requests_are_counted_by_endpoint_with_their_rows(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(3)])
    hs.get(CONTACTS)
    hs.get("/crm/objects/2026-09/contacts?limit=2")
    hs.batch("contacts", "read", [{"id": "1"}] * 2)
    log = hs.get("/_sandbox/requests").json()
    assert log["by_endpoint"] == {
        "GET /crm/v3/objects/<object_type>": 1,
        "GET /crm/objects/2026-09/<object_type>": 1,
        "POST /crm/v3/objects/<object_type>/batch/read": 1,
    }
    assert [call["rows_out"] for call in log["log"]] == [3, 2, 0]
    assert log["log"][2]["rows_in"] == 2


def test_a_lost_answer_was_committed(hs: HubSpot) -> None:
    hs.post("/_sandbox/faults", json={"method": "POST", "path": "contacts$", "reset": "after", "times": 1})
    with pytest.raises(requests.ConnectionError):
        hs.contact("a@example.com")
    answer = hs.post(CONTACTS, json={"properties": {"email": "a@example.com"}})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"status": 502, "body": "<html>Bad gateway</html>", "content_type": "text/html"}, 502),
        ({"status": 503, "body": {"status": "error"}}, 503),
        ({"status": 423, "body": {"status": "error"}}, 423),
    ],
)
def test_scripted_statuses(hs: HubSpot, fault: dict[str, Any], status: int) -> None:
    hs.post("/_sandbox/faults", json={"method": "*", "path": "contacts", "times": 1, **fault})
    assert hs.get(CONTACTS).status_code == status
    assert hs.get(CONTACTS).status_code == 200


def test_a_request_that_fails_leaves_nothing(hs: HubSpot) -> None:
    """One request is one transaction: a bad association undoes the create."""
    link = {"to": {"id": "999"}, "types": [{"associationTypeId": 202}]}
    body = {"properties": {"hs_timestamp": "2026-11-01"}, "associations": [link]}
    assert hs.post("/crm/v3/objects/notes", json=body).status_code == 400
    inputs = [{"properties": body["properties"]}, body]
    assert hs.batch("notes", "create", inputs).status_code == 400
    assert hs.emulator.snapshot()["notes"] == []


@pytest.mark.parametrize("mode", ["empty", "short", "duplicate"])
def test_odd_pages_lose_nothing(hs: HubSpot, mode: str) -> None:
    """Stop only when ``paging.next`` is absent (§4.4)."""
    ids = hs.emulator.seed("contacts", [{"properties": {}} for _ in range(25)])
    for walk in (_listed, _searched):
        hs.post("/_sandbox/pages", json={"mode": mode, "times": 2})
        pages = list(walk(hs))
        assert {i for page in pages for i in page} == set(ids)
        sizes = [len(page) for page in pages]
        assert sizes[:2] == {"empty": [0, 0], "short": [5, 5], "duplicate": [10, 10]}[mode]
        if mode == "duplicate":
            assert pages[0] == pages[1] == pages[2]
    assert hs.post("/_sandbox/pages", json={"mode": "odd"}).status_code == 400


def _listed(hs: HubSpot) -> Iterator[list[str]]:
    query: dict[str, str] = {}
    while True:
        page = hs.get(CONTACTS, params=query).json()
        yield [entry["id"] for entry in page["results"]]
        if "paging" not in page:
            return
        query["after"] = page["paging"]["next"]["after"]


def _searched(hs: HubSpot) -> Iterator[list[str]]:
    after = "0"
    while True:
        page = hs.search(after=after)
        yield [entry["id"] for entry in page["results"]]
        if "paging" not in page:
            return
        after = page["paging"]["next"]["after"]
