"""From the ledger to alerts: who got a lead, which promises are due or broken, and what needs a human."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.alerts.promises import promises
from syncd.alerts.words import Link, named
from syncd.core.alerts import ALARM, BREACH, LEAD, PROBLEM, REMINDER, Alert, Channel
from syncd.core.rules import Rules
from syncd.core.text import plural
from syncd.ledger import alerts, journal
from syncd.ledger.alerts import Given
from syncd.ledger.store import Store


def news(store: Store, rules: Rules, since: datetime, link: Link, channel: Channel) -> Iterator[Alert]:
    """What happened since then and the channel does not know; not that it fails itself, which it could not tell."""
    yield from _leads(store, rules, alerts.given(store, since, channel.by), link)
    if REMINDER in channel.events or BREACH in channel.events:
        yield from promises(store, rules, since, link, channel.by)
    open_ones = [alert for alert in _problems(store, since) if alert.data["subject"] != channel.by]
    yield from alerts.unknown(store, channel.by, open_ones)


def _leads(store: Store, rules: Rules, given: Sequence[Given], link: Link) -> Iterator[Alert]:
    called = named(store, rules, {lead.person for lead in given})
    for lead in given:
        yield _lead(lead, called.get(lead.person, "Lead"), link)


def _lead(lead: Given, name: str, link: Link) -> Alert:
    handoff = lead.handoff
    kind = f"{handoff.tier.capitalize()} lead" if handoff.tier else "Lead"
    again = f", handoff {handoff.number}" if handoff.number > 1 else ""
    moved = f", now yours: {lead.why}" if lead.hop else ""
    return Alert(
        key=lead.key,
        event=LEAD,
        at=lead.at,
        title=f"{kind}: {name}, score {handoff.score}{again}{moved}",
        text=handoff.brief,
        link=link(handoff.target) if handoff.target else "",
        owner=lead.owner,
        tier=handoff.tier,
        data={"handoff": handoff.number, "score": handoff.score, "record": str(handoff.target), "rule": handoff.rule},
    )


def _problems(store: Store, since: datetime) -> Iterator[Alert]:
    """Problems and alarms that are open; one that comes back after it was resolved is news again."""
    for problem in journal.problems(store):
        if problem["first"] < since:
            continue
        times = f" ({plural(problem['count'], 'time')})" if problem["count"] > 1 else ""
        yield Alert(
            key=f"problem:{problem['kind']}:{problem['subject']}:{problem['first'].isoformat()}",
            event=ALARM if problem["kind"] == ALARM else PROBLEM,
            at=problem["first"],
            title=f"{problem['sentence']}{times}",
            text=problem["fix"],
            data={"kind": problem["kind"], "subject": problem["subject"], "fix": problem["fix"]},
        )
