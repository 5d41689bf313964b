"""Least privilege: objects, fields, conditional requests, describes, changes, control."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings


@pytest.fixture
def settings() -> SalesforceSettings:
    users: list[dict[str, Any]] = [
        {"Username": "admin@x.example", "LastName": "Admin", "token": DEFAULT_TOKEN},
        {
            "Username": "low@x.example",
            "LastName": "Low",
            "token": "low-token",
            "view_setup": False,
            "objects": {"Opportunity": [], "Contact": ["read"]},
            "hidden_fields": {"Lead": ["Phone"]},
            "read_only_fields": {"Lead": ["Title"]},
        },
    ]
    return SalesforceSettings(users=users)


@pytest.fixture
def low(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, "low-token")


class TestPermissions:
    def test_a_hidden_field_does_not_exist(self, api: Api, low: Api) -> None:
        lead = api.lead(Phone="1")
        names = {field["name"] for field in low.get("/sobjects/Lead/describe").json()["fields"]}
        assert "Phone" not in names
        assert "Phone" not in low.get(f"/sobjects/Lead/{lead}").json()
        assert low.query_error("SELECT Phone FROM Lead")[0] == "INVALID_FIELD"
        (error,) = low.patch(f"/sobjects/Lead/{lead}", {"Phone": "2"}).json()
        assert error["message"] == "No such column 'Phone' on sobject of type Lead"

    def test_a_read_only_field_is_readable(self, api: Api, low: Api) -> None:
        lead = api.lead(Title="CTO")
        fields = {f["name"]: f for f in low.get("/sobjects/Lead/describe").json()["fields"]}
        assert not fields["Title"]["updateable"]
        assert low.get(f"/sobjects/Lead/{lead}").json()["Title"] == "CTO"
        (error,) = low.patch(f"/sobjects/Lead/{lead}", {"Title": "CEO"}).json()
        assert error["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
        assert error["fields"] == ["Title"]

    def test_objects(self, api: Api, low: Api) -> None:
        contact = api.create("Contact", LastName="x")
        assert low.get(f"/sobjects/Contact/{contact}").status_code == 200
        refused = low.patch(f"/sobjects/Contact/{contact}", {"Title": "x"})
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (
            403,
            "INSUFFICIENT_ACCESS_OR_READONLY",
        )
        assert low.query_error("SELECT Id FROM Opportunity")[0] == "INVALID_TYPE"
        assert low.get("/sobjects/Opportunity/describe").status_code == 404
        described = low.get("/sobjects/Contact/describe").json()
        assert (described["createable"], described["queryable"]) == (False, True)

    def test_limits_need_view_setup(self, low: Api) -> None:
        assert low.get("/limits").status_code == 403

    def test_permissions_change_mid_life(self, low: Api) -> None:
        assert low.create("Lead", LastName="x", Company="y", City="Bonn")
        low.control("permission", user="low@x.example", hidden_fields={"Lead": ["City"]})
        body = {"LastName": "x", "Company": "y", "City": "Bonn"}
        assert low.post("/sobjects/Lead", body).status_code == 400


class TestDescribe:
    def test_a_field_has_all_57_keys_in_order(self, api: Api) -> None:
        body = api.get("/sobjects/Lead/describe").json()
        assert list(body) == sorted(body)
        assert {len(field) for field in body["fields"]} == {57}
        status = next(field for field in body["fields"] if field["name"] == "Status")
        assert status["defaultValue"] == "Open - Not Contacted"
        assert status["byteLength"] == 765
        assert status["restrictedPicklist"] is False

    def test_304_until_the_schema_changes(self, api: Api, emulator: SalesforceEmulator, clock: Clock) -> None:
        stamp = api.get("/sobjects/Lead/describe").headers["Last-Modified"]
        again = api.get("/sobjects/Lead/describe", headers={"If-Modified-Since": stamp})
        assert (again.status_code, again.content) == (304, b"")
        clock.advance(5)
        api.control("field", sobject="Lead", definition={"name": "New__c", "type": "string"})
        changed = api.get("/sobjects/Lead/describe", headers={"If-Modified-Since": stamp})
        assert changed.status_code == 200
        assert api.lead(New__c="x")
        api.control("field", sobject="Lead", name="New__c", removed=True)
        assert api.query_error("SELECT New__c FROM Lead")[0] == "INVALID_FIELD"

    def test_global_lists_what_the_user_sees(self, api: Api, low: Api) -> None:
        names = {entry["name"] for entry in api.get("/sobjects").json()["sobjects"]}
        assert {"Lead", "Contact", "Task", "QueueSobject", "LeadHistory"} <= names
        lows = {entry["name"] for entry in low.get("/sobjects/").json()["sobjects"]}
        assert names - lows == {"Opportunity"}

    def test_activity_fields_are_on_both(self, api: Api) -> None:
        for sobject in ("Task", "Event"):
            fields = {f["name"]: f for f in api.get(f"/sobjects/{sobject}/describe").json()["fields"]}
            assert fields["Key__c"]["externalId"]
            assert fields["Key__c"]["unique"]

    def test_versions_from_31_on(self, api: Api) -> None:
        versions = api.get("/services/data").json()
        assert versions[0] == {
            "label": "Summer '14",
            "url": "/services/data/v31.0",
            "version": "31.0",
        }
        assert versions[-1]["label"] == "Winter '27"
        resources = api.get("/").json()
        assert resources["query"] == "/services/data/v65.0/query"
        assert resources["identity"].startswith(f"{api.host}/id/00D")


class TestConditional:
    def test_rows_answer_304_and_412_by_date(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        path = f"/sobjects/Lead/{lead}"
        stamp = api.get(path).headers["Last-Modified"]
        assert stamp == "Tue, 24 Nov 2026 12:00:00 GMT"
        assert api.get(path, headers={"If-Modified-Since": stamp}).status_code == 304
        clock.advance(1)
        known = {"If-Unmodified-Since": stamp}
        assert api.patch(path, {"Title": "a"}, headers=known).status_code == 204
        assert api.patch(path, {"Title": "b"}, headers=known).status_code == 412
        bad = {"If-Unmodified-Since": "yesterday"}
        assert api.patch(path, {"Title": "b"}, headers=bad).status_code == 400

    def test_etags_on_accounts_only(self, api: Api) -> None:
        account, lead = api.create("Account", Name="x"), api.lead()
        assert "ETag" not in api.get(f"/sobjects/Lead/{lead}").headers
        path = f"/sobjects/Account/{account}"
        etag = api.get(path).headers["ETag"]
        assert api.get(path, headers={"If-None-Match": etag}).status_code == 304
        assert api.patch(path, {"Site": "x"}, headers={"If-Match": '"other"'}).status_code == 412
        assert api.patch(path, {"Site": "x"}, headers={"If-None-Match": etag}).status_code == 412
        assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}, headers={"If-None-Match": etag}).status_code == 204
        assert api.patch(path, {"Site": "x"}, headers={"If-Match": etag}).status_code == 204


class TestChanges:
    def test_updated_and_deleted(self, api: Api, clock: Clock) -> None:
        kept, gone = api.lead(), api.lead()
        api.delete(f"/sobjects/Lead/{gone}")
        clock.advance(90)
        span = {"start": "2026-11-24T11:00:00+00:00", "end": "2026-11-24T12:01:30+00:00"}
        updated = api.get("/sobjects/Lead/updated/", params=span).json()
        assert set(updated["ids"]) == {kept, gone}
        assert updated["latestDateCovered"] == "2026-11-24T12:01:00.000+0000"
        deleted = api.get("/sobjects/Lead/deleted/", params=span).json()
        assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-11-24T12:00:00.000+0000"}]

    @pytest.mark.parametrize(
        "span",
        [
            {"start": "2026-11-24T11:00:00Z", "end": "2026-11-24T11:00:30Z"},
            {"start": "2026-10-01T00:00:00Z", "end": "2026-11-24T11:00:00Z"},
            {"start": "soon", "end": "2026-11-24T11:00:00Z"},
        ],
    )
    def test_bad_spans(self, api: Api, span: dict[str, str]) -> None:
        assert api.get("/sobjects/Lead/updated", params=span).status_code == 400

    def test_record_counts_leave_empty_objects_out(self, api: Api) -> None:
        api.lead(), api.lead()
        body = api.get("/limits/recordCount", params={"sObjects": "Lead,Contact"}).json()
        assert body == {"sObjects": [{"count": 2, "name": "Lead"}]}


class TestRecycleBin:
    def test_delete_takes_the_activities_along_and_undelete_brings_them_back(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        task = api.create("Task", WhoId=lead)
        clock.advance(1)
        api.delete(f"/sobjects/Lead/{lead}")
        assert api.get(f"/sobjects/Lead/{lead}").status_code == 404
        assert api.query("SELECT COUNT() FROM Task")["totalSize"] == 0
        soql = {"q": "SELECT Id FROM Task WHERE IsDeleted = true"}
        assert api.get("/queryAll", params=soql).json()["records"][0]["Id"] == task
        api.control("undelete", ids=[lead])
        assert api.query("SELECT COUNT() FROM Task")["totalSize"] == 1

    def test_undelete_leaves_what_was_deleted_before(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        before, along = api.create("Task", WhoId=lead), api.create("Task", WhoId=lead)
        api.delete(f"/sobjects/Task/{before}")
        clock.advance(1)
        api.delete(f"/sobjects/Lead/{lead}")
        api.control("undelete", ids=[lead])
        assert [row["Id"] for row in api.rows("SELECT Id FROM Task")] == [along]

    def test_an_emptied_bin_is_gone_for_good(self, api: Api) -> None:
        lead = api.lead()
        api.delete(f"/sobjects/Lead/{lead}")
        api.control("empty-recycle-bin")
        soql = {"q": "SELECT Id FROM Lead"}
        assert api.get("/queryAll", params=soql).json()["totalSize"] == 0
        (error,) = api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).json()
        assert error["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"

    def test_a_unique_value_in_the_bin_is_free(self, api: Api) -> None:
        api.delete(f"/sobjects/Lead/{api.lead(HS_Id__c='1')}")
        assert api.lead(HS_Id__c="1")


class TestActivities:
    def test_what_with_a_lead_is_refused(self, api: Api) -> None:
        account = api.create("Account", Name="x")
        response = api.post("/sobjects/Task", {"WhoId": api.lead(), "WhatId": account})
        assert response.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"

    def test_the_account_is_derived_and_closing_is_stamped(self, api: Api, clock: Clock) -> None:
        account = api.create("Account", Name="x")
        contact = api.create("Contact", LastName="y", AccountId=account)
        task = api.create("Task", WhoId=contact)
        row = api.get(f"/sobjects/Task/{task}").json()
        assert (row["AccountId"], row["Status"], row["IsClosed"]) == (account, "Not Started", False)
        clock.advance(3)
        api.patch(f"/sobjects/Task/{task}", {"Status": "Completed"})
        row = api.get(f"/sobjects/Task/{task}").json()
        assert row["IsClosed"] is True
        assert row["CompletedDateTime"] == "2026-11-24T12:00:03.000+0000"

    def test_an_events_end_follows_from_its_duration(self, api: Api) -> None:
        event = api.create("Event", Subject="Demo", StartDateTime="2026-12-01T09:00:00Z", DurationInMinutes=45)
        row = api.get(f"/sobjects/Event/{event}").json()
        assert row["EndDateTime"] == "2026-12-01T09:45:00.000+0000"
        assert row["ActivityDate"] == "2026-12-01"

    def test_another_duration_moves_the_end_and_another_end_the_duration(self, api: Api) -> None:
        event = api.create("Event", Subject="Demo", StartDateTime="2026-12-01T09:00:00Z", DurationInMinutes=45)
        path = f"/sobjects/Event/{event}"
        api.patch(path, {"DurationInMinutes": 60})
        assert api.get(path).json()["EndDateTime"] == "2026-12-01T10:00:00.000+0000"
        api.patch(path, {"EndDateTime": "2026-12-01T09:30:00Z"})
        assert api.get(path).json()["DurationInMinutes"] == 30

    def test_stages_drive_an_opportunity(self, api: Api) -> None:
        opportunity = api.create("Opportunity", Name="x", StageName="Prospecting", CloseDate="2026-12-31", Amount=1000)
        path = f"/sobjects/Opportunity/{opportunity}"
        row = api.get(path).json()
        assert (row["Probability"], row["ExpectedRevenue"], row["IsClosed"]) == (10.0, 100.0, False)
        api.patch(path, {"StageName": "Closed Won"})
        row = api.get(path).json()
        assert (row["IsClosed"], row["IsWon"], row["ForecastCategory"]) == (True, True, "Closed")
        stages = api.rows("SELECT StageName FROM OpportunityHistory ORDER BY Id")
        assert [entry["StageName"] for entry in stages] == ["Prospecting", "Closed Won"]

    def test_tracked_fields_leave_history(self, api: Api) -> None:
        lead = api.lead()
        api.patch(f"/sobjects/Lead/{lead}", {"Status": "Working - Contacted", "Title": "x"})
        rows = api.rows("SELECT Field, OldValue, NewValue FROM LeadHistory ORDER BY Id")
        assert rows == [
            {"Field": "created", "OldValue": None, "NewValue": None},
            {
                "Field": "Status",
                "OldValue": "Open - Not Contacted",
                "NewValue": "Working - Contacted",
            },
        ]

    def test_a_campaign_member_joins_once(self, api: Api) -> None:
        campaign, lead = api.create("Campaign", Name="x"), api.lead()
        api.create("CampaignMember", CampaignId=campaign, LeadId=lead)
        again = api.post("/sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": lead})
        assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"


class TestForeignKeys:
    def test_a_parent_by_its_external_id(self, api: Api, emulator: SalesforceEmulator) -> None:
        key = {"name": "Ext__c", "type": "string", "externalId": True}
        emulator.add_field("Account", key)
        account = api.create("Account", Name="x", Ext__c="A1")
        contact = api.create("Contact", LastName="y", Account={"Ext__c": "A1"})
        assert api.get(f"/sobjects/Contact/{contact}").json()["AccountId"] == account
        response = api.post("/sobjects/Contact", {"LastName": "y", "Account": {"Ext__c": "0116"}})
        assert response.json() == [
            {
                "message": "Foreign key external ID: 0116 not found for field Ext__c in entity Account",
                "errorCode": "INVALID_FIELD",
                "fields": [],
            }
        ]

    def test_a_polymorphic_parent_says_its_type_first(self, api: Api) -> None:
        lead = api.lead(HS_Id__c="1")
        nested = {"attributes": {"type": "Lead"}, "HS_Id__c": "1"}
        task = api.create("Task", Who=nested)
        assert api.get(f"/sobjects/Task/{task}").json()["WhoId"] == lead
        response = api.post("/sobjects/Task", {"Who": {"HS_Id__c": "1"}})
        assert response.json()[0]["errorCode"] == "JSON_PARSER_ERROR"

    def test_unknown_and_deleted_parents(self, api: Api) -> None:
        account = api.create("Account", Name="x")
        api.delete(f"/sobjects/Account/{account}")
        for parent, code in (
            (account, "ENTITY_IS_DELETED"),
            ("001dM0000000999", "INVALID_CROSS_REFERENCE_KEY"),
            ("005dM0000000001", "MALFORMED_ID"),
        ):
            response = api.post("/sobjects/Contact", {"LastName": "y", "AccountId": parent})
            assert response.json()[0]["errorCode"] == code
