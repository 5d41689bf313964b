"""From what changed in the portal to the events of the journals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from connectors.loopback.hubspot.association_types import AssociationType
from connectors.loopback.hubspot.associations import Associations
from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.journal.entries import Entries
from connectors.loopback.hubspot.journal.subscriptions import (
    ASSOCIATION,
    OBJECT,
    PRIVACY,
    JournalSubscription,
    JournalSubscriptions,
)
from connectors.loopback.hubspot.merging import Merging
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.writer import Writer

# The values that an event tells to a subscription; None when it has nothing for it.
Changes = Callable[[JournalSubscription], Mapping[str, str] | None]


class JournalRecorder:
    """Listens to all writes, inside their transaction. The fields of an event are second-hand [X]."""

    def __init__(
        self,
        settings: HubSpotSettings,
        kinds: ObjectTypes,
        schema: Schema,
        subscriptions: JournalSubscriptions,
        entries: Entries,
    ) -> None:
        self._settings = settings
        self._kinds = kinds
        self._schema = schema
        self._subscriptions = subscriptions
        self._entries = entries

    def watch(self, writer: Writer, merging: Merging, associations: Associations) -> None:
        writer.witnesses.append(self._wrote)
        writer.farewells.append(lambda kind, record, at: self._tell(OBJECT, "DELETE", kind, record.id, at))
        writer.returns.append(lambda kind, record, at: self._tell(OBJECT, "RESTORE", kind, record.id, at))
        merging.witnesses.append(lambda kind, _, __, record, at: self._tell(OBJECT, "MERGE", kind, record.id, at))
        merging.mourners.append(lambda kind, record, at: self._tell(PRIVACY, "GDPR_DELETE", kind, record.id, at))
        associations.witnesses.append(self._linked)

    def snapshot(self, app_id: int, kind: str, record: Record, names: Iterable[str], at: int) -> None:
        """A record as it is, for one app, subscribed or not."""
        values = {name: record.properties.get(name, "") for name in names}
        self._entries.note(app_id, self._event(OBJECT, "SNAPSHOT", kind, record.id, at, values))

    def _wrote(self, kind: str, record: Record, names: frozenset[str], source: Source, new: bool) -> None:
        def changes(subscription: JournalSubscription) -> Mapping[str, str] | None:
            named = set(subscription.properties)
            told = names & named if named else names - self._sensitive(kind)
            return {name: record.properties.get(name, "") for name in sorted(told)} if told or new else None

        self._tell(OBJECT, "CREATE" if new else "UPDATE", kind, record.id, record.modified, changes)

    def _sensitive(self, kind: str) -> set[str]:
        """What only a subscription that names it hears of: naming it takes its scope."""
        return {p.name for p in self._schema.properties(kind) if p.data_sensitivity != "non_sensitive"}

    def _tell(self, of: str, action: str, kind: str, record_id: int, at: int, changes: Changes | None = None) -> None:
        for found in self._subscriptions.hearing(kind, action):
            if found.object_ids and record_id not in found.object_ids:
                continue
            values = changes(found) if changes else {}
            if values is not None:
                self._entries.note(found.app_id, self._event(of, action, kind, record_id, at, values))

    def _event(
        self, of: str, action: str, kind: str, record_id: int, at: int, values: Mapping[str, str]
    ) -> dict[str, Any]:
        event = {
            **self._head(of, action, at),
            "objectTypeId": self._kinds[kind].id,
            "objectId": record_id,
        }
        return event | {"propertyChanges": self._changes(values)} if values else event

    def _linked(self, from_id: int, to_id: int, types: Collection[AssociationType], removed: bool, at: int) -> None:
        """An event for each type that the link gained or lost."""
        for link in sorted(types, key=lambda t: t.type_id):
            action = "ASSOCIATION_REMOVED" if removed else "ASSOCIATION_ADDED"
            for found in self._subscriptions.hearing(link.from_kind, action):
                if link.to_kind in found.others and (not found.object_ids or from_id in found.object_ids):
                    event = {
                        **self._head(ASSOCIATION, action, at),
                        "fromObjectTypeId": self._kinds[link.from_kind].id,
                        "fromObjectId": from_id,
                        "toObjectTypeId": self._kinds[link.to_kind].id,
                        "toObjectId": to_id,
                        "associationTypeId": link.type_id,
                        "associationCategory": link.category,
                        "isPrimary": link.label == "Primary",
                    }
                    self._entries.note(found.app_id, event)

    def _head(self, of: str, action: str, at: int) -> dict[str, Any]:
        when = instant(at) if self._settings.journal.times == "iso" else at
        return {"type": of, "portalId": self._settings.portal_id, "occurredAt": when, "action": action}

    def _changes(self, values: Mapping[str, str]) -> Any:
        if self._settings.journal.changes == "object":
            return dict(values)
        return [{"propertyName": name, "propertyValue": value} for name, value in values.items()]
