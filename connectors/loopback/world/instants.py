"""Moments: epoch milliseconds, as the world counts them, and the ways they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def instant(ms: int) -> str:
    """ISO in UTC with three fraction digits, none when the milliseconds are zero [sheet 3.2]."""
    return f"{_whole(ms)}.{ms % 1000:03d}Z" if ms % 1000 else f"{_whole(ms)}Z"


def salesforce_datetime(ms: int) -> str:
    return f"{_whole(ms)}.000+0000"


def day(ms: int) -> str:
    return moment(ms).date().isoformat()


def _whole(ms: int) -> str:
    """To the second; isoformat takes a third of strftime's time."""
    return (_EPOCH + timedelta(seconds=ms // 1000)).isoformat()[:19]
