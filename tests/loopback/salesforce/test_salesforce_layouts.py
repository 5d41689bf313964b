"""Layouts of an object, and the picklists of its record types [D:resources_sobject_layouts, D:ui_api_responses]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator

MASTER = "012000000000000AAA"
PARTNER = {"Name": "Partner Lead", "DeveloperName": "Partner", "SobjectType": "Lead", "IsActive": True}
OFFER = {
    "name": "Offer__c",
    "type": "picklist",
    "controllerName": "Rating",
    "picklistValues": [{"value": "Demo", "validFor": ["Hot", "Cold"]}, {"value": "Call", "validFor": "QAAA"}],
}


def values(api: Api, path: str) -> Any:
    return api.get(f"/ui-api/object-info/Lead/picklist-values/{path}").json()


def items(layout: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [
        item
        for section in layout["detailLayoutSections"]
        for row in section["layoutRows"]
        for item in row["layoutItems"]
    ]
    return {item["layoutComponents"][0]["value"]: item for item in found}


class TestLayouts:
    def test_one_record_type_gives_the_layout_at_once(self, api: Api) -> None:
        found = api.get("/sobjects/Lead/describe/layouts").json()
        (layout,), (master,) = found["layouts"], found["recordTypeMappings"]
        assert found["recordTypeSelectorRequired"] == [False]
        assert (master["recordTypeId"], master["layoutId"], master["master"]) == (MASTER, layout["id"], True)
        assert api.get(master["urls"]["layout"]).json() == layout

    def test_several_are_asked_for_one_by_one(self, api: Api, emulator: SalesforceEmulator) -> None:
        (partner,) = emulator.seed("RecordType", [PARTNER])
        found = api.get("/sobjects/Lead/describe/layouts").json()
        assert (found["layouts"], found["recordTypeSelectorRequired"]) == (None, [True])
        assert [mapping["recordTypeId"] for mapping in found["recordTypeMappings"]] == [partner, MASTER]
        assert api.get(f"/sobjects/Lead/describe/layouts/{partner[:15]}").json()["id"].startswith("00h")

    def test_a_field_stands_there_as_it_is_described(self, api: Api) -> None:
        fields = {field["name"]: field for field in api.get("/sobjects/Lead/describe").json()["fields"]}
        found = items(api.get(f"/sobjects/Lead/describe/layouts/{MASTER}").json())
        assert found["LastName"]["required"]
        assert found["LastName"]["layoutComponents"][0]["details"] == fields["LastName"]
        assert not found["CreatedDate"]["editableForUpdate"]

    def test_a_record_type_has_its_picklists(self, api: Api) -> None:
        (master,) = api.get("/sobjects/Lead/describe/layouts").json()["recordTypeMappings"]
        found = {entry["picklistName"]: entry["picklistValues"] for entry in master["picklistsForRecordType"]}
        (described,) = (f for f in api.get("/sobjects/Lead/describe").json()["fields"] if f["name"] == "Rating")
        assert found["Rating"] == described["picklistValues"]

    @pytest.mark.parametrize("path", ["/sobjects/Nothing/describe/layouts", "/sobjects/LeadHistory/describe/layouts"])
    def test_what_has_no_pages_is_404(self, api: Api, path: str) -> None:
        assert api.get(path).status_code == 404

    @pytest.mark.parametrize("wrong", ["012000000000001AAA", "nonsense", "00Q000000000000AAA"])
    def test_a_record_type_of_nobody_is_404(self, api: Api, wrong: str) -> None:
        assert api.get(f"/sobjects/Lead/describe/layouts/{wrong}").status_code == 404
        assert api.get(f"/ui-api/object-info/Lead/picklist-values/{wrong}").status_code == 404


class TestPicklistValues:
    def test_all_of_a_record_type(self, api: Api) -> None:
        found = values(api, MASTER)["picklistFieldValues"]
        described = api.get("/sobjects/Lead/describe").json()["fields"]
        picklists = {field["name"] for field in described if field["type"] in ("picklist", "multipicklist")}
        assert set(found) == picklists
        assert values(api, f"{MASTER}/Rating").items() >= found["Rating"].items()

    def test_a_dependent_one_counts_its_controlling_values(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Lead", OFFER)
        found = values(api, f"{MASTER}/Offer__c")
        assert found["controllerValues"] == {"Hot": 0, "Warm": 1, "Cold": 2}
        assert {value["value"]: value["validFor"] for value in found["values"]} == {"Demo": [0, 2], "Call": [1]}

    def test_the_default_is_told(self, api: Api, emulator: SalesforceEmulator) -> None:
        assert values(api, f"{MASTER}/Rating")["defaultValue"] is None
        (default,) = [v["value"] for v in _described(api, "Status") if v["defaultValue"]]
        assert values(api, f"{MASTER}/Status")["defaultValue"]["value"] == default

    def test_a_field_that_is_no_picklist_is_404(self, api: Api) -> None:
        assert api.get(f"/ui-api/object-info/Lead/picklist-values/{MASTER}/LastName").status_code == 404


def _described(api: Api, name: str) -> list[dict[str, Any]]:
    fields = api.get("/sobjects/Lead/describe").json()["fields"]
    found: list[dict[str, Any]] = next(field["picklistValues"] for field in fields if field["name"] == name)
    return found
