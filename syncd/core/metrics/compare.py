"""What stands out: a group beside all others (S1.23), and a rate beside its own past (S1.31).

Both ask the same of a difference: at least `SMALLEST` leads on each side, a change of at least a quarter of the old rate, and
a chance of at most 1 % (Fisher's exact test, two-sided) that luck alone made it. With several groups at a time the 1 % is
shared among them. Young leads have had less time: alarms look at every lead at the same age.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from syncd.core.metrics.lead import METRICS, Lead
from syncd.core.metrics.rates import Rate, fisher
from syncd.core.metrics.tally import Breakdown, Times

SMALLEST = 20
CHANCE = 0.01
RADICAL = Fraction(1, 4)

WATCHED = ("touched", "accepted", "not_ready", "opportunity")
"""The rates that alarms are about."""

BEFORE = 3
"""The past of a window is this many windows before it."""

REVIEWS = (
    "Review the definition of a qualified lead (syncd criteria; syncd backtest with other rules).",
    "Review the follow-up (syncd report --meeting: untouched leads by rep, reasons of rejections).",
)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A group whose acceptance differs clearly from that of all others."""

    dimension: str
    value: str
    rate: Rate
    rest: Rate

    @property
    def better(self) -> bool:
        return _share(self.rate) > _share(self.rest)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A rate that changed radically, or (`limit`) a clock over its limit."""

    name: str
    sentence: str
    reviews: tuple[str, ...] = REVIEWS


def outliers(breakdown: Breakdown, metric: str = "accepted") -> tuple[Outlier, ...]:
    """The groups of a whole breakdown that stand out, in its order."""
    total = Rate(0, 0)
    for _, tally in breakdown.rows:
        total += tally.rate(metric)
    pairs = []
    for value, tally in breakdown.rows:
        mine = tally.rate(metric)
        rest = Rate(total.hits - mine.hits, total.of - mine.of)
        if value and min(mine.of, rest.of) >= SMALLEST:
            pairs.append(Outlier(breakdown.dimension, value, mine, rest))
    return tuple(pair for pair in pairs if differs(pair.rest, pair.rate, CHANCE / len(pairs)))


def differs(old: Rate, new: Rate, chance: float = CHANCE) -> bool:
    """Whether a rate changed radically, and not by luck."""
    if min(old.of, new.of) < SMALLEST:
        return False
    was, now = _share(old), _share(new)
    return was != now and abs(now - was) >= RADICAL * was and fisher(old, new) <= chance


@dataclass(frozen=True, slots=True)
class Watch:
    """Two cohorts of equal age: those passed in `window` that ended `mature` ago, and the `BEFORE` windows before."""

    window: timedelta = timedelta(days=28)
    mature: timedelta = timedelta(days=14)

    def span(self, now: datetime) -> tuple[datetime, datetime, datetime]:
        """(begin of the past, begin of the window, its end)."""
        end = now - self.mature
        return end - (BEFORE + 1) * self.window, end - self.window, end


def alarms(leads: Sequence[Lead], watch: Watch, now: datetime) -> tuple[Alarm, ...]:
    """`leads` are those passed from the begin of the past on; others are left out. Each counts as it stood `mature` after
    it was passed."""
    first, begin, end = watch.span(now)
    aged = [(lead.delivered, lead.within(watch.mature)) for lead in leads]
    before = [lead for at, lead in aged if first <= at < begin]
    recent = [lead for at, lead in aged if begin <= at < end]
    return tuple(
        Alarm(name, _sentence(METRICS[name].title, old, new, watch))
        for name in WATCHED
        if differs(old := _rate(name, before), new := _rate(name, recent))
    )


def slow(leads: Iterable[Lead], limit: timedelta | None, since: datetime) -> Alarm | None:
    """Whether the systems took longer than the limit for one of twenty leads passed since then (S0.3)."""
    times = Times.of(lead.system_time for lead in leads if lead.delivered >= since and lead.entry != "adopted")
    if limit is None or times.p95 is None or times.p95 <= limit:
        return None
    return Alarm(
        "system_time",
        f"From qualified to delivered one lead of twenty took longer than {words(times.p95)}; the limit is {words(limit)}.",
        ("See what stands in the way: syncd problems, syncd status.",),
    )


def words(time: timedelta) -> str:
    """A length of time, roughly: "40 s", "12 min", "3.5 h", "2.1 d"."""
    seconds = time.total_seconds()
    for size, unit, digits in ((86_400, "d", 1), (3_600, "h", 1), (60, "min", 0)):
        if seconds >= size:
            return f"{seconds / size:.{digits}f} {unit}"
    return f"{seconds:.0f} s"


def _rate(name: str, leads: Sequence[Lead]) -> Rate:
    return Rate(len(METRICS[name].of(leads)), len(leads))


def _share(rate: Rate) -> Fraction:
    return rate.share or Fraction()


def _sentence(title: str, old: Rate, new: Rate, watch: Watch) -> str:
    was, now = float(_share(old)), float(_share(new))
    size = f", {abs(now / was - 1):.0%} {'more' if now > was else 'less'}" if was else ""
    return (
        f"{title}: {now:.0%} ({new.hits} of {new.of}) of the leads passed in the last {watch.window.days} days that are "
        f"{watch.mature.days} days old, after {was:.0%} ({old.hits} of {old.of}) in the {BEFORE * watch.window.days} days "
        f"before{size}."
    )
