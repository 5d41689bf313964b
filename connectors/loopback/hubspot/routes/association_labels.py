"""Association types and a portal's own labels (§10.1) [S:associations-schema.v4]."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import required
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.associations_v4 import ends


def register(api: Api) -> None:
    views = LabelViews(api.portal)
    labels = paths.association_schema("/<from_type>/<to_type>/labels")
    api.route("GET", labels, views.page)
    api.route("POST", labels, views.create)
    api.route("PUT", labels, views.update)
    api.route("DELETE", [f"{path}/<type_id>" for path in labels], views.remove)


class LabelViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._types = portal.association_types

    def page(self, call: Call, from_type: str, to_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        return Reply({"results": [link.wire() for link in self._types.of(from_kind.name, to_kind.name)]})

    def create(self, call: Call, from_type: str, to_type: str) -> Reply:
        """200 with the types made, one for each direction."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        made = self._types.add_label(from_kind, to_kind, call.object())
        return Reply({"results": [link.wire() for link in made]})

    def update(self, call: Call, from_type: str, to_type: str) -> Reply:
        """``{"associationTypeId", "label", "inverseLabel"?}``: 204; links keep their type."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        body = call.object()
        label = required(body, "label")
        link = self._types.own(from_kind.name, to_kind.name, body.get("associationTypeId"))
        self._types.rename(link, label, body.get("inverseLabel"))
        return NO_CONTENT

    def remove(self, call: Call, from_type: str, to_type: str, type_id: str) -> Reply:
        """204; the records stay associated, without the label."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        link = self._types.own(from_kind.name, to_kind.name, type_id)
        self._portal.links.remove_everywhere(link)
        self._types.remove(link)
        return NO_CONTENT
