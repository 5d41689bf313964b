"""What changed since a moment, or answers to other filters, by search: keyset on the id, never a deep `after` [hubspot.md 4.4].

A search answers at most 10,000 rows, a bulk update stamps more than that with one millisecond, and rows that move
while we page would shift every offset. So each page asks for ids beyond the last one seen, sorted by id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.hubspot.api import SEARCH, Api, Json
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import milliseconds
from connectors.transport import Purpose
from syncd.core.errors import Unavailable

OVERLAP = timedelta(seconds=60)
"""The search index lags 2 to 30 s behind the records [hubspot.md 4.5]."""


@dataclass(frozen=True, slots=True)
class Found:
    """One search page. `last` is where the next one starts; `more` is False on the last page."""

    rows: list[Json]
    now: datetime
    last: str
    more: bool


def changed(
    api: Api, kind: str, stamp: str, since: datetime, properties: Sequence[str], last: str = ""
) -> Iterator[Found]:
    """Records of `kind` whose `stamp` property is at or after `since` less the overlap, from id `last` on.

    There is no upper bound: a record that changes while we page comes again with the next pull.
    """
    recent = compare(stamp, "GTE", str(milliseconds(since - OVERLAP)))
    yield from walk(api, kind, [recent], properties, last)


def compare(name: str, operator: str, value: str) -> Json:
    """One filter of a search."""
    return {"propertyName": name, "operator": operator, "value": value}


def walk(
    api: Api,
    kind: str,
    filters: Sequence[Json],
    properties: Sequence[str],
    last: str = "",
    purpose: Purpose = Purpose.PULL,
) -> Iterator[Found]:
    """All records of `kind` for which the filters hold, from id `last` on, page by page."""
    after = ""
    while True:
        beyond = compare("hs_object_id", "GT", last)
        body: Json = {
            "filterGroups": [{"filters": [*filters, beyond] if last else [*filters]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": SEARCH,
        }
        if after:
            body["after"] = after
        answer = api.search(kind, body, purpose)
        rows = answer.results
        if rows:
            last, after = ascending(rows, last), ""
        else:  # an empty page with a cursor: only here the cursor is followed
            after = _further(answer.after, after)
        yield Found(rows, answer.now, last, more=bool(answer.after))
        if not answer.after:
            return


def ascending(rows: Sequence[Json], last: str) -> str:
    """The last id, when all ids ascend as numbers from `last` on.

    Whether HubSpot sorts them as numbers or as text is UNCONFIRMED: text order would lose records silently.
    """
    previous = int(last or 0)
    for row in rows:
        current = int(row["id"])
        if current <= previous:
            raise Unavailable(
                SYSTEM,
                "A search did not answer in numeric order of hs_object_id; records could be missed.",
            )
        previous = current
    return str(previous)


def _further(after: str, before: str) -> str:
    if after and int(after) <= int(before or 0):
        raise Unavailable(SYSTEM, "A search does not advance.")
    return after
