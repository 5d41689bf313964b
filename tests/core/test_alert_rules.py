"""Alerts as values: to whom, when, and in how many messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.alerts import LEAD, MANY, OWNER, PROBLEM, Alert, Channel, messages, together

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday
WORK = Channel("email", to=(OWNER,), days=(0, 1, 2, 3, 4), hours=(time(8), time(18)), timezone="Europe/Berlin")


def lead(n: int = 1, **more: object) -> Alert:
    return replace(Alert(f"lead:{n}", LEAD, NOON, f"Lead {n}", owner="anna@acme.example", tier="warm"), **more)


def problem(n: int = 1) -> Alert:
    return Alert(f"problem:{n}", PROBLEM, NOON, f"Problem {n}")


# ---------------------------------------------------------------- to whom
@pytest.mark.parametrize(
    ("channel", "alert", "told"),
    [
        (Channel("email", to=(OWNER,)), lead(), ["anna@acme.example"]),
        (Channel("email", to=(OWNER, "Ops@acme.example")), lead(), ["anna@acme.example", "ops@acme.example"]),
        (Channel("email", to=(OWNER, "ANNA@acme.example")), lead(), ["anna@acme.example"]),
        (Channel("email", to=(OWNER,)), lead(owner="Inbound queue"), []),
        (Channel("email", to=(OWNER,)), problem(), []),
        (Channel("slack"), lead(), [""]),
        (Channel("slack", tiers=("hot",)), lead(), []),
        (Channel("slack", tiers=("hot",)), lead(tier="hot"), [""]),
        (Channel("slack", events=(PROBLEM,)), lead(), []),
        (Channel("slack", events=(PROBLEM,), tiers=("hot",)), problem(), [""]),
    ],
)
def test_S1_4_who_is_told(channel: Channel, alert: Alert, told: list[str]) -> None:
    assert channel.recipients(alert) == told


# ---------------------------------------------------------------- when
@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-24T12:00", "2026-11-24T12:00"),  # at work
        ("2026-11-24T06:59", "2026-11-24T07:00"),  # Berlin is an hour ahead
        ("2026-11-24T17:00", "2026-11-25T07:00"),
        ("2026-11-27T20:00", "2026-11-30T07:00"),  # Friday evening
        ("2026-03-27T20:00", "2026-03-30T06:00"),  # the night in which the clocks go forward lies between
        ("2026-10-23T20:00", "2026-10-26T07:00"),  # and back
    ],
)
def test_quiet_hours_and_days_in_the_zone_of_the_channel(at: str, due: str) -> None:
    assert WORK.due(datetime.fromisoformat(at).replace(tzinfo=UTC)) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-24T06:59", "2026-11-24T07:00"),
        ("2026-11-24T07:00", "2026-11-24T07:00"),
        ("2026-11-24T07:01", "2026-11-25T07:00"),
        ("2026-03-28T07:01", "2026-03-29T06:00"),
    ],
)
def test_a_digest_goes_once_a_day_at_its_local_time(at: str, due: str) -> None:
    daily = replace(WORK, hours=None, days=(), digest=time(8))
    assert daily.due(datetime.fromisoformat(at).replace(tzinfo=UTC)) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@given(
    st.integers(0, 730 * 24 * 60),
    st.sampled_from(["Pacific/Honolulu", "Asia/Kolkata", "Pacific/Auckland", "Europe/Berlin", "America/St_Johns"]),
    st.booleans(),
)
def test_an_alert_is_never_due_before_it_happened_nor_outside_the_hours(minutes: int, name: str, daily: bool) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    channel = replace(WORK, timezone=name, **({"hours": None, "digest": time(8, 30)} if daily else {}))
    due = channel.due(moment)
    there = due.astimezone(ZoneInfo(name))
    assert moment <= due <= moment + timedelta(days=5)
    assert there.weekday() < 5
    assert daily or time(8) <= there.time() < time(18)


# ---------------------------------------------------------------- in how many messages
def test_few_leads_are_told_one_by_one_and_problems_together() -> None:
    found = messages(Channel("email"), "a@acme.example", [problem(1), lead(1), lead(2), problem(2)])
    assert [m.title for m in found] == ["Lead 1", "Lead 2", "syncd: 2 problems"]


def test_many_leads_and_a_digest_are_one_message() -> None:
    many = [lead(n, link=f"https://crm.example/{n}") for n in range(MANY + 1)]
    (one,) = messages(Channel("slack"), "", many)
    assert one.title == "syncd: 11 new leads"
    assert one.text.count("https://crm.example/") == 11
    (all_of_it,) = messages(Channel("slack", digest=time(8)), "", [lead(), problem()])
    assert all_of_it.title == "syncd: 1 new lead, 1 problem"


@given(st.permutations([lead(1), lead(2), problem(1), problem(2)]))
def test_the_id_of_a_message_is_made_of_what_is_in_it_in_any_order(alerts: list[Alert]) -> None:
    channel = Channel("email")
    assert together(channel, "a@acme.example", alerts) == together(channel, "a@acme.example", alerts[::-1])
    ids = {
        together(channel, to, part).id for to in ("a@acme.example", "b@acme.example") for part in (alerts, alerts[:2])
    }
    assert len(ids) == 4
