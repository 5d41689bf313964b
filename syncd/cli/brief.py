"""syncd brief: what the rep reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli.common import command_line, load, options
from syncd.cli.looking import PLANNED, emit_each, known, seen
from syncd.cli.show import printable, say
from syncd.core.errors import Complaint, ConfigError


@click.command("brief")
@click.argument("person")
@click.option("--html", is_flag=True, help="As HTML.")
@click.option("--sent", type=click.IntRange(min=1), metavar="N", help="What was sent with handoff N.")
@options
def command(config: Path, as_json: bool, person: str, html: bool, sent: int | None) -> int:
    """The brief of PERSON (an e-mail address, a contact id, or a ref) as it would be sent now, ready or not. Writes
    nothing."""
    from syncd.sync import briefing
    from syncd.sync.view import View

    if html and sent is not None:
        raise click.UsageError("What was sent is kept as text: leave out --html.")
    settings = load(config)
    with seen(settings, as_json) as (store, planned):
        view = View.of(store, settings.rules)
        found: list[dict[str, Any]] = []
        for one, decision in view.decisions(known(store, settings, person, config)):
            told = briefing.current(view, one, decision) if sent is None else briefing.sent(decision, sent)
            if told is None:
                fix = f"Which there are: {command_line(config, f'explain {printable(person)}')}"
                raise ConfigError([Complaint(f"{printable(person)} has no handoff {sent}.", fix=fix)])
            found.append(told)
    if as_json:
        emit_each(found)
        return 0
    for told in found:
        _tell(told, html=html)
    if planned and not html:
        say(f"\n{PLANNED}")
    return 0


def _tell(told: dict[str, Any], *, html: bool) -> None:
    if html:
        say(told["html"])
        return
    if told["sent"] is None:
        say(f"{printable(told['title'])}\n")
    say(told["text"])
