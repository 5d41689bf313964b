"""Odd pages on demand: empty, short or repeated ones that still carry a cursor (§4.4)."""

from __future__ import annotations

from collections import deque

MODES = ("empty", "short", "duplicate")


class PageFaults:
    """Modes for the next pages that have a successor, one page each; no record is ever lost."""

    def __init__(self) -> None:
        self._modes: deque[str] = deque()

    def add(self, mode: str, times: int) -> None:
        if mode not in MODES:
            raise ValueError(f"The mode is one of {', '.join(MODES)}.")
        self._modes.extend([mode] * times)

    def cut(self, size: int) -> tuple[int, int]:
        """How many of a page's ``size`` records to show, and at which the next page begins."""
        mode = self._modes.popleft() if self._modes else None
        if mode == "empty":
            return 0, 0
        if mode == "duplicate":
            return size, 0
        shown = max(1, size // 2) if mode == "short" else size
        return shown, shown
