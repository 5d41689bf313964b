"""Methods beside those of the API, and numbers of requests that are none."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

CONTACTS = "/crm/v3/objects/contacts"
PREFLIGHT = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET", "Authorization": None}
NO_NUMBERS = ["1_0", "1.5", "true", "\u0661\u0660", " 10 ", "+5", "1e1"]


def test_a_preflight_is_a_call_without_a_token(hs: HubSpot) -> None:
    answer = hs.options(CONTACTS, headers=PREFLIGHT)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_options_with_a_token_tells_the_methods(hs: HubSpot) -> None:
    answer = hs.options(CONTACTS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert hs.options("/crm/v3/nowhere").status_code == 404


def test_a_preflight_where_the_edge_answers_it(portal: Portal) -> None:
    answer = portal(options_open=True).options(CONTACTS, headers=PREFLIGHT)
    assert (answer.status_code, answer.headers["Allow"]) == (200, "GET, HEAD, POST, OPTIONS")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_head_is_a_get_without_its_body(hs: HubSpot) -> None:
    hs.contact("a@b.example")
    answer = hs.head(CONTACTS)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert hs.head(CONTACTS, headers={"Authorization": None}).status_code == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_another_method_is_a_405_with_those_that_are(hs: HubSpot, method: str) -> None:
    answer = hs.request(method, CONTACTS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("number", NO_NUMBERS)
@pytest.mark.parametrize("path", [CONTACTS, "/crm/v3/owners"])
@pytest.mark.parametrize("parameter", ["limit", "after"])
def test_a_number_of_a_query_that_is_none_is_a_400(hs: HubSpot, path: str, parameter: str, number: str) -> None:
    answer = hs.get(path, params={parameter: number})
    assert answer.status_code == 400
    assert f'from String "{number}"' in answer.json()["message"]


@pytest.mark.parametrize("number", [*NO_NUMBERS, 1.5, True, [1]])
@pytest.mark.parametrize("key", ["limit", "after"])
def test_a_number_of_a_search_that_is_none_is_a_400(hs: HubSpot, key: str, number: Any) -> None:
    answer = hs.post(f"{CONTACTS}/search", json={key: number})
    assert answer.status_code == 400
    assert "Cannot deserialize value of type" in answer.json()["message"]


def test_an_empty_number_is_none(hs: HubSpot) -> None:
    hs.contact("a@b.example")
    assert len(hs.get(f"{CONTACTS}?limit=&after=").json()["results"]) == 1
    assert hs.post(f"{CONTACTS}/search", json={"limit": "", "after": ""}).status_code == 200


@pytest.mark.parametrize("number", [*NO_NUMBERS, 1.5, True])
def test_a_display_order_that_is_no_number_is_a_400(hs: HubSpot, number: Any) -> None:
    body = {"name": "x", "label": "X", "displayOrder": number}
    assert hs.post("/crm/v3/properties/contacts/groups", json=body).status_code == 400


@pytest.mark.parametrize("number", ["1_0", True, 0, "x"])
def test_a_number_of_a_control_endpoint_that_is_none_is_told(hs: HubSpot, number: Any) -> None:
    answer = hs.post("/_sandbox/pages", json={"mode": "short", "times": number})
    assert answer.status_code == 400
    assert answer.json()["error"] == f'"times" must be a whole number of at least 1, not {number!r}.'
    assert hs.post("/_sandbox/clock", json={"advance_seconds": True}).status_code == 400
