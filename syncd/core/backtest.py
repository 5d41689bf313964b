"""Rules on the past: when they would have passed somebody, and what sales then said of those (N4, S0.7, S3.12).

A person is looked at from the first moment of the window at which it was known, again whenever something arrived or time
alone may change the decision, until the first of: it passes, sales had the lead, sales answered, the window ends. What came
after the handoff is its consequence and no evidence. An outcome counts when it happened after that first moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TypeVar

from syncd.core.decide import PASSES, Decision, decide
from syncd.core.facts import Directory, Dossier
from syncd.core.past import Past, as_of, moments
from syncd.core.rules import Rules
from syncd.core.score import HIGHEST

LEVELS = ("accepted", "opportunity", "won")
"""What may become of a lead, each of which includes those after it."""

_REACHED = {"sal": 1, "sql": 1, "opportunity": 2, "lost": 2, "customer": 3}
"""Stage → how many of `LEVELS` it amounts to. A lost deal was an opportunity."""

STAGES = tuple(tuple(stage for stage, level in _REACHED.items() if level > n) for n in range(len(LEVELS)))
"""The stages by which each of `LEVELS` came true."""

_ANSWERS = {*_REACHED, "recycled", "unreachable", "trash"}

PARTS = 10

_Key = TypeVar("_Key", str, int)

_TICK = timedelta(milliseconds=1)
"""The ledger's finest time: what is "before" a moment ends so much earlier."""


@dataclass(frozen=True, slots=True)
class Window:
    """Moments from `since` on, before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What is looked at of a person, whatever the rules.

    first, last   the moments between which it could pass, both included
    level         how many of `LEVELS` came true after `first`
    tried         sales had the lead, or answered
    """

    first: datetime
    last: datetime
    level: int
    tried: bool

    @property
    def reached(self) -> tuple[int, ...]:
        """1 for each of `LEVELS` that came true, 0 for the others."""
        return tuple(int(n < self.level) for n in range(len(LEVELS)))


@dataclass(frozen=True, slots=True)
class Trial:
    """What rules make of a person: when it would have passed (None: never), the best score until then, and the decision of that
    moment or of the last one that was looked at."""

    score: int
    passed: datetime | None = None
    decision: Decision | None = None

    @property
    def tier(self) -> str:
        return self.decision.score.tier if self.decision and self.passed else ""


# ---------------------------------------------------------------- one person
def fate(past: Past, born: datetime | None, window: Window) -> Fate | str:
    """Who is looked at and what became of them; or in words why somebody is not looked at."""
    if born is None or born >= window.until:
        return "not known before the end"
    first = max(born, window.since)
    answers = [step for step in past.reached if step.stage in _ANSWERS]
    if past.handed is not None and past.handed < first:
        return "with sales before"
    told = [min(step.at, step.known) for step in answers]
    unasked = [at for at in told if past.opened is None or at < past.opened]
    if any(at <= first for at in unasked):
        return "answered by sales before"
    last = min(filter(None, (min((window.until, *unasked)) - _TICK, past.handed)))
    level = max((_REACHED.get(step.stage, 0) for step in answers), default=0)
    return Fate(first, last, level, past.handed is not None or bool(answers))


def replay(dossier: Dossier, past: Past, of: Fate, rules: Rules, directory: Directory, portal: str) -> Trial:
    """The person moment by moment under these rules."""
    arrivals = [moment for moment in moments(dossier, past) if of.first < moment <= of.last]
    best, moment = 0, of.first
    while True:
        decision = decide(as_of(dossier, past, moment), rules, directory, moment, portal)
        best = max(best, decision.score.combined)
        if decision.next in PASSES:
            return Trial(best, moment, decision)
        later = [m for m in arrivals if m > moment][:1]
        if decision.due is not None and decision.due > moment:
            later.append(decision.due)
        if not later or (moment := min(later)) > of.last:
            return Trial(best, None, decision)


# ---------------------------------------------------------------- all of them
@dataclass(slots=True)
class Tally:
    """What one set of rules comes to. All of it are counts, so that it does not grow with the people.

    passed    how many would have passed, of these `untried` never came to sales, so that nobody knows
    hits      of those who passed: how many reached each level
    there     of all who are looked at: how many reached each level
    scores    best score → (people, people who reached each level …)
    criteria  rule that gave or took points → the same
    """

    people: int = 0
    passed: int = 0
    untried: int = 0
    hits: list[int] = field(default_factory=lambda: [0] * len(LEVELS))
    there: list[int] = field(default_factory=lambda: [0] * len(LEVELS))
    tiers: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    scores: dict[int, list[int]] = field(default_factory=dict)
    criteria: dict[str, list[int]] = field(default_factory=dict)
    loads: dict[str, Counter[date]] = field(default_factory=dict)

    def add(self, trial: Trial, of: Fate) -> None:
        """Count one person."""
        reached = of.reached
        count(self.scores, trial.score, (1, *reached))
        for name in dict.fromkeys(line.name for line in trial.decision.score.lines) if trial.decision else ():
            count(self.criteria, name, (1, *reached))
        self.people += 1
        self.there = _sum(self.there, reached)
        if trial.passed is not None and trial.decision is not None:
            self.passed += 1
            self.untried += not of.tried
            self.hits = _sum(self.hits, reached)
            self.tiers[trial.tier] += 1
            self.entries[trial.decision.verdict.entry] += 1

    def give(self, owner: str, day: date) -> None:
        """Count a lead of a rep ("" for nobody)."""
        self.loads.setdefault(owner, Counter())[day] += 1

    def precision(self, level: int) -> Fraction | None:
        """The share of those who passed that reached this level."""
        return _share(self.hits[level], self.passed)

    def recall(self, level: int) -> Fraction | None:
        """The share of those who reached this level that had passed."""
        return _share(self.hits[level], self.there[level])

    def lift(self, level: int) -> list[Fraction | None]:
        """How much more often than average each tenth reached this level, best scores first. People of one score are spread
        evenly over the tenths that they fill."""
        return lift(self.scores, level, self.people)


def lift(scores: Mapping[int, Sequence[int]], level: int, people: int) -> list[Fraction | None]:
    """See `Tally.lift`; `scores` is best score → (people, people who reached each level …)."""
    whole = sum(row[1 + level] for row in scores.values())
    if not people or not whole:
        return [None] * PARTS
    size = Fraction(people, PARTS)
    parts = [Fraction()] * PARTS
    begin = Fraction()
    for score in range(HIGHEST, -1, -1):
        if score not in scores:
            continue
        count, reached = scores[score][0], scores[score][1 + level]
        end = begin + count
        for n in range(PARTS):
            inside = min(end, (n + 1) * size) - max(begin, n * size)
            if inside > 0:
                parts[n] += reached * inside / count
        begin = end
    return [part / size / Fraction(whole, people) for part in parts]


def count(rows: dict[_Key, list[int]], key: _Key, more: Sequence[int]) -> None:
    """Add to one row of a table of counts."""
    row = rows.setdefault(key, [0] * len(more))
    for n, one in enumerate(more):
        row[n] += one


def _sum(a: Sequence[int], b: Sequence[int]) -> list[int]:
    return [x + y for x, y in zip(a, b, strict=True)]


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None
