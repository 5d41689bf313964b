"""syncd plan: the same round on a fork of the ledger, stopped before the first write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import connected, emit, load, options, outcome, printable, progress

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.sync.planfile import SavedPlan
    from syncd.sync.round import Report


@click.command("plan")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, to approve it with `syncd apply FILE`.")
@options
def command(config: Path, as_json: bool, out: Path | None) -> int:
    """Show what a sync would do: every record and field, before and after. Nothing is written anywhere."""
    settings = load(config)
    with progress("plan", as_json) as step:
        report, plan, extra = make(settings, step)
    if out is not None:
        from syncd.sync import planfile

        planfile.write(out, plan, extra)
    if as_json:
        emit({**report.as_json(), "plan": extra, "file": str(out) if out else None})
    else:
        show(report, plan, extra)
        if out is not None:
            click.echo(f"Saved. Approve it with: syncd apply {out} -c {config}")
        elif plan.actions:
            click.echo("To approve this, save it with: syncd plan --out plan.json   then: syncd apply plan.json")
    return outcome(report)


def make(settings: Config, step: Any) -> tuple[Report, SavedPlan, dict[str, Any]]:
    """Plan on a fork; returns what the round did, the plan, and what people want to see of it."""
    from syncd.ledger import journal
    from syncd.ledger.store import Store
    from syncd.sync import planfile, plans
    from syncd.sync.round import run

    with connected(settings) as systems:
        if settings.ledger.exists():
            with Store.read(settings.ledger) as original:
                fork = original.fork()
        else:
            fork = Store.memory()
        with fork:
            report = run(fork, systems, mode="plan", step=step)
            plan = plans.collect(fork, systems, report)
            problems = [
                {"kind": p["kind"], "subject": p["subject"], "sentence": p["sentence"], "fix": p["fix"]}
                for p in journal.problems(fork)
            ]
            extra = {
                "writes": planfile.summary(list(plan.actions.values())),
                "expected_calls": plans.expected_calls(systems, list(plan.actions.values())),
                "problems": problems,
            }
    return report, plan, extra


def show(report: Report, plan: SavedPlan, extra: dict[str, Any], most: int = 10) -> None:
    """The plan for people: counts, then the first handoffs with their writes."""
    click.echo(f"{report.decided} people decided, {len(plan.handoffs)} to hand over, {report.held} held.")
    for name, count in extra["writes"].items():
        click.echo(f"  {count:>6}  {name}")
    if extra["expected_calls"]:
        click.echo("Expected API calls: " + ", ".join(f"{n} {s}" for s, n in extra["expected_calls"].items()) + ".")
    for handoff, _ in list(plan.handoffs.values())[:most]:
        mine = [a for a in plan.actions.values() if a.handoff == handoff.number and a.cause.startswith("handoff")]
        mine = [a for a in mine if a.person == _person(plan, handoff.key)]
        title = next((str(a.fields.get("subject")) for a in mine if a.effect == "task"), handoff.key)
        click.echo(f"\n{printable(title)} → {handoff.owner} ({handoff.rule}; score {handoff.score}, {handoff.tier})")
        for action in mine:
            target = action.target.id or "new"
            click.echo(f"  {action.verb} {action.target.system} {action.target.kind} {target} [{action.effect}]")
            for name, value in list(action.fields.items())[:12]:
                was = f"{action.before[name]!r} → " if name in action.before else ""
                text = printable(str(value))
                click.echo(f"    {name}: {was}{text if len(text) <= 80 else text[:79] + '…'}")
    if len(plan.handoffs) > most:
        click.echo(f"\n… and {len(plan.handoffs) - most} more handoffs.")
    for problem in extra["problems"][:most]:
        click.echo(f"! {problem['sentence']} {problem['fix']}".rstrip())
    if len(extra["problems"]) > most:
        click.echo(f"! … and {len(extra['problems']) - most} more problems.")


def _person(plan: SavedPlan, key: str) -> str:
    return plan.people[key]
