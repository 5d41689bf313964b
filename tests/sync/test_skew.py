"""A machine whose clock is off gets a problem, not wrong decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.ledger import journal
from syncd.sync.round import run
from tests.sync.house import House


@pytest.mark.parametrize(
    ("off", "sentence"),
    [
        (timedelta(minutes=4), ""),
        (timedelta(minutes=-5), ""),
        (timedelta(minutes=6), "This machine’s clock is 6 minutes ahead of hubspot’s."),
        (timedelta(hours=-3), "This machine’s clock is 180 minutes behind hubspot’s."),
    ],
)
def test_a_machine_clock_that_is_off_is_a_problem_until_it_is_right(off: timedelta, sentence: str) -> None:
    house = House()
    systems = house.systems()
    systems.wall = lambda: (house.time + off).timestamp()
    run(house.ledger, systems, mode="sync")
    assert [p["sentence"] for p in journal.problems(house.ledger) if p["kind"] == "clock_skew"] == [sentence] * bool(
        sentence
    )
    house.sync()
    assert [p for p in journal.problems(house.ledger) if p["kind"] == "clock_skew"] == []


def test_an_emulator_may_be_in_any_year() -> None:
    house = House()
    systems = house.systems()
    systems.loopback = frozenset({"hubspot"})
    systems.wall = lambda: 0.0
    run(house.ledger, systems, mode="sync")
    assert journal.problems(house.ledger) == []
