"""OpenID Connect: discovery, keys and ID tokens (OpenID Connect Core and Discovery 1.0)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from salesforce_client import HOST, Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

BACK = "https://app.example/callback"
TOKEN = "/services/oauth2/token"
SECRET = {"client_id": "web", "client_secret": "secret"}


@pytest.fixture
def settings() -> SalesforceSettings:
    plain = {"client_id": "plain", "client_secret": "plain", "redirect_uris": [BACK]}
    both = {**SECRET, "scope": "api openid refresh_token", "redirect_uris": [BACK]}
    user = {"Username": "bot@acme.example", "LastName": "Bot"}
    return SalesforceSettings(users=[user], apps=[both, plain | {"scope": "api id"}])


@pytest.fixture
def anonymous(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, token=None)


def log_in(api: Api, client_id: str = "web", secret: str = "secret", **more: str) -> dict[str, Any]:
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": BACK, **more}
    sent = api.get("/services/oauth2/authorize", params=asked, allow_redirects=False)
    (code,) = parse_qs(urlsplit(sent.headers["Location"]).query)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": client_id}
    body: dict[str, Any] = api.post(TOKEN, data={**form, "client_secret": secret}).json()
    return body


def verified(api: Api, token: str) -> dict[str, Any]:
    """The claims, with the signature checked by the key that is published."""
    keys = jwt.PyJWKSet.from_dict(api.get("/id/keys").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    # The emulator's clock judges, not the machine's.
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims: dict[str, Any] = jwt.decode(token, key.key, ["RS256"], options, audience="web", issuer=HOST)
    return claims


def test_discovery_names_where_everything_is(anonymous: Api) -> None:
    found = anonymous.session.get(f"{HOST}/.well-known/openid-configuration")
    body = found.json()
    assert (body["issuer"], body["jwks_uri"]) == (HOST, f"{HOST}/id/keys")
    assert body["token_endpoint"] == f"{HOST}{TOKEN}"
    assert body["id_token_signing_alg_values_supported"] == ["RS256"]
    assert {"openid", "refresh_token"} <= set(body["scopes_supported"])


def test_an_id_token_is_the_users_for_the_app_and_signed_by_the_published_key(anonymous: Api, clock: Clock) -> None:
    body = log_in(anonymous, nonce="n-1")
    claims = verified(anonymous, body["id_token"])
    now = int(clock.now().timestamp())
    assert claims["sub"] == body["id"]
    assert (claims["aud"], claims["nonce"], claims["iat"], claims["exp"]) == ("web", "n-1", now, now + 120)
    hashing = jwt.get_algorithm_by_name("RS256").compute_hash_digest(body["access_token"].encode())
    assert claims["at_hash"] == jwt.utils.base64url_encode(hashing[:16]).decode()


def test_a_refreshed_session_has_an_id_token_of_its_own(anonymous: Api, clock: Clock) -> None:
    first = log_in(anonymous)
    clock.advance(60)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **SECRET}
    again = anonymous.post(TOKEN, data=form).json()
    assert "nonce" not in verified(anonymous, again["id_token"])
    assert verified(anonymous, again["id_token"])["iat"] == verified(anonymous, first["id_token"])["iat"] + 60


def test_without_the_scope_there_is_no_id_token(anonymous: Api) -> None:
    assert "id_token" not in log_in(anonymous, "plain", "plain")


def test_the_key_stays_as_long_as_the_org_runs(anonymous: Api) -> None:
    (key,) = anonymous.get("/id/keys").json()["keys"]
    assert anonymous.get("/id/keys").json()["keys"] == [key]
    assert {name: key[name] for name in ("kty", "alg", "use")} == {"kty": "RSA", "alg": "RS256", "use": "sig"}
    assert "d" not in key
