"""The selling company's people, known to both systems by e-mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from connectors.loopback.world.lexicon import pick

QUEUE = "Inbound Triage"


@dataclass(frozen=True)
class Member:
    """``owner_id`` is HubSpot's, ``user_id`` Salesforce's; empty where a system lacks them.

    ``role`` is rep, manager or inactive; ``token`` a Salesforce session of the member's own.
    """

    first: str
    last: str
    email: str
    territory: str
    role: str
    timezone: str
    owner_id: str
    user_id: str
    token: str


@dataclass(frozen=True)
class Crew:
    """``default_owner_id`` and ``integration_id`` are Salesforce users, ``queue_id`` its queue."""

    members: tuple[Member, ...]
    queue_id: str
    default_owner_id: str
    integration_id: str
    _sellers: dict[str, tuple[Member, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_territory: dict[str, tuple[Member, ...]] = {}
        for member in self.reps:
            if member.user_id:
                known = by_territory.get(member.territory, ())
                by_territory[member.territory] = (*known, member)
        object.__setattr__(self, "_sellers", by_territory)

    @property
    def reps(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.role == "rep")

    @property
    def inactive(self) -> Member:
        return next(member for member in self.members if member.role == "inactive")

    @property
    def only_in_hubspot(self) -> Member:
        return next(member for member in self.members if not member.user_id)

    def seller(self, dice: Random, territory: str) -> Member:
        """An active rep of the territory, known to both systems; any rep where it has none."""
        choices = self._sellers.get(territory)
        return pick(dice, choices or [rep for rep in self.reps if rep.user_id])
