"""syncd leaks: every lead that should move and does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli import sheet
from syncd.cli.common import load, options, reading
from syncd.cli.show import emit, heading, minute, say, table
from syncd.core.leaks import KINDS, TITLES, Leak, counted
from syncd.core.text import ago, plural

_COLUMNS = ("kind", "lineage", "email", "owner", "handoff", "tier", "since", "why", "record")


@click.command("leaks")
@click.option("--kind", type=click.Choice(KINDS), help="Only those of this kind.")
@click.option("--owner", help="Only leads of this owner (e-mail).")
@click.option("--csv", "as_csv", is_flag=True, help="As a table for spreadsheets.")
@options
def command(config: Path, as_json: bool, kind: str | None, owner: str | None, as_csv: bool) -> int:
    """Every lead that should move and does not: ready without a handoff, with sales without a touch or a next step, a status
    that stands still, given back and forgotten. How long is too long says [leaks] of the configuration."""
    from syncd.ledger import journal
    from syncd.ledger.leaking import standing_still

    settings = load(config, secrets=False)
    with reading(settings) as store:
        now = journal.last_seen(store)
        found = [
            leak
            for leak in standing_still(store, settings.rules, settings.patience, now)
            if kind in (None, leak.kind) and (owner is None or leak.owner == owner.lower())
        ]
    if as_json:
        emit({"counts": counted(found), "leaks": [_row(leak) for leak in found]})
    elif as_csv:
        sheet.write(Path("-"), _COLUMNS, ([row[column] for column in _COLUMNS] for row in map(_row, found)))
    elif not found:
        say("Nothing leaks: every lead moves.")
    else:
        people = len({leak.lineage for leak in found})
        say(f"{plural(people, 'lead')} of which {'something stands' if people == 1 else 'things stand'} still")
        for name, count in counted(found).items():
            heading(f"{count:,} {TITLES[name]}")
            table(
                ("person", "owner", "since (UTC)", "that is", "why"),
                [
                    (
                        leak.email or leak.lineage,
                        leak.owner,
                        minute(leak.since.isoformat()),
                        ago(leak.since, now),
                        leak.why,
                    )
                    for leak in found
                    if leak.kind == name
                ],
            )
    return 1 if found else 0


def _row(leak: Leak) -> dict[str, Any]:
    return {
        "kind": leak.kind, "lineage": leak.lineage, "email": leak.email, "owner": leak.owner,
        "handoff": leak.number or None, "tier": leak.tier, "since": leak.since.isoformat(), "why": leak.why,
        "record": leak.target,
    }  # fmt: skip
