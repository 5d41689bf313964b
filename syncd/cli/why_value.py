"""syncd why-value: which side won, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import load, options, reading
from syncd.cli.looking import emit_each, known
from syncd.cli.show import block, facts, heading, minute, printable, say
from syncd.cli.who_writes import standing
from syncd.core.text import quoted, system


@click.command("why-value")
@click.argument("person")
@click.argument("field")
@options
def command(config: Path, as_json: bool, person: str, field: str) -> int:
    """Why FIELD of PERSON has its value: both sides with their times, what they agreed on, winner, loser and rule, now and
    before. Asks no system and writes nothing."""
    from syncd.sync.whyvalue import canonical_name, why_value

    settings = load(config)
    name = canonical_name(settings.rules, standing(settings.rules, field), field)
    with reading(settings) as store:
        found = [why_value(store, settings.rules, pid, name) for pid in known(store, settings, person, config)]
    if as_json:
        emit_each(found)
    else:
        for told in found:
            _tell(told)
    return 0


def _tell(told: Mapping[str, Any]) -> None:
    who, now = told["person"], told["now"]
    heading(f"{told['field']} of {printable(str(who['name'] or who['email'] or who['lineage']))}")
    facts((f"{system(side['system'])} {side['remote']}", _saying(side)) for side in told["sides"])
    if told["agreed"]:
        say(f"  agreed on: {quoted(told['agreed'][0])} and {quoted(told['agreed'][1])}")
    if now["winner"]:
        say(f"  {system(now['winner'])} wins over {system(now['loser'])}: {now['rule']}")
    else:
        say(f"  nobody wins: {now['rule']}" if told["decided"] or now["policy"] else f"  {now['rule']}")
    if told["contest"]:
        block(f"! {told['contest']}", "  ")
    if told["decided"]:
        heading("What was decided before")
        for row in told["decided"]:
            sides = f"{system(row['winner'])} won over {system(row['loser'])}"
            say(
                f"  {minute(row['at'])}  {sides}: {quoted(row['value'])} in place of {quoted(row['was'])}: {row['rule']}"
            )
    if told["stages"]:
        heading("How the stage moved")
        for event in told["stages"]:
            say(f"  {minute(event['at'])}  {event['was']} → {event['stage']}: {event['rule']} ({event['source']})")


def _saying(side: Mapping[str, Any]) -> str:
    since = f"since {minute(side['changed'])} UTC" if side["changed"] else "as it was first seen"
    return f"{quoted(side['value'])}, {since}{', written by syncd' if side['by_syncd'] else ''} ({side['ref']})"
