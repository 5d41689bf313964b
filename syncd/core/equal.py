"""Raw values compared by what they mean."""

from __future__ import annotations

from datetime import datetime

from syncd.core.types import Raw


def same(live: Raw, ours: Raw) -> bool:
    """Equal by value: numbers and instants in any notation; unset and empty text are one."""
    if live in (None, "") or ours in (None, ""):
        return live in (None, "") and ours in (None, "")
    if live == ours:
        return True
    a, b = str(live).strip(), str(ours).strip()
    if a.lower() == b.lower() and (isinstance(live, bool) or isinstance(ours, bool)):
        return True
    return a == b or _number(a) == _number(b) != None or _moment(a) == _moment(b) != None  # noqa: E711 - chained


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
