"""/services/oauth2/authorize, /revoke and /introspect: around the token endpoint [sheet 1.1]."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.rest.oauth import app_with_secret, identity_url, refuse
from connectors.loopback.salesforce.service import Service, service
from connectors.loopback.salesforce.sessions import App, Grant

pages = Blueprint("salesforce_authorize", __name__)


@pages.get("/services/oauth2/authorize")
def authorize() -> Any:
    """Sends the browser back with a code at once: nobody is asked to log in or to approve.

    The user is ``login_hint``, else the app's own, else the org's first.
    """
    running, asked = service(), request.args
    app = running.apps.get(asked.get("client_id", ""))
    if app is None:
        return _page("invalid_client_id", "client identifier invalid")
    address = asked.get("redirect_uri", "")
    if address not in app.redirect_uris:
        return _page("redirect_uri_mismatch", "redirect_uri must match configuration")
    answer = {"state": asked["state"]} if "state" in asked else {}
    user = _approving(running, app, asked.get("login_hint"))
    if asked.get("response_type") != "code":
        answer |= {"error": "unsupported_response_type", "error_description": "response type not supported"}
    elif user is None or not running.user_row(user)["IsActive"]:
        answer |= {"error": "access_denied", "error_description": "end-user denied authorization"}
    else:
        now, challenge = running.org.clock.now(), asked.get("code_challenge")
        grant = Grant(app.client_id, user.id, now, address, challenge, asked.get("nonce"))
        answer = {"code": running.sessions.issue_code(grant)} | answer
    return redirect(f"{address}{'&' if '?' in address else '?'}{urlencode(answer)}")


@pages.route("/services/oauth2/revoke", methods=["GET", "POST"])
def revoke() -> Response:
    """200 and nothing, or 400 invalid_token [D:oauth-revoking-tokens]; its text is UNCONFIRMED."""
    if not service().sessions.revoke(request.values.get("token", "")):
        raise refuse("invalid_token", "this token does not exist")
    return Response(status=200)


@pages.post("/services/oauth2/introspect")
def introspect() -> Response:
    """An app asks about a token of its own; another's is not active to it (UNCONFIRMED)."""
    running = service()
    app = app_with_secret(running)
    token, now = request.form.get("token", ""), running.org.clock.now()
    session, lasting = running.sessions.find(token, now), running.sessions.refresh_grant(token)
    if session is not None and session.client_id in (None, app.client_id):
        issued = int(session.opened.timestamp())
        times = {"exp": int(running.sessions.ends(session).timestamp()), "iat": issued, "nbf": issued}
        return _active(running, app, session.user_id, "access_token", times)
    if lasting is not None and lasting.client_id == app.client_id:
        issued = int(lasting.issued.timestamp())
        return _active(running, app, lasting.user_id, "refresh_token", {"iat": issued, "nbf": issued})
    return wire.respond({"active": False})


def _active(running: Service, app: App, user_id: str, kind: str, times: dict[str, int]) -> Response:
    user = running.user(user_id)
    assert user is not None
    about = {
        "active": True,
        "scope": app.scope,
        "client_id": app.client_id,
        "username": user.username,
        "sub": identity_url(running, user),
        "token_type": kind,
    }
    return wire.respond(about | times)


def _approving(running: Service, app: App, hint: str | None) -> User | None:
    if hint or app.run_as:
        return running.user_named(hint or app.run_as or "")
    return next(iter(running.users.values()), None)


def _page(error: str, description: str) -> Response:
    """What the browser shows; there is nobody to send it back to."""
    text = f"error={error}&error_description={description}"
    return Response(text, 400, content_type="text/html")
