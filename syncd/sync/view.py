"""People as they stand: decided anew on what the ledger holds, at the time of its last sync. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from syncd.core.changes import watched
from syncd.core.decide import PASSES, Decision, Next, decide
from syncd.core.facts import Directory
from syncd.core.receiver import receiver
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.standing import Standing
from syncd.core.values import name_of
from syncd.ledger import journal, people
from syncd.ledger import standing as past
from syncd.ledger.store import Store
from syncd.sync.companies import company_asked


@dataclass(frozen=True, slots=True)
class View:
    """What is the same for everybody who is looked at. `past`: whose turn it is, and what everybody has."""

    store: Store
    rules: Rules
    directory: Directory
    past: Standing
    now: datetime
    portal: str

    @classmethod
    def of(cls, store: Store, rules: Rules) -> View:
        now = journal.last_seen(store)
        return cls(
            store=store,
            rules=rules,
            directory=people.directory(store, rules.marketing, rules.crm),
            past=past.standing(store, now),
            now=now,
            portal=journal.get(store, f"account:{rules.marketing}") or "",
        )

    def decisions(self, ids: Sequence[int]) -> Iterator[tuple[int, Decision]]:
        """What would be decided about these people now, in the order of `ids`."""
        found = people.dossiers(self.store, ids, self.rules.marketing, watched(self.rules))
        for person in ids:
            yield person, decide(found[person], self.rules, self.directory, self.now, self.portal)

    def route(self, decision: Decision, *, fresh: bool = False) -> Route:
        """Who would get this lead now; with `fresh` as if nobody had received one yet."""
        known = self._knowing([decision]).past
        if fresh:
            known = Standing(companies=known.companies, accounts=known.accounts)
        return receiver(decision, self.rules, self.directory, known, self.now)[1]

    def _knowing(self, decided: Iterable[Decision]) -> View:
        """With the companies of these people: looked up together, for that costs as much as for one."""
        asked = [company_asked(decision, self.rules) for decision in decided]
        return replace(self, past=past.with_companies(self.store, self.past, self.rules, asked))

    def owner(self, decision: Decision) -> str:
        """Who has this person: the receiver of a running handoff, else the live owner of the CRM record, else who is about
        to get the lead; "" for nobody."""
        if decision.handoff is not None and decision.handoff.active:
            return decision.handoff.owner
        if decision.next in PASSES:
            chosen = self.route(decision).owner
            return chosen.called if chosen else ""
        had, _ = receiver(decision, self.rules, self.directory, self.past, self.now)
        owner = self.directory.crm_by_id(had) if had else None
        return owner.called if owner is not None and owner.active else ""

    def ranking(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Everybody, best first, one at a time: memory does not grow with the ledger (S3.8)."""
        chunks = journal.ranked(self.store, limit)
        for rank, row in enumerate((row for chunk in chunks for row in self._rows(chunk)), 1):
            yield {"rank": rank, **row}

    def _rows(self, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        decided = [decision for _, decision in self.decisions(ids)]
        view = self._knowing(decision for decision in decided if decision.next in PASSES)
        yield from map(view._row, decided)

    def _row(self, decision: Decision) -> dict[str, Any]:
        points = decision.score
        return {
            "score": points.combined,
            "fit": points.fit,
            "engagement": points.engagement,
            "tier": points.tier,
            "verdict": standing(decision),
            "stage": decision.stage,
            "owner": self.owner(decision),
            "lineage": decision.dossier.lineage,
            "email": decision.profile.get("email"),
            "name": name_of(decision.profile),
            "company": decision.profile.get("company"),
            "missing": missing(decision),
        }


def standing(decision: Decision) -> str:
    """Where the decision leaves somebody, in a word or two."""
    if decision.handoff is not None and decision.handoff.active:
        return "with sales"
    if decision.waits:
        return "waiting"
    if decision.next is not Next.NOTHING:
        return "ready"
    verdict = decision.verdict
    return "vetoed" if verdict.vetoes else "held" if verdict.ready else "not ready"


def missing(decision: Decision) -> list[str]:
    """What stands between this person and a handoff, most final first; nothing for one that is with sales or goes there."""
    if decision.waits:
        return [decision.held]
    if decision.next is not Next.NOTHING or (decision.handoff is not None and decision.handoff.active):
        return []
    verdict = decision.verdict
    held = [decision.held] if decision.held else []
    return [*held, *verdict.vetoes, *verdict.unmatched, *verdict.missing]
