"""When a lead that sales gave back, or whose deal was lost, is marketing's to send again (T13, T14), and until when sales
may simply take it up again (T19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from syncd.core.facts import Dossier, Handoff
from syncd.core.rulings import DONE, REOPEN, STANDING, Ruling
from syncd.core.text import span


@dataclass(frozen=True, slots=True)
class Recycle:
    """How long a lead that came back stays with marketing, and until when sales may take it up again.

    timing, unreachable, lost   after it was recycled, after nobody could be reached, after a deal was lost
    reasons                     reason as sales writes it, in lower case → its own time
    reopen                      until when the same handoff goes on when sales works the record again
    customers                   how long after a won deal fresh evidence makes a new handoff; None: only a named person does
    """

    timing: timedelta = timedelta(days=30)
    unreachable: timedelta = timedelta(days=60)
    lost: timedelta = timedelta(days=90)
    reasons: Mapping[str, timedelta] = field(default_factory=dict)
    reopen: timedelta = timedelta(days=30)
    customers: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when a closed handoff keeps the lead from the next one; `by_sales` when that is the date that a rep named."""

    until: datetime
    why: str
    by_sales: bool = False

    def __str__(self) -> str:
        return f"not before {self.until.date().isoformat()}: {self.why}"


def wait(d: Dossier, recycle: Recycle, last: Handoff | None) -> Wait | None:
    """How long the lead waits after its last handoff; None where nothing but fresh evidence is waited for, or where time
    alone brings nobody back (trash, an open deal)."""
    if last is None:
        gone = lost(d)
        return _of_lost(gone, recycle) if gone else None
    if last.state != "closed" or last.closed is None or last.rejected:
        return None
    if last.not_before is not None:
        return Wait(datetime.combine(last.not_before, time(), UTC), "sales said so", by_sales=True)
    match last.outcome:
        case "qualified":
            gone = lost(d)
            return _of_lost(gone, recycle) if gone else None
        case "recycle" | "could_not_reach":
            return _of(last, last.closed, recycle)
        case _:
            return None


def _of(last: Handoff, closed: datetime, recycle: Recycle) -> Wait:
    said = recycle.reasons.get(last.reason.strip().lower())
    if said is not None:
        return Wait(closed + said, f"{span(said)} after {last.reason.strip()}")
    if last.outcome == "recycle":
        return Wait(closed + recycle.timing, f"{span(recycle.timing)} after it was recycled")
    return Wait(closed + recycle.unreachable, f"{span(recycle.unreachable)} after nobody could be reached")


def _of_lost(at: datetime, recycle: Recycle) -> Wait:
    return Wait(at + recycle.lost, f"{span(recycle.lost)} after the deal was lost")


def lost(d: Dossier) -> datetime | None:
    """When the last deal was lost; None while one is open or won."""
    standing = [o for o in d.opportunities if not o.deleted]
    if not standing or any(o.status != "lost" for o in standing):
        return None
    return max(o.modified for o in standing)


def won(d: Dossier) -> datetime | None:
    """When the last deal was won."""
    return max((o.modified for o in d.opportunities if not o.deleted and o.status == "won"), default=None)


# ---------------------------------------------------------------- reopening
def reopened(d: Dossier, last: Handoff | None) -> Ruling | None:
    """The word of a named person that reopens the last handoff, which is trash (T14)."""
    if last is None or last.closed is None or last.outcome != "trash":
        return None
    closed = last.closed
    said = [
        r
        for r in d.rulings
        if (r.verb, r.number) == (REOPEN, last.number) and r.state in (STANDING, DONE) and r.at >= closed
    ]
    return said[-1] if said else None


def may_resume(d: Dossier, recycle: Recycle, last: Handoff, at: datetime) -> bool:
    """Whether a closed handoff goes on when its record says from `at` on that sales works it again (T19). Trash needs a named
    person first; qualified is taken back only with the deal that said so (T16)."""
    match last.outcome:
        case "trash":
            return reopened(d, last) is not None
        case "qualified":
            return d.stage in ("opportunity", "customer", "lost")
        case _:
            return last.closed is None or at - last.closed <= recycle.reopen
