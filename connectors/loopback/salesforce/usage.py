"""The API budget: calls in a rolling 24 hours, and long requests at a time [sheet 9.2, 14]."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.loopback.salesforce.errors import ApiError

_WINDOW = timedelta(hours=24)
_LONG = timedelta(seconds=20)
_SMALL_EDITIONS = ("Developer", "Trial")


class LongRequests:
    """Requests that last twenty seconds of the emulator's clock or more; shorter ones are not limited.

    ``in_flight``: when each unanswered request came in, and its path. ``elsewhere``: how many
    of other clients are under way besides.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.elsewhere = 0
        self.in_flight: Callable[[], list[tuple[datetime, str]]] = list

    def check(self, now: datetime) -> None:
        """Raises 403 REQUEST_LIMIT_EXCEEDED while as many as allowed are under way."""
        of_the_api = (since for since, path in self.in_flight() if path.startswith("/services/data/"))
        if sum(now - since >= _LONG for since in of_the_api) + self.elsewhere >= self.most:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."  # [R:errors/error-bodies]
            raise ApiError.of(403, "REQUEST_LIMIT_EXCEEDED", message)


def long_requests_of(edition: str) -> int:
    """How many an org may have at a time, by its edition [sheet 14]."""
    return 5 if edition.startswith(_SMALL_EDITIONS) else 25


class ApiUsage:
    """Counts calls by minute. ``overage``: how many are let through beyond ``daily``."""

    def __init__(self, daily: int, overage: int = 0) -> None:
        self.daily = daily
        self.overage = overage
        self._minutes: deque[tuple[datetime, int]] = deque()

    def used(self, now: datetime) -> int:
        while self._minutes and now - self._minutes[0][0] >= _WINDOW:
            self._minutes.popleft()
        return sum(count for _, count in self._minutes)

    def remaining(self, now: datetime) -> int:
        return max(0, self.daily - self.used(now))

    def count(self, now: datetime, calls: int = 1) -> None:
        """Raises 403 REQUEST_LIMIT_EXCEEDED when the budget is spent."""
        if self.used(now) >= self.daily + self.overage:
            message = "TotalRequests Limit exceeded."  # [R:errors/error-bodies]
            raise ApiError.of(403, "REQUEST_LIMIT_EXCEEDED", message)
        self.add(now, calls)

    def set_remaining(self, now: datetime, remaining: int) -> None:
        self._minutes.clear()
        self.add(now, max(0, self.daily - remaining))

    def add(self, now: datetime, calls: int = 1) -> None:
        minute = now.replace(second=0, microsecond=0)
        if self._minutes and self._minutes[-1][0] == minute:
            calls += self._minutes.pop()[1]
        self._minutes.append((minute, calls))
