"""Which CRM record is this person? Merges, conversions, duplicates, deletions."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from core_making import dossier, record, rules

from syncd.core.identity import match
from syncd.core.types import Record, Ref, State


def ref(kind: str, rid: str) -> Ref:
    return Ref("salesforce", kind, rid)


LEAD = record("Lead", "00Q1")
OTHER_LEAD = record("Lead", "00Q2")
CONTACT = record("Contact", "0031")
CONVERTED = record("Lead", "00Q1", state=State.CONVERTED, successor=CONTACT.ref)
CONVERTED_UNSEEN = record("Lead", "00Q1", state=State.CONVERTED, successor=ref("Contact", "0039"))
CONVERTED_NOWHERE = record("Lead", "00Q1", state=State.CONVERTED)
MERGED = record("Lead", "00Q1", state=State.MERGED, successor=OTHER_LEAD.ref)
MERGED_THEN_CONVERTED = record("Lead", "00Q2", state=State.CONVERTED, successor=CONTACT.ref)
DELETED = record("Lead", "00Q1", state=State.DELETED)
ARCHIVED = record("Lead", "00Q1", state=State.ARCHIVED)
DELETED_CONTACT = record("Contact", "0031", state=State.DELETED)
SURVIVOR = record("Lead", "00Q2", aliases=(ref("Lead", "00Q1"),))
LOOP_A = record("Lead", "00Q1", state=State.MERGED, successor=ref("Lead", "00Q2"))
LOOP_B = record("Lead", "00Q2", state=State.MERGED, successor=ref("Lead", "00Q1"))


@dataclass(frozen=True)
class Row:
    """`linked` and `claimed` are ids; `target` is an id or None."""

    story: str
    crm: tuple[Record, ...]
    linked: tuple[Record, ...] = ()
    claimed: tuple[Record, ...] = ()
    target: Record | None = None
    how: str = "none"
    problem: str = ""


ROWS = [
    Row("new to the CRM", ()),
    Row("the linked lead", (LEAD,), (LEAD,), target=LEAD, how="linked"),
    Row(
        "the linked lead, although others share its e-mail",
        (LEAD, OTHER_LEAD, CONTACT),
        (LEAD,),
        target=LEAD,
        how="linked",
    ),
    Row(
        "the linked lead was converted: its contact",
        (CONVERTED, CONTACT),
        (CONVERTED,),
        target=CONTACT,
        how="converted",
    ),
    Row("both are linked and are one", (CONVERTED, CONTACT), (CONVERTED, CONTACT), target=CONTACT, how="converted"),
    Row("the linked lead lost a merge", (MERGED, OTHER_LEAD), (MERGED,), target=OTHER_LEAD, how="linked"),
    Row("merged, then converted", (MERGED, MERGED_THEN_CONVERTED, CONTACT), (MERGED,), target=CONTACT, how="converted"),
    Row("the link names an id that now means another record", (SURVIVOR,), (LEAD,), target=SURVIVOR, how="linked"),
    Row(
        "a merge whose loser the CRM forgot, known by alias",
        (MERGED, SURVIVOR),
        (MERGED,),
        target=SURVIVOR,
        how="linked",
    ),
    Row("two linked live records", (LEAD, OTHER_LEAD), (LEAD, OTHER_LEAD), problem="ambiguous_match"),
    Row(
        "converted into a contact that was not read",
        (CONVERTED_UNSEEN,),
        (CONVERTED_UNSEEN,),
        problem="successor_unseen",
    ),
    Row("converted, nobody says into what", (CONVERTED_NOWHERE,), (CONVERTED_NOWHERE,), problem="successor_unseen"),
    Row("merges that go round in a circle", (LOOP_A, LOOP_B), (LOOP_A,), problem="successor_unseen"),
    Row("the linked lead was deleted", (DELETED,), (DELETED,), problem="deleted_remotely"),
    Row("the linked record was archived", (ARCHIVED,), (ARCHIVED,), problem="deleted_remotely"),
    Row("converted, and the contact deleted", (CONVERTED, DELETED_CONTACT), (CONVERTED,), problem="deleted_remotely"),
    Row("sales deleted our lead for their contact", (DELETED, CONTACT), (DELETED,), target=CONTACT, how="email"),
    Row(
        "one deleted, one live, both linked",
        (DELETED, OTHER_LEAD),
        (DELETED, OTHER_LEAD),
        target=OTHER_LEAD,
        how="linked",
    ),
    Row("one lead with the e-mail", (LEAD,), target=LEAD, how="email"),
    Row("one contact with the e-mail", (CONTACT,), target=CONTACT, how="email"),
    Row("a lead and the contact it became", (CONVERTED, CONTACT), target=CONTACT, how="email"),
    Row("a lead and a contact with the e-mail", (LEAD, CONTACT), problem="ambiguous_match"),
    Row("two leads with the e-mail", (LEAD, OTHER_LEAD), problem="ambiguous_match"),
    Row("the lead with the e-mail is somebody else's", (LEAD,), claimed=(LEAD,), problem="claimed_match"),
    Row("one free, one somebody else's", (LEAD, CONTACT), claimed=(LEAD,), problem="claimed_match"),
    Row("ours, and one that is somebody else's", (LEAD, CONTACT), (CONTACT,), (LEAD,), target=CONTACT, how="linked"),
    Row("a deleted stranger with the e-mail", (DELETED,)),
    Row("a converted stranger, contact not read", (CONVERTED_UNSEEN,), problem="successor_unseen"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_C3_C4_C12_who_is_it(row: Row) -> None:
    person = dossier(
        crm=row.crm,
        linked=frozenset(r.ref for r in row.linked),
        claimed=frozenset(r.ref for r in row.claimed),
    )
    found = match(person, rules())
    assert (found.target, found.how) == (row.target, row.how)
    assert (found.problem.kind if found.problem else "") == row.problem


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_the_order_of_the_records_does_not_matter(row: Row) -> None:
    linked, claimed = frozenset(r.ref for r in row.linked), frozenset(r.ref for r in row.claimed)
    there = match(dossier(crm=row.crm, linked=linked, claimed=claimed), rules())
    back = match(dossier(crm=row.crm[::-1], linked=linked, claimed=claimed), rules())
    assert (back.target, back.how) == (there.target, there.how)
    assert (back.problem and back.problem.kind) == (there.problem and there.problem.kind)


def test_an_ambiguous_match_names_the_records_and_the_way_out() -> None:
    problem = match(dossier(crm=(LEAD, CONTACT)), rules()).problem
    assert problem is not None
    assert problem.sentence == (
        "2 live records could be this person: salesforce/Contact/0031 and salesforce/Lead/00Q1."
    )
    assert problem.fix == ("Merge them in salesforce, or write 713492963559 into syncd_hs_id__c of the right record.")
    assert problem.subject == problem.person == "713492963559"


def test_S4_14_in_one_system_the_record_is_the_contact_itself() -> None:
    person = dossier(crm=(LEAD, CONTACT))
    assert match(person, rules(crm="hubspot")).target is person.marketing


def test_records_of_another_system_are_no_candidates() -> None:
    assert match(dossier(crm=(record("contacts", "1", system="hubspot"),)), rules()).target is None
