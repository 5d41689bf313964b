"""Moments: epoch milliseconds, as the world counts them, and the ways they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.loopback.hubspot.instants import DAY_MS, instant

__all__ = ["DAY_MS", "HOUR_MS", "MINUTE_MS", "day", "epoch_ms", "instant", "moment", "salesforce_datetime"]

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def salesforce_datetime(ms: int) -> str:
    return f"{instant(ms - ms % 1000)[:-1]}.000+0000"


def day(ms: int) -> str:
    return instant(ms)[:10]
