"""Taking turns by weight, without chance and without a bias.

With each lead everybody in the pool who can take it earns a share of it by weight, and the one who gets it pays a whole one.
Who has earned enough and whose next lead is due first is next (Tijdeman, "The chairman assignment problem", 1980). So, as long
as a pool stays as it is, nobody is ever a whole lead away from what the weights promise, at any moment. Who is away earns
nothing: back at work a rep is not flooded, and a new one does not catch up with the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNIT = 232_792_560
"""One lead. All numbers up to 20 divide it, so that shares add up without rounding where weights are small."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One rep in one pool: leads that were `given`, and what is `owed`, in units (negative: got ahead)."""

    given: int = 0
    owed: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """Who could take a lead of a pool, with their weights: what is counted once somebody gets it."""

    pool: str
    weights: Mapping[str, int]


def next_of(weights: Mapping[str, int], turns: Mapping[str, Turn]) -> str:
    """Who of these (at least one) is next. Where several are, the first."""
    owed, shares = _earned(weights, turns), _shares(weights)
    if len(owed) == 1:
        return next(iter(owed))
    slack = UNIT // (2 * len(owed) - 2)
    ready = [rep for rep in owed if owed[rep] >= slack] or [max(owed, key=lambda rep: owed[rep])]
    return min(ready, key=lambda rep: -((owed[rep] + slack - UNIT) // shares[rep]))


def given(rep: str, weights: Mapping[str, int], turns: Mapping[str, Turn]) -> dict[str, Turn]:
    """The turns of a pool once `rep` has got a lead that these could have taken."""
    after = dict(turns)
    for name, owed in _earned(weights, turns).items():
        after[name] = Turn(turns.get(name, Turn()).given, owed)
    before = after.get(rep, Turn())
    return after | {rep: Turn(before.given + 1, before.owed - UNIT)}


def returned(rep: str, turns: Mapping[str, Turn]) -> dict[str, Turn]:
    """The turns of a pool once `rep` has lost a lead again that was never delivered: the others give back what they earned
    by it, as far as one still knows."""
    earned = _shares(dict.fromkeys(turns, 1))
    after = {name: Turn(turn.given, turn.owed - earned[name]) for name, turn in turns.items()}
    lost = after.get(rep)
    return after | {rep: Turn(lost.given - 1, lost.owed + UNIT)} if lost else dict(turns)


def _earned(weights: Mapping[str, int], turns: Mapping[str, Turn]) -> dict[str, int]:
    return {rep: turns.get(rep, Turn()).owed + share for rep, share in _shares(weights).items()}


def _shares(weights: Mapping[str, int]) -> dict[str, int]:
    """Units by weight; together exactly one lead."""
    total, done, shares = sum(weights.values()), 0, {}
    for rep, weight in weights.items():
        shares[rep] = UNIT * (done + weight) // total - UNIT * done // total
        done += weight
    return shares
