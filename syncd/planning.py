"""A plan: the same round on a copy of the ledger in memory, stopped before the first write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from syncd.config import Config
from syncd.core.facts import Handoff
from syncd.core.mapping import canonical
from syncd.core.rules import Rules
from syncd.core.types import Action, Raw, Verb
from syncd.core.values import name_of
from syncd.ledger import journal, people, rulings
from syncd.ledger.store import Store
from syncd.sync import planfile, plans
from syncd.sync.planfile import SavedPlan
from syncd.sync.round import Report, run
from syncd.wiring import connect


@dataclass(frozen=True, slots=True)
class Lead:
    """One planned handoff as people want to see it. `record` is "new Lead" or the address of one that exists."""

    person: str
    name: str
    company: str
    score: int
    tier: str
    owner: str
    rule: str
    why: str
    record: str


@dataclass(frozen=True, slots=True)
class Draft:
    """`fork` is the ledger as it would be, usable while the draft is open."""

    fork: Store
    report: Report
    plan: SavedPlan
    leads: tuple[Lead, ...]
    calls: dict[str, int]
    problems: tuple[dict[str, Any], ...]

    def shown(self) -> dict[str, Any]:
        """For JSON and for the readers of a plan file."""
        return {
            "writes": planfile.summary(self.actions),
            "leads": [{name: getattr(lead, name) for name in Lead.__slots__} for lead in self.leads],
            "expected_calls": self.calls,
            "problems": list(self.problems),
        }

    @property
    def actions(self) -> list[Action]:
        return list(self.plan.actions.values())

    def of(self, person: str) -> list[Action]:
        """What would be written for one person."""
        return [a for a in self.actions if a.person == person]

    def replaced(self) -> list[tuple[Action, str, Raw, Raw]]:
        """Values that stand in a record now and would be replaced: (action, field, old, new)."""
        return [
            (a, name, a.before[name], value)
            for a in self.actions
            if a.verb is Verb.UPDATE
            for name, value in a.fields.items()
            if a.before.get(name) not in (None, "", value)
        ]


@contextmanager
def draft(config: Config, step: Callable[[str], None] = lambda _: None) -> Iterator[Draft]:
    """Plan on a fork of the ledger, or on an empty one where there is none yet. Raises ConfigError, LedgerError."""
    systems = connect(config)
    try:
        with _fork(config) as fork:
            rulings.take_in(fork, config.ledger, journal.last_seen(fork), keep=True)
            report = run(fork, systems, mode="plan", step=step)
            plan = plans.collect(fork, systems, report)
            yield Draft(
                fork=fork,
                report=report,
                plan=plan,
                leads=_leads(fork, config.rules, plan),
                calls=plans.expected_calls(systems, list(plan.actions.values())),
                problems=tuple(
                    {name: p[name] for name in ("kind", "subject", "sentence", "fix")} for p in journal.problems(fork)
                ),
            )
    finally:
        systems.close()


def _fork(config: Config) -> Store:
    if not config.ledger.exists():
        return Store.scratch(config.ledger.parent)
    with Store.read(config.ledger) as original:
        return original.fork()


def _leads(fork: Store, rules: Rules, plan: SavedPlan) -> tuple[Lead, ...]:
    names = _names(fork, rules, list(plan.people.values()))
    leads = []
    for handoff, _ in plan.handoffs.values():
        person = plan.people[handoff.key]
        name, company = names.get(person, ("", ""))
        leads.append(
            Lead(
                person, name, company, handoff.score, handoff.tier, handoff.owner, handoff.rule,
                "; ".join(handoff.why), _record(handoff, plan),
            )
        )  # fmt: skip
    return tuple(leads)


def _record(handoff: Handoff, plan: SavedPlan) -> str:
    if handoff.target is not None:
        return str(handoff.target)
    mine = plan.people[handoff.key]
    made = (a for a in plan.actions.values() if a.person == mine and a.effect == "person" and a.verb is Verb.CREATE)
    return next((f"new {a.target.kind}" for a in made), "")


def _names(fork: Store, rules: Rules, lineages: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and company of people."""
    ids = [person for lineage in lineages for person in people.find(fork, lineage, rules.marketing)]
    found = {}
    for dossier in people.dossiers(fork, ids, rules.marketing).values():
        profile = canonical(dossier.marketing, rules.marketing_kind) if dossier.marketing else {}
        found[dossier.lineage] = (name_of(profile) or str(profile.get("email") or ""), str(profile.get("company") or ""))
    return found
