"""Record ids: 15 case-sensitive characters, or the same with a 3-character checksum.

Layout: 3 characters key prefix, 3 pod, 9 base-62 counter [sheet 11.2].
"""

from __future__ import annotations

import re
from functools import lru_cache

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CAPITALS = str.maketrans({char: "1" if "A" <= char <= "Z" else "0" for char in _DIGITS})
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)

POD = "dM0"


def to18(id15: str) -> str:
    """Append the checksum: three groups of five, bit j set when character j is A-Z."""
    return f"{id15}{_check(id15[:5])}{_check(id15[5:10])}{_check(id15[10:])}"


@lru_cache(maxsize=16_384)
def _check(group: str) -> str:
    return _CHECKSUM[int(group.translate(_CAPITALS)[::-1], 2)]


def normalize(text: object) -> str | None:
    """The 18-character form of a 15- or 18-character id; None when it is not an id.

    An 18-character id is case-insensitive to its reader: the checksum restores the case.
    """
    if not isinstance(text, str):
        return None
    if len(text) == 18 and not _SHAPE.fullmatch(text):
        text = text[:15] + text[15:].upper()
    if not _SHAPE.fullmatch(text):
        return None
    if len(text) == 15:
        return to18(text)
    return text if to18(text[:15]) == text else _restore_case(text)


def make(prefix: str, number: int) -> str:
    """The 18-character id of the ``number``-th record of this prefix."""
    counter = ""
    while number:
        number, digit = divmod(number, 62)
        counter = _DIGITS[digit] + counter
    return to18(prefix + POD + counter.rjust(9, "0"))


def _restore_case(text: str) -> str | None:
    chars = list(text[:15])
    for group, check in enumerate(text[15:]):
        mask = _CHECKSUM.index(check)
        for j in range(5):
            at = group * 5 + j
            chars[at] = chars[at].upper() if mask >> j & 1 else chars[at].lower()
    restored = to18("".join(chars))
    return restored if restored[15:] == text[15:] else None
