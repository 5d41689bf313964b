"""Marketing e-mail events of the legacy v1 API (§9.1): hasMore and offset, epoch ms."""

from __future__ import annotations

from typing import Any

import orjson

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply, integer
from connectors.loopback.hubspot.cursors import decode, encode
from connectors.loopback.hubspot.errors import not_found_numeric
from connectors.loopback.hubspot.portal import Portal

_MAX_PAGE = 1_000

# Parameter -> what it is compared with.
_NUMBERS = {
    "startTimestamp": "at >=",
    "endTimestamp": "at <",
    "appId": "json_extract(CAST(body AS TEXT), '$.appId') =",
    "campaignId": "json_extract(CAST(body AS TEXT), '$.emailCampaignId') =",
}


def register(api: Api) -> None:
    views = EmailEventViews(api.portal)
    api.route("GET", ["/email/public/v1/events"], views.page)
    api.route("GET", ["/email/public/v1/events/<created>/<event_id>"], views.get)


class EmailEventViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Reply:
        """Newest first; by recipient, type, time, app and campaign [D:email-analytics-v1]."""
        call.caller.require(self._portal.settings.email_event_scopes)
        limit = call.limit(default=100, most=_MAX_PAGE)
        terms, parameters = ["1"], []
        recipient, event_type = call.text("recipient"), call.text("eventType")
        if recipient:
            terms.append("recipient = ?")
            parameters.append(recipient.lower())
        if event_type:
            terms.append("type = ?")
            parameters.append(event_type)
        for name, term in _NUMBERS.items():
            text = call.text(name)
            if text:
                terms.append(f"{term} CAST(? AS INTEGER)")
                parameters.append(str(integer(text)))
        if call.flag("excludeFilteredEvents"):
            terms.append("NOT coalesce(json_extract(CAST(body AS TEXT), '$.filteredEvent'), 0)")
        offset = call.text("offset")
        if offset:
            at, _, n = decode(offset).partition("|")
            terms.append("(at, n) < (CAST(? AS INTEGER), CAST(? AS INTEGER))")
            parameters += [at, n]
        rows = list(
            self._portal.database.rows(
                f"SELECT at, n, body FROM email_event WHERE {' AND '.join(terms)} ORDER BY at DESC, n DESC LIMIT ?",
                [*parameters, limit + 1],
            )
        )
        shown = rows[:limit]
        body: dict[str, Any] = {"hasMore": len(rows) > limit}
        if shown:
            body["offset"] = encode(f"{shown[-1][0]}|{shown[-1][1]}")
        body["events"] = [orjson.loads(row[2]) for row in shown]
        return Reply(body, rows=len(shown))

    def get(self, call: Call, created: str, event_id: str) -> Reply:
        """One event by its two-part key."""
        call.caller.require(self._portal.settings.email_event_scopes)
        row = self._portal.database.row(
            "SELECT body FROM email_event WHERE at = CAST(? AS INTEGER) AND json_extract(CAST(body AS TEXT), '$.id') = ?",
            (str(integer(created)), event_id),
        )
        if row is None:
            raise not_found_numeric()
        return Reply(orjson.loads(row[0]), rows=1)
