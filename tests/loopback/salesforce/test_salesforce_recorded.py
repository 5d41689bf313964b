"""Recorded bodies replayed: the emulator answers with the same shapes, keys and order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from salesforce_client import Api

import connectors.loopback.salesforce as package
from connectors.loopback.salesforce import SalesforceEmulator
from tests.loopback.recordings import SALESFORCE

pytestmark = pytest.mark.skipif(not SALESFORCE.exists(), reason="the recorded bodies are not part of the repository")


def load(name: str) -> Any:
    return json.loads((SALESFORCE / name).read_text())


@pytest.mark.parametrize(
    "name",
    ["Lead", "Contact", "Account", "Opportunity", "OpportunityContactRole", "Event"],
)
def test_describes_agree_field_by_field(api: Api, name: str) -> None:
    """Every recorded standard field has the same 57 values; only the org's own are left out."""
    recorded = load(f"cumulusci/describe-{name}.json")
    ours = {f["name"]: f for f in api.get(f"/sobjects/{name}/describe").json()["fields"]}
    compared = 0
    for field in recorded["fields"]:
        if field["name"] not in ours:
            assert field["custom"] or "__c" in field["name"] or field["name"] in (
                "RecordTypeId", "OperatingHoursId",
            )  # fmt: skip
            continue
        mine = ours[field["name"]]
        assert list(mine) == list(field)
        for key in set(field) - {"picklistValues", "referenceTo", "defaultValue"}:
            assert mine[key] == field[key], (field["name"], key)
        if len(field["picklistValues"]) < 60:
            assert mine["picklistValues"] == field["picklistValues"], field["name"]
        assert mine["defaultValue"] == field["defaultValue"], field["name"]
        compared += 1
    assert compared > 10


class TestLeadLifecycle:
    @pytest.fixture
    def recorded(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = load("grouparoo/lead-lifecycle.json")
        return items

    def test_a_created_lead_reads_as_recorded(self, api: Api, recorded: list[Any]) -> None:
        """Items 13 and 15: same keys in the same order, same values but ids and dates."""
        body = recorded[13]["body"]
        (row,) = api.post("/composite/sobjects", body).json()
        assert list(row) == list(recorded[13]["response"][0])
        mine = api.get(f"/sobjects/Lead/{row['id']}").json()
        theirs = recorded[15]["response"]
        assert [k for k in mine if not k.endswith("__c")] == [k for k in theirs if not k.endswith("__c")]
        for key, value in theirs.items():
            if key.endswith(("Id", "Date", "__c")) or key in ("attributes", "SystemModstamp", "PhotoUrl"):
                continue
            assert mine[key] == value, key

    def test_the_story_replays(self, api: Api, recorded: list[Any]) -> None:
        """Creates, updates, queries, membership, conversion, refusals and deletes in order."""
        ours: dict[str, str] = {}
        for number, item in enumerate(recorded):
            if "Soap" in item["path"]:
                lead = ours["00Q4S000002sSacUAE"]
                done = api.control("convert-lead", lead_id=lead, create_opportunity=False)
                ours["0034S000005YJYcQAO"] = done["contact_id"]
                ours["0014S000007NeNUQA0"] = done["account_id"]
                continue
            path, query, body = item["path"], dict(item["query"] or {}), item["body"]
            text = json.dumps([path, query, body])
            for theirs, mine in ours.items():
                text = text.replace(theirs, mine)
            path, query, body = json.loads(text)
            suffix = "&".join(f"{key}={value}" for key, value in query.items())
            response = api.send(item["method"], f"{path}?{suffix}", body)
            assert response.status_code == item["status"], (number, response.text)
            self.compare(item["response"], response.json(), ours, number)

    def compare(self, theirs: Any, mine: Any, ours: dict[str, str], number: int) -> None:
        """The same shape; new ids are learnt, known ones must match."""
        assert type(theirs) is type(mine), number
        if isinstance(theirs, list):
            assert len(theirs) == len(mine), (number, mine)
            for their, my in zip(theirs, mine, strict=True):
                self.compare(their, my, ours, number)
        elif isinstance(theirs, dict):
            standard = [key for key in theirs if not key.endswith("__c") and key != "LastCURequestDate"]
            for key in standard:
                assert key in mine, (number, key)
                if key in ("id", "Id"):
                    assert mine[key] == ours.setdefault(theirs[key], mine[key]), number
                elif key in (
                    "totalSize",
                    "success",
                    "errors",
                    "statusCode",
                    "message",
                    "Status",
                    "IsConverted",
                    "records",
                    "errorCode",
                    "Name",
                    "Email",
                    "Company",
                ):
                    if isinstance(theirs[key], dict | list):
                        self.compare(theirs[key], mine[key], ours, number)
                    else:
                        assert mine[key] == theirs[key], (number, key)


class TestErrors:
    @pytest.fixture
    def bodies(self) -> dict[str, Any]:
        return {entry["code"]: entry for entry in load("errors/error-bodies.json")}

    def test_expired_session(self, emulator: SalesforceEmulator, bodies: dict[str, Any]) -> None:
        response = Api(emulator, "nonsense").get("/limits")
        assert response.json() == bodies["INVALID_SESSION_ID"]["body"]
        assert response.json() == load("restforce/expired_session_response.json")

    def test_invalid_auth_header(self, emulator: SalesforceEmulator, bodies: dict[str, Any]) -> None:
        response = Api(emulator, None).get("/limits", headers={"Authorization": "x y"})
        assert response.json() == bodies["INVALID_AUTH_HEADER"]["body"]

    def test_invalid_type(self, api: Api, bodies: dict[str, Any]) -> None:
        response = api.get("/query", params={"q": "select count() from XYZZY"})
        assert response.json() == bodies["INVALID_TYPE"]["body"]

    def test_not_found(self, api: Api) -> None:
        theirs = load("grouparoo/errors.json")[1]
        response = api.get("/sobjects/Account/0014S000007Ny26QAC")
        assert (response.status_code, response.text) == (
            theirs["status"],
            json.dumps(theirs["response"], separators=(",", ":")),
        )

    def test_upsert_on_an_unknown_field(self, api: Api) -> None:
        response = api.patch("/sobjects/Lead/Namez/1", {})
        assert response.json() == load("restforce/sobject/upsert_error_response.json")

    def test_unknown_column(self, api: Api) -> None:
        (theirs,) = load("restforce/sobject/write_error_response.json")
        (mine,) = api.post("/sobjects/Lead", {"foo": 1}).json()
        assert mine["message"] == theirs["message"].replace("Bar", "Lead")
        assert mine["errorCode"] == theirs["errorCode"]

    def test_processing_halted(self, api: Api) -> None:
        theirs = load("camel/composite_response_failure.json")["compositeResponse"][0]
        parts = [
            {"method": "POST", "url": "/services/data/v65.0/sobjects/Account",
             "referenceId": "NewPayment1", "body": {"Name": "x"}},
            {"method": "POST", "url": "/services/data/v65.0/sobjects/Account",
             "referenceId": "NewPayment2", "body": {}},
        ]  # fmt: skip
        body = {"allOrNone": True, "compositeRequest": parts}
        assert api.post("/composite", body).json()["compositeResponse"][0] == theirs

    def test_duplicates(self, api: Api, emulator: SalesforceEmulator) -> None:
        theirs = load("errors/error-bodies.json")[0]["body"][0]
        emulator.add_duplicate_rule(
            "Contact",
            "Standard_Contact_Duplicate_Rule",
            [{"sobject": "Contact", "fields": ["Email"]}],
        )
        api.create("Contact", LastName="x", Email="a@example.com")
        response = api.post("/sobjects/Contact", {"LastName": "x", "Email": "a@example.com"})
        (mine,) = response.json()
        assert _shape(mine) == _shape(theirs)
        assert mine["message"] == theirs["message"]

    @pytest.mark.parametrize("item", [0, 2, 3])
    def test_collection_failures(self, api: Api, emulator: SalesforceEmulator, item: int) -> None:
        """Items 0, 2, 3 of grouparoo/errors: INVALID_EMAIL_ADDRESS twice, REQUIRED_FIELD_MISSING."""
        recorded = load("grouparoo/errors.json")[item]
        label = "email field" if item == 2 else "email_field"
        sobject = recorded["body"]["records"][0]["attributes"]["type"]
        definition = {"name": "email_field__c", "label": label, "type": "email", "length": 80}
        emulator.add_field(sobject, definition)
        text = json.dumps(recorded["body"])
        for record in recorded["body"]["records"]:
            if "id" in record:
                fields = {"Name": "x"} if sobject == "Account" else {"LastName": "x"}
                text = text.replace(record["id"], api.create(sobject, **fields))
        account = api.create("Account", Name="parent")
        text = text.replace("0014S000007NeM3QAK", account)
        rows = api.send(recorded["method"], "/composite/sobjects", json.loads(text)).json()
        for mine, theirs in zip(rows, recorded["response"], strict=True):
            assert list(mine) == list(theirs)
            assert mine["errors"] == theirs["errors"]

    def test_every_code_we_use_exists(self) -> None:
        known = set(load("enums/StatusCode-v63.json")) | set(load("enums/ExceptionCode-v47.json"))
        root = Path(package.__file__).parent
        used: set[str] = set()
        for path in (*root.glob("dml/*.py"), *root.glob("soql/*.py")):
            for line in path.read_text().split('"'):
                if line.isupper() and "_" in line and " " not in line and len(line) > 8:
                    used.add(line)
        codes = {c for c in used if c.startswith(("INVALID_", "REQUIRED_", "DUPLICATE", "ENTITY_",
                                                  "CANNOT_", "UNABLE_", "FIELD_", "STRING_"))}  # fmt: skip
        assert codes <= known


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shape(item) for item in value]
    return type(value).__name__
