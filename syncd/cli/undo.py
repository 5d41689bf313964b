"""syncd undo: taking a sync back."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import connected, emit, load, options, outcome, show_report


@click.command("undo")
@click.argument("sync", type=int)
@click.option("--apply", "do_it", is_flag=True, help="Do it; without this the plan is only shown.")
@options
def command(config: Path, as_json: bool, sync: int, do_it: bool) -> int:
    """Take SYNC back: old values return where ours still stand, created leads are closed and marked, nothing is deleted."""
    from syncd.ledger.store import Store
    from syncd.sync.systems import look
    from syncd.sync.undo import invert, undo

    settings = load(config)
    with Store.open(settings.ledger) as store, connected(settings) as systems:
        if do_it:
            report, inverse = undo(store, systems, sync)
        else:
            report = None
            look(store, systems)
            inverse = invert(store, systems.rules, systems.portal, sync)
    plan = {
        "sync": sync,
        "actions": [
            {"target": str(a.target), "fields": dict(a.fields), "must_still_be": dict(a.before)}
            for a in inverse.actions
        ],
        "left": list(inverse.left),
    }
    if as_json:
        emit({**(report.as_json() if report else {}), "undo": plan})
    else:
        for a in inverse.actions:
            click.echo(f"{a.target}: " + ", ".join(f"{n} → {v!r}" for n, v in a.fields.items()))
        for sentence in inverse.left:
            click.echo(sentence)
        if report:
            show_report(report)
        else:
            click.echo(
                f"{len(inverse.actions)} writes would take sync {sync} back. Do it with: syncd undo {sync} --apply"
            )
    return outcome(report) if report else 0
