"""How well a lead fits and how much it shows, 0 to 100 each, and both together (S0.29, S3.8 to S3.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.conditions import Case, Truth
from syncd.core.rules import Gate, ScoreRule
from syncd.core.types import Activity, Ref, Value

HIGHEST = 100
_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that gave or took points. `part`: fit, engagement. Its sentence is made when somebody asks."""

    name: str
    part: str
    points: int
    truth: Truth

    @property
    def sentence(self) -> str:
        return self.truth.because

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


def score(gate: Gate, profile: Mapping[str, Value], activities: Sequence[Activity], now: datetime) -> Score:
    """The score of one person at `now` under the gate's rules."""
    case = Case(profile, activities, now)
    fit_lines = _lines("fit", gate.fit, case)
    engagement_lines = _lines("engagement", gate.engagement, case)
    fit, engagement = _total(fit_lines), _total(engagement_lines)
    combined = combine(fit, engagement, gate.fit_share)
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


def _lines(part: str, rules: Sequence[ScoreRule], case: Case) -> list[Line]:
    lines = []
    for rule in rules:
        truth = case.judge(rule.when, _matches_that_count(rule) if rule.each else 1)
        if truth.value:
            lines.append(Line(rule.name, part, _points(rule, truth), truth))
    return lines


def _points(rule: ScoreRule, truth: Truth) -> int:
    if not rule.each:
        return rule.points
    points = rule.points * len(truth.evidence)
    if rule.cap is None:
        return points
    return max(-rule.cap, min(points, rule.cap))


def _matches_that_count(rule: ScoreRule) -> int:
    """How many matches it takes to reach the cap: older ones may leave without a change."""
    if rule.cap is None or rule.points == 0:
        return _SHARES
    return max(1, -(-rule.cap // abs(rule.points)))


def _total(lines: Sequence[Line]) -> int:
    return max(0, min(HIGHEST, sum(line.points for line in lines)))


def _tier(gate: Gate, combined: int) -> str:
    reached = [tier for tier in gate.tiers if combined >= tier.minimum]
    return max(reached, key=lambda tier: tier.minimum).name if reached else ""
