"""Issue 5: a fresh ledger only plans; an approved plan is what is applied; from then on it writes by itself."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from tests.cli.place import Place


@pytest.mark.parametrize("as_json", [False, True])
def test_a_sync_on_a_fresh_ledger_only_plans_and_says_how_to_approve(place: Place, as_json: bool) -> None:
    """C19: a fresh install cannot write until a plan is approved."""
    before = place.contents()
    ran = place.syncd("sync", *(["--json"] if as_json else []))
    assert ran.code == 1
    assert "syncd plan --out plan.json   then   syncd apply plan.json" in (ran.json["approve"] if as_json else ran.out)
    assert place.contents() == before
    assert place.syncd("status", "--json").json["handoffs"] == {}


def test_a_plan_says_who_goes_to_whom_and_why_and_writes_nothing(place: Place) -> None:
    before = place.contents()
    ran = place.syncd("plan")
    assert ran.code in (0, 1)
    for words in (
        "Who goes to whom",
        "score\ttier\tlead",
        "new Lead",
        "country is",
        "API calls to send them",
        "Values that",
    ):
        assert words in ran.out
    assert place.contents() == before
    assert not place.ledger.exists()
    details = place.syncd("plan", "--details").out
    assert "syncd_handoff_no: (empty) → 1" in details
    assert "LastName: " in details


def test_a_plan_as_json(place: Place) -> None:
    told = place.syncd("plan", "--json").json
    plan = told["plan"]
    assert len(plan["leads"]) == told["handoffs"] > 3
    assert set(plan["leads"][0]) == {
        "person", "name", "company", "score", "tier", "owner", "rule", "why", "record",
    }  # fmt: skip
    assert sum(plan["writes"].values()) == told["planned"]
    assert set(plan["expected_calls"]) == {"hubspot", "salesforce"}
    assert told["file"] is None


def test_apply_does_exactly_the_saved_plan(own: Place) -> None:
    planned = own.syncd("plan", "--out", "plan.json", "--json").json
    file = own.folder / "plan.json"
    assert planned["file"] == "plan.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    applied = own.syncd("apply", "plan.json", "--json")
    assert applied.code in (0, 1)
    assert applied.json["actions"] == {"done": planned["planned"]}
    assert len(own.leads()) == sum("Lead" in lead["record"] for lead in planned["plan"]["leads"])
    told = own.syncd("status").out
    assert "it writes by itself" in told
    for key in ("sync", "pulled", "handoffs", "actions", "writes", "api_calls", "problems"):
        assert key in applied.json


def test_a_plan_file_that_exists_keeps_nobody_elses_eyes(place: Place) -> None:
    """A plan holds names and briefs: mode 0600, also where a file with another mode stood."""
    file = place.folder / "plan.json"
    file.write_text("old")
    file.chmod(0o644)
    place.syncd("plan", "--out", "plan.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_an_approved_plan_syncs_write_and_then_have_nothing_to_write(own: Place) -> None:
    assert "From now on" in own.approve().out
    assert own.syncd("sync").code in (0, 1)
    before = own.contents()
    ran = own.syncd("sync", "--json")
    assert ran.json["writes"] == {"hubspot": 0, "salesforce": 0}
    assert own.contents() == before
    assert sum(ran.json["api_calls"].values()) <= 4


def test_what_changed_since_the_plan_is_left_out_and_counted(own: Place) -> None:
    """N1: lines whose live value drifted are refused."""
    planned = own.syncd("plan", "--out", "plan.json", "--json").json["plan"]["leads"]
    new = next(lead for lead in planned if lead["record"] == "new Lead")
    contact = next(c for c in own.contents()["hubspot"]["contacts"] if c["id"] == new["person"])
    own.control("salesforce", "record", sobject="Lead", fields={
        "LastName": "Rival", "Company": "Other", "Email": contact["properties"]["email"], "Status": "Open - Not Contacted",
    })  # fmt: skip
    ran = own.syncd("apply", "plan.json")
    assert ran.code == 1
    assert "1 planned handoff changed since the plan was made" in ran.out
    assert new["person"] not in {lead["syncd_hs_id__c"] for lead in own.leads()}


# ---------------------------------------------------------------- plans that must not be applied
def damaged(text: str) -> str:
    return text[: len(text) // 2]


def other_format(text: str) -> str:
    return json.dumps(json.loads(text) | {"format": 99})


def without_actions(text: str) -> str:
    return json.dumps({k: v for k, v in json.loads(text).items() if k != "actions"})


def other_rules(text: str) -> str:
    return json.dumps(json.loads(text) | {"rules": "0123456789abcdef"})


def other_account(text: str) -> str:
    return json.dumps(json.loads(text) | {"accounts": {"hubspot": "147893286", "salesforce": "00Dxx"}})


def a_list(text: str) -> str:
    return "[1, 2]"


WRONG: dict[Any, str] = {
    damaged: "not a plan that syncd wrote", other_format: "has format 99", without_actions: "damaged", a_list: "damaged",
    other_rules: "The rules or the mappings have changed", other_account: "another salesforce account",
}  # fmt: skip


@pytest.mark.parametrize("change", WRONG, ids=lambda c: c.__name__)
def test_a_plan_that_must_not_be_applied(place: Place, change: Any) -> None:
    place.syncd("plan", "--out", "plan.json")
    file = place.folder / "plan.json"
    file.write_text(change(file.read_text()))
    before = place.contents()
    ran = place.syncd("apply", "plan.json")
    assert ran.code == 2
    assert WRONG[change] in ran.err
    assert "syncd plan --out" in ran.err
    assert place.contents() == before
    assert place.syncd("status", "--json").json["approved"] is None


def test_rules_that_changed_in_the_config_since_the_plan(place: Place) -> None:
    place.syncd("plan", "--out", "plan.json")
    place.edit("threshold = 60", "threshold = 61")
    before = place.contents()
    ran = place.syncd("apply", "plan.json", "--json")
    assert ran.code == 2
    assert "Plan again with: syncd plan --out plan.json" in ran.json["error"][0]
    assert place.contents() == before


def test_a_plan_that_is_not_there_and_a_place_where_none_can_be_written(place: Place) -> None:
    ran = place.syncd("apply", "none.json")
    assert ran.code == 2
    assert "There is no such plan" in ran.err
    ran = place.syncd("plan", "--out", "none/plan.json")
    assert ran.code == 2
    assert ran.err.endswith("none/plan.json: No such file or directory.\n")


def test_explain_before_the_first_plan_explains_the_plan(place: Place) -> None:
    lead = place.syncd("plan", "--json").json["plan"]["leads"][0]
    before = place.contents()
    ran = place.syncd("explain", lead["person"])
    assert ran.code == 0
    assert "This is what a plan would do now" in ran.out
    assert lead["name"] in ran.out
    assert place.contents() == before
