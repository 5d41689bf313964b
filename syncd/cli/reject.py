"""syncd reject: sending leads back that wait."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.ruling import Wish, by, reason, say_it
from syncd.core.rulings import REJECT


@click.command("reject")
@click.argument("people", metavar="PERSON…", nargs=-1, required=True)
@by
@reason(required=True)
@options
def command(config: Path, as_json: bool, people: tuple[str, ...], by: str, reason: str) -> int:
    """Send PERSON back to marketing: it counts as recycled and waits again on fresh evidence only."""
    return say_it(config, as_json, people, Wish(REJECT, by, reason))
