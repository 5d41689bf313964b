"""Sessions and the apps that open them."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.loopback.salesforce.errors import ApiError

EXPIRED = "Session expired or invalid"
INCURABLE = "This session is not valid for use with the REST API"
# Scopes that open the API; a session without one is for the identity service only.
_API_SCOPES = {"api", "full", "web"}
_CODE_LIFETIME = timedelta(minutes=15)


@dataclass
class App:
    """A connected app (or external client app).

    ``run_as`` is the client-credentials user; ``pre_authorized`` those whom a JWT may name;
    ``redirect_uris`` where an authorization code may be sent. A ``refresh_token`` is one that
    ``run_as`` has granted already.
    """

    client_id: str
    client_secret: str | None = None
    run_as: str | None = None
    public_key: str | None = None
    pre_authorized: list[str] = field(default_factory=list)
    refresh_token: str | None = None
    rotate_refresh_token: bool = False
    scope: str = "api id"
    redirect_uris: list[str] = field(default_factory=list)

    def logs_in(self) -> set[str]:
        names = {*self.pre_authorized}
        return names | {self.run_as} if self.run_as else names


@dataclass
class Session:
    """``lasting``: configured, and never ages or expires. ``client_id`` None: no app's."""

    token: str
    user_id: str
    opened: datetime
    used: datetime
    lasting: bool = False
    client_id: str | None = None
    scope: str = "api"
    refresh_token: str | None = None


@dataclass(frozen=True)
class Grant:
    """What a refresh token or an authorization code stands for."""

    client_id: str
    user_id: str
    issued: datetime
    redirect_uri: str = ""
    challenge: str | None = None
    nonce: str | None = None  # for the ID token

    def answers(self, verifier: str) -> bool:
        """PKCE: is this the verifier of the challenge (S256, or plain)?"""
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        return self.challenge in (None, digest, verifier)


class LoginRateExceeded(Exception):
    """Too many logins of one user within the hour."""


class Sessions:
    """``seconds``: the idle timeout, or the age when ``slides`` is false.

    ``logins``: how many sessions a user may open an hour, None for any number.
    """

    def __init__(self, org_id: str, seconds: float, *, slides: bool, reuse: bool, logins: int | None) -> None:
        self._org15 = org_id[:15]
        self._lifetime = timedelta(seconds=seconds)
        self._slides = slides
        self._reuse = reuse
        self._by_token: dict[str, Session] = {}
        self._opened = 0
        self._logins_an_hour = logins
        self._logins: dict[str, deque[datetime]] = defaultdict(deque)
        self._refresh: dict[str, Grant] = {}
        self._codes: dict[str, Grant] = {}
        # When set, no session is accepted and a new login does not help [sheet 1.4].
        self.incurable: str | None = None

    def configure(self, token: str, user_id: str, now: datetime, *, lasting: bool) -> None:
        self._by_token[token] = Session(token, user_id, now, now, lasting)

    def open(self, user_id: str, now: datetime, app: App | None = None, refresh_token: str | None = None) -> Session:
        """A new session, or the running one where logins reuse it. Raises LoginRateExceeded."""
        self._count_login(user_id, now)
        client_id = app.client_id if app else None
        if self._reuse:
            for session in self._by_token.values():
                if (
                    session.user_id == user_id
                    and session.client_id in (None, client_id)
                    and self._is_live(session, now)
                ):
                    return session
        token = f"{self._org15}!AQEAQ{self._secret(user_id)}"
        scope = app.scope if app else "api"
        session = Session(token, user_id, now, now, False, client_id, scope, refresh_token)
        self._by_token[token] = session
        return session

    def find(self, token: str, now: datetime) -> Session | None:
        """The live session of this token."""
        session = self._by_token.get(token)
        return session if session and self._is_live(session, now) else None

    def ends(self, session: Session) -> datetime:
        """When it ends if it is not used again."""
        return (session.used if self._slides else session.opened) + self._lifetime

    def keep_refresh(self, token: str | None, grant: Grant) -> str:
        """Remember a refresh token (None: a new one)."""
        kept = token or f"5Aep861{self._secret(grant.user_id)}"
        self._refresh[kept] = grant
        return kept

    def refresh_grant(self, token: str) -> Grant | None:
        return self._refresh.get(token)

    def forget_refresh(self, token: str) -> None:
        self._refresh.pop(token, None)

    def issue_code(self, grant: Grant) -> str:
        """An authorization code: good once, and for fifteen minutes."""
        code = f"aPrx{self._secret(grant.user_id)}"
        self._codes[code] = grant
        return code

    def redeem_code(self, code: str, now: datetime) -> Grant | None:
        grant = self._codes.pop(code, None)
        return grant if grant and now - grant.issued < _CODE_LIFETIME else None

    def _secret(self, user_id: str) -> str:
        self._opened += 1
        return hashlib.sha256(f"{self._org15}:{user_id}:{self._opened}".encode()).hexdigest()

    def _count_login(self, user_id: str, now: datetime) -> None:
        logins = self._logins[user_id]
        while logins and now - logins[0] >= timedelta(hours=1):
            logins.popleft()
        if self._logins_an_hour is not None and len(logins) >= self._logins_an_hour:
            raise LoginRateExceeded(user_id)
        logins.append(now)

    def user_of(self, token: str, now: datetime, *, api: bool = True) -> str:
        """The session's user. Raises ApiError 401 when it is no session any more, or none for
        the ``api``."""
        if self.incurable is not None:
            raise expired(self.incurable)
        session = self.find(token, now)
        if session is None:
            raise expired()
        if api and _API_SCOPES.isdisjoint(session.scope.split()):
            raise expired(INCURABLE)
        session.used = now
        return session.user_id

    def expire(self, user_ids: Iterable[str] | None = None) -> int:
        """End the sessions of these users (None: of all); lasting ones stay."""
        wanted = None if user_ids is None else set(user_ids)
        doomed = [
            token
            for token, session in self._by_token.items()
            if not session.lasting and (wanted is None or session.user_id in wanted)
        ]
        for token in doomed:
            del self._by_token[token]
        return len(doomed)

    def revoke(self, token: str) -> bool:
        """End a session, or a refresh token with every session it opened [D:oauth-revoking-tokens]."""
        if self._refresh.pop(token, None) is None:
            return self._by_token.pop(token, None) is not None
        for opened in [t for t, session in self._by_token.items() if session.refresh_token == token]:
            del self._by_token[opened]
        return True

    def _is_live(self, session: Session, now: datetime) -> bool:
        since = session.used if self._slides else session.opened
        return session.lasting or now - since < self._lifetime


def expired(message: str = EXPIRED) -> ApiError:
    return ApiError.of(401, "INVALID_SESSION_ID", message)  # [R:restforce/expired_session]
