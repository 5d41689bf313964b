"""A ledger's own past: what a backtest may know at each moment, and what its numbers are."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.core.changes import watched
from syncd.core.facts import Dossier
from syncd.core.past import as_of
from syncd.core.rules import Rules
from syncd.core.types import Ref
from syncd.ledger import past, people
from syncd.ledger.store import Store
from syncd.sync.backtest import Backtest
from tests.sync.house import START, House

FIT = {
    "jobtitle": "CEO",
    "industry": "Software",
    "numemployees": "100-500",
    "country": "Germany",
    "phone": "+49 30 1234567",
}


def stricter(rules: Rules, threshold: int = 95) -> Rules:
    return replace(rules, version="new", gate=replace(rules.gate, threshold=threshold))


def backtest(house: House, new: Rules | None = None, **window: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and numbers, since a day before the first sync unless said otherwise."""
    since = window.get("since") or START - timedelta(days=1)
    test = Backtest.of(house.ledger, new or house.rules, house.rules, since, window.get("until"))
    return list(test.people()), test.summary()


def passed(rows: list[dict[str, Any]], side: str = "new") -> dict[str, datetime]:
    """First name → when."""
    return {r["name"].split()[0]: datetime.fromisoformat(at) for r in rows if (at := r[f"{side}_passed"])}


def eventful(house: House) -> Iterator[dict[str, Ref]]:
    """People come, do things, are corrected, handed over, worked on; yields after each sync. Some never get anywhere."""
    quiet = [house.contact(name, ready=False) for name in ("gus", "ivy", "kim")]
    who = {
        "ada": house.contact("ada"),
        "bob": house.contact("bob", ready=False),
        "eve": house.contact("eve", numemployees="1-5"),
    }
    house.sync()
    yield who
    house.wait(hours=1)
    house.sync()
    yield who
    house.wait(days=1)
    house.asks(who["bob"])
    who["fay"] = house.contact("fay", demo=False)
    house.sync()
    yield who
    house.wait(days=1)
    house.hubspot.edit(who["bob"], **FIT)
    house.hubspot.edit(quiet[0], jobtitle="Director", company="Else")
    house.asks(quiet[1])
    house.hubspot.edit(who["eve"], numemployees="500-1000", jobtitle="CFO")
    house.sync()
    yield who
    house.wait(hours=1)
    house.sync()
    yield who
    house.wait(days=1)
    for lead in house.leads():
        house.salesforce.edit(lead.ref, Status="Working - Contacted", Country="Austria")
    house.asks(who["fay"])
    house.hubspot.edit(quiet[0], jobtitle="Assistant", company="")
    house.hubspot.edit(quiet[2], lifecyclestage="marketingqualifiedlead")
    house.hubspot.edit(who["eve"], lifecyclestage="opportunity")
    house.sync()
    yield who
    for _ in range(3):
        house.wait(hours=1)
        house.sync()
        yield who


def seen(store: Store, rules: Rules) -> dict[int, Dossier]:
    (ids,) = past.chunks(store)
    return people.dossiers(store, ids, rules.marketing, watched(rules))


def looks(dossier: Dossier) -> tuple[object, ...]:
    """What a decision about a lead looks at, of one that nobody handed over."""
    contact = dossier.marketing
    fields = {name: value for name, value in contact.fields.items() if value is not None} if contact else {}
    return (
        contact and (contact.ref, contact.state, fields), set(dossier.activities), set(dossier.moves), dossier.stage,
        {(r.ref, r.state, *sorted((n, v) for n, v in r.fields.items() if v is not None)) for r in dossier.crm},
    )  # fmt: skip


def test_N4_each_moment_is_known_as_it_was() -> None:
    """Copies of the ledger after each sync are what the look back from the last one must say of these moments, as it does of
    people whom sales did not have yet, with everything that was written to them later by syncd or by sales."""
    house = House()
    copies: list[tuple[datetime, dict[int, Dossier]]] = []
    for _ in eventful(house):
        at = house.ledger.value("SELECT max(finished) FROM sync")
        end = datetime.fromtimestamp(at / 1000, START.tzinfo) + timedelta(microseconds=999)
        copies.append((end, seen(house.ledger, house.rules)))
    now = seen(house.ledger, house.rules)
    stories = past.pasts(house.ledger, now)
    compared, moved, unknown = 0, 0, 0
    for at, copy in copies:
        for person in now.keys() - copy.keys():
            assert as_of(now[person], stories[person], at).marketing is None, (at, person)
            unknown += 1
        for person, then in copy.items():
            handed = stories[person].handed
            if handed is None or at < handed:
                assert looks(as_of(now[person], stories[person], at)) == looks(then), (at, person)
                compared += 1
                moved += looks(then) != looks(now[person])
    assert compared > 30
    assert moved > 15
    assert unknown == 2


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_N4_the_rules_in_force_pass_who_was_handed_over_and_then(crm: str) -> None:
    house = House(crm=crm)
    for _ in eventful(house):
        pass
    rows, told = backtest(house)
    opened = {
        name.split("@")[0].title(): datetime.fromtimestamp(at / 1000, START.tzinfo)
        for name, at in house.ledger.rows("SELECT p.email, h.opened FROM handoff h JOIN v_person p ON p.id = h.person")
    }
    assert passed(rows) == passed(rows, "force") == opened
    assert len(opened) == 4
    assert told["new"]["never_with_sales"] == 0
    assert told["new"]["outcomes"]["accepted"]["precision"] == told["force"]["outcomes"]["accepted"]["precision"]


def test_N4_what_syncd_wrote_is_not_known_before_it_wrote_it() -> None:
    """A rule that asks for what sales' feedback wrote on the contact finds nobody, though everybody has it today."""
    house = House()
    for _ in eventful(house):
        pass
    from syncd.core.rules import FieldIs, FieldMap, Named

    kind = house.rules.marketing_kind
    fields = {**kind.fields, "told": FieldMap("told", "syncd_owner", "in")}
    maps = {"hubspot": replace(house.rules.maps["hubspot"], kinds={"contacts": replace(kind, fields=fields)})}
    peeking = replace(
        house.rules, version="peeking", maps={**house.rules.maps, **maps},
        gate=replace(house.rules.gate, must=(Named("With sales", FieldIs("told", "present")),)),
    )  # fmt: skip
    rows, _ = backtest(house, peeking)
    assert passed(rows) == {}
    assert len(passed(rows, "force")) == 4


def test_N4_S3_12_who_enters_and_leaves_with_the_reason() -> None:
    house = House()
    for _ in eventful(house):
        pass
    rows, told = backtest(house, stricter(house.rules))
    assert {row["change"] for row in rows} == {"leaves"}
    assert all("short of 95" in row["why"] for row in rows)
    assert told["new"]["passed"] == 0
    assert told["force"]["passed"] == 4
    looser, _ = backtest(
        house, replace(stricter(house.rules, 10), gate=replace(house.rules.gate, fit_minimum=0, threshold=10))
    )
    assert {row["change"] for row in looser} >= {"same"}


def test_N4_outcomes_count_when_they_come_after_the_window() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    house.wait(days=3)
    (lead,) = house.leads()
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    rows, told = backtest(house, until=START + timedelta(days=1))
    assert [row["outcome"] for row in rows] == ["accepted"]
    assert told["force"]["outcomes"]["accepted"] | {"lift": 0} == {
        "all": 1, "passed": 1, "precision": 1.0, "recall": 1.0, "lift": 0,
    }  # fmt: skip
    assert told["force"]["outcomes"]["won"]["precision"] == 0
    assert told["force"]["outcomes"]["won"]["recall"] is None


def test_N4_who_was_with_sales_before_is_left_out() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    since = house.time
    house.wait(days=1)
    house.contact("bob")
    house.settle_down()
    rows, told = backtest(house, since=since)
    assert list(passed(rows)) == ["Bob"]
    assert told["left_out"] == {"with sales before": 1}
    assert told["looked_at"] == 1


def test_N4_the_load_of_each_rep_goes_in_turn() -> None:
    house = House()
    for n in range(6):
        house.contact(f"person{n}")
    house.settle_down()
    _, told = backtest(house)
    real = dict(house.ledger.rows("SELECT owner, count(*) FROM handoff GROUP BY owner"))
    assert {who: load["leads"] for who, load in told["force"]["load"].items()} == real
    assert sum(real.values()) == 6
    assert all(load["most"] == load["leads"] for load in told["force"]["load"].values())


def test_S3_15_sources_are_told_by_what_became_of_their_people_not_by_how_many_they_are() -> None:
    house = House()
    house.contact("ada", hs_analytics_source="REFERRALS")
    for name in ("bob", "cid", "dot"):
        house.contact(name, hs_analytics_source="PAID_SEARCH", ready=name == "bob")
    house.contact("eve", ready=False)
    house.settle_down()
    house.wait(days=1)
    lead = next(lead for lead in house.leads() if str(lead.fields["Email"]).startswith("ada"))
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    _, told = backtest(house, stricter(house.rules))
    assert list(told["groups"].items())[:1] == [
        ("REFERRALS", {"people": 1, "new": 0, "force": 1, "accepted": 1, "opportunity": 0, "won": 0})
    ]
    assert told["groups"]["PAID_SEARCH"] == {
        "people": 3,
        "new": 0,
        "force": 1,
        "accepted": 0,
        "opportunity": 0,
        "won": 0,
    }
    assert told["groups"][""]["people"] == 1


def test_S0_21_each_rule_is_told_with_what_became_of_those_it_points_at() -> None:
    house = House()
    house.contact("ada")
    house.contact("bob", jobtitle="Werkstudent")
    house.settle_down()
    house.wait(days=1)
    (lead,) = house.leads()
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    _, told = backtest(house)
    rules = told["force"]["criteria"]
    assert rules["Decision maker"] == {"people": 1, "accepted": 1, "opportunity": 0, "won": 0}
    assert rules["Right size"] == {"people": 2, "accepted": 1, "opportunity": 0, "won": 0}
    assert rules["Junior title"]["accepted"] == 0


def test_S0_7_acceptance_is_told_by_version_of_the_rules() -> None:
    """Two handoffs under the first rules, one of them accepted; one under the second."""
    house = House()
    house.contact("ada")
    house.contact("bob")
    house.settle_down()
    first = house.rules.version
    house.rules = replace(house.rules, version="second")
    house.contact("cid")
    house.settle_down()
    lead = next(lead for lead in house.leads() if str(lead.fields["Email"]).startswith("ada"))
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    _, told = backtest(house)
    assert told["versions"] == {
        first: {"handoffs": 2, "accepted": 1, "opportunity": 0, "won": 0},
        "second": {"handoffs": 1, "accepted": 0, "opportunity": 0, "won": 0},
    }


def test_S0_7_what_sales_said_of_an_earlier_handoff_is_no_word_about_the_next() -> None:
    house = House()
    contact = house.contact("ada")
    house.settle_down()
    first = house.rules.version
    (lead,) = house.leads()
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    back = {"Status": "Open - Not Contacted", "syncd_disposition__c": "recycle", "syncd_reason__c": "No budget"}
    house.salesforce.edit(lead.ref, **back)
    house.settle_down()
    house.rules = replace(house.rules, version="second")
    house.wait(days=2)
    house.asks(contact)
    house.settle_down()
    _, told = backtest(house)
    assert told["versions"][first] == {"handoffs": 1, "accepted": 1, "opportunity": 0, "won": 0}
    assert told["versions"]["second"]["handoffs"] == 1
    assert told["versions"]["second"]["accepted"] == 0


def test_N4_nothing_is_written() -> None:
    house = House()
    for _ in eventful(house):
        pass
    before = "\n".join(house.ledger.conn.iterdump())
    backtest(house, stricter(house.rules))
    assert "\n".join(house.ledger.conn.iterdump()) == before


def test_N4_memory_does_not_grow_with_the_ledger() -> None:
    house = House()
    most = []
    for crowd in (1200, 2400):  # both more than the bounded caches of answers on texts hold
        for n in range(len(house.hubspot.people("contacts")), crowd):
            house.contact(f"person{n}", ready=False)
        house.sync("plan")
        for _ in Backtest.of(house.ledger, house.rules, house.rules, START, None).people():
            pass  # what is kept from one run to the next is no part of it
        test = Backtest.of(house.ledger, house.rules, house.rules, START, None)
        tracemalloc.start()
        assert sum(1 for _ in test.people()) == 0
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert test.new.tally.people == crowd
    assert most[1] < most[0] * 1.3
