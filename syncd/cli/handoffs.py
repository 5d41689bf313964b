"""syncd handoffs: what was handed over, to whom, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli.common import load, options, reading
from syncd.cli.show import drawn, emit, say, table


@click.command("handoffs")
@click.option("--state", type=click.Choice(["open", "delivered", "closed", "void"]), help="Only those in this state.")
@click.option("--owner", help="Only those of this owner (e-mail).")
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most so many, newest first."
)
@options
def command(config: Path, as_json: bool, state: str | None, owner: str | None, limit: int) -> int:
    """List handoffs, newest first."""
    from syncd.ledger import journal

    settings = load(config)
    with reading(settings) as store:
        found = journal.handoffs(store, state=state, owner=owner, limit=limit)
    if as_json:
        emit({"handoffs": found})
    elif not found:
        say("No handoffs.")
    elif drawn():
        table(
            ("opened", "person", "owner", "score", "state", "sales say"),
            [
                (h["opened"][:10], h["email"] or h["lineage"], h["owner"], h["score"], h["state"], _answer(h))
                for h in found
            ],
        )
    else:
        table(
            ("opened (UTC)", "person", "no", "owner", "because", "score", "tier", "state", "sales say", "record"),
            [
                (h["opened"][:16].replace("T", " "), h["email"] or h["lineage"], h["number"], h["owner"], h["rule"],
                 h["score"], h["tier"], h["state"], _answer(h), h["target"])
                for h in found
            ],
        )  # fmt: skip
    return 0


def _answer(h: dict[str, Any]) -> str:
    said = h["outcome"] or h["work"] or ""
    reason = f": {h['reason']}" if h["reason"] else ""
    again = f", not before {h['not_before']}" if h["not_before"] else ""
    return f"{said}{reason}{again}"
