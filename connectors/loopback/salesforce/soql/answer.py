"""A statement answered: first page, next pages, counts, aggregates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.settings import SalesforceSettings
from connectors.loopback.salesforce.soql import aggregate
from connectors.loopback.salesforce.soql.cursors import Cursor, Cursors
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.parser import parse
from connectors.loopback.salesforce.soql.select import Reader, Selection

MIN_PAGE = 200


class Queries:
    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._cursors = Cursors(settings.cursors_per_user, settings.cursor_seconds)

    def first_page(self, reader: Reader, statement: str, batch_size: int | None = None) -> dict[str, Any]:
        """The body of GET /query. Raises ApiError with the recorded texts."""
        try:
            return self._first_page(reader, statement, batch_size)
        except SoqlError as error:
            raise error.as_api_error(statement) from None

    def _first_page(self, reader: Reader, statement: str, batch_size: int | None) -> dict[str, Any]:
        query = parse(statement)
        if query.count_only:
            query.select.clear()
            return _whole([], Selection(reader, query).count())
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
        size = self._page_size(selection, batch_size)
        if len(rows) <= size:
            return _whole(selection.records(rows), len(rows))
        cursor = self._cursors.open(reader.user.id, selection, rows, size, reader.now)
        return self._page(cursor, 0)

    def next_page(self, user_id: str, locator: str, now: datetime) -> dict[str, Any]:
        """``locator`` is "0r8…-2000": the cursor and the offset of its next row."""
        name, _, offset = locator.partition("-")
        cursor = self._cursors.find(name, user_id, now)
        if cursor is None or not offset.isdigit() or int(offset) > len(cursor.rows):
            raise ApiError.of(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, int(offset))

    def _page(self, cursor: Cursor, offset: int) -> dict[str, Any]:
        end = offset + cursor.page_size
        records = cursor.selection.records(cursor.rows[offset:end])
        total = len(cursor.rows)
        if end >= total:
            return _whole(records, total)
        url = f"{cursor.selection.reader.base}/query/{cursor.locator}-{end}"
        return {"totalSize": total, "done": False, "nextRecordsUrl": url, "records": records}

    def _page_size(self, selection: Selection, batch_size: int | None) -> int:
        """The client's batchSize is a hint; long text makes pages smaller [sheet 0.12]."""
        largest = self._settings.page_size
        if selection.has_long_text:
            largest = min(largest, self._settings.long_text_page_size)
        if batch_size is None:
            return largest
        return min(largest, max(min(MIN_PAGE, largest), batch_size))


def _whole(records: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"totalSize": total, "done": True, "records": records}
