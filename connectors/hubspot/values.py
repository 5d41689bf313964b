"""Values on HubSpot's wire: everything is text [hubspot.md 3]."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from syncd.core.types import Raw

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9]{1,20}")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6])>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def is_id(text: str) -> bool:
    """Record ids are decimal numbers; nothing else is ever put into a request as one."""
    return _ID.fullmatch(text) is not None


def instant(text: str | None) -> datetime | None:
    """A moment as HubSpot writes it: ISO 8601 with or without a fraction, or epoch milliseconds (some write
    echoes [hubspot.md 3.2]); None for anything else."""
    if not text:
        return None
    try:
        if text.lstrip("-").isdecimal():
            return _EPOCH + timedelta(milliseconds=int(text))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def milliseconds(moment: datetime) -> int:
    """Epoch milliseconds, the form that search filters take."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire(value: Raw) -> str:
    """A scalar as HubSpot takes it. None clears: JSON null is UNCONFIRMED, the empty text is not [3.3]."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else format(value, "f").rstrip("0")
        case _:
            return value


def markup(text: str) -> str:
    """Plain text for a field that HubSpot shows as HTML (bodies of notes, tasks, calls, meetings)."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def plain(text: str) -> str:
    """The text of such a field."""
    if "<" not in text and "&" not in text:
        return text
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", text))).splitlines()
    return "\n".join(line.strip() for line in lines).strip()
