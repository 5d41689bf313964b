"""How the people in sales differ: eight habits, and the hours that they keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from connectors.loopback.reps.plan import RECYCLE_REASONS, Step, draw_plan, pursue

_OPENS, _CLOSES = time(9), time(17, 30)
_SATURDAY = 5
_STATUSES = ("working", "qualified", "recycled", "unreachable", "trash")


@dataclass(frozen=True)
class Habit:
    """``plan`` is what they do about a lead; of the quarter's days (from 0) they are away from the first to the last of
    ``away``, and gone for good from ``leaves`` on."""

    name: str
    says: str
    plan: Callable[[Random], list[Step]] = draw_plan
    away: tuple[int, int] | None = None
    leaves: int | None = None


def _first_after(steps: list[Step], days: float) -> list[Step]:
    return [replace(steps[0], after=days), *steps[1:]] if steps else []


def _prompt(dice: Random) -> list[Step]:
    return _first_after(draw_plan(dice), dice.uniform(0.002, 0.02))


def _slow(dice: Random) -> list[Step]:
    return _first_after(draw_plan(dice), dice.uniform(2, 6))


def _phone_only(dice: Random) -> list[Step]:
    return [step for step in draw_plan(dice) if step.act != "email"]


def _forgetful(dice: Random) -> list[Step]:
    """Calls and sells, and hardly ever says so; what else was due at the time is done all the same."""
    kept, waited = [], 0.0
    for step in draw_plan(dice):
        waited += step.after
        if step.act not in _STATUSES or dice.random() < 0.2:
            kept.append(replace(step, after=waited))
            waited = 0.0
    return kept


def _converting(dice: Random) -> list[Step]:
    """Makes an account of everybody who picks up; every second time without an opportunity."""
    if dice.random() < 0.2:
        return draw_plan(dice)
    steps = [Step("call", dice.uniform(0.05, 1), reached=True), *pursue(dice)]
    if dice.random() < 0.5:
        return steps
    known = next(n for n, step in enumerate(steps) if step.act == "convert")
    return [*steps[:known], replace(steps[known], bare=True, amount=0)]


def _recycling(dice: Random) -> list[Step]:
    if dice.random() < 0.4:
        return draw_plan(dice)
    end = Step("recycled", 0.02, reason=dice.choice(RECYCLE_REASONS), rest_days=dice.choice([7, 14]))
    return [Step("call", dice.uniform(0.05, 0.5)), end]


ORDINARY = Habit("ordinary", "works as most people do")
HABITS = (
    Habit("prompt", "calls within half an hour", _prompt),
    Habit("leaves", "leaves the company in the third month", leaves=61),
    Habit("slow", "calls after days", _slow),
    Habit("phone_only", "never writes", _phone_only),
    Habit("forgetful", "works, and forgets to say so", _forgetful),
    Habit("holiday", "is on holiday in the fifth week", away=(28, 34)),
    Habit("converting", "converts nearly everybody, with and without an opportunity", _converting),
    Habit("recycling", "sends most of them back", _recycling),
)
"""In the order of the crew's reps; whoever comes after them is ordinary."""

CURRENCIES = {"UK&I": "GBP", "North America East": "USD", "North America West": "USD", "APAC": "JPY"}
"""Territory -> currency of its deals; EUR elsewhere."""


def at_work(moment: datetime, timezone: str, begin: datetime, away: tuple[int, int] | None) -> datetime:
    """The first moment from this one on at which somebody in that time zone works: Monday to Friday, not on holiday."""
    there = ZoneInfo(timezone)
    local = moment.astimezone(there)
    while True:
        opens = datetime.combine(local.date(), _OPENS, there)
        day = (opens - begin).days
        off = local.weekday() >= _SATURDAY or (away is not None and away[0] <= day <= away[1])
        if not off and local.time() < _CLOSES:
            return max(local, opens).astimezone(moment.tzinfo)
        local = datetime.combine(local.date() + timedelta(days=1), time(), there)
