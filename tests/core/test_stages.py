"""Stages: hard facts beat soft ones, nothing moves back by absence, and the order of the evidence does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from core_making import DAY, NOW, at
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.stages import EXITS, FUNNEL, Evidence, Move, Rank, StageNow, advance, highest


def says(stage: str, rank: Rank, days: float = 1, rule: str = "") -> Evidence:
    return Evidence(stage, rule or f"says {stage}", at(days), f"source of {stage}", rank)


MARKETING, HANDOFF, TOUCH, STATUS, CONVERTED, OPEN, CLOSED = (
    Rank.MARKETING, Rank.HANDOFF, Rank.TOUCH, Rank.STATUS, Rank.CONVERTED, Rank.OPEN, Rank.CLOSED,
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """`moved` is where the person ends; "" where nothing moves."""

    story: str
    stage: str
    evidence: tuple[Evidence, ...]
    moved: str = ""
    since: datetime | None = None


ROWS = [
    Row("nothing is said", "lead", ()),
    Row("T1 marketing says lead", "contact", (says("lead", MARKETING),), "lead"),
    Row("T2 a handoff is opened", "lead", (says("mql", HANDOFF),), "mql"),
    Row("T3 it is delivered", "mql", (says("mql", HANDOFF, 2), says("handed_off", HANDOFF)), "handed_off"),
    Row("T3x a veto before delivery", "mql", (says("lead", HANDOFF, rule="T3x vetoed"),), "lead"),
    Row("a lower stage elsewhere moves nobody back", "mql", (says("lead", MARKETING),)),
    Row("nor does a hard fact of a lower stage", "opportunity", (says("sql", CONVERTED),)),
    Row("T4 a first touch", "handed_off", (says("handed_off", HANDOFF, 2), says("sal", TOUCH)), "sal"),
    Row("T5 sales gives it back", "handed_off", (says("recycled", STATUS),), "recycled"),
    Row("T5 sales throws it away", "handed_off", (says("trash", STATUS),), "trash"),
    Row("marketing cannot throw away", "handed_off", (says("trash", MARKETING),)),
    Row("T7 qualified", "sal", (says("sql", STATUS),), "sql"),
    Row("T8a unreachable", "sal", (says("unreachable", STATUS),), "unreachable"),
    Row("T9 an opportunity", "sql", (says("opportunity", OPEN),), "opportunity"),
    Row("T10 recycled from sql", "sql", (says("recycled", STATUS),), "recycled"),
    Row("an open deal beats a status", "sql", (says("recycled", STATUS), says("opportunity", OPEN)), "opportunity"),
    Row("T11 won", "opportunity", (says("customer", CLOSED),), "customer"),
    Row("T12 lost", "opportunity", (says("lost", CLOSED), says("opportunity", OPEN, 9)), "lost"),
    Row("lost long before the open one", "opportunity", (says("lost", CLOSED, 90), says("opportunity", OPEN, 9))),
    Row("an old loss is nothing to a new handoff", "handed_off", (says("lost", CLOSED, 90),)),
    Row("T13 back to nurture", "recycled", (says("lead", HANDOFF, rule="T13 handoff closed"),), "lead"),
    Row("T2 a new handoff after recycling", "recycled", (says("mql", HANDOFF),), "mql"),
    Row("T14 only a person reopens trash", "trash", (says("lead", HANDOFF, rule="T14 reopened by anna"),), "lead"),
    Row("trash stays trash", "trash", (says("mql", HANDOFF), says("lead", MARKETING), says("sal", TOUCH))),
    Row("T14 a rep takes trash up again", "trash", (says("sal", STATUS),), "sal"),
    Row("T16 the opportunity was deleted", "opportunity", (says("sql", OPEN, rule="T16 deleted"),), "sql"),
    Row("T16 a won one was reopened", "customer", (says("opportunity", OPEN, rule="T16 reopened"),), "opportunity"),
    Row("T17 the loser of a merge", "sal", (says("void", HANDOFF, rule="T17 merged"),), "void"),
    Row("void is the end", "void", (says("customer", CLOSED), says("lead", HANDOFF, rule="T13"))),
    Row("T18 won at once", "lead", (says("customer", CLOSED),), "customer"),
    Row("T19 the lead calls back", "unreachable", (says("sal", TOUCH),), "sal"),
    Row("the rep's word stands against the older touch", "recycled", (says("recycled", STATUS), says("sal", TOUCH))),
    Row("a rep's status confirms against marketing's word", "sal", (says("sal", STATUS, 9), says("customer", MARKETING))),
    Row("an exit at the same moment ends the way", "handed_off", (says("sal", STATUS), says("recycled", STATUS)), "recycled"),
    Row("an old status moves nobody out of a newer stage", "sal", (says("recycled", STATUS, 9),), since=at(5)),
    Row("a newer one does", "sal", (says("recycled", STATUS, 3),), "recycled", since=at(5)),
    Row("a late old event still moves forward", "mql", (says("sal", STATUS, 9),), "sal", since=at(5)),
    Row("the latest of equal rank", "sal", (says("sql", STATUS, 5), says("recycled", STATUS, 2)), "recycled"),
    Row("customer is not lost by another deal", "customer", (says("lost", CLOSED), says("customer", CLOSED, 9))),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_B3_transitions(row: Row) -> None:
    moves = advance(StageNow(row.stage, row.stage, row.since), row.evidence, NOW)
    assert (moves[-1].stage if moves else "") == row.moved


def test_T18_hard_facts_imply_the_stages_between() -> None:
    moves = advance(StageNow("mql"), [says("mql", HANDOFF, 9), says("opportunity", OPEN, 1)], NOW)
    assert [(m.was, m.stage, m.implied) for m in moves] == [
        ("mql", "handed_off", True),
        ("handed_off", "sal", True),
        ("sal", "sql", True),
        ("sql", "opportunity", False),
    ]
    assert {m.at for m in moves} == {at(1)}


def test_T18_a_stage_that_was_seen_is_not_implied() -> None:
    moves = advance(StageNow("mql"), [says("handed_off", HANDOFF, 5), says("sal", STATUS, 1)], NOW)
    assert [(m.stage, m.at, m.implied) for m in moves] == [("handed_off", at(5), False), ("sal", at(1), False)]


def test_T18_what_marketing_alone_says_implies_no_handoff() -> None:
    (move,) = advance(StageNow("contact"), [says("customer", MARKETING)], NOW)
    assert (move.was, move.stage, move.implied) == ("contact", "customer", False)


def test_a_move_names_its_winner() -> None:
    (move,) = advance(StageNow("sal"), [says("recycled", STATUS, 1, "T8c status Recycled")], NOW)
    assert move == Move("sal", "recycled", "T8c status Recycled", at(1), "source of recycled")


def test_a_clock_that_is_ahead_moves_nothing_into_the_future() -> None:
    (move,) = advance(StageNow("lead"), [says("mql", HANDOFF, -1)], NOW)
    assert move.at == NOW


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("lead", "mql", "mql"),
        ("customer", "sql", "customer"),
        ("sal", "recycled", "sal"),
        ("trash", "contact", "contact"),
    ],
)
def test_highest(a: str, b: str, expected: str) -> None:
    assert highest(a, b) == expected
    assert highest(b, a) == expected


EVIDENCE = st.lists(
    st.builds(
        Evidence,
        stage=st.sampled_from((*FUNNEL, *EXITS)),
        rule=st.sampled_from(["status", "T3x", "T13", "T14", "T16", "T17"]),
        at=st.integers(0, 9).map(at),
        source=st.sampled_from(["a", "b"]),
        rank=st.sampled_from(Rank),
    ),
    max_size=7,
)
CURRENT = st.builds(StageNow, stage=st.sampled_from((*FUNNEL, *EXITS)), since=st.none() | st.integers(0, 9).map(at))


@given(CURRENT, EVIDENCE, st.randoms(use_true_random=False))
def test_B4_the_order_of_the_evidence_does_not_matter(
    current: StageNow, evidence: list[Evidence], random: object
) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert advance(current, shuffled, NOW) == advance(current, evidence, NOW)


@given(CURRENT, EVIDENCE)
def test_B4_the_same_evidence_again_moves_nothing(current: StageNow, evidence: list[Evidence]) -> None:
    moves = advance(current, evidence, NOW)
    if moves:
        since = max(filter(None, (current.since, *(m.at for m in moves))))
        assert advance(StageNow(moves[-1].stage, since=since), evidence, NOW) == ()
        assert advance(StageNow(moves[-1].stage), evidence, NOW + DAY) == ()


@given(CURRENT, EVIDENCE)
def test_the_moves_are_a_chain(current: StageNow, evidence: list[Evidence]) -> None:
    was = current.stage
    for move in advance(current, evidence, NOW):
        assert move.was == was
        assert move.stage != was
        was = move.stage
