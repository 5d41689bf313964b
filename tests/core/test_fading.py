"""Points that halve with time: exact, rounded once, and the moment of the next change."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from core_making import DAY, NOW, at, did, dossier, gate, has, points, rules
from hypothesis import assume, given
from hypothesis import strategies as st

from syncd.core.facts import Directory
from syncd.core.fading import Fading, turns, worth
from syncd.core.flip import Asked, ways_out
from syncd.core.rules import All, AnyOf, Condition, Did, Not, ScoreRule
from syncd.core.score import Score, score
from syncd.core.terms import agreement
from syncd.core.types import Activity

MS = timedelta(milliseconds=1)
WEEK = 7 * DAY


def rule(value: int = 20, half_life: timedelta = WEEK, **more: object) -> ScoreRule:
    return ScoreRule("Pages", Did(("page_view",), within=30 * DAY), value, half_life=half_life, **more)


def pages(*days: float) -> list[Activity]:
    return [did("page_view", d) for d in days]


def found(of: ScoreRule, activities: list[Activity], now: datetime = NOW) -> Score:
    return score(gate(engagement=(of,)), {}, activities, now)


@pytest.mark.parametrize(
    ("value", "days", "expected"),
    [
        (20, [0], 20),
        (20, [7], 10),
        (20, [14], 5),
        (20, [21], 3),  # 2.5: half away from zero
        (-20, [21], -3),
        (20, [3.5], 14),  # 14.14
        (20, [7, 7], 20),
        (5, [7, 7, 7], 8),  # 7.5: rounded once, not each of them
        (1, [14], 0),
    ],
)
def test_S0_20_points_halve_with_every_half_life(value: int, days: list[float], expected: int) -> None:
    (line,) = found(rule(value, each=True), pages(*days)).lines
    assert line.points == expected


def test_without_each_the_newest_match_gives_the_points() -> None:
    (line,) = found(rule(), pages(14, 7)).lines
    assert (line.points, line.full) == (10, 20)
    assert line.sentence == "looked at a page within 30 days (2 times); 20 points when new, half of it every 7 days"


def test_a_cap_holds_what_is_left() -> None:
    assert found(rule(each=True, cap=25), pages(0, 0)).engagement == 25
    assert found(rule(each=True, cap=25), pages(7, 7)).engagement == 20


def test_what_somebody_is_does_not_fade() -> None:
    fits = ScoreRule("Industry", has("industry"), 30, half_life=DAY)
    assert score(gate(fit=(fits,)), {"industry": "yes"}, pages(1), NOW).fit == 30


def test_S0_17_the_same_points_90_days_ago_do_not_qualify_and_three_visits_in_7_days_do() -> None:
    of = ScoreRule("Pages", Did(("page_view",)), 25, each=True, half_life=30 * DAY)
    assert found(of, pages(90, 91, 92)).engagement == 9
    assert found(of, pages(1, 3, 6)).engagement == 70  # 24.4 + 23.3 + 21.8


# ---------------------------------------------------------------- the moment of the next change
@pytest.mark.parametrize(
    ("of", "days", "expected"),
    [
        (rule(1, each=True), [0], at(0) + WEEK + MS),  # worth a half at one half-life, and that rounds up
        (rule(3), [0], at(0) + WEEK * 0.263034405833794 + MS),  # 2.5: log2(3 / 2.5) of a week
        (rule(20, cap=10, each=True), [0], at(0) + WEEK * 1.0740005814437769 + MS),  # not before it is below 9.5
        (rule(0), [0], None),
        (rule(1), [14], None),  # nothing is left to lose
    ],
)
def test_S3_6_next_change_is_when_the_rounded_points_change(
    of: ScoreRule, days: list[float], expected: datetime | None
) -> None:
    moment = found(of, pages(*days)).next_change
    if expected is None:
        assert moment is None
    else:
        assert moment is not None
        assert abs(moment - expected) <= MS


def test_a_window_ends_in_the_middle_of_fading() -> None:
    of = ScoreRule("Pages", Did(("page_view",), within=DAY), 20, each=True, half_life=400 * DAY)
    assert found(of, pages(0.5, 0.25)).next_change == at(-0.5)


def test_the_end_of_a_window_that_changes_nothing_is_no_change() -> None:
    """The old visit is worth a tenth of a point; the sum is 20 with it and without."""
    of = Fading(20, WEEK, True, None, (at(0), at(53)), within=53.5 * DAY)
    moment = turns(of, NOW)
    assert moment is not None
    assert moment < at(-0.5)
    assert worth(of, NOW) == worth(of._replace(moments=(at(0),)), NOW) == 20


WHENS: list[Condition] = [
    Did(("page_view",), within=10 * DAY),
    Did(("page_view",)),
    Did(("page_view",), within=10 * DAY, count=2),
    Did((), journey="early", within=4 * DAY),
    All((Did(("page_view",), within=10 * DAY), Did(("form",), within=5 * DAY))),
    AnyOf((Did(("page_view",), within=2 * DAY), Did(("form",), within=9 * DAY))),
    AnyOf((has("a"), Did(("form",)))),
    Not(Did(("form",), within=3 * DAY)),
]
RULES = st.builds(
    ScoreRule,
    name=st.just("rule"),
    when=st.sampled_from(WHENS),
    points=st.integers(-60, 60),
    each=st.booleans(),
    cap=st.none() | st.integers(1, 80),
    half_life=st.none() | st.integers(1, 2_000).map(lambda hours: timedelta(hours=hours)),
)
DONE = st.lists(st.tuples(st.sampled_from(["page_view", "form"]), st.integers(-48, 400)), max_size=6)


def acts(done: list[tuple[str, int]]) -> list[Activity]:
    """(kind, hours ago)"""
    return [did(kind, hours / 24) for kind, hours in done]


def shown(of: Score) -> tuple[object, ...]:
    return of.fit, of.engagement, of.combined, of.tier, tuple(line.points for line in of.lines if line.points)


@given(st.lists(RULES, min_size=1, max_size=3), DONE, st.lists(st.integers(1, 2_000_000_000), max_size=6))
def test_S3_6_nothing_changes_before_next_change(scored: list[ScoreRule], done: list, later: list[int]) -> None:
    """Whatever the rules and the activities: at every millisecond before it the lines are what they are now."""
    of, activities = gate(engagement=tuple(scored), caps={"page_view": 30}), acts(done)
    now = score(of, {"a": "no"}, activities, NOW)
    until = now.next_change or NOW + 1000 * DAY
    assert until > NOW
    for moment in (NOW + n * MS for n in (*later, *range(1_000_000, 1_000_000_000, 200_000_000))):
        assert moment >= until or shown(score(of, {"a": "no"}, activities, moment)) == shown(now)
    assert shown(score(of, {"a": "no"}, activities, until - MS)) == shown(now)


@given(
    st.integers(1, 90), st.booleans(), st.none() | st.integers(1, 200), st.integers(1, 3_000), DONE, st.integers(1, 3)
)
def test_S3_6_something_changes_at_next_change(
    value: int, each: bool, cap: int | None, hours: int, done: list, count: int
) -> None:
    """For a rule with one condition it is the very millisecond."""
    when = Did(("page_view",), within=12 * DAY, count=count)
    of = gate(engagement=(ScoreRule("r", when, value, each, cap, timedelta(hours=hours)),))
    activities = [a for a in acts(done) if a.at <= NOW]
    now = score(of, {}, activities, NOW)
    assume(now.next_change is not None)
    assert sum(line.points for line in score(of, {}, activities, now.next_change).lines) < sum(
        line.points for line in now.lines
    )


@given(st.integers(1, 90), st.integers(1, 3_000), DONE, st.integers(0, 1_000), st.integers(0, 1_000))
def test_S0_20_what_fades_never_grows(value: int, hours: int, done: list, first: int, more: int) -> None:
    of = gate(engagement=(ScoreRule("r", Did(("page_view", "form"), within=20 * DAY), value, True, None,
                                    timedelta(hours=hours)),))  # fmt: skip
    activities = [a for a in acts(done) if a.at <= NOW]
    early, late = NOW + timedelta(hours=first), NOW + timedelta(hours=first + more)
    assert score(of, {}, activities, early).engagement >= score(of, {}, activities, late).engagement


@given(st.lists(RULES, max_size=4), DONE, st.randoms(use_true_random=False))
def test_S3_8_the_order_of_facts_is_no_matter(scored: list[ScoreRule], done: list, random) -> None:
    of, activities = gate(engagement=tuple(scored)), acts(done)
    before = score(of, {}, activities, NOW)
    random.shuffle(activities)
    after = score(of, {}, activities, NOW)
    assert shown(after) == shown(before)
    assert after.next_change == before.next_change
    assert 0 <= after.engagement <= 100


GIVING = RULES.filter(
    lambda r: r.points >= 0 and not isinstance(r.when, Not) and (isinstance(r.when, Did) or not r.each)
)


@given(st.lists(GIVING, max_size=4), DONE, st.tuples(st.sampled_from(["page_view", "form"]), st.integers(0, 400)))
def test_S3_9_one_more_activity_never_takes_points(scored: list[ScoreRule], done: list, more: tuple[str, int]) -> None:
    of = gate(engagement=tuple(scored), caps={"page_view": 25, "form": 40})
    activities = acts(done)
    before = score(of, {}, activities, NOW).engagement
    assert score(of, {}, [*activities, *acts([more])], NOW).engagement >= before


# ---------------------------------------------------------------- caps of kinds
def test_S0_19_a_cap_holds_all_rules_about_one_kind() -> None:
    of = gate(
        engagement=(
            ScoreRule("Pricing", Did(("page_view",), "pricing"), 15),
            ScoreRule("Pages", Did(("page_view",)), 5, each=True),
            ScoreRule("Any", Did(("page_view", "form")), 7),
            ScoreRule("Form", Did(("form",)), 10),
        ),
        caps={"page_view": 18},
    )
    got = score(of, {}, [did("page_view", title="pricing"), did("page_view"), did("form")], NOW)
    assert [(line.name, line.points, line.full) for line in got.lines] == [
        ("Pricing", 15, 15), ("Pages", 3, 10), ("Any", 7, 7), ("Form", 10, 10),
    ]  # fmt: skip
    assert got.engagement == 35
    assert got.lines[1].sentence == (
        "looked at a page (2 times); held back by the cap of its kind, 10 points without it"
    )


def test_S0_19_a_cap_holds_no_negative_points_back() -> None:
    of = gate(
        fit=(points("x", "a", 5),), engagement=(ScoreRule("Jobs", Did(("page_view",)), -30),), caps={"page_view": 1}
    )
    assert score(of, {}, pages(1), NOW).lines[0].points == -30


# ---------------------------------------------------------------- what others do with it
def test_N2_how_long_a_fading_lead_stays_ready() -> None:
    """100 points that halve every week fall below 30 after 1.76 weeks: 71 changes later."""
    of = rules(
        gate(engagement=(ScoreRule("Demo", Did(("form",), "demo"), 100, half_life=WEEK),), fit_share=0.0, threshold=30)
    )
    out = ways_out(Asked(dossier(activities=(did("form", 0, title="Demo"),)), of, Directory(), "1", NOW))
    assert out is not None
    assert out.until is not None
    assert abs(out.until - (NOW + WEEK * math.log2(100 / 29.5))) <= MS


def test_S0_6_criteria_say_how_points_fade_and_what_caps_them() -> None:
    fades = ScoreRule("Pages", Did(("page_view",)), 5, True, 20, 30 * DAY)
    told = agreement(rules(gate(fit=(ScoreRule("Industry", has("a"), 5, half_life=DAY),), engagement=(fades,),
                                caps={"page_view": 12})))  # fmt: skip
    assert told.engagement[0].sentence == (
        "looked at a page, each time, at most 20 points in all, half of it gone every 30 days"
    )
    assert told.fit[0].sentence == "a is yes"
    assert "at most 12 points of all rules about this alone: page" in told.counted


def test_either_of_two_fades_from_the_newer() -> None:
    """A visit long ago takes nothing from the form of today, although it stands first."""
    either = ScoreRule("Either", AnyOf((Did(("page_view",)), Did(("form",)))), 20, half_life=WEEK)
    (line,) = found(either, [did("form", 0), did("page_view", 14)]).lines
    assert (line.points, line.truth.evidence[0].kind) == (20, "form")
