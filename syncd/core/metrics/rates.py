"""Shares with their uncertainty, and whether two of them really differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import exp, lgamma, sqrt

_Z = 1.959963984540054
"""Of the normal distribution, 95 % lie within so many deviations."""

_SAME = 1 + 1e-9
"""Probabilities that differ by less than rounding are the same."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` out of `of`."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"no rate: {self.hits} of {self.of}")

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.hits + other.hits, self.of + other.of)

    @property
    def share(self) -> Fraction | None:
        """None of nothing."""
        return Fraction(self.hits, self.of) if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence (Wilson's score interval); None of nothing."""
        if not self.of:
            return None
        n, p = self.of, self.hits / self.of
        middle = p + _Z * _Z / (2 * n)
        reach = _Z * sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n))
        scale = 1 + _Z * _Z / n
        low = 0.0 if self.hits == 0 else max(0.0, (middle - reach) / scale)
        high = 1.0 if self.hits == n else min(1.0, (middle + reach) / scale)
        return low, high


def fisher(a: Rate, b: Rate) -> float:
    """How likely two shares differ at least so much by chance alone: Fisher's exact test, two-sided. 1.0 where one of them
    is of nothing."""
    hits, whole = a.hits + b.hits, a.of + b.of

    def log_choose(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    def chance(k: int) -> float:
        return exp(log_choose(a.of, k) + log_choose(b.of, hits - k) - log_choose(whole, hits))

    seen = chance(a.hits) * _SAME
    possible = range(max(0, hits - b.of), min(hits, a.of) + 1)
    return min(1.0, sum(p for p in map(chance, possible) if p <= seen))


def quantile(times: Sequence[timedelta], share: Fraction) -> timedelta | None:
    """The smallest of the times within which at least this share of them lies; None of nothing."""
    if not times:
        return None
    ordered = sorted(times)
    return ordered[max(0, -(-len(ordered) * share.numerator // share.denominator) - 1)]
