"""What the reps need of the CRM they work in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connectors.loopback.reps.plan import Step
from connectors.loopback.world.crew import Member

SAVED_BY_HAND = {"Sforce-Auto-Assign": "FALSE"}
"""Somebody who saves a record in the browser runs no assignment rule; the API would."""


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
