"""syncd completion: the script for a shell."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of SHELL; put `eval "$(syncd completion bash)"` into your profile."""
    from click.shell_completion import get_completion_class

    from syncd.cli.app import cli

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "syncd", "_SYNCD_COMPLETE").source())
    return 0
