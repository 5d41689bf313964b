"""syncd handoffs: what was handed over, to whom, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import command_line, load, options, reading
from syncd.cli.show import drawn, emit, say, table
from syncd.core.text import plural

WAITING = "waiting"
"""The state of leads that are no handoffs yet, since a named person must release them."""


@click.command("handoffs")
@click.option(
    "--state", type=click.Choice([WAITING, "open", "delivered", "closed", "void"]), help="Only those in this state."
)
@click.option("--owner", help="Only those of this owner (e-mail).")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only those opened on this day (UTC) or later.")
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most so many, newest first."
)
@click.option("--missing-reason", is_flag=True, help="Only those that sales gave back without saying why.")
@options
def command(
    config: Path,
    as_json: bool,
    state: str | None,
    owner: str | None,
    since: datetime | None,
    limit: int,
    missing_reason: bool,
) -> int:
    """List handoffs, newest first; those that wait for a release best score first."""
    from syncd.core.reasons import NEEDED
    from syncd.ledger import journal, rulings
    from syncd.ledger.handoffs import answers
    from syncd.sync.agenda import listed

    settings = load(config)
    with reading(settings) as store:
        day = since.replace(tzinfo=UTC) if since else None
        waiting = 0 if state or owner or since else len(rulings.waiting(store))
        if state == WAITING:
            found = listed(store, settings.rules, owner=owner, since=day)[:limit]
        else:
            unsaid = NEEDED if missing_reason else ()
            found = journal.handoffs(store, state=state, owner=owner, since=day, limit=limit, unsaid=unsaid)
        reasons = _reasons(answers(store, owner=owner, since=day), settings.rules.reasons)
    if as_json:
        emit({"handoffs": found, "reasons": reasons})
    elif not found:
        say("No handoffs." + (f" {_waiting(waiting, config)}" if waiting else ""))
    elif drawn():
        table(
            ("opened", "person", "owner", "score", "state", "sales say"),
            [
                (h["opened"][:10], h["email"] or h["lineage"], h["owner"], h["score"], h["state"], _answer(h))
                for h in found
            ],
        )
        if waiting:
            say(f"\n{_waiting(waiting, config)}")
    else:
        table(
            ("opened (UTC)", "person", "no", "owner", "because", "score", "tier", "state", "sales say", "record"),
            [
                (h["opened"][:16].replace("T", " "), h["email"] or h["lineage"], h["number"], h["owner"], h["rule"],
                 h["score"], h["tier"], h["state"], _answer(h), h["target"])
                for h in found
            ],
        )  # fmt: skip
    if drawn() and reasons:
        say("\nReasons: " + ", ".join(f"{count} {code}" for code, count in reasons.items()))
    return 0


def _reasons(answers: Iterable[tuple[str, str, int]], codes: Mapping[str, str]) -> dict[str, int]:
    """How often each code was given for the leads that came back, most often first; "missing" where none was."""
    from syncd.core.reasons import counted_as

    counts: Counter[str] = Counter()
    for outcome, said, times in answers:
        counts[counted_as(codes, outcome, said)] += times
    del counts[""]
    return dict(counts.most_common())


def _waiting(count: int, config: Path) -> str:
    return f"To be released: {plural(count, 'lead')}, with {command_line(config, 'agenda')}"


def _answer(h: dict[str, Any]) -> str:
    said = h["outcome"] or h["work"] or ""
    reason = f": {h['reason']}" if h["reason"] else ""
    again = f", not before {h['not_before']}" if h["not_before"] else ""
    return f"{said}{reason}{again}"
