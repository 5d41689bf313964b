"""What answers mean: scopes, flaws, limits, by the bodies that HubSpot was seen to send (hubspot.md 1.4, 2.4, 7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot.refusals import json_object, of_entry, of_response, required_scopes
from syncd.core.errors import Retryable
from tests.connectors.hubspot.portal import Portal


def answer(status: int, body: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


def test_scopes_are_read_from_both_places() -> None:
    scope = "crm.objects.contacts.read"
    nested = {"errors": [{"message": "One or more…", "context": {"requiredGranularScopes": [scope]}}]}
    flat = {"context": {"requiredGranularScopes": [scope, "automation"], "links": ["https://x"]}}
    assert required_scopes(answer(403, nested)) == (scope,)
    assert required_scopes(answer(403, flat)) == (scope, "automation")
    assert required_scopes(answer(403, {"context": {"requiredGranularScopes": ["ann@example.com is bad"]}})) == ()
    assert required_scopes(answer(403, b"<html>")) == ()


def test_flaws_stand_in_errors_or_only_inside_the_message() -> None:
    listed = {"errors": [{"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["x"]}}]}
    inner = '[{"isValid":false,"message":"no","error":"INVALID_OPTION","name":"hs_lead_status"}]'
    embedded = {"message": f"Property values were not valid: {inner}"}
    assert of_entry(listed).flaws == (("PROPERTY_DOESNT_EXIST", "x"),)
    assert of_entry(embedded).flaws == (("INVALID_OPTION", "hs_lead_status"),)
    assert of_entry({"message": "Property values were not valid: [{broken"}).flaws == ()


def test_a_conflict_names_who_is_there() -> None:
    partial = {"category": "CONFLICT", "context": {"objectWriteTraceId": ["t"], "existingId": ["17"]}}
    whole = {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 171591000198"}
    assert (of_entry(partial).traces, of_entry(partial).existing) == (("t",), "17")
    assert of_entry(whole).existing == "171591000198"


def test_a_refusal_shows_codes_and_no_text() -> None:
    body = {
        "message": "ann@example.com is taken",
        "category": "VALIDATION_ERROR",
        "correlationId": "8a3317d2-4aa5-489e-814f-cc6783e043d3",
        "errors": [{"message": "ann@example.com", "code": "INVALID_EMAIL", "context": {"propertyName": ["email"]}}],
    }
    shown = str(of_response(answer(400, body)))
    assert shown == "INVALID_EMAIL on email; correlation id 8a3317d2-4aa5-489e-814f-cc6783e043d3"
    hostile = {"category": "ann@example.com", "correlationId": "x y", "errors": [{"code": "ann@example.com"}]}
    assert "ann" not in str(of_response(answer(400, hostile)))


keys = st.sampled_from(
    ["errors", "context", "message", "ids", "propertyName", "code", "category", "objectWriteTraceId"]
)
bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(keys, inner)
)


@settings(deadline=None)
@given(bodies)
def test_no_body_breaks_the_reading(body: Any) -> None:
    response = answer(400, body)
    str(of_response(response))
    required_scopes(response)
    assert isinstance(json_object(response), dict)


TEN = {"message": "You have reached your ten_secondly_rolling limit.", "policyName": "TEN_SECONDLY_ROLLING"}
DAILY = {"message": "You have reached your daily limit.", "policyName": "DAILY"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "slept", "after"),
    [
        ("/search", {"message": "You have reached your secondly limit."}, {}, [1, 1], 1),
        ("/contacts", TEN, {}, [10], 10),
        ("/contacts", {"message": "anything"}, {"Retry-After": "3"}, [3, 3], 3),
        ("/contacts", DAILY, {}, [], 20 * 3600),  # four in the morning there: until midnight
        ("/contacts", DAILY, {"Retry-After": "600"}, [], 600),
    ],
)
def test_how_long_a_429_waits(
    path: str, body: dict[str, Any], headers: dict[str, str], slept: list[int], after: int
) -> None:
    portal = Portal()
    connector = portal.connect()
    connector.check([])
    portal.fault(method="*", path=path, status=429, body=body, headers=headers)
    cursor = {"since": "2026-11-20T08:00:00+00:00"} if path == "/search" else None
    with pytest.raises(Retryable) as caught:
        list(connector.pull("people", cursor))
    assert [round(seconds, 0) for seconds in portal.slept if seconds >= 0.9] == slept
    assert caught.value.after == after


def test_searches_keep_to_four_a_second_and_the_rest_to_what_the_headers_say() -> None:
    from connectors.loopback.hubspot import Limits

    portal = Portal(limits=Limits(burst=20, search=5))
    portal.contacts([{"email": f"p{n}@example.com"} for n in range(4_500)])
    connector = portal.connect(search_rate=4, burst=15)
    list(connector.pull("people", {"since": "2026-11-20T08:00:00+00:00"}))
    list(connector.pull("people", None))
    assert {status for _, status in portal.adapter.exchanges} == {200}
