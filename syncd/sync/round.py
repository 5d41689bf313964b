"""The round itself: settle → pull → decide → plan → apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core.keys import digest
from syncd.core.types import Outcome, Problem
from syncd.ledger import family, journal, rulings
from syncd.ledger.store import Store
from syncd.sync import contests, pull, verdicts
from syncd.sync.apply import Applier
from syncd.sync.causes import with_leads
from syncd.sync.planfile import SavedPlan
from syncd.sync.settle import settle
from syncd.sync.systems import Systems, look, look_again, without_missing

SYSTEM_PROBLEMS = ("system_out", "clock_skew", rulings.UNREADABLE)

SKEW = timedelta(minutes=5)
"""How far this machine's clock may be off before somebody should hear of it."""


@dataclass(slots=True)
class Report:
    """What one round did. `actions`: counts by outcome; `out`: systems that sat it out, with the reason."""

    sync: int
    mode: str
    now: datetime
    pulled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    decided: int = 0
    handoffs: int = 0
    planned: int = 0
    held: int = 0
    waiting: int = 0
    actions: Mapping[str, int] = field(default_factory=dict)
    writes: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problems: int = 0
    budget: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    out: Mapping[str, str] = field(default_factory=dict)
    braked: bool = False
    moved: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "sync": self.sync, "mode": self.mode, "now": self.now.isoformat(), "pulled": self.pulled,
            "decided": self.decided, "handoffs": self.handoffs, "planned": self.planned, "held": self.held,
            "waiting": self.waiting, "actions": self.actions, "writes": self.writes,
            "api_calls": {name: sum(by.values()) for name, by in self.calls.items()}, "problems": self.problems,
            "budget": self.budget, "out": self.out, "braked": self.braked, "moved": list(self.moved),
        }  # fmt: skip


def run(
    store: Store,
    systems: Systems,
    *,
    mode: str,
    approved: SavedPlan | None = None,
    stop: Callable[[], bool] = lambda: False,
    step: Callable[[str], None] = lambda _: None,
) -> Report:
    """One round. `mode`: plan (stop before sending; give it a fork), apply (only `approved`), sync (plan and send).

    `stop` is asked between pages, chunks and batches; `step` hears where the round is. Raises LedgerError.
    """
    store.refuse_imported()
    step("check")
    found = with_leads(store, look(store, systems))
    if systems.health:
        systems.rules = without_missing(systems.rules, {n: h.missing for n, h in systems.health.items()})
    with store.tx() as conn:
        journal.put(conn, "marketing", systems.rules.marketing)
        others = systems.rules.marketing_kind.fields.get("other_emails")
        journal.put(conn, "other_emails", others.remote if others else "")
        family.relink(conn)
        if systems.both:
            journal.follow_rules(conn, _effective(systems))
    sync = journal.begin(store, mode, systems.rules.version, systems.now())
    report = Report(sync, mode, systems.now())
    outcomes: Counter[Outcome] = Counter()
    applier = Applier(store, systems, sync, stop)

    if mode != "plan":
        step("settle")
        outcomes += settle(store, systems, sync)
    step("pull")
    report.pulled = pull.pull(store, systems, sync, stop, step)
    report.now = now = systems.now()
    found += _skew(systems)
    if systems.both and not stop():
        step("decide")
        if mode != "plan" and store.path is not None:
            found += rulings.take_in(store, store.path, now)
        contests.notice(store, systems, now)
        verdict = verdicts.decide_all(store, systems, sync, now, planning=mode == "plan", approved=approved, stop=stop)
        report.decided, report.handoffs, report.planned = verdict.decided, verdict.handoffs, verdict.actions
        report.held, report.braked, report.moved = verdict.held, verdict.braked, tuple(verdict.moved)
        report.waiting = len(rulings.waiting(store))
    if mode != "plan" and not report.braked and not stop():
        step("apply")
        outcomes += settle(store, systems, sync)  # what a lost ledger began was planned just now, in doubt
        applier.run()
        if applier.outcomes[Outcome.UNCLEAR] and not stop():
            outcomes += settle(store, systems, sync)
            applier.run()
        outcomes += applier.outcomes
        found += with_leads(store, look_again(store, systems, applier.refused))
    close_report(store, systems, report, found, outcomes, applier.writes)
    return report


def _effective(systems: Systems) -> str:
    """What decisions rest on: the rules, less the fields that an account lacks."""
    lacking = (f"{name}/{kind}/{field}" for name, h in systems.health.items() for kind, field in h.missing)
    return digest(systems.rules.version, *sorted(lacking))


def _skew(systems: Systems) -> list[Problem]:
    """A wrong machine clock decides nothing, for `now` is the marketing system's; but it makes logs and passwords wrong."""
    name = systems.rules.marketing
    if name in systems.out or name in systems.loopback:
        return []
    off = datetime.fromtimestamp(systems.wall(), UTC) - systems.marketing.now()
    if abs(off) <= SKEW:
        return []
    minutes = round(abs(off) / timedelta(minutes=1))
    side = "ahead of" if off > timedelta() else "behind"
    return [
        Problem("clock_skew", name, f"This machine’s clock is {minutes} minutes {side} {name}’s.",
                "Let it be set by NTP. Decisions are not affected: they use the clock of the marketing system.")
    ]  # fmt: skip


def close_report(
    store: Store,
    systems: Systems,
    report: Report,
    found: list[Problem],
    outcomes: Counter[Outcome],
    writes: Counter[str],
) -> None:
    """Count what happened, raise what is wrong with the systems, and finish the sync row."""
    report.actions = {outcome.value: n for outcome, n in sorted(outcomes.items()) if n}
    report.writes = {name: writes[name] for name in systems.connectors}
    report.calls = systems.calls()
    report.budget = {
        name: {"ours": b.ours, "spent": b.spent + sum(report.calls[name].values()), "reserve": b.reserve}
        for name, b in systems.budget.items()
    }
    report.out = {name: str(error) for name, error in systems.out.items()}
    _note_problems(store, systems, found, report)
    journal.finish(store, report.sync, systems.now(), report.as_json(), report.calls)


def _note_problems(store: Store, systems: Systems, found: list[Problem], report: Report) -> None:
    problems = list(found)
    told = {problem.sentence for problem in found}
    for name, error in systems.out.items():
        if error.sentence not in told:
            problems.append(Problem("system_out", name, error.sentence, error.fix))
    with store.tx() as conn:
        journal.resolve(conn, report.now, kinds=SYSTEM_PROBLEMS)
        journal.report(conn, problems, report.now)
    report.problems = len(journal.problems(store))
