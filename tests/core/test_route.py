"""To whom? Every mode, every way in which somebody cannot take a lead."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest
from core_making import NOW, directory, owner
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.reps import Rep
from syncd.core.route import Lead, Route, route
from syncd.core.rules import FieldIs, Routing, Territory
from syncd.core.standing import Standing
from syncd.core.types import Owner, Value

LENA, JONAS, ISLA, MORGAN = (
    owner(f"{name}@syncd.example") for name in ("lena.vogt", "jonas.brandt", "isla.byrne", "morgan.hale")
)
GONE = owner("gone@syncd.example", active=False)
QUEUE = replace(owner("", kind="queue"), name="Inbound")
WHO = directory(LENA, JONAS, ISLA, MORGAN, GONE, QUEUE)

DACH = Territory("DACH", FieldIs("country", "in", ("Germany", "Austria")), (LENA.email, JONAS.email))
UK = Territory("UK", FieldIs("country", "in", ("United Kingdom",)), (ISLA.email,))
LEFT = Territory("Left", FieldIs("country", "in", ("France",)), (GONE.email, "nobody@syncd.example"))
BY_TERRITORY = Routing("territory", MORGAN.email, territories=(DACH, UK, LEFT))
IN_TURN = Routing("round_robin", MORGAN.email, (LENA.email, GONE.email, JONAS.email))
EMPTY = Standing()
TO_ONE = Routing("single", MORGAN.email, (LENA.email,))


@dataclass(frozen=True)
class Row:
    story: str
    routing: Routing
    expected: Owner | None
    rule: str
    why: tuple[str, ...] = ()
    country: Value = None
    current: Owner | None = None
    given: int = 0
    pool: str = ""


ROWS = [
    Row("S1.2 one gets all", TO_ONE, LENA, "single", pool="single"),
    Row("first of the territory", BY_TERRITORY, LENA, "DACH", ('country is "Germany"',), "Germany", pool="DACH"),
    Row("its second in turn", BY_TERRITORY, JONAS, "DACH", ('country is "Germany"',), "Germany", given=1, pool="DACH"),
    Row("and the first again", BY_TERRITORY, LENA, "DACH", ('country is "Germany"',), "Germany", given=2, pool="DACH"),
    Row("S1.5 no territory", BY_TERRITORY, MORGAN, "fallback", ("no territory matches",), "Chad"),
    Row(
        "S1.5 country unknown", BY_TERRITORY, MORGAN, "fallback", ("no territory matches", "country is unknown")
    ),
    Row(
        "C18 all of a territory left", BY_TERRITORY, MORGAN, "fallback",
        (
            'country is "France"', "gone@syncd.example is inactive in the CRM",
            "nobody@syncd.example is not a user of the CRM",
        ),
        "France",
    ),
    Row(
        "C18 the inactive one is skipped", IN_TURN, JONAS, "round robin",
        ("gone@syncd.example is inactive in the CRM",), given=1, pool="round robin",
    ),
    Row(
        "a live owner keeps it", BY_TERRITORY, ISLA, "existing owner", ("Isla Byrne owns the record already",),
        "Germany", ISLA,
    ),
    Row("an inactive owner does not", BY_TERRITORY, LENA, "DACH", ('country is "Germany"',), "Germany", GONE, pool="DACH"),
    Row("nor does a queue", BY_TERRITORY, LENA, "DACH", ('country is "Germany"',), "Germany", QUEUE, pool="DACH"),
    Row("nor anybody if the rules say so", replace(TO_ONE, keep_owner=False), LENA, "single", current=ISLA, pool="single"),
    Row("S1.3 a queue can receive", replace(TO_ONE, owners=("Inbound",)), QUEUE, "single", pool="single"),
    Row(
        "C18 nobody at all", replace(TO_ONE, owners=(GONE.email,), fallback="nobody@syncd.example"), None, "fallback",
        ("gone@syncd.example is inactive in the CRM", "nobody@syncd.example is not a user of the CRM"),
    ),
]  # fmt: skip


def ask(routing: Routing, standing: Standing = EMPTY, current: Owner | None = None, **profile: Value) -> Route:
    return route(routing, Lead(profile, current), WHO, standing, NOW)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_route(row: Row) -> None:
    standing = Standing()
    for _ in range(row.given):
        before = ask(row.routing, standing, country=row.country)
        assert before.taken is not None
        standing = standing.after(before.taken, NOW)
    found = ask(row.routing, standing, row.current, country=row.country)
    assert (found.owner, found.rule, found.why) == (row.expected, row.rule, row.why)
    assert (found.draw.pool if found.draw else "") == row.pool
    assert (found.problem is None) is (row.expected is not None)


def test_C18_without_an_owner_the_lead_is_held_with_a_way_out() -> None:
    found = ask(replace(TO_ONE, owners=(GONE.email,), fallback=GONE.email))
    assert found.problem is not None
    assert found.problem.kind == "no_owner"
    assert found.problem.fix == "Activate gone@syncd.example in the CRM, or change route.fallback in config.toml."


def give_away(routing: Routing, leads: int) -> Counter[str]:
    """How many leads each rep gets, in one day without limits."""
    standing, received = Standing(), Counter[str]()
    for _ in range(leads):
        found = ask(routing, standing, country="Germany")
        assert found.taken is not None
        received[found.taken.rep] += 1
        standing = replace(standing.after(found.taken, NOW), loads={})
    return received


@given(st.lists(st.sampled_from([LENA, JONAS, ISLA, GONE]), min_size=1, max_size=4, unique=True), st.integers(1, 60))
def test_rotation_is_fair(owners: list[Owner], leads: int) -> None:
    """Nobody is more than one lead ahead of anybody, and who left gets none."""
    received = give_away(Routing("round_robin", MORGAN.email, tuple(o.email for o in owners)), leads)
    live = [o.email for o in owners if o.active] or [MORGAN.email]
    assert set(received) <= set(live)
    counts = [received[email] for email in live]
    assert max(counts) - min(counts) <= 1


def test_rotation_is_fair_over_10_000_leads() -> None:
    received = give_away(IN_TURN, 10_000)
    assert received == {LENA.email: 5_000, JONAS.email: 5_000}


def test_an_owner_named_twice_gets_twice() -> None:
    received = give_away(Routing("round_robin", MORGAN.email, (LENA.email, LENA.email, JONAS.email)), 300)
    assert received == {LENA.email: 200, JONAS.email: 100}


def test_S1_5_a_weight_of_two_gets_two_thirds() -> None:
    weighted = replace(IN_TURN, reps=(Rep(LENA.email, weight=2),))
    assert give_away(weighted, 3_000) == {LENA.email: 2_000, JONAS.email: 1_000}
