"""/services/oauth2/token: client credentials, JWT bearer, refresh token, authorization code,
device, username and password [sheet 1.1-1.3]."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from flask import Blueprint, Response, request

from connectors.loopback.salesforce import device_codes, wire
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest.openid import id_token
from connectors.loopback.salesforce.service import Service, service
from connectors.loopback.salesforce.sessions import App, Grant, LoginRateExceeded

pages = Blueprint("salesforce_oauth", __name__)

LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_LIFETIME = 180
_JWT_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")


def refuse(error: str, description: str, status: int = 400) -> ApiError:
    return ApiError(status, {"error": error, "error_description": description})


@pages.post("/services/oauth2/token")
def token() -> Response:
    grant = request.form.get("grant_type", "")
    settings = service().org.settings
    if request.form.get("response_type") == "device_code" and settings.device_flow:
        return wire.respond(_device_code(service()))
    flow = _FLOWS.get(grant)
    switched_off = {"password": not settings.password_grant, "device": not settings.device_flow}
    if flow is None or switched_off.get(grant):
        raise refuse("unsupported_grant_type", "grant type not supported")
    return wire.respond(flow(service()))


def _client_credentials(running: Service) -> dict[str, Any]:
    """Only on the org's own host; the app needs a Run As user [sheet 1.1]."""
    if request.host.split(":")[0] in LOGIN_HOSTS:
        raise refuse("invalid_grant", "request not supported on this domain")
    app = app_with_secret(running)
    user = running.user_named(app.run_as) if app.run_as else None
    if user is None:
        raise refuse("invalid_grant", "no client credentials user enabled")
    return _session(running, app, user)


def _jwt_bearer(running: Service) -> dict[str, Any]:
    """RS256 by the app's registered key; iss, sub, aud, exp at most three minutes ahead."""
    assertion = request.form.get("assertion", "")
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise refuse("invalid_grant", "invalid assertion") from None
    app = running.apps.get(str(claims.get("iss")))
    if app is None:
        raise refuse("invalid_client_id", "client identifier invalid")
    now = running.org.clock.now().timestamp()
    try:
        if not app.public_key or claims.get("aud") not in _JWT_AUDIENCES:
            raise ValueError("no key or a wrong audience")
        # Our clock judges the expiry, so PyJWT must not; simple-salesforce sends it as text.
        options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False,
                        "verify_nbf": False, "verify_sub": False}  # fmt: skip
        jwt.decode(assertion, public_key(app.public_key), algorithms=["RS256"], options=options)
        expires = float(claims["exp"])
        if not now < expires <= now + _JWT_LIFETIME + 5:
            raise ValueError("expired or too far ahead")
    except (jwt.InvalidTokenError, ValueError, KeyError, TypeError):
        raise refuse("invalid_grant", "invalid assertion") from None
    user = running.user_named(str(claims.get("sub")))
    allowed = {name.lower() for name in app.pre_authorized}
    if user is None or user.username.lower() not in allowed:
        raise refuse("invalid_grant", "user hasn't approved this consumer")
    return _session(running, app, user)


def _refresh(running: Service) -> dict[str, Any]:
    """With rotation the answer carries the next refresh token and the old one is void."""
    app = _app_perhaps_with_secret(running)
    given = request.form.get("refresh_token", "")
    grant = running.sessions.refresh_grant(given)
    if grant is None and given and given == app.refresh_token and app.run_as:
        # Configured with the app: granted by its user before the emulator began.
        granted_by = running.user_named(app.run_as)
        grant = Grant(app.client_id, granted_by.id, running.org.clock.now()) if granted_by else None
    user = running.user(grant.user_id) if grant and grant.client_id == app.client_id else None
    if grant is None or user is None:
        raise refuse("invalid_grant", "expired access/refresh token")
    if not app.rotate_refresh_token:
        return _for_person(running, app, user, grant, running.sessions.keep_refresh(given, grant))
    running.sessions.forget_refresh(given)
    app.refresh_token = None if app.refresh_token == given else app.refresh_token
    following = running.sessions.keep_refresh(None, grant)
    return _for_person(running, app, user, grant, following) | {"refresh_token": following}


def _authorization_code(running: Service) -> dict[str, Any]:
    """The web-server flow's second half; the code was for this app and this address."""
    app = _app_perhaps_with_secret(running)
    now = running.org.clock.now()
    grant = running.sessions.redeem_code(request.form.get("code", ""), now)
    if grant is None or grant.client_id != app.client_id:
        raise refuse("invalid_grant", "expired authorization code")
    if request.form.get("redirect_uri") != grant.redirect_uri:
        raise refuse("redirect_uri_mismatch", "redirect_uri must match configuration")
    if not grant.answers(request.form.get("code_verifier", "")):
        raise refuse("invalid_grant", "invalid code verifier")
    return _granted(running, app, grant)


def _password(running: Service) -> dict[str, Any]:
    app = app_with_secret(running)
    user = running.user_named(request.form.get("username", ""))
    given = request.form.get("password", "")
    if user is None or running.passwords.get(user.id) != given:
        raise refuse("invalid_grant", "authentication failure")
    return _session(running, app, user)


def _device_code(running: Service) -> dict[str, Any]:
    """The device flow's first half; the user's half is a control endpoint, there is no page
    [H:remoteaccess_oauth_device_flow]."""
    app = _app_perhaps_with_secret(running)
    issued = running.device_codes.issue(app.client_id, running.org.clock.now())
    return {
        "device_code": issued.device_code,
        "user_code": issued.user_code,
        "verification_uri": f"{instance_url(running)}/setup/connect",
        "interval": device_codes.INTERVAL_SECONDS,
    }


def _device(running: Service) -> dict[str, Any]:
    """400 authorization_pending until the user has answered."""
    app = _app_perhaps_with_secret(running)
    now = running.org.clock.now()
    try:
        user_id = running.device_codes.redeem(request.form.get("code", ""), app.client_id, now)
    except device_codes.NotYet as reason:
        raise refuse(reason.error, reason.description) from None
    return _granted(running, app, Grant(app.client_id, user_id, now))


def _granted(running: Service, app: App, grant: Grant) -> dict[str, Any]:
    """A session, and a refresh token where the app's scope has one."""
    user = running.user(grant.user_id)
    assert user is not None
    if "refresh_token" not in app.scope.split():
        return _for_person(running, app, user, grant)
    lasting = running.sessions.keep_refresh(None, grant)
    answer = _for_person(running, app, user, grant, lasting)
    return {"access_token": answer.pop("access_token"), "refresh_token": lasting} | answer


def _for_person(
    running: Service, app: App, user: User, grant: Grant, refresh_token: str | None = None
) -> dict[str, Any]:
    """A session that somebody has agreed to; with the scope ``openid`` also an ID token (whether client credentials
    and JWT give one is UNCONFIRMED: they give none)."""
    answer = _session(running, app, user, refresh_token)
    if "openid" not in app.scope.split():
        return answer
    nonce = grant.nonce
    return answer | {"id_token": id_token(running, app.client_id, answer["id"], answer["access_token"], nonce)}


_FLOWS: dict[str, Callable[[Service], dict[str, Any]]] = {
    "client_credentials": _client_credentials,
    JWT_BEARER: _jwt_bearer,
    "refresh_token": _refresh,
    "authorization_code": _authorization_code,
    "device": _device,
    "password": _password,
}


def _app_perhaps_with_secret(running: Service) -> App:
    """An app that may be public: the secret counts where it is sent."""
    if request.authorization is not None or request.form.get("client_secret") is not None:
        return app_with_secret(running)
    app = running.apps.get(request.form.get("client_id", ""))
    if app is None:
        raise refuse("invalid_client_id", "client identifier invalid")
    return app


def app_with_secret(running: Service) -> App:
    """The app named by HTTP Basic or by the body."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        client_id, secret = basic.username or "", basic.password or ""
    else:
        client_id = request.form.get("client_id", "")
        secret = request.form.get("client_secret", "")
    app = running.apps.get(client_id)
    if app is None:
        raise refuse("invalid_client_id", "client identifier invalid")
    if app.client_secret is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
        raise refuse("invalid_client", "invalid client credentials")
    return app


def _session(running: Service, app: App, user: User, refresh_token: str | None = None) -> dict[str, Any]:
    if not running.user_row(user)["IsActive"]:
        raise refuse("inactive_user", "user is inactive")
    now = running.org.clock.now()
    try:
        session = running.sessions.open(user.id, now, app, refresh_token)
    except LoginRateExceeded:
        raise refuse("rate_limit_exceeded", "login rate exceeded") from None
    issued_at = str(int(now.timestamp() * 1000))
    identity = identity_url(running, user)
    key = (app.client_secret or app.client_id).encode()
    digest = hmac.new(key, f"{identity}{issued_at}".encode(), hashlib.sha256).digest()
    return {
        "access_token": session.token,
        "signature": base64.b64encode(digest).decode(),
        "scope": app.scope,
        "instance_url": instance_url(running),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "token_format": "opaque",
        "api_instance_url": "https://api.salesforce.com",
    }


def identity_url(running: Service, user: User) -> str:
    return f"https://login.salesforce.com/id/{running.org.settings.org_id}/{user.id}"


def instance_url(running: Service) -> str:
    """Where the org lives."""
    return running.instance_url()


def public_key(pem: str) -> Any:
    """The key of a PEM public key or certificate; raises ValueError for anything else."""
    data = pem.encode()
    if b"BEGIN CERTIFICATE" in data:
        return load_pem_x509_certificate(data).public_key()
    return load_pem_public_key(data)
