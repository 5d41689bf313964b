"""/sobjects/{object}/updated and /deleted [sheet 7]."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import values, wire
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest.base import find_object, versioned
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_changes")

MAX_IDS = 600_000
_UPDATED_DAYS = 30
_DELETED_DAYS = 15


@pages.get("/sobjects/<name>/updated")
def updated(name: str) -> Response:
    """Ids only, by SystemModstamp; deleted records are among them."""
    org, sobject = service().org, find_object(name)
    start, end = _span(_UPDATED_DAYS)
    rows = org.store.db.execute(
        f'SELECT "Id" FROM {org.store.source(sobject)} '
        'WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ? ORDER BY "SystemModstamp", "Id"',
        (values.stamp(start), values.stamp(end)),
    )
    found = [row[0] for row in rows]
    if len(found) > MAX_IDS:
        raise ApiError.of(400, "EXCEEDED_ID_LIMIT", f"More than {MAX_IDS} ids match")
    note_rows(rows_out=len(found))
    return wire.respond({"ids": found, "latestDateCovered": _covered(end)})


@pages.get("/sobjects/<name>/deleted")
def deleted(name: str) -> Response:
    org, sobject = service().org, find_object(name)
    start, end = _span(_DELETED_DAYS)
    rows = org.store.db.execute(
        f'SELECT "Id", "SystemModstamp" FROM {org.store.source(sobject)} '
        'WHERE "IsDeleted" = 1 AND "SystemModstamp" >= ? AND "SystemModstamp" < ? '
        'ORDER BY "SystemModstamp", "Id"',
        (values.stamp(start), values.stamp(end)),
    )
    found = [{"id": row[0], "deletedDate": row[1]} for row in rows]
    earliest = caller().now - timedelta(days=_DELETED_DAYS)
    note_rows(rows_out=len(found))
    return wire.respond(
        {
            "deletedRecords": found,
            "earliestDateAvailable": values.stamp(earliest),
            "latestDateCovered": _covered(end),
        }
    )


def _span(days: int) -> tuple[datetime, datetime]:
    """start and end in whole minutes, at least one apart (UNCONFIRMED), not too far back."""
    start, end = (_moment(name) for name in ("start", "end"))
    if end <= start:
        text = f"end date ({values.stamp(end)}) must be at least a minute after start date"
        raise ApiError.of(400, "INVALID_REPLICATION_DATE", text)
    if start < (caller().now - timedelta(days=days)).replace(second=0, microsecond=0):
        text = f"startDate before org replication enabled or more than {days} days ago"
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
    """Never later than now: held back while transactions are still open."""
    late = service().org.settings.late_commit_seconds
    return values.stamp(min(end, caller().now - timedelta(seconds=late)))
