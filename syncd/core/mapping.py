"""Raw values to canonical ones and back, as the mapping says.

    reading   picklist value → ours, else transforms, then the field's type
    writing   the field's type, ours → picklist value, else transforms, then cut to the field's length

Nothing here raises: what cannot be read as its type is None, as if the field had no value.

| type     | canonical       | raw, as written                        | raw, as also understood                         |
|----------|-----------------|----------------------------------------|-------------------------------------------------|
| text     | str             | "…"                                    | numbers and booleans                            |
| number   | int or float    | 12, 12.5                               | "12.5"                                          |
| money    | Decimal         | 12, 12.5                               | "12.50"                                         |
| bool     | bool            | true                                   | "true", "yes", "1"                              |
| date     | date            | "2026-11-03"                           | an instant (its UTC day), epoch ms              |
| datetime | aware UTC       | "2026-11-03T14:05:00.000Z"             | any ISO offset, "+0000", epoch ms               |
| list     | tuple of str    | "a;b"                                  | ";a;b"                                          |

The raw forms are those of hubspot.md 3.2, 3.3 and salesforce.md 11; HubSpot's connector makes strings of the scalars.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from syncd.core.countries import country
from syncd.core.rules import FieldMap, KindMap
from syncd.core.text import clean, clip
from syncd.core.types import Raw, Record, Value
from syncd.core.values import is_blank


def canonical(record: Record, kind: KindMap) -> dict[str, Value]:
    """Our values of a record, for the fields that are read (direction in or both).

    A field that the record does not show at all is absent; one without a value is there and blank. `stage` and
    `work_status` come from the kind's stage and status fields; a value that these do not list is None.
    """
    raw = record.fields
    values: dict[str, Value] = {
        name: None if (said := raw[fm.remote]) is None else from_raw(said, fm)
        for name, fm in kind.fields.items()
        if fm.direction != "out" and fm.remote in raw
    }
    if kind.stage in raw:
        values.setdefault("stage", kind.stages.get(_text(raw[kind.stage])))
    if kind.status in raw:
        status = kind.statuses.get(_text(raw[kind.status]))
        values.setdefault("work_status", status.work if status else None)
    return values


def remote(
    values: Mapping[str, Value], kind: KindMap, *, only: Iterable[str] | None = None, create: bool = False
) -> dict[str, Raw]:
    """Raw values by remote name, for the fields that are written (direction out or both), all or the named ones.

    A blank value is left out, or written as None where the mapping lets blank overwrite; a record that is created
    (`create`) gets the field's default instead.
    """
    fields = {}
    for name in kind.fields if only is None else only:
        fm = kind.fields.get(name)
        if fm is None or fm.direction == "in":
            continue
        raw = to_raw(values.get(name), fm)
        if not is_blank(raw):
            fields[fm.remote] = raw
        elif create:
            if fm.default is not None:
                fields[fm.remote] = fm.default
        elif fm.blank and name in values:
            fields[fm.remote] = None
    return fields


def from_raw(raw: Raw, fm: FieldMap) -> Value:
    """The canonical value of what the wire says; None when it says nothing or nothing of the field's type."""
    if raw is None:
        return None
    if fm.type == "list":
        return tuple(_read_word(item, fm) for item in _text(raw).split(";") if item.strip())
    if fm.values:
        text = _text(raw)
        for ours, theirs in fm.values.items():
            if theirs == text:
                return ours
    if isinstance(raw, str):
        raw = _transformed(clean(raw), fm)
    return _READERS[fm.type](raw)


def to_raw(value: Value, fm: FieldMap) -> Raw:
    """What the wire should say for a canonical value; None when it has none or does not fit the field's type."""
    if is_blank(value):
        return None
    if isinstance(value, tuple):
        return _limited(";".join(_write_word(item, fm) for item in value), fm)
    text = _text(value)
    if text in fm.values:
        return _WRITERS[fm.type](_READERS[fm.type](fm.values[text]))
    if isinstance(value, str):
        value = _READERS[fm.type](_transformed(clean(value), fm))
    raw = _WRITERS[fm.type](value)
    return _limited(raw, fm) if isinstance(raw, str) else raw


def same_value(a: Raw, b: Raw, fm: FieldMap) -> bool:
    """Whether two raw values of a field mean the same; empty ones do."""
    left, right = from_raw(a, fm), from_raw(b, fm)
    if is_blank(left) or is_blank(right):
        return is_blank(left) and is_blank(right)
    return left == right


def _read_word(text: str, fm: FieldMap) -> str:
    word = clean(text.strip())
    return next((ours for ours, theirs in fm.values.items() if theirs == word), None) or _transformed(word, fm)


def _write_word(word: str, fm: FieldMap) -> str:
    return fm.values.get(word) or _transformed(clean(word), fm)


def _limited(text: str, fm: FieldMap) -> str:
    return text if fm.length is None else clip(text, fm.length)


# ---------------------------------------------------------------- transforms
def _digits(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isdigit())


def _domain(text: str) -> str:
    """The host of an e-mail address or a web address, without "www."."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text.strip().lower()).split("/", 1)[0]
    return host.rsplit("@", 1)[-1].split(":", 1)[0].removeprefix("www.")


TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "trim": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "digits": _digits,
    "country": country,
    "domain": _domain,
}


def _transformed(text: str, fm: FieldMap) -> str:
    for name in fm.transform:
        text = TRANSFORMS[name](text)
    return text


# ---------------------------------------------------------------- types
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_DIGITS = 18
"""Longer numbers fit into no database integer."""
_EPOCH_MS = re.compile(r"-?\d{11,14}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _text(value: object) -> str:
    """`value` as a picklist would spell it: true, 5 for 5.0."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _read_number(raw: object) -> int | float | None:
    found = _read_money(raw)
    if found is None:
        return None
    if found == found.to_integral_value():
        return int(found)
    return float(found)


def _read_money(raw: object) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    text = str(raw).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.adjusted() < _DIGITS else None


def _read_bool(raw: object) -> bool | None:
    return _WORDS.get(_text(raw).strip().lower())


def _read_date(raw: object) -> date | None:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    text = _text(raw).strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        instant = _read_datetime(raw)
        return instant.date() if instant else None


def _read_datetime(raw: object) -> datetime | None:
    if isinstance(raw, datetime):
        return _utc(raw)
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    text = _text(raw).strip()
    try:
        if _EPOCH_MS.fullmatch(text):
            return _EPOCH + timedelta(milliseconds=int(text))
        return _utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


_READERS: Mapping[str, Callable[[object], Value]] = {
    "text": _text,
    "number": _read_number,
    "money": _read_money,
    "bool": _read_bool,
    "date": _read_date,
    "datetime": _read_datetime,
    "list": _text,
}


def _write_number(value: object) -> Raw:
    found = _read_money(value)
    if found is None:
        return None
    return int(found) if found == found.to_integral_value() else float(found)


def _write_date(value: object) -> Raw:
    found = _read_date(value)
    return found.isoformat() if found else None


def _write_datetime(value: object) -> Raw:
    found = _read_datetime(value)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z") if found else None


_WRITERS: Mapping[str, Callable[[object], Raw]] = {
    "text": lambda value: value.isoformat() if isinstance(value, date) else _text(value),
    "number": _write_number,
    "money": _write_number,
    "bool": _read_bool,
    "date": _write_date,
    "datetime": _write_datetime,
    "list": _text,
}
