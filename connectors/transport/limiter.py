"""Never more than N calls in any T seconds, per lane; N and T follow what the server says."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from syncd.core.errors import Retryable


class Limiter:
    """Lanes by name, each a rolling window `(calls, seconds)`.

    A rolling window, not a token bucket: a full bucket plus its refill would let nearly twice the
    rate through in the first window. Callers reserve their moment under the lock and sleep outside
    it, so threads queue in order. A wait beyond `patience` seconds is not slept: it raises
    Retryable. An unknown lane is not limited.
    """

    def __init__(
        self,
        system: str,
        lanes: Mapping[str, tuple[int, float]],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        patience: float = 20.0,
    ) -> None:
        self.system = system
        self._clock, self._sleep, self._patience = clock, sleep, patience
        self._lanes = {name: _Lane(calls, seconds) for name, (calls, seconds) in lanes.items()}
        self._lock = threading.Lock()

    def wait(self, lane: str) -> None:
        """Take the next free moment of the lane and sleep until it comes."""
        window = self._lanes.get(lane)
        if window is None:
            return
        with self._lock:
            now = self._clock()
            start = window.next_free(now)
            if start - now > self._patience:
                raise Retryable(self.system, "The rate limit is used up.", after=start - now)
            window.taken.append(start)
        if start > now:
            self._sleep(start - now)

    def learn(self, lane: str, calls: int, seconds: float) -> None:
        """What the server's headers say the limit is."""
        window = self._lanes.get(lane)
        if window is None or calls < 1 or seconds <= 0:
            return
        if (window.taken.maxlen, window.seconds) != (calls, seconds):
            with self._lock:
                window.taken = deque(window.taken, maxlen=calls)
                window.seconds = seconds

    def hold(self, lane: str, seconds: float) -> None:
        """No call of this lane starts in the next `seconds`: the server said that it is enough."""
        window = self._lanes.get(lane)
        if window is not None:
            with self._lock:
                window.not_before = max(window.not_before, self._clock() + seconds)


class _Lane:
    """The start times of the last `calls` calls, some of them still to come."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.taken: deque[float] = deque(maxlen=calls)
        self.seconds = seconds
        self.not_before = float("-inf")

    def next_free(self, now: float) -> float:
        start = max(now, self.not_before)
        if len(self.taken) == self.taken.maxlen:
            start = max(start, self.taken[0] + self.seconds)
        if self.taken:
            start = max(start, self.taken[-1])
        return start
