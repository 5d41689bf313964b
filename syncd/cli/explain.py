"""syncd explain: why, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli.common import emit, load, options, printable


@click.command("explain")
@click.argument("person")
@options
def command(config: Path, as_json: bool, person: str) -> int:
    """Why PERSON (an e-mail address, a contact id, or a ref such as salesforce/Lead/00Q…) was handed over, or why not."""
    from syncd.core.errors import Complaint, ConfigError
    from syncd.ledger import people
    from syncd.ledger.store import Store
    from syncd.sync.story import explain

    settings = load(config)
    with Store.read(settings.ledger) as store:
        ids = people.find(store, person, settings.rules.marketing)
        if not ids:
            raise ConfigError(
                [
                    Complaint(
                        f"The ledger knows nobody as “{printable(person)}”.", fix="Bring it up to date with: syncd sync"
                    )
                ]
            )
        stories = [explain(store, settings.rules, pid) for pid in ids]
    if as_json:
        emit(stories[0] if len(stories) == 1 else {"people": stories})
    else:
        for story in stories:
            tell(story)
    return 0


def tell(story: dict[str, Any]) -> None:
    """One story as text."""
    who, score, decision = story["person"], story["score"], story["decision"]
    click.echo(f"{printable(who['name'] or '(no name)')} <{printable(str(who['email'] or 'no e-mail'))}>")
    click.echo(f"  records: {', '.join(who['refs'])}")
    click.echo(f"  stage: {story['stage']['now']} (highest {story['stage']['highest']})")
    for event in story["stage"]["history"]:
        click.echo(f"    {event['at'][:16]}  {event['was']} → {event['stage']}  {event['rule']} ({event['source']})")
    click.echo(
        f"  score: {score['combined']} = fit {score['fit']}, engagement {score['engagement']}, tier {score['tier'] or 'none'}"
    )
    for line in score["lines"]:
        click.echo(f"    {line['points']:+4d}  {line['part']}: {line['name']} — {printable(line['because'])}")
    verdict = "ready" if decision["ready"] else "not ready"
    click.echo(f"  decision: {verdict}" + (f"; {decision['held']}" if decision["held"] else ""))
    for name, mark in (("matched", "+"), ("unmatched", "-"), ("vetoes", "x"), ("missing", "?")):
        for sentence in decision[name]:
            click.echo(f"    {mark} {printable(sentence)}")
    for handoff in story["handoffs"]:
        click.echo(
            f"  handoff {handoff['number']}: {handoff['state']} to {handoff['owner']['email']} "
            f"({handoff['route']['rule']}) as {handoff['target'] or 'not written yet'}"
            + (f", outcome {handoff['outcome']} {handoff['reason']}" if handoff["outcome"] else "")
        )
        for receipt in handoff["receipts"]:
            click.echo(
                f"    {receipt['at'][:19]}  {receipt['outcome']:<10} {receipt['effect']}  {receipt['ref'] or ''}"
            )
        if handoff["brief"]:
            click.echo("    brief:")
            for text in handoff["brief"].splitlines():
                click.echo(f"      {printable(text)}")
    for problem in story["problems"]:
        click.echo(f"  ! {printable(problem['sentence'])} {problem['fix']}")
