"""Bearer tokens: who calls, what for, and the 401s and 403s (§1.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, missing_scopes
from connectors.loopback.hubspot.history import Source, crm_ui
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.settings import HubSpotSettings, TokenGrant

_HOUR_MS = 3_600_000
_ACCESS, _REFRESH, _CODE = "access_token", "refresh_token", "oauth_code"


@dataclass(frozen=True)
class Caller:
    """The application behind a request."""

    token: str
    grant: TokenGrant

    @property
    def source(self) -> Source:
        """What its writes leave in the property history."""
        grant = self.grant
        if grant.at_screen:
            return crm_ui(grant.user_id)
        return Source("INTEGRATION", str(grant.app_id), grant.app_name, grant.user_id)

    @property
    def app(self) -> tuple[str, int]:
        """The application as rate limits count it: every token of one app spends one budget."""
        return ("oauth" if self.grant.kind == "oauth" else "private", self.grant.app_id)

    def require(self, scopes: Sequence[str], *, flat: bool = False) -> None:
        """403 unless one of the scopes is granted; ``flat`` picks the older body."""
        if not set(scopes) & set(self.grant.scopes):
            raise missing_scopes(scopes, flat=flat)


class Tokens:
    """The portal's tokens: those of the settings and those issued since.

    An issued access token may end on the sandbox's clock; a refresh token or a code only knows
    what it buys.
    """

    def __init__(self, settings: HubSpotSettings, documents: Documents) -> None:
        self._settings = settings
        self._documents = documents

    def issue(self, token: str, grant: TokenGrant, expires_at: int | None) -> None:
        """``expires_at`` in epoch ms; None for a token that stays until it is rotated."""
        self._documents.put(_ACCESS, token, {"grant": asdict(grant), "expires_at": expires_at})

    def revoke(self, token: str) -> None:
        """The token is unknown from now on, also one of the settings."""
        self._documents.put(_ACCESS, token, {"grant": None, "expires_at": None})

    def grant(self, token: str, now: int) -> TokenGrant | None:
        """The grant of a token, marked expired when its time (epoch ms) is over."""
        issued = self._documents.get(_ACCESS, token)
        if issued is None:
            return self._settings.tokens.get(token)
        if issued["grant"] is None:
            return None
        ended = issued["expires_at"] is not None and now >= issued["expires_at"]
        return replace(_grant(issued["grant"]), expired=ended)

    def seconds_left(self, token: str, now: int) -> int:
        expires_at = self._expires_at(token)
        lifetime = self._settings.oauth.expires_in
        return lifetime if expires_at is None else max(0, (expires_at - now) // 1000)

    def put_refresh_token(self, token: str, grant: TokenGrant) -> None:
        self._documents.put(_REFRESH, token, {"grant": asdict(grant)})

    def revoke_refresh_token(self, token: str) -> None:
        """Access tokens bought with it live on until they expire."""
        self._documents.put(_REFRESH, token, {"grant": None})

    def refreshed(self, token: str) -> TokenGrant | None:
        """What a refresh token buys; None for an unknown or revoked one."""
        stored = self._documents.get(_REFRESH, token)
        if stored is not None:
            return _grant(stored["grant"]) if stored["grant"] else None
        return self._settings.oauth.grant if token in self._settings.oauth.refresh_tokens else None

    def put_code(self, code: str, grant: TokenGrant) -> None:
        self._documents.put(_CODE, code, {"grant": asdict(grant)})

    def redeem(self, code: str) -> TokenGrant | None:
        """What a user's consent buys, once."""
        stored = self._documents.get(_CODE, code)
        if stored is None:
            return None
        self._documents.remove(_CODE, code)
        return _grant(stored["grant"])

    def caller(self, authorization: str | None, now: int) -> Caller:
        """The caller of a request's Authorization header; raises the two 401s."""
        scheme, _, text = (authorization or "").partition(" ")
        token = text.strip()
        grant = self.grant(token, now) if scheme.lower() == "bearer" else None
        if grant is None:
            raise ApiError(
                401,
                "Authentication credentials not found. This API supports OAuth 2.0 authentication "
                "and you can find more details at "
                "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
                "INVALID_AUTHENTICATION",
            )
        if grant.expired:
            expired_at = self._expires_at(token) or now - 3 * _HOUR_MS
            hours = max(0, now - expired_at) // _HOUR_MS
            raise ApiError(
                401,
                f"The OAuth token used to make this call expired {hours} hour(s) ago.",
                "EXPIRED_AUTHENTICATION",
                context={"expire time": [instant(expired_at)]},
            )
        return Caller(token, grant)

    def _expires_at(self, token: str) -> int | None:
        issued = self._documents.get(_ACCESS, token)
        return issued["expires_at"] if issued else None


def _grant(stored: Mapping[str, Any]) -> TokenGrant:
    return TokenGrant(**{**stored, "scopes": tuple(stored["scopes"])})
