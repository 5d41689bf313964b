"""The Tooling API: custom fields, the field-level-security trap, definitions, validation rules."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

KEY = {
    "type": "Text",
    "label": "syncd key",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}


@pytest.fixture
def settings() -> SalesforceSettings:
    users: list[dict[str, Any]] = [
        {"Username": "admin@x.example", "LastName": "Admin", "token": DEFAULT_TOKEN},
        {"Username": "rep@x.example", "LastName": "Rep", "token": "rep", "profile": "Standard User"},
        {
            "Username": "api@x.example",
            "LastName": "Api",
            "token": "api",
            "profile": "Minimum Access - API Only Integrations",
        },
    ]
    return SalesforceSettings(users=users)


def create_field(api: Api, full_name: str, metadata: dict[str, Any]) -> str:
    response = api.post("/tooling/sobjects/CustomField", {"FullName": full_name, "Metadata": metadata})
    assert response.status_code == 201, response.text
    body = response.json()
    assert body == {"id": body["id"], "success": True, "errors": [], "warnings": [], "infos": []}
    assert body["id"].startswith("00N")
    return str(body["id"])


def show_field(api: Api, field: str, profile: str = "System Administrator") -> str:
    """FieldPermissions on the permission set that the profile owns."""
    (owned,) = api.rows(f"SELECT Id FROM PermissionSet WHERE Profile.Name = '{profile}'")
    return api.create(
        "FieldPermissions",
        ParentId=owned["Id"],
        SobjectType=field.split(".")[0],
        Field=field,
        PermissionsRead=True,
        PermissionsEdit=True,
    )


def described(api: Api, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{sobject}/describe").json()["fields"]}


def tooling(api: Api, soql: str) -> list[dict[str, Any]]:
    response = api.get("/tooling/query", params={"q": soql})
    assert response.status_code == 200, response.text
    return [{k: v for k, v in row.items() if k != "attributes"} for row in response.json()["records"]]


class TestCustomField:
    def test_a_new_field_exists_but_nobody_sees_it_before_field_permissions_say_so(self, api: Api) -> None:
        create_field(api, "Lead.syncd_key__c", KEY)
        assert "syncd_key__c" not in described(api, "Lead")
        assert api.query_error("SELECT syncd_key__c FROM Lead")[0] == "INVALID_FIELD"
        body = {"LastName": "x", "Company": "y", "syncd_key__c": "1"}
        (error,) = api.post("/sobjects/Lead", body).json()
        assert error["message"] == "No such column 'syncd_key__c' on sobject of type Lead"
        upsert = api.patch("/sobjects/Lead/syncd_key__c/1", {"LastName": "x", "Company": "y"})
        assert upsert.status_code == 404

        permission = show_field(api, "Lead.syncd_key__c")
        field = described(api, "Lead")["syncd_key__c"]
        assert (field["type"], field["length"], field["externalId"], field["unique"]) == ("string", 64, True, True)
        assert (field["createable"], field["updateable"], field["idLookup"]) == (True, True, True)
        assert api.patch("/sobjects/Lead/syncd_key__c/1", {"LastName": "x", "Company": "y"}).status_code == 201
        assert api.patch("/sobjects/Lead/syncd_key__c/1", {"Title": "z"}).json()["created"] is False

        assert api.delete(f"/sobjects/FieldPermissions/{permission}").status_code == 204
        assert "syncd_key__c" not in described(api, "Lead")

    def test_each_user_has_field_permissions_of_his_own(self, api: Api, emulator: SalesforceEmulator) -> None:
        create_field(api, "Lead.syncd_key__c", KEY)
        show_field(api, "Lead.syncd_key__c")
        rep = Api(emulator, "rep")
        assert "syncd_key__c" in described(api, "Lead")
        assert "syncd_key__c" not in described(rep, "Lead")
        show_field(api, "Lead.syncd_key__c", "Standard User")
        assert "syncd_key__c" in described(rep, "Lead")

    def test_a_describe_read_before_the_permission_is_stale(self, api: Api, clock: Clock) -> None:
        create_field(api, "Lead.syncd_key__c", KEY)
        stamp = api.get("/sobjects/Lead/describe").headers["Last-Modified"]
        since = {"If-Modified-Since": stamp}
        assert api.get("/sobjects/Lead/describe", headers=since).status_code == 304
        clock.advance(5)
        show_field(api, "Lead.syncd_key__c")
        assert api.get("/sobjects/Lead/describe", headers=since).status_code == 200

    @pytest.mark.parametrize(
        ("metadata", "expected"),
        [
            ({"type": "Number", "precision": 10, "scale": 2}, {"type": "double", "precision": 10, "scale": 2}),
            ({"type": "Checkbox", "defaultValue": "false"}, {"type": "boolean", "defaultValue": False}),
            ({"type": "Date"}, {"type": "date"}),
            ({"type": "DateTime"}, {"type": "datetime"}),
            ({"type": "Email", "externalId": True}, {"type": "email", "length": 80, "externalId": True}),
            ({"type": "LongTextArea", "length": 32768, "visibleLines": 5}, {"type": "textarea", "length": 32768}),
            (
                {
                    "type": "Picklist",
                    "valueSet": {
                        "restricted": True,
                        "valueSetDefinition": {
                            "sorted": False,
                            "value": [{"fullName": "A", "label": "Alpha", "default": True}, {"valueName": "B"}],
                        },
                    },
                },
                {"type": "picklist", "restrictedPicklist": True},
            ),
            ({"type": "Lookup", "referenceTo": "Account"}, {"type": "reference", "referenceTo": ["Account"]}),
        ],
        ids=lambda value: value["type"],
    )
    def test_types_show_in_describe_as_they_were_asked_for(
        self, api: Api, metadata: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        field_id = create_field(api, "Lead.New__c", {"label": "New", **metadata})
        show_field(api, "Lead.New__c")
        field = described(api, "Lead")["New__c"]
        assert {key: field[key] for key in expected} == expected
        shown = api.get(f"/tooling/sobjects/CustomField/{field_id}").json()
        assert shown["attributes"]["url"] == f"{api.base}/tooling/sobjects/CustomField/{field_id}"
        assert shown["FullName"] == "Lead.New__c"
        assert (shown["DeveloperName"], shown["TableEnumOrId"], shown["NamespacePrefix"]) == ("New", "Lead", None)
        assert (shown["Metadata"]["type"], shown["Metadata"]["label"]) == (metadata["type"], "New")

    def test_a_picklist_takes_its_default_and_refuses_what_is_not_in_it(self, api: Api) -> None:
        values = {"value": [{"fullName": "A", "default": True}, {"fullName": "B"}]}
        value_set = {"restricted": True, "valueSetDefinition": values}
        create_field(api, "Lead.Tier__c", {"type": "Picklist", "label": "Tier", "valueSet": value_set})
        show_field(api, "Lead.Tier__c")
        assert api.get(f"/sobjects/Lead/{api.lead()}").json()["Tier__c"] == "A"
        (error,) = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "Tier__c": "C"}).json()
        assert error["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"

    def test_a_field_of_an_activity_is_on_tasks_and_events(self, api: Api) -> None:
        create_field(api, "Activity.syncd_id__c", KEY)
        show_field(api, "Task.syncd_id__c")
        assert "syncd_id__c" in described(api, "Task")
        assert "syncd_id__c" not in described(api, "Event")
        assert tooling(api, "SELECT TableEnumOrId FROM CustomField WHERE DeveloperName = 'syncd_id'") == [
            {"TableEnumOrId": "Activity"}
        ]

    def test_a_required_field_needs_no_permission(self, api: Api) -> None:
        create_field(api, "Lead.Must__c", {**KEY, "required": True, "externalId": False, "unique": False})
        assert "Must__c" in described(api, "Lead")
        assert api.post("/sobjects/Lead", {"LastName": "x", "Company": "y"}).json()[0]["fields"] == ["Must__c"]

    @pytest.mark.parametrize(
        ("full_name", "metadata", "code"),
        [
            ("Lead.Key__c", {"type": "Text", "label": "x"}, "FIELD_INTEGRITY_EXCEPTION"),
            ("Lead.Key__c", {"type": "Text", "length": 5}, "FIELD_INTEGRITY_EXCEPTION"),
            ("Lead.Key__c", {"type": "Text", "label": "x", "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
            ("Lead.Key__c", {"type": "Checkbox", "label": "x"}, "FIELD_INTEGRITY_EXCEPTION"),
            ("Lead.Key", KEY, "FIELD_INTEGRITY_EXCEPTION"),
            ("Nothing.Key__c", KEY, "INVALID_TYPE"),
            ("Lead.HS_Id__c", KEY, "DUPLICATE_DEVELOPER_NAME"),
            ("", KEY, "REQUIRED_FIELD_MISSING"),
        ],
    )
    def test_refusals(self, api: Api, full_name: str, metadata: dict[str, Any], code: str) -> None:
        body = {"FullName": full_name, "Metadata": metadata}
        response = api.post("/tooling/sobjects/CustomField", body)
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)

    def test_formulas_and_roll_ups_are_not_imitated(self, api: Api) -> None:
        body = {"FullName": "Lead.Sum__c", "Metadata": {"type": "Summary", "label": "x"}}
        assert api.post("/tooling/sobjects/CustomField", body).status_code == 501
        assert api.get("/tooling/executeAnonymous").status_code == 501
        assert api.post("/tooling/composite", {}).status_code == 501

    def test_patch_changes_the_metadata(self, api: Api) -> None:
        field_id = create_field(api, "Lead.syncd_key__c", KEY)
        show_field(api, "Lead.syncd_key__c")
        path = f"/tooling/sobjects/CustomField/{field_id}"
        assert api.patch(path, {"Metadata": {**KEY, "length": 100, "unique": False}}).status_code == 204
        field = described(api, "Lead")["syncd_key__c"]
        assert (field["length"], field["unique"]) == (100, False)
        assert api.get(path).json()["Metadata"]["length"] == 100
        assert api.patch(path, {"Metadata": {"type": "Date", "label": "x"}}).status_code == 501

    def test_a_deleted_field_is_gone_with_what_it_held_and_its_permissions(self, api: Api) -> None:
        field_id = create_field(api, "Lead.syncd_key__c", KEY)
        show_field(api, "Lead.syncd_key__c")
        lead = api.lead(syncd_key__c="1")
        assert api.delete(f"/tooling/sobjects/CustomField/{field_id}").status_code == 204
        assert "syncd_key__c" not in described(api, "Lead")
        assert api.get(f"/tooling/sobjects/CustomField/{field_id}").status_code == 404
        create_field(api, "Lead.syncd_key__c", KEY)
        assert "syncd_key__c" not in described(api, "Lead")
        show_field(api, "Lead.syncd_key__c")
        assert api.get(f"/sobjects/Lead/{lead}").json()["syncd_key__c"] is None

    def test_only_an_administrator_customizes(self, emulator: SalesforceEmulator) -> None:
        body = {"FullName": "Lead.syncd_key__c", "Metadata": KEY}
        refused = Api(emulator, "rep").post("/tooling/sobjects/CustomField", body)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        # Without View Setup the object is not even there.
        blind = Api(emulator, "api")
        assert blind.post("/tooling/sobjects/CustomField", body).status_code == 404
        query = blind.get("/tooling/query", params={"q": "SELECT Id FROM CustomField"})
        assert query.json()[0]["errorCode"] == "INVALID_TYPE"


class TestToolingQuery:
    def test_custom_fields_made_in_setup_are_found_too(self, api: Api) -> None:
        soql = "SELECT DeveloperName, TableEnumOrId, CreatedBy.Username FROM CustomField WHERE TableEnumOrId = 'Lead'"
        assert tooling(api, soql)[0] | {"CreatedBy": None} == {
            "DeveloperName": "HS_Id",
            "TableEnumOrId": "Lead",
            "CreatedBy": None,
        }

    def test_full_name_and_metadata_come_one_row_at_a_time(self, api: Api) -> None:
        everything = {"q": "SELECT Id, Metadata FROM CustomField"}
        (error,) = api.get("/tooling/query", params=everything).json()
        assert error["errorCode"] == "MALFORMED_QUERY"
        assert error["message"].endswith("no more than one row for retrieval. Result size: 3")
        one = "SELECT FullName, Metadata FROM CustomField WHERE TableEnumOrId = 'Contact'"
        (row,) = tooling(api, one)
        assert (row["FullName"], row["Metadata"]["externalId"]) == ("Contact.HS_Id__c", True)

    def test_tooling_objects_are_no_data(self, api: Api) -> None:
        assert api.query_error("SELECT Id FROM CustomField")[0] == "INVALID_TYPE"
        assert api.get("/sobjects/CustomField/describe").status_code == 404
        query = api.get("/tooling/query", params={"q": "SELECT Id FROM Lead"})
        assert query.json()[0]["errorCode"] == "INVALID_TYPE"
        names = {entry["name"] for entry in api.get("/tooling/sobjects").json()["sobjects"]}
        assert {"CustomField", "EntityDefinition", "FieldDefinition", "ValidationRule", "User"} <= names

    def test_definitions_show_what_field_level_security_hides(self, api: Api) -> None:
        create_field(api, "Lead.syncd_key__c", KEY)
        soql = (
            "SELECT QualifiedApiName, DataType, Length, EntityDefinition.KeyPrefix FROM FieldDefinition "
            "WHERE EntityDefinition.QualifiedApiName = 'Lead' AND QualifiedApiName IN ('syncd_key__c', 'LastName')"
        )
        rows = {row["QualifiedApiName"]: row for row in tooling(api, soql)}
        assert rows["syncd_key__c"]["DataType"] == "Text(64) (External ID) (Unique Case Sensitive)"
        assert (rows["LastName"]["DataType"], rows["LastName"]["Length"]) == ("Text(80)", 80)
        assert rows["LastName"]["EntityDefinition"]["KeyPrefix"] == "00Q"
        durable = "SELECT DurableId, IsIndexed FROM FieldDefinition WHERE QualifiedApiName = 'syncd_key__c'"
        (row,) = tooling(api, durable)
        assert row["DurableId"].startswith("Lead.00N")
        assert row["IsIndexed"] is True

    def test_entities_have_their_fields_as_children(self, api: Api) -> None:
        soql = (
            "SELECT Label, (SELECT QualifiedApiName FROM Fields WHERE QualifiedApiName = 'Email') "
            "FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"
        )
        (row,) = tooling(api, soql)
        assert (row["Label"], row["Fields"]["totalSize"]) == ("Lead", 1)

    def test_pages_stay_in_the_tooling_api(self, api: Api) -> None:
        soql = "SELECT QualifiedApiName FROM FieldDefinition"
        page = api.get("/tooling/query", params={"q": soql}, headers={"Sforce-Query-Options": "batchSize=200"}).json()
        assert page["nextRecordsUrl"].startswith(f"{api.base}/tooling/query/0r8")
        seen = len(page["records"])
        while not page["done"]:
            page = api.get(page["nextRecordsUrl"]).json()
            seen += len(page["records"])
        assert seen == page["totalSize"]


RULE = {
    "active": True,
    "errorConditionFormula": 'AND(ISPICKVAL(Status, "Closed - Not Converted"), ISBLANK(Description))',
    "errorMessage": "Say why.",
    "errorDisplayField": "Description",
}


class TestValidationRule:
    def create(self, api: Api, **metadata: Any) -> str:
        body = {"FullName": "Lead.Reason", "Metadata": RULE | metadata}
        response = api.post("/tooling/sobjects/ValidationRule", body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def test_a_rule_refuses_what_its_formula_says(self, api: Api) -> None:
        self.create(api)
        lead = api.lead()
        (error,) = api.patch(f"/sobjects/Lead/{lead}", {"Status": "Closed - Not Converted"}).json()
        assert error == {
            "message": "Say why.",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": ["Description"],
        }
        given = {"Status": "Closed - Not Converted", "Description": "No budget"}
        assert api.patch(f"/sobjects/Lead/{lead}", given).status_code == 204

    def test_an_inactive_or_deleted_rule_refuses_nothing(self, api: Api) -> None:
        rule = self.create(api)
        path, closed = f"/tooling/sobjects/ValidationRule/{rule}", {"Status": "Closed - Not Converted"}
        assert api.patch(path, {"Metadata": RULE | {"active": False}}).status_code == 204
        assert api.patch(f"/sobjects/Lead/{api.lead()}", closed).status_code == 204
        assert api.patch(path, {"Metadata": RULE}).status_code == 204
        assert api.patch(f"/sobjects/Lead/{api.lead()}", closed).status_code == 400
        assert api.delete(path).status_code == 204
        assert api.patch(f"/sobjects/Lead/{api.lead()}", closed).status_code == 204

    def test_rules_are_queried_by_their_object(self, api: Api) -> None:
        self.create(api)
        soql = (
            "SELECT ValidationName, Active, ErrorMessage, ErrorDisplayField FROM ValidationRule "
            "WHERE EntityDefinition.QualifiedApiName = 'Lead' AND Active = true"
        )
        assert tooling(api, soql) == [
            {
                "ValidationName": "Reason",
                "Active": True,
                "ErrorMessage": "Say why.",
                "ErrorDisplayField": "Description",
            }
        ]

    def test_configured_rules_show_as_formulas(self, api: Api, emulator: SalesforceEmulator) -> None:
        when = {"Status": {"in": ["Closed - Not Converted"]}, "any": [{"Title": None}, {"not": {"City": "Bonn"}}]}
        emulator.add_validation_rule({"sobject": "Lead", "name": "Old", "message": "No.", "when": when})
        (row,) = tooling(api, "SELECT Metadata FROM ValidationRule WHERE ValidationName = 'Old'")
        formula = 'AND(OR(ISPICKVAL(Status, "Closed - Not Converted")), OR(ISBLANK(Title), NOT(City = "Bonn")))'
        assert row["Metadata"]["errorConditionFormula"] == formula
        # The formula says what the predicate does.
        self.create(api, errorConditionFormula=formula, errorMessage="Formula.")
        emulator.org.rules.validation.reverse()
        body = {"LastName": "x", "Company": "y", "Status": "Closed - Not Converted"}
        assert api.post("/sobjects/Lead", body).json()[0]["message"] == "Formula."
        assert api.create("Lead", **body, Title="t", City="Bonn")

    def test_a_rule_with_a_code_of_its_own_is_an_orgs_automation(self, api: Api, emulator: SalesforceEmulator) -> None:
        text = "LeadTrigger: execution of BeforeInsert caused by: System.DmlException: UNABLE_TO_LOCK_ROW"
        code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        rule = {"sobject": "Lead", "name": "Trigger", "message": text, "when": {"Title": "x"}, "code": code}
        emulator.add_validation_rule(rule)
        (error,) = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "Title": "x"}).json()
        assert (error["errorCode"], error["message"]) == (code, text)
        assert tooling(api, "SELECT Id FROM ValidationRule") == []

    def test_a_rule_may_be_configured_as_a_formula(self, emulator: SalesforceEmulator, api: Api) -> None:
        rule = {"sobject": "Lead", "name": "New", "message": "No.", "formula": "ISNEW()"}
        emulator.add_validation_rule(rule)
        assert api.post("/sobjects/Lead", {"LastName": "x", "Company": "y"}).json()[0]["message"] == "No."
        with pytest.raises(ValueError, match='a "when" or a "formula"'):
            emulator.add_validation_rule(rule | {"when": {}})

    @pytest.mark.parametrize(
        ("formula", "refused"),
        [
            ("NumberOfEmployees < 10", {"NumberOfEmployees": 9}),
            ("NumberOfEmployees + 1 >= 2 * 5 - 0", {"NumberOfEmployees": 9}),
            ('BEGINS(LOWER(Company), "test") || Title = "x"', {"Company": "Test AG"}),
            ('NOT(CONTAINS(Email, "@acme.")) && NOT(ISBLANK(Email))', {"Email": "a@b.example"}),
            ("ISNEW() && LEN(Title) > 3", {"Title": "Chef"}),
            ('CASE(Rating, "Hot", 1, "Warm", 2, 0) = 2', {"Rating": "Warm"}),
            ('REGEX(PostalCode, "[0-9]{4}")', {"PostalCode": "1234"}),
            ('TEXT(NumberOfEmployees * 2) = "18"', {"NumberOfEmployees": 9}),
            ('IF(DoNotCall, TRUE, "a" & "b" = "ab") && Phone != NULL', {"Phone": "1"}),
        ],
    )
    def test_formulas(self, api: Api, formula: str, refused: dict[str, Any]) -> None:
        self.create(api, errorConditionFormula=formula)
        assert api.lead()
        response = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", **refused})
        assert response.json()[0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"

    def test_a_formula_sees_what_was(self, api: Api) -> None:
        formula = 'ISCHANGED(OwnerId) || (ISCHANGED(Status) && ISPICKVAL(PRIORVALUE(Status), "Working - Contacted"))'
        self.create(api, errorConditionFormula=formula)
        path = f"/sobjects/Lead/{api.lead()}"
        assert api.patch(path, {"Status": "Working - Contacted"}).status_code == 204
        assert api.patch(path, {"Title": "x"}).status_code == 204
        assert api.patch(path, {"Status": "Open - Not Contacted"}).status_code == 400

    @pytest.mark.parametrize(
        ("formula", "text"),
        [
            ('Status = "x"', "Field Status is a picklist field."),
            ("ISBLANK(Nothing__c)", "Field Nothing__c does not exist. Check spelling."),
            ("AND(ISBLANK(Phone)", "Syntax error. Missing ')'"),
            ("ISBLANK(Phone) Phone", "Syntax error. Extra Phone"),
            ("NOT()", "Incorrect number of parameters"),
        ],
    )
    def test_a_wrong_formula_is_refused(self, api: Api, formula: str, text: str) -> None:
        body = {"FullName": "Lead.Reason", "Metadata": RULE | {"errorConditionFormula": formula}}
        (error,) = api.post("/tooling/sobjects/ValidationRule", body).json()
        assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
        assert error["message"].startswith(text)

    @pytest.mark.parametrize("formula", ['VLOOKUP(1, 2, 3) = "x"', '$User.Id = "x"', 'Owner.Name = "x"'])
    def test_what_is_beyond_the_emulator_says_so(self, api: Api, formula: str) -> None:
        body = {"FullName": "Lead.Reason", "Metadata": RULE | {"errorConditionFormula": formula}}
        assert api.post("/tooling/sobjects/ValidationRule", body).status_code == 501
