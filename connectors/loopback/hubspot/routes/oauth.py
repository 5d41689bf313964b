"""OAuth: the refresh grant, introspection, and a private app's own scopes (§1.2, §1.3)."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Request

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import CONTENT_TYPE, Reply
from connectors.loopback.hubspot.errors import ApiError, not_found_numeric
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.settings import TokenGrant


def register(api: Api) -> None:
    views = OAuthViews(api.portal)
    api.open_route("POST", ["/oauth/v1/token", *paths.oauth("/token")], views.token)
    api.open_route("POST", paths.oauth("/token/introspect"), views.introspect)
    api.open_route("GET", ["/oauth/v1/access-tokens/<token>"], views.access_token)
    private_app = "/oauth/v2/private-apps/get/access-token-info"
    api.open_route("POST", [private_app], views.private_app)


class OAuthViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def token(self, request: Request, now: int) -> Reply:
        """``grant_type=refresh_token`` buys an access token of 1,800 seconds."""
        form, app = request.form, self._portal.settings.oauth
        if form.get("grant_type") != "refresh_token":
            return _refused("BAD_AUTH_CODE", "unsupported_grant_type", "missing or invalid grant")
        if (form.get("client_id"), form.get("client_secret")) != (app.client_id, app.client_secret):
            return _refused("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
        refresh_token = form.get("refresh_token", "")
        if refresh_token not in app.refresh_tokens:
            message = "refresh token is invalid, expired or revoked"
            return _refused("BAD_REFRESH_TOKEN", "invalid_grant", message)
        token = f"CLoopback-{self._portal.new_id()}"
        self._portal.tokens.issue(token, app.grant, now + app.expires_in * 1000)
        return Reply(
            {
                "access_token": token,
                "refresh_token": refresh_token,
                "expires_in": app.expires_in,
                "token_type": "bearer",
                "token_use": "access_token",
            }
        )

    def introspect(self, request: Request, now: int) -> Reply:
        """The same facts as the v1 lookup, plus ``active``, ``client_id``, ``token_use``."""
        token = request.form.get("token", "")
        grant = self._portal.tokens.grant(token, now)
        if grant is None or grant.expired:
            return Reply({"active": False})
        client_id = self._portal.settings.oauth.client_id
        facts = self._facts(token, grant, now)
        return Reply({"active": True, **facts, "client_id": client_id, "token_use": "access_token"})

    def access_token(self, request: Request, now: int, token: str) -> Reply:
        grant = self._portal.tokens.grant(token, now)
        if grant is None or grant.expired:
            raise not_found_numeric()
        return Reply(self._facts(token, grant, now))

    def private_app(self, request: Request, now: int) -> Reply:
        """``{"tokenKey": "pat-…"}``; the field list of the answer is UNCONFIRMED."""
        try:
            token = str(orjson.loads(request.get_data())["tokenKey"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise ApiError(400, "Some required fields were not set: [tokenKey]") from None
        grant = self._portal.tokens.grant(token, now)
        if grant is None or grant.kind == "oauth":
            raise not_found_numeric()
        return Reply(
            {
                "userId": grant.user_id,
                "hubId": self._portal.settings.portal_id,
                "appId": grant.app_id,
                "scopes": list(grant.scopes),
            }
        )

    def _facts(self, token: str, grant: TokenGrant, now: int) -> dict[str, Any]:
        portal_id = self._portal.settings.portal_id
        return {
            "token": token,
            "user": "admin@loopback.example",
            "hub_domain": f"loopback-{portal_id}.example",
            "scopes": list(grant.scopes),
            "hub_id": portal_id,
            "app_id": grant.app_id,
            "expires_in": self._portal.tokens.seconds_left(token, now),
            "user_id": grant.user_id,
            "token_type": "access",
            "is_private_distribution": True,
        }


def _refused(status: str, error: str, message: str) -> Reply:
    """[CL:new-oauth-v3]; a body of its own, not the usual envelope."""
    body = {"error": error, "error_description": message, "status": status, "message": message}
    return Reply(body, 400, {"Content-Type": CONTENT_TYPE})
