"""Date literals: the half-open span of days each one stands for, in the user's time zone.

Fiscal ones follow a standard fiscal year, which starts on the first of a month.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[date, date]

_FIXED_ALIASES = {
    "YESTERDAY": ("N_DAYS_AGO", 1),
    "LAST_90_DAYS": ("LAST_N_DAYS", 90),
    "NEXT_90_DAYS": ("NEXT_N_DAYS", 90),
}


def span_of(name: str, n: int, today: date, fiscal_month: int = 1) -> Span:
    """First day and the day after the last: ``LAST_N_DAYS:1`` is yesterday and today;
    ``LAST_N_WEEKS:1`` leaves this week out (SOQL reference v65). Weeks start on Sunday.
    Raises ValueError or OverflowError for a span beyond the calendar.
    """
    name, n = _FIXED_ALIASES.get(name, (name, n))
    day = timedelta(days=1)
    if name == "TODAY":
        return today, today + day
    if name == "TOMORROW":
        return today + day, today + 2 * day
    if name == "N_DAYS_AGO":
        return today - n * day, today - (n - 1) * day
    if name == "LAST_N_DAYS":
        return today - n * day, today + day
    if name == "NEXT_N_DAYS":
        return today + day, today + (n + 1) * day
    return _unit_span(name, n, today, fiscal_month if "FISCAL" in name else 1)


def _unit_span(name: str, n: int, today: date, first_month: int) -> Span:
    unit = re.search(r"WEEK|MONTH|QUARTER|YEAR", name)
    assert unit is not None, name
    start, step = _period_start(unit[0], today, first_month), unit[0]
    if name.startswith("THIS"):
        return start, _shift(start, step, 1)
    if name.startswith("LAST_N"):
        return _shift(start, step, -n), start
    if name.startswith("NEXT_N"):
        return _shift(start, step, 1), _shift(start, step, n + 1)
    if name.startswith("LAST"):
        return _shift(start, step, -1), start
    if name.startswith("NEXT"):
        return _shift(start, step, 1), _shift(start, step, 2)
    return _shift(start, step, -n), _shift(start, step, 1 - n)  # N_…_AGO


def _period_start(unit: str, today: date, first_month: int) -> date:
    if unit == "WEEK":
        return today - timedelta(days=(today.weekday() + 1) % 7)
    months_in = (today.month - first_month) % 12 % {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    return _shift(today.replace(day=1), "MONTH", -months_in)


def _shift(start: date, unit: str, count: int) -> date:
    if unit == "WEEK":
        return start + timedelta(weeks=count)
    months = count * {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    index = start.year * 12 + start.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a day begins in a time zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
