"""toLabel() and FORMAT(): values as a user of the org's language and locale sees them.

The emulated org has one language, so a label is what describe gives; FORMAT knows en_US.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import Field
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.nodes import Call, Path
from connectors.loopback.salesforce.soql.scope import Column, Scope

Show = Callable[[Any], Any]
_NO_DECIMALS = 0
_CURRENCY_DECIMALS = 2


def labelled(call: Call, scope: Scope) -> Column:
    """The field that toLabel() or FORMAT() takes."""
    if not isinstance(call.argument, Path):
        raise not_emulated(f"{call.written}() of a function")
    return scope.column(call.argument)


def column(call: Call, scope: Scope) -> Column:
    """``WHERE toLabel(Status) = 'le Draft'``: the label as a column of its own."""
    found = labelled(call, scope)
    entries = [entry for entry in found.field.picklist if entry["label"] != entry["value"]]
    if not entries:
        return found
    quoted = [(entry["value"].replace("'", "''"), entry["label"].replace("'", "''")) for entry in entries]
    cases = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in quoted)
    return found.replaced(f"(CASE {found.sql} {cases} ELSE {found.sql} END) COLLATE NOCASE")


def label_of(field: Field) -> Show:
    """A stored value to its label; of a multi-select picklist each one."""
    known: dict[str, str] = {entry["value"].lower(): entry["label"] for entry in field.picklist}

    def one(value: str) -> str:
        return known.get(value.lower(), value)

    if field.type == "multipicklist":
        return lambda value: None if value is None else ";".join(map(one, value.split(";")))
    return lambda value: None if value is None else one(value)


def format_of(field: Field, locale: str, zone: ZoneInfo, currency: str) -> Show:
    """A stored value as en_US shows it: ``4/10/2025, 3:31 PM``, ``$44,000.00``."""
    if locale != "en_US" or (field.type == "currency" and currency != "USD"):
        raise not_emulated(f"FORMAT() in the locale {locale}")
    show = _FORMATS.get(field.type)
    if show is None:
        raise errors.malformed(f"FORMAT() is not supported on the field {field.name}")

    def shown(value: Any) -> Any:
        return None if value is None else show(value, field, zone)

    return shown


def _date(value: str, field: Field, zone: ZoneInfo) -> str:
    day = date.fromisoformat(value)
    return f"{day.month}/{day.day}/{day.year}"


def _datetime(value: str, field: Field, zone: ZoneInfo) -> str:
    at = values.from_stamp(value).astimezone(zone)
    return f"{at.month}/{at.day}/{at.year}, {_clock(at)}"


def _clock(at: datetime) -> str:
    return f"{(at.hour - 1) % 12 + 1}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"


def _amount(value: float, field: Field, zone: ZoneInfo) -> str:
    return f"{'-' if value < 0 else ''}${abs(value):,.{_CURRENCY_DECIMALS}f}"


def _percent(value: float, field: Field, zone: ZoneInfo) -> str:
    return f"{_number(value, field, zone)}%"


def _number(value: float, field: Field, zone: ZoneInfo) -> str:
    return f"{value:,.{field.scale or _NO_DECIMALS}f}"


_FORMATS: dict[str, Callable[[Any, Field, ZoneInfo], str]] = {
    "currency": _amount,
    "date": _date,
    "datetime": _datetime,
    "double": _number,
    "int": _number,
    "percent": _percent,
}
