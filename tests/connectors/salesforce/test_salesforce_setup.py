"""Setup makes custom fields through the Tooling API and opens them to those who need them; it changes nobody's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.loopback.kit import InProcess
from connectors.salesforce.auth import Session
from connectors.salesforce.client import Client
from connectors.salesforce.setup import SalesforceSetup
from syncd.core.blueprint import Blueprint, Fate
from syncd.core.errors import Rejected, Unauthorized
from syncd.core.wanted import EDIT, READ, Wanted
from syncd.sync.setup import carry_out
from tests.connectors.salesforce.org import ADMIN_TOKEN, TASK_KEY, Org

KEY = Wanted("Lead", "syncd_hs_id__c", "HubSpot id (syncd)", length=32, unique=True)
SCORE = Wanted("Lead", "syncd_score__c", "Score (syncd)", "number", reps=READ)
ANSWER = Wanted(
    "Lead", "syncd_disposition__c", "Disposition (syncd)", "choice", values=("qualified", "trash"), reps=EDIT
)
ROWS = [KEY, SCORE, ANSWER]


class Recording(InProcess):
    """The org, and what it was sent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sent: list[tuple[str, str, Any]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        path = str(request.url).partition("/v65.0")[2].partition("?")[0]
        if request.method in ("POST", "PATCH") and path not in ("", "/composite"):
            self.sent.append((request.method or "", path, json.loads(request.body or b"null")))
        return super().send(request, *args, **options)


@pytest.fixture
def bare() -> Iterator[Org]:
    """An org in which nobody has prepared anything for syncd."""
    org = Org(fields=False, key=None)
    org.adapter = Recording(org.emulator.app, sleep=lambda seconds: None)
    yield org
    org.emulator.close()


def setup(org: Org, session: str = "") -> SalesforceSetup:
    ours = org.unchecked().client
    admin = Client("salesforce", org.settings(), adapter=org.adapter, auth=Session(session)) if session else ours
    return SalesforceSetup(ours, admin)


def names(plan: Blueprint) -> list[str]:
    return [step.name for step in plan.steps]


def carried_out(building: SalesforceSetup, *rows: Wanted) -> None:
    assert {done.fate for done in carry_out(building, building.look(rows).steps)} == {Fate.MADE}


def sent(org: Org, path: str) -> list[Any]:
    assert isinstance(org.adapter, Recording)
    return [body for _, there, body in org.adapter.sent if there == path]


def test_S3_3_S4_4_what_creates_fields_and_lets_syncd_and_reps_at_them(bare: Org) -> None:
    building = setup(bare)
    plan = building.look(ROWS)
    assert names(plan) == [
        "Lead.syncd_hs_id__c", "Lead.syncd_score__c", "Lead.syncd_disposition__c", "Task.syncd_key__c",
        "permission set syncd", "rights of syncd", "permission set syncd_sales", "rights of syncd_sales",
        "assignment of syncd",
    ]  # fmt: skip
    carried_out(building, *ROWS)
    assert sent(bare, "/tooling/sobjects/CustomField") == [
        {"FullName": "Lead.syncd_hs_id__c", "Metadata": {
            "label": "HubSpot id (syncd)", "type": "Text", "length": 32, "externalId": True, "unique": True,
            "caseSensitive": True}},
        {"FullName": "Lead.syncd_score__c", "Metadata": {
            "label": "Score (syncd)", "type": "Number", "precision": 18, "scale": 0}},
        {"FullName": "Lead.syncd_disposition__c", "Metadata": {
            "label": "Disposition (syncd)", "type": "Picklist", "valueSet": {"restricted": True, "valueSetDefinition": {
                "sorted": False, "value": [
                    {"valueName": "qualified", "label": "Qualified", "default": False},
                    {"valueName": "trash", "label": "Trash", "default": False}]}}}},
        {"FullName": "Activity.syncd_key__c", "Metadata": {
            "label": "Key (syncd)", "type": "Text", "length": 40, "externalId": True, "unique": True,
            "caseSensitive": True}},
    ]  # fmt: skip
    ours, sales = ({row["Field"]: row["PermissionsEdit"] for row in body["records"]}
                   for body in sent(bare, "/composite/sobjects"))  # fmt: skip
    assert ours == {
        "Lead.syncd_hs_id__c": True, "Lead.syncd_score__c": True, "Lead.syncd_disposition__c": True,
        "Task.syncd_key__c": True,
    }  # fmt: skip
    assert sales == {"Lead.syncd_score__c": False, "Lead.syncd_disposition__c": True}
    (assignment,) = sent(bare, "/sobjects/PermissionSetAssignment")
    assert assignment["AssigneeId"] == bare.me
    assert setup(bare).look(ROWS) == Blueprint(plan.account, 4, advice=plan.advice)


@pytest.mark.parametrize("type_", ["text", "long", "number", "money", "bool", "date", "datetime", "choice"])
def test_every_type_can_be_made_and_fits_afterwards(bare: Org, type_: str) -> None:
    row = Wanted("Lead", "syncd_thing__c", "Thing", type_, values=("a",) if type_ == "choice" else (), reps=EDIT)
    carried_out(setup(bare), row)
    left = setup(bare).look([row])
    assert (left.steps, left.by_hand, left.there) == ((), (), 2)


def test_text_that_is_longer_than_a_text_field_becomes_a_long_one(bare: Org) -> None:
    carried_out(setup(bare), Wanted("Lead", "Notes__c", "Notes", length=2000))
    assert bare.emulator.org.schema["Lead"].fields["Notes__c"].length == 2000


def test_a_field_that_exists_and_is_hidden_needs_only_the_right(bare: Org) -> None:
    carried_out(setup(bare), KEY)
    for row in bare.rows("PermissionSetAssignment", AssigneeId=bare.me):
        bare.api("DELETE", f"/sobjects/PermissionSetAssignment/{row['Id']}", token=ADMIN_TOKEN)
    assert names(setup(bare).look([KEY])) == ["assignment of syncd"]
    carried_out(setup(bare), KEY)
    assert not setup(bare).look([KEY]).steps


def test_an_org_that_an_admin_has_prepared_needs_nothing() -> None:
    org = Org()
    plan = setup(org).look(ROWS)
    assert (plan.steps, plan.by_hand) == ((), ())
    org.emulator.close()


def test_S1_24_values_are_added_to_our_picklist_and_those_that_are_there_stay(bare: Org) -> None:
    bare.emulator.add_field("Lead", {"name": ANSWER.field, "type": "picklist", "label": "A", "restrictedPicklist": True,
                                     "picklistValues": ["mine", "trash"]})  # fmt: skip
    building = setup(bare)
    step = next(step for step in building.look([ANSWER]).steps if step.verb == "values")
    building.make(step)
    described = bare.api("GET", "/sobjects/Lead/describe", token=ADMIN_TOKEN)
    (field,) = [f for f in described["fields"] if f["name"] == ANSWER.field]
    assert [v["value"] for v in field["picklistValues"]] == ["mine", "trash", "qualified"]


@pytest.mark.parametrize(
    ("row", "there", "said"),
    [
        (SCORE, {"type": "date"}, "a Date; syncd needs number"),
        (KEY, {"type": "string", "length": 32}, "a Text of 32; syncd needs text of 32, unique"),
        (Wanted("Lead", "syncd_at__c", "At", "datetime"), {"type": "date"}, "a Date; syncd needs date and time"),
    ],
)
def test_a_field_of_another_type_is_told_and_left_alone(
    bare: Org, row: Wanted, there: dict[str, Any], said: str
) -> None:
    bare.emulator.add_field("Lead", {"name": row.field, "label": "Own", **there})
    plan = setup(bare).look([row])
    assert not [step for step in plan.steps if step.verb in ("field", "values")][1:]  # the task's key alone
    (problem,) = plan.by_hand
    assert said in problem.sentence


def test_what_is_salesforces_own_is_for_people(bare: Org) -> None:
    rows = [
        Wanted("Lead", "Status", "Status", make=False, values=("Open - Not Contacted", "Gone quiet")),
        Wanted("Lead", "Challenge__c", "Challenge", make=False),
    ]
    plan = setup(bare).look(rows)
    assert [problem.kind for problem in plan.by_hand] == ["value_missing", "field_missing"]
    assert "“Gone quiet”" in plan.by_hand[0].sentence


def test_what_somebody_made_in_the_meantime_is_made(bare: Org) -> None:
    building = setup(bare)
    steps = building.look(ROWS).steps
    for step in (*steps, *steps):
        building.make(step)
    assert len(bare.rows("PermissionSetAssignment", AssigneeId=bare.me)) == 1


def test_a_right_on_a_field_that_is_not_there_is_named_and_sinks_no_other(bare: Org) -> None:
    building = setup(bare)
    steps = [step for step in building.look(ROWS).steps if step.name != str(SCORE)]
    with pytest.raises(Rejected, match=r"Lead\.syncd_score__c"):
        for step in steps:
            building.make(step)
    granted = {row["Field"] for row in bare.rows("FieldPermissions")}
    assert "Lead.syncd_disposition__c" in granted


# ---------------------------------------------------------------- permissions
def test_S3_3_who_may_not_customise_is_told_what_to_do_and_an_admins_session_helps(bare: Org) -> None:
    me = bare.emulator.service.user_named("syncd@acme.example")
    assert me is not None
    me.grant({"objects": {"CustomField": [], "PermissionSet": ["read"]}})
    with pytest.raises(Unauthorized) as caught:
        setup(bare).look(ROWS)
    assert "Customize Application" in caught.value.fix
    assert "SYNCD_SETUP_SALESFORCE_TOKEN" in caught.value.fix
    carried_out(setup(bare, ADMIN_TOKEN), *ROWS)
    (assigned,) = [row for row in bare.rows("PermissionSetAssignment") if row["AssigneeId"] == bare.me]
    assert assigned
    assert ADMIN_TOKEN not in repr(Session(ADMIN_TOKEN))


def test_a_user_who_may_read_the_setup_only_is_stopped_at_the_first_write(bare: Org) -> None:
    me = bare.emulator.service.user_named("syncd@acme.example")
    assert me is not None
    me.grant({"objects": {"CustomField": ["read"]}})
    building = setup(bare)
    done = list(carry_out(building, building.look(ROWS).steps))
    assert done[0].fate is Fate.REFUSED
    assert "Customize Application" in done[0].fix
    assert {one.fate for one in done[1:]} == {Fate.SKIPPED}


def test_a_session_that_has_ended_is_told(bare: Org) -> None:
    with pytest.raises(Unauthorized) as caught:
        setup(bare, "00DdM0000000001!ended").look(ROWS)
    assert "ended" not in str(caught.value).replace("SYNCD", "")


def test_the_key_of_the_docs_is_the_key_of_setup(bare: Org) -> None:
    carried_out(setup(bare))
    field = bare.emulator.org.schema["Task"].fields[TASK_KEY["name"]]
    assert (field.length, field.unique, field.externalId, field.case_sensitive) == (40, True, True, True)
