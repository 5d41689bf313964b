"""The demo: start both emulators, plan, apply, let reps work, sync back, and tell the story with the real numbers."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, cast

from connectors.loopback.sandbox import Sandbox, start
from syncd import logs
from syncd.cli import show
from syncd.config import Config, load
from syncd.config.write import sandbox_config
from syncd.core.errors import Complaint, ConfigError
from syncd.core.text import plural
from syncd.ledger import journal, people
from syncd.ledger.store import Store
from syncd.planning import Draft, draft
from syncd.sync import planfile, story
from syncd.sync.round import Report, run
from syncd.wiring import connect

ROUNDS = 5
DAYS_A_ROUND = 3.0
SAMPLE = 8
MARK = ".made-by-syncd-demo"
"""Stands in a folder that the demo made: only such a folder is cleared."""


class Demo:
    """One run in `folder`; tells nothing when `quiet`."""

    def __init__(
        self, folder: Path, *, contacts: int, crm: str, seed: int, quiet: bool, product: bool = False
    ) -> None:
        self.folder, self.contacts, self.seed, self.quiet = folder, contacts, seed, quiet
        self.crm = cast(Literal["salesforce", "hubspot"], crm)
        self.product = folder / "product" if product else None
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
        """Tell it from the first plan to the sync that writes nothing; returns the numbers.

        Raises ConfigError when the folder is somebody else's.
        """
        logs.configure("warning")
        self._clear_folder()
        config = self._set_up()
        made = self._plan(config)
        with Store.open(config.ledger) as store:
            applied = self._apply(store, config, made.plan)
            done, reports = self._work(store, config)
            quiet = self._round(store, config, "sync")
            who = journal.handoffs(store, limit=10_000)
            self._tell_handoffs(who, made)
            brief = self._tell_brief(store, config, who)
            returned = self._tell_answers(store, who)
        calls = Counter[str]()
        for report in (made.report, applied, *reports, quiet):
            calls.update({name: sum(by.values()) for name, by in report.calls.items()})
        again = sum(quiet.writes.values())
        self._chapter("And again")
        self.say(f"One more sync, with nothing changed, wrote {plural(again, 'time')}.")
        self.say(f"API calls in all: {show.amounts(calls)}. Time in all: {time.monotonic() - self.started:.0f} s.")
        self.say(f"Configuration, plan and ledger are in {self.folder}/ (the ledger is SQLite: open it with any tool).")
        return {
            "folder": str(self.folder),
            "contacts": self.contacts,
            "crm": self.crm,
            "planned": {"handoffs": len(made.leads), "actions": len(made.actions), "held": made.report.held},
            "applied": applied.as_json(),
            "rep_actions": len(done),
            "returned": returned,
            "handoffs": who,
            "brief": brief,
            "api_calls": dict(calls),
            "further_sync": {"writes": again, "api_calls": quiet.as_json()["api_calls"]},
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
    def _clear_folder(self) -> None:
        """A folder of an earlier demo starts anew; one with other things in it is left alone."""
        mark = self.folder / MARK
        if self.folder.exists() and not mark.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise ConfigError(
                [Complaint(f"{self.folder} holds other things, and the demo would overwrite them.",
                           fix="Name another folder: syncd demo --folder FOLDER")]
            )  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
        for old in self.folder.glob("syncd.db*"):
            old.unlink()

    def _set_up(self) -> Config:
        self.say(f"Starting a simulated HubSpot with {self.contacts:,} contacts and a simulated Salesforce …")
        self.sandbox = start(contacts=self.contacts, days=90, seed=self.seed, product=self.product)
        path = self.folder / "config.toml"
        ready = self.sandbox.ready_line()
        sandbox_config(ready, path, crm=self.crm, product=self.product)
        self.say(f"HubSpot is {ready['hubspot']['url']}, Salesforce is {ready['salesforce']['url']}.")
        if self.product is not None:
            events = self.sandbox.world.counts.get("product_events", 0)
            self.say(f"What people did in the product, {events:,} events, is in {self.product}/.")
        return load(path, environ=os.environ)

    def _plan(self, config: Config) -> Draft:
        with self._progress("plan") as step, draft(config, step) as made:
            pass
        file = self.folder / "plan.json"
        planfile.write(file, made.plan, made.shown())
        self._chapter("The plan")
        self.say(
            f"{made.report.decided:,} people looked at: {len(made.leads):,} are ready for sales, {made.report.held:,} are "
            f"held for a human. It would write:"
        )
        for name, count in made.shown()["writes"].items():
            self.say(f"  {count:>6,}  {name}")
        self.say(f"Nothing is written before a plan is approved. This one is saved as {file}.")
        return made

    def _apply(self, store: Store, config: Config, plan: planfile.SavedPlan) -> Report:
        report = self._round(store, config, "apply", plan)
        with store.tx() as conn:
            journal.put(conn, "approved", report.now.isoformat())
        outcomes = ", ".join(f"{n:,} {name}" for name, n in report.actions.items())
        self._chapter("Applied")
        self.say(f"Writes: {outcomes}. API calls: {show.amounts(report.as_json()['api_calls'])}.")
        return report

    def _work(self, store: Store, config: Config) -> tuple[list[dict[str, Any]], list[Report]]:
        """Reps work their leads through the CRM's own API; syncd syncs after each stretch of days."""
        assert self.sandbox is not None
        reps = self.sandbox.reps(seed=self.seed, crm=self.crm)
        done: list[dict[str, Any]] = []
        reports = []
        self._chapter(
            f"Reps work their leads for {int(ROUNDS * DAYS_A_ROUND)} simulated days, through the CRM’s own API"
        )
        for number in range(1, ROUNDS + 1):
            steps = reps.work(DAYS_A_ROUND)
            done += steps
            report = self._round(store, config, "sync")
            reports.append(report)
            self.say(
                f"  day {int(number * DAYS_A_ROUND):>2}: {len(steps):>4,} things done by reps → "
                f"{report.writes.get(config.rules.marketing, 0):>4,} answers written back to HubSpot, "
                f"{plural(report.handoffs, 'new handoff')}"
            )
        return done, reports

    def _round(self, store: Store, config: Config, mode: str, plan: planfile.SavedPlan | None = None) -> Report:
        systems = connect(config)
        try:
            with self._progress(mode) as step:
                return run(store, systems, mode=mode, approved=plan, step=step)
        finally:
            systems.close()

    # ------------------------------------------------------------ telling
    def say(self, text: str = "") -> None:
        if not self.quiet:
            show.say(text)

    def _chapter(self, title: str) -> None:
        if not self.quiet:
            show.heading(title)

    def _progress(self, label: str) -> AbstractContextManager[Any]:
        return show.progress(label, self.quiet or not show.drawn())

    def _tell_handoffs(self, who: Sequence[dict[str, Any]], made: Draft) -> None:
        if self.quiet:
            return
        self._chapter("Who went to whom, and why")
        by_owner = Counter((h["owner"], h["rule"]) for h in who)
        show.table(("leads", "to", "because"), [(n, owner, rule) for (owner, rule), n in by_owner.most_common(15)])
        names = {lead.person: lead for lead in made.leads}
        sample = _mixed([h for h in who if h["outcome"] and h["lineage"] in names])[:SAMPLE]
        ways = Counter(h["entry"] for h in who)
        self.say("Qualified by " + ", ".join(f"{show.ENTRIES.get(way, way)}: {n:,}" for way, n in ways.most_common()) + ".")
        self._chapter("Some of them, and what sales said")
        show.table(
            ("lead", "company", "score", "to", "why", "sales say"),
            [
                (names[h["lineage"]].name, names[h["lineage"]].company, h["score"], h["owner"],
                 names[h["lineage"]].why or h["rule"], h["outcome"] + (f": {h['reason']}" if h["reason"] else ""))
                for h in sample
            ],
        )  # fmt: skip

    def _tell_brief(self, store: Store, config: Config, who: Sequence[dict[str, Any]]) -> str:
        best = max(who, key=lambda h: h["score"], default=None)
        if best is None:
            return ""
        (person,) = people.find(store, best["lineage"], config.rules.marketing)
        text = str(story.explain(store, config.rules, person)["handoffs"][0]["brief"])
        self._chapter(f"One brief, as {best['owner']} reads it in the CRM")
        if not self.quiet:
            show.block(text, "  | ")
        return text

    def _tell_answers(self, store: Store, who: Sequence[dict[str, Any]]) -> dict[str, int]:
        outcomes = Counter(h["outcome"] or h["work"] or "new" for h in who)
        self._chapter("What came back to marketing")
        for outcome, count in outcomes.most_common():
            self.say(f"  {count:>6,}  {outcome.replace('_', ' ')}")
        stages = sorted(journal.overview(store)["stages"].items(), key=lambda pair: -pair[1])
        self.say("People by stage: " + ", ".join(f"{n:,} {stage.replace('_', ' ')}" for stage, n in stages) + ".")
        return dict(outcomes)


def _mixed(handoffs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of each outcome in turn."""
    by_outcome: dict[str, list[dict[str, Any]]] = {}
    for handoff in handoffs:
        by_outcome.setdefault(handoff["outcome"], []).append(handoff)
    return [h for turn in zip_longest(*by_outcome.values()) for h in turn if h is not None]
