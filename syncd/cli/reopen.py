"""syncd reopen: bringing back what is trash."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.ruling import Wish, by, reason, say_it
from syncd.core.rulings import REOPEN


@click.command("reopen")
@click.argument("people", metavar="PERSON…", nargs=-1, required=True)
@by
@reason(required=True)
@options
def command(config: Path, as_json: bool, people: tuple[str, ...], by: str, reason: str) -> int:
    """Make PERSON, whom sales threw away, a lead again: fresh evidence hands them over anew, and sales may take them up."""
    return say_it(config, as_json, people, Wish(REOPEN, by, reason))
