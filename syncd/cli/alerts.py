"""syncd alerts: who was told what, and a test of every channel."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from syncd.cli.common import load, options, reading
from syncd.cli.show import emit, minute, say, table
from syncd.config import Config


@click.command("alerts")
@click.option("--test", is_flag=True, help="Send a test message through every channel now.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=1), help="At most so many, newest first."
)
@options
def command(config: Path, as_json: bool, test: bool, limit: int) -> int:
    """List alerts, newest first: to whom, whether sent or waiting and until when. Channels stand in [alerts] of the
    configuration."""
    from syncd.ledger import alerts

    settings = load(config, secrets=test)
    if test:
        return _test(settings, as_json)
    with reading(settings) as store:
        found = alerts.latest(store, limit)
        counted = alerts.counts(store)
    if as_json:
        emit({"counts": counted, "alerts": found})
    elif not settings.alerts.channels and not found:
        say(
            "No channel is configured: [alerts.email], [alerts.slack] or [alerts.webhook]; config.example.toml shows them."
        )
    elif not found:
        say("No alerts yet.")
    else:
        table(
            ("at (UTC)", "channel", "to", "state", "what"),
            [(minute(a["sent"] or a["due"]), a["channel"], a["to"], a["state"], a["title"]) for a in found],
        )
    return 1 if counted.get("failed") else 0


def _test(settings: Config, as_json: bool) -> int:
    from syncd.alerts import rehearse

    done = list(rehearse(settings.alerts, datetime.now(UTC)))
    if as_json:
        emit({"channels": [{"channel": by, "error": error.sentence if error else None} for by, error in done]})
    elif not done:
        say("No channel is configured: see [alerts] in config.example.toml.")
    else:
        for by, error in done:
            say(f"{by}: {f'{error.sentence} {error.fix}'.rstrip() if error else 'sent'}")
    return 3 if any(error for _, error in done) else 0
