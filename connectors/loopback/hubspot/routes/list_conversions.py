"""Lists that become static, and their sizes over time (§9.5) [S:crm-lists.v3]."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import not_found_numeric, validation
from connectors.loopback.hubspot.instants import instant, parse_moment
from connectors.loopback.hubspot.lists.catalogue import CrmList
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.lists import READ, WRITE


def register(api: Api) -> None:
    views = ConversionViews(api.portal)
    schedule = paths.crm("lists", "/<list_id>/schedule-conversion")
    api.route("GET", schedule, views.get)
    api.route("PUT", schedule, views.put)
    api.route("DELETE", schedule, views.cancel)
    # The one endpoint that the dated lines do not have (§12).
    api.route("GET", ["/crm/v3/lists/<list_id>/size-and-edits-history/between"], views.history)


class ConversionViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lists = portal.lists

    def get(self, call: Call, list_id: str) -> Reply:
        """What is to come or was; 404 for a list that nobody converts."""
        call.caller.require(READ)
        found = self._lists.refreshed(self._lists.find(list_id))
        if found.conversion is None:
            raise not_found_numeric()
        return Reply(_wire(found))

    def put(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        found = self._lists.refreshed(self._lists.find(list_id))
        return Reply(_wire(self._lists.schedule(found, call.object())))

    def cancel(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        self._lists.unschedule(self._lists.refreshed(self._lists.find(list_id)))
        return NO_CONTENT

    def history(self, call: Call, list_id: str) -> Reply:
        """``startDate`` and ``endDate``; without them from the beginning, and up to now."""
        call.caller.require(READ)
        found = self._lists.refreshed(self._lists.find(list_id))
        start, end = _moment(call, "startDate", found.created), _moment(call, "endDate", call.now)
        return Reply(self._lists.changes.between(found.id, start, end))


def _wire(found: CrmList) -> dict[str, Any]:
    body: dict[str, Any] = {"listId": str(found.id), "requestedConversionTime": found.conversion}
    return body if found.converted is None else {**body, "convertedAt": instant(found.converted)}


def _moment(call: Call, parameter: str, default: int) -> int:
    text = call.text(parameter)
    if text is None:
        return default
    moment = parse_moment(text.replace(" ", "+"))
    if moment is None:
        raise validation(f"{text} is not a valid {parameter}")
    return moment
