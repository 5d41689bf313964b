"""Every MQL is in exactly one bucket, and a difference has a name, a likely cause and something to do about it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.conservation import (
    BUCKETS,
    Attempt,
    Conservation,
    Count,
    Due,
    Finding,
    Known,
    Place,
    conservation,
    not_delivered,
    not_seen,
    not_shown,
    place,
)
from syncd.core.types import Record, Ref, State

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
STAMP = "syncd_handed_over_at__c"
LEAD, HEIR = Ref("salesforce", "Lead", "00Q1"), Ref("salesforce", "Lead", "00Q2")

STATES = ("", "open", "delivered", "closed", "void")
STANDINGS = ("", "with sales", "waiting", "ready", "vetoed", "held", "not ready")
FEW = st.sampled_from(["", "competitor", "no owner"])

attempts = st.lists(
    st.builds(
        Attempt,
        lineage=st.integers(1, 9).map(str),
        email=st.just("ada@works.example"),
        since=st.integers(0, 29).map(lambda days: NOW - days * DAY),
        number=st.integers(0, 3),
        state=st.sampled_from(STATES),
        entry=st.sampled_from(["score", "rejected"]),
        reason=FEW,
        refused=FEW,
        standing=st.sampled_from(STANDINGS),
        because=FEW,
    ),
    max_size=30,
)


def report(found: list[Attempt]) -> Conservation:
    return conservation(NOW - 30 * DAY, NOW, found)


@given(attempts)
def test_S4_21_N3_every_mql_is_in_exactly_one_bucket_and_the_sums_are_equal(found: list[Attempt]) -> None:
    told = report(found)
    assert sum(told.buckets.values()) == len(found) == len(told.attempts)
    assert Counter(a for a, _ in told.attempts) == Counter(found), "none is lost, none is told twice"
    assert tuple(told.buckets) == BUCKETS
    by_bucket = Counter[str]()
    for (bucket, _), (leads, _) in told.reasons.items():
        by_bucket[bucket] += leads
    assert by_bucket == Counter({b: n for b, n in told.buckets.items() if n})
    assert told.balanced


@given(attempts, st.randoms())
def test_N3_the_order_in_which_the_ledger_names_them_does_not_matter(found: list[Attempt], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert report(found).reasons == report(shuffled).reasons


@pytest.mark.parametrize(
    ("attempt", "bucket", "reason"),
    [
        ({"state": "delivered", "number": 1}, "handed_over", "delivered"),
        ({"state": "closed", "number": 1}, "handed_over", "closed"),
        ({"state": "closed", "entry": "rejected", "number": 1}, "vetoed", "sent back by a named person"),
        ({"state": "open", "number": 1}, "pending", "being delivered"),
        ({"state": "open", "number": 1, "refused": "Status has no value “New”."}, "held", "refused by the CRM"),
        ({"state": "void", "number": 1, "reason": "undone"}, "void", "undone"),
        ({"state": "void", "number": 1}, "void", "overtaken"),
        ({"standing": "with sales"}, "handed_over", "in an earlier handoff"),
        ({"standing": "waiting"}, "pending", "waits for a named person"),
        ({"standing": "ready"}, "pending", "goes with the next sync"),
        ({"standing": "vetoed", "because": "Competitor"}, "vetoed", "Competitor"),
        ({"standing": "held", "because": "two records"}, "held", "two records"),
        ({"standing": "not ready", "because": "7 points short of 60"}, "held", "below the gate"),
        ({}, "pending", "not seen by the ledger"),
    ],
)
def test_N3_where_an_mql_is(attempt: dict[str, str], bucket: str, reason: str) -> None:
    assert place(Attempt("1", "", NOW, **attempt)) == Place(bucket, reason)  # type: ignore[arg-type]


def test_N3_the_oldest_of_a_reason_says_how_long_they_wait() -> None:
    told = report([Attempt("1", "", NOW - 3 * DAY, 1, "open"), Attempt("2", "", NOW - DAY, 1, "open")])
    assert told.reasons == {("pending", "being delivered"): (2, NOW - 3 * DAY)}


# ---------------------------------------------------------------- a system does not show a handoff
DUE = Due(1, "101", "ada@works.example", 2, LEAD, NOW - DAY)


def record(state: State = State.LIVE, stamp: str | None = "2026-11-23", **more: object) -> Record:
    return Record(LEAD, {STAMP: stamp}, NOW - DAY, state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("live", "unsaid", "kind", "later"),
    [
        (None, "", "gone", False),
        (record(State.DELETED), "", "deleted", False),
        (record(State.ARCHIVED), "", "deleted", False),
        (record(State.MERGED, successor=HEIR), "", "merged", True),
        (record(), "", "index", True),
        (record(State.CONVERTED), "", "index", True),
        (record(stamp=None), "open", "unsaid", True),
        (record(stamp=None), "rejected", "refused", False),
        (record(stamp=""), "", "cleared", False),
    ],
)
def test_N3_why_a_system_does_not_show_a_handoff(live: Record | None, unsaid: str, kind: str, later: bool) -> None:
    found = not_shown(DUE, live, STAMP, unsaid=unsaid, shown=())
    assert found is not None
    assert (found.kind, found.later) == (kind, later)
    assert (found.email, found.number, found.ref) == ("ada@works.example", 2, LEAD)
    assert found.sentence.endswith(".")
    assert found.fix


def test_N3_a_record_that_was_merged_into_one_with_a_stamp_is_no_difference() -> None:
    merged = record(State.MERGED, successor=HEIR)
    assert not_shown(DUE, merged, STAMP, unsaid="", shown=[HEIR]) is None


# ---------------------------------------------------------------- the ledger does not know of one
def known(*states: str) -> Known:
    return Known("101", "ada@works.example", tuple((n, state, "undone") for n, state in enumerate(states, 1)))


@pytest.mark.parametrize(
    ("who", "moved", "kind", "later"),
    [
        (known("void", "open"), -2 * DAY, "open", True),
        (known("void"), -2 * DAY, "taken_back", False),
        (known("void"), timedelta(), "new", True),
        (known(), -2 * DAY, "foreign", False),
        (known(), DAY, "new", True),
        (None, -2 * DAY, "copied", False),
        (None, DAY, "new", True),
    ],
)
def test_N3_why_the_ledger_does_not_know_a_mark(who: Known | None, moved: timedelta, kind: str, later: bool) -> None:
    found = not_delivered(Record(LEAD, {}, NOW + moved), who, 1, NOW)
    assert found is not None
    assert (found.kind, found.later) == (kind, later)
    assert found.email == (who.email if who else "")


@pytest.mark.parametrize("state", ["delivered", "closed"])
def test_N3_a_mark_of_a_delivered_handoff_is_no_difference(state: str) -> None:
    assert not_delivered(Record(LEAD, {}, NOW), known("void", state), 2, NOW) is None


@pytest.mark.parametrize(("moved", "later"), [(-DAY, False), (timedelta(), True), (DAY, True)])
def test_N3_somebody_whom_only_marketing_knows(moved: timedelta, later: bool) -> None:
    contact = Record(Ref("hubspot", "contacts", "9"), {"email": "eve@works.example"}, NOW + moved)
    found = not_seen(contact, NOW)
    assert (found.kind, found.email, found.later) == ("unseen", "eve@works.example", later)


# ---------------------------------------------------------------- balance
def finding(*, later: bool) -> Finding:
    return Finding("salesforce", LEAD, "deleted", "Gone.", "Ask.", later=later)


def test_N3_what_mends_itself_is_named_and_does_not_count() -> None:
    counts = [Count("salesforce", "stamp", 4, 5, (finding(later=True),))]
    told = conservation(NOW - DAY, NOW, [], counts)
    assert (told.balanced, counts[0].differ, len(told.findings)) == (True, 0, 1)


def test_N3_a_difference_upsets_the_balance_and_is_told_once() -> None:
    one = finding(later=False)
    told = conservation(
        NOW - DAY, NOW, [], [Count("salesforce", "a", 4, 5, (one,)), Count("salesforce", "b", 4, 5, (one,))]
    )
    assert (told.balanced, told.findings) == (False, [one])


def test_N3_a_system_that_could_not_be_asked_proves_nothing() -> None:
    assert not conservation(NOW - DAY, NOW, [], out={"hubspot": "It is down."}).balanced
