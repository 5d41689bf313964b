"""Logging in: one token for all threads, fetched when there is none and once after it expired.

Client credentials only work on the org's own My Domain, JWT works there too. [salesforce.md 1.1]
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.settings import SalesforceSettings
from connectors.transport import Call, Purpose, Transport
from syncd.core.errors import Unauthorized, Unavailable

PATH = "/services/oauth2/token"
ASSERTION_SECONDS = 180

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

REFUSALS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("invalid_grant", "user hasn't approved this consumer"): (
        "The user of the JWT flow is not pre-authorized for the app.",
        "Add the user's profile or permission set to the app.",
    ),
    ("invalid_grant", "invalid assertion"): (
        "The JWT was refused.",
        "Check client_id, username, audience, and that private_key belongs to the certificate.",
    ),
    ("invalid_grant", "request not supported on this domain"): (
        "This host does not take client credentials.",
        "Set url to the org's own My Domain, https://NAME.my.salesforce.com.",
    ),
    ("invalid_grant", "no client credentials user enabled"): (
        "The app has no Run As user for client credentials.",
        "Choose one in the app's policies.",
    ),
    ("invalid_grant", ""): ("The login was refused.", "Check the credentials and the user."),
    ("invalid_client_id", ""): ("The client_id is unknown.", "Copy the app's consumer key."),
    ("invalid_client", ""): (
        "The client secret is wrong.",
        "Copy the app's consumer secret anew, and mind that rotation ends the old one.",
    ),
    ("unsupported_grant_type", ""): (
        "The app does not allow this login flow.",
        "Enable the flow in the app's settings.",
    ),
    ("inactive_user", ""): ("The user is inactive.", "Activate the user."),
    ("inactive_org", ""): ("The org is inactive.", "Check the org."),
}
"""(error, description) of the token answer → what it means and what to do; "" is any description.
[salesforce.md 1.3]"""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are: 18-character ids of the org and of the user, from the token's identity URL."""

    org: str
    user: str


class Session:
    """`connectors.transport.Auth`: a session that somebody else has opened, as long as it lasts."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "<session>"

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def refresh(self, sent: Mapping[str, str]) -> bool:
        return False


class Login:
    """`connectors.transport.Auth`: the Bearer header of the current session."""

    def __init__(self, settings: SalesforceSettings, transport: Transport) -> None:
        """`transport` goes to the same host and has no auth of its own."""
        self._settings, self._transport = settings, transport
        self._lock = threading.Lock()
        self._token = ""
        self._identity: Identity | None = None

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if not self._token:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def refresh(self, sent: Mapping[str, str]) -> bool:
        """Single flight: who comes second finds the token that the first has fetched."""
        with self._lock:
            if sent.get("Authorization") == f"Bearer {self._token}":
                self._fetch()
            return sent.get("Authorization") != f"Bearer {self._token}"

    def identity(self) -> Identity:
        """Logs in when nobody has yet."""
        self.headers()
        if self._identity is None:
            raise Unavailable(self._transport.system, "The login does not say which org it is.")
        return self._identity

    def _fetch(self) -> None:
        call = Call(f"POST {PATH}", Purpose.TOKEN, safe=True)
        response = self._transport.request("POST", PATH, call, data=self._form())
        answer = self._transport.decode(response, call)
        answer = answer if isinstance(answer, dict) else {}
        token = answer.get("access_token")
        if response.status_code != 200 or not isinstance(token, str):
            raise self._refusal(answer)
        self._token, self._identity = token, _identity(answer.get("id"))

    def _form(self) -> dict[str, str]:
        settings = self._settings
        if settings.flow == "jwt":
            return {"grant_type": _JWT_BEARER, "assertion": self._assertion()}
        assert settings.client_secret is not None
        return {
            "grant_type": "client_credentials",
            "client_id": settings.client_id(),
            "client_secret": settings.client_secret(),
        }

    def _assertion(self) -> str:
        import jwt

        settings = self._settings
        assert settings.private_key is not None
        claims = {
            "iss": settings.client_id(),
            "sub": settings.username,
            "aud": settings.audience,
            "exp": int(self._transport.now().timestamp()) + ASSERTION_SECONDS,
        }
        try:
            return jwt.encode(claims, settings.private_key(), algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Unauthorized(
                self._transport.system,
                "The private key cannot be read.",
                fix="It must be an RSA key in PEM format.",
            ) from None

    def _refusal(self, answer: Mapping[str, Any]) -> Unauthorized:
        error = str(answer.get("error", ""))
        sentence, fix = (
            REFUSALS.get((error, str(answer.get("error_description", ""))))
            or REFUSALS.get((error, ""))
            or ("The login was refused.", "Check the [salesforce] settings.")
        )
        return Unauthorized(self._transport.system, sentence, fix=fix)


def _identity(url: object) -> Identity | None:
    """From "https://login.salesforce.com/id/00D…/005…"."""
    parts = str(url).rsplit("/", 2)
    if len(parts) != 3 or not parts[1].startswith("00D") or not parts[2].startswith("005"):
        return None
    return Identity(org=parts[1], user=parts[2])
