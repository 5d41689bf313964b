"""The members of a list, and the lists of a record (§9.5) [S:crm-lists.v3]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import inputs, text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.cursors import decode, encode
from connectors.loopback.hubspot.errors import bad_input, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.lists.members import MAX_PAGE, Member
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.lists import READ, WRITE
from connectors.loopback.hubspot.routes.paging import page_link
from connectors.loopback.hubspot.shapes import is_id

_MAX_INPUTS = 100


def register(api: Api) -> None:
    views = MembershipViews(api.portal)
    members = "/<list_id>/memberships"
    records = "/records/<object_type>/<record_id>/memberships"
    for method, rest, view in (
        ("GET", members, views.by_record),
        ("GET", f"{members}/join-order", views.by_join),
        ("PUT", f"{members}/add", views.add),
        ("PUT", f"{members}/remove", views.remove),
        ("PUT", f"{members}/add-and-remove", views.add_and_remove),
        ("PUT", f"{members}/add-from/<source_id>", views.add_from),
        ("DELETE", members, views.clear),
        ("GET", records, views.of_record),
        ("POST", "/records/memberships/batch/read", views.of_records),
    ):
        api.route(method, paths.crm("lists", rest), view)


class MembershipViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lists = portal.lists

    def by_record(self, call: Call, list_id: str) -> Reply:
        return self._page(call, list_id, "record")

    def by_join(self, call: Call, list_id: str) -> Reply:
        """In the order of joining: what is new comes last."""
        return self._page(call, list_id, "join")

    def _page(self, call: Call, list_id: str, order: str) -> Reply:
        """Ascending from ``after``; with ``before`` alone descending (§9.5)."""
        call.caller.require(READ)
        found = self._lists.refreshed(self._lists.find(list_id))
        limit = call.limit(default=100, most=MAX_PAGE)
        after, before = call.text("after"), call.text("before")
        backwards = before is not None and after is None
        cursor = before if backwards else after
        start = _position(cursor, 1 if order == "record" else 2) if cursor else None
        members = self._lists.members.page(
            found.id, found.kind, order, start=start, backwards=backwards, limit=limit + 1
        )
        shown = members[:limit]
        results = [{"recordId": str(m.record_id), "membershipTimestamp": instant(m.at)} for m in shown]
        body: dict[str, Any] = {"total": self._lists.members.count(found.id, found.kind), "results": results}
        if len(members) > limit:
            direction, parameter = ("prev", "before") if backwards else ("next", "after")
            body["paging"] = {direction: page_link(call, parameter, encode(_cursor(shown[-1], order)))}
        return Reply(body, rows=len(results))

    def add(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        return self._change(call, list_id, _ids(call.body()), [])

    def remove(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        return self._change(call, list_id, [], _ids(call.body()))

    def add_and_remove(self, call: Call, list_id: str) -> Reply:
        """``{"recordIdsToAdd": [...], "recordIdsToRemove": [...]}``"""
        call.caller.require(WRITE)
        body = call.object()
        added, removed = (_ids(body.get(key) or []) for key in ("recordIdsToAdd", "recordIdsToRemove"))
        return self._change(call, list_id, added, removed)

    def _change(self, call: Call, list_id: str, add: list[str], remove: list[str]) -> Reply:
        return Reply(self._lists.change(self._lists.find(list_id), add, remove, call.now))

    def add_from(self, call: Call, list_id: str, source_id: str) -> Reply:
        call.caller.require(WRITE)
        self._lists.add_from(self._lists.find(list_id), self._lists.find(source_id), call.now)
        return NO_CONTENT

    def clear(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        self._lists.clear(self._lists.find(list_id), call.now)
        return NO_CONTENT

    def of_record(self, call: Call, object_type: str, record_id: str) -> Reply:
        call.caller.require(READ)
        results = self._lists.of_record(object_type, record_id)
        return Reply({"total": len(results), "results": results}, rows=len(results))

    def of_records(self, call: Call) -> Reply:
        call.caller.require(READ)

        def read(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
            object_type, record_id = str(entry.get("objectTypeId")), text_id(entry, "recordId")
            memberships = self._lists.of_record(object_type, record_id)
            return [{"objectTypeId": object_type, "recordId": record_id, "recordListMemberships": memberships}]

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), read)


def _ids(given: Any) -> list[str]:
    if not isinstance(given, list):
        raise bad_input("Cannot deserialize value of type `java.util.LinkedHashSet`")
    return [str(entry) for entry in given]


def _cursor(member: Member, order: str) -> str:
    return str(member.record_id) if order == "record" else f"{member.at}|{member.record_id}"


def _position(cursor: str, parts: int) -> tuple[int, ...]:
    numbers = decode(cursor).split("|")
    if len(numbers) != parts or not all(is_id(number) for number in numbers):
        raise validation(f"{cursor} is not a valid cursor")
    return tuple(map(int, numbers))
