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
from typing import NamedTuple

from syncd.core.conditions import NOTHING_MORE, Background, Case, Truth
from syncd.core.content import INTENTS, intent_of
from syncd.core.rules import Gate, Named
from syncd.core.score import HIGHEST, Score, combine
from syncd.core.text import cut, plural
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank

SHORT_CUTS = {"hand_raise": "raised a hand", "product": "product-qualified"}
"""Entries that take the place of the score, the strongest first, and what is said of each."""


class Answer(NamedTuple):
    """What the rule of this name came to. Its sentence is made when somebody asks."""

    name: str
    truth: Truth

    def __str__(self) -> str:
        unknown = "unknown: " if self.truth.value is None else ""
        return f"{unknown}{self.name}: {self.truth.because}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and what it rests on; `matched`, `unmatched` and `vetoes` are the same in sentences.

    entry        hand_raise, product, score; "" when not ready
    holding      must-haves that hold, the hand raise, what they did in the product
    kept         the hysteresis where it decided, as a sentence
    exceptions   must-haves and vetoes that an exception answered in the lead's favour
    unmet        must-haves that do not hold, or of which nothing is known
    vetoed       vetoes that hold; `vetoed_by` are their names
    missing      points that are missing: "7 points short of 60", "engagement 10 of 25"
    next_change  the earliest moment at which score or verdict may change by time alone
    """

    ready: bool
    entry: str
    holding: tuple[Answer, ...] = ()
    unmet: tuple[Answer, ...] = ()
    vetoed: tuple[Answer, ...] = ()
    missing: tuple[str, ...] = ()
    next_change: datetime | None = None
    exceptions: tuple[str, ...] = ()
    kept: str = ""

    @property
    def matched(self) -> tuple[str, ...]:
        return (*map(str, self.holding), *((self.kept,) if self.kept else ()))

    @property
    def unmatched(self) -> tuple[str, ...]:
        return tuple(map(str, self.unmet))

    @property
    def vetoes(self) -> tuple[str, ...]:
        return tuple(map(str, self.vetoed))

    @property
    def vetoed_by(self) -> tuple[str, ...]:
        return tuple(answer.name for answer in self.vetoed)


def judge(
    gate: Gate,
    score: Score,
    profile: Mapping[str, Value],
    activities: Sequence[Activity],
    now: datetime,
    background: Background = NOTHING_MORE,
) -> Verdict:
    """Whether a person with this score passes the gate at `now`."""
    return judged(gate, score, Case(profile, activities, now, background))


def judged(gate: Gate, score: Score, case: Case) -> Verdict:
    """Whether the person with this score passes the gate."""
    musts = [(named, case.judge(named.when)) for named in gate.must]
    vetoes = [(n, t) for n in gate.vetoes if (t := case.judge(n.when)).value]
    against = [*((n, t) for n, t in musts if not t.value), *vetoes]
    spared = {id(n): s for n, t in against if (s := _spared(n, t, case))}
    short_cuts = _short_cuts(gate, case)
    holding = [Answer(n.name, t) for n, t in musts if t.value]
    holding += [Answer(SHORT_CUTS[entry], truth) for entry, truth in short_cuts]
    lower = gate.hysteresis if case.background.waiting else 0
    missing = () if short_cuts else _missing(gate, score, case, lower)
    kept = ""
    if lower and not short_cuts and not missing and _short(gate, score, 0):
        kept = f"was ready before, and stays so down to {max(0, gate.threshold - lower)}"
    unmet = tuple(Answer(n.name, t) for n, t in musts if not t.value and id(n) not in spared)
    standing = tuple(Answer(n.name, t) for n, t in vetoes if id(n) not in spared)
    ready = not (standing or unmet or missing)
    return Verdict(
        ready=ready,
        entry=(short_cuts[0][0] if short_cuts else "score") if ready else "",
        holding=tuple(holding),
        unmet=unmet,
        vetoed=standing,
        missing=missing,
        next_change=min(filter(None, (score.next_change, case.horizon)), default=None),
        exceptions=tuple(spared.values()),
        kept=kept,
    )


def _short_cuts(gate: Gate, case: Case) -> list[tuple[str, Truth]]:
    """The entries without a score that are open to this person, the strongest first."""
    conditions = (("hand_raise", gate.hand_raise), ("product", gate.product))
    asked = [(entry, case.judge(condition)) for entry, condition in conditions if condition is not None]
    return [(entry, truth) for entry, truth in asked if truth.value]


# ---------------------------------------------------------------- the score
def _missing(gate: Gate, score: Score, case: Case, lower: int) -> tuple[str, ...]:
    """What keeps the score from passing."""
    if gate.borrowed and is_blank(case.profile.get(gate.source)):
        return (f"unknown: the score of {gate.source} is empty",)
    return _short(gate, score, lower) or _alone(gate, score, case.background, lower)


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
