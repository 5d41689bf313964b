"""The events of a scenario on the sandbox's clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.loopback.kit import Clock
from connectors.loopback.scenario import event_tables
from connectors.loopback.scenario.acts import Acts, Refused


class Play:
    """Sets an alarm for each event; ``journal`` says what came of them, in their order.

    The records are drawn from the seed, the event's place in the file and how often it has
    happened: the same scenario on the same world does the same to the same records.
    """

    def __init__(self, events: list[event_tables.Event], acts: Acts, clock: Clock, seed: int) -> None:
        self._acts = acts
        self._clock = clock
        self._seed = seed
        self._happened: Counter[int] = Counter()
        self.journal: list[dict[str, Any]] = []
        start = clock.now()
        for number, event in enumerate(events):
            first = start + timedelta(seconds=event.at or event.every or 0)
            clock.at(first, self._alarm(number, event, first))

    def _alarm(self, number: int, event: event_tables.Event, due: datetime) -> Callable[[], None]:
        def ring() -> None:
            self._happened[number] += 1
            if event.every is not None and self._happened[number] != event.times:
                after = due + timedelta(seconds=event.every)
                self._clock.at(after, self._alarm(number, event, after))
            self._happen(number, event, due)

        return ring

    def _happen(self, number: int, event: event_tables.Event, due: datetime) -> None:
        entry: dict[str, Any] = {"at": due.isoformat(timespec="milliseconds"), "event": number, "do": event.do}
        dice = Random(f"{self._seed}:event:{number}:{self._happened[number]}")
        try:
            entry["done"] = self._acts.do(event, dice)
        except Refused as refusal:
            entry["refused"] = str(refusal)
        self.journal.append(entry)
