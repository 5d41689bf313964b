"""Where a person is in the funnel: one deterministic function of evidence (REQUIREMENTS B2 to B4).

    contact → lead → mql → handed_off → sal → sql → opportunity → customer      and the exits
    recycled · unreachable · trash · lost · void

Hard facts beat soft ones: of all evidence that confirms the stage or may move it, the highest rank decides, then the
latest time. Forward is always allowed. Out or backward only as `_BACK_AND_OUT` says: the absence of data, a lower stage
seen in another system or an old event that arrives late move nobody back.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

FUNNEL = ("contact", "lead", "mql", "handed_off", "sal", "sql", "opportunity", "customer")
EXITS = ("recycled", "unreachable", "trash", "lost", "void")


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


@dataclass(frozen=True, slots=True)
class StageNow:
    """`since` is when the stage was entered: what happened before cannot move the person out of it."""

    stage: str = "contact"
    highest: str = "contact"
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something says that a person is, or was from `at` on, in `stage`.

    `rule` begins with the number of a transition of B3 where it has one ("T9c lead converted"); moves backward need it.
    `source` is the remote record or the handoff that says so.
    """

    stage: str
    rule: str
    at: datetime
    source: str
    rank: Rank


@dataclass(frozen=True, slots=True)
class Move:
    """`implied`: nobody saw this stage, but what came after cannot have happened without it (T18)."""

    was: str
    stage: str
    rule: str
    at: datetime
    source: str
    implied: bool = False


_RECYCLABLE = ("lost", "recycled", "unreachable")

_BACK_AND_OUT: Mapping[tuple[str, str], Rank | str] = {
    # out, when sales says so; out of an opportunity only by losing it
    **{
        (at, exit_): Rank.STATUS
        for at in ("handed_off", "sal", "sql")
        for exit_ in ("recycled", "unreachable", "trash")
    },
    ("opportunity", "lost"): Rank.CLOSED,
    ("mql", "recycled"): "T3r",  # sent back by a named person before sales saw it
    # in again: a new handoff, the lead calls back, a rep takes it up (T2, T14, T19)
    **{(exit_, stage): Rank.HANDOFF for exit_ in _RECYCLABLE for stage in ("mql", "handed_off")},
    **{(exit_, stage): Rank.TOUCH for exit_ in ("recycled", "unreachable") for stage in ("sal", "sql")},
    **{("trash", stage): Rank.STATUS for stage in ("sal", "sql")},
    **{(exit_, stage): Rank.OPEN for exit_ in EXITS[:-1] for stage in ("opportunity", "customer")},
    # back, only by the transition of that number
    ("mql", "lead"): "T3x",
    **{(exit_, "lead"): "T13" for exit_ in _RECYCLABLE},
    ("trash", "lead"): "T14",
    ("opportunity", "sql"): "T16",
    ("customer", "opportunity"): "T16",
    **{(stage, "void"): "T17" for stage in (*FUNNEL[1:], *EXITS[:-1])},
}
"""(from, to) → the rank that evidence needs, or the number that its rule begins with."""


def advance(current: StageNow, evidence: Sequence[Evidence], now: datetime) -> tuple[Move, ...]:
    """The moves that the evidence makes from the current stage, in order; none when it confirms it.

    The order of the evidence does not matter, and the same evidence again moves nothing.
    """
    moves: list[Move] = []
    while (best := _best(current, evidence)) is not None and best.stage != current.stage:
        at = min(best.at, now)
        moves += _steps(current.stage, replace(best, at=at), evidence)
        since = at if current.since is None else max(current.since, at)
        current = StageNow(best.stage, highest(current.highest, best.stage), since)
    return tuple(moves)


def highest(a: str, b: str) -> str:
    """The one further down the funnel; an exit is never higher than a stage."""
    return max(a, b, key=_height)


def _height(stage: str) -> int:
    return FUNNEL.index(stage) if stage in FUNNEL else -1


def _best(current: StageNow, evidence: Sequence[Evidence]) -> Evidence | None:
    """The evidence that decides: its weight grows with every move, so that moves come to an end."""
    confirmed = [e.at for e in evidence if e.stage == current.stage]
    since = max(filter(None, (current.since, *confirmed)), default=None)
    speaking = [e for e in evidence if e.stage == current.stage or _may_move(current.stage, since, e)]
    return max(speaking, key=_weight, default=None)


def _weight(evidence: Evidence) -> tuple[int, datetime, bool, int, str, str, str]:
    """Of equal rank and time, a word about the end beats one about the way."""
    stage = evidence.stage
    return evidence.rank, evidence.at, stage in EXITS, _height(stage), stage, evidence.source, evidence.rule


def _may_move(was: str, since: datetime | None, evidence: Evidence) -> bool:
    stage = evidence.stage
    if was in FUNNEL and stage in FUNNEL and _height(stage) > _height(was):
        return True
    needed = _BACK_AND_OUT.get((was, stage))
    if needed is None or (since is not None and evidence.at < since):
        return False
    if isinstance(needed, Rank):
        return evidence.rank >= needed
    return evidence.rule.split(" ", 1)[0] == needed


def _steps(was: str, to: Evidence, evidence: Sequence[Evidence]) -> list[Move]:
    """The move to `to.stage`, with the stages that were skipped. What marketing alone says implies nothing."""
    steps = []
    if to.rank > Rank.MARKETING and to.stage in FUNNEL:
        for stage in FUNNEL[max(_height(was), 0) + 1 : _height(to.stage)]:
            seen = max((e for e in evidence if e.stage == stage and e.at <= to.at), key=_weight, default=None)
            if seen is None:
                steps.append(Move(was, stage, f"T18 implied by {to.stage}", to.at, to.source, implied=True))
            else:
                steps.append(Move(was, stage, seen.rule, seen.at, seen.source))
            was = stage
    steps.append(Move(was, to.stage, to.rule, to.at, to.source))
    return steps
