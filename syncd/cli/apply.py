"""syncd apply: exactly a saved plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.common import command_line, connected, load, options, outcome, writing
from syncd.cli.show import emit, progress, say
from syncd.core.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from syncd.sync.planfile import SavedPlan
    from syncd.sync.systems import Systems


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path))
@options
def command(config: Path, as_json: bool, plan: Path) -> int:
    """Do exactly what the saved PLAN says, no more. What changed since it was made is left out and listed.

    After the first applied plan, `syncd sync` and `syncd run` write by themselves, within the brakes.
    """
    from syncd.cli import report
    from syncd.ledger import journal
    from syncd.sync import planfile
    from syncd.sync.round import run
    from syncd.sync.systems import look
    from syncd.wiring import tell

    settings = load(config)
    saved = planfile.read(plan)
    with writing(settings) as store, connected(settings) as systems, progress("apply", as_json) as step:
        look(store, systems)
        _refuse_another(saved, plan, systems, command_line(config, f"plan --out {plan}"))
        done = run(store, systems, mode="apply", approved=saved, step=step)
        first = journal.get(store, "approved") is None
        approved = done.planned > 0 or not done.out
        if approved:
            with store.tx() as conn:
                journal.put(conn, "approved", done.now.isoformat())
        tell(store, settings, done.now)
    if as_json:
        emit(done.as_json())
    else:
        report.show(done, config)
        if first and approved:
            say("\nFrom now on `syncd sync` and `syncd run` write by themselves, within the brakes.")
    return outcome(done)


def _refuse_another(saved: SavedPlan, file: Path, systems: Systems, again: str) -> None:
    """ConfigError when the plan was made by other rules or for other accounts: it is not what was approved."""
    complaints = [
        Complaint(f"This plan was made for another {name} account.", str(file), fix=f"Plan again with: {again}")
        for name, health in systems.health.items()
        if name not in systems.out and saved.accounts.get(name) != health.account
    ]
    if saved.rules != systems.rules.version:
        sentence = "The rules or the mappings have changed since this plan was made."
        complaints.append(Complaint(sentence, str(file), fix=f"Plan again with: {again}"))
    if complaints:
        raise ConfigError(complaints)
