"""Deliveries: batches of due events, a few at a time, retried on the emulator's clock (§11.2)."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import orjson

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.webhooks.counters import Counters
from connectors.loopback.hubspot.webhooks.outbox import Outbox, Queued
from connectors.loopback.hubspot.webhooks.signatures import headers
from connectors.loopback.hubspot.webhooks.subscriptions import App, Subscriptions, is_here
from connectors.loopback.hubspot.webhooks.wire import Unanswered, Wire

log = logging.getLogger(__name__)

_AGENT = (
    "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) "
    "- WebhooksExecutorDaemon-executor"
)
_PAUSE = 0.1  # seconds between two looks for due events in the background

Batch = list[Queued]


class Courier:
    """Carries the outbox to the target URLs, when asked or, once started, in the background.

    No request waits for it: the store is held only to take events out and to note how it went.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        database: Database,
        subscriptions: Subscriptions,
        outbox: Outbox,
        counters: Counters,
        now: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._db = database
        self._subscriptions = subscriptions
        self._outbox = outbox
        self._counters = counters
        self._now = now
        self._turn = threading.Lock()
        self._wire = Wire()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def deliver(self) -> None:
        """Send all that is due. What fails is due again later, so this comes to an end."""
        with self._turn:
            while not self._wire.cut and self._round():
                pass

    def start(self) -> None:
        """Deliver in the background until :meth:`stop`."""
        self._wire = Wire()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="loopback-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all deliveries at once, until the next :meth:`start`; what was under way stays due."""
        self._stopping.set()
        self._wire.hang_up()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE):
            try:
                self.deliver()
            except Exception:
                log.exception("webhooks: a round of deliveries failed")

    def _round(self) -> bool:
        """One batch for each free connection of each app; False when nothing was due."""
        now = self._now()
        with self._db.transaction():
            apps = [app for app in self._subscriptions.directory(now).apps.values() if app.target_url]
            loads = [(app, self._load(app, now)) for app in apps]
        for app, batches in loads:
            if not batches:
                continue
            with ThreadPoolExecutor(len(batches), thread_name_prefix="loopback-webhook") as connections:
                outcomes = list(connections.map(partial(self._send, app, now), batches))
            if self._wire.cut:
                break
            with self._db.transaction():
                for batch, delivered in zip(batches, outcomes, strict=True):
                    self._note(batch, now, delivered=delivered)
        return any(batches for _, batches in loads)

    def _load(self, app: App, now: int) -> list[Batch]:
        size = app.mischief.batch_size
        events = self._outbox.due(app.id, now, size * app.max_concurrent)
        return [events[start : start + size] for start in range(0, len(events), size)]

    def _send(self, app: App, now: int, batch: Sequence[Queued]) -> bool:
        """Was it answered with 2xx in time?"""
        url, rules = app.target_url or "", self._settings.webhooks
        body = orjson.dumps([event.wire() for event in batch])
        signed = {
            "Accept": "*/*",
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            "X-HubSpot-Timeout-Millis": str(round(rules.timeout_seconds * 1000)),
            **headers(app.signatures, app.secret, url, body, now),
        }
        try:
            if not is_here(url):
                raise Unanswered("the loopback HubSpot sends nothing beyond this machine")
            status = self._wire.post(url, body, signed, rules.timeout_seconds)
        except Unanswered as reason:
            log.warning("webhook of app %d, %d events: %s", app.id, len(batch), reason)
            return False
        if not 200 <= status < 300:
            log.warning("webhook of app %d, %d events: answered %d", app.id, len(batch), status)
        return 200 <= status < 300

    def _note(self, batch: Batch, now: int, *, delivered: bool) -> None:
        self._counters.add("requests")
        if delivered:
            self._counters.add("delivered", len(batch))
            self._outbox.done(batch)
            return
        self._counters.add("failed", len(batch))
        waits = self._settings.webhooks.retry_seconds
        hopeless = [event for event in batch if event.attempt >= len(waits)]
        self._counters.add("given_up", len(hopeless))
        self._outbox.done(hopeless)
        # Together again, but not with the other batches that failed: the wait is the batch's own.
        dice = random.Random(f"{self._settings.seed}:retry:{batch[0].n}:{batch[0].attempt}")
        share = dice.uniform(0.5, 1.0)
        for attempt in {event.attempt for event in batch} - {event.attempt for event in hopeless}:
            due = now + round(waits[attempt] * share * 1000)
            self._outbox.again([event for event in batch if event.attempt == attempt], due)
