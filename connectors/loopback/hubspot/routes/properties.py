"""Property definitions and groups (§10.4)."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import Entry, inputs
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.schema import NON_SENSITIVE

_MAX_INPUTS = 100


def register(api: Api) -> None:
    views = PropertyViews(api.portal)
    kind = "/<object_type>"
    api.route("GET", paths.crm("properties", kind), views.page)
    api.route("POST", paths.crm("properties", kind), views.create)
    api.route("GET", paths.crm("properties", f"{kind}/<name>"), views.get)
    api.route("PATCH", paths.crm("properties", f"{kind}/<name>"), views.update)
    api.route("DELETE", paths.crm("properties", f"{kind}/<name>"), views.archive)
    for verb in ("read", "create", "archive"):
        view = getattr(views, f"batch_{verb}")
        api.route("POST", paths.crm("properties", f"{kind}/batch/{verb}"), view)
    groups = f"{kind}/groups"
    api.route("GET", paths.crm("properties", groups), views.list_groups)
    api.route("POST", paths.crm("properties", groups), views.create_group)
    api.route("GET", paths.crm("properties", f"{groups}/<name>"), views.get_group)
    api.route("PATCH", paths.crm("properties", f"{groups}/<name>"), views.update_group)
    api.route("DELETE", paths.crm("properties", f"{groups}/<name>"), views.archive_group)


class PropertyViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._definitions = portal.definitions

    def page(self, call: Call, object_type: str) -> Reply:
        """Every definition of one ``dataSensitivity`` at once, no paging [S:crm-properties.v3]."""
        kind = self._readable(call, object_type)
        archived, sensitivity = call.flag("archived"), call.text("dataSensitivity") or NON_SENSITIVE
        found = self._portal.schema.properties(kind.name, archived=archived, at=call.now)
        results = [definition.wire() for definition in found if definition.data_sensitivity == sensitivity]
        return Reply({"results": results}, rows=len(results))

    def get(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._readable(call, object_type)
        archived = call.flag("archived")
        return Reply(self._definitions.get(kind, name, call.now, archived=archived).wire())

    def create(self, call: Call, object_type: str) -> Reply:
        kind = self._writable(call, object_type)
        user = call.caller.grant.user_id
        created = self._definitions.create(kind, call.object(), call.now, user)
        location = f"{call.request.base_url.rstrip('/')}/{created.name}"
        return Reply(created.wire(), 201, {"Location": location})

    def update(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._writable(call, object_type)
        return Reply(self._definitions.update(kind, name, call.object(), call.now).wire())

    def archive(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._writable(call, object_type)
        self._definitions.archive(kind, name, call.now)
        return NO_CONTENT

    def batch_read(self, call: Call, object_type: str) -> Reply:
        kind = self._readable(call, object_type)
        archived = bool(call.object().get("archived"))

        def read(entry: Entry) -> list[dict[str, Any]]:
            return [self._definitions.get(kind, str(entry.get("name")), call.now, archived=archived).wire()]

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), read)

    def batch_create(self, call: Call, object_type: str) -> Reply:
        """Each input alone; answers carry no stamps [R:amp-labs/custom/create]."""
        kind = self._writable(call, object_type)

        def create(entry: Entry) -> list[dict[str, Any]]:
            user = call.caller.grant.user_id
            return [self._definitions.create(kind, entry, call.now, user).wire(stamps=False)]

        return self._portal.batches.each(call, inputs(call, _MAX_INPUTS), create, status=201)

    def batch_archive(self, call: Call, object_type: str) -> Reply:
        kind = self._writable(call, object_type)
        for entry in inputs(call, _MAX_INPUTS):
            self._definitions.archive(kind, str(entry.get("name")), call.now)
        return NO_CONTENT

    def list_groups(self, call: Call, object_type: str) -> Reply:
        kind = self._readable(call, object_type)
        groups = self._portal.schema.groups(kind.name, archived=call.flag("archived"))
        return Reply({"results": [group.wire() for group in groups]})

    def get_group(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._readable(call, object_type)
        return Reply(self._definitions.group(kind, name).wire())

    def create_group(self, call: Call, object_type: str) -> Reply:
        kind = self._writable(call, object_type)
        return Reply(self._definitions.create_group(kind, call.object()).wire(), 201)

    def update_group(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._writable(call, object_type)
        return Reply(self._definitions.update_group(kind, name, call.object()).wire())

    def archive_group(self, call: Call, object_type: str, name: str) -> Reply:
        kind = self._writable(call, object_type)
        self._definitions.archive_group(kind, name)
        return NO_CONTENT

    def _readable(self, call: Call, object_type: str) -> ObjectType:
        kind = self._portal.kinds.resolve(object_type)
        call.caller.require(kind.schema_read_scopes, flat=True)
        return kind

    def _writable(self, call: Call, object_type: str) -> ObjectType:
        kind = self._portal.kinds.resolve(object_type)
        call.caller.require(kind.schema_writes, flat=True)
        return kind
