"""What is asked of a report: its period, the targets, and what the admin's own files add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from syncd.core.metrics.compare import Watch
from syncd.core.zones import zone


@dataclass(frozen=True, slots=True)
class Period:
    """Moments from `since` on, before `until`; `first` and `last` are its days as people say them."""

    since: datetime
    until: datetime
    first: date
    last: date

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    def __str__(self) -> str:
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


@dataclass(frozen=True, slots=True)
class Spend:
    """Money that a source or campaign cost, on a day of the period it was spent for."""

    day: date
    amount: Decimal
    currency: str
    source: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What marketing is about to do."""

    begins: date
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Targets:
    """What both teams want to reach; None and {} is no target. Counts and revenue are for `period` and are scaled to that of
    the report. Rates are shares of the leads passed; `not_ready_rate`, `follow_up` (median) and `system_time` (95 of 100) are
    limits, all others are to be reached."""

    period: timedelta = timedelta(days=30)
    passed: int | None = None
    accepted: int | None = None
    opportunities: int | None = None
    won: int | None = None
    revenue: Mapping[str, Decimal] = field(default_factory=dict)
    accepted_rate: float | None = None
    opportunity_rate: float | None = None
    not_ready_rate: float | None = None
    follow_up: timedelta | None = None
    system_time: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ReportRules:
    """What the configuration says of reports.

    timezone   in which days begin ("" is UTC)
    segments   canonical fields by whose values leads are counted too
    stuck      from when on somebody is stuck in a stage
    """

    timezone: str = ""
    segments: tuple[str, ...] = ("industry",)
    stuck: timedelta = timedelta(days=14)
    watch: Watch = field(default_factory=Watch)
    targets: Targets = field(default_factory=Targets)

    @property
    def zone(self) -> tzinfo:
        return (zone(self.timezone) if self.timezone else None) or UTC


def period(first: date, last: date, there: tzinfo) -> Period:
    """Whole days, both included, by the clocks of this zone."""
    begin = datetime.combine(first, time(), there)
    end = datetime.combine(last + timedelta(days=1), time(), there)
    return Period(begin.astimezone(UTC), end.astimezone(UTC), first, last)
