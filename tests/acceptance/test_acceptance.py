"""On the seeded world, for both CRM targets: every contact that meets the configured rule, and no other, has exactly one
live record with the routed owner, one brief, its history; every disposition set in the CRM is on the HubSpot contact after
the next sync. `independent.py` proves it: it reads both systems over their public APIs and shares no code with syncd."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.acceptance.stage import Crm, Stage, stage

CRMS = get_args(Crm)
SEED = 3
"""Its 600 contacts have every kind of ready person: new to the CRM, an open lead, a contact, a converted lead, two leads
of one person, a lead of a rep who left."""


def tell_the_story(place: Stage, days: float) -> None:
    """Handed over, worked by sales, answered; and then everything that may happen to a ledger, without a second handoff."""
    place.syncd("sync", "--json", config=place.braked_config())
    before = place.folder / "before.db"
    shutil.copy(place.ledger, before)
    assert not place.handed_over()

    place.approve()
    found = place.check()
    assert found["deviations"] == []
    assert found["handed_over"] == found["ready"] - found["held"] > 0
    nothing_to_write(place)

    place.sandbox.reps(seed=5, crm=place.crm).work(days)
    place.wait()
    place.sync()
    answered = place.check()
    assert answered["deviations"] == []
    assert answered["handed_over"] == found["handed_over"]
    assert answered["answered"] > 0
    nothing_to_write(place)

    for loss in (place.wipe_links, place.drop_ledger, lambda: restore(place, before)):
        records = place.records()
        loss()
        place.approve()
        place.wait()
        for _ in range(3):
            place.sync()
            place.wait(1200)
        assert place.records() - records == set(), loss
        assert place.check()["deviations"] == [], loss
        nothing_to_write(place)


def nothing_to_write(place: Stage) -> None:
    """C14: a sync on an unchanged world writes nothing, and neither does the next one."""
    for _ in range(2):
        place.wait()
        place.forget_calls()
        place.sync()
        assert place.writes() == []


def restore(place: Stage, copy: Path) -> None:
    place.drop_ledger()
    shutil.copy(copy, place.ledger)


@pytest.mark.process
@pytest.mark.parametrize("crm", CRMS)
def test_everyone_who_is_ready_and_nobody_else(tmp_path: Path, crm: Crm) -> None:
    with stage(tmp_path, crm=crm, contacts=600, seed=SEED) as place:
        tell_the_story(place, days=12)


@pytest.mark.long
@pytest.mark.process
@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("crm", CRMS)
def test_everyone_who_is_ready_and_nobody_else_of_5_000(tmp_path: Path, crm: Crm, seed: int) -> None:
    with stage(tmp_path, crm=crm, contacts=5_000, seed=seed) as place:
        tell_the_story(place, days=30)


# ---------------------------------------------------------------- the checker can fail
@pytest.fixture(scope="module", params=CRMS)
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A few dozen handoffs without a fault; each test makes its own."""
    with stage(tmp_path_factory.mktemp(request.param), crm=request.param, contacts=150, seed=SEED) as place:
        place.approve()
        yield place


def deviations(place: Stage, contact: str, config: Path | None = None) -> list[str]:
    return [text for text in place.check(config)["deviations"] if contact in text]


@pytest.mark.process
def test_the_checker_sees_another_rule(small: Stage) -> None:
    """With a stricter rule some were handed over wrongly, with a laxer one some are missing."""
    for threshold, sentence in ((101, "does not meet the rule"), (10, "was not handed over")):
        text = small.config.read_text()
        for name, value in (("threshold", 60), ("fit_minimum", 75), ("engagement_minimum", 40)):
            assert f"{name} = {value} " in text
            text = text.replace(f"{name} = {value} ", f"{name} = {threshold} ")
        other = small.folder / "other.toml"
        other.write_text(text)
        assert any(sentence in found for found in small.check(other)["deviations"])


@pytest.mark.process
def test_the_checker_sees_a_second_record_and_a_lost_task(small: Stage) -> None:
    one, two = small.handed_over()[:2]
    assert deviations(small, one["id"]) == deviations(small, two["id"]) == []
    if small.crm == "hubspot":
        note = {"properties": {"hs_timestamp": "2026-11-24T10:00:00Z", "hs_note_body": "Again", "syncd_key": "syncd_2"},
                "associations": [{"to": {"id": one["id"]}, "types": [
                    {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}]}  # fmt: skip
        small.hubspot("POST", "/crm/v3/objects/notes", **note)
        key = next(iter(_tasks_of(small, two["id"])))
        small.hubspot("DELETE", f"/crm/v3/objects/tasks/{key}")
    else:
        small.salesforce("POST", "/sobjects/Lead", LastName="Twin", Company="Twin Ltd", Email=one["email"])
        small.salesforce("DELETE", f"/sobjects/Task/{next(iter(_tasks_of(small, two['syncd_crm_id'])))}")
    assert deviations(small, one["id"]) != []
    assert any("follow-ups" in found or "histories" in found for found in deviations(small, two["id"]))


@pytest.mark.process
def test_the_checker_sees_a_lost_disposition_and_another_owner(small: Stage) -> None:
    one, two = small.handed_over()[2:4]
    assert deviations(small, one["id"]) == deviations(small, two["id"]) == []
    if small.crm == "hubspot":
        small.hubspot("PATCH", f"/crm/v3/objects/contacts/{one['id']}", properties={"hs_lead_status": "BAD_TIMING"})
        other = next(m.owner_id for m in small.sandbox.world.crew.reps if m.owner_id != two["hubspot_owner_id"])
        small.hubspot("PATCH", f"/crm/v3/objects/contacts/{two['id']}", properties={"hubspot_owner_id": other})
    else:
        small.salesforce("PATCH", f"/sobjects/Lead/{one['syncd_crm_id']}", Status="Recycled", syncd_reason__c="Budget")
        other = next(m.user_id for m in small.sandbox.world.crew.reps if m.user_id and m.email != two["syncd_owner"])
        small.salesforce("PATCH", f"/sobjects/Lead/{two['syncd_crm_id']}", OwnerId=other)
    assert any("recycled" in found for found in deviations(small, one["id"]))
    assert deviations(small, two["id"]) != []


def _tasks_of(place: Stage, person: str) -> list[str]:
    """Our follow-up tasks of a contact, lead, or Salesforce contact."""
    if place.crm == "hubspot":
        snapshot = place.sandbox.hubspot.snapshot()
        links = {
            row["from"][1] for row in snapshot["associations"] if row["from"][0] == "tasks" and row["to"][1] == person
        }
        return [t["id"] for t in snapshot["tasks"] if t["id"] in links and t["properties"].get("syncd_key")]
    return [t["Id"] for t in place.sandbox.salesforce.snapshot()["Task"] if t["WhoId"] == person and t["syncd_key__c"]]
