"""Schemas of custom object types (§1.4, §13.10): the portal has none. What makes one is not emulated."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.errors import not_emulated
from connectors.loopback.hubspot.routes import paths

_READ = ("crm.schemas.custom.read", "crm.objects.custom.read")


def register(api: Api) -> None:
    api.route("GET", paths.object_schemas(""), page)
    api.route("POST", paths.object_schemas(""), elsewhere)
    for method in ("GET", "POST", "PATCH", "DELETE"):
        api.route(method, paths.object_schemas("/<path:rest>"), elsewhere)


def page(call: Call) -> Reply:
    """No paging; HubSpot's own object types are not listed [S:schemas.v3]."""
    call.caller.require(_READ, flat=True)
    return Reply({"results": []}, rows=0)


def elsewhere(call: Call, rest: str = "") -> Reply:
    raise not_emulated(f"{call.request.method} of object schemas")
