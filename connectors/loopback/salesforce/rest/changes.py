"""/sobjects/{object}/updated and /deleted [sheet 7], [D:resources_getupdated, getDeleted()]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import sharing, values, wire
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest.base import find_object, versioned
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_changes")

_UPDATED_DAYS = 30
_DELETED_DAYS = 15
# What a large delete log loses is at least so old [sheet 7].
_LOG_KEPT = timedelta(hours=2)


@pages.get("/sobjects/<name>/updated")
def updated(name: str) -> Response:
    """Ids only, by SystemModstamp; deleted records are among them."""
    sobject = _replicated(name)
    start, end = _span(_UPDATED_DAYS)
    found = [row[0] for row in _changed(sobject, "1", start, end)]
    return wire.respond({"ids": found, "latestDateCovered": _covered(end)})


@pages.get("/sobjects/<name>/deleted")
def deleted(name: str) -> Response:
    sobject = _replicated(name)
    start, end = _span(_DELETED_DAYS)
    earliest = max(caller().now - timedelta(days=_DELETED_DAYS), _log_begins(sobject))
    found = _changed(sobject, '"IsDeleted" = 1', max(start, earliest), end) if sobject.has("IsDeleted") else []
    return wire.respond(
        {
            "deletedRecords": [{"id": row[0], "deletedDate": row[1]} for row in found],
            "earliestDateAvailable": values.stamp(earliest),
            "latestDateCovered": _covered(end),
        }
    )


def _replicated(name: str) -> SObject:
    sobject = find_object(name)
    if not sobject.is_("replicateable") or _stamp_of(sobject) is None:
        # The rule is documented, code and wording are UNCONFIRMED.
        message = f"entity type {sobject.name} does not support replication"
        raise ApiError.of(400, "INVALID_TYPE_FOR_OPERATION", message)
    return sobject


def _stamp_of(sobject: SObject) -> str | None:
    """SystemModstamp tells when a record changed, else LastModifiedDate."""
    known = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
    return next((name for name in known if sobject.has(name)), None)


def _changed(sobject: SObject, condition: str, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """(id, stamp) from ``start`` until before ``end``. Raises 400 EXCEEDED_ID_LIMIT."""
    org, stamp = service().org, f'"{_stamp_of(sobject)}"'
    where = " AND ".join([condition, *sharing.visible(caller().user, org.schema, sobject, "t")])
    rows: list[tuple[str, str]] = org.store.db.execute(
        f'SELECT "Id", {stamp} FROM {org.store.source(sobject)} t '
        f'WHERE {where} AND {stamp} >= ? AND {stamp} < ? ORDER BY {stamp}, "Id"',
        (values.stamp(start), values.stamp(end)),
    ).fetchall()
    most = org.settings.replication_ids
    if len(rows) > most:
        raise ApiError.of(400, "EXCEEDED_ID_LIMIT", f"exceeded {most} distinct ids")
    note_rows(rows_out=len(rows))
    return rows


def _log_begins(sobject: SObject) -> datetime:
    """A delete log above its limit loses its oldest entries, never those of the last two hours."""
    org, most = service().org, service().org.settings.delete_log_entries
    if most is None or not sobject.has("IsDeleted"):
        return datetime.min.replace(tzinfo=UTC)
    row = org.store.db.execute(
        f'SELECT "SystemModstamp" FROM {org.store.source(sobject)} WHERE "IsDeleted" = 1 '
        'ORDER BY "SystemModstamp" DESC LIMIT 1 OFFSET ?',
        (most - 1,),
    ).fetchone()
    if row is None:
        return datetime.min.replace(tzinfo=UTC)
    return min(values.from_stamp(row[0]), caller().now - _LOG_KEPT)


def _span(days: int) -> tuple[datetime, datetime]:
    """start and end in whole minutes, far enough apart, not too far back (the rules are
    documented, the wordings UNCONFIRMED).
    """
    start, end = (_moment(name) for name in ("start", "end"))
    least = timedelta(minutes=2 if service().org.settings.replication_over_a_minute else 1)
    if end - start < least:
        text = f"end date ({values.stamp(end)}) must be at least a minute after start date"
        raise ApiError.of(400, "INVALID_REPLICATION_DATE", text)
    if start < (caller().now - timedelta(days=days)).replace(second=0, microsecond=0):
        text = f"startDate cannot be more than {days} days ago"
        raise ApiError.of(400, "INVALID_REPLICATION_DATE", text)
    return start, end


def _moment(name: str) -> datetime:
    """An unescaped "+" in the offset has become a space on its way."""
    text = request.args.get(name, "").replace(" ", "+")
    at = values.parse_datetime(text)
    if at is None:
        raise ApiError.of(400, "MALFORMED_DATE", f"{name} is not a date: {text}")
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def _covered(end: datetime) -> str:
    """In whole minutes, never later than now: held back while transactions are still open."""
    late = service().org.settings.late_commit_seconds
    covered = min(end, caller().now - timedelta(seconds=late))
    return values.stamp(covered.replace(second=0, microsecond=0))
