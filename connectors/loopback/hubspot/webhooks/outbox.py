"""Events on their way, kept in the store until they are delivered or given up."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.webhooks.counters import Counters
from connectors.loopback.hubspot.webhooks.subscriptions import App


@dataclass(frozen=True)
class Queued:
    """An event that is due; ``attempt`` of them have failed before."""

    n: int
    attempt: int
    body: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        return {**self.body, "attemptNumber": self.attempt}


class Outbox:
    def __init__(self, database: Database, counters: Counters) -> None:
        self._db = database
        self._counters = counters

    def put(self, app: App, event: Mapping[str, Any], now: int) -> None:
        """Queue an event for an app, as far as the app's mischief lets it through."""
        mischief = app.mischief
        dice = random.Random(f"{mischief.seed}:{self._counters.add('recorded')}")
        lost, doubled = dice.random() < mischief.drop, dice.random() < mischief.duplicate
        if lost:
            self._counters.add("dropped")
            return
        for _ in range(1 + doubled):
            n = self._counters.add("queued")
            place = dice.random() if mischief.reorder else float(n)
            due = now + round(dice.uniform(*mischief.delay_seconds) * 1000)
            self._db.run(
                "INSERT INTO webhook_event VALUES (?, ?, ?, ?, 0, ?)", (n, app.id, due, place, orjson.dumps(event))
            )

    def due(self, app_id: int, now: int, most: int) -> list[Queued]:
        """Up to ``most`` events whose time has come, in the order to send them in."""
        rows = self._db.rows(
            "SELECT n, attempt, body FROM webhook_event WHERE app_id = ? AND due <= ? ORDER BY place, n LIMIT ?",
            (app_id, now, most),
        )
        return [Queued(n, attempt, orjson.loads(body)) for n, attempt, body in rows]

    def done(self, events: Sequence[Queued]) -> None:
        self._db.run_many("DELETE FROM webhook_event WHERE n = ?", ((event.n,) for event in events))

    def again(self, events: Sequence[Queued], due: int) -> None:
        """Try these once more at epoch ms ``due``."""
        self._db.run_many(
            "UPDATE webhook_event SET attempt = attempt + 1, due = ? WHERE n = ?", ((due, event.n) for event in events)
        )

    def clear(self) -> None:
        self._db.run("DELETE FROM webhook_event")

    def pending(self) -> tuple[int, int | None]:
        """How many wait, and when the first of them is due (epoch ms)."""
        row = self._db.row("SELECT count(*), min(due) FROM webhook_event")
        return (row[0], row[1]) if row else (0, None)
