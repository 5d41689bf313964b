"""The rolling 24-hour API budget."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from connectors.loopback.salesforce.errors import ApiError

_WINDOW = timedelta(hours=24)


class ApiUsage:
    """Counts calls by minute."""

    def __init__(self, daily: int) -> None:
        self.daily = daily
        self._minutes: deque[tuple[datetime, int]] = deque()

    def used(self, now: datetime) -> int:
        while self._minutes and now - self._minutes[0][0] >= _WINDOW:
            self._minutes.popleft()
        return sum(count for _, count in self._minutes)

    def remaining(self, now: datetime) -> int:
        return max(0, self.daily - self.used(now))

    def count(self, now: datetime, calls: int = 1) -> None:
        """Raises 403 REQUEST_LIMIT_EXCEEDED when the budget is spent."""
        if self.remaining(now) <= 0:
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
