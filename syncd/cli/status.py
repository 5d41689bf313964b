"""syncd status: where everything stands, read-only."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import emit, load, options, table


@click.command("status")
@options
def command(config: Path, as_json: bool) -> int:
    """Where everything stands: the last syncs, people by stage, handoffs, what is open, and what needs a human."""
    from syncd.ledger import journal
    from syncd.ledger.store import Store

    settings = load(config)
    with Store.read(settings.ledger) as store:
        view = journal.overview(store)
    if as_json:
        emit(view)
        return 1 if view["problems"] else 0
    click.echo(f"Ledger {settings.ledger}: {view['people']} people, rules {settings.rules.version}.")
    click.echo("Writing by itself since " + view["approved"] if view["approved"] else "No plan is approved yet.")
    table(("stage", "people"), view["stages"].items(), "People by stage")
    table(("handoffs", ""), view["handoffs"].items())
    table(
        ("sync", "kind", "at", "handoffs", "writes", "API calls"),
        [(s["sync"], s["kind"], s["at"], s["handoffs"], s["writes"], s["api_calls"]) for s in view["syncs"]],
        "Last syncs",
    )
    click.echo(f"{view['open_actions']} writes are waiting, {view['in_doubt']} of them in doubt.")
    if view["problems"]:
        click.echo(f"{view['problems']} problems need a human. See them with: syncd problems")
    return 1 if view["problems"] else 0
