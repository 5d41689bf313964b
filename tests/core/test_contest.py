"""Two writers of one field: from which point on syncd leaves it alone. Values are written as single letters: what stood there,
what syncd wrote; and at last what stands there now."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.contest import CHANGES, LONGEST, PAUSE, RETURNS, WINDOW, Written, began, changed, contested
from syncd.core.types import Ref

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LEAD = Ref("salesforce", "Lead", "00Q1")


def writes(*pairs: str, begin: datetime = NOW) -> list[Written]:
    """ "ab": syncd wrote b over a."""
    return [Written(begin + timedelta(minutes=n), was or None, now) for n, (was, now) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("made", "current", "stops"),
    [
        ((), "a", False),
        (("ab",), "a", False),
        (("ab", "ab"), "a", False),
        (("ab", "ab", "ab"), "b", False),  # set back twice, and now it stays
        (("ab", "ab", "ab"), "a", True),  # set back three times
        (("ab", "bc", "cd"), "d", False),  # syncd alone writes: a status that goes on
        (("ab", "bc", "ca", "ab", "bc"), "c", False),  # … and in a circle
        (("ab", "cd", "ef"), "g", False),  # people change it, each time to something new
        (("ab", "cd", "ef", "gh", "ij"), "k", True),  # but not five times within a day
        (("ab", "cb", "ab"), "c", False),  # the first change was to something new
        (("ab", "cb", "ab", "cb"), "a", True),  # back to either of two earlier values
    ],
)
def test_C6_syncd_stops_after_three_returns_or_five_changes(made: tuple[str, ...], current: str, stops: bool) -> None:
    assert contested(writes(*made), current) is stops


def test_C6_the_limits_are_those_that_the_documents_name() -> None:
    assert (3, 5, *2 * [timedelta(days=1)], timedelta(days=30)) == (RETURNS, CHANGES, WINDOW, PAUSE, LONGEST)


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12))
def test_C14_who_writes_alone_contests_with_nobody(values: list[str]) -> None:
    made = writes(*(was + now for was, now in itertools.pairwise(values)))
    assert not changed(made, values[-1])


def test_C6_the_problem_names_the_other_writer_and_both_values() -> None:
    found = replace(
        began("phone", LEAD, "Phone", writes("ab", "ab", "ab"), "a", NOW), by="workflow “Format phones” (55)"
    )
    problem = found.problem("101")
    assert (problem.kind, problem.subject) == ("oscillation", "101 phone")
    assert problem.sentence == (
        "The workflow “Format phones” (55) and syncd overwrite each other in Salesforce Lead.Phone: syncd wrote “b”, it became "
        "“a”, 3 times so far. syncd leaves phone of this person alone until Wed 25 Nov 2026, 09:00 UTC, and then tries once."
    )
    assert "syncd who-writes Phone 101" in problem.fix
    assert replace(found, by="").problem("101").sentence.startswith("Something else in Salesforce and syncd overwrite")


def test_C6_a_trial_that_fails_doubles_the_pause_up_to_a_month() -> None:
    contest, now = began("phone", LEAD, "Phone", writes("ab", "ab", "ab"), "a", NOW), NOW
    pauses = []
    for _ in range(7):
        now = contest.until
        assert not contest.stands(now)
        renewed = contest.renewed(writes("ab", begin=now), "a", now)
        assert renewed is not None
        pauses.append(renewed.pause.days)
        contest = renewed
    assert pauses == [2, 4, 8, 16, 30, 30, 30]
    assert contest.times == 3 + 7
    assert contest.renewed(writes("ab", begin=now), "b", now) is None
    assert contest.renewed([], "a", now) is None
