"""syncd plan: the same round on a fork of the ledger, stopped before the first write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, how_to_approve, load, options, outcome
from syncd.cli.show import amounts, emit, findings, heading, printable, progress, say, table
from syncd.core.text import cut, plural, system

if TYPE_CHECKING:
    from syncd.core.types import Action
    from syncd.planning import Draft

MOST = 25
"""Rows of each table; --details and the saved file have them all."""


@click.command("plan")
@click.option("--out", type=click.Path(path_type=Path), help="Save the plan, to approve it with `syncd apply FILE`.")
@click.option("--details", is_flag=True, help="Show every record and field, before and after.")
@options
def command(config: Path, as_json: bool, out: Path | None, details: bool) -> int:
    """Show what a sync would do. Nothing is written anywhere."""
    from syncd import logs
    from syncd.planning import draft
    from syncd.sync import planfile

    settings = load(config)
    logs.configure(settings.log)
    with progress("plan", as_json) as step, draft(settings, step) as made:
        pass
    saved = out is not None and not made.report.out
    if out is not None and saved:
        planfile.write(out, made.plan, made.shown())
    if as_json:
        emit({**made.report.as_json(), "plan": made.shown(), "file": str(out) if saved else None})
        return outcome(made.report)
    show(made, details=details)
    if out is not None and saved:
        say(f"\nSaved as {out}. Nothing is written until you approve it: {command_line(config, f'apply {out}')}")
    elif out is not None:
        say("\nNot saved: a plan needs both systems.")
    elif made.actions:
        say(f"\nNothing was written. To approve a plan: {how_to_approve(config)}")
    return outcome(made.report)


def show(made: Draft, *, details: bool = False) -> None:
    """The plan for people: what, who to whom, what would be replaced, what needs a human."""
    report = made.report
    say(
        f"Plan, {report.now:%Y-%m-%d %H:%M} UTC: {plural(report.decided, 'person', 'people')} looked at, "
        f"{len(made.leads):,} to hand over, "
        + (f"{report.waiting:,} to be released, " if report.waiting else "")
        + f"{report.held:,} held."
    )
    for sentence in report.out.values():
        say(f"! {sentence} Without it nothing can be planned.")
    _writes(made)
    _leads(made, None if details else MOST)
    _replaced(made, None if details else MOST)
    if details:
        _details(made)
    others = [p for p in made.problems if not any(p["sentence"] in told for told in report.out.values())]
    if others:
        heading("Needs a human")
        findings(others, most=len(others) if details else 10)


def _writes(made: Draft) -> None:
    writes = made.shown()["writes"]
    if not writes:
        return
    heading("Writes")
    rows = [name.split(" ", 2) for name in writes]
    table(("number", "system", "what"), [
        (n, system(where), f"{verb} {kind}") for n, (where, verb, kind) in zip(writes.values(), rows, strict=True)
    ])  # fmt: skip
    say(f"API calls to send them: {amounts(made.calls)}.")


def _leads(made: Draft, most: int | None) -> None:
    if not made.leads:
        return
    heading("Who goes to whom")
    table(
        ("score", "tier", "lead", "company", "to", "because", "record"),
        [
            (
                lead.score,
                lead.tier,
                lead.name,
                lead.company,
                lead.owner,
                _because(lead.rule, lead.why),
                _record(lead.record),
            )
            for lead in made.leads[:most]
        ],
    )
    if most is not None and len(made.leads) > most:
        say(f"… and {len(made.leads) - most:,} more; all of them with --details, and in the saved plan.")


def _because(rule: str, why: str) -> str:
    return f"{rule}: {why}" if why else rule


def _record(record: str) -> str:
    """'Contact 003…' for salesforce/Contact/003…"""
    return record if record.count("/") != 2 else record.partition("/")[2].replace("/", " ")


def _replaced(made: Draft, most: int | None) -> None:
    found = made.replaced()
    if not found:
        return
    heading("Values that would be replaced")
    alike: dict[tuple[str, ...], list[Action]] = {}
    for action, name, old, new in found:
        kind = f"{system(action.target.system)} {action.target.kind}"
        alike.setdefault((kind, name, _value(old), _value(new)), []).append(action)
    table(
        ("number", "record", "field", "now", "then"),
        [
            (len(actions), f"{kind} {actions[0].target.id}" if len(actions) == 1 else kind, *change)
            for (kind, *change), actions in list(alike.items())[:most]
        ],
    )
    if most is not None and len(alike) > most:
        say(f"… and {len(alike) - most:,} more kinds of change; all of them with --details.")


def _details(made: Draft) -> None:
    """Every record and field, person by person in the order of the plan."""
    order = dict.fromkeys([*(lead.person for lead in made.leads), *(a.person for a in made.actions)])
    names = {lead.person: f"{lead.name} ({lead.company})" for lead in made.leads}
    for person in order:
        heading(printable(names.get(person, person)))
        for action in made.of(person):
            say(f"  {_title(action)}")
            for name, value in action.fields.items():
                was = f"{_value(action.before[name])} → " if name in action.before else ""
                say(f"      {name}: {was}{_value(value)}")


def _title(action: Action) -> str:
    target = action.target
    what = f"{action.verb} {system(target.system)} {target.kind}" + (f" {target.id}" if target.id else "")
    return f"{what} ({action.cause})" if action.cause else what


def _value(value: Any) -> str:
    if value in (None, ""):
        return "(empty)"
    text, _ = cut(" ".join(str(value).split()), 70, " …")
    return text
