"""What sales said of leads, as proposals for the rules: a value whose leads are trashed, or qualified, clearly more often than
the rest (N15, S0.21, S1.23).

A value is proposed when all of this holds; else nothing is said of it:

| what                                                                    | at least       |
|-------------------------------------------------------------------------|----------------|
| answered leads with the value, and of the others                        | `SMALLEST`     |
| how many times as often as among the others                             | `TIMES`        |
| chance of such a difference between equals (Fisher's exact test, times  |                |
| the number of differences that were looked at: Bonferroni)              | below `CHANCE` |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from syncd.core.metrics.compare import CHANCE, SMALLEST
from syncd.core.metrics.rates import Rate, fisher
from syncd.core.rules import FieldIs, Gate, ScoreRule

TIMES = 2

TRASH, QUALIFIED = "trash", "qualified"

POINTS: Mapping[str, int] = {TRASH: -10, QUALIFIED: 10}
"""What sales said clearly more often → the points to give."""

_SAID = {TRASH: "trashed", QUALIFIED: "qualified"}


@dataclass(frozen=True, slots=True)
class Answered:
    """A lead that sales gave an answer to: the outcome of its handoff, and the values that it had when it was handed over."""

    outcome: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """`rate` of the leads with the value had this `outcome`, of the others `rest`."""

    field: str
    value: str
    outcome: str
    rate: Rate
    rest: Rate
    chance: float

    @property
    def points(self) -> int:
        return POINTS[self.outcome]

    @property
    def rule(self) -> ScoreRule:
        return ScoreRule(f"{self.field} is {self.value}", FieldIs(self.field, "in", (self.value,)), self.points)

    def __str__(self) -> str:
        mine, other = self.rate.share, self.rest.share
        times = f"{float(mine / other):.1f} × the rest" if mine and other else "and of the rest none"
        sign = "−" if self.points < 0 else "+"
        return (
            f"{self.field} “{self.value}” is {_SAID[self.outcome]} {times} ({self.rate.hits} of {self.rate.of}, the others "
            f"{self.rest.hits} of {self.rest.of}; by chance {_odds(self.chance)}): {sign}{abs(self.points)} points"
        )

    def toml(self) -> str:
        """The rule as lines of config.toml."""
        name, field, value = (_quoted(text) for text in (self.rule.name, self.field, self.value))
        return f"[[qualify.fit]]\nname = {name}\nfield = {field}\nin = [{value}]\npoints = {self.points}\n"


def proposals(leads: Sequence[Answered], fields: Iterable[str], gate: Gate) -> list[Proposal]:
    """The clearest first. What a rule of the gate asks for already is not proposed again."""
    found = [
        Proposal(field, value, outcome, mine, rest, fisher(mine, rest))
        for field in fields
        for value in sorted({lead.values[field] for lead in leads if lead.values.get(field)})
        for outcome in POINTS
        for mine, rest in [_rates(leads, field, value, outcome)]
        if min(mine.of, rest.of) >= SMALLEST
    ]
    known = {rule.when for rule in gate.fit}
    clear = [p for p in found if p.rule.when not in known and _often(p) and p.chance * len(found) < CHANCE]
    return sorted(clear, key=lambda p: (p.chance, p.field, p.value))


def _rates(leads: Sequence[Answered], field: str, value: str, outcome: str) -> tuple[Rate, Rate]:
    mine = [lead.outcome == outcome for lead in leads if lead.values.get(field) == value]
    hits = sum(lead.outcome == outcome for lead in leads)
    return Rate(sum(mine), len(mine)), Rate(hits - sum(mine), len(leads) - len(mine))


def _often(p: Proposal) -> bool:
    return p.rate.hits > 0 and (p.rate.share or Fraction()) >= TIMES * (p.rest.share or Fraction())


def _odds(chance: float) -> str:
    """ "1 in 2,400", two digits of it."""
    times = int(1 / max(chance, 1e-9))
    digits = 10 ** max(len(str(times)) - 2, 0)
    return f"1 in {times // digits * digits:,}"


def _quoted(text: str) -> str:
    """A basic string of TOML: that of JSON, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
