"""Bulk API 2.0 query jobs: what they refuse, their CSV, their pages [sheet 8.2, 17.14]."""

from __future__ import annotations

import pytest
from bulk_client import LONG_ENOUGH, BulkApi, rows
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings


@pytest.fixture
def seven(emulator: SalesforceEmulator) -> list[str]:
    return emulator.seed("Lead", [{"LastName": f"L{n}", "Company": "Acme"} for n in range(7)])


def refusal(api: Api, soql: str, **more: str) -> tuple[str, str]:
    response = api.post("/jobs/query", {"operation": "query", "query": soql, **more})
    assert response.status_code == 400, response.text
    error = response.json()[0]
    return error["errorCode"], error["message"]


class TestStates:
    def test_it_begins_at_upload_complete(self, api: Api) -> None:
        """[REC:airbyte/bulk2-query-job.json]"""
        job = api.post("/jobs/query", {"operation": "queryAll", "query": "SELECT Id FROM lead"}).json()
        assert list(job) == [
            "id", "operation", "object", "createdById", "createdDate", "systemModstamp", "state",
            "concurrencyMode", "contentType", "apiVersion", "lineEnding", "columnDelimiter",
        ]  # fmt: skip
        assert (job["operation"], job["object"], job["state"]) == ("queryAll", "Lead", "UploadComplete")
        assert job["id"].startswith("750")

    def test_states_follow_the_emulators_clock(
        self, api: Api, bulk: BulkApi, clock: Clock, settings: SalesforceSettings, seven: list[str]
    ) -> None:
        settings.bulk_queue_seconds, settings.bulk_batch_seconds = 10, 5
        job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
        seen = []
        for _ in range(4):
            info = bulk.info(job, "query")
            seen.append((info["state"], info["numberRecordsProcessed"]))
            if info["state"] != "JobComplete":
                early = bulk.page(job)
                assert (early.status_code, early.json()[0]["errorCode"]) == (412, "JOB_NOT_COMPLETE")
            clock.advance(5)
        assert seen == [("UploadComplete", 0), ("UploadComplete", 0), ("InProgress", 0), ("JobComplete", 7)]
        info = bulk.info(job, "query")
        assert (info["jobType"], info["totalProcessingTime"]) == ("V2Query", 5000)
        assert "numberRecordsFailed" not in info

    def test_it_sees_what_is_there_when_it_runs(self, api: Api, bulk: BulkApi, clock: Clock) -> None:
        job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
        lead = api.lead()
        clock.advance(LONG_ENOUGH)
        api.patch(f"/sobjects/Lead/{lead}", {"LastName": "Later"})
        assert rows(bulk.page(job).text) == [{"Id": lead}]

    def test_abort_and_delete(self, api: Api, bulk: BulkApi) -> None:
        job = api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
        assert bulk.change(job, "UploadComplete", "query").json()[0]["errorCode"] == "API_ERROR"
        assert bulk.change(job, "Aborted", "query").json()["state"] == "Aborted"
        assert bulk.page(job).status_code == 412
        assert bulk.change(job, "Aborted", "query").json()[0]["errorCode"] == "INVALIDJOBSTATE"
        assert api.delete(f"/jobs/query/{job}").status_code == 204
        assert api.get(f"/jobs/query/{job}").status_code == 404

    def test_a_statement_that_no_longer_fits_fails_the_job(self, api: Api, bulk: BulkApi) -> None:
        job = api.post("/jobs/query", {"operation": "query", "query": "SELECT HS_Id__c FROM Lead"}).json()["id"]
        api.control("field", sobject="Lead", name="HS_Id__c", removed=True)
        bulk.clock.advance(LONG_ENOUGH)
        info = bulk.info(job, "query")
        assert info["state"] == "Failed"
        assert "No such column 'HS_Id__c'" in info["errorMessage"]

    def test_query_all_sees_the_recycle_bin(self, api: Api, bulk: BulkApi, seven: list[str]) -> None:
        api.delete(f"/sobjects/Lead/{seven[0]}")
        assert len(rows(bulk.page(bulk.query("SELECT Id FROM Lead")).text)) == 6
        found = rows(bulk.page(bulk.query("SELECT Id, IsDeleted FROM Lead", "queryAll")).text)
        assert {row["Id"] for row in found if row["IsDeleted"] == "true"} == {seven[0]}
        assert len(found) == 7


class TestRefusals:
    @pytest.mark.parametrize(
        ("soql", "message"),
        [
            ("SELECT Id, (SELECT Id FROM Tasks) FROM Lead", "Aggregate Relationships not supported in Bulk Query"),
            ("SELECT Id, Address FROM Lead", "Selecting compound data not supported in Bulk Query"),
            ("SELECT FIELDS(ALL) FROM Lead LIMIT 10", "Selecting compound data not supported in Bulk Query"),
            ("SELECT COUNT() FROM Lead", "Aggregate queries not supported in Bulk Query"),
            ("SELECT COUNT(Id) FROM Lead", "Aggregate queries not supported in Bulk Query"),
            ("SELECT Status FROM Lead GROUP BY Status", "Aggregate queries not supported in Bulk Query"),
            ("SELECT Id FROM Lead LIMIT 5 OFFSET 2", "OFFSET not supported in Bulk Query"),
            (
                "SELECT TYPEOF Who WHEN Lead THEN Id END FROM Task",
                "TYPEOF not supported in Bulk Query",
            ),
        ],
    )
    def test_what_the_bulk_api_does_not_do(self, api: Api, soql: str, message: str) -> None:
        assert refusal(api, soql) == ("API_ERROR", message)

    @pytest.mark.parametrize("name", ["LeadStatus", "taskstatus"])
    def test_objects_it_does_not_know(self, api: Api, name: str) -> None:
        code, message = refusal(api, f"SELECT Id FROM {name}")
        assert (code, message.endswith("is not supported by the Bulk API.")) == ("INVALIDENTITY", True)

    def test_what_no_query_may_say(self, api: Api, settings: SalesforceSettings) -> None:
        code, message = refusal(api, "SELECT Nope FROM Lead")
        assert (code, "ERROR at Row:1:Column:8" in message) == ("API_ERROR", True)
        settings.bulk_query_error_code = None
        assert refusal(api, "SELECT Nope FROM Lead")[0] == "INVALID_FIELD"
        assert refusal(api, "SELECT FROM")[0] == "MALFORMED_QUERY"
        assert refusal(api, "SELECT Id FROM Nope__c")[0] == "INVALID_TYPE"

    def test_a_job_has_an_operation_and_a_query(self, api: Api) -> None:
        assert refusal(api, "")[0] == "API_ERROR"
        assert refusal(api, "SELECT Id FROM Lead", operation="insert")[0] == "API_ERROR"
        assert refusal(api, "SELECT Id FROM Lead", columnDelimiter="SPACE")[0] == "API_ERROR"

    def test_jobs_a_day(self, api: Api, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        emulator.service.bulk.query_jobs.daily = 1
        bulk.query("SELECT Id FROM Lead")
        assert api.get("/limits").json()["DailyBulkV2QueryJobs"] == {"Max": 1, "Remaining": 0}
        text = "Max bulk v2 query jobs (1) per 24 hrs has been reached"
        assert refusal(api, "SELECT Id FROM Lead") == ("LIMIT_EXCEEDED", text)

    def test_results_stored_a_day(self, api: Api, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        limits = api.get("/limits").json()
        assert limits["DailyBulkV2QueryFileStorageMB"] == {"Max": 976_562, "Remaining": 976_562}
        emulator.service.bulk.stored_kilobytes.daily = 1
        emulator.seed("Lead", [{"LastName": "x" * 80, "Company": "Acme"} for _ in range(20)])
        bulk.query("SELECT LastName FROM Lead")
        text = "Max bulk v2 query result size stored (1) kb per 24 hrs has been exceeded"
        assert refusal(api, "SELECT Id FROM Lead") == ("LIMIT_EXCEEDED", text)

    def test_older_versions(self, emulator: SalesforceEmulator) -> None:
        body = {"operation": "query", "query": "SELECT Id FROM Lead"}
        assert Api(emulator, version="46.0").post("/jobs/query", body).status_code == 404
        assert Api(emulator, version="47.0").post("/jobs/query", body).status_code == 200


class TestCsv:
    def test_columns_stand_in_the_order_asked_with_the_orgs_names(self, api: Api, bulk: BulkApi) -> None:
        api.lead(LastName='Say "hi"\nthere')
        text = bulk.page(bulk.query("SELECT lastname, l.owner.name, ID FROM Lead l")).text
        lead = api.rows("SELECT Id FROM Lead")[0]["Id"]
        assert text == f'"LastName","Owner.Name","Id"\n"Say ""hi""\nthere","Integration","{lead}"\n'

    def test_what_functions_give(self, api: Api, bulk: BulkApi) -> None:
        api.lead(AnnualRevenue=1000, HS_Id__c="7")
        soql = "SELECT toLabel(Status), FORMAT(AnnualRevenue) shown FROM Lead"
        expected = api.rows(soql)
        assert rows(bulk.page(bulk.query(soql)).text) == expected
        assert rows(bulk.page(bulk.query("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 5")).text) == [{"HS_Id__c": "7"}]

    def test_a_value_of_every_type(self, api: Api, bulk: BulkApi) -> None:
        api.control("field", sobject="Lead", definition={"name": "Score__c", "type": "double", "scale": 2})
        api.lead(AnnualRevenue=10_000_000, NumberOfEmployees=12, Score__c=1.5, Email="a@example.com")
        api.create("Task", Subject="Call", ActivityDate="2026-05-06")
        soql = "SELECT AnnualRevenue, NumberOfEmployees, Score__c, IsConverted, CreatedDate, Title, Email FROM Lead"
        (row,) = rows(bulk.page(bulk.query(soql)).text)
        assert row == {
            "AnnualRevenue": "1.0E7",
            "NumberOfEmployees": "12",
            "Score__c": "1.5",
            "IsConverted": "false",
            "CreatedDate": "2026-11-24T12:00:00.000Z",
            "Title": "",
            "Email": "a@example.com",
        }
        (task,) = rows(bulk.page(bulk.query("SELECT ActivityDate, Who.Name, WhoId FROM Task")).text)
        assert task == {"ActivityDate": "2026-05-06", "Who.Name": "", "WhoId": ""}

    def test_the_zone_of_a_datetime_is_a_setting(self, api: Api, bulk: BulkApi, settings: SalesforceSettings) -> None:
        settings.bulk_datetime_zone = "+0000"
        api.lead()
        (row,) = rows(bulk.page(bulk.query("SELECT CreatedDate FROM Lead")).text)
        assert row["CreatedDate"] == "2026-11-24T12:00:00.000+0000"

    def test_delimiter_and_line_ending(self, bulk: BulkApi, seven: list[str]) -> None:
        soql = "SELECT Id, LastName FROM Lead ORDER BY LastName LIMIT 1"
        text = bulk.page(bulk.query(soql, columnDelimiter="TAB", lineEnding="CRLF")).text
        assert text == f'"Id"\t"LastName"\r\n"{seven[0]}"\t"L0"\r\n'

    def test_no_rows_are_a_header(self, bulk: BulkApi) -> None:
        page = bulk.page(bulk.query("SELECT Id, Owner.Name FROM Lead"))
        assert page.text == '"Id","Owner.Name"\n'
        assert (page.headers["Sforce-NumberOfRecords"], page.headers["Sforce-Locator"]) == ("0", "null")
        assert page.headers["Content-Type"] == "text/csv"

    def test_many_rows_pass_the_limits_of_query(self, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        """More than one page of /query, and no cursor of the user's is used up."""
        emulator.seed("Lead", [{"LastName": f"L{n:04}", "Company": "c"} for n in range(4100)])
        mine = bulk.api.query("SELECT Id FROM Lead")["nextRecordsUrl"]
        for _ in range(2):
            page = bulk.page(bulk.query("SELECT LastName, Description FROM Lead ORDER BY LastName"))
            assert [row["LastName"] for row in rows(page.text)] == [f"L{n:04}" for n in range(4100)]
        assert page.headers["Content-Encoding"] == "gzip"
        assert bulk.api.get(mine).status_code == 200


class TestPages:
    def test_the_locator_leads_on_and_ends_with_the_word_null(self, bulk: BulkApi, seven: list[str]) -> None:
        job = bulk.query("SELECT Id FROM Lead ORDER BY LastName")
        first = bulk.page(job, maxRecords=3)
        assert first.headers["Sforce-Locator"] == "Mw"  # base64 of 3, as MTAwMDA is of 10000
        second = bulk.page(job, maxRecords=3, locator=first.headers["Sforce-Locator"])
        third = bulk.page(job, maxRecords=3, locator=second.headers["Sforce-Locator"])
        assert third.headers["Sforce-Locator"] == "null"
        pages = [first, second, third]
        assert [page.headers["Sforce-NumberOfRecords"] for page in pages] == ["3", "3", "1"]
        assert [row["Id"] for page in pages for row in rows(page.text)] == seven

    def test_a_page_that_ends_with_the_last_record_is_the_last(self, bulk: BulkApi, seven: list[str]) -> None:
        assert bulk.page(bulk.query("SELECT Id FROM Lead"), maxRecords=7).headers["Sforce-Locator"] == "null"

    def test_a_locator_can_be_read_again(self, bulk: BulkApi, seven: list[str]) -> None:
        job = bulk.query("SELECT Id FROM Lead")
        pages = {bulk.page(job, maxRecords=2, locator="NA").text for _ in range(2)}
        assert len(pages) == 1
        assert bulk.page(job, maxRecords=2).text not in pages

    @pytest.mark.parametrize(
        "params", [{"maxRecords": "0"}, {"maxRecords": "x"}, {"locator": "??"}, {"locator": "OTk"}]
    )
    def test_wrong_parameters(self, bulk: BulkApi, seven: list[str], params: dict[str, str]) -> None:
        assert bulk.page(bulk.query("SELECT Id FROM Lead"), **params).status_code == 400

    def test_without_max_records_the_server_decides(
        self, bulk: BulkApi, seven: list[str], settings: SalesforceSettings
    ) -> None:
        assert settings.bulk_page_records == 50_000
        settings.bulk_page_records = 4
        assert bulk.page(bulk.query("SELECT Id FROM Lead")).headers["Sforce-NumberOfRecords"] == "4"

    def test_another_version_than_the_jobs_is_409(
        self, bulk: BulkApi, emulator: SalesforceEmulator, seven: list[str]
    ) -> None:
        job = bulk.query("SELECT Id FROM Lead")
        other = Api(emulator, version="64.0")
        assert other.get(f"/jobs/query/{job}").status_code == 200
        for path in ("results", "resultPages"):
            response = other.get(f"/jobs/query/{job}/{path}")
            assert (response.status_code, response.json()[0]["errorCode"]) == (409, "MISMATCHING_VERSIONS")

    def test_five_result_pages_at_a_time(self, bulk: BulkApi, seven: list[str], settings: SalesforceSettings) -> None:
        settings.bulk_page_records = 1
        job = bulk.query("SELECT Id FROM Lead ORDER BY LastName")
        first = bulk.api.get(f"/jobs/query/{job}/resultPages").json()
        second = bulk.api.get(first["nextRecordsUrl"]).json()
        assert (len(first["resultPages"]), first["done"]) == (5, False)
        assert (len(second["resultPages"]), second["done"], second["nextRecordsUrl"]) == (2, True, None)
        urls = [page["resultUrl"] for page in first["resultPages"] + second["resultPages"]]
        assert urls[0].startswith(f"/services/data/v65.0/jobs/query/{job}/results?locator=")
        assert [row["Id"] for url in urls for row in rows(bulk.api.get(url).text)] == seven

    def test_result_pages_came_with_v58(self, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        older = BulkApi(Api(emulator, version="57.0"), bulk.clock)
        job = older.query("SELECT Id FROM Lead")
        assert older.api.get(f"/jobs/query/{job}/resultPages").status_code == 404
        assert older.page(job).status_code == 200
