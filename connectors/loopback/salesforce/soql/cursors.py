"""Query locators: the rows an open query will still give, fixed when it was asked."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.loopback.salesforce.soql.records import SelectList


@dataclass(slots=True)
class Cursor:
    """``rows`` are SQLite row numbers in the answer's order; ``source`` reads them."""

    locator: str
    user_id: str
    source: SelectList
    rows: array[int]
    page_size: int
    used: datetime


class Cursors:
    """Each user keeps the most recent ``per_user``; an idle one ends after ``idle_seconds``."""

    def __init__(self, per_user: int, idle_seconds: float) -> None:
        self._per_user = per_user
        self._idle = timedelta(seconds=idle_seconds)
        self._open: OrderedDict[str, Cursor] = OrderedDict()
        self._opened = 0

    def open(self, source: SelectList, rows: Sequence[int], page_size: int, now: datetime) -> Cursor:
        self._opened += 1
        # 0r8 … [R:nango/accounts]; 15 characters behind the prefix.
        locator = f"0r8LB{self._opened:013d}"
        user_id = source.reader.user.id
        cursor = Cursor(locator, user_id, source, array("q", rows), page_size, now)
        self._open[locator] = cursor
        own = [entry for entry in self._open.values() if entry.user_id == user_id]
        for oldest in own[: max(0, len(own) - self._per_user)]:
            del self._open[oldest.locator]
        return cursor

    def find(self, locator: str, user_id: str, now: datetime) -> Cursor | None:
        cursor = self._open.get(locator)
        if cursor is None or cursor.user_id != user_id or now - cursor.used > self._idle:
            return None
        cursor.used = now
        self._open.move_to_end(locator)
        return cursor
