"""syncd problems: what needs a human, and trying again."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import emit, load, options, table


@click.group("problems", invoke_without_command=True)
@options
def command(config: Path, as_json: bool) -> int | None:
    """List what needs a human, each with its fix; `problems retry` tries refused writes again."""
    ctx = click.get_current_context()
    ctx.obj = {"config": str(config), "json": as_json}
    if ctx.invoked_subcommand:
        return None
    from syncd.ledger import journal
    from syncd.ledger.store import Store

    settings = load(config)
    with Store.read(settings.ledger) as store:
        found = journal.problems(store)
    if as_json:
        emit({"problems": found})
    elif not found:
        click.echo("No problems.")
    else:
        table(
            ("id", "kind", "subject", "times", "since", "what", "fix"),
            [
                (p["id"], p["kind"], p["subject"], p["count"], p["first"].isoformat()[:16], p["sentence"], p["fix"])
                for p in found
            ],
        )
    return 1 if found else 0


@command.command("retry")
@click.argument("ids", nargs=-1, type=int)
@options
def retry(config: Path, as_json: bool, ids: tuple[int, ...]) -> int:
    """Try the refused writes of these problems (default: all) again with the next sync, after you fixed the cause."""
    from syncd.ledger import journal
    from syncd.ledger.store import Store

    settings = load(config)
    with Store.open(settings.ledger) as store:
        count = journal.retry(store, ids)
    if as_json:
        emit({"reopened": count})
    else:
        click.echo(f"{count} writes will be tried again. Next: syncd sync -c {config}")
    return 0
