"""How long to wait before something that failed is tried again."""

from __future__ import annotations

from datetime import timedelta

_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))


def wait_after(tries: int) -> timedelta:
    """After so many tries; from the fourth on always the same."""
    return _WAITS[min(max(tries, 1), len(_WAITS)) - 1]
