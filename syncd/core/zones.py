"""Time zones by any of their spellings: "America/New_York", "america_slash_new_york" (hubspot.md 5, hs_timezone)."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

_NOT_A_LETTER = re.compile(r"[^a-z0-9+]")


def zone(name: str) -> ZoneInfo | None:
    """The zone that `name` means, None when it means none."""
    spelled = name.replace("_slash_", "/").replace("_hyphen_", "-").replace("_plus_", "+")
    key = _names().get(_folded(spelled))
    return ZoneInfo(key) if key else None


def hours_ahead(there: ZoneInfo, here: ZoneInfo, now: datetime) -> float:
    """By how many hours the clocks of `there` are ahead of those of `here` at `now`; negative when behind."""
    apart = now.astimezone(there).replace(tzinfo=None) - now.astimezone(here).replace(tzinfo=None)
    return apart.total_seconds() / 3600


def _folded(name: str) -> str:
    return _NOT_A_LETTER.sub("", name.strip().lower())


@functools.cache
def _names() -> dict[str, str]:
    """Folded name → IANA name. Read once, so that a strange name never becomes a path."""
    return {_folded(name): name for name in sorted(available_timezones())}
