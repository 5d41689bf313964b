"""What customers bought and asked: products and tickets in HubSpot.

Their dice are their own, so that all else is the same with any number of tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from connectors.loopback.world.instants import DAY_MS, instant
from connectors.loopback.world.lexicon import between, pick
from connectors.loopback.world.portal import HubSpotSeed

CONTACTS_A_TICKET = 50  # where nobody says how many

_PRODUCTS = (
    ("Team plan", "TEAM-12", 1_188, "Twelve months, up to ten people"),
    ("Business plan", "BUS-12", 4_788, "Twelve months, up to fifty people"),
    ("Onboarding", "ONB-1", 1_500, "Two days with one of our consultants"),
    ("Training day", "TRN-1", 900, "For up to twelve people, on site or online"),
    ("Premium support", "SUP-12", 2_400, "Answers within four hours, twelve months"),
)
_SUBJECTS = (
    ("Cannot log in", "HIGH"),
    ("Export stops half way", "HIGH"),
    ("Invoice shows the old address", "MEDIUM"),
    ("How do I invite a colleague?", "LOW"),
    ("Report is slow since Monday", "MEDIUM"),
    ("Please delete a project", "LOW"),
)
_OPEN_STAGES, _CLOSED = ("1", "2", "3"), "4"  # of HubSpot's support pipeline


class ServiceWriter:
    def __init__(self, hubspot: HubSpotSeed, now: int, days: int, dice: Random) -> None:
        self._hubspot, self._now, self._days, self._dice = hubspot, now, days, dice

    def write(self, customers: Sequence[str], tickets: int) -> dict[str, int]:
        """The catalogue, and tickets of these contacts; how many records of each type. None without customers."""
        if not customers:
            return {}
        began = self._now - self._days * DAY_MS
        catalogue = [
            {"properties": {"name": name, "hs_sku": sku, "price": str(price), "description": text}, "createdAt": began}
            for name, sku, price, text in _PRODUCTS
        ]
        written = {"products": len(self._hubspot.seed("products", catalogue))}
        if tickets:
            ids = self._hubspot.seed("tickets", [self._ticket() for _ in range(tickets)])
            asking = [pick(self._dice, customers) for _ in ids]
            self._hubspot.associate("tickets", "contacts", zip(ids, asking, strict=True))
            written["tickets"] = len(ids)
        return written

    def _ticket(self) -> dict[str, Any]:
        """Most are answered; one that is not is of the last two weeks."""
        dice = self._dice
        subject, priority = pick(dice, _SUBJECTS)
        is_open = dice.random() < 0.2
        asked = self._now - between(dice, 1, min(self._days, 14) if is_open else self._days) * DAY_MS
        answered = min(asked + between(dice, 1, 72) * DAY_MS // 24, self._now)
        properties = {
            "subject": subject,
            "hs_ticket_priority": priority,
            "hs_pipeline": "0",
            "hs_pipeline_stage": pick(dice, _OPEN_STAGES) if is_open else _CLOSED,
        }
        if not is_open:
            properties["closed_date"] = instant(answered)
        return {
            "properties": properties,
            "createdAt": asked,
            "updatedAt": asked if is_open else answered,
        }
