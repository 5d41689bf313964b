"""New rules beside those in force, on the people as they are today: who enters, who leaves, who changes rep or tier (S3.12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncd.core.decide import PASSES, Decision
from syncd.core.rules import Rules
from syncd.core.values import name_of
from syncd.ledger import past, people
from syncd.ledger import standing as companies
from syncd.ledger.store import Store
from syncd.sync.companies import company_asked
from syncd.sync.turns import Turns, everybody
from syncd.sync.view import View, missing

CHANGES = ("enters", "leaves", "moves")


@dataclass(slots=True)
class Side:
    """One set of rules today: how many pass it and are not with sales yet, by rep and by tier; and how many pass it in all."""

    view: View
    turns: Turns
    passing: int = 0
    reps: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, store: Store, rules: Rules) -> Side:
        view = View.of(store, rules)
        directory = view.directory if view.directory.crm else everybody(rules)
        return cls(view, Turns(rules, directory, view.past))

    def decisions(self, chunk: Sequence[int]) -> list[Decision]:
        """Of these people, whose companies routing knows afterwards: one look at them for all, for it reads every address."""
        rules, found = self.view.rules, [decision for _, decision in self.view.decisions(chunk)]
        asked = (company_asked(decision, rules) for decision in found if decision.next in PASSES)
        self.turns.past = companies.with_companies(self.view.store, self.turns.past, rules, asked)
        return found

    def take(self, decision: Decision) -> tuple[str, str]:
        """Count somebody; returns who would get the lead, or has it, and the pool if it would be by turns."""
        if not decision.verdict.ready:
            return "", ""
        self.passing += 1
        if decision.handoff is not None and decision.handoff.active:
            return decision.handoff.owner, ""
        if decision.next not in PASSES:
            return "", ""
        who, pool = self.turns.give(decision, self.view.now)
        self.reps[who] += 1
        self.tiers[decision.score.tier] += 1
        return who, pool


@dataclass(slots=True)
class Tryout:
    """Both sides over everybody; `counts` of the changes are whole once `rows` is through."""

    new: Side
    force: Side
    people: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, store: Store, new: Rules, force: Rules) -> Tryout:
        return cls(Side.of(store, new), Side.of(store, force))

    @property
    def unknown(self) -> list[str]:
        """Marketing fields that the new rules read and this ledger never read."""
        return missing_names(self.new.view.store, self.new.view.rules)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Those for whom something changes, one at a time."""
        for chunk in past.chunks(self.new.view.store):
            for new, force in zip(self.new.decisions(chunk), self.force.decisions(chunk), strict=True):
                self.people += 1
                (who, pool), (had, before) = self.new.take(new), self.force.take(force)
                elsewhere = who != had and not (pool and pool == before)
                if change := _change(new, force, elsewhere=elsewhere):
                    self.counts[change] += 1
                    yield _row(change, new, force, (who, had), elsewhere=elsewhere)

    def summary(self) -> dict[str, Any]:
        """The numbers, once `rows` is through."""
        return {
            "as_of": self.new.view.now.isoformat(),
            "looked_at": self.people,
            **{name: self.counts[name] for name in CHANGES},
            "unknown_fields": self.unknown,
            "new": _told(self.new),
            "force": _told(self.force),
        }


def missing_names(store: Store, rules: Rules) -> list[str]:
    """Fields of the marketing mapping that the ledger holds of nobody: it learns them with the first sync under it."""
    kind = rules.marketing_kind
    held = people.names(store, rules.marketing, kind.kind)
    return sorted(name for name, fm in kind.fields.items() if fm.remote not in held)


def _change(new: Decision, force: Decision, *, elsewhere: bool) -> str:
    """What changes for somebody, "" for nothing. Who is with sales does not enter; who is there and would not pass today
    leaves, though syncd takes no lead back. Another rep of the same pool, because the turns fall otherwise, is no change."""
    with_sales = force.handoff is not None and force.handoff.active
    passes, passed = (_passes(decision) for decision in (new, force))
    if passes and not passed:
        return "" if with_sales else "enters"
    if passed and not passes:
        return "leaves"
    moved = elsewhere or new.score.tier != force.score.tier
    return "moves" if passes and moved and not with_sales else ""


def _passes(decision: Decision) -> bool:
    with_sales = decision.handoff is not None and decision.handoff.active
    return decision.verdict.ready and (with_sales or decision.next in PASSES)


def _row(change: str, new: Decision, force: Decision, owners: tuple[str, str], *, elsewhere: bool) -> dict[str, Any]:
    active = force.handoff is not None and force.handoff.active
    return {
        "change": change,
        "lineage": new.dossier.lineage,
        "email": new.profile.get("email"),
        "name": name_of(new.profile),
        "company": new.profile.get("company"),
        "with_sales": active,
        "new_score": new.score.combined,
        "new_tier": new.score.tier,
        "new_owner": owners[0],
        "force_score": force.score.combined,
        "force_tier": force.score.tier,
        "force_owner": owners[1],
        "why": _why(change, new, force, owners if elsewhere else None),
    }


def _why(change: str, new: Decision, force: Decision, owners: tuple[str, str] | None) -> str:
    """Of one who enters or leaves what the other rules say against it; of one who moves what moved."""
    match change:
        case "enters":
            return f"now: {'; '.join(_against(force))}"
        case "leaves":
            return f"then: {'; '.join(_against(new))}"
    moved = [f"{a or 'no tier'} → {b or 'no tier'}" for a, b in [(force.score.tier, new.score.tier)] if a != b]
    moved += [f"{owners[1] or 'nobody'} → {owners[0] or 'nobody'}"] if owners else []
    return "; ".join(moved)


def _against(decision: Decision) -> list[str]:
    verdict = decision.verdict
    return missing(decision) or [*verdict.vetoes, *verdict.unmatched, *verdict.missing]


def _told(side: Side) -> dict[str, Any]:
    return {
        "rules": side.view.rules.version,
        "passing": side.passing,
        "going": side.reps.total(),
        "reps": dict(sorted(side.reps.items())),
        "tiers": dict(side.tiers),
    }
