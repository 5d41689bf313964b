"""Is a lead ready for sales? (S0.2, S0.13, S0.16, S0.24, S0.25, S2.2, S3.4, S3.11)

vetoes     none may be known to hold; an unknown one does not veto
must       all must be known to hold; an unknown one is not satisfied
exceptions whoever meets one passes its must-have, or is spared its veto; the verdict marks it
score      combined at the threshold, fit and engagement at their minimum: entry "score"; all three lines are lower by the
           hysteresis for a lead that was found ready and waits; a single look at content of low intent tips no scale
hand raise the lead asked for a conversation: entry "hand_raise", in place of the score and of nothing else
product    the lead got value in the product: entry "product", likewise; a raised hand goes before it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.conditions import NOTHING_MORE, Background, Case, Truth
from syncd.core.content import INTENTS, intent_of
from syncd.core.rules import Gate, Named
from syncd.core.score import HIGHEST, Score, combine
from syncd.core.text import cut, plural
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank

SHORT_CUTS = {"hand_raise": "raised a hand", "product": "product-qualified"}
"""Entries that take the place of the score, the strongest first, and what is said of each."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and what it rests on, in sentences.

    entry        hand_raise, product, score; "" when not ready
    matched      must-haves that hold, the hand raise, what they did in the product, the hysteresis where it decided
    exceptions   must-haves and vetoes that an exception answered in the lead's favour
    unmatched    must-haves that do not hold, or of which nothing is known
    vetoes       vetoes that hold; `vetoed_by` are their names
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
    exceptions: tuple[str, ...] = ()
    vetoed_by: tuple[str, ...] = ()


def judge(
    gate: Gate,
    score: Score,
    profile: Mapping[str, Value],
    activities: Sequence[Activity],
    now: datetime,
    background: Background = NOTHING_MORE,
) -> Verdict:
    """Whether a person with this score passes the gate at `now`."""
    case = Case(profile, activities, now, background)
    musts = [(named, case.judge(named.when)) for named in gate.must]
    vetoes = [(n, t) for n in gate.vetoes if (t := case.judge(n.when)).value]
    against = [*((n, t) for n, t in musts if not t.value), *vetoes]
    spared = {id(n): s for n, t in against if (s := _spared(n, t, case))}
    short_cuts = _short_cuts(gate, case)
    matched = [_named(n, t) for n, t in musts if t.value]
    matched += [f"{SHORT_CUTS[entry]}: {truth.because}" for entry, truth in short_cuts]
    lower = gate.hysteresis if background.waiting else 0
    missing = () if short_cuts else _missing(gate, score, profile, background, lower)
    if lower and not short_cuts and not missing and _short(gate, score, 0):
        matched.append(f"was ready before, and stays so down to {max(0, gate.threshold - lower)}")
    unmatched = tuple(_unmet(n, t) for n, t in musts if not t.value and id(n) not in spared)
    standing = [(n, t) for n, t in vetoes if id(n) not in spared]
    ready = not (standing or unmatched or missing)
    return Verdict(
        ready=ready,
        entry=(short_cuts[0][0] if short_cuts else "score") if ready else "",
        matched=tuple(matched),
        unmatched=unmatched,
        vetoes=tuple(_named(n, t) for n, t in standing),
        missing=missing,
        next_change=min(filter(None, (score.next_change, case.horizon)), default=None),
        exceptions=tuple(spared.values()),
        vetoed_by=tuple(n.name for n, _ in standing),
    )


def _short_cuts(gate: Gate, case: Case) -> list[tuple[str, Truth]]:
    """The entries without a score that are open to this person, the strongest first."""
    conditions = (("hand_raise", gate.hand_raise), ("product", gate.product))
    asked = [(entry, case.judge(condition)) for entry, condition in conditions if condition is not None]
    return [(entry, truth) for entry, truth in asked if truth.value]


# ---------------------------------------------------------------- the score
def _missing(
    gate: Gate, score: Score, profile: Mapping[str, Value], background: Background, lower: int
) -> tuple[str, ...]:
    """What keeps the score from passing."""
    if gate.borrowed and is_blank(profile.get(gate.source)):
        return (f"unknown: the score of {gate.source} is empty",)
    return _short(gate, score, lower) or _alone(gate, score, background, lower)


def _short(gate: Gate, score: Score, lower: int) -> tuple[str, ...]:
    """By how much the score is too low, with all three lines lower by `lower`."""
    threshold, fit, engagement = (line - lower for line in (gate.threshold, gate.fit_minimum, gate.engagement_minimum))
    missing = []
    if score.combined < threshold:
        missing.append(f"{plural(threshold - score.combined, 'point')} short of {threshold}")
    if score.fit < fit:
        missing.append(f"fit {score.fit} of {fit}")
    if score.engagement < engagement:
        missing.append(f"engagement {score.engagement} of {engagement}")
    return tuple(missing)


def _alone(gate: Gate, score: Score, background: Background, lower: int) -> tuple[str, ...]:
    """A score that would not pass but for a single look at content of low intent, such as one download (S2.2)."""
    if gate.single_low_intent or gate.borrowed:
        return ()
    seen = {a.ref: a for line in score.lines if line.points > 0 for a in line.truth.evidence}
    if len(seen) != 1:
        return ()
    (only,) = seen.values()
    rest = sum(line.points for line in score.lines if line.part == "engagement" and not line.truth.evidence)
    rest = max(0, min(HIGHEST, rest))
    if combine(score.fit, rest, gate.fit_share) >= gate.threshold - lower and rest >= gate.engagement_minimum - lower:
        return ()
    if intent_of(only, background.content) != INTENTS[0]:
        return ()
    return (f"all interest is one look at content of low intent, “{cut(only.title or only.url, 60, ' …')[0]}”",)


# ---------------------------------------------------------------- named conditions
def _spared(named: Named, truth: Truth, case: Case) -> str:
    """The exception that answers a veto or an unmet must-have in the lead's favour, as a sentence; "" if there is none."""
    for exception in named.exceptions:
        if (met := case.judge(exception.when)).value:
            return f"{named.name}: exception “{exception.name}”, {met.because}; {truth.because}"
    return ""


def _named(named: Named, truth: Truth) -> str:
    return f"{named.name}: {truth.because}"


def _unmet(named: Named, truth: Truth) -> str:
    return f"unknown: {_named(named, truth)}" if truth.value is None else _named(named, truth)
