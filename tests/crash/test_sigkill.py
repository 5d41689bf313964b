"""SIGKILL at random moments, and answers lost on each write endpoint, over real HTTP with real processes."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.crash.harness import Site, faults_of, newcomers, sales_answers, simple_rules, site

RUNS = int(os.environ.get("SYNCD_CRASH_RUNS", "20")) // 2
"""Per CRM. `make crash` sets 200."""

WRITES = {
    "salesforce": [
        ("salesforce", "PATCH", "/composite/sobjects/Lead"),
        ("salesforce", "PATCH", "/composite/sobjects/Task"),
        ("hubspot", "POST", "/contacts/batch/update"),
    ],
    "hubspot": [
        ("hubspot", "POST", "/contacts/batch/update"),
        ("hubspot", "POST", "/notes/batch/upsert"),
        ("hubspot", "POST", "/tasks/batch/upsert"),
        ("hubspot", "POST", "/associations/.*/batch/associate/default"),
    ],
}


@pytest.fixture(scope="module", params=["salesforce", "hubspot"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A sandbox whose rules let the tests make ready people, with a first plan approved."""
    with site(tmp_path_factory.mktemp(request.param), crm=request.param, contacts=40, seed=3) as running:
        simple_rules(running)
        plan = running.folder / "plan.json"
        running.must("plan", "--out", str(plan))
        running.must("apply", str(plan))
        running.until_quiet()
        yield running


@pytest.mark.process
@pytest.mark.parametrize("run", range(RUNS))
def test_F01_kill_at_random_calls_loses_and_doubles_nothing(place: Site, run: int) -> None:
    """New people come; syncd is killed at a random call, again and again, while they are handed over and while sales'
    answers go back. In the end each has exactly one of everything."""
    dice = random.Random(f"{place.crm} {run}")
    contacts = newcomers(place, [f"kill{run}-{n}" for n in range(dice.randrange(1, 5))])
    for _ in range(dice.randrange(1, 4)):
        place.killed_at_call(dice.randrange(1, 16), "sync")
    place.until_quiet()
    assert faults_of(place, contacts, answered=False) == []
    sales_answers(place, contacts)
    place.killed_at_call(dice.randrange(1, 7), "sync")
    place.until_quiet()
    assert faults_of(place, contacts, answered=True) == []


@pytest.mark.process
def test_F09_an_answer_lost_on_each_write_endpoint_in_turn(place: Site) -> None:
    for n, (system, method, path) in enumerate(WRITES[place.crm]):
        contacts = newcomers(place, [f"reset{n}-{i}" for i in range(3)])
        place.fault(system, method=method, path=path, nth=1, reset="after")
        place.until_quiet()
        fired = requests.get(place.url(system, "requests"), timeout=10).json()["log"]
        assert any(row["fault"] for row in fired), f"{method} {path} was never called"
        requests.delete(place.url(system, "requests"), timeout=10)
        place.clear_faults()
        assert faults_of(place, contacts, answered=False) == []


def test_the_checker_sees_a_duplicate(place: Site, tmp_path: Path) -> None:
    """The checker must be able to fail: a second record for one person is seen."""
    (contact,) = newcomers(place, ["twice"])
    place.until_quiet()
    assert faults_of(place, [contact], answered=False) == []
    if place.crm == "salesforce":
        requests.post(
            f"{place.ready['salesforce']['url']}/services/data/v65.0/sobjects/Lead",
            headers={"Authorization": f"Bearer {place.salesforce_token()}",
                     "Sforce-Duplicate-Rule-Header": "allowSave=true"},
            json={"LastName": "Test", "Company": "Crash Ltd", "Email": "twice@crash.example"}, timeout=10,
        ).raise_for_status()  # fmt: skip
    else:
        requests.patch(
            f"{place.ready['hubspot']['url']}/crm/v3/objects/contacts/{contact}",
            headers={"Authorization": f"Bearer {place.ready['hubspot']['token']}"},
            json={"properties": {"syncd_handoff_no": "2"}}, timeout=10,
        ).raise_for_status()  # fmt: skip
    assert faults_of(place, [contact], answered=False) != []
