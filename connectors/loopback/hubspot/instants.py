"""HubSpot's timestamps: whole milliseconds since 1970 inside, ``Instant.toString()`` outside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // _MILLISECOND


def instant(ms: int) -> str:
    """``2026-03-12T07:34:24.559Z``; no fraction at all when the milliseconds are zero.

    Of 8,636 recorded timestamps none ends in ``.000Z`` [R:grouparoo].
    """
    seconds, milliseconds = divmod(ms, 1000)
    days, second = divmod(seconds, 86_400)
    if milliseconds:
        return f"{_date(days)}{_time(second)}.{milliseconds:03d}Z"
    return f"{_date(days)}{_time(second)}Z"


# A portal writes a million instants while it is loaded, on few days and at 86,400 times.
@lru_cache(maxsize=4_096)
def _date(days: int) -> str:
    return (EPOCH + timedelta(days=days)).date().isoformat()


@lru_cache(maxsize=86_400)
def _time(second: int) -> str:
    return f"T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def parse_instant(text: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 text (a bare date is midnight UTC); None if it is none."""
    if len(text) < 10 or not text[:4].isdigit():
        return None
    try:
        return to_ms(datetime.fromisoformat(text).astimezone(UTC) if "T" in text else _bare(text))
    except (ValueError, OverflowError):
        return None


def parse_moment(text: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 text or of a string of epoch milliseconds."""
    try:
        return int(text)
    except ValueError:
        return parse_instant(text)


def _bare(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def day(text: str) -> date | None:
    """The date of ``YYYY-MM-DD``; None when the text is anything else."""
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
