"""Rows of a table as what they tell of past leads: a person as it was, something it did, what sales said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from syncd.core.history import LABELS
from syncd.core.mapping import from_raw
from syncd.core.rules import KindMap
from syncd.core.types import Raw
from syncd.core.whatif import raw_of, remote_of
from syncd.core.zones import zone

PEOPLE, ACTIVITIES, OUTCOMES = WHATS = ("people", "activities", "outcomes")

KINDS = tuple(kind for kind in LABELS if kind != "product")
"""What the product saw has a source of its own."""

STAGES = {
    "accepted": "sal", "sql": "sql", "opportunity": "opportunity", "won": "customer", "lost": "lost", "recycled": "recycled",
    "unreachable": "unreachable", "trash": "trash",
}  # fmt: skip
"""What sales may have said of a lead → the stage that it amounts to."""

_PERSON = ("id", "person", "contact_id", "lead_id", "email")
_AT = ("at", "time", "date", "timestamp", "created_at", "created")

_EARLIEST, _LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """How one table is read. Columns are named as in its header.

    what       people, activities, outcomes
    person     the column that says who it is
    at, on     the column that says when, or the time of all rows
    kind       of an activity: one of `KINDS`, or the column that says it; of an outcome likewise one of `STAGES`
    title, url columns of an activity, "" for none
    fields     canonical field → column
    where      column → values: only rows that have one of them, in each
    empty      texts that mean: no value
    format     of times that are not ISO 8601, as strptime writes it
    """

    what: str
    person: str
    at: str = ""
    on: datetime | None = None
    kind: str = ""
    title: str = ""
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    timezone: str = "UTC"
    format: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """Every column that is read → the key that names it."""
        named = {self.person: "person", self.at: "at", self.title: "title", self.url: "url"}
        if self.what != PEOPLE and self.kind not in _words(self.what):
            named[self.kind] = "kind" if self.what == ACTIVITIES else "outcome"
        named |= {column: f"fields.{name}" for name, column in self.fields.items()}
        named |= dict.fromkeys(self.where, "where")
        return {column: key for column, key in named.items() if column}


class Told(NamedTuple):
    """One row. `values`: of people raw values by remote name; `word`: kind of activity, or stage."""

    what: str
    person: str
    at: datetime
    values: Mapping[str, Raw]
    word: str = ""
    title: str = ""
    url: str = ""


def guess(header: Sequence[str], kind: KindMap) -> Source | str:
    """How a table is read that nobody describes, by the names of its columns; or what is missing."""
    by_name = {name.strip().lower(): name for name in reversed(header)}
    person = next((by_name[name] for name in _PERSON if name in by_name), None)
    at = next((by_name[name] for name in _AT if name in by_name), None)
    if person is None or at is None:
        lacking = "who it is about (id or email)" if person is None else "when (at, time or date)"
        return f"no column says {lacking}."
    if "outcome" in by_name:
        return Source(OUTCOMES, person, at, kind=by_name["outcome"])
    if acted := next((by_name[name] for name in ("activity", "kind") if name in by_name), None):
        return Source(ACTIVITIES, person, at, kind=acted, title=by_name.get("title", ""), url=by_name.get("url", ""))
    fields = {name: by_name[name.lower()] for name in (*kind.fields, "stage") if name.lower() in by_name}
    return Source(PEOPLE, person, at, fields=fields)


def flaws(source: Source, header: Sequence[str], kind: KindMap) -> list[tuple[str, str]]:
    """(key, what is wrong) of a description that does not fit its table or the mapping."""
    found = [
        (key, f"the table has no column “{column}”. It has: {', '.join(header)}.")
        for column, key in source.columns.items()
        if column not in header
    ]
    known = [*kind.fields, "stage"]
    found += [
        (f"fields.{name}", f"the mapping has no field “{name}”. It has: {', '.join(known)}.")
        for name in source.fields
        if remote_of(name, kind) is None
    ]
    return found


def tell(source: Source, row: Mapping[str, str], kind: KindMap) -> Told | str | None:
    """What a row tells; None for one that is not meant; in words what is wrong with it."""
    if any(row[column].strip() not in values for column, values in source.where.items()):
        return None
    person = _text(row, source.person, source)
    if not person:
        return f"nobody is named in “{source.person}”."
    at = source.on or _moment(row[source.at], source)
    if isinstance(at, str):
        return at
    if source.what == PEOPLE:
        values = _values(source, row, kind)
        return values if isinstance(values, str) else Told(PEOPLE, person, at, values)
    word = (
        source.kind if source.kind in _words(source.what) else _text(row, source.kind, source).lower().replace(" ", "_")
    )
    if word not in _words(source.what):
        return f"“{row[source.kind].strip()}” is none of: {', '.join(_words(source.what))}."
    if source.what == OUTCOMES:
        return Told(OUTCOMES, person, at, {}, STAGES[word])
    title, url = (_text(row, name, source) if name else "" for name in (source.title, source.url))
    return Told(ACTIVITIES, person, at, {}, word, title, url)


def _words(what: str) -> Sequence[str]:
    return KINDS if what == ACTIVITIES else tuple(STAGES)


def _text(row: Mapping[str, str], column: str, source: Source) -> str:
    text = row[column].strip()
    return "" if text in source.empty else text


def _values(source: Source, row: Mapping[str, str], kind: KindMap) -> dict[str, Raw] | str:
    values: dict[str, Raw] = {}
    for name, column in source.fields.items():
        text, place = _text(row, column, source), remote_of(name, kind)
        assert place is not None
        values[place] = raw_of(name, text, kind)
        fm = kind.fields.get(name)
        if text and (values[place] is None or (fm is not None and from_raw(values[place], fm) is None)):
            what = f"of the type {fm.type}" if fm is not None else f"a value of {kind.stage}"
            return f"“{column}” is “{text[:60]}”, and `{name}` is {what}."
    return values


def _moment(text: str, source: Source) -> datetime | str:
    """A time with its zone, or what is wrong."""
    text = text.strip()
    try:
        found = (
            datetime.strptime(text, source.format)  # noqa: DTZ007 - the zone comes next
            if source.format
            else datetime.fromisoformat(text)
        )
    except ValueError:
        wanted = source.format or "an ISO date or time, such as 2026-03-31 or 2026-03-31T14:05:00Z"
        return f"“{source.at}” is “{text[:60]}”, not {wanted}."
    if found.tzinfo is None:
        found = found.replace(tzinfo=_zone(source.timezone))
    found = found.astimezone(UTC)
    return found if _EARLIEST <= found < _LATEST else f"“{source.at}” is in the year {found.year}."


def _zone(name: str) -> tzinfo:
    return zone(name) or UTC
