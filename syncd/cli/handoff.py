"""syncd handoff: handing somebody over by hand."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.ruling import Wish, by, reason, say_it
from syncd.core.rulings import HANDOFF


@click.command("handoff")
@click.argument("people", metavar="PERSON…", nargs=-1, required=True)
@by
@reason(required=True)
@click.option(
    "--to", default="", help="The owner: an e-mail address of the CRM, or a queue; otherwise the routing chooses."
)
@click.option("--despite-veto", is_flag=True, help="Even if a veto holds.")
@options
def command(
    config: Path, as_json: bool, people: tuple[str, ...], by: str, reason: str, to: str, despite_veto: bool
) -> int:
    """Hand PERSON over with the next sync, ready or not, also after an undo: a new numbered handoff, never a second record."""
    return say_it(config, as_json, people, Wish(HANDOFF, by, reason, to, despite_veto))
