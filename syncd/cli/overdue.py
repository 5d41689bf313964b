"""syncd overdue: what each rep owes, and for how long."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli import sheet
from syncd.cli.common import load, options, reading
from syncd.cli.show import emit, heading, minute, say, table
from syncd.core.text import plural, rough

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.ledger.leaking import Overdue

_COLUMNS = ("owner", "what", "clock", "lineage", "email", "handoff", "tier", "since", "due", "seconds", "record")
_WORDS = {"first_touch": "first touch", "touches": "touches", "status": "status"}


@click.command("overdue")
@click.option("--owner", default="", help="Only what this rep owes (e-mail).")
@click.option("--csv", "as_csv", is_flag=True, help="As a table for spreadsheets.")
@options
def command(config: Path, as_json: bool, owner: str, as_csv: bool) -> int:
    """What is overdue by the promise of [followup], rep by rep, the longest first: first touch, touches, status; since when,
    and on whose clock."""
    from syncd.ledger import journal
    from syncd.ledger.leaking import overdue

    settings = load(config, secrets=False)
    with reading(settings) as store:
        now, found = journal.last_seen(store), overdue(store, owner)
    rows = [_row(one, now) for one in found]
    if as_json:
        emit({"overdue": rows})
    elif as_csv:
        sheet.write(Path("-"), _COLUMNS, ([row[column] for column in _COLUMNS] for row in rows))
    elif not found:
        nothing = (
            "Nothing is overdue." if settings.rules.followup else "Nothing is promised: see [followup] in the config."
        )
        say(nothing)
    for who, theirs in groupby(found, key=lambda one: one.owner) if not (as_json or as_csv) else ():
        _tell(who, list(theirs), now)
    return 1 if found else 0


def _tell(who: str, found: list[Overdue], now: datetime) -> None:
    heading(f"{who or 'Delivery, on the systems’ clock'}: {plural(len(found), 'promise')} overdue")
    table(
        ("person", "what", "due (UTC)", "for", "clock"),
        [
            (one.email or one.lineage, _WORDS[one.what], minute(one.due.isoformat()), _length(now - one.due), one.clock)
            for one in found
        ],
    )


def _length(late: timedelta) -> str:
    return plural(late.days, "day") if late >= timedelta(days=2) else rough(late)


def _row(one: Overdue, now: datetime) -> dict[str, Any]:
    return {
        "owner": one.owner, "what": one.what, "clock": one.clock, "lineage": one.lineage, "email": one.email,
        "handoff": one.number, "tier": one.tier, "since": one.since.isoformat(), "due": one.due.isoformat(),
        "seconds": int((now - one.due).total_seconds()), "record": one.target,
    }  # fmt: skip
