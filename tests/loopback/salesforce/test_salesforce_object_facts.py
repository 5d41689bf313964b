"""What the sheet says of single objects: prefixes, what is settable when, what follows from what [sheet 11, 15]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import ids

PREFIXES = {
    "Lead": "00Q", "Contact": "003", "Account": "001", "Opportunity": "006", "OpportunityContactRole": "00K",
    "OpportunityHistory": "008", "Task": "00T", "Event": "00U", "Campaign": "701", "CampaignMember": "00v",
    "CampaignMemberStatus": "01Y", "Group": "00G", "GroupMember": "011", "QueueSobject": "03g", "User": "005",
    "UserRole": "00E", "Profile": "00e", "Organization": "00D", "LeadStatus": "01J", "OpportunityStage": "01J",
    "AssignmentRule": "01Q", "DuplicateRule": "0Bm", "RecordType": "012", "Note": "002", "LeadHistory": None,
    "OpportunityFieldHistory": None,
}  # fmt: skip


def fields_of(api: Api, sobject: str) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in api.get(f"/sobjects/{sobject}/describe").json()["fields"]}


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()[0]["errorCode"]


def opportunity(api: Api, **fields: Any) -> str:
    return api.create("Opportunity", **{"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-12-31", **fields})


class TestIds:
    def test_key_prefixes(self, api: Api) -> None:
        listed = {entry["name"]: entry["keyPrefix"] for entry in api.get("/sobjects").json()["sobjects"]}
        assert {name: listed[name] for name in PREFIXES} == PREFIXES

    @pytest.mark.parametrize("full", ["001dM00003kS2ndQAC", "00Q4S000002sSacUAE"])
    def test_the_last_three_characters_say_which_letters_are_capitals(self, full: str) -> None:
        assert ids.to18(full[:15]) == full


class TestLead:
    def test_is_converted_may_be_created_but_not_updated(self, api: Api) -> None:
        field = fields_of(api, "Lead")["IsConverted"]
        assert (field["createable"], field["updateable"]) == (True, False)
        lead = f"/sobjects/Lead/{api.lead(IsConverted=True, Status='Closed - Converted')}"
        assert api.get(lead).json()["IsConverted"] is True
        refused = api.patch(f"/sobjects/Lead/{api.lead()}", {"IsConverted": True})
        assert code_of(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")

    def test_only_two_fields_must_be_given(self, api: Api) -> None:
        must = {
            name
            for name, field in fields_of(api, "Lead").items()
            if field["createable"] and not field["nillable"] and not field["defaultedOnCreate"]
        }
        assert must == {"LastName", "Company"}

    def test_bounces_are_updated_only(self, api: Api) -> None:
        fields = fields_of(api, "Lead")
        for name in ("EmailBouncedReason", "EmailBouncedDate"):
            assert (fields[name]["createable"], fields[name]["updateable"]) == (False, True)

    def test_statuses_are_for_queries_only(self, api: Api) -> None:
        soql = "SELECT Id, ApiName, MasterLabel, IsConverted, IsDefault, SortOrder FROM LeadStatus ORDER BY SortOrder"
        rows = api.rows(soql)
        assert [row["ApiName"] for row in rows if row["IsDefault"]] == ["Open - Not Contacted"]
        assert [row["ApiName"] for row in rows if row["IsConverted"]] == ["Closed - Converted"]
        refused = api.post("/sobjects/LeadStatus", {"MasterLabel": "x"})
        assert code_of(refused) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")


class TestOpportunity:
    def test_the_stage_is_any_text_and_drives_the_rest(self, api: Api) -> None:
        assert api.get(f"/sobjects/Opportunity/{opportunity(api, StageName='In Progress')}").json()["IsClosed"] is False
        fields = fields_of(api, "Opportunity")
        for name in ("IsClosed", "IsWon", "ForecastCategory"):
            assert (fields[name]["createable"], fields[name]["updateable"]) == (False, False), name

    def test_a_contact_is_named_at_creation_only(self, api: Api) -> None:
        field = fields_of(api, "Opportunity")["ContactId"]
        assert (field["createable"], field["updateable"]) == (True, False)

    def test_a_role_stays_with_its_opportunity(self, api: Api) -> None:
        role = api.create(
            "OpportunityContactRole",
            OpportunityId=opportunity(api),
            ContactId=api.create("Contact", LastName="x"),
            Role="Decision Maker",
        )
        moved = api.patch(f"/sobjects/OpportunityContactRole/{role}", {"OpportunityId": opportunity(api)})
        assert code_of(moved) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


class TestStageDates:
    def test_the_last_change_of_stage_is_none_at_the_creation(self, api: Api, clock: Clock) -> None:
        """[D:object-opportunity]; another amount is no change of the stage."""
        opportunity = api.create("Opportunity", Name="x", StageName="Prospecting", CloseDate="2026-12-31")
        path = f"/sobjects/Opportunity/{opportunity}"
        assert api.get(path).json()["LastStageChangeDate"] is None
        clock.advance(5)
        api.patch(path, {"StageName": "Qualification"})
        clock.advance(5)
        api.patch(path, {"Amount": 1})
        assert api.get(path).json()["LastStageChangeDate"] == "2026-11-24T12:00:05.000+0000"


class TestOthers:
    def test_a_contact_needs_a_last_name_only(self, api: Api) -> None:
        contact = api.get(f"/sobjects/Contact/{api.create('Contact', LastName='x')}").json()
        assert contact["AccountId"] is None
        assert {"Status", "Company"}.isdisjoint(contact)

    def test_a_task_starts_as_not_started_and_normal(self, api: Api) -> None:
        task = f"/sobjects/Task/{api.create('Task', Subject='Call')}"
        shown = api.get(task).json()
        assert (shown["Status"], shown["Priority"], shown["TaskSubtype"]) == ("Not Started", "Normal", "Task")
        assert code_of(api.patch(task, {"TaskSubtype": "Call"})) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")

    def test_a_member_is_a_contact_where_both_are_given(self, api: Api) -> None:
        campaign = api.create("Campaign", Name="x")
        contact = api.create("Contact", LastName="x")
        member = api.create("CampaignMember", CampaignId=campaign, LeadId=api.lead(), ContactId=contact)
        shown = api.get(f"/sobjects/CampaignMember/{member}").json()
        assert (shown["ContactId"], shown["LeadId"]) == (contact, None)
        moved = api.patch(f"/sobjects/CampaignMember/{member}", {"CampaignId": api.create("Campaign", Name="y")})
        assert code_of(moved) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")

    def test_having_responded_follows_from_the_status(self, api: Api) -> None:
        member = api.create("CampaignMember", CampaignId=api.create("Campaign", Name="x"), LeadId=api.lead())
        path = f"/sobjects/CampaignMember/{member}"
        assert api.get(path).json()["HasResponded"] is False
        assert api.patch(path, {"Status": "Responded"}).status_code == 204
        assert api.get(path).json()["HasResponded"] is True
        assert code_of(api.patch(path, {"HasResponded": False})) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")

    def test_users_are_never_deleted(self, api: Api) -> None:
        (user,) = api.rows("SELECT Id FROM User LIMIT 1")
        refused = api.delete(f"/sobjects/User/{user['Id']}")
        assert code_of(refused) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")

    def test_a_note_belongs_to_a_record(self, api: Api) -> None:
        lead = api.lead()
        note = api.create("Note", ParentId=lead, Title="x", Body="y")
        assert api.get(f"/sobjects/Note/{note}").json()["ParentId"] == lead

    def test_history_is_for_queries_only(self, api: Api) -> None:
        refused = api.post("/sobjects/LeadHistory", {"LeadId": api.lead(), "Field": "Status"})
        assert code_of(refused) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")

    @pytest.mark.parametrize("name", ["EmailMessage", "ContentNote", "ContentVersion", "LeadShare", "Case"])
    def test_an_object_the_org_has_not(self, api: Api, name: str) -> None:
        assert api.query_error(f"SELECT Id FROM {name}")[0] == "INVALID_TYPE"
        assert code_of(api.get(f"/sobjects/{name}/describe")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id, Active FROM AssignmentRule WHERE SobjectType = 'Lead'",
        "SELECT DeveloperName, IsActive FROM DuplicateRule WHERE SobjectType = 'Lead'",
        "SELECT QueueId, Queue.Name FROM QueueSobject WHERE SobjectType = 'Lead'",
        "SELECT Id, IsActive, UserType, UserRoleId, ProfileId, TimeZoneSidKey, LanguageLocaleKey FROM User",
    ],
)
def test_what_tells_whether_an_org_is_ready(api: Api, soql: str) -> None:
    assert api.query(soql)["done"] is True
