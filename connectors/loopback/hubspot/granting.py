"""New apps and their tokens: what a user does on HubSpot's pages, not through the API (§1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.settings import ALL_SCOPES, TokenGrant
from connectors.loopback.kit.numbers import told

_KINDS = ("private", "service", "oauth")
_KEYS = {"kind", "scopes", "token", "appId", "appName", "userId", "expiresIn", "revoked"}
_FIRST_APP = 20_000_001


def grant_token(portal: Portal, body: Mapping[str, Any]) -> dict[str, Any]:
    """See :meth:`Hands.token`; ValueError for a body that does not fit."""
    if set(body) - _KEYS:
        raise ValueError(f"A token has the keys {sorted(_KEYS)}.")
    if body.get("revoked"):
        portal.tokens.revoke(str(body["token"]))
        return {"token": body["token"], "revoked": True}
    kind = body.get("kind", "private")
    if kind not in _KINDS:
        raise ValueError(f"The kind is one of {', '.join(_KINDS)}.")
    scopes = body.get("scopes", list(ALL_SCOPES))
    if not isinstance(scopes, list):
        raise ValueError("The scopes are a list.")
    app_id = told("appId", body.get("appId") or portal.documents.number("app", _FIRST_APP), least=1)
    grant = TokenGrant(
        scopes=tuple(map(str, scopes)),
        kind=kind,
        app_id=app_id,
        app_name=str(body.get("appName") or f"app {app_id}"),
        user_id=told("userId", body.get("userId") or TokenGrant.user_id, least=1),
    )
    is_oauth = kind == "oauth"
    prefix = "CLoopback" if is_oauth else f"pat-{portal.settings.data_hosting_location}"
    token = str(body.get("token") or f"{prefix}-{portal.new_id()}")
    seconds = body.get("expiresIn", portal.settings.oauth.expires_in if is_oauth else None)
    portal.tokens.issue(token, grant, None if seconds is None else portal.now() + told("expiresIn", seconds) * 1000)
    answer = {"token": token, "kind": kind, "appId": app_id, "userId": grant.user_id, "scopes": list(grant.scopes)}
    return {**answer, **_consent(portal, grant)} if is_oauth else answer


def _consent(portal: Portal, grant: TokenGrant) -> dict[str, str]:
    refresh_token, code = portal.new_id(), portal.new_id()
    portal.tokens.put_refresh_token(refresh_token, grant)
    portal.tokens.put_code(code, grant)
    return {"refreshToken": refresh_token, "code": code, "redirectUri": portal.settings.oauth.redirect_uri}
