"""The promise against what happened: a row for every way in which it is kept, broken or over.

A lead is handed to Lena, who works in Berlin from nine to five, on Tuesday 3 November 2026 at 10:00 there. She promised a first
touch within 4 working hours (by 14:00), a reminder an hour before, 2 calls and an e-mail within 10 working days (the 17th).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from core_making import owner, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.calendars import NEVER, Calendar, Work
from syncd.core.facts import BY_HAND, ROUTED, Handoff, Hop
from syncd.core.feedback import SalesView
from syncd.core.promise import Followup, Promise, as_json, clauses, counted, from_json
from syncd.core.reps import Away, Rep
from syncd.core.rules import Routing
from syncd.core.sla import Breach, Watch, calendar_of, task_due, watch
from syncd.core.types import Activity, Ref

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
OFFICE = Calendar("Europe/Berlin", (0, 1, 2, 3, 4), (time(9), time(17)))
PROMISE = Promise(touches={"call": 2, "email": 1})
NEW, WORKING = SalesView(work="new"), SalesView(work="in_progress", stage="sal", accepted=True)
LENA, JONAS = "lena@syncd.example", "jonas@syncd.example"


def clock(text: str) -> datetime:
    """ "3 10:00": in Berlin, in November 2026."""
    day, _, hour = text.partition(" ")
    return datetime(2026, 11, int(day), *map(int, hour.split(":")), tzinfo=BERLIN).astimezone(UTC)


OPENED, DELIVERED = clock("3 09:58"), clock("3 10:00")
HANDOFF = Handoff(
    1, "k", "delivered", "score", OPENED, LENA, "005lena", tier="warm", delivered=DELIVERED, promised=PROMISE
)


def touches(*said: str) -> list[Activity]:
    """ "call 3 11:00", "email 4 09:30", and what is no touch: "answer 4 10:00" (the lead writes), "planned 5 09:00"."""
    made = []
    for n, one in enumerate(said):
        kind, _, at = one.partition(" ")
        more = {"email": {"outbound": True}, "planned": {"done": False}}.get(kind, {})
        kind = {"answer": "email", "planned": "call"}.get(kind, kind)
        made.append(Activity(Ref("salesforce", "Task", f"00T{n}"), kind, clock(at), **more))
    return made


def seen(
    now: str, said: Iterable[str] = (), handoff: Handoff = HANDOFF, view: SalesView | None = None, status: bool = True
) -> Watch:
    done = touches(*said)
    view = view or (WORKING if any(a.at <= clock(now) for a in done) else NEW)
    found = watch(handoff, view, done, lambda rid, called: OFFICE, clock(now), status=status)
    assert found is not None
    return found


def broken(found: Watch) -> list[tuple[str, str, bool]]:
    """(what, clock, whether it is cleared)"""
    return [(b.what, b.clock, b.cleared is not None) for b in found.breaches]


# ---------------------------------------------------------------- the first touch
@pytest.mark.parametrize(
    ("now", "said", "broken_then", "reminded", "following"),
    [
        ("3 10:00", [], [], False, "3 13:00"),
        ("3 12:59", [], [], False, "3 13:00"),
        ("3 13:00", [], [], True, "3 14:00"),
        ("3 13:59", [], [], True, "3 14:00"),
        ("3 14:00", [], [("first_touch", "human", False)], False, "17 10:00"),
        ("3 15:00", ["call 3 14:30"], [("first_touch", "human", True)], False, "17 10:00"),
        ("3 15:00", ["call 3 14:00"], [], False, "17 10:00"),
        ("3 13:30", ["email 3 10:05"], [], False, "17 10:00"),
        ("3 13:30", ["answer 3 10:05"], [], True, "3 14:00"),
        ("3 14:00", ["planned 3 10:05"], [("first_touch", "human", False)], False, "17 10:00"),
        ("3 14:00", ["call 3 09:59"], [("first_touch", "human", False)], False, "17 10:00"),  # before the delivery
    ],
)
def test_S1_9_S1_19_the_first_touch_is_a_call_or_an_answer_of_ours_in_the_crm(
    now: str, said: list[str], broken_then: list[tuple[str, str, bool]], reminded: bool, following: str
) -> None:
    found = seen(now, said)
    assert broken(found) == broken_then
    assert (found.reminder is not None) is reminded
    assert found.next == clock(following)
    assert found.due == clock("3 14:00")


def test_S1_19_a_status_that_a_rep_sets_is_no_touch() -> None:
    assert broken(seen("3 14:00", view=WORKING)) == [("first_touch", "human", False)]


def test_S1_19_a_call_that_is_logged_late_takes_the_breach_back() -> None:
    assert broken(seen("3 15:00")) == [("first_touch", "human", False)]
    assert broken(seen("4 09:00", ["call 3 13:50"])) == []


def test_N11_C20_half_an_hour_of_the_systems_and_five_minutes_of_the_rep_are_two_numbers() -> None:
    """The delivery was late, the rep was not: the breach names the system's clock, and no human."""
    slow = replace(HANDOFF, opened=DELIVERED - HOUR / 2)
    found = seen("3 12:00", ["call 3 10:05"], slow)
    assert (found.system, found.human) == (HOUR / 2, timedelta(minutes=5))
    assert found.breaches == (
        Breach("first_touch", "system", slow.opened, slow.opened + timedelta(minutes=15), "", DELIVERED),
    )


def test_N11_the_human_clock_stands_still_outside_the_reps_hours() -> None:
    friday = replace(HANDOFF, opened=clock("6 16:30"), delivered=clock("6 16:30"))
    found = seen("9 09:10", ["call 9 09:05"], friday)
    assert found.human == timedelta(minutes=35)
    assert found.due == clock("9 12:30")
    assert found.breaches == ()


@pytest.mark.parametrize(("now", "late"), [("3 10:12", []), ("3 10:13", [("first_touch", "system", False)])])
def test_S0_3_a_delivery_that_does_not_come_is_a_breach_of_the_system(
    now: str, late: list[tuple[str, str, bool]]
) -> None:
    waiting = replace(HANDOFF, state="open", delivered=None)
    found = watch(waiting, None, (), lambda rid, called: OFFICE, clock(now))
    assert found is not None
    assert broken(found) == late
    assert found.next == (None if late else clock("3 10:13"))


# ---------------------------------------------------------------- touches in the working period
ALL = ["call 3 11:00", "call 5 11:00", "email 6 11:00"]


@pytest.mark.parametrize(
    ("now", "said", "view", "missing", "ended"),
    [
        ("17 09:59", ALL, WORKING, [], None),
        ("17 10:00", ALL, WORKING, [], "17 10:00"),  # T8a
        ("17 10:00", ALL[:2], WORKING, [("touches", "human", False)], None),  # T8b: no e-mail
        ("17 10:00", [*ALL[:2], "call 6 11:00"], WORKING, [("touches", "human", False)], None),  # a third call is none
        ("17 12:00", [*ALL[:2], "email 17 11:00"], WORKING, [("touches", "human", True)], "17 11:00"),  # late, but all
        ("17 10:00", [*ALL, "meeting 6 12:00"], WORKING, [], None),  # they met
        ("17 10:00", [*ALL[:1], "answer 6 12:00"], WORKING, [], None),  # the lead wrote back: no more is owed
        ("17 10:00", ALL, replace(WORKING, stage="sql"), [], None),
        ("17 10:00", ALL, replace(WORKING, disposition="recycle"), [], None),
    ],
)
def test_T8a_T8b_S1_10_S1_11_when_the_working_period_is_over(
    now: str, said: list[str], view: SalesView, missing: list[tuple[str, str, bool]], ended: str | None
) -> None:
    quiet = replace(HANDOFF, promised=replace(PROMISE, status_after=None))
    if view.disposition:
        quiet = replace(quiet, state="closed", outcome=view.disposition, closed=clock("16 10:00"))
    found = seen(now, said, quiet, view)
    assert broken(found) == missing
    assert found.ended == (clock(ended) if ended else None)


def test_S1_10_touches_are_counted_by_kind() -> None:
    found = seen("10 12:00", ["call 3 11:00", "call 5 11:00", "email 6 11:00", "email 9 11:00", "answer 9 12:00"])
    assert found.touches == {"call": 2, "email": 2}


def test_T8b_nobody_touched_it_at_all() -> None:
    assert broken(seen("17 10:00")) == [
        ("first_touch", "human", False),
        ("touches", "human", False),
        ("status", "human", False),
    ]


def test_S1_12_nothing_happens_afterwards_where_that_is_left_to_the_rep() -> None:
    left = replace(HANDOFF, promised=replace(PROMISE, then="nothing"))
    assert seen("17 10:00", ALL, left).ended is None


def test_T19_a_status_that_moved_after_the_period_says_that_it_is_worked_again() -> None:
    again = replace(HANDOFF, worked=clock("17 15:00"))
    assert seen("18 10:00", ALL, again).ended is None


# ---------------------------------------------------------------- silence, status
def test_T4_silence_is_accepted_only_where_the_promise_says_so() -> None:
    assert seen("5 10:00").accepted is None
    silent = replace(HANDOFF, promised=replace(PROMISE, accept_after=Work(2)))
    assert seen("5 09:59", handoff=silent).accepted is None
    assert seen("5 09:59", handoff=silent).next == clock("5 10:00")
    assert seen("5 10:00", handoff=silent).accepted == clock("5 10:00")
    assert seen("5 10:00", ["call 4 10:00"], silent).accepted is None, "a touch accepts it, not silence"


def test_S1_14_a_status_that_does_not_change_is_overdue_where_there_is_one() -> None:
    """Ten working days after it moved last."""
    moved = replace(HANDOFF, worked=clock("5 10:00"))
    assert ("status", "human", False) not in broken(seen("19 09:59", ["call 3 11:00"], moved))
    assert ("status", "human", False) in broken(seen("19 10:00", ["call 3 11:00"], moved))
    assert ("status", "human", False) not in broken(seen("19 10:00", ["call 3 11:00"], moved, status=False))


# ---------------------------------------------------------------- a new owner
def passed_on(at: str, why: str = BY_HAND) -> Handoff:
    hops = (Hop(DELIVERED, LENA, "005lena", ROUTED), Hop(clock(at), JONAS, "005jonas", why))
    return replace(HANDOFF, owner=JONAS, owner_id="005jonas", hops=hops)


def test_T6_whoever_gets_it_next_has_a_clock_of_their_own_and_the_first_ones_breach_stays() -> None:
    late = passed_on("3 15:00", "re-routed: lena did not touch it")
    found = seen("3 16:00", handoff=late)
    assert [(b.owner, b.since, b.due, b.cleared) for b in found.breaches] == [
        (LENA, DELIVERED, clock("3 14:00"), clock("3 15:00"))
    ]
    assert (found.late, found.overdue) == ({"005lena"}, False)
    assert found.due == clock("4 11:00")
    again = seen("4 11:00", handoff=late)
    assert [b.owner for b in again.breaches] == [LENA, JONAS]
    assert (again.late, again.overdue) == ({"005lena", "005jonas"}, True)


def test_T6_who_gets_a_lead_that_was_touched_owes_no_first_touch() -> None:
    found = seen("5 12:00", ["call 3 11:00"], passed_on("3 12:00"))
    assert (found.breaches, found.overdue, found.human) == ((), False, HOUR)


def test_who_owns_the_record_after_the_end_owes_nothing() -> None:
    ended = replace(passed_on("5 12:00"), state="closed", outcome="recycle", closed=clock("4 12:00"))
    found = seen("30 12:00", handoff=ended)
    assert [(b.what, b.owner, b.cleared) for b in found.breaches] == [("first_touch", LENA, clock("4 12:00"))]
    assert found.late == {"005lena"}


def test_S1_11_the_working_period_of_the_next_owner_begins_with_them() -> None:
    assert seen("5 12:00", ["call 3 11:00"], passed_on("4 12:00")).ends == clock("18 12:00")


# ---------------------------------------------------------------- what is not watched
@pytest.mark.parametrize("handoff", [replace(HANDOFF, promised=None), replace(HANDOFF, state="void")])
def test_nothing_is_broken_that_was_not_promised(handoff: Handoff) -> None:
    assert watch(handoff, NEW, (), lambda rid, called: OFFICE, clock("30 10:00")) is None


@given(st.permutations([*ALL, "answer 9 10:00", "email 16 10:00"]))
def test_S1_19_the_order_in_which_activities_arrive_does_not_matter(said: list[str]) -> None:
    assert seen("18 10:00", said) == seen("18 10:00", sorted(said))


@given(st.integers(0, 30 * 24), st.integers(0, 30 * 24))
def test_N11_a_breach_that_stands_uncleared_still_stands_later(one: int, other: int) -> None:
    """Time alone breaks promises; it mends none."""
    early, late = sorted((one, other))
    then, later = (
        watch(HANDOFF, NEW, (), lambda rid, called: OFFICE, DELIVERED + hours * HOUR) for hours in (early, late)
    )
    assert then is not None
    assert later is not None
    assert set(then.breaches) <= set(later.breaches)


# ---------------------------------------------------------------- whose calendar
def test_S1_9_the_reps_own_week_stands_over_that_of_the_promise_and_the_crm_knows_the_zone() -> None:
    lena = owner(LENA, timezone="Europe/Berlin")
    followup = Followup(
        holidays=("DE",), dates={"DE": frozenset({date(2026, 12, 25)}), "US": frozenset({date(2026, 11, 26)})}
    )
    of = rules(routing=Routing("single", LENA, (LENA,), timezone="Pacific/Auckland"))
    usual = calendar_of(replace(of, followup=followup), lena)
    assert usual == Calendar("Europe/Berlin", (0, 1, 2, 3, 4), (time(9), time(17)), frozenset({date(2026, 12, 25)}))
    away = (Away(date(2026, 11, 4), date(2026, 11, 5)),)
    rep = Rep(LENA, days=(0, 1), hours=(time(8), time(12)), away=away, timezone="Asia/Kolkata", holidays=("US",))
    busy = replace(of, routing=replace(of.routing, reps=(rep,)), followup=followup)
    own = Calendar("Asia/Kolkata", (0, 1), (time(8), time(12)), frozenset({date(2026, 11, 26)}), away)
    assert calendar_of(busy, lena) == own
    assert calendar_of(busy, owner("lena.vogt@crm.example")) != own
    known = replace(busy, routing=replace(busy.routing, users={LENA: "lena.vogt@crm.example"}))
    assert calendar_of(known, owner("lena.vogt@crm.example")) == own
    assert calendar_of(busy, None, LENA) == own, "the CRM does not know the owner any more"
    assert calendar_of(busy, owner("", kind="queue")).timezone == "Pacific/Auckland"


def test_S1_9_the_task_is_due_with_the_promised_first_touch() -> None:
    lena, friday = owner(LENA, timezone="Europe/Berlin"), clock("6 16:30")
    assert task_due(rules(), lena, "hot", friday) == friday + 4 * HOUR
    promised = replace(rules(), followup=Followup(tiers={"hot": Promise(first_touch=Work(time=HOUR))}))
    assert task_due(promised, lena, "warm", friday) == clock("9 12:30")
    assert task_due(promised, lena, "hot", friday) == clock("9 09:30")
    gone = replace(
        rules(), routing=Routing("single", LENA, reps=(Rep(LENA, away=(Away(date(2026, 1, 1), date.max),)),))
    )
    assert task_due(replace(gone, followup=Followup()), lena, "hot", friday) == friday + 4 * HOUR
    assert calendar_of(gone, lena).due(friday, Work(1)) == NEVER


# ---------------------------------------------------------------- words and keeping
def test_S1_13_a_promise_is_kept_with_its_handoff_as_it_was() -> None:
    promise = Promise(timedelta(minutes=5), Work(1), {}, Work(3), "nothing", None, True, Work(time=HOUR), None)
    assert from_json(as_json(promise)) == promise
    assert from_json(as_json(PROMISE)) == PROMISE


def test_S1_10_S1_12_a_promise_says_itself_in_words() -> None:
    assert str(PROMISE) == "a first touch within 4 working hours; 2 calls and 1 e-mail within 10 working days"
    assert counted({}) == "1 touch"
    said = dict(clauses(replace(PROMISE, reassign=True, accept_after=Work(2))))
    assert said["reminder"] == "the owner is reminded 1 working hour before that"
    assert said["afterwards"] == "who did not answer to all of them goes back to marketing as could not reach"
    assert said["silence"] == "a lead that nobody rejects within 2 working days counts as accepted"
    assert "nobody touched it" in said
    quiet = dict(clauses(Promise(remind=None, then="nothing", status_after=None)))
    assert quiet["afterwards"] == "the rep says what became of it"
    assert not {"reminder", "silence", "status", "nobody touched it"} & quiet.keys()
