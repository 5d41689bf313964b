"""What check finds: every problem at once, each with its fix, in three API calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import FieldNeed, Health
from syncd.config import load, needs
from syncd.core.rules import FieldMap, SystemMap
from tests.connectors.maps import SALESFORCE
from tests.connectors.salesforce.org import ME, TASK_KEY, Org

ROOT = Path(__file__).parents[3]


def check(org: Org, *needs: FieldNeed, map: SystemMap = SALESFORCE, version: str = "65.0") -> Health:
    return org.unchecked(map, version=version).check(needs)


def kinds(health: Health) -> list[str]:
    return [problem.kind for problem in health.problems]


def test_a_prepared_org_is_well_in_three_calls(org: Org) -> None:
    org.emulator.add_queue("Inbound", ["Lead"])
    org.emulator.add_assignment_rule("Lead", [{"owner": org.rep, "when": {}}])
    needs = [FieldNeed("Lead", "Email", write=True), FieldNeed("Lead", "Status", values=("Open - Not Contacted",))]
    health = check(org, *needs)
    assert org.emulator.log.counts()["total"] - org.requests("oauth2/token") == 3
    assert not health.problems
    assert not health.fatal
    assert health.account.startswith("00D")
    assert len(health.account) == 18
    assert health.capabilities.keyed == {"person", "task", "note", "activity"}
    assert health.limit == 100_000
    assert 0 < health.used < 10
    assert health.now == org.clock.now()
    assert health.facts["org"]
    assert "Inbound" in health.facts["lead_queues"]
    assert "asks not to apply" in health.facts["assignment_rule"]
    assert "Open - Not Contacted" in health.facts["lead_statuses"]


def test_the_mapping_that_syncd_brings_fits_the_org_that_its_docs_prepare(org: Org) -> None:
    rules = load(ROOT / "config.example.toml", environ={}, resolve=False).rules
    mapped = rules.maps["salesforce"]
    org.prepare(list(mapped.kinds["Lead"].statuses))
    health = check(org, *needs(rules, "salesforce"), map=mapped)
    assert not health.problems
    assert not health.missing


def test_C1_B4_a_status_that_the_mapping_does_not_know_is_told_once_before_anybody_has_it(org: Org) -> None:
    org.prepare(["Open", "Nursing"])
    (problem,) = check(org, FieldNeed("Lead", "Status", values=("Open",), closed=True)).problems
    assert problem.kind == "value_unmapped"
    assert "Lead.Status has the value “Nursing”" in problem.sentence
    assert problem.fix == "Add “Nursing” to mappings/salesforce.toml under Lead."


def test_what_the_mapping_wants_and_the_org_lacks_is_said_at_once(org: Org) -> None:
    lead = SALESFORCE.kinds["Lead"]
    titled = replace(lead, fields={**lead.fields, "title": FieldMap("title", "Title", length=500)})
    health = check(
        org,
        FieldNeed("Lead", "Wanted__c"),
        FieldNeed("Lead", "ConvertedDate", write=True),
        FieldNeed("Lead", "Status", values=("Invented",)),
        FieldNeed("Task", "syncd_key__c", write=True),
        map=replace(SALESFORCE, kinds={**SALESFORCE.kinds, "Lead": titled}),
    )
    assert kinds(health) == ["field_missing", "field_readonly", "value_missing", "field_length"]
    assert all(problem.fix for problem in health.problems)
    assert ("Lead", "Wanted__c") in health.missing
    value = health.problems[2]
    assert "Invented" in value.sentence
    assert "Open - Not Contacted" in value.sentence
    assert "length = 128" in health.problems[3].fix


@pytest.mark.parametrize("flaw", [{"unique": False}, {"externalId": False}])
def test_a_key_that_is_not_unique_protects_nothing(flaw: dict[str, bool]) -> None:
    """External ID without Unique is a trap. [reliability.md 3.2]"""
    health = check(Org(key={**TASK_KEY, **flaw}))
    assert health.capabilities.keyed == {"person"}
    assert kinds(health) == ["key_missing"]


def test_an_unprepared_org_is_usable_without_keys() -> None:
    health = check(Org(fields=False, key=None))
    assert not health.fatal
    assert health.capabilities.keyed == frozenset()
    assert kinds(health) == ["key_missing"] * 3
    assert ("Task", "syncd_key__c") in health.missing


def test_without_the_right_to_see_limits_the_header_tells(org: Org) -> None:
    body = [{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]
    org.emulator.faults.add({"method": "GET", "path": "/limits", "status": 403, "body": body, "every": 1})
    health = check(org)
    assert (health.limit, health.used > 0) == (100_000, True)
    assert "View Setup" in health.facts["limits"]


def test_the_usage_header_may_say_more_than_usage() -> None:
    """[salesforce.md 0.13]"""
    org = Org(api_bursts=(1, 750))
    connector = org.connect()
    assert (connector._client.limit, connector._client.used > 0) == (100_000, True)


def test_an_unknown_version_says_which_to_set(org: Org) -> None:
    health = check(org, version="99.0")
    assert health.fatal
    assert "99.0" in health.problems[0].sentence
    assert "68.0" in health.problems[0].fix


def test_an_object_that_is_hidden_is_left_out() -> None:
    org = Org()
    org.emulator.add_app({"client_id": "narrow", "client_secret": "s", "run_as": "narrow@acme.example"})
    narrow = {"Username": "narrow@acme.example", "LastName": "N", "objects": {"Opportunity": []}}
    org.emulator.add_user(narrow)
    connector = org.unchecked(client_id=lambda: "narrow", client_secret=lambda: "s")
    health = connector.check([])
    assert "Opportunity is hidden" in " ".join(p.sentence for p in health.problems)
    lead = org.lead()
    assert [r.ref.id for page in connector.pull("changes", None) for r in page.people] == [lead]
    assert list(connector.pull("gone", None))


def test_rights_that_are_lacking_are_named() -> None:
    org = Org()
    org.emulator.add_app({"client_id": "reader", "client_secret": "s", "run_as": "reader@acme.example"})
    rights = {name: ["read"] for name in ("Lead", "Contact", "Task")}
    org.emulator.add_user({"Username": "reader@acme.example", "LastName": "R", "objects": rights})
    health = org.unchecked(client_id=lambda: "reader", client_secret=lambda: "s").check([])
    said = " ".join(p.sentence for p in health.problems if p.kind == "permission")
    assert "Lead is not updateable and not createable for us." in said
    assert "Task is not createable for us." in said


def test_nobody_answers(org: Org) -> None:
    org.emulator.faults.add({"method": "*", "path": "/", "reset": "before", "every": 1})
    health = check(org)
    assert health.fatal
    assert health.problems[0].kind == "unreachable"
    assert ME not in health.problems[0].sentence
