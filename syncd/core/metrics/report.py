"""Everything that a report says of a period, as one value that every format is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from syncd.core.metrics.compare import Alarm, Outlier, outliers, words
from syncd.core.metrics.funnel import StageFlow
from syncd.core.metrics.lead import METRICS, REJECTIONS, Lead
from syncd.core.metrics.rates import Rate
from syncd.core.metrics.tally import Breakdown, Tally, by
from syncd.core.metrics.terms import Period, Spend, Targets

SAMPLE = 20
"""Rejected leads that a meeting looks at together."""

_OTHER = {"", "other", "others", "unknown", "none", "n/a", "sonstiges", "autre", "otro"}


@dataclass(frozen=True, slots=True)
class Goal:
    """One target beside what came of it, both in words; `met` None: nothing to compare yet."""

    name: str
    target: str
    actual: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Cost:
    """Spend of one currency beside the accepted leads of the same cohort."""

    source: str
    currency: str
    spent: Decimal
    accepted: int

    @property
    def each(self) -> Decimal | None:
        return self.spent / self.accepted if self.accepted else None


@dataclass(frozen=True, slots=True)
class Report:
    """`leads` is the cohort; `accepted` those that were accepted in the period, whenever they were passed. `signed`: what the
    agreement of both teams is, who signed it and when, in a sentence."""

    period: Period
    leads: tuple[Lead, ...]
    accepted: tuple[Lead, ...]
    total: Tally
    breakdowns: Mapping[str, Breakdown]
    trend: Breakdown
    flows: tuple[StageFlow, ...]
    contacts: int
    outliers: tuple[Outlier, ...]
    alarms: tuple[Alarm, ...]
    costs: tuple[Cost, ...]
    signed: str


def report(
    period: Period,
    leads: Iterable[Lead],
    flows: Sequence[StageFlow],
    *,
    dimensions: Sequence[str],
    contacts: int = 0,
    alarms: Sequence[Alarm] = (),
    spend: Sequence[Spend] = (),
    signed: str = "",
) -> Report:
    """Count the leads that were passed within the period, in any order; others only where it is said."""
    every = sorted(leads, key=lambda lead: (lead.delivered, lead.key))
    cohort = tuple(lead for lead in every if period.since <= lead.delivered < period.until)
    breakdowns = {dimension: by(cohort, dimension) for dimension in dimensions}
    trend = by(cohort, "cohort")
    compared = [breakdowns[name] for name in breakdowns if name not in ("path", "reason") and breakdowns[name].whole]
    return Report(
        period=period,
        leads=cohort,
        accepted=tuple(
            lead for lead in every if lead.accepted_at is not None and period.since <= lead.accepted_at < period.until
        ),
        total=Tally.of(cohort),
        breakdowns=breakdowns,
        trend=Breakdown("cohort", tuple(sorted(trend.rows, key=lambda row: row[0]))),
        flows=tuple(flows),
        contacts=contacts,
        outliers=tuple(found for breakdown in compared for found in outliers(breakdown)),
        alarms=tuple(alarms),
        costs=tuple(_costs(period, cohort, spend)),
        signed=signed,
    )


def _costs(period: Period, leads: Sequence[Lead], spend: Iterable[Spend]) -> Iterable[Cost]:
    """All of it first, then by source. What names no source is only in the whole."""
    told = [s for s in spend if period.first <= s.day <= period.last]
    accepted = METRICS["accepted"].of(leads)
    for source in ("", *sorted({s.source for s in told if s.source})):
        mine = [s for s in told if not source or s.source == source]
        count = sum(not source or lead.groups.get("source", "") == source for lead in accepted)
        for currency in sorted({s.currency for s in mine}):
            yield Cost(source, currency, sum((s.amount for s in mine if s.currency == currency), Decimal()), count)


# ---------------------------------------------------------------- the meeting
def goals(of: Report, targets: Targets) -> tuple[Goal, ...]:
    """Every target beside what came of it."""
    found: list[Goal] = []
    share = Decimal(of.period.length // timedelta(seconds=1)) / Decimal(targets.period // timedelta(seconds=1))
    total = of.total
    counts = (
        ("passed", targets.passed, total.counts["passed"]),
        ("accepted", targets.accepted, total.counts["accepted"]),
        ("opportunities", targets.opportunities, sum(total.deals.values())),
        ("won", targets.won, total.counts["won"]),
    )
    for name, count, actual in counts:
        if count is not None:
            wanted = count * share
            found.append(Goal(name, f"{wanted:,.0f}", f"{actual:,}", actual >= wanted))
    for currency, amount in sorted(targets.revenue.items()):
        got = total.revenue.get(currency, Decimal())
        found.append(Goal("revenue", money(amount * share, currency), money(got, currency), got >= amount * share))
    rates = (
        ("accepted", targets.accepted_rate, False),
        ("opportunity", targets.opportunity_rate, False),
        ("not_ready", targets.not_ready_rate, True),
    )
    for name, goal, is_limit in rates:
        if goal is not None:
            rate = total.rate(name)
            is_met = None if rate.share is None else (rate.share <= goal if is_limit else rate.share >= goal)
            limit = "at most " if is_limit else ""
            found.append(Goal(f"{name} rate", f"{limit}{goal:.0%}", _percent(rate), is_met))
    clocks = (
        ("follow-up, median", targets.follow_up, total.follow_up.median),
        ("handoff, 95 of 100", targets.system_time, total.system_time.p95),
    )
    for name, most, took in clocks:
        if most is not None:
            is_met = None if took is None else took <= most
            found.append(Goal(name, f"at most {words(most)}", words(took) if took is not None else "–", is_met))
    return tuple(found)


def arbitration(leads: Iterable[Lead], count: int = SAMPLE) -> tuple[Lead, ...]:
    """Rejected leads for both teams to look at together: drawn by a hash of the lead, so that nobody picks, and everybody who
    asks gets the same ones."""
    rejected = (lead for lead in leads if METRICS["rejected"].holds(lead))
    return tuple(sorted(rejected, key=_draw)[:count])


def _draw(lead: Lead) -> tuple[str, tuple[str, int]]:
    return sha256(f"{lead.lineage}/{lead.number}".encode()).hexdigest(), lead.key


def reasons(leads: Iterable[Lead]) -> tuple[tuple[str, str, int], ...]:
    """(outcome, reason as sales gave it, how many) of the leads that came back, most frequent first."""
    given = Counter((lead.outcome, lead.reason) for lead in leads if lead.outcome and lead.outcome != "qualified")
    return tuple(
        (outcome, reason, n) for (outcome, reason), n in sorted(given.items(), key=lambda item: (-item[1], *item[0]))
    )


def other(leads: Iterable[Lead]) -> Rate:
    """How many of the rejections say nothing that anybody could learn from: no reason, or "other"."""
    given = [lead.reason for lead in leads if lead.outcome in REJECTIONS]
    return Rate(sum(reason.strip().casefold() in _OTHER for reason in given), len(given))


def changes(of: Report) -> tuple[str, ...]:
    """What to talk about changing, each with its numbers; proposals, which nobody applies but people (S0.21)."""
    found = [f"{alarm.sentence} {review}" for alarm in of.alarms for review in alarm.reviews]
    for one in of.outliers:
        way = "more" if one.better else "less"
        found.append(
            f"{one.dimension} “{one.value}” is accepted {way} often than the rest: {_percent(one.rate)} against "
            f"{_percent(one.rest)}. {'Give it more weight?' if one.better else 'Should it qualify so easily?'}"
        )
    vague = other(of.leads)
    if vague.share is not None and vague.share > 0.25:
        found.append(
            f"{_percent(vague)} of the rejections name no reason, or “other”. Agree on reasons that teach something."
        )
    if count := of.total.counts["untouched"]:
        found.append(f"{count} of {of.total.counts['passed']} leads are untouched. By rep: see the table “By rep”.")
    return tuple(found)


def _percent(rate: Rate) -> str:
    return f"{float(rate.share):.0%} ({rate.hits} of {rate.of})" if rate.share is not None else "–"


def money(amount: Decimal, currency: str) -> str:
    """ "1,200.00 EUR"."""
    return f"{amount:,.2f} {currency or '(no currency)'}"
