"""syncd score: the score of one person, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli.common import load, options
from syncd.cli.explain import tell_score
from syncd.cli.looking import PLANNED, emit_each, known, seen
from syncd.cli.show import heading, printable, say


@click.command("score")
@click.argument("person")
@click.option("--all-lines", is_flag=True, help="Also the rules that gave nothing, with the reason.")
@options
def command(config: Path, as_json: bool, person: str, all_lines: bool) -> int:
    """The score of PERSON (an e-mail address, a contact id, or a ref), line by line. Writes nothing."""
    from syncd.core.values import name_of
    from syncd.sync.story import scored
    from syncd.sync.view import View

    settings = load(config)
    with seen(settings, as_json) as (store, planned):
        view = View.of(store, settings.rules)
        found: list[dict[str, Any]] = [
            {
                "lineage": decision.dossier.lineage,
                "name": name_of(decision.profile),
                "email": decision.profile.get("email"),
                "score": scored(decision, view),
                "criteria": settings.rules.version,
                "as_of": view.now.isoformat(),
            }
            for _, decision in view.decisions(known(store, settings, person, config))
        ]
    if as_json:
        emit_each(found)
        return 0
    for told in found:
        heading(printable(str(told["name"] or told["email"] or told["lineage"])))
        tell_score(told["score"], all_lines=all_lines)
        if told["score"]["next_change"]:
            say(
                f"  By time alone it changes {told['score']['next_change'][:16].replace('T', ' ')} UTC at the earliest."
            )
    if planned:
        say(f"\n{PLANNED}")
    return 0
