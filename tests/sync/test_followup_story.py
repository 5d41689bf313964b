"""The follow-up promise, told step by step on both systems: reminded, broken, given to somebody else, worked to the end.

The reps of the house work in UTC. Every story begins on Tuesday, 24 November 2026, at nine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from connectors.memory import MemoryConnector
from syncd.core.calendars import Work
from syncd.core.promise import Followup, Promise
from syncd.core.reps import Rep
from syncd.core.sla import ENDED
from syncd.core.types import Ref
from syncd.ledger.store import Store
from syncd.sync.story import explain
from tests.sync.house import START, House, example_rules

ANNA, JONAS, YUI = (f"{name}@syncd.example" for name in ("anna.koehler", "jonas.weiss", "yui.tanaka"))
HOUR = timedelta(hours=1)
BOTH = pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
USUAL = Promise(touches={"call": 2, "email": 1}, status_after=None)


def promising(crm: str = "salesforce", promise: Promise = USUAL, **routing: Any) -> House:
    """A house in which Anna and Jonas take turns, and promise this of every lead."""
    rules = example_rules()
    usual = {"mode": "round_robin", "owners": (ANNA, JONAS), "fallback": YUI}
    followup = Followup(usual=promise, version="p1")
    return House(crm, replace(rules, followup=followup, routing=replace(rules.routing, **usual | routing)))


def record(house: House) -> Ref:
    """The CRM record of the only person."""
    people = house.leads() if house.crm == "salesforce" else house.hubspot.people("contacts")
    return people[0].ref


def touch(house: House, kind: str = "call", **more: Any) -> None:
    """Sales calls or writes, as the CRM has it."""
    house.crm_world.activity(kind, [record(house)], at=house.time, outbound=True, title=f"Our {kind}", **more)


def until(house: House, at: str) -> None:
    """Time passes, and syncd with it, once an hour."""
    end = datetime.fromisoformat(f"2026-{at}").replace(tzinfo=UTC)
    while house.time < end:
        house.time = min(house.time + HOUR, end)
        house.sync()


def breaches(house: House) -> list[tuple[str, str, str, bool]]:
    """(what, clock, owner, whether it was cleared), as the public view has it."""
    rows = house.ledger.rows("SELECT what, clock, owner, cleared FROM v_breach ORDER BY at, what")
    return [(what, clock, owner, cleared is not None) for what, clock, owner, cleared in rows]


def reminders(house: House) -> list[str]:
    return [owner for (owner,) in house.ledger.rows("SELECT owner FROM reminder ORDER BY at")]


def told(house: House) -> dict[str, Any]:
    return explain(house.ledger, house.rules, 1)


def owner_now(house: House) -> str:
    return str(house.ledger.value("SELECT owner FROM handoff"))


def due(house: House) -> datetime | None:
    found = house.ledger.value("SELECT due FROM person")
    return datetime.fromtimestamp(found / 1000, UTC) if found else None


# ---------------------------------------------------------------- kept
@BOTH
def test_S1_9_S1_13_a_handoff_cites_the_promise_and_its_task_is_due_with_the_first_touch(crm: str) -> None:
    house = promising(crm)
    house.contact("ada")
    house.sync()
    assert house.ledger.rows("SELECT promise, state FROM v_handoff") == [("p1", "delivered")]
    moment = house.time + 4 * HOUR
    fields = house.ledger.value("SELECT fields ->> 'due' FROM action WHERE effect = 'task'")
    assert datetime.fromisoformat(fields) == moment.replace(microsecond=0)
    assert f"by {moment:%a} {moment.day} {moment:%b %Y}, {moment:%H:%M}" in told(house)["handoffs"][0]["brief"]


@BOTH
def test_S1_19_a_call_in_time_keeps_the_promise_and_accepts_the_lead(crm: str) -> None:
    house = promising(crm)
    house.contact("ada")
    house.sync()
    until(house, "11-24T11:00")
    touch(house)
    until(house, "11-25T09:00")
    assert (breaches(house), reminders(house)) == ([], [])
    assert told(house)["stage"]["now"] == "sal"


@BOTH
def test_a_promise_that_nobody_made_is_not_watched(crm: str) -> None:
    """Of a lead that was handed over before there was a promise nothing was promised."""
    house = promising(crm)
    rules, house.rules = house.rules, replace(house.rules, followup=None)
    house.contact("ada")
    house.settle_down()
    house.rules = rules
    until(house, "11-26T09:00")
    assert (breaches(house), reminders(house), due(house)) == ([], [], None)


def test_the_promise_of_a_lead_stays_as_it_was_when_a_new_one_is_made() -> None:
    house = promising()
    house.contact("ada")
    house.sync()
    hasty = Followup(usual=Promise(first_touch=Work(time=HOUR)), version="p2")
    house.rules = replace(house.rules, followup=hasty)
    until(house, "11-24T12:00")
    assert breaches(house) == []
    assert told(house)["handoffs"][0]["followup"]["version"] == "p1"


# ---------------------------------------------------------------- reminded, broken
@BOTH
def test_S1_9_an_idle_lead_is_looked_at_when_the_reminder_and_the_breach_are_due_and_not_before(crm: str) -> None:
    house = promising(crm)
    house.contact("ada")
    house.settle_down()
    (delivered,) = house.ledger.rows("SELECT delivered FROM handoff")[0]
    begin = datetime.fromtimestamp(delivered / 1000, UTC)
    assert due(house) == begin + 3 * HOUR
    house.time = begin + 3 * HOUR
    house.sync()
    assert (reminders(house), breaches(house)) == ([ANNA], [])
    assert due(house) == begin + 4 * HOUR
    house.time = begin + 4 * HOUR
    house.sync()
    assert (reminders(house), breaches(house)) == ([ANNA], [("first_touch", "human", ANNA, False)])
    for _ in range(3):
        house.wait(minutes=20)
        house.sync()
    assert (len(reminders(house)), len(breaches(house))) == (1, 1)
    touch(house)
    house.settle_down()
    assert breaches(house) == [("first_touch", "human", ANNA, True)]


def test_S1_19_a_new_status_alone_keeps_no_promise() -> None:
    house = promising()
    house.contact("ada")
    house.settle_down()
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    until(house, "11-24T15:00")
    assert breaches(house) == [("first_touch", "human", ANNA, False)]
    assert told(house)["stage"]["now"] == "sal"


def test_N11_C20_a_slow_delivery_is_the_systems_breach_and_the_reps_clock_begins_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The CRM cannot be written for half an hour; then the rep takes five minutes."""
    house = promising(promise=replace(USUAL, first_touch=Work(time=HOUR / 6), remind=None))
    house.contact("ada")
    with monkeypatch.context() as broken:
        broken.setattr("syncd.sync.apply.Applier._verify_owners", lambda self: None)
        house.sync()
        opened = house.time
        assert due(house) == opened + timedelta(minutes=15)
        house.time = opened + timedelta(minutes=15)
        house.sync()
        assert breaches(house) == [("first_touch", "system", "", False)]
        house.time = opened + timedelta(minutes=29, seconds=59)
    house.sync()
    house.time = opened + timedelta(minutes=35)
    touch(house)
    house.settle_down()
    assert breaches(house) == [("first_touch", "system", "", True)]
    followup = told(house)["handoffs"][0]["followup"]
    assert (followup["system"]["seconds"], followup["human"]["seconds"]) == (1800.0, 300.0)


def test_S0_3_N11_the_systems_clock_begins_with_the_gate_also_where_a_refused_lead_is_planned_anew() -> None:
    """Salesforce refuses a name; marketing mends it an hour later."""
    house = promising()
    ada = house.contact("ada", lastname="Bad")
    house.salesforce.veto = lambda a: "bad name" if a.fields.get("LastName") == "Bad" else None
    house.sync()
    opened = house.ledger.value("SELECT opened FROM handoff")
    house.wait(hours=1)
    house.hubspot.edit(ada, lastname="Good")
    house.settle_down()
    assert house.ledger.value("SELECT opened FROM handoff") == opened
    assert breaches(house) == [("first_touch", "system", "", True)]


def test_S1_14_a_status_that_does_not_move_is_overdue_until_it_moves() -> None:
    house = promising(promise=replace(USUAL, status_after=Work(2)))
    house.contact("ada")
    house.sync()
    until(house, "11-24T10:00")
    touch(house)
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    until(house, "11-26T09:00")
    assert breaches(house) == []
    until(house, "11-26T11:00")
    assert breaches(house) == [("status", "human", ANNA, False)]
    house.salesforce.edit(house.leads()[0].ref, Status="Qualified")
    house.settle_down()
    assert breaches(house) == [("status", "human", ANNA, True)]


# ---------------------------------------------------------------- given to somebody else
GIVING = replace(USUAL, reassign=True, remind=None)


@BOTH
def test_T6_a_lead_that_nobody_touched_in_time_goes_to_somebody_else_with_a_clock_of_their_own(crm: str) -> None:
    house = promising(crm, GIVING)
    house.contact("ada")
    house.sync()
    until(house, "11-24T14:00")
    house.settle_down()
    assert owner_now(house) == JONAS
    hops = told(house)["handoffs"][0]["route"]["hops"]
    assert [hop["owner"] for hop in hops] == [ANNA, JONAS]
    assert hops[1]["why"] == f"re-routed: {ANNA} did not touch it by Tue 24 Nov 2026, 13:00 UTC"
    assert house.ledger.rows("SELECT number, state FROM handoff") == [(1, "delivered")], "the same handoff"
    until(house, "11-24T16:30")
    assert breaches(house) == [("first_touch", "human", ANNA, True)]
    touch(house)
    until(house, "11-25T12:00")
    assert breaches(house) == [("first_touch", "human", ANNA, True)]
    assert owner_now(house) == JONAS


def test_T6_it_goes_to_nobody_who_had_it_and_when_all_had_it_a_human_is_told() -> None:
    house = promising(promise=GIVING)
    house.contact("ada")
    house.sync()
    seen = []
    for day in (24, 25, 26, 27):
        until(house, f"11-{day}T16:59")
        seen.append(owner_now(house))
    assert seen == [JONAS, YUI, YUI, YUI]
    assert [owner for *_, owner, _ in breaches(house)] == [ANNA, JONAS, YUI]
    ((sentence,),) = house.ledger.rows("SELECT sentence FROM problem WHERE kind = 'not_reassigned' AND resolved IS NULL")
    assert sentence.startswith("Nobody touched the lead in time, and nobody else can take it: ")
    assert f"{YUI} had it, and did not touch it in time" in sentence
    touch(house)
    house.settle_down()
    assert house.ledger.value("SELECT count(*) FROM problem WHERE kind = 'not_reassigned' AND resolved IS NULL") == 0


def test_T6_it_goes_on_no_more_often_than_the_routing_allows() -> None:
    house = promising(promise=GIVING, hops=1)
    house.contact("ada")
    house.sync()
    until(house, "11-26T16:00")
    assert owner_now(house) == JONAS
    assert [owner for *_, owner, _ in breaches(house)] == [ANNA, JONAS]


def test_T6_who_took_it_up_keeps_it() -> None:
    house = promising(promise=GIVING)
    house.contact("ada")
    house.settle_down()
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    until(house, "11-25T16:00")
    assert owner_now(house) == ANNA


def test_T6_the_task_of_the_next_owner_is_due_with_their_first_touch() -> None:
    """Jonas works from noon to four: three hours today, and one tomorrow."""
    house = promising(promise=GIVING, reps=(Rep(JONAS, hours=(time(12), time(16))),))
    house.contact("ada")
    house.sync()
    until(house, "11-24T15:00")
    assert owner_now(house) == JONAS
    (fields,) = house.ledger.rows("SELECT fields ->> 'due' FROM action WHERE effect = 'task:1'")[0]
    assert fields.startswith("2026-11-25T13:0")


# ---------------------------------------------------------------- worked to the end
def worked(house: House, *kinds: str) -> None:
    """A touch an hour after the delivery and another one every day."""
    for n, kind in enumerate(kinds):
        until(house, f"11-{24 + n}T10:00")
        touch(house, kind)


def ended() -> House:
    """A lead that nobody could reach."""
    house = promising()
    house.contact("ada")
    house.sync()
    worked(house, "call", "call", "email")
    until(house, "12-08T10:00")
    house.settle_down()
    assert told(house)["stage"]["now"] == "unreachable"
    return house


@BOTH
def test_T8a_S1_11_S1_12_all_touches_and_no_answer_end_in_could_not_reach_and_marketing_knows(crm: str) -> None:
    house = promising(crm)
    ada = house.contact("ada")
    house.sync()
    worked(house, "call", "call", "email")
    until(house, "12-08T08:59")
    assert told(house)["stage"]["now"] == "sal"
    until(house, "12-08T10:00")
    house.settle_down()
    story = told(house)
    assert story["stage"]["now"] == "unreachable"
    assert story["stage"]["history"][-1]["rule"] == f"T8a {ENDED}"
    (handoff,) = story["handoffs"]
    assert (handoff["state"], handoff["outcome"], handoff["reason"]) == ("closed", "could_not_reach", ENDED)
    assert handoff["closed"].startswith("2026-12-08T09:0"), "the end of the period, not the sync that saw it"
    assert breaches(house) == []
    written = house.written(ada)
    assert written["syncd_stage"] == "unreachable"
    if crm == "salesforce":  # in one system these are the rep's own fields
        assert (written["syncd_disposition"], written["syncd_reason"]) == ("could_not_reach", ENDED)
    for _ in range(3):
        house.wait(days=1)
        house.settle_down()
    assert told(house)["stage"]["now"] == "unreachable"


def test_T8b_touches_that_are_missing_are_a_breach_and_sales_keep_the_lead() -> None:
    house = promising()
    house.contact("ada")
    house.sync()
    worked(house, "call", "email")
    until(house, "12-08T12:00")
    assert breaches(house) == [("touches", "human", ANNA, False)]
    assert told(house)["stage"]["now"] == "sal"
    assert told(house)["handoffs"][0]["state"] == "delivered"
    touch(house)
    house.settle_down()
    assert breaches(house) == [("touches", "human", ANNA, True)]
    assert told(house)["stage"]["now"] == "unreachable", "all of them, if late, and no answer"


def test_T8b_a_breach_stands_though_the_lead_answers_later_and_is_over_then() -> None:
    house = promising()
    house.contact("ada")
    house.sync()
    worked(house, "call", "email")
    until(house, "12-08T12:00")
    house.salesforce.activity("email", [record(house)], at=house.time, title="Re: our e-mail")
    until(house, "12-08T14:00")
    assert breaches(house) == [("touches", "human", ANNA, True)]
    (breach,) = told(house)["handoffs"][0]["followup"]["breaches"]
    assert (breach["what"], breach["cleared"] is not None) == ("touches", True)
    assert told(house)["stage"]["now"] == "sal"


def test_T8a_an_answer_of_the_lead_ends_nothing() -> None:
    house = promising()
    house.contact("ada")
    house.sync()
    worked(house, "call", "call", "email")
    house.salesforce.activity("email", [record(house)], at=house.time, title="Re: our e-mail")
    until(house, "12-10T12:00")
    assert told(house)["stage"]["now"] == "sal"
    assert breaches(house) == []


def test_T19_a_rep_who_takes_an_ended_lead_up_again_keeps_it() -> None:
    house = ended()
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    until(house, "12-09T12:00")
    assert told(house)["stage"]["now"] == "sal"
    (handoff,) = told(house)["handoffs"]
    assert (handoff["state"], handoff["number"], handoff["outcome"]) == ("delivered", 1, "")


def test_T19_a_lead_that_answers_after_the_end_is_with_sales_again() -> None:
    house = ended()
    house.salesforce.activity("email", [record(house)], at=house.time, title="Re: sorry, I was away")
    until(house, "12-09T10:00")
    assert told(house)["stage"]["now"] == "sal"
    assert house.ledger.rows("SELECT number, state, outcome FROM v_handoff") == [(1, "delivered", "")]


def test_S1_21_an_ended_lead_comes_back_on_fresh_evidence_as_a_new_handoff() -> None:
    house = promising()
    ada = house.contact("ada")
    house.sync()
    worked(house, "call", "call", "email")
    until(house, "12-09T10:00")
    house.asks(ada)
    house.settle_down()
    assert house.ledger.rows("SELECT number, state, promise FROM v_handoff ORDER BY number") == [
        (1, "closed", "p1"), (2, "delivered", "p1"),
    ]  # fmt: skip


# ---------------------------------------------------------------- silence
@BOTH
def test_T4_silence_accepts_where_the_promise_says_so(crm: str) -> None:
    house = promising(crm, replace(USUAL, accept_after=Work(1)))
    house.contact("ada")
    house.sync()
    until(house, "11-25T08:00")
    assert told(house)["stage"]["now"] == "handed_off"
    until(house, "11-25T10:00")
    story = told(house)
    assert story["stage"]["now"] == "sal"
    (event,) = [e for e in story["stage"]["history"] if e["stage"] == "sal"]
    assert event["rule"] == "T4 accepted by silence"
    assert event["at"].startswith("2026-11-25T09:00")


def test_T4_by_default_silence_accepts_nothing() -> None:
    house = promising()
    house.contact("ada")
    house.sync()
    until(house, "12-15T10:00")
    assert told(house)["stage"]["now"] == "handed_off"
    assert [what for what, *_ in breaches(house)] == ["first_touch", "touches"]


# ---------------------------------------------------------------- ledgers and time
def test_a_ledger_that_was_away_for_a_week_finds_the_same_breaches() -> None:
    """What is broken follows from the facts, not from when they were looked at."""
    seen = []
    for hourly in (True, False):
        house = promising()
        house.contact("ada")
        house.sync()
        house.time = START + timedelta(days=1, hours=1)
        touch(house)
        if hourly:
            house.time = START + timedelta(hours=1)
            until(house, "12-01T09:00")
        else:
            house.time = START + timedelta(days=7)
            house.settle_down()
        seen.append(house.ledger.rows("SELECT what, clock, owner, due, cleared FROM v_breach"))
    assert seen[0] == seen[1]
    assert [row[0] for row in seen[0]] == ["first_touch"]


def test_a_new_ledger_watches_nothing_that_it_only_found() -> None:
    house = promising()
    house.contact("ada")
    house.settle_down()
    house.ledger = Store.memory()
    until(house, "11-26T09:00")
    assert house.ledger.rows("SELECT entry, promise FROM v_handoff") == [("adopted", "")]
    assert breaches(house) == []


def test_idle_promises_cost_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync in which only clocks move writes nothing to any system."""
    house = promising()
    house.contact("ada")
    house.settle_down()
    sent: list[Any] = []
    monkeypatch.setattr(MemoryConnector, "send", lambda self, actions: sent.append(actions))
    until(house, "11-25T12:00")
    assert sent == []
    assert breaches(house) == [("first_touch", "human", ANNA, False)]
