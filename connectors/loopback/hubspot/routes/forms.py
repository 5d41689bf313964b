"""The form catalogue and the submissions of a form (§9.3)."""

from __future__ import annotations

from typing import Any

import orjson

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply, integer
from connectors.loopback.hubspot.cursors import decode, encode
from connectors.loopback.hubspot.errors import ApiError, not_found_numeric, required
from connectors.loopback.hubspot.forms import archived, changed, form
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes.paging import next_page

_FORMS = ("/marketing/v3/forms", "/marketing/forms/2026-09-beta")
_MAX_PAGE = 50
FORM = "form"
_SUBMISSION = ("values", "pageUrl")


def register(api: Api) -> None:
    views = FormViews(api.portal)
    api.route("GET", _FORMS, views.page)
    api.route("POST", _FORMS, views.create)
    for method, view in (
        ("GET", views.get),
        ("PUT", views.replace),
        ("PATCH", views.update),
        ("DELETE", views.archive),
    ):
        api.route(method, [f"{path}/<form_id>" for path in _FORMS], view)
    api.route("GET", ["/form-integrations/v1/submissions/forms/<form_id>"], views.submissions)


class FormViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Reply:
        call.caller.require(["forms"])
        limit = call.limit(default=20, most=_MAX_PAGE)
        after = call.text("after")
        start = integer(decode(after)) if after else 0
        binned, types = call.flag("archived"), call.names("formTypes")
        found = [
            one
            for one in self._portal.documents.all(FORM)
            if one["archived"] == binned and (not types or one["formType"] in types or "all" in types)
        ]
        body: dict[str, Any] = {"results": found[start : start + limit]}
        if len(found) > start + limit:
            body["paging"] = next_page(call, encode(str(start + limit)))
        return Reply(body, rows=len(body["results"]))

    def create(self, call: Call) -> Reply:
        call.caller.require(["forms"])
        body = call.object()
        made = form({**body, "name": required(body, "name"), "id": self._portal.new_id(), "archived": False}, call.now)
        stamped = {**made, "createdAt": instant(call.now), "updatedAt": instant(call.now)}
        self._portal.documents.put(FORM, made["id"], stamped)
        return Reply(stamped, 201)

    def get(self, call: Call, form_id: str) -> Reply:
        call.caller.require(["forms"])
        return Reply(self._form(form_id, binned=call.flag("archived")), rows=1)

    def replace(self, call: Call, form_id: str) -> Reply:
        return self._change(call, form_id, whole=True)

    def update(self, call: Call, form_id: str) -> Reply:
        return self._change(call, form_id, whole=False)

    def archive(self, call: Call, form_id: str) -> Reply:
        """204; the submissions stay readable."""
        call.caller.require(["forms"])
        self._portal.documents.put(FORM, form_id, archived(self._form(form_id), call.now))
        return NO_CONTENT

    def _change(self, call: Call, form_id: str, *, whole: bool) -> Reply:
        call.caller.require(["forms"])
        stored = changed(self._form(form_id), call.object(), call.now, whole=whole)
        self._portal.documents.put(FORM, form_id, stored)
        return Reply(stored)

    def _form(self, form_id: str, *, binned: bool = False) -> dict[str, Any]:
        found = self._portal.documents.get(FORM, form_id)
        if found is None or found["archived"] != binned:
            raise not_found_numeric()
        return found

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
        results = [self._submission(row) for row in rows[:limit]]
        body: dict[str, Any] = {"results": results}
        if len(rows) > limit:
            last = rows[limit - 1]
            body["paging"] = {"next": {"after": encode(f"{last[0]}|{last[1]}")}}
        return Reply(body, rows=len(results))

    def _submission(self, row: tuple[Any, ...]) -> dict[str, Any]:
        stored = orjson.loads(row[2])
        if not self._portal.settings.submission_extras:
            stored = {name: value for name, value in stored.items() if name in _SUBMISSION}
        return {"submittedAt": row[0], **stored}
