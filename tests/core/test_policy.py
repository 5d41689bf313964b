"""Policy tests: what a made-up lead must come out as."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from core_making import DAY, gate, has, must, points, rules

from syncd.core.policy import USUAL_NOW, Earlier, Expect, Failure, Happened, PolicyTest, next_day, run
from syncd.core.rules import Did, FieldIs, Gate, Named, Routing, Rules, ScoreRule, Territory, Tier
from syncd.core.starter import starter

DEMO = Did(("form",), "demo", 30 * DAY)
BOTH = {
    "fit": (ScoreRule("Country", has("country"), 80),),
    "engagement": (ScoreRule("Demo", DEMO, 70),),
    "tiers": (Tier("hot", 90), Tier("warm", 70)),
}
ROUTING = Routing(
    "territory", "fallback@x.example", territories=(Territory("North", has("country"), ("a@x.example", "b@x.example")),)
)


def world(of: Gate | None = None, routing: Routing = ROUTING, **more: Any) -> Rules:
    return rules(of or gate(**BOTH), routing, **more)


def lead(expect: Expect, **more: Any) -> PolicyTest:
    """Somebody who is ready, two days after a demo form."""
    did = (Happened("form", 2 * DAY, "Demo request"),)
    given = {"lead": {"country": "yes"}, "activities": did, "now": USUAL_NOW} | more
    return PolicyTest("a test", expect=expect, **given)


def failures(test: PolicyTest, of: Rules | None = None) -> list[str]:
    return [f"{f.what}: {f.expected}, got {f.got}" for f in run(test, of or world()).failures]


@pytest.mark.parametrize(
    ("right", "wrong", "failure"),
    [
        (Expect(ready=True), Expect(ready=False), "ready: not handed over now, got handed over now"),
        (Expect(score=75), Expect(score=74), "score: 74, got 75"),
        (Expect(score_min=75), Expect(score_min=76), "score: at least 76, got 75"),
        (Expect(score_max=75), Expect(score_max=74), "score: at most 74, got 75"),
        (Expect(fit=80), Expect(fit=81), "fit: 81, got 80"),
        (Expect(engagement=70), Expect(engagement=0), "engagement: 0, got 70"),
        (Expect(tier="warm"), Expect(tier="hot"), "tier: hot, got warm"),
        (Expect(entry="score"), Expect(entry="hand_raise"), "entry: hand_raise, got score"),
        (Expect(owner=("A@x.example",)), Expect(owner=("b@x.example",)), "owner: b@x.example, got a@x.example"),
        (Expect(rule="North"), Expect(rule="fallback"), "rule: fallback, got North"),
        (Expect(says=("+80 country",)), Expect(says=("junior",)), "why_contains: “junior”, got not said"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_N14_each_expectation_holds_or_says_what_came_instead(right: Expect, wrong: Expect, failure: str) -> None:
    assert failures(lead(right)) == []
    assert failures(lead(wrong)) == [failure]


def test_N14_a_veto_is_expected_by_its_name() -> None:
    of = world(gate(**BOTH, vetoes=(must("Opted out", "opted_out"), must("Not here", "country"))))
    assert failures(lead(Expect(ready=False, veto="Not here")), of) == []
    assert failures(lead(Expect(veto="Opted out")), of) == ["veto: Opted out, got Not here"]


@pytest.mark.parametrize("expect", [Expect(owner=("a@x.example",)), Expect(rule="North"), Expect(entry="score")])
def test_N14_an_owner_is_no_promise_for_a_lead_that_stays(expect: Expect) -> None:
    """Routing a lead that is not ready proves nothing: an expected owner means that it goes."""
    assert "ready: handed over now, got not handed over now" in failures(lead(expect, activities=()))
    assert failures(lead(replace(expect, ready=False, entry=None), activities=())) == []


@pytest.mark.parametrize(
    ("not_before", "failure"),
    [
        ("Monday", None),
        (date(2026, 1, 12), None),
        ("Wednesday", None),  # the day after: it goes later
        (date(2026, 1, 13), "not_before: Tuesday 2026-01-13, got goes on Monday 2026-01-12"),
    ],
)
def test_N14_not_before_monday(not_before: date | str, failure: str | None) -> None:
    back = Earlier(10 * DAY, outcome="recycle", not_before=date(2026, 1, 12))
    found = failures(lead(Expect(ready=False, not_before=not_before), earlier=back))
    assert found == ([failure] if failure else [])


def test_N14_what_never_goes_by_itself_is_not_waiting_for_monday() -> None:
    expect = Expect(not_before="Monday")
    assert failures(lead(expect, lead={})) == ["not_before: Monday 2026-01-12, got never goes by itself"]


@pytest.mark.parametrize(("name", "day"), [("Monday", 12), ("Tuesday", 13), ("Wednesday", 7)])
def test_the_next_day_of_a_name_is_never_today(name: str, day: int) -> None:
    assert next_day(name, date(2026, 1, 6)) == date(2026, 1, day)


def test_S3_14_trash_never_goes_again() -> None:
    trash = Earlier(10 * DAY, outcome="trash")
    assert failures(lead(Expect(ready=False, says=("closed as trash",)), earlier=trash)) == []


def test_N14_an_old_activity_does_not_count_after_sales_gave_the_lead_back() -> None:
    back = Earlier(DAY, outcome="recycle")
    assert failures(lead(Expect(ready=False, engagement=0), earlier=back)) == []
    assert failures(lead(Expect(ready=True), earlier=replace(back, ago=3 * DAY))) == []


def test_N14_somebody_with_sales_is_not_handed_over_twice() -> None:
    assert failures(lead(Expect(ready=False, says=("with sales",)), earlier=Earlier(DAY))) == []


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_S1_5_owners_who_are_there_already_and_owners_who_are_away(crm: str) -> None:
    of = world(routing=replace(ROUTING, mode="single", owners=("a@x.example",)))
    keeps = lead(Expect(owner=("z@x.example",), rule="existing owner"), crm_owner="z@x.example")
    assert failures(keeps, of) == []
    away = replace(keeps, inactive=frozenset({"Z@x.example", "a@x.example"}), expect=Expect(rule="fallback"))
    assert failures(away, of) == []
    assert "a@x.example is inactive" in " ".join(run(away, of).why)


def test_N14_a_queue_can_be_the_receiver() -> None:
    of = world(routing=Routing("single", "Nobody's leads", ("Tele team",)))
    assert failures(lead(Expect(owner=("Tele team",))), of) == []


def test_N14_the_result_says_why() -> None:
    why = run(lead(Expect()), world()).why
    assert why == (
        "score 75: fit 80, engagement 70, tier warm",
        '+80 Country: country is "yes"',
        "+70 Demo: filled a form within 30 days (1 time, “Demo request”)",
        'routed to a@x.example: North; country is "yes"',
    )


def test_N14_the_day_on_which_it_is_run_does_not_matter() -> None:
    """A test that does not say when takes place on a fixed working day."""
    assert datetime(2026, 1, 6, 10, tzinfo=UTC) == USUAL_NOW
    assert USUAL_NOW.strftime("%A") == "Tuesday"


# ---------------------------------------------------------------- the starter
def test_N14_the_starter_has_a_test_for_each_rule_and_all_pass() -> None:
    asked, opted_out = Named("Asked", DEMO), Named("Opted out", FieldIs("opted_out", "in", ("true",)))
    of = world(gate(**BOTH, must=(asked,), vetoes=(opted_out,)))
    found = starter(of)
    names = [t.name for t in found]
    assert names == [
        "Nobody knows anything about them", "They fit, and show interest", "They fit, and did nothing",
        "Vetoed: Opted out", "Lacks: Asked", "Goes to: North",
    ]  # fmt: skip
    assert [run(t, of).failures for t in found] == [()] * len(found)


def test_N14_S3_12_the_starter_notices_when_a_rule_changes() -> None:
    """Its tests are no empty promises: with other rules some of them fail."""
    of = world()
    stricter = replace(of, gate=replace(of.gate, threshold=90))
    failing = [t.name for t in starter(of) if run(t, stricter).failures]
    assert failing == ["They fit, and show interest", "Goes to: North"]


def test_N14_rules_that_nobody_can_meet_still_have_a_first_test() -> None:
    of = world(gate(fit=(points("Fit", "country", 1),)))
    assert [t.name for t in starter(of)] == ["Nobody knows anything about them"]


def test_a_failure_is_a_value() -> None:
    assert run(lead(Expect(score=1)), world()).failures == (Failure("score", "1", "75"),)
    assert lead(Expect()).activities[0].ago == timedelta(days=2)
