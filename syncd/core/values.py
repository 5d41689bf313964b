"""Canonical values as conditions, mappings and sentences look at them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from decimal import Decimal

from syncd.core.types import Value

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
"""What counts as a number: "01234" is a postal code."""


def is_blank(value: Value) -> bool:
    """No value at all. Zero and False are values."""
    return value is None or value == "" or value == ()


def items_of(value: object) -> tuple[object, ...]:
    """The elements of a list; anything else is its own only one."""
    return value if isinstance(value, tuple) else (value,)


def text_of(value: object) -> str:
    """A value as rules write it: "true" and "false" for booleans."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def number_of(value: object) -> Decimal | None:
    """The number that a value is or writes; None when it is none."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return _written(text_of(value))


@functools.lru_cache(maxsize=4096)
def _written(text: str) -> Decimal | None:
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def key_of(value: object) -> object:
    """What makes two values the same: the number they write, else the text without case."""
    if isinstance(value, str) and not value[:1].isdecimal() and value[:1] != "-":
        return value.strip().casefold()
    as_number = number_of(value)
    return as_number if as_number is not None else text_of(value).strip().casefold()


def name_of(profile: Mapping[str, object]) -> str:
    """First and last name, "" when neither is known."""
    return " ".join(str(profile[n]) for n in ("first_name", "last_name") if profile.get(n))
