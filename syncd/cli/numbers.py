"""syncd report: what became of the leads that marketing passed to sales, in the same numbers for both teams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli import sheet
from syncd.cli.common import command_line, load, options, reading
from syncd.cli.show import heading, say, table
from syncd.core.errors import Complaint, ConfigError
from syncd.core.text import plural

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.metrics.report import Report
    from syncd.core.metrics.tables import Table
    from syncd.core.metrics.terms import Period
    from syncd.ledger.store import Store

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 20
"""Rows of a table on a terminal, but of leads without a status; the other formats have all."""

_COLUMNS = ("table", "row", "column", "value", "of", "share", "low", "high")


@click.command("report")
@click.option("--from", "first", type=_DAY, help="First day: 2026-10-01.")
@click.option("--to", "last", type=_DAY, help="Last day, included (default: that of the last sync).")
@click.option("--last", "length", default="30d", show_default=True, help="In place of --from: so many days or weeks.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv", "html"]), default="text", show_default=True,
              help="How it is written.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file (mode 0600) in place of the screen.")
@click.option(
    "--meeting", is_flag=True, help="The pack for the meeting of both teams: targets, wins, losses, rejections …"
)
@click.option("--leads", metavar="METRIC", help="Open a number to its leads: passed, accepted, not_ready, untouched …")
@click.option("--where", multiple=True, metavar="NAME=VALUE", help="With --leads: only of this source, owner, tier …")
@options
def command(
    config: Path,
    as_json: bool,
    first: datetime | None,
    last: datetime | None,
    length: str,
    form: str,
    out: Path | None,
    meeting: bool,
    leads: str | None,
    where: tuple[str, ...],
) -> int:
    """Count what became of the leads that were passed to sales in a period: how many, how fast, accepted, opportunities,
    revenue, each share with its range; by rep, source, criteria; where people wait, and what stands out."""
    from syncd.core.metrics import tables
    from syncd.ledger import journal
    from syncd.sync import report_sheets, reporting

    settings = load(config, secrets=False)
    of = settings.report
    metric = _metric(leads, where)
    spend = report_sheets.spend(of.spend) if of.spend else ()
    campaigns = report_sheets.campaigns(of.campaigns) if of.campaigns and meeting else ()
    with reading(settings) as store:
        when = _period(store, settings, first, last, length)
        if not journal.last_seen(store).timestamp():
            fix = f"Begin with: {command_line(config, 'plan')}"
            raise ConfigError([Complaint("Nothing was synced yet, so there is nothing to report.", fix=fix)])
        told = reporting.make(store, settings.rules, of.rules, when, spend)
        if metric is not None:
            chosen = reporting.chosen(metric.of(told.leads), _values(told, where))
            note = f"Leads of {told.period} that {metric.means}{''.join(f'; {pair}' for pair in where)}."
            shown: tuple[Table, ...] = (tables.listed(chosen, metric.name, metric.title, note),)
        else:
            pack = tables.meeting(told, of.rules.targets, campaigns) if meeting else ()
            shown = (*pack, *tables.tables(told))
        form = "json" if as_json else form
        text = _written(form, told, shown, store, settings, meeting, whole=metric is None)
    if form == "csv":
        rows = _cells(shown) if metric is None else [[_plain(cell) for cell in row.cells] for row in shown[0].rows]
        sheet.write(out or Path("-"), _COLUMNS if metric is None else shown[0].columns, rows)
    elif form == "text" and out is None:
        _show(told, shown, whole=metric is None)
        if metric is None:
            say(f"\nOpen a number to its leads: {command_line(config, 'report --leads accepted')}")
    elif out is None:
        click.echo(text)
    else:
        with sheet.private(out) as file:
            file.write(text)
    if out is not None:
        say(f"Wrote the report of {told.period} to {out}.", err=as_json)
    return 0


# ---------------------------------------------------------------- what is asked for
def _metric(name: str | None, where: Sequence[str]) -> Any:
    """The metric of that name; None when none is named."""
    from syncd.core.metrics.lead import METRICS

    if name is None:
        if where:
            raise click.UsageError("--where goes with --leads: syncd report --leads accepted --where source=Webinar")
        return None
    if name not in METRICS:
        raise click.UsageError(f"--leads {name}: there is no such number. There are: {', '.join(METRICS)}.")
    for pair in where:
        if "=" not in pair:
            raise click.UsageError(
                f"--where {pair}: write NAME=VALUE, such as source=Webinar or owner=ann@acme.example."
            )
    return METRICS[name]


def _values(told: Report, where: Sequence[str]) -> dict[str, str]:
    """Dimension → value of `--where`. "(not known)" is what the tables call no value."""
    from syncd.core.metrics.tables import UNKNOWN

    known = sorted(("cohort", "reason", *(name for name, breakdown in told.breakdowns.items() if breakdown.whole)))
    found = {}
    for name, value in (pair.split("=", 1) for pair in where):
        if name not in known:
            raise click.UsageError(f"--where {name}=…: leads have no {name} here. They have: {', '.join(known)}.")
        found[name] = "" if value == UNKNOWN else value
    return found


def _period(store: Store, settings: Config, first: datetime | None, last: datetime | None, length: str) -> Period:
    from syncd.core.metrics.terms import period
    from syncd.ledger import journal

    there = settings.report.rules.zone
    end = last.date() if last else journal.last_seen(store).astimezone(there).date()
    begin = first.date() if first else _back(end, length)
    if begin > end:
        raise click.UsageError(f"--from {begin} is later than --to {end}.")
    return period(begin, end, there)


def _back(end: date, length: str) -> date:
    """The first of so many days of which `end` is the last."""
    size = {"d": 1, "w": 7}.get(length[-1:], 0)
    if not size or not length[:-1].isdecimal() or not 0 < int(length[:-1]) * size <= 36_525:
        raise click.UsageError(f"--last {length}: write days or weeks, such as 30d or 13w.")
    return end - timedelta(days=int(length[:-1]) * size - 1)


# ---------------------------------------------------------------- how it is told
def _written(
    form: str, told: Report, shown: Sequence[Table], store: Store, settings: Config, meeting: bool, *, whole: bool
) -> str:
    """The report as one text; "" where another way writes it."""
    if form == "json":
        import json

        return json.dumps(_data(told, shown), ensure_ascii=False)
    if form == "html":
        from syncd.cli.page import page, record_links
        from syncd.wiring import addresses

        rules = settings.rules
        links = record_links((rules.marketing, rules.marketing_kind.kind), addresses(store, settings))
        title = f"{'Meeting of marketing and sales' if meeting else 'Leads passed to sales'}, {told.period}"
        return page(
            title, _sentences(told), [_alarm(a) for a in told.alarms], _tiles(told) if whole else [], shown, links
        )
    return "\n\n".join([*_sentences(told), *(_plain_table(one) for one in shown if one.rows)]) + "\n"


def _data(told: Report, shown: Iterable[Table]) -> dict[str, Any]:
    from syncd.core.metrics.lead import METRICS
    from syncd.core.metrics.tables import data_of

    return {
        "from": told.period.first.isoformat(),
        "to": told.period.last.isoformat(),
        "signed": told.signed,
        "numbers": {name: data_of(told.total.rate(name)) for name in METRICS},
        "leads": {
            name: [f"{lead.lineage}/{lead.number}" for lead in metric.of(told.leads)]
            for name, metric in METRICS.items()
        },
        "revenue": {currency: str(amount) for currency, amount in told.total.revenue.items()},
        "alarms": [{"name": a.name, "sentence": a.sentence, "reviews": list(a.reviews)} for a in told.alarms],
        "tables": {
            one.key: {
                "title": one.title,
                "note": one.note,
                "columns": list(one.columns),
                "rows": [[data_of(cell) for cell in row.cells] for row in one.rows],
            }
            for one in shown
        },
    }


def _sentences(told: Report) -> list[str]:
    from syncd.core.metrics.compare import words
    from syncd.core.metrics.funnel import slowest

    found = [f"{plural(told.total.counts['passed'], 'lead')} passed to sales from {told.period}.", told.signed]
    if (slow := slowest(told.flows)) is not None:
        waits = max(filter(None, (slow.age, slow.stay)))
        found.append(f"People wait longest in the stage {slow.stage}: {words(waits)} (median).")
    return found


def _alarm(alarm: Any) -> str:
    return f"{alarm.sentence} {' '.join(alarm.reviews)}"


def _tiles(told: Report) -> list[tuple[str, str]]:
    """The headline figures."""
    from syncd.core.metrics.compare import words
    from syncd.core.metrics.tables import words_of

    total = told.total

    def percent(name: str) -> str:
        share = total.rate(name).share
        return "–" if share is None else f"{float(share):.0%}"

    return [
        ("Passed", f"{total.counts['passed']:,}"),
        ("Accepted", percent("accepted")),
        ("Rejected as not ready", percent("not_ready")),
        ("Opportunities", f"{sum(total.deals.values()):,}"),
        ("Won revenue", words_of(total.revenue) or "–"),
        ("First touch, median", words(total.follow_up.median) if total.follow_up.median is not None else "–"),
    ]


def _show(told: Report, shown: Sequence[Table], *, whole: bool) -> None:
    from syncd.core.metrics.tables import words_of

    if whole:
        for sentence in _sentences(told):
            say(sentence)
        for alarm in told.alarms:
            say(f"! {_alarm(alarm)}")
    for one in shown:
        if not one.rows and whole:
            continue
        heading(one.title)
        if one.note:
            say(one.note)
        rows = one.rows[:_SHOWN] if whole and one.key != "missing" else one.rows
        if not rows:
            say("None.")
            continue
        table(one.columns, [[words_of(cell) for cell in row.cells] for row in rows])
        if len(one.rows) > len(rows):
            say(f"… and {len(one.rows) - len(rows)} more: --format html, csv or json")


def _plain_table(one: Table) -> str:
    from syncd.cli.show import printable
    from syncd.core.metrics.tables import words_of

    lines = ["\t".join(one.columns), *("\t".join(printable(words_of(cell)) for cell in row.cells) for row in one.rows)]
    return "\n".join([one.title, *([one.note] if one.note else []), *lines])


def _cells(shown: Iterable[Table]) -> Iterable[list[Any]]:
    """Every cell as a row of its own, shares with what they are made of; money has a row for each currency."""
    from syncd.core.metrics.rates import Rate
    from syncd.core.metrics.tables import words_of

    for one in shown:
        for row in one.rows:
            name = words_of(row.cells[0])
            for column, cell in zip(one.columns, row.cells, strict=True):
                if isinstance(cell, Rate):
                    low, high = cell.interval or (None, None)
                    share = None if cell.share is None else f"{float(cell.share):.4f}"
                    ends = [None if end is None else f"{end:.4f}" for end in (low, high)]
                    yield [one.key, name, column, cell.hits, cell.of, share, *ends]
                elif isinstance(cell, dict):
                    yield from (
                        [one.key, name, f"{column} {currency}", str(amount), None, None, None, None]
                        for currency, amount in cell.items()
                    )
                elif cell is not None and cell is not row.cells[0]:
                    yield [one.key, name, column, _plain(cell), None, None, None, None]


def _plain(cell: Any) -> Any:
    """Seconds for a time, and nothing that a spreadsheet reads otherwise than a program."""
    from syncd.core.metrics.tables import data_of, words_of

    return data_of(cell) if isinstance(cell, int | timedelta | date) else words_of(cell)
