"""Promises that are due soon or broken, as alerts: to whoever has the lead; and each breach says whose clock it was on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.alerts.words import Link, named
from syncd.core.alerts import BREACH, REMINDER, Alert
from syncd.core.rules import Rules
from syncd.core.sla import SYSTEM, Breach, Reminder, calendar_of
from syncd.core.text import minute
from syncd.core.zones import zone
from syncd.ledger import breaches, people
from syncd.ledger.breaches import Noted
from syncd.ledger.store import Store


def promises(store: Store, rules: Rules, since: datetime, link: Link, channel: str) -> Iterator[Alert]:
    """Reminders and breaches that were seen since then and the channel does not know, oldest first."""
    found = breaches.noted(store, since, channel)
    if not found:
        return
    called = named(store, rules, {noted.person for noted in found})
    directory = people.directory(store, rules.marketing, rules.crm)
    for noted in found:
        handoff, name = noted.handoff, called.get(noted.person, "Lead")
        calendar = calendar_of(rules, directory.crm_by_id(handoff.owner_id), handoff.owner)
        due = f"{minute(noted.what.due.astimezone(zone(calendar.timezone)))} ({calendar.timezone})"
        page = link(handoff.target) if handoff.target else ""
        tell = _reminder if isinstance(noted.what, Reminder) else _breach
        yield tell(noted, name, due, page)


def _reminder(noted: Noted, name: str, due: str, page: str) -> Alert:
    what, handoff = noted.what, noted.handoff
    return Alert(
        key=noted.key,
        event=REMINDER,
        at=noted.at,
        title=f"{name} waits for the first call or e-mail by {due}",
        text="It counts once it stands in the CRM; a new status alone does not.",
        link=page,
        owner=what.owner,
        tier=handoff.tier,
        data=_data(noted),
    )


def _breach(noted: Noted, name: str, due: str, page: str) -> Alert:
    what, handoff = noted.what, noted.handoff
    assert isinstance(what, Breach)
    return Alert(
        key=noted.key,
        event=BREACH,
        at=noted.at,
        title=f"{name}: {_broken(what, due)}{'; it is over by now' if what.cleared else ''}",
        text=f"Promise {handoff.promise}: {handoff.promised}." if handoff.promised else "",
        link=page,
        owner=what.owner,
        tier=handoff.tier,
        data={**_data(noted), "what": what.what, "clock": what.clock},
    )


def _broken(breach: Breach, due: str) -> str:
    """What was not done, and by whom."""
    if breach.clock == SYSTEM:
        return f"not delivered by {due}: the delay is of the systems, not of sales"
    match breach.what:
        case "touches":
            return f"{breach.owner} did not make all promised touches by {due}"
        case "status":
            return f"the status that {breach.owner} keeps did not change until {due}"
        case _:
            return f"{breach.owner} did not touch it by {due}"


def _data(noted: Noted) -> dict[str, object]:
    handoff = noted.handoff
    return {
        "handoff": handoff.number, "record": str(handoff.target), "promise": handoff.promise,
        "due": noted.what.due.isoformat(),
    }  # fmt: skip
