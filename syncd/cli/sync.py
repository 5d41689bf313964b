"""syncd sync: one round now."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import connected, emit, load, options, outcome, progress, show_report


@click.command("sync")
@options
def command(config: Path, as_json: bool) -> int:
    """Make one sync now. On a fresh ledger it only plans, and says how to approve."""
    from syncd.ledger import journal
    from syncd.ledger.store import Store
    from syncd.sync.round import run

    settings = load(config)
    with Store.open(settings.ledger) as store:
        if journal.get(store, "approved") is not None:
            with connected(settings) as systems, progress("sync", as_json) as step:
                report = run(store, systems, mode="sync", step=step)
            if as_json:
                emit(report.as_json())
            else:
                show_report(report)
            return outcome(report)
    return plan_only(settings, config, as_json)


def plan_only(settings: object, config: Path, as_json: bool) -> int:
    """Nothing was approved yet: show the plan and how to approve it. Exit code 1, since a human is needed."""
    from syncd.cli import plan

    with progress("plan", as_json) as step:
        report, saved, extra = plan.make(settings, step)  # type: ignore[arg-type]
    how = f"syncd plan --out plan.json -c {config}   then: syncd apply plan.json -c {config}"
    if as_json:
        emit({**report.as_json(), "plan": extra, "approve": how})
    else:
        plan.show(report, saved, extra)
        click.echo(f"\nThis ledger has no approved plan yet, so nothing was written. Approve one with:\n  {how}")
    return max(1, outcome(report))
