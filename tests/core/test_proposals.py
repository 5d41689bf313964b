"""What sales' answers suggest: when something is proposed, and when nothing is said."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.metrics.rates import Rate
from syncd.core.proposals import Answered, Proposal, proposals
from syncd.core.rules import FieldIs, Gate, ScoreRule

GATE = Gate(60, (), ())


def leads(*groups: tuple[str, int, int, str]) -> list[Answered]:
    """(source, how many, of these with the outcome, the outcome); the rest of each was recycled."""
    return [
        Answered(outcome if n < hits else "recycle", {"source": source})
        for source, count, hits, outcome in groups
        for n in range(count)
    ]


def found(sales: Sequence[Answered], gate: Gate = GATE) -> list[tuple[str, int]]:
    return [(p.value, p.points) for p in proposals(sales, ["source"], gate)]


@pytest.mark.parametrize(
    ("groups", "proposed"),
    [
        ([("PAID", 64, 38, "trash"), ("SEARCH", 300, 60, "trash")], [("PAID", -10)]),  # three times the rest
        ([("PAID", 64, 25, "trash"), ("SEARCH", 300, 60, "trash")], []),  # not twice the rest
        ([("PAID", 12, 12, "trash"), ("SEARCH", 300, 60, "trash")], []),  # too few
        ([("PAID", 300, 240, "trash"), ("SEARCH", 12, 0, "trash")], []),  # too few to compare with
        ([("PAID", 20, 6, "trash"), ("SEARCH", 40, 5, "trash")], []),  # may be chance
        (
            [("REFERRAL", 60, 40, "qualified"), ("SEARCH", 300, 60, "qualified")],
            [("REFERRAL", 10)],
        ),  # better than the rest
        ([("PAID", 30, 15, "trash"), ("SEARCH", 100, 0, "trash")], [("PAID", -10)]),  # the rest never
        ([("PAID", 100, 0, "trash"), ("SEARCH", 100, 0, "trash")], []),  # nobody at all
    ],
)
def test_N15_S1_23_a_value_stands_out_or_nothing_is_said(
    groups: list[tuple[str, int, int, str]], proposed: list[tuple[str, int]]
) -> None:
    assert found(leads(*groups)) == proposed


def test_N15_the_sentence_has_the_numbers() -> None:
    (one,) = proposals(leads(("PAID", 64, 38, "trash"), ("SEARCH", 312, 61, "trash")), ["source"], GATE)
    told = str(one)
    assert told.startswith("source “PAID” is trashed 3.0 × the rest (38 of 64, the others 61 of 312; by chance 1 in ")
    assert told.endswith("): −10 points")


def test_N15_the_more_values_are_looked_at_the_clearer_one_must_be() -> None:
    """A difference that counts alone does not among thirty values."""
    few = [("PAID", 40, 16, "trash"), ("SEARCH", 40, 3, "trash")]
    assert found(leads(*few)) == [("PAID", -10)]
    many = leads(("PAID", 20, 7, "trash"), *((f"S{n}", 20, 2, "trash") for n in range(30)))
    assert found(many) == []


def test_N15_what_a_rule_asks_for_already_is_not_proposed() -> None:
    sales = leads(("PAID", 64, 38, "trash"), ("SEARCH", 300, 60, "trash"))
    known = Gate(60, (ScoreRule("mine", FieldIs("source", "in", ("PAID",)), -5),), ())
    assert found(sales, known) == []


@given(st.text(min_size=1, max_size=20))
def test_N15_the_lines_are_toml_whatever_the_value_is(value: str) -> None:
    proposal = Proposal("source", value, "trash", Rate(1, 2), Rate(1, 9), 0.001)
    (rule,) = tomllib.loads(proposal.toml())["qualify"]["fit"]
    assert rule == {"name": f"source is {value}", "field": "source", "in": [value], "points": -10}


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_N15_leads_without_the_value_are_compared_and_never_proposed(a: int, b: int, c: int, d: int) -> None:
    sales = leads(("PAID", a + b, a, "trash"), ("", c + d, c, "trash"))
    assert {value for value, _ in found(sales)} <= {"PAID"}
