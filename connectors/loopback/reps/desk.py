"""What the reps need of the CRM they work in, and the few lines of HTTP they speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import requests

from connectors.loopback.reps.plan import Step
from connectors.loopback.world.crew import Member

_PATIENCE = 30  # seconds


class Refused(Exception):
    """The CRM did not do it, or did not answer; the rep tries again later."""


@dataclass
class Case:
    """One lead on a rep's desk. ``number`` is syncd's handoff number, "" where there is none.

    ``deal_id`` and ``contact_id`` are filled in by a conversion.
    """

    kind: str
    id: str
    number: str
    email: str = ""
    deal_id: str = ""
    contact_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.id}/{self.number}"


class Desk(Protocol):
    system: str

    def inbox(self, members: Sequence[Member]) -> list[tuple[Member, Case]]:
        """What was handed to these reps and is still open, oldest first. May raise Refused."""

    def carry_out(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        """Do one step; returns what was written, empty when there was nothing to do."""


class Api:
    """JSON over one session. A fault, a reset or a refusal is :class:`Refused`."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session = session
        self._url = url

    def call(self, method: str, path: str, *, token: str = "", **body: Any) -> Any:
        """``body`` may be ``json=…`` or ``params=…``; None when there is no content."""
        # Somebody who saves a record in the browser runs no assignment rule; the API would.
        headers = {"Sforce-Auto-Assign": "FALSE"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            answer = self._session.request(method, self._url + path, headers=headers, timeout=_PATIENCE, **body)
            if answer.ok:
                return answer.json() if answer.content else None
        except (requests.RequestException, ValueError) as error:
            raise Refused(f"{method} {path}: {error}") from error
        raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
