"""Who can take a lead, and whose company it is: limits, hours, absences, skills, accounts, customers, overflow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from core_making import NOW, directory, owner
from hypothesis import given as examples
from hypothesis import strategies as st

from syncd.core.reps import Away, Load, Rep
from syncd.core.rotation import UNIT, Turn
from syncd.core.route import Lead, Route, route
from syncd.core.routing_terms import limited, owned
from syncd.core.rules import Account, FieldIs, Named, Overflow, Routing, Territory
from syncd.core.standing import Company, Standing, domain_of
from syncd.core.types import Owner, Value

LENA, JONAS, ISLA, MORGAN = (owner(f"{name}@syncd.example") for name in ("lena", "jonas", "isla", "morgan"))
BERLIN = replace(LENA, timezone="Europe/Berlin")
QUEUE = replace(owner("inbound", kind="queue"), name="Inbound", email="")
GONE = owner("gone@syncd.example", active=False)
TWO = Routing("round_robin", MORGAN.email, (LENA.email, JONAS.email))
DAY = timedelta(days=1)
TODAY = NOW.date()  # a Tuesday, 14:05 UTC


def ask(
    routing: Routing, standing: Standing | None = None, now: datetime = NOW, waiting: datetime | None = None,
    who: tuple[Owner, ...] = (LENA, JONAS, ISLA, MORGAN, GONE, QUEUE), current: Owner | None = None, **profile: Value,
) -> Route:  # fmt: skip
    return route(routing, Lead(profile, current, waiting), directory(*who), standing or Standing(), now)


def only_lena(**limits: object) -> Routing:
    """Lena is first in turn, with these limits; Jonas has none."""
    return replace(TWO, reps=(Rep(LENA.email, **limits),))  # type: ignore[arg-type]


# ---------------------------------------------------------------- limits, hours, absences
AWAY = (Away(TODAY, TODAY + 2 * DAY),)
OFFICE = {"days": (0, 1, 2, 3, 4), "hours": (time(9), time(17, 30))}


@pytest.mark.parametrize(
    ("limits", "load", "now", "why"),
    [
        ({"away": AWAY}, Load(), NOW, "lena@syncd.example is away until 2026-11-05"),
        ({"away": AWAY}, Load(), NOW + 2 * DAY, "lena@syncd.example is away until 2026-11-05"),
        ({"away": AWAY}, Load(), NOW + 3 * DAY, ""),
        ({"away": AWAY}, Load(), NOW - DAY, ""),
        ({"per_day": 2}, Load(given=(NOW, NOW)), NOW, "lena@syncd.example has 2 of 2 leads of today"),
        ({"per_day": 2}, Load(given=(NOW, NOW - DAY)), NOW, ""),
        ({"open_leads": 1}, Load(open=1), NOW, "lena@syncd.example has 1 of 1 open lead"),
        ({"open_leads": 2}, Load(open=1), NOW, ""),
        (OFFICE, Load(), NOW, ""),
        (OFFICE, Load(), NOW + timedelta(hours=4), "lena@syncd.example does not work at Tue 18:05, but from Wed 09:00"),
        (OFFICE, Load(), NOW - timedelta(hours=8), "lena@syncd.example does not work at Tue 06:05, but from Tue 09:00"),
        (OFFICE, Load(), NOW + 4 * DAY, "lena@syncd.example does not work at Sat 14:05, but from Mon 09:00"),
        (OFFICE | {"timezone": "Asia/Tokyo"}, Load(), NOW,
         "lena@syncd.example does not work at Tue 23:05, but from Wed 09:00"),
    ],
)  # fmt: skip
def test_S1_5_who_cannot_take_a_lead_is_skipped_with_the_reason(
    limits: dict[str, object], load: Load, now: datetime, why: str
) -> None:
    found = ask(only_lena(**limits), Standing(loads={LENA.ref.id: load}), now)
    assert found.owner == (JONAS if why else LENA)
    assert found.why == ((why,) if why else ())


def test_S1_5_the_day_is_the_reps_own() -> None:
    """The CRM says that Lena is in Berlin, where 23:30 UTC is tomorrow."""
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    standing = Standing(loads={LENA.ref.id: Load(given=(NOW,))})
    assert ask(only_lena(per_day=1), standing, late).owner == JONAS
    assert ask(only_lena(per_day=1), standing, late, who=(BERLIN, JONAS)).owner == BERLIN
    assert ask(replace(only_lena(per_day=1), timezone="Europe/Berlin"), standing, late).owner == LENA


def test_S1_5_a_lead_that_needs_a_skill_goes_to_who_has_it() -> None:
    german = Named("German", FieldIs("language", "in", ("de",)))
    routing = replace(TWO, skills=(german,), reps=(Rep(JONAS.email, skills=("German",)),))
    assert ask(routing, language="de").owner == JONAS
    assert ask(routing, language="de").why == ("lena@syncd.example does not have the skill German",)
    assert ask(routing, language="en").owner == ask(routing).owner == LENA
    assert ask(replace(routing, owners=("Inbound",)), language="de").owner == QUEUE


@examples(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_S1_5_no_limit_is_ever_passed(steps: list[tuple[int, bool]]) -> None:
    """Hours pass and leads come; nobody gets more than two a day, and the fallback what is left."""
    routing = replace(TWO, reps=(Rep(LENA.email, per_day=2), Rep(JONAS.email, per_day=2, weight=3)))
    standing, now = Standing(), datetime(2026, 11, 2, tzinfo=UTC)
    days: dict[tuple[str, date], int] = {}
    for hours, lead in steps:
        now += timedelta(hours=hours)
        if not lead:
            continue
        found = ask(routing, standing, now)
        assert found.owner is not None
        key = (found.owner.email, now.date())
        days[key] = days.get(key, 0) + 1
        if found.owner == MORGAN:
            assert [days.get((rep.email, now.date())) for rep in (LENA, JONAS)] == [2, 2]
        standing = standing.after(found.taken, now) if found.taken else standing
    assert all(n <= 2 for (email, _), n in days.items() if email != MORGAN.email)


@examples(st.permutations([LENA, JONAS, ISLA]), st.lists(st.integers(-2, 2), min_size=3, max_size=3))
def test_S1_5_the_order_in_which_the_ledger_answers_does_not_matter(order: list[Owner], owed: list[int]) -> None:
    three = replace(TWO, owners=(LENA.email, JONAS.email, ISLA.email))
    turns = {rep.email: Turn(1, n * UNIT // 4) for rep, n in zip((LENA, JONAS, ISLA), owed, strict=True)}
    shuffled = {rep.email: turns[rep.email] for rep in order}
    found = [
        ask(three, Standing({"round robin": t}), who=tuple(w))
        for t, w in ((turns, (LENA, JONAS, ISLA)), (shuffled, order))
    ]
    assert found[0] == found[1]


# ---------------------------------------------------------------- overflow
def test_pain_18_when_all_are_on_holiday_the_lead_goes_to_the_fallback_at_once() -> None:
    away = replace(TWO, reps=(Rep(LENA.email, away=AWAY), Rep(JONAS.email, away=AWAY)))
    found = ask(away)
    assert (found.owner, found.rule) == (MORGAN, "fallback")
    assert found.why == tuple(f"{rep.email} is away until 2026-11-05" for rep in (LENA, JONAS))


NIGHT = NOW.replace(hour=20)
OVERFLOWING = replace(
    TWO, reps=tuple(Rep(rep.email, hours=(time(9), time(17))) for rep in (LENA, JONAS)),
    overflow=Overflow(timedelta(hours=4), "Inbound"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("waited", "after", "owner", "rule", "again"),
    [
        (0, 20, None, "overflow", NIGHT.replace(day=4, hour=9, minute=0)),
        (0, 4, None, "overflow", NIGHT + timedelta(hours=4)),
        (3.9, 4, None, "overflow", NIGHT + timedelta(hours=0.1)),
        (4, 4, QUEUE, "overflow", None),
        (40, 4, QUEUE, "overflow", None),
    ],
)
def test_S1_5_what_nobody_may_take_now_waits_and_then_overflows(
    waited: float, after: float, owner: Owner | None, rule: str, again: datetime | None
) -> None:
    routing = replace(OVERFLOWING, overflow=Overflow(timedelta(hours=after), "Inbound"))
    since = NIGHT - timedelta(hours=waited) if waited else None
    found = ask(routing, now=NIGHT, waiting=since)
    assert (found.owner, found.rule, found.again) == (owner, rule, again)
    assert found.why[0].startswith("lena@syncd.example does not work at Tue 20:05, but from Wed 09:00")


def test_S1_5_the_overflow_goes_to_the_fallback_without_a_queue_of_its_own() -> None:
    routing = replace(OVERFLOWING, overflow=Overflow(timedelta(hours=4)))
    assert ask(routing, now=NIGHT, waiting=NIGHT - DAY).owner == MORGAN


def test_S1_5_a_waiting_lead_goes_to_the_first_who_is_back() -> None:
    found = ask(OVERFLOWING, now=NOW, waiting=NIGHT - DAY)
    assert (found.owner, found.rule) == (LENA, "round robin")


def test_pain_18_what_nobody_can_ever_take_does_not_wait() -> None:
    routing = replace(OVERFLOWING, owners=(GONE.email, "nobody@syncd.example"))
    assert ask(routing, now=NIGHT).owner == MORGAN


# ---------------------------------------------------------------- whose company it is
ACCOUNT = Account(ISLA.email, ("bigcorp.example",), ("Big Corp",))
NAMED = replace(TWO, accounts=(ACCOUNT,))


@pytest.mark.parametrize(
    ("profile", "mine"),
    [
        ({"email": "ada@bigcorp.example"}, True),
        ({"email": "ada@mail.bigcorp.example"}, True),
        ({"email": "ada@notbigcorp.example"}, False),
        ({"email": "ada@gmail.com", "website": "https://www.bigcorp.example/about"}, True),
        ({"company": " big corp "}, True),
        ({"company": "Big Corporation"}, False),
        ({}, False),
    ],
)
def test_S1_5_a_named_account_has_its_own_rep(profile: dict[str, Value], mine: bool) -> None:
    found = ask(NAMED, **profile)
    assert found.owner == (ISLA if mine else LENA)
    assert found.rule == ("named account" if mine else "round robin")


def test_S1_5_the_own_rep_keeps_the_account_at_night_but_not_on_leave() -> None:
    email = "ada@bigcorp.example"
    busy = replace(NAMED, reps=(Rep(ISLA.email, hours=(time(1), time(2)), per_day=1),))
    assert ask(busy, Standing(loads={ISLA.ref.id: Load(given=(NOW,))}), email=email).owner == ISLA
    away = replace(NAMED, reps=(Rep(ISLA.email, away=AWAY),))
    found = ask(away, email=email)
    assert found.owner == LENA
    assert found.why == ("bigcorp.example is a named account", "isla@syncd.example is away until 2026-11-05")


OWNED = Standing(companies={"acme.example": Company((GONE.ref.id, JONAS.ref.id, ISLA.ref.id), customer=True)})


def test_S0_11_a_customer_goes_to_the_account_owner() -> None:
    found = ask(TWO, OWNED, email="ada@acme.example")
    assert (found.owner, found.rule) == (JONAS, "account owner")
    assert found.why == ("acme.example is a customer", "Jonas owns the people of acme.example in the CRM")
    prospect = Standing(companies={"acme.example": Company((JONAS.ref.id,))})
    assert ask(TWO, prospect, email="ada@acme.example").owner == LENA
    assert ask(TWO, prospect, email="ada@acme.example", stage="customer").owner == JONAS
    assert ask(replace(TWO, keep_account=True), prospect, email="ada@acme.example").owner == JONAS


def test_S0_11_a_customer_without_an_owner_goes_to_support() -> None:
    support = replace(TWO, customers="Inbound")
    unowned = Standing(companies={"acme.example": Company((GONE.ref.id,), customer=True)})
    assert ask(support, unowned, email="ada@acme.example").owner == QUEUE
    assert ask(support, unowned, email="ada@acme.example").rule == "customers"
    assert ask(support, email="bob@gmail.com", stage="customer").owner == QUEUE
    assert ask(support, email="bob@else.example").owner == LENA


@pytest.mark.parametrize(
    ("profile", "domain"),
    [
        ({"email": "ada@Acme.example"}, "acme.example"),
        ({"email": "ada@gmail.com"}, ""),
        ({"email": "ada@gmail.com", "website": "http://www.acme.example:8080/x"}, "acme.example"),
        ({"website": "acme.example"}, "acme.example"),
        ({"website": "www.acme.example?utm_source=x"}, "acme.example"),
        ({}, ""),
    ],
)
def test_S0_11_a_free_address_says_nothing_about_the_company(profile: dict[str, Value], domain: str) -> None:
    assert domain_of(profile) == domain


def test_S1_5_a_territory_by_postal_code_and_language() -> None:
    berlin = Territory("Berlin", FieldIs("postal_code", "starts_with", ("10", "12")), (ISLA.email,))
    french = Territory("French", FieldIs("language", "in", ("fr",)), (LENA.email,))
    routing = Routing("territory", MORGAN.email, territories=(berlin, french))
    assert ask(routing, postal_code="10115").rule == "Berlin"
    assert ask(routing, postal_code="75001", language="fr").rule == "French"
    found = ask(routing, postal_code="01099")
    assert (found.owner, found.why) == (MORGAN, ("no territory matches", "language is unknown"))


# ---------------------------------------------------------------- first receivers, users
def test_S1_3_a_team_gets_all_leads_first_but_not_those_that_belong_to_somebody() -> None:
    routing = replace(NAMED, first=("Inbound",))
    assert (ask(routing).owner, ask(routing).rule) == (QUEUE, "first receiver")
    assert ask(routing, email="ada@bigcorp.example").owner == ISLA
    assert ask(routing, current=JONAS).owner == JONAS


def test_pain_2_a_user_with_another_address_is_found_by_the_table() -> None:
    here = replace(TWO, owners=("l.vogt@acme.example",))
    assert ask(here).owner == MORGAN
    for there in (LENA.ref.id, LENA.email):
        assert ask(replace(here, users={"l.vogt@acme.example": there})).owner == LENA


# ---------------------------------------------------------------- in words
def test_S1_15_the_whole_routing_says_itself() -> None:
    routing = replace(
        NAMED, customers="Support", first=("Inbound", "tele@syncd.example"), reroute=True,
        skills=(Named("German", FieldIs("language", "in", ("de",))),), overflow=Overflow(timedelta(hours=4), "Late"),
        reps=(
            Rep(LENA.email, 2, 5, 30, ("German",), (0, 1), (time(9), time(17, 30)), AWAY, "Europe/Berlin"),
            Rep(JONAS.email, days=(5,)), Rep(ISLA.email),
        ),
    )  # fmt: skip
    assert [*owned(routing), *limited(routing)] == [
        ("existing owner", "a lead that a live rep owns in the CRM stays with that rep"),
        ("named account", "bigcorp.example or “Big Corp”: to isla@syncd.example"),
        ("account owner", "a customer of a company that a live rep owns in the CRM, by its account or else by most of its "
         "people, goes to that rep"),
        ("customers", "other customers go to Support"),
        ("first receiver",
         "everybody else goes to Inbound or tele@syncd.example first in turn, and is passed on by hand"),
        ("German", 'where language is de: only to reps with this skill'),
        ("lena@syncd.example",
         "2 times the share of a pool; at most 5 leads a day; at most 30 open leads; skills: German; "
         "works on Mon and Tue from 09:00 to 17:30 (Europe/Berlin); away from 2026-11-03 to 2026-11-05"),
        ("jonas@syncd.example", "works on Sat"),
        ("overflow", "what nobody may take now waits, at most 4 hours, and goes then to Late"),
        ("re-routing", "an untouched lead whose owner left goes to somebody else, at most 3 times"),
    ]  # fmt: skip


# ---------------------------------------------------------------- what is counted, and whose clock
def test_S1_5_hours_are_those_of_the_config_then_of_the_crm_then_of_the_team() -> None:
    """At 14:05 UTC it is 15:05 in Berlin, 09:05 in New York and 23:05 in Tokyo."""
    office = only_lena(hours=(time(9), time(17)))
    tokyo = replace(LENA, timezone="Asia/Tokyo")
    assert ask(office).owner == LENA
    assert ask(office, who=(tokyo, JONAS, MORGAN)).owner == JONAS
    named = only_lena(hours=(time(9), time(17)), timezone="America/New_York")
    assert ask(named, who=(tokyo, JONAS, MORGAN)).owner == tokyo
    assert ask(replace(office, timezone="Asia/Tokyo")).owner == JONAS
    assert ask(replace(office, timezone="Asia/Tokyo"), who=(BERLIN, JONAS, MORGAN)).owner == BERLIN


def test_S1_5_a_lead_of_somebodys_own_company_is_no_turn() -> None:
    acme = Routing(
        "round_robin", MORGAN.email, (LENA.email, JONAS.email), accounts=(Account(ISLA.email, ("acme.example",)),),
        customers=MORGAN.email,
    )  # fmt: skip
    for email, more, rule in (
        ("ada@acme.example", {}, "named account"), ("bob@b.example", {"stage": "customer"}, "customers"),
    ):  # fmt: skip
        found = ask(acme, email=email, **more)
        assert (found.rule, found.draw) == (rule, None)
    assert ask(acme, email="cyd@c.example").draw is not None
