"""Live values and identity, and what they cost."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import soql
from syncd.core.types import Ref, State, Token
from tests.connectors.salesforce.org import Org


def test_785_addresses_on_lead_and_contact_are_one_call(org: Org) -> None:
    """Five queries of a composite, each up to the length of a URL. [salesforce.md 14]"""
    connector = org.connect()
    rid = org.lead(Email="someone.787@example.com")
    tokens = [Token("email", f"someone.{n:03}@example.com") for n in range(785)]
    before = org.counted()
    assert all(refs == () for refs in connector.find(tokens).values())
    assert org.counted() - before == 1
    many = [*tokens, *(Token("email", f"someone.{n:03}@example.com") for n in range(785, 3_000))]
    found = connector.find(many)
    assert org.counted() - before == 1 + 4
    assert {t.value: refs for t, refs in found.items() if refs} == {
        "someone.787@example.com": (Ref("salesforce", "Lead", rid),)
    }


def test_an_address_may_be_many_peoples(org: Org) -> None:
    first, second = org.lead(Email="a@example.com"), org.lead(Email="A@Example.com")
    (contact,) = org.emulator.seed("Contact", [{"LastName": "Doe", "Email": "a@example.com"}])
    token = Token("email", "a@example.com")
    found = org.connect().find([token])[token]
    assert set(found) == {
        Ref("salesforce", "Lead", first),
        Ref("salesforce", "Lead", second),
        Ref("salesforce", "Contact", contact),
    }


def test_people_are_found_by_external_id_on_both_objects_exactly(org: Org) -> None:
    lead = org.lead(syncd_hs_id__c="Abc")
    (contact,) = org.emulator.seed("Contact", [{"LastName": "Doe", "syncd_hs_id__c": "77"}])
    tokens = [Token("person", value) for value in ("Abc", "abc", "77")]
    assert list(org.connect().find(tokens).values()) == [
        (Ref("salesforce", "Lead", lead),),
        (),
        (Ref("salesforce", "Contact", contact),),
    ]


def test_reading_two_thousand_is_one_call_and_the_bin_one_more(org: Org) -> None:
    refs = [
        Ref("salesforce", "Lead", rid) for rid in org.emulator.seed("Lead", [{"LastName": "D", "Company": "A"}] * 2000)
    ]
    connector = org.connect()
    before = org.counted()
    assert len(connector.read(refs, ["Email"])) == 2_000
    assert org.counted() - before == 1
    org.api("DELETE", f"/sobjects/Lead/{refs[5].id}")
    before = org.counted()
    assert connector.read(refs, ["Email"])[refs[5]].state is State.DELETED
    assert org.counted() - before == 2


def test_a_merged_lead_leads_to_its_master(org: Org) -> None:
    winner, loser = org.lead(), org.lead()
    org.api("POST", "/_sandbox/merge", {"sobject": "Lead", "winner": winner, "loser": loser})
    ref = Ref("salesforce", "Lead", loser)
    record = org.connect().read([ref], [])[ref]
    assert (record.state, record.successor) == (State.MERGED, Ref("salesforce", "Lead", winner))


def test_an_id_of_fifteen_characters_is_the_same_record(org: Org) -> None:
    rid = org.lead(Title="CTO")
    short = Ref("salesforce", "Lead", rid[:15])
    assert org.connect().read([short], ["Title"])[short].fields == {"Title": "CTO"}


# ---------------------------------------------------------------- SOQL
@given(st.lists(st.text(max_size=80), max_size=400))
def test_no_query_is_ever_too_long_for_a_url(values: list[str]) -> None:
    pieces = list(soql.chunks(values))
    assert [v for piece in pieces for v in piece] == values
    for piece in pieces:
        where = soql.condition("Email IN {}", piece)
        statement = soql.select(("Id", "Email"), "Contact", (where,))
        assert len(quote(statement, safe="", errors="replace")) < 16_384 or len(piece) == 1


@given(st.text())
def test_no_value_ends_its_quotes(value: str) -> None:
    text = soql.condition("Email = {}", value).removeprefix("Email = ")
    assert text[0] == text[-1] == "'"
    body, place = text[1:-1], 0
    while place < len(body):
        assert body[place] != "'"
        place += 2 if body[place] == "\\" else 1
    assert place == len(body)


@pytest.mark.parametrize("bad", ["Id FROM User", "a-b", "1a", "", "Id,Name", "A.", "x" * 3 + "'", "(SELECT Id"])
def test_only_names_are_names(bad: str) -> None:
    with pytest.raises(ValueError, match="name"):
        soql.name(bad)
    with pytest.raises(ValueError, match="name"):
        soql.select((bad,), "Lead")


@given(st.text(max_size=30))
def test_what_is_no_id_never_goes_out(text: str) -> None:
    allowed = len(text) in (15, 18) and text.isascii() and text.isalnum()
    assert bool(soql.ID.fullmatch(text)) == allowed
