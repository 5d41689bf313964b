"""syncd route: who would get a person now, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import load, options
from syncd.cli.looking import PLANNED, emit_each, known, seen
from syncd.cli.show import heading, printable, say

if TYPE_CHECKING:
    from syncd.core.decide import Decision
    from syncd.sync.view import View


@click.command("route")
@click.argument("person")
@click.option(
    "--owner-state",
    type=click.Choice(["today", "fresh"]),
    default="today",
    show_default=True,
    help="Take turns as they stand today, or as if nobody had received a lead yet.",
)
@options
def command(config: Path, as_json: bool, person: str, owner_state: str) -> int:
    """Who would get PERSON (an e-mail address, a contact id, or a ref) now, ready or not, and why. Writes nothing and
    takes nobody's turn."""
    from syncd.sync.view import View

    settings = load(config)
    with seen(settings, as_json) as (store, planned):
        view = View.of(store, settings.rules)
        found = [
            _told(view, decision, fresh=owner_state == "fresh")
            for _, decision in view.decisions(known(store, settings, person, config))
        ]
    if as_json:
        emit_each(found)
        return 0
    for told in found:
        _tell(told)
    if planned:
        say(f"\n{PLANNED}")
    return 0


def _told(view: View, decision: Decision, *, fresh: bool) -> dict[str, Any]:
    from syncd.core.values import name_of
    from syncd.sync.view import standing

    chosen = view.route(decision, fresh=fresh)
    handoff = decision.handoff
    return {
        "lineage": decision.dossier.lineage,
        "name": name_of(decision.profile),
        "email": decision.profile.get("email"),
        "verdict": standing(decision),
        "owner": chosen.owner.called if chosen.owner else None,
        "rule": chosen.rule,
        "why": list(chosen.why),
        "problem": chosen.problem.sentence if chosen.problem else None,
        "again": chosen.again.isoformat() if chosen.again else None,
        "with": handoff.owner if handoff is not None and handoff.active else None,
        "as_of": view.now.isoformat(),
    }


def _tell(told: dict[str, Any]) -> None:
    heading(printable(str(told["name"] or told["email"] or told["lineage"])))
    if told["with"]:
        say(f"  with {told['with']} now; if it were routed anew:")
    if told["owner"]:
        say(f"  to {told['owner']}")
    elif told["again"]:
        say(f"  to nobody yet; looked at again {told['again'][:16].replace('T', ' ')} UTC")
    else:
        say(f"  to nobody: {told['problem']}")
    say(f"  because: {told['rule']}")
    for reason in told["why"]:
        say(f"    {reason}")
    if told["verdict"] not in ("ready", "with sales"):
        say(f"  It does not go now: {told['verdict']}.")
