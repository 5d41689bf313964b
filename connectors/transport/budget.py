"""How many API calls a sync may still make, and for what."""

from __future__ import annotations

import enum
import threading
from collections import Counter

from syncd.core.errors import Unavailable


class Purpose(enum.StrEnum):
    """What a call is for. The reserve is for handoffs and for the pulls and looks that bring them to light, not for answers
    and fields nor for reports; a token call is none of the account's API calls."""

    HANDOFF = "handoff"
    FEEDBACK = "feedback"
    PULL = "pull"
    CHECK = "check"
    REPORT = "report"
    TOKEN = "token"


class Budget:
    """At most `calls` more calls, the last `reserve` of them for handoffs only (see `Purpose`). Thread-safe, exact."""

    def __init__(self, system: str) -> None:
        self.system = system
        self.spent: Counter[str] = Counter()
        self._left: int | None = None
        self._reserve = 0
        self._lock = threading.Lock()

    def limit(self, calls: int | None, reserve: int = 0) -> None:
        """Bound what is spent from now on; None lifts the bound."""
        with self._lock:
            self._left = None if calls is None else max(calls, 0)
            self._reserve = max(reserve, 0)

    @property
    def left(self) -> int | None:
        return self._left

    def check(self, purpose: Purpose) -> None:
        """Raise Unavailable when a call for this purpose would not be allowed now."""
        with self._lock:
            self._require(purpose)

    def spend(self, purpose: Purpose) -> None:
        """Take one call, or raise Unavailable and take none."""
        with self._lock:
            self._require(purpose)
            if self._left is not None and purpose is not Purpose.TOKEN:
                self._left -= 1
            self.spent[purpose.value] += 1

    def _require(self, purpose: Purpose) -> None:
        if self._left is None or purpose is Purpose.TOKEN:
            return
        kept = self._reserve if purpose in (Purpose.FEEDBACK, Purpose.REPORT) else 0
        if self._left > kept:
            return
        sentence = (
            "API budget of this sync is spent."
            if self._left == 0
            else f"API budget of this sync is spent but for {self._left} calls kept for handoffs."
        )
        fix = "Raise daily_share, or wait for the next sync."
        raise Unavailable(self.system, sentence, fix=fix)
