"""Where a person is in the funnel: one deterministic function of evidence (REQUIREMENTS B2 to B4).

    contact → lead → mql → handed_off → sal → sql → opportunity → customer      and the exits
    recycled · unreachable · trash · lost · void

Hard facts beat soft ones: of all evidence that confirms the stage or may move it, the highest rank decides, then the
latest time. What may move whom stands in `TRANSITIONS`, one row each; everything else is illegal and changes nothing. The
absence of data, a lower stage seen in another system or an old event that arrives late move nobody back.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

FUNNEL = ("contact", "lead", "mql", "handed_off", "sal", "sql", "opportunity", "customer")
EXITS = ("recycled", "unreachable", "trash", "lost", "void")

COMES_BACK = ("recycled", "unreachable", "lost")
"""The exits that time leads out of."""


def goes_back(was: str, stage: str) -> bool:
    """Whether this is a step back in the funnel, or out of it."""
    if was in EXITS or was == stage:
        return False
    return stage in EXITS or FUNNEL.index(stage) < FUNNEL.index(was)


class Rank(enum.IntEnum):
    """How hard a fact is (B4.2). HANDOFF: what our own receipts prove."""

    SCORE = 1
    MARKETING = 2
    HANDOFF = 3
    TOUCH = 4
    STATUS = 5
    CONVERTED = 6
    OPEN = 7
    CLOSED = 8


# ---------------------------------------------------------------- the table
@dataclass(frozen=True, slots=True)
class Transition:
    """A row of B3: from each stage of `was` to each of `to`, by evidence of at least the rank `needs`.

    named   only evidence whose rule begins with this number makes the move, and it makes no other
    """

    number: str
    was: tuple[str, ...]
    to: tuple[str, ...]
    needs: Rank
    says: str
    named: bool = False


_NOT_YET = ("contact", "lead", "mql")
_WITH_SALES = ("handed_off", "sal", "sql")

TRANSITIONS = (
    Transition("T1", ("contact",), ("lead",), Rank.MARKETING, "raised a hand, and can be reached"),
    Transition("T2", ("lead", *COMES_BACK), ("mql",), Rank.HANDOFF, "passed the gate, or was handed over by a named person"),
    Transition("T3", ("mql",), ("handed_off",), Rank.HANDOFF, "the owner was read back from the CRM"),
    Transition("T3x", ("mql",), ("lead",), Rank.HANDOFF, "was withdrawn before the delivery", named=True),
    Transition("T3r", ("mql",), ("recycled",), Rank.STATUS, "a named person sent it back before it went", named=True),
    Transition("T4", ("handed_off",), ("sal",), Rank.TOUCH, "sales took it up, by a status or a first touch"),
    Transition("T5", ("handed_off",), ("recycled", "trash"), Rank.STATUS, "sales gave it back"),
    Transition("T6", ("handed_off",), ("handed_off",), Rank.HANDOFF, "went to another owner; the same handoff goes on"),
    Transition("T7", ("sal",), ("sql",), Rank.STATUS, "sales qualified it; marketing alone never does"),
    Transition("T8a", ("sal",), ("unreachable",), Rank.STATUS, "sales could not reach anybody"),
    Transition("T8c", ("sal",), ("recycled", "trash"), Rank.STATUS, "sales gave it back"),
    Transition("T9", ("sql",), ("opportunity",), Rank.OPEN, "a deal is linked"),
    Transition("T9c", (*_NOT_YET, "handed_off", "sal"), ("sql",), Rank.CONVERTED, "the lead was converted without a deal"),
    Transition("T10", ("sql",), ("recycled", "trash", "unreachable"), Rank.STATUS, "sales gave it back"),
    Transition("T11", ("opportunity",), ("customer",), Rank.CLOSED, "the deal was won"),
    Transition("T12", ("opportunity",), ("lost",), Rank.CLOSED, "the deal was lost"),
    Transition("T13", COMES_BACK, ("lead",), Rank.HANDOFF, "the time to wait is over", named=True),
    Transition("T14", ("trash",), ("lead",), Rank.STATUS, "a named person reopened it", named=True),
    Transition("T15", ("customer",), ("customer",), Rank.HANDOFF, "a new handoff is a track of its own"),
    Transition("T16", ("opportunity",), ("sql",), Rank.OPEN, "the deal was deleted", named=True),
    Transition("T16", ("customer",), ("opportunity",), Rank.OPEN, "the won deal was reopened", named=True),
    Transition("T17", (*FUNNEL[1:], *EXITS[:-1]), ("void",), Rank.HANDOFF, "merged away, undone or erased", named=True),
    Transition("T18", ("contact",), ("mql",), Rank.HANDOFF, "the handoff was there first"),
    Transition("T18", ("contact", "lead", *COMES_BACK), ("handed_off",), Rank.HANDOFF, "the handoff was there first"),
    Transition("T18", _NOT_YET, ("sal",), Rank.TOUCH, "sales was there first"),
    Transition("T18", (*_NOT_YET, "handed_off"), ("sql",), Rank.STATUS, "sales qualified it at once"),
    Transition("T18", ("handed_off",), ("unreachable",), Rank.STATUS, "sales could not reach anybody"),
    Transition("T18", _NOT_YET, ("opportunity", "customer"), Rank.MARKETING, "marketing's record knows of a deal"),
    Transition("T18", (*_NOT_YET, "handed_off", "sal", *EXITS[:-1]), ("opportunity",), Rank.OPEN, "the deal was there first"),
    Transition("T18", (*_NOT_YET, *_WITH_SALES, *EXITS[:-1]), ("customer",), Rank.CLOSED, "won before it was seen"),
    Transition("T18", _WITH_SALES, ("lost",), Rank.CLOSED, "made and lost before it was seen"),
    Transition("T19", ("recycled", "unreachable"), ("sal",), Rank.TOUCH, "sales took it up again", named=True),
)  # fmt: skip
"""Every move that is allowed; the first row that fits gives the number."""

_NAMED = frozenset(row.number for row in TRANSITIONS if row.named)


def transition(was: str, evidence: Evidence) -> Transition | None:
    """The row by which this evidence may move somebody from `was`; None: that is no way."""
    number = _number(evidence.rule)
    for row in TRANSITIONS:
        meant = row.number == number if row.named else number not in _NAMED
        if meant and was in row.was and evidence.stage in row.to and evidence.rank >= row.needs:
            return row
    return None


# ---------------------------------------------------------------- evidence and moves
@dataclass(frozen=True, slots=True)
class StageNow:
    """`since` is when the stage was entered: what happened before cannot move the person out of it."""

    stage: str = "contact"
    highest: str = "contact"
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something says that a person is, or was from `at` on, in `stage`.

    `rule` says it in words; it begins with the number of a transition where only that one is meant ("T13 …").
    `source` is the remote record or the handoff that says so.
    """

    stage: str
    rule: str
    at: datetime
    source: str
    rank: Rank


@dataclass(frozen=True, slots=True)
class Move:
    """`rule` begins with the number of its transition. `implied`: nobody saw this stage, but what came after cannot have
    happened without it (T18)."""

    was: str
    stage: str
    rule: str
    at: datetime
    source: str
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Loser:
    """Evidence for another stage than the one that came out, and why it did not count."""

    evidence: Evidence
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What all evidence together says.

    winner    what confirms the stage, or moved the person into it (None: nothing speaks for it any more)
    losers    what says something else, hardest first
    illegal   those of the losers that would have decided, had the table a way
    """

    stage: str
    highest: str
    moves: tuple[Move, ...] = ()
    winner: Evidence | None = None
    losers: tuple[Loser, ...] = ()
    illegal: tuple[Evidence, ...] = ()


def advance(current: StageNow, evidence: Sequence[Evidence], now: datetime) -> tuple[Move, ...]:
    """The moves that the evidence makes from the current stage, in order; none when it confirms it.

    The order of the evidence does not matter, and the same evidence again moves nothing.
    """
    return reconcile(current, evidence, now).moves


def reconcile(current: StageNow, evidence: Sequence[Evidence], now: datetime) -> Finding:
    """Where the person is by all evidence, with what won and what lost."""
    moves: list[Move] = []
    while (best := _best(current, evidence)) is not None and best.stage != current.stage:
        at = min(best.at, now)
        moves += _steps(current, replace(best, at=at), evidence)
        since = at if current.since is None else max(current.since, at)
        current = StageNow(best.stage, highest(current.highest, best.stage), since)
    others = sorted((e for e in evidence if e.stage != current.stage), key=_weight, reverse=True)
    return Finding(
        current.stage, current.highest, tuple(moves), best,
        tuple(Loser(e, _why_not(current, e, best)) for e in others),
        tuple(e for e in others if _is_illegal(current, e, best)),
    )  # fmt: skip


def highest(a: str, b: str) -> str:
    """The one further down the funnel; an exit is never higher than a stage."""
    return max(a, b, key=_height)


def _height(stage: str) -> int:
    return FUNNEL.index(stage) if stage in FUNNEL else -1


def _number(rule: str) -> str:
    """The number at the front of a rule: "T9c" of "T9c lead converted"."""
    found = re.match(r"T\d+[a-z]?", rule)
    return found[0] if found else ""


def _best(current: StageNow, evidence: Sequence[Evidence]) -> Evidence | None:
    """The evidence that decides: its weight grows with every move, so that moves come to an end."""
    since = _since(current, evidence)
    speaking = [e for e in evidence if e.stage == current.stage or _may_move(current.stage, since, e)]
    return max(speaking, key=_weight, default=None)


def _since(current: StageNow, evidence: Sequence[Evidence]) -> datetime | None:
    confirmed = [e.at for e in evidence if e.stage == current.stage]
    return max(filter(None, (current.since, *confirmed)), default=None)


def _weight(evidence: Evidence) -> tuple[int, datetime, bool, int, str, str, str]:
    """Of equal rank and time, a word about the end beats one about the way."""
    stage = evidence.stage
    return evidence.rank, evidence.at, stage in EXITS, _height(stage), stage, evidence.source, evidence.rule


def _may_move(was: str, since: datetime | None, evidence: Evidence) -> bool:
    if transition(was, evidence) is None:
        return False
    return _is_forward(was, evidence.stage) or not _is_older(evidence, since)


def _is_forward(was: str, stage: str) -> bool:
    return was in FUNNEL and stage in FUNNEL and _height(stage) > _height(was)


def _is_older(evidence: Evidence, since: datetime | None) -> bool:
    return since is not None and evidence.at < since


def _why_not(current: StageNow, evidence: Evidence, winner: Evidence | None) -> str:
    if transition(current.stage, evidence) is None:
        return f"no way leads from {current.stage} to {evidence.stage} by it"
    if winner is not None and evidence.rank < winner.rank:
        return "a harder fact speaks against it"
    return "it is older"


def _is_illegal(current: StageNow, evidence: Evidence, winner: Evidence | None) -> bool:
    """A word of sales or a fact of the CRM that nothing as hard stands against. Work on a customer is no way back: it is a
    track of its own (T15)."""
    if evidence.rank < Rank.STATUS or current.stage == "customer" or _number(evidence.rule) in _NAMED:
        return False
    if transition(current.stage, evidence) is not None or _is_older(evidence, current.since):
        return False
    return winner is None or (winner.rank >= Rank.STATUS and _weight(evidence) > _weight(winner))


def _steps(current: StageNow, to: Evidence, evidence: Sequence[Evidence]) -> list[Move]:
    """The move to `to.stage`, with the stages that were skipped. What marketing alone says implies nothing."""
    steps, was = [], current.stage
    for stage in _between(current, to.stage) if to.rank > Rank.MARKETING else ():
        able = (e for e in evidence if e.stage == stage and e.at <= to.at and transition(was, e) is not None)
        seen = max(able, key=_weight, default=None)
        if seen is None:
            steps.append(Move(was, stage, f"T18 implied by {to.stage}", to.at, to.source, implied=True))
        else:
            steps.append(Move(was, stage, _numbered(was, seen), seen.at, seen.source))
        was = stage
    steps.append(Move(was, to.stage, _numbered(was, to), to.at, to.source))
    return steps


_BEFORE = {"unreachable": "sal", "lost": "opportunity"}
"""Where somebody must have been who left the funnel in this way."""

_ANEW = ("mql", "handed_off")
"""Who comes back with a new handoff begins at the lead; what else brings somebody back goes on where the person had got."""


def _between(current: StageNow, to: str) -> tuple[str, ...]:
    """The stages that lie between, which nobody skips."""
    if current.stage in EXITS:
        start = 1 if to in _ANEW else _height(current.highest) + 1
        return FUNNEL[start : _height(to)] if to in FUNNEL else ()
    if to in FUNNEL:
        return FUNNEL[_height(current.stage) + 1 : _height(to)]
    return FUNNEL[_height(current.stage) + 1 : _height(_BEFORE[to]) + 1] if to in _BEFORE else ()


def _numbered(was: str, evidence: Evidence) -> str:
    """The rule with its number in front. Behind stages that were implied the direct way is no row of its own: T18."""
    if _number(evidence.rule):
        return evidence.rule
    row = transition(was, evidence)
    return f"{row.number if row else 'T18'} {evidence.rule}"
