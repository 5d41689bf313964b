"""syncd problems: what needs a human, and trying again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import command_line, load, options, reading, writing
from syncd.cli.show import drawn, emit, say, table
from syncd.core.errors import Complaint, ConfigError
from syncd.core.text import plural


@click.group("problems", invoke_without_command=True)
@options
def command(config: Path, as_json: bool) -> int | None:
    """List what needs a human, each with its fix; `problems retry` tries refused writes again."""
    ctx = click.get_current_context()
    ctx.obj = {"config": str(config), "json": as_json}
    if ctx.invoked_subcommand:
        return None
    from syncd.ledger import journal

    settings = load(config)
    with reading(settings) as store:
        found = journal.problems(store)
    if as_json:
        emit({"problems": found})
    elif not found:
        say("No problems.")
    elif drawn():
        _tell(found, config)
    else:
        table(
            ("id", "kind", "subject", "times", "since", "what", "fix"),
            [
                (p["id"], p["kind"], p["subject"], p["count"], p["first"].isoformat()[:16], p["sentence"], p["fix"])
                for p in found
            ],
        )
    return 1 if found else 0


def _tell(found: list[dict[str, Any]], config: Path) -> None:
    kinds = Counter(p["kind"] for p in found)
    say(f"{plural(len(found), 'problem')}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
    for p in found:
        times = f", seen {plural(p['count'], 'time')}" if p["count"] > 1 else ""
        say(f"\n{p['id']:>4}  {p['kind']}  {p['subject']}  (since {p['first']:%Y-%m-%d %H:%M} UTC{times})")
        say(f"      {p['sentence']}")
        if p["fix"]:
            say(f"      → {p['fix']}")
    say(f"\nAfter you fixed a refused write: {command_line(config, 'problems retry')}")


@command.command("retry")
@click.argument("ids", nargs=-1, type=int)
@options
def retry(config: Path, as_json: bool, ids: tuple[int, ...]) -> int:
    """Try the refused writes of these problems (default: all) again with the next sync, after you fixed the cause."""
    from syncd.ledger import journal

    settings = load(config)
    with writing(settings) as store:
        unknown = sorted(set(ids) - {p["id"] for p in journal.problems(store)})
        if unknown:
            names = ", ".join(map(str, unknown))
            raise ConfigError([Complaint(f"There is no open problem {names}.", fix=command_line(config, "problems"))])
        count = journal.retry(store, ids)
    if as_json:
        emit({"reopened": count})
    else:
        say(f"{plural(count, 'write')} will be tried again. Next: {command_line(config, 'sync')}")
    return 0
