"""syncd setup, in accounts that have nothing of syncd: shown, made, made again after any break, and handoffs that carry it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.loopback.world import setup as world
from tests.cli.place import Place, running

ADMIN_SESSION = "00DdM0000000001!some-admin"

_PLAN = tomllib.loads((Path(world.__file__).parent / "data" / "setup.toml").read_text(encoding="utf-8"))
PROPERTIES = [f"contacts.{name}" for name, *_ in _PLAN["hubspot"]["contact_properties"] if name.startswith("syncd")]
FIELDS = [f"{kind}.{field['name']}" for kind in ("Lead", "Contact") for field in _PLAN["salesforce"]["person_fields"]]
KEYS = ["tasks.syncd_key", "notes.syncd_key"]


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """Both systems without any field of syncd."""
    scenario = tmp_path / "bare.toml"
    scenario.write_text(
        f"[hubspot]\nmissing_properties = {json.dumps(PROPERTIES + KEYS)}\n"
        f"[salesforce]\nmissing_fields = {json.dumps([*FIELDS, 'Task.syncd_key__c'])}\n"
        f'[[salesforce.user]]\nUsername = "some.admin@syncd.example"\nLastName = "Admin"\ntoken = "{ADMIN_SESSION}"\n'
    )
    with running(contacts=60, days=30, scenario=scenario) as sandbox:
        yield Place(tmp_path, sandbox, capsys)


@pytest.fixture(autouse=True)
def _no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SYNCD_SETUP_HUBSPOT_TOKEN", "SYNCD_SETUP_SALESFORCE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def steps(told: dict[str, Any], system: str) -> dict[str, str]:
    return {step["name"]: step["fate"] for step in told["systems"][system]["steps"]}


def test_S3_3_S4_4_setup_shows_makes_and_then_has_nothing_to_do(bare: Place) -> None:
    """check says what is missing and lost → setup shows → setup --apply makes → check is clean → a handoff is stamped."""
    said = bare.syncd("check")
    assert said.code == 1
    assert "Lead.syncd_hs_id__c does not exist" in said.out
    assert "can be made twice" in said.out
    assert "`syncd setup` can make it" in said.out
    before = bare.contents()
    shown = bare.syncd("setup", "--json")
    assert shown.code == 1
    assert set(PROPERTIES) <= set(steps(shown.json, "hubspot"))
    assert {*FIELDS, "Task.syncd_key__c", "permission set syncd"} <= set(steps(shown.json, "salesforce"))
    assert {fate for name in ("hubspot", "salesforce") for fate in steps(shown.json, name).values()} == {"planned"}
    assert bare.contents() == before

    made = bare.syncd("setup", "--apply")
    assert made.code == 0, made.out + made.err
    assert "0 not. Next: syncd check" in made.out
    assert "syncd_sales" in made.out
    again = bare.syncd("setup")
    assert again.code == 0, again.out
    assert "Nothing is to be made" in again.out
    assert bare.syncd("check").code == 0

    assert bare.approve().code in (0, 1)
    stamped = [lead for lead in bare.leads() if lead["syncd_handoff_no__c"] == 1]
    assert stamped
    assert all(lead["syncd_score__c"] is not None and lead["syncd_brief__c"] for lead in stamped)


def test_S3_3_S4_4_setup_makes_the_keys_of_tasks_where_hubspot_is_the_crm(
    bare: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path, bare.sandbox, capsys, crm="hubspot")
    assert "tasks cannot be created exactly once" in place.syncd("check").out
    made = place.syncd("setup", "--apply", "--json")
    assert made.code == 0, made.out
    assert set(KEYS) <= set(steps(made.json, "hubspot"))
    assert place.syncd("check").code == 0


@pytest.mark.parametrize("lost", [1, 4, 20, 22, 24])
def test_setup_that_breaks_off_is_finished_by_the_next(bare: Place, lost: int) -> None:
    """The answer of one write is lost: what was made stays made, the rest is not tried, and the next setup makes it."""
    bare.fault("salesforce", method="POST", path="/sobjects", reset="after", nth=lost)
    broken = bare.syncd("setup", "--apply", "--json")
    assert broken.code == 1
    fates = list(steps(broken.json, "salesforce").values())
    assert fates.count("unknown") == 1
    assert set(fates[: fates.index("unknown")]) <= {"made"}
    assert set(fates[fates.index("unknown") + 1 :]) <= {"skipped"}
    bare.heal("salesforce")
    assert bare.syncd("setup", "--apply").code == 0
    assert bare.syncd("setup").code == 0
    assert bare.syncd("check").code == 0


def test_one_refused_property_does_not_stop_the_others(bare: Place) -> None:
    bare.fault(
        "hubspot", method="POST", path="/crm/properties/.*contacts$", status=400, nth=3, times=1,
        body={"status": "error", "category": "VALIDATION_ERROR", "message": "no", "correlationId": "x"},
    )  # fmt: skip
    ran = bare.syncd("setup", "--apply")
    assert ran.code == 1
    assert "refused" in ran.out
    assert "1 not. Next: syncd setup" in ran.out
    assert bare.syncd("setup", "--apply").code == 0


def test_a_field_of_another_type_is_left_alone(bare: Place) -> None:
    bare.sandbox.salesforce.add_field("Lead", {"name": "syncd_score__c", "type": "date", "label": "Score"})
    ran = bare.syncd("setup", "--apply")
    assert ran.code == 1
    assert "Lead.syncd_score__c is a Date; syncd needs number." in ran.out
    assert bare.sandbox.salesforce.org.schema["Lead"].fields["syncd_score__c"].type == "date"


# ---------------------------------------------------------------- permissions
def test_S3_3_an_integration_user_who_may_not_customise_is_told_and_an_admins_session_helps(
    bare: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = bare.sandbox.salesforce.service.user_named(world.INTEGRATION_USER)
    assert person is not None
    person.grant({"objects": {"CustomField": [], "PermissionSet": ["read"]}})
    refused = bare.syncd("setup")
    assert refused.code == 3
    assert "SYNCD_SETUP_SALESFORCE_TOKEN" in refused.out
    monkeypatch.setenv("SYNCD_SETUP_SALESFORCE_TOKEN", ADMIN_SESSION)
    done = bare.syncd("setup", "--apply")
    assert done.code == 0, done.out
    assert ADMIN_SESSION not in done.out + done.err
    monkeypatch.delenv("SYNCD_SETUP_SALESFORCE_TOKEN")
    assert bare.syncd("check").code == 0


def test_a_token_of_another_account_is_refused(bare: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCD_SETUP_HUBSPOT_TOKEN", "pat-eu1-nobody-canary")
    ran = bare.syncd("setup", "--apply")
    assert ran.code == 3
    assert "canary" not in ran.out + ran.err
