"""The sandbox's own time, shared by both emulators."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime, timedelta

_UNIT_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*[wdhms]\s*)+", re.IGNORECASE)
_TERM = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])", re.IGNORECASE)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as ``"3d 4h"``, ``"90m"`` or ``"1.5h"`` (w, d, h, m, s).

    Raises ValueError with a sentence naming the text.
    """
    if not _DURATION.fullmatch(text):
        raise ValueError(f'"{text}" is not a duration; write it like "3d 4h", "90m" or "30s".')
    return sum(float(n) * _UNIT_SECONDS[unit.lower()] for n, unit in _TERM.findall(text))


class Clock:
    """Aware UTC time in whole milliseconds; never runs backwards, may be called by any thread.

    ``start`` None means the machine's time now. With ``ticking`` real time passes on top of
    ``start``; without it time stands still between calls of :meth:`advance`.
    """

    def __init__(self, start: datetime | None = None, *, ticking: bool = True) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("The start of a Clock must carry a time zone.")
        self._lock = threading.Lock()
        self._base = (start or datetime.now(UTC)).astimezone(UTC)
        self._origin = time.monotonic()
        self.ticking = ticking

    def now(self) -> datetime:
        with self._lock:
            return self._read()

    def advance(self, seconds: float) -> datetime:
        """Jump forward and return the new time; ValueError when asked to go back."""
        if seconds < 0:
            raise ValueError("A Clock only moves forward.")
        with self._lock:
            self._base += timedelta(seconds=seconds)
            return self._read()

    def _read(self) -> datetime:
        elapsed = time.monotonic() - self._origin if self.ticking else 0.0
        now = self._base + timedelta(seconds=elapsed)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
