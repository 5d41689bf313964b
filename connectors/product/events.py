"""A row of any source → an activity, or what is wrong with the row. No value that may be personal is ever shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.product.settings import SYSTEM, ProductSettings
from syncd.core.types import Activity, Ref

KIND = "product"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"seconds": timedelta(seconds=1), "milliseconds": timedelta(milliseconds=1)}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_CONTACT = re.compile(r"[0-9]{1,19}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST = 500
"""Characters of a text: an event is a line in a timeline, no document."""


class BadRow(ValueError):
    """What is wrong with a row, as the end of a sentence."""


class Reader:
    """Reads the rows of one source."""

    def __init__(self, settings: ProductSettings) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.timezone)
        self._unit = _UNITS.get(settings.times)

    def activity(self, row: Mapping[str, Any]) -> Activity | None:
        """`row` by our names of the columns. None for an event that is not wanted; raises BadRow."""
        event = _text(row.get("event"))
        if not event:
            raise BadRow("names no event")
        wanted = self._settings.events
        if wanted and event not in wanted:
            return None
        email, about = self._who(row)
        at, url, detail = self.moment(row.get("at")), _text(row.get("url")), _text(row.get("detail"))
        rid = _text(row.get("id")) or _digest(event, at.isoformat(), email, *(ref.id for ref in about), url, detail)
        name = wanted.get(event, event)
        return Activity(
            ref=Ref(SYSTEM, "event", rid),
            kind=KIND,
            at=at,
            about=about,
            email=email,
            title=f"{name}: {detail}" if detail else name,
            url=url,
        )

    def _who(self, row: Mapping[str, Any]) -> tuple[str, tuple[Ref, ...]]:
        email, contact = _text(row.get("email")).lower(), _text(row.get("contact"))
        if email and not _EMAIL.match(email):
            raise BadRow("has an e-mail address that is none")
        if contact and not _CONTACT.match(contact):
            raise BadRow("has a contact id that is no number")
        if not email and not contact:
            raise BadRow("does not say of whom it is")
        return email, (Ref(*self._settings.marketing, contact),) if contact else ()

    def moment(self, said: Any) -> datetime:
        """When: an instant. Raises BadRow."""
        if said is None or said == "":
            raise BadRow("has no time")
        try:
            at = self._moment(said)
        except (ValueError, OverflowError, TypeError):
            raise BadRow(f"has a time that is none in {self._settings.times}: {_shown(said)}") from None
        if at.year < 1990:
            raise BadRow(f"has a time before 1990: {_shown(said)}")
        return at

    def _moment(self, said: Any) -> datetime:
        if self._unit is not None:
            return _EPOCH + float(said) * self._unit
        at = said if isinstance(said, datetime) else datetime.fromisoformat(str(said).strip())
        return (at if at.tzinfo else at.replace(tzinfo=self._zone)).astimezone(UTC)


def _text(value: Any) -> str:
    """One line of text without control characters, not longer than a line in a timeline may be."""
    return "" if value is None else _CONTROL.sub(" ", str(value)).strip()[:_LONGEST]


def _shown(value: Any) -> str:
    return f"“{_text(value)[:40]}”"


def _digest(*parts: str) -> str:
    """The identity of an event without one: what it says."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()
