"""The reps of the selling company at work over simulated days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

import requests

from connectors.loopback.kit.caller import Caller, Refused
from connectors.loopback.reps.desk import SAVED_BY_HAND, Case, Desk
from connectors.loopback.reps.hubspot import HubSpotDesk
from connectors.loopback.reps.plan import Step, draw_plan
from connectors.loopback.reps.salesforce import SalesforceDesk
from connectors.loopback.world.crew import Crew, Member

STEP = timedelta(hours=6)


@dataclass
class Job:
    """A case in work: the steps still to do, the first of them due at ``due``."""

    member: Member
    case: Case
    steps: list[Step]
    due: datetime


class Reps:
    """Finds what syncd handed over and works it, by a plan drawn from the seed.

    ``crm`` says where the reps work. ``http`` may mount in-process adapters under the two
    URLs. The clock is the sandbox's: it moves by ``/_sandbox/clock`` of the CRM.
    """

    def __init__(
        self,
        crew: Crew,
        *,
        hubspot_url: str,
        salesforce_url: str,
        hubspot_token: str,
        seed: int,
        crm: Literal["salesforce", "hubspot"] = "salesforce",
        http: requests.Session | None = None,
    ) -> None:
        self._http = http or requests.Session()
        self._members = [m for m in crew.reps if (m.user_id if crm == "salesforce" else m.owner_id)]
        self._seed = seed
        self._api = Caller(self._http, salesforce_url if crm == "salesforce" else hubspot_url, headers=SAVED_BY_HAND)
        self._desk: Desk = SalesforceDesk(self._api) if crm == "salesforce" else HubSpotDesk(self._api, hubspot_token)
        self._jobs: dict[str, Job] = {}

    def close(self) -> None:
        self._http.close()

    def work(self, days: float) -> list[dict[str, Any]]:
        """Advance the clock by ``days``, working every six hours; what was done to whom.

        An entry: ``at rep system object id act`` and ``wrote`` (the fields written), or
        ``refused`` with the reason; a refused step is tried again six hours later.
        """
        done: list[dict[str, Any]] = []
        left = timedelta(days=days)
        while left > timedelta(0):
            pause = min(STEP, left)
            left -= pause
            now = self._advance(pause)
            self._look_for_new(now, done)
            for job in sorted(self._jobs.values(), key=lambda j: (j.due, j.case.key)):
                self._work_on(job, now, done)
        return done

    def _advance(self, pause: timedelta) -> datetime:
        asked = {"advance_seconds": pause.total_seconds()}
        answer = self._api.call("POST", "/_sandbox/clock", json=asked)
        return datetime.fromisoformat(answer["now"])

    def _look_for_new(self, now: datetime, done: list[dict[str, Any]]) -> None:
        try:
            found = self._desk.inbox(self._members)
        except Refused as refusal:
            done.append(self._entry(now, self._members[0], None, "look", refused=str(refusal)))
            return
        for member, case in found:
            if case.key not in self._jobs:
                steps = self._plan(member, Random(f"{self._seed}:{case.key}"))
                due = now + timedelta(days=steps[0].after if steps else 0)
                self._jobs[case.key] = Job(member, case, steps, self._at_work(member, due))

    def _plan(self, member: Member, dice: Random) -> list[Step]:
        return draw_plan(dice)

    def _at_work(self, member: Member, moment: datetime) -> datetime:
        """When this rep does what is due at a moment."""
        return moment

    def _work_on(self, job: Job, now: datetime, done: list[dict[str, Any]]) -> None:
        while job.steps and job.due <= now:
            step = job.steps[0]
            try:
                written = self._desk.carry_out(job.member, job.case, step, now)
            except Refused as refusal:
                entry = self._entry(now, job.member, job.case, step.act, refused=str(refusal))
                done.append(entry)
                job.due = now + STEP
                return
            if written:
                done.append(self._entry(now, job.member, job.case, step.act, wrote=written))
            job.steps.pop(0)
            if job.steps:
                job.due = self._at_work(job.member, job.due + timedelta(days=job.steps[0].after))

    def _entry(self, now: datetime, member: Member, case: Case | None, act: str, **outcome: Any) -> dict[str, Any]:
        return {
            "at": now.isoformat(timespec="milliseconds"),
            "rep": member.email,
            "system": self._desk.system,
            "object": case.kind if case else "",
            "id": case.id if case else "",
            "act": act,
            **outcome,
        }
