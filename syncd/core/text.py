"""Text as remote systems count it, and the plain phrases of briefs and explanations.

Lengths are UTF-16 units, the unit of Salesforce and HubSpot limits: "é" is 1, an emoji 2 or more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

_NEWLINES = re.compile("\r\n?|[\x85\u2028\u2029]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, all but tab and newline
    "\u202a-\u202e\u2066-\u2069"  # bidirectional overrides and isolates: they can make a text lie
    "\ufeff\ufffe\uffff\ud800-\udfff]"  # byte order marks, non-characters, halves of pairs
)

_ZERO_WIDTH_JOINER = "\u200d"
_VIRAMA = 9  # the combining class of signs that bind two consonants into one letter
_EXTENDING = frozenset({"Mn", "Me", "Mc"})
_BREAKS = re.compile(r"\s+")


def clean(text: str) -> str:
    """`text` without what no system stores safely (reliability.md F38); line ends become a newline."""
    if text.isprintable():
        return text
    return _UNWANTED.sub("", _NEWLINES.sub("\n", text))


def utf16(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """The longest start of `text` with at most `limit` units that ends between two graphemes."""
    end = _units_end(text, limit)
    if end == len(text):
        return text
    while end and not _breaks_at(text, end):
        end -= 1
    return text[:end]


def cut(text: str, limit: int, note: str = "") -> tuple[str, bool]:
    """(text, was it cut) with at most `limit` units, ended at a line or word where one is near, `note` appended."""
    if utf16(text) <= limit:
        return text, False
    if utf16(note) > limit:
        note = ""
    kept = clip(text, limit - utf16(note))
    if len(kept) < len(text) and not text[len(kept)].isspace():
        kept = _back_to_a_break(kept)
    return kept.rstrip() + note, True


def _units_end(text: str, limit: int) -> int:
    """How many characters of `text` fit into `limit` units."""
    if utf16(text[: limit + 1]) <= limit:
        return len(text)
    units = 0
    for index, char in enumerate(text):
        units += 2 if char > "\uffff" else 1
        if units > limit:
            return index
    return len(text)


def _breaks_at(text: str, index: int) -> bool:
    """Whether a grapheme ends before `index`: the rules of Unicode TR29 that matter for people's text."""
    before, after = text[index - 1], text[index]
    if before.isascii() and after.isascii():
        return (before, after) != ("\r", "\n")
    if before == _ZERO_WIDTH_JOINER or _extends(after) or unicodedata.combining(before) == _VIRAMA:
        return False
    if _is_regional(before) and _is_regional(after):
        return _regional_run(text, index) % 2 == 0
    return not (_is_hangul_tail(after) or (_is_hangul_lead(before) and _is_hangul(after)))


def _extends(char: str) -> bool:
    return (
        char in "\u200c\u200d\u0e33\u0eb3"  # joiners; the Thai and Lao vowel "am"
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags, as in the flag of Scotland
        or "\uff9e" <= char <= "\uff9f"
        or unicodedata.category(char) in _EXTENDING
    )


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _regional_run(text: str, end: int) -> int:
    start = end
    while start and _is_regional(text[start - 1]):
        start -= 1
    return end - start


def _is_hangul_lead(char: str) -> bool:
    return "\u1100" <= char <= "\u115f"


def _is_hangul_tail(char: str) -> bool:
    return "\u1160" <= char <= "\u11ff"


def _is_hangul(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\uac00" <= char <= "\ud7a3"


def _back_to_a_break(kept: str) -> str:
    """`kept` up to its last newline, else its last space, if that lies in its last quarter."""
    floor = len(kept) * 3 // 4
    newline = kept.rfind("\n", floor)
    if newline > 0:
        return kept[:newline]
    spaces = list(_BREAKS.finditer(kept, floor))
    return kept[: spaces[-1].start()] if spaces else kept


# ---------------------------------------------------------------- phrases
def plural(count: int, one: str, many: str = "") -> str:
    """A count and its noun: "1 visit", "3 visits"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listing(words: Sequence[str], last: str = "and") -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def system(name: str) -> str:
    """A system as it writes itself: "HubSpot"."""
    return {"hubspot": "HubSpot", "salesforce": "Salesforce", "product": "Product"}.get(name, name)


def day(at: datetime) -> str:
    """The day in the zone of `at`: "Tue 3 Nov 2026"."""
    return f"{at:%a} {at.day} {at:%b %Y}"


def minute(at: datetime) -> str:
    """The minute in the zone of `at`: "Tue 3 Nov 2026, 14:05"."""
    return f"{day(at)}, {at:%H:%M}"


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit: "30 days", "4 hours", "90 minutes"."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return plural(seconds // size, unit)
    return plural(seconds, "second")


def rough(length: timedelta) -> str:
    """A length of time to the minute, which never speaks of days, since working days differ: "40 seconds", "26 h 5 min"."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return plural(seconds, "second")
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return plural(minutes, "minute")
    return f"{hours:,} h {minutes} min" if minutes else plural(hours, "hour")


def ago(at: datetime, now: datetime) -> str:
    """How long ago, roughly: "today", "yesterday", "5 days ago", "3 months ago"."""
    days = (now.date() - at.astimezone(now.tzinfo).date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    if days < 60:
        return f"{days} days ago"
    if days < 730:
        return f"{days // 30} months ago"
    return f"{days // 365} years ago"


def number(value: float) -> str:
    """A number for people: "60" for 60.0, "2.5" for 2.5, "1,200" for 1200."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"


def quoted(value: object) -> str:
    """A value in a sentence: "“Berlin”", and "nothing" for none."""
    return "nothing" if value in (None, "") else f"“{value}”"
