"""From the ledger to alerts: who got a lead, and what needs a human."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from syncd.core.alerts import LEAD, PROBLEM, Alert
from syncd.core.mapping import canonical
from syncd.core.rules import Rules
from syncd.core.text import plural
from syncd.core.types import Ref
from syncd.core.values import name_of
from syncd.ledger import alerts, journal, people
from syncd.ledger.alerts import Given
from syncd.ledger.store import Store

Link = Callable[[Ref], str]


def news(store: Store, rules: Rules, since: datetime, link: Link, channel: str) -> Iterator[Alert]:
    """What happened since then and the channel does not know; not that it fails itself, which it could not tell."""
    yield from _leads(store, rules, alerts.given(store, since, channel), link)
    open_ones = [alert for alert in _problems(store, since) if alert.data["subject"] != channel]
    yield from alerts.unknown(store, channel, open_ones)


def _leads(store: Store, rules: Rules, given: Sequence[Given], link: Link) -> Iterator[Alert]:
    found = people.dossiers(store, sorted({g.person for g in given}), rules.marketing)
    for lead in given:
        marketing = found[lead.person].marketing if lead.person in found else None
        profile = canonical(marketing, rules.marketing_kind) if marketing else {}
        yield _lead(
            lead, name_of(profile) or str(profile.get("email") or "Lead"), str(profile.get("company") or ""), link
        )


def _lead(lead: Given, name: str, company: str, link: Link) -> Alert:
    handoff = lead.handoff
    kind = f"{handoff.tier.capitalize()} lead" if handoff.tier else "Lead"
    again = f", handoff {handoff.number}" if handoff.number > 1 else ""
    moved = f", now yours: {lead.why}" if lead.hop else ""
    where = f" ({company})" if company else ""
    return Alert(
        key=lead.key,
        event=LEAD,
        at=lead.at,
        title=f"{kind}: {name}{where}, score {handoff.score}{again}{moved}",
        text=handoff.brief,
        link=link(handoff.target) if handoff.target else "",
        owner=lead.owner,
        tier=handoff.tier,
        data={"handoff": handoff.number, "score": handoff.score, "record": str(handoff.target), "rule": handoff.rule},
    )


def _problems(store: Store, since: datetime) -> Iterator[Alert]:
    """Problems that are open; one that comes back after it was resolved is news again."""
    for problem in journal.problems(store):
        if problem["first"] < since:
            continue
        times = f" ({plural(problem['count'], 'time')})" if problem["count"] > 1 else ""
        yield Alert(
            key=f"problem:{problem['kind']}:{problem['subject']}:{problem['first'].isoformat()}",
            event=PROBLEM,
            at=problem["first"],
            title=f"{problem['sentence']}{times}",
            text=problem["fix"],
            data={"kind": problem["kind"], "subject": problem["subject"], "fix": problem["fix"]},
        )
