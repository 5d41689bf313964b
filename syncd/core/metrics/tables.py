"""A report as titled tables: what text, JSON, CSV and HTML are all made from, so that they cannot differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from syncd.core.metrics.compare import words
from syncd.core.metrics.lead import METRICS, Lead, standing
from syncd.core.metrics.rates import Rate
from syncd.core.metrics.report import Report, arbitration, changes, goals, money, other, reasons
from syncd.core.metrics.tally import BUCKETS, LATER, NEVER, STEPS, Breakdown, Tally, value_of
from syncd.core.metrics.terms import Campaign, Targets
from syncd.core.types import Opportunity

Money = Mapping[str, Decimal]
Cell = str | int | Rate | timedelta | date | Money | None

UNKNOWN = "(not known)"


@dataclass(frozen=True, slots=True)
class Row:
    """`leads` are those behind its numbers."""

    cells: tuple[Cell, ...]
    leads: tuple[Lead, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """`note` defines its numbers. `bars`: the column that a chart shows, -1 for none."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    bars: int = -1


TITLES = {
    "owner": "By rep", "team": "By routing rule", "tier": "By tier", "source": "By source", "campaign": "By campaign",
    "persona": "By persona", "entry": "By what qualified it", "criteria": "By version of the criteria",
    "path": "By stage path", "rule": "By score rule", "before": "By what they did before",
}  # fmt: skip


def words_of(cell: Cell) -> str:
    """A cell for people; "" where there is nothing to say."""
    if cell is None:
        return ""
    if isinstance(cell, Rate):
        if cell.share is None or cell.interval is None:
            return "–"
        low, high = cell.interval
        return f"{float(cell.share):.0%} ({cell.hits:,} of {cell.of:,}; {low:.0%} to {high:.0%})"
    if isinstance(cell, timedelta):
        return words(cell)
    if isinstance(cell, Mapping):
        return "; ".join(money(amount, currency) for currency, amount in sorted(cell.items()))
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def data_of(cell: Cell) -> object:
    """A cell for programs: times in seconds, money as decimal text."""
    if isinstance(cell, Rate):
        low, high = cell.interval or (None, None)
        share = None if cell.share is None else float(cell.share)
        return {"hits": cell.hits, "of": cell.of, "share": share, "low": low, "high": high}
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, Mapping):
        return {currency: str(amount) for currency, amount in sorted(cell.items())}
    return cell.isoformat() if isinstance(cell, date) else cell


# ---------------------------------------------------------------- the report
def tables(of: Report) -> tuple[Table, ...]:
    """What both teams read, the headlines first."""
    found = [_numbers(of), _money(of.total), _clocks(of)]
    if of.costs:
        found.append(_costs(of))
    found += [_trend(of), _funnel(of)]
    told = (b for b in of.breakdowns.values() if any(value for value, _ in b.rows))  # nothing is known of the others
    found += [_breakdown(of, breakdown) for breakdown in told]
    found.append(_reasons(of))
    return tuple(found)


def _numbers(of: Report) -> Table:
    before = dict(STEPS)
    rows = []
    for name, metric in METRICS.items():
        share = of.total.rate(name) if name != "passed" else None
        step = of.total.rate(name, before[name]) if before.get(name, "passed") != "passed" else None
        rows.append(Row((metric.title, of.total.counts[name], share, step), metric.of(of.leads)))
    rows.append(Row(("Accepted in the period, whenever passed", len(of.accepted), None, None), of.accepted))
    return Table(
        "numbers",
        "The numbers",
        ("of the leads passed", "leads", "share of those passed", "share of the stage before"),
        tuple(rows),
        "Cohort: the leads that reached sales in the period; every share is of the same leads. The range is where the true "
        "share lies with 95 % confidence (Wilson).",
    )


def _money(total: Tally) -> Table:
    rows = [Row((f"Opportunities, linked by {link or UNKNOWN}", count, None)) for link, count in total.deals.items()]
    rows.append(Row(("Opportunities", sum(total.deals.values()), None)))
    rows += [Row(("Revenue", None, {currency: amount})) for currency, amount in total.revenue.items()]
    if total.unpriced:
        rows.append(Row(("Won without an amount", total.unpriced, None)))
    return Table(
        "revenue",
        "Opportunities and revenue",
        ("what", "count", "amount"),
        tuple(rows),
        "An opportunity counts once, for one lead: that of the handoff during which it moved the stage; of several people, "
        "whoever was passed first. Revenue is the amount of those won. Currencies are never added up.",
    )


def _clocks(of: Report) -> Table:
    human, machine = of.total.follow_up, of.total.system_time
    counts = dict(human.buckets), dict(machine.buckets)
    rows = [Row((name, *(c[name] for c in counts))) for name in (*(name for _, name in BUCKETS), LATER, NEVER)]
    for name, of_both in (
        ("median", (human.median, machine.median)),
        ("90 of 100 within", (human.p90, machine.p90)),
        ("95 of 100 within", (human.p95, machine.p95)),
    ):
        rows.append(Row((name, *of_both)))
    return Table(
        "clocks",
        "How long it took",
        ("time", "sales: to the first touch", "systems: to the verified owner"),
        tuple(rows),
        "Two clocks: from the verified owner to the first call, meeting or message of sales; and from the moment the lead "
        "qualified to the verified owner. Both run round the clock.",
        bars=1,
    )


def _costs(of: Report) -> Table:
    rows = tuple(
        Row(
            (
                cost.source or "all",
                {cost.currency: cost.spent},
                cost.accepted,
                {cost.currency: cost.each} if cost.each is not None else None,
            )
        )
        for cost in of.costs
    )
    return Table(
        "cost",
        "What a sales-accepted lead cost",
        ("source", "spent", "accepted leads", "each"),
        rows,
        "Spend that falls on a day of the period, beside the accepted leads of the same period.",
    )


def _trend(of: Report) -> Table:
    table = _of_groups(of, of.trend, "trend", "Cohorts, oldest first", "passed in")
    return replace(table, note="Each row is a cohort of its own. Young ones have had less time.", bars=1)


def _funnel(of: Report) -> Table:
    rows = tuple(Row((f.stage, f.before, f.entered, f.left, f.now, f.stuck, f.age, f.stay)) for f in of.flows)
    return Table(
        "funnel",
        "Stages",
        ("stage", "at the begin", "in", "out", "at the end", "stuck", "there for (median)", "stayed (median)"),
        rows,
        f"All people, not only those passed. Begin + in − out = end. {of.contacts:,} more never left the first stage.",
        bars=4,
    )


def _breakdown(of: Report, breakdown: Breakdown) -> Table:
    name = breakdown.dimension
    title = TITLES.get(name, f"By {name}")
    if name in ("owner", "team", "tier"):
        return _by_worker(of, breakdown, title)
    table = _of_groups(of, breakdown, name, title, name)
    note = (
        "" if breakdown.whole else "A lead counts in every row that it belongs to; the rows do not add up to the whole."
    )
    return replace(table, note=note)


def _of_groups(of: Report, breakdown: Breakdown, key: str, title: str, first: str) -> Table:
    rows = tuple(
        Row(
            (
                value or UNKNOWN,
                t.counts["passed"],
                t.rate("accepted"),
                t.rate("not_ready"),
                t.rate("opportunity"),
                t.counts["won"],
                t.revenue,
            ),
            _behind(of, breakdown, value),
        )
        for value, t in breakdown.rows
    )
    return Table(key, title, (first, "passed", "accepted", "not ready", "opportunity", "won", "revenue"), rows, bars=2)


def _by_worker(of: Report, breakdown: Breakdown, title: str) -> Table:
    rows = tuple(
        Row(
            (
                value or UNKNOWN,
                t.counts["passed"],
                t.counts["untouched"],
                t.follow_up.median,
                t.follow_up.p90,
                t.system_time.median,
                t.rate("accepted"),
                t.rate("rejected"),
                t.counts["won"],
                t.revenue,
            ),
            _behind(of, breakdown, value),
        )
        for value, t in breakdown.rows
    )
    columns = (
        {"owner": "rep", "team": "routing rule", "tier": "tier"}[breakdown.dimension],
        "passed",
        "untouched",
        "first touch (median)",
        "90 of 100 within",
        "systems (median)",
        "accepted",
        "rejected",
        "won",
        "revenue",
    )
    return Table(breakdown.dimension, title, columns, rows)


def _behind(of: Report, breakdown: Breakdown, value: str) -> tuple[Lead, ...]:
    if not breakdown.whole:
        return ()
    return tuple(lead for lead in of.leads if value_of(lead, breakdown.dimension) == value)


def _reasons(of: Report) -> Table:
    rows = [
        Row(
            (outcome, reason or UNKNOWN, count),
            tuple(lead for lead in of.leads if (lead.outcome, lead.reason) == (outcome, reason)),
        )
        for outcome, reason, count in reasons(of.leads)
    ]
    return Table(
        "reasons",
        "Why leads came back",
        ("outcome", "reason", "leads"),
        tuple(rows),
        f"No reason, or “other”: {words_of(other(of.leads))} of the rejections.",
    )


# ---------------------------------------------------------------- the meeting
def meeting(of: Report, targets: Targets, campaigns: Sequence[Campaign]) -> tuple[Table, ...]:
    """What the two teams go through together, before the numbers."""
    met = {True: "yes", False: "no", None: "nothing to compare"}
    lost, won = METRICS["lost"].of(of.leads), METRICS["won"].of(of.leads)
    missing = METRICS["missing"].of(of.leads)
    upcoming = sorted(campaigns, key=lambda c: (c.begins, c.name))
    return (
        Table(
            "targets",
            "Targets",
            ("what", "target", "actual", "met"),
            tuple(Row((g.name, g.target, g.actual, met[g.met])) for g in goals(of, targets)),
            f"Counts are scaled from {targets.period.days} days to the period. "
            "Without a row there is no target: [targets] in the configuration sets them.",
        ),
        Table("changes", "What to talk about", ("what",), tuple(Row((sentence,)) for sentence in changes(of))),
        Table("wins", "Wins", _DEAL, tuple(_deals(won, "won"))),
        Table("losses", "Losses", _DEAL, tuple(_deals(lost, "lost"))),
        Table(
            "arbitration",
            "Rejected leads to look at together",
            _LEAD,
            tuple(map(_lead, arbitration(of.leads))),
            "Drawn by a hash of the lead: nobody picks, and everybody gets the same.",
        ),
        Table(
            "missing",
            "Leads without a status",
            _LEAD,
            tuple(map(_lead, missing)),
            "Every lead that was passed has a status, or stands here.",
        ),
        Table(
            "campaigns",
            "Upcoming campaigns",
            ("begins", "campaign", "note"),
            tuple(Row((c.begins, c.name, c.note)) for c in upcoming if c.begins >= of.period.first),
        ),
    )


_LEAD = ("lead", "passed on", "owner", "score", "source", "stands", "reason")
_DEAL = ("lead", "opportunity", "amount", "path", "reason", "source")


def _lead(lead: Lead) -> Row:
    return Row(
        (
            f"{lead.lineage}/{lead.number}",
            lead.delivered.date(),
            lead.owner,
            lead.score,
            lead.groups.get("source", ""),
            standing(lead),
            lead.reason,
        ),
        (lead,),
    )


def listed(leads: Iterable[Lead], key: str, title: str, note: str) -> Table:
    """Leads one by one: what a number opens to."""
    return Table(key, title, _LEAD, tuple(map(_lead, leads)), note)


def _deals(leads: Iterable[Lead], status: str) -> Iterable[Row]:
    for lead in leads:
        of_status: Sequence[Opportunity | None] = [d for d in lead.deals if d.status == status] or [None]
        for deal in of_status:
            amount = {deal.currency: deal.amount} if deal and deal.amount is not None else None
            yield Row(
                (
                    f"{lead.lineage}/{lead.number}",
                    deal.name if deal else "",
                    amount,
                    lead.path,
                    lead.reason,
                    lead.groups.get("source", ""),
                ),
                (lead,),
            )
