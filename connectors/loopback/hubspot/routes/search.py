"""POST …/search (§4.4)."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.objects import check_sensitive, readable, unseen
from connectors.loopback.hubspot.search.query import parse


def register(api: Api) -> None:
    views = SearchViews(api.portal)
    api.route("POST", paths.objects("/<object_type>/search"), views.search, family="search")


class SearchViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def search(self, call: Call, object_type: str) -> Reply:
        """``total``, ``results``, and an offset as the cursor; there is no link."""
        kind = readable(self._portal, call, object_type)
        query = parse(call.body(), self._portal.settings)
        filtered = [condition.name for group in query.groups for condition in group]
        asked = [*(query.properties or ()), *filtered, query.sort or ""]
        check_sensitive(self._portal, call, kind, asked, "read")
        found = self._portal.search.search(kind, query, call.now)
        view = self._portal.view
        project = view.projector(kind, query.properties, call.now, hidden=unseen(self._portal, call, kind))
        records, after = found.records, found.after
        if after is not None:
            shown, resume = self._portal.page_faults.cut(after - query.offset)
            records, after = records[:shown], query.offset + resume
        results = [view.record(kind, record, project) for record in records]
        body: dict[str, Any] = {"total": found.total, "results": results}
        if after is not None:
            body["paging"] = {"next": {"after": str(after)}}
        return Reply(body, rows=len(results))
