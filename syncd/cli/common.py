"""What commands share: their options, the configuration, the ledger, both systems, and the exit code of a round."""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.core.errors import LedgerError

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.ledger.store import Store
    from syncd.sync.round import Report
    from syncd.sync.systems import Systems

DEFAULT_CONFIG = "syncd.toml"


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`-c CONFIG` and `--json`, before or after the command's name; the function gets `config: Path` and `as_json`."""

    @click.option(
        "-c", "--config", "config", type=click.Path(), help=f"Configuration file (default: {DEFAULT_CONFIG})."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @functools.wraps(function)
    def wrapped(*args: Any, config: str | None, as_json: bool, **kwargs: Any) -> Any:
        before = click.get_current_context().obj or {}
        path = config or before.get("config") or os.environ.get("SYNCD_CONFIG") or DEFAULT_CONFIG
        return function(*args, config=Path(path), as_json=as_json or before.get("json", False), **kwargs)

    return wrapped


def command_line(config: Path, text: str) -> str:
    """A command to type: "syncd status -c other.toml"; without `-c` where the file is the one that is read anyway."""
    usual = str(config) == (os.environ.get("SYNCD_CONFIG") or DEFAULT_CONFIG)
    return f"syncd {text}" if usual else f"syncd {text} -c {shlex.quote(str(config))}"


def how_to_approve(config: Path) -> str:
    """The two commands that approve a plan."""
    return f"{command_line(config, 'plan --out plan.json')}   then   {command_line(config, 'apply plan.json')}"


def load(path: Path, *, secrets: bool = True) -> Config:
    """Raises ConfigError with everything that is wrong with it. Without `secrets` none is looked up, for commands that
    talk to no system."""
    from syncd.config import load as load_config

    return load_config(path, environ=os.environ, resolve=secrets)


@contextmanager
def writing(config: Config) -> Iterator[Store]:
    """The ledger, held against every other writer; made when there is none. Raises LedgerError."""
    from syncd.ledger.store import Store

    try:
        store = Store.open(config.ledger)
    except OSError as error:
        raise LedgerError(
            f"The ledger {config.ledger} cannot be opened: {error.strerror}.",
            "Make its folder yours, or name another ledger in the config.",
        ) from None
    with store:
        yield store


@contextmanager
def reading(config: Config) -> Iterator[Store]:
    """The ledger as it is, also while a daemon writes; empty before the first sync. Raises LedgerError."""
    from syncd.ledger.store import Store

    there = config.ledger.exists() and config.ledger.stat().st_size > 0
    with Store.read(config.ledger) if there else Store.memory() as store:
        yield store


@contextmanager
def connected(config: Config) -> Iterator[Systems]:
    """Both systems, closed at the end; from here on there are logs."""
    from syncd import logs
    from syncd.wiring import connect

    logs.configure(config.log)
    systems = connect(config)
    try:
        yield systems
    finally:
        systems.close()


def outcome(report: Report) -> int:
    """The exit code of a round: 3 when a system sat out, 1 when a human is needed, else 0."""
    if report.out:
        return 3
    return 1 if report.problems or report.braked or report.moved else 0
