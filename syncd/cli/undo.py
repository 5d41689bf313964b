"""syncd undo: taking a sync back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, connected, load, options, outcome, writing
from syncd.cli.show import emit, heading, say, table
from syncd.core.text import cut, plural, system

if TYPE_CHECKING:
    from syncd.core.types import Action
    from syncd.sync.undo import Inverse

_MOST = 20


@click.command("undo")
@click.argument("sync", type=click.IntRange(min=1))
@click.option("--apply", "do_it", is_flag=True, help="Do it; without this the plan is only shown.")
@options
def command(config: Path, as_json: bool, sync: int, do_it: bool) -> int:
    """Take SYNC back: old values return where ours still stand, created leads are closed and marked, nothing is deleted."""
    from syncd.cli import report
    from syncd.sync.undo import preview, undo

    settings = load(config)
    with writing(settings) as store, connected(settings) as systems:
        if do_it:
            done, inverse = undo(store, systems, sync)
        else:
            done = None
            _, inverse = preview(store, systems, sync)
    if as_json:
        emit({**(done.as_json() if done else {}), "undo": _as_json(sync, inverse)})
    else:
        _show(inverse)
        if done:
            report.show(done, config)
        elif inverse.actions:
            say(
                f"\n{plural(len(inverse.actions), 'write')} would take sync {sync} back. "
                f"Do it with: {command_line(config, f'undo {sync} --apply')}"
            )
        else:
            say(f"\nNothing of sync {sync} can be taken back.")
    return outcome(done) if done else 0


def _as_json(sync: int, inverse: Inverse) -> dict[str, Any]:
    return {
        "sync": sync,
        "actions": [
            {"target": str(a.target), "fields": dict(a.fields), "must_still_be": dict(a.before)}
            for a in inverse.actions
        ],
        "left": list(inverse.left),
    }


def _show(inverse: Inverse) -> None:
    """How many records of which kind, the values that people had there, and what stays."""
    if inverse.actions:
        kinds = Counter((system(a.target.system), a.target.kind, _what(a)) for a in inverse.actions)
        table(("number", "system", "records", "what happens"), [(n, *kind) for kind, n in kinds.most_common()])
    rows = [
        (a.target, name, a.before.get(name), value)
        for a in inverse.actions
        for name, value in a.fields.items()
        if a.before and value not in (None, "")
    ]
    if rows:
        heading("Values that come back")
        table(("record", "field", "if it still is", "becomes"), [[_short(c) for c in row] for row in rows[:_MOST]])
        if len(rows) > _MOST:
            say(f"… and {len(rows) - _MOST:,} more; all of them with --json.")
    if inverse.left:
        say(f"\n{plural(len(inverse.left), 'thing')} cannot be taken back; syncd never deletes. Such as:")
        for sentence in inverse.left[:3]:
            say(f"  {sentence}")
        say("All of them with --json.")


def _what(action: Action) -> str:
    if "done" in action.fields:
        return "closed"
    return "old values come back" if action.before else "closed and marked"


def _short(value: Any) -> str:
    return cut(" ".join(str(value).split()), 60, " …")[0]
