"""A statement answered: first page, next pages, counts, aggregates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from connectors.loopback.kit.numbers import whole
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.settings import SalesforceSettings
from connectors.loopback.salesforce.soql import aggregate, column_metadata
from connectors.loopback.salesforce.soql.cursors import Cursor, Cursors
from connectors.loopback.salesforce.soql.errors import SoqlError, within_limits
from connectors.loopback.salesforce.soql.nodes import Query
from connectors.loopback.salesforce.soql.parser import parse
from connectors.loopback.salesforce.soql.records import Room, Selection, SelectList, count, mark_usage
from connectors.loopback.salesforce.soql.select import Reader

MIN_PAGE = 200
_REFUSED_OPERATOR = "INVALID_QUERY_FILTER_OPERATOR"


class Queries:
    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._cursors = Cursors(settings.cursors_per_user, settings.cursor_seconds)

    def first_page(self, reader: Reader, statement: str, batch_size: int | None = None) -> dict[str, Any]:
        """The body of GET /query. Raises ApiError with the recorded texts."""
        return self._parsed(statement, lambda query: self._first_page(reader, query, batch_size))

    def columns(self, reader: Reader, statement: str) -> dict[str, Any]:
        """The body of GET /query?columns=true. Raises like :meth:`first_page`."""
        return self._parsed(statement, lambda query: column_metadata.describe(reader, query))

    def _parsed(self, statement: str, answer: Callable[[Query], dict[str, Any]]) -> dict[str, Any]:
        try:
            with within_limits():
                return answer(parse(statement))
        except SoqlError as error:
            if error.code == _REFUSED_OPERATOR:
                error.code = self._settings.filter_operator_code
            raise error.as_api_error(statement) from None

    def _first_page(self, reader: Reader, query: Query, batch_size: int | None) -> dict[str, Any]:
        if query.count_only:
            return _whole([], count(reader, query))
        if aggregate.is_grouped(query):
            records = aggregate.run(reader, query)
            if len(records) > self._settings.page_size:
                text = (
                    "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
                )
                raise SoqlError("EXCEEDED_ID_LIMIT", text)
            return _whole(records, len(records))
        selection = Selection(reader, query)
        rows = selection.row_numbers()
        mark_usage(reader, query, selection.sobject, rows)
        size = self._page_size(selection.list, batch_size)
        return self._page(selection.list, rows, size, 0, reader.now)

    def next_page(self, user_id: str, locator: str, now: datetime) -> dict[str, Any]:
        """``locator`` is "0r8…-2000": the cursor and the offset of its next row."""
        name, _, offset = locator.partition("-")
        cursor = self._cursors.find(name, user_id, now)
        start = whole(offset)
        if cursor is None or start is None or not 0 <= start <= len(cursor.rows):
            raise ApiError.of(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor.source, cursor.rows, cursor.page_size, start, now, cursor)

    def _page(
        self,
        source: SelectList,
        rows: Sequence[int],
        size: int,
        offset: int,
        now: datetime,
        cursor: Cursor | None = None,
    ) -> dict[str, Any]:
        """Rows from ``offset`` on; a cursor is opened when they do not end here."""

        def continued(children: SelectList, numbers: Sequence[int], taken: int) -> str:
            return self._url(self._cursors.open(children, numbers, size, now), taken)

        records, taken = source.records(rows[offset : offset + size], Room(size, continued))
        end, total = offset + taken, len(rows)
        if end >= total:
            return _whole(records, total)
        cursor = cursor or self._cursors.open(source, rows, size, now)
        return {"totalSize": total, "done": False, "nextRecordsUrl": self._url(cursor, end), "records": records}

    def _url(self, cursor: Cursor, offset: int) -> str:
        """A queryAll goes on under /query too [D:resources_queryall_more], UNCONFIRMED in [sheet 18]."""
        reader = cursor.source.reader
        resource = self._settings.query_all_next_resource if reader.with_deleted else "query"
        return f"{reader.base}/{resource}/{cursor.locator}-{offset}"

    def _page_size(self, source: SelectList, batch_size: int | None) -> int:
        """The client's batchSize is a hint; long text makes pages smaller [sheet 0.12], and
        children count as rows of the page [sheet 6].
        """
        largest = self._settings.page_size
        if source.has_long_text:
            largest = min(largest, self._settings.long_text_page_size)
        if source.children:
            largest = min(largest, self._settings.relationship_page_size)
        if batch_size is None:
            return largest
        return min(largest, max(min(MIN_PAGE, largest), batch_size))


def _whole(records: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"totalSize": total, "done": True, "records": records}
