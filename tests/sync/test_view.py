"""Looking at people without writing anything: ranking, routing, standing."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

from syncd.sync.story import explain
from syncd.sync.view import View
from tests.sync.house import House


def test_S3_8_everybody_is_ranked_0_to_100_with_what_is_missing() -> None:
    house = House()
    house.contact("ada")
    house.contact("bob", ready=False)
    house.contact("eve", numemployees="1-5")
    house.settle_down()
    rows = list(View.of(house.ledger, house.rules).ranking())
    assert [r["rank"] for r in rows] == [1, 2, 3]
    scores = [r["score"] for r in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    by_name = {r["name"].split()[0]: r for r in rows}
    assert by_name["Ada"]["verdict"] == "with sales"
    assert by_name["Ada"]["owner"] == "anna.koehler@syncd.example"
    assert by_name["Ada"]["missing"] == []
    assert by_name["Eve"]["verdict"] == "vetoed"
    assert by_name["Eve"]["missing"][0].startswith("Too small to buy: ")
    assert by_name["Bob"]["verdict"] == "not ready"
    assert "60 points short of 60" in by_name["Bob"]["missing"]


def test_S3_8_a_limit_takes_the_best() -> None:
    house = House()
    house.contact("bob", ready=False)
    house.contact("ada")
    house.settle_down()
    (row,) = View.of(house.ledger, house.rules).ranking(1)
    assert row["name"] == "Ada Lovelace"


def test_S3_8_the_memory_of_a_ranking_does_not_grow_with_the_ledger() -> None:
    house = House()
    for n in range(1500):
        house.contact(f"person{n}", ready=False)
    house.sync("plan")
    view = View.of(house.ledger, house.rules)
    list(view.ranking(500))
    most = []
    for limit in (500, None):
        tracemalloc.start()
        assert sum(1 for _ in view.ranking(limit)) == (limit or 1500)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] < most[0] * 1.3


def test_S3_12_routing_is_looked_at_without_taking_a_turn() -> None:
    house = House()
    for name in ("ada", "bob", "eve"):
        house.contact(name)
    house.settle_down()
    before = house.ledger.rows("SELECT pool, rep, given FROM rotation ORDER BY rep")
    pool = "DACH and Central Europe"
    assert before == [(pool, "anna.koehler@syncd.example", 2), (pool, "jonas.weiss@syncd.example", 1)]
    view = View.of(house.ledger, house.rules)
    ids = [n for (n,) in house.ledger.rows("SELECT id FROM person ORDER BY id")]
    _, decision = next(view.decisions(ids))
    decision = replace(decision, match=replace(decision.match, target=None))
    today, fresh = view.route(decision), view.route(decision, fresh=True)
    assert today.owner is not None
    assert fresh.owner is not None
    assert (today.owner.email, fresh.owner.email) == ("jonas.weiss@syncd.example", "anna.koehler@syncd.example")
    assert today.why == ('country is "Germany"',)
    assert house.ledger.rows("SELECT pool, rep, given FROM rotation ORDER BY rep") == before


# ---------------------------------------------------------------- explain
def test_N2_explain_goes_from_what_is_known_to_what_is_sent() -> None:
    house = House()
    house.contact("kim", numemployees=None)
    house.contact("ada")
    house.sync("plan")
    kim, ada = (explain(house.ledger, house.rules, person) for (person,) in house.ledger.rows("SELECT id FROM person"))
    assert kim["flip"]["sentence"] == "It would go if employees were known to be 50-100, 100-500, 500-1000 or 1000+."
    assert kim["flip"]["ways"] == [{"changes": [{"kind": "known", "rule": "Right size", "size": 1}], "before": None}]
    assert [(m["name"], m["holds"]) for m in kim["criteria"]["must"]] == [("Can be reached", True)]
    vetoes = {veto["name"]: veto["holds"] for veto in kim["criteria"]["vetoes"]}
    assert (vetoes["Too small to buy"], vetoes["Country we do not serve"]) == (None, False)
    assert kim["route"] == {
        "owner": "jonas.weiss@syncd.example", "rule": "DACH and Central Europe", "why": ['country is "Germany"'],
        "again": None,
    }  # fmt: skip
    assert kim["writes"] == []
    assert ada["flip"] is None
    assert [w["effect"] for w in ada["writes"]] == ["person", "task", "digest", "feedback"]


def test_S0_7_every_handoff_says_by_which_criteria_it_was_decided() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    ((person,),) = house.ledger.rows("SELECT id FROM person")
    before = house.rules.version
    house.rules = replace(house.rules, version="another")
    house.settle_down()
    story = explain(house.ledger, house.rules, person)
    assert story["handoffs"][0]["criteria"] == before
    assert story["decision"]["criteria"] == "another"


def test_N2_of_a_ready_lead_that_waits_it_is_said_how_long_it_stays_ready() -> None:
    """Two leads of the CRM have her address: a human must look. Meanwhile her demo request grows old."""
    house = House()
    for _ in range(2):
        house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace"})
    house.contact("ada")
    house.settle_down()
    ((person,),) = house.ledger.rows("SELECT id FROM person")
    told = explain(house.ledger, house.rules, person)
    assert told["decision"]["ready"]
    assert told["flip"]["until"] == "2026-12-24T08:00:00+00:00"
    assert told["flip"]["sentence"].startswith(
        "It stays ready until Thu 24 Dec 2026 if nothing else happens. It would not go if"
    )
    (row,) = View.of(house.ledger, house.rules).ranking()
    assert row["verdict"] == "held"
