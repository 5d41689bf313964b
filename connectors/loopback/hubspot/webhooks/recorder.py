"""From what changed in the portal to the events its apps hear of (§11.2)."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from connectors.loopback.hubspot.association_types import AssociationType
from connectors.loopback.hubspot.associations import Associations
from connectors.loopback.hubspot.history import Source, crm_ui
from connectors.loopback.hubspot.merging import Merging
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.webhooks.counters import Counters
from connectors.loopback.hubspot.webhooks.outbox import Outbox
from connectors.loopback.hubspot.webhooks.subscriptions import App, Subscription, Subscriptions
from connectors.loopback.hubspot.writer import Writer

_SOMEBODY = crm_ui(62365053)
_REDACTED = "REDACTED"

Fields = dict[str, Any]


class Recorder:
    """Listens to all writes and queues an event for every subscription that asks for it.

    It runs inside the transaction of the write: what is rolled back was never told. Deletions,
    merges and links are by whoever acts, who is a person at the screen unless :meth:`acting`
    says otherwise; creates and changes carry their own source.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        kinds: ObjectTypes,
        schema: Schema,
        subscriptions: Subscriptions,
        outbox: Outbox,
        counters: Counters,
    ) -> None:
        self._settings = settings
        self._kinds = kinds
        self._schema = schema
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._counters = counters
        self._actor = _SOMEBODY

    def watch(self, writer: Writer, merging: Merging, associations: Associations) -> None:
        writer.witnesses.append(self._wrote)
        writer.farewells.append(self._archived)
        writer.returns.append(self._restored)
        merging.witnesses.append(self._merged)
        merging.mourners.append(self._forgotten)
        associations.witnesses.append(self._linked)

    @contextmanager
    def acting(self, source: Source) -> Iterator[None]:
        """What happens inside is done by ``source``. Enter it inside the transaction."""
        self._actor = source
        try:
            yield
        finally:
            self._actor = _SOMEBODY

    def test(self, app: App, subscription: Subscription, now: int) -> None:
        """The sample event of the settings page's test button [R:webhooks.json, ui-test]."""
        fields: Fields = {"objectId": 123, "changeSource": "CRM"}
        if subscription.verb == "propertyChange":
            fields |= {"propertyName": subscription.property_name, "propertyValue": "sample-value"}
            fields |= {"isSensitive": False}
        else:
            fields |= {"changeFlag": "NEW"}
        event = self._head(app, subscription, 100, now)
        self._outbox.put(app, {"appId": event.pop("appId"), **event, **fields}, now)

    # What happens

    def _wrote(self, kind: str, record: Record, names: frozenset[str], source: Source, new: bool) -> None:
        at = record.modified
        if new:
            self._tell(kind, "creation", at, source, {"objectId": record.id, "changeFlag": "CREATED"})
            if not self._settings.webhooks.creation_sets_properties:
                return
        for name in sorted(names):
            self._property_changed(kind, record, name, source, at)

    def _property_changed(self, kind: str, record: Record, name: str, source: Source, at: int) -> None:
        definition = self._schema.any_property(kind, name)
        sensitive = definition is not None and definition.data_sensitivity != "non_sensitive"
        value = _REDACTED if sensitive else record.properties.get(name, "")
        fields = {"objectId": record.id, "propertyName": name, "propertyValue": value}
        self._tell(kind, "propertyChange", at, source, fields, name=name, last={"isSensitive": sensitive})

    def _archived(self, kind: str, record: Record, at: int) -> None:
        self._tell(kind, "deletion", at, self._actor, {"objectId": record.id, "changeFlag": "DELETED"})

    def _forgotten(self, kind: str, record: Record, at: int) -> None:
        """Beside the deletion event, which comes too (§4.9)."""
        self._tell(kind, "privacyDeletion", at, self._actor, {"objectId": record.id, "changeFlag": "DELETED"})

    def _restored(self, kind: str, record: Record, at: int) -> None:
        self._tell(kind, "restore", at, self._actor, {"objectId": record.id})

    def _merged(self, kind: str, primary: Record, other: Record, survivor: Record, at: int) -> None:
        moved = [
            name
            for name, value in other.properties.items()
            if survivor.properties.get(name) == value != primary.properties.get(name)
        ]
        fields: Fields = {"objectId": survivor.id} if self._settings.webhooks.merge_has_object_id else {}
        fields |= {
            "primaryObjectId": primary.id,
            "mergedObjectIds": [other.id],
            "newObjectId": survivor.id,
            "numberOfPropertiesMoved": len(moved),
        }
        self._tell(kind, "merge", at, self._actor, fields)

    def _linked(self, from_id: int, to_id: int, types: Collection[AssociationType], removed: bool, at: int) -> None:
        """One event for each side of a link, however many types it gained or lost."""
        link = min(types, key=lambda t: (t.label != "Primary", t.type_id))
        from_kind, to_kind = self._kinds[link.from_kind], self._kinds[link.to_kind]
        fields = {
            "associationType": f"{from_kind.legacy}_TO_{to_kind.legacy}",
            "fromObjectId": from_id,
            "toObjectId": to_id,
            "associationRemoved": removed,
            "isPrimaryAssociation": link.label == "Primary",
        }
        generic = {
            "fromObjectTypeId": from_kind.id,
            "toObjectTypeId": to_kind.id,
            "associationTypeId": link.type_id,
            "associationCategory": link.category,
        }
        self._tell(from_kind.name, "associationChange", at, self._actor, fields, generic=generic)

    # Events

    def _tell(
        self,
        kind: str,
        verb: str,
        at: int,
        source: Source,
        fields: Fields,
        *,
        name: str | None = None,
        generic: Mapping[str, Any] | None = None,
        last: Mapping[str, bool] | None = None,
    ) -> None:
        """Queue the event for its subscriptions. ``generic``: what only ``object.*`` events have;
        ``last``: the flag whose presence ``settings.webhooks.sensitivity_flag`` decides."""
        hearers = self._subscriptions.directory(at).hearers(kind, verb, name)
        if not hearers:
            return
        number = self._counters.add("events")
        changed_by = {"changeSource": source.type} | ({} if source.id is None else {"sourceId": source.id})
        flagged = self._settings.webhooks.sensitivity_flag
        for app, subscription in hearers:
            event = self._head(app, subscription, self._event_id(app, number), at)
            if subscription.generic:
                event |= {"objectTypeId": subscription.object_type_id, **(generic or {})}
            event |= fields | changed_by
            if flagged == "always" or (flagged == "generic" and subscription.generic):
                event |= last or {}
            self._outbox.put(app, event, at)

    def _head(self, app: App, subscription: Subscription, event_id: int, at: int) -> Fields:
        """In the recorded order of keys; the outbox counts ``attemptNumber`` on."""
        return {
            "eventId": event_id,
            "subscriptionId": subscription.id,
            "portalId": self._settings.portal_id,
            "appId": app.id,
            "occurredAt": at,
            "subscriptionType": subscription.event_type,
            "attemptNumber": 0,
        }

    def _event_id(self, app: App, number: int) -> int:
        """Drawn from the seed; HubSpot promises no unique ones, and mischief repeats them."""
        while number > 1 and _dice(app, number).random() < app.mischief.repeat_ids:
            number -= 1
        return random.Random(f"{self._settings.seed}:webhook:{number}").getrandbits(32)


def _dice(app: App, number: int) -> random.Random:
    return random.Random(f"{app.mischief.seed}:id:{number}")
