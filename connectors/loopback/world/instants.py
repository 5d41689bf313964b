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
    whole = (_EPOCH + timedelta(seconds=ms // 1000)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{ms % 1000:03d}Z" if ms % 1000 else f"{whole}Z"


def salesforce_datetime(ms: int) -> str:
    return moment(ms).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def day(ms: int) -> str:
    return moment(ms).date().isoformat()
