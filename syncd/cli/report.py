"""A round in a few lines, after `sync`, `apply` and `undo`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.cli.common import command_line
from syncd.cli.show import amounts, facts, say
from syncd.core.text import plural, system

if TYPE_CHECKING:
    from syncd.sync.round import Report

_WORDS = {
    "done": "done", "already": "there already", "rejected": "refused", "superseded": "overtaken by a newer change",
    "not_sent": "not sent, to be tried again", "unclear": "without a clear answer, to be looked at by the next sync",
}  # fmt: skip
"""Outcomes for people."""


def show(report: Report, config: Path) -> None:
    say(f"{report.mode.capitalize()} {report.sync}, {report.now:%Y-%m-%d %H:%M} UTC")
    facts(
        (
            ("pulled", "; ".join(_pulled(name, n) for name, n in report.pulled.items())),
            ("decided", _decided(report)),
            ("written", amounts({name: n for name, n in report.writes.items() if n}) or "nothing"),
            ("results", ", ".join(f"{n:,} {_WORDS[name]}" for name, n in report.actions.items())),
            ("API calls", amounts({name: sum(by.values()) for name, by in report.calls.items()})),
        )
    )
    for sentence in report.out.values():
        say(f"! {sentence} It sat this sync out.")
    if report.braked:
        say(f"! A brake held everything back; nothing was written. See why: {command_line(config, 'problems')}")
    if report.moved:
        say(
            f"! {plural(len(report.moved), 'planned handoff')} changed since the plan was made and stayed unsent. "
            f"Plan again: {command_line(config, 'plan')}"
        )
    if report.problems:
        needs = "needs" if report.problems == 1 else "need"
        say(f"! {plural(report.problems, 'problem')} {needs} a human: {command_line(config, 'problems')}")


def _pulled(name: str, n: Mapping[str, int]) -> str:
    return f"{system(name)} {n['changed']:,} changed of {n['seen']:,} seen"


def _decided(report: Report) -> str:
    if not report.decided:
        return ""
    held = f", {report.held:,} held" if report.held else ""
    held += f", {report.waiting:,} to be released" if report.waiting else ""
    return (
        f"{plural(report.decided, 'person', 'people')}: {plural(report.handoffs, 'new handoff')}{held}, "
        f"{plural(report.planned, 'write')} planned"
    )
