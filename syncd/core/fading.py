"""Points that halve with time: what they are worth at a moment, and when that changes next.

A match that is as old as the half-life is worth half its points, one twice as old a quarter. What the matches of one rule
are worth is added up, rounded once to whole points (half away from zero), and held below the rule's cap; so the lines of a
score add up by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_TICK = timedelta(milliseconds=1)
"""The ledger keeps time in milliseconds: changes are found to the millisecond."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fading(NamedTuple):
    """The matches of one rule.

    points   of one match when it is new; may be negative
    each     whether every match gives points, or only the newest
    cap      the most points in all, None for no limit
    moments  when the matches that count happened, newest first
    within   how long each counts
    least    with fewer matches than this the rule does not hold
    """

    points: int
    half_life: timedelta
    each: bool
    cap: int | None
    moments: Sequence[datetime]
    within: timedelta | None = None
    least: int = 1


def worth(fading: Fading, now: datetime) -> int:
    """The points at `now`, at which all moments have come and still count."""
    size = _rounded(_size(fading, now))
    if fading.cap is not None:
        size = min(size, fading.cap)
    return size if fading.points > 0 else -size


def turns(fading: Fading, now: datetime) -> datetime | None:
    """The first moment after `now` at which the points are others than at `now`; None if there is none."""
    shown = worth(fading, now)
    while shown and len(fading.moments) >= fading.least:
        leaves = _leaves(fading)
        fades = _fades(fading, now, abs(shown))
        if fades is not None and (leaves is None or fades < leaves):
            return fades
        if leaves is None:
            return None
        fading = fading._replace(moments=fading.moments[:-1])
        if len(fading.moments) < fading.least or worth(fading, leaves) != shown:
            return leaves
        now = leaves
    return None


def _size(fading: Fading, now: datetime) -> float:
    """How much there is, without its sign. Exact where ages are whole half-lives; the order of the matches is no matter."""
    giving = fading.moments if fading.each else fading.moments[:1]
    return abs(fading.points) * math.fsum(math.exp2((at - now) / fading.half_life) for at in giving)


def _rounded(size: float) -> int:
    return math.floor(size + 0.5)


def _leaves(fading: Fading) -> datetime | None:
    """When the oldest match does not count any more."""
    return None if fading.within is None else fading.moments[-1] + fading.within


def _fades(fading: Fading, now: datetime, shown: int) -> datetime | None:
    """The first millisecond after `now` at which these matches are worth less than the points shown."""

    def less(at: datetime) -> bool:
        return _rounded(_size(fading, at)) < shown

    try:
        found = _whole(now + fading.half_life * math.log2(_size(fading, now) / (shown - 0.5)))
    except OverflowError:
        return None  # after the end of the calendar
    while not less(found):
        found += _TICK
    while found - _TICK > now and less(found - _TICK):
        found -= _TICK
    return found


def _whole(at: datetime) -> datetime:
    """`at`, or the next millisecond."""
    return _EPOCH - (_EPOCH - at) // _TICK * _TICK
