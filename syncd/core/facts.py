"""What one decision looks at: everything the ledger holds about a person, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from syncd.core.contest import Contest
from syncd.core.lists import Said
from syncd.core.promise import Promise
from syncd.core.rulings import Ruling
from syncd.core.types import Activity, Opportunity, Owner, Raw, Record, Ref

OPEN_STATES = ("open", "delivered")

REJECTED = "rejected"
"""The entry of what a named person sent back before it went to sales."""


ROUTED, BY_HAND = "routed", "by hand"


class Hop(NamedTuple):
    """An owner of a lead, since when, and why: `ROUTED` first, then `BY_HAND` or the sentence of a re-route."""

    at: datetime
    owner: str
    owner_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Handoff:
    """One numbered attempt for a person.

    state      open (decided, being delivered) · delivered (owner verified in the CRM) · closed (has an outcome) · void
    entry      score, hand_raise, product, manual (by a named person), adopted (found delivered by a new ledger),
               rejected (sent back before it went)
    owner      e-mail of the receiver; `rule` and `why` say how the routing chose it
    outcome    qualified, recycle, could_not_reach, trash ("" while open)
    evidence   time of the newest activity that the decision saw
    hops       everybody who had it, oldest first; empty until it moves from the first owner
    reopens    how often sales took it up again after it was closed, `reopened` when last (T19)
    promise    version of the promise in force when it was opened, "" for none; `promised` is what it says of this tier
    worked     since when `work` stands, as far as one can see
    """

    number: int
    key: str
    state: str
    entry: str
    opened: datetime
    owner: str = ""
    owner_id: str = ""
    rule: str = ""
    why: tuple[str, ...] = ()
    score: int = 0
    tier: str = ""
    criteria: str = ""
    brief: str = ""
    target: Ref | None = None
    delivered: datetime | None = None
    evidence: datetime | None = None
    work: str = ""
    outcome: str = ""
    reason: str = ""
    not_before: date | None = None
    closed: datetime | None = None
    hops: tuple[Hop, ...] = ()
    reopens: int = 0
    reopened: datetime | None = None
    promise: str = ""
    promised: Promise | None = None
    worked: datetime | None = None

    @property
    def active(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def rejected(self) -> bool:
        """Closed before it began: sales never saw it."""
        return self.entry == REJECTED

    @property
    def rerouted(self) -> int:
        """How often syncd gave it to somebody else after its delivery."""
        return sum(hop.why not in (ROUTED, BY_HAND) for hop in self.hops)


class Task(NamedTuple):
    """A follow-up task of ours, and the CRM id of the owner who got it."""

    ref: Ref
    owner: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One remote field of the marketing record that changed, and the record's stamp when that was first seen."""

    remote: str
    was: Raw
    now: Raw
    at: datetime


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody else of the same company, as far as a rep may read it: who it is and what they looked at, no address and nothing
    that they wrote. `looked` are the titles of the newest content, `last` is when they did something last."""

    name: str
    title: str = ""
    activities: int = 0
    last: datetime | None = None
    looked: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.title})" if self.title else self.name


@dataclass(frozen=True, slots=True)
class Dossier:
    """One person.

    lineage        the marketing contact's id, the smallest of a merged family: what keys are made of
    marketing      the marketing record (None when it is gone); `family` all its ids, old ones too
    crm            CRM records that are linked to the person or share its e-mail, live, converted, deleted
    linked         those of them that a receipt or our external id ties to this person
    claimed        those that carry the external id of another person
    agreed         canonical field → (marketing raw value, CRM raw value) as of the last receipt
    stage, highest where the person is, and the high-water mark
    colleagues     the most active others of the company, looked up for a brief only
    busy           writes of a handoff are still waiting or in doubt
    refused        the CRM refused the record of the open handoff
    told           how often marketing was told what sales did
    contests       field → somebody else writes it too: by our name, or by the remote one for what is only written back
    ready          the gate said "ready" the last time
    moves          changes of the watched fields (`changes.watched`), oldest first
    waiting        since when nobody could take the lead (None: it does not wait)
    unsent         of the open handoff surely nothing was sent yet
    rerouted       CRM id of an owner → why the running handoff was given to that one after its delivery
    tasks          effect → the follow-up task that syncd made of the running handoff
    rulings        what named people said of the person's handoffs, oldest first
    listed         marketing list → what it was told of the person
    written        of records that had an earlier handoff: remote field → when it last changed, as far as the ledger saw it
    demoted        effects by which marketing's stage was set back already
    """

    lineage: str
    marketing: Record | None
    family: frozenset[str] = frozenset()
    crm: tuple[Record, ...] = ()
    linked: frozenset[Ref] = frozenset()
    claimed: frozenset[Ref] = frozenset()
    activities: tuple[Activity, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    agreed: Mapping[str, tuple[Raw, Raw]] = field(default_factory=dict)
    stage: str = "contact"
    highest: str = "contact"
    colleagues: tuple[Colleague, ...] = ()
    busy: bool = False
    refused: bool = False
    told: int = 0
    contests: Mapping[str, Contest] = field(default_factory=dict)
    ready: bool = False
    moves: tuple[Moved, ...] = ()
    waiting: datetime | None = None
    unsent: bool = False
    rerouted: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    rulings: tuple[Ruling, ...] = ()
    written: Mapping[Ref, Mapping[str, datetime]] = field(default_factory=dict)
    listed: Mapping[str, Said] = field(default_factory=dict)
    demoted: frozenset[str] = frozenset()

    @property
    def last_handoff(self) -> Handoff | None:
        """The running one, else the newest; void ones were overtaken, withdrawn, merged away or undone."""
        if not self.handoffs:
            return None
        counting = [h for h in self.handoffs if h.state != "void"]
        return next((h for h in reversed(counting) if h.active), counting[-1] if counting else None)

    @property
    def last_number(self) -> int:
        """The highest number that is taken. One that was overtaken or withdrawn before anything was sent is free again."""
        return max((h.number for h in self._taken()), default=0) if self.handoffs else 0

    @property
    def next_number(self) -> int:
        """The number that the next handoff gets."""
        return self.last_number + 1

    @property
    def undone(self) -> bool:
        """A person took the newest handoff back."""
        taken = self._taken()
        return bool(taken) and taken[-1].reason == "undone"

    def _taken(self) -> list[Handoff]:
        return [h for h in self.handoffs if h.state != "void" or h.reason in ("merged", "undone")]


@dataclass(frozen=True, slots=True)
class Directory:
    """The owners of the CRM and of marketing, found by e-mail (lower-cased) or by remote id."""

    crm: tuple[Owner, ...] = ()
    marketing: tuple[Owner, ...] = ()

    def by_email(self, system_owners: tuple[Owner, ...], email: str) -> Owner | None:
        wanted = email.strip().lower()
        found = [o for o in system_owners if o.email.lower() == wanted]
        return next((o for o in found if o.active), found[0] if found else None)

    def crm_owner(self, email: str) -> Owner | None:
        """The CRM owner with this e-mail; an active one is preferred. A queue is found by its name."""
        return self.by_email(self.crm, email) or next(
            (o for o in self.crm if o.kind == "queue" and o.name == email), None
        )

    def crm_by_id(self, rid: str) -> Owner | None:
        return next((o for o in self.crm if o.ref.id == rid), None)
