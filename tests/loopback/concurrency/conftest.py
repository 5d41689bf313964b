"""Many clients at once, over real sockets, on a clock that stands still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits
from connectors.loopback.kit import Clock, Server, serve
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

CLIENTS = 16
START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Crowd:
    """Clients of one server; they all start at the same moment."""

    def __init__(self, emulator: Any, server: Server, token: str) -> None:
        self.emulator = emulator
        self._url = server.url
        self._token = token

    def send(self, method: str, path: str, json: Any = None) -> requests.Response:
        """One request on a connection of its own."""
        with requests.Session() as session:
            return self.send_on(session, method, path, json)

    def send_on(self, session: requests.Session, method: str, path: str, json: Any = None) -> requests.Response:
        """One request on the connection that this session keeps."""
        session.trust_env = False
        headers = {"Authorization": f"Bearer {self._token}"}
        return session.request(method, self._url + path, json=json, headers=headers, timeout=30)

    def all(self, count: int, ask: Callable[[int], tuple[Any, ...]]) -> list[requests.Response]:
        """``count`` requests from so many clients at once, each ``ask(n)``: (method, path, body); in order of n."""
        gate = threading.Barrier(CLIENTS)
        answers: dict[int, requests.Response] = {}

        def client(first: int) -> None:
            gate.wait()
            for number in range(first, count, CLIENTS):
                answers[number] = self.send(*ask(number))

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(client, range(CLIENTS)))
        return [answers[number] for number in range(count)]


Hub = Callable[..., Crowd]


@pytest.fixture
def open_crowd() -> Iterator[Callable[[Any, str], Crowd]]:
    """``open_crowd(emulator, token)`` serves it; stopped and closed after the test."""
    opened: list[tuple[Server, Any]] = []

    def make(emulator: Any, token: str) -> Crowd:
        server = serve(emulator.app, threads=CLIENTS)
        opened.append((server, emulator))
        return Crowd(emulator, server, token)

    yield make
    for server, emulator in opened:
        server.stop()
        emulator.close()


@pytest.fixture
def hubspot(open_crowd: Callable[[Any, str], Crowd]) -> Hub:
    """``hubspot(**limits)``: a portal with no limits but these."""

    def make(**limits: Any) -> Crowd:
        wanted = Limits(**{"burst": None, "oauth_burst": None, "search": None, "daily": None, **limits})
        settings = HubSpotSettings(limits=wanted, property_lag_seconds=0)
        return open_crowd(HubSpotEmulator(settings, Clock(START, ticking=False)), "pat-na1-loopback")

    return make


@pytest.fixture
def salesforce(open_crowd: Callable[[Any, str], Crowd]) -> Hub:
    """``salesforce(**settings)``: an org with a unique external id on Lead."""

    def make(**settings: Any) -> Crowd:
        emulator = SalesforceEmulator(SalesforceSettings(**settings), Clock(START, ticking=False))
        key = {"name": "Key__c", "type": "string", "length": 32, "externalId": True, "unique": True}
        emulator.add_field("Lead", key)
        return open_crowd(emulator, DEFAULT_TOKEN)

    return make
