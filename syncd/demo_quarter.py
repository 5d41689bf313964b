"""The demo of a whole quarter: 90 simulated days in which marketing goes on and every rep works in a way of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from connectors.loopback.sandbox import Sandbox, start
from syncd.cli import show
from syncd.cli.common import command_line
from syncd.config import Config
from syncd.core.metrics import tables
from syncd.core.metrics.terms import period
from syncd.core.text import plural
from syncd.demo import Demo
from syncd.ledger.store import Store
from syncd.sync import reporting
from syncd.sync.round import Report

BEGINS = datetime(2026, 11, 2, 6, tzinfo=UTC)
DAYS = 90
LAST = (BEGINS + timedelta(days=DAYS - 1)).date()
_WEEK = 7
_SATURDAY = 5


class QuarterDemo(Demo):
    """The same story, told over a quarter. `hours` of a working day (UTC) at which syncd syncs; at weekends, when nobody
    works, the first of them is enough."""

    hours: Sequence[int] = (9, 12, 15, 18)

    def _sandbox(self) -> Sandbox:
        return start(
            contacts=self.contacts, days=90, seed=self.seed, ahead=DAYS, now=BEGINS, ticking=False, product=self.product
        )

    def _work(self, store: Store, config: Config) -> tuple[list[dict[str, Any]], list[Report]]:
        assert self.sandbox is not None
        quarter = self.sandbox.quarter(seed=self.seed, crm=self.crm)
        self._chapter(f"A quarter: {DAYS} simulated days, {len(quarter.habits)} reps")
        for email, habit in quarter.habits.items():
            self.say(f"  {email} {habit.says}")
        done: list[dict[str, Any]] = []
        reports: list[Report] = []
        week: list[tuple[list[dict[str, Any]], Report]] = []
        for moment, ends in _with_ends(self._moments()):
            steps = quarter.go_on(moment)
            report = self._round(store, config, "sync")
            done += steps
            reports.append(report)
            week.append((steps, report))
            if ends:
                self._tell_week((moment - BEGINS).days // _WEEK + 1, week)
                week = []
        return done, reports

    def _tell_week(self, number: int, week: list[tuple[list[dict[str, Any]], Report]]) -> None:
        acts = Counter(step["act"] for steps, _ in week for step in steps if "wrote" in step)
        handoffs = sum(report.handoffs for _, report in week)
        self.say(
            f"  week {number:>2}: {plural(handoffs, 'new handoff'):>15}, {sum(acts.values()):>3} things done by reps, "
            f"{acts['recycled'] + acts['unreachable']:>2} sent back, {acts['convert']:>2} converted, {acts['won']:>2} won"
        )

    def _moments(self) -> Iterator[datetime]:
        for day in range(DAYS):
            date = (BEGINS + timedelta(days=day)).replace(hour=0)
            for hour in self.hours if date.weekday() < _SATURDAY else self.hours[:1]:
                yield date.replace(hour=hour)

    def _tell_more(self, store: Store, config: Config) -> None:
        there = config.report.rules.zone
        told = reporting.make(store, config.rules, config.report.rules, period(BEGINS.date(), LAST, there))
        found = {table.key: table for table in tables.tables(told)}
        self._chapter(f"The report of the quarter, {told.period}")
        if self.quiet:
            return
        for key, columns in (("numbers", (0, 1, 2)), ("owner", (0, 1, 2, 3, 6, 8, 9))):
            table = found[key]
            rows = [[tables.words_of(row.cells[n]) for n in columns] for row in table.rows]
            show.table([table.columns[n] for n in columns], rows)
        asked = f"report --from {told.period.first} --to {told.period.last} --format html --out quarter.html"
        self.say(f"The whole of it as a page: {command_line(self.folder / 'config.toml', asked)}")


def _with_ends(moments: Iterator[datetime]) -> Iterator[tuple[datetime, bool]]:
    """Each moment, and whether a week ends with it."""
    for moment, following in pairwise((*moments, None)):
        if moment is not None:
            yield moment, following is None or (following - BEGINS).days // _WEEK > (moment - BEGINS).days // _WEEK
