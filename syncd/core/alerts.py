"""Alerts: what is told to whom, when somebody may be disturbed, and how many alerts become one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from syncd.core.keys import digest
from syncd.core.reps import Rep, off_hours
from syncd.core.text import plural
from syncd.core.zones import zone

LEAD, PROBLEM, ALARM, REMINDER, BREACH, STUCK = "lead", "problem", "alarm", "reminder", "breach", "stuck"

_OF_LEADS = (LEAD, REMINDER, BREACH, STUCK)
_NOUNS = {
    LEAD: "new lead",
    REMINDER: "reminder",
    BREACH: "broken promise",
    STUCK: "lead that stands still",
    PROBLEM: "problem",
    ALARM: "alarm",
}

OWNER = "owner"
"""In the place of an address: whoever owns the lead."""

MANY = 10
"""More leads than this for one recipient at a time are one message: a list is read, a flood is not."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell people.

    by         email, slack, webhook
    events     which alerts it carries: lead, problem, alarm, reminder, breach, stuck
    tiers      of leads, only those of these tiers; () for all
    to         addresses, and `OWNER`; () where the channel is a place of its own
    days       0 is Monday; () is every day
    hours      (from, until) in which it may disturb; None: always
    timezone   IANA name, "" is UTC
    digest     everything of a day in one message, at this time
    """

    by: str
    events: tuple[str, ...] = (LEAD,)
    tiers: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    hours: tuple[time, time] | None = None
    timezone: str = ""
    digest: time | None = None

    def recipients(self, alert: Alert) -> list[str]:
        """Who gets this alert here; "" is the channel itself. A queue has no address of its own."""
        if alert.event not in self.events or (alert.event in _OF_LEADS and self.tiers and alert.tier not in self.tiers):
            return []
        if not self.to:
            return [""]
        meant = [alert.owner if name == OWNER else name for name in self.to]
        return list(dict.fromkeys(address.lower() for address in meant if "@" in address))

    def due(self, at: datetime) -> datetime:
        """The first moment from `at` on at which this channel may speak."""
        there = zone(self.timezone) if self.timezone else UTC
        assert there is not None
        if self.digest is not None:
            day = at.astimezone(there).date()
            today = datetime.combine(day, self.digest, there)
            later = datetime.combine(day + timedelta(days=1), self.digest, there)
            at = (today if today.astimezone(UTC) >= at else later).astimezone(UTC)
        off = off_hours(Rep(self.by, days=self.days, hours=self.hours), at, there)
        return off.until.astimezone(UTC) if off is not None and off.until is not None else at


@dataclass(frozen=True, slots=True)
class Alert:
    """One change of state that somebody should hear of.

    key     of the change: it is told once
    owner   of the lead, an e-mail address or the name of a queue
    data    for programs; no personal data but the record's address
    """

    key: str
    event: str
    at: datetime
    title: str
    text: str = ""
    link: str = ""
    owner: str = ""
    tier: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once. `id` is made of what is in it: one that is sent again after a crash bears the same."""

    id: str
    recipient: str
    title: str
    text: str
    alerts: tuple[Alert, ...]


def messages(channel: Channel, recipient: str, alerts: Sequence[Alert]) -> list[Message]:
    """Few of a kind that is about leads are told one by one; problems, many of a kind, and all of a digest together."""
    by_event: dict[str, list[Alert]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda alert: (alert.at, alert.key)):
        by_event[alert.event].append(alert)
    parts: list[Sequence[Alert]] = [alerts] if channel.digest is not None else []
    for event in _NOUNS if channel.digest is None else ():
        some = by_event[event]
        one_by_one = event in _OF_LEADS and len(some) <= MANY
        parts += [[alert] for alert in some] if one_by_one else [some]
    return [together(channel, recipient, part) for part in parts if part]


def together(channel: Channel, recipient: str, alerts: Sequence[Alert]) -> Message:
    """One message of all these."""
    ordered = tuple(sorted(alerts, key=lambda alert: (alert.event, alert.at, alert.key)))
    ident = digest(channel.by, recipient, *(alert.key for alert in ordered))
    if len(ordered) == 1:
        (only,) = ordered
        body = "\n\n".join(filter(None, (only.text, only.link)))
        return Message(ident, recipient, only.title, body, ordered)
    counts = [(sum(a.event == event for a in ordered), what) for event, what in _NOUNS.items()]
    title = "syncd: " + ", ".join(plural(count, what) for count, what in counts if count)
    lines = ["\n  ".join(filter(None, (f"- {a.title}", a.link))) for a in ordered]
    return Message(ident, recipient, title, "\n".join(lines), ordered)
