"""Lists: definitions and search (§9.5) [S:crm-lists.v3].

The map of legacy ids, which ended, is not emulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import not_emulated, validation
from connectors.loopback.hubspot.lists.catalogue import CrmList
from connectors.loopback.hubspot.lists.folders import Folders
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths

READ = ("crm.lists.read",)
WRITE = ("crm.lists.write", "cms.membership.access_groups.write")
_DEFAULT_COUNT, _MAX_COUNT = 20, 500


def register(api: Api) -> None:
    views = ListViews(api.portal)
    one = "/<list_id>"
    for method, rest, view in (
        ("GET", "", views.several),
        ("POST", "", views.create),
        ("POST", "/search", views.search),
        ("GET", one, views.get),
        ("DELETE", one, views.delete),
        ("PUT", f"{one}/restore", views.restore),
        ("PUT", f"{one}/update-list-name", views.rename),
        ("PUT", f"{one}/update-list-filters", views.refilter),
        ("GET", "/idmapping", views.legacy_ids),
        ("POST", "/idmapping", views.legacy_ids),
        ("GET", "/all", views.all_by_cursor),
        ("GET", "/object-type-id/<object_type>/name/<name>", views.named),
    ):
        api.route(method, paths.crm("lists", rest), view)


class ListViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lists = portal.lists
        self._folders = Folders(portal.documents, portal.lists)

    def create(self, call: Call) -> Reply:
        call.caller.require(WRITE)
        body = call.object()
        folder = self._folders.find(str(body.get("listFolderId") or "0"))
        made = self._lists.create(body, folder.id, call.caller.grant.user_id, call.now)
        return Reply({"list": self._wire(made, filters=True)})

    def get(self, call: Call, list_id: str) -> Reply:
        call.caller.require(READ)
        return self._one(call, self._lists.find(list_id))

    def named(self, call: Call, object_type: str, name: str) -> Reply:
        call.caller.require(READ)
        return self._one(call, self._lists.named(object_type, name))

    def several(self, call: Call) -> Reply:
        """By ``listIds``, those that exist."""
        call.caller.require(READ)
        wanted = set(call.names("listIds"))
        found = [self._lists.refreshed(one) for one in self._lists.all() if str(one.id) in wanted]
        filters = call.flag("includeFilters")
        return Reply({"lists": [self._wire(one, filters=filters) for one in found]}, rows=len(found))

    def search(self, call: Call) -> Reply:
        """By name, ids, types; pages by ``offset`` [R:amp-labs/read-lists-1-first-page.json]."""
        call.caller.require(READ)
        body = call.object()
        if body.get("sort"):
            raise not_emulated("the sort of a list search")
        offset, count = _whole(body, "offset", 0), _whole(body, "count", _DEFAULT_COUNT)
        if not 0 < count <= _MAX_COUNT or offset < 0:
            raise validation(f"count must be between 1 and {_MAX_COUNT}, it was {count}")
        for name in ("listIds", "processingTypes"):
            if not isinstance(body.get(name) or [], list):
                raise validation(f"{name} must be an array")
        found = [one for one in self._lists.all() if self._wanted(one, body)]
        shown = [self._lists.refreshed(one) for one in found[offset : offset + count]]
        end = offset + len(shown)
        lists = [{**one.wire(), "additionalProperties": self._additional(one)} for one in shown]
        return Reply({"offset": end, "hasMore": end < len(found), "lists": lists, "total": len(found)}, rows=len(lists))

    def rename(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        found = self._lists.find(list_id)
        changed = self._lists.rename(found, call.text("listName") or found.name, call.now)
        return Reply({"updatedList": self._wire(changed, filters=call.flag("includeFilters"))})

    def refilter(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        changed = self._lists.refilter(self._lists.find(list_id), call.object().get("filterBranch"), call.now)
        return Reply({"updatedList": self._wire(changed, filters=True)})

    def delete(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        self._lists.delete(self._lists.find(list_id), call.now)
        return NO_CONTENT

    def restore(self, call: Call, list_id: str) -> Reply:
        call.caller.require(WRITE)
        self._lists.restore(list_id, call.now)
        return NO_CONTENT

    def legacy_ids(self, call: Call) -> Reply:
        raise not_emulated("the map of legacy list ids, which ended on 30 May 2025")

    def all_by_cursor(self, call: Call) -> Reply:
        raise not_emulated("the cursor over all lists, new in 2026-09 and in no specification")

    def _one(self, call: Call, found: CrmList) -> Reply:
        body = self._wire(self._lists.refreshed(found), filters=call.flag("includeFilters"))
        return Reply({"list": body}, rows=1)

    def _wanted(self, one: CrmList, body: Mapping[str, Any]) -> bool:
        """Every criterion that is given; an object type by any of its names."""
        object_type = body.get("objectTypeId")
        return (
            str(body.get("query") or "").lower() in one.name.lower()
            and str(one.id) in map(str, body.get("listIds") or [one.id])
            and one.processing in (body.get("processingTypes") or [one.processing])
            and (not object_type or self._portal.kinds.resolve(str(object_type)).name == one.kind)
        )

    def _wire(self, one: CrmList, *, filters: bool) -> dict[str, Any]:
        body = {**one.wire(), "size": self._lists.members.count(one.id, one.kind)}
        return {**body, "filterBranch": one.filters} if filters and one.filters is not None else body

    def _additional(self, one: CrmList) -> dict[str, str]:
        """Texts; what a list has not is left out, and no other property is known."""
        found = {
            "hs_list_size": str(self._lists.members.count(one.id, one.kind)),
            "hs_list_reference_count": "0",
            "hs_last_record_added_at": one.last_added,
            "hs_last_record_removed_at": one.last_removed,
            "hs_folder_name": self._folders.find(str(one.folder)).name or None,
        }
        return {name: str(value) for name, value in found.items() if value is not None}


def _whole(body: Mapping[str, Any], key: str, default: int) -> int:
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise validation(f"{key} must be a whole number")
    return value
