"""syncd run: the daemon."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import load, options


@click.command("run")
@click.option("--every", help="Seconds between syncs (default: `poll` in the config).", type=click.FloatRange(min=0.1))
@options
def command(config: Path, as_json: bool, every: float | None) -> int:
    """Sync again and again until stopped (SIGTERM or Ctrl-C; SIGHUP reads the configuration again).

    Logs to standard error; with --json each sync is one JSON line on standard output.
    """
    from syncd.daemon import Daemon

    return Daemon(load(config), config, every=every, as_json=as_json).run()
