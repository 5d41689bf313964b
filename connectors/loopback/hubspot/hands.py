"""People at work in the portal: what the control endpoints and the tests do by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.loopback.hubspot.granting import grant_token
from connectors.loopback.hubspot.history import crm_ui
from connectors.loopback.hubspot.instants import instant, is_shown, parse_moment
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.records import Record
from connectors.loopback.kit.numbers import told

_USER = 62365053


class Hands:
    """Each action takes the JSON body of its control endpoint and returns the answer's.

    Raises KeyError or ValueError for a body that does not fit, ApiError for what HubSpot
    would refuse a person too.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def merge(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"primary", "other"}`` -> ``{"id"}``: the survivor's new id."""
        with self._portal.database.transaction():
            kind = self._portal.kinds["contacts"]
            survivor = self._portal.merging.merge(kind, str(body["primary"]), str(body["other"]), self._portal.now())
        return {"id": str(survivor.id)}

    def archive(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "id"}``"""
        with self._portal.database.transaction():
            kind = self._portal.kinds.resolve(body["kind"])
            record = self._portal.resolver.record(kind, str(body["id"]))
            self._portal.writer.archive(kind, record, self._portal.now())
        return {"id": str(record.id)}

    def restore(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "id"}``: take a record back out of the recycle bin."""
        with self._portal.database.transaction():
            kind = self._portal.kinds.resolve(body["kind"])
            record = self._portal.resolver.record(kind, str(body["id"]), archived=True)
            self._portal.writer.restore(kind, record, self._portal.now())
        return {"id": str(record.id)}

    def owner(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"id", "archived"}``: deactivate or reactivate a user."""
        owner = self._portal.owners.get(str(body["id"]))
        if owner is None:
            raise ValueError(f"There is no owner {body['id']}.")
        changed = replace(owner, archived=bool(body["archived"]), updated_at=self._portal.now())
        with self._portal.database.transaction():
            self._portal.owners.put(changed)
        return changed.wire()

    def stamp(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "ids" | "first": n, "at": iso}``: one modification stamp for many records,
        as HubSpot's own bulk jobs leave it [Airbyte #43317]. The index knows at once."""
        at = parse_moment(str(body["at"]))
        if at is None or not is_shown(at):
            raise ValueError(f"{body['at']} is not a time.")
        with self._portal.database.transaction():
            kind, records = self._chosen(body)
            for record in records:
                record.modified = at
            self._portal.records.save(kind.name, records)
        return {"stamped": len(records), "at": instant(at)}

    def touch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "ids" | "first": n, "properties"}``: a person changes records (CRM_UI)."""
        with self._portal.database.transaction():
            kind, records = self._chosen(body)
            now = self._portal.now()
            for record in records:
                changes = self._portal.writer.examined(kind, body["properties"], record, now)
                self._portal.writer.update(kind, record, changes, crm_ui(_USER), now)
        return {"touched": len(records)}

    def property(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "name", "definition"}`` creates or replaces parts of a definition;
        ``{"kind", "name", "archived": true}`` archives it. No delay either way."""
        definitions, now = self._portal.definitions, self._portal.now()
        with self._portal.database.transaction():
            kind = self._portal.kinds.resolve(body["kind"])
            name = str(body["name"])
            if body.get("archived"):
                definitions.archive(kind, name, now)
                return {"name": name, "archived": True}
            wanted = {**body["definition"], "name": name}
            if self._portal.schema.property(kind.name, name) is None:
                return definitions.create(kind, wanted, now, _USER, lag=False).wire()
            return definitions.update(kind, name, wanted, now).wire()

    def pages(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"mode": "empty" | "short" | "duplicate", "times": 1}``: the next list or search
        pages that have a successor come out odd."""
        self._portal.page_faults.add(str(body["mode"]), told("times", body.get("times", 1), least=1))
        return dict(body)

    def token(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A user makes an app: ``{"kind": "private" | "service" | "oauth", "scopes": [...]}`` and,
        if wished, ``token``, ``appId``, ``appName``, ``userId``, ``expiresIn`` (seconds). The answer
        names them; with OAuth also a ``refreshToken`` and the ``code`` of one more consent.
        ``{"token": ..., "revoked": true}`` takes a token away.
        """
        with self._portal.database.transaction():
            return grant_token(self._portal, body)

    def validation_rule(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "property", "when", "message"}``: see :class:`AdminRules`; with ``"removed":
        true`` those about the property are lifted."""
        with self._portal.database.transaction():
            if body.get("removed"):
                return {"removed": self._portal.admin_rules.remove(str(body["kind"]), str(body["property"]))}
            self._portal.admin_rules.add(body)
        return dict(body)

    def stages(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"kind", "stages": [{"id", "label", "metadata"?}]}``: the stages of the type's first pipeline
        from now on, in that order; of contacts the lifecycle stages."""
        with self._portal.database.transaction():
            kind = self._portal.kinds.resolve(body["kind"])
            self._portal.pipelines.set_stages(kind.name, body["stages"])
            if kind.name == "contacts":
                self._portal.sync_lifecycle_options()
        return {"stages": [stage["id"] for stage in body["stages"]]}

    def _chosen(self, body: Mapping[str, Any]) -> tuple[ObjectType, list[Record]]:
        """Live records by ``ids`` or the ``first`` n by id."""
        kind = self._portal.kinds.resolve(body["kind"])
        if "ids" in body:
            return kind, [self._portal.resolver.record(kind, str(text)) for text in body["ids"]]
        count = told("first", body["first"], least=1)
        return kind, self._portal.records.page(kind.name, start=0, limit=count, archived_since=None)
