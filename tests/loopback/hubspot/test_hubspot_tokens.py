"""Several apps and users: their tokens, scopes and budgets (fact sheet §1.1-1.5, §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hubspot_session import BASE, START, TOKEN, HubSpot, Portal, bearer

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits, TokenGrant
from connectors.loopback.kit import Clock

CONTACTS = "/crm/v3/objects/contacts"
ANY_ACTIVITY = ("notes", "calls", "emails", "meetings", "tasks", "communications")
CLIENT = {"client_id": "loopback-client-id", "client_secret": "loopback-client-secret"}


def app(hs: HubSpot, **body: Any) -> dict[str, Any]:
    answer = hs.post("/_sandbox/token", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def form(hs: HubSpot, path: str, **fields: str) -> requests.Response:
    """Post a form without a token, as OAuth clients do."""
    data = {**CLIENT, **fields}
    return requests.Session.request(hs, "POST", f"{BASE}{path}", data=data, headers={"Authorization": None})


def test_an_app_may_do_what_its_scopes_say(hs: HubSpot) -> None:
    reader = app(hs, kind="private", scopes=["crm.objects.contacts.read"])
    assert reader["token"].startswith("pat-na1-")
    as_reader = bearer(reader["token"])
    assert hs.get(CONTACTS, headers=as_reader).status_code == 200
    refused = hs.post(CONTACTS, json={"properties": {}}, headers=as_reader)
    assert refused.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.objects.contacts.write"]}


def test_a_write_names_the_app_and_the_user_behind_it(hs: HubSpot) -> None:
    made = app(hs, appId=4711, appName="Enricher", userId=99)
    headers = bearer(made["token"])
    contact = hs.post(CONTACTS, json={"properties": {"city": "Rome"}}, headers=headers).json()
    assert contact["properties"]["hs_object_source_id"] == "4711"
    [version] = hs.record("contacts", contact["id"], propertiesWithHistory="city")["propertiesWithHistory"]["city"]
    assert version["sourceId"] == "4711"


def test_a_revoked_token_is_unknown(hs: HubSpot) -> None:
    made = app(hs)
    for token in (made["token"], TOKEN):
        assert hs.get(CONTACTS, headers=bearer(token)).status_code == 200
        assert app(hs, token=token, revoked=True) == {"token": token, "revoked": True}
        answer = hs.get(CONTACTS, headers=bearer(token))
        assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize("body", [{"kind": "hapikey"}, {"scopes": "forms"}, {"scope": []}, {"revoked": True}])
def test_a_token_that_cannot_be(hs: HubSpot, body: dict[str, Any]) -> None:
    answer = hs.post("/_sandbox/token", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_tokens_outlive_the_emulator_in_its_file(tmp_path: Any) -> None:
    path = str(tmp_path / "hubspot.sqlite")
    first = HubSpotEmulator(HubSpotSettings(), Clock(), path)
    made = app(HubSpot(first, first.clock), scopes=["forms"])
    first.close()
    again = HubSpotEmulator(HubSpotSettings(), Clock(), path)
    assert HubSpot(again, again.clock).get("/marketing/v3/forms", headers=bearer(made["token"])).status_code == 200
    again.close()


# Budgets


def statuses(hs: HubSpot, token: str, count: int) -> list[int]:
    return [hs.get(CONTACTS, headers=bearer(token)).status_code for _ in range(count)]


def test_one_apps_calls_do_not_burn_anothers(portal: Portal) -> None:
    hs = portal(limits=Limits(burst=3))
    one, other = app(hs)["token"], app(hs)["token"]
    assert statuses(hs, one, 4) == [200, 200, 200, 429]
    assert statuses(hs, other, 4) == [200, 200, 200, 429]


def test_two_tokens_of_an_app_spend_one_budget(portal: Portal) -> None:
    """A rotated key or a refreshed token buys no calls: the limit is the app's."""
    hs = portal(limits=Limits(burst=3, oauth_burst=3))
    old, new = app(hs, appId=1)["token"], app(hs, appId=1)["token"]
    assert statuses(hs, old, 2) + statuses(hs, new, 2) == [200, 200, 200, 429]
    made = app(hs, kind="oauth")
    assert statuses(hs, made["token"], 4)[-1] == 429
    fresh = form(hs, "/oauth/v1/token", grant_type="refresh_token", refresh_token=made["refreshToken"]).json()
    assert statuses(hs, fresh["access_token"], 1) == [429]


@pytest.mark.parametrize("named", [False, True])
def test_a_refused_search_names_its_policy_only_if_told(portal: Portal, named: bool) -> None:
    hs = portal(limits=Limits(search=1, search_policy=named))
    hs.search()
    body = hs.post(f"{CONTACTS}/search", json={}).json()
    assert body.get("policyName") == ("SECONDLY" if named else None)
    assert body.get("category") == (None if named else "RATE_LIMITS")
    assert body["message"] == "You have reached your secondly limit."


# OAuth


def test_a_code_becomes_tokens_once(hs: HubSpot) -> None:
    made = app(hs, kind="oauth", scopes=["oauth", "forms"])
    wanted = {"grant_type": "authorization_code", "code": made["code"], "redirect_uri": made["redirectUri"]}
    elsewhere = form(hs, "/oauth/v1/token", **{**wanted, "redirect_uri": "https://else.example/"})
    assert (elsewhere.status_code, elsewhere.json()["status"]) == (400, "BAD_REDIRECT_URI")
    tokens = form(hs, "/oauth/v1/token", **wanted).json()
    assert hs.get("/marketing/v3/forms", headers=bearer(tokens["access_token"])).status_code == 200
    assert hs.get(CONTACTS, headers=bearer(tokens["access_token"])).status_code == 403
    again = form(hs, "/oauth/2026-03/token", **wanted)
    assert (again.status_code, again.json()["status"]) == (400, "BAD_AUTH_CODE")
    fresh = form(hs, "/oauth/v3/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert fresh.json()["refresh_token"] == tokens["refresh_token"]


def test_refresh_token_facts_and_revocation(hs: HubSpot) -> None:
    token = app(hs, kind="oauth", scopes=["forms"])["refreshToken"]
    facts = hs.get(f"/oauth/v1/refresh-tokens/{token}").json()
    assert (facts["token"], facts["token_type"], facts["scopes"]) == (token, "refresh", ["forms"])
    assert facts["client_id"] == CLIENT["client_id"]
    known = form(hs, "/oauth/2026-09/token/introspect", token=token).json()
    assert (known["active"], known["token_use"]) == (True, "refresh_token")
    assert form(hs, "/oauth/v3/token/revoke", token=token).status_code == 204
    assert hs.get(f"/oauth/v1/refresh-tokens/{token}").status_code == 404
    assert form(hs, "/oauth/v3/token/introspect", token=token).json() == {"active": False}
    refused = form(hs, "/oauth/v1/token", grant_type="refresh_token", refresh_token=token)
    assert refused.json()["status"] == "BAD_REFRESH_TOKEN"
    assert hs.delete("/oauth/v1/refresh-tokens/loopback-refresh-token").status_code == 204
    gone = form(hs, "/oauth/v1/token", grant_type="refresh_token", refresh_token="loopback-refresh-token")
    assert gone.status_code == 400


def test_the_signed_part_of_an_access_token(hs: HubSpot) -> None:
    """[S:oauth.v3] SignedAccessToken; recorded with every v1 lookup."""
    made = app(hs, kind="oauth", appId=5)
    signed = hs.get(f"/oauth/v1/access-tokens/{made['token']}").json()["signed_access_token"]
    assert (signed["appId"], signed["hubId"], signed["hublet"]) == (5, 147893286, "na1")
    assert signed["expiresAt"] == 1795350600500


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_client_credentials_are_for_the_journal(hs: HubSpot, path: str) -> None:
    """[S:oauth.2026-03] ClientCredentialsTokenResponse has no refresh token."""
    scope = "developer.webhooks_journal.read crm.objects.contacts.read"
    answer = form(hs, path, grant_type="client_credentials", scope=scope).json()
    assert list(answer) == ["access_token", "expires_in", "token_type", "token_use", "scopes"]
    assert (answer["expires_in"], answer["scopes"]) == (1800, scope.split())
    as_itself = bearer(answer["access_token"])
    assert hs.get("/webhooks-journal/journal/2026-03/earliest", headers=as_itself).status_code == 204
    other = form(hs, path, grant_type="client_credentials", scope="automation")
    assert (other.status_code, other.json()["error"]) == (400, "invalid_scope")
    nobody = form(hs, path, grant_type="client_credentials", client_secret="wrong")
    assert nobody.json()["status"] == "BAD_CLIENT_ID"
    assert "webhooks-journal-data-access" in form(hs, path, grant_type="client_credentials").json()["scopes"]


@pytest.mark.parametrize(("ends", "status"), [("2027-02-16", 404), ("", 200)])
def test_oauth_v1_ends(portal: Portal, ends: str, status: int) -> None:
    """On 16 Feb 2027 (§12); the dated endpoints go on."""
    hs = portal(oauth_v1_ends=ends)
    refresh = {"grant_type": "refresh_token", "refresh_token": "loopback-refresh-token"}
    hs.clock.advance((datetime(2027, 2, 15, 23, 59, 59, tzinfo=UTC) - START).total_seconds())
    assert form(hs, "/oauth/v1/token", **refresh).status_code == 200
    hs.clock.advance(1)
    assert form(hs, "/oauth/v1/token", **refresh).status_code == status
    assert hs.get("/oauth/v1/refresh-tokens/loopback-refresh-token").status_code == status
    assert form(hs, "/oauth/2026-03/token", **refresh).status_code == 200


@pytest.mark.parametrize("level", ["sensitive", "highly_sensitive"])
def test_sensitive_properties_want_a_scope_of_their_own(hs: HubSpot, level: str) -> None:
    """A 403 for who asks for one or writes one (§1.4)."""
    definition = {"label": "D", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    hs.emulator.add_property("contacts", {**definition, "name": "diagnosis", "dataSensitivity": level})
    one = hs.contact("a@example.com", diagnosis="flu")
    scopes = ["crm.objects.contacts.read", "crm.objects.contacts.write"]
    plain = bearer(app(hs, scopes=scopes)["token"])
    condition = {"propertyName": "diagnosis", "operator": "HAS_PROPERTY"}
    given = {"properties": {"diagnosis": "cold"}}
    asked = {
        "read": [
            ("GET", f"{CONTACTS}?properties=diagnosis", None),
            ("GET", f"{CONTACTS}/{one}?propertiesWithHistory=diagnosis", None),
            ("POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": one}], "properties": ["diagnosis"]}),
            ("POST", f"{CONTACTS}/search", {"properties": ["diagnosis"]}),
            ("POST", f"{CONTACTS}/search", {"filters": [condition]}),
        ],
        "write": [
            ("POST", CONTACTS, given),
            ("PATCH", f"{CONTACTS}/{one}", given),
            ("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": one, **given}]}),
        ],
    }
    for verb, calls in asked.items():
        scope = f"crm.objects.contacts.{level}.{verb}.v2"
        allowed = bearer(app(hs, scopes=[*scopes, scope])["token"])
        for method, path, body in calls:
            refused = hs.request(method, path, json=body, headers=plain)
            assert refused.status_code == 403
            assert refused.json()["errors"][0]["context"] == {"requiredGranularScopes": [scope]}
            assert hs.request(method, path, json=body, headers=allowed).status_code < 300
    assert "diagnosis" not in hs.get(f"{CONTACTS}/{one}", headers=plain).json()["properties"]


# Scopes (§1.5): each endpoint, one scope that opens it, and which of the two 403s it answers

ENDPOINTS: list[tuple[str, str, str, bool]] = [
    *[("GET", f"/crm/v3/objects/{kind}", "crm.objects.contacts.read", False) for kind in ANY_ACTIVITY],
    *[("POST", f"/crm/objects/2026-09/{kind}", "crm.objects.contacts.write", False) for kind in ANY_ACTIVITY],
    ("GET", "/crm/v3/objects/contacts/1", "crm.objects.contacts.read", False),
    ("POST", "/crm/v3/objects/contacts/search", "crm.objects.contacts.read", False),
    ("POST", "/crm/v3/objects/contacts/merge", "crm.objects.contacts.write", False),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete", "crm.objects.contacts.write", False),
    ("GET", "/crm/v3/objects/companies", "crm.objects.companies.read", False),
    ("POST", "/crm/v3/objects/companies/merge", "crm.objects.companies.write", False),
    ("GET", "/crm/v3/objects/deals", "crm.objects.deals.read", False),
    ("GET", "/crm/v3/objects/leads", "crm.objects.leads.read", False),
    ("POST", "/crm/v3/objects/leads/batch/archive", "crm.objects.leads.write", False),
    ("GET", "/crm/v3/owners", "automation", True),
    ("GET", "/crm/v3/properties/contacts", "crm.schemas.contacts.read", True),
    ("GET", "/crm/v3/properties/contacts/groups", "crm.objects.contacts.write", True),
    ("GET", "/crm/v3/properties/notes", "crm.objects.notes.read", True),
    ("POST", "/crm/v3/properties/contacts/groups", "crm.schemas.contacts.write", True),
    ("DELETE", "/crm/v3/properties/deals/x", "crm.schemas.deals.write", True),
    ("GET", "/crm/v3/pipelines/deals", "crm.objects.deals.read", True),
    ("POST", "/crm/v3/pipelines/deals", "crm.schemas.deals.write", True),
    ("POST", "/crm/v3/lists/search", "crm.lists.read", False),
    ("PUT", "/crm/v3/lists/1/memberships/add", "crm.lists.write", False),
    ("POST", "/crm/v4/associations/contacts/deals/batch/create", "crm.objects.deals.read", False),
    ("POST", "/crm/v3/associations/contacts/notes/batch/read", "crm.objects.notes.read", False),
    ("GET", "/marketing/v3/forms", "forms", False),
]


@pytest.mark.parametrize(("method", "path", "scope", "flat"), ENDPOINTS)
def test_each_endpoint_wants_its_scope(portal: Portal, method: str, path: str, scope: str, flat: bool) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(scopes=("oauth",)), "granted": TokenGrant(scopes=(scope,))})
    body = {"inputs": [{"id": "1"}]}
    refused = hs.request(method, path, json=body)
    assert refused.status_code == 403
    assert scope in required(refused.json(), flat)
    assert hs.request(method, path, json=body, headers=bearer("granted")).status_code != 403


def required(body: Mapping[str, Any], flat: bool) -> list[str]:
    """§1.4: nested under ``errors`` with ``links`` beside it, or flat in ``context``."""
    if flat:
        assert body["context"]["links"] == ["https://developers.hubspot.com/scopes"]
        return body["context"]["requiredGranularScopes"]
    assert body["links"] == {"scopes": "https://developers.hubspot.com/scopes"}
    return body["errors"][0]["context"]["requiredGranularScopes"]


@pytest.mark.parametrize(
    ("path", "switch"),
    [
        ("/form-integrations/v1/submissions/forms/f-1", "submission_scopes"),
        ("/email/public/v1/events", "email_event_scopes"),
        ("/events/v3/events?eventType=e_x", "event_scopes"),
    ],
)
def test_unconfirmed_scopes_are_settings(portal: Portal, path: str, switch: str) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(scopes=("forms", "content", "oauth"))})
    hs.emulator.add_form({"id": "f-1", "name": "F"})
    assert hs.get(path).status_code == 200
    other = portal(tokens={TOKEN: TokenGrant(scopes=("forms", "content", "oauth"))}, **{switch: ("secret",)})
    other.emulator.add_form({"id": "f-1", "name": "F"})
    refused = other.get(path)
    assert refused.status_code == 403
    assert required(refused.json(), flat=False) == ["secret"]


@pytest.mark.parametrize("hidden", [True, False])
def test_the_content_of_an_email_needs_a_scope_of_its_own(portal: Portal, hidden: bool) -> None:
    """The record is there without ``sales-email-read``, what was written is not (§1.5)."""
    tokens = {TOKEN: TokenGrant(), "blind": TokenGrant(scopes=("crm.objects.contacts.read",))}
    hs = portal(tokens=tokens, email_content_scope=hidden)
    properties = {"hs_timestamp": "2026-11-20", "hs_email_direction": "EMAIL", "hs_email_subject": "Offer"}
    email = hs.create("emails", properties)["id"]
    assert hs.read("emails", email, "hs_email_subject")["hs_email_subject"] == "Offer"
    names = {"properties": ["hs_email_subject", "hs_email_direction"]}
    shown = [
        hs.get(f"/crm/v3/objects/emails/{email}", params=names, headers=bearer("blind")).json(),
        hs.get("/crm/v3/objects/emails", params=names, headers=bearer("blind")).json()["results"][0],
        hs.post(
            "/crm/v3/objects/emails/batch/read", json={"inputs": [{"id": email}], **names}, headers=bearer("blind")
        ).json()["results"][0],
    ]
    for record in shown:
        assert record["properties"]["hs_email_direction"] == "EMAIL"
        assert record["properties"]["hs_email_subject"] == (None if hidden else "Offer")
