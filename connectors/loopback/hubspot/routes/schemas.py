"""Schemas of custom object types (§1.4, §13.10): the portal has none. What makes one is not emulated."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.errors import missing_scopes, not_emulated
from connectors.loopback.hubspot.routes import paths

_READ = frozenset({"crm.schemas.custom.read", "crm.objects.custom.read"})
_TOLD = ("custom-object-read",)  # what a refused caller is told it lacks [R:amp-labs/metadata-err-schemas-scope.json]


def register(api: Api) -> None:
    api.route("GET", paths.object_schemas(""), page)
    api.route("POST", paths.object_schemas(""), elsewhere)
    for method in ("GET", "POST", "PATCH", "DELETE"):
        api.route(method, paths.object_schemas("/<path:rest>"), elsewhere)


def page(call: Call) -> Reply:
    """No paging; HubSpot's own object types are not listed [S:schemas.v3]."""
    if not _READ & set(call.caller.grant.scopes):
        raise missing_scopes(_TOLD, flat=True)
    return Reply({"results": []}, rows=0)


def elsewhere(call: Call, rest: str = "") -> Reply:
    raise not_emulated(f"{call.request.method} of object schemas")
