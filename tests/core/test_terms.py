"""The agreement in words."""

from __future__ import annotations

import pytest
from core_making import DAY, gate, has, must, points, rules

from syncd.core.rules import Did, Gate, Not, Routing, ScoreRule, Territory
from syncd.core.terms import agreement, ready_when

DEMO = Did(("form",), "demo", 30 * DAY)


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (gate(), "A lead goes to sales when its score reaches 70 of 100 (50 % fit, 50 % engagement)."),
        (
            gate(fit_share=0.655, fit_minimum=40, engagement_minimum=20),
            "A lead goes to sales when its score reaches 70 of 100 (65.5 % fit, 34.5 % engagement), its fit reaches 40 and "
            "its engagement reaches 20.",
        ),
        (
            gate(must=(must("Size", "a"),), vetoes=(must("Small", "b"),)),
            "A lead goes to sales when its score reaches 70 of 100 (50 % fit, 50 % engagement), the must-have “Size” holds "
            "and the veto “Small” does not.",
        ),
        (
            gate(vetoes=(must("Small", "b"), must("Opted out", "c")), hand_raise=DEMO),
            "A lead goes to sales when its score reaches 70 of 100 (50 % fit, 50 % engagement) and none of the 2 vetoes "
            'does. One that raised a hand (filled a form matching "demo" within 30 days) goes without the score, provided '
            "that none of the 2 vetoes does.",
        ),
    ],
)
def test_S3_1_one_sentence_says_when(of: Gate, sentence: str) -> None:
    assert ready_when(of) == sentence


def test_S0_6_S4_6_every_rule_is_in_it_and_must_haves_stand_apart_from_points() -> None:
    visits = ScoreRule("Visits", Did(("page_view",), within=14 * DAY), 5, each=True, cap=20)
    told = agreement(
        rules(gate(fit=(points("Title", "a", 40), points("Junior", "b", -10)), engagement=(visits,),
                   must=(must("Size", "c"),), vetoes=(must("Small", "d"),)))
    )  # fmt: skip
    assert [(c.name, c.points, c.sentence) for c in told.fit] == [
        ("Title", 40, "a is yes"),
        ("Junior", -10, "b is yes"),
    ]
    (line,) = told.engagement
    assert line.sentence == "looked at a page within 14 days, each time, at most 20 points in all"
    assert [c.name for c in (*told.must, *told.vetoes)] == ["Size", "Small"]


def test_S0_19_what_counts_is_listed_with_what_does_not() -> None:
    counting = ScoreRule("Forms and no calls", Not(Did(("call",))), 5), ScoreRule("Form", DEMO, 5)
    counted, ignored, *never = agreement(rules(gate(engagement=counting))).counted
    assert counted == "counted: form and call"
    assert "page" in ignored
    assert "call" not in ignored
    assert never == ["never counted: what syncd wrote itself, and tasks, e-mails and messages of our own side"]


@pytest.mark.parametrize(
    ("by", "on", "flag"),
    [((), "", "Nobody signed"), (("M", "S"), "", "but not when"), (("M", "S"), "2026-11-01", "")],
)
def test_S0_9_a_missing_signature_is_flagged(by: tuple[str, ...], on: str, flag: str) -> None:
    told = agreement(rules(gate(agreed_by=by, agreed_on=on)))
    assert flag in told.unsigned
    assert bool(told.unsigned) is bool(flag)


@pytest.mark.parametrize(
    ("routing", "names", "last"),
    [
        (
            Routing("single", "f@x", ("a@x",)),
            ["existing owner", "account owner", "single", "fallback"],
            "everybody else goes to a@x",
        ),
        (
            Routing("round_robin", "f@x", ("a@x", "b@x"), keep_owner=False),
            ["account owner", "round robin", "fallback"],
            "everybody else goes to a@x or b@x in turn",
        ),
        (
            Routing("territory", "f@x", territories=(Territory("North", has("n"), ("a@x", "b@x")),)),
            ["existing owner", "account owner", "North", "fallback"],
            "n is yes: to a@x or b@x in turn",
        ),
    ],
)
def test_S1_15_the_way_of_routing_is_said(routing: Routing, names: list[str], last: str) -> None:
    told = agreement(rules(routing=routing)).routing
    assert [clause.name for clause in told] == names
    assert told[-2].sentence == last
