"""When a DYNAMIC list becomes a static one (§9.5) [S:crm-lists.v3]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.loopback.hubspot.errors import validation
from connectors.loopback.hubspot.instants import DAY_MS, to_ms

DATE, INACTIVITY = "CONVERSION_DATE", "INACTIVITY"
_LAST_YEAR, _MOST_UNITS = 9999, 100_000  # UNCONFIRMED: far beyond any list, and still a moment
_DAYS = {"DAY": 1, "WEEK": 7, "MONTH": 30}


def requested(body: Mapping[str, Any]) -> dict[str, Any]:
    """``{"conversionType": "CONVERSION_DATE", "year", "month", "day"}`` or ``{"conversionType": "INACTIVITY",
    "timeUnit", "offset"}``; 400 for anything else."""
    match body.get("conversionType"):
        case "CONVERSION_DATE":
            year, month, day = (_number(body, name) for name in ("year", "month", "day"))
            try:
                datetime(year, month, day, tzinfo=UTC)
            except (ValueError, OverflowError):
                raise validation("year, month and day are no date") from None
            if not 1970 <= year < _LAST_YEAR:
                raise validation("the date is outside of what a calendar of lists knows")
            return {"conversionType": DATE, "year": year, "month": month, "day": day}
        case "INACTIVITY":
            if body.get("timeUnit") not in _DAYS:
                raise validation(f"timeUnit must be one of {', '.join(_DAYS)}")
            offset = _number(body, "offset")
            if not 1 <= offset <= _MOST_UNITS:
                raise validation(f"offset must be between 1 and {_MOST_UNITS}")
            return {"conversionType": INACTIVITY, "offset": offset, "timeUnit": body["timeUnit"]}
    raise validation(f"conversionType must be {DATE} or {INACTIVITY}")


def due(wanted: Mapping[str, Any], last_active: int, zone: str) -> int:
    """Epoch ms of the conversion: the start of the day in the portal, or so long after the list gained a
    member last."""
    if wanted["conversionType"] == DATE:
        start = datetime(wanted["year"], wanted["month"], wanted["day"], tzinfo=ZoneInfo(zone))
        return to_ms(start.astimezone(UTC))
    return last_active + int(wanted["offset"]) * _DAYS[wanted["timeUnit"]] * DAY_MS


def _number(body: Mapping[str, Any], name: str) -> int:
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, int):
        raise validation(f"{name} must be a whole number")
    return number
