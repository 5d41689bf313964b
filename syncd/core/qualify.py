"""Is a lead ready for sales? (S0.2, S0.16, S0.24, S2.2, S3.4, S3.11)

vetoes     none may be known to hold; an unknown one does not veto
must       all must be known to hold; an unknown one is not satisfied
score      combined at the threshold, fit and engagement at their minimum: entry "score"
hand raise the lead asked for a conversation: entry "hand_raise", in place of the score and of nothing else
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.conditions import Case, Truth
from syncd.core.rules import Gate, Named
from syncd.core.score import Score
from syncd.core.text import plural
from syncd.core.types import Activity, Value


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and what it rests on, in sentences.

    entry        hand_raise, score; "" when not ready
    matched      must-haves that hold, the hand raise
    unmatched    must-haves that do not hold, or of which nothing is known
    vetoes       vetoes that hold
    missing      points that are missing: "7 points short of 60", "engagement 10 of 25"
    next_change  the earliest moment at which score or verdict may change by time alone
    """

    ready: bool
    entry: str
    matched: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    vetoes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    next_change: datetime | None = None


def judge(
    gate: Gate, score: Score, profile: Mapping[str, Value], activities: Sequence[Activity], now: datetime
) -> Verdict:
    """Whether a person with this score passes the gate at `now`."""
    case = Case(profile, activities, now)
    musts = [(named, case.judge(named.when)) for named in gate.must]
    vetoes = tuple(_named(n, t) for n in gate.vetoes if (t := case.judge(n.when)).value)
    raised = case.judge(gate.hand_raise) if gate.hand_raise is not None else None
    hand_raised = raised is not None and raised.value is True
    matched = [_named(n, t) for n, t in musts if t.value]
    if raised is not None and hand_raised:
        matched.append(f"raised a hand: {raised.because}")
    unmatched = tuple(_unmet(n, t) for n, t in musts if not t.value)
    missing = () if hand_raised else _missing(gate, score)
    ready = not (vetoes or unmatched or missing)
    return Verdict(
        ready=ready,
        entry=("hand_raise" if hand_raised else "score") if ready else "",
        matched=tuple(matched),
        unmatched=unmatched,
        vetoes=vetoes,
        missing=missing,
        next_change=min(filter(None, (score.next_change, case.horizon)), default=None),
    )


def _missing(gate: Gate, score: Score) -> tuple[str, ...]:
    missing = []
    if score.combined < gate.threshold:
        missing.append(f"{plural(gate.threshold - score.combined, 'point')} short of {gate.threshold}")
    if score.fit < gate.fit_minimum:
        missing.append(f"fit {score.fit} of {gate.fit_minimum}")
    if score.engagement < gate.engagement_minimum:
        missing.append(f"engagement {score.engagement} of {gate.engagement_minimum}")
    return tuple(missing)


def _named(named: Named, truth: Truth) -> str:
    return f"{named.name}: {truth.because}"


def _unmet(named: Named, truth: Truth) -> str:
    return f"unknown: {_named(named, truth)}" if truth.value is None else _named(named, truth)
