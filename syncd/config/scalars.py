"""The kinds of single values a configuration is made of, with their JSON Schema and their own sentences."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from syncd.config.days_off import holidays_in
from syncd.config.lines import Where
from syncd.config.secrets import looks_secret
from syncd.core.calendars import Work
from syncd.core.hosts import is_this_machine
from syncd.core.zones import zone

OWN = "syncd"
"""Type of the errors whose message already is the sentence; `fix` in their context is the fix."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = r"^\s*([0-9]+)\s*([smhdw])\s*$"
_CENTURY = timedelta(days=36_525)
"""Any moment less or plus this is still one that a calendar has."""

_WORKING = r"^\s*([0-9]+)\s*([mhd])\s*$"

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = f"({_TIME})-({_TIME}|24:00)"
_BARE = r"[A-Za-z0-9_-]+"


def wrong(sentence: str, fix: str = "") -> PydanticCustomError:
    """A complaint that starts with the key's name, which the reader of the error puts in front."""
    return PydanticCustomError(OWN, "{sentence}", {"sentence": sentence, "fix": fix})


def show(value: object) -> str:
    """A value as it may be shown: short, on one line, and never a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if looks_secret(value):
            return "a hidden text"
        return '"' + (value if len(value) <= 60 else value[:59] + "…").replace("\n", "\\n") + '"'
    if isinstance(value, int | float | date | datetime):
        return f"{value}" if len(f"{value}") <= 60 else "a very long number"
    return "a list" if isinstance(value, list) else "a table" if isinstance(value, dict) else "this"


def named(key: object) -> str:
    """A key as it may be shown."""
    text = show(str(key))
    return f"`{text[1:-1]}`" if text.startswith('"') else "a hidden key"


def table_name(where: Where) -> str:
    """The table at a place as a header writes it: [route], [qualify.fit]."""
    keys = [str(part) for part in where if isinstance(part, str)]
    return f"[{'.'.join(show(key) if not re.fullmatch(_BARE, key) or looks_secret(key) else key for key in keys)}]"


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):  # a default
        return value
    fix = 'Write a number and a unit: "60s", "15m", "4h", "30d", "2w".'
    if not isinstance(value, str) or not (found := re.match(_DURATION, value, re.ASCII)):
        raise wrong(f"must be a duration, not {show(value)}.", fix)
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except (OverflowError, ValueError):
        raise wrong("is longer than any calendar.", fix) from None


def _some_time(value: timedelta) -> timedelta:
    if not value:
        raise wrong("must be longer than nothing.")
    if value > _CENTURY:
        raise wrong("is longer than a century.")
    return value


def _working(value: Any) -> Work:
    fix = 'Write working minutes, hours or days: "30m", "4h", "10d".'
    if not isinstance(value, str) or not (found := re.match(_WORKING, value, re.ASCII)):
        raise wrong(f"must be a length of working time, not {show(value)}.", fix)
    count, unit = int(found[1][:9]), found[2]
    _some_time(timedelta(days=count) if unit == "d" else timedelta(**{_UNITS[unit]: count}))
    return Work(count) if unit == "d" else Work(time=timedelta(**{_UNITS[unit]: count}))


def _maybe_working(value: Any) -> Work | None:
    return None if value == "" else _working(value)


def _day_off(value: Any) -> str:
    """The name of a region, or a date as text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise wrong(f"must be a region or a date, not {show(value)}.", 'Write it like "DE-BE", or 2026-12-24 without quotes.')
    try:
        holidays_in(value.strip())
    except ValueError as error:
        raise wrong(f"is no region whose holidays are known: {show(value)}.", str(error)) from None
    return value.strip()


def _pattern(value: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "possible nested set": valid today
            re.compile(value)
    except re.error as error:
        place = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise wrong(
            f"is not a valid regular expression: {error.msg}{place}.",
            "In 'single quotes' TOML leaves backslashes alone.",
        ) from None
    except (OverflowError, RecursionError):
        raise wrong("is not a valid regular expression: it is too large.") from None
    return value


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _scalar(value: Any) -> str:
    """Text, number or yes/no as the text that comparisons see."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value}"
    if isinstance(value, str):
        return value
    raise wrong(f"must be a text, a number, true or false, not {show(value)}.")


def _raw(value: Any) -> str | int | float | bool:
    if isinstance(value, str | int | float | bool):
        return value
    raise wrong(f"must be a text, a number, true or false, not {show(value)}.")


def _day(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise wrong(f"must be a date, not {show(value)}.", "Write it without quotes: 2026-11-01.")


def _hours(value: Any) -> tuple[time, time]:
    fix = 'Write both times of a day: "09:00-17:30".'
    found = re.fullmatch(_HOURS, value, re.ASCII) if isinstance(value, str) else None
    if found is None:
        raise wrong(f"must be working hours, not {show(value)}.", fix)
    begin = time.fromisoformat(found[1])
    end = time.max if found[2] == "24:00" else time.fromisoformat(found[2])
    if begin >= end:
        raise wrong(f"end before they begin: {show(value)}.", fix)
    return begin, end


def _zone(value: str) -> str:
    found = zone(value) if value else None
    if value and found is None:
        raise wrong(f"is not a time zone: {show(value)}.", 'Write it like "Europe/Berlin".')
    return found.key if found else ""


def _clock(value: Any) -> time:
    if not isinstance(value, str) or not re.fullmatch(_TIME, value, re.ASCII):
        raise wrong(f"must be a time of day, not {show(value)}.", 'Write it like "08:00".')
    return time.fromisoformat(value)


def _endpoint(value: str) -> str:
    parts = _parts(value)
    if parts is None:
        raise wrong(f"must be an address, not {show(value)}.", "Write it like https://hooks.acme.example/syncd.")
    if _is_open(parts):
        raise wrong("would send what it tells unencrypted.", "Only this machine may use http; write https://…")
    return value


def _url(value: str) -> str:
    parts = _parts(value)
    if parts is None or parts.path not in ("", "/") or parts.query:
        raise wrong(
            f"must be an address without a path, not {show(value)}.",
            "Write it like https://api.hubapi.com.",
        )
    if _is_open(parts):
        raise wrong(
            "would send secrets unencrypted.",
            "Only the sandbox on 127.0.0.1 may use http; write https://…",
        )
    return value.rstrip("/")


def _parts(value: str) -> SplitResult | None:
    """An address of the web that names nobody and no place within a page; None for any other."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise wrong(f"is not an address: {show(value)}.") from None
    of_the_web = parts.scheme in ("http", "https") and parts.hostname
    return parts if of_the_web and not (parts.username or parts.password or parts.fragment) else None


def _is_open(parts: SplitResult) -> bool:
    return parts.scheme == "http" and not is_this_machine(parts.hostname or "")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_some_time),
    WithJsonSchema({"type": "string", "pattern": _DURATION, "examples": ["60s", "4h", "30d"]}),
]
Pattern = Annotated[
    str,
    AfterValidator(_pattern),
    WithJsonSchema({"type": "string", "format": "regex"}),
]
Scalar = Annotated[
    str,
    BeforeValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Raw = Annotated[
    Any,
    BeforeValidator(_raw),
    WithJsonSchema({"type": ["string", "number", "boolean"]}),
]
Day = Annotated[
    str,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Hours = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": f"^{_HOURS}$", "examples": ["09:00-17:30"]}),
]
WeekDay = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_EXAMPLES = ["30m", "4h", "10d"]
Working = Annotated[
    Work,
    BeforeValidator(_working),
    WithJsonSchema({"type": "string", "pattern": _WORKING, "examples": _EXAMPLES}),
]
MaybeWorking = Annotated[
    Work | None,
    BeforeValidator(_maybe_working),
    WithJsonSchema({"type": "string", "pattern": f"{_WORKING}|^$", "examples": [*_EXAMPLES, ""]}),
]
DayOff = Annotated[str, BeforeValidator(_day_off), WithJsonSchema({"type": "string", "examples": ["DE-BE", "US"]})]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$", "examples": ["08:00"]}),
]
Endpoint = Annotated[str, AfterValidator(_endpoint), WithJsonSchema({"type": "string", "format": "uri"})]
Zone = Annotated[str, AfterValidator(_zone)]
Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "uri"})]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Percent = Annotated[int, Field(ge=0, le=100)]
OneOrMany = BeforeValidator(_one_or_many)
