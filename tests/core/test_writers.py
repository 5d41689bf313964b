"""Whose version is it? Each row: what the system says of the writer, what our receipts say, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.rules import FieldMap, KindMap
from syncd.core.types import Ref
from syncd.core.writers import SYNCD, OwnWrite, Version, Writer, attributed, named, others, tally

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
REF = Ref("hubspot", "contacts", "1")
US, FLOW = Writer("integration", "syncd", "18"), Writer("workflow", "Format phones", "77")


def version(value: str, minute: int, by: Writer = FLOW, *, own: bool | None = False) -> Version:
    return Version(REF, "phone", value, NOW + timedelta(minutes=minute), by, own)


def receipt(value: object, minute: int = 0) -> OwnWrite:
    return OwnWrite(REF, "phone", value, NOW + timedelta(minutes=minute))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("own", "receipts", "ours"),
    [
        (True, ["+49 1"], True),  # our login, and we know of it
        (True, [], False),  # our login, and we know nothing of it: somebody shares it
        (True, ["+49 2"], False),  # another value than the one we wrote
        (None, ["+49 1"], True),  # the system cannot tell; the receipt can
        (None, [], False),
        (False, ["+49 1"], False),  # somebody else wrote the same value
    ],
)
def test_N9_a_version_is_ours_when_the_login_and_a_receipt_say_so(
    own: bool | None, receipts: list[str], ours: bool
) -> None:
    ((_, mine),) = attributed([version("+49 1", 1, US, own=own)], [receipt(value) for value in receipts])
    assert mine is ours


def test_N9_a_receipt_explains_one_version() -> None:
    """Twice the same value with our login, and one receipt: the second one is not ours."""
    found = attributed([version("a", 1, US, own=True), version("a", 3, US, own=True)], [receipt("a")])
    assert [mine for _, mine in found] == [True, False]


def test_N9_numbers_and_instants_compare_by_value() -> None:
    ((_, mine),) = attributed([version("62", 1, US, own=True)], [receipt(62.0)])
    assert mine


def test_N9_the_tally_counts_by_writer_the_busiest_first() -> None:
    versions = [
        version("a", 1, US, own=True),
        version("b", 2),
        version("a", 3, US, own=True),
        version("b", 4),
        version("c", 5),
    ]
    flow, us = tally(versions, [receipt("a"), receipt("a", 2)])
    assert (flow.by, flow.ours, flow.count, flow.value, flow.last) == (FLOW, False, 3, "c", NOW + timedelta(minutes=5))
    assert (us.by, us.ours, us.count) == (Writer(SYNCD), True, 2)


def test_N9_who_shares_our_login_is_named_so() -> None:
    (row,) = tally([version("a", 1, US, own=True)], [])
    assert str(row.by) == "integration with syncd’s own login “syncd” (18)"


def test_N9_others_come_latest_first_and_once() -> None:
    eve = Writer("user", "Eve", "5")
    versions = [version("a", 1), version("b", 2, eve), version("c", 3), version("d", 4, US, own=True)]
    assert others(versions, [receipt("d")]) == [FLOW, eve]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), st.sampled_from([True, False, None])), max_size=12),
       st.lists(st.sampled_from("abc"), max_size=6), st.randoms(use_true_random=False))  # fmt: skip
def test_N9_no_order_of_arrival_changes_whose_it_is(
    made: list[tuple[str, int, bool | None]], sent: list[str], chance: object
) -> None:
    versions = [version(value, n, own=own) for n, (value, _, own) in enumerate(made)]
    receipts = [receipt(value, n) for n, value in enumerate(sent)]
    mixed = list(versions)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert attributed(mixed, receipts) == attributed(versions, receipts)
    assert sum(mine for _, mine in attributed(versions, receipts)) <= len(receipts)


def test_N9_a_field_stands_wherever_the_mapping_mentions_it() -> None:
    kind = KindMap("Lead", "Id", {"phone": FieldMap("phone", "Phone")}, status="Status", stamp={"score": "Score__c"},
                   feedback={"phone": FieldMap("phone", "Told_phone__c")})  # fmt: skip
    assert named(kind) == [
        ("phone", "Phone"), ("work_status", "Status"), ("score", "Score__c"), ("phone", "Told_phone__c"),
    ]  # fmt: skip
