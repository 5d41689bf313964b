"""What a brief needs besides the decision, and what it says now or said then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncd.core.decide import BRIEFED, Decision
from syncd.core.facts import Colleague
from syncd.core.plan import brief_of
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.standing import domain_of
from syncd.core.values import name_of
from syncd.ledger.colleagues import Mates, colleagues, mates
from syncd.ledger.store import Store
from syncd.sync.view import View


def acquainted(
    store: Store, rules: Rules, decided: Sequence[tuple[int, Decision]], known: Mates
) -> list[tuple[int, Decision]]:
    """The decisions with the colleagues of those for whom a brief is written; `known` are the people of their companies."""
    domains = {person: domain_of(d.profile) for person, d in decided if d.next in BRIEFED}
    found = colleagues(store, rules, domains, known) if domains else {}
    return [(person, _knowing(d, found[person]) if person in found else d) for person, d in decided]


def _knowing(decision: Decision, who: tuple[Colleague, ...]) -> Decision:
    return replace(decision, dossier=replace(decision.dossier, colleagues=who))


def current(view: View, person: int, decision: Decision) -> dict[str, Any]:
    """The brief of a person as it would be sent now, ready or not."""
    domain = domain_of(decision.profile)
    known = mates(view.store, view.rules, [domain])
    decision = _knowing(decision, colleagues(view.store, view.rules, {person: domain}, known)[person])
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
