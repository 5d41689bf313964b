"""S4.9, C4, C12: the record of a handoff is followed wherever sales and marketing take it, over both emulators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncd.core.accounts import reading_accounts
from syncd.ledger import journal
from syncd.sync.story import explain
from tests.acceptance.life import Life


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    place = Life(tmp_path)
    yield place
    place.close()


def handed(life: Life, name: str = "ada") -> tuple[str, str]:
    """Somebody who was handed over: contact and lead."""
    before = {row["Id"] for row in life.live("Lead")}
    contact = life.buyer(name)
    life.clock.advance(60)
    life.rest()
    (lead,) = (row["Id"] for row in life.live("Lead") if row["Id"] not in before)
    return contact, lead


def stage(life: Life, contact: str) -> str:
    return str(life.contact(contact).get("syncd_stage"))


def way(life: Life) -> list[tuple[str, str]]:
    rows = life.ledger.rows("SELECT stage, rule FROM stage_event ORDER BY id")
    return [(stage, rule.split()[0]) for stage, rule in rows]


def story(life: Life) -> dict[str, Any]:
    return explain(life.ledger, life.rules, life.ledger.value("SELECT id FROM person WHERE merged IS NULL"))


def problems(life: Life) -> list[str]:
    return [p["kind"] for p in journal.problems(life.ledger)]


def rests(life: Life) -> None:
    """Until nothing is left, what is looked at once an hour too; a further sync writes nothing."""
    life.rest()
    life.clock.advance(3600)
    life.rest()
    assert not sum(life.sync().writes.values())


def test_T9c_C4_a_converted_lead_is_an_sql_and_goes_on_as_its_contact(life: Life) -> None:
    contact, lead = handed(life)
    done = life.converts(lead)
    rests(life)
    assert way(life)[-1] == ("sql", "T9c")
    assert stage(life, contact) == "sql"
    assert life.contact(contact)["syncd_crm_id"] == done["contact_id"]
    assert life.ledger.value("SELECT target FROM handoff") == f"salesforce/Contact/{done['contact_id']}"
    assert len(life.live("Contact")) == 1
    assert life.live("Lead") == []


def test_S4_9_T9_T11_a_conversion_with_a_deal_is_followed_until_it_is_won(life: Life) -> None:
    contact, lead = handed(life)
    deal = life.converts(lead, deal=True, amount=1200)["opportunity_id"]
    rests(life)
    assert (stage(life, contact), way(life)[-1]) == ("opportunity", ("opportunity", "T9"))
    life.moves(deal, "won", Amount=1500.5)
    rests(life)
    assert stage(life, contact) == "customer"
    said = life.contact(contact)
    assert (said["syncd_opportunity_id"], Decimal(said["syncd_opportunity_amount"])) == (deal, Decimal("1500.5"))
    assert life.ledger.one("SELECT state, outcome FROM handoff") == ("closed", "qualified")


def test_T16_a_deleted_deal_stays_whose_it_was_and_a_reopened_one_is_open_again(life: Life) -> None:
    contact, lead = handed(life)
    deal = life.converts(lead, deal=True)["opportunity_id"]
    life.moves(deal, "won")
    rests(life)
    life.moves(deal, "open")
    rests(life)
    assert (stage(life, contact), way(life)[-1]) == ("opportunity", ("opportunity", "T16"))
    life.deletes(deal)
    rests(life)
    assert (stage(life, contact), way(life)[-1]) == ("sql", ("sql", "T16"))
    assert life.ledger.value("SELECT highest FROM person") == "customer"


def test_T12_a_lost_deal_by_contact_role(life: Life) -> None:
    contact, lead = handed(life)
    done = life.converts(lead)
    deal = life.deal(account=done["account_id"], contact=done["contact_id"])
    rests(life)
    assert stage(life, contact) == "opportunity"
    assert [d["link"] for d in story(life)["deals"]] == ["contact_role"]
    life.moves(deal, "lost")
    rests(life)
    assert stage(life, contact) == "lost"


def test_T9_a_deal_by_account_and_date_is_found_where_asked_for_and_said_to_be_weaker(life: Life) -> None:
    """A deal that names nobody, one that was made too late, and one that is somebody else's by its role."""
    contact, lead = handed(life)
    done = life.converts(lead)
    account = done["account_id"]
    life.deal(account=account, Name="Nobody's")
    rests(life)
    assert stage(life, contact) == "sql"
    life.rules = reading_accounts(replace(life.rules, by_account=timedelta(days=30), maps=_with_accounts(life)))
    rests(life)
    assert stage(life, contact) == "opportunity"
    (deal,) = story(life)["deals"]
    assert (deal["name"], deal["linked"]) == ("Nobody's", "only by the account and the date")
    assert "deal of the account" in life.ledger.rows("SELECT rule FROM stage_event ORDER BY id")[-1][0]
    other = life.act("salesforce", "record", sobject="Contact", fields={"LastName": "Else", "AccountId": account})
    life.deal(account=account, contact=other["id"], stage="won", Name="Somebody else's")
    life.clock.advance(40 * 86_400)
    life.deal(account=account, stage="won", Name="Too late")
    rests(life)
    assert [d["name"] for d in story(life)["deals"]] == ["Nobody's"]
    assert stage(life, contact) == "opportunity"


def _with_accounts(life: Life) -> Any:
    from tests.sync.house import rules_with_accounts

    return rules_with_accounts().maps


def test_C12_merged_leads_and_contacts_are_followed_on_both_sides(life: Life) -> None:
    ada, lead = handed(life)
    twin = life.act("salesforce", "record", sobject="Lead", fields={"LastName": "Twin", "Company": "Ada Works"})["id"]
    life.merges(twin, lead)
    life.says(twin, Status="Working - Contacted")
    rests(life)
    assert life.ledger.value("SELECT target FROM handoff") == f"salesforce/Lead/{twin}"
    assert stage(life, ada) == "sal"
    bea = life.buyer("bea", jobtitle="Reader")
    life.clock.advance(60)
    rests(life)
    survivor = life.merges_contacts(bea, ada)
    life.clock.advance(60)
    rests(life)
    assert stage(life, survivor) == "sal"
    assert life.ledger.value("SELECT count(*) FROM handoff WHERE state = 'delivered'") == 1
    assert len(life.live("Lead")) == 1


def test_C12_a_deleted_lead_is_told_of_and_a_restored_one_goes_on(life: Life) -> None:
    ada, lead = handed(life)
    life.deletes(lead)
    rests(life)
    assert problems(life) == ["deleted_remotely"]
    assert life.live("Lead") == []
    life.restores(lead)
    life.says(lead, Status="Working - Contacted")
    rests(life)
    assert (problems(life), stage(life, ada)) == ([], "sal")


def test_T6_an_owner_by_hand_is_followed_and_not_fought(life: Life) -> None:
    ada, lead = handed(life)
    had = life.record("Lead", lead)["OwnerId"]
    other = next(rep for rep in life.reps() if rep != had)
    life.says(lead, OwnerId=other)
    rests(life)
    assert life.record("Lead", lead)["OwnerId"] == other
    assert [why for (why,) in life.ledger.rows("SELECT why FROM v_hop ORDER BY at")] == ["routed", "by hand"]
    assert stage(life, ada) == "handed_off"
    assert way(life)[-1] == ("handed_off", "T3")
