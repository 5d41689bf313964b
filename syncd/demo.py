"""The demo: start both emulators, plan, apply, let reps work, sync back, and tell the story with the real numbers."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, cast

from connectors.loopback.sandbox import Sandbox, start
from syncd import logs
from syncd.config import Config, load
from syncd.config.write import sandbox_config
from syncd.ledger import journal, people
from syncd.ledger.store import Store
from syncd.sync import planfile, plans, story
from syncd.sync.round import Report, run
from syncd.wiring import connect

ROUNDS = 5
DAYS_A_ROUND = 3.0


class Demo:
    """One run in `folder`. `say` prints a line of the story."""

    def __init__(self, folder: Path, *, contacts: int, crm: str, seed: int, say: Callable[..., Any]) -> None:
        self.folder, self.contacts, self.seed, self.say = folder, contacts, seed, say
        self.crm = cast(Literal["salesforce", "hubspot"], crm)
        self.started = time.monotonic()
        self.sandbox: Sandbox | None = None

    def __enter__(self) -> Demo:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.sandbox is not None:
            self.sandbox.stop()

    # ------------------------------------------------------------ the story
    def run(self) -> dict[str, Any]:
        """Tell it from the first plan to the sync that writes nothing; returns the numbers."""
        logs.configure("warning")
        config = self._set_up()
        plan, planned = self._plan(config)
        with Store.open(config.ledger) as store:
            applied = self._apply(store, config, plan)
            done, reports = self._work(store, config)
            quiet = self._round(store, config, "sync")
            who = journal.handoffs(store, limit=10_000)
            self._tell_handoffs(who)
            brief = self._tell_brief(store, config, who)
            returned = self._tell_answers(store, who, done)
        self.say(f"\nA further sync on the unchanged world wrote {sum(quiet.writes.values())} times.")
        calls = Counter[str]()
        for report in (planned, applied, *reports, quiet):
            for name, by in report.calls.items():
                calls[name] += sum(by.values())
        self.say("API calls in all: " + ", ".join(f"{n} to {name}" for name, n in calls.items()) + ".")
        self.say(
            f"Everything took {time.monotonic() - self.started:.0f} s. "
            f"The ledger, the plan and the config are in {self.folder}/."
        )
        return {
            "folder": str(self.folder),
            "contacts": self.contacts,
            "crm": self.crm,
            "planned": {"handoffs": len(plan.handoffs), "actions": len(plan.actions)},
            "applied": applied.as_json(),
            "rep_actions": len(done),
            "returned": returned,
            "brief": brief,
            "api_calls": dict(calls),
            "further_sync": {"writes": sum(quiet.writes.values()), "api_calls": quiet.as_json()["api_calls"]},
        }

    def stay(self) -> None:
        """Leave both systems up for a look around, until Ctrl-C."""
        config = self.folder / "config.toml"
        self.say("\nBoth systems stay up until Ctrl-C. Look around in another terminal:")
        for command in ("status", "handoffs", "explain EMAIL", "problems", "sync"):
            self.say(f"  syncd {command} -c {config}")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.say("Stopped.")

    # ------------------------------------------------------------ steps
    def _set_up(self) -> Config:
        self.say(f"Starting a simulated HubSpot with {self.contacts} contacts and a simulated Salesforce …")
        self.sandbox = start(contacts=self.contacts, days=90, seed=self.seed)
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("syncd.db*"):
            old.unlink()
        path = self.folder / "config.toml"
        ready = self.sandbox.ready_line()
        sandbox_config(ready, path, crm=self.crm)
        self.say(
            f"HubSpot is {ready['hubspot']['url']}, Salesforce is {ready['salesforce']['url']}, syncd reads {path}."
        )
        return load(path, environ=os.environ)

    def _plan(self, config: Config) -> tuple[planfile.SavedPlan, Report]:
        systems = connect(config)
        with Store.memory() as fork:
            report = run(fork, systems, mode="plan")
            plan = plans.collect(fork, systems, report)
            file = self.folder / "plan.json"
            planfile.write(file, plan, {"writes": planfile.summary(list(plan.actions.values()))})
        systems.close()
        self.say(f"\nThe plan (saved as {file}; nothing is written before it is approved):")
        self.say(
            f"  {report.decided} people looked at, {len(plan.handoffs)} are ready for sales, {report.held} are held."
        )
        for name, count in planfile.summary(list(plan.actions.values())).items():
            self.say(f"  {count:>6}  {name}")
        return plan, report

    def _apply(self, store: Store, config: Config, plan: planfile.SavedPlan) -> Report:
        report = self._round(store, config, "apply", plan)
        with store.tx() as conn:
            journal.put(conn, "approved", report.now.isoformat())
        self.say(f"\nApplied: {', '.join(f'{n} {name}' for name, n in report.actions.items())}.")
        self.say("API calls: " + ", ".join(f"{n} to {name}" for name, n in report.as_json()["api_calls"].items()) + ".")
        return report

    def _work(self, store: Store, config: Config) -> tuple[list[dict[str, Any]], list[Report]]:
        """Reps work their leads through the CRM's own API; syncd syncs after each stretch of days."""
        assert self.sandbox is not None
        reps = self.sandbox.reps(seed=self.seed, crm=self.crm)
        done: list[dict[str, Any]] = []
        reports = []
        self.say(f"\nReps work their leads for {int(ROUNDS * DAYS_A_ROUND)} simulated days:")
        for number in range(1, ROUNDS + 1):
            steps = reps.work(DAYS_A_ROUND)
            done += steps
            report = self._round(store, config, "sync")
            reports.append(report)
            self.say(
                f"  day {int(number * DAYS_A_ROUND):>2}: {len(steps)} things done by reps; "
                f"{report.writes.get(config.rules.marketing, 0)} answers written back to HubSpot, "
                f"{report.handoffs} new handoffs"
            )
        return done, reports

    def _round(self, store: Store, config: Config, mode: str, plan: planfile.SavedPlan | None = None) -> Report:
        systems = connect(config)
        try:
            return run(store, systems, mode=mode, approved=plan)
        finally:
            systems.close()

    # ------------------------------------------------------------ telling
    def _tell_handoffs(self, who: list[dict[str, Any]]) -> None:
        self.say("\nWho went to whom, and why:")
        by_owner = Counter((h["owner"], h["rule"]) for h in who)
        for (owner, rule), count in by_owner.most_common(12):
            self.say(f"  {count:>4}  {owner:<34} {rule}")

    def _tell_brief(self, store: Store, config: Config, who: list[dict[str, Any]]) -> str:
        best = max((h for h in who), key=lambda h: h["score"], default=None)
        if best is None:
            return ""
        (person,) = people.find(store, best["lineage"], config.rules.marketing)
        told = story.explain(store, config.rules, person)
        text = str(told["handoffs"][0]["brief"])
        self.say(f"\nOne brief, as its owner {best['owner']} reads it in the CRM:")
        for line in text.splitlines():
            self.say(f"  | {line}")
        return text

    def _tell_answers(self, store: Store, who: list[dict[str, Any]], done: list[dict[str, Any]]) -> dict[str, int]:
        outcomes = Counter(h["outcome"] or h["work"] or "new" for h in who)
        self.say("\nWhat came back to marketing:")
        for outcome, count in outcomes.most_common():
            self.say(f"  {count:>4}  {outcome}")
        stages = journal.overview(store)["stages"]
        self.say(
            "People by stage: "
            + ", ".join(f"{n} {stage}" for stage, n in sorted(stages.items(), key=lambda s: -s[1]))
            + "."
        )
        return dict(outcomes)
