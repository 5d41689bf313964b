"""Where leads leak (S0.8, S1.22, S4.20): everybody who should move and does not, one row a lead and a kind.

    kind          who                                                                      until
    held          ready, and something stands in the way                                   it goes, or is not ready any more
    waiting       ready, and nobody can take it now, or nobody released it                 it goes
    undelivered   handed over, and the CRM refused it, or `handoff` went by without owner  it is delivered
    untouched     with sales, and the promised first touch is overdue                      a touch
    no_next_step  with sales, no open task, meeting or deal, and quiet for `next_step`     a next step, a touch or an answer
    no_status     with sales, and for longer than `handoff` no status that the mapping knows  a status
    stale         with sales, and the status is overdue                                    it changes
    dust          given back, and nothing of the person is heard for `nurture`             they do something, or return

Promises are kept or broken by `core.sla`; without one `untouched` and `stale` begin after `status`, around the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncd.core.feedback import NEW

HELD, WAITING, UNDELIVERED, UNTOUCHED, NO_NEXT_STEP, NO_STATUS, STALE, DUST = KINDS = (
    "held", "waiting", "undelivered", "untouched", "no_next_step", "no_status", "stale", "dust",
)  # fmt: skip

TITLES = {
    HELD: "ready, and something stands in the way",
    WAITING: "ready, and waits for somebody",
    UNDELIVERED: "not delivered yet",
    UNTOUCHED: "with sales, not touched as promised",
    NO_NEXT_STEP: "with sales, no next step",
    NO_STATUS: "with sales, no status that syncd knows",
    STALE: "with sales, status does not move",
    DUST: "given back, and nobody nurtures them",
}
"""Kinds in words, in the order of a lead's way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long nothing may happen until somebody should hear of it."""

    handoff: timedelta = timedelta(hours=1)
    next_step: timedelta = timedelta(days=7)
    status: timedelta = timedelta(days=14)
    nurture: timedelta = timedelta(days=60)


USUAL = Patience()


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody who is ready and was not handed over, since when and why. `kind`: held or waiting."""

    lineage: str
    email: str
    kind: str
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class With:
    """A handoff that was opened, as the ledger has it.

    worked     since when the rep's step stands
    touched    the last touch since the delivery
    planned    an open task or meeting, or a running deal: somebody knows what comes next
    refused    why the CRM refused its record, "" when it did not
    late       the promised first touch is overdue since then; `stale` likewise of the status
    promised   there is a promise for it, which says what is overdue
    """

    lineage: str
    email: str
    owner: str
    number: int
    key: str
    tier: str
    opened: datetime
    delivered: datetime | None = None
    work: str = ""
    worked: datetime | None = None
    touched: datetime | None = None
    planned: bool = False
    promised: bool = False
    late: datetime | None = None
    stale: datetime | None = None
    target: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody whom sales gave back: when, when something was heard of the person last, and before when nobody shall call."""

    lineage: str
    email: str
    closed: datetime
    heard: datetime | None
    not_before: date | None
    number: int = 0
    key: str = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """A lead that does not move. `since` is when it began to stand still; `key` names this state of it, and no other."""

    kind: str
    lineage: str
    email: str
    since: datetime
    why: str
    owner: str = ""
    number: int = 0
    tier: str = ""
    target: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.lineage}:{self.number}:{self.since.isoformat()}"


def leaks(
    held: Iterable[Held], handoffs: Iterable[With], back: Iterable[Back], patience: Patience, now: datetime
) -> list[Leak]:
    """All that stands still at `now`, in the order of `KINDS`, the oldest first."""
    found = [Leak(h.kind, h.lineage, h.email, h.since, h.why) for h in held]
    for handoff in handoffs:
        found += _of(handoff, patience, now)
    found += (leak for b in back if (leak := _dust(b, patience, now)) is not None)
    return sorted(found, key=lambda leak: (KINDS.index(leak.kind), leak.since, leak.lineage, leak.number))


def counted(found: Sequence[Leak]) -> dict[str, int]:
    """Kind → how many leads, of those kinds that there are."""
    counts = Counter(leak.kind for leak in found)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def _of(h: With, patience: Patience, now: datetime) -> list[Leak]:
    def leak(kind: str, since: datetime, why: str) -> Leak:
        return Leak(kind, h.lineage, h.email, since, why, h.owner, h.number, h.tier, h.target)

    if h.delivered is None:
        if not h.refused and now - h.opened < patience.handoff:
            return []
        return [leak(UNDELIVERED, h.opened, h.refused or "the owner is not verified")]
    found = []
    untouched = h.touched is None and h.work in ("", NEW)
    if h.late is not None:
        found.append(leak(UNTOUCHED, h.late, "the promised first touch is overdue"))
    elif not h.promised and untouched and now - h.delivered >= patience.status:
        found.append(leak(UNTOUCHED, h.delivered, "nobody called or wrote"))
    last = max(filter(None, (h.delivered, h.worked, h.touched)))
    if not h.planned and now - last >= patience.next_step:
        found.append(leak(NO_NEXT_STEP, last, "no open task, meeting or deal"))
    if not h.work and now - h.delivered >= patience.handoff:
        found.append(leak(NO_STATUS, h.delivered, "the record has no status that the mapping knows"))
    elif h.stale is not None:
        found.append(leak(STALE, h.stale, f"the status says {h.work} for longer than promised"))
    elif not h.promised and not untouched and now - (h.worked or h.delivered) >= patience.status:
        found.append(leak(STALE, h.worked or h.delivered, f"the status says {h.work}"))
    return found


def _dust(back: Back, patience: Patience, now: datetime) -> Leak | None:
    """A day before which nobody shall call is no reason to fall silent: nurture goes on, and so does this clock."""
    last = max(filter(None, (back.closed, back.heard)))
    if now - last < patience.nurture:
        return None
    rest = f", not before {back.not_before}" if back.not_before is not None and back.not_before > now.date() else ""
    return Leak(DUST, back.lineage, back.email, last, f"nothing was heard of them{rest}", number=back.number)
