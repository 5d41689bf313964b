"""Rate limits on the sandbox's clock: buckets, headers and 429 bodies (§2.1-2.4)."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.loopback.hubspot.auth import Caller
from connectors.loopback.hubspot.errors import RateLimited
from connectors.loopback.hubspot.instants import EPOCH, to_ms
from connectors.loopback.hubspot.settings import HubSpotSettings, TokenKind

# Only "general" calls count in the ten seconds' bucket; those of the journal count nowhere.
Family = Literal["general", "search", "association-batch", "journal"]

App = tuple[str, int]

_TEN_SECONDS = 10_000
_ONE_SECOND = 1_000


@dataclass
class _Window:
    """The times (epoch ms) of the calls of a rolling window."""

    length: int
    times: deque[int] = field(default_factory=deque)

    def used(self, now: int) -> int:
        while self.times and self.times[0] <= now - self.length:
            self.times.popleft()
        return len(self.times)


class RateLimiter:
    """Counts accepted calls; a refused one costs nothing."""

    def __init__(self, settings: HubSpotSettings, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._new_id = new_id
        self._lock = threading.Lock()
        self._bursts: dict[App, _Window] = {}
        self._seconds: dict[App, _Window] = {}
        self._search = _Window(_ONE_SECOND)
        self._day = ""
        self._today = 0

    def admit(self, caller: Caller, family: Family, now: int) -> dict[str, str]:
        """Count the call and return its rate limit headers; raises :class:`RateLimited`, whose
        ``headers`` are those of the refusal."""
        with self._lock:
            self._roll_day(now)
            refusal = self._refusal(caller, family, now)
            if refusal is None:
                self._count(caller, family, now)
            headers = self._headers(caller, family, now)
        if refusal is not None:
            refusal.headers |= headers
            raise refusal
        return headers

    def daily_usage(self, now: int) -> int:
        with self._lock:
            self._roll_day(now)
            return self._today

    def resets_at(self, now: int) -> int:
        """Epoch ms of the next midnight in the portal's time zone."""
        local = self._local(now)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return to_ms(midnight.astimezone(UTC))

    def _refusal(self, caller: Caller, family: Family, now: int) -> RateLimited | None:
        limits = self._settings.limits
        if family == "journal":
            return None
        if self._shares_daily(caller.grant.kind) and _full(limits.daily, self._today):
            extra = {
                "errorType": "RATE_LIMIT",
                "policyName": "DAILY",
                "requestId": self._new_id(),
            }
            return self._refusal_of("daily", extra, None)
        if family == "search":
            if not _full(limits.search, self._search.used(now)):
                return None
            named = {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
            return self._refusal_of("secondly", named if limits.search_policy else {"category": "RATE_LIMITS"}, 1)
        if family == "association-batch":
            return None
        if _full(self._burst(caller), self._window(self._bursts, caller, _TEN_SECONDS).used(now)):
            group = f"publicapi:private-app-api-calls-ten-secondly:{caller.grant.app_id}"
            extra = {
                "errorType": "RATE_LIMIT",
                "policyName": "TEN_SECONDLY_ROLLING",
                "groupName": group,
            }
            return self._refusal_of("ten_secondly_rolling", extra, 10)
        used = self._window(self._seconds, caller, _ONE_SECOND).used(now)
        if limits.enforce_secondly and _full(self._secondly(caller), used):
            extra = {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
            return self._refusal_of("secondly", extra, 1)
        return None

    def _refusal_of(self, limit: str, extra: dict[str, str], retry_after: int | None) -> RateLimited:
        wait = retry_after if self._settings.limits.retry_after else None
        return RateLimited(f"You have reached your {limit} limit.", extra, wait)

    def _count(self, caller: Caller, family: Family, now: int) -> None:
        if family == "journal":
            return
        if self._shares_daily(caller.grant.kind):
            self._today += 1
        if family == "search":
            self._search.times.append(now)
        elif family == "general":
            self._window(self._bursts, caller, _TEN_SECONDS).times.append(now)
            self._window(self._seconds, caller, _ONE_SECOND).times.append(now)

    def _headers(self, caller: Caller, family: Family, now: int) -> dict[str, str]:
        """The Daily pair for private apps, the bucket only where the bucket counts (§2.3)."""
        headers: dict[str, str] = {}
        daily = self._settings.limits.daily
        if daily is not None and self._shares_daily(caller.grant.kind):
            headers["X-HubSpot-RateLimit-Daily"] = str(daily)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, daily - self._today))
        burst = self._burst(caller)
        if family != "general" or burst is None:
            return headers
        secondly = self._secondly(caller) or 0
        used = self._window(self._bursts, caller, _TEN_SECONDS).used(now)
        used_now = self._window(self._seconds, caller, _ONE_SECOND).used(now)
        return headers | {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(_TEN_SECONDS),
            "X-HubSpot-RateLimit-Max": str(burst),
            "X-HubSpot-RateLimit-Remaining": str(max(0, burst - used)),
            "X-HubSpot-RateLimit-Secondly": str(secondly),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, secondly - used_now)),
        }

    def _burst(self, caller: Caller) -> int | None:
        limits = self._settings.limits
        return limits.oauth_burst if caller.grant.kind == "oauth" else limits.burst

    def _secondly(self, caller: Caller) -> int | None:
        burst = self._burst(caller)
        return None if burst is None else burst // 10

    @staticmethod
    def _window(windows: dict[App, _Window], caller: Caller, length: int) -> _Window:
        return windows.setdefault(caller.app, _Window(length))

    @staticmethod
    def _shares_daily(kind: TokenKind) -> bool:
        return kind != "oauth"

    def _roll_day(self, now: int) -> None:
        today = self._local(now).date().isoformat()
        if today != self._day:
            self._day, self._today = today, 0

    def _local(self, now: int) -> datetime:
        moment = EPOCH + timedelta(milliseconds=now)
        return moment.astimezone(ZoneInfo(self._settings.time_zone))


def new_uuid(bits: int) -> str:
    return str(uuid.UUID(int=bits, version=4))


def _full(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit
