"""What a plan is made of: the CRM's abilities, what is the same for everyone in a sync, and the plan for one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from syncd.core.facts import Directory, Handoff
from syncd.core.rules import Rules
from syncd.core.standing import Taken
from syncd.core.types import Action, Problem, Raw, Record


@dataclass(frozen=True, slots=True)
class Crm:
    """What the plan must know of the CRM's abilities (see connectors.base.Capabilities)."""

    create_kind: str
    linked: bool
    keyed: frozenset[str]
    text_limit: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What to store and send for one person. `handoff` is one that is opened now.

    `taken` is who gets the lead; `doubt`: each action is looked for before it is sent; `again` is when
    to look anew for somebody who can take a lead that nobody can take now.
    """

    handoff: Handoff | None = None
    actions: tuple[Action, ...] = ()
    taken: Taken | None = None
    again: datetime | None = None
    problems: tuple[Problem, ...] = ()
    doubt: bool = False

    @property
    def due(self) -> datetime | None:
        """When to look at the person again: for somebody who can take the lead, or whether it was delivered in time."""
        if self.handoff is None or self.handoff.promised is None:
            return self.again
        return self.handoff.opened + self.handoff.promised.delivery

    @property
    def pool(self) -> str:
        return self.taken.draw.pool if self.taken and self.taken.draw else ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is the same for everyone in one sync."""

    rules: Rules
    directory: Directory
    crm: Crm
    portal: str
    now: datetime


def held(record: Record, fields: Iterable[str]) -> dict[str, Raw]:
    """What the record holds now of these fields; long texts that the ledger does not keep are left out."""
    return {name: record.fields[name] for name in fields if name in record.fields}
