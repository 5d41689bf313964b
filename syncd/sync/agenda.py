"""Who waits for a named person, with the brief that sales would get, as everything stands now (S2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.core.decide import Decision
from syncd.core.plan import brief_of
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.standing import domain_of
from syncd.core.values import name_of
from syncd.ledger import rulings
from syncd.ledger.colleagues import mates
from syncd.ledger.store import Store
from syncd.sync.briefing import acquainted
from syncd.sync.view import View


@dataclass(frozen=True, slots=True)
class Item:
    """One lead to talk about: since when it waits, who would get it, and the brief."""

    since: datetime
    decision: Decision
    route: Route
    brief: str

    def as_json(self) -> dict[str, Any]:
        decision, profile = self.decision, self.decision.profile
        return {
            "score": decision.score.combined,
            "tier": decision.score.tier,
            "lineage": decision.dossier.lineage,
            "email": profile.get("email"),
            "name": name_of(profile),
            "company": profile.get("company"),
            "owner": self.route.owner.called if self.route.owner else "",
            "rule": self.route.rule,
            "number": decision.dossier.next_number,
            "since": self.since.isoformat(),
            "brief": self.brief,
        }


def agenda(store: Store, rules: Rules) -> Iterator[Item]:
    """Who waits, best score first. Somebody who would not wait any more is decided on by the next sync and left out here."""
    view, since = View.of(store, rules), rulings.waiting(store)
    waiting = [(person, decision) for person, decision in view.decisions(list(since)) if decision.waits]
    known = mates(store, rules, (domain_of(decision.profile) for _, decision in waiting))
    for person, decision in acquainted(store, rules, waiting, known):
        route = view.route(decision)
        story = brief_of(decision, rules, route, view.now, view.portal)
        yield Item(since[person], decision, route, f"{story.title}\n\n{story.text}")


def listed(store: Store, rules: Rules, *, owner: str | None, since: datetime | None) -> list[dict[str, Any]]:
    """Who waits, in the columns of the list of handoffs; `opened` is since when."""
    found = []
    for item in agenda(store, rules):
        row = item.as_json()
        if (owner and row["owner"] != owner.lower()) or (since and item.since < since):
            continue
        target = item.decision.match.target
        found.append(
            {
                "lineage": row["lineage"], "email": row["email"], "number": row["number"], "state": "waiting",
                "entry": item.decision.entry, "owner": row["owner"], "rule": row["rule"], "score": row["score"],
                "tier": row["tier"], "target": str(target.ref) if target else None, "work": "", "outcome": "",
                "reason": "", "not_before": None, "opened": row["since"], "delivered": None, "closed": None,
            }
        )  # fmt: skip
    return found
