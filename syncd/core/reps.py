"""A rep's week: weight, limits, working hours, absences, skills; and the excuse of one who cannot take a lead now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from syncd.core.text import plural

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

LOOK_AGAIN = timedelta(hours=1)
"""When to ask a rep again who may become free at any time."""


@dataclass(frozen=True, slots=True)
class Away:
    """An absence, both days included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Rep:
    """What the config says of somebody who takes leads; who is not named there has no limits and weight 1.

    weight       share of a pool: 2 gets twice what 1 gets
    per_day      leads a day, by the rep's own calendar; None: any number
    open_leads   leads that may be open with the rep at a time
    days         working days, 0 is Monday; () is every day
    hours        (from, until) of a working day
    timezone     IANA name; "" is what the CRM says of the user, else that of `Routing`
    holidays     names of the holidays on which the rep's clock stands still; () is those of `Followup`
    """

    email: str
    weight: int = 1
    per_day: int | None = None
    open_leads: int | None = None
    skills: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    hours: tuple[time, time] | None = None
    away: tuple[Away, ...] = ()
    timezone: str = ""
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: leads that are open, and when those of the last days were given."""

    open: int = 0
    given: tuple[datetime, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why somebody does not get a lead, and from when it may be otherwise (None: not by itself)."""

    why: str
    until: datetime | None = None


def absence(rep: Rep, now: datetime, zone: tzinfo) -> Excuse | None:
    """The excuse of a rep who is on leave."""
    today = now.astimezone(zone).date()
    last = max((a.last for a in rep.away if a.first <= today <= a.last), default=None)
    if last is None:
        return None
    back = last + timedelta(days=1)
    return Excuse(f"{rep.email} is away until {last.isoformat()}", _start(rep, back, zone))


def excuse(rep: Rep, load: Load, needed: Sequence[str], now: datetime, zone: tzinfo) -> Excuse | None:
    """Why a rep cannot take a lead now that needs these skills; None when nothing is in the way."""
    lacking = [skill for skill in needed if skill not in rep.skills]
    if lacking:
        return Excuse(f"{rep.email} does not have the skill {lacking[0]}")
    return absence(rep, now, zone) or off_hours(rep, now, zone) or _full(rep, load, now, zone)


def off_hours(rep: Rep, now: datetime, zone: tzinfo) -> Excuse | None:
    """Outside working days and hours."""
    there = now.astimezone(zone)
    working = not rep.days or there.weekday() in rep.days
    begin, end = rep.hours or (time.min, time.max)
    if working and begin <= there.time() < end:
        return None
    day = there.date()
    if not working or there.time() >= end:
        day += timedelta(days=1)
    again = _start(rep, day, zone)
    return Excuse(
        f"{rep.email} does not work at {WEEK[there.weekday()]} {there:%H:%M}, but from {_when(again, zone)}", again
    )


def _full(rep: Rep, load: Load, now: datetime, zone: tzinfo) -> Excuse | None:
    today = now.astimezone(zone).date()
    given = sum(at.astimezone(zone).date() == today for at in load.given)
    if rep.per_day is not None and given >= rep.per_day:
        why = f"{rep.email} has {given} of {plural(rep.per_day, 'lead')} of today"
        return Excuse(why, _start(rep, today + timedelta(days=1), zone))
    if rep.open_leads is not None and load.open >= rep.open_leads:
        return Excuse(f"{rep.email} has {load.open} of {plural(rep.open_leads, 'open lead')}", now + LOOK_AGAIN)
    return None


def _start(rep: Rep, day: date, zone: tzinfo) -> datetime:
    """When the rep begins to work, from `day` on."""
    while True:
        away = next((a for a in rep.away if a.first <= day <= a.last), None)
        if away is not None:
            day = away.last + timedelta(days=1)
        elif rep.days and day.weekday() not in rep.days:
            day += timedelta(days=1)
        else:
            return datetime.combine(day, rep.hours[0] if rep.hours else time.min, zone)


def _when(at: datetime, zone: tzinfo) -> str:
    there = at.astimezone(zone)
    return f"{WEEK[there.weekday()]} {there:%H:%M}"
