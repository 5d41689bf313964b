"""Bearer tokens: who calls, what for, and the 401s and 403s (§1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.loopback.hubspot.errors import ApiError, missing_scopes
from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.settings import HubSpotSettings, TokenGrant

_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Caller:
    """The application behind a request."""

    token: str
    grant: TokenGrant

    @property
    def source(self) -> Source:
        """What its writes leave in the property history."""
        grant = self.grant
        return Source("INTEGRATION", str(grant.app_id), grant.app_name, grant.user_id)

    def require(self, scopes: Sequence[str], *, flat: bool = False) -> None:
        """403 unless one of the scopes is granted; ``flat`` picks the older body."""
        if not set(scopes) & set(self.grant.scopes):
            raise missing_scopes(scopes, flat=flat)


class Tokens:
    """The portal's tokens; those bought with a refresh token expire on the sandbox's clock."""

    def __init__(self, settings: HubSpotSettings) -> None:
        self._settings = settings
        self._expires: dict[str, int] = {}

    def issue(self, token: str, grant: TokenGrant, expires_at: int) -> None:
        self._settings.tokens[token] = grant
        self._expires[token] = expires_at

    def grant(self, token: str, now: int) -> TokenGrant | None:
        """The grant of a token, marked expired when its time (epoch ms) is over."""
        grant = self._settings.tokens.get(token)
        expires_at = self._expires.get(token)
        if grant and expires_at is not None and now >= expires_at:
            return replace(grant, expired=True)
        return grant

    def seconds_left(self, token: str, now: int) -> int:
        expires_at = self._expires.get(token)
        lifetime = self._settings.oauth.expires_in
        return lifetime if expires_at is None else max(0, (expires_at - now) // 1000)

    def caller(self, authorization: str | None, now: int) -> Caller:
        """The caller of a request's Authorization header; raises the two 401s."""
        scheme, _, token = (authorization or "").partition(" ")
        grant = self.grant(token.strip(), now) if scheme.lower() == "bearer" else None
        if grant is None:
            raise ApiError(
                401,
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at "
                "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
                "INVALID_AUTHENTICATION",
            )
        if grant.expired:
            expired_at = self._expires.get(token.strip(), now - 3 * _HOUR_MS)
            hours = max(0, now - expired_at) // _HOUR_MS
            raise ApiError(
                401,
                f"The OAuth token used to make this call expired {hours} hour(s) ago.",
                "EXPIRED_AUTHENTICATION",
                context={"expire time": [instant(expired_at)]},
            )
        return Caller(token.strip(), grant)
