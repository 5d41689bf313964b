"""Sessions and the apps that open them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.loopback.salesforce.errors import ApiError

EXPIRED = "Session expired or invalid"
INCURABLE = "This session is not valid for use with the REST API"


@dataclass
class App:
    """A connected app (or external client app).

    ``run_as`` is the client-credentials user; ``pre_authorized`` those whom a JWT may name.
    """

    client_id: str
    client_secret: str | None = None
    run_as: str | None = None
    public_key: str | None = None
    pre_authorized: list[str] = field(default_factory=list)
    refresh_token: str | None = None
    rotate_refresh_token: bool = False
    scope: str = "api id"

    def logs_in(self) -> set[str]:
        names = {*self.pre_authorized}
        return names | {self.run_as} if self.run_as else names


@dataclass
class Session:
    """``lasting``: configured, and never ages or expires."""

    token: str
    user_id: str
    opened: datetime
    used: datetime
    lasting: bool = False


class Sessions:
    """``seconds``: the idle timeout, or the age when ``slides`` is false."""

    def __init__(self, org_id: str, seconds: float, *, slides: bool, reuse: bool) -> None:
        self._org15 = org_id[:15]
        self._lifetime = timedelta(seconds=seconds)
        self._slides = slides
        self._reuse = reuse
        self._by_token: dict[str, Session] = {}
        self._opened = 0
        # When set, no session is accepted and a new login does not help [sheet 1.4].
        self.incurable: str | None = None

    def configure(self, token: str, user_id: str, now: datetime, *, lasting: bool) -> None:
        self._by_token[token] = Session(token, user_id, now, now, lasting)

    def open(self, user_id: str, now: datetime) -> Session:
        if self._reuse:
            for session in self._by_token.values():
                if session.user_id == user_id and self._is_live(session, now):
                    return session
        self._opened += 1
        seed = f"{self._org15}:{user_id}:{self._opened}"
        secret = hashlib.sha256(seed.encode()).hexdigest()
        token = f"{self._org15}!AQEAQ{secret}"
        session = Session(token, user_id, now, now)
        self._by_token[token] = session
        return session

    def user_of(self, token: str, now: datetime) -> str:
        """The session's user. Raises ApiError 401 when it is no session any more."""
        if self.incurable is not None:
            raise expired(self.incurable)
        session = self._by_token.get(token)
        if session is None or not self._is_live(session, now):
            raise expired()
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
        return self._by_token.pop(token, None) is not None

    def _is_live(self, session: Session, now: datetime) -> bool:
        since = session.used if self._slides else session.opened
        return session.lasting or now - since < self._lifetime


def expired(message: str = EXPIRED) -> ApiError:
    return ApiError.of(401, "INVALID_SESSION_ID", message)  # [R:restforce/expired_session]
