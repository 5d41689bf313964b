"""Section 17 of the fact sheet, rows 6 to 9: owners, duplicates, conversion, stamps."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator

ALLOW_SAVE = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}


def lead_body(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Meyer", "Company": "Acme", **fields}


class Test06Owners:
    def error(self, api: Api, owner: str, sobject: str = "Lead") -> tuple[int, str]:
        body = {"LastName": "x", "OwnerId": owner}
        if sobject == "Lead":
            body["Company"] = "y"
        response = api.post(f"/sobjects/{sobject}", body)
        return response.status_code, response.json()[0]["errorCode"]

    def test_inactive_wrong_type_unknown_and_wrong_queue(self, api: Api, emulator: SalesforceEmulator) -> None:
        gone = emulator.add_user({"Username": "g@x.example", "LastName": "G", "IsActive": False})
        robot = emulator.add_user({"Username": "r@x.example", "LastName": "R", "UserType": "AutomatedProcess"})
        queue = emulator.add_queue("Cases", ["Case"])
        assert self.error(api, gone) == (400, "INACTIVE_OWNER_OR_USER")
        assert self.error(api, robot) == (400, "OP_WITH_INVALID_USER_TYPE_EXCEPTION")
        assert self.error(api, queue) == (400, "INVALID_OWNER")
        assert self.error(api, "005dM0000000999") == (400, "INVALID_CROSS_REFERENCE_KEY")
        assert self.error(api, "garbage") == (400, "MALFORMED_ID")

    def test_contacts_belong_to_users_only(self, api: Api, emulator: SalesforceEmulator) -> None:
        queue = emulator.add_queue("Leads", ["Lead"])
        assert api.lead(OwnerId=queue)
        assert self.error(api, queue, "Contact") == (400, "MALFORMED_ID")

    def test_the_inactive_users_id_is_in_the_message(self, api: Api, emulator: SalesforceEmulator) -> None:
        gone = emulator.add_user({"Username": "g@x.example", "LastName": "G", "IsActive": False})
        response = api.post("/sobjects/Lead", lead_body(OwnerId=gone))
        assert response.json()[0]["message"] == (
            f"operation performed with inactive user [{gone[:15]}] as owner of lead"
        )


class Test07Duplicates:
    def rule(self, emulator: SalesforceEmulator, action: str, target: str = "Lead") -> None:
        match = [{"sobject": target, "fields": ["Email"]}]
        emulator.add_duplicate_rule("Lead", "Standard_Lead_Duplicate_Rule", match, action=action)

    def test_the_payload_is_misspelt_and_has_no_fields(self, api: Api, emulator: SalesforceEmulator) -> None:
        self.rule(emulator, "alert")
        known = api.lead(Email="a@example.com")
        response = api.post("/sobjects/Lead", lead_body(Email="A@example.com"))
        (error,) = response.json()
        assert response.status_code == 400
        assert list(error) == ["duplicateResut", "errorCode", "message"]
        assert error["errorCode"] == "DUPLICATES_DETECTED"
        result = error["duplicateResut"]
        assert result["allowSave"] is True
        match = result["matchResults"][0]
        assert match["entityType"] == "Lead"
        assert match["matchRecords"][0]["record"]["Id"] == known

    def test_allow_save_overrides_alert_but_not_block(self, api: Api, emulator: SalesforceEmulator) -> None:
        api.lead(Email="a@example.com")
        self.rule(emulator, "alert")
        body = lead_body(Email="a@example.com")
        assert api.post("/sobjects/Lead", body, headers=ALLOW_SAVE).status_code == 201
        self.rule(emulator, "block")
        blocked = api.post("/sobjects/Lead", body, headers=ALLOW_SAVE)
        assert blocked.status_code == 400
        assert blocked.json()[0]["duplicateResut"]["allowSave"] is False

    def test_a_lead_matches_a_contact(self, api: Api, emulator: SalesforceEmulator) -> None:
        contact = api.create("Contact", LastName="x", Email="a@example.com")
        self.rule(emulator, "alert", target="Contact")
        response = api.post("/sobjects/Lead", lead_body(Email="a@example.com"))
        result = response.json()[0]["duplicateResut"]
        assert result["duplicateRuleEntityType"] == "Lead"
        assert result["matchResults"][0]["entityType"] == "Contact"
        assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == contact

    def test_collections_carry_no_details(self, api: Api, emulator: SalesforceEmulator) -> None:
        api.lead(Email="a@example.com")
        self.rule(emulator, "alert")
        body = {"records": [lead_body(Email="a@example.com")]}
        error = api.post("/composite/sobjects", body).json()[0]["errors"][0]
        assert list(error) == ["statusCode", "message", "fields"]
        assert error["statusCode"] == "DUPLICATES_DETECTED"

    def test_an_update_does_not_match_itself(self, api: Api, emulator: SalesforceEmulator) -> None:
        known = api.lead(Email="a@example.com")
        self.rule(emulator, "block")
        assert api.patch(f"/sobjects/Lead/{known}", {"Title": "CTO"}).status_code == 204


class Test08Conversion:
    def test_the_recorded_diff(self, api: Api, clock: Clock) -> None:
        lead = api.lead(Email="a@example.com", FirstName="Ada")
        api.get(f"/sobjects/Lead/{lead}")
        before = api.get(f"/sobjects/Lead/{lead}").json()
        clock.advance(60)
        done = api.control("convert-lead", lead_id=lead, create_opportunity=False)
        after = api.get(f"/sobjects/Lead/{lead}").json()
        changed = {key for key in after if after[key] != before[key]}
        assert changed - {"LastViewedDate", "LastReferencedDate"} == {
            "Status", "IsConverted", "ConvertedDate", "ConvertedAccountId", "ConvertedContactId",
            "LastModifiedDate", "SystemModstamp",
        }  # fmt: skip
        assert after["Status"] == "Closed - Converted"
        assert after["ConvertedDate"] == "2026-11-24"
        assert after["LastModifiedDate"] == after["SystemModstamp"] == "2026-11-24T12:01:00.000+0000"
        contact = api.get(f"/sobjects/Contact/{done['contact_id']}").json()
        assert (contact["Name"], contact["Email"]) == ("Ada Meyer", "a@example.com")
        assert contact["AccountId"] == done["account_id"]

    def test_converted_is_readable_not_updatable_but_deletable(self, api: Api) -> None:
        lead = api.lead()
        api.control("convert-lead", lead_id=lead)
        response = api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"})
        assert response.json() == [
            {
                "message": "cannot reference converted lead",
                "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD",
                "fields": [],
            }
        ]
        task = api.post("/sobjects/Task", {"WhoId": lead})
        assert task.json()[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
        assert api.delete(f"/sobjects/Lead/{lead}").status_code == 204

    def test_opportunity_role_and_activities_follow(self, api: Api) -> None:
        lead = api.lead()
        task = api.create("Task", WhoId=lead, Subject="Call")
        done = api.control("convert-lead", lead_id=lead, opportunity_name="Big", amount=1000, account_id=None)
        opportunity = api.get(f"/sobjects/Opportunity/{done['opportunity_id']}").json()
        assert (opportunity["Name"], opportunity["Amount"]) == ("Big", 1000.0)
        assert opportunity["CloseDate"] == "2026-12-31"
        assert opportunity["StageName"] == "Prospecting"
        moved = api.get(f"/sobjects/Task/{task}").json()
        assert moved["WhoId"] == done["contact_id"]
        assert moved["WhatId"] == done["opportunity_id"]
        roles = api.rows("SELECT ContactId, OpportunityId, IsPrimary FROM OpportunityContactRole")
        assert roles[0]["ContactId"] == done["contact_id"]

    def test_campaign_members_keep_their_id_and_lead(self, api: Api) -> None:
        lead, campaign = api.lead(), api.create("Campaign", Name="Webinar")
        member = api.create("CampaignMember", CampaignId=campaign, LeadId=lead)
        done = api.control("convert-lead", lead_id=lead)
        row = api.rows("SELECT Id, LeadId, ContactId FROM CampaignMember")[0]
        assert row == {"Id": member, "LeadId": lead, "ContactId": done["contact_id"]}

    def test_an_existing_contact_only_gains_what_it_lacks(self, api: Api) -> None:
        account = api.create("Account", Name="Acme")
        contact = api.create("Contact", LastName="M", AccountId=account, Title="CEO")
        lead = api.lead(Title="CTO", Phone="1")
        api.control("convert-lead", lead_id=lead, contact_id=contact)
        row = api.get(f"/sobjects/Contact/{contact}").json()
        assert (row["Title"], row["Phone"], row["AccountId"]) == ("CEO", "1", account)

    def test_custom_fields_are_lost_unless_mapped(self, api: Api, emulator: SalesforceEmulator) -> None:
        def contact_key(hs_id: str) -> Any:
            done = api.control("convert-lead", lead_id=api.lead(HS_Id__c=hs_id))
            return api.get(f"/sobjects/Contact/{done['contact_id']}").json()["HS_Id__c"]

        assert contact_key("1") is None
        emulator.settings.lead_field_mapping["Contact"] = {"HS_Id__c": "HS_Id__c"}
        assert contact_key("2") == "2"

    def test_a_queue_owned_lead_needs_an_owner(self, api: Api, emulator: SalesforceEmulator) -> None:
        lead = api.lead(OwnerId=emulator.add_queue("Q", ["Lead"]))
        assert api.post("/_sandbox/convert-lead", {"lead_id": lead}).status_code == 400

    def test_merge_deletes_the_loser_and_names_the_winner(self, api: Api) -> None:
        winner, loser = api.lead(), api.lead()
        task = api.create("Task", WhoId=loser)
        api.control("merge", sobject="Lead", winner=winner, loser=loser)
        assert api.get(f"/sobjects/Lead/{loser}").status_code == 404
        soql = f"SELECT IsDeleted, MasterRecordId FROM Lead WHERE Id = '{loser}'"
        row = api.get("/queryAll", params={"q": soql}).json()["records"][0]
        assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)
        assert api.get(f"/sobjects/Task/{task}").json()["WhoId"] == winner
        error = api.patch(f"/sobjects/Lead/{loser}", {"Title": "x"}).json()[0]
        assert (error["errorCode"], error["message"]) == ("ENTITY_IS_DELETED", "entity is deleted")


class Test09Stamps:
    def test_stamps_are_whole_seconds(self, api: Api, clock: Clock) -> None:
        clock.advance(0.789)
        row = api.get(f"/sobjects/Lead/{api.lead()}").json()
        assert row["SystemModstamp"] == row["CreatedDate"] == "2026-11-24T12:00:00.000+0000"

    @pytest.mark.parametrize("sobject", ["Lead", "Contact"])
    def test_a_task_moves_SystemModstamp_only(self, api: Api, clock: Clock, sobject: str) -> None:
        person = api.lead() if sobject == "Lead" else api.create("Contact", LastName="x")
        clock.advance(60)
        api.create("Task", WhoId=person, ActivityDate="2026-12-01")
        row = api.get(f"/sobjects/{sobject}/{person}").json()
        assert row["LastActivityDate"] == "2026-12-01"
        assert row["SystemModstamp"] == "2026-11-24T12:01:00.000+0000"
        assert row["LastModifiedDate"] == "2026-11-24T12:00:00.000+0000"

    def test_an_equal_value_update_moves_the_stamps(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        clock.advance(5)
        api.patch(f"/sobjects/Lead/{lead}", {"Company": "Acme"})
        row = api.get(f"/sobjects/Lead/{lead}").json()
        assert row["LastModifiedDate"] == row["SystemModstamp"] == "2026-11-24T12:00:05.000+0000"

    def test_a_get_shows_on_the_next_read(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        contact = api.control("convert-lead", lead_id=lead)["contact_id"]
        clock.advance(10)
        first = api.get(f"/sobjects/Contact/{contact}").json()
        second = api.get(f"/sobjects/Contact/{contact}").json()
        assert first["LastViewedDate"] is None
        assert second["LastViewedDate"] == "2026-11-24T12:00:10.000+0000"
        assert first["SystemModstamp"] == second["SystemModstamp"]

    def test_the_owners_look_marks_a_lead_as_read(self, api: Api) -> None:
        lead = api.lead()
        assert api.get(f"/sobjects/Lead/{lead}").json()["IsUnreadByOwner"] is True
        assert api.get(f"/sobjects/Lead/{lead}").json()["IsUnreadByOwner"] is False

    def test_a_late_commit_shows_afterwards_with_its_old_stamp(self, api: Api, clock: Clock) -> None:
        old = api.lead(LastName="Old")
        api.control("late-commit", seconds=300)
        new = api.lead(LastName="New")
        api.patch(f"/sobjects/Lead/{old}", {"LastName": "Changed"})
        api.control("late-commit", seconds=0)
        assert [row["LastName"] for row in api.rows("SELECT LastName FROM Lead")] == ["Old"]
        assert api.get(f"/sobjects/Lead/{new}").status_code == 200
        clock.advance(299)
        assert len(api.rows("SELECT Id FROM Lead WHERE LastName != 'Old'")) == 0
        clock.advance(1)
        rows = api.rows("SELECT LastName, SystemModstamp FROM Lead ORDER BY LastName")
        assert [row["LastName"] for row in rows] == ["Changed", "New"]
        assert {row["SystemModstamp"] for row in rows} == {"2026-11-24T12:00:00.000+0000"}

    def test_late_deletes_counts_and_change_lists_wait_too(self, api: Api, clock: Clock) -> None:
        lead = api.lead(LastName="Old")
        clock.advance(60)
        api.control("late-commit", seconds=300)
        api.delete(f"/sobjects/Lead/{lead}")
        span = {"start": "2026-11-24T12:01:00Z", "end": "2026-11-24T12:10:00Z"}

        def seen() -> tuple[int, list[str], list[dict[str, Any]]]:
            return (
                api.query("SELECT count() FROM Lead")["totalSize"],
                api.get("/sobjects/Lead/updated", params=span).json()["ids"],
                api.get("/sobjects/Lead/deleted", params=span).json()["deletedRecords"],
            )

        assert seen() == (1, [], [])
        clock.advance(300)
        assert seen() == (
            0, [lead], [{"id": lead, "deletedDate": "2026-11-24T12:01:00.000+0000"}],
        )  # fmt: skip

    def test_the_change_list_covers_no_time_with_open_transactions(self, api: Api, clock: Clock) -> None:
        clock.advance(3600)
        api.control("late-commit", seconds=300)
        span = {"start": "2026-11-24T12:00:00Z", "end": "2026-11-24T14:00:00Z"}
        covered = api.get("/sobjects/Lead/updated", params=span).json()["latestDateCovered"]
        assert covered == "2026-11-24T12:55:00.000+0000"
