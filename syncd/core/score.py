"""How well a lead fits and how much it shows, 0 to 100 each, and both together (S0.29, S3.8 to S3.10).

Every line has whole points, and a part is the sum of its lines, held between 0 and 100: anybody can add it up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from syncd.core.conditions import NOTHING_MORE, Background, Case, Truth
from syncd.core.fading import Fading, turns, worth
from syncd.core.rules import All, AnyOf, Condition, Did, FieldIs, Gate, Not, ScoreRule
from syncd.core.text import plural, span
from syncd.core.types import Activity, Ref, Value
from syncd.core.values import number_of

HIGHEST = 100
_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that gave or took points. Its sentence is made when somebody asks.

    part     fit, engagement
    full     the points before they faded and before a cap of their kind of activity held them
    rule     whose line it is
    spared   the exception by which the rule was answered in the person's favour
    """

    name: str
    part: str
    points: int
    truth: Truth
    full: int
    rule: ScoreRule
    spared: str = ""

    @property
    def sentence(self) -> str:
        said = [f"exception “{self.spared}”: {self.truth.because}" if self.spared else self.truth.because]
        if self.rule.half_life is not None and self.truth.evidence:
            said.append(f"{plural(self.full, 'point')} when new, half of it every {span(self.rule.half_life)}")
        elif self.points != self.full:
            said.append(f"held back by the cap of its kind, {plural(self.full, 'point')} without it")
        return "; ".join(said)

    @property
    def evidence(self) -> tuple[Ref, ...]:
        """The activities that count, newest first."""
        return tuple(a.ref for a in self.truth.evidence)

    @property
    def at(self) -> datetime | None:
        """When the newest of them happened; None for what somebody is."""
        return self.truth.evidence[0].at if self.truth.evidence else None


@dataclass(frozen=True, slots=True)
class Score:
    """`tier` is the best one reached, "" below all. `next_change`: the earliest moment at which time alone changes points."""

    fit: int
    engagement: int
    combined: int
    tier: str
    lines: tuple[Line, ...]
    next_change: datetime | None


def score(
    gate: Gate,
    profile: Mapping[str, Value],
    activities: Sequence[Activity],
    now: datetime,
    background: Background = NOTHING_MORE,
) -> Score:
    """The score of one person at `now` under the gate's rules."""
    return scored(gate, Case(profile, activities, now, background))


def scored(gate: Gate, case: Case) -> Score:
    """The score of the person of whom nothing was asked yet, so that its horizon is that of the score."""
    fit_lines = _lines("fit", gate.fit, case)
    engagement_lines = _capped(_lines("engagement", gate.engagement, case), gate.caps)
    fit, engagement = _total(fit_lines), _total(engagement_lines)
    combined = _told(case.profile.get(gate.source)) if gate.borrowed else combine(fit, engagement, gate.fit_share)
    return Score(
        fit=fit,
        engagement=engagement,
        combined=combined,
        tier=_tier(gate, combined),
        lines=(*fit_lines, *engagement_lines),
        next_change=case.horizon,
    )


def combine(fit: int, engagement: int, fit_share: float) -> int:
    """The weighted mean, half rounded up, without the dust of binary fractions."""
    share = round(fit_share * _SHARES)
    return (2 * (fit * share + engagement * (_SHARES - share)) + _SHARES) // (2 * _SHARES)


def _told(said: Value) -> int:
    """Another system's score as ours are: whole, 0 to 100; 0 for what is no number."""
    number = number_of(said) or Decimal(0)
    return int(max(Decimal(0), min(Decimal(HIGHEST), number)).quantize(Decimal(1), ROUND_HALF_UP))


def _tier(gate: Gate, combined: int) -> str:
    reached = [tier for tier in gate.tiers if combined >= tier.minimum]
    return max(reached, key=lambda tier: tier.minimum).name if reached else ""


# ---------------------------------------------------------------- lines
def _lines(part: str, rules: Sequence[ScoreRule], case: Case) -> list[Line]:
    return [line for rule in rules if (line := _line(part, rule, case)) is not None]


def _line(part: str, rule: ScoreRule, case: Case) -> Line | None:
    """What the rule gives or takes, if anything. An exception answers it in the person's favour."""
    truth = case.judge(rule.when, _matches_that_count(rule))
    spared, points = "", rule.points
    if rule.exceptions and bool(truth.value) is (rule.points < 0):
        for exception in rule.exceptions:
            met = case.judge(exception.when)
            if met.value:
                spared, truth, points = exception.name, met, max(points, 0)
                break
    if not truth.value:
        return None
    full = points if spared else _points(rule, truth)
    if rule.half_life is None or spared or not truth.evidence:
        return Line(rule.name, part, full, truth, full, rule, spared)
    return Line(rule.name, part, _faded(rule, truth, case), truth, full, rule)


def _points(rule: ScoreRule, truth: Truth) -> int:
    if not rule.each:
        return rule.points
    points = rule.points * len(truth.evidence)
    if rule.cap is None:
        return points
    return max(-rule.cap, min(points, rule.cap))


def _faded(rule: ScoreRule, truth: Truth, case: Case) -> int:
    """What is left of the points; the case's horizon is then no later than the moment at which that changes."""
    assert rule.half_life is not None
    alone = rule.when if isinstance(rule.when, Did) else None
    fading = Fading(
        points=rule.points,
        half_life=rule.half_life,
        each=rule.each,
        cap=rule.cap if rule.each else None,
        moments=tuple(a.at for a in truth.evidence),
        within=alone.within if alone else None,
        least=alone.count if alone else 1,
    )
    case.turns(turns(fading, case.now))
    return worth(fading, case.now)


def _matches_that_count(rule: ScoreRule) -> int:
    """How many matches it takes to reach the cap: older ones may leave without a change. Where points fade, every match
    counts; those of a single condition are watched until they leave by `fading`."""
    if rule.half_life is not None:
        return 0 if isinstance(rule.when, Did) else _SHARES
    if not rule.each:
        return 1
    if rule.cap is None or rule.points == 0:
        return _SHARES
    return max(1, -(-rule.cap // abs(rule.points)))


def _total(lines: Sequence[Line]) -> int:
    return max(0, min(HIGHEST, sum(line.points for line in lines)))


# ---------------------------------------------------------------- caps of kinds
def _capped(lines: list[Line], caps: Mapping[str, int]) -> list[Line]:
    """The lines with no more points for a kind of activity than its cap, in the order of the rules. A rule about several
    kinds has only its own cap."""
    if not caps:
        return lines
    left = dict(caps)
    found = []
    for line in lines:
        kinds = set(_kinds(line.rule.when))
        kind = kinds.pop() if len(kinds) == 1 else ""
        if kind in left and line.points > 0:
            line = replace(line, points=min(line.points, left[kind]))
            left[kind] -= line.points
        found.append(line)
    return found


def _kinds(condition: Condition) -> Iterator[str]:
    """The kinds of activities that a condition asks for, "" for all."""
    match condition:
        case Did():
            yield from condition.kinds or ("",)
        case All() | AnyOf():
            for inner in condition.of:
                yield from _kinds(inner)
        case Not():
            yield from _kinds(condition.of)
        case FieldIs():
            return
