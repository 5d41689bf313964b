"""syncd criteria: when a lead is ready, in words that both teams can sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.common import load, options
from syncd.cli.show import block, emit, heading, say

if TYPE_CHECKING:
    from syncd.core.terms import Clause


@click.command("criteria")
@options
def command(config: Path, as_json: bool) -> int:
    """Print the agreement in plain words: when a lead is ready, every rule with its points, what counts, who gets what."""
    from syncd.core.terms import agreement
    from syncd.core.text import listing

    agreed = agreement(load(config, secrets=False).rules)
    if as_json:
        emit(asdict(agreed))
        return 0
    block(agreed.ready, "")
    _clauses("Fit: who they are", agreed.fit)
    _clauses("Engagement: what they did", agreed.engagement)
    _clauses("Must hold, whatever the score", agreed.must)
    _clauses("Vetoes, which no score can buy", agreed.vetoes)
    _clauses("Tiers", agreed.tiers)
    _clauses("Groups of content, the first that matches", agreed.content)
    _clauses("Personas, the first that holds", agreed.personas)
    heading("What counts as engagement")
    for sentence in agreed.counted:
        block(sentence, "  ")
    _clauses("Who gets it", agreed.routing)
    heading(f"Version {agreed.version}")
    say(f"  to be signed: version {agreed.to_sign} of when a lead is ready (agreed_version)")
    if agreed.agreed_by:
        on = f" on {agreed.agreed_on}" if agreed.agreed_on else ""
        say(f"  agreed by {listing(agreed.agreed_by)}{on}")
    if agreed.unsigned:
        say(f"  ! {agreed.unsigned}")
    return 0


def _clauses(title: str, clauses: Sequence[Clause]) -> None:
    if not clauses:
        return
    heading(title)
    for clause in clauses:
        points = f"{clause.points:+4d}  " if clause.points is not None else ""
        block(f"{points}{clause.name}: {clause.sentence}", "  ")
