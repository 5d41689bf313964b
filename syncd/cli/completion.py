"""syncd completion: the script for a shell."""

from __future__ import annotations

from pathlib import Path

import click

from syncd.cli.common import options
from syncd.cli.show import emit


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@options
def command(config: Path, as_json: bool, shell: str) -> int:
    """Print the completion script of SHELL.

    For bash, put this into ~/.bashrc: eval "$(syncd completion bash)"
    """
    from click.shell_completion import get_completion_class

    from syncd.cli.app import cli

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(cli, {}, "syncd", "_SYNCD_COMPLETE").source()
    if as_json:
        emit({"shell": shell, "script": script})
    else:
        click.echo(script)
    return 0
