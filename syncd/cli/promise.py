"""syncd promise: what sales promise of the leads that they get, in words to sign."""

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


@click.command("promise")
@options
def command(config: Path, as_json: bool) -> int:
    """Print the follow-up promise in plain words: first touch, touches, working period, what happens then, by tier where it
    differs; in whose time; its version and who signed it."""
    from syncd.core.promise_terms import promise_terms
    from syncd.core.text import listing

    agreed = promise_terms(load(config, secrets=False).rules)
    if as_json:
        emit(asdict(agreed) if agreed is not None else {"version": ""})
        return 0
    if agreed is None:
        say("Nothing is promised of the leads that sales get, so nothing is watched.")
        say("Add [followup] to the configuration: an empty table is a good promise to begin with (docs/followup.md).")
        return 0
    _clauses("Of every lead", agreed.usual)
    for tier, clauses in agreed.tiers.items():
        _clauses(f"Of {tier} leads, otherwise", clauses)
    heading("In whose time")
    for sentence in agreed.times:
        block(sentence, "  ")
    heading(f"Version {agreed.version}")
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
        block(f"{clause.name}: {clause.sentence}", "  ")
