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
    modified = _modified(row)
    if modified:
        headers["Last-Modified"] = format_datetime(modified.astimezone(UTC), usegmt=True)
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
    if _lists("If-None-Match", headers.get("ETag")):
        return True
    since = http_date("If-Modified-Since") if has_row_dates(sobject) else None
    modified = _modified(row)
    return since is not None and modified is not None and modified <= since


def check_state(sobject: SObject, row: Row) -> None:
    """Raises 412 when the row is not as If-Match or If-Unmodified-Since have it, also for a GET
    [D:resources_sobject_retrieve_get, resources_sobject_retrieve_patch]."""
    since = http_date("If-Unmodified-Since") if has_row_dates(sobject) else None
    modified = _modified(row)
    etag = headers_of(sobject, row).get("ETag")
    changed = since is not None and modified is not None and modified > since
    if changed or (etag and "If-Match" in request.headers and not _lists("If-Match", etag)):
        raise _precondition_failed()


def check_write(org: Org, sobject: SObject, record_id: str) -> None:
    """Raises 412 when the row is not as the caller knows it, or still is what If-None-Match excludes."""
    check_dates()
    row = org.store.get(sobject, record_id)
    if row is None:
        return
    check_state(sobject, row)
    if _lists("If-None-Match", headers_of(sobject, row).get("ETag")):
        raise _precondition_failed()


def _modified(row: Row) -> datetime | None:
    stamp = row.get("LastModifiedDate") or row.get("SystemModstamp")
    return values.from_stamp(stamp) if stamp else None


def _lists(header: str, etag: str | None) -> bool:
    """Is the ETag one of the header's list?"""
    listed = request.headers.get(header, "").split(",")
    return etag is not None and etag in (entry.strip() for entry in listed)


def _precondition_failed() -> ApiError:
    return ApiError.of(412, "PRECONDITION_FAILED", "Precondition Failed")
