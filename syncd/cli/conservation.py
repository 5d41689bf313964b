"""syncd conservation: where every marketing-qualified lead of a window is, and whether both systems agree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli import sheet
from syncd.cli.common import connected, load, options, reading
from syncd.cli.show import emit, heading, minute, say, table
from syncd.core.text import ago, plural, system

if TYPE_CHECKING:
    from syncd.core.conservation import Attempt, Conservation, Finding, Place

_COLUMNS = ("kind", "lineage", "email", "handoff", "where", "reason", "since", "detail", "fix")
_WORDS = {"handed_over": "handed over"}


class Days(click.ParamType[timedelta]):
    """A number of days: "30d", or "30"."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = re.fullmatch(r"0*([1-9][0-9]{0,3})\s*d?(?:ays?)?", str(value).strip())
        if not found:
            self.fail(f"{value!r} is no number of days; write it as 30d.", param, ctx)
        return timedelta(days=int(found[1]))


@click.command("conservation")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="From this day (UTC) on.")
@click.option(
    "--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of this day (UTC); until now without."
)
@click.option("--last", type=Days(), help="The last so many days, as in 30d (the default).")
@click.option(
    "--format", "as_format", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True,
    help="For people, for programs, or each lead as a row for spreadsheets.",
)  # fmt: skip
@click.option("--all", "all_", is_flag=True, help="On the screen too, everybody who is not handed over by name.")
@options
def command(
    config: Path,
    as_json: bool,
    since: datetime | None,
    until: datetime | None,
    last: timedelta | None,
    as_format: str,
    all_: bool,
) -> int:
    """Where every MQL of a window is: handed over, held, vetoed, pending or void; checked against what both systems say when
    they are asked themselves. What differs is listed by name. Nothing is written."""
    from syncd.sync.conservation import conserve

    if last is not None and since is not None:
        raise click.UsageError("--last and --from exclude each other.")
    begin = since.replace(tzinfo=UTC) if since else None
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until else None
    if begin and end and begin >= end:
        raise click.UsageError("The window ends before it begins.")
    settings = load(config)
    as_json = as_json or as_format == "json"
    with reading(settings) as store, connected(settings) as systems:
        report = conserve(store, systems, since=begin, until=end, last=last or timedelta(days=30))
    if as_json:
        emit(_as_json(report))
    elif as_format == "csv":
        sheet.write(Path("-"), _COLUMNS, ([row.get(column, "") for column in _COLUMNS] for row in _rows(report)))
    else:
        _tell(report, all_)
    return 3 if report.out else 0 if report.balanced else 1


# ---------------------------------------------------------------- rows
def _lead(attempt: Attempt, at: Place) -> dict[str, Any]:
    return {
        "kind": "lead", "lineage": attempt.lineage, "email": attempt.email, "handoff": attempt.number or None,
        "where": at.bucket, "reason": at.reason, "since": attempt.since.isoformat(), "detail": attempt.detail,
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": "difference", "lineage": finding.lineage, "email": finding.email, "handoff": finding.number or None,
        "where": str(finding.ref), "reason": finding.kind, "detail": finding.sentence, "fix": finding.fix,
        "later": finding.later,
    }  # fmt: skip


def _rows(report: Conservation) -> list[dict[str, Any]]:
    return [*(_lead(attempt, at) for attempt, at in report.attempts), *map(_finding, report.findings)]


def _as_json(report: Conservation) -> dict[str, Any]:
    return {
        "from": report.since.isoformat(),
        "until": report.until.isoformat(),
        "mqls": len(report.attempts),
        "buckets": report.buckets,
        "reasons": [
            {"bucket": bucket, "reason": reason, "leads": leads, "oldest": oldest.isoformat()}
            for (bucket, reason), (leads, oldest) in report.reasons.items()
        ],
        "counts": [
            {"system": c.system, "question": c.what, "says": c.says, "ledger": c.ledger, "differ": c.differ}
            for c in report.counts
        ],
        "elsewhere": report.elsewhere,
        "differences": [_finding(finding) for finding in report.findings],
        "leads": [_lead(attempt, at) for attempt, at in report.attempts],
        "balanced": report.balanced,
        "out": dict(report.out),
    }


# ---------------------------------------------------------------- on the screen
def _tell(report: Conservation, all_: bool) -> None:
    say(
        f"{minute(report.since.isoformat())} to {minute(report.until.isoformat())} UTC: {plural(len(report.attempts), 'MQL')}"
    )
    heading("Where they are")
    rows: list[tuple[str, str, str]] = []
    for bucket, leads in report.buckets.items():
        rows.append((f"{leads:,}", _WORDS.get(bucket, bucket), ""))
        rows += [
            (f"{n:,}", "", f"{reason}, the oldest {ago(oldest, report.until)}")
            for (at, reason), (n, oldest) in report.reasons.items()
            if at == bucket
        ]
    table(("MQLs", "bucket", "why"), [*rows, (f"{sum(report.buckets.values()):,}", "in all", "")])
    heading("What both systems say themselves")
    table(
        ("asked", "says", "ledger", "differ"),
        [(f"{system(c.system)}: {c.what}", f"{c.says:,}", f"{c.ledger:,}", f"{c.differ:,}") for c in report.counts],
    )
    if report.elsewhere:
        say(
            f"{plural(report.elsewhere, 'MQL')} of the ledger became one in marketing outside of this window, or never did."
        )
    for name, sentence in report.out.items():
        say(f"! {system(name)} could not be asked: {sentence}")
    _differences(report)
    if all_:
        heading("Not handed over")
        table(
            ("person", "bucket", "why", "since (UTC)"),
            [
                (a.email or a.lineage, at.bucket, a.detail or at.reason, minute(a.since.isoformat()))
                for a, at in report.attempts
                if at.bucket != "handed_over"
            ],
        )
    if report.balanced:
        say("\nIt balances: every MQL is accounted for, and both systems agree.")


def _differences(report: Conservation) -> None:
    for later, title in ((False, "Different, by name"), (True, "Not yet the same; it mends itself")):
        some = [finding for finding in report.findings if finding.later is later]
        if some:
            heading(title)
        for finding in some:
            say(f"{'·' if later else '!'} {finding.email or finding.lineage or 'somebody'}  {finding.ref}")
            say(f"    {finding.sentence} {finding.fix}")
