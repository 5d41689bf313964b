"""Merge, and the GDPR delete of contacts (§4.8, §4.9)."""

from __future__ import annotations

from collections.abc import Container

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import no_route
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.objects import out_of_sight, writable
from connectors.loopback.hubspot.uniques import identity
from connectors.loopback.hubspot.writer import BLOCKED

# Which object types the specifications give the endpoint to.
_MERGED = ("contacts", "companies", "deals", "tickets")
_FORGOTTEN = ("contacts",)


def register(api: Api) -> None:
    views = MergeViews(api.portal)
    api.route("POST", paths.objects("/<object_type>/merge"), views.merge)
    api.route("POST", paths.objects("/<object_type>/gdpr-delete"), views.gdpr_delete)


class MergeViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def merge(self, call: Call, object_type: str) -> Reply:
        kind = self._offered(call, object_type, _MERGED)
        body = call.object()
        survivor = self._portal.merging.merge(
            kind, text_id(body, "primaryObjectId"), text_id(body, "objectIdToMerge"), call.now
        )
        hidden = out_of_sight(self._portal, call, kind)
        return Reply(self._portal.view.everything(kind, survivor, hidden=hidden), rows=1)

    def gdpr_delete(self, call: Call, object_type: str) -> Reply:
        """204; an e-mail nobody has is blocked for the future."""
        kind = self._offered(call, object_type, _FORGOTTEN)
        body = call.object()
        text, id_property = text_id(body, "objectId"), body.get("idProperty")
        record_id = self._portal.resolver.lookup(kind, text, id_property)
        record = None if record_id is None else self._portal.records.get(kind.name, record_id)
        if record is not None:
            self._portal.merging.forget(kind, record, call.now)
        elif id_property == "email":
            self._portal.documents.put(BLOCKED, identity("email", text), {"at": call.now})
        return NO_CONTENT

    def _offered(self, call: Call, object_type: str, kinds: Container[str]) -> ObjectType:
        kind = writable(self._portal, call, object_type)
        if kind.name not in kinds:
            raise no_route(call.request.method, call.request.path)
        return kind
