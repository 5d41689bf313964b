"""syncd criteria: when a lead is ready, in words that both teams can sign."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from syncd.cli.agreed import tell_clauses, tell_signature
from syncd.cli.common import load, options
from syncd.cli.show import block, emit, heading, say


@click.command("criteria")
@options
def command(config: Path, as_json: bool) -> int:
    """Print the agreement in plain words: when a lead is ready, every rule with its points, what counts, who gets what."""
    from syncd.core.terms import agreement

    agreed = agreement(load(config, secrets=False).rules)
    if as_json:
        emit(asdict(agreed))
        return 0
    block(agreed.ready, "")
    tell_clauses("Fit: who they are", agreed.fit)
    tell_clauses("Engagement: what they did", agreed.engagement)
    tell_clauses("Must hold, whatever the score", agreed.must)
    tell_clauses("Vetoes, which no score can buy", agreed.vetoes)
    tell_clauses("Tiers", agreed.tiers)
    tell_clauses("Groups of content, the first that matches", agreed.content)
    tell_clauses("Personas, the first that holds", agreed.personas)
    heading("What counts as engagement")
    for sentence in agreed.counted:
        block(sentence, "  ")
    tell_clauses("Who gets it", agreed.routing)
    heading(f"Version {agreed.version}")
    say(f"  to be signed: version {agreed.to_sign} of when a lead is ready (agreed_version)")
    tell_signature(agreed.agreed_by, agreed.agreed_on, agreed.unsigned)
    return 0
