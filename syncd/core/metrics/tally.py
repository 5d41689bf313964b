"""Leads counted: once in all, by group, and over time. A breakdown of one dimension always adds up to the whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from syncd.core.metrics.lead import METRICS, Lead
from syncd.core.metrics.rates import Rate, quantile
from syncd.core.types import Opportunity

BUCKETS = (
    (timedelta(minutes=5), "within 5 minutes"),
    (timedelta(hours=1), "within an hour"),
    (timedelta(hours=4), "within 4 hours"),
    (timedelta(days=1), "within a day"),
    (timedelta(days=3), "within 3 days"),
)
LATER, NEVER = "later", "not yet"

_MEDIAN, _P90, _P95 = Fraction(1, 2), Fraction(9, 10), Fraction(19, 20)

STEPS = (("accepted", "passed"), ("qualified", "accepted"), ("opportunity", "qualified"), ("won", "opportunity"))
"""Each stage by the one before it."""


@dataclass(frozen=True, slots=True)
class Times:
    """A distribution. Each bucket is disjoint from the others; `pending` are those without a time yet."""

    count: int
    pending: int
    median: timedelta | None
    p90: timedelta | None
    p95: timedelta | None
    buckets: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, times: Iterable[timedelta | None]) -> Times:
        every = list(times)
        known = [time for time in every if time is not None]
        counts = Counter(next((name for most, name in BUCKETS if time <= most), LATER) for time in known)
        counts[NEVER] = len(every) - len(known)
        names = (*(name for _, name in BUCKETS), LATER, NEVER)
        return cls(
            count=len(known),
            pending=counts[NEVER],
            median=quantile(known, _MEDIAN),
            p90=quantile(known, _P90),
            p95=quantile(known, _P95),
            buckets=tuple((name, counts[name]) for name in names),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of a set of leads.

    counts     metric → how many leads (`METRICS`)
    deals      opportunities that count for them, by how they are linked (contact_role, converted, deal)
    revenue    currency → sum of the won ones; currencies are never added up
    unpriced   won ones without an amount
    """

    counts: Mapping[str, int]
    deals: Mapping[str, int]
    revenue: Mapping[str, Decimal]
    unpriced: int
    follow_up: Times
    system_time: Times

    @classmethod
    def of(cls, leads: Sequence[Lead]) -> Tally:
        deals = [deal for lead in leads for deal in lead.deals]
        return cls(
            counts={name: sum(map(metric.holds, leads)) for name, metric in METRICS.items()},
            deals=dict(sorted(Counter(deal.link for deal in deals).items())),
            revenue=revenue_of(deals),
            unpriced=sum(deal.status == "won" and deal.amount is None for deal in deals),
            follow_up=Times.of(lead.follow_up for lead in leads),
            system_time=Times.of(lead.system_time for lead in leads if lead.entry != "adopted"),
        )

    def rate(self, metric: str, of: str = "passed") -> Rate:
        """The share of these leads; the cohort is the same above and below."""
        return Rate(self.counts[metric], self.counts[of])


def revenue_of(deals: Iterable[Opportunity]) -> dict[str, Decimal]:
    """Currency → sum of the won ones."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        if deal.status == "won" and deal.amount is not None:
            total[deal.currency] += deal.amount
    return dict(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Leads by the values of one dimension, best first: by won, opportunities, accepted and not by volume (S3.15).

    `whole`: each lead has exactly one value, so that the rows add up to the total. Otherwise a lead counts in several.
    """

    dimension: str
    rows: tuple[tuple[str, Tally], ...]
    whole: bool = True


def by(leads: Sequence[Lead], dimension: str) -> Breakdown:
    """`dimension`: owner, team, tier, entry, path, or one of the leads' groups; rule and before are of several values."""
    if dimension in _SEVERAL:
        return _grouped(leads, dimension, _SEVERAL[dimension], whole=False)
    return _grouped(leads, dimension, lambda lead: (value_of(lead, dimension),))


def value_of(lead: Lead, dimension: str) -> str:
    """Of the one value that a lead has in this dimension; "" is not known."""
    return str(getattr(lead, dimension)) if dimension in OWN else lead.groups.get(dimension, "")


OWN = ("owner", "team", "tier", "entry", "path", "reason")
_SEVERAL: Mapping[str, Callable[[Lead], Iterable[str]]] = {
    "rule": lambda lead: dict.fromkeys(lead.rules),
    "before": lambda lead: dict.fromkeys(lead.before),
}


def _grouped(
    leads: Sequence[Lead], dimension: str, values: Callable[[Lead], Iterable[str]], *, whole: bool = True
) -> Breakdown:
    groups: dict[str, list[Lead]] = defaultdict(list)
    for lead in leads:
        for value in values(lead):
            groups[value].append(lead)
    rows = [(value, Tally.of(group)) for value, group in groups.items()]
    return Breakdown(dimension, tuple(sorted(rows, key=_best_first)), whole)


def _best_first(row: tuple[str, Tally]) -> tuple[int | str, ...]:
    counts = row[1].counts
    return (*(-counts[name] for name in ("won", "opportunity", "accepted", "passed")), row[0])
