"""Associations of one record below the v3 objects: by type name or number (§10.1).

The specifications of v3 leave them out since v4 took their place; the paths go on working.
"""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import ApiError, not_found_numeric
from connectors.loopback.hubspot.links import Linked
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes.associations_v4 import ends, linked_page
from connectors.loopback.hubspot.shapes import is_id

_PAIR = "/crm/v3/objects/<object_type>/<object_id>/associations/<to_type>"


def register(api: Api) -> None:
    views = Views(api.portal)
    api.route("GET", [_PAIR], views.page)
    api.route("PUT", [f"{_PAIR}/<to_id>/<link_type>"], views.put)
    api.route("DELETE", [f"{_PAIR}/<to_id>/<link_type>"], views.delete)


class Views:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call, object_type: str, object_id: str, to_type: str) -> Reply:
        """An entry per type: two records linked in two ways appear twice."""
        return linked_page(self._portal, call, (object_type, object_id, to_type), _by_name)

    def put(self, call: Call, object_type: str, object_id: str, to_type: str, to_id: str, link_type: str) -> Reply:
        """200 with the record and its associations of that type."""
        from_kind, to_kind = ends(self._portal, call, object_type, to_type)
        link = self._portal.association_types.named(from_kind.name, to_kind.name, link_type)
        record = self._portal.resolver.record(from_kind, object_id)
        try:
            other = self._portal.associations.end(to_kind, to_id)
        except ApiError:
            raise not_found_numeric() from None
        self._portal.associations.link(from_kind, record.id, to_kind, other, [link], call.now)
        view = self._portal.view
        shown = self._portal.resolver.record(from_kind, str(record.id))
        body = view.record(from_kind, shown, view.projector(from_kind, None, call.now), associations=[to_kind])
        return Reply(body, rows=1)

    def delete(self, call: Call, object_type: str, object_id: str, to_type: str, to_id: str, link_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, object_type, to_type)
        link = self._portal.association_types.named(from_kind.name, to_kind.name, link_type)
        record = self._portal.resolver.record(from_kind, object_id)
        if is_id(to_id):
            self._portal.associations.unlabel(link, record.id, int(to_id), call.now)
        return NO_CONTENT


def _by_name(linked: Linked) -> list[dict[str, str]]:
    to_id, types = linked
    return [{"id": str(to_id), "type": link.name} for link in types]
