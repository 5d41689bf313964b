"""syncd rank: all people by score, with what is missing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import load, options
from syncd.cli.looking import PLANNED, seen
from syncd.cli.show import say, table
from syncd.core.text import plural

SHOWN = 50
"""Rows on the screen; a file has everybody."""

_COLUMNS = ("rank", "score", "fit", "engagement", "tier", "verdict", "stage", "owner", "lineage", "email", "name", "company",
            "missing")  # fmt: skip


@click.command("rank")
@click.option(
    "--csv", "csv", type=click.Path(path_type=Path), help="Write everybody to this file; - is standard output."
)
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many; {SHOWN} on the screen unless said.")
@options
def command(config: Path, as_json: bool, csv: Path | None, limit: int | None) -> int:
    """Rank all people by score, 0 to 100, with tier, verdict, owner, and what is missing. Writes nothing to any system."""
    from syncd.cli import sheet
    from syncd.sync.view import View

    settings = load(config)
    quiet = as_json or str(csv) == "-"
    with seen(settings, quiet) as (store, planned):
        view = View.of(store, settings.rules)
        if csv is not None:
            written = sheet.write(csv, _COLUMNS, (_cells(row) for row in view.ranking(limit)))
            if not quiet:
                say(f"Wrote {plural(written, 'person', 'people')} to {csv}.")
        elif as_json:
            _stream(view.ranking(limit), planned=planned, as_of=view.now.isoformat())
        else:
            _show(view.ranking(limit or SHOWN))
        if planned and not quiet:
            say(f"\n{PLANNED}")
    return 0


def _show(rows: Iterable[Mapping[str, Any]]) -> None:
    found = list(rows)
    if not found:
        say("Nobody is known yet.")
        return
    table(
        ("score", "tier", "person", "company", "verdict", "owner", "missing"),
        [
            (r["score"], r["tier"], r["email"] or r["lineage"], r["company"], r["verdict"], r["owner"], _missing(r))
            for r in found
        ],
    )


def _cells(row: Mapping[str, Any]) -> list[Any]:
    return [_missing(row) if column == "missing" else row[column] for column in _COLUMNS]


def _missing(row: Mapping[str, Any]) -> str:
    return "; ".join(row["missing"])


def _stream(rows: Iterable[Mapping[str, Any]], **more: Any) -> None:
    """One JSON object, its people one after the other."""
    head = json.dumps(more, ensure_ascii=False)
    click.echo(f'{head[:-1]}, "people": [', nl=False)
    for comma, row in zip(itertools.chain([""], itertools.repeat(", ")), rows, strict=False):
        click.echo(comma + json.dumps(row, ensure_ascii=False, default=str), nl=False)
    click.echo("]}")
