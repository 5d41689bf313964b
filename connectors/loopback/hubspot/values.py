"""Property values on their way in: what HubSpot accepts and what it stores (§3.3, §7.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from connectors.loopback.hubspot.errors import PropertyProblem
from connectors.loopback.hubspot.instants import (
    DAY_MS,
    EPOCH,
    day,
    instant,
    is_shown,
    parse_epoch,
    parse_instant,
)
from connectors.loopback.hubspot.owners import Owners
from connectors.loopback.hubspot.pipelines import PLACES, Pipelines
from connectors.loopback.hubspot.schema import Property
from connectors.loopback.hubspot.settings import HubSpotSettings

_EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]+@[^@\s.,]+(\.[^@\s.,]+)+")
# Python reads more: 1_000, digits of other scripts.
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_EPOCH_SECONDS_BELOW = 100_000_000_000  # 1973 in milliseconds, 5138 in seconds
_MAX_TEXT = 65_536


class Restated(str):
    """A value equal to the stored one, written in another notation."""


class Values:
    """Normalises one value for one property; raises :class:`PropertyProblem`."""

    def __init__(self, settings: HubSpotSettings, owners: Owners, pipelines: Pipelines) -> None:
        self._settings = settings
        self._owners = owners
        self._pipelines = pipelines
        self._by_type: dict[str, Callable[[Property, str], str]] = {
            "number": self._number,
            "bool": self._bool,
            "date": self._date,
            "datetime": self._datetime,
        }

    def normalise(self, kind: str, definition: Property, raw: Any, current: str | None) -> str:
        """The text to store; "" means clear. ``current`` is what a leading ";" appends to."""
        text = as_text(raw)
        if text == "":
            return text
        stored = self._converted(kind, definition, text, current)
        restated = self._settings.restated_value_bumps and stored == current and text != current
        return Restated(stored) if restated else stored

    def _converted(self, kind: str, definition: Property, text: str, current: str | None) -> str:
        if definition.name == "email":
            return self.email(text)
        if definition.type == "enumeration":
            return self._enumeration(kind, definition, text, current)
        convert = self._by_type.get(definition.type, self._text)
        return convert(definition, text)

    def email(self, text: str) -> str:
        """Lower-cased, as HubSpot stores it; INVALID_EMAIL otherwise."""
        address = text.strip() if self._settings.trim_email else text
        if self._settings.lower_email:
            address = address.lower()
        if not _EMAIL.fullmatch(address):
            raise PropertyProblem("email", "INVALID_EMAIL", f"Email address {text} is invalid")
        return address

    def _number(self, definition: Property, text: str) -> str:
        if not _NUMBER.fullmatch(text.strip()):
            code = self._settings.number_error_code
            raise PropertyProblem(definition.name, code, self._settings.wording.not_a_number.format(value=text))
        return text.strip()

    def _bool(self, definition: Property, text: str) -> str:
        lowered = text.lower()
        if lowered not in ("true", "false"):
            raise self._not_an_option(definition, text)
        return lowered

    def _date(self, definition: Property, text: str) -> str:
        if day(text):
            return text
        ms = parse_epoch(text)
        if ms is None:
            ms = parse_instant(text)
        if ms is None or ms % DAY_MS or self._is_seconds(ms) or not is_shown(ms):
            raise self._not_a_date(definition, text)
        return instant(ms)[:10]

    def _datetime(self, definition: Property, text: str) -> str:
        ms = parse_epoch(text)
        if ms is not None and self._is_seconds(ms):
            raise self._not_a_date(definition, text)
        if ms is None:
            ms = parse_instant(text)
        if ms is None or not is_shown(ms):
            message = self._settings.wording.not_a_long.format(value=text)
            raise PropertyProblem(definition.name, "INVALID_LONG", message)
        return instant(ms)

    def _not_a_date(self, definition: Property, text: str) -> PropertyProblem:
        message = self._settings.wording.not_a_date.format(value=text)
        return PropertyProblem(definition.name, "INVALID_DATE", message)

    def _is_seconds(self, ms: int) -> bool:
        return self._settings.refuse_epoch_seconds and 0 < ms < _EPOCH_SECONDS_BELOW

    def _enumeration(self, kind: str, definition: Property, text: str, current: str | None) -> str:
        if not definition.multiple:
            self._check_option(kind, definition, text)
            return text
        parts = [part for part in text.split(";") if part]
        for part in parts:
            self._check_option(kind, definition, part)
        if text.startswith(";"):
            parts = [*(current or "").split(";"), *parts]
        return ";".join(dict.fromkeys(part for part in parts if part))

    def _check_option(self, kind: str, definition: Property, value: str) -> None:
        if definition.referenced == "OWNER":
            if not self._takes_owner(value):
                raise self._not_an_option(definition, value)
        elif definition.name in PLACES.get(kind, ()):
            self._check_pipeline(kind, definition, value)
        elif not definition.external_options and all(option["value"] != value for option in definition.options):
            raise self._not_an_option(definition, value)

    def _takes_owner(self, value: str) -> bool:
        match self._settings.owner_check:
            case "active":
                return self._owners.active(value)
            case "known":
                return self._owners.get(value) is not None
        return True

    def _check_pipeline(self, kind: str, definition: Property, value: str) -> None:
        is_pipeline = definition.name == PLACES[kind][0]
        known = [entry["id"] for entry in (self._pipelines.all(kind) if is_pipeline else self._pipelines.stages(kind))]
        if value not in known:
            raise _refused_option(definition, value, ", ".join(known))

    def _not_an_option(self, definition: Property, value: str) -> PropertyProblem:
        """The option list in one of the renderings of the issue threads; match on the code, never on it."""
        options = sorted(definition.options, key=lambda option: option["displayOrder"])
        if self._settings.wording.option_list == "values":
            return _refused_option(definition, value, ", ".join(str(option["value"]) for option in options))
        described = (
            f'label: "{o["label"]}"\nvalue: "{o["value"]}"\ndisplay_order: {o["displayOrder"]}\n'
            f"hidden: {str(o.get('hidden', False)).lower()}\nread_only: false\n"
            for o in options
        )
        return _refused_option(definition, value, ", ".join(described))

    def _text(self, definition: Property, text: str) -> str:
        if len(text) > _MAX_TEXT:
            raise PropertyProblem(
                definition.name,
                "VALUE_TOO_LONG",
                f"The value is {len(text)} characters long; {_MAX_TEXT} are allowed.",
            )
        return text.strip() if self._settings.trim_text else text


def _refused_option(definition: Property, value: str, listed: str) -> PropertyProblem:
    message = f"{value} was not one of the allowed options: [{listed}]"
    return PropertyProblem(definition.name, "INVALID_OPTION", message)


def as_text(raw: Any) -> str:
    """JSON numbers and booleans become the text HubSpot echoes: 15000 -> "15000"."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        return format(Decimal(repr(raw)), "f")
    return str(raw)


def split_list(value: str | None) -> list[str]:
    """The entries of a ``;`` list."""
    return [entry for entry in value.split(";") if entry] if value else []


def merge_lists(*values: str | None) -> str:
    return ";".join(dict.fromkeys(entry for value in values for entry in split_list(value)))


def midnight_ms(text: str) -> int | None:
    """Epoch ms of a stored ``YYYY-MM-DD``."""
    date_ = day(text)
    return None if date_ is None else (date_ - EPOCH.date()).days * DAY_MS
