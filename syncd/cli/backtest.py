"""syncd backtest: new rules over the ledger's own past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import reading
from syncd.cli.show import heading, minute, say, table
from syncd.cli.trying import first, nobody, options, unknown, written
from syncd.core.backtest import LEVELS
from syncd.core.text import plural

if TYPE_CHECKING:
    from syncd.config import Config

_COLUMNS = ("change", "lineage", "email", "name", "new_passed", "new_score", "new_tier", "force_passed", "force_score",
            "force_tier", "outcome", "why")  # fmt: skip

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command("backtest")
@click.option("--since", type=_DAY, required=True, help="Begin here, UTC: 2026-09-01.")
@click.option("--until", type=_DAY, help="End before this, UTC (default: the last sync).")
@click.option("--by", default="source", show_default=True, help="Also count by the values of this field.")
@options
def command(
    new: Config,
    force: Config,
    since: datetime,
    until: datetime | None,
    by: str,
    csv: Path | None,
    limit: int,
    as_json: bool,
) -> int:
    """Let new rules and those in force decide about the ledger's own past, each moment with what was known then: how many
    would have passed, how many of them sales accepted and won, the load of each rep. Writes nothing and asks no system."""
    from syncd.sync.backtest import Backtest

    begin, end = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC) if until else None
    if end is not None and end <= begin:
        raise click.UsageError("--until must be later than --since.")
    known = [*new.rules.marketing_kind.fields, "stage", "persona"]
    if by not in known:
        raise click.UsageError(f"--by {by}: the mapping has no such field. It has: {', '.join(known)}.")
    empty = nobody(force)
    with reading(force) as store:
        test = Backtest.of(store, new.rules, force.rules, begin, end, by)
        if written(test.people(), test.summary, _COLUMNS, csv, as_json):
            return 0
        shown = first(test.people(), lambda row: row["change"] != "same", limit)
        if not empty:
            _show(test.summary(), shown, limit)
    return 0


def _show(told: Mapping[str, Any], shown: list[Mapping[str, Any]], limit: int) -> None:
    new, force = told["new"], told["force"]
    say(f"{plural(told['looked_at'], 'person', 'people')} from {minute(told['since'])} to {minute(told['until'])} UTC; rules "
        f"{new['rules']} beside those in force, {force['rules']}.")  # fmt: skip
    for why, count in sorted(told["left_out"].items()):
        say(f"  left out: {count} {why}")
    if told["ledger_began"] and told["ledger_began"] > told["since"]:
        say(f"! This ledger knows nothing before {minute(told['ledger_began'])} UTC.")
    unknown(told["unknown_fields"])
    heading("Who would have passed")
    table(("", "new", "in force"), [
        ("passed", new["passed"], force["passed"]),
        *([] if told["imported"] else [("  of these never with sales", new["never_with_sales"], force["never_with_sales"])]),
        *((f"  {name or 'no tier'}", new["tiers"].get(name, 0), force["tiers"].get(name, 0))
          for name in sorted({*new["tiers"], *force["tiers"]})),
    ])  # fmt: skip
    heading("Precision (of those who passed) and recall (of those who got there)")
    table(("", "all", "new", "precision", "recall", "in force", "precision", "recall"), [
        (name, n["all"], n["passed"], _percent(n["precision"]), _percent(n["recall"]), f["passed"], _percent(f["precision"]),
         _percent(f["recall"]))
        for (name, n), f in zip(new["outcomes"].items(), force["outcomes"].values(), strict=True)
    ])  # fmt: skip
    heading("Lift by tenth, best scores first (1.00 is the average)")
    rows = [
        (f"{name}, {side}", *map(_lift, outcomes[name]["lift"]))
        for name in new["outcomes"]
        for side, outcomes in (("new", new["outcomes"]), ("in force", force["outcomes"]))
    ]
    table(("", *map(str, range(1, 11))), rows)
    heading("What each rule of the new ones points at, and what became of these people")
    _outcomes("rule", sorted(new["criteria"].items(), key=lambda c: _rates(c[1])), limit)
    heading(f"By {told['by']}, the best outcomes first")
    _outcomes(told["by"], list(told["groups"].items()), limit)
    if told["versions"]:
        heading("What really happened, by version of the rules")
        _outcomes("version", list(told["versions"].items()), limit)
    if new["load"] or force["load"]:
        heading("Leads of each rep")
        none = {"leads": 0, "a_day": 0.0, "most": 0, "busiest": ""}
        table(("", "new", "a day", "most", "on", "in force", "a day", "most", "on"), [
            (who or "(nobody could take it)", *new["load"].get(who, none).values(), *force["load"].get(who, none).values())
            for who in sorted({*new["load"], *force["load"]})
        ])  # fmt: skip
    if shown:
        heading("For whom it would have been different")
        table(
            ("change", "person", "when", "score", "was", "outcome", "why"),
            [(r["change"], r["email"] or r["lineage"], minute(r["new_passed"] or r["force_passed"]), r["new_score"],
              r["force_score"], r["outcome"], r["why"]) for r in shown],
        )  # fmt: skip
        say("Everybody: --csv or --json. What is known at each moment, and what is not used: docs/backtest.md")


_NUMBERS = {"new": "new", "force": "in force"}
"""Columns of counts whose names are those of JSON's keys, as people read them."""


def _outcomes(name: str, rows: Sequence[tuple[str, Mapping[str, int]]], limit: int) -> None:
    """A table of counts, with the share of those who reached each level."""
    if not rows or not limit:
        return
    whole = next(iter(rows[0][1]))
    counts = [column for column in rows[0][1] if column not in LEVELS]
    table(
        (name, *(_NUMBERS.get(column, column) for column in counts), *LEVELS),
        [
            (
                value or "(unknown)",
                *(row[c] for c in counts),
                *(f"{row[n]} ({_percent(row[n] / row[whole])})" for n in LEVELS),
            )
            for value, row in rows[:limit]
        ],
    )
    if len(rows) > limit:
        say(f"… and {len(rows) - limit} more: --limit or --json")


def _rates(row: Mapping[str, int]) -> tuple[float, ...]:
    return tuple(-row[name] / row["people"] for name in reversed(LEVELS))


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _lift(share: float | None) -> str:
    return "" if share is None else f"{share:.2f}"
