"""/composite/sobjects: up to 200 records in one call, 200 whatever happens to each [sheet 4]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import chain, groupby
from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import ids, sharing, wire
from connectors.loopback.salesforce.dml import incoming, save, trash
from connectors.loopback.salesforce.errors import (
    ApiError,
    MultipleChoices,
    RecordError,
    no_such_external_id,
)
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.rest.base import (
    find_fields,
    find_object,
    json_body,
    render,
    versioned,
)
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_collections")

MAX_RECORDS = 200
MAX_CHUNKS = 10
MAX_READ = 2000
# Set by a composite request whose allOrNone overrides the collection's own.
FORCE_ALL_OR_NONE = "loopback.all_or_none"
SOME_FAILED = "loopback.some_failed"
_NO_ATTRIBUTES = "Nested object for polymorphic foreign key must have an attributes field before any other fields."
_ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"

Row = dict[str, Any]
Work = Callable[[Any], save.Saved]


@pages.post("/composite/sobjects")
def create() -> Response:
    def one(record: Row) -> save.Saved:
        sobject = _object_of(record)
        incoming.refuse_id(record)
        return save.create(service().org, caller(), sobject, record)

    body = json_body()
    return _run(_records(body), one, all_or_none=body.get("allOrNone", False))


@pages.patch("/composite/sobjects")
def update() -> Response:
    def one(record: Row) -> save.Saved:
        sobject = _object_of(record)
        other = record.get("Id") if service().org.settings.collection_id_any_case else None
        record_id = incoming.given_id(sobject, record.get("id") or other)
        return save.update(service().org, caller(), sobject, record_id, record)

    body = json_body()
    return _run(_records(body), one, all_or_none=body.get("allOrNone", False))


@pages.patch("/composite/sobjects/<name>/<key>")
def upsert(name: str, key: str) -> Response:
    sobject = find_object(name, "edit")
    field = sobject.find(key)
    if field is None or not field.is_lookup_key or not caller().user.sees(sobject, field):
        raise no_such_external_id(key)
    body = json_body()
    records = _records(body)
    doomed = _repeated(records, field, every=service().org.settings.duplicate_keys_fail_all)

    def one(record: Row) -> save.Saved:
        if _object_of(record) is not sobject:
            raise RecordError("INVALID_TYPE", f"A record is not of type {sobject.name}")
        if id(record) in doomed:
            text = f"Duplicate external id specified: {_value_of(record, field)}"
            raise RecordError("DUPLICATE_VALUE", text, [field.name])
        return _upsert_one(service().org, sobject, field, record)

    return _run(records, one, all_or_none=body.get("allOrNone", False), show_created=True)


@pages.delete("/composite/sobjects")
def delete() -> Response:
    """Other query parameters are ignored [R:nango/delete-sobject-collection]."""

    def one(record_id: str) -> save.Saved:
        org = service().org
        full = ids.normalize(record_id)
        sobject = org.schema.by_prefix(full) if full else None
        if full is None or sobject is None:
            raise RecordError("MALFORMED_ID", f"bad id {record_id}")
        return save.Saved(trash.delete(org, caller(), sobject, full), created=False)

    wanted = [part.strip() for part in request.args.get("ids", "").split(",") if part.strip()]
    _check_count(len(wanted))
    all_or_none = request.args.get("allOrNone", "").lower() == "true"
    return _run(wanted, one, all_or_none=all_or_none)


@pages.get("/composite/sobjects/<name>")
def read(name: str) -> Response:
    return _read(name, request.args.get("ids", "").split(","), request.args.get("fields", ""))


@pages.post("/composite/sobjects/<name>")
def read_many(name: str) -> Response:
    body = json_body()
    return _read(name, list(body.get("ids", [])), ",".join(body.get("fields", [])))


def _read(name: str, wanted: list[str], names: str) -> Response:
    """Positional; null for what is unknown, deleted or of another object."""
    org, who, sobject = service().org, caller(), find_object(name)
    if not names.strip():
        raise ApiError.of(400, "MISSING_ARGUMENT", "The fields parameter is required")
    if len(wanted) > MAX_READ:
        raise _too_many(MAX_READ)
    fields = find_fields(who, sobject, names.split(","))
    out = []
    for record_id in wanted:
        row = org.store.get(sobject, ids.normalize(record_id.strip()) or "")
        shown = row and not row.get("IsDeleted") and sharing.may(org.store, who.user, "read", sobject, row)
        out.append(render(who, sobject, row, fields) if row and shown else None)
    note_rows(rows_in=len(wanted), rows_out=len(out))
    return wire.respond(out)


def _run(items: list[Any], work: Work, *, all_or_none: Any, show_created: bool = False) -> Response:
    """Each item on its own; with allOrNone one failure undoes them all."""
    store = service().org.store
    together = bool(all_or_none) or FORCE_ALL_OR_NONE in request.environ
    results: list[save.Saved | RecordError] = []
    rolled_back = RecordError(_ROLLED_BACK, service().org.text(_ROLLED_BACK))
    try:
        with store.savepoint():
            results += [_attempt(work, item) for item in items]
            if together and any(isinstance(result, RecordError) for result in results):
                raise rolled_back
    except RecordError:
        results = [r if isinstance(r, RecordError) else rolled_back for r in results]
    if any(isinstance(result, RecordError) for result in results):
        request.environ[SOME_FAILED] = True
    note_rows(rows_in=len(items), rows_out=len(results))
    return wire.respond([_show(result, show_created) for result in results])


def _attempt(work: Work, item: Any) -> save.Saved | RecordError:
    try:
        with service().org.store.savepoint():
            return work(item)
    except RecordError as error:
        return error


def _show(result: save.Saved | RecordError, show_created: bool) -> Row:
    """A failed record has no id [R:grouparoo/errors]; an upsert always says ``created``."""
    shown: Row
    if isinstance(result, RecordError):
        error = result.as_row_error()
        if result.detail is not None and service().org.settings.collection_duplicate_detail:
            error["duplicateResut"] = result.detail
        shown = {"success": False, "errors": [error]}
        created = False
    else:
        shown = {"id": result.id, "success": True, "errors": []}
        created = result.created
    return shown | {"created": created} if show_created else shown


def _records(body: Row) -> list[Row]:
    records = body.get("records")
    if not isinstance(records, list):
        raise ApiError.of(400, "MISSING_ARGUMENT", "The records field is required")
    _check_count(len(records))
    types = [((record.get("attributes") or {}).get("type") or "").lower() for record in records]
    chunks = len(list(groupby(types)))
    if chunks > MAX_CHUNKS:
        text = (
            f"Cannot have more than {MAX_CHUNKS} chunks in a single operation. Please rearrange "
            "the data to reduce chunking."
        )
        raise ApiError.of(400, "LIMIT_EXCEEDED", text)
    return records


def _check_count(count: int) -> None:
    if count > MAX_RECORDS:
        raise _too_many(MAX_RECORDS)


def _too_many(most: int) -> ApiError:
    """Code and text UNCONFIRMED."""
    org = service().org
    return ApiError.of(400, org.settings.too_many_records_code, org.text("TOO_MANY_RECORDS", most=most))


def _object_of(record: Row) -> SObject:
    kind = (record.get("attributes") or {}).get("type")
    if not kind:
        raise RecordError("JSON_PARSER_ERROR", _NO_ATTRIBUTES)
    found = service().org.schema.find(kind)
    if found is None:
        raise RecordError("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
    return found


def _value_of(record: Row, field: Field) -> Any:
    lowered = field.name.lower()
    return next((value for name, value in record.items() if name.lower() == lowered), None)


def _repeated(records: list[Row], field: Field, *, every: bool) -> set[int]:
    """``id()`` of the records whose key occurs more than once; ``every``: the first too."""
    by_key = defaultdict(list)
    for record in records:
        value = _value_of(record, field)
        if value is not None:
            by_key[str(value).lower()].append(id(record))
    groups = (group if every else group[1:] for group in by_key.values() if len(group) > 1)
    return set(chain.from_iterable(groups))


def _upsert_one(org: Org, sobject: SObject, field: Field, record: Row) -> save.Saved:
    value = _value_of(record, field)
    if value is None and field.type != "id":
        raise RecordError("MISSING_ARGUMENT", f"{field.name} not specified")
    rest = {name: v for name, v in record.items() if name.lower() != field.name.lower()}
    try:
        return save.upsert(org, caller(), sobject, field, value, rest)
    except MultipleChoices as choices:
        raise choices.as_row_error(field.name) from None
