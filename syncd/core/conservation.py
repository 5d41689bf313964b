"""No lead goes missing (S4.21): each marketing-qualified lead of a window is in exactly one bucket, and what both systems say
of handoffs is held against what the ledger says, lead by lead.

    bucket       it is                                                       said with
    handed_over  with sales, or sales gave it back                           delivered, closed, in an earlier handoff
    held         stopped until a human or a fact changes something           below the gate, refused, the gate's own word
    vetoed       not to go, by a veto or by a named person                   name of the veto
    pending      on its way                                                  being delivered, waits for a named person
    void         taken back                                                  withdrawn, merged, undone

`place` is the table. What differs is a `Finding`; one that mends itself (an index that lags, a sync that is still to come) is
`later`, and does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from syncd.core.text import minute, system
from syncd.core.types import Record, Ref, State

HANDED_OVER, HELD, VETOED, PENDING, VOID = BUCKETS = ("handed_over", "held", "vetoed", "pending", "void")

UNSEEN = "not seen by the ledger"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One MQL of the window: a handoff that was opened in it, or somebody who became an MQL without one.

    number    of the handoff, 0 without one; `state`, `entry` and `reason` are the handoff's
    refused   the CRM refused its record: the sentence of that problem
    standing  of somebody without one: with sales, waiting, ready, vetoed, held, not ready; "" when the ledger knows nobody
    because   what stands in the way, in few words that many leads share; `detail` is the whole sentence
    since     when it became one
    """

    lineage: str
    email: str
    since: datetime
    number: int = 0
    state: str = ""
    entry: str = ""
    reason: str = ""
    refused: str = ""
    standing: str = ""
    because: str = ""
    detail: str = ""


class Place(NamedTuple):
    bucket: str
    reason: str


def place(a: Attempt) -> Place:
    """The one bucket of an MQL, and why it is there."""
    match a.state, a.standing:
        case "void", _:
            return Place(VOID, a.reason or "overtaken")
        case "closed", _ if a.entry == "rejected":
            return Place(VETOED, "sent back by a named person")
        case ("delivered" | "closed") as state, _:
            return Place(HANDED_OVER, state)
        case "open", _:
            return Place(HELD, "refused by the CRM") if a.refused else Place(PENDING, "being delivered")
        case _, "with sales":
            return Place(HANDED_OVER, "in an earlier handoff")
        case _, "waiting":
            return Place(PENDING, "waits for a named person")
        case _, "ready":
            return Place(PENDING, "goes with the next sync")
        case _, "vetoed":
            return Place(VETOED, a.because)
        case _, "held":
            return Place(HELD, a.because)
        case _, "not ready":
            return Place(HELD, "below the gate")
        case _:
            return Place(PENDING, UNSEEN)


# ---------------------------------------------------------------- both systems' own word
@dataclass(frozen=True, slots=True)
class Due:
    """A delivered handoff that a system must show: on which record, since when."""

    person: int
    lineage: str
    email: str
    number: int
    ref: Ref
    stamped: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """Whose a record is that a system shows; `states` are (number, state, reason) of this person's handoffs."""

    lineage: str = ""
    email: str = ""
    states: tuple[tuple[int, str, str], ...] = ()

    @property
    def delivered(self) -> bool:
        return any(state in ("delivered", "closed") for _, state, _ in self.states)


@dataclass(frozen=True, slots=True)
class Finding:
    """A record of which a system and the ledger say different things. `kind` is the likely cause, `fix` what to do."""

    system: str
    ref: Ref
    kind: str
    sentence: str
    fix: str
    lineage: str = ""
    email: str = ""
    number: int = 0
    later: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """A question and its answers: how many a system names, how many of them and besides them the ledger names."""

    system: str
    what: str
    says: int
    ledger: int
    findings: tuple[Finding, ...] = ()

    @property
    def differ(self) -> int:
        return sum(not finding.later for finding in self.findings)


def not_shown(due: Due, record: Record | None, field: str, *, unsaid: str, shown: Iterable[Ref]) -> Finding | None:
    """Why a system's search does not name a delivered handoff; None when it does, under another record.

    record  the live record, None when there is none
    field   the remote field of the stamp, `record` has it
    unsaid  the state of the write that should set it: open, rejected, "" for done
    shown   the records that the search names
    """
    where, what = system(due.ref.system), f"handoff {due.number}"

    def found(kind: str, sentence: str, fix: str, *, later: bool = False) -> Finding:
        return Finding(due.ref.system, due.ref, kind, sentence, fix, due.lineage, due.email, due.number, later)

    if record is None:
        return found("gone", f"The record of {what} is not in {where} any more, and not in its bin.",
                     "Ask who deletes records for good; to hand the lead over again: syncd handoff.")  # fmt: skip
    if record.state in (State.DELETED, State.ARCHIVED):
        return found("deleted", f"Somebody deleted the record of {what} in {where}.",
                     "Restore it from the bin, or hand the lead over again with syncd handoff.")  # fmt: skip
    if record.state is State.MERGED:
        if record.successor in set(shown):
            return None
        return found("merged", f"The record of {what} was merged into {record.successor}, which has no stamp.",
                     "The next sync follows the lead there; nothing is lost.", later=True)  # fmt: skip
    if record.fields.get(field) not in (None, ""):
        return found("index", f"{where}’s search does not show {what} yet; the record itself does.",
                     "Ask again in a minute.", later=True)  # fmt: skip
    if unsaid == "open":
        return found("unsaid", f"{where} is told of {what} with the next sync.", "syncd sync", later=True)
    if unsaid:
        return found("refused", f"{where} refused to be told of {what}.", "See why: syncd problems")
    return found("cleared", f"Somebody cleared {field} on the record of {what}.",
                 f"Find out what else writes {field}: people, a flow, an import.")  # fmt: skip


def not_delivered(record: Record, known: Known | None, number: int, last: datetime) -> Finding | None:
    """Why a record bears the mark of a handoff that the ledger does not count as delivered; None when it does.

    known   the record's person, None when the ledger knows none
    number  the handoff that the record names
    last    when the last sync began: what moved since, the ledger cannot know
    """
    if known is not None and known.delivered:
        return None
    where = system(record.ref.system)

    def found(kind: str, sentence: str, fix: str, *, later: bool = False) -> Finding:
        who = known or Known()
        return Finding(record.ref.system, record.ref, kind, sentence, fix, who.lineage, who.email, number, later)

    states = {state: (n, reason) for n, state, reason in (known.states if known else ())}
    if "open" in states:
        return found("open", f"Handoff {states['open'][0]} is being delivered.", "syncd sync", later=True)
    if record.modified >= last:
        return found(
            "new", f"The record moved after the last sync began ({minute(last)} UTC).", "syncd sync", later=True
        )
    if "void" in states:
        n, reason = states["void"]
        return found("taken_back", f"Handoff {n} was taken back ({reason or 'overtaken'}); the record bears its mark.",
                     f"Close the record in {where}, or clear the mark.")  # fmt: skip
    if known is None:
        return found("copied", "The record bears the mark of a handoff, and is nobody’s whom the ledger knows.",
                     "It was cloned or imported with the mark: clear it, or merge the record.")  # fmt: skip
    return found("foreign", "The record bears the mark of a handoff that this ledger did not make.",
                 f"Another ledger made it, or the record was copied: syncd explain {known.lineage}")  # fmt: skip


def not_seen(record: Record, last: datetime) -> Finding:
    """Somebody whom marketing calls an MQL and whom the ledger does not know."""
    email = str(record.fields.get("email") or "")
    later = record.modified >= last
    sentence = (
        f"It moved after the last sync began ({minute(last)} UTC)."
        if later
        else f"{system(record.ref.system)} calls it an MQL, and the ledger has never seen it."
    )
    fix = "syncd sync" if later else "syncd sync; if it stays, the token may not read it: syncd check"
    return Finding(record.ref.system, record.ref, "unseen", sentence, fix, record.ref.id, email, later=later)


# ---------------------------------------------------------------- the report
@dataclass(frozen=True, slots=True)
class Conservation:
    """The MQLs of [since, until), each in its bucket, and both systems' counts. `out` are systems that could not be asked."""

    since: datetime
    until: datetime
    attempts: Sequence[tuple[Attempt, Place]]
    counts: Sequence[Count] = ()
    elsewhere: int = 0
    out: Mapping[str, str] = field(default_factory=dict)

    @property
    def buckets(self) -> dict[str, int]:
        """How many are where; the sum is that of all."""
        found = Counter(at.bucket for _, at in self.attempts)
        return {bucket: found[bucket] for bucket in BUCKETS}

    @property
    def reasons(self) -> dict[tuple[str, str], tuple[int, datetime]]:
        """(bucket, reason) → how many, and since when the oldest; in the order of the buckets, most first."""
        counted = Counter(at for _, at in self.attempts)
        oldest: dict[Place, datetime] = {}
        for attempt, at in self.attempts:
            oldest[at] = min(attempt.since, oldest.get(at, attempt.since))
        ordered = sorted(counted, key=lambda at: (BUCKETS.index(at.bucket), -counted[at], at.reason))
        return {(at.bucket, at.reason): (counted[at], oldest[at]) for at in ordered}

    @property
    def findings(self) -> list[Finding]:
        """One a record, a system and a cause: two questions may come upon the same."""
        found = {(f.system, f.ref, f.kind): f for count in self.counts for f in count.findings}
        return list(found.values())

    @property
    def balanced(self) -> bool:
        """Both systems were asked, and nothing differs but what mends itself."""
        return not self.out and all(finding.later for finding in self.findings)


def conservation(
    since: datetime,
    until: datetime,
    attempts: Iterable[Attempt],
    counts: Sequence[Count] = (),
    *,
    elsewhere: int = 0,
    out: Mapping[str, str] | None = None,
) -> Conservation:
    """The report; attempts oldest first."""
    placed = [(a, place(a)) for a in sorted(attempts, key=lambda a: (a.since, a.lineage, a.number))]
    return Conservation(since, until, placed, counts, elsewhere, out or {})
