"""Who gets one lead: whom a person named, else whom the routing finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.core.accounts import account_named
from syncd.core.decide import Decision
from syncd.core.facts import Directory
from syncd.core.route import Lead, Route, route
from syncd.core.rules import Rules
from syncd.core.rulings import Ruling
from syncd.core.standing import Standing
from syncd.core.types import Problem

NAMED = "named by hand"
"""What `Route.rule` is where a person chose the owner."""


def receiver(
    decision: Decision, rules: Rules, directory: Directory, standing: Standing, now: datetime
) -> tuple[str, Route]:
    """The owner id that the existing record has ("" for none), and who gets the lead."""
    target, had = decision.match.target, ""
    if target is not None:
        owner_field = rules.maps[rules.crm].kinds[target.ref.kind].fields["owner"].remote
        had = str(target.fields.get(owner_field) or "")
    moved = decision.new_company
    late = decision.passed_over
    current = directory.crm_by_id(had) if had and had not in late and moved is None else None
    lead = Lead(decision.profile, current, decision.dossier.waiting, account_named(decision, rules), late)
    ruling = decision.ruling
    if ruling is not None and ruling.to:
        chosen = _named(ruling, directory)
    else:
        chosen = route(rules.routing, lead, directory, standing, now)
    said = () if ruling is None else (str(ruling),)
    return had, replace(chosen, why=(*said, *chosen.why, *(() if moved is None else (str(moved),))))


def _named(ruling: Ruling, directory: Directory) -> Route:
    """The owner whom somebody named who handed the lead over by hand."""
    owner = directory.crm_owner(ruling.to)
    if owner is not None and owner.active:
        return Route(owner, NAMED)
    return Route(
        None, NAMED,
        problem=Problem("no_owner", ruling.to, f"{ruling.to}, whom {ruling.by} named, is no active owner in the CRM.",
                        "Activate the user, or name another owner."),
    )  # fmt: skip
