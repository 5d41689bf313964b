"""The gate: vetoes, must-haves, score, hand raise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_making import DAY, NOW, at, did, gate, must, points

from syncd.core.qualify import Verdict, judge
from syncd.core.rules import Did, FieldIs, Gate, Named, ScoreRule
from syncd.core.score import score
from syncd.core.types import Activity, Value

DEMO = Did(("form",), "demo", 30 * DAY)


def verdict(of: Gate, profile: dict[str, Value], *activities: Activity) -> Verdict:
    return judge(of, score(of, profile, activities, NOW), profile, activities, NOW)


def worth(fit: int, engagement: int, **more: object) -> Gate:
    """A gate under which a person with a = "yes" has these points."""
    return gate(fit=(points("Fit", "a", fit),), engagement=(points("Engagement", "a", engagement),), **more)


@pytest.mark.parametrize(("value", "ready"), [(69, False), (70, True), (71, True)])
def test_S3_11_threshold_69_fails_70_passes(value: int, ready: bool) -> None:
    found = verdict(worth(value, value), {"a": "yes"})
    assert found.ready is ready
    assert found.entry == ("score" if ready else "")


@pytest.mark.parametrize(
    ("fit", "engagement", "missing"),
    [
        (70, 70, ()),
        (60, 66, ("7 points short of 70",)),
        (69, 69, ("1 point short of 70",)),
        (100, 40, ("engagement 40 of 50",)),
        (40, 100, ("fit 40 of 50",)),
        (10, 10, ("60 points short of 70", "fit 10 of 50", "engagement 10 of 50")),
    ],
)
def test_S3_4_both_signals_are_needed(fit: int, engagement: int, missing: tuple[str, ...]) -> None:
    found = verdict(worth(fit, engagement, fit_minimum=50, engagement_minimum=50), {"a": "yes"})
    assert found.missing == missing
    assert found.ready is not bool(missing)


@pytest.mark.parametrize(
    ("value", "ready", "unmatched"),
    [
        ("yes", True, ()),
        ("no", False, ('Size: size "no" is not yes',)),
        (None, False, ("unknown: Size: size is unknown",)),
    ],
)
def test_S0_2_a_must_have_must_be_known_to_hold(value: Value, ready: bool, unmatched: tuple[str, ...]) -> None:
    found = verdict(worth(100, 100, must=(must("Size", "size"),)), {"a": "yes", "size": value})
    assert found.ready is ready
    assert found.unmatched == unmatched
    assert found.matched == (('Size: size is "yes"',) if ready else ())


@pytest.mark.parametrize(("value", "vetoed"), [("yes", True), ("no", False), (None, False)])
def test_S0_16_no_score_buys_a_veto_and_an_unknown_one_is_none(value: Value, vetoed: bool) -> None:
    found = verdict(worth(100, 100, vetoes=(must("Too small", "small"),)), {"a": "yes", "small": value})
    assert found.ready is not vetoed
    assert found.vetoes == (('Too small: small is "yes"',) if vetoed else ())


def test_a_veto_is_known_by_its_whole_name() -> None:
    found = verdict(worth(100, 100, vetoes=(must("Ban: embargo", "a"), must("Small", "b"))), {"a": "yes"})
    assert found.vetoed_by == ("Ban: embargo",)


def test_S0_24_a_hand_raise_needs_no_score() -> None:
    found = verdict(worth(0, 0, hand_raise=DEMO, fit_minimum=50), {}, did(title="Demo"))
    assert (found.ready, found.entry, found.missing) == (True, "hand_raise", ())
    assert found.matched == ("raised a hand: filled a form within 30 days (1 time, “Demo”)",)


@pytest.mark.parametrize(
    "more",
    [{"vetoes": (must("Too small", "a"),)}, {"must": (must("Size", "size"),)}],
    ids=["a veto", "an unknown must-have"],
)
def test_S0_24_a_hand_raise_is_subject_to_vetoes_and_must_haves(more: dict) -> None:
    found = verdict(worth(100, 100, hand_raise=DEMO, **more), {"a": "yes"}, did(title="Demo"))
    assert (found.ready, found.entry) == (False, "")


def test_a_hand_raise_with_a_full_score_enters_by_the_hand() -> None:
    """The rep should hear first that somebody asked for a conversation (S4.17)."""
    assert verdict(worth(100, 100, hand_raise=DEMO), {"a": "yes"}, did(title="Demo")).entry == "hand_raise"


def test_S2_2_a_single_download_is_no_qualification() -> None:
    of = gate(engagement=(ScoreRule("Form", Did(("form",)), 10),), hand_raise=DEMO)
    assert verdict(of, {}, did(title="E-book")).ready is False


def test_next_change_includes_vetoes_that_expire() -> None:
    complained = Named("Complained", Did(("note",), "complaint", 10 * DAY))
    of = gate(engagement=(ScoreRule("Form", DEMO, 100),), vetoes=(complained,), threshold=10)
    activities = (did(title="demo", days=1), did("note", 2, title="complaint"))
    found = verdict(of, {}, *activities)
    assert found.next_change == at(2) + 10 * DAY
    later = found.next_change
    assert judge(of, score(of, {}, activities, later), {}, activities, later).ready is True


def test_next_change_is_none_when_time_changes_nothing() -> None:
    assert verdict(worth(70, 70, must=(Named("E-mail", FieldIs("email", "present")),)), {}).next_change is None


# ---------------------------------------------------------------- exceptions
PARTNER = Named("Partner", FieldIs("company", "in", ("Acme",)))


@pytest.mark.parametrize("size", ["no", None])
def test_S0_13_an_exception_passes_a_must_have_and_is_marked(size: Value) -> None:
    of = worth(100, 100, must=(Named("Size", FieldIs("size", "in", ("yes",)), (PARTNER,)),))
    assert verdict(of, {"a": "yes", "size": size}).ready is False
    found = verdict(of, {"a": "yes", "size": size, "company": "ACME"})
    seen = 'size "no" is not yes' if size else "size is unknown"
    assert (found.ready, found.matched, found.unmatched) == (True, (), ())
    assert found.exceptions == (f'Size: exception “Partner”, company is "ACME"; {seen}',)


def test_S0_13_an_exception_spares_a_veto_and_is_marked() -> None:
    of = worth(100, 100, vetoes=(Named("Too small", FieldIs("small", "in", ("yes",)), (PARTNER,)),))
    found = verdict(of, {"a": "yes", "small": "yes", "company": "Acme"})
    assert (found.ready, found.vetoes) == (True, ())
    assert found.exceptions == ('Too small: exception “Partner”, company is "Acme"; small is "yes"',)
    assert verdict(of, {"a": "yes", "small": "yes", "company": "Bolt"}).ready is False
    assert verdict(of, {"a": "yes", "company": "Acme"}).exceptions == ()  # there was nothing to except


@pytest.mark.parametrize(
    ("value", "profile", "given", "sentence"),
    [
        (30, {"a": "yes", "company": "Acme"}, 30, 'a is "yes"'),
        (30, {"a": "no", "company": "Acme"}, 30, 'exception “Partner”: company is "Acme"'),
        (30, {"company": "Acme"}, 30, 'exception “Partner”: company is "Acme"'),
        (30, {"a": "no"}, None, ""),
        (-30, {"a": "yes", "company": "Acme"}, 0, 'exception “Partner”: company is "Acme"'),  # spared
        (-30, {"a": "yes"}, -30, 'a is "yes"'),
    ],
)
def test_S0_13_an_exception_gives_the_points_and_is_marked(
    value: int, profile: dict[str, Value], given: int | None, sentence: str
) -> None:
    rule = ScoreRule("Industry", FieldIs("a", "in", ("yes",)), value, exceptions=(PARTNER,))
    lines = score(gate(fit=(rule,)), profile, (), NOW).lines
    assert [(line.points, line.sentence) for line in lines] == ([] if given is None else [(given, sentence)])


# ---------------------------------------------------------------- one look at content of low intent
LOOKS = gate(
    fit=(points("Fit", "a", 60),),
    engagement=(ScoreRule("Content", Did((), journey="early"), 80, each=True), ScoreRule("Late", Did((), "demo"), 80)),
    threshold=60,
)


@pytest.mark.parametrize(
    ("activities", "ready"),
    [
        ([did(title="E-book")], False),
        ([did("page_view", title="Blog")], False),
        ([did(title="E-book"), did(title="E-book 2")], True),
        ([did("page_view", title="Demo")], True),  # medium
        ([did(title="Demo request")], True),  # high
    ],
)
def test_S2_2_one_look_at_low_intent_tips_no_scale(activities: list[Activity], ready: bool) -> None:
    found = verdict(LOOKS, {"a": "yes"}, *activities)
    assert found.ready is ready
    if not ready:
        title = activities[0].title
        assert found.missing == (f"all interest is one look at content of low intent, “{title}”",)


def test_S2_2_unless_the_rules_allow_it() -> None:
    assert verdict(replace(LOOKS, single_low_intent=True), {"a": "yes"}, did(title="E-book")).ready is True


def test_S2_2_who_is_ready_without_it_stays_ready_with_it() -> None:
    of = gate(fit=(points("Fit", "a", 100),), engagement=(ScoreRule("Content", Did(()), 10),), threshold=50)
    assert verdict(of, {"a": "yes"}).ready is True
    assert verdict(of, {"a": "yes"}, did(title="E-book")).ready is True


def test_S2_2_counters_are_interest_too() -> None:
    """Where page views are not pulled a rule asks HubSpot's counter: then one download is not all there is."""
    of = gate(
        fit=(points("Fit", "a", 60),),
        engagement=(ScoreRule("Pages", FieldIs("page_views", "min", 5.0), 60), ScoreRule("Form", Did(("form",)), 10)),
        threshold=60,
    )
    assert verdict(of, {"a": "yes", "page_views": 9}, did(title="E-book")).ready is True
