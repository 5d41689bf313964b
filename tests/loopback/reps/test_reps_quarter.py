"""Reps with habits: when they work, what they do about a lead, and who leaves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import requests

from connectors.loopback.kit import InProcess
from connectors.loopback.reps import Quarter, QuarterReps
from connectors.loopback.reps.habits import HABITS, Habit, at_work
from connectors.loopback.sandbox import Options, Sandbox, prepare
from connectors.loopback.world import setup

BEGIN = datetime(2026, 11, 2, 6, tzinfo=UTC)
HUBSPOT, SALESFORCE = "https://hubspot.example", "https://salesforce.example"


@pytest.mark.parametrize(
    ("moment", "timezone", "works"),
    [
        ("2026-11-03T10:00", "Europe/Berlin", "2026-11-03T10:00"),  # in the middle of the day
        ("2026-11-03T05:00", "Europe/Berlin", "2026-11-03T08:00"),  # from nine o'clock there
        ("2026-11-06T16:30", "Europe/Berlin", "2026-11-09T08:00"),  # Friday evening: on Monday
        ("2026-11-03T10:00", "Asia/Tokyo", "2026-11-04T00:00"),
        ("2027-03-26T22:00", "Europe/Berlin", "2027-03-29T07:00"),  # the clocks change on the Sunday between
        ("2026-12-01T10:00", "Europe/Berlin", "2026-12-07T08:00"),  # the fifth week, away
    ],
)
def test_work_waits_for_the_hours_of_who_does_it(moment: str, timezone: str, works: str) -> None:
    found = at_work(datetime.fromisoformat(moment).replace(tzinfo=UTC), timezone, BEGIN, (28, 34))
    assert found == datetime.fromisoformat(works).replace(tzinfo=UTC)


def plans(name: str) -> list[list[str]]:
    """The acts of a hundred leads, each with how soon the first one comes in front."""
    habit = next(habit for habit in HABITS if habit.name == name)
    return [[step.act for step in habit.plan(Random(seed))] for seed in range(100)]


def first_days(name: str) -> list[float]:
    habit = next(habit for habit in HABITS if habit.name == name)
    return [steps[0].after for seed in range(100) if (steps := habit.plan(Random(seed)))]


def test_eight_habits_that_differ() -> None:
    assert len(HABITS) == len({habit.name for habit in HABITS}) == 8
    assert max(first_days("prompt")) < 0.03 < 1.9 < min(first_days("slow"))
    assert not any("email" in acts for acts in plans("phone_only"))
    said = sum("working" in acts for acts in plans("forgetful"))
    assert said < sum("working" in acts for acts in plans("slow")) / 2
    assert sum("convert" in acts for acts in plans("converting")) > 70
    assert sum("recycled" in acts for acts in plans("recycling")) > 60
    converting = next(habit for habit in HABITS if habit.name == "converting")
    bare = [any(step.bare for step in converting.plan(Random(seed))) for seed in range(100)]
    assert 20 < sum(bare) < 60


class Floor:
    """A small sandbox without sockets, with days ahead."""

    def __init__(self) -> None:
        self.sandbox: Sandbox = prepare(Options(contacts=40, days=30, ticking=False, now=BEGIN, ahead=90))
        self.http = requests.Session()
        self.http.mount(HUBSPOT, InProcess(self.sandbox.hubspot.app))
        self.http.mount(SALESFORCE, InProcess(self.sandbox.salesforce.app))
        self.reps = QuarterReps(
            self.sandbox.world.crew, hubspot_url=HUBSPOT, salesforce_url=SALESFORCE,
            hubspot_token=setup.HUBSPOT_REPS_TOKEN, seed=5, http=self.http,
        )  # fmt: skip
        assert self.sandbox.season is not None
        self.quarter = Quarter(self.sandbox.hubspot, self.sandbox.salesforce, self.sandbox.season, self.reps)

    def member(self, habit: str) -> str:
        """The user id of who has this habit."""
        email = next(email for email, has in self.reps.habits.items() if has.name == habit)
        return next(m.user_id for m in self.sandbox.world.crew.reps if m.email == email)

    def hand_over(self, owner: str, count: int) -> None:
        rows = [
            {"LastName": f"{owner} {n}", "Company": f"Company {n}", "OwnerId": owner, "syncd_handoff_no__c": 1}
            for n in range(count)
        ]
        self.sandbox.salesforce.seed("Lead", [row | {"Status": "Open - Not Contacted"} for row in rows])


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_each_thing_is_done_at_its_hour_and_deals_are_in_the_currency_of_the_territory(floor: Floor) -> None:
    slow, prompt = floor.member("slow"), floor.member("prompt")
    floor.hand_over(slow, 12)
    floor.hand_over(prompt, 12)
    done = floor.quarter.go_on(BEGIN + timedelta(days=30))
    assert not [entry for entry in done if "refused" in entry]
    moments = [datetime.fromisoformat(entry["at"]) for entry in done]
    assert moments == sorted(moments)
    assert len({moment.minute for moment in moments}) > 10
    crew = {m.email: m for m in floor.sandbox.world.crew.reps}
    deals = {row["Id"]: row for row in floor.sandbox.salesforce.snapshot()["Opportunity"]}
    found = Counter(
        (crew[entry["rep"]].territory, deals[entry["wrote"]["opportunity_id"]]["CurrencyIsoCode"])
        for entry in done
        if entry["act"] == "convert" and entry["wrote"].get("opportunity_id")
    )
    assert set(found) == {("UK&I", "GBP"), ("DACH", "EUR")}


def test_who_leaves_in_the_third_month_does_nothing_after_and_keeps_the_leads(floor: Floor) -> None:
    leaver = floor.member("leaves")
    floor.quarter.go_on(BEGIN + timedelta(days=59))
    floor.hand_over(leaver, 12)
    floor.quarter.go_on(BEGIN + timedelta(days=60))
    floor.quarter.go_on(BEGIN + timedelta(days=61))
    later = floor.quarter.go_on(BEGIN + timedelta(days=75))
    users = {row["Id"]: row for row in floor.sandbox.salesforce.snapshot()["User"]}
    assert users[leaver]["IsActive"] is False
    left = next(m for m in floor.sandbox.world.crew.reps if m.user_id == leaver)
    assert left.email not in {entry["rep"] for entry in later}
    owners = {o["id"]: o for o in floor.sandbox.hubspot.snapshot()["owners"]}
    assert owners[left.owner_id]["archived"]
    leads = floor.sandbox.salesforce.snapshot()["Lead"]
    assert {row["OwnerId"] for row in leads if row["LastName"].startswith(leaver)} == {leaver}


def test_a_sandbox_without_days_ahead_has_no_quarter() -> None:
    with (
        prepare(Options(contacts=5, days=5, ticking=False, now=BEGIN)) as sandbox,
        pytest.raises(ValueError, match="without days ahead"),
    ):
        sandbox.quarter(seed=1)


def test_a_habit_says_what_it_is_about() -> None:
    assert all(isinstance(habit, Habit) and habit.says[0].islower() for habit in HABITS)
