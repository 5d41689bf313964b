"""/recent: what was looked at last, over all objects [D:resources_recent_items]."""

from __future__ import annotations

from heapq import nlargest
from itertools import islice
from operator import itemgetter
from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.kit.numbers import whole
from connectors.loopback.salesforce import sharing, wire
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rest.base import render, versioned
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_recent")

# RecentlyViewed keeps so many.
MOST = 200


@pages.get("/recent")
def recent() -> Response:
    """Id and name of each, the last one first."""
    org, who, most = service().org, caller(), _limit()
    seen = (entry for sobject in org.schema for entry in seen_last(org, who, sobject, most))
    latest = nlargest(most, seen, key=itemgetter(0))
    note_rows(rows_out=len(latest))
    return wire.respond([record for _, record in latest])


def seen_last(org: Org, who: Caller, sobject: SObject, most: int) -> list[tuple[str, dict[str, Any]]]:
    """When a record of the object was seen, and its id and name; the last one first."""
    if not (sobject.has("LastViewedDate") and sobject.name_field and who.user.may("read", sobject)):
        return []
    rows = org.store.where(sobject, '"LastViewedDate" IS NOT NULL AND "IsDeleted" = 0 ORDER BY "LastViewedDate" DESC')
    reached = (row for row in rows if sharing.may(org.store, who.user, "read", sobject, row))
    shown = [sobject.fields["Id"], sobject.name_field]
    return [(row["LastViewedDate"], render(who, sobject, row, shown)) for row in islice(reached, most)]


def _limit() -> int:
    """Raises 400 for one that is no positive number (code and text UNCONFIRMED)."""
    text = request.args.get("limit", str(MOST))
    number = whole(text)
    if number is None or number < 1:
        raise ApiError.of(400, "INVALID_LIMIT", f"invalid limit: {text}")
    return min(number, MOST)
