"""`syncd why-value` as it is read."""

from __future__ import annotations

from tests.cli.place import Place
from tests.cli.test_who_writes import edits_lead


def test_C15_winner_loser_and_rule_are_printed(approved: Place) -> None:
    lead = approved.leads()[0]
    edits_lead(approved, lead["Id"], Phone="+49 30 99")
    approved.control("salesforce", "clock", advance="11m")
    approved.syncd("sync")
    told = approved.syncd("why-value", lead["syncd_hs_id__c"], "Phone")
    assert told.code == 0, told
    assert "phone of " in told.out
    assert "written by syncd (hubspot/contacts/" in told.out
    assert "Salesforce won over HubSpot: “+49 30 99” in place of “" in told.out
    assert "only the CRM moved (prefer_crm)" in told.out
    assert "nobody wins: both sides say the same" in told.out
    (row,) = approved.syncd("why-value", lead["syncd_hs_id__c"], "phone", "--json").json["decided"]
    assert (row["winner"], row["loser"], row["value"]) == ("salesforce", "hubspot", "+49 30 99")


def test_C15_the_stage_has_its_moves(approved: Place) -> None:
    told = approved.syncd("why-value", approved.leads()[0]["syncd_hs_id__c"], "stage")
    assert "the evidence of both systems decides" in told.out
    assert "How the stage moved" in told.out


def test_C15_unknown_fields_and_people_are_usage(approved: Place) -> None:
    assert approved.syncd("why-value", "nobody@example.com", "phone").code == 2
    told = approved.syncd("why-value", approved.leads()[0]["syncd_hs_id__c"], "stag")
    assert told.code == 2
    assert "Did you mean “stage”?" in told.err
