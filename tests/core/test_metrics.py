"""The numbers that both teams read: a ledger small enough to count by hand, and what must hold for every other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import Handoff
from syncd.core.metrics.compare import SMALLEST, Watch, alarms, differs, outliers, slow
from syncd.core.metrics.credit import Story, credits
from syncd.core.metrics.funnel import StageFlow, Stay, funnel, slowest, stays
from syncd.core.metrics.lead import METRICS, Lead, Step, first_touch, standing
from syncd.core.metrics.rates import Rate, fisher, quantile
from syncd.core.metrics.report import arbitration, changes, goals, other, reasons, report
from syncd.core.metrics.tables import Table, data_of, tables, words_of
from syncd.core.metrics.tally import Tally, by
from syncd.core.metrics.terms import Spend, Targets
from syncd.core.types import Activity, Ref
from tests.core.metrics_making import DAY, HAND_MADE, HOUR, OCTOBER, at, deal, lead, october, steps


# ---------------------------------------------------------------- by hand
def test_S1_25_to_S1_30_S3_17_every_number_of_a_hand_made_ledger() -> None:
    """Eight leads of October; the ninth is November's."""
    told = october()
    assert told.total.counts == {
        "passed": 8,
        "touched": 4,  # 1, 2, 3, 7
        "accepted": 4,  # 1, 2, 3, 7
        "implied": 1,  # 3: SQL at once, so sales must have taken it
        "qualified": 3,  # 1, 2, 3
        "opportunity": 2,  # 1, 2
        "won": 1,  # 1
        "lost": 1,  # 2
        "rejected": 2,  # 4, 5
        "not_ready": 1,  # 4
        "trash": 1,  # 5
        "unreachable": 1,  # 8
        "returned": 1,  # 4
        "untouched": 1,  # 6; 4, 5 and 8 are over
        "missing": 1,  # 6
    }
    assert told.total.rate("accepted") == Rate(4, 8)
    assert told.total.rate("not_ready").share == Fraction(1, 8)
    assert told.total.rate("won", "opportunity") == Rate(1, 2)
    assert told.total.deals == {"contact_role": 3}
    assert told.total.revenue == {"EUR": Decimal("1000.00"), "USD": Decimal("50.50")}


def test_S1_26_N11_both_clocks_of_the_hand_made_ledger() -> None:
    clock = october().total.follow_up
    assert dict(clock.buckets) == {
        "within 5 minutes": 1,
        "within an hour": 0,
        "within 4 hours": 1,
        "within a day": 0,
        "within 3 days": 1,
        "later": 1,
        "not yet": 4,
    }
    assert (clock.count, clock.pending) == (4, 4)
    assert (clock.median, clock.p90) == (2 * HOUR, 5 * DAY)  # of 4 min, 2 h, 30 h, 5 d
    machine = october().total.system_time
    assert (machine.count, machine.median, machine.pending) == (7, timedelta(minutes=10), 0)  # not the adopted one


def test_S1_27_accepted_by_cohort_and_by_date() -> None:
    """Passed in September and accepted in October; and the other way round with November."""
    early = lead("e", -3, "sal", steps=steps(at(4), "sal"))
    late = lead("l", 30, "sal", steps=steps(at(33), "sal"))
    told = october((early, late, HAND_MADE[0]))
    assert (told.total.counts["accepted"], [one.lineage for one in told.accepted]) == (2, ["e", "1"])


def test_S4_22_cohorts_stand_beside_one_another_oldest_first() -> None:
    def of(cohort: str, *stages: str) -> Lead:
        return lead(cohort, 1, *stages, groups={"cohort": cohort})

    rows = october((of("2026-11", "sal"), of("2026-09"))).trend.rows
    assert [(cohort, t.rate("accepted")) for cohort, t in rows] == [("2026-09", Rate(0, 1)), ("2026-11", Rate(1, 1))]


def test_S3_17_who_lost_an_opportunity_was_ready() -> None:
    """Sales recycles the lead after the deal is lost; that says nothing against the handoff."""
    one = lead("1", 1, "sal", "sql", "opportunity", "lost", "recycled", outcome="recycle")
    counts = Tally.of([one]).counts
    assert (counts["opportunity"], counts["lost"], counts["rejected"], counts["not_ready"]) == (1, 1, 0, 0)


def test_S0_5_S3_15_S4_2_by_source_and_by_rep() -> None:
    told = october().breakdowns
    assert [(value, t.counts["passed"], t.counts["rejected"]) for value, t in told["source"].rows] == [
        ("Webinar", 6, 0),
        ("List", 2, 2),
    ]
    assert [(value, t.counts["passed"], t.counts["untouched"]) for value, t in told["owner"].rows] == [
        ("ann@syncd.example", 6, 0),
        ("bob@syncd.example", 2, 1),
    ]


def test_S0_7_acceptance_by_version_of_the_criteria() -> None:
    assert [(v, t.rate("accepted")) for v, t in october().breakdowns["criteria"].rows] == [
        ("v1", Rate(4, 6)),
        ("v2", Rate(0, 2)),
    ]


def test_S0_21_S0_27_revenue_by_score_rule_and_by_stage_path() -> None:
    told = october().breakdowns
    won = {"EUR": Decimal("1000.00"), "USD": Decimal("50.50")}
    assert {rule: t.revenue for rule, t in told["rule"].rows} == {"Right size": won, "Pricing": won}
    assert told["path"].rows[0][0] == "mql › handed_off › sal › sql › opportunity › customer"
    assert told["path"].rows[0][1].revenue == won
    assert (told["path"].whole, told["rule"].whole) == (True, False)


def test_S2_15_what_people_did_before_the_sale_is_told() -> None:
    told = by([lead("1", 1, "sal", before=("form", "page_view", "form")), lead("2", before=("form",))], "before")
    assert [(kind, t.rate("accepted")) for kind, t in told.rows] == [("form", Rate(1, 2)), ("page_view", Rate(1, 1))]


def test_S1_34_reasons_with_how_many_say_nothing() -> None:
    assert reasons(HAND_MADE) == (("could_not_reach", "", 1), ("recycle", "Budget next year", 1), ("trash", "Other", 1))
    assert other(HAND_MADE) == Rate(1, 2)


def test_S4_22_cost_of_an_accepted_lead_per_currency_and_source() -> None:
    spend = (
        Spend(date(2026, 10, 5), Decimal(900), "EUR", "Webinar"),
        Spend(date(2026, 10, 6), Decimal(100), "EUR"),
        Spend(date(2026, 10, 7), Decimal(70), "USD", "List"),
        Spend(date(2026, 11, 1), Decimal(5), "EUR"),
    )
    assert [(c.source, c.currency, c.spent, c.accepted, c.each) for c in october(spend=spend).costs] == [
        ("", "EUR", 1000, 4, 250),
        ("", "USD", 70, 4, Decimal("17.5")),
        ("List", "USD", 70, 0, None),
        ("Webinar", "EUR", 900, 4, 225),
    ]


def test_S1_32_targets_beside_what_came_of_them() -> None:
    """October has 31 days: targets for 62 days are halved."""
    wanted = Targets(
        period=62 * DAY,
        passed=16,
        accepted=10,
        won=2,
        revenue={"EUR": Decimal(1000)},
        accepted_rate=0.5,
        not_ready_rate=0.1,
        follow_up=4 * HOUR,
        system_time=5 * timedelta(minutes=1),
    )
    assert [(g.name, g.target, g.actual, g.met) for g in goals(october(), wanted)] == [
        ("passed", "8", "8", True),
        ("accepted", "5", "4", False),
        ("won", "1", "1", True),
        ("revenue", "500.00 EUR", "1,000.00 EUR", True),
        ("accepted rate", "50%", "50% (4 of 8)", True),
        ("not_ready rate", "at most 10%", "12% (1 of 8)", False),
        ("follow-up, median", "at most 4.0 h", "2.0 h", True),
        ("handoff, 95 of 100", "at most 5 min", "10 min", False),
    ]
    assert [g.met for g in goals(october(()), wanted)] == [False, False, False, False, None, None, None, None]


def test_N16_the_sample_to_arbitrate_is_the_same_for_everybody() -> None:
    many = tuple(lead(str(n), 1, outcome="recycle" if n % 2 else "trash") for n in range(100)) + HAND_MADE
    drawn = arbitration(many)
    assert len(drawn) == 20
    assert drawn == arbitration(reversed(many))
    assert all(one.outcome in ("recycle", "trash") for one in drawn)
    assert {one.outcome for one in drawn} == {"recycle", "trash"}
    assert list(drawn) != sorted(METRICS["rejected"].of(many), key=lambda one: one.key)[:20]  # not the oldest contacts


def test_S1_22_every_lead_passed_has_a_status_or_is_listed() -> None:
    missing = METRICS["missing"].of(HAND_MADE[:8])
    assert [one.lineage for one in missing] == ["6"]
    assert all(standing(one) for one in HAND_MADE[:8] if one not in missing)


# ---------------------------------------------------------------- rates
@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [
        (Rate(0, 10), 0.0, 0.2775),
        (Rate(10, 10), 0.7225, 1.0),
        (Rate(5, 10), 0.2366, 0.7634),
        (Rate(81, 263), 0.2553, 0.3662),
    ],
)
def test_S1_30_wilson(rate: Rate, low: float, high: float) -> None:
    """The last is Newcombe's example (1998)."""
    assert rate.interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_rate_of_nothing_is_none() -> None:
    assert (Rate(0, 0).share, Rate(0, 0).interval) == (None, None)
    with pytest.raises(ValueError):
        Rate(2, 1)


def test_S1_31_fisher_is_the_sum_of_all_tables_that_are_no_likelier() -> None:
    for a, b, of_a, of_b in product(range(6), range(5), (5, 7), (4, 6)):
        hits = a + b
        ways = {k: comb(of_a, k) * comb(of_b, hits - k) for k in range(max(0, hits - of_b), min(hits, of_a) + 1)}
        exact = Fraction(sum(w for w in ways.values() if w <= ways[a]), sum(ways.values()))
        assert fisher(Rate(a, of_a), Rate(b, of_b)) == pytest.approx(float(exact))


def test_quantiles_are_times_that_happened() -> None:
    times = [timedelta(minutes=n) for n in (30, 10, 20, 40)]
    assert quantile(times, Fraction(1, 2)) == timedelta(minutes=20)
    assert quantile(times, Fraction(9, 10)) == timedelta(minutes=40)
    assert quantile([], Fraction(1, 2)) is None


# ---------------------------------------------------------------- what stands out
def cohort(count: int, accepted: int, days: float, prefix: str = "x", **more: Any) -> list[Lead]:
    return [lead(f"{prefix}{days}-{n}", days, *(("sal",) if n < accepted else ()), **more) for n in range(count)]


NOW = at(120)
"""Windows of 28 days, 14 days old: the window is days 78 to 106, its past days -6 to 78."""


def test_S1_31_a_radical_change_names_rate_size_and_both_reviews() -> None:
    (alarm,) = alarms([*cohort(60, 36, 10), *cohort(40, 8, 90)], Watch(), NOW)
    assert alarm.name == "accepted"
    assert alarm.sentence == (
        "Sales-accepted leads: 20% (8 of 40) of the leads passed in the last 28 days that are 14 days old, after 60% "
        "(36 of 60) in the 84 days before, 67% less."
    )
    assert [review.partition(" (")[0] for review in alarm.reviews] == [
        "Review the definition of a qualified lead",
        "Review the follow-up",
    ]


@pytest.mark.parametrize(
    ("before", "recent"),
    [
        ((60, 36), (19, 0)),
        ((19, 19), (40, 0)),
        ((60, 36), (40, 22)),
        ((60, 36), (20, 8)),
        ((2000, 1200), (2000, 1000)),
        ((0, 0), (40, 8)),
    ],
    ids=["small now", "small before", "like before", "may be luck", "certain but slight", "no past"],
)
def test_S1_31_N16_an_alarm_stays_quiet(before: tuple[int, int], recent: tuple[int, int]) -> None:
    assert alarms([*cohort(*before, 10), *cohort(*recent, 90)], Watch(), NOW) == ()


def test_S1_31_young_leads_raise_no_alarm_since_all_are_compared_at_the_same_age() -> None:
    """Sales takes two weeks and a day for each; only the old ones had that time."""
    slowly = [
        replace(one, steps=tuple(replace(s, seen=s.seen + 15 * DAY) if s.stage == "sal" else s for s in one.steps))
        for one in cohort(60, 60, 10)
    ]
    assert alarms([*slowly, *cohort(40, 0, 90)], Watch(), NOW) == ()
    assert alarms([*cohort(60, 36, 10), *cohort(40, 0, 110)], Watch(), NOW) == ()  # too young to be in the window


@given(st.integers(0, SMALLEST - 1), st.integers(0, 400), st.data())
def test_S1_31_small_samples_never_speak(small: int, large: int, data: st.DataObject) -> None:
    few = Rate(data.draw(st.integers(0, small)), small)
    many = Rate(data.draw(st.integers(0, large)), large)
    assert not differs(few, many)
    assert not differs(many, few)


def test_S0_3_over_the_limit_of_the_systems_clock() -> None:
    fast = cohort(19, 0, 10)
    late = lead("late", 10, opened=at(10) - 3 * HOUR)
    assert slow([*fast, late], HOUR, at(0)) is None  # 95 of 100 were in time
    found = slow([*fast[:10], late], HOUR, at(0))
    assert found is not None
    assert (
        found.sentence == "From qualified to delivered one lead of twenty took longer than 3.0 h; the limit is 1.0 h."
    )
    assert slow([late], None, at(0)) is None
    assert slow([late], HOUR, at(11)) is None


def test_S1_23_sources_that_differ_from_the_rest_up_or_down() -> None:
    def of(source: str, count: int, accepted: int) -> list[Lead]:
        return cohort(count, accepted, 1, source, groups={"source": source})

    leads = [*of("Webinar", 40, 36), *of("List", 40, 4), *of("Fair", 40, 20), *of("Podcast", 5, 0)]
    assert [(one.value, one.better, one.rate, one.rest) for one in outliers(by(leads, "source"))] == [
        ("Webinar", True, Rate(36, 40), Rate(24, 85)),
        ("List", False, Rate(4, 40), Rate(56, 85)),
    ]
    told = report(OCTOBER, leads, (), dimensions=("source", "owner"))
    assert any("source “Webinar” is accepted more often than the rest: 90% (36 of 40)" in s for s in changes(told))


def test_S1_23_who_looks_at_many_groups_sees_chance_at_work_and_the_report_stays_quiet() -> None:
    """75 % against 50 % has a chance of 0.4 %: news among two groups, but not among ten."""

    def of(source: str, count: int, accepted: int) -> list[Lead]:
        return cohort(count, accepted, 1, source, groups={"source": source})

    high = of("high", 40, 30)
    assert 0.001 < fisher(Rate(30, 40), Rate(180, 360)) < 0.005
    assert [one.value for one in outliers(by([*high, *of("rest", 360, 180)], "source"))] == ["rest", "high"]
    assert outliers(by([*high, *(one for n in range(9) for one in of(f"s{n}", 40, 20))], "source")) == ()


# ---------------------------------------------------------------- what counts for whom
def handoff(number: int, days: float) -> Handoff:
    return Handoff(number, f"k{number}", "delivered", "score", at(days), delivered=at(days) + HOUR)


def test_S1_28_S1_29_an_opportunity_counts_for_one_lead_only() -> None:
    shared = deal("A", "won", "100", modified=at(9))
    early, late = Story("9", (handoff(1, 1),), (), (shared,)), Story("1", (handoff(1, 2),), (), (shared,))
    assert credits([early, late]) == credits([late, early]) == {("9", 1): (shared,)}


def test_S1_28_an_opportunity_belongs_to_the_handoff_during_which_it_moved_the_stage() -> None:
    """It was lost in the days of the first handoff, and somebody edited it in those of the second."""
    first = deal("A", "lost", modified=at(30))
    story = Story("1", (handoff(1, 1), handoff(2, 20)), (Step("lost", "T12", at(5), at(5), str(first.ref)),), (first,))
    assert credits([story]) == {("1", 1): (first,)}
    assert credits([replace(story, steps=())]) == {("1", 2): (first,)}
    assert credits([replace(story, deals=(deal("B", "won", modified=at(0)),))]) == {}  # older than any handoff


def test_steps_of_a_handoff_end_with_the_next_one() -> None:
    moves = tuple(
        Step(stage, "", at(days), at(days))
        for stage, days in (
            ("lead", 0),
            ("mql", 1),
            ("handed_off", 2),
            ("recycled", 5),
            ("lead", 9),
            ("mql", 20),
            ("sal", 21),
        )
    )
    story = Story("1", (handoff(1, 1), handoff(2, 20)), moves, ())
    assert [[s.stage for s in story.steps_of(h)] for h in story.handoffs] == [
        ["mql", "handed_off", "recycled"],
        ["mql", "sal"],
    ]


def test_a_deal_that_was_deleted_or_reopened_takes_the_level_back() -> None:
    back = Step("sql", "T16 opportunity deleted", at(9), at(9))
    one = lead("1", 1, "sal", "sql", "opportunity")
    assert (one.level, replace(one, steps=(*one.steps, back)).level) == (3, 2)


def test_S1_19_a_touch_counts_between_delivery_and_end() -> None:
    h = replace(handoff(1, 1), closed=at(10))

    def call(days: float, **more: Any) -> Activity:
        return Activity(Ref("salesforce", "Task", "1"), "call", at(days), **more)

    assert first_touch(h, [call(3), call(2), call(1)]) == at(2)  # the last is before the delivery
    assert first_touch(h, [call(11)]) is None
    assert first_touch(h, [call(2, key="ours"), call(2, done=False)]) is None


# ---------------------------------------------------------------- the funnel
def test_S0_10_S4_1_volume_velocity_and_age_of_every_stage() -> None:
    moves = [
        (1, "mql", at(1)),
        (1, "handed_off", at(2)),
        (1, "sal", at(5)),
        (2, "mql", at(-9)),
        (2, "handed_off", at(-8)),
        (3, "mql", at(20)),
        (3, "handed_off", at(20)),
        (3, "recycled", at(40)),
    ]
    flows = funnel(stays(moves), OCTOBER.since, OCTOBER.until, 14 * DAY)
    assert flows == (
        StageFlow("mql", 0, 2, 2, 0, 0, None, timedelta()),
        StageFlow("handed_off", 1, 2, 1, 2, 1, 11 * DAY, 3 * DAY),
        StageFlow("sal", 0, 1, 0, 1, 1, 26 * DAY, None),
        StageFlow("recycled", 0, 0, 0, 0, 0, None, None),
    )
    slow_one = slowest(flows)
    assert slow_one is not None
    assert slow_one.stage == "sal"


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["mql", "handed_off", "sal", "recycled"]), st.integers(-20, 60))
    )
)
def test_S0_10_begin_and_in_and_out_make_the_end(moves: list[tuple[int, str, int]]) -> None:
    moves = sorted(moves, key=lambda move: move[0])
    found: list[Stay] = list(stays((person, stage, at(days)) for person, stage, days in moves))
    flows = funnel(found, OCTOBER.since, OCTOBER.until, DAY)
    assert all(flow.before + flow.entered - flow.left == flow.now and 0 <= flow.stuck <= flow.now for flow in flows)
    first = {person: days for person, _, days in reversed(moves)}
    assert sum(flow.now for flow in flows) == sum(days < 31 for days in first.values())  # everybody is somewhere, once


# ---------------------------------------------------------------- of every ledger
STAGES = st.lists(st.sampled_from(["sal", "sql", "opportunity", "lost", "customer", "recycled", "trash"]), max_size=5)


@st.composite
def any_lead(draw: st.DrawFn) -> Lead:
    won = draw(st.booleans())
    made = lead(
        str(draw(st.integers(1, 10**6))),
        draw(st.floats(0, 30.9)),
        *draw(STAGES),
        owner=draw(st.sampled_from(["", "a", "b"])),
        entry=draw(st.sampled_from(["score", "hand_raise", "adopted"])),
        outcome=draw(st.sampled_from(["", "qualified", "recycle", "trash", "could_not_reach"])),
        work=draw(st.sampled_from(["", "new"])),
        reason=draw(st.sampled_from(["", "Other", "=cmd"])),
        groups={
            "source": draw(st.sampled_from(["", "x", "y"])),
            "criteria": "v",
            "cohort": draw(st.sampled_from(["a", "b"])),
        },
        rules=tuple(draw(st.sets(st.sampled_from(["r", "s"])))),
    )
    deals = (
        (deal(made.lineage, "won", str(draw(st.integers(0, 10**6))), draw(st.sampled_from(["EUR", "USD"]))),)
        if won
        else ()
    )
    return replace(made, deals=deals, touched=draw(st.none() | st.just(made.delivered + HOUR)))


LEADS = st.lists(any_lead(), max_size=7, unique_by=lambda one: one.lineage).map(tuple)


@given(LEADS)
def test_S1_30_rates_lie_between_nothing_and_all(leads: tuple[Lead, ...]) -> None:
    for tally in (october(leads).total, *(t for _, t in by(leads, "rule").rows)):
        for name in METRICS:
            rate = tally.rate(name)
            if rate.share is not None:
                assert rate.interval is not None
                low, high = rate.interval
                assert 0 <= low <= rate.share <= high <= 1


@given(LEADS)
def test_S1_36_a_breakdown_adds_up_to_the_whole(leads: tuple[Lead, ...]) -> None:
    told = october(leads)
    for breakdown in (*told.breakdowns.values(), told.trend):
        if not breakdown.whole:
            continue
        for name in METRICS:
            assert sum(t.counts[name] for _, t in breakdown.rows) == told.total.counts[name]
        for currency in ("EUR", "USD"):
            assert sum(t.revenue.get(currency, 0) for _, t in breakdown.rows) == told.total.revenue.get(currency, 0)


@given(LEADS, st.randoms(use_true_random=False))
def test_S1_36_the_order_of_the_rows_does_not_matter(leads: tuple[Lead, ...], chance: Any) -> None:
    shuffled = list(leads)
    chance.shuffle(shuffled)
    assert october(leads) == october(tuple(shuffled))


@given(LEADS, st.floats(0, 31))
def test_S1_30_two_cohorts_make_one(leads: tuple[Lead, ...], days: float) -> None:
    middle = at(days)
    parts = [
        report(replace(OCTOBER, since=since, until=until), leads, (), dimensions=()).total
        for since, until in ((OCTOBER.since, middle), (middle, OCTOBER.until))
    ]
    whole: Tally = october(leads).total
    for name in METRICS:
        assert parts[0].rate(name) + parts[1].rate(name) == whole.rate(name)
    assert {c: parts[0].revenue.get(c, 0) + parts[1].revenue.get(c, 0) for c in whole.revenue} == dict(whole.revenue)


@given(LEADS)
def test_S1_36_every_number_opens_to_its_leads(leads: tuple[Lead, ...]) -> None:
    found: dict[str, Table] = {table.key: table for table in tables(october(leads))}
    assert all(row.cells[1] == len(row.leads) for row in found["numbers"].rows)
    for name in found.keys() & {"owner", "source", "criteria", "trend"}:
        assert all(row.cells[1] == len(row.leads) for row in found[name].rows)


@pytest.mark.parametrize(
    ("cell", "text", "data"),
    [
        (
            Rate(1, 4),
            "25% (1 of 4; 5% to 70%)",
            {"hits": 1, "of": 4, "share": 0.25, "low": 0.0455873, "high": 0.6993582},
        ),
        (Rate(0, 0), "–", {"hits": 0, "of": 0, "share": None, "low": None, "high": None}),
        (timedelta(minutes=90), "1.5 h", 5400.0),
        ({"USD": Decimal("2"), "EUR": Decimal("1000.5")}, "1,000.50 EUR; 2.00 USD", {"EUR": "1000.5", "USD": "2"}),
        (1200, "1,200", 1200),
        ("x", "x", "x"),
        (None, "", None),
        (date(2026, 11, 2), "2026-11-02", "2026-11-02"),
    ],
)
def test_cells_for_people_and_for_programs(cell: Any, text: str, data: Any) -> None:
    assert words_of(cell) == text
    assert data_of(cell) == (
        pytest.approx(data, rel=1e-5) if isinstance(data, dict) and isinstance(data.get("low"), float) else data
    )
