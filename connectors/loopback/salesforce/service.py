"""The running org as the HTTP layer sees it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import current_app, request

from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.bulk.jobs import Bulk
from connectors.loopback.salesforce.device_codes import DeviceCodes
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.sessions import App, Sessions, expired
from connectors.loopback.salesforce.signing import Signer
from connectors.loopback.salesforce.soql.answer import Queries
from connectors.loopback.salesforce.usage import ApiUsage, LongRequests

_KEY = "loopback.salesforce"
_CALLER = "loopback.caller"


@dataclass
class Service:
    org: Org
    sessions: Sessions
    usage: ApiUsage
    long_requests: LongRequests
    queries: Queries
    bulk: Bulk
    device_codes: DeviceCodes
    signer: Signer = field(default_factory=Signer)
    users: dict[str, User] = field(default_factory=dict)  # by id
    apps: dict[str, App] = field(default_factory=dict)  # by client id
    passwords: dict[str, str] = field(default_factory=dict)  # by user id
    # What a conditional describe compares with.
    schema_changed: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    request_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def described_since(self) -> datetime:
        """When a describe last changed: with the schema, or with what users may see."""
        return max(self.schema_changed, self.org.permissions.changed)

    def schema_etag(self, sobject: str) -> str:
        """Describe ETags end in --gzip [R:cumulusci/ManualEdit http_headers]."""
        seed = f"{sobject}{self.described_since.isoformat()}"
        return f'"{hashlib.sha256(seed.encode()).hexdigest()[:8]}--gzip"'

    def instance_url(self) -> str:
        """Where the org lives: as configured, else where the current request came in."""
        return self.org.settings.instance_url or request.host_url.rstrip("/")

    def user(self, user_id: str) -> User | None:
        """A user by id; one that was created as a record is a user like any other."""
        row = self.org.store.get(self.org.schema["User"], user_id)
        if row is None:
            return None
        person = self.users.get(user_id)
        if person is None:
            person = self.users[user_id] = User(user_id, "", sharing=self.org.settings.sharing)
        person.username, person.time_zone = row["Username"], row["TimeZoneSidKey"]
        return person

    def user_named(self, username: str) -> User | None:
        found = self.org.store.ids_where(self.org.schema["User"], '"Username" = ?', (username,))
        return self.user(found[0]) if found else None

    def user_row(self, user: User) -> dict[str, Any]:
        row = self.org.store.get(self.org.schema["User"], user.id)
        assert row is not None, user.username
        return row

    def authenticate(self, authorization: str | None, *, api: bool = True) -> User:
        """``api`` false: a session without that scope will do. Raises 401 INVALID_SESSION_ID or
        INVALID_AUTH_HEADER [sheet 1.4]."""
        if not authorization:
            raise expired()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not token.strip():
            raise ApiError.of(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        now = self.org.clock.now()
        user = self.user(self.sessions.user_of(token.strip(), now, api=api))
        if user is None or not self.user_row(user)["IsActive"]:
            raise expired()
        self.org.permissions.refresh(user, now)
        return user


def service() -> Service:
    found: Service = current_app.extensions[_KEY]
    return found


def attach(app: Any, running: Service) -> None:
    app.extensions[_KEY] = running


def caller() -> Caller:
    """Who sent the current request."""
    found: Caller = request.environ[_CALLER]
    return found


def set_caller(who: Caller) -> None:
    request.environ[_CALLER] = who
