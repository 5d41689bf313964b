"""The webhooks of a portal: every part of them, wired together once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from connectors.loopback.hubspot.associations import Associations
from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant, to_ms
from connectors.loopback.hubspot.merging import Merging
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.webhooks.counters import Counters
from connectors.loopback.hubspot.webhooks.courier import Courier
from connectors.loopback.hubspot.webhooks.outbox import Outbox
from connectors.loopback.hubspot.webhooks.recorder import Recorder
from connectors.loopback.hubspot.webhooks.subscriptions import Subscriptions
from connectors.loopback.hubspot.writer import Writer
from connectors.loopback.kit.clock import Clock

_COUNTED = ("recorded", "dropped", "requests", "delivered", "failed", "given_up")


class Webhooks:
    def __init__(
        self,
        settings: HubSpotSettings,
        clock: Clock,
        database: Database,
        documents: Documents,
        kinds: ObjectTypes,
        schema: Schema,
    ) -> None:
        self._clock = clock
        self._db = database
        self._counters = Counters(database)
        self.subscriptions = Subscriptions(settings, database, documents, kinds, self._counters)
        self.outbox = Outbox(database, self._counters)
        self.recorder = Recorder(settings, kinds, schema, self.subscriptions, self.outbox, self._counters)
        self._courier = Courier(settings, database, self.subscriptions, self.outbox, self._counters, self.now)

    def watch(self, writer: Writer, merging: Merging, associations: Associations) -> None:
        self.recorder.watch(writer, merging, associations)

    def acting(self, source: Source) -> AbstractContextManager[None]:
        return self.recorder.acting(source)

    def now(self) -> int:
        return to_ms(self._clock.now())

    def deliver(self) -> dict[str, Any]:
        """Send all that is due now; by how much each count grew, and what is left."""
        before = self.counts()
        self._courier.deliver()
        grown = {name: count - before[name] for name, count in self.counts().items()}
        return {name: grown[name] for name in _COUNTED[2:]} | self.left()

    def counts(self) -> dict[str, int]:
        """Of events since the beginning, but ``requests`` is of deliveries and ``failed`` of attempts."""
        with self._db.transaction():
            return {name: self._counters.total(name) for name in _COUNTED}

    def left(self) -> dict[str, Any]:
        """How many events wait, and when (ISO 8601) the first of them is due."""
        pending, due = self.outbox.pending()
        return {"pending": pending, "next_due": None if due is None else instant(due)}

    def start(self) -> None:
        """Deliver in the background until :meth:`stop`."""
        self._courier.start()

    def stop(self) -> None:
        self._courier.stop()
