"""Who stands still, and since when: a row a kind, and never a lead that moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.leaks import KINDS, USUAL, Back, Held, Leak, With, counted, leaks

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WORKED = With(
    "101", "ada@works.example", "anna@acme.example", 1, "k", "hot", NOW - 9 * DAY, NOW - 9 * DAY, "in_progress",
    NOW - DAY, NOW - DAY, promised=True,
)  # fmt: skip


def of(**changes: Any) -> list[tuple[str, datetime]]:
    return [(leak.kind, leak.since) for leak in leaks([], [replace(WORKED, **changes)], [], USUAL, NOW)]


def test_S0_8_a_lead_that_is_worked_does_not_leak() -> None:
    assert of() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"delivered": None, "opened": NOW - HOUR}, [("undelivered", NOW - HOUR)]),
        ({"delivered": None, "opened": NOW - HOUR / 2}, []),
        ({"delivered": None, "opened": NOW, "refused": "Status has no value."}, [("undelivered", NOW)]),
        ({"late": NOW - HOUR}, [("untouched", NOW - HOUR)]),
        ({"stale": NOW - HOUR}, [("stale", NOW - HOUR)]),
        ({"work": ""}, [("no_status", NOW - 9 * DAY)]),
        ({"work": "", "delivered": NOW - HOUR / 2}, []),
        ({"worked": NOW - 7 * DAY, "touched": None}, [("no_next_step", NOW - 7 * DAY)]),
        ({"worked": NOW - 7 * DAY + HOUR, "touched": None}, []),
        ({"worked": NOW - 8 * DAY, "touched": NOW - 7 * DAY}, [("no_next_step", NOW - 7 * DAY)]),
        ({"worked": NOW - 8 * DAY, "touched": None, "planned": True}, []),
    ],
)
def test_S0_8_S1_14_S1_22_what_leaks(changes: dict[str, Any], found: list[tuple[str, datetime]]) -> None:
    assert of(**changes) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"work": "new", "worked": None, "touched": None, "delivered": NOW - 14 * DAY}, ["untouched"]),
        ({"work": "new", "worked": None, "touched": None, "delivered": NOW - 14 * DAY + HOUR}, []),
        ({"work": "new", "worked": None, "touched": NOW - DAY, "delivered": NOW - 20 * DAY}, ["stale"]),
        ({"worked": NOW - 14 * DAY}, ["stale"]),
        ({"worked": NOW - 13 * DAY}, []),
    ],
)
def test_S0_8_S1_14_where_nothing_is_promised_the_days_of_the_configuration_count(
    changes: dict[str, Any], found: list[str]
) -> None:
    assert [kind for kind, _ in of(**{"planned": True, "promised": False} | changes)] == found


@pytest.mark.parametrize(
    ("closed", "heard", "since"),
    [
        (60, None, 60),
        (59, None, None),
        (90, 59, None),
        (90, 61, 61),
        (60, 200, 60),
    ],
)
def test_S4_20_somebody_whom_sales_gave_back_and_of_whom_nothing_is_heard(
    closed: int, heard: int | None, since: int | None
) -> None:
    back = Back("101", "", NOW - closed * DAY, NOW - heard * DAY if heard else None, None, 2)
    found = leaks([], [], [back], USUAL, NOW)
    assert [(leak.kind, leak.since) for leak in found] == ([("dust", NOW - since * DAY)] if since else [])


def test_S4_20_a_day_before_which_nobody_shall_call_is_said_and_is_no_excuse() -> None:
    back = Back("101", "", NOW - 60 * DAY, None, date(2027, 3, 1))
    (leak,) = leaks([], [], [back], USUAL, NOW)
    assert leak.why == "nothing was heard of them, not before 2027-03-01"


def test_S0_8_they_are_counted_by_kind_in_the_order_of_a_leads_way() -> None:
    held = [Held("9", "", "waiting", NOW - DAY, "nobody can take it now"), Held("8", "", "held", NOW, "two records")]
    found = leaks(held, [replace(WORKED, work=""), replace(WORKED, lineage="102", late=NOW)], [], USUAL, NOW)
    assert list(counted(found).items()) == [("held", 1), ("waiting", 1), ("untouched", 1), ("no_status", 1)]
    assert [leak.lineage for leak in found] == ["8", "9", "102", "101"]


moments = st.one_of(st.none(), st.integers(0, 90).map(lambda days: NOW - days * DAY))
handoffs = st.lists(
    st.builds(
        replace,
        st.just(WORKED),
        lineage=st.integers(1, 5).map(str),
        number=st.integers(1, 2),
        opened=st.integers(0, 90).map(lambda days: NOW - days * DAY),
        delivered=moments,
        worked=moments,
        touched=moments,
        late=moments,
        stale=moments,
        planned=st.booleans(),
        promised=st.booleans(),
        work=st.sampled_from(["", "new", "in_progress"]),
    ),
    max_size=8,
)


@given(handoffs, st.integers(0, 200))
def test_S0_8_who_stands_still_goes_on_standing_still_under_the_same_key(found: list[With], days: int) -> None:
    """Time alone takes nobody off the list and makes no new alert of an old state."""
    before = leaks([], found, [], USUAL, NOW)
    after = leaks([], found, [], USUAL, NOW + days * DAY)
    assert {leak.key for leak in before} <= {leak.key for leak in after}
    assert all(leak.since <= NOW for leak in before)
    assert [KINDS.index(leak.kind) for leak in before] == sorted(KINDS.index(leak.kind) for leak in before)


def test_S0_8_another_state_has_another_key() -> None:
    one = Leak("stale", "101", "", NOW, "", number=1)
    keys = {one.key, replace(one, since=NOW - DAY).key, replace(one, number=2).key, replace(one, kind="dust").key}
    assert len(keys) == 4
