"""SOQL's conditions written down naively over Python rows, with nothing of the engine.

A :class:`Term` is the same condition twice: as SOQL and as a predicate of a row. A row is a
dict of the values that were seeded, with its parents as nested dicts (or None).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
ZONE = ZoneInfo("America/Los_Angeles")
TODAY = date(2026, 11, 24)
FISCAL_MONTH = 4


@dataclass(frozen=True)
class Term:
    soql: str
    holds: Callable[[Row], bool]

    def __repr__(self) -> str:
        return self.soql


def value(row: Row, path: str) -> Any:
    """A field, through parents that may be missing."""
    found: Any = row
    for name in path.split("."):
        found = None if found is None else found.get(name)
    return found


def quoted(text: str | None) -> str:
    if text is None:
        return "null"
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"') + "'"


def capitals(text: str) -> bytes:
    """What English locales sort by."""
    return text.upper().encode()


# Comparisons, given what makes values comparable


def compared(path: str, sign: str, literal: str, wanted: Any, key: Callable[[Any], Any] = lambda found: found) -> Term:
    """``wanted`` None is null: nothing is less or greater, and everything else differs."""

    def holds(row: Row) -> bool:
        found = value(row, path)
        if sign in ("=", "!="):
            same = found is None if wanted is None else found is not None and key(found) == key(wanted)
            return same == (sign == "=")
        if found is None or wanted is None:
            return False
        left, right = key(found), key(wanted)
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]

    return Term(f"{path} {sign} {literal}", holds)


def listed(
    path: str, literals: Sequence[str], wanted: Sequence[Any], key: Callable[[Any], Any], *, inside: bool
) -> Term:
    keys = {None if one is None else key(one) for one in wanted}

    def holds(row: Row) -> bool:
        found = value(row, path)
        return ((None if found is None else key(found)) in keys) == inside

    return Term(f"{path} {'IN' if inside else 'NOT IN'} ({', '.join(literals)})", holds)


def like(path: str, pattern: str, *, minds_case: bool = False) -> Term:
    r"""``pattern`` as it stands in the statement, without its quotes: ``%``, ``_``, ``\%``, ``\\``."""
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern)
    wanted = re.compile(
        "".join(wild.get(p) or re.escape(p[-1]) for p in pieces), re.DOTALL if minds_case else re.I | re.S
    )

    def holds(row: Row) -> bool:
        found = value(row, path)
        return found is not None and wanted.fullmatch(found) is not None

    return Term(f"{path} LIKE '{pattern}'", holds)


def includes(path: str, choices: Sequence[str], *, included: bool) -> Term:
    def holds(row: Row) -> bool:
        found = set((value(row, path) or "").lower().split(";")) - {""}
        hit = any(set(choice.lower().split(";")) <= found for choice in choices)
        return hit == included

    word = "INCLUDES" if included else "EXCLUDES"
    return Term(f"{path} {word} ({', '.join(map(quoted, choices))})", holds)


# Dates


def local_day(found: Any) -> date:
    """A date is itself, an instant the day that the user's clock shows."""
    return found.astimezone(ZONE).date() if isinstance(found, datetime) else found


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


# How many periods lie between two days is the difference of their numbers.
PERIODS: dict[str, Callable[[date], int]] = {
    "DAY": date.toordinal,
    "WEEK": lambda day: day.toordinal() // 7,  # ordinal 7 was a Sunday
    "MONTH": _month,
    "QUARTER": lambda day: _month(day) // 3,
    "YEAR": lambda day: day.year,
    "FISCAL_QUARTER": lambda day: (_month(day) - (FISCAL_MONTH - 1)) // 3,
    "FISCAL_YEAR": lambda day: (_month(day) - (FISCAL_MONTH - 1)) // 12,
}


def in_span(path: str, sign: str, literal: str) -> Term:
    """``CreatedDate >= LAST_N_MONTHS:3``."""
    unit, low, high = _span(*literal.partition(":")[::2])
    number = PERIODS[unit]

    def holds(row: Row) -> bool:
        found = value(row, path)
        if found is None:
            return sign == "!="
        away = number(local_day(found)) - number(TODAY)
        within = low <= away <= high
        return {
            "=": within,
            "!=": not within,
            "<": away < low,
            "<=": away <= high,
            ">": away > high,
            ">=": away >= low,
        }[sign]

    return Term(f"{path} {sign} {literal}", holds)


def _span(name: str, count: str) -> tuple[str, int, int]:
    """(unit, first, last) in periods from the one of today."""
    fixed = {
        "TODAY": (0, 0),
        "YESTERDAY": (-1, -1),
        "TOMORROW": (1, 1),
        "LAST_90_DAYS": (-90, 0),
        "NEXT_90_DAYS": (1, 90),
    }
    if name in fixed:
        return "DAY", *fixed[name]
    n = int(count or 1)
    unit = re.sub(r"^(LAST|NEXT|THIS)_(N_)?|^N_|_AGO$", "", name)
    unit = unit.removesuffix("S") if count else unit
    if name.startswith("THIS"):
        return unit, 0, 0
    if name.startswith("NEXT"):
        return unit, 1, n
    if name.endswith("_AGO"):
        return unit, -n, -n
    return unit, -n, 0 if unit == "DAY" else -1


def _fiscal(day: date) -> tuple[int, int]:
    """(year, month of it), the year named after the one in which it ends."""
    month = (day.month - FISCAL_MONTH) % 12 + 1
    return day.year + (day.month >= FISCAL_MONTH), month


FUNCTIONS: dict[str, Callable[[Any], int]] = {
    "CALENDAR_YEAR": lambda day: day.year,
    "CALENDAR_QUARTER": lambda day: 1 + (day.month - 1) // 3,
    "CALENDAR_MONTH": lambda day: day.month,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": lambda day: day.timetuple().tm_yday,
    "FISCAL_YEAR": lambda day: _fiscal(day)[0],
    "FISCAL_QUARTER": lambda day: 1 + (_fiscal(day)[1] - 1) // 3,
    "FISCAL_MONTH": lambda day: _fiscal(day)[1],
    "WEEK_IN_MONTH": lambda day: 1 + (day.day - 1) // 7,
    "WEEK_IN_YEAR": lambda day: 1 + (day.timetuple().tm_yday - 1) // 7,
    "HOUR_IN_DAY": lambda at: at.hour,
}


def function_of(row: Row, name: str, path: str, *, local: bool) -> int | None:
    found = value(row, path)
    if found is None:
        return None
    return FUNCTIONS[name](found.astimezone(ZONE) if local else found)


def of_date(name: str, path: str, sign: str, wanted: int, *, local: bool) -> Term:
    argument = f"convertTimezone({path})" if local else path
    inner = compared("x", sign, str(wanted), wanted)
    return Term(
        f"{name}({argument}) {sign} {wanted}",
        lambda row: inner.holds({"x": function_of(row, name, path, local=local)}),
    )


# Logic


def negated(term: Term) -> Term:
    return Term(f"(NOT {term.soql})", lambda row: not term.holds(row))


def every(terms: Sequence[Term]) -> Term:
    return Term(f"({' AND '.join(t.soql for t in terms)})", lambda row: all(t.holds(row) for t in terms))


def some(terms: Sequence[Term]) -> Term:
    return Term(f"({' OR '.join(t.soql for t in terms)})", lambda row: any(t.holds(row) for t in terms))


# Order


def ordered(rows: Sequence[Row], orders: Sequence[tuple[str, bool, bool]], key: Callable[[str, Any], Any]) -> list[Row]:
    """``orders``: (path, descending, nulls last), the first weighs most; equal rows stay as they are."""
    found = list(rows)
    for path, descending, nulls_last in reversed(orders):
        keyed = [(None if (one := value(row, path)) is None else key(path, one), row) for row in found]
        nulls = [row for sort_key, row in keyed if sort_key is None]
        present = [pair for pair in keyed if pair[0] is not None]
        rest = [row for _, row in sorted(present, key=itemgetter(0), reverse=descending)]
        found = rest + nulls if nulls_last else nulls + rest
    return found
