"""HubSpot over the emulator passes the suite that every connector passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest

from connectors.base import Connector
from syncd.core.types import Raw, Ref
from tests.connectors.hubspot.portal import Portal
from tests.connectors.maps import HUBSPOT
from tests.connectors.suite import ConnectorSuite, Remote


class HubSpotRemote(Remote):
    map = HUBSPOT
    page = 100
    late = 59.0
    creates = False
    people, gone = "people", "archived"
    idle: ClassVar[Mapping[str, int]] = {"people": 1, "archived": 1, "owners": 2, "opportunities": 1}

    def __init__(self, lag: float = 0.0) -> None:
        self.portal = Portal(merge="primary-id", index_lag_seconds=(lag, lag))

    def connect(self) -> Connector:
        connector = self.portal.connect()
        health = connector.check([])
        assert not health.problems, health.problems
        return connector

    def calls(self) -> int:
        return self.portal.calls()

    def advance(self, seconds: float) -> None:
        self.portal.clock.advance(seconds)
        self.portal.emulator.faults.clear()

    def add(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        return self.portal.contacts([self.remote_fields(row) for row in rows])

    def add_late(self, row: Mapping[str, Raw], seconds: float) -> Ref:
        (rid,) = self.portal.records("contacts", self.remote_fields(row))
        return Ref("hubspot", "contacts", rid)

    def edit(self, ref: Ref, **canonical: Raw) -> None:
        self.portal.edit(ref, **self.remote_fields(canonical))

    def delete(self, ref: Ref) -> None:
        self.portal.archive(ref)

    def merge(self, winner: Ref, loser: Ref) -> None:
        assert self.portal.merge(winner, loser) == winner

    def count_people(self, token: str) -> int:
        raise NotImplementedError

    def activities(self, key: str) -> list[Mapping[str, object]]:
        found: list[Mapping[str, object]] = []
        for kind in ("tasks", "notes"):
            for row in self.portal.all(kind):
                if row["properties"].get("syncd_key") == key:
                    done = row["properties"].get("hs_task_status") in (None, "COMPLETED")
                    found.append({"about": self._about(kind, row["id"]), "done": done})
        return found

    def _about(self, kind: str, rid: str) -> Ref | None:
        body = {"inputs": [{"id": rid}]}
        answer = self.portal.hands.post(
            f"https://api.hubapi.com/crm/v4/associations/{kind}/contacts/batch/read", json=body
        )
        ids = [str(to["toObjectId"]) for row in answer.json()["results"] for to in row["to"]]
        return Ref("hubspot", "contacts", ids[0]) if ids else None

    def owner(self) -> str:
        return self.portal.emulator.add_owner({"email": "rep@example.com", "firstName": "R", "lastName": "Ep"})

    def refused(self) -> dict[str, Raw]:
        return {"hs_lead_status": "NO_SUCH_STATUS"}

    def lose_answer(self) -> None:
        self.portal.fault(method="POST", path="batch", reset="after", nth=1)

    def turn_away(self) -> None:
        self.portal.fault(method="*", path="batch", status=429)


class TestHubSpot(ConnectorSuite):
    @pytest.fixture
    def remote(self, request: pytest.FixtureRequest) -> Remote:
        """An index that lags as far as the overlap reaches, where a test is about that; else one that does not."""
        return HubSpotRemote(HubSpotRemote.late if "late" in request.node.name else 0.0)
