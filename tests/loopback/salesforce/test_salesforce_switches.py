"""Every fact of section 18 that is a switch of the settings, both ways [sheet 18]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings
from connectors.loopback.salesforce.texts import DEFAULTS

NEW = {"LastName": "x", "Company": "y"}


@pytest.fixture
def settings() -> SalesforceSettings:
    """Sessions that outlast the years some tests skip."""
    return SalesforceSettings(session_seconds=10**9)


def error_of(response: Any) -> tuple[int, str, str]:
    error = response.json()[0]
    return response.status_code, error["errorCode"], error["message"]


class TestStatuses:
    @pytest.mark.parametrize("status", [404, 400])
    def test_of_a_deleted_record(self, api: Api, settings: SalesforceSettings, status: int) -> None:
        settings.deleted_status = status
        lead = api.lead()
        api.delete(f"/sobjects/Lead/{lead}")
        for response in (api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}), api.delete(f"/sobjects/Lead/{lead}")):
            assert error_of(response) == (status, "ENTITY_IS_DELETED", "entity is deleted")

    @pytest.mark.parametrize("status", [404, 400])
    def test_of_a_record_that_never_was(self, api: Api, settings: SalesforceSettings, status: int) -> None:
        settings.missing_record_status = status
        response = api.patch("/sobjects/Lead/00QdM0000009999", {"Title": "x"})
        assert error_of(response) == (status, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")

    @pytest.mark.parametrize("status", [403, 400])
    def test_of_insufficient_access(self, api: Api, settings: SalesforceSettings, status: int) -> None:
        settings.access_status = status
        lead = api.lead()
        api.control("permission", user="integration@loopback.example", objects={"Lead": ["read"]})
        response = api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"})
        assert error_of(response)[:2] == (status, "INSUFFICIENT_ACCESS_OR_READONLY")

    @pytest.mark.parametrize("status", [400, 409])
    def test_of_a_locked_row(self, api: Api, settings: SalesforceSettings, status: int) -> None:
        settings.lock_status = status
        lead = api.lead()
        api.control("lock", ids=[lead], seconds=5)
        assert error_of(api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}))[:2] == (status, "UNABLE_TO_LOCK_ROW")


def _too_long(api: Api) -> str:
    return error_of(api.post("/sobjects/Lead", NEW | {"Title": "x" * 129}))[2]


def _taken(api: Api) -> str:
    api.lead(HS_Id__c="1")
    return error_of(api.post("/sobjects/Lead", NEW | {"HS_Id__c": "1"}))[2]


def _not_in_the_list(api: Api) -> str:
    return error_of(api.post("/sobjects/Lead", NEW | {"CleanStatus": "Spotless"}))[2]


def _rolled_back(api: Api) -> str:
    rows = [{"attributes": {"type": "Lead"}, **row} for row in (NEW, {"LastName": "x"})]
    results = api.post("/composite/sobjects", {"allOrNone": True, "records": rows}).json()
    return str(results[0]["errors"][0]["message"])


def _member_twice(api: Api) -> str:
    body = {"CampaignId": api.create("Campaign", Name="x"), "LeadId": api.lead()}
    api.create("CampaignMember", **body)
    return error_of(api.post("/sobjects/CampaignMember", body))[2]


def _too_many(api: Api) -> str:
    return error_of(api.delete("/composite/sobjects", params={"ids": ",".join(["00QdM0000009999"] * 201)}))[2]


def _converted_status(api: Api) -> str:
    return error_of(api.patch(f"/sobjects/Lead/{api.lead()}", {"Status": "Closed - Converted"}))[2]


TEXTS = {
    "STRING_TOO_LONG": (_too_long, f"Title: data value too large: {'x' * 129} (max length=128)"),
    "DUPLICATE_VALUE": (
        _taken,
        "duplicate value found: HS_Id__c duplicates value on record with id: 00QdM0000000001",
    ),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        _not_in_the_list,
        "Clean Status: bad value for restricted picklist field: Spotless",
    ),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
        _rolled_back,
        "Record rolled back because not all records were valid and the request was using AllOrNone header",
    ),
    "ALREADY_A_MEMBER": (_member_twice, "Already a campaign member."),
    "TOO_MANY_RECORDS": (
        _too_many,
        "record limit reached. cannot submit more than 200 records into this call",
    ),
    "CONVERTED_STATUS": (
        _converted_status,
        "Status: a converted status is set by converting the lead: Closed - Converted",
    ),
}


class TestTexts:
    def test_every_one_is_tried(self) -> None:
        """Those of the Bulk API in test_salesforce_bulk_texts."""
        assert set(TEXTS) == {key for key in DEFAULTS if not key.startswith("BULK_")}

    @pytest.mark.parametrize("key", sorted(TEXTS))
    def test_a_message_and_its_other_wording(self, api: Api, settings: SalesforceSettings, key: str) -> None:
        settings.converted_status_refused = True
        provoke, expected = TEXTS[key]
        assert provoke(api) == expected
        settings.texts[key] = "Nein."
        api.control("picklist", sobject="Lead", field="CleanStatus", value="Pending")
        again = {"DUPLICATE_VALUE": lambda: error_of(api.post("/sobjects/Lead", NEW | {"HS_Id__c": "1"}))[2]}
        assert again.get(key, lambda: provoke(api))() == "Nein."

    @pytest.mark.parametrize("code", ["EXCEEDED_ID_LIMIT", "LIMIT_EXCEEDED"])
    def test_the_code_of_too_many_records(self, api: Api, settings: SalesforceSettings, code: str) -> None:
        settings.too_many_records_code = code
        records = [{"attributes": {"type": "Lead"}, **NEW}] * 201
        assert error_of(api.post("/composite/sobjects", {"records": records}))[:2] == (400, code)


class TestRules:
    @pytest.mark.parametrize("refused", [False, True])
    def test_a_plain_update_to_a_converted_status(self, api: Api, settings: SalesforceSettings, refused: bool) -> None:
        settings.converted_status_refused = refused
        lead = api.lead()
        response = api.patch(f"/sobjects/Lead/{lead}", {"Status": "Closed - Converted"})
        assert response.status_code == (400 if refused else 204)
        assert api.get(f"/sobjects/Lead/{lead}").json()["IsConverted"] is False

    @pytest.mark.parametrize("refused", [True, False])
    def test_what_together_with_a_lead(self, api: Api, settings: SalesforceSettings, refused: bool) -> None:
        settings.what_with_lead_refused = refused
        body = {"WhoId": api.lead(), "WhatId": api.create("Account", Name="x")}
        assert api.post("/sobjects/Task", body).status_code == (400 if refused else 201)

    @pytest.mark.parametrize("moves", [True, False])
    def test_activities_at_a_conversion(self, api: Api, settings: SalesforceSettings, moves: bool) -> None:
        settings.conversion_moves_activities = moves
        lead = api.lead()
        task = api.create("Task", WhoId=lead)
        contact = api.control("convert-lead", lead_id=lead, create_opportunity=False)["contact_id"]
        assert api.get(f"/sobjects/Task/{task}").json()["WhoId"] == (contact if moves else lead)

    @pytest.mark.parametrize("days", [365, None])
    def test_old_activities_are_archived(
        self, api: Api, settings: SalesforceSettings, clock: Clock, days: int | None
    ) -> None:
        settings.archive_after_days = days
        done = api.create("Task", Subject="done", Status="Completed", ActivityDate="2026-11-24")
        api.create("Task", Subject="open", ActivityDate="2026-11-24")
        clock.advance(366 * 86_400)
        subjects = [row["Subject"] for row in api.rows("SELECT Subject FROM Task ORDER BY Subject")]
        assert subjects == (["open"] if days else ["done", "open"])
        soql = {"q": f"SELECT IsArchived FROM Task WHERE Id = '{done}'"}
        assert api.get("/queryAll", params=soql).json()["records"][0]["IsArchived"] is bool(days)

    @pytest.mark.parametrize("detail", [True, False])
    def test_duplicate_details_inside_a_collection(
        self, api: Api, settings: SalesforceSettings, emulator: SalesforceEmulator, detail: bool
    ) -> None:
        settings.collection_duplicate_detail = detail
        emulator.add_duplicate_rule("Lead", "Mail", [{"sobject": "Lead", "fields": ["Email"]}])
        api.lead(Email="a@b.example")
        rows = [{"attributes": {"type": "Lead"}, "Email": "a@b.example", **NEW}]
        (result,) = api.post("/composite/sobjects", {"records": rows}).json()
        assert ("duplicateResut" in result["errors"][0]) is detail


class TestWrites:
    @pytest.mark.parametrize("touches", [True, False])
    def test_an_update_that_changes_nothing(
        self, api: Api, settings: SalesforceSettings, clock: Clock, touches: bool
    ) -> None:
        settings.equal_update_touches_stamps = touches
        path = f"/sobjects/Lead/{api.lead()}"
        clock.advance(5)
        api.patch(path, {"LastName": "Meyer"})
        assert api.get(path).json()["SystemModstamp"] == f"2026-11-24T12:00:0{5 if touches else 0}.000+0000"

    @pytest.mark.parametrize("counts", [True, False])
    def test_an_open_task_is_an_activity(self, api: Api, settings: SalesforceSettings, counts: bool) -> None:
        settings.open_task_counts_as_activity = counts
        lead = api.lead()
        api.create("Task", WhoId=lead)
        assert api.get(f"/sobjects/Lead/{lead}").json()["LastActivityDate"] == ("2026-11-24" if counts else None)

    @pytest.mark.parametrize("ignores", [True, False])
    def test_an_upsert_and_a_deleted_record(self, api: Api, settings: SalesforceSettings, ignores: bool) -> None:
        settings.upsert_ignores_recycle_bin = ignores
        api.delete(f"/sobjects/Lead/{api.lead(HS_Id__c='1')}")
        response = api.patch("/sobjects/Lead/HS_Id__c/1", NEW)
        assert response.status_code == (201 if ignores else 404)
        if not ignores:
            assert error_of(response)[1] == "ENTITY_IS_DELETED"

    @pytest.mark.parametrize("code", ["NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"])
    def test_an_update_only_upsert_that_finds_nothing(self, api: Api, settings: SalesforceSettings, code: str) -> None:
        settings.update_only_missing_code = code
        response = api.patch("/sobjects/Lead/HS_Id__c/1?updateOnly=true", NEW)
        assert error_of(response)[:2] == (404, code)


class TestRequests:
    @pytest.mark.parametrize("on", ["every object", "Account"])
    def test_dates_on_rows_of_a_lead(self, api: Api, settings: SalesforceSettings, clock: Clock, on: str) -> None:
        settings.row_dates_on = on
        for sobject, path in (
            ("Lead", f"/sobjects/Lead/{api.lead()}"),
            ("Account", f"/sobjects/Account/{api.create('Account', Name='x')}"),
        ):
            stamp = api.get(path).headers["Last-Modified"]
            counts = on in ("every object", sobject)
            seen = api.get(path, headers={"If-Modified-Since": stamp})
            assert seen.status_code == (304 if counts else 200)
            clock.advance(1)
            api.patch(path, {"Website": "x.example"})
            known = {"If-Unmodified-Since": stamp}
            assert api.patch(path, {"Website": "y.example"}, headers=known).status_code == (412 if counts else 204)

    @pytest.mark.parametrize("views", [True, False])
    def test_a_read_is_a_view(self, api: Api, settings: SalesforceSettings, clock: Clock, views: bool) -> None:
        settings.reads_are_views = views
        path = f"/sobjects/Lead/{api.lead()}"
        clock.advance(5)
        for _ in range(2):
            seen = api.get(path).json()["LastViewedDate"]
        assert seen == f"2026-11-24T12:00:0{5 if views else 0}.000+0000"
        for _ in range(2):
            seen = api.get(path, headers={"Sforce-Mru": "updateMru=true"}).json()["LastViewedDate"]
        assert seen == "2026-11-24T12:00:05.000+0000"

    @pytest.mark.parametrize("options", ["client=syncd", "client=a/b, defaultNamespace=ns", ";;="])
    def test_call_options_change_nothing_whatever_their_grammar(self, api: Api, options: str) -> None:
        response = api.post("/sobjects/Lead", NEW, headers={"Sforce-Call-Options": options})
        assert response.status_code == 201

    @pytest.mark.parametrize(("metering", "cost"), [("call", 1), ("graph", 2), ("node", 3)])
    def test_what_a_graph_costs(self, api: Api, settings: SalesforceSettings, metering: str, cost: int) -> None:
        settings.graph_metering = metering
        node = {"method": "POST", "url": f"{api.base}/sobjects/Lead", "body": NEW}
        graphs = [
            {"graphId": "1", "compositeRequest": [node | {"referenceId": "a"}, node | {"referenceId": "b"}]},
            {"graphId": "2", "compositeRequest": [node | {"referenceId": "a"}]},
        ]
        response = api.post("/composite/graph", {"graphs": graphs})
        assert response.headers["Sforce-Limit-Info"] == f"api-usage={cost}/100000"

    @pytest.mark.parametrize(("metering", "cost"), [("all", 3), ("subrequests", 2)])
    def test_what_a_batch_costs(self, api: Api, settings: SalesforceSettings, metering: str, cost: int) -> None:
        settings.batch_metering = metering
        calls = {"batchRequests": [{"method": "GET", "url": "v65.0/limits"}] * 2}
        response = api.post("/composite/batch", calls)
        assert response.headers["Sforce-Limit-Info"] == f"api-usage={cost}/100000"

    @pytest.mark.parametrize(("reorders", "asked"), [(False, True), (True, True), (True, False)])
    def test_collated_parts_may_come_in_another_order(
        self, api: Api, settings: SalesforceSettings, reorders: bool, asked: bool
    ) -> None:
        """Lead, count, lead: collated, both leads are there when they are counted."""
        settings.collation_reorders = reorders
        lead = {"method": "POST", "url": f"{api.base}/sobjects/Lead", "body": NEW}
        count = {"method": "GET", "url": f"{api.base}/query?q=SELECT COUNT() FROM Lead"}
        parts = [part | {"referenceId": f"r{n}"} for n, part in enumerate((lead, count, lead))]
        body = {"compositeRequest": parts, "collateSubrequests": asked}
        answers = api.post("/composite", body).json()["compositeResponse"]
        assert [entry["referenceId"] for entry in answers] == ["r0", "r1", "r2"]
        assert answers[1]["body"]["totalSize"] == (2 if reorders and asked else 1)

    @pytest.mark.parametrize("allowed", [True, False])
    def test_references_into_an_array(self, api: Api, settings: SalesforceSettings, allowed: bool) -> None:
        settings.array_references = allowed
        leads = {"records": [{"attributes": {"type": "Lead"}, **NEW}]}
        task = {"WhoId": "@{refLeads[0].id}"}
        requests = [
            {"method": "POST", "url": f"{api.base}/composite/sobjects", "referenceId": "refLeads", "body": leads},
            {"method": "POST", "url": f"{api.base}/sobjects/Task", "referenceId": "task", "body": task},
        ]
        answers = api.post("/composite", {"compositeRequest": requests}).json()["compositeResponse"]
        assert answers[1]["httpStatusCode"] == (201 if allowed else 400)
        if not allowed:
            assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


@pytest.mark.parametrize("status", [403, 400])
def test_a_full_org_takes_no_more_records(api: Api, settings: SalesforceSettings, status: int) -> None:
    settings.storage_status = status
    lead = api.lead()
    api.control("limits", storage_full=True)
    assert error_of(api.post("/sobjects/Lead", NEW)) == (status, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
    (result,) = api.post("/composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, **NEW}]}).json()
    assert result["errors"][0]["statusCode"] == "STORAGE_LIMIT_EXCEEDED"
    assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204
    assert api.get("/limits").json()["DataStorageMB"]["Remaining"] == 0
    api.control("limits", storage_full=False)
    assert api.lead()


@pytest.mark.parametrize("days", [15, None])
def test_the_recycle_bin_empties_itself(api: Api, settings: SalesforceSettings, clock: Clock, days: int | None) -> None:
    settings.recycle_bin_days = days
    lead = api.lead()
    api.delete(f"/sobjects/Lead/{lead}")
    soql = {"q": "SELECT Id FROM Lead"}
    clock.advance(15 * 86_400)
    assert api.get("/queryAll", params=soql).json()["totalSize"] == 1
    clock.advance(86_400)
    assert api.get("/queryAll", params=soql).json()["totalSize"] == (0 if days else 1)


@pytest.mark.parametrize("status", [403, 401])
def test_a_bad_token_at_userinfo(emulator: SalesforceEmulator, settings: SalesforceSettings, status: int) -> None:
    settings.userinfo_bad_token_status = status
    refused = Api(emulator, "nonsense").get("/services/oauth2/userinfo")
    assert refused.status_code == status
    assert ("Bad_OAuth_Token" in refused.text, "INVALID_SESSION_ID" in refused.text) == (status == 403, status == 401)


@pytest.mark.parametrize("overage", [0, 2])
def test_calls_beyond_the_daily_limit(clock: Clock, overage: int) -> None:
    emulator = SalesforceEmulator(SalesforceSettings(daily_api_requests=3, daily_overage=overage), clock)
    api = Api(emulator)
    answers = [api.get("/limits") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * (3 + overage) + [403] * (3 - overage)
    assert answers[2 + overage].json()["DailyApiRequests"]["Remaining"] == 0
    emulator.close()


@pytest.mark.parametrize("most", [100, 2])
def test_leads_of_one_conversion_call(api: Api, settings: SalesforceSettings, most: int) -> None:
    settings.leads_per_conversion = most
    one = f"<leadConverts><leadId>{api.lead()}</leadId></leadConverts>"
    session = f"<sessionId>{DEFAULT_TOKEN}</sessionId>"
    for count, refused in ((most, False), (most + 1, True)):
        answer = api.post("/services/Soap/u/60.0", data=f"<e>{session}<convertLead>{one * count}</convertLead></e>")
        assert ("EXCEEDED_LEAD_CONVERT_LIMIT" in answer.text) is refused


@pytest.mark.parametrize("any_case", [True, False])
def test_the_case_of_id_in_a_collection(api: Api, settings: SalesforceSettings, any_case: bool) -> None:
    settings.collection_id_any_case = any_case
    lead = api.lead()
    for name, accepted in (("id", True), ("Id", any_case)):
        record = {"attributes": {"type": "Lead"}, name: lead, "Title": "x"}
        (result,) = api.patch("/composite/sobjects", {"records": [record]}).json()
        assert result["success"] is accepted


@pytest.mark.parametrize("allowed", [True, False])
def test_a_login_by_password(clock: Clock, allowed: bool) -> None:
    user = {"Username": "rep@acme.example", "LastName": "Rep", "password": "secret"}
    emulator = SalesforceEmulator(SalesforceSettings(users=[user], password_grant=allowed), clock)
    form = {"grant_type": "password", "username": "rep@acme.example", "password": "secret"}
    app = {"client_id": "loopback-client", "client_secret": "loopback-secret"}
    answer = Api(emulator, token=None).post("/services/oauth2/token", data=form | app)
    assert answer.status_code == (200 if allowed else 400)
    assert answer.json().get("error") == (None if allowed else "unsupported_grant_type")
    emulator.close()
