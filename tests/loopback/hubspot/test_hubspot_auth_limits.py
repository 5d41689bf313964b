"""Tokens, scopes, rate limits, headers (fact sheet §1.4, §2, §10.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hubspot_session import BASE, TOKEN, HubSpot, Portal, bearer

from connectors.loopback.hubspot import Limits, OAuthApp, TokenGrant

CONTACTS = "/crm/v3/objects/contacts"
SEARCH = f"{CONTACTS}/search"
BURST_HEADERS = {
    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
    "X-HubSpot-RateLimit-Max": "190",
    "X-HubSpot-RateLimit-Remaining": "189",
    "X-HubSpot-RateLimit-Secondly": "19",
    "X-HubSpot-RateLimit-Secondly-Remaining": "18",
}
DAILY_HEADERS = {
    "X-HubSpot-RateLimit-Daily": "625000",
    "X-HubSpot-RateLimit-Daily-Remaining": "624999",
}


def rate_headers(answer: requests.Response) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k.startswith("X-HubSpot-RateLimit")}


@pytest.fixture
def limited(portal: Portal) -> HubSpot:
    """The limits of a Professional account, as they are by default."""
    return portal(limits=Limits(), tokens={TOKEN: TokenGrant(), "oauth": TokenGrant(kind="oauth")})


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic abc"])
def test_missing_or_bad_token(hs: HubSpot, authorization: str | None) -> None:
    answer = hs.get(CONTACTS, headers={"Authorization": authorization})
    assert answer.status_code == 401
    body = answer.json()
    assert list(body) == ["status", "message", "correlationId", "category"]
    assert body["category"] == "INVALID_AUTHENTICATION"
    assert body["message"].startswith("Authentication credentials not found. This API supports")
    assert not rate_headers(answer)


def test_expired_token(portal: Portal) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(expired=True)})
    answer = hs.get(CONTACTS)
    assert answer.status_code == 401
    assert answer.json() == {
        "status": "error",
        "message": "The OAuth token used to make this call expired 3 hour(s) ago.",
        "correlationId": answer.headers["X-HubSpot-Correlation-Id"],
        "context": {"expire time": ["2026-11-22T09:00:00.500Z"]},
        "category": "EXPIRED_AUTHENTICATION",
    }


def test_two_403_shapes(portal: Portal) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))})
    nested = hs.get(CONTACTS)
    assert nested.status_code == 403
    assert nested.json()["category"] == "MISSING_SCOPES"
    assert nested.json()["errors"] == [
        {
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": ["crm.objects.contacts.read"]},
        }
    ]
    assert nested.json()["links"] == {"scopes": "https://developers.hubspot.com/scopes"}
    flat = hs.get("/crm/v3/properties/contacts").json()
    assert flat["message"] == "One or more of the following scopes are required."
    assert "crm.schemas.contacts.read" in flat["context"]["requiredGranularScopes"]
    assert flat["context"]["links"] == ["https://developers.hubspot.com/scopes"]
    assert "errors" not in flat


def test_headers_of_a_private_app(limited: HubSpot) -> None:
    answer = limited.get(CONTACTS)
    assert rate_headers(answer) == {**DAILY_HEADERS, **BURST_HEADERS}
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert len(answer.headers["X-HubSpot-Correlation-Id"]) == 36
    assert "Retry-After" not in answer.headers


def test_headers_of_an_oauth_app(limited: HubSpot) -> None:
    answer = limited.get(CONTACTS, headers=bearer("oauth"))
    assert rate_headers(answer) == {
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        "X-HubSpot-RateLimit-Max": "110",
        "X-HubSpot-RateLimit-Remaining": "109",
        "X-HubSpot-RateLimit-Secondly": "11",
        "X-HubSpot-RateLimit-Secondly-Remaining": "10",
    }
    assert not rate_headers(limited.post(SEARCH, json={}, headers=bearer("oauth")))


def test_search_answers_carry_the_daily_pair_only(limited: HubSpot) -> None:
    assert rate_headers(limited.post(SEARCH, json={})) == DAILY_HEADERS


def test_a_204_and_an_error_carry_all_headers(limited: HubSpot) -> None:
    gone = limited.delete(f"{CONTACTS}/1")
    assert rate_headers(gone) == {**DAILY_HEADERS, **BURST_HEADERS}
    assert "Content-Type" not in gone.headers
    missing = limited.get(f"{CONTACTS}/1")
    assert rate_headers(missing)["X-HubSpot-RateLimit-Remaining"] == "188"
    assert missing.headers["X-HubSpot-Correlation-Id"] == missing.json()["correlationId"]


def test_five_searches_a_second_for_the_whole_account(limited: HubSpot) -> None:
    tokens = [TOKEN, "oauth", TOKEN, "oauth", TOKEN]
    for token in tokens:
        assert limited.post(SEARCH, json={}, headers=bearer(token)).status_code == 200
    answer = limited.post(SEARCH, json={})
    assert answer.status_code == 429
    # [R:grouparoo/search.429.json]: no policyName, no errorType, no Retry-After.
    assert answer.json() == {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "correlationId": answer.headers["X-HubSpot-Correlation-Id"],
        "category": "RATE_LIMITS",
    }
    assert set(rate_headers(answer)) == set(DAILY_HEADERS)
    assert "Retry-After" not in answer.headers
    limited.clock.advance(1)
    assert limited.post(SEARCH, json={}).status_code == 200


def test_190_calls_in_ten_seconds_per_app(limited: HubSpot) -> None:
    details = "/account-info/v3/details"
    for _ in range(190):
        assert limited.get(details).status_code == 200
    answer = limited.get(details)
    assert answer.status_code == 429
    body = answer.json()
    assert list(body) == [
        "status", "message", "errorType", "correlationId", "policyName", "groupName",
    ]  # fmt: skip
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert body["policyName"] == "TEN_SECONDLY_ROLLING"
    assert rate_headers(answer)["X-HubSpot-RateLimit-Remaining"] == "0"
    # Another app, search and association batches are not affected.
    assert limited.get(details, headers=bearer("oauth")).status_code == 200
    assert limited.post(SEARCH, json={}).status_code == 200
    batch = "/crm/v4/associations/contacts/companies/batch/read"
    exempt = limited.post(batch, json={"inputs": [{"id": "1"}]})
    assert exempt.status_code == 207
    assert set(rate_headers(exempt)) == set(DAILY_HEADERS)
    limited.clock.advance(9.9)
    assert limited.get(details).status_code == 429
    limited.clock.advance(0.1)
    assert limited.get(details).status_code == 200


def test_the_daily_limit_ends_at_the_portals_midnight(portal: Portal) -> None:
    tokens = {TOKEN: TokenGrant(), "key": TokenGrant(kind="service"), "o": TokenGrant(kind="oauth")}
    hs = portal(limits=Limits(daily=3), tokens=tokens, time_zone="US/Eastern")
    for token in (TOKEN, "key", TOKEN):  # shared by all private apps and service keys
        assert hs.get(CONTACTS, headers=bearer(token)).status_code == 200
    answer = hs.post(SEARCH, json={})  # searches count too
    assert answer.status_code == 429
    body = answer.json()
    assert list(body) == [
        "status", "message", "errorType", "correlationId", "policyName", "requestId",
    ]  # fmt: skip
    assert (body["message"], body["policyName"]) == ("You have reached your daily limit.", "DAILY")
    assert hs.get(CONTACTS, headers=bearer("o")).status_code == 200
    hs.clock.advance(16.9 * 3600)  # 04:54 UTC: still 22 November in the east of the US
    assert hs.get(CONTACTS).status_code == 429
    hs.clock.advance(0.1 * 3600)
    answer = hs.get(CONTACTS)
    assert answer.status_code == 200
    assert answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "2"


def test_retry_after_and_secondly_are_switches(portal: Portal) -> None:
    hs = portal(limits=Limits(search=1, burst=20, enforce_secondly=True, retry_after=True))
    hs.post(SEARCH, json={})
    assert hs.post(SEARCH, json={}).headers["Retry-After"] == "1"
    statuses = [hs.get(CONTACTS) for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    assert statuses[-1].json()["policyName"] == "SECONDLY"


def test_api_usage(limited: HubSpot) -> None:
    limited.get(CONTACTS)
    body = limited.get("/account-info/v3/api-usage/daily/private-apps").json()
    assert body == {
        "results": [
            {
                "name": "private-apps-api-calls-daily",
                "usageLimit": 625000,
                "currentUsage": 2,
                "collectedAt": "2026-11-22T12:00:00.500Z",
                "fetchStatus": "SUCCESS",
                "resetsAt": "2026-11-23T05:00:00Z",
            }
        ]
    }


@pytest.mark.parametrize("status", ["CACHED", "FAILURE", "NOTFOUND", "TIMEOUT"])
def test_api_usage_may_not_be_fresh(portal: Portal, status: str) -> None:
    [usage] = portal(usage_fetch_status=status).get("/account-info/v3/api-usage/daily/private-apps").json()["results"]
    assert usage["fetchStatus"] == status


def test_api_usage_without_a_limit_is_a_number_too(hs: HubSpot) -> None:
    [usage] = hs.get("/account-info/2026-09/api-usage/daily/private-apps").json()["results"]
    assert usage["usageLimit"] == 2_147_483_647


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_account_details(portal: Portal, version: str) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(scopes=())})
    assert hs.get(f"/account-info/{version}/details").json() == {
        "portalId": 147893286,
        "accountType": "STANDARD",
        "timeZone": "US/Eastern",
        "companyCurrency": "USD",
        "additionalCurrencies": [],
        "utcOffset": "-05:00",
        "utcOffsetMilliseconds": -18000000,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


# OAuth (§1.2, §1.3)


def refresh(hs: HubSpot, version: str = "2026-03", **more: Any) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": "loopback-client-id",
        "client_secret": "loopback-client-secret",
        "refresh_token": "loopback-refresh-token",
        **more,
    }
    return requests.Session.request(
        hs, "POST", f"{BASE}/oauth/{version}/token", data=form, headers={"Authorization": None}
    )


@pytest.mark.parametrize("version", ["v1", "v3", "2026-03", "2026-09"])
def test_refresh(hs: HubSpot, version: str) -> None:
    answer = refresh(hs, version)
    assert answer.status_code == 200
    body = answer.json()
    token = body.pop("access_token")
    assert body == {
        "refresh_token": "loopback-refresh-token",
        "expires_in": 1800,
        "token_type": "bearer",
        "token_use": "access_token",
    }
    assert hs.get(CONTACTS, headers=bearer(token)).status_code == 200
    hs.clock.advance(1800 + 3600)
    expired = hs.get(CONTACTS, headers=bearer(token))
    assert expired.status_code == 401
    assert expired.json()["context"] == {"expire time": ["2026-11-22T12:30:00.500Z"]}
    assert "expired 1 hour(s) ago" in expired.json()["message"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"refresh_token": "x"}, "BAD_REFRESH_TOKEN"),
        ({"client_secret": "x"}, "BAD_CLIENT_ID"),
        ({"grant_type": "password"}, "BAD_AUTH_CODE"),
    ],
)
def test_refresh_refused(hs: HubSpot, change: dict[str, str], status: str) -> None:
    answer = refresh(hs, **change)
    assert answer.status_code == 400
    assert answer.json()["status"] == status
    if status == "BAD_REFRESH_TOKEN":
        assert answer.json() == {
            "error": "invalid_grant",
            "error_description": "refresh token is invalid, expired or revoked",
            "status": "BAD_REFRESH_TOKEN",
            "message": "refresh token is invalid, expired or revoked",
        }


def test_introspection(portal: Portal) -> None:
    hs = portal(oauth=OAuthApp(grant=TokenGrant(kind="oauth", scopes=("oauth", "forms"))))
    token = refresh(hs).json()["access_token"]
    hs.clock.advance(100)
    facts = hs.post("/oauth/2026-03/token/introspect", data={"token": token}).json()
    assert facts["active"] is True
    assert facts["scopes"] == ["oauth", "forms"]
    assert facts["expires_in"] == 1700
    assert facts["token_use"] == "access_token"
    legacy = hs.get(f"/oauth/v1/access-tokens/{token}").json()
    assert (legacy["token"], legacy["hub_id"]) == (token, 147893286)
    assert hs.post("/oauth/v3/token/introspect", data={"token": "x"}).json() == {"active": False}
    assert hs.get("/oauth/v1/access-tokens/x").status_code == 404


def test_private_app_introspection(hs: HubSpot) -> None:
    path = "/oauth/v2/private-apps/get/access-token-info"
    facts = hs.post(path, json={"tokenKey": TOKEN}).json()
    assert set(facts) == {"userId", "hubId", "appId", "scopes"}
    assert "crm.objects.contacts.write" in facts["scopes"]
    assert hs.post(path, json={"tokenKey": "x"}).status_code == 404
    assert hs.post(path, json={}).status_code == 400


def test_the_date_header_is_the_sandboxes(hs: HubSpot) -> None:
    assert hs.get(CONTACTS).headers["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert hs.clock.now() == datetime(2026, 11, 22, 12, 0, 0, 500_000, UTC)


def test_gzip_when_asked_for(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(20)])
    packed = hs.get(CONTACTS, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    plain = hs.get(CONTACTS, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert b'": ' not in plain.content  # compact JSON


def test_search_of_an_oauth_app_carries_no_limit(limited: HubSpot) -> None:
    """§2.3, search-companies.json: neither the day's pair nor the bucket's."""
    made = limited.post("/_sandbox/token", json={"kind": "oauth"}).json()
    answer = limited.post(f"{CONTACTS}/search", json={}, headers={"Authorization": f"Bearer {made['token']}"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if "ratelimit" in name.lower()]
