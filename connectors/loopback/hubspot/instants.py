"""HubSpot's timestamps: whole milliseconds since 1970 inside, ``Instant.toString()`` outside."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
_MILLISECOND = timedelta(milliseconds=1)
# Python reads more: weeks, digits of other scripts, 1_000.
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_LARGEST = 2**63 - 1


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware datetime; a naive one is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // _MILLISECOND


_FIRST, _LAST = to_ms(datetime(1, 1, 1, tzinfo=UTC)), to_ms(datetime(9999, 12, 31, tzinfo=UTC)) + DAY_MS - 1


def instant(ms: int) -> str:
    """``2026-03-12T07:34:24.559Z``; no fraction at all when the milliseconds are zero.

    Of 8,636 recorded timestamps none ends in ``.000Z`` [R:grouparoo].
    """
    seconds, milliseconds = divmod(ms, 1000)
    days, second = divmod(seconds, 86_400)
    return f"{_DATES[days]}{_TIMES[second]}{_FRACTIONS[milliseconds]}"


# A portal writes a million instants while it is loaded, on few days and at 86,400 times.
class _Dates(dict[int, str]):
    def __missing__(self, days: int) -> str:
        text = self[days] = (EPOCH + timedelta(days=days)).date().isoformat()
        return text


class _Times(dict[int, str]):
    def __missing__(self, second: int) -> str:
        text = self[second] = f"T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        return text


_DATES, _TIMES = _Dates(), _Times()
_FRACTIONS = ("Z", *(f".{milliseconds:03d}Z" for milliseconds in range(1, 1000)))


def parse_instant(text: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 text (a bare date is midnight UTC); None if it is none."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return to_ms(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def parse_moment(text: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 text or of a string of epoch milliseconds."""
    ms = parse_epoch(text)
    return parse_instant(text) if ms is None else ms


def parse_epoch(text: str) -> int | None:
    """A string of epoch milliseconds, the nearest Long for one beyond; None if it is none."""
    if not _INTEGER.fullmatch(text):
        return None
    return int(text) if len(text) < 19 else int(math.copysign(1, float(text))) * _LARGEST


def is_shown(ms: int) -> bool:
    """The moment is of a year with four digits, which is all that :func:`instant` writes."""
    return _FIRST <= ms <= _LAST


def day(text: str) -> date | None:
    """The date of ``YYYY-MM-DD``; None when the text is anything else."""
    if len(text) != 10 or not _ISO.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
