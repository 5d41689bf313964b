"""Values on the wire and in the store.

The store keeps booleans as 0/1, numbers as numbers, everything else as text; dates
("2026-05-06") and datetimes ("2026-05-06T11:27:37.000+0000", always UTC) in their wire form,
whose text order is their time order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from connectors.loopback.salesforce.errors import RecordError

BOOLEAN_TYPES = frozenset({"boolean"})
INTEGER_TYPES = frozenset({"int", "long"})
DOUBLE_TYPES = frozenset({"double", "currency", "percent"})
NUMBER_TYPES = INTEGER_TYPES | DOUBLE_TYPES
ID_TYPES = frozenset({"id", "reference"})
COMPOUND_TYPES = frozenset({"address", "location"})

_DATETIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}",
    re.ASCII,
)


@lru_cache(maxsize=256)
def stamp(at: datetime) -> str:
    """A system field's datetime: whole seconds, offset without a colon [sheet 3]."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def from_stamp(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def parse_datetime(text: str) -> datetime | None:
    """An ISO 8601 datetime in UTC, seconds kept; None when it is none, or not of the years 1700 to
    4000 [sheet 6]. No zone means UTC.
    """
    found = _DATETIME.fullmatch(text.strip())
    if not found:
        return None
    day, clock, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{zone or '+00:00'}").astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return at if 1700 <= at.year <= 4000 else None


def parse_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


@lru_cache(maxsize=1_024)
def is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return True


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def to_store(value: Any, field_type: str, name: str) -> Any:
    """A JSON value as the store keeps it; an empty string is null (UNCONFIRMED).

    Raises RecordError JSON_PARSER_ERROR when the value does not fit the type.
    """
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        raise RecordError("JSON_PARSER_ERROR", f"Cannot deserialize {name} from an object")
    convert: Callable[[Any], Any] = _CONVERTERS.get(field_type, _text)
    try:
        return convert(value)
    except (OverflowError, TypeError, ValueError):
        kind = "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER"
        raise RecordError(
            "JSON_PARSER_ERROR",
            f"Cannot deserialize instance of {field_type} from {kind} value {value} "
            "or request may be missing a required field",
        ) from None


def loader(field_type: str) -> Callable[[Any], Any] | None:
    """What a stored value passes on its way out; None when it goes as it is."""
    if field_type in BOOLEAN_TYPES:
        return bool
    if field_type in DOUBLE_TYPES:
        return java_double
    if field_type == "complexvalue":
        return _complex
    return None


def _complex(value: str | None) -> Any:
    """Kept as JSON text, sent as the object that it is."""
    return None if value is None else orjson.Fragment(value)


@lru_cache(maxsize=65_536)
def java_double(value: float | None) -> Any:
    """A double as Java prints it: 1.0E7 from ten million up [sheet 3]."""
    if value is None or value == 0 or 1e-3 <= abs(value) < 1e7:
        return value
    exponent = math.floor(math.log10(abs(value)))
    mantissa = repr(float(value) / 10**exponent)
    if float(mantissa) * 10**exponent != value:
        mantissa = format(float(value), ".16e").split("e")[0].rstrip("0")
    if mantissa.endswith("."):
        mantissa += "0"
    return orjson.Fragment(f"{mantissa}E{exponent}".encode())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _boolean(value: Any) -> int:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise TypeError
    return int(value)


def _integer(value: Any) -> int:
    number = _double(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _double(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError  # Python reads more than Java: 1_000, १२
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _date(value: Any) -> str:
    """A datetime's day is accepted for a date field."""
    day = parse_date(value) or parse_date(value[:10]) if isinstance(value, str) else None
    if day is None or (len(value) > 10 and parse_datetime(value) is None):
        raise ValueError
    return day.isoformat()


def _datetime(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    at = parse_datetime(value)
    if at is None:
        raise ValueError
    return stamp(at)


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "int": _integer,
    "long": _integer,
    "double": _double,
    "currency": _double,
    "percent": _double,
    "date": _date,
    "datetime": _datetime,
}
