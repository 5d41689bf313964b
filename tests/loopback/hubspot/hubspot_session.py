"""A requests session that talks to one emulator in process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.loopback.hubspot import HubSpotEmulator, Limits
from connectors.loopback.kit import Clock, InProcess

BASE = "http://hubspot.loopback"
TOKEN = "pat-na1-loopback"
NO_LIMITS = Limits(burst=None, oauth_burst=None, search=None, daily=None)
START = datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)


class HubSpot(requests.Session):
    """A session that talks to one emulator; paths instead of URLs."""

    def __init__(self, emulator: HubSpotEmulator, clock: Clock) -> None:
        super().__init__()
        self.emulator = emulator
        self.clock = clock
        self.mount(BASE, InProcess(emulator.app))
        self.headers["Authorization"] = f"Bearer {TOKEN}"

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(method, f"{BASE}{url}", *args, **kwargs)

    def contact(self, email: str | None = None, **properties: Any) -> str:
        """Create a contact and return its id."""
        if email:
            properties["email"] = email
        return self.create("contacts", properties)["id"]

    def create(self, kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = self.post(f"/crm/v3/objects/{kind}", json={"properties": properties, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def read(self, kind: str, record_id: str, *names: str) -> dict[str, Any]:
        """The properties of a record."""
        return self.record(kind, record_id, properties=",".join(names))["properties"]

    def record(self, kind: str, record_id: str, **query: Any) -> dict[str, Any]:
        answer = self.get(f"/crm/v3/objects/{kind}/{record_id}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def change(self, kind: str, record_id: str, **properties: Any) -> dict[str, Any]:
        """PATCH a record; the echo."""
        answer = self.patch(f"/crm/v3/objects/{kind}/{record_id}", json={"properties": properties})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def search(self, kind: str = "contacts", **body: Any) -> dict[str, Any]:
        answer = self.post(f"/crm/v3/objects/{kind}/search", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def batch(self, kind: str, verb: str, inputs: list[Any], **more: Any) -> requests.Response:
        return self.post(f"/crm/v3/objects/{kind}/batch/{verb}", json={"inputs": inputs, **more})

    def link(self, kind: str, record_id: str, to_kind: str, to_id: str) -> None:
        path = f"/crm/v4/objects/{kind}/{record_id}/associations/default/{to_kind}/{to_id}"
        assert self.put(path).status_code == 200


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


Portal = Callable[..., HubSpot]
