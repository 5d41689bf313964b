"""OAuth: tokens for a code or a refresh token, introspection, a private app's own scopes (§1.2, §1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import orjson
from flask import Request

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import CONTENT_TYPE, NO_CONTENT, Reply
from connectors.loopback.hubspot.errors import ApiError, not_found_numeric
from connectors.loopback.hubspot.instants import parse_instant
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.settings import JOURNAL_SCOPES, TokenGrant
from connectors.loopback.kit.json_body import loads

_BAD_REFRESH_TOKEN = "refresh token is invalid, expired or revoked"


def register(api: Api) -> None:
    views = OAuthViews(api.portal)
    api.open_route("POST", ["/oauth/v1/token", *paths.oauth("/token")], views.dated(views.token))
    api.open_route("POST", paths.oauth("/token/introspect"), views.introspect)
    api.open_route("POST", paths.oauth("/token/revoke"), views.revoke)
    api.open_route("GET", ["/oauth/v1/access-tokens/<token>"], views.dated(views.access_token))
    api.open_route("GET", ["/oauth/v1/refresh-tokens/<token>"], views.dated(views.refresh_token))
    api.open_route("DELETE", ["/oauth/v1/refresh-tokens/<token>"], views.dated(views.delete_refresh_token))
    private_app = "/oauth/v2/private-apps/get/access-token-info"
    api.open_route("POST", [private_app], views.private_app)


class OAuthViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._tokens = portal.tokens

    def dated(self, view: Callable[..., Reply]) -> Callable[..., Reply]:
        """``view`` until the end of OAuth v1, for paths of v1 (§12)."""

        @wraps(view)
        def run(request: Request, now: int, **variables: str) -> Reply:
            ends = parse_instant(self._portal.settings.oauth_v1_ends)
            if ends is not None and now >= ends and request.path.startswith("/oauth/v1/"):
                raise not_found_numeric()
            return view(request, now, **variables)

        return run

    def token(self, request: Request, now: int) -> Reply:
        """``grant_type`` refresh_token or authorization_code buys an access token of 1,800 s, and so does
        client_credentials, for the app itself and the webhooks journal alone."""
        form, app = request.form, self._portal.settings.oauth
        kind = form.get("grant_type")
        if kind not in ("refresh_token", "authorization_code", "client_credentials"):
            return _refused("BAD_AUTH_CODE", "unsupported_grant_type", "missing or invalid grant")
        if (form.get("client_id"), form.get("client_secret")) != (app.client_id, app.client_secret):
            return _refused("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
        if kind == "client_credentials":
            return self._as_itself(request, now)
        return self._refresh(request, now) if kind == "refresh_token" else self._authorize(request, now)

    def _as_itself(self, request: Request, now: int) -> Reply:
        """``scope``: the journal's, and those of the records to subscribe to. There is no refresh token
        [S:oauth.2026-03, ClientCredentialsTokenResponse]."""
        grant = self._portal.settings.oauth.grant
        may = {*JOURNAL_SCOPES, *grant.scopes}
        wanted = tuple(request.form.get("scope", "").split()) or JOURNAL_SCOPES
        if not may.issuperset(wanted):
            return _refused("BAD_SCOPE", "invalid_scope", "missing or invalid scope")
        answer = self._access(replace(grant, scopes=wanted), now)
        return Reply({**answer, "scopes": list(wanted)})

    def _refresh(self, request: Request, now: int) -> Reply:
        refresh_token = request.form.get("refresh_token", "")
        grant = self._tokens.refreshed(refresh_token)
        if grant is None:
            return _refused("BAD_REFRESH_TOKEN", "invalid_grant", _BAD_REFRESH_TOKEN)
        return self._bought(grant, refresh_token, now)

    def _authorize(self, request: Request, now: int) -> Reply:
        """A code works once, and only with the address the user was sent back to."""
        if request.form.get("redirect_uri") != self._portal.settings.oauth.redirect_uri:
            return _refused("BAD_REDIRECT_URI", "invalid_grant", "missing or invalid redirect uri")
        grant = self._tokens.redeem(request.form.get("code", ""))
        if grant is None:
            return _refused("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code")
        refresh_token = self._portal.new_id()
        self._tokens.put_refresh_token(refresh_token, grant)
        return self._bought(grant, refresh_token, now)

    def _bought(self, grant: TokenGrant, refresh_token: str, now: int) -> Reply:
        access = self._access(grant, now)
        return Reply({"access_token": access.pop("access_token"), "refresh_token": refresh_token, **access})

    def _access(self, grant: TokenGrant, now: int) -> dict[str, Any]:
        lifetime = self._portal.settings.oauth.expires_in
        token = f"CLoopback-{self._portal.new_id()}"
        self._tokens.issue(token, grant, now + lifetime * 1000)
        return {
            "access_token": token,
            "expires_in": lifetime,
            "token_type": "bearer",
            "token_use": "access_token",
        }

    def introspect(self, request: Request, now: int) -> Reply:
        """The facts of the v1 lookups, plus ``active``, ``client_id``, ``token_use``; of an access
        token or of a refresh token [S:oauth.2026-03]."""
        token = request.form.get("token", "")
        client_id = self._portal.settings.oauth.client_id
        bought = self._tokens.refreshed(token)
        if bought is not None:
            facts = self._refresh_facts(token, bought)
            return Reply({"active": True, **facts, "app_id": bought.app_id, "token_use": "refresh_token"})
        grant = self._tokens.grant(token, now)
        if grant is None or grant.expired:
            return Reply({"active": False})
        facts = self._access_facts(token, grant, now)
        return Reply({"active": True, **facts, "client_id": client_id, "token_use": "access_token"})

    def revoke(self, request: Request, now: int) -> Reply:
        """204 for any token, as RFC 7009 asks; the specification names no status."""
        self._tokens.revoke_refresh_token(request.form.get("token", ""))
        return NO_CONTENT

    def access_token(self, request: Request, now: int, token: str) -> Reply:
        grant = self._tokens.grant(token, now)
        if grant is None or grant.expired:
            raise not_found_numeric()
        return Reply(self._access_facts(token, grant, now))

    def refresh_token(self, request: Request, now: int, token: str) -> Reply:
        grant = self._tokens.refreshed(token)
        if grant is None:
            raise not_found_numeric()
        return Reply(self._refresh_facts(token, grant))

    def delete_refresh_token(self, request: Request, now: int, token: str) -> Reply:
        self._tokens.revoke_refresh_token(token)
        return NO_CONTENT

    def private_app(self, request: Request, now: int) -> Reply:
        """``{"tokenKey": "pat-…"}``; the field list of the answer is UNCONFIRMED."""
        try:
            token = str(loads(request.get_data())["tokenKey"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise ApiError(400, "Some required fields were not set: [tokenKey]") from None
        grant = self._tokens.grant(token, now)
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

    def _access_facts(self, token: str, grant: TokenGrant, now: int) -> dict[str, Any]:
        left = self._tokens.seconds_left(token, now)
        return {
            **self._owner_facts(token, grant),
            "signed_access_token": self._signed(grant, now + left * 1000),
            "app_id": grant.app_id,
            "expires_in": left,
            "token_type": "access",
            "is_private_distribution": True,
        }

    def _refresh_facts(self, token: str, grant: TokenGrant) -> dict[str, Any]:
        client_id = self._portal.settings.oauth.client_id
        return {**self._owner_facts(token, grant), "client_id": client_id, "token_type": "refresh"}

    def _owner_facts(self, token: str, grant: TokenGrant) -> dict[str, Any]:
        portal_id = self._portal.settings.portal_id
        return {
            "token": token,
            "user": "admin@loopback.example",
            "hub_domain": f"loopback-{portal_id}.example",
            "scopes": list(grant.scopes),
            "hub_id": portal_id,
            "user_id": grant.user_id,
        }

    def _signed(self, grant: TokenGrant, expires_at: int) -> dict[str, Any]:
        """The fields of [S:oauth.v3]; the packed scopes and the signatures are worth nothing here."""
        settings = self._portal.settings
        return {
            "expiresAt": expires_at,
            "scopes": "",
            "hubId": settings.portal_id,
            "userId": grant.user_id,
            "appId": grant.app_id,
            "signature": "",
            "scopeToScopeGroupPks": "",
            "newSignature": "",
            "hublet": settings.data_hosting_location,
            "trialScopes": "",
            "trialScopeToScopeGroupPks": "",
            "isUserLevel": False,
            "installingUserId": grant.user_id,
            "isServiceAccount": False,
            "isPrivateDistribution": True,
            "appInstallId": "",
            "audience": "",
        }


def _refused(status: str, error: str, message: str) -> Reply:
    """[CL:new-oauth-v3]; a body of its own, not the usual envelope."""
    body = {"error": error, "error_description": message, "status": status, "message": message}
    return Reply(body, 400, {"Content-Type": CONTENT_TYPE})
