"""The days of a quarter: marketing goes on, and every rep works in a way of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.reps.habits import CURRENCIES, HABITS, ORDINARY, Habit, at_work
from connectors.loopback.reps.plan import Step
from connectors.loopback.reps.reps import Job, Reps
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.world import Member, Season

_INDEXED = timedelta(minutes=1)
"""HubSpot's search knows within this time what was just written."""

_REFUSING = (49, 53)
"""From and until which day the trigger is there."""
_TRIGGER = {
    "sobject": "Lead",
    "name": "LeadMigration",
    "message": "LeadMigration: execution of BeforeInsert: no new leads while the migration runs.",
    "formula": "ISNEW()",
    "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
}


class QuarterReps(Reps):
    """Reps with habits, who do each thing at its hour; the quarter begins when they are made."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.begin = self._advance(timedelta(0))
        self.habits = {m.email: HABITS[n] if n < len(HABITS) else ORDINARY for n, m in enumerate(self._members)}

    def work_until(self, moment: datetime) -> list[dict[str, Any]]:
        """Look for new leads, and work up to a moment, which it is then. What was done: see :meth:`Reps.work`."""
        done: list[dict[str, Any]] = []
        now = self._advance(timedelta(0))
        self._look_for_new(now, done)
        while (job := self._next(moment)) is not None:
            now = self._advance(max(job.due - now, timedelta(0)))
            self._work_on(job, now, done)
        self._advance(max(moment - now, timedelta(0)))
        return done

    def wait(self, pause: timedelta) -> None:
        """Let time pass in which nobody works."""
        self._advance(pause)

    def who_leaves(self, moment: datetime) -> list[Member]:
        """Those whose last day is over and who were still here; their leads stay where they are."""
        gone = [m for m in self._members if self._is_gone(self.habits[m.email], moment)]
        self._members = [m for m in self._members if m not in gone]
        for key in [key for key, job in self._jobs.items() if job.member in gone]:
            self._jobs[key].steps.clear()
        if self._desk.system == "salesforce":
            for member in gone:
                self._api.call("POST", "/_sandbox/deactivate-user", json={"id": member.user_id})
        return gone

    def _is_gone(self, habit: Habit, moment: datetime) -> bool:
        return habit.leaves is not None and moment >= self.begin + timedelta(days=habit.leaves)

    def _next(self, until: datetime) -> Job | None:
        due = [job for job in self._jobs.values() if job.steps and job.due <= until]
        return min(due, key=lambda job: (job.due, job.case.key), default=None)

    def _plan(self, member: Member, dice: Random) -> list[Step]:
        currency = CURRENCIES.get(member.territory, "EUR") if self._desk.system == "salesforce" else ""
        return [replace(step, currency=currency) for step in self.habits[member.email].plan(dice)]

    def _at_work(self, member: Member, moment: datetime) -> datetime:
        return at_work(moment, member.timezone, self.begin, self.habits[member.email].away)


class Quarter:
    """A sandbox's coming days, stretch by stretch. In the eighth week a trigger that somebody deployed refuses new leads."""

    def __init__(
        self, hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, season: Season, reps: QuarterReps
    ) -> None:
        self._hubspot, self._season, self._reps = hubspot, season, reps
        self.begin, self.habits = reps.begin, reps.habits
        deployed, withdrawn = (self.begin + timedelta(days=day) for day in _REFUSING)
        salesforce.clock.at(deployed, lambda: salesforce.add_validation_rule(_TRIGGER))
        salesforce.clock.at(withdrawn, lambda: salesforce.remove_validation_rule("Lead", _TRIGGER["name"]))

    def go_on(self, moment: datetime) -> list[dict[str, Any]]:
        """Let people work and visitors come up to a moment; what the reps did. HubSpot's index knows everything after it."""
        done = self._reps.work_until(moment)
        for member in self._reps.who_leaves(moment):
            self._hubspot.hands.owner({"id": member.owner_id, "archived": True})
        self._season.go_on(moment)
        self._reps.wait(_INDEXED)
        return done
