"""The brief over days: where it lands, who else of the company is known, and a lead that comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncd.core.types import Ref
from syncd.ledger import people
from syncd.ledger.colleagues import MOST, colleagues, mates
from syncd.sync import briefing
from syncd.sync.view import View
from tests.sync.house import House, example_rules


def person(at: House, ref: Ref) -> int:
    (found,) = people.find(at.ledger, str(ref), "hubspot")
    return found


def now(at: House, ref: Ref) -> str:
    """The brief as `syncd brief` prints it."""
    view, one = View.of(at.ledger, at.rules), person(at, ref)
    ((_, decision),) = view.decisions([one])
    return str(briefing.current(view, one, decision)["text"])


def opened(at: House) -> datetime:
    moment = datetime.fromtimestamp(at.ledger.value("SELECT opened FROM handoff") / 1000, UTC)
    return moment.replace(microsecond=0)


def told(at: House, number: int = 1) -> str:
    return str(at.ledger.value("SELECT brief FROM handoff WHERE number = ?", number))


# ---------------------------------------------------------------- where it lands
def test_S1_17_salesforce_has_task_priority_due_score_tier_number_and_brief() -> None:
    at = House()
    at.contact("ada")
    at.settle_down()
    (lead,) = at.leads()
    assert lead.fields["syncd_brief__c"] == told(at)
    assert lead.fields["syncd_handoff_no__c"] == 1
    assert lead.fields["syncd_score__c"] == at.ledger.value("SELECT score FROM handoff")
    assert lead.fields["syncd_tier__c"] == at.ledger.value("SELECT tier FROM handoff")
    (task,) = [a for a in at.ours(lead.ref) if a.kind == "task"]
    assert task.body == told(at)
    fields = json.loads(at.ledger.value("SELECT fields FROM action WHERE effect = 'task'"))
    assert (lead.fields["syncd_tier__c"], fields["priority"]) == ("warm", "normal")
    assert datetime.fromisoformat(fields["due"]) == opened(at) + at.rules.task_due


def test_S1_17_hubspot_has_a_note_and_a_task() -> None:
    at = House(crm="hubspot")
    ada = at.contact("ada")
    at.settle_down()
    ours = {a.kind: a for a in at.ours(ada)}
    assert {"note", "task"} <= set(ours)
    note = json.loads(at.ledger.value("SELECT fields FROM action WHERE effect = 'brief'"))
    assert note["html"].startswith("<p><strong>Warm lead: Ada Lovelace (Ada Works), score 84</strong></p>")
    assert "<h3>Who</h3>" in note["html"]
    assert told(at) in ours["note"].body


def test_S2_6_brief_now_is_what_was_sent() -> None:
    at = House()
    ada = at.contact("ada")
    at.sync("plan")
    before = now(at, ada)
    at.settle_down()
    view = View.of(at.ledger, at.rules)
    ((_, decision),) = view.decisions([person(at, ada)])
    sent = briefing.sent(decision, 1)
    assert sent is not None
    assert sent["text"] == told(at)
    assert without_times(before) == without_times(told(at))
    assert briefing.sent(decision, 2) is None


def without_times(text: str) -> list[str]:
    return [line for line in text.split("\n") if "Next step" not in line and "(Europe/" not in line]


# ---------------------------------------------------------------- colleagues
def test_S2_9_colleagues_of_the_same_domain_and_what_they_read() -> None:
    at = House()
    bob = at.contact("bob", ready=False, email="bob@ada-works.example", jobtitle="CTO")
    at.contact("eve", ready=False, email="eve@elsewhere.example")
    at.hubspot.activity("page_view", [bob], at=at.time - timedelta(days=1), title="Pricing")
    at.hubspot.activity("note", [bob], at=at.time - timedelta(days=1), title="", body="secret of sales")
    at.contact("ada")
    at.settle_down()
    text = told(at)
    assert "Team-mates we know: Bob Lovelace (CTO)" in text
    assert "Colleague: Bob Lovelace, " in text
    assert "“Pricing” was looked at by Bob Lovelace, too" in text
    assert "Eve" not in text
    assert "bob@" not in text
    assert "secret" not in text


def test_S2_9_free_mail_and_our_own_domain_tell_of_no_company() -> None:
    at = House(rules=example_rules(own_domains=("ours.example",)))
    pairs = [at.contact(name, email=f"{name}@gmail.com") for name in ("ada", "bob")]
    pairs += [at.contact(name, ready=False, email=f"{name}@ours.example") for name in ("cyd", "dan")]
    at.sync("plan")
    assert len(pairs) == 4
    assert mates(at.ledger, at.rules, ["gmail.com", "ours.example", ""]) == {}


def test_S2_9_a_large_company_is_bounded_and_the_active_ones_are_named() -> None:
    at = House()
    for n in range(80):
        at.contact(f"p{n}", ready=False, email=f"p{n}@big.example")
    active = at.contact("zoe", ready=False, email="zoe@big.example")
    at.hubspot.activity("page_view", [active], at=at.time - timedelta(days=1), title="Pricing")
    ada = at.contact("ada", email="ada@big.example")
    at.sync("plan")
    one = person(at, ada)
    seen: list[str] = []
    at.ledger.conn.set_trace_callback(seen.append)
    known = mates(at.ledger, at.rules, ["big.example"])
    (found,) = colleagues(at.ledger, at.rules, {one: "big.example"}, known).values()
    at.ledger.conn.set_trace_callback(None)
    assert len(seen) == 4, "whatever the number of people"
    assert len(known["big.example"]) == 50
    assert len(found) == MOST
    assert found[0].name == "Zoe Lovelace"
    assert found[0].looked == ("Pricing",)
    assert "Ada Lovelace" not in {c.name for c in found}


# ---------------------------------------------------------------- again
def test_N10_pain_20_a_lead_that_comes_back_says_what_changed() -> None:
    at = House()
    ada = at.contact("ada", jobtitle="Managing Director")
    at.settle_down()
    (lead,) = at.leads()
    at.salesforce.activity("note", [lead.ref], at=at.time, title="", body="No money before May")
    at.salesforce.edit(lead.ref, Status="Recycled", syncd_reason__c="budget")
    at.settle_down()
    assert at.ledger.value("SELECT outcome FROM handoff") == "recycle"
    at.wait(days=60)
    at.hubspot.edit(ada, jobtitle="Chief Executive Officer")
    at.asks(ada)
    at.settle_down()
    (since,) = [block for block in told(at, 2).split("\n\n") if block.startswith("SINCE YOU LAST HAD THIS LEAD")]
    assert "Handed over before: no. 1 to " in since
    assert "as recycle (budget); 2 activities since." in since
    assert "Sales said: “No money before May”" in since
    assert "“Managing Director” → “Chief Executive Officer”" in since
    assert f"Score: {at.ledger.value('SELECT score FROM handoff WHERE number = 1')} then, " in since
    assert "New: Form: Demo request" in since
    assert "SINCE" not in told(at, 1)


def test_a_template_is_what_sales_gets() -> None:
    at = House(rules=replace(example_rules(), brief_template="Call ${name}.\n\n${why}"))
    at.contact("ada", challenge="Leads get lost.")
    at.settle_down()
    assert told(at).startswith("Call Ada Lovelace.\n\nWHY\n  “Leads get lost.” [")
    (lead,) = at.leads()
    assert lead.fields["syncd_brief__c"] == told(at)
