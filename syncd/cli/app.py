"""The command group: a table of commands with their one-line help, so that `--help` imports none of them."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

COMMANDS = {
    "demo": ("demo", "See the whole loop run on simulated HubSpot and Salesforce."),
    "sandbox": ("sandbox", "Run a simulated HubSpot and Salesforce to rehearse on."),
    "init": ("init", "Write a configuration to start from."),
    "check": ("check", "Check configuration, credentials, fields, and budgets."),
    "plan": ("plan", "Show what a sync would do, without doing it."),
    "apply": ("apply", "Do exactly what a saved plan says."),
    "sync": ("sync", "Make one sync now."),
    "run": ("run", "Sync again and again (the daemon)."),
    "status": ("status", "Where everything stands."),
    "explain": ("explain", "Why a person was handed over, or why not."),
    "handoffs": ("handoffs", "List handoffs and what became of them."),
    "problems": ("problems", "List what needs a human, and try again."),
    "undo": ("undo", "Take a sync back where that is still possible."),
    "completion": ("completion", "Print the shell completion script."),
}


class LazyGroup(click.Group):
    """Finds a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"syncd.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean “{near[0]}”?" if near else " See: syncd --help"
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-c", "--config", "config", type=click.Path(), help="Configuration file.", expose_value=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.version_option(package_name="syncd", prog_name="syncd")
@click.pass_context
def cli(ctx: click.Context, config: str | None, as_json: bool) -> None:
    """Hands each marketing-qualified lead from HubSpot to sales exactly once, to the right owner, with its story, and
    brings the outcome back.

    Start with: syncd demo
    """
    ctx.obj = {"config": config, "json": as_json}


def main(args: list[str] | None = None) -> Any:
    """Run the command line; exits with 0 done, 1 a human is needed, 2 usage or configuration, 3 a system cannot be used,
    4 the ledger cannot be used."""
    from syncd.core.errors import ConfigError, LedgerError, RemoteError

    try:
        code = cli.main(args=args, prog_name="syncd", standalone_mode=False)
    except click.exceptions.Abort:
        _say("Stopped.")
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ConfigError as error:
        for complaint in error.complaints:
            _say(str(complaint))
        sys.exit(2)
    except RemoteError as error:
        _say(str(error))
        sys.exit(3)
    except LedgerError as error:
        _say(str(error))
        sys.exit(4)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
