"""Taking turns: fair at any moment, also when reps come and go."""

from __future__ import annotations

from collections import Counter

from hypothesis import given as examples
from hypothesis import strategies as st

from syncd.core.rotation import UNIT, Turn, given, next_of, returned

REPS = "abcdef"
weights = st.lists(st.sampled_from([1, 1, 1, 2, 3, 5, 10, 37, 100]), min_size=1, max_size=6).map(
    lambda values: dict(zip(REPS, values, strict=False))
)


def take(pool: dict[str, int], turns: dict[str, Turn]) -> tuple[str, dict[str, Turn]]:
    rep = next_of(pool, turns)
    return rep, given(rep, pool, turns)


@examples(weights, st.integers(1, 150))
def test_S1_5_nobody_is_ever_a_lead_away_from_the_promised_share(pool: dict[str, int], leads: int) -> None:
    turns: dict[str, Turn] = {}
    received: Counter[str] = Counter()
    total = sum(pool.values())
    for n in range(1, leads + 1):
        rep, turns = take(pool, turns)
        received[rep] += 1
        assert all(abs(received[r] * total - n * weight) < total for r, weight in pool.items())
    assert {r: t.given for r, t in turns.items() if t.given} == received


def test_S1_5_over_10_000_leads_each_has_the_share_of_the_weights() -> None:
    pool = {"a": 5, "b": 3, "c": 3, "d": 1, "e": 37}
    turns: dict[str, Turn] = {}
    for _ in range(10_000):
        _, turns = take(pool, turns)
    for rep, weight in pool.items():
        assert abs(turns[rep].given - 10_000 * weight / 49) < 1


@examples(weights, st.lists(st.sets(st.sampled_from(REPS), min_size=1), min_size=1, max_size=120))
def test_S1_5_fair_when_reps_come_and_go(pool: dict[str, int], present: list[set[str]]) -> None:
    """Each rep gets what the weights promised while the rep was there, within two leads."""
    turns: dict[str, Turn] = {}
    promised = dict.fromkeys(pool, 0.0)
    received: Counter[str] = Counter()
    for there in present:
        here = {rep: weight for rep, weight in pool.items() if rep in there} or pool
        for rep, weight in here.items():
            promised[rep] += weight / sum(here.values())
        rep, turns = take(here, turns)
        assert rep in here
        received[rep] += 1
    assert all(abs(received[rep] - promised[rep]) < 2 for rep in pool)
    assert sum(turn.owed for turn in turns.values()) == 0


def test_who_was_away_is_not_flooded() -> None:
    turns: dict[str, Turn] = {}
    for _ in range(100):
        _, turns = take({"a": 1, "b": 1}, turns)
    for _ in range(100):
        _, turns = take({"a": 1}, turns)
    back = []
    for _ in range(10):
        rep, turns = take({"a": 1, "b": 1}, turns)
        back.append(rep)
    assert Counter(back) == {"a": 5, "b": 5}


def test_the_same_turns_say_the_same() -> None:
    pool, turns = {"a": 2, "b": 3}, {"a": Turn(4, UNIT // 2), "b": Turn(6, -UNIT // 2)}
    assert {next_of(pool, turns) for _ in range(5)} == {"a"}


@examples(weights, st.lists(st.booleans(), max_size=60))
def test_S1_5_a_lead_that_was_taken_back_leaves_no_debt(pool: dict[str, int], stays: list[bool]) -> None:
    turns: dict[str, Turn] = {}
    for stay in stays:
        rep, turns = take(pool, turns)
        if not stay:
            turns = returned(rep, turns)
    assert sum(turn.owed for turn in turns.values()) == 0
    assert sum(turn.given for turn in turns.values()) == sum(stays)
