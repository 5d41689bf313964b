"""Field definitions of real systems, taken over from their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scenario_systems import Stage, Systems

from connectors.loopback.sandbox import Sandbox

Both = Callable[[Sandbox], Systems]
Problems = Callable[[str], list[str]]


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": name, "type": kind, "nillable": True, "createable": True, "updateable": True} | more


def values(*names: str) -> list[dict[str, Any]]:
    return [{"active": True, "defaultValue": False, "label": n, "validFor": None, "value": n} for n in names]


DESCRIBE = {
    "name": "Lead",
    "fields": [
        field("Tier__c", "picklist", restrictedPicklist=True, picklistValues=values("A", "B")),
        field("Must__c", nillable=False, length=40),
        field("Score__c", "double", precision=5, scale=1),
        field("Formula__c", "double", calculated=True, createable=False, updateable=False),
        field("Partner__c", "reference", referenceTo=["Account"], relationshipName="Partner__r"),
        field("Contract__c", "reference", referenceTo=["Contract"]),
        field("Place__c", "location"),
        field("syncd_tier__c", "string", length=3),
        field("LeadSource", "picklist", picklistValues=values("Fair", "Web")),
        field("Status", "picklist", picklistValues=values("Raw", "Closed - Not Converted", "Converted")),
        field("Swag", "string"),
    ],
}
PROPERTIES = {
    "results": [
        {"name": "region", "label": "Region", "type": "enumeration", "fieldType": "select", "groupName": "sales",
         "options": [{"label": "Europe", "value": "EU", "displayOrder": 0, "hidden": False}], "hasUniqueValue": False},
        {"name": "syncd_tier", "label": "Our tier", "type": "number", "fieldType": "number", "groupName": "sales"},
        {"name": "hs_lead_status", "label": "Lead status", "type": "enumeration", "fieldType": "radio",
         "groupName": "sales_properties", "hubspotDefined": True, "options": [{"label": "Raw", "value": "RAW"}]},
        {"name": "hs_made_up", "label": "New one", "type": "string", "fieldType": "text", "groupName": "x",
         "hubspotDefined": True, "modificationMetadata": {"readOnlyValue": True}},
        {"name": "sum", "label": "Sum", "type": "number", "fieldType": "calculation_equation", "groupName": "sales"},
        {"name": "old", "label": "Old", "type": "string", "fieldType": "text", "groupName": "sales", "archived": True},
    ]
}  # fmt: skip
COLUMNS = (
    "Name,Internal name,Type,Description,Group name,Form field,Options,Read only value,Read only definition,"
    "Calculated,External options,Deleted,Hubspot defined,Created user,Usages\n"
)
EXPORT = (
    COLUMNS
    + """\
Region,region,enumeration,"Where, roughly",sales,true,EU;US,false,false,false,false,false,false,Ada,3
VIP,vip,bool,,sales,false,,false,false,false,false,false,false,Ada,0
Gone,gone,string,,sales,false,,false,false,false,false,true,false,Ada,0
"""
)


@pytest.fixture
def org(stage: Stage, systems: Both, tmp_path: Path) -> Systems:
    (tmp_path / "lead.json").write_text(json.dumps(DESCRIBE))
    return systems(stage('[salesforce]\ndescribe = "lead.json"\n'))


def test_a_describe_brings_custom_fields_picklists_and_statuses(org: Systems) -> None:
    described = {f["name"]: f for f in org.salesforce("GET", "/sobjects/Lead/describe").json()["fields"]}
    assert [v["value"] for v in described["Tier__c"]["picklistValues"]] == ["A", "B"]
    assert described["Tier__c"]["restrictedPicklist"]
    assert (described["Must__c"]["nillable"], described["Must__c"]["length"]) == (False, 40)
    assert (described["Score__c"]["precision"], described["Score__c"]["scale"]) == (5, 1)
    assert not described["Formula__c"]["createable"]
    assert (described["Partner__c"]["referenceTo"], described["Partner__c"]["relationshipName"]) == (
        ["Account"],
        "Partner__r",
    )
    assert described["syncd_tier__c"]["length"] == 3
    assert [v["value"] for v in described["LeadSource"]["picklistValues"]] == ["Fair", "Web"]
    assert not described["LeadSource"]["restrictedPicklist"]
    statuses = org.query("SELECT ApiName, IsConverted FROM LeadStatus ORDER BY SortOrder")
    assert [(s["ApiName"], s["IsConverted"]) for s in statuses] == [
        ("Raw", False), ("Closed - Not Converted", False), ("Converted", True),
    ]  # fmt: skip


def test_imported_fields_hold_values_and_rules(org: Systems) -> None:
    lead = {"LastName": "x", "Company": "x", "Must__c": "m", "Score__c": 7.5, "Tier__c": "B"}
    made = org.salesforce("POST", "/sobjects/Lead", json=lead)
    assert made.status_code == 201, made.text
    assert org.query("SELECT Must__c, Score__c, Tier__c FROM Lead")[0]["Score__c"] == 7.5
    for change in ({"Must__c": None}, {"Tier__c": "C"}):
        assert org.salesforce("POST", "/sobjects/Lead", json=lead | change).status_code == 400


def test_what_of_a_describe_cannot_be_taken_over_is_told(org: Systems) -> None:
    left = {entry["field"]: entry["why"] for entry in org.report()["left_out"]}
    assert left == {
        "Contract__c": "it refers to Contract, which is not emulated",
        "Place__c": "a field of type location is not emulated",
        "Swag": "a standard field that is not emulated",
    }


def test_the_wrapped_output_of_the_command_line_tool_is_a_describe_too(
    stage: Stage, systems: Both, tmp_path: Path
) -> None:
    (tmp_path / "lead.json").write_text(json.dumps({"status": 0, "result": DESCRIBE, "warnings": []}))
    both = systems(stage('[salesforce]\ndescribe = ["lead.json"]\n'))
    assert both.query("SELECT Tier__c FROM Lead") == []


def test_a_property_list_brings_own_properties_and_the_options_of_hubspots(
    stage: Stage, systems: Both, tmp_path: Path
) -> None:
    (tmp_path / "contacts.json").write_text(json.dumps(PROPERTIES))
    both = systems(stage('[hubspot]\nproperties = "contacts.json"\n'))
    shown = {p["name"]: p for p in both.hubspot("GET", "/crm/v3/properties/contacts").json()["results"]}
    assert [o["value"] for o in shown["region"]["options"]] == ["EU"]
    assert (shown["syncd_tier"]["type"], shown["syncd_tier"]["label"]) == ("number", "Our tier")
    assert [o["value"] for o in shown["hs_lead_status"]["options"]] == ["RAW"]
    assert shown["hs_made_up"]["modificationMetadata"]["readOnlyValue"]
    left = {entry["field"]: entry["why"] for entry in both.report()["left_out"]}
    assert left == {"sum": "a number shown as calculation_equation is not emulated", "old": "it is archived"}


def test_the_property_export_brings_what_it_shows(stage: Stage, systems: Both, tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text("\ufeff" + EXPORT)
    both = systems(stage('[hubspot.properties]\ncompanies = "companies.csv"\n'))
    shown = {p["name"]: p for p in both.hubspot("GET", "/crm/v3/properties/companies").json()["results"]}
    assert (shown["region"]["description"], shown["region"]["groupName"]) == ("Where, roughly", "sales")
    assert [o["value"] for o in shown["region"]["options"]] == ["EU", "US"]
    assert (shown["vip"]["type"], shown["vip"]["fieldType"]) == ("bool", "booleancheckbox")
    assert "gone" not in shown


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("d.json", None, "d.json cannot be read: No such file or directory."),
        ("d.json", "{", "d.json is not JSON"),
        (
            "d.json",
            '{"sobjects": []}',
            "d.json lists the org's objects and describes none. Save the output of \"sf sobject",
        ),
        ("d.json", '{"results": []}', "d.json is not the describe of a Salesforce object."),
        ("d.json", '{"name": "Lead"}', 'd.json has no "fields", each with a name and a type.'),
        (
            "d.json",
            '{"name": "Leed", "fields": []}',
            'd.json: There is no Salesforce object "Leed". Did you mean "Lead"?',
        ),
        (
            "d.json",
            json.dumps({"name": "Lead", "fields": [field("Status", "picklist", picklistValues=values("Raw"))]}),
            "None of the Lead statuses (Raw) looks like the one of converted leads;",
        ),
    ],
)
def test_a_wrong_describe_is_told(
    tmp_path: Path, problems: Problems, name: str, content: str | None, told: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    (problem,) = problems(f'[salesforce]\n\ndescribe = "{name}"\n')
    assert problem.startswith("scene.toml, line 3: ")
    assert told in problem


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "p.json",
            "[3]",
            "p.json, property 1 has no name, label, type, fieldType, groupName. Save the answer of GET /crm",
        ),
        ("p.json", '{"name": "Lead", "fields": []}', 'p.json has no "results" with properties.'),
        (
            "p.csv",
            "Email,First name\na,b\n",
            "p.csv has no column 'Name', 'Internal name', 'Type', 'Group name', so it is not",
        ),
        ("p.csv", EXPORT.replace("Region,region", "Region,"), 'p.csv, line 2: "Internal name" is empty.'),
    ],
)
def test_a_wrong_property_file_is_told(tmp_path: Path, problems: Problems, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    (problem,) = problems(f'[hubspot]\nproperties = "{name}"\n')
    assert problem.startswith("scene.toml, line 2: ")
    assert told in problem
