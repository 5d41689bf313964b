"""syncd try: who would enter and who would leave under new rules, today."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import reading
from syncd.cli.show import heading, say, table
from syncd.cli.trying import first, nobody, options, unknown, written
from syncd.core.text import plural

if TYPE_CHECKING:
    from syncd.config import Config

_COLUMNS = ("change", "lineage", "email", "name", "company", "with_sales", "new_score", "new_tier", "new_owner", "force_score",
            "force_tier", "force_owner", "why")  # fmt: skip


@click.command("try")
@options
def command(new: Config, force: Config, csv: Path | None, limit: int, as_json: bool) -> int:
    """Try new rules on today's ledger beside those in force: who would enter, who would leave, who would go to another rep
    or tier, and why. Writes nothing and asks no system."""
    from syncd.sync.tryout import CHANGES, Tryout

    empty = nobody(force)
    with reading(force) as store:
        tryout = Tryout.of(store, new.rules, force.rules)
        if written(tryout.rows(), tryout.summary, _COLUMNS, csv, as_json):
            return 0
        shown = first(tryout.rows(), lambda row: True, limit)
        if not empty:
            _show(tryout.summary(), shown, sum(tryout.counts[name] for name in CHANGES))
    return 0


def _show(told: Mapping[str, Any], shown: list[Mapping[str, Any]], changes: int) -> None:
    new, force = told["new"], told["force"]
    as_of = told["as_of"][:16].replace("T", " ")
    say(f"{plural(told['looked_at'], 'person', 'people')}, as of {as_of} UTC; rules {new['rules']} beside those in force, "
        f"{force['rules']}.")  # fmt: skip
    say(f"{told['enters']} would enter, {told['leaves']} would leave, {told['moves']} would go to another rep or tier.")
    unknown(told["unknown_fields"])
    if shown:
        heading("Who")
        table(
            ("change", "person", "score", "was", "tier", "to", "why"),
            [(r["change"], r["email"] or r["lineage"], r["new_score"], r["force_score"], r["new_tier"], _to(r), r["why"])
             for r in shown],
        )  # fmt: skip
        if changes > len(shown):
            say(f"… and {changes - len(shown)} more: --limit, --csv or --json")
    _counts("Leads that go today, by rep", new["reps"], force["reps"], "(nobody can take it)")
    _counts("Leads that go today, by tier", new["tiers"], force["tiers"], "(none)")


def _to(row: Mapping[str, Any]) -> str:
    if row["change"] == "leaves":
        return f"with {row['force_owner']}" if row["with_sales"] else ""
    return str(row["new_owner"])


def _counts(title: str, new: Mapping[str, int], force: Mapping[str, int], unnamed: str) -> None:
    if not new and not force:
        return
    heading(title)
    table(
        ("", "new", "in force"),
        [(name or unnamed, new.get(name, 0), force.get(name, 0)) for name in sorted({*new, *force})],
    )
