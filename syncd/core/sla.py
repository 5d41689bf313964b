"""The promise against what happened: two clocks, touches, and what is broken, due or over (S1.9 to S1.14, N11, T4, T6, T8).

system clock   from the gate to the owner's verification in the CRM, around the clock
human clock    from there to the first touch, in working time of whoever has the lead; it begins anew with a new owner

Touches are activities of the CRM that `feedback.is_touch` counts, between delivery and closing; a status says nothing here.
Everything follows from the facts and `now`: a call that is logged late takes a breach back that it proves wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.core.calendars import NEVER, Calendar
from syncd.core.facts import Directory, Dossier, Handoff, Hop
from syncd.core.feedback import SalesView, is_touch
from syncd.core.promise import COULD_NOT_REACH, Promise
from syncd.core.reps import Rep
from syncd.core.rules import Rules
from syncd.core.types import Activity, Owner

FIRST_TOUCH, TOUCHES, STATUS = "first_touch", "touches", "status"
SYSTEM, HUMAN = "system", "human"

ENDED = "all promised touches made, no answer"
"""The reason of a handoff that the end of its working period closed."""

_WORKED = ("", "sal")
"""Stages, as sales' side says them, in which a lead is still being worked."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was broken.

    what      first_touch, touches, status; on the system clock `first_touch` says that the delivery came too late for it
    since     when its clock began
    owner     who had the lead, "" where it is not a human's
    cleared   when what was missing came, or nobody asks for it any more; None: it still is missing
    """

    what: str
    clock: str
    since: datetime
    due: datetime
    owner: str = ""
    cleared: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """The first touch is due soon."""

    since: datetime
    due: datetime
    owner: str


@dataclass(frozen=True, slots=True)
class Watch:
    """How one handoff stands to its promise. What belongs to the time after the delivery is None before.

    system     what the delivery took, so far
    first      the first touch
    human      the working time until the first touch of whoever got it, so far; `due` is when it was, or is, promised
    touches    kind → how many, by the end of the working period
    ends       when the working period ends
    late       CRM ids of those who did not touch the lead in the time that they promised
    overdue    whoever has it now is one of them, and nobody touched it yet
    accepted   when silence was taken as accepted
    ended      when the working period was over, with all promised touches and no answer
    next       when time alone changes something
    """

    promise: Promise
    system: timedelta
    first: datetime | None = None
    human: timedelta | None = None
    due: datetime | None = None
    touches: Mapping[str, int] = field(default_factory=dict)
    ends: datetime | None = None
    breaches: tuple[Breach, ...] = ()
    reminder: Reminder | None = None
    late: frozenset[str] = frozenset()
    overdue: bool = False
    accepted: datetime | None = None
    ended: datetime | None = None
    next: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Leg:
    """One owner's time with the lead; `until` is None while it lasts."""

    owner: str
    owner_id: str
    since: datetime
    until: datetime | None
    calendar: Calendar


def calendar_of(rules: Rules, owner: Owner | None, called: str = "") -> Calendar:
    """When somebody works: as [[route.rep]] says, else as [followup.calendar] does. `called` is who it is where the CRM
    does not know the owner any more."""
    routing, followup = rules.routing, rules.followup
    names = {called.lower()} if owner is None else {owner.called.lower(), owner.ref.id.lower()}
    rep = next((r for r in routing.reps if routing.users.get(r.email.lower(), r.email).lower() in names), Rep(called))
    holidays = rep.holidays or (followup.holidays if followup else ())
    return Calendar(
        timezone=rep.timezone or (owner.timezone if owner else "") or routing.timezone or "UTC",
        days=rep.days or (followup.days if followup else ()),
        hours=rep.hours or (followup.hours if followup else None),
        holidays=followup.days_off(holidays) if followup else frozenset(),
        away=rep.away,
    )


def task_due(rules: Rules, owner: Owner | None, tier: str, now: datetime) -> datetime:
    """When the follow-up task of a lead that somebody gets now is due: with the promised first touch, if one is promised."""
    if rules.followup is None:
        return now + rules.task_due
    due = calendar_of(rules, owner).due(now, rules.followup.of(tier).first_touch)
    return now + rules.task_due if due == NEVER else due


def watch(
    handoff: Handoff,
    view: SalesView | None,
    activities: Sequence[Activity],
    calendars: Callable[[str, str], Calendar],
    now: datetime,
    *,
    status: bool = True,
) -> Watch | None:
    """How the handoff stands at `now`; None when nothing was promised, or it is void.

    `calendars` gives that of an owner by CRM id and name. `status` is False where the record has no status that a rep keeps.
    """
    promise, delivered = handoff.promised, handoff.delivered
    if promise is None or handoff.state == "void":
        return None
    system = max((delivered or now) - handoff.opened, timedelta())
    breaches = [*_delivery(handoff, promise, now)]
    if delivered is None:
        coming = handoff.opened + promise.delivery
        return Watch(promise, system, breaches=tuple(breaches), next=coming if coming > now else None)
    end = handoff.closed or now
    begin = delivered.replace(microsecond=0)  # a system that keeps whole seconds
    seen = sorted((a for a in activities if begin <= a.at <= end), key=lambda a: a.at)
    touches = [a for a in seen if is_touch(a)]
    first = touches[0].at if touches else None
    legs = _legs(handoff, delivered, calendars)
    leg = legs[-1]
    firsts = [(one, breach) for one in legs for breach in _first(one, promise, first, handoff.closed, now)]
    ends = leg.calendar.due(leg.since, promise.within)
    done = _done(promise, touches)
    stage = view.stage if view is not None and handoff.state == "delivered" else ""
    over = ends <= end and stage in _WORKED and handoff.outcome != "qualified" and not answered(seen)
    breaches += [breach for _, breach in firsts]
    if over and (done is None or done > ends):
        breaches.append(Breach(TOUCHES, HUMAN, leg.since, ends, leg.owner, done or handoff.closed))
    human, due = _human(legs, promise, first, end)
    found = Watch(
        promise, system, first, human, due, Counter(a.kind for a in touches if a.at <= ends), ends, tuple(breaches),
        late=frozenset(one.owner_id for one, _ in firsts),
    )  # fmt: skip
    if handoff.state != "delivered" or view is None:
        return found
    ended = max(ends, done) if over and done is not None else None
    return _running(found, handoff, view, leg, ended, now, status=status)


def watched_by(
    d: Dossier, rules: Rules, handoff: Handoff | None, view: SalesView | None, directory: Directory, now: datetime
) -> Watch | None:
    """`watch` of a person's handoff, by the calendars that the rules give its owners."""
    if handoff is None:
        return None
    kinds = rules.maps[rules.crm].kinds
    kept = handoff.target is None or bool(kinds[handoff.target.kind].status)

    def calendars(owner_id: str, called: str) -> Calendar:
        return calendar_of(rules, directory.crm_by_id(owner_id), called)

    return watch(handoff, view, d.activities, calendars, now, status=kept)


def _delivery(handoff: Handoff, promise: Promise, now: datetime) -> Iterator[Breach]:
    due = handoff.opened + promise.delivery
    if (handoff.delivered or now) > due or (handoff.delivered is None and now == due):
        yield Breach(FIRST_TOUCH, SYSTEM, handoff.opened, due, cleared=handoff.delivered)


def _legs(handoff: Handoff, delivered: datetime, calendars: Callable[[str, str], Calendar]) -> list[_Leg]:
    """Everybody's time with the lead, oldest first; who owns the record after the handoff is none of them."""
    hops = [hop for hop in handoff.hops if handoff.closed is None or hop.at < handoff.closed]
    hops = hops or [Hop(delivered, handoff.owner, handoff.owner_id, "")]
    ends = [*(hop.at for hop in hops[1:]), handoff.closed]
    return [
        _Leg(hop.owner, hop.owner_id, max(hop.at, delivered), until, calendars(hop.owner_id, hop.owner))
        for hop, until in zip(hops, ends, strict=True)
    ]


def _human(legs: Sequence[_Leg], promise: Promise, first: datetime | None, end: datetime) -> tuple[timedelta, datetime]:
    """The clock of whoever touched the lead first, or has it now, and when it was due."""
    leg = next((one for one in legs if first is not None and (one.until is None or first < one.until)), legs[-1])
    return leg.calendar.between(leg.since, first or end), leg.calendar.due(leg.since, promise.first_touch)


def _first(
    leg: _Leg, promise: Promise, first: datetime | None, closed: datetime | None, now: datetime
) -> Iterator[Breach]:
    """The first touch that did not come in time in this leg; whoever gets a lead that was touched before owes none."""
    stops = [moment for moment in (first, leg.until, closed) if moment is not None]
    due = leg.calendar.due(leg.since, promise.first_touch)
    stopped = min(stops, default=None)
    if due < stopped if stopped is not None else due <= now:
        yield Breach(FIRST_TOUCH, HUMAN, leg.since, due, leg.owner, stopped)


# ---------------------------------------------------------------- while sales is at it
def _running(
    found: Watch, handoff: Handoff, view: SalesView, leg: _Leg, ended: datetime | None, now: datetime, *, status: bool
) -> Watch:
    """With what is due of a lead that sales has now. A status that changed after the end of the working period says that it
    is worked again."""
    promise, calendar = found.promise, leg.calendar
    worked = max(handoff.worked or leg.since, leg.since)
    breaches, moments = list(found.breaches), [found.ends]
    accepted, reminder = None, None
    if found.first is None and found.due is not None:
        soon = _before(calendar, leg.since, promise)
        moments += [soon, found.due]
        if soon is not None and soon <= now < found.due:
            reminder = Reminder(leg.since, found.due, leg.owner)
    if promise.accept_after is not None and not (view.accepted or view.disposition):
        silent = calendar.due(leg.since, promise.accept_after)
        moments.append(silent)
        accepted = silent if silent <= now else None
    if promise.status_after is not None and status:
        stale = calendar.due(worked, promise.status_after)
        moments.append(stale)
        if stale <= now:
            breaches.append(Breach(STATUS, HUMAN, worked, stale, leg.owner))
    closes = promise.then == COULD_NOT_REACH and ended is not None and worked <= ended
    return replace(
        found, breaches=tuple(breaches), reminder=reminder, accepted=accepted, ended=ended if closes else None,
        overdue=found.first is None and found.due is not None and found.due <= now,
        next=min((m for m in moments if m is not None and now < m < NEVER), default=None),
    )  # fmt: skip


def _before(calendar: Calendar, since: datetime, promise: Promise) -> datetime | None:
    """When the owner is reminded of the first touch."""
    if promise.remind is None:
        return None
    ahead = calendar.length(promise.first_touch) - calendar.length(promise.remind)
    return calendar.after(since, ahead) if ahead > timedelta() else None


def answered(activities: Sequence[Activity]) -> bool:
    """Whether the lead was reached: a meeting took place, or an e-mail or message came back."""
    return any(
        a.done and not a.key and (a.kind == "meeting" or (a.kind in ("email", "message") and not a.outbound))
        for a in activities
    )


def _done(promise: Promise, touches: Sequence[Activity]) -> datetime | None:
    """When as many touches were made as promised; without numbers one is enough. `touches` are in order of time."""
    if not promise.touches:
        return touches[0].at if touches else None
    missing = Counter(promise.touches)
    for touch in touches:
        missing[touch.kind] -= 1
        if max(missing[kind] for kind in promise.touches) <= 0:
            return touch.at
    return None
