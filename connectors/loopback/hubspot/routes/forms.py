"""The form catalogue and the submissions of a form (§9.3)."""

from __future__ import annotations

from typing import Any

import orjson

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply, integer
from connectors.loopback.hubspot.cursors import decode, encode
from connectors.loopback.hubspot.errors import ApiError, not_found_numeric
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes.paging import next_page

_FORMS = ("/marketing/v3/forms", "/marketing/forms/2026-09-beta")
_MAX_PAGE = 50
FORM = "form"


def register(api: Api) -> None:
    views = FormViews(api.portal)
    api.route("GET", _FORMS, views.page)
    api.route("GET", [f"{path}/<form_id>" for path in _FORMS], views.get)
    api.route("GET", ["/form-integrations/v1/submissions/forms/<form_id>"], views.submissions)


class FormViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Reply:
        call.caller.require(["forms"])
        limit = call.limit(default=20, most=_MAX_PAGE)
        after = call.text("after")
        start = integer(decode(after)) if after else 0
        archived = call.flag("archived")
        found = [f for f in self._portal.documents.all(FORM) if f["archived"] == archived]
        body: dict[str, Any] = {"results": found[start : start + limit]}
        if len(found) > start + limit:
            body["paging"] = next_page(call, encode(str(start + limit)))
        return Reply(body, rows=len(body["results"]))

    def get(self, call: Call, form_id: str) -> Reply:
        call.caller.require(["forms"])
        found = self._portal.documents.get(FORM, form_id)
        if found is None:
            raise not_found_numeric()
        return Reply(found, rows=1)

    def submissions(self, call: Call, form_id: str) -> Reply:
        """Newest first, 50 at most, no filter by time, no contact id."""
        call.caller.require(self._portal.settings.submission_scopes)
        if self._portal.documents.get(FORM, form_id) is None:
            raise ApiError(404, f"Form {form_id} does not exist", "OBJECT_NOT_FOUND")
        limit = call.limit(default=20, most=_MAX_PAGE)
        condition, parameters = "form_id = ?", [form_id]
        after = call.text("after")
        if after:
            at, _, n = decode(after).partition("|")
            condition += " AND (at, n) < (CAST(? AS INTEGER), CAST(? AS INTEGER))"
            parameters += [at, n]
        rows = list(
            self._portal.database.rows(
                f"SELECT at, n, body FROM submission WHERE {condition} ORDER BY at DESC, n DESC LIMIT ?",
                [*parameters, limit + 1],
            )
        )
        results = [{"submittedAt": row[0], **orjson.loads(row[2])} for row in rows[:limit]]
        body: dict[str, Any] = {"results": results}
        if len(rows) > limit:
            last = rows[limit - 1]
            body["paging"] = {"next": {"after": encode(f"{last[0]}|{last[1]}")}}
        return Reply(body, rows=len(results))
