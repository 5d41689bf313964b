"""What named people say about a lead: release it, send it back, hand it over past the gate (S2.5, S4.12, S4.13), or reopen
what is trash (S3.14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

RELEASE, REJECT, HANDOFF, REOPEN = "release", "reject", "handoff", "reopen"
_DID = {RELEASE: "released", REJECT: "sent back", HANDOFF: "handed over by hand", REOPEN: "reopened"}

STANDING, DONE, REFUSED, LATE = "", "done", "refused", "late"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One person's word on one numbered handoff of a lead; it is good for that number and for no other. To reopen is said of
    one that is over, everything else of the next one.

    key           makes it count once, however often it is read
    at            clock of the sync that took it in
    to            e-mail of the owner whom a handoff by hand names; "" leaves it to the routing
    despite_veto  a handoff by hand that no veto stops
    state         "" stands · done · refused (a veto or the gate said no) · late (another handoff was there first)
    answer        what became of it, as a sentence
    """

    key: str
    verb: str
    number: int
    by: str
    reason: str
    at: datetime
    to: str = ""
    despite_veto: bool = False
    state: str = STANDING
    answer: str = ""

    def __str__(self) -> str:
        despite = " despite vetoes" if self.despite_veto else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"{_DID[self.verb]}{despite} by {self.by}{reason}"


def standing(rulings: Iterable[Ruling], verb: str, number: int) -> Ruling | None:
    """The first ruling of this kind on this handoff that nothing came of yet."""
    return next((r for r in rulings if (r.verb, r.number, r.state) == (verb, number, STANDING)), None)


def behind(rulings: Iterable[Ruling], number: int) -> Ruling | None:
    """The ruling that lets this handoff go, or let it go."""
    good = [r for r in rulings if r.number == number and r.verb not in (REJECT, REOPEN) and r.state in (STANDING, DONE)]
    return next((r for r in good if r.verb == HANDOFF), good[0] if good else None)
