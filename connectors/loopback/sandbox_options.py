"""What a sandbox is asked to be, and everything that may be wrong with it."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from connectors.loopback.fault_file import read_faults
from connectors.loopback.kit import FaultError
from connectors.loopback.kit.numbers import whole
from connectors.loopback.scenario.tables import MOST_CONTACTS, MOST_DAYS

_STORES = {"hubspot": "hubspot.db", "salesforce": "salesforce.db"}


class SandboxError(ValueError):
    """A sandbox that cannot be started; ``problems`` lists every reason as a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Options:
    """``faults`` is a rule file, ``scenario`` a scenario file, ``path`` a directory for the two
    stores (in memory without), ``now`` the clock's start (the machine's without), ``product`` a
    directory for the events of the product (none are written without).

    ``ahead``: of so many days after the start marketing's events are still to come (:class:`Season`).

    What is None here the scenario says, or else the defaults do.
    """

    hubspot_port: int = 0
    salesforce_port: int = 0
    contacts: int | None = None
    days: int | None = None
    seed: int | None = None
    faults: Path | None = None
    scenario: Path | None = None
    ticking: bool | None = None
    path: Path | None = None
    now: datetime | None = None
    product: Path | None = None
    ahead: int = 0

    def problems(self) -> list[str]:
        """One sentence for everything that stands in the way, but for the scenario's."""
        found = []
        if self.contacts is not None and not 0 <= self.contacts <= MOST_CONTACTS:
            found.append(f"The number of contacts must be {_span(self.contacts, 0, MOST_CONTACTS)}.")
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            found.append(f"The number of days must be {_span(self.days, 1, MOST_DAYS)}.")
        found += self._port_problems()
        try:
            self.rules()
        except FaultError as error:
            found += error.problems
        if self.path is not None:
            found += _directory_problems(self.path)
        if self.product is not None and self.product.exists() and not self.product.is_dir():
            found.append(f"{self.product} is not a directory.")
        return found

    def rules(self) -> list[tuple[str, dict[str, Any]]]:
        """System and rule of every fault; raises FaultError."""
        return [] if self.faults is None else read_faults(self.faults)

    def store(self, system: str) -> str:
        """Where the emulator keeps its store; makes the directory when it is missing."""
        if self.path is None:
            return ":memory:"
        self.path.mkdir(parents=True, exist_ok=True)
        return str(self.path / _STORES[system])

    def _port_problems(self) -> list[str]:
        ports = {"HubSpot": self.hubspot_port, "Salesforce": self.salesforce_port}
        found = [text for name, port in ports.items() if (text := port_problem(name, port))]
        if self.hubspot_port and self.hubspot_port == self.salesforce_port:
            found.append(f"HubSpot and Salesforce cannot share port {self.hubspot_port}.")
        return found


def _span(number: int, least: int, most: int) -> str:
    return f"{least} or more, not {number}" if number < least else f"{most:,} at most, not {number}"


def port_problem(name: str, port: int) -> str | None:
    """Why ``port`` of 127.0.0.1 cannot be served on now; None when it can."""
    if not 0 <= port <= 65_535:
        return f"The {name} port must be between 0 and 65535, not {port}."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return f"The {name} port {port} cannot be opened: {error.strerror}."
    return None


def _directory_problems(path: Path) -> list[str]:
    if path.exists() and not path.is_dir():
        return [f"{path} is not a directory."]
    taken = [name for name in _STORES.values() if (path / name).exists()]
    return [f"{path / name} holds an older sandbox; remove it or choose another directory." for name in taken]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SandboxError([f"{message[:1].upper()}{message[1:]}."])


def parse(arguments: Sequence[str]) -> Options:
    """The options on a command line; raises SandboxError with every problem at once."""
    parser = _Parser(
        prog="python -m connectors.loopback.sandbox",
        description="Serve an emulated HubSpot and an emulated Salesforce with a seeded world.",
        allow_abbrev=False,
    )
    numbers = ("hubspot_port", "salesforce_port", "contacts", "days", "seed")
    for name in numbers:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="N")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="fault rules, JSON or TOML")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="a set-up and what happens in it, TOML")
    parser.add_argument("--product", type=Path, metavar="DIR", help="write events of the product there, CSV")
    parser.add_argument("--state", type=Path, metavar="DIR", help="keep the two stores there")
    known, unknown = parser.parse_known_args(arguments)
    problems = [f"There is no argument {argument}." for argument in unknown]
    values: dict[str, Any] = {}
    for name in numbers:
        text = getattr(known, name)
        if text is None:
            continue
        number = whole(text)
        if number is not None:
            values[name] = number
        else:
            problems.append(f'--{name.replace("_", "-")} must be a whole number, not "{text}".')
    options = replace(Options(), **values, faults=known.faults, scenario=known.scenario, path=known.state)
    options = replace(options, product=known.product)
    problems += options.problems()
    if problems:
        raise SandboxError(problems)
    return options
