"""The web-server flow, introspection, revocation, scopes and the login rate [sheet 1]."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

TOKEN = "/services/oauth2/token"
BACK = "https://app.example/callback"
SECRET = {"client_id": "web", "client_secret": "secret"}


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(
        users=[
            {"Username": "bot@acme.example", "LastName": "Bot", "token": "bot-token"},
            {"Username": "rep@acme.example", "LastName": "Rep"},
        ],
        apps=[
            {**SECRET, "scope": "api id refresh_token", "redirect_uris": [BACK]},
            {"client_id": "thin", "client_secret": "thin", "run_as": "bot@acme.example", "scope": "id openid"},
        ],
    )


@pytest.fixture
def anonymous(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, token=None)


def authorize(api: Api, **more: str) -> requests.Response:
    asked = {"response_type": "code", "client_id": "web", "redirect_uri": BACK, "state": "s t", **more}
    return api.get("/services/oauth2/authorize", params=asked, allow_redirects=False)


def answered(response: requests.Response) -> dict[str, str]:
    """The parameters of the address that the browser is sent back to."""
    assert response.status_code == 302
    url = urlsplit(response.headers["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == BACK
    return {name: values[0] for name, values in parse_qs(url.query).items()}


def exchange(api: Api, code: str, **more: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **SECRET, **more}
    return api.post(TOKEN, data=form)


def log_in(api: Api, **more: str) -> dict[str, Any]:
    response = exchange(api, answered(authorize(api, **more))["code"])
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def introspect(api: Api, token: str, **form: str) -> dict[str, Any]:
    body: dict[str, Any] = api.post("/services/oauth2/introspect", data={"token": token, **SECRET, **form}).json()
    return body


class TestWebServerFlow:
    def test_a_code_is_exchanged_for_both_tokens(self, anonymous: Api, emulator: SalesforceEmulator) -> None:
        back = answered(authorize(anonymous, login_hint="rep@acme.example"))
        assert back["state"] == "s t"
        body = exchange(anonymous, back["code"]).json()
        assert set(body) >= {"access_token", "refresh_token", "signature", "scope", "instance_url", "id", "issued_at"}
        rep = Api(emulator, body["access_token"])
        assert rep.get("/services/oauth2/userinfo").json()["preferred_username"] == "rep@acme.example"
        form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"], "client_id": "web"}
        again = anonymous.post(TOKEN, data=form).json()
        assert "refresh_token" not in again
        assert again["id"] == body["id"]
        assert again["access_token"] != body["access_token"]

    def test_a_code_is_good_once_and_for_fifteen_minutes(self, anonymous: Api, clock: Clock) -> None:
        code = answered(authorize(anonymous))["code"]
        assert exchange(anonymous, code).status_code == 200
        expired = {"error": "invalid_grant", "error_description": "expired authorization code"}
        assert exchange(anonymous, code).json() == expired
        code = answered(authorize(anonymous))["code"]
        clock.advance(15 * 60)
        assert exchange(anonymous, code).json() == expired

    def test_the_address_must_match(self, anonymous: Api) -> None:
        refused = authorize(anonymous, redirect_uri="https://evil.example")
        assert (refused.status_code, refused.text) == (
            400,
            "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration",
        )
        code = answered(authorize(anonymous))["code"]
        assert exchange(anonymous, code, redirect_uri="https://evil.example").json()["error"] == "redirect_uri_mismatch"
        assert authorize(anonymous, client_id="nobody").status_code == 400

    def test_a_challenge_wants_its_verifier(self, anonymous: Api) -> None:
        digest = hashlib.sha256(b"verifier").digest()
        asked = {
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        code = answered(authorize(anonymous, **asked))["code"]
        assert exchange(anonymous, code, code_verifier="other").json()["error_description"] == "invalid code verifier"
        code = answered(authorize(anonymous, **asked))["code"]
        assert exchange(anonymous, code, code_verifier="verifier").status_code == 200

    def test_what_is_told_to_the_app(self, anonymous: Api, emulator: SalesforceEmulator) -> None:
        assert answered(authorize(anonymous, response_type="token"))["error"] == "unsupported_response_type"
        api = Api(emulator, "bot-token")
        api.control("deactivate-user", username="rep@acme.example")
        assert answered(authorize(anonymous, login_hint="rep@acme.example"))["error"] == "access_denied"

    def test_a_wrong_secret(self, anonymous: Api) -> None:
        code = answered(authorize(anonymous))["code"]
        assert exchange(anonymous, code, client_secret="x").json()["error"] == "invalid_client"


class TestIntrospection:
    def test_an_access_token(self, anonymous: Api, clock: Clock) -> None:
        granted = log_in(anonymous)
        now = int(clock.now().timestamp())
        assert introspect(anonymous, granted["access_token"]) == {
            "active": True,
            "scope": "api id refresh_token",
            "client_id": "web",
            "username": "bot@acme.example",
            "sub": granted["id"],
            "token_type": "access_token",
            "exp": now + 7200,
            "iat": now,
            "nbf": now,
        }

    def test_a_refresh_token(self, anonymous: Api) -> None:
        about = introspect(anonymous, log_in(anonymous)["refresh_token"])
        assert (about["active"], about["token_type"], "exp" in about) == (True, "refresh_token", False)

    def test_an_expired_unknown_or_foreign_token_is_not_active(self, anonymous: Api, clock: Clock) -> None:
        granted = log_in(anonymous)
        other = {"client_id": "thin", "client_secret": "thin"}
        assert introspect(anonymous, granted["access_token"], **other) == {"active": False}
        assert introspect(anonymous, "00Dnothing") == {"active": False}
        clock.advance(7201)
        assert introspect(anonymous, granted["access_token"]) == {"active": False}

    def test_it_wants_an_app(self, anonymous: Api) -> None:
        assert introspect(anonymous, "x", client_secret="wrong")["error"] == "invalid_client"


class TestRevocation:
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_session_ends(self, anonymous: Api, emulator: SalesforceEmulator, method: str) -> None:
        granted = log_in(anonymous)
        sent = {"params" if method == "GET" else "data": {"token": granted["access_token"]}}
        assert anonymous.send(method, "/services/oauth2/revoke", **sent).status_code == 200
        assert Api(emulator, granted["access_token"]).get("/sobjects").status_code == 401
        again = anonymous.send(method, "/services/oauth2/revoke", **sent)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_token")

    def test_a_refresh_token_takes_its_sessions_along(self, anonymous: Api, emulator: SalesforceEmulator) -> None:
        granted = log_in(anonymous)
        form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"], **SECRET}
        second = anonymous.post(TOKEN, data=form).json()["access_token"]
        anonymous.post("/services/oauth2/revoke", data={"token": granted["refresh_token"]})
        for token in (granted["access_token"], second):
            assert Api(emulator, token).get("/sobjects").status_code == 401
        refused = anonymous.post(TOKEN, data=form)
        assert refused.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


class TestScopes:
    def test_without_the_api_scope_a_session_is_for_the_identity_only(
        self, anonymous: Api, emulator: SalesforceEmulator
    ) -> None:
        form = {"grant_type": "client_credentials", "client_id": "thin", "client_secret": "thin"}
        thin = Api(emulator, anonymous.post(TOKEN, data=form).json()["access_token"])
        assert thin.get("/services/oauth2/userinfo").status_code == 200
        refused = thin.get("/sobjects")
        assert (refused.status_code, refused.json()) == (
            401,
            [
                {
                    "message": "This session is not valid for use with the REST API",
                    "errorCode": "INVALID_SESSION_ID",
                }
            ],
        )


class TestLoginRate:
    FORM = {"grant_type": "client_credentials", "client_id": "thin", "client_secret": "thin"}  # noqa: RUF012

    def test_a_user_logs_in_so_often_an_hour(self, clock: Clock, settings: SalesforceSettings) -> None:
        settings.logins_per_hour = 2
        api = Api(SalesforceEmulator(settings, clock), token=None)
        statuses = [api.post(TOKEN, data=self.FORM).status_code for _ in range(3)]
        assert statuses == [200, 200, 400]
        assert api.post(TOKEN, data=self.FORM).json()["error"] == "rate_limit_exceeded"
        clock.advance(3600)
        assert api.post(TOKEN, data=self.FORM).status_code == 200

    def test_or_as_often_as_he_likes(self, clock: Clock, settings: SalesforceSettings) -> None:
        settings.logins_per_hour = None
        api = Api(SalesforceEmulator(settings, clock), token=None)
        assert {api.post(TOKEN, data=self.FORM).status_code for _ in range(5)} == {200}


@pytest.mark.parametrize("slides", [True, False])
def test_a_session_slides_or_ages(clock: Clock, settings: SalesforceSettings, slides: bool) -> None:
    """UNCONFIRMED which; a configured session of a user whom an app logs in ages like any other."""
    settings.session_slides = slides
    api = Api(SalesforceEmulator(settings, clock), "bot-token")
    for _ in range(3):
        clock.advance(3000)
        last = api.get("/sobjects").status_code
    assert last == (200 if slides else 401)


@pytest.mark.parametrize("reuse", [True, False])
def test_a_login_may_return_the_running_session(clock: Clock, settings: SalesforceSettings, reuse: bool) -> None:
    settings.reuse_live_session = reuse
    api = Api(SalesforceEmulator(settings, clock), token=None)
    form = TestLoginRate.FORM
    tokens = {api.post(TOKEN, data=form).json()["access_token"] for _ in range(2)}
    assert len(tokens) == (1 if reuse else 2)
