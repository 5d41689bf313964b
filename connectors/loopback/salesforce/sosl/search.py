"""Runs a search: the records of each object whose searched fields contain what is wanted."""

from __future__ import annotations

from connectors.loopback.salesforce import sharing
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.soql.nodes import Query
from connectors.loopback.salesforce.soql.records import Selection
from connectors.loopback.salesforce.soql.select import Reader, alive
from connectors.loopback.salesforce.soql.shapes import Record
from connectors.loopback.salesforce.soql.text import is_text
from connectors.loopback.salesforce.sosl.expression import Expression, words
from connectors.loopback.salesforce.sosl.parser import MAX_ROWS, Search, ids_of
from connectors.loopback.salesforce.store import quote

# Without WHERE or ORDER BY an object gives this many (SOSL reference, limits on search results).
_PLAIN_ROWS = 250
# Besides the Name field (SOSL reference, IN SearchGroup).
_NAMES = {
    "Account": {"Website", "Site"},
    "Contact": {"FirstName", "LastName", "AssistantName"},
    "Event": {"Subject"},
    "Lead": {"Company", "FirstName", "LastName"},
    "Note": {"Title"},
    "Task": {"Subject"},
    "User": {"FirstName", "LastName", "CommunityNickname"},
}
_UNSEARCHED = frozenset({"picklist", "multipicklist", "address", "location", "anyType", "encryptedstring"})


def run(reader: Reader, search: Search) -> list[Record]:
    """Records in the order of RETURNING. Raises SoqlError."""
    queries = search.returning or [ids_of(name) for name in _searchable(reader)]
    sets = [_records(reader, query, search, len(queries)) for query in queries]
    return [record for records in _within(sets, queries, search.limit) for record in records]


def _searchable(reader: Reader) -> list[str]:
    return [entry.name for entry in reader.store.schema if entry.is_("searchable") and reader.user.may("read", entry)]


def _records(reader: Reader, query: Query, search: Search, objects: int) -> list[Record]:
    sobject = reader.object_of(query.source)
    hits = _hits(reader, sobject, search) if search.wanted is not None else []
    selection = Selection(reader, query, hits)
    most = MAX_ROWS if objects == 1 and (query.where or query.order_by) else min(MAX_ROWS // objects, _PLAIN_ROWS)
    return selection.list.records(selection.row_numbers()[:most])[0]


def _within(sets: list[list[Record]], queries: list[Query], limit: int) -> list[list[Record]]:
    """An overall limit is shared evenly among the objects without a limit of their own."""
    left = limit
    for records, query in zip(sets, queries, strict=True):
        if query.limit is not None:
            del records[left:]
            left -= len(records)
    others = [records for records, query in zip(sets, queries, strict=True) if query.limit is None]
    for index, records in enumerate(sorted(others, key=len)):
        share = left // (len(others) - index)
        del records[share:]
        left -= len(records)
    return sets


def _hits(reader: Reader, sobject: SObject, search: Search) -> list[str]:
    fields = [entry for entry in reader.user.readable_fields(sobject) if _is_searched(sobject, entry, search.group)]
    if not fields:
        return []
    columns = ", ".join(quote(entry.name) for entry in fields)
    where = (
        " AND ".join([*alive(sobject, "t"), *sharing.visible(reader.user, reader.store.schema, sobject, "t")]) or "1"
    )
    rows = reader.store.db.execute(f'SELECT "Id", {columns} FROM {reader.store.source(sobject)} t WHERE {where}')
    wanted: Expression | None = search.wanted
    return [row[0] for row in rows if wanted is not None and wanted.matches([words(text) for text in row[1:] if text])]


def _is_searched(sobject: SObject, entry: Field, group: str) -> bool:
    if not entry.stored or not is_text(entry) or entry.type in _UNSEARCHED:
        return False
    if group == "EMAIL":
        return entry.type == "email"
    if group == "PHONE":
        return entry.type == "phone"
    if group == "NAME":
        return entry.nameField or entry.name in _NAMES.get(sobject.name, ())
    return True
