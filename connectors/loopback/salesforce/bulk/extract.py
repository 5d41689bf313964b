"""A query job's statement: what the Bulk API refuses of SOQL, and its rows as CSV [sheet 8.2]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.bulk import csvtext
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.soql import aggregate, labels
from connectors.loopback.salesforce.soql.answer import MIN_PAGE, Queries
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.field_groups import expand
from connectors.loopback.salesforce.soql.nodes import Path, Query, Selected, TypeOf
from connectors.loopback.salesforce.soql.parser import parse
from connectors.loopback.salesforce.soql.scope import Column
from connectors.loopback.salesforce.soql.select import Reader

# Those of Airbyte's list that this org may have [sheet 8.2].
_UNSUPPORTED = frozenset(
    {
        "AcceptedEventRelation", "Attachment", "CaseStatus", "ContractStatus", "DeclinedEventRelation",
        "EventWhoRelation", "LeadStatus", "OrderStatus", "PartnerRole", "RecentlyViewed", "SolutionStatus",
        "TaskPriority", "TaskStatus", "TaskWhoRelation", "UndecidedEventRelation", "UserRecordAccess",
    }
)  # fmt: skip
_COMPOUND = "Selecting compound data not supported in Bulk Query"
_NESTED = "Aggregate Relationships not supported in Bulk Query"


@dataclass(frozen=True, slots=True)
class _Column:
    """``path``: where a record has the value. ``field`` None: text that a function made."""

    path: tuple[str, ...]
    field: Field | None

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Extract:
    """A statement that a job may run."""

    org: Org
    reader: Reader
    statement: str
    sobject: SObject
    columns: tuple[_Column, ...]

    def header(self, delimiter: str) -> str:
        return csvtext.write([column.name for column in self.columns], delimiter)

    def lines(self, queries: Queries, delimiter: str) -> Iterator[str]:
        """One line of CSV for every record. Raises ApiError."""
        page = queries.first_page(self.reader, self.statement)
        while True:
            for record in page["records"]:
                yield csvtext.write([self._cell(record, column) for column in self.columns], delimiter)
            if page["done"]:
                return
            locator = page["nextRecordsUrl"].rpartition("/")[2]
            page = queries.next_page(self.reader.user.id, locator, self.reader.now)

    def _cell(self, record: dict[str, Any], column: _Column) -> str:
        value: Any = record
        for key in column.path:
            value = value.get(key) if value is not None else None
        if value is None:
            return ""
        if not isinstance(value, str):
            return orjson.dumps(value).decode()
        if column.field is not None and column.field.type == "datetime":
            return value.removesuffix("+0000") + self.org.settings.bulk_datetime_zone
        return value


def compile_statement(org: Org, queries: Queries, reader: Reader, statement: str) -> Extract:
    """Raises ApiError 400 for what /query refuses, and for what only the Bulk API does."""
    try:
        query = parse(statement)
        _refuse_clauses(org, query)
        sobject = reader.object_of(query.source)
        if sobject.name in _UNSUPPORTED:
            text = f"Entity '{sobject.name}' is not supported by the Bulk API."
            raise ApiError.of(400, "INVALIDENTITY", text)
        queries.first_page(reader, statement, MIN_PAGE)
        columns = tuple(_columns(reader, query, sobject))
    except SoqlError as error:
        raise _refused(org, error.as_api_error(statement)) from None
    except ApiError as error:
        raise _refused(org, error) from None
    if any(column.field is not None and column.field.type in values.COMPOUND_TYPES for column in columns):
        raise _unsupported(_COMPOUND)
    return Extract(org, reader, statement, sobject, columns)


def _refused(org: Org, error: ApiError) -> ApiError:
    """Every refusal of SOQL has one code here; those of the Bulk API keep theirs."""
    code = org.settings.bulk_query_error_code
    known = error.body[0]["errorCode"]
    if code is None or known in ("INVALIDENTITY", "NOT_EMULATED"):
        return error
    return ApiError.of(error.status, code, error.body[0]["message"])


def _unsupported(text: str) -> ApiError:
    return ApiError.of(400, "API_ERROR", text)


def _refuse_clauses(org: Org, query: Query) -> None:
    """[D:api_asynch queries]: GROUP BY, OFFSET, TYPEOF, aggregates, child queries."""
    if query.count_only or aggregate.is_grouped(query):
        raise _unsupported(org.text("BULK_AGGREGATE"))
    if query.offset is not None:
        raise _unsupported(org.text("BULK_CLAUSE", clause="OFFSET"))
    for item in query.select:
        if isinstance(item, TypeOf):
            raise _unsupported(org.text("BULK_CLAUSE", clause="TYPEOF"))
        if isinstance(item, Query):
            raise _unsupported(_NESTED)


def _columns(reader: Reader, query: Query, sobject: SObject) -> Iterator[_Column]:
    """In the order of the SELECT, which is theirs since v50 [sheet 8.2], with the org's names."""
    scope = reader.scope(query, sobject)
    for item in query.select:
        assert isinstance(item, Selected)
        what = item.what
        if isinstance(what, Path):
            yield _column(scope.column(what))
        elif what.name == "FIELDS":
            for entry in expand(what, query, sobject, reader.user, alone=len(query.select) == 1):
                yield _Column((entry.name,), entry)
        else:
            inner = _column(labels.labelled(what, scope))
            yield _Column((item.alias,) if item.alias else inner.path, None)


def _column(found: Column) -> _Column:
    return _Column((*(parent.key for parent in found.parents), found.field.name), found.field)
