"""What a brief needs besides the decision, and what it says now or said then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncd.core.decide import Decision, Next
from syncd.core.facts import Colleague
from syncd.core.plan import brief_of
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.ledger.colleagues import colleagues
from syncd.ledger.store import Store
from syncd.sync.view import View, name_of

_TOLD = (Next.HAND_OVER, Next.COMPLETE, Next.REROUTE)


def acquainted(store: Store, rules: Rules, decided: Sequence[tuple[int, Decision]]) -> list[tuple[int, Decision]]:
    """The decisions with the colleagues of those for whom a brief is written: looked up together, and for nobody else."""
    known = colleagues(store, rules, {person: d.profile for person, d in decided if d.next in _TOLD})
    return [(person, _knowing(d, known[person]) if person in known else d) for person, d in decided]


def _knowing(decision: Decision, who: tuple[Colleague, ...]) -> Decision:
    return replace(decision, dossier=replace(decision.dossier, colleagues=who))


def current(view: View, person: int, decision: Decision) -> dict[str, Any]:
    """The brief of a person as it would be sent now, ready or not."""
    met = colleagues(view.store, view.rules, {person: decision.profile})
    decision = _knowing(decision, met.get(person, ()))
    chosen = _receiver(view, decision)
    told = brief_of(decision, view.rules, chosen, view.now, view.portal)
    return {
        **_who(decision),
        "sent": None,
        "owner": chosen.owner.called if chosen.owner else None,
        "title": told.title,
        "text": told.text,
        "html": told.html,
        "complete": told.complete,
        "priority": told.priority,
        "as_of": view.now.isoformat(),
    }


def sent(decision: Decision, number: int) -> dict[str, Any] | None:
    """The brief that was stored with a handoff; None when there is no such handoff."""
    found = next((h for h in decision.dossier.handoffs if h.number == number), None)
    if found is None:
        return None
    return {
        **_who(decision),
        "sent": number,
        "owner": found.owner,
        "text": found.brief,
        "as_of": found.opened.isoformat(),
    }


def _receiver(view: View, decision: Decision) -> Route:
    """Who has the lead; else who would get it."""
    running = decision.handoff
    if running is None or not running.active:
        return view.route(decision)
    return Route(view.directory.crm_by_id(running.owner_id), running.rule, running.why)


def _who(decision: Decision) -> dict[str, Any]:
    return {
        "lineage": decision.dossier.lineage,
        "name": name_of(decision.profile),
        "email": decision.profile.get("email"),
    }
