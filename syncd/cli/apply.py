"""syncd apply: exactly a saved plan."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import connected, emit, load, options, outcome, progress, show_report


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path))
@options
def command(config: Path, as_json: bool, plan: Path) -> int:
    """Do exactly what the saved PLAN says, no more. What changed since it was made is left out and listed.

    After the first applied plan, `syncd sync` and `syncd run` write by themselves, within the brakes.
    """
    from syncd.core.errors import Complaint, ConfigError
    from syncd.ledger import journal
    from syncd.ledger.store import Store
    from syncd.sync import planfile
    from syncd.sync.round import run

    settings = load(config)
    saved = planfile.read(plan)
    again = f"Plan again with: syncd plan --out {plan.name} -c {config}"
    with Store.open(settings.ledger) as store, connected(settings) as systems, progress("apply", as_json) as step:
        from syncd.sync.systems import look, without_missing

        look(store, systems)
        effective = without_missing(systems.rules, {n: h.missing for n, h in systems.health.items()})
        if saved.rules != effective.version:
            raise ConfigError([Complaint("The rules have changed since this plan was made.", str(plan), fix=again)])
        for name, health in systems.health.items():
            if saved.accounts.get(name) != health.account:
                raise ConfigError([Complaint(f"This plan was made for another {name} account.", str(plan), fix=again)])
        report = run(store, systems, mode="apply", approved=saved, step=step)
        if not report.out:
            with store.tx() as conn:
                journal.put(conn, "approved", report.now.isoformat())
    if as_json:
        emit(report.as_json())
    else:
        show_report(report)
        click.echo("From now on `syncd sync` and `syncd run` write by themselves, within the brakes.")
    return outcome(report)
