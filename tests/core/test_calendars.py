"""Business time: additive, ordered, and true on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.calendars import NEVER, Calendar, Work
from syncd.core.reps import Away

ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "Pacific/Honolulu")
WEEK = (0, 1, 2, 3, 4)
NINE_TO_FIVE = (time(9), time(17))
HOUR, NOTHING = timedelta(hours=1), timedelta()


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# ---------------------------------------------------------------- what must hold for every calendar
_clock = st.integers(0, 23 * 60 + 59).map(lambda minutes: time(minutes // 60, minutes % 60))
_hours = st.none() | st.tuples(_clock, _clock | st.just(time.max)).filter(lambda pair: pair[1].hour - pair[0].hour > 1)
_days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
calendars = st.builds(
    Calendar,
    timezone=st.sampled_from(ZONES),
    days=st.sets(st.integers(0, 6), max_size=7).map(lambda days: tuple(sorted(days))),
    hours=_hours,
    holidays=st.frozensets(_days, max_size=5),
    away=st.lists(st.tuples(_days, st.integers(0, 20)), max_size=2).map(
        lambda spans: tuple(Away(first, first + timedelta(days=length)) for first, length in spans)
    ),
)
moments = st.timedeltas(timedelta(0), timedelta(days=729)).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
lengths = st.timedeltas(timedelta(0), timedelta(days=30))


@given(calendars, moments, st.timedeltas(timedelta(microseconds=1), timedelta(days=5)))
def test_C17_after_is_the_first_moment_at_which_so_much_time_lies_between(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    end = calendar.after(start, amount)
    assert end > start
    assert calendar.between(start, end) == amount
    assert calendar.between(start, end - timedelta(microseconds=1)) < amount


@given(calendars, moments, lengths, lengths)
@example(Calendar("Europe/Berlin"), datetime(2026, 3, 28, tzinfo=UTC), timedelta(days=1), timedelta(days=1))
def test_C17_working_time_adds_up(calendar: Calendar, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    assert calendar.between(start, end) == calendar.between(start, middle) + calendar.between(middle, end)
    assert NOTHING <= calendar.between(start, end) <= first + second


@given(
    calendars, moments, st.timedeltas(timedelta(0), timedelta(days=3)), st.timedeltas(timedelta(0), timedelta(days=3))
)
def test_C17_more_work_is_never_due_earlier(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.after(start, first) <= calendar.after(start, first + second)
    assert calendar.after(start, first) <= calendar.after(start + second, first)


@given(moments, lengths, st.sampled_from(ZONES))
def test_C17_around_the_clock_working_time_is_time(start: datetime, length: timedelta, zone: str) -> None:
    assert Calendar(zone).between(start, start + length) == length
    assert Calendar(zone).after(start, length) == start + length


# ---------------------------------------------------------------- days on which clocks change
@pytest.mark.parametrize(
    ("zone", "friday", "monday"),
    [
        ("Europe/Berlin", "2026-03-27T16:00", "2026-03-30T10:00"),
        ("Europe/Berlin", "2026-10-23T16:00", "2026-10-26T10:00"),
        ("America/New_York", "2026-03-06T16:00", "2026-03-09T10:00"),
        ("America/New_York", "2026-10-30T16:00", "2026-11-02T10:00"),
        ("Pacific/Auckland", "2026-04-03T16:00", "2026-04-06T10:00"),
        ("Pacific/Auckland", "2026-09-25T16:00", "2026-09-28T10:00"),
        ("Asia/Kolkata", "2026-03-27T16:00", "2026-03-30T10:00"),
        ("Pacific/Honolulu", "2026-03-27T16:00", "2026-03-30T10:00"),
    ],
)
def test_C17_two_hours_from_friday_at_four_end_on_monday_at_ten_by_the_clock_on_the_wall(
    zone: str, friday: str, monday: str
) -> None:
    calendar = Calendar(zone, WEEK, NINE_TO_FIVE)
    assert calendar.after(local(zone, friday), 2 * HOUR) == local(zone, monday)
    assert calendar.between(local(zone, friday), local(zone, monday)) == 2 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Pacific/Auckland", "2026-04-05", 25),
        ("Pacific/Auckland", "2026-09-27", 23),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("Pacific/Honolulu", "2026-03-29", 24),
    ],
)
def test_C17_the_day_of_the_change_is_as_long_as_it_really_is(zone: str, day: str, hours: int) -> None:
    start = local(zone, f"{day}T00:00")
    end = datetime.combine(start.date() + timedelta(days=1), time(), ZoneInfo(zone))
    assert Calendar(zone).between(start, end) == hours * HOUR
    shift = Calendar(zone, hours=(time(0), time(8)))
    assert shift.between(start, end) == (hours - 16) * HOUR, "the hour that is missing or twice there is a working one"


# ---------------------------------------------------------------- days off
def test_S1_9_nights_weekends_holidays_and_absences_stop_the_clock() -> None:
    berlin = Calendar(
        "Europe/Berlin",
        WEEK,
        NINE_TO_FIVE,
        frozenset({date(2026, 12, 25)}),
        (Away(date(2026, 12, 28), date(2026, 12, 30)),),
    )
    start = local("Europe/Berlin", "2026-12-24T16:30")  # a Thursday
    assert berlin.after(start, HOUR / 2) == local("Europe/Berlin", "2026-12-24T17:00")
    assert berlin.after(start, HOUR) == local("Europe/Berlin", "2026-12-31T09:30")


def test_a_clock_that_stands_still_for_good_never_ends() -> None:
    gone = Calendar(away=(Away(date(2026, 1, 1), date.max),))
    assert gone.after(datetime(2026, 1, 1, tzinfo=UTC), HOUR) == NEVER
    assert gone.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)) == NOTHING


def test_the_end_of_the_calendar_is_no_error() -> None:
    late = datetime(9999, 12, 30, tzinfo=UTC)
    assert Calendar().after(late, timedelta(days=9)) == NEVER


# ---------------------------------------------------------------- amounts
@pytest.mark.parametrize(
    ("work", "hours", "length", "said"),
    [
        (Work(time=4 * HOUR), NINE_TO_FIVE, 4 * HOUR, "4 working hours"),
        (Work(time=HOUR / 2), NINE_TO_FIVE, HOUR / 2, "30 working minutes"),
        (Work(1), NINE_TO_FIVE, 8 * HOUR, "1 working day"),
        (Work(10), (time(8, 30), time(17)), 85 * HOUR, "10 working days"),
        (Work(2), None, 48 * HOUR, "2 working days"),
        (Work(1), (time(18), time.max), 6 * HOUR, "1 working day"),
    ],
)
def test_S1_9_a_working_day_is_as_long_as_the_reps_day(
    work: Work, hours: tuple[time, time] | None, length: timedelta, said: str
) -> None:
    assert Calendar(hours=hours).length(work) == length
    assert str(work) == said


def test_S1_11_ten_working_days_end_at_the_same_time_of_day_two_weeks_later() -> None:
    berlin = Calendar("Europe/Berlin", WEEK, NINE_TO_FIVE)
    start = local("Europe/Berlin", "2026-10-14T11:20")  # the clocks change between
    assert berlin.due(start, Work(10)) == local("Europe/Berlin", "2026-10-28T11:20")
