"""syncd sync: one round now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.common import connected, how_to_approve, load, options, outcome, writing
from syncd.cli.show import emit, progress, say

if TYPE_CHECKING:
    from syncd.config import Config


@click.command("sync")
@options
def command(config: Path, as_json: bool) -> int:
    """Make one sync now. On a fresh ledger it only plans, and says how to approve."""
    from syncd.cli import report
    from syncd.ledger import journal
    from syncd.sync.round import run
    from syncd.wiring import tell

    settings = load(config)
    with writing(settings) as store:
        if journal.get(store, "approved") is not None:
            with connected(settings) as systems, progress("sync", as_json) as step:
                done = run(store, systems, mode="sync", step=step)
                tell(store, settings, done.now)
            if as_json:
                emit(done.as_json())
            else:
                report.show(done, config)
            return outcome(done)
    return _plan_only(settings, config, as_json)


def _plan_only(settings: Config, config: Path, as_json: bool) -> int:
    """Nothing was approved yet: show the plan and how to approve it. Exit code 1, since a human is needed."""
    from syncd import logs
    from syncd.cli import plan
    from syncd.planning import draft

    logs.configure(settings.log)
    with progress("plan", as_json) as step, draft(settings, step) as made:
        pass
    if as_json:
        emit({**made.report.as_json(), "plan": made.shown(), "approve": how_to_approve(config)})
    else:
        plan.show(made)
        say("\nNo plan was approved for this ledger yet, so nothing was written.")
        if not made.report.out:
            say(f"Look at the plan above, then approve one:\n  {how_to_approve(config)}")
    return max(1, outcome(made.report))
