"""What commands share: options, the configuration, the ledger, and how results are shown."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.sync.round import Report
    from syncd.sync.systems import Systems

DEFAULT_CONFIG = "syncd.toml"


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`-c CONFIG` and `--json`, before or after the command's name; the function gets `config: Path` and `as_json`."""

    @click.option(
        "-c", "--config", "config", type=click.Path(), help=f"Configuration file (default: {DEFAULT_CONFIG})."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @functools.wraps(function)
    def wrapped(*args: Any, config: str | None, as_json: bool, **kwargs: Any) -> Any:
        before = click.get_current_context().obj or {}
        path = config or before.get("config") or os.environ.get("SYNCD_CONFIG") or DEFAULT_CONFIG
        return function(*args, config=Path(path), as_json=as_json or before.get("json", False), **kwargs)

    return wrapped


def load(path: Path) -> Config:
    """The configuration, and logging set up as it says."""
    from syncd import logs
    from syncd.config import load as load_config

    config = load_config(path, environ=os.environ)
    logs.configure(config.log)
    return config


@contextmanager
def connected(config: Config) -> Iterator[Systems]:
    """Both systems, closed at the end."""
    from syncd.wiring import connect

    systems = connect(config)
    try:
        yield systems
    finally:
        systems.close()


# ---------------------------------------------------------------- showing
def emit(value: Mapping[str, Any]) -> None:
    """One JSON object as the last line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table: drawn on a terminal, tab-separated otherwise."""
    cells = [[printable(str("" if c is None else c)) for c in row] for row in rows]
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(title=title or None, title_justify="left")
        for column in columns:
            drawn.add_column(column)
        for row in cells:
            drawn.add_row(*(Text(c) for c in row))
        Console().print(drawn)
        return
    if title:
        click.echo(title)
    click.echo("\t".join(columns))
    for row in cells:
        click.echo("\t".join(row))


def printable(text: str) -> str:
    """Lead fields are hostile: no control characters, no tabs, one line."""
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def progress(label: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line that tells the current step: a spinner on a terminal, plain lines otherwise, nothing when quiet."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty() and "NO_COLOR" not in os.environ:
        from rich.console import Console

        with Console(stderr=True).status(label) as status:
            yield lambda step: status.update(f"{label}: {step}")
    else:
        yield lambda step: click.echo(f"{label}: {step}", err=True)


def outcome(report: Report) -> int:
    """The exit code of a round: 3 when a system sat out, 1 when a human is needed, else 0."""
    if report.out:
        return 3
    return 1 if report.problems or report.braked or report.moved else 0


def show_report(report: Report) -> None:
    """A round in a few lines."""
    pulled = ", ".join(
        f"{n['changed']} of {n['seen']} records from {name} changed" for name, n in report.pulled.items()
    )
    click.echo(f"Sync {report.sync}: {pulled or 'nothing pulled'}.")
    click.echo(f"Decided on {report.decided} people, {report.handoffs} new handoffs, {report.planned} writes planned.")
    if report.actions:
        click.echo("Actions: " + ", ".join(f"{n} {name}" for name, n in report.actions.items()) + ".")
    calls = ", ".join(f"{sum(by.values())} {name}" for name, by in report.calls.items())
    click.echo(f"API calls: {calls}.")
    for sentence in report.out.values():
        click.echo(f"Left out: {sentence}")
    if report.moved:
        click.echo(f"{len(report.moved)} planned handoffs changed since and were not sent. Plan again with: syncd plan")
    if report.problems:
        click.echo(f"{report.problems} problems need a human. See them with: syncd problems")
