"""Issue 7: wrong token, missing scope, missing field, unknown value, system down: each its sentence and exit code, and
nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.loopback.hubspot import TokenGrant
from connectors.loopback.world import setup
from tests.cli.place import Place, Ran

SCOPE = "crm.objects.contacts.write"


def grant(place: Place, *without: str) -> None:
    """The token has all scopes but these."""
    scopes = tuple(scope for scope in TokenGrant().scopes if scope not in without)
    place.sandbox.hubspot.settings.tokens[setup.HUBSPOT_TOKEN] = TokenGrant(scopes=scopes)


def unwritten(place: Place, *args: str) -> Ran:
    """Run a command and hold that neither system noticed."""
    before = place.contents()
    ran = place.syncd(*args)
    assert place.contents() == before
    assert "Traceback" not in ran.err
    return ran


def secret(place: Place, name: str, value: str) -> None:
    (place.folder / f"syncd.{name}").write_text(value)


# ---------------------------------------------------------------- credentials
@pytest.mark.parametrize(
    ("name", "system"), [("hubspot_token", "hubspot"), ("salesforce_client_id", "salesforce"),
                         ("salesforce_client_secret", "salesforce")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["check", "plan", "sync"])
def test_wrong_credentials(place: Place, name: str, system: str, command: str) -> None:
    secret(place, name, "pat-eu1-0000-wrong-canary")
    ran = unwritten(place, command, "--json")
    assert ran.code == 3
    found = (
        ran.json["findings"]
        if command == "check"
        else [{"system": s, "sentence": t} for s, t in ran.json["out"].items()]
    )
    assert {f["system"] for f in found} == {system}
    assert "wrong-canary" not in ran.out + ran.err


def test_wrong_credentials_in_words(place: Place) -> None:
    secret(place, "hubspot_token", "pat-eu1-0000-wrong-canary")
    ran = unwritten(place, "check")
    assert ran.code == 3
    assert "! HubSpot:" in ran.out
    assert "token" in ran.out


def test_wrong_credentials_after_the_first_plan(approved: Place) -> None:
    """One side sits out, nothing is concluded about it, and the next sync goes on as if nothing had been."""
    secret(approved, "salesforce_client_secret", "wrong")
    ran = unwritten(approved, "sync")
    assert ran.code == 3
    assert "! salesforce:" in ran.out
    assert "It sat this sync out." in ran.out
    secret(approved, "salesforce_client_secret", setup.CLIENT_SECRET)
    assert approved.syncd("sync").code in (0, 1)
    assert "system_out" not in approved.syncd("problems").out


# ---------------------------------------------------------------- scopes
@pytest.mark.parametrize(
    ("scope", "code"), [(SCOPE, 1), ("crm.objects.owners.read", 1), ("crm.objects.contacts.read", 3)]
)
def test_a_missing_scope_is_named(own: Place, scope: str, code: int) -> None:
    grant(own, scope)
    ran = unwritten(own, "check")
    assert ran.code == code
    assert scope in ran.out


def test_without_the_write_scope_an_applied_plan_leaves_problems_and_retry_heals_it(own: Place) -> None:
    grant(own, SCOPE)
    ran = own.approve()
    assert ran.code in (1, 3)
    assert not [c for c in own.contents()["hubspot"]["contacts"] if c["properties"].get("syncd_handoff_no")]
    grant(own)
    own.syncd("problems", "retry")
    for _ in range(4):
        own.control("hubspot", "clock", advance="5h")
        own.syncd("sync")
    told = [c for c in own.contents()["hubspot"]["contacts"] if c["properties"].get("syncd_handoff_no")]
    assert len(told) >= len(own.leads()) > 0


# ---------------------------------------------------------------- fields and values
Break = Callable[[Place], Any]

FLAWS: list[tuple[str, Break, str]] = [
    (
        "a HubSpot property",
        lambda p: p.control("hubspot", "property", kind="contacts", name="syncd_tier", archived=True),
        "contacts.syncd_tier does not exist",
    ),
    (
        "a Salesforce field",
        lambda p: p.control("salesforce", "field", sobject="Lead", name="syncd_score__c", removed=True),
        "Lead.syncd_score__c does not exist",
    ),
    (
        "the external id",
        lambda p: p.control("salesforce", "field", sobject="Lead", name="syncd_hs_id__c", removed=True),
        "Lead.syncd_hs_id__c does not exist",
    ),
    (
        "a Salesforce value",
        lambda p: p.control("salesforce", "picklist", sobject="Lead", field="Status", value="Recycled", active=False),
        "Lead.Status has no value “Recycled”",
    ),
    (
        "a HubSpot option",
        lambda p: p.control(
            "hubspot", "property", kind="contacts", name="syncd_stage",
            definition={"options": [{"label": "Lead", "value": "lead", "displayOrder": 0, "hidden": False}]},
        ),
        "contacts.syncd_stage has no option",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "broken", "sentence"), FLAWS, ids=[flaw[0] for flaw in FLAWS])
def test_a_missing_field_or_value_is_named_with_its_fix(own: Place, what: str, broken: Break, sentence: str) -> None:
    broken(own)
    ran = unwritten(own, "check", "--json")
    assert ran.code == 1
    found = [f for f in ran.json["findings"] if sentence in f["sentence"]]
    assert found
    assert all(f["fix"] for f in found)
    planned = unwritten(own, "plan", "--json")
    assert planned.code == 1
    assert any(sentence in p["sentence"] for p in planned.json["plan"]["problems"])


def test_an_org_without_one_of_our_fields_still_gets_its_leads(own: Place) -> None:
    own.control("salesforce", "field", sobject="Lead", name="syncd_score__c", removed=True)
    ran = own.approve()
    assert ran.code == 1
    assert own.leads()


def test_a_status_that_nobody_mapped_is_held_and_named(approved: Place) -> None:
    """S1.24: an unmapped value is an error, not a guess."""
    lead = approved.leads()[0]
    approved.control("salesforce", "picklist", sobject="Lead", field="Status", value="Strange", active=True)
    approved.control("salesforce", "record", sobject="Lead", id=lead["Id"], fields={"Status": "Strange"})
    before = approved.contents()["hubspot"]
    ran = approved.syncd("sync")
    assert ran.code == 1
    assert approved.contents()["hubspot"] == before
    (problem,) = [p for p in approved.syncd("problems", "--json").json["problems"] if p["kind"] == "unknown_status"]
    assert "Strange" in problem["sentence"]
    assert problem["fix"]
    approved.control("salesforce", "record", sobject="Lead", id=lead["Id"], fields={"Status": "Working - Contacted"})
    approved.syncd("sync")
    assert "unknown_status" not in approved.syncd("problems").out


# ---------------------------------------------------------------- down
@pytest.mark.parametrize("names", [("hubspot",), ("salesforce",), ("hubspot", "salesforce")], ids="+".join)
@pytest.mark.parametrize("command", ["check", "plan", "sync"])
def test_a_system_that_is_down(place: Place, names: tuple[str, ...], command: str) -> None:
    for name in names:
        place.down(name)
    ran = unwritten(place, command)
    assert ran.code == 3
    assert ran.out.count("No connection could be made.") == len(names)
    assert "Look whether the url in the config is right" in ran.out


def test_a_plan_of_one_system_is_not_saved(place: Place) -> None:
    place.down("salesforce")
    ran = place.syncd("plan", "--out", "plan.json")
    assert ran.code == 3
    assert "Not saved" in ran.out
    assert not (place.folder / "plan.json").exists()


@pytest.mark.parametrize("name", ["hubspot", "salesforce"])
def test_a_system_that_is_down_in_the_middle(approved: Place, name: str) -> None:
    approved.fault(name, path="", status=503)
    assert approved.syncd("sync").code == 3
    approved.heal(name)
    assert approved.syncd("sync").code in (0, 1)


def test_apply_while_a_system_is_down_approves_nothing(own: Place) -> None:
    own.syncd("plan", "--out", "plan.json")
    own.down("salesforce")
    before = own.contents()
    assert own.syncd("apply", "plan.json").code == 3
    assert own.contents() == before
    assert own.syncd("status", "--json").json["approved"] is None
