"""The command group: a table of commands with their one-line help, so that `--help` imports none of them."""

from __future__ import annotations

import functools
import importlib
import io
import json
import os
import sqlite3
import sys
from typing import Any, NoReturn

import click

COMMANDS = {
    "demo": ("demo", "See the whole loop run on simulated HubSpot and Salesforce."),
    "sandbox": ("sandbox", "Run a simulated HubSpot and Salesforce to rehearse on."),
    "init": ("init", "Write a configuration to start from."),
    "check": ("check", "Check configuration, credentials, fields, and budgets."),
    "setup": ("setup", "Make what the mapping needs in both systems."),
    "plan": ("plan", "Show what a sync would do, without doing it."),
    "apply": ("apply", "Do exactly what a saved plan says."),
    "sync": ("sync", "Make one sync now."),
    "run": ("run", "Sync again and again (the daemon)."),
    "status": ("status", "Where everything stands."),
    "explain": ("explain", "Why a person was handed over, or why not."),
    "why-value": ("why_value", "Why a field has its value: winner, loser, rule."),
    "who-writes": ("who_writes", "Who else writes a field, by name."),
    "score": ("score", "The score of a person, line by line."),
    "route": ("route", "Who would get a person now, and why."),
    "brief": ("brief", "What the rep reads: the brief of a person, now or as it was sent."),
    "rank": ("rank", "Rank all people by score, with what is missing."),
    "test": ("policy", "Run policy tests: made-up leads, and what the rules make of them."),
    "try": ("try_", "Try new rules on everybody as they are today: who enters, who leaves."),
    "backtest": ("backtest", "Let new rules decide about the past, and see what came of it."),
    "proposals": ("proposals", "What sales’ answers suggest for the rules, with backtests."),
    "import": ("import_", "Make a ledger of past leads from CSV files, for backtests."),
    "criteria": ("criteria", "When a lead is ready, in words to agree on."),
    "promise": ("promise", "What sales promise of the leads that they get, in words to sign."),
    "stages": ("stages", "The stages of the funnel: definition, entry test, who is responsible."),
    "agenda": ("agenda", "The leads that wait for a release, as a sheet for the meeting."),
    "release": ("release", "Let leads go that wait for a named person."),
    "reject": ("reject", "Send a lead back that waits for a release."),
    "handoff": ("handoff", "Hand a person over by hand, past the score."),
    "reopen": ("reopen", "Make a lead again of somebody whom sales threw away."),
    "handoffs": ("handoffs", "List handoffs and what became of them."),
    "conservation": ("conservation", "Where every MQL of a window is, checked against both systems."),
    "leaks": ("leaks", "Every lead that should move and does not."),
    "overdue": ("overdue", "What each rep owes by the promise, and for how long."),
    "problems": ("problems", "List what needs a human, and try again."),
    "report": ("numbers", "What became of the leads that were passed, in numbers for both teams."),
    "alerts": ("alerts", "List alerts, and try the channels."),
    "undo": ("undo", "Take a sync back where that is still possible."),
    "completion": ("completion", "Print the shell completion script."),
}


EXIT_CODES = {
    "0": "done",
    "1": "done, but something needs a human",
    "2": "wrong usage or configuration",
    "3": "a remote system could not be used",
    "4": "the ledger is in use or damaged",
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

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl(list(EXIT_CODES.items()))

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
    4 the ledger cannot be used. With --json an error too is one JSON object on standard output."""
    from syncd.core.errors import ConfigError, LedgerError, RemoteError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    given = sys.argv[1:] if args is None else args
    fail = functools.partial(_fail, as_json="--json" in given)
    try:
        code = cli.main(args=args, prog_name="syncd", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        _say("Stopped.")
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        fail(2, [error.format_message()], shown=True)
    except ConfigError as error:
        fail(2, [str(complaint) for complaint in error.complaints])
    except RemoteError as error:
        fail(3, [str(error)])
    except LedgerError as error:
        fail(4, [str(error)])
    except sqlite3.DatabaseError as error:
        fail(4, [f"The ledger is damaged or cannot be used ({error}). Put back a backup; syncd finds in both systems what "
                 "happened since."])  # fmt: skip
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has left
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise
        fail(2, [f"{error.filename}: {error.strerror}."])
    sys.exit(code if isinstance(code, int) else 0)


def _fail(code: int, sentences: list[str], *, as_json: bool, shown: bool = False) -> NoReturn:
    if not shown:
        for sentence in sentences:
            _say(sentence)
    if as_json:
        click.echo(json.dumps({"error": sentences, "exit_code": code}, ensure_ascii=False))
    sys.exit(code)


def _say(sentence: str) -> None:
    click.echo("".join(c if c.isprintable() or c == "\n" else " " for c in sentence), err=True)
