"""syncd demo: the whole loop in a minute."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.show import emit


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop at the end instead of leaving both systems up on a terminal.")
@click.option("--contacts", default=2000, show_default=True, help="How many contacts HubSpot has.")
@click.option("--crm", type=click.Choice(["salesforce", "hubspot"]), default="salesforce", show_default=True,
              help="Where sales works.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same world.")
@click.option("--product", is_flag=True, help="Let people try the product, and take in what they do there.")
@click.option("--quarter", is_flag=True, help="A whole quarter: 90 days in which marketing goes on and reps have habits.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("syncd-demo"), show_default=True,
              help="Where configuration, plan and ledger are written.")  # fmt: skip
@options
def command(
    config: Path, as_json: bool, once: bool, contacts: int, crm: str, seed: int, product: bool, quarter: bool,
    folder: Path,
) -> int:
    """See leads travel: from a simulated HubSpot to a simulated CRM, worked by simulated reps, and the answers back.

    Everything goes over real HTTP with the real client libraries, on this machine only. The demo writes a configuration of
    its own into its folder and reads no other.
    """
    from connectors.loopback.sandbox import SandboxError
    from syncd.demo import Demo
    from syncd.demo_quarter import QuarterDemo

    stay = not once and not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    try:
        chosen = QuarterDemo if quarter else Demo
        with chosen(folder, contacts=contacts, crm=crm, seed=seed, quiet=as_json, product=product) as demo:
            summary = demo.run()
            if as_json:
                emit(summary)
            if stay:
                demo.stay()
    except SandboxError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        return 2
    return 0 if summary["further_sync"]["writes"] == 0 else 1
