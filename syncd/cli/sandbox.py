"""syncd sandbox: both emulators with a seeded world, until SIGTERM."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import click


@click.command("sandbox")
@click.option("--hubspot-port", default=0, help="Port of the simulated HubSpot (0: any free one).")
@click.option("--salesforce-port", default=0, help="Port of the simulated Salesforce (0: any free one).")
@click.option("--contacts", type=int, help="How many contacts HubSpot has (2000, or as the scenario says).")
@click.option("--days", type=int, help="How many days of activity lie behind them (90, or as the scenario says).")
@click.option("--seed", type=int, help="The same seed makes the same world (1, or as the scenario says).")
@click.option("--scenario", type=click.Path(path_type=Path), help="Set-up of both systems, and what happens there.")
@click.option("--faults", type=click.Path(path_type=Path), help="File of faults to inject (see docs/sandbox.md).")
@click.option("--product", type=click.Path(path_type=Path), help="Write what people did in the product into this folder, CSV.")
@click.option("--state", type=click.Path(path_type=Path), help="Keep both systems in this folder instead of memory.")
@click.option(
    "-c", "--config", "--write-config", "write_config", type=click.Path(path_type=Path),
    help="Write a configuration that works on this sandbox.",
)  # fmt: skip
@click.option("--crm", type=click.Choice(["salesforce", "hubspot"]), default="salesforce", show_default=True,
              help="Where sales works, for --write-config.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="What it prints is JSON in any case.")
@click.pass_context
def command(
    ctx: click.Context,
    hubspot_port: int,
    salesforce_port: int,
    contacts: int | None,
    days: int | None,
    seed: int | None,
    scenario: Path | None,
    faults: Path | None,
    product: Path | None,
    state: Path | None,
    write_config: Path | None,
    crm: str,
    as_json: bool,
) -> int:
    """Run a simulated HubSpot and Salesforce on 127.0.0.1, with their nasty parts, until SIGTERM or Ctrl-C.

    Prints one JSON line when ready: where both are and how to log in.
    """
    from connectors.loopback.sandbox import SandboxError, start
    from syncd.config.write import sandbox_config

    before = (ctx.obj or {}).get("config")
    if write_config is None and before:
        write_config = Path(before)
    signals = {signal.SIGTERM, signal.SIGINT}
    for number in signals:
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        sandbox = start(
            hubspot_port=hubspot_port, salesforce_port=salesforce_port, contacts=contacts, days=days, seed=seed,
            scenario=scenario, faults=faults, path=state, product=product,
        )  # fmt: skip
    except SandboxError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        return 2
    with sandbox:
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        ready = sandbox.ready_line()
        if write_config is not None:
            write_config.parent.mkdir(parents=True, exist_ok=True)
            sandbox_config(ready, write_config, crm=crm, product=product)
        made = {"config": str(write_config) if write_config else None, "product": str(product) if product else None}
        click.echo(json.dumps({**ready, **made}))
        sys.stdout.flush()
        signal.sigwait(signals)
    return 0
