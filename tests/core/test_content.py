"""Groups of content: what a page, a form or an e-mail is about, and conditions that ask for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_making import DAY, NOW, did, dossier, gate, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.conditions import Background, evaluate
from syncd.core.content import USUAL, group_of, intent_of, journey_of
from syncd.core.facts import Directory
from syncd.core.flip import Asked, ways_in
from syncd.core.flip_words import way_in
from syncd.core.rules import Content, Did, ScoreRule
from syncd.core.terms import agreement
from syncd.core.types import Activity

PRICING = Content("Pricing", r"/pricing", (), "late", "high")
PAPERS = Content("Papers", r"e-?book", ("form",), "early", "low")
DOCS = Content("Docs", r"/docs|pricing api", (), "early", "medium")
GROUPS = (PRICING, PAPERS, DOCS)


def page(path: str, days: float = 1) -> Activity:
    return did("page_view", days, title=path.strip("/"), url=f"https://syncd.example{path}")


@pytest.mark.parametrize(
    ("activity", "group"),
    [
        (page("/pricing"), PRICING),
        (page("/PRICING?utm=x"), PRICING),  # without case
        (page("/docs/pricing"), PRICING),  # the first that matches, although Docs does too
        (page("/docs"), DOCS),
        (did("form", title="E-Book: clean handoffs"), PAPERS),
        (did("page_view", title="E-Book: clean handoffs"), None),  # Papers are forms
        (did("email_click", title="The pricing API"), DOCS),
        (did("call", title="About /pricing"), None),  # a talk is no content
        (page("/blog"), None),
    ],
)
def test_S0_18_an_activity_belongs_to_the_first_group_it_matches(activity: Activity, group: Content | None) -> None:
    assert group_of(activity, GROUPS) == group


@pytest.mark.parametrize(
    ("condition", "activity", "holds"),
    [
        (Did(("page_view",), content="Pricing"), page("/pricing"), True),
        (Did(("form",), content="Pricing"), page("/pricing"), False),
        (Did((), content="Pricing"), page("/pricing"), True),  # any kind of content
        (Did((), content="Docs"), page("/docs/pricing"), False),
        (Did((), journey="late"), page("/pricing"), True),
        (Did((), journey="late"), page("/blog"), False),
        (Did((), journey="early"), page("/blog"), True),  # in no group
        (Did((), journey="early"), did("call"), False),
        (Did((), intent="high"), page("/docs"), False),
        (Did((), intent="medium"), page("/docs"), True),
        (Did((), intent="medium"), page("/pricing"), True),  # at least
        (Did((), intent="low"), page("/blog"), True),
        (Did((), content="Pricing", matches="utm"), page("/pricing"), False),
        (Did((), content="Pricing", matches="utm"), page("/pricing?utm=x"), True),
        (Did((), content="Pricing", within=DAY), page("/pricing", 2), False),
        (Did((), content="Pricing", count=2), page("/pricing"), False),
    ],
)
def test_S0_18_conditions_ask_for_content(condition: Did, activity: Activity, holds: bool) -> None:
    truth = evaluate(condition, {}, [activity], NOW, Background(GROUPS))
    assert truth.value is holds
    assert truth.evidence == ((activity,) if holds else ())


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (Did(("page_view",), content="Pricing"), "looked at a page in “Pricing”"),
        (Did((), content="Pricing", within=7 * DAY), "showed interest in “Pricing” within 7 days"),
        (Did((), journey="late"), "showed interest in late-stage content"),
        (Did((), intent="medium", count=3), "showed interest 3 or more times in content of medium or high intent"),
        (Did(("form",), journey="late", intent="high"), "filled a form in late-stage content of high intent"),
        (
            Did(("form",), "x", content="A", intent="high"),
            'filled a form in content of high intent of “A” matching "x"',
        ),
    ],
)
def test_a_content_condition_says_itself(condition: Did, sentence: str) -> None:
    assert str(condition) == sentence
    assert evaluate(condition, {}, (), NOW).because == f"not seen: {sentence}"


def test_what_was_found_names_the_content() -> None:
    truth = evaluate(Did((), journey="late"), {}, [page("/pricing")], NOW, Background(GROUPS))
    assert truth.because == "showed interest in late-stage content (1 time, “pricing”)"


# ---------------------------------------------------------------- journey, for the brief
def test_S2_9_the_journey_follows_the_groups() -> None:
    named = replace(rules(), content=GROUPS)
    assert journey_of(page("/pricing"), named) == "late"
    assert journey_of(page("/compare"), named) == "early"  # not among these groups
    assert journey_of(did("meeting"), named) == ""


def test_S2_9_without_groups_the_usual_words_tell() -> None:
    assert journey_of(page("/compare"), rules()) == "late"
    assert journey_of(page("/blog"), rules()) == "early"
    assert intent_of(did(title="Demo request"), USUAL) == "high"
    assert intent_of(page("/demo"), USUAL) == "medium"
    assert intent_of(did(title="E-book"), USUAL) == "low"


@given(
    st.permutations([page("/pricing", 1), page("/docs", 2), page("/pricing", 2), page("/blog", 2), did(title="e-book")])
)
def test_the_order_of_facts_is_no_matter(activities: list[Activity]) -> None:
    truth = evaluate(Did((), intent="medium"), {}, activities, NOW, Background(GROUPS))
    assert [a.title for a in truth.evidence] == ["pricing", "pricing", "docs"]


# ---------------------------------------------------------------- what others do with it
def test_N2_explain_tells_which_content_would_do() -> None:
    """A rule that asks for a group is met by a made-up page of that group."""
    asks = ScoreRule("Late", Did((), content="Pricing", within=7 * DAY), 80)
    of = replace(rules(gate(engagement=(asks,), fit_share=0.0)), content=GROUPS)
    asked = Asked(dossier(), of, Directory(), "1", NOW)
    (way,) = ways_in(asked)
    assert way_in([way], {}) == "It would go if they showed interest in “Pricing”."


def test_N2_what_our_side_does_is_nothing_that_they_could_do() -> None:
    asks = ScoreRule("We called", Did(("call",), by="us"), 80)
    of = rules(gate(engagement=(asks,), fit_share=0.0))
    assert ways_in(Asked(dossier(), of, Directory(), "1", NOW)) == ()


def test_S0_6_criteria_say_the_groups() -> None:
    told = agreement(replace(rules(), content=GROUPS)).content
    assert [(clause.name, clause.sentence) for clause in told] == [
        ("Pricing", "late-stage, high intent"),
        ("Papers", "early-stage, low intent (form)"),
        ("Docs", "early-stage, medium intent"),
    ]
