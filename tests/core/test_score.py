"""The score: two parts of 0 to 100, one sum, lines that explain themselves."""

from __future__ import annotations

from datetime import datetime

import pytest
from core_making import DAY, NOW, at, did, gate, has, points
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.rules import Did, ScoreRule, Tier
from syncd.core.score import combine, score

PAGES = Did(("page_view",), within=14 * DAY)


def pages(*days: float) -> list:
    return [did("page_view", d) for d in days]


def test_S3_9_the_sum_by_hand() -> None:
    """30 for the industry, 25 for the title, minus 10 for a free-mail address; 20 for a form: (45 + 20) / 2."""
    rules = gate(
        fit=(points("Industry", "industry", 30), points("Title", "title", 25), points("Free mail", "free", -10)),
        engagement=(ScoreRule("Form", Did(("form",)), 20),),
    )
    found = score(rules, {"industry": "yes", "title": "yes", "free": "yes"}, [did()], NOW)
    assert (found.fit, found.engagement, found.combined) == (45, 20, 33)
    assert [(line.name, line.part, line.points) for line in found.lines] == [
        ("Industry", "fit", 30),
        ("Title", "fit", 25),
        ("Free mail", "fit", -10),
        ("Form", "engagement", 20),
    ]


def test_S3_10_the_score_floors_at_zero_and_says_why() -> None:
    found = score(gate(fit=(points("Junior", "junior", -30),)), {"junior": "yes"}, (), NOW)
    assert found.fit == 0
    assert [line.points for line in found.lines] == [-30]


def test_S3_8_each_part_ends_at_100() -> None:
    rules = gate(fit=tuple(points(f"rule {n}", "a", 40) for n in range(4)))
    assert score(rules, {"a": "yes"}, (), NOW).fit == 100


def test_unknown_gives_no_points() -> None:
    assert score(gate(fit=(points("Industry", "industry", 30),)), {}, (), NOW).lines == ()


@pytest.mark.parametrize(
    ("value", "cap", "days", "expected"),
    [
        (8, 24, [1, 2], 16),
        (8, 24, [1, 2, 3, 4], 24),
        (8, None, [1, 2, 3, 4], 32),
        (-8, 10, [1, 2], -10),  # a cap holds for minus points too
        (8, 4, [1], 4),
        (8, 24, [], 0),
    ],
)
def test_each_counts_every_match_up_to_its_cap(value: int, cap: int | None, days: list[float], expected: int) -> None:
    rules = gate(engagement=(ScoreRule("Pages", PAGES, value, each=True, cap=cap),))
    assert sum(line.points for line in score(rules, {}, pages(*days), NOW).lines) == expected


def test_without_each_a_rule_counts_once() -> None:
    rules = gate(engagement=(ScoreRule("Pages", PAGES, 8),))
    assert score(rules, {}, pages(1, 2, 3), NOW).engagement == 8


@pytest.mark.parametrize(
    ("fit", "engagement", "share", "expected"),
    [
        (70, 70, 0.5, 70),
        (45, 20, 0.5, 33),  # 32.5, half up
        (69, 70, 0.5, 70),
        (1, 0, 0.5, 1),
        (100, 0, 0.7, 70),
        (35, 94, 0.35, 73),  # 12.25 + 61.1 = 73.35
        (50, 59, 0.05, 59),  # 58.55
        (90, 10, 1.0, 90),
        (90, 10, 0.0, 10),
        (0, 0, 0.5, 0),
    ],
)
def test_S0_29_combined(fit: int, engagement: int, share: float, expected: int) -> None:
    assert combine(fit, engagement, share) == expected


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_combined_lies_between_the_parts(fit: int, engagement: int, percent: int) -> None:
    assert min(fit, engagement) <= combine(fit, engagement, percent / 100) <= max(fit, engagement)


@pytest.mark.parametrize(("value", "tier"), [(59, ""), (60, "warm"), (84, "warm"), (85, "hot"), (100, "hot")])
def test_S4_10_tiers(value: int, tier: str) -> None:
    rules = gate(fit=(points("All", "a", value),), fit_share=1.0, tiers=(Tier("warm", 60), Tier("hot", 85)))
    assert score(rules, {"a": "yes"}, (), NOW).tier == tier


RULES = st.builds(
    ScoreRule,
    name=st.just("rule"),
    when=st.sampled_from([has("a"), has("b"), PAGES, Did(("form",))]),
    points=st.integers(-200, 200),
    each=st.booleans(),
    cap=st.none() | st.integers(0, 150),
)


@given(
    st.lists(RULES, max_size=6),
    st.lists(RULES, max_size=6),
    st.floats(0, 1),
    st.sampled_from([{}, {"a": "yes"}, {"a": "yes", "b": "yes"}]),
    st.lists(st.tuples(st.sampled_from(["page_view", "form"]), st.integers(-3, 30)), max_size=8),
)
def test_S3_8_every_score_is_in_range(fit: list, engagement: list, share: float, profile: dict, acts: list) -> None:
    rules = gate(fit=tuple(fit), engagement=tuple(engagement), fit_share=share)
    found = score(rules, profile, [did(kind, days) for kind, days in acts], NOW)
    assert 0 <= found.fit <= 100
    assert 0 <= found.engagement <= 100
    assert 0 <= found.combined <= 100


# ---------------------------------------------------------------- time
def test_S3_6_the_score_falls_with_time_and_says_when() -> None:
    rules = gate(engagement=(ScoreRule("Pages", PAGES, 10),), fit_share=0.0)
    activities = pages(4)
    found = score(rules, {}, activities, NOW)
    assert found.combined == 10
    assert found.next_change == at(4) + 14 * DAY
    assert score(rules, {}, activities, found.next_change).combined == 0


@pytest.mark.parametrize(
    ("rule", "days", "expected"),
    [
        (ScoreRule("once", PAGES, 10), [1, 2, 3], at(1) + 14 * DAY),
        (ScoreRule("each", PAGES, 10, each=True), [1, 2, 3], at(3) + 14 * DAY),
        (ScoreRule("capped", PAGES, 10, each=True, cap=20), [1, 2, 3], at(2) + 14 * DAY),  # two matches give the cap
        (ScoreRule("capped", PAGES, 8, each=True, cap=20), [1, 2, 3, 4], at(3) + 14 * DAY),  # it takes three
        (ScoreRule("for ever", Did(("page_view",)), 10), [1, 2, 3], None),
    ],
)
def test_next_change_is_the_first_moment_at_which_points_change(
    rule: ScoreRule, days: list[float], expected: datetime | None
) -> None:
    activities = pages(*days)
    found = score(gate(engagement=(rule,)), {}, activities, NOW)
    assert found.next_change == expected
    if expected is not None:
        later = score(gate(engagement=(rule,)), {}, activities, expected)
        assert sum(x.points for x in later.lines) < sum(x.points for x in found.lines)


@given(st.lists(st.integers(-5, 30), max_size=8), st.integers(1, 30), st.none() | st.integers(1, 60), st.integers(1, 3))
def test_nothing_changes_before_next_change(days: list[int], value: int, cap: int | None, count: int) -> None:
    rule = ScoreRule("Pages", Did(("page_view",), within=14 * DAY, count=count), value, each=True, cap=cap)
    activities = pages(*days)
    now = score(gate(engagement=(rule,)), {}, activities, NOW)
    until = now.next_change or NOW + 100 * DAY
    for moment in {NOW + n * DAY for n in range(40)}:
        if moment < until:
            assert score(gate(engagement=(rule,)), {}, activities, moment).engagement == now.engagement


# ---------------------------------------------------------------- lines
def test_S1_7_a_line_knows_its_evidence() -> None:
    old, new = did("page_view", 3), did("page_view", 1)
    rules = gate(engagement=(ScoreRule("Pages", PAGES, 8, each=True),))
    (line,) = score(rules, {}, [old, new], NOW).lines
    assert line.evidence == (new.ref, old.ref)
    assert line.at == new.at
    assert line.sentence == "looked at a page within 14 days (2 times)"


def test_a_line_about_what_somebody_is_has_no_time() -> None:
    (line,) = score(gate(fit=(points("Industry", "industry", 30),)), {"industry": "yes"}, (), NOW).lines
    assert line.at is None
    assert line.evidence == ()
    assert line.sentence == 'industry is "yes"'
