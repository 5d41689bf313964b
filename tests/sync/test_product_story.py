"""A trial in the product becomes a handoff: the third source beside marketing and the CRM, told over days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.product import Columns, Files, ProductConnector, ProductSettings
from syncd.cli.explain import tell
from syncd.core.rules import Did, Rules
from syncd.core.types import Ref
from syncd.ledger import journal, people
from syncd.ledger.store import Store
from syncd.sync.round import Report
from syncd.sync.story import explain
from syncd.sync.systems import Systems
from tests.sync.house import House, example_rules

ACTIVATED = Did(("product",), "activated", timedelta(days=14))


def product_rules() -> Rules:
    rules = example_rules()
    return replace(rules, gate=replace(rules.gate, product=ACTIVATED))


@dataclass
class Trial(House):
    """A house whose product writes events into a folder."""

    folder: Path = field(kw_only=True)
    rules: Rules = field(default_factory=product_rules)

    def systems(self) -> Systems:
        both = super().systems()
        product = ProductSettings(Files(self.folder, "*.csv"), Columns(contact="contact"))
        both.connectors = {**both.connectors, "product": ProductConnector(product, clock=self.clock)}
        both.needs = {**both.needs, "product": ()}
        return both

    def does(self, event: str, *, email: str = "", contact: str = "") -> None:
        file = self.folder / "events.csv"
        with file.open("a") as out:
            out.write("" if file.stat().st_size else "event,at,email,contact\n")
            out.write(f"{event},{self.time.isoformat()},{email},{contact}\n")

    def why(self, person: Ref) -> dict[str, Any]:
        (found,) = people.find(self.ledger, str(person), "hubspot")
        return explain(self.ledger, self.rules, found)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(folder=tmp_path)


def quiet(trial: Trial) -> Ref:
    """Somebody who fits and has done nothing that marketing saw."""
    return trial.contact("ada", demo=False)


# ---------------------------------------------------------------- the way in
def test_S0_25_S0_28_value_in_a_trial_is_handed_over_as_such(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    """Marketing, CRM and product feed one record: the lead goes to sales for what only the product knows."""
    ada = quiet(trial)
    trial.does("signed up", email="ada@ada-works.example")
    assert trial.sync().handoffs == 0
    trial.wait(days=1)
    trial.does("activated", email="ADA@ada-works.example ")
    report = trial.sync()
    assert report.handoffs == 1
    assert report.pulled["product"] == {"seen": 1, "changed": 1}
    assert report.as_json()["api_calls"]["product"] == 0
    (lead,) = trial.leads()
    (handoff,) = journal.handoffs(trial.ledger)
    assert (handoff["entry"], handoff["state"]) == ("product", "delivered")
    told = trial.why(ada)
    assert told["handoffs"][0]["entry"] == "product"
    assert [a["title"] for a in told["activities"]] == ["signed up", "activated"]
    (task,) = [a for a in trial.ours(lead.ref) if not a.done]
    assert "uses the product" in task.title
    (history,) = [a for a in trial.ours(lead.ref) if a.done and "Product: activated" in a.body]
    assert "Product: signed up" in history.body
    tell(told, {})
    said = capsys.readouterr().out
    assert "qualified by: the product (PQL)" in said
    assert "product-qualified: did something in the product within 14 days (1 time, “activated”)" in said
    assert "Passed because the lead got value in the product (PQL)" in said
    trial.settle_down()
    assert set(trial.creates().values()) == {1}


def test_S0_25_a_product_lead_passes_no_veto_and_no_must_have(trial: Trial) -> None:
    for name, fields in (("ada", {"hs_email_optout": "true"}), ("grace", {"phone": None})):
        trial.contact(name, demo=False, **fields)
        trial.does("activated", email=f"{name}@{name}-works.example")
    assert trial.sync().handoffs == 0
    assert trial.why(Ref("hubspot", "contacts", trial.hubspot.people("contacts")[0].ref.id))["decision"]["vetoes"]


def test_S0_28_events_find_their_person_also_when_they_come_first(trial: Trial) -> None:
    trial.does("activated", email="ada@ada-works.example")
    assert trial.sync().handoffs == 0
    quiet(trial)
    assert trial.sync().handoffs == 1


def test_S0_28_events_are_tied_by_the_contact_id_too(trial: Trial) -> None:
    ada = quiet(trial)
    trial.does("activated", contact=ada.id)
    assert trial.sync().handoffs == 1


def test_S0_25_S1_21_after_sales_gave_it_back_an_old_event_does_nothing(trial: Trial) -> None:
    ada = quiet(trial)
    trial.does("activated", email="ada@ada-works.example")
    trial.settle_down()
    (lead,) = trial.leads()
    trial.wait(days=1)
    trial.salesforce.edit(lead.ref, syncd_disposition__c="recycle", syncd_reason__c="timing")
    trial.settle_down()
    assert [h["outcome"] for h in journal.handoffs(trial.ledger)] == ["recycle"]
    trial.wait(days=1)
    trial.does("signed up", contact=ada.id)
    assert trial.sync().handoffs == 0
    trial.does("activated", contact=ada.id)
    assert trial.sync().handoffs == 1


# ---------------------------------------------------------------- when something is wrong
def test_a_source_that_is_away_stops_nobody_else(trial: Trial) -> None:
    """The folder of the product is gone: leads that marketing knows go on, and somebody hears of it."""
    trial.folder = trial.folder / "gone"
    trial.contact("grace")
    report = trial.sync()
    assert report.handoffs == 1
    assert list(report.out) == ["product"]
    (problem,) = journal.problems(trial.ledger)
    assert (problem["kind"], problem["subject"]) == ("product_source", "product")
    trial.folder.mkdir()
    assert trial.sync().out == {}
    trial.sync()
    assert journal.problems(trial.ledger) == []


def test_C16_bad_rows_are_problems_of_the_ledger_and_the_rest_goes_on(trial: Trial) -> None:
    quiet(trial)
    trial.does("activated", email="nobody")
    trial.does("activated", email="ada@ada-works.example")
    (trial.folder / "old.csv").write_text("what,when\nx,y\n")
    assert trial.sync().handoffs == 1
    found = {p["kind"]: p for p in journal.problems(trial.ledger)}
    assert found["product_row"]["sentence"] == (
        "events.csv:2: the row has an e-mail address that is none; it is left out."
    )
    assert found["product_source"]["subject"] == "old.csv"
    (trial.folder / "old.csv").unlink()
    trial.sync()
    assert [(p["kind"], p["count"]) for p in journal.problems(trial.ledger)] == [("product_row", 1)]


def test_N6_a_new_ledger_reads_the_events_again_and_hands_nobody_over_twice(trial: Trial) -> None:
    quiet(trial)
    trial.does("activated", email="ada@ada-works.example")
    trial.settle_down()
    trial.ledger = Store.memory()
    reports: list[Report] = trial.settle_down()
    assert sum(report.handoffs for report in reports) == 0
    assert set(trial.creates().values()) == {1}
    assert len(trial.leads()) == 1


def test_an_idle_sync_decides_nobody_and_asks_the_product_nothing(trial: Trial) -> None:
    quiet(trial)
    trial.does("signed up", email="ada@ada-works.example")
    trial.settle_down()
    trial.wait(minutes=20)
    report = trial.sync()
    assert (report.decided, dict(report.pulled["product"])) == (0, {"seen": 0, "changed": 0})
