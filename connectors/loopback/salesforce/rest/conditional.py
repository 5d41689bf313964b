"""Conditional requests: dates on every record, ETags on Account rows only [sheet 10]."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from flask import request

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import service
from connectors.loopback.salesforce.store import Row


def headers_of(sobject: SObject, row: Row) -> dict[str, str]:
    headers = {}
    modified = row.get("LastModifiedDate") or row.get("SystemModstamp")
    if modified:
        at = values.from_stamp(modified).astimezone(UTC)
        headers["Last-Modified"] = format_datetime(at, usegmt=True)
    if sobject.name == "Account":
        digest = hashlib.sha256(f"{row['Id']}{row['SystemModstamp']}".encode()).hexdigest()
        headers["ETag"] = f'"{digest[:32]}"'
    return headers


def http_date(name: str) -> datetime | None:
    """A header's date; None when absent. Raises 400 for one that is not RFC 1123."""
    text = request.headers.get(name)
    if text is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        message = f"{name} is not a valid date"
        raise ApiError.of(400, "INVALID_HEADER", message) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def has_row_dates(sobject: SObject) -> bool:
    """Do dates count on this object's rows? The sheet infers it for others than Account."""
    return service().org.settings.row_dates_on in ("every object", sobject.name)


def check_dates() -> None:
    """Raises 400 for a date that is none, on whatever writes but deletes [sheet 10]."""
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        http_date(name)


def is_unmodified(sobject: SObject, row: Row, headers: dict[str, str]) -> bool:
    """Does a GET answer 304?"""
    etag = headers.get("ETag")
    if etag and etag in request.headers.get("If-None-Match", ""):
        return True
    since = http_date("If-Modified-Since") if has_row_dates(sobject) else None
    modified = row.get("LastModifiedDate") or row.get("SystemModstamp")
    return since is not None and modified is not None and values.from_stamp(modified) <= since


def check_write(org: Org, sobject: SObject, record_id: str) -> None:
    """Raises 412 when the row is not as the caller knows it."""
    check_dates()
    unmodified_since = http_date("If-Unmodified-Since") if has_row_dates(sobject) else None
    wanted = request.headers.get("If-Match")
    if unmodified_since is None and wanted is None:
        return
    row = org.store.get(sobject, record_id)
    if row is None:
        return
    etag = headers_of(sobject, row).get("ETag")
    changed = unmodified_since is not None and (values.from_stamp(row["LastModifiedDate"]) > unmodified_since)
    if changed or (etag is not None and wanted is not None and etag not in wanted):
        message = "Precondition Failed"
        raise ApiError.of(412, "PRECONDITION_FAILED", message)
