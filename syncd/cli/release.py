"""syncd release: letting leads go that wait."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.ruling import Wish, by, reason, say_it
from syncd.core.rulings import RELEASE


@click.command("release")
@click.argument("people", metavar="PERSON…", nargs=-1, required=True)
@by
@reason(required=False)
@options
def command(config: Path, as_json: bool, people: tuple[str, ...], by: str, reason: str) -> int:
    """Let PERSON (an e-mail address, a contact id or a ref) go to sales with the next sync, if the gate still lets it."""
    return say_it(config, as_json, people, Wish(RELEASE, by, reason))
