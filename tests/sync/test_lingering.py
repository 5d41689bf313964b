"""What an earlier handoff left on a record is no answer to the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.core.facts import Handoff
from syncd.core.lingering import left_over
from syncd.core.rules import Rules
from syncd.core.types import Ref
from tests.core.core_making import LEAD, dossier, record
from tests.sync.house import House, example_rules

NOW = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
REF = Ref("salesforce", "Lead", "00Q1")


def without_new_status() -> Rules:
    """A mapping that leaves the status of a record alone when it hands over."""
    rules = example_rules()
    of_crm = rules.maps["salesforce"]
    lead = replace(of_crm.kinds["Lead"], new_status="")
    return replace(rules, maps={**rules.maps, "salesforce": replace(of_crm, kinds={**of_crm.kinds, "Lead": lead})})


def worked_and_given_back(house: House) -> Ref:
    """Ada was handed over and worked; the rep gave her back in a field of its own and left the status as it was."""
    ada = house.contact("ada")
    house.settle_down()
    (lead,) = house.leads()
    house.wait(days=1)
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    assert house.written(ada)["syncd_stage"] == "sal"
    house.wait(days=1)
    house.salesforce.edit(lead.ref, syncd_disposition__c="recycle")
    house.settle_down()
    assert house.written(ada)["syncd_stage"] == "recycled"
    house.wait(days=2)
    house.asks(ada)
    house.settle_down()
    assert [row[0] for row in house.ledger.rows("SELECT state FROM handoff ORDER BY number")] == ["closed", "delivered"]
    return ada


def test_S0_26_the_status_of_an_earlier_handoff_does_not_accept_the_next_one() -> None:
    house = House()
    ada = worked_and_given_back(house)
    (lead,) = house.leads()
    assert house.written(ada)["syncd_stage"] == "handed_off"
    assert lead.fields["Status"] == "Open - Not Contacted", "it stands among the new ones of the rep again"
    house.wait(hours=2)
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    assert house.written(ada)["syncd_stage"] == "sal"


def test_S0_26_where_the_mapping_leaves_the_status_alone_only_a_newer_one_accepts() -> None:
    house = House(rules=without_new_status())
    ada = worked_and_given_back(house)
    (lead,) = house.leads()
    assert lead.fields["Status"] == "Working - Contacted"
    assert house.written(ada)["syncd_stage"] == "handed_off"
    assert house.ledger.rows("SELECT stage FROM person") == [("handed_off",)]
    told = house.ledger.rows("SELECT fields FROM action WHERE handoff = 2 AND effect LIKE 'feedback%'")
    assert told
    assert not any('"sal"' in fields for (fields,) in told), "not for a moment either"
    house.wait(hours=2)
    house.salesforce.edit(lead.ref, Rating="Hot")
    house.settle_down()
    assert house.written(ada)["syncd_stage"] == "handed_off", "another field moved, not the status"
    house.salesforce.edit(lead.ref, Status="Open - Not Contacted")
    house.settle_down()
    house.wait(hours=1)
    house.salesforce.edit(lead.ref, Status="Working - Contacted")
    house.settle_down()
    assert house.written(ada)["syncd_stage"] == "sal"


ALL = {"Status", "syncd_disposition__c", "syncd_reason__c", "syncd_not_before__c"}


@pytest.mark.parametrize(
    ("earlier", "written", "old"),
    [
        ({}, {}, ALL),
        ({}, {"Status": -1}, ALL),
        ({}, {"Status": 1}, ALL - {"Status"}),
        ({}, {"Status": 0}, ALL - {"Status"}),
        ({}, {"syncd_disposition__c": 1}, ALL - {"syncd_disposition__c"}),
        ({"target": Ref("salesforce", "Lead", "00Q2")}, {}, set()),  # another record: this one is new
        ({"state": "void"}, {}, set()),  # never was with sales
    ],
)
def test_S1_22_what_is_left_over(earlier: dict[str, Any], written: dict[str, int], old: set[str]) -> None:
    """Handoff 1 is closed; handoff 2 was opened at NOW, and the fields were written so many minutes after that."""
    first = replace(Handoff(1, "k1", "closed", "score", NOW, target=REF), **earlier)
    second = Handoff(2, "k2", "delivered", "score", NOW, target=REF)
    moments = {name: NOW.replace(minute=5 + minutes) for name, minutes in written.items()}
    person = dossier(handoffs=(first, second), written={REF: moments})
    assert left_over(person, second, record("Lead", "00Q1"), LEAD) == old
    assert left_over(person, first, record("Lead", "00Q1"), LEAD) == set()
