"""Stages: hard facts beat soft ones, nothing moves back by absence, and the order of the evidence does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from core_making import DAY, NOW, at
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.stages import EXITS, FUNNEL, Evidence, Move, Rank, StageNow, advance, highest, reconcile


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
    Row("a lower stage elsewhere moves nobody back", "mql", (says("lead", MARKETING),)),
    Row("nor does a hard fact of a lower stage", "opportunity", (says("sql", CONVERTED),)),
    Row("marketing cannot throw away", "handed_off", (says("trash", MARKETING),)),
    Row("an open deal beats a status", "sql", (says("recycled", STATUS), says("opportunity", OPEN)), "opportunity"),
    Row("lost long before the open one", "opportunity", (says("lost", CLOSED, 90), says("opportunity", OPEN, 9))),
    Row("an old loss is nothing to a new handoff", "handed_off", (says("lost", CLOSED, 90), says("handed_off", HANDOFF, 9))),
    Row("trash stays trash", "trash", (says("mql", HANDOFF), says("lead", MARKETING), says("sal", TOUCH))),
    Row("void is the end", "void", (says("customer", CLOSED), says("lead", HANDOFF, rule="T13"))),
    Row("the rep's word stands against the older touch", "recycled", (says("recycled", STATUS), says("sal", TOUCH))),
    Row("marketing moves nobody whom sales has", "sal", (says("sal", STATUS, 9), says("customer", MARKETING))),
    Row("an exit at the same moment ends the way", "handed_off", (says("sal", STATUS), says("recycled", STATUS)), "recycled"),
    Row("an old status moves nobody out of a newer stage", "sal", (says("recycled", STATUS, 9),), since=at(5)),
    Row("a newer one does", "sal", (says("recycled", STATUS, 3),), "recycled", since=at(5)),
    Row("a late old event still moves forward", "mql", (says("sal", STATUS, 9),), "sal", since=at(5)),
    Row("the latest of equal rank", "sal", (says("sql", STATUS, 5), says("recycled", STATUS, 2)), "recycled"),
    Row("customer is not lost by another deal", "customer", (says("lost", CLOSED), says("customer", CLOSED, 9))),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_B4_hard_facts_beat_soft_ones(row: Row) -> None:
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


def test_B4_what_lost_is_kept_with_the_reason() -> None:
    deal, status, old = says("opportunity", OPEN), says("recycled", STATUS), says("opportunity", OPEN, 9)
    found = reconcile(StageNow("sql"), (status, old, deal, says("lead", MARKETING)), NOW)
    assert (found.stage, found.winner, found.illegal) == ("opportunity", deal, ())
    assert [(loser.evidence.stage, loser.why) for loser in found.losers] == [
        ("recycled", "no way leads from opportunity to recycled by it"),
        ("lead", "no way leads from opportunity to lead by it"),
    ]
    (loser,) = reconcile(StageNow("recycled"), (says("recycled", STATUS), says("sal", TOUCH, rule="T19")), NOW).losers
    assert loser.why == "a harder fact speaks against it"


def test_B3_an_illegal_move_changes_nothing_and_is_named() -> None:
    """A rep takes "qualified" back: no way leads from sql to sal, and nothing says sql any more."""
    back = says("sal", STATUS)
    found = reconcile(StageNow("sql", "sql"), (back, says("lead", MARKETING)), NOW)
    assert (found.stage, found.moves, found.winner, found.illegal) == ("sql", (), None, (back,))
    assert reconcile(StageNow("sql", "sql"), (back, says("sql", CONVERTED, 9)), NOW).illegal == ()
    assert reconcile(StageNow("customer"), (back,), NOW).illegal == ()


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
