"""Runs searches: filters, one sort, offset pages, and an index that is a little old."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Record, Records, from_row
from connectors.loopback.hubspot.schema import Property
from connectors.loopback.hubspot.search.lag import IndexLag
from connectors.loopback.hubspot.search.match import comparable
from connectors.loopback.hubspot.search.plan import Plan, Planner, column_of
from connectors.loopback.hubspot.search.query import MAX_RESULTS, Query
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.view import getter

_KEPT_RESULTS = 8
_NOT_PENDING = "id NOT IN (SELECT id FROM unindexed WHERE kind = ?)"

Pending = dict[int, Record | None]


@dataclass(frozen=True)
class Found:
    """A page: ``total`` counts what the index matches, which may be more than still exists."""

    total: int
    records: list[Record]
    after: int | None


class Engine:
    """Two ways to a page: by SQLite's indexes when filters and sort are stamps or ids, else by
    testing every candidate in Python and keeping the ordered ids for the following pages."""

    def __init__(
        self,
        settings: HubSpotSettings,
        database: Database,
        records: Records,
        lag: IndexLag,
        planner: Planner,
    ) -> None:
        self._settings = settings
        self._db = database
        self._records = records
        self._lag = lag
        self._planner = planner
        self._totals: dict[tuple[Any, ...], int] = {}
        self._kept: OrderedDict[tuple[Any, ...], list[int]] = OrderedDict()

    def search(self, kind: ObjectType, query: Query, at: int) -> Found:
        """``at``: now, in epoch milliseconds."""
        plan = self._planner.plan(kind, query, at)
        sort = query.sort or kind.created
        definition = self._planner.definition(kind, sort, at)
        pending = self._lag.states(kind.name, at)
        column = column_of(kind, sort)
        if column == "id" and self._settings.search_id_order == "lexicographic":
            column = None
        end = min(query.offset + query.limit, MAX_RESULTS)
        if plan.exact and column:
            total, ids = self._by_index(kind, query, plan, pending, column, end)
        else:
            ordered = self._by_test(kind, query, plan, pending, definition)
            total, ids = len(ordered), ordered[query.offset : end]
        after = end if end < total and query.limit else None
        return Found(total, self._alive(kind, ids, pending), after)

    def _by_index(
        self,
        kind: ObjectType,
        query: Query,
        plan: Plan,
        pending: Pending,
        column: str,
        end: int,
    ) -> tuple[int, list[int]]:
        where, parameters = _without_pending(kind, plan, pending)
        sign = -1 if query.descending else 1
        late = sorted(
            (sign * _stamp(record, column), record.id)
            for record in pending.values()
            if record is not None and plan.matches(record)
        )
        direction = "DESC" if query.descending else "ASC"
        rows = self._records.live_keys(kind.name, column, where, parameters, f"{column} {direction}, id", end)
        merged = heapq.merge(((sign * key, record_id) for key, record_id in rows), late)
        ids = [record_id for _, record_id in islice(merged, query.offset, end)]
        return self._count(kind, where, parameters) + len(late), ids

    def _count(self, kind: ObjectType, where: str, parameters: list[Any]) -> int:
        """How many live records meet a condition, remembered until the store changes."""
        key = (kind.name, where, tuple(parameters), self._db.changes)
        total = self._totals.get(key)
        if total is None:
            total = self._records.count_live(kind.name, where, parameters)
            self._totals = {key: total}
        return total

    def _by_test(self, kind: ObjectType, query: Query, plan: Plan, pending: Pending, definition: Property) -> list[int]:
        key = (kind.name, query.matching, self._db.changes, frozenset(pending))
        ordered = self._kept.get(key)
        if ordered is None:
            matching = list(self._matching(kind, plan, pending))
            ordered = self._ordered(kind, query, definition, matching)
            self._kept[key] = ordered
            if len(self._kept) > _KEPT_RESULTS:
                self._kept.popitem(last=False)
        return ordered

    def _matching(self, kind: ObjectType, plan: Plan, pending: Pending) -> Iterator[Record]:
        where, parameters = _without_pending(kind, plan, pending)
        for row in self._records.live(kind.name, where, parameters):
            record = from_row(row)
            if plan.matches(record):
                yield record
        for late in pending.values():
            if late is not None and plan.matches(late):
                yield late

    def _ordered(self, kind: ObjectType, query: Query, definition: Property, records: list[Record]) -> list[int]:
        """Ids in the order of the sort; records without the property come last, ties by id."""
        read = self._sort_key(kind, definition)
        keyed = [(read(record), record.id) for record in records]
        unset = sorted(record_id for key, record_id in keyed if key is None)
        placed = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[1])
        placed.sort(key=lambda pair: pair[0], reverse=query.descending)
        return [record_id for _, record_id in placed] + unset

    def _sort_key(self, kind: ObjectType, definition: Property) -> Callable[[Record], Any]:
        column = column_of(kind, definition.name)
        if column == "id" and self._settings.search_id_order == "lexicographic":
            return lambda record: str(record.id)
        if column:
            return lambda record: _stamp(record, column)
        read = getter(kind, definition.name)

        def key(record: Record) -> Any:
            value = read(record)
            return None if value is None else comparable(definition, value)

        return key

    def _alive(self, kind: ObjectType, ids: list[int], pending: Pending) -> list[Record]:
        """What is shown of a page: records archived meanwhile are counted but not given (§4.5)."""
        stored = self._records.many(kind.name, ids)
        alive = [stored[i] for i in ids if i in stored and not stored[i].archived]
        if not self._settings.stale_search_values:
            return alive
        return [pending.get(record.id) or record for record in alive]


def _without_pending(kind: ObjectType, plan: Plan, pending: Pending) -> tuple[str, list[Any]]:
    """The plan's condition, for the records whose index entry is up to date."""
    if not pending:
        return plan.where, plan.parameters
    where = f"{plan.where} AND {_NOT_PENDING}" if plan.where else _NOT_PENDING
    return where, [*plan.parameters, kind.name]


def _stamp(record: Record, column: str) -> int:
    if column == "id":
        return record.id
    return record.created if column == "created" else record.modified
