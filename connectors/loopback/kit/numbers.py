"""Whole numbers in texts: what a client sends is one or it is not."""

from __future__ import annotations

import re
from typing import Any

_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def whole(value: Any) -> int | None:
    """The number that a JSON number or a text of ASCII digits says, with "-" before it or not; None for anything else:
    true, 1.5, "1_0", "+5", " 10 ", "1e1", digits of other scripts, more digits than a Long has."""
    if isinstance(value, str):
        return int(value) if _WHOLE.fullmatch(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def told(name: str, value: Any, least: int = 0) -> int:
    """The number that a control endpoint or a setting was sent; ValueError with a sentence for what is none."""
    number = whole(value)
    if number is None or number < least:
        raise ValueError(f'"{name}" must be a whole number of at least {least}, not {value!r}.')
    return number
