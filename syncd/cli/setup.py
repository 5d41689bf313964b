"""syncd setup: the fields, rights and properties that the mapping needs, made in both systems."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, connected, load, options, writing
from syncd.cli.show import emit, findings, say
from syncd.core.text import plural, system

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.blueprint import Blueprint, Done
    from syncd.core.types import Problem
    from syncd.core.wanted import Wanted
    from syncd.sync.setup import Builder

PAUSE = 1.0
"""Seconds between two looks for what was made."""


@click.command("setup")
@click.option("--apply", "do_it", is_flag=True, help="Do it; without this nothing is made.")
@options
def command(config: Path, as_json: bool, do_it: bool) -> int:
    """Make what the mapping needs in both systems: properties, custom fields, who may see them. Shows it first.

    Never changes what exists. A second run makes what the first one left.
    """
    from syncd.core.errors import RemoteError
    from syncd.core.types import Problem
    from syncd.wiring import building

    settings = load(config)
    told: dict[str, dict[str, Any]] = {}
    with connected(settings) as systems:
        for name in settings.rules.maps:
            try:
                with building(name, systems.connectors[name], settings, os.environ) as builder:
                    told[name] = _one(builder, name, systems.wanted(name), do_it=do_it, quiet=as_json)
            except RemoteError as error:
                failed = Problem("unusable", name, error.sentence, error.fix)
                told[name] = {"problem": _finding(failed)}
                if not as_json:
                    say(f"\n{system(name)}")
                    findings([_finding(failed)])
    if do_it and any(row["fate"] == "made" for of in told.values() for row in of.get("steps", ())):
        _look_anew(settings)
    if as_json:
        emit({"applied": do_it, "systems": told})
    else:
        _next(config, told, do_it=do_it)
    if any("problem" in of for of in told.values()):
        return 3
    open_ = any(of["by_hand"] or any(row["fate"] != "made" for row in of["steps"]) for of in told.values())
    return 1 if open_ else 0


def _one(builder: Builder, name: str, rows: Sequence[Wanted], *, do_it: bool, quiet: bool) -> dict[str, Any]:
    """One system: shown, made with `do_it`, and told as --json shows it."""
    from syncd.sync.setup import carry_out, settled

    plan = builder.look(rows)
    if not quiet:
        _show(name, plan, do_it=do_it)
    done: list[Done] = []
    for one in carry_out(builder, plan.steps) if do_it else ():
        done.append(one)
        if not quiet:
            _tell(one)
    made = {one.step.name for one in done if one.fate == "made"}
    left = settled(builder, rows, made, lambda: time.sleep(PAUSE)) if made else plan
    if made and not quiet:
        _by_hand([problem for problem in left.by_hand if problem not in plan.by_hand])
    return _as_json(plan, done, left.by_hand)


def _look_anew(settings: Config) -> None:
    """The next sync checks both systems again, unless a daemon holds the ledger: it does so within the hour."""
    from syncd.core.errors import LedgerError
    from syncd.ledger import journal

    if settings.ledger.exists():
        with contextlib.suppress(LedgerError), writing(settings) as store:
            journal.forget_checks(store)


# ---------------------------------------------------------------- what is shown
def _show(name: str, plan: Blueprint, *, do_it: bool) -> None:
    say(f"\n{system(name)}, account {plan.account}: {plural(plan.there, 'field is', 'fields are')} as they should be")
    if not do_it:
        for step in plan.steps:
            say(f"  + {step.name}: {step.does}")
    _by_hand(plan.by_hand)


def _by_hand(problems: Sequence[Problem]) -> None:
    findings([_finding(problem) for problem in problems], most=len(problems))


def _tell(done: Done) -> None:
    if done.fate == "made":
        say(f"  + {done.step.name}: {done.step.does}")
    else:
        findings([{"sentence": f"{done.step.name}: {done.fate}. {done.sentence}", "fix": done.fix}])


def _next(config: Path, told: dict[str, dict[str, Any]], *, do_it: bool) -> None:
    rows: Sequence[dict[str, Any]] = [row for of in told.values() for row in of.get("steps", ())]
    open_ = [row for row in rows if row["fate"] != "made"]
    advice: Iterable[str] = [line for of in told.values() for line in of.get("advice", ())]
    if do_it or not open_:
        say("\nBy hand, where nobody has done it yet:")
        for line in advice:
            say(f"  - {line}")
    if do_it:
        say(f"\n{len(rows) - len(open_)} made, {len(open_)} not. Next: "
            + command_line(config, "setup" if open_ else "check"))  # fmt: skip
    elif open_:
        say(f"\nNothing was made. {plural(len(open_), 'step')}: {command_line(config, 'setup --apply')}")
    else:
        say(f"\nNothing is to be made. Next: {command_line(config, 'check')}")


def _as_json(plan: Blueprint, done: Sequence[Done], by_hand: Sequence[Problem]) -> dict[str, Any]:
    fates = {one.step.name: one for one in done}
    steps = []
    for step in plan.steps:
        one = fates.get(step.name)
        row = {"name": step.name, "does": step.does, "fate": str(one.fate) if one else "planned"}
        steps.append(row | ({"sentence": one.sentence, "fix": one.fix} if one and one.sentence else {}))
    return {
        "account": plan.account, "there": plan.there, "steps": steps,
        "by_hand": [_finding(problem) for problem in by_hand], "advice": list(plan.advice),
    }  # fmt: skip


def _finding(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "subject": problem.subject, "sentence": problem.sentence, "fix": problem.fix}
