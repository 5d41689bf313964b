"""Bulk API 2.0 ingest jobs: their life, their limits, their results [sheet 8.1, 17.14]."""

from __future__ import annotations

from typing import Any

import pytest
from bulk_client import LONG_ENOUGH, BulkApi
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

TWO = "LastName,Company\nAda,Acme\nZoë,Acme\n"


def leads(count: int) -> str:
    return "LastName,Company\n" + "".join(f"L{n:03},Acme\n" for n in range(count))


def total(api: Api, sobject: str = "Lead") -> int:
    return int(api.query(f"SELECT COUNT() FROM {sobject}")["totalSize"])


class TestStates:
    def test_a_new_job_is_open_and_says_where_to_upload(self, bulk: BulkApi, api: Api) -> None:
        response = api.post(
            "/jobs/ingest/",
            {"object": "Lead", "operation": "upsert", "externalIdFieldName": "hs_id__c", "contentType": "CSV"},
        )
        job = response.json()
        assert response.status_code == 200
        assert job["id"].startswith("750")
        assert job["createdById"].startswith("005")
        assert (job["state"], job["operation"], job["object"]) == ("Open", "upsert", "Lead")
        assert job["externalIdFieldName"] == "HS_Id__c"
        assert job["contentUrl"] == f"services/data/v65.0/jobs/ingest/{job['id']}/batches"
        assert (job["apiVersion"], type(job["apiVersion"])) == (65.0, float)
        assert (job["concurrencyMode"], job["contentType"]) == ("Parallel", "CSV")
        assert (job["lineEnding"], job["columnDelimiter"]) == ("LF", "COMMA")
        assert job["createdDate"] == job["systemModstamp"] == "2026-11-24T12:00:00.000+0000"

    def test_states_follow_the_emulators_clock(
        self, bulk: BulkApi, api: Api, clock: Clock, settings: SalesforceSettings
    ) -> None:
        settings.bulk_queue_seconds, settings.bulk_batch_seconds, settings.bulk_batch_rows = 10, 5, 2
        job = bulk.create()
        response = bulk.upload(job, leads(5))
        assert (response.status_code, response.content) == (201, b"")
        assert bulk.info(job)["state"] == "Open"
        closed = bulk.change(job, "UploadComplete").json()
        assert (closed["state"], "contentUrl" in closed) == ("UploadComplete", False)
        seen = []
        for _ in range(6):
            now = bulk.info(job)
            seen.append((now["state"], now["numberRecordsProcessed"], total(api)))
            clock.advance(5)
        assert seen == [
            ("UploadComplete", 0, 0),
            ("UploadComplete", 0, 0),
            ("InProgress", 0, 0),
            ("InProgress", 2, 2),
            ("InProgress", 4, 4),
            ("JobComplete", 5, 5),
        ]

    def test_without_delays_a_closed_job_is_done_at_the_next_look(
        self, bulk: BulkApi, settings: SalesforceSettings
    ) -> None:
        settings.bulk_queue_seconds = settings.bulk_batch_seconds = 0
        job = bulk.create()
        bulk.upload(job, TWO)
        assert bulk.change(job, "UploadComplete").json()["state"] == "UploadComplete"
        assert bulk.info(job)["state"] == "JobComplete"

    def test_a_finished_job_counts_its_records_and_its_time(self, bulk: BulkApi) -> None:
        info = bulk.info(bulk.run("LastName,Company\nAda,Acme\nNo company,\n"))
        assert info["jobType"] == "V2Ingest"
        assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (2, 1)
        assert (info["totalProcessingTime"], info["apiActiveProcessingTime"]) == (200, 200)
        assert (info["apexProcessingTime"], info["retries"]) == (0, 0)
        assert "errorMessage" not in info

    def test_records_carry_the_time_of_their_batch_not_of_the_next_request(
        self, bulk: BulkApi, api: Api, settings: SalesforceSettings
    ) -> None:
        settings.bulk_queue_seconds, settings.bulk_batch_seconds = 10, 20
        job = bulk.run(TWO)
        (lead, _) = api.rows("SELECT SystemModstamp FROM Lead")
        assert lead["SystemModstamp"] == "2026-11-24T12:00:30.000+0000"
        assert bulk.info(job)["systemModstamp"] == "2026-11-24T12:00:30.000+0000"

    def test_an_aborted_job_keeps_what_it_did_and_returns_the_rest(
        self, bulk: BulkApi, api: Api, clock: Clock, settings: SalesforceSettings
    ) -> None:
        settings.bulk_queue_seconds, settings.bulk_batch_seconds, settings.bulk_batch_rows = 0, 5, 2
        job = bulk.create()
        bulk.upload(job, leads(5))
        bulk.change(job, "UploadComplete")
        clock.advance(5)
        assert bulk.change(job, "Aborted").json()["state"] == "Aborted"
        clock.advance(LONG_ENOUGH)
        assert bulk.info(job)["state"] == "Aborted"
        assert [row["LastName"] for row in bulk.successes(job)] == ["L000", "L001"]
        assert [row["LastName"] for row in bulk.unprocessed(job)] == ["L002", "L003", "L004"]
        assert total(api) == 2

    def test_a_job_can_be_made_to_fail_half_way(
        self, bulk: BulkApi, api: Api, clock: Clock, settings: SalesforceSettings
    ) -> None:
        api.control("bulk", queue_seconds=0, batch_seconds=5, batch_rows=2)
        job = bulk.create()
        bulk.upload(job, leads(3))
        bulk.change(job, "UploadComplete")
        clock.advance(5)
        api.control("bulk", fail=job, message="InternalServerError : Retried more than ten times")
        info = bulk.info(job)
        assert (info["state"], info["errorMessage"]) == ("Failed", "InternalServerError : Retried more than ten times")
        assert (len(bulk.successes(job)), len(bulk.unprocessed(job))) == (2, 1)
        assert api.post("/_sandbox/bulk", {"fail": job}).status_code == 400

    @pytest.mark.parametrize(
        ("end", "asked"), [("done", "Aborted"), ("done", "UploadComplete"), ("Aborted", "Aborted")]
    )
    def test_a_job_that_has_ended_changes_no_more(self, bulk: BulkApi, end: str, asked: str) -> None:
        job = bulk.run(TWO) if end == "done" else bulk.create()
        if end != "done":
            bulk.change(job, end)
        response = bulk.change(job, asked)
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")

    def test_only_two_states_can_be_asked_for(self, bulk: BulkApi) -> None:
        response = bulk.change(bulk.create(), "JobComplete")
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, "API_ERROR")

    def test_a_deleted_job_is_gone_and_a_running_one_stays(
        self, bulk: BulkApi, api: Api, settings: SalesforceSettings
    ) -> None:
        done, running = bulk.run(TWO), bulk.create()
        response = api.delete(f"/jobs/ingest/{done}")
        assert (response.status_code, response.content) == (204, b"")
        assert api.get(f"/jobs/ingest/{done}").status_code == 404
        assert api.get(f"/jobs/ingest/{done}/successfulResults").status_code == 404
        assert api.delete(f"/jobs/ingest/{running}").json()[0]["errorCode"] == "INVALIDJOBSTATE"

    def test_jobs_are_forgotten_after_seven_days(self, bulk: BulkApi, api: Api, clock: Clock) -> None:
        job = bulk.run(TWO)
        clock.advance(6 * 24 * 3600)
        api = fresh_login(api)
        assert api.get(f"/jobs/ingest/{job}").status_code == 200
        clock.advance(24 * 3600)
        api = fresh_login(api)
        assert api.get(f"/jobs/ingest/{job}").status_code == 404
        assert total(api) == 2

    def test_unknown_jobs_and_old_versions_are_404(self, api: Api, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        job = bulk.query("SELECT Id FROM Lead")
        assert api.get(f"/jobs/ingest/{job}").status_code == 404  # a query job is no ingest job
        assert api.get("/jobs/ingest/750dM0000000099QAA").status_code == 404
        assert Api(emulator, version="40.0").post("/jobs/ingest", {}).status_code == 404
        assert Api(emulator, version="41.0").get("/jobs/ingest").status_code == 200


def fresh_login(api: Api) -> Api:
    """The same client with a session of today."""
    response = api.post(
        "/services/oauth2/token",
        data={"grant_type": "client_credentials", "client_id": "loopback-client", "client_secret": "loopback-secret"},
    )
    api.session.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
    return api


class TestUpload:
    @pytest.mark.parametrize("content_type", ["text/csv", "text/csv; charset=UTF-8", "text/csv;charset=utf-8"])
    def test_with_and_without_a_charset(self, bulk: BulkApi, api: Api, content_type: str) -> None:
        job = bulk.create()
        assert bulk.upload(job, TWO, content_type).status_code == 201
        bulk.change(job, "UploadComplete")
        bulk.clock.advance(LONG_ENOUGH)
        assert {row["LastName"] for row in bulk.successes(job)} == {"Ada", "Zoë"}

    def test_another_content_type_is_415(self, bulk: BulkApi) -> None:
        assert bulk.upload(bulk.create(), TWO, "application/json").status_code == 415

    def test_in_chunks_without_a_length(self, bulk: BulkApi, api: Api) -> None:
        """[RUN j.js]: jsforce sends Transfer-Encoding: chunked."""
        job = bulk.create()
        pieces = iter([b"LastName,Comp", b"any\nAda,Ac", b"me\n"])
        headers = {"Content-Type": "text/csv"}
        response = api.send("PUT", f"/jobs/ingest/{job}/batches", data=pieces, headers=headers)
        assert response.request.headers["Transfer-Encoding"] == "chunked"
        assert response.status_code == 201
        bulk.change(job, "UploadComplete")
        bulk.clock.advance(LONG_ENOUGH)
        assert [row["Company"] for row in bulk.successes(job)] == ["Acme"]

    def test_the_data_comes_in_one_request(self, bulk: BulkApi) -> None:
        job = bulk.create()
        bulk.upload(job, TWO)
        error = bulk.upload(job, TWO).json()[0]
        assert error["errorCode"] == "INVALIDJOBSTATE"
        assert error["message"].startswith(f"Found multiple contents for job: <{job}>, please 'Close'")

    def test_a_closed_job_takes_no_data(self, bulk: BulkApi) -> None:
        job = bulk.create()
        bulk.change(job, "UploadComplete")
        assert bulk.upload(job, TWO).json()[0]["errorCode"] == "INVALIDJOBSTATE"

    def test_the_size_counts_in_base64(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        assert settings.bulk_upload_bytes == 150 * 1024 * 1024
        settings.bulk_upload_bytes = 40
        job = bulk.create()
        assert bulk.upload(job, "x" * 31).status_code == 413
        assert bulk.upload(job, "x" * 30).status_code == 201

    def test_a_job_and_its_data_in_one_multipart_request(self, bulk: BulkApi, api: Api) -> None:
        """[D:walkthrough_upload_multipart_data], line feeds only."""
        response = multipart(api, '{"object": "Lead", "contentType": "CSV", "operation": "insert"}', TWO)
        assert (response.status_code, response.json()["state"]) == (200, "UploadComplete")
        bulk.clock.advance(LONG_ENOUGH)
        assert len(bulk.successes(response.json()["id"])) == 2

    def test_a_multipart_request_carries_100000_characters(self, api: Api) -> None:
        job = '{"object": "Lead", "operation": "insert"}'
        assert multipart(api, job, leads(9_500)).json()[0]["errorCode"] == "API_ERROR"
        assert multipart(api, job, leads(9_000)).status_code == 200
        assert multipart(api, "[1]", TWO).json()[0]["errorCode"] == "API_ERROR"
        assert multipart(api, "{", TWO).json()[0]["errorCode"] == "API_ERROR"


def multipart(api: Api, job: str, content: str) -> Any:
    body = (
        '--BOUNDARY\nContent-Type: application/json\nContent-Disposition: form-data; name="job"\n\n'
        f"{job}\n\n--BOUNDARY\nContent-Type: text/csv\n"
        f'Content-Disposition: form-data; name="content"; filename="content"\n\n{content}\n--BOUNDARY--\n'
    )
    headers = {"Content-Type": 'multipart/form-data; boundary="BOUNDARY"'}
    return api.send("POST", "/jobs/ingest/", data=body.encode(), headers=headers)


class TestRefusedJobs:
    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            ({"object": "Nope__c", "operation": "insert"}, "INVALIDJOB", "InvalidJob : Unable to find object: Nope__c"),
            (
                {"object": "Lead", "operation": "upsert"},
                "INVALIDJOB",
                "InvalidJob : External ID was blank for Lead. An External ID must be specified for upsert.",
            ),
            (
                {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Title"},
                "INVALIDJOB",
                "InvalidJob : Field name provided, Title does not match an External ID, Salesforce Id, "
                "or indexed field for Lead",
            ),
            (
                {"object": "Lead", "operation": "hardDelete"},
                "FEATURENOTENABLED",
                "FeatureNotEnabled : hardDelete operation requires special user profile permission, "
                "please contact your system administrator",
            ),
            (
                {"object": "Lead", "operation": "insert", "assignmentRuleId": "01QdM0000000009UAA"},
                "INVALIDJOB",
                "InvalidJob : Invalid assignment rule id: 01QdM0000000009UAA",
            ),
            ({"object": "Lead", "operation": "query"}, "API_ERROR", "Unexpected value 'query' for 'operation'"),
            ({"object": "Lead"}, "API_ERROR", "operation and object are required"),
            ({"object": 1, "operation": "insert"}, "API_ERROR", "Value does not match expected type"),
            ({"object": "Lead", "operation": "insert", "x": "y"}, "API_ERROR", "Unrecognized field 'x'"),
            (
                {"object": "Lead", "operation": "insert", "lineEnding": "CR"},
                "API_ERROR",
                "Unexpected value 'CR' for 'lineEnding'",
            ),
            (
                {"object": "Lead", "operation": "insert", "contentType": "JSON"},
                "API_ERROR",
                "Unexpected value 'JSON' for 'contentType'",
            ),
        ],
    )
    def test_code_and_sentence(self, bulk: BulkApi, body: dict[str, Any], code: str, message: str) -> None:
        assert bulk.refusal(**body) == (400, code, message)

    def test_json_that_is_none(self, api: Api) -> None:
        headers = {"Content-Type": "application/json"}
        assert api.send("POST", "/jobs/ingest", data=b"{", headers=headers).json()[0]["errorCode"] == "API_ERROR"

    def test_batches_a_day(self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.service.bulk.batches.daily = 2
        emulator.settings.bulk_batch_rows = 1
        bulk.run(TWO)
        assert api.get("/limits").json()["DailyBulkApiBatches"] == {"Max": 2, "Remaining": 0}
        refusal = bulk.refusal(object="Lead", operation="insert")
        assert refusal == (400, "EXCEEDEDQUOTA", "ExceededQuota : ApiBatchItems Limit exceeded.")
        bulk.clock.advance(24 * 3600)
        assert fresh_login(api).post("/jobs/ingest", {"object": "Lead", "operation": "insert"}).status_code == 200

    def test_unfinished_jobs_may_be_limited(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        settings.bulk_open_jobs = 1
        job = bulk.create()
        assert bulk.refusal(object="Lead", operation="insert")[1] == "TOO_MANY_JOBS"
        bulk.change(job, "Aborted")
        bulk.create()

    def test_a_caller_who_may_not_read_the_object(self, bulk: BulkApi, api: Api) -> None:
        api.control("permission", user="integration@loopback.example", objects={"Lead": []})
        assert bulk.refusal(object="Lead", operation="insert")[2] == "InvalidJob : Unable to find object: Lead"


class TestResults:
    CSV = 'Company,LastName\n"Acme, Inc.",Ada\n,Zoë\n'

    def test_columns_are_added_in_front_of_the_rows_as_they_were_sent(self, bulk: BulkApi) -> None:
        job = bulk.run(self.CSV)
        (saved,) = bulk.successes(job)
        assert bulk.text(job, "successfulResults") == (
            f'"sf__Id","sf__Created","Company","LastName"\n"{saved["sf__Id"]}","true","Acme, Inc.","Ada"\n'
        )
        assert bulk.text(job, "failedResults") == (
            '"sf__Id","sf__Error","Company","LastName"\n'
            '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --","","Zoë"\n'
        )
        assert bulk.text(job, "unprocessedrecords") == '"Company","LastName"\n'

    def test_only_the_added_columns_may_be_quoted(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        settings.bulk_quotes_all = False
        job = bulk.run(self.CSV)
        (saved,) = bulk.successes(job)
        assert bulk.text(job, "successfulResults") == (
            f'"sf__Id","sf__Created",Company,LastName\n"{saved["sf__Id"]}","true","Acme, Inc.",Ada\n'
        )
        assert bulk.text(job, "unprocessedrecords") == "Company,LastName\n"

    def test_empty_results_may_have_no_header(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        settings.bulk_empty_results = "nothing"
        job = bulk.run(self.CSV)
        assert bulk.text(job, "unprocessedrecords") == ""
        assert bulk.text(job, "failedResults").startswith('"sf__Id"')

    def test_the_layout_of_an_error_is_a_setting(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        settings.bulk_error_layout = "{code} ({fields}): {message}"
        job = bulk.run(self.CSV)
        assert bulk.errors(job) == ["REQUIRED_FIELD_MISSING (Company): Required fields are missing: [Company]"]

    @pytest.mark.parametrize("results", ["unprocessedrecords", "unprocessedRecords", "successfulresults"])
    def test_paths_in_any_case(self, bulk: BulkApi, api: Api, results: str) -> None:
        response = api.get(f"/jobs/ingest/{bulk.run(self.CSV)}/{results}")
        assert (response.status_code, response.headers["Content-Type"]) == (200, "text/csv")
        assert api.get(f"/jobs/ingest/{bulk.create()}/otherResults").status_code == 404

    def test_the_charset_may_be_named(self, bulk: BulkApi, api: Api, settings: SalesforceSettings) -> None:
        settings.bulk_csv_type = "text/csv; charset=UTF-8"
        assert "Zoë" in api.get(f"/jobs/ingest/{bulk.run(self.CSV)}/failedResults").text

    def test_there_are_none_before_the_end(self, bulk: BulkApi, api: Api) -> None:
        response = api.get(f"/jobs/ingest/{bulk.create()}/successfulResults")
        assert (response.status_code, response.json()[0]["errorCode"]) == (412, "JOB_NOT_COMPLETE")

    def test_in_the_jobs_own_delimiter_and_line_ending(self, bulk: BulkApi) -> None:
        job = bulk.run("LastName|Company\r\nA|B\r\n", columnDelimiter="PIPE", lineEnding="CRLF")
        assert bulk.text(job, "unprocessedrecords") == '"LastName"|"Company"\r\n'
        assert bulk.text(job, "successfulResults").startswith('"sf__Id"|"sf__Created"|"LastName"|"Company"\r\n"00Q')


class TestList:
    def test_pages_by_locator(self, bulk: BulkApi, api: Api, settings: SalesforceSettings) -> None:
        settings.bulk_jobs_page = 2
        made = [bulk.create() for _ in range(5)]
        page = api.get("/jobs/ingest").json()
        seen = [job["id"] for job in page["records"]]
        while not page["done"]:
            page = api.get(page["nextRecordsUrl"]).json()
            seen += [job["id"] for job in page["records"]]
        assert page["nextRecordsUrl"] is None
        assert seen == made
        assert page["records"][0]["jobType"] == "V2Ingest"
        assert SalesforceSettings().bulk_jobs_page == 1000

    def test_filters(self, bulk: BulkApi, api: Api) -> None:
        job, asked = bulk.create(), bulk.query("SELECT Id FROM Lead")

        def found(resource: str, **params: str) -> list[str]:
            return [entry["id"] for entry in api.get(f"/jobs/{resource}", params=params).json()["records"]]

        assert found("ingest") == found("ingest", jobType="V2Ingest") == [job]
        assert found("query") == found("ingest", jobType="V2Query") == [asked]
        assert found("ingest", jobType="Classic") == found("ingest", isPkChunkingEnabled="true") == []
        assert found("ingest", isPkChunkingEnabled="false") == [job]


def test_bulk_api_1_is_not_emulated_and_says_so(api: Api) -> None:
    for method, path in (("POST", "job"), ("GET", "job/750dM0000000001/batch")):
        response = api.send(method, f"/services/async/65.0/{path}", headers={"X-SFDC-Session": "x"})
        assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")


def test_every_request_counts_as_a_call(bulk: BulkApi, api: Api, emulator: SalesforceEmulator) -> None:
    before = emulator.service.usage.used(bulk.clock.now())
    job = bulk.create()
    bulk.upload(job, TWO)
    bulk.change(job, "UploadComplete")
    bulk.info(job)
    assert emulator.service.usage.used(bulk.clock.now()) == before + 4
