"""syncd init: a configuration to start from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from syncd.cli.common import command_line, options
from syncd.cli.show import emit, say

_QUESTIONS = {
    "receiver": "E-mail of the rep who gets all leads at first",
    "fallback": "E-mail of who gets what has no receiver",
}


@click.command("init")
@click.option("--crm", type=click.Choice(["salesforce", "hubspot"]), default="salesforce", show_default=True,
              help="Where sales works.")  # fmt: skip
@click.option("--receiver", help="E-mail of the rep who gets all leads at first; asked for on a terminal.")
@click.option("--fallback", help="E-mail of who gets what has no receiver; asked for on a terminal.")
@click.option("--salesforce-url", default="https://YOUR-DOMAIN.my.salesforce.com", show_default=True,
              help="Your My Domain.")  # fmt: skip
@options
def command(
    config: Path, as_json: bool, crm: str, receiver: str | None, fallback: str | None, salesforce_url: str
) -> int:
    """Write a short, commented configuration that works. Never overwrites a file."""
    from syncd.config.write import Answers, init

    answers = Answers(
        crm=crm,
        receiver=_asked("receiver", receiver),
        fallback=_asked("fallback", fallback),
        salesforce_url=salesforce_url,
    )
    init(config, answers)
    if as_json:
        emit({"config": str(config)})
    else:
        say(f"Wrote {config}. Set the secrets it names in the environment, then: {command_line(config, 'check')}")
    return 0


def _asked(name: str, given: str | None) -> str:
    """The option, or the answer of whoever sits at the terminal."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(f"--{name} is missing: {_QUESTIONS[name]}.")
    return str(click.prompt(_QUESTIONS[name], err=True))
