"""syncd init: a configuration to start from."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import emit, options


@click.command("init")
@click.option("--crm", type=click.Choice(["salesforce", "hubspot"]), default="salesforce", show_default=True,
              help="Where sales works.")  # fmt: skip
@click.option("--receiver", prompt="E-mail of the rep who gets all leads at first", help="Who gets all leads at first.")
@click.option("--fallback", prompt="E-mail of who gets what has no receiver", help="Who gets what has no receiver.")
@click.option("--salesforce-url", default="https://YOUR-DOMAIN.my.salesforce.com", show_default=True,
              help="Your My Domain.")  # fmt: skip
@options
def command(config: Path, as_json: bool, crm: str, receiver: str, fallback: str, salesforce_url: str) -> int:
    """Write a short, commented configuration that works. Never overwrites a file."""
    from syncd.config.write import Answers, init

    init(config, Answers(crm=crm, receiver=receiver, fallback=fallback, salesforce_url=salesforce_url))
    if as_json:
        emit({"config": str(config)})
    else:
        click.echo(f"Wrote {config}. Set the secrets it names in the environment, then: syncd check -c {config}")
    return 0
