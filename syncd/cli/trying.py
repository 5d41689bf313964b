"""What `try` and `backtest` share: the new rules beside those in force, and how rows and shares are shown."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli import sheet
from syncd.cli.common import DEFAULT_CONFIG, load
from syncd.cli.show import say
from syncd.core.errors import Complaint, ConfigError
from syncd.core.text import listing, plural

if TYPE_CHECKING:
    from syncd.config import Config

SHOWN = 20
"""Rows on the screen; a file has everybody."""


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--config NEW`, `-c IN_FORCE`, `--ledger`, `--csv`, `--limit`, `--json`; the function gets `new` and `force`, which fit
    one another, `csv: Path | None`, `limit: int` and `as_json`. No system is asked and no secret looked up."""

    @click.option(
        "--config",
        "config",
        type=click.Path(path_type=Path),
        required=True,
        help="The new rules: a configuration file.",
    )
    @click.option(
        "-c", "--in-force", "in_force", type=click.Path(),
        help=f"The configuration in force, whose ledger is read (default: {DEFAULT_CONFIG}).",
    )  # fmt: skip
    @click.option(
        "--ledger",
        "ledger",
        type=click.Path(path_type=Path),
        help="Another ledger, such as one made by `syncd import`.",
    )
    @click.option(
        "--csv", "csv", type=click.Path(path_type=Path), help="Write everybody to this file; - is standard output."
    )
    @click.option(
        "--limit", type=click.IntRange(min=0), default=SHOWN, show_default=True, help="So many people on screen."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with everybody.")
    @functools.wraps(function)
    def wrapped(
        *args: Any, config: Path, in_force: str | None, ledger: Path | None, as_json: bool, **kwargs: Any
    ) -> Any:
        before = click.get_current_context().obj or {}
        path = Path(in_force or before.get("config") or os.environ.get("SYNCD_CONFIG") or DEFAULT_CONFIG)
        new, force = both(config, path)
        if ledger is not None:
            force = dataclasses.replace(force, ledger=ledger.absolute())
        return function(*args, new=new, force=force, as_json=as_json or before.get("json", False), **kwargs)

    return wrapped


def both(new: Path, force: Path) -> tuple[Config, Config]:
    """Both configurations, with the complaints about both at once. Raises ConfigError."""
    found: list[Config] = []
    complaints: list[Complaint] = []
    for path in (new, force):
        try:
            found.append(load(path, secrets=False))
        except ConfigError as error:
            complaints += [c for c in error.complaints if c not in complaints]
    if complaints:
        raise ConfigError(complaints)
    ours, theirs = ((config.rules.marketing, config.rules.crm) for config in found)
    if ours != theirs:
        raise ConfigError([
            Complaint(f"the new rules are for {listing(ours)}, and those in force for {listing(theirs)}.", str(new), 0,
                      "Give `marketing` and `crm` the same values in both.")
        ])  # fmt: skip
    return found[0], found[1]


def nobody(force: Config) -> bool:
    """Whether the ledger has nobody to try rules on; says so."""
    if force.ledger.exists() and force.ledger.stat().st_size > 0:
        return False
    say(f"The ledger {force.ledger} is empty. Bring it up to date with `syncd sync`, or make one of past leads with "
        "`syncd import`.", err=True)  # fmt: skip
    return True


def written(
    rows: Iterable[Mapping[str, Any]],
    summary: Callable[[], Mapping[str, Any]],
    columns: Sequence[str],
    csv: Path | None,
    as_json: bool,
) -> bool:
    """Everybody as JSON or as a CSV file, where one is asked for; else False, and nothing is looked at yet."""
    if as_json:
        _stream(rows, summary)
    elif csv is not None:
        count = sheet.write(csv, columns, ([row[column] for column in columns] for row in rows))
        if str(csv) != "-":
            say(f"Wrote {plural(count, 'person', 'people')} to {csv}.")
    return as_json or csv is not None


def _stream(rows: Iterable[Mapping[str, Any]], summary: Callable[[], Mapping[str, Any]]) -> None:
    """One JSON object: the people one after the other, then the numbers."""
    click.echo('{"people": [', nl=False)
    for comma, row in zip(itertools.chain([""], itertools.repeat(", ")), rows, strict=False):
        click.echo(comma + json.dumps(row, ensure_ascii=False, default=str), nl=False)
    click.echo("], " + json.dumps(summary(), ensure_ascii=False, default=str)[1:])


def first(
    rows: Iterable[Mapping[str, Any]], keep: Callable[[Mapping[str, Any]], bool], limit: int
) -> list[Mapping[str, Any]]:
    """The first rows to show; all of them are gone through."""
    shown: list[Mapping[str, Any]] = []
    for row in rows:
        if keep(row) and len(shown) < limit:
            shown.append(row)
    return shown


def unknown(fields: Sequence[str]) -> None:
    """What the ledger cannot know of new rules."""
    if fields:
        say(f"! Of {listing(fields)} this ledger has no values yet: rules that ask for them find nothing here. A sync under "
            "the new mapping reads them.")  # fmt: skip
