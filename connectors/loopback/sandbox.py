"""Both emulators on their ports, with a seeded world: ``python -m connectors.loopback.sandbox``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.kit import Clock, Server, Ticker, serve
from connectors.loopback.reps import Quarter, QuarterReps, Reps
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.sandbox_options import Options, SandboxError, parse, port_problem
from connectors.loopback.scenario import Scenario, ScenarioError, read, tables
from connectors.loopback.scenario.org_setup import instead_of
from connectors.loopback.scenario.production import Production, settings
from connectors.loopback.world import Season, World, furnish, people, setup

__all__ = ["Options", "Sandbox", "SandboxError", "main", "prepare", "start"]

CONTACTS, DAYS, SEED = 2_000, 90, 1

_STOP = {signal.SIGTERM, signal.SIGINT}
T = TypeVar("T")


@dataclass
class Sandbox:
    """Two emulators with one clock and one world; reachable once :meth:`serve` was called.

    ``season``: what marketing is still to see, of a sandbox that was started with days ahead.
    """

    hubspot: HubSpotEmulator
    salesforce: SalesforceEmulator
    clock: Clock
    world: World
    production: Production | None = None
    season: Season | None = None
    servers: dict[str, Server] = field(default_factory=dict)
    _ticker: Ticker | None = None

    def serve(self, hubspot_port: int = 0, salesforce_port: int = 0) -> None:
        """Open both ports; raises SandboxError, with neither open, when one cannot be."""
        for emulator, port in ((self.hubspot, hubspot_port), (self.salesforce, salesforce_port)):
            try:
                self.servers[emulator.name] = serve(emulator.app, port)
            except OSError as error:
                self._close_ports()
                text = port_problem(emulator.name, port) or f"Port {port}: {error.strerror}."
                raise SandboxError([text]) from error
        self.hubspot.start()
        if self.clock.ticking:
            self._ticker = Ticker(self.clock)

    def ready_line(self) -> dict[str, Any]:
        """Where the two systems are and how syncd logs in."""
        return {
            "hubspot": {"url": self.servers["hubspot"].url, "token": setup.HUBSPOT_TOKEN},
            "salesforce": {
                "url": self.servers["salesforce"].url,
                "access_token": setup.INTEGRATION_TOKEN,
                "client_id": setup.CLIENT_ID,
                "client_secret": setup.CLIENT_SECRET,
                "external_id_field": setup.EXTERNAL_ID_FIELD,
            },
        }

    def reps(self, *, seed: int, crm: Literal["salesforce", "hubspot"] = "salesforce") -> Reps:
        """The sales people of a served sandbox, working in that CRM."""
        return Reps(self.world.crew, **self._workplace(), seed=seed, crm=crm)

    def quarter(self, *, seed: int, crm: Literal["salesforce", "hubspot"] = "salesforce") -> Quarter:
        """What comes in the days ahead. Raises ValueError where none were asked for."""
        if self.season is None:
            raise ValueError("This sandbox was started without days ahead.")
        return Quarter(
            self.hubspot, self.salesforce, self.season, QuarterReps(self.world.crew, **self._workplace(), seed=seed, crm=crm)
        )

    def _workplace(self) -> dict[str, Any]:
        return {
            "hubspot_url": self.servers["hubspot"].url,
            "salesforce_url": self.servers["salesforce"].url,
            "hubspot_token": setup.HUBSPOT_REPS_TOKEN,
        }

    def stop(self) -> None:
        """Stop time, close the ports, then the stores."""
        if self._ticker is not None:
            self._ticker.stop()
        self._close_ports()
        if self.production is not None:
            self.production.close()
        self.hubspot.close()
        self.salesforce.close()

    def _close_ports(self) -> None:
        self.hubspot.stop()
        for server in self.servers.values():
            server.stop()
        self.servers.clear()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def prepare(options: Options) -> Sandbox:
    """A sandbox with its world, its faults and its scenario that is not served yet.

    Raises SandboxError with every reason at once.
    """
    problems = options.problems()
    scenario = None
    try:
        if options.scenario is not None:
            scenario = read(options.scenario)
        if scenario is not None and (problems or scenario.problems):
            _rehearse(scenario)
    except ScenarioError as error:
        problems += error.problems
    if problems:
        raise SandboxError(problems)
    try:
        return _build(options, scenario)
    except ScenarioError as error:
        raise SandboxError(error.problems) from error


def _rehearse(scenario: Scenario) -> None:
    """Put up in memory, for what else is wrong with a scenario that will not be played. Raises ScenarioError."""
    hubspot_settings, salesforce_settings = settings(scenario)
    clock = Clock(ticking=False)
    with ExitStack() as opened:
        hubspot = opened.enter_context(closing(HubSpotEmulator(hubspot_settings, clock)))
        salesforce = opened.enter_context(closing(SalesforceEmulator(salesforce_settings, clock)))
        furnish(hubspot, salesforce, instead_of(scenario))
        opened.enter_context(closing(Production(scenario, hubspot, salesforce))).install()


def _build(options: Options, scenario: Scenario | None) -> Sandbox:
    """Raises ScenarioError when the scenario names what is not there."""
    size = scenario.content.world if scenario else tables.World()
    seed = _first(options.seed, size.seed, SEED)
    clock = Clock(options.now or size.start, ticking=_first(options.ticking, size.ticking))
    hubspot_settings, salesforce_settings = settings(scenario)
    if options.ahead:
        salesforce_settings.currencies = setup.CURRENCIES
    hubspot = HubSpotEmulator(hubspot_settings, clock, options.store("hubspot"))
    salesforce = SalesforceEmulator(salesforce_settings, clock, options.store("salesforce"))
    crew = furnish(hubspot, salesforce, instead_of(scenario) if scenario else ())
    production = Production(scenario, hubspot, salesforce) if scenario else None
    if production is not None:
        production.install()
    season = Season(hubspot, options.ahead) if options.ahead else None
    world = people(
        hubspot,
        salesforce,
        crew,
        contacts=_first(options.contacts, size.contacts, CONTACTS),
        days=_first(options.days, size.days, DAYS),
        seed=seed,
        product=options.product,
        tickets=size.tickets,
        season=season,
    )
    for system, rule in options.rules():
        (hubspot if system == "hubspot" else salesforce).faults.add(rule)
    if production is not None:
        production.begin(clock, seed)
    return Sandbox(hubspot, salesforce, clock, world, production, season)


def _first(*choices: T | None) -> T:
    """The first that was chosen; the last one always is."""
    return next(choice for choice in choices if choice is not None)


def start(
    *,
    hubspot_port: int = 0,
    salesforce_port: int = 0,
    contacts: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    faults: str | Path | None = None,
    scenario: str | Path | None = None,
    ticking: bool | None = None,
    path: str | Path | None = None,
    now: datetime | None = None,
    product: str | Path | None = None,
    ahead: int = 0,
) -> Sandbox:
    """Build a world and serve it on 127.0.0.1; port 0 takes a free one.

    The arguments are those of :class:`Options`. Raises SandboxError with every reason at once.
    """
    sandbox = prepare(
        Options(
            hubspot_port=hubspot_port,
            salesforce_port=salesforce_port,
            contacts=contacts,
            days=days,
            seed=seed,
            faults=None if faults is None else Path(faults),
            scenario=None if scenario is None else Path(scenario),
            ticking=ticking,
            path=None if path is None else Path(path),
            now=now,
            product=None if product is None else Path(product),
            ahead=ahead,
        )
    )
    try:
        sandbox.serve(hubspot_port, salesforce_port)
    except SandboxError:
        sandbox.stop()
        raise
    return sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT: 0; 2 and a sentence per problem when it cannot start."""
    for number in _STOP:
        signal.signal(number, _leave)
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments)
        sandbox = prepare(options)
        # From here on signals wait for sigwait; the servers' threads inherit the mask.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
        with sandbox:
            sandbox.serve(options.hubspot_port, options.salesforce_port)
            sys.stdout.write(orjson.dumps(sandbox.ready_line()).decode() + "\n")
            sys.stdout.flush()
            signal.sigwait(_STOP)
    except SandboxError as error:
        sys.stderr.write("".join(f"sandbox: {problem}\n" for problem in error.problems))
        return 2
    return 0


def _leave(number: int, frame: object) -> None:
    """A signal before the world is ready."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
