"""A body with a value of the wrong JSON type is a 400 in Jackson's manner, wherever the value stands; so is no id a fault."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot

LINK = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}
OBJECTS = "/crm/v3/objects/contacts"
CASES: list[tuple[str, str, Any]] = [
    ("POST", f"{OBJECTS}/batch/read", {"inputs": [{"id": "1"}], "properties": [["email"]]}),
    ("POST", f"{OBJECTS}/batch/upsert", {"inputs": [{"id": "1", "idProperty": "email", "properties": ["email"]}]}),
    ("POST", f"{OBJECTS}/batch/create", {"inputs": [{"properties": {}, "associations": [[]]}]}),
    (
        "POST",
        f"{OBJECTS}/batch/create",
        {"inputs": [{"properties": {}, "associations": [{"to": [], "types": [LINK]}]}]},
    ),
    ("POST", f"{OBJECTS}/search", {"filterGroups": [{"filters": [None]}]}),
    ("POST", f"{OBJECTS}/search", {"filterGroups": [{"filters": [{"propertyName": "email", "operator": {}}]}]}),
    ("POST", "/crm/v4/associations/contacts/companies/batch/archive", {"inputs": [{"from": {"id": "1"}, "to": ["2"]}]}),
    ("POST", "/crm/v3/properties/contacts/groups", {"name": "g", "label": "G", "displayOrder": [1]}),
    ("POST", "/crm/v3/properties/contacts/groups", {"name": "g", "label": "G", "displayOrder": 2**31}),
]


@pytest.mark.parametrize(("method", "path", "body"), CASES)
def test_a_wrong_type_is_a_400(hs: HubSpot, method: str, path: str, body: Any) -> None:
    answer = hs.request(method, path, json=body)
    assert answer.status_code == 400
    assert "Cannot deserialize value of type" in answer.json()["message"]


def test_scalars_become_text(hs: HubSpot) -> None:
    group = hs.post("/crm/v3/properties/contacts/groups", json={"name": "g", "label": 5}).json()
    assert group["label"] == "5"


@pytest.mark.parametrize("text", ["9" * 25, "9223372036854775808", "²", "%C2%B2", "१"])
def test_a_number_that_is_no_id_is_not_found(hs: HubSpot, text: str) -> None:
    assert hs.get(f"{OBJECTS}/{text}").status_code == 404
    assert hs.batch("contacts", "read", [{"id": text}]).status_code == 207


def test_a_double_slash_is_no_redirect(hs: HubSpot) -> None:
    assert hs.get("/crm/v3//objects/contacts", allow_redirects=False).status_code == 404
