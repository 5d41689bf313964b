"""CRM objects one at a time: list, get, create, update, archive (§4.1-4.3, §4.7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.association_types import HUBSPOT
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import bad_input, not_set, read_only, validation
from connectors.loopback.hubspot.instants import DAY_MS
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.association_scopes import check_ends
from connectors.loopback.hubspot.routes.paging import next_page

_MAX_PAGE = 100
_MAX_PAGE_WITH_HISTORY = 50


def register(api: Api) -> None:
    views = ObjectViews(api.portal)
    api.route("GET", paths.objects("/<object_type>"), views.page)
    api.route("POST", paths.objects("/<object_type>"), views.create)
    api.route("GET", paths.objects("/<object_type>/<object_id>"), views.get)
    api.route("PATCH", paths.objects("/<object_type>/<object_id>"), views.update)
    api.route("DELETE", paths.objects("/<object_type>/<object_id>"), views.archive)


class ObjectViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call, object_type: str) -> Reply:
        """Pages by id; ``after`` is the id of the next page's first record."""
        kind = readable(self._portal, call, object_type)
        history = call.names("propertiesWithHistory")
        most = _MAX_PAGE_WITH_HISTORY if history else _MAX_PAGE
        limit = call.limit(default=10, most=most)
        bin_age = self._portal.settings.archived_days * DAY_MS
        found = self._portal.records.page(
            kind.name,
            start=call.start(),
            limit=limit + 1,
            archived_since=call.now - bin_age if call.flag("archived") else None,
        )
        has_more = len(found) > limit
        shown, resume = self._portal.page_faults.cut(limit) if has_more else (limit, limit)
        view = self._portal.view
        check_sensitive(self._portal, call, kind, [*call.names("properties"), *history], "read")
        hidden = unseen(self._portal, call, kind)
        project = view.projector(kind, [*call.names("properties"), *history], call.now, hidden=hidden)
        history = [name for name in history if name not in hidden]
        associations = self._associations(call, kind)
        results = [
            view.record(kind, record, project, history=history, associations=associations, at=call.now)
            for record in found[:shown]
        ]
        body: dict[str, Any] = {"results": results}
        if has_more:
            body["paging"] = next_page(call, str(found[resume].id))
        return Reply(body, rows=len(results))

    def get(self, call: Call, object_type: str, object_id: str) -> Reply:
        kind = readable(self._portal, call, object_type)
        check_sensitive(self._portal, call, kind, [call.text("idProperty") or ""], "read")
        record = self._portal.resolver.record(kind, object_id, call.text("idProperty"), archived=call.flag("archived"))
        view = self._portal.view
        history = call.names("propertiesWithHistory")
        check_sensitive(self._portal, call, kind, [*call.names("properties"), *history], "read")
        hidden = unseen(self._portal, call, kind)
        project = view.projector(kind, [*call.names("properties"), *history], call.now, hidden=hidden)
        history = [name for name in history if name not in hidden]
        body = view.record(
            kind,
            record,
            project,
            history=history,
            associations=self._associations(call, kind),
            at=call.now,
        )
        return Reply(body, rows=1)

    def create(self, call: Call, object_type: str) -> Reply:
        kind = writable(self._portal, call, object_type)
        body = call.object()
        writer = self._portal.writer
        check_sensitive(self._portal, call, kind, body.get("properties") or {}, "write")
        changes = writer.examined(kind, body.get("properties") or {}, None, call.now)
        ends = association_ends(self._portal, call, kind, body.get("associations"))
        written = writer.create(kind, changes, call.caller.source, call.now)
        for to_kind, to_id, types in ends:
            self._portal.associations.link(kind, written.record.id, to_kind, to_id, types, call.now)
        echo = self._portal.view.echo(kind, written, body.get("objectWriteTraceId"))
        location = f"{call.request.base_url.rstrip('/')}/{written.record.id}"
        return Reply(echo, 201, {"Location": location}, rows=1)

    def update(self, call: Call, object_type: str, object_id: str) -> Reply:
        kind = writable(self._portal, call, object_type)
        body = call.object()
        check_sensitive(self._portal, call, kind, [call.text("idProperty") or ""], "write")
        record = self._portal.resolver.record(kind, object_id, call.text("idProperty"))
        writer = self._portal.writer
        check_sensitive(self._portal, call, kind, body.get("properties") or {}, "write")
        changes = writer.examined(kind, body.get("properties") or {}, record, call.now)
        written = writer.update(kind, record, changes, call.caller.source, call.now)
        echo = self._portal.view.echo(kind, written, body.get("objectWriteTraceId"))
        return Reply(echo, rows=1)

    def archive(self, call: Call, object_type: str, object_id: str) -> Reply:
        """204 also for an id that does not exist [R:nango-ELv2/delete-task.json]."""
        kind = writable(self._portal, call, object_type)
        archive_by_id(self._portal, kind, object_id, call.now)
        return NO_CONTENT

    def _associations(self, call: Call, kind: ObjectType) -> list[ObjectType]:
        """The asked types; one that the portal holds nothing of adds nothing, as any type without a link (§4.2)."""
        asked = [other for other in map(self._portal.kinds.held, call.names("associations")) if other]
        for other in asked:
            check_ends(self._portal, call, kind, other)
        return asked


def readable(portal: Portal, call: Call, object_type: str) -> ObjectType:
    kind = portal.kinds.resolve(object_type)
    call.caller.require(kind.reads)
    return kind


def writable(portal: Portal, call: Call, object_type: str) -> ObjectType:
    """Raises the refusal of a type that is HubSpot's alone to write."""
    kind = portal.kinds.resolve(object_type)
    if kind.read_only:
        raise read_only(kind.name, portal.settings.read_only_status)
    call.caller.require(kind.writes)
    return kind


def unseen(portal: Portal, call: Call, kind: ObjectType) -> frozenset[str]:
    """The properties the caller may not see: what an e-mail says, without ``sales-email-read``."""
    open_to_all = not portal.settings.email_content_scope or "sales-email-read" in call.caller.grant.scopes
    return frozenset() if open_to_all else kind.content


def check_sensitive(portal: Portal, call: Call, kind: ObjectType, names: Iterable[str], verb: str) -> None:
    """403 when one of the properties holds sensitive data and the caller lacks the scope for it [D:sensitive]."""
    for name in names:
        definition = portal.schema.any_property(kind.name, name.lower())
        if definition is not None and definition.data_sensitivity != "non_sensitive":
            call.caller.require([kind.sensitive_scope(definition.data_sensitivity, verb)])


def out_of_sight(portal: Portal, call: Call, kind: ObjectType) -> frozenset[str]:
    """The sensitive properties that the caller lacks the scope to read: an answer with every property omits them."""
    granted = call.caller.grant.scopes
    return frozenset(
        definition.name
        for definition in portal.schema.properties(kind.name)
        if definition.data_sensitivity != "non_sensitive"
        and kind.sensitive_scope(definition.data_sensitivity, "read") not in granted
    )


def archive_by_id(portal: Portal, kind: ObjectType, object_id: str, now: int) -> None:
    record_id = portal.resolver.lookup(kind, object_id, None)
    record = None if record_id is None else portal.records.get(kind.name, record_id)
    if record is not None and not record.archived:
        portal.writer.archive(kind, record, now)


def association_ends(portal: Portal, call: Call, kind: ObjectType, given: Any) -> list[tuple[Any, ...]]:
    """Inline ``associations`` of a create: (other type, other id, types), all checked.

    The other type is known by the association type id alone (§4.7). 400 without the one a lead
    needs, an existing contact (§10.5).
    """
    ends: list[tuple[Any, ...]] = []
    if not isinstance(given or [], list):
        raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for associations")
    for entry in given or []:
        specs = entry.get("types") or []
        for spec in specs:
            category = spec.get("associationCategory") or HUBSPOT
            types = [
                link
                for other in portal.kinds
                for link in portal.association_types.of(kind.name, other.name)
                if (link.category, str(link.type_id)) == (category, str(spec.get("associationTypeId")))
            ]
            if not types:
                raise validation(
                    f"invalid from object type {kind.id} for association type {spec.get('associationTypeId')}"
                )
            to_kind = portal.kinds[types[0].to_kind]
            check_ends(portal, call, kind, to_kind)
            to_id = portal.associations.end(to_kind, str((entry.get("to") or {}).get("id")))
            ends.append((to_kind, to_id, types))
        if not specs:
            raise not_set("types")
    if kind.needs and all(to_kind.name != kind.needs for to_kind, _, _ in ends):
        raise validation(f"A {kind.singular} must be associated with an existing record of {kind.needs}")
    return ends
