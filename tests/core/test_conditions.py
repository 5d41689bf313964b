"""Conditions: three values, activities in their windows, and sentences."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from core_making import DAY, NOW, at, did, has
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.conditions import Case, evaluate, sentence
from syncd.core.rules import All, AnyOf, Condition, Did, FieldIs, Not
from syncd.core.types import Value


def answer(condition: Condition, profile: dict[str, Value]) -> bool | None:
    return evaluate(condition, profile, (), NOW).value


# ---------------------------------------------------------------- fields
@pytest.mark.parametrize(
    ("op", "wanted", "seen", "expected"),
    [
        ("in", ("Software", "Logistics"), "SOFTWARE", True),  # without case
        ("in", ("Software",), "Retail", False),
        ("in", ("50-100",), "50-100", True),
        ("in", ("5",), 5, True),  # numbers by value
        ("in", ("5.0",), "5", True),
        ("in", ("1234",), "01234", False),  # a postal code is no number
        ("in", ("true",), True, True),
        ("in", ("1",), True, False),  # true is not one
        ("in", ("false",), False, True),  # False is a value, not a gap
        ("in", ("0",), 0, True),
        ("in", ("SAP", "Oracle"), ("HubSpot", "sap"), True),  # one of a list
        ("in", ("SAP",), ("HubSpot",), False),
        ("in", ("x",), "", None),
        ("in", ("x",), (), None),
        ("in", ("x",), None, None),
        ("not_in", ("Russia",), "Germany", True),
        ("not_in", ("Russia",), "russia", False),
        ("not_in", ("SAP",), ("HubSpot", "SAP"), False),
        ("not_in", ("Russia",), None, None),  # an unknown country is not known to be another one
        ("matches", r"\bvp\b", "Senior VP Sales", True),
        ("matches", r"(?i)\bvp\b", "vp", True),
        ("matches", r"\bvp\b", "MVP", False),
        ("matches", "^sap$", ("HubSpot", "SAP"), True),
        ("matches", "^42$", 42, True),
        ("matches", "x", None, None),
        ("min", 50.0, 50, True),
        ("min", 50.0, 49, False),
        ("min", 50.0, "51", True),
        ("min", 1.5, Decimal("1.50"), True),
        ("min", 50.0, "50-100", None),  # a band is no number
        ("min", 1.0, True, None),
        ("min", 1.0, 0, False),
        ("min", 1.0, None, None),
        ("max", 50.0, 50, True),
        ("max", 50.0, 50.5, False),
        ("max", 50.0, "many", None),
        ("contains_any", ("sap", "oracle"), "We run SAP", True),
        ("contains_any", ("sap",), ("Oracle", "SAP R/3"), True),
        ("contains_any", ("sap",), "none", False),
        ("contains_any", ("sap",), None, None),
        ("starts_with", ("10", "SW1"), "sw1a 1aa", True),
        ("starts_with", ("10", "SW1"), 10115, True),
        ("starts_with", ("10",), "01099", False),
        ("starts_with", ("10",), "2 10", False),
        ("starts_with", ("10",), None, None),
        ("present", None, 0, True),
        ("present", None, False, True),
        ("present", None, "", False),
        ("present", None, None, False),
        ("absent", None, None, True),
        ("absent", None, (), True),
        ("absent", None, "x", False),
        ("in", ("2026-11-03",), date(2026, 11, 3), True),
    ],
)
def test_S0_12_to_S0_16_a_field(op: str, wanted: Any, seen: Value, expected: bool | None) -> None:
    assert answer(FieldIs("field", op, wanted), {"field": seen}) is expected


def test_a_field_that_was_never_heard_of_is_unknown_and_absent() -> None:
    assert answer(has("field"), {}) is None
    assert answer(FieldIs("field", "absent"), {}) is True


# ---------------------------------------------------------------- three values
YES, NO, UNKNOWN = "yes", "no", None
VALUE = {"yes": True, "no": False, None: None}


def kleene_and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


@pytest.mark.parametrize(("a", "b"), list(itertools.product((YES, NO, UNKNOWN), repeat=2)))
def test_all_and_any_in_three_values(a: str | None, b: str | None) -> None:
    profile: dict[str, Value] = {"a": a, "b": b}
    both = kleene_and(VALUE[a], VALUE[b])
    either = {True: False, False: True, None: None}[
        kleene_and(*({True: False, False: True, None: None}[VALUE[x]] for x in (a, b)))
    ]
    assert answer(All((has("a"), has("b"))), profile) is both
    assert answer(AnyOf((has("a"), has("b"))), profile) is either


@pytest.mark.parametrize(("a", "expected"), [(YES, False), (NO, True), (UNKNOWN, None)])
def test_not_in_three_values(a: str | None, expected: bool | None) -> None:
    assert answer(Not(has("a")), {"a": a}) is expected


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert answer(All(()), {}) is True
    assert answer(AnyOf(()), {}) is False


FIELDS = ("a", "b", "c")
CONDITIONS = st.recursive(
    st.sampled_from([has(f) for f in FIELDS]),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple).map(All)
        | st.lists(inner, max_size=3).map(tuple).map(AnyOf)
        | inner.map(Not)
    ),
    max_leaves=8,
)
PROFILES = st.fixed_dictionaries({f: st.sampled_from([YES, NO, UNKNOWN]) for f in FIELDS})


@given(CONDITIONS, PROFILES)
def test_what_is_known_never_changes_by_learning_more(condition: Condition, profile: dict[str, Value]) -> None:
    """Kleene's logic is monotone: filling gaps turns an unknown into an answer, and no answer into another."""
    before = answer(condition, profile)
    filled = [f for f in FIELDS if profile[f] is None]
    for values in itertools.product((YES, NO), repeat=len(filled)):
        after = answer(condition, profile | dict(zip(filled, values, strict=True)))
        assert after is not None
        assert before in (None, after)


@given(CONDITIONS, PROFILES)
def test_de_morgan(condition: Condition, profile: dict[str, Value]) -> None:
    assert answer(Not(All((condition, has("a")))), profile) is answer(AnyOf((Not(condition), Not(has("a")))), profile)


# ---------------------------------------------------------------- activities
DEMO = Did(("form",), "demo|pricing", 30 * DAY)


@pytest.mark.parametrize(
    ("activity", "counts"),
    [
        (did(title="Request a DEMO"), True),
        (did(title="x", url="https://acme.example/pricing"), True),  # the address counts too
        (did(title="Newsletter"), False),
        (did("page_view", title="demo"), False),
        (did(days=29.9, title="demo"), True),
        (did(days=30, title="demo"), False),  # the window is over
        (did(days=0, title="demo"), True),
        (did(days=-1, title="demo"), False),  # tomorrow has not happened
        (did(title="demo", key="syncd_x"), False),  # our own
    ],
)
def test_S0_17_what_counts_and_how_long(activity: Any, counts: bool) -> None:
    truth = evaluate(DEMO, {}, [activity], NOW)
    assert truth.value is counts
    assert truth.evidence == ((activity,) if counts else ())


@pytest.mark.parametrize(
    ("kind", "outbound", "counts"),
    [
        ("task", True, False),
        ("email", True, False),
        ("message", True, False),
        ("email", False, True),
        ("call", True, True),  # it takes two to talk
        ("meeting", True, True),
    ],
)
def test_S0_19_our_own_moves_are_no_engagement(kind: str, outbound: bool, counts: bool) -> None:
    assert evaluate(Did((kind,)), {}, [did(kind, outbound=outbound)], NOW).value is counts


def test_S0_17_frequency() -> None:
    """Three visits in 7 days count; the same three over 90 days do not."""
    rule = Did(("page_view",), within=7 * DAY, count=3)
    assert evaluate(rule, {}, [did("page_view", d) for d in (1, 3, 6)], NOW).value is True
    assert evaluate(rule, {}, [did("page_view", d) for d in (1, 40, 80)], NOW).value is False


def test_evidence_is_newest_first_whatever_the_order_given() -> None:
    old, new, newest = did(days=9), did(days=5), did("call", 1)
    truth = evaluate(Did(("form", "call")), {}, [new, newest, old], NOW)
    assert truth.evidence == (newest, new, old)


@pytest.mark.parametrize(
    ("days", "count", "need", "expected"),
    [
        ([1], 1, 1, at(1) + 30 * DAY),
        ([1, 5, 9], 1, 1, at(1) + 30 * DAY),  # while the newest is in the window the rule holds
        ([1, 5, 9], 2, 1, at(5) + 30 * DAY),
        ([1, 5, 9], 1, 2, at(5) + 30 * DAY),  # two matches give points
        ([1, 5, 9], 1, 99, at(9) + 30 * DAY),
        ([], 1, 1, None),
        ([40], 1, 1, None),
        ([1], 2, 1, None),  # too few: time brings none back
        ([-2], 1, 1, at(-2)),  # begins to count then
        ([-2, 29], 1, 1, at(-1)),
    ],
)
def test_the_horizon_is_when_the_answer_turns_by_itself(
    days: list[float], count: int, need: int, expected: datetime | None
) -> None:
    case = Case({}, [did(days=d) for d in days], NOW)
    case.judge(Did(("form",), within=30 * DAY, count=count), need)
    assert case.horizon == expected


@given(st.lists(st.integers(-5, 60), max_size=6), st.integers(1, 3), st.integers(1, 40))
def test_before_the_horizon_nothing_turns(days: list[int], count: int, window: int) -> None:
    activities = [did(days=d) for d in days]
    rule = Did(("form",), within=window * DAY, count=count)
    case = Case({}, activities, NOW)
    value = case.judge(rule).value
    if case.horizon is None:
        assert evaluate(rule, {}, activities, NOW + 400 * DAY).value is False or value is False
    else:
        assert case.horizon > NOW
        just_before = case.horizon - timedelta(microseconds=1)
        assert evaluate(rule, {}, activities, just_before).value is value


# ---------------------------------------------------------------- sentences
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (FieldIs("title", "matches", "(?i)head|vp"), 'title matches "head|vp"'),
        (FieldIs("title", "matches", "(?ix) head \n | vp"), 'title matches "head | vp"'),
        (FieldIs("title", "matches", "|".join(["chief"] * 40)), "title matches the rule’s pattern"),
        (FieldIs("industry", "in", tuple("ABCDEFGH")), "industry is A, B, C, D or 4 more"),
        (FieldIs("country", "in", ("Germany", "Austria")), "country is Germany or Austria"),
        (FieldIs("country", "not_in", ("Syria",)), "country is not Syria"),
        (FieldIs("employees", "min", 50.0), "employees is at least 50"),
        (FieldIs("employees", "max", 1000.0), "employees is at most 1,000"),
        (FieldIs("tech_stack", "contains_any", ("SAP", "Oracle")), "tech stack contains SAP or Oracle"),
        (FieldIs("postal_code", "starts_with", ("10", "12")), "postal code starts with 10 or 12"),
        (FieldIs("phone", "present"), "phone is known"),
        (FieldIs("phone", "absent"), "phone is unknown"),
        (Did(("form",), "demo|pricing", 30 * DAY), 'filled a form matching "demo|pricing" within 30 days'),
        (Did(("page_view",), within=timedelta(hours=12), count=3), "looked at 3 or more pages within 12 hours"),
        (Did(("call", "meeting")), "had a call or had a meeting"),
        (Not(has("a")), "not (a is yes)"),
        (All((has("a"), AnyOf((has("b"), has("c"))))), "a is yes and (b is yes or c is yes)"),
        (All((has("a"), Did(("call", "meeting")))), "a is yes and (had a call or had a meeting)"),
    ],
)
def test_S0_6_sentences(condition: Condition, expected: str) -> None:
    assert sentence(condition) == expected
    assert str(condition) == expected


@pytest.mark.parametrize(
    ("condition", "profile", "because"),
    [
        (FieldIs("title", "matches", "head"), {"title": "Head of IT"}, 'title is "Head of IT"'),
        (FieldIs("title", "matches", "head"), {"title": "Intern"}, 'title "Intern" does not match "head"'),
        (FieldIs("title", "matches", "head"), {}, "title is unknown"),
        (FieldIs("country", "in", ("Syria",)), {"country": "Syria"}, 'country is "Syria"'),
        (FieldIs("country", "in", ("Syria",)), {"country": "Chad"}, 'country "Chad" is not Syria'),
        (FieldIs("country", "not_in", ("Syria",)), {"country": "Chad"}, 'country is "Chad"'),
        (FieldIs("country", "not_in", ("Syria",)), {"country": "Syria"}, 'country "Syria" is among Syria'),
        (FieldIs("size", "min", 50.0), {"size": 7}, 'size "7" is less than 50'),
        (FieldIs("size", "min", 50.0), {"size": "5-25"}, 'size "5-25" is not a number'),
        (FieldIs("phone", "present"), {"phone": "1"}, "phone is known"),
        (FieldIs("phone", "present"), {}, "phone is unknown"),
        (Did(("form",)), {}, "not seen: filled a form"),
        (All((has("a"), has("b"))), {"a": "yes", "b": "no"}, 'b "no" is not yes'),  # the one that decided
        (AnyOf((has("a"), has("b"))), {"a": "no"}, "b is unknown"),
        (Not(has("a")), {"a": "no"}, 'a "no" is not yes'),
    ],
)
def test_because_names_what_decided(condition: Condition, profile: dict[str, Value], because: str) -> None:
    assert evaluate(condition, profile, (), NOW).because == because


def test_because_counts_the_evidence() -> None:
    truth = evaluate(Did(("form",), "demo"), {}, [did(title="A demo", days=1), did(title="Demo", days=2)], NOW)
    assert truth.because == "filled a form (2 times, last “A demo”)"
    truth = evaluate(Did(("form",), "demo"), {}, [did(url="https://x.example/demo")], NOW)
    assert truth.because == "filled a form (1 time, “https://x.example/demo”)"
    assert evaluate(Did(("form",)), {}, [did(title="A demo")], NOW).because == "filled a form (1 time)"


def test_a_long_pattern_is_never_shown() -> None:
    long = "|".join(["chief"] * 100)
    assert evaluate(FieldIs("title", "matches", long), {"title": "Intern"}, (), NOW).because == (
        'title "Intern" does not match the rule’s pattern'
    )
    assert evaluate(Did(("form",), long), {}, (), NOW).because == "not seen: filled a form matching the rule’s pattern"


def test_now_is_an_argument() -> None:
    """The same facts, asked about a later moment, give the later answer."""
    activity = did(title="demo")
    assert evaluate(DEMO, {}, [activity], datetime(2030, 1, 1, tzinfo=UTC)).value is False


def test_numbers_that_are_the_same_are_still_read_as_they_are_written() -> None:
    """1.0 and 1 are equal; a pattern sees their digits, whichever was asked about first."""
    one = FieldIs("amount", "matches", "^1$")
    for seen, holds in ((Decimal("1.0"), False), (Decimal(1), True), (1.0, False), (1, True), (True, False), ("1", True)):
        assert evaluate(one, {"amount": seen}, (), NOW).value is holds, repr(seen)
