"""syncd promise: what sales promise of the leads that they get, in words to sign."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from syncd.cli.agreed import tell_clauses, tell_signature
from syncd.cli.common import load, options
from syncd.cli.show import block, emit, heading, say


@click.command("promise")
@options
def command(config: Path, as_json: bool) -> int:
    """Print the follow-up promise in plain words: first touch, touches, working period, what happens then, by tier where it
    differs; in whose time; its version and who signed it."""
    from syncd.core.promise_terms import promise_terms

    agreed = promise_terms(load(config, secrets=False).rules)
    if as_json:
        emit(asdict(agreed) if agreed is not None else {"version": ""})
        return 0
    if agreed is None:
        say("Nothing is promised of the leads that sales get, so nothing is watched.")
        say("Add [followup] to the configuration: an empty table is a good promise to begin with (docs/followup.md).")
        return 0
    tell_clauses("Of every lead", agreed.usual)
    for tier, clauses in agreed.tiers.items():
        tell_clauses(f"Of {tier} leads, otherwise", clauses)
    heading("In whose time")
    for sentence in agreed.times:
        block(sentence, "  ")
    heading(f"Version {agreed.version}")
    tell_signature(agreed.agreed_by, agreed.agreed_on, agreed.unsigned)
    return 0
