"""Business time: how much of it lies between two moments, and when a given amount of it is over.

A calendar's day begins and ends by the clock on its wall, so the day on which the clocks change is an hour shorter or longer
there only if that hour is a working one. Everything is counted in real time, from one UTC instant to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from syncd.core.reps import Away
from syncd.core.text import plural, span
from syncd.core.zones import zone

NEVER = datetime.max.replace(tzinfo=UTC)
"""When a clock comes to its end that stands still for good."""

_HORIZON = timedelta(days=5 * 366)
"""Who does not work for so long does not come back."""

_DAY = timedelta(days=1)
_MIDNIGHT = time.min


class Work(NamedTuple):
    """A length of working time: whole working days, each as long as they are where it is counted, and time on top."""

    days: int = 0
    time: timedelta = timedelta()

    def __str__(self) -> str:
        """ "10 working days", "4 working hours"."""
        if not self.time:
            return plural(self.days, "working day")
        count, _, unit = span(self.time).partition(" ")
        return f"{count} working {unit}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works.

    timezone   IANA name
    days       0 is Monday; () is every day
    hours      (from, until) of a working day, `time.max` is midnight; None is the whole day
    holidays   days on which nobody there works
    away       absences of this one
    """

    timezone: str = "UTC"
    days: tuple[int, ...] = ()
    hours: tuple[time, time] | None = None
    holidays: frozenset[date] = frozenset()
    away: tuple[Away, ...] = ()

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` until `end`; none when `end` is no later."""
        total = timedelta()
        for begin, close in self._shifts(start):
            if begin >= end:
                break
            total += max(min(close, end) - max(begin, start), timedelta())
        return total

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` of working time has passed since `start`, in UTC; `NEVER` if that is never."""
        left = amount
        if left <= timedelta():
            return start.astimezone(UTC)
        for begin, close in self._shifts(start):
            begin = max(begin, start)
            if close - begin >= left:
                return begin + left
            left -= max(close - begin, timedelta())
        return NEVER

    def length(self, work: Work) -> timedelta:
        """How long `work` is here."""
        begin, end = self.hours or (_MIDNIGHT, time.max)
        whole = _DAY if end == time.max else timedelta(hours=end.hour, minutes=end.minute)
        return work.days * (whole - timedelta(hours=begin.hour, minutes=begin.minute)) + work.time

    def due(self, start: datetime, work: Work) -> datetime:
        """When `work` that begins at `start` is over."""
        return self.after(start, self.length(work))

    def works_on(self, day: date) -> bool:
        """Whether this is a working day."""
        if (self.days and day.weekday() not in self.days) or day in self.holidays:
            return False
        return not any(a.first <= day <= a.last for a in self.away)

    def _shifts(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working days from that of `start` on, each from its begin to its end in UTC."""
        there = zone(self.timezone) or UTC
        begin, end = self.hours or (_MIDNIGHT, time.max)
        day = start.astimezone(there).date()
        last = min(day, date.max - _HORIZON - _DAY) + _HORIZON
        while day < last:
            morrow = day + _DAY
            if self.works_on(day):
                close = (morrow, _MIDNIGHT) if end == time.max else (day, end)
                yield (
                    datetime.combine(day, begin, there).astimezone(UTC),
                    datetime.combine(*close, there).astimezone(UTC),
                )
            day = morrow
