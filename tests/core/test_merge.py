"""Three values per field: every cell of the table, blanks, directions, echoes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core_making import at
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.merge import UNCHANGED, Merge, merge
from syncd.core.rules import FieldMap
from syncd.core.types import Raw

OLDER, NEWER = at(2), at(1)
POLICIES = ("fill_blank", "prefer_crm", "prefer_marketing", "newest")


def marketing_field(**more: Any) -> FieldMap:
    return FieldMap("phone", "phone", **more)


def crm_field(policy: str = "fill_blank", **more: Any) -> FieldMap:
    return FieldMap("phone", "Phone", policy=policy, **more)


def moved(policy: str, agreed: tuple[Raw, Raw] | None, marketing: Raw, crm: Raw, *, crm_newer: bool = False) -> Merge:
    times = (OLDER, NEWER) if crm_newer else (NEWER, OLDER)
    return merge(marketing_field(), crm_field(policy), agreed, marketing, crm, *times)


AGREED = ("old", "old")
TO_CRM, TO_MARKETING, NOTHING = "to_crm", "to_marketing", ""

TABLE = [
    # (marketing, crm)   fill_blank prefer_crm     prefer_marketing newest (marketing's is newer)
    (("old", "old"), (NOTHING, NOTHING, NOTHING, NOTHING)),
    (("new", "old"), (NOTHING, TO_CRM, TO_CRM, TO_CRM)),
    (("old", "new"), (NOTHING, TO_MARKETING, TO_MARKETING, TO_MARKETING)),
    (("mine", "theirs"), (NOTHING, TO_MARKETING, TO_CRM, TO_CRM)),
    (("new", "new"), (NOTHING, NOTHING, NOTHING, NOTHING)),  # both moved to the same
    # blank
    (("", "old"), (NOTHING, NOTHING, NOTHING, NOTHING)),  # emptied on purpose: neither spread nor undone
    (("old", ""), (NOTHING, NOTHING, NOTHING, NOTHING)),
    (("", "new"), (TO_MARKETING, TO_MARKETING, TO_MARKETING, TO_MARKETING)),
    (("new", None), (TO_CRM, TO_CRM, TO_CRM, TO_CRM)),
    (("", None), (NOTHING, NOTHING, NOTHING, NOTHING)),
]


def where(result: Merge) -> str:
    assert UNCHANGED in (result.to_crm, result.to_marketing)
    return (
        TO_CRM if result.to_crm is not UNCHANGED else TO_MARKETING if result.to_marketing is not UNCHANGED else NOTHING
    )


@pytest.mark.parametrize(
    ("policy", "values", "expected"),
    [(policy, values, row[n]) for values, row in TABLE for n, policy in enumerate(POLICIES)],
)
def test_C15_after_both_agreed(policy: str, values: tuple[Raw, Raw], expected: str) -> None:
    result = moved(policy, AGREED, *values)
    assert where(result) == expected
    if expected:
        assert (result.to_crm if expected == TO_CRM else result.to_marketing) == values[expected == TO_MARKETING]
        assert result.winner == ("marketing" if expected == TO_CRM else "crm")


FIRST = [
    (("mine", "theirs"), (NOTHING, TO_MARKETING, TO_CRM, TO_CRM)),
    (("same", "same"), (NOTHING, NOTHING, NOTHING, NOTHING)),
    (("mine", None), (TO_CRM, TO_CRM, TO_CRM, TO_CRM)),
    (("", "theirs"), (TO_MARKETING, TO_MARKETING, TO_MARKETING, TO_MARKETING)),
    ((None, None), (NOTHING, NOTHING, NOTHING, NOTHING)),
]


@pytest.mark.parametrize(
    ("policy", "values", "expected"),
    [(policy, values, row[n]) for values, row in FIRST for n, policy in enumerate(POLICIES)],
)
def test_C15_at_the_first_meeting(policy: str, values: tuple[Raw, Raw], expected: str) -> None:
    assert where(moved(policy, None, *values)) == expected


def test_newest_takes_the_later_record_and_the_crm_in_a_tie() -> None:
    assert where(moved("newest", AGREED, "mine", "theirs", crm_newer=True)) == TO_MARKETING
    tie = merge(marketing_field(), crm_field("newest"), AGREED, "mine", "theirs", OLDER, OLDER)
    assert where(tie) == TO_MARKETING


@pytest.mark.parametrize(
    ("agreed", "values", "expected"),
    [
        ((None, "x"), (None, "y"), TO_MARKETING),  # blank before, the other moved: filled
        (("x", None), ("y", None), TO_CRM),
        ((None, "x"), (None, "x"), NOTHING),  # both agreed to differ
        (("a", "b"), ("a", "b"), NOTHING),
    ],
)
def test_a_pair_may_agree_to_differ(agreed: tuple[Raw, Raw], values: tuple[Raw, Raw], expected: str) -> None:
    assert where(moved("fill_blank", agreed, *values)) == expected


# ---------------------------------------------------------------- blank
@pytest.mark.parametrize(
    ("blank_in", "values", "expected"),
    [("crm", ("", "old"), TO_CRM), ("marketing", ("old", None), TO_MARKETING), ("marketing", ("", "old"), NOTHING)],
)
def test_C13_blank_overwrites_only_where_the_mapping_says_so(
    blank_in: str, values: tuple[Raw, Raw], expected: str
) -> None:
    mine = marketing_field(blank=blank_in == "marketing")
    theirs = crm_field("prefer_crm", blank=blank_in == "crm")
    result = merge(mine, theirs, AGREED, *values, NEWER, OLDER)
    assert where(result) == expected
    if expected:
        assert None in (result.to_crm, result.to_marketing)


def test_C13_at_the_first_meeting_blank_never_overwrites() -> None:
    """A portal that never had the field must not empty it in the CRM."""
    result = merge(marketing_field(), crm_field("prefer_marketing", blank=True), None, "", "theirs", NEWER, OLDER)
    assert where(result) == TO_MARKETING


def test_C13_a_default_is_no_value() -> None:
    """ "[not provided]" neither comes back to marketing nor keeps the real company out."""
    theirs = crm_field("fill_blank", default="[not provided]")
    agreed = (None, "[not provided]")
    quiet = merge(marketing_field(), theirs, agreed, None, "[not provided]", NEWER, OLDER)
    assert where(quiet) == NOTHING
    filled = merge(marketing_field(), theirs, agreed, "Acme", "[not provided]", NEWER, OLDER)
    assert filled.to_crm == "Acme"


# ---------------------------------------------------------------- directions
@pytest.mark.parametrize(
    ("marketing", "crm", "values", "expected"),
    [
        ("both", "both", ("new", "old"), TO_CRM),
        ("in", "out", ("new", "old"), TO_CRM),
        ("in", "both", ("old", "new"), NOTHING),  # marketing's is only read
        ("both", "out", ("old", "new"), NOTHING),  # the CRM's is only written
        ("both", "in", ("new", "old"), NOTHING),
        ("out", "both", ("new", "old"), NOTHING),
        ("out", "in", ("old", "new"), TO_MARKETING),
    ],
)
def test_directions(marketing: str, crm: str, values: tuple[Raw, Raw], expected: str) -> None:
    result = merge(
        marketing_field(direction=marketing), crm_field("newest", direction=crm), AGREED, *values, NEWER, OLDER
    )
    assert where(result) == expected


def test_a_loser_that_may_not_be_written_is_told() -> None:
    result = merge(marketing_field(direction="in"), crm_field("prefer_crm"), AGREED, "old", "new", NEWER, OLDER)
    assert (result.winner, result.rule) == ("crm", "only the CRM moved (prefer_crm); marketing is not written")


# ---------------------------------------------------------------- values, not spellings
@pytest.mark.parametrize(
    ("mine", "theirs", "agreed", "values"),
    [
        # our own write comes back spelled otherwise
        ({"type": "number"}, {"type": "number"}, ("5", 5), ("5.0", 5.0)),
        ({"type": "bool"}, {"type": "bool"}, ("true", True), ("TRUE", True)),
        (
            {"type": "datetime"}, {"type": "datetime"},
            ("2026-03-12T07:34:24Z", "2026-03-12T07:34:24.000Z"), ("1773300864000", "2026-03-12T07:34:24.000+0000"),
        ),
        # cut to what fits
        ({}, {"length": 3}, ("abcdef", "abc"), ("abcdef", "abc")),
        ({}, {"length": 3}, None, ("abcdef", "abc")),
        # a picklist that knows fewer words
        ({}, {"values": {"PAID_SEARCH": "Web", "DIRECT": "Web"}}, None, ("DIRECT", "Web")),
        ({}, {"type": "number", "values": {"5-25": "5"}}, None, ("5-25", 5)),
        # a transform
        ({}, {"transform": ("country",)}, None, ("Germany", "DE")),
    ],
)  # fmt: skip
def test_C14_an_echo_is_no_change(mine: dict, theirs: dict, agreed: Any, values: tuple[Raw, Raw]) -> None:
    for policy in POLICIES:
        result = merge(marketing_field(**mine), crm_field(policy, **theirs), agreed, *values, NEWER, OLDER)
        assert where(result) == NOTHING


def test_C14_an_echo_spelled_otherwise_makes_no_conflict() -> None:
    """The CRM's value is the agreed one in Salesforce's spelling: only marketing moved, and the CRM does not win."""
    agreed = ("2026-03-12T07:34:24Z", "2026-03-12T07:34:24.000Z")
    now = ("2026-05-01T00:00:00Z", "2026-03-12T07:34:24.000+0000")
    result = merge(
        marketing_field(type="datetime"), crm_field("prefer_crm", type="datetime"), agreed, *now, NEWER, OLDER
    )
    assert (result.to_crm, result.rule) == ("2026-05-01T00:00:00.000Z", "only marketing moved (prefer_crm)")


@pytest.mark.parametrize(
    ("agreed", "values", "rule"),
    [
        (None, ("mine", None), "crm was blank"),
        (None, ("mine", "theirs"), "they never agreed before (prefer_crm)"),
        (AGREED, ("mine", "theirs"), "both sides moved (prefer_crm)"),
        (AGREED, ("", "new"), "marketing was emptied, but crm has a new value"),
        (AGREED, ("", "old"), "marketing was emptied; blank never overwrites"),
        (AGREED, ("same", "same"), "both sides say the same"),
    ],
)
def test_C15_the_rule_is_stated(agreed: tuple[Raw, Raw] | None, values: tuple[Raw, Raw], rule: str) -> None:
    assert moved("prefer_crm", agreed, *values).rule == rule


def test_what_the_other_type_cannot_hold_is_not_written() -> None:
    result = merge(marketing_field(), crm_field("prefer_marketing", type="number"), (5, 5), "50-100", 5, NEWER, OLDER)
    assert where(result) == NOTHING


RAW = st.sampled_from([None, "", "a", "b", "abc", "abcdef", "[none]", "5", "5.0"])
SIDE = st.builds(
    FieldMap,
    field=st.just("f"),
    remote=st.just("F"),
    direction=st.sampled_from(["in", "out", "both"]),
    type=st.sampled_from(["text", "number", "list"]),
    policy=st.sampled_from(POLICIES),
    blank=st.booleans(),
    values=st.sampled_from([{}, {"a": "A", "b": "A"}]),
    length=st.sampled_from([None, 2]),
    default=st.sampled_from([None, "[none]"]),
)


@given(SIDE, SIDE, st.none() | st.tuples(RAW, RAW), RAW, RAW, st.booleans())
def test_C14_a_second_round_writes_nothing(
    mine: FieldMap, theirs: FieldMap, agreed: tuple[Raw, Raw] | None, marketing: Raw, crm: Raw, newer: bool
) -> None:
    times = (NEWER, OLDER) if newer else (OLDER, NEWER)
    result = merge(mine, theirs, agreed, marketing, crm, *times)
    if result.to_crm is UNCHANGED and result.to_marketing is UNCHANGED:
        return
    if result.to_crm is not UNCHANGED:
        crm = result.to_crm
    if result.to_marketing is not UNCHANGED:
        marketing = result.to_marketing
    assert where(merge(mine, theirs, (marketing, crm), marketing, crm, *times)) == NOTHING
    if None not in (result.to_crm, result.to_marketing):  # nor does a ledger that forgot the agreement
        assert where(merge(mine, theirs, None, marketing, crm, *times)) == NOTHING


@given(SIDE, SIDE, RAW, RAW, RAW)
def test_C13_null_in_value_stays(mine: FieldMap, theirs: FieldMap, old: Raw, marketing: Raw, crm: Raw) -> None:
    """Without `blank` nothing that is filled is ever emptied."""
    mine, theirs = replace(mine, blank=False), replace(theirs, blank=False)
    result = merge(mine, theirs, (old, old), marketing, crm, NEWER, OLDER)
    assert result.to_crm not in (None, "")
    assert result.to_marketing not in (None, "")
