"""What the world's people did in the product: trials that end well or badly, as CSV files a month each.

Its dice are its own, so that both systems are the same with and without it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from random import Random

from connectors.loopback.world.cast import Actor
from connectors.loopback.world.instants import DAY_MS, HOUR_MS, MINUTE_MS, instant
from connectors.loopback.world.lexicon import between, pick
from connectors.loopback.world.plots import COLD, READY, WARM

COLUMNS = ("id", "event", "at", "email", "plan", "path")
TRIAL_DAYS = 14

_SHARE = {READY: 0.25, WARM: 0.2, COLD: 0.05}
_OTHERS = 0.12
_STRANGERS = 0.05  # of those who try it: under an address that marketing does not know
_GETS_VALUE = 0.55
_OLDEST = 60  # days
_FIRST_STEPS = (("created_project", 0.85), ("imported_data", 0.5), ("invited_teammate", 0.4))
_USES = ("opened_report", "edited_project", "exported_data")
_PLANS = ("Free", "Team", "Team", "Business")


class ProductWriter:
    """Notes who tried the product, then writes ``events-YYYY-MM.csv`` files into ``folder``."""

    def __init__(self, folder: Path, now: int, days: int, dice: Random) -> None:
        self._folder, self._now, self._days, self._dice = folder, now, days, dice
        self._rows: list[tuple[int, str, str, str, str]] = []

    def note(self, actor: Actor) -> None:
        """Whether the actor tried the product, and what happened then."""
        dice = self._dice
        if not actor.person.email or dice.random() >= _SHARE.get(actor.part, _OTHERS):
            return
        email, plan = actor.person.email, pick(dice, _PLANS)
        if dice.random() < _STRANGERS:
            email = f"trial{between(dice, 1, 99_999)}@{email.partition('@')[2]}"
        at = self._now - between(dice, HOUR_MS, min(self._days, _OLDEST) * DAY_MS)
        ends = at + TRIAL_DAYS * DAY_MS
        self._happens(at, "signed_up", email, plan, "/signup")
        self._happens(at + MINUTE_MS, "trial_started", email, plan, "/welcome")
        for event, chance in _FIRST_STEPS:
            if dice.random() < chance:
                at += between(dice, 5 * MINUTE_MS, 20 * HOUR_MS)
                self._happens(at, event, email, plan, f"/projects/{between(dice, 1, 9_999)}")
        if dice.random() < _GETS_VALUE:
            at += between(dice, HOUR_MS, DAY_MS)
            self._happens(at, "activated", email, plan, "/reports")
            for _ in range(between(dice, 1, 12)):
                self._happens(between(dice, at, ends), pick(dice, _USES), email, plan, "/reports")
        self._happens(ends, "trial_ended", email, plan, "/billing")

    def _happens(self, at: int, event: str, email: str, plan: str, path: str) -> None:
        """What lies ahead has not happened."""
        if at < self._now:
            self._rows.append((at, event, email, plan, path))

    def write(self) -> int:
        """Replaces the files of an earlier world; how many events there are."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("events-????-??.csv"):
            old.unlink()
        months: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for number, (at, event, email, plan, path) in enumerate(sorted(self._rows), 1):
            months[instant(at)[:7]].append((f"evt_{number:06}", event, instant(at), email, plan, path))
        for month, rows in months.items():
            with (self._folder / f"events-{month}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows(rows)
        return len(self._rows)
