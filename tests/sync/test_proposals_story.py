"""From what reps say to a change of the rules that nobody made yet, with what it would have done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syncd.config import load
from syncd.core.rules import Brakes
from syncd.ledger.store import Store
from syncd.sync.proposals import drafts
from tests.sync.house import ROOT, SECRETS, House, example_rules

PAID, SEARCH = "PAID_SOCIAL", "ORGANIC_SEARCH"


def a_quarter() -> House:
    """30 leads of paid ads, most of them trashed, and 40 from search, of which sales qualified half."""
    house = House(rules=example_rules(brakes=Brakes(10**6, 10**6, 10**6, 10**6, 1.0, 10**6)))
    for n in range(70):
        house.contact(f"p{n}", hs_analytics_source=PAID if n < 30 else SEARCH)
    house.settle_down()
    house.wait(days=2)
    for lead in house.leads():
        n = int(str(lead.fields["Email"]).partition("@")[0][1:])
        trashed = n < 24 if n < 30 else n < 34
        house.salesforce.edit(
            lead.ref, Status="Closed - Not Converted" if trashed else "Qualified" if n >= 50 else "Recycled"
        )
    house.settle_down()
    return house


def test_N15_S0_21_a_source_that_sales_trashes_is_a_proposal_with_its_backtest() -> None:
    house = a_quarter()
    count, (draft, *others) = drafts(house.ledger, house.rules, ["source"], None, 5)
    assert count == 70
    assert (draft.proposal.value, draft.proposal.outcome) == (PAID, "trash")
    assert (draft.proposal.rate.hits, draft.proposal.rate.of) == (24, 30)
    assert (draft.proposal.rest.hits, draft.proposal.rest.of) == (4, 40)
    force, new = draft.backtest["force"], draft.backtest["new"]
    assert force["passed"] == 70
    assert draft.backtest["looked_at"] == 70
    assert new["passed"] <= force["passed"]
    assert new["rules"] != force["rules"]
    assert {o.proposal.value for o in others} <= {SEARCH}


def test_N15_nothing_is_applied_and_the_ledger_stays_as_it_is() -> None:
    house = a_quarter()
    before = list(house.ledger.conn.iterdump())
    drafts(house.ledger, house.rules, ["source"], None, 5)
    assert list(house.ledger.conn.iterdump()) == before


def test_N15_the_lines_of_a_proposal_make_the_rule_that_was_tested(tmp_path: Path) -> None:
    house = a_quarter()
    _, (draft, *_) = drafts(house.ledger, house.rules, ["source"], None, 1)
    path = tmp_path / "new.toml"
    path.write_text(
        (ROOT / "config.example.toml").read_text(encoding="utf-8") + "\n" + draft.proposal.toml(), encoding="utf-8"
    )
    assert load(path, environ=SECRETS).rules.gate.fit[-1] == draft.proposal.rule


def test_N15_a_value_counts_as_it_was_when_the_lead_was_handed_over() -> None:
    house = a_quarter()
    for contact in house.hubspot.people("contacts"):
        house.hubspot.edit(contact.ref, hs_analytics_source="DIRECT_TRAFFIC")
    house.settle_down()
    _, found = drafts(house.ledger, house.rules, ["source"], None, 5)
    assert PAID in {draft.proposal.value for draft in found}


def test_N15_an_empty_ledger_proposes_nothing() -> None:
    assert drafts(Store.memory(), replace(example_rules()), ["source"], None, 5) == (0, [])
