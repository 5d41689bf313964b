"""How results are shown: drawn on a terminal, plain lines and tab-separated tables otherwise, JSON when asked.

What systems and leads say is hostile: everything that is printed here loses its control characters first.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from syncd.core.text import plural, system

PHASES = ("check", "settle", "pull", "decide", "apply")
"""What a round goes through; the first word of each step it tells."""

ENTRIES = {"hand_raise": "a raised hand", "product": "the product (PQL)", "score": "the score"}
"""By what a lead qualified: the entry of its handoff in words."""

_WIDEST = 110


def emit(value: Mapping[str, Any]) -> None:
    """One JSON object as the last line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def say(text: str = "", *, err: bool = False) -> None:
    """One or more lines."""
    click.echo("\n".join(printable(line) for line in text.split("\n")), err=err)


def printable(text: str) -> str:
    """One line without control characters, tabs and direction marks."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def minute(iso: str) -> str:
    """An instant of JSON as people read it: "2026-11-24 14:05"."""
    return iso[:16].replace("T", " ")


def drawn() -> bool:
    """Whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def heading(text: str) -> None:
    """A blank line and a title."""
    click.echo()
    click.echo(click.style(text, bold=True) if drawn() and "NO_COLOR" not in os.environ else text)


def block(text: str, indent: str) -> None:
    """Long text with every line indented; folded to the width of a terminal, its own lines kept."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in text.split("\n"):
        line = printable(line)
        if not drawn() or len(indent) + len(line) <= width:
            click.echo(f"{indent}{line}".rstrip())
            continue
        own = " " * (len(line) - len(line.lstrip()) + 2)
        for part in textwrap.wrap(line, width - len(indent), subsequent_indent=own, break_on_hyphens=False):
            click.echo(f"{indent}{part}")


def facts(rows: Iterable[tuple[str, str]]) -> None:
    """Names and what they say, in two columns; rows without a saying are left out."""
    told = [(name, text) for name, text in rows if text]
    width = max((len(name) for name, _ in told), default=0)
    for name, text in told:
        say(f"  {name:<{width}}  {text}")


def findings(problems: Iterable[Mapping[str, Any]], *, most: int = 20) -> None:
    """What needs a human, each with what to do about it."""
    found = list(problems)
    for problem in found[:most]:
        say(f"! {problem['sentence']}")
        if problem["fix"]:
            say(f"    {problem['fix']}")
    if len(found) > most:
        say(f"! … and {plural(len(found) - most, 'more', 'more')}: syncd problems")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table: drawn on a terminal, where long values are cut to keep a row on a line, and tab-separated otherwise."""
    cells = [[printable(str("" if c is None else c)) for c in row] for row in rows]
    if not drawn():
        click.echo("\t".join(columns))
        for row in cells:
            click.echo("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    plain = "NO_COLOR" in os.environ
    grid = Table(box=box.SIMPLE_HEAD, header_style="" if plain else "bold", pad_edge=False, padding=(0, 1, 0, 0))
    for n, column in enumerate(columns):
        values = [row[n] for row in cells if row[n]]
        numbers = bool(values) and all(value.replace(",", "").isdecimal() for value in values)
        grid.add_column(column, justify="right" if numbers else "left", no_wrap=numbers)  # a number is never cut
    for row in cells:
        grid.add_row(*(Text(c, no_wrap=True, overflow="ellipsis") for c in row))
    Console(color_system=None if plain else "auto", highlight=False).print(grid)


def amounts(counts: Mapping[str, int]) -> str:
    """'36 HubSpot, 15 Salesforce'."""
    return ", ".join(f"{n:,} {system(name)}" for name, n in counts.items())


@contextmanager
def progress(label: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Where a round is: a bar on a terminal, a line a phase otherwise, nothing when quiet."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(label) as step:
            yield step
    else:
        told: list[str] = []

        def line(step: str) -> None:
            phase = step.partition(" ")[0]
            if phase not in told:
                told.append(phase)
                say(f"{label}: {phase}", err=True)

        yield line


@contextmanager
def _bar(label: str) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, color_system=None if "NO_COLOR" in os.environ else "auto", highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn(), TextColumn("{task.fields[now]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=len(PHASES), now="")

        def step(text: str) -> None:
            phase = text.partition(" ")[0]
            bar.update(task, completed=PHASES.index(phase) if phase in PHASES else None, now=printable(text))

        yield step
