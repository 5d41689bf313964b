"""/sobjects/User/{id}/password: a user's password, by himself or a user manager
[sheet 2]
[D:dome_sobject_user_password]."""

from __future__ import annotations

import secrets

from flask import Response, request

from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.dml.save import insufficient_access
from connectors.loopback.salesforce.errors import ApiError, not_found
from connectors.loopback.salesforce.rest.base import find_id, json_body, versioned
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_passwords")

_SHORTEST = 8


@pages.route("/sobjects/User/<user_id>/password", methods=["GET", "POST", "DELETE"])
def password(user_id: str) -> Response:
    """GET tells whether it has expired, POST sets one, DELETE sets a generated one."""
    running, who = service(), caller()
    user = running.user(find_id(running.org.schema["User"], user_id))
    if user is None:
        raise not_found()
    if request.method == "GET":
        return wire.respond({"isExpired": False})
    if user.id != who.user.id and not who.user.has("ManageUsers"):
        raise insufficient_access(running.org)
    if request.method == "DELETE":
        running.passwords[user.id] = secrets.token_urlsafe(_SHORTEST)
        return wire.respond({"NewPassword": running.passwords[user.id]})
    chosen = str(json_body().get("NewPassword") or "")
    if len(chosen) < _SHORTEST:
        text = f"Your password must be at least {_SHORTEST} characters long."
        raise ApiError.of(400, "INVALID_NEW_PASSWORD", text)
    running.passwords[user.id] = chosen
    return wire.empty()
