"""syncd handoffs: what was handed over, to whom, and what became of it."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import emit, load, options, table


@click.command("handoffs")
@click.option("--state", type=click.Choice(["open", "delivered", "closed", "void"]), help="Only those in this state.")
@click.option("--owner", help="Only those of this owner (e-mail).")
@click.option("--limit", default=100, show_default=True, help="At most so many, newest first.")
@options
def command(config: Path, as_json: bool, state: str | None, owner: str | None, limit: int) -> int:
    """List handoffs, newest first."""
    from syncd.ledger import journal
    from syncd.ledger.store import Store

    settings = load(config)
    with Store.read(settings.ledger) as store:
        found = journal.handoffs(store, state=state, owner=owner, limit=limit)
    if as_json:
        emit({"handoffs": found})
    else:
        table(
            ("opened", "person", "no", "state", "owner", "rule", "score", "tier", "record", "work", "outcome", "reason"),
            [
                (h["opened"][:16], h["email"] or h["lineage"], h["number"], h["state"], h["owner"], h["rule"], h["score"],
                 h["tier"], h["target"], h["work"], h["outcome"], h["reason"])
                for h in found
            ],
        )  # fmt: skip
    return 0
