"""The words of the funnel, and where the fields stand."""

from __future__ import annotations

from dataclasses import replace

from core_making import CONTACTS, must, rules

from syncd.core.calendars import Work
from syncd.core.glossary import StageEntry, Wording, fields, stages
from syncd.core.promise import Followup, Promise
from syncd.core.rules import SystemMap
from syncd.core.stages import EXITS, FUNNEL


def told(name: str, **wording: Wording) -> StageEntry:
    return next(s for s in stages(rules(), wording) if s.stage == name)


def test_S0_4_every_stage_has_a_definition_an_entry_test_and_somebody_responsible() -> None:
    found = stages(rules(), {})
    assert [s.stage for s in found] == [*FUNNEL, *EXITS]
    for stage in found:
        assert all((stage.label, stage.definition, stage.owner, stage.entry)), stage.stage


def test_S0_4_the_company_has_its_own_words() -> None:
    sql = told("sql", sql=Wording(owner="Sales: R. Adler"))
    assert sql.owner == "Sales: R. Adler"
    assert sql.label == "Sales-qualified lead"


def test_S4_7_the_entry_tests_are_those_of_the_mappings() -> None:
    assert told("lead").entry == ("HubSpot lifecyclestage is lead or marketingqualifiedlead",)
    assert told("sal").entry[-1] == "Salesforce Lead Status is Working - Contacted"
    assert told("recycled").entry == (
        "Salesforce Lead Status is Recycled",
        "Salesforce Lead syncd_disposition__c is recycle",
        "Salesforce Contact syncd_disposition__c is recycle",
    )


def test_S4_7_mql_is_what_the_criteria_say() -> None:
    of = rules()
    of = replace(of, gate=replace(of.gate, must=(must("Size", "size"),)))
    entry = next(s for s in stages(of, {}) if s.stage == "mql").entry
    assert entry[0].startswith("the criteria are met. A lead goes to sales when its score reaches 70 of 100")
    assert "“Size”" in entry[0]


def test_S4_7_the_field_dictionary_says_where_each_field_stands() -> None:
    found = {f.field: f for f in fields(rules())}
    assert found["email"].remote == (
        "HubSpot contacts.email (in, fill_blank)",
        "Salesforce Lead.Email (both, fill_blank)",
        "Salesforce Contact.Email (both, fill_blank)",
    )
    assert found["opted_out"].type == "bool"


def test_S4_14_one_system_is_listed_once() -> None:
    one = replace(rules(), crm="hubspot", maps={"hubspot": SystemMap("hubspot", {"contacts": CONTACTS})})
    assert [f.remote for f in fields(one) if f.field == "email"] == [("HubSpot contacts.email (in, fill_blank)",)]


def test_T4_T8a_what_a_promise_does_by_time_alone_is_an_entry_test() -> None:
    def entry(stage: str, **promise: object) -> str:
        of = replace(rules(), followup=Followup(usual=Promise(**promise)))  # type: ignore[arg-type]
        return " ".join(next(s for s in stages(of, {}) if s.stage == stage).entry)

    assert "the working period is over" in entry("unreachable")
    assert "the working period" not in entry("unreachable", then="nothing")
    assert "nobody rejected" not in entry("sal")
    assert "nobody rejected the lead within 2 working days" in entry("sal", accept_after=Work(2))
