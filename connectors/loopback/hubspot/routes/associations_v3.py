"""Associations v3 in batches: types by name, answers in both directions (§10.1)."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import Entry, inputs, text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes.associations_v4 import ends

_MAX_INPUTS = 2_000


def register(api: Api) -> None:
    views = Views(api.portal)
    base = "/crm/v3/associations/<from_type>/<to_type>"
    for verb in ("read", "create", "archive"):
        api.route("POST", [f"{base}/batch/{verb}"], getattr(views, verb))
    api.route("GET", [f"{base}/types"], views.types)


class Views:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def read(self, call: Call, from_type: str, to_type: str) -> Reply:
        """200; an id that means no record is a 207 entry, one without a link is left out."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)

        def linked(entry: Entry) -> list[dict[str, Any]]:
            from_id = self._portal.associations.end(from_kind, text_id(entry))
            found = self._portal.links.page(from_kind.name, from_id, to_kind.name)
            to = [{"id": str(to_id), "type": link.name} for to_id, types in found for link in types]
            return [{"from": {"id": str(from_id)}, "to": to}] if to else []

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), linked)

    def create(self, call: Call, from_type: str, to_type: str) -> Reply:
        """201 with each link from both ends [R:nango-ELv2/create-association.json]."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)

        def link(entry: Entry) -> list[dict[str, Any]]:
            wanted = self._portal.association_types.named(from_kind.name, to_kind.name, str(entry.get("type")))
            from_id = self._portal.associations.end(from_kind, text_id(entry.get("from") or {}))
            to_id = self._portal.associations.end(to_kind, text_id(entry.get("to") or {}))
            self._portal.associations.link(from_kind, from_id, to_kind, to_id, [wanted], call.now)
            back = self._portal.association_types.inverse(wanted)
            return [
                {"from": {"id": str(start)}, "to": {"id": str(end)}, "type": name}
                for start, end, name in ((from_id, to_id, wanted.name), (to_id, from_id, back.name))
            ]

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), link, status=201)

    def archive(self, call: Call, from_type: str, to_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        for entry in inputs(call, _MAX_INPUTS):
            link = self._portal.association_types.named(from_kind.name, to_kind.name, str(entry.get("type")))
            from_text, to_text = text_id(entry.get("from") or {}), text_id(entry.get("to") or {})
            pair = self._portal.associations.ends(from_kind, from_text, to_kind, to_text)
            if pair:
                self._portal.associations.unlabel(link, *pair, call.now)
        return NO_CONTENT

    def types(self, call: Call, from_type: str, to_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        found = self._portal.association_types.of(from_kind.name, to_kind.name)
        return Reply({"results": [{"id": str(t.type_id), "name": t.name} for t in found]})
