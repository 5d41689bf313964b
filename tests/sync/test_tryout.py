"""New rules beside those in force, on the people of today."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from syncd.core.rules import FieldIs, Named, Review, Rules
from syncd.sync.tryout import Tryout
from tests.sync.house import House, example_rules


def tried(house: House, new: Rules) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Rows by first name, and the numbers."""
    tryout = Tryout.of(house.ledger, new, house.rules)
    rows = {str(row["name"]).split()[0]: row for row in tryout.rows()}
    return rows, tryout.summary()


def gate(rules: Rules, **changes: Any) -> Rules:
    return replace(rules, version="new", gate=replace(rules.gate, **changes))


def crowd() -> House:
    house = House()
    house.contact("ada")
    house.contact("bob", ready=False)
    house.contact("eve", numemployees="1-5")
    house.settle_down()
    return house


def test_S3_12_who_enters_goes_to_a_rep_and_says_what_kept_it_until_now() -> None:
    house = crowd()
    rows, told = tried(house, gate(house.rules, vetoes=(), fit_minimum=0))
    assert list(rows) == ["Eve"]
    assert rows["Eve"]["change"] == "enters"
    assert rows["Eve"]["why"].startswith("now: Too small to buy: ")
    assert rows["Eve"]["new_owner"].endswith("@syncd.example")
    assert (told["enters"], told["leaves"], told["looked_at"]) == (1, 0, 3)
    assert told["new"]["reps"] == {rows["Eve"]["new_owner"]: 1}
    assert told["new"]["tiers"] == {rows["Eve"]["new_tier"]: 1}
    assert told["force"]["going"] == 0


def test_S3_12_who_leaves_says_what_would_keep_it_and_is_with_sales() -> None:
    house = crowd()
    rows, _ = tried(house, gate(house.rules, threshold=95))
    assert list(rows) == ["Ada"]
    assert (rows["Ada"]["change"], rows["Ada"]["with_sales"]) == ("leaves", True)
    assert rows["Ada"]["why"] == "then: 11 points short of 95"


def test_S3_12_who_is_with_sales_does_not_enter() -> None:
    house = crowd()
    looser = house.rules
    house.rules = gate(house.rules, threshold=95)
    rows, told = tried(house, looser)
    assert rows == {}
    assert (told["new"]["passing"], told["force"]["passing"]) == (1, 0)


def test_S3_12_the_same_rules_change_nothing() -> None:
    house = crowd()
    rows, told = tried(house, house.rules)
    assert rows == {}
    assert told["new"] == told["force"]


def test_S3_12_somebody_who_waits_may_go_to_another_rep_or_tier() -> None:
    """Before the first handoff everybody who is ready still waits."""
    house = House()
    house.contact("ada")
    house.sync("plan")
    house.ledger.conn.execute("DELETE FROM action")
    house.ledger.conn.execute("DELETE FROM handoff")
    new = replace(
        gate(house.rules, tiers=(replace(house.rules.gate.tiers[0], name="lava", minimum=1),)),
        routing=replace(house.rules.routing, mode="single", owners=("dana.reyes@syncd.example",), territories=()),
    )
    rows, told = tried(house, new)
    assert rows["Ada"]["change"] == "moves"
    assert rows["Ada"]["why"] == f"warm → lava; {rows['Ada']['force_owner']} → dana.reyes@syncd.example"
    assert told["new"]["reps"] == {"dana.reyes@syncd.example": 1}


def test_S3_12_another_turn_in_the_same_pool_is_no_change() -> None:
    """One who enters takes the turn of the next in line; nobody wants to read that of everybody behind."""
    house = House()
    house.contact("aaa", numemployees="1-5")
    for name in ("bob", "cid", "dot"):
        house.contact(name)
    house.sync("plan")
    house.ledger.conn.execute("DELETE FROM action")
    house.ledger.conn.execute("DELETE FROM handoff")
    rows, told = tried(house, gate(house.rules, vetoes=(), fit_minimum=0))
    assert list(rows) == ["Aaa"]
    assert told["moves"] == 0
    assert (told["new"]["going"], told["force"]["going"]) == (4, 3)
    assert told["new"]["reps"] != told["force"]["reps"]


def test_S4_10_leads_that_enter_are_counted_by_rep_in_turn_and_by_tier() -> None:
    house = House()
    for n in range(4):
        house.contact(f"small{n}", numemployees="1-5")
    house.settle_down()
    rows, told = tried(house, gate(house.rules, vetoes=(), fit_minimum=0))
    assert len(rows) == told["new"]["going"] == 4
    assert len(told["new"]["reps"]) > 1
    assert sum(told["new"]["tiers"].values()) == 4


def test_S3_12_a_field_that_the_ledger_never_read_is_named() -> None:
    house = crowd()
    kind = house.rules.marketing_kind
    fields = {**kind.fields, "budget": replace(kind.fields["industry"], field="budget", remote="budget")}
    new = replace(
        gate(house.rules, must=(Named("Has money", FieldIs("budget", "present")),)),
        maps={
            **house.rules.maps,
            "hubspot": replace(house.rules.maps["hubspot"], kinds={"contacts": replace(kind, fields=fields)}),
        },
    )
    _, told = tried(house, new)
    assert told["unknown_fields"] == ["budget"]


def test_S3_12_trying_writes_nothing() -> None:
    house = crowd()
    before = "\n".join(house.ledger.conn.iterdump())
    tried(house, gate(house.rules, threshold=95))
    assert "\n".join(house.ledger.conn.iterdump()) == before


def test_companies_are_looked_up_for_many_at_once() -> None:
    """A look reads every address of the ledger."""
    house = House(rules=example_rules(review=Review(everybody=True)))
    for name in ("ada", "bob", "eve", "kim"):
        house.contact(name)
    house.sync()
    asked: list[str] = []
    house.ledger.conn.set_trace_callback(asked.append)
    _, told = tried(house, gate(house.rules))
    house.ledger.conn.set_trace_callback(None)
    assert told["new"]["going"] == told["force"]["going"] == 4
    assert sum("substr(r.email" in statement for statement in asked) == 2, "one for each side"
