"""syncd who-writes: who else writes a field."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.common import connected, load, options, reading
from syncd.cli.looking import known
from syncd.cli.show import emit, heading, minute, say, table
from syncd.core.errors import Complaint, ConfigError
from syncd.core.text import listing, plural, system

if TYPE_CHECKING:
    from syncd.core.rules import Rules
    from syncd.core.writers import Places, Tally
    from syncd.sync.writers import Place


@click.command("who-writes")
@click.argument("field")
@click.argument("person", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), help="Look at so many people when nobody is named (default 50).")
@options
def command(config: Path, as_json: bool, field: str, person: str | None, limit: int | None) -> int:
    """Who writes FIELD (our name or the remote one), for PERSON or where it changed lately: integrations, workflows and
    users by name, from the systems' own history, our own writes told apart. A few API calls; writes nothing."""
    from syncd.ledger import writers
    from syncd.sync.systems import look
    from syncd.sync.writers import PEOPLE, who_writes

    settings = load(config)
    places = standing(settings.rules, field)
    with reading(settings) as store:
        persons = (
            known(store, settings, person, config) if person else writers.changed_lately(store, places, limit or PEOPLE)
        )
        with connected(settings) as systems:
            if persons:
                look(store, systems, keep=False)
            found, out = who_writes(store, systems, places, persons) if persons else ([], {})
            calls = sum(sum(by.values()) for by in systems.calls().values())
    if as_json:
        told = {"places": [place.as_json() for place in found], "out": out}
        emit({"field": field, "people": len(persons), **told, "api_calls": calls})
    else:
        _tell(field, found, len(persons), calls)
    for name, why in out.items():
        say(f"! {system(name)}: {why}", err=True)
    return 3 if out else 0


def standing(rules: Rules, field: str) -> Places:
    """Where a field stands. Raises ConfigError for one that no mapping mentions."""
    from syncd.core.writers import named, places

    found = places(rules, field)
    if not found:
        kinds = [kind for mapped in rules.maps.values() for kind in mapped.kinds.values()]
        names = sorted({n for kind in kinds for pair in named(kind) for n in pair})
        near = difflib.get_close_matches(field, names, 1)
        fix = f"Did you mean “{near[0]}”?" if near else "All fields: syncd stages --fields"
        raise ConfigError([Complaint(f"No mapping has a field “{field}”.", fix=fix)])
    return found


def _tell(field: str, found: Sequence[Place], people: int, calls: int) -> None:
    if not people:
        say(f"The ledger has not seen {field} change on anybody. Name a person: syncd who-writes {field} PERSON")
        return
    say(f"{field}: {plural(people, 'person', 'people')} looked at with {plural(calls, 'API call')}.")
    for place in found:
        heading(f"{system(place.system)} {place.kind}.{place.field}, {plural(place.records, 'record')}")
        if place.rows:
            _rows(place.rows)
        if place.last:
            say("  No history of this field here; whoever wrote these records last:")
            _rows(place.last)
        if not place.rows and not place.last:
            say("  No change is known.")
    theirs = list(dict.fromkeys(str(row.by) for place in found for row in place.rows if not row.ours))
    if theirs:
        say(f"\nBesides syncd: {listing(theirs)}.")


def _rows(rows: Sequence[Tally]) -> None:
    table(
        ("writer", "writes", "records", "last (UTC)", "last value"),
        [
            (row.by, row.count, len(row.records), minute(row.last.isoformat()) if row.last else "", row.value)
            for row in rows
        ],
    )
