"""The sandbox's own time, shared by both emulators, and what is to happen at which time."""

from __future__ import annotations

import heapq
import itertools
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_UNIT_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*[wdhms]\s*)+", re.IGNORECASE | re.ASCII)
_TERM = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhms])", re.IGNORECASE | re.ASCII)


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

    Alarms (:meth:`at`) ring in the order of their times, and while one rings the clock shows its
    time: :meth:`advance` stops at each on its way. What real time has passed rings at the next
    :meth:`ring` (see :class:`Ticker`).
    """

    def __init__(self, start: datetime | None = None, *, ticking: bool = True) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("The start of a Clock must carry a time zone.")
        self._lock = threading.Lock()
        self._base = (start or datetime.now(UTC)).astimezone(UTC)
        self._origin = time.monotonic()
        self.ticking = ticking
        # Held while alarms ring, by nobody who holds a store's lock: alarms take those.
        self._moving = threading.RLock()
        self._alarms: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        with self._lock:
            return self._read()

    def advance(self, seconds: float) -> datetime:
        """Jump forward and return the new time; ValueError when asked to go back or beyond the calendar."""
        if seconds < 0:
            raise ValueError("A Clock only moves forward.")
        with self._moving:
            target = self._after(seconds)
            while (due := self.next_alarm()) is not None and due <= target:
                self._move_to(due)
                self._pop()()
            return self._move_to(target)

    def _after(self, seconds: float) -> datetime:
        try:
            return self.now() + timedelta(seconds=seconds)
        except OverflowError:
            raise ValueError("A Clock ends with the year 9999.") from None

    def at(self, moment: datetime, action: Callable[[], object]) -> None:
        """Call ``action`` when the clock shows ``moment``, after those asked for earlier."""
        with self._lock:
            heapq.heappush(self._alarms, (moment, next(self._order), action))

    def next_alarm(self) -> datetime | None:
        with self._lock:
            return self._alarms[0][0] if self._alarms else None

    def ring(self) -> None:
        """Call what is due by now."""
        with self._moving:
            while (due := self.next_alarm()) is not None and due <= self.now():
                self._pop()()

    def _pop(self) -> Callable[[], object]:
        with self._lock:
            return heapq.heappop(self._alarms)[2]

    def _move_to(self, moment: datetime) -> datetime:
        with self._lock:
            self._base += max(timedelta(0), moment - self._read())
            return self._read()

    def _read(self) -> datetime:
        elapsed = time.monotonic() - self._origin if self.ticking else 0.0
        now = self._base + timedelta(seconds=elapsed)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Ticker:
    """A thread that rings a ticking clock's alarms as real time passes; ``stop()`` ends it."""

    _LONGEST = 0.5  # seconds; an alarm set meanwhile, or a jump, is noticed by then

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="loopback-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause()):
            self._clock.ring()

    def _pause(self) -> float:
        due = self._clock.next_alarm()
        if due is None:
            return self._LONGEST
        return min(max((due - self._clock.now()).total_seconds(), 0), self._LONGEST)
