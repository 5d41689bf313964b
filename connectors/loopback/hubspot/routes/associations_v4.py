"""Associations v4 and their dated successors (§10.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.association_types import AssociationType
from connectors.loopback.hubspot.associations import invalid_identifier
from connectors.loopback.hubspot.batches import Entry, inputs, text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import ApiError, bad_input, not_found_numeric, not_set, validation
from connectors.loopback.hubspot.links import Linked
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.association_scopes import check_ends
from connectors.loopback.hubspot.routes.paging import next_page
from connectors.loopback.hubspot.shapes import is_id
from connectors.loopback.kit import note_rows

_MAX_PAGE = 500
_MAX_READ = 1_000
_MAX_CREATE = 2_000
_MAX_ARCHIVE_FROM = 100

Ends = tuple[ObjectType, ObjectType]


def register(api: Api) -> None:
    single = SingleViews(api.portal)
    record = "/<object_type>/<object_id>/associations"
    pair = f"{record}/<to_type>/<to_id>"
    default = f"{record}/default/<to_type>/<to_id>"
    api.route("GET", paths.record_associations(f"{record}/<to_type>"), single.page)
    api.route("PUT", paths.record_associations(pair), single.put)
    api.route("DELETE", paths.record_associations(pair), single.delete)
    api.route("PUT", paths.record_associations(default), single.put_default)

    many = BatchViews(api.portal)
    batch = "/<from_type>/<to_type>/batch"
    for rest, view in (
        ("/read", many.read),
        ("/create", many.create),
        ("/associate/default", many.associate_default),
        ("/archive", many.archive),
        ("/labels/archive", many.archive_labels),
    ):
        api.route("POST", paths.association_batches(batch + rest), view, family="association-batch")


def ends(portal: Portal, call: Call, from_type: str, to_type: str) -> Ends:
    """Both object types; 403 for a caller who may not link them."""
    from_kind, to_kind = portal.kinds.resolve(from_type), portal.kinds.resolve(to_type)
    check_ends(portal, call, from_kind, to_kind)
    return from_kind, to_kind


def linked_page(
    portal: Portal, call: Call, path: tuple[str, str, str], wire: Callable[[Linked], Iterable[dict[str, Any]]]
) -> Reply:
    """A page of the records linked to one, ``path`` its type and id and the other type, each as
    the entries ``wire`` makes of it."""
    object_type, object_id, to_type = path
    from_kind, to_kind = ends(portal, call, object_type, to_type)
    record = portal.resolver.record(from_kind, object_id)
    limit = call.limit(default=_MAX_PAGE, most=_MAX_PAGE)
    found = portal.links.page(from_kind.name, record.id, to_kind.name, start=call.start(), limit=limit + 1)
    results = [entry for linked in found[:limit] for entry in wire(linked)]
    body: dict[str, Any] = {"results": results}
    if len(found) > limit:
        body["paging"] = next_page(call, str(found[limit][0]))
    return Reply(body, rows=len(results))


class SingleViews:
    """Associations of one record."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call, object_type: str, object_id: str, to_type: str) -> Reply:
        return linked_page(self._portal, call, (object_type, object_id, to_type), lambda entry: [_wire(entry)])

    def put(self, call: Call, object_type: str, object_id: str, to_type: str, to_id: str) -> Reply:
        """Labelled: the body is a list of types."""
        from_kind, to_kind = ends(self._portal, call, object_type, to_type)
        specs = call.body()
        if not isinstance(specs, list):
            raise bad_input("Cannot deserialize value of type `java.util.ArrayList`")
        types = [self._portal.association_types.checked(from_kind.name, to_kind.name, spec) for spec in specs]
        if not types:
            raise validation("At least one association type is required")
        from_end, to_end = self._ends(from_kind, object_id, to_kind, to_id)
        self._portal.associations.link(from_kind, from_end, to_kind, to_end, types, call.now)
        return Reply(_labelled(from_kind, from_end, to_kind, to_end, types), 201)

    def put_default(self, call: Call, object_type: str, object_id: str, to_type: str, to_id: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, object_type, to_type)
        from_end, to_end = self._ends(from_kind, object_id, to_kind, to_id)
        self._portal.associations.link(from_kind, from_end, to_kind, to_end, [], call.now)
        results = _default_results(self._portal, from_kind, from_end, to_kind, to_end)
        return self._portal.batches.reply(call, results)

    def delete(self, call: Call, object_type: str, object_id: str, to_type: str, to_id: str) -> Reply:
        """Every label goes; 204 also when there was no link."""
        from_kind, to_kind = ends(self._portal, call, object_type, to_type)
        from_end, to_end = self._ends(from_kind, object_id, to_kind, to_id)
        self._portal.associations.unlink(from_kind, from_end, to_kind, to_end, call.now)
        return NO_CONTENT

    def _ends(self, from_kind: ObjectType, from_id: str, to_kind: ObjectType, to_id: str) -> tuple[int, int]:
        """404 for a record that is not there: the ids are part of the path."""
        for text in (from_id, to_id):
            if not is_id(text):
                raise invalid_identifier(text)
        try:
            associations = self._portal.associations
            return associations.end(from_kind, from_id), associations.end(to_kind, to_id)
        except ApiError:
            raise not_found_numeric() from None


class BatchViews:
    """Associations of many pairs; exempt from the ten seconds' bucket (§2.1)."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def read(self, call: Call, from_type: str, to_type: str) -> Reply:
        """207 as soon as one record has no association, existing or not [L:F]."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)

        def linked(entry: Entry) -> list[dict[str, Any]]:
            text = text_id(entry)
            found = self._linked(from_kind, text, to_kind, str(entry.get("after") or "0"))
            if not found:
                raise _no_associations(from_kind, text, to_kind)
            result: dict[str, Any] = {"from": {"id": text}, "to": [_wire(link) for link in found[:_MAX_PAGE]]}
            if len(found) > _MAX_PAGE:
                result["paging"] = {"next": {"after": str(found[_MAX_PAGE][0])}}
            return [result]

        return self._portal.batches.each(call, _inputs(call, _MAX_READ), linked)

    def _linked(self, from_kind: ObjectType, text: str, to_kind: ObjectType, after: str) -> list[Linked]:
        if not is_id(text) or not is_id(after):
            return []
        record_id = self._portal.resolver.current(from_kind.name, int(text))
        record = self._portal.records.get(from_kind.name, record_id)
        if record is None or record.archived:
            return []
        return self._portal.links.page(from_kind.name, record_id, to_kind.name, start=int(after), limit=_MAX_PAGE + 1)

    def create(self, call: Call, from_type: str, to_type: str) -> Reply:
        """201, or 207: each pair stands alone."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)

        def link(entry: Entry) -> list[dict[str, Any]]:
            types = [
                self._portal.association_types.checked(from_kind.name, to_kind.name, spec)
                for spec in entry.get("types") or []
            ]
            if not types:
                raise not_set("types")
            from_id, to_id = self._link(call, from_kind, to_kind, entry, types)
            return [_labelled(from_kind, from_id, to_kind, to_id, types)]

        return self._portal.batches.each(call, _inputs(call, _MAX_CREATE), link, status=201)

    def associate_default(self, call: Call, from_type: str, to_type: str) -> Reply:
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)

        def link(entry: Entry) -> list[dict[str, Any]]:
            from_id, to_id = self._link(call, from_kind, to_kind, entry, [])
            return _default_results(self._portal, from_kind, from_id, to_kind, to_id)

        return self._portal.batches.each(call, _inputs(call, _MAX_CREATE), link)

    def _link(
        self,
        call: Call,
        from_kind: ObjectType,
        to_kind: ObjectType,
        entry: Entry,
        types: Sequence[AssociationType],
    ) -> tuple[int, int]:
        from_text = text_id(entry.get("from") or {})
        to_text = text_id(entry.get("to") or {})
        from_id = self._portal.associations.end(from_kind, from_text)
        to_id = self._portal.associations.end(to_kind, to_text)
        self._portal.associations.link(from_kind, from_id, to_kind, to_id, types, call.now)
        return from_id, to_id

    def archive(self, call: Call, from_type: str, to_type: str) -> Reply:
        """``{"from": {"id"}, "to": [{"id"}, …]}``, all labels; what is not there is left as it is."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        entries = _inputs(call, _MAX_CREATE)
        if len({text_id(entry.get("from") or {}) for entry in entries}) > _MAX_ARCHIVE_FROM:
            raise validation(f"At most {_MAX_ARCHIVE_FROM} unique from ids are allowed")
        for entry in entries:
            for target in _targets(entry):
                pair = self._portal.associations.ends(
                    from_kind, text_id(entry.get("from") or {}), to_kind, text_id(target)
                )
                if pair:
                    self._portal.associations.unlink(from_kind, pair[0], to_kind, pair[1], call.now)
        return self._portal.batches.archived(call)

    def archive_labels(self, call: Call, from_type: str, to_type: str) -> Reply:
        """``{"from": {"id"}, "to": {"id"}, "types": […]}``: these types only."""
        from_kind, to_kind = ends(self._portal, call, from_type, to_type)
        for entry in _inputs(call, _MAX_CREATE):
            from_text, to_text = text_id(entry.get("from") or {}), text_id(entry.get("to") or {})
            pair = self._portal.associations.ends(from_kind, from_text, to_kind, to_text)
            for spec in entry.get("types") or []:
                link = self._portal.association_types.checked(from_kind.name, to_kind.name, spec)
                if pair:
                    self._portal.associations.unlabel(link, *pair, call.now)
        return self._portal.batches.archived(call)


def _inputs(call: Call, most: int) -> list[Entry]:
    entries = inputs(call, most)
    note_rows(rows_in=len(entries))
    return entries


def _targets(entry: Entry) -> list[Entry]:
    to = entry.get("to") or []
    return to if isinstance(to, list) else [to]


def _wire(linked: Linked) -> dict[str, Any]:
    """``toObjectId`` is a number, whatever the spec says [L:F]."""
    to_id, types = linked
    return {"toObjectId": to_id, "associationTypes": [link.wire() for link in types]}


def _labelled(
    from_kind: ObjectType,
    from_id: int,
    to_kind: ObjectType,
    to_id: int,
    types: Sequence[AssociationType],
) -> dict[str, Any]:
    """[R:amp-labs/associations/contact-to-company-resp.json]"""
    return {
        "fromObjectTypeId": from_kind.id,
        "fromObjectId": from_id,
        "toObjectTypeId": to_kind.id,
        "toObjectId": to_id,
        "labels": [link.label for link in types if link.label],
    }


def _default_results(
    portal: Portal, from_kind: ObjectType, from_id: int, to_kind: ObjectType, to_id: int
) -> list[dict[str, Any]]:
    link = portal.association_types.default(from_kind.name, to_kind.name)
    back = portal.association_types.inverse(link)
    return [
        {"from": {"id": str(start)}, "to": {"id": str(end)}, "associationSpec": spec.spec()}
        for start, end, spec in ((from_id, to_id, link), (to_id, from_id, back))
    ]


def _no_associations(from_kind: ObjectType, text: str, to_kind: ObjectType) -> ApiError:
    return ApiError(
        404,
        f"No {to_kind.singular} is associated with {from_kind.singular} {text}.",
        "OBJECT_NOT_FOUND",
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={
            "fromObjectId": [text],
            "fromObjectType": [from_kind.singular],
            "toObjectType": [to_kind.singular],
        },
    )
