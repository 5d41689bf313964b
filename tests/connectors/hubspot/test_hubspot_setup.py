"""Setup makes properties as the properties API wants them, and changes nobody's (hubspot.md 10.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.hubspot.setup import HubSpotSetup
from connectors.loopback.hubspot import TokenGrant
from syncd.core.blueprint import Blueprint, Fate
from syncd.core.errors import Rejected, Unauthorized
from syncd.core.wanted import EDIT, Wanted
from syncd.sync.setup import carry_out
from tests.connectors.hubspot.portal import TEXT, TOKEN, Portal

STAGE = Wanted("contacts", "syncd_result", "Result (syncd)", "choice", values=("qualified", "could_not_reach"))
SCORE = Wanted("contacts", "syncd_score", "Score (syncd)", "number")
PATH = "/crm/v3/properties/contacts"


def portal(**settings: Any) -> Portal:
    return Portal(property_lag_seconds=0.0, **settings)


def setup(at: Portal, *, crm: bool = False, version: str = "2026-09") -> HubSpotSetup:
    api = at.connect(version=version).api
    return HubSpotSetup(api, api, crm=crm)


def sent(at: Portal, method: str) -> list[Any]:
    return [json.loads(r.body or b"null") for r, _ in at.adapter.exchanges if r.method == method]


def names(plan: Blueprint) -> list[str]:
    return [step.name for step in plan.steps]


@pytest.mark.parametrize("version", ["2026-09", "v3"])
def test_S3_3_S4_4_what_creates_a_property(version: str) -> None:
    at = portal()
    building = setup(at, version=version)
    plan = building.look([STAGE, SCORE])
    assert names(plan) == ["contacts.syncd_result", "contacts.syncd_score"]
    assert {done.fate for done in carry_out(building, plan.steps)} == {Fate.MADE}
    assert sent(at, "POST") == [
        {
            "name": "syncd_result", "label": "Result (syncd)", "type": "enumeration", "fieldType": "select",
            "groupName": "syncd",
            "options": [
                {"label": "Qualified", "value": "qualified", "displayOrder": 0, "hidden": False},
                {"label": "Could not reach", "value": "could_not_reach", "displayOrder": 1, "hidden": False},
            ],
        },
        {
            "name": "syncd_score", "label": "Score (syncd)", "type": "number", "fieldType": "number",
            "groupName": "syncd",
        },
    ]  # fmt: skip
    assert building.look([STAGE, SCORE]) == Blueprint(plan.account, 2, advice=plan.advice)


@pytest.mark.parametrize("type_", ["text", "long", "number", "money", "bool", "date", "datetime", "choice"])
def test_every_type_can_be_made_and_fits_afterwards(type_: str) -> None:
    at, building = (p := portal()), setup(p)
    row = Wanted("contacts", "syncd_thing", "Thing (syncd)", type_, values=("a",) if type_ == "choice" else ())
    building.make(building.look([row]).steps[0])
    assert not building.look([row]).steps
    assert not building.look([row]).by_hand
    assert at.do("GET", f"{PATH}/syncd_thing")["label"] == "Thing (syncd)"


def test_the_group_comes_first_and_nothing_is_made_without_it() -> None:
    at = portal(key_on=())
    building = setup(at, crm=True)
    plan = building.look([])
    assert names(plan) == ["tasks group syncd", "tasks.syncd_key", "notes group syncd", "notes.syncd_key"]
    at.fault(method="POST", path="/tasks/groups", status=400, body={"category": "VALIDATION_ERROR"})
    fates = {done.step.name: done.fate for done in carry_out(building, plan.steps)}
    assert fates == {
        "tasks group syncd": Fate.REFUSED, "tasks.syncd_key": Fate.SKIPPED,
        "notes group syncd": Fate.MADE, "notes.syncd_key": Fate.MADE,
    }  # fmt: skip
    assert at.do("GET", "/crm/v3/properties/notes/syncd_key")["hasUniqueValue"] is True


def test_S1_24_options_are_added_and_those_that_somebody_else_added_stay() -> None:
    at = portal()
    building = setup(at)
    options = [{"label": "Mine", "value": "mine", "displayOrder": 0, "hidden": False}]
    at.do("POST", PATH, {**TEXT, "name": STAGE.field, "label": "Own", "type": "enumeration", "fieldType": "select",
                         "options": options}, expect=201)  # fmt: skip
    (step,) = building.look([STAGE]).steps
    options.append({"label": "Since", "value": "since", "displayOrder": 1, "hidden": False})
    at.do("PATCH", f"{PATH}/{STAGE.field}", {"options": options})
    building.make(step)
    listed = [option["value"] for option in at.do("GET", f"{PATH}/{STAGE.field}")["options"]]
    assert listed == ["mine", "since", "qualified", "could_not_reach"]
    assert not building.look([STAGE]).steps


def test_what_somebody_made_in_the_meantime_is_made() -> None:
    at = portal()
    building = setup(at)
    (step,) = building.look([SCORE]).steps
    building.make(step)
    building.make(step)


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (SCORE, {"type": "string", "fieldType": "text"}),
        (Wanted("contacts", "syncd_score", "", unique=True), {"type": "string", "fieldType": "text"}),
        (Wanted("contacts", "syncd_score", "", "date"), {"type": "datetime", "fieldType": "date"}),
    ],
)
def test_a_property_of_another_type_is_told_and_left_alone(row: Wanted, kind: dict[str, str]) -> None:
    at = portal()
    at.do("POST", PATH, {**TEXT, **kind, "name": "syncd_score", "label": "Own"}, expect=201)
    plan = setup(at).look([row])
    assert not plan.steps
    (problem,) = plan.by_hand
    assert problem.kind == "field_differs"
    assert f"is of type {kind['type']}; syncd needs {row.shape}" in problem.sentence


def test_a_rep_may_answer_in_a_dropdown_where_text_would_do() -> None:
    at = portal()
    at.do("POST", PATH, {**TEXT, "type": "enumeration", "fieldType": "select", "name": "syncd_reason", "label": "Own",
                         "options": []}, expect=201)  # fmt: skip
    reason = Wanted("contacts", "syncd_reason", "Reason", reps=EDIT)
    assert not setup(at).look([reason]).by_hand


def test_what_is_only_read_or_hubspots_own_is_for_people() -> None:
    rows = [
        Wanted("contacts", "challenge", "", make=False),
        Wanted("contacts", "hs_lead_status", "", make=False, values=("NEW", "GONE_QUIET")),
        Wanted("contacts", "hs_enterprise_only", "", make=False),
    ]
    plan = setup(portal()).look(rows)
    assert not plan.steps
    assert [problem.subject for problem in plan.by_hand] == [
        "hubspot/contacts/challenge",
        "hubspot/contacts/hs_lead_status",
    ]
    assert "“GONE_QUIET”" in plan.by_hand[1].sentence


def test_S3_3_a_token_without_the_scope_is_told_which_one() -> None:
    at = portal()
    without = tuple(scope for scope in TokenGrant().scopes if scope != "crm.schemas.contacts.write")
    at.emulator.settings.tokens[TOKEN] = TokenGrant(scopes=without)
    building = setup(at)
    (step,) = building.look([SCORE]).steps
    with pytest.raises(Unauthorized) as caught:
        building.make(step)
    assert "crm.schemas.contacts.write" in caught.value.sentence
    assert "SYNCD_SETUP_HUBSPOT_TOKEN" in caught.value.fix


def test_a_refusal_names_no_body() -> None:
    at = portal()
    building = setup(at)
    (step,) = building.look([SCORE]).steps
    at.fault(
        method="POST", path="contacts$", status=400, body={"category": "VALIDATION_ERROR", "message": "canary-4711"}
    )
    with pytest.raises(Rejected) as caught:
        building.make(step)
    assert "VALIDATION_ERROR" in caught.value.sentence
    assert "canary" not in str(caught.value)


def test_an_admins_token_must_be_of_the_same_account() -> None:
    at, other = portal(), portal(portal_id=99)
    with pytest.raises(Unauthorized, match="account 99"):
        HubSpotSetup(at.connect().api, other.connect().api, crm=False).look([])
