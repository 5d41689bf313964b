"""What sales says, and what marketing learns of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from core_making import CONTACT, CONTACTS, DAY, LEAD, NOW, at, did, directory, owner, record

from syncd.core.facts import Handoff
from syncd.core.feedback import SalesView, sales_view, writeback
from syncd.core.rules import FieldMap
from syncd.core.types import Opportunity, Raw, Ref, State

LENA = owner("lena.vogt@syncd.example")
WHO = directory(LENA)
TARGET = Ref("salesforce", "Lead", "00Q1")


def deal(status: str, days: float = 1, rid: str = "0061", **more: Any) -> Opportunity:
    return Opportunity(Ref("salesforce", "Opportunity", rid), f"Acme {status}", "Proposal", status, at(days), **more)


def lead(status: str | None = "Open - Not Contacted", **fields: Raw) -> Any:
    return record("Lead", "00Q1", {"Status": status, "OwnerId": LENA.ref.id, **fields})


def view_of(rec: Any, deals: Any = (), activities: Any = (), **more: Any) -> SalesView:
    kind = LEAD if rec.ref.kind == "Lead" else CONTACT
    return sales_view(rec, kind, deals, activities, WHO, **more)


# ---------------------------------------------------------------- reading
@pytest.mark.parametrize(
    ("status", "said", "deals", "work", "disposition", "stage", "accepted"),
    [
        ("Open - Not Contacted", None, [], "new", "", "", False),
        ("Working - Contacted", None, [], "in_progress", "", "sal", True),
        ("Qualified", None, [], "qualified", "qualified", "sql", True),
        ("Recycled", None, [], "recycled", "recycle", "", False),
        ("Working - Contacted", "could_not_reach", [], "in_progress", "could_not_reach", "sal", True),  # the rep's own field
        ("Recycled", "trash", [], "recycled", "trash", "", False),  # … stands over the status
        ("Working - Contacted", None, ["open"], "in_progress", "qualified", "opportunity", True),
        ("Recycled", None, ["open"], "recycled", "recycle", "opportunity", True),
        ("Working - Contacted", None, ["won"], "in_progress", "qualified", "customer", True),
        ("Working - Contacted", None, ["lost"], "in_progress", "qualified", "lost", True),
        ("Working - Contacted", None, ["lost", "open"], "in_progress", "qualified", "opportunity", True),
        ("Working - Contacted", None, ["open", "won", "lost"], "in_progress", "qualified", "customer", True),
        (None, None, [], "", "", "", False),
    ],
)  # fmt: skip
def test_S1_24_a_lead(
    status: str | None, said: str | None, deals: list[str], work: str, disposition: str, stage: str, accepted: bool
) -> None:
    found = view_of(lead(status, syncd_disposition__c=said), [deal(s) for s in deals])
    assert (found.work, found.disposition, found.stage, found.accepted) == (work, disposition, stage, accepted)
    assert found.problem is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"Status": "Parked"},
            'Lead.Status is "Parked", and the mapping does not say what that means. It knows "Open - Not Contacted", '
            '"Working - Contacted", "Qualified" and "Recycled".',
        ),
        (
            {"syncd_disposition__c": "meh"},
            'Lead.syncd_disposition__c is "meh", and the mapping does not say what that means. It knows "qualified", '
            '"recycle", "could_not_reach" and "trash".',
        ),
    ],
)
def test_S1_24_an_unknown_value_is_a_problem_and_no_guess(fields: dict[str, Raw], sentence: str) -> None:
    found = view_of(record("Lead", "00Q1", fields))
    assert (found.work, found.disposition, found.stage, found.accepted) == ("", "", "", False)
    assert found.problem is not None
    assert (found.problem.kind, found.problem.sentence) == ("unknown_status", sentence)
    assert found.problem.fix == "Add the value to mappings/salesforce.toml under Lead."


def test_S1_20_reason_date_and_owner() -> None:
    found = view_of(lead(syncd_reason__c=" budget next year ", syncd_not_before__c="2027-01-15"))
    assert (found.reason, found.not_before) == ("budget next year", date(2027, 1, 15))
    assert (found.owner_id, found.owner_email, found.owner_name) == (LENA.ref.id, LENA.email, LENA.name)


def test_an_owner_nobody_knows_has_an_id_and_no_name() -> None:
    found = view_of(record("Lead", "00Q1", {"OwnerId": "005unknown"}))
    assert (found.owner_id, found.owner_email, found.owner_name) == ("005unknown", "", "")


def test_T9c_a_lead_converted_without_an_opportunity_is_sql() -> None:
    assert view_of(replace(lead(None), state=State.CONVERTED)).stage == "sql"


@pytest.mark.parametrize(
    ("kind", "more", "touch"),
    [
        ("call", {}, True),
        ("meeting", {}, True),
        ("email", {"outbound": True}, True),
        ("message", {"outbound": True}, True),
        ("email", {}, False),  # the lead wrote; nobody answered yet
        ("call", {"done": False}, False),  # planned
        ("task", {"outbound": True}, False),
        ("note", {}, False),
        ("page_view", {}, False),
        ("call", {"key": "syncd_x"}, False),  # ours
    ],
)
def test_T4_the_first_touch_accepts(kind: str, more: dict[str, Any], touch: bool) -> None:
    assert view_of(lead(), activities=[did(kind, **more)]).accepted is touch


def test_S1_22_a_contact_has_no_status_but_a_state() -> None:
    contact = record("Contact", "0031", {"OwnerId": LENA.ref.id})
    assert view_of(contact).work == "new"
    touched = view_of(contact, activities=[did("call")])
    assert (touched.work, touched.accepted) == ("in_progress", True)
    assert view_of(contact, [deal("open")]).disposition == "qualified"


def test_only_what_happened_since_the_handoff_counts() -> None:
    """An old call and an old deal say nothing of this handoff."""
    found = view_of(lead(), [deal("won", 90)], [did("call", 90)], since=NOW - 5 * DAY)
    assert found == view_of(lead())
    assert view_of(lead(), [deal("won", 2)], [did("call", 2)], since=NOW - 5 * DAY).stage == "customer"


def test_a_deleted_opportunity_is_none() -> None:
    assert view_of(lead(), [deal("won", deleted=True)]).opportunity is None


# ---------------------------------------------------------------- writing back
HANDOFF = Handoff(
    2, "syncd_k", "delivered", "score", at(3), owner=LENA.email, score=87, tier="hot", target=TARGET, delivered=at(2)
)
DELIVERED = {
    "syncd_crm_id": "00Q1",
    "syncd_crm_type": "Lead",
    "syncd_handoff": 2,
    "syncd_handed_over_at": "2026-10-31T14:05:00.000Z",
    "syncd_score": 87,
    "syncd_tier": "hot",
    "syncd_owner": LENA.email,
    "syncd_stage": "handed_off",
    "syncd_work": "new",
}
AS_HUBSPOT_SAYS = {name: str(value) for name, value in DELIVERED.items()} | {
    "syncd_handed_over_at": "2026-10-31T14:05:00Z",
    "syncd_reason": "",
    "syncd_not_before": None,
}


def test_S1_22_what_marketing_learns_at_the_handoff() -> None:
    view = SalesView(work="new", owner_email=LENA.email)
    assert writeback(view, HANDOFF, CONTACTS, stage="handed_off", current={}) == DELIVERED


def test_C14_what_it_knows_already_is_not_written_again() -> None:
    view = SalesView(work="new", owner_email=LENA.email)
    assert writeback(view, HANDOFF, CONTACTS, stage="handed_off", current=AS_HUBSPOT_SAYS) == {}


def test_S1_29_the_outcome_with_its_deal() -> None:
    view = SalesView(
        work="qualified", disposition="qualified", owner_email=LENA.email, not_before=date(2027, 1, 15),
        opportunity=deal("won", amount=Decimal("1200.50"), currency="EUR"),
    )  # fmt: skip
    assert writeback(view, HANDOFF, CONTACTS, stage="customer", current=AS_HUBSPOT_SAYS) == {
        "syncd_stage": "customer",
        "syncd_work": "qualified",
        "syncd_disposition": "qualified",
        "syncd_not_before": "2027-01-15",
        "syncd_opportunity_id": "0061",
        "syncd_opportunity_name": "Acme won",
        "syncd_opportunity_stage": "Proposal",
        "syncd_opportunity_amount": 1200.5,
        "syncd_opportunity_currency": "EUR",
    }


def test_an_empty_value_is_written_only_where_it_clears_an_older_one() -> None:
    older = AS_HUBSPOT_SAYS | {
        "syncd_disposition": "recycle",
        "syncd_reason": "timing",
        "syncd_not_before": "2026-12-01",
    }
    view = SalesView(work="new", owner_email=LENA.email)
    assert writeback(view, HANDOFF, CONTACTS, stage="handed_off", current=older) == {
        "syncd_disposition": None,
        "syncd_reason": None,
        "syncd_not_before": None,
    }


def test_a_handoff_that_was_only_found_says_nothing_of_its_score() -> None:
    """A new ledger adopted it: the score, tier and time that stand there are better than what it knows."""
    found = Handoff(2, "syncd_k", "delivered", "adopted", NOW, target=TARGET, delivered=NOW)
    view = SalesView(work="new", owner_email=LENA.email)
    assert writeback(view, found, CONTACTS, stage="handed_off", current=AS_HUBSPOT_SAYS) == {}


def test_fields_that_the_mapping_leaves_out_are_not_written() -> None:
    kind = replace(CONTACTS, feedback={"work": CONTACTS.feedback["work"]})
    assert writeback(SalesView(work="new"), HANDOFF, kind, stage="sal", current={}) == {"syncd_work": "new"}


IN_ONE_SYSTEM = replace(HANDOFF, target=Ref("hubspot", "contacts", "713492963559"))


def test_S4_14_in_one_system_the_reps_own_fields_are_not_filled_in_their_name() -> None:
    """Our echo of BAD_TIMING in syncd_disposition would outlive the status: the rep could not take the lead up again."""
    view = SalesView(work="bad_timing", disposition="recycle", owner_email=LENA.email)
    written = writeback(view, IN_ONE_SYSTEM, CONTACTS, stage="recycled", current=AS_HUBSPOT_SAYS)
    assert "syncd_disposition" not in written
    assert written["syncd_work"] == "bad_timing"


def test_S4_14_in_one_system_a_new_handoff_clears_them() -> None:
    older = AS_HUBSPOT_SAYS | {"syncd_disposition": "recycle"}
    view = SalesView(work="new", owner_email=LENA.email)
    written = writeback(view, IN_ONE_SYSTEM, CONTACTS, stage="handed_off", current=older)
    assert written["syncd_disposition"] is None


def test_S4_14_a_word_nobody_understood_is_not_cleared() -> None:
    raw = {"hs_lead_status": "NEW", "syncd_disposition": "meh"}
    contact = record("contacts", "713492963559", raw, system="hubspot")
    view = sales_view(contact, CONTACTS, (), (), WHO)
    assert view.problem is not None
    written = writeback(view, IN_ONE_SYSTEM, CONTACTS, stage="handed_off", current=AS_HUBSPOT_SAYS | raw)
    assert "syncd_disposition" not in written


# ---------------------------------------------------------------- when, and how often
def test_S2_14_sales_is_responsible_until_it_gives_the_lead_back() -> None:
    kind = replace(CONTACTS, feedback={n: FieldMap(n, n) for n in ("responsible", "transferred_at")})
    closed = replace(HANDOFF, state="closed", closed=at(1))
    for handoff, who, moment in [
        (HANDOFF, "sales", at(3)),
        (replace(closed, outcome="qualified"), "sales", at(3)),
        (replace(closed, outcome="recycle"), "marketing", at(1)),
        (replace(closed, outcome="trash"), "marketing", at(1)),
    ]:
        said = writeback(SalesView(work="new"), handoff, kind, stage="", current={})
        assert said["responsible"] == who
        assert said["transferred_at"] == moment.isoformat()


def test_S1_22_the_first_moment_that_was_seen_stands() -> None:
    """A status tells only that its record moved: what was told of this handoff stands, what was told of an older one not."""
    kind = replace(CONTACTS, feedback={"accepted_at": FieldMap("accepted_at", "at", type="datetime")})
    view = SalesView(work="in_progress", accepted=True, at=at(1))
    for stands, written in [(None, at(1)), (at(2), None), (at(0.5), at(1)), (at(9), at(1))]:
        current = {"at": None if stands is None else stands.isoformat()}
        said = writeback(view, HANDOFF, kind, stage="sal", current=current)
        assert said == (
            {} if written is None else {"at": written.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        )
    touched = writeback(replace(view, touched=at(1.5)), HANDOFF, kind, stage="sal", current={})
    assert touched["at"] == at(1.5).isoformat(timespec="milliseconds").replace("+00:00", "Z")
