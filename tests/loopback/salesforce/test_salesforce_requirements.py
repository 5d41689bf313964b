"""Section 17 of the fact sheet, rows 1 to 5: upserts, collections, assignment, expiry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator


def lead_body(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Meyer", "Company": "Acme", **fields}


class Test01UpsertMatrix:
    def test_create_answers_201_with_a_location(self, api: Api) -> None:
        response = api.post("/sobjects/Lead/", {"LastName": "Meyer", "Company": "Acme"})
        record_id = response.json()["id"]
        assert response.status_code == 201
        assert response.json() == {"id": record_id, "success": True, "errors": []}
        assert response.headers["Location"] == f"/services/data/v65.0/sobjects/Lead/{record_id}"

    def test_update_by_id_answers_204_and_nothing(self, api: Api) -> None:
        response = api.patch(f"/sobjects/Lead/{api.lead()}", {"Title": "CTO"})
        assert (response.status_code, response.content) == (204, b"")
        assert "Content-Type" not in response.headers

    def test_upsert_tells_created_from_updated(self, api: Api) -> None:
        body = {"LastName": "Meyer", "Company": "Acme"}
        first = api.patch("/sobjects/Lead/HS_Id__c/77", body)
        second = api.patch("/sobjects/Lead/HS_Id__c/77", {"Title": "CTO"})
        assert (first.status_code, first.json()["created"]) == (201, True)
        assert "Location" in first.headers
        assert (second.status_code, second.json()["created"]) == (200, False)
        assert first.json()["id"] == second.json()["id"]

    def test_before_v46_an_updating_upsert_is_204(self, emulator: SalesforceEmulator) -> None:
        old = Api(emulator, version="45.0")
        body = {"LastName": "Meyer", "Company": "Acme"}
        created = old.patch("/sobjects/Lead/HS_Id__c/77", body)
        assert "created" not in created.json()
        assert old.patch("/sobjects/Lead/HS_Id__c/77", body).status_code == 204

    def test_email_is_a_lookup_key_and_two_matches_are_300(self, api: Api) -> None:
        first = api.lead(Email="ada@example.com")
        assert api.patch("/sobjects/Lead/Email/ADA%40example.com", {"Title": "x"}).status_code == 200
        second = api.lead(Email="ada@example.com")
        response = api.patch("/sobjects/Lead/Email/ada%40example.com", {"Title": "y"})
        assert response.status_code == 300
        assert response.json() == [f"/services/data/v65.0/sobjects/Lead/{found}" for found in sorted([first, second])]

    def test_id_is_an_external_id_with_a_body(self, api: Api) -> None:
        record_id = api.lead()
        response = api.patch(f"/sobjects/Lead/Id/{record_id}", {"Title": "CTO"})
        assert (response.status_code, response.json()["created"]) == (200, False)
        created = api.post("/sobjects/Lead/Id", {"LastName": "x", "Company": "y"})
        assert created.status_code == 201

    def test_update_only_never_creates(self, api: Api) -> None:
        response = api.patch("/sobjects/Lead/HS_Id__c/9?updateOnly=true", {"LastName": "x"})
        assert response.status_code == 404
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0

    def test_unknown_external_id_field_is_404(self, api: Api) -> None:
        response = api.patch("/sobjects/Lead/Namez/1", {"LastName": "x"})
        text = "Provided external ID field does not exist or is not accessible: Namez"
        assert response.status_code == 404
        assert response.json() == [{"message": text, "errorCode": "NOT_FOUND"}]

    def test_the_key_may_not_be_in_the_body_too(self, api: Api) -> None:
        response = api.patch("/sobjects/Lead/HS_Id__c/1", {"HS_Id__c": "1", "LastName": "x"})
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, "INVALID_FIELD")

    def test_upsert_ignores_the_recycle_bin(self, api: Api) -> None:
        old = api.lead(HS_Id__c="5")
        api.delete(f"/sobjects/Lead/{old}")
        response = api.patch("/sobjects/Lead/HS_Id__c/5", {"LastName": "x", "Company": "y"})
        assert response.status_code == 201
        assert response.json()["id"] != old


class Test02Collections:
    def test_results_are_positional_with_statusCode_and_no_id_on_failures(self, api: Api) -> None:
        records = [lead_body(), {"attributes": {"type": "Lead"}, "LastName": "x"}, lead_body()]
        response = api.post("/composite/sobjects", {"allOrNone": False, "records": records})
        good, bad, _ = response.json()
        assert response.status_code == 200
        assert list(good) == ["id", "success", "errors"]
        assert bad == {
            "success": False,
            "errors": [
                {
                    "statusCode": "REQUIRED_FIELD_MISSING",
                    "message": "Required fields are missing: [Company]",
                    "fields": ["Company"],
                }
            ],
        }

    def test_upsert_says_created_also_on_failures(self, api: Api) -> None:
        api.lead(HS_Id__c="1")
        records = [lead_body(HS_Id__c="1"), lead_body(HS_Id__c="2"), lead_body()]
        response = api.patch("/composite/sobjects/Lead/HS_Id__c", {"records": records})
        assert [row["created"] for row in response.json()] == [False, True, False]
        assert response.json()[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"

    def test_a_record_without_attributes_fails_alone(self, api: Api) -> None:
        records = [{"LastName": "x"}, lead_body()]
        response = api.post("/composite/sobjects", {"records": records})
        assert response.status_code == 200
        assert response.json()[0]["errors"][0]["statusCode"] == "JSON_PARSER_ERROR"
        assert response.json()[1]["success"]

    def test_more_than_200_records_fail_the_request(self, api: Api) -> None:
        response = api.post("/composite/sobjects", {"records": [lead_body()] * 201})
        assert response.status_code == 400
        assert response.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"

    def test_at_most_ten_runs_of_one_type(self, api: Api) -> None:
        contact = {"attributes": {"type": "Contact"}, "LastName": "x"}
        assert api.post("/composite/sobjects", {"records": [lead_body(), contact] * 5}).ok
        too_many = {"records": [lead_body(), contact] * 5 + [lead_body()]}
        response = api.post("/composite/sobjects", too_many)
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")

    def test_the_same_key_twice_fails_every_occurrence(self, api: Api) -> None:
        records = [lead_body(HS_Id__c="1"), lead_body(HS_Id__c="2"), lead_body(HS_Id__c="1")]
        response = api.patch("/composite/sobjects/Lead/HS_Id__c", {"records": records})
        assert [row["success"] for row in response.json()] == [False, True, False]

    def test_or_every_occurrence_but_the_first(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.settings.duplicate_keys_fail_all = False
        records = [lead_body(HS_Id__c="1"), lead_body(HS_Id__c="2"), lead_body(HS_Id__c="1")]
        response = api.patch("/composite/sobjects/Lead/HS_Id__c", {"records": records})
        assert [row["success"] for row in response.json()] == [True, True, False]

    def test_an_ambiguous_key_is_a_row_error(self, api: Api) -> None:
        api.lead(Email="a@example.com"), api.lead(Email="a@example.com")
        body = {"records": [lead_body(Email="a@example.com")]}
        response = api.patch("/composite/sobjects/Lead/Email", body)
        assert response.json()[0]["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"

    def test_update_of_a_bad_id(self, api: Api) -> None:
        body = {"records": [lead_body(id="00QdM0000000999UAA")]}
        error = api.patch("/composite/sobjects", body).json()[0]["errors"][0]
        assert error == {
            "statusCode": "INVALID_CROSS_REFERENCE_KEY",
            "message": "invalid cross reference id",
            "fields": [],
        }

    def test_read_is_positional_with_null_for_the_unknown(self, api: Api) -> None:
        record_id = api.lead()
        wanted = [record_id, "00QdM0000000999UAA", record_id[:15]]
        body = {"ids": wanted, "fields": ["id", "LASTNAME"]}
        first, second, third = api.post("/composite/sobjects/Lead", body).json()
        assert second is None
        assert first == third
        assert list(first) == ["attributes", "Id", "LastName"]
        by_url = api.get("/composite/sobjects/Lead", params={"ids": record_id, "fields": "Name"})
        assert by_url.json()[0]["Name"] == "Meyer"

    def test_what_a_read_refuses_as_a_whole(self, api: Api) -> None:
        record_id = api.lead()
        unknown = api.get("/composite/sobjects/Lead", params={"ids": record_id, "fields": "Nope"})
        assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
        for count, status in ((2000, 200), (2001, 400)):
            body = {"ids": [record_id] * count, "fields": ["Id"]}
            assert api.post("/composite/sobjects/Lead", body).status_code == status

    def test_delete_ignores_unknown_parameters(self, api: Api) -> None:
        ids = [api.lead(), "00QdM0000000999UAA"]
        response = api.delete("/composite/sobjects", params={"ids": ",".join(ids), "foo": "1"})
        assert [row["success"] for row in response.json()] == [True, False]

    def test_the_whole_collection_is_one_api_call(self, api: Api) -> None:
        before = api.get("/limits").headers["Sforce-Limit-Info"]
        response = api.post("/composite/sobjects", {"records": [lead_body()] * 50})
        used = [int(re.findall(r"\d+", text)[0]) for text in (before, _limit(response))]
        assert used[1] == used[0] + 1


class Test03Rollback:
    def test_all_or_none_leaves_nothing(self, api: Api) -> None:
        records = [lead_body(), {"attributes": {"type": "Lead"}, "LastName": "x"}]
        response = api.post("/composite/sobjects", {"allOrNone": True, "records": records})
        codes = [row["errors"][0]["statusCode"] for row in response.json()]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
        assert api.query("SELECT COUNT() FROM LeadHistory")["totalSize"] == 0

    def test_without_it_the_good_ones_stay(self, api: Api) -> None:
        records = [lead_body(), {"attributes": {"type": "Lead"}, "LastName": "x"}]
        api.post("/composite/sobjects", {"allOrNone": False, "records": records})
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 1


class Test04AutoAssign:
    @pytest.fixture
    def queue(self, emulator: SalesforceEmulator) -> str:
        queue = emulator.add_queue("Inbound Triage", ["Lead"])
        emulator.add_assignment_rule("Lead", [{"owner": queue}])
        return queue

    def owner(self, api: Api, record_id: str) -> str:
        owner: str = api.rows(f"SELECT OwnerId FROM Lead WHERE Id = '{record_id}'")[0]["OwnerId"]
        return owner

    @pytest.mark.parametrize("header", [None, "TRUE", "true"])
    def test_create_and_update_without_FALSE_give_the_lead_away(self, api: Api, queue: str, header: str | None) -> None:
        me = api.rows("SELECT Id FROM User")[0]["Id"]
        headers = {} if header is None else {"Sforce-Auto-Assign": header}
        body = {"LastName": "x", "Company": "y", "OwnerId": me}
        created = api.post("/sobjects/Lead", body, headers=headers).json()["id"]
        assert self.owner(api, created) == queue
        keep = {"Sforce-Auto-Assign": "FALSE"}
        api.patch(f"/sobjects/Lead/{created}", {"OwnerId": me}, headers=keep)
        assert self.owner(api, created) == me
        api.patch(f"/sobjects/Lead/{created}", {"Title": "CTO"}, headers=headers)
        assert self.owner(api, created) == queue

    def test_a_rule_id_names_an_inactive_rule(self, api: Api, emulator: SalesforceEmulator, queue: str) -> None:
        other = emulator.add_queue("Other", ["Lead"])
        rule = emulator.add_assignment_rule("Lead", [{"owner": other}], active=False)
        headers = {"Sforce-Auto-Assign": rule}
        created = api.post("/sobjects/Lead", lead_body(), headers=headers).json()["id"]
        assert self.owner(api, created) == other

    def test_collections_obey_the_header_too(self, api: Api, queue: str) -> None:
        rows = api.post("/composite/sobjects", {"records": [lead_body()]}).json()
        assert self.owner(api, rows[0]["id"]) == queue

    def test_entries_have_conditions(self, api: Api, emulator: SalesforceEmulator) -> None:
        dach = emulator.add_queue("DACH", ["Lead"])
        emulator.add_assignment_rule("Lead", [{"owner": dach, "when": {"Country": "DE"}}])
        assert self.owner(api, api.lead(Country="de")) == dach
        assert self.owner(api, api.lead(Country="FR")) != dach


class Test05Expiry:
    def test_once_then_fine_after_a_new_login(self, api: Api, emulator: SalesforceEmulator) -> None:
        api.control("expire-sessions")
        response = api.get("/limits")
        assert response.status_code == 401
        assert response.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        form = {"grant_type": "client_credentials"}
        login = api.post("/services/oauth2/token", data=form, auth=("loopback-client", "loopback-secret"))
        fresh = Api(emulator, login.json()["access_token"])
        assert fresh.get("/limits").status_code == 200

    def test_sessions_slide_with_use(self, api: Api, clock: Clock) -> None:
        for _ in range(3):
            clock.advance(7000)
            assert api.get("/limits").status_code == 200
        clock.advance(7200)
        assert api.get("/limits").status_code == 401

    def test_the_permanent_kind_survives_a_refresh(self, api: Api, emulator: SalesforceEmulator) -> None:
        api.control("expire-sessions", permanent=True)
        form = {"grant_type": "client_credentials"}
        login = api.post("/services/oauth2/token", data=form, auth=("loopback-client", "loopback-secret"))
        response = Api(emulator, login.json()["access_token"]).get("/limits")
        assert response.status_code == 401
        text = "This session is not valid for use with the REST API"
        assert response.json()[0]["message"] == text

    def test_the_permanent_kind_in_other_words(self, api: Api) -> None:
        text = "Connected app is not attached to Agent"
        api.control("expire-sessions", permanent=True, message=text)
        refused = api.get("/limits")
        assert (refused.status_code, refused.json()) == (401, [{"message": text, "errorCode": "INVALID_SESSION_ID"}])

    def test_a_malformed_header_is_another_401(self, emulator: SalesforceEmulator) -> None:
        api = Api(emulator, token=None)
        response = api.get("/limits", headers={"Authorization": "Token abc"})
        assert response.json() == [{"message": "INVALID_HEADER_TYPE", "errorCode": "INVALID_AUTH_HEADER"}]


def _limit(response: Any) -> str:
    text: str = response.headers["Sforce-Limit-Info"]
    return text
