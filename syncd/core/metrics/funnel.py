"""How people stand in the stages and move through them: volume, velocity and age (S0.10, S4.1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby

from syncd.core.metrics.rates import quantile
from syncd.core.stages import EXITS, FUNNEL

WORKED = ("mql", "handed_off", "sal", "sql", "opportunity")
"""The stages in which somebody is expected to do something: here a long stay is being stuck."""

_MEDIAN = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Stay:
    """A person in a stage from `since` on, before `until` (None: still)."""

    stage: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class StageFlow:
    """One stage over a period: there at its begin + `entered` − `left` = there at its end.

    stuck    there at the end, for longer than the limit (only where somebody is expected to do something)
    age      how long those there at the end have been there (median)
    stay     how long those who left stayed (median)
    """

    stage: str
    before: int
    entered: int
    left: int
    now: int
    stuck: int
    age: timedelta | None
    stay: timedelta | None


def stays(moves: Iterable[tuple[int, str, datetime]]) -> Iterator[Stay]:
    """From the moves of people (person, stage, moment), one person after the other, each one's in order. A moment before the
    last one is late news: it happened no earlier than what it follows."""
    for _, mine in groupby(moves, key=lambda move: move[0]):
        last: tuple[str, datetime] | None = None
        for _, stage, at in mine:
            if last is not None:
                at = max(at, last[1])
                yield Stay(*last, at)
            last = stage, at
        if last is not None:
            yield Stay(*last, None)


@dataclass(slots=True)
class _Tally:
    before: int = 0
    entered: int = 0
    ages: list[timedelta] = field(default_factory=list)
    left: list[timedelta] = field(default_factory=list)


def funnel(found: Iterable[Stay], since: datetime, until: datetime, limit: timedelta) -> tuple[StageFlow, ...]:
    """Every stage that anybody was in, in the order of the funnel; `limit` is from when on somebody is stuck."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for stay in found:
        tally = tallies[stay.stage]
        tally.before += _there(stay, since)
        tally.entered += since <= stay.since < until
        if _there(stay, until):
            tally.ages.append(until - stay.since)
        if stay.until is not None and since <= stay.until < until:
            tally.left.append(stay.until - stay.since)
    return tuple(_flow(stage, tallies[stage], limit) for stage in (*FUNNEL, *EXITS) if stage in tallies)


def _flow(stage: str, tally: _Tally, limit: timedelta) -> StageFlow:
    return StageFlow(
        stage=stage,
        before=tally.before,
        entered=tally.entered,
        left=len(tally.left),
        now=len(tally.ages),
        stuck=sum(age > limit for age in tally.ages) if stage in WORKED else 0,
        age=quantile(tally.ages, _MEDIAN),
        stay=quantile(tally.left, _MEDIAN),
    )


def _there(stay: Stay, moment: datetime) -> bool:
    """Just before this moment."""
    return stay.since < moment and (stay.until is None or stay.until >= moment)


def slowest(flows: Iterable[StageFlow]) -> StageFlow | None:
    """Where people wait longest: among the stages in which somebody is expected to do something."""
    waiting = [flow for flow in flows if flow.stage in WORKED and (flow.age or flow.stay)]
    return max(waiting, key=lambda flow: max(flow.age or timedelta(), flow.stay or timedelta()), default=None)
