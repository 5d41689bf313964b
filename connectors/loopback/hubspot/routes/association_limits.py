"""Limits on how many records may be associated (§10.1) [S:associations-schema.v4]."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.association_types import AssociationType
from connectors.loopback.hubspot.batches import Entry, inputs
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.associations_v4 import Ends, ends

_MAX_INPUTS = 100


def register(api: Api) -> None:
    views = LimitViews(api.portal)
    pair = "/<from_type>/<to_type>"
    for method, rest, view in (
        ("GET", "/all", views.everywhere),
        ("GET", pair, views.between),
        ("POST", f"{pair}/batch/create", views.create),
        ("POST", f"{pair}/batch/update", views.update),
        ("POST", f"{pair}/batch/purge", views.purge),
    ):
        spelled = paths.association_schema(f"/definitions/configurations{rest}")
        api.route(method, spelled, view, family="association-batch")


class LimitViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._limits = portal.association_limits

    def everywhere(self, call: Call) -> Reply:
        call.caller.require([scope for kind in self._portal.kinds for scope in kind.any_scope])
        return Reply({"results": self._limits.everywhere()})

    def between(self, call: Call, from_type: str, to_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        types = self._portal.association_types.of(from_kind.name, to_kind.name)
        return Reply({"results": self._limits.configured(types)})

    def create(self, call: Call, from_type: str, to_type: str) -> Reply:
        """201, or 207: each limit stands alone."""
        return self._put(call, from_type, to_type, new=True)

    def update(self, call: Call, from_type: str, to_type: str) -> Reply:
        return self._put(call, from_type, to_type, new=False)

    def purge(self, call: Call, from_type: str, to_type: str) -> Reply:
        """204; a type without a limit is left out."""
        kinds = ends(self._portal, call, from_type, to_type)
        for entry in inputs(call, _MAX_INPUTS):
            self._limits.remove(self._link(kinds, entry))
        return self._portal.batches.archived(call)

    def _put(self, call: Call, from_type: str, to_type: str, *, new: bool) -> Reply:
        kinds = ends(self._portal, call, from_type, to_type)

        def put(entry: Entry) -> list[dict[str, Any]]:
            link = self._link(kinds, entry)
            self._limits.put(link, entry, new=new)
            wire = self._limits.wire(link)
            return [wire if new else {name: value for name, value in wire.items() if name != "label"}]

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), put, status=201 if new else 200)

    def _link(self, kinds: Ends, entry: Entry) -> AssociationType:
        from_kind, to_kind = kinds
        spec = {"associationTypeId": entry.get("typeId"), "associationCategory": entry.get("category")}
        return self._portal.association_types.checked(from_kind.name, to_kind.name, spec)
