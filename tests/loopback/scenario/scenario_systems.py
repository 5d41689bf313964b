"""Both systems of a sandbox over HTTP, as any client sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.loopback.kit import InProcess
from connectors.loopback.sandbox import Sandbox
from connectors.loopback.world import setup

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HUBSPOT, SALESFORCE = "https://hubspot.example", "https://salesforce.example"
DATA = "/services/data/v62.0"

# Saves in spite of a duplicate rule that only alerts.
SAVE_ANYWAY = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}

Stage = Callable[..., Sandbox]


class Systems:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.mount(HUBSPOT, InProcess(sandbox.hubspot.app))
        self.session.mount(SALESFORCE, InProcess(sandbox.salesforce.app))

    def hubspot(self, method: str, path: str, token: str = setup.HUBSPOT_TOKEN, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.request(method, HUBSPOT + path, headers=headers, **body)

    def salesforce(
        self, method: str, path: str, token: str = setup.INTEGRATION_TOKEN, **body: Any
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}", **body.pop("headers", {})}
        return self.session.request(method, SALESFORCE + DATA + path, headers=headers, **body)

    def query(self, soql: str) -> list[dict[str, Any]]:
        """As the administrator, whose sessions do not end."""
        asked = self.session.post(f"{SALESFORCE}/_sandbox/token", json={"user": setup.ADMIN_USER})
        answer = self.salesforce("GET", "/queryAll", asked.json()["access_token"], params={"q": soql})
        assert answer.ok, answer.text
        found: list[dict[str, Any]] = answer.json()["records"]
        return found

    def advance(self, text: str) -> None:
        """Through the control endpoint, as everybody lets time pass."""
        asked = self.session.post(f"{SALESFORCE}/_sandbox/clock", json={"advance": text})
        assert asked.ok, asked.text

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = self.session.get(f"{HUBSPOT}/_sandbox/scenario").json()
        return found
