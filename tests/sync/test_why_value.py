"""Why a value stands where it stands: winner, loser and rule, now and in the receipts (C15)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.core.rules import Rules
from syncd.core.types import Ref
from syncd.core.writers import places
from syncd.sync.whyvalue import canonical_name, why_value
from tests.sync.house import House, example_rules


def with_policy(policy: str) -> Rules:
    """The example's rules with this policy for phones."""
    rules = example_rules()
    maps = dict(rules.maps)
    for name, mapped in rules.maps.items():
        kinds = {
            kind: replace(km, fields={**km.fields, "phone": replace(km.fields["phone"], policy=policy)})
            for kind, km in mapped.kinds.items()
        }
        maps[name] = replace(mapped, kinds=kinds)
    return replace(rules, maps=maps)


def handed_over(policy: str = "prefer_crm") -> tuple[House, Ref, Ref]:
    house = House(rules=with_policy(policy))
    ada = house.contact("ada")
    house.settle_down()
    (lead,) = house.leads()
    return house, ada, lead.ref


def asked(house: House, field: str = "phone") -> dict[str, Any]:
    return why_value(house.ledger, house.rules, house.ledger.value("SELECT id FROM person"), field)


@pytest.mark.parametrize(
    ("policy", "winner"), [("prefer_crm", "salesforce"), ("prefer_marketing", "hubspot"), ("newest", "salesforce")]
)
def test_C15_both_sides_edit_and_the_rule_decides_and_stands_in_the_audit_row(policy: str, winner: str) -> None:
    """HubSpot at ten, Salesforce at eleven, both between two syncs."""
    house, ada, lead = handed_over(policy)
    house.hubspot.edit(ada, phone="+49 1")
    house.wait(hours=1)
    house.salesforce.edit(lead, Phone="+49 2")
    house.settle_down()
    (row,) = asked(house)["decided"]
    loser = {"salesforce": "hubspot", "hubspot": "salesforce"}[winner]
    values = {"hubspot": "+49 1", "salesforce": "+49 2"}
    assert (row["winner"], row["loser"]) == (winner, loser)
    assert (row["value"], row["was"]) == (values[winner], values[loser])
    assert row["rule"] == f"both sides moved ({policy})"
    assert {house.hubspot.get(ada).fields["phone"], house.salesforce.get(lead).fields["Phone"]} == {values[winner]}


def test_C15_what_is_not_decided_yet_names_who_will_win() -> None:
    """Only looked at: Salesforce's edit is in the ledger, the write is still to come."""
    house, ada, lead = handed_over("prefer_crm")
    house.salesforce.edit(lead, Phone="+49 2")
    house.hubspot.fail("send", times=9)
    house.wait(minutes=10)
    house.sync()
    told = asked(house)
    assert told["now"] == {
        "winner": "salesforce", "loser": "hubspot", "rule": "only the CRM moved (prefer_crm)", "policy": "prefer_crm",
    }  # fmt: skip
    assert told["agreed"] == ["+49 30 1234567", "+49 30 1234567"]
    hubspot, salesforce = told["sides"]
    assert (hubspot["value"], salesforce["value"]) == ("+49 30 1234567", "+49 2")
    assert (hubspot["ref"], salesforce["remote"]) == (str(ada), "Phone")
    assert salesforce["changed"] == house.salesforce.get(lead).modified.isoformat()
    assert not salesforce["by_syncd"]


def test_C15_what_syncd_wrote_is_said_to_be_its_own() -> None:
    house, _, lead = handed_over()
    house.salesforce.edit(lead, Phone="+49 2")
    house.settle_down()
    hubspot, salesforce = asked(house)["sides"]
    assert hubspot["by_syncd"]
    assert not salesforce["by_syncd"]


def test_C15_fields_that_moved_together_each_have_their_own_rule() -> None:
    house, ada, lead = handed_over("prefer_crm")
    house.hubspot.edit(ada, phone="+49 1")
    house.salesforce.edit(lead, Phone="+49 2", Title="Owner")
    house.settle_down()
    assert [row["rule"] for row in asked(house)["decided"]] == ["both sides moved (prefer_crm)"]
    assert [row["rule"] for row in asked(house, "title")["decided"]] == ["only the CRM moved (prefer_crm)"]


def test_C15_a_policy_under_which_nobody_wins_is_stated() -> None:
    house, ada, _ = handed_over("fill_blank")
    house.hubspot.edit(ada, phone="+49 1")
    house.settle_down()
    now = asked(house)["now"]
    assert (now["winner"], now["rule"]) == ("", "only marketing moved (fill_blank)")


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("stage", "the evidence of both systems decides: handed_off"),
        ("owner", "the handoff decides it, and sales from then on"),
        ("score", "only one side has this field"),
    ],
)
def test_C15_what_is_not_merged_says_who_decides(field: str, rule: str) -> None:
    house, *_ = handed_over()
    told = asked(house, field)
    assert told["now"]["rule"] == rule
    assert bool(told["stages"]) is (field == "stage")


def test_C6_C15_a_field_that_is_left_alone_says_so() -> None:
    house, ada, _ = handed_over()
    for _ in range(5):
        house.wait(minutes=10)
        house.hubspot.edit(ada, syncd_stage="lead")
        house.sync()
    assert "overwrite each other" in asked(house, "syncd_stage")["contest"]


def test_C15_a_remote_name_is_as_good_as_ours() -> None:
    rules = example_rules()
    for given, name in (("Phone", "phone"), ("phone", "phone"), ("lifecyclestage", "stage"), ("OwnerId", "owner")):
        assert canonical_name(rules, places(rules, given), given) == name
