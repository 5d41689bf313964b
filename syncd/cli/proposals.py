"""syncd proposals: what sales' answers suggest for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import load, options, reading
from syncd.cli.show import block, emit, heading, say
from syncd.core.text import listing, plural

if TYPE_CHECKING:
    from syncd.sync.proposals import Draft


@click.command("proposals")
@click.option("--by", "by", multiple=True, help="Look at the values of this field; may be given several times.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Leads handed over from this day on, UTC (default: all)."
)
@click.option("--limit", type=click.IntRange(min=1), default=5, show_default=True, help="At most so many proposals.")
@options
def command(config: Path, as_json: bool, by: tuple[str, ...], since: datetime | None, limit: int) -> int:
    """What sales' answers suggest for the rules: a value whose leads are trashed, or qualified, clearly more often than the
    rest, as lines for config.toml with their backtest. Applies nothing."""
    from syncd.core.metrics.compare import SMALLEST
    from syncd.sync.proposals import FIELDS, drafts

    settings = load(config, secrets=False)
    known = settings.rules.marketing_kind.fields
    unknown = [field for field in by if field not in known]
    if unknown:
        raise click.UsageError(f"--by {unknown[0]}: the mapping has no such field. It has: {', '.join(known)}.")
    fields = by or [field for field in FIELDS if field in known]
    with reading(settings) as store:
        count, found = drafts(store, settings.rules, fields, since.replace(tzinfo=UTC) if since else None, limit)
    if as_json:
        emit({"answered": count, "fields": list(fields), "proposals": [draft.as_json() for draft in found]})
        return 0
    say(
        f"{plural(count, 'answered lead')}, by {listing(fields)}. Values of fewer than {SMALLEST} of them are not judged."
    )
    if settings.rules.gate.borrowed:
        say(
            f"! The score comes from {settings.rules.gate.source}: points of these rules weigh only in the minimum of fit."
        )
    for draft in found:
        _tell(draft)
    if found:
        say(
            "\nNothing was changed. Add the lines to a copy of the configuration, and look again: syncd try --config new.toml"
        )
    else:
        say("Nothing stands out.")
    return 0


def _tell(draft: Draft) -> None:
    heading(str(draft.proposal))
    say(f"  backtest: {_backtest(draft.backtest)}")
    say()
    block(draft.proposal.toml().rstrip(), "  ")


def _backtest(told: Mapping[str, Any]) -> str:
    new, force = told["new"], told["force"]
    parts = [f"{plural(new['passed'], 'lead')} would have passed in place of {force['passed']}"]
    for name, outcome in new["outcomes"].items():
        was = force["outcomes"][name]["precision"]
        if outcome["precision"] is not None and was is not None:
            parts.append(f"{name} {outcome['precision']:.1%} of them in place of {was:.1%}")
    return "; ".join(parts)
