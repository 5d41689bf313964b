"""A loopback HubSpot in process, on a clock that only the test moves, and the people who work in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connectors.hubspot import HubSpotConnector, HubSpotSettings
from connectors.loopback.hubspot import HubSpotEmulator, Limits
from connectors.loopback.hubspot import HubSpotSettings as PortalSettings
from connectors.loopback.kit import Clock, InProcess
from syncd.core.rules import SystemMap
from syncd.core.types import Raw, Ref
from tests.connectors.maps import HUBSPOT

URL = "https://api.hubapi.com"
TOKEN = "pat-na1-loopback"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
NO_LIMITS = Limits(burst=None, oauth_burst=None, search=None, daily=None)
UNIQUE = {"label": "Key (syncd)", "type": "string", "fieldType": "text", "groupName": "syncd", "hasUniqueValue": True}
TEXT = {"type": "string", "fieldType": "text", "groupName": "syncd"}


class Recording(InProcess):
    """The emulator in process, which remembers what it was asked and what it said (0: nothing)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.exchanges: list[tuple[requests.PreparedRequest, int]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.exchanges.append((request, 0))
        answer = super().send(request, *args, **options)
        self.exchanges[-1] = (request, answer.status_code)
        return answer

    def bodies(self, path: str) -> list[Any]:
        """The JSON bodies of requests to a path with this ending, in order."""
        return [json.loads(r.body or b"null") for r, _ in self.exchanges if str(r.url).partition("?")[0].endswith(path)]


class Portal:
    """One account. `settings` are the emulator's; by default without limits, lag and a new id for merged contacts."""

    def __init__(self, *, key_on: Sequence[str] = ("notes", "tasks", "calls"), **settings: Any) -> None:
        self.clock = Clock(START, ticking=False)
        chosen = {"limits": NO_LIMITS, "index_lag_seconds": (0.0, 0.0), **settings}
        self.emulator = HubSpotEmulator(PortalSettings(**chosen), self.clock)
        self.adapter = Recording(self.emulator.app, sleep=self.clock.advance)
        self.slept: list[float] = []
        self.others = 0
        self.hands = requests.Session()
        self.hands.mount(URL, InProcess(self.emulator.app))
        self.hands.headers["Authorization"] = f"Bearer {TOKEN}"
        self.emulator.add_group("contacts", {"name": "syncd", "label": "syncd"})
        for name in ("syncd_crm_id", "syncd_handoff_no", "syncd_stage"):
            self.emulator.add_property("contacts", {**TEXT, "name": name, "label": name})
        for kind in key_on:
            self.emulator.add_group(kind, {"name": "syncd", "label": "syncd"})
            self.emulator.add_property(kind, {**UNIQUE, "name": "syncd_key"})

    # ------------------------------------------------------------ our side
    def connect(
        self, map: SystemMap = HUBSPOT, *, role: frozenset[str] = frozenset({"marketing", "crm"}), **options: Any
    ) -> HubSpotConnector:
        hooks = {name: options.pop(name) for name in ("known", "whose") if name in options}
        settings = HubSpotSettings(**{"token": lambda: TOKEN, "search_rate": 1000, "burst": 10_000, **options})
        return HubSpotConnector(
            settings,
            map,
            role=role,
            adapter=self.adapter,
            clock=lambda: (self.clock.now() - START) / timedelta(seconds=1),
            sleep=self.sleep,
            wall=self.clock.now,
            **hooks,
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    def calls(self) -> int:
        """What the server has counted, without what other people did."""
        return int(self.emulator.log.counts()["total"]) - self.others

    # ------------------------------------------------------------ people at work
    def do(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """A request by somebody else, which does not count."""
        before = self.emulator.log.counts()["total"]
        answer = self.hands.request(method, URL + path, json=body)
        assert answer.status_code == expect, answer.text
        self.others += self.emulator.log.counts()["total"] - before
        return answer.json() if answer.content else None

    def contacts(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        now = self.clock.now()
        seeded = [{"properties": dict(row), "createdAt": now, "updatedAt": now} for row in rows]
        return [Ref("hubspot", "contacts", rid) for rid in self.emulator.seed("contacts", seeded)]

    def records(self, kind: str, *rows: Mapping[str, Raw]) -> list[str]:
        return [self.do("POST", f"/crm/v3/objects/{kind}", {"properties": dict(row)}, expect=201)["id"] for row in rows]

    def link(self, kind: str, rid: str, to_kind: str, to: str) -> None:
        self.do("PUT", f"/crm/v4/objects/{kind}/{rid}/associations/default/{to_kind}/{to}")

    def edit(self, ref: Ref, **properties: Raw) -> None:
        self.do("PATCH", f"/crm/v3/objects/{ref.kind}/{ref.id}", {"properties": properties})

    def archive(self, ref: Ref) -> None:
        self.do("DELETE", f"/crm/v3/objects/{ref.kind}/{ref.id}", expect=204)

    def merge(self, winner: Ref, loser: Ref) -> Ref:
        body = {"primaryObjectId": winner.id, "objectIdToMerge": loser.id}
        merged = self.do("POST", "/crm/v3/objects/contacts/merge", body)
        return winner._replace(id=merged["id"])

    def all(self, kind: str) -> list[dict[str, Any]]:
        return list(self.emulator.snapshot()[kind])

    def fault(self, **rule: Any) -> None:
        self.emulator.faults.add(rule)
