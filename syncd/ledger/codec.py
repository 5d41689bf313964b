"""How values stand in the ledger: JSON text, UTC milliseconds, minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain
from typing import Any, NamedTuple

import orjson

from syncd.core.types import Raw

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

GIVEN_RECORDS = (
    "json_each(?) j JOIN kind k ON k.system = j.value ->> 0 AND k.kind = j.value ->> 1 "
    "JOIN record r ON r.kind = k.id AND r.rid = j.value ->> 2"
)
"""What to select from for the records of a JSON array of refs, each of them [system, kind, id]."""


def to_json(value: Any) -> str:
    """Compact JSON text; mappings and sequences of JSON scalars."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def from_json(text: str) -> Any:
    return orjson.loads(text)


_SHORT = (('","', "\x01"), ("null,", "\x02"))
"""JSON text never holds these control characters, so each can stand for what an array of texts is full of."""

_EMAIL = "\x03"


def pack(values: Sequence[Raw], email: str | None) -> str:
    """A record's values as one text: the inside of a JSON array, shorter by a tenth when all are set, by a third when most
    are not.

    `email` is what the record's column of that name holds; a sign stands for it wherever the values say it again.
    """
    text = _inside(values)
    if email:
        text = text.replace(_inside(email), _EMAIL)
    for sequence, sign in _SHORT:
        text = text.replace(sequence, sign)
    return text


def unpack(text: str, email: str | None) -> list[Raw]:
    """What `pack` packed, with the e-mail that it was packed beside."""
    for sequence, sign in _SHORT:
        text = text.replace(sign, sequence)
    if email:
        text = text.replace(_EMAIL, _inside(email))
    values: list[Raw] = orjson.loads(f"[{text}]")
    return values


class Change(NamedTuple):
    """Of a record the value at a position, or what became of it (None)."""

    position: int | None
    was: Raw
    now: Raw


def pack_changes(changes: Iterable[Change]) -> str:
    """Changes as one text: a fact has no more room than what it says."""
    return pack(list(chain.from_iterable(changes)), None)


def unpack_changes(text: str) -> list[Change]:
    """What `pack_changes` packed."""
    parts: list[Any] = unpack(text, None)
    return list(map(Change, parts[::3], parts[1::3], parts[2::3]))


def _inside(value: str | Sequence[Raw]) -> str:
    """JSON without what encloses it: a text without its quotes, an array without its brackets."""
    return orjson.dumps(value)[1:-1].decode()


def to_address(raw: Raw) -> str | None:
    """An e-mail as an index key: trimmed, lower case, None when empty."""
    return raw.strip().lower() or None if isinstance(raw, str) else None


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime."""
    delta = moment - _EPOCH
    return delta.days * 86_400_000 + delta.seconds * 1000 + delta.microseconds // 1000


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def from_ms_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def to_day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def from_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def to_minor(amount: Decimal | None) -> int | None:
    """Hundredths. Salesforce and HubSpot both keep amounts as decimals in the currency's main unit."""
    if amount is None or not amount.is_finite():
        return None
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def from_minor(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor) / 100
