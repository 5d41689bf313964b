"""The table of the funnel, one test a row: who may move whom, by what, and that nothing else moves anybody (B3)."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from core_making import NOW, at
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.stages import EXITS, FUNNEL, TRANSITIONS, Evidence, Move, Rank, StageNow, advance
from tests.ways import ALLOWED

ALL = (*FUNNEL, *EXITS)
MARKETING, HANDOFF, TOUCH, STATUS, CONVERTED, OPEN, CLOSED = (
    Rank.MARKETING, Rank.HANDOFF, Rank.TOUCH, Rank.STATUS, Rank.CONVERTED, Rank.OPEN, Rank.CLOSED,
)  # fmt: skip


def go(was: str, stage: str, rank: Rank, rule: str = "says so") -> list[Move]:
    reached = was if was in FUNNEL else "customer"
    return list(advance(StageNow(was, reached), [Evidence(stage, rule, at(1), "a record", rank)], NOW))


def leads(number: str, was: str, stage: str, rank: Rank, rule: str = "says so") -> bool:
    """Whether evidence of this rank makes exactly this move under this number, and weaker evidence does not."""
    moves = go(was, stage, rank, rule)
    weaker = [go(was, stage, Rank(r), rule) for r in range(1, rank)]
    return [(m.was, m.stage, m.rule.split()[0]) for m in moves] == [(was, stage, number)] and not any(weaker)


def implied(moves: list[Move]) -> list[str]:
    return [move.stage for move in moves if move.implied]


def test_T1_a_hand_is_raised() -> None:
    assert leads("T1", "contact", "lead", MARKETING)


@pytest.mark.parametrize("was", ["lead", "recycled", "unreachable", "lost"])
def test_T2_the_gate_opens_a_handoff(was: str) -> None:
    assert go(was, "mql", HANDOFF)[-1].rule == "T2 says so"
    assert go(was, "mql", MARKETING) == []
    assert go("lead", "mql", HANDOFF, "T2′ by a named person")[0].rule == "T2′ by a named person"


def test_T3_the_owner_is_verified() -> None:
    assert leads("T3", "mql", "handed_off", HANDOFF)


def test_T3x_withdrawn_before_the_delivery() -> None:
    assert leads("T3x", "mql", "lead", HANDOFF, "T3x a veto")
    assert go("handed_off", "lead", HANDOFF, "T3x a veto") == []
    assert go("mql", "lead", CLOSED) == []


def test_T4_sales_takes_it_up() -> None:
    assert leads("T4", "handed_off", "sal", TOUCH)


@pytest.mark.parametrize("exit_", ["recycled", "trash"])
def test_T5_sales_rejects(exit_: str) -> None:
    assert leads("T5", "handed_off", exit_, STATUS)


def test_T6_another_owner_is_no_move() -> None:
    assert go("handed_off", "handed_off", CLOSED) == []


def test_T7_S0_22_sql_takes_an_act_of_sales() -> None:
    assert leads("T7", "sal", "sql", STATUS)
    for was in ("contact", "lead", "mql", "handed_off", "sal", "recycled"):
        assert go(was, "sql", MARKETING) == go(was, "sql", HANDOFF) == []


def test_T8a_nobody_could_be_reached() -> None:
    assert leads("T8a", "sal", "unreachable", STATUS)


@pytest.mark.parametrize("exit_", ["recycled", "trash"])
def test_T8c_sales_gives_back_what_it_had_accepted(exit_: str) -> None:
    assert leads("T8c", "sal", exit_, STATUS)


def test_T9_a_deal_is_linked() -> None:
    assert leads("T9", "sql", "opportunity", OPEN)


def test_T9c_converted_without_a_deal_is_no_opportunity() -> None:
    assert go("sal", "sql", CONVERTED, "T9c lead converted")[-1].rule == "T9c lead converted"
    assert go("sql", "opportunity", CONVERTED) == []


@pytest.mark.parametrize("exit_", ["recycled", "trash", "unreachable"])
def test_T10_sales_gives_back_what_it_had_qualified(exit_: str) -> None:
    assert leads("T10", "sql", exit_, STATUS)


def test_T11_won() -> None:
    assert go("opportunity", "customer", CLOSED)[0].rule == "T11 says so"
    assert go("opportunity", "customer", OPEN) == []


def test_T12_lost() -> None:
    assert leads("T12", "opportunity", "lost", CLOSED)


@pytest.mark.parametrize("was", ["lost", "recycled", "unreachable"])
def test_T13_the_time_to_wait_is_over(was: str) -> None:
    assert leads("T13", was, "lead", HANDOFF, "T13 30 days after it was recycled")
    assert go(was, "lead", CLOSED) == []


def test_T14_S3_14_trash_takes_a_named_person() -> None:
    assert leads("T14", "trash", "lead", STATUS, "T14 reopened by Anna")
    for stage in ("lead", "mql", "handed_off", "sal", "sql"):
        assert all(go("trash", stage, rank) == [] for rank in Rank)
    assert go("trash", "lead", STATUS, "T13 30 days") == []


def test_T15_a_customer_s_new_handoff_is_a_track_of_its_own() -> None:
    for stage in ("lead", "mql", "handed_off", "sal", "sql", "recycled", "lost"):
        assert all(go("customer", stage, rank) == [] for rank in Rank)


def test_T16_a_hard_fact_is_taken_back() -> None:
    assert leads("T16", "opportunity", "sql", OPEN, "T16 deal deleted")
    assert leads("T16", "customer", "opportunity", OPEN, "T16 deal reopened")
    assert go("opportunity", "sql", CLOSED) == go("customer", "opportunity", CLOSED) == []
    assert go("recycled", "sql", OPEN, "T16 deal deleted") == []


@pytest.mark.parametrize("was", [*FUNNEL[1:], *EXITS[:-1]])
def test_T17_merged_away_or_undone(was: str) -> None:
    assert go(was, "void", HANDOFF, "T17 merged into 7")[0].rule == "T17 merged into 7"
    assert go(was, "void", CLOSED) == []


@pytest.mark.parametrize(
    ("was", "stage", "rank", "skipped"),
    [
        ("lead", "opportunity", OPEN, ["mql", "handed_off", "sal", "sql"]),
        ("handed_off", "customer", CLOSED, ["sal", "sql", "opportunity"]),
        ("handed_off", "sql", STATUS, ["sal"]),
        ("handed_off", "unreachable", STATUS, ["sal"]),
        ("handed_off", "lost", CLOSED, ["sal", "sql", "opportunity"]),
        ("sql", "lost", CLOSED, ["opportunity"]),
        ("contact", "mql", HANDOFF, ["lead"]),
        ("contact", "customer", MARKETING, []),
    ],
)
def test_T18_skipped_stages_are_implied(was: str, stage: str, rank: Rank, skipped: list[str]) -> None:
    moves = go(was, stage, rank)
    assert moves[-1].stage == stage
    assert not moves[-1].implied
    assert implied(moves) == skipped
    assert len(moves) == len(skipped) + 1


@pytest.mark.parametrize("was", ["recycled", "unreachable"])
def test_T19_taken_up_again(was: str) -> None:
    called = Evidence("sal", "T19 taken up again", at(1), "a record", TOUCH)
    moves = advance(StageNow(was, "sql"), [called], NOW)
    assert [(m.was, m.stage, m.rule) for m in moves] == [(was, "sal", "T19 taken up again")]
    assert go(was, "sal", HANDOFF, "T19 taken up again") == []
    assert all(go(was, "sal", rank) == [] for rank in Rank)


def test_T18_from_an_exit_only_what_was_never_reached_is_implied() -> None:
    deal = Evidence("opportunity", "deal", at(1), "a record", OPEN)
    moves = advance(StageNow("recycled", "sal"), [deal], NOW)
    assert [(m.stage, m.implied) for m in moves] == [("sql", True), ("opportunity", False)]
    again = advance(StageNow("recycled", "sal"), [Evidence("mql", "T2 gate passed", at(1), "handoff 2", HANDOFF)], NOW)
    assert [m.stage for m in again] == ["lead", "mql"]


# ---------------------------------------------------------------- everything else
def test_B3_nothing_else_is_allowed() -> None:
    rules = ("says so", *sorted({f"{row.number} so" for row in TRANSITIONS if row.named}))
    reached: dict[str, set[str]] = {was: set() for was in ALL}
    for was, stage, rank, rule in itertools.product(ALL, ALL, Rank, rules):
        if moves := go(was, stage, rank, rule):
            assert moves[-1].stage == stage
            reached[was].add(stage)
    void = {"void"}
    assert {was: " ".join(s for s in ALL if s in to - void) for was, to in reached.items()} == {
        was: " ".join(s for s in ALL if s in to.split()) for was, to in ALLOWED.items()
    }


EVIDENCE = st.lists(
    st.builds(
        Evidence, stage=st.sampled_from(ALL), rule=st.sampled_from(["status", "T3x", "T3r", "T13", "T14", "T16", "T17"]),
        at=st.integers(0, 9).map(at), source=st.sampled_from(["a", "b"]), rank=st.sampled_from(Rank),
    ),
    max_size=8,
)  # fmt: skip


@given(st.sampled_from(ALL), EVIDENCE)
def test_B3_every_step_of_every_way_is_a_row(was: str, evidence: list[Evidence]) -> None:
    """Also the implied ones: each single move leads where the table leads, and says its number."""
    for move in advance(StageNow(was), evidence, NOW):
        resumed = move.implied and move.was in EXITS
        assert resumed or move.stage == "void" or move.stage in ALLOWED[move.was].split()
        assert move.rule[0] == "T"
        assert move.rule[1].isdigit()


def test_B3_the_page_has_the_whole_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "stages.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| (T\d+\w?) \|.*\| (.*?) \|$", page, re.M))
    assert told == {(row.number, row.says) for row in TRANSITIONS if row.number != "T18"}


def test_T18_from_trash_nothing_but_the_deal_is_a_way() -> None:
    """Sales threw the lead away, and converted it all the same: what lies between is implied, not seen."""
    said = [
        Evidence("sal", "accepted", at(2), "a", TOUCH),
        Evidence("sql", "T9c lead converted", at(2), "a", CONVERTED),
        Evidence("opportunity", "deal", at(1), "b", OPEN),
    ]
    moves = advance(StageNow("trash", "handed_off"), said, NOW)
    assert [(m.stage, m.implied) for m in moves] == [("sal", True), ("sql", False), ("opportunity", False)]
