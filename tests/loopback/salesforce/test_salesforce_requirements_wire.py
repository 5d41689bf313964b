"""Section 17 of the fact sheet, rows 10 to 18: queries, limits, validation, composite, wire."""

from __future__ import annotations

import gzip
import http.client
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock, serve
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

LEAD = {"method": "POST", "url": "/services/data/v65.0/sobjects/Lead", "referenceId": "lead",
        "body": {"LastName": "x", "Company": "y"}}  # fmt: skip
TASK = {"method": "POST", "url": "/services/data/v65.0/sobjects/Task", "referenceId": "task",
        "body": {"WhoId": "@{lead.id}", "Subject": "Call"}}  # fmt: skip
BAD = {"method": "POST", "url": "/services/data/v65.0/sobjects/Lead", "referenceId": "bad",
       "body": {"LastName": "x"}}  # fmt: skip


class Test10Query:
    @pytest.fixture
    def some(self, emulator: SalesforceEmulator) -> list[str]:
        """Enough for a second page of the smallest size."""
        return emulator.seed("Lead", [{"LastName": f"L{n}", "Company": "Acme"} for n in range(201)])

    @pytest.fixture
    def many(self, emulator: SalesforceEmulator) -> list[str]:
        rows = [{"LastName": f"L{n:04}", "Company": "Acme"} for n in range(4500)]
        return emulator.seed("Lead", rows)

    def test_pages_of_2000_with_a_constant_total(self, api: Api, many: list[str]) -> None:
        page = api.query("SELECT Id FROM Lead ORDER BY LastName")
        seen = [row["Id"] for row in page["records"]]
        assert (page["totalSize"], page["done"], len(seen)) == (4500, False, 2000)
        url = page["nextRecordsUrl"]
        assert url.startswith("/services/data/v65.0/query/0r8")
        assert url.endswith("-2000")
        while "nextRecordsUrl" in page:
            page = api.get(page["nextRecordsUrl"]).json()
            assert page["totalSize"] == 4500
            seen += [row["Id"] for row in page["records"]]
        assert page["done"] is True
        assert seen == many

    def test_a_cursor_keeps_the_rows_it_was_opened_with(self, api: Api, many: list[str]) -> None:
        page = api.query("SELECT Id, LastName FROM Lead ORDER BY LastName")
        api.patch(f"/sobjects/Lead/{many[2000]}", {"LastName": "Zz"})
        api.lead(LastName="A first one")
        following = api.get(page["nextRecordsUrl"]).json()
        assert following["records"][0]["Id"] == many[2000]

    def test_the_batch_size_is_a_hint_of_at_least_200(self, api: Api, many: list[str]) -> None:
        headers = {"Sforce-Query-Options": "batchSize=5"}
        assert len(api.query("SELECT Id FROM Lead", headers=headers)["records"]) == 200

    def test_long_text_makes_pages_of_1000(self, api: Api, many: list[str]) -> None:
        page = api.query("SELECT Id, Description FROM Lead")
        assert len(page["records"]) == 1000
        assert page["nextRecordsUrl"].endswith("-1000")

    def test_a_user_keeps_ten_cursors(self, api: Api, some: list[str]) -> None:
        first, *others = [open_query(api) for _ in range(11)]
        assert locator_error(api, first) == (400, "INVALID_QUERY_LOCATOR")
        assert {api.get(url).status_code for url in others} == {200}

    def test_an_idle_cursor_ends(self, clock: Clock) -> None:
        """After two days, which no session lasts (UNCONFIRMED); an hour here."""
        assert SalesforceSettings().cursor_seconds == 2 * 24 * 3600
        emulator = SalesforceEmulator(SalesforceSettings(cursor_seconds=3600), clock)
        emulator.seed("Lead", [{"LastName": f"L{n}", "Company": "Acme"} for n in range(201)])
        api = Api(emulator)
        url = open_query(api)
        for _ in range(2):  # each use begins the time anew
            clock.advance(3600)
            assert api.get(url).status_code == 200
        clock.advance(3601)
        assert locator_error(api, url) == (400, "INVALID_QUERY_LOCATOR")

    def test_a_locator_is_its_users_and_its_own_only(
        self, api: Api, emulator: SalesforceEmulator, some: list[str]
    ) -> None:
        url = open_query(api)
        emulator.add_user({"Username": "other@acme.example", "LastName": "Other", "token": "00D!other"})
        assert locator_error(Api(emulator, token="00D!other"), url) == (400, "INVALID_QUERY_LOCATOR")
        locator = url.removesuffix("-200")
        for wrong in (locator, f"{locator}-x", f"{locator}-202", f"{locator[:-1]}Z-200"):
            assert locator_error(api, wrong) == (400, "INVALID_QUERY_LOCATOR")

    def test_an_empty_child_set_is_null(self, api: Api) -> None:
        lead = api.lead()
        soql = "SELECT Id, (SELECT Subject FROM Tasks) FROM Lead"
        assert api.query(soql)["records"][0]["Tasks"] is None
        api.create("Task", WhoId=lead, Subject="Call")
        tasks = api.query(soql)["records"][0]["Tasks"]
        assert (tasks["totalSize"], tasks["done"]) == (1, True)
        assert tasks["records"][0]["Subject"] == "Call"

    def test_the_caret_points_at_the_error(self, api: Api) -> None:
        code, message = api.query_error("select count() from XYZZY")
        assert code == "INVALID_TYPE"
        assert message.startswith(
            "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
            "sObject type 'XYZZY' is not supported."
        )
        code, message = api.query_error("SELECT Id FROM WHERE")
        assert (code, "unexpected token: 'WHERE'" in message) == ("MALFORMED_QUERY", True)

    def test_a_long_uri_is_414_and_long_headers_are_431(self, api: Api) -> None:
        ids = ",".join("'00QdM0000000001UAA'" for _ in range(700))
        long = api.get("/query", params={"q": f"SELECT Id FROM Lead WHERE Id IN ({ids})"})
        assert long.status_code == 414
        ids = ",".join("'00QdM0000000001UAA'" for _ in range(570))
        soql = f"SELECT Id FROM Lead WHERE Id IN ({ids})"
        assert api.get("/query", params={"q": soql}).status_code == 200
        wide = api.get("/query", params={"q": soql}, headers={"X-Filler": "x" * 3000})
        assert wide.status_code == 431

    def test_strings_compare_without_case_in_any_script(self, api: Api) -> None:
        for name in ("Müller", "ИВАНОВ"):
            api.lead(LastName=name)
        assert len(api.rows("SELECT Id FROM Lead WHERE LastName = 'MÜLLER'")) == 1
        assert len(api.rows("SELECT Id FROM Lead WHERE LastName IN ('иванов', 'x')")) == 1
        assert len(api.rows("SELECT Id FROM Lead WHERE LastName LIKE 'МЮ%' OR LastName LIKE 'ив%'")) == 1


def open_query(api: Api) -> str:
    """The URL of the second page of a query with one."""
    page = api.query("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=200"})
    return str(page["nextRecordsUrl"])


def locator_error(api: Api, url: str) -> tuple[int, str]:
    answer = api.get(url)
    return answer.status_code, answer.json()[0]["errorCode"]


class Test11Limits:
    def test_on_everything_but_the_version_list(self, api: Api) -> None:
        assert "Sforce-Limit-Info" not in api.get("/services/data").headers
        assert api.get("/sobjects/Lead/nothing").headers["Sforce-Limit-Info"] == ("api-usage=1/100000")

    def test_the_second_directive(self, clock: Clock) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(api_bursts=(1, 750)), clock)
        header = Api(emulator).get("/limits").headers["Sforce-Limit-Info"]
        assert header == "api-usage=1/100000; api-bursts=1/750"

    def test_a_spent_budget_refuses_until_the_window_rolls(
        self, api: Api, emulator: SalesforceEmulator, clock: Clock
    ) -> None:
        api.control("limits", daily_remaining=1)
        assert api.get("/limits").status_code == 200
        refused = api.get("/limits")
        assert refused.status_code == 403
        assert refused.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        assert "Retry-After" not in refused.headers
        clock.advance(24 * 3600)
        assert emulator.service.usage.remaining(clock.now()) == 100_000

    def test_the_concurrency_limit_is_a_fault_with_the_same_code(self, api: Api) -> None:
        message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        error = [{"message": message, "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        rule = {"path": "/limits", "status": 403, "body": error, "times": 1}
        assert api.post("/_sandbox/faults", rule).status_code == 201
        refused = api.get("/limits")
        assert (refused.status_code, refused.json(), "Retry-After" in refused.headers) == (403, error, False)
        assert api.get("/limits").status_code == 200

    def test_each_page_of_a_query_is_a_call(self, api: Api, emulator: SalesforceEmulator, clock: Clock) -> None:
        emulator.seed("Lead", [{"LastName": str(number), "Company": "x"} for number in range(401)])
        headers = {"Sforce-Query-Options": "batchSize=200"}
        page = api.query("SELECT Id FROM Lead", headers=headers)
        while not page["done"]:
            page = api.get(page["nextRecordsUrl"], headers=headers).json()
        assert emulator.service.usage.used(clock.now()) == 3

    def test_composite_costs_one_call_and_batch_one_per_part(self, api: Api) -> None:
        subrequest = {"method": "GET", "url": "/services/data/v65.0/limits", "referenceId": "a"}
        response = api.post("/composite", {"compositeRequest": [subrequest]})
        assert response.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
        parts = [{"method": "GET", "url": "v65.0/limits"}] * 3
        response = api.post("/composite/batch", {"batchRequests": parts})
        assert response.headers["Sforce-Limit-Info"] == "api-usage=5/100000"


class Test12Locks:
    def test_a_held_account_blocks_its_contacts(self, api: Api, clock: Clock) -> None:
        account = api.create("Account", Name="Acme")
        contact = api.create("Contact", LastName="x", AccountId=account)
        api.control("lock", ids=[account], seconds=30)
        for response in (
            api.patch(f"/sobjects/Contact/{contact}", {"Title": "x"}),
            api.post("/sobjects/Contact", {"LastName": "y", "AccountId": account}),
            api.patch(f"/sobjects/Account/{account}", {"Site": "x"}),
        ):
            (error,) = response.json()
            assert (response.status_code, error["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
            assert error["message"].endswith(f"1 records: {account}")
            assert error["fields"] == []
        clock.advance(30)
        assert api.patch(f"/sobjects/Contact/{contact}", {"Title": "x"}).status_code == 204

    def test_a_held_lead_is_neither_deleted_nor_given_a_task(self, api: Api) -> None:
        lead, other = api.lead(), api.lead()
        api.control("lock", ids=[lead])
        for response in (
            api.delete(f"/sobjects/Lead/{lead}"),
            api.post("/sobjects/Task", {"WhoId": lead, "Subject": "Call"}),
        ):
            assert (response.status_code, response.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
        api.control("lock", ids=[])
        assert api.delete(f"/sobjects/Lead/{lead}").status_code == 204
        assert api.get(f"/sobjects/Lead/{other}").status_code == 200

    @pytest.mark.parametrize("all_or_none", [False, True])
    def test_in_a_collection_only_the_held_record_fails(self, api: Api, all_or_none: bool) -> None:
        held, free = api.lead(), api.lead()
        api.control("lock", ids=[held])
        records = [{"attributes": {"type": "Lead"}, "id": i, "Title": "x"} for i in (held, free)]
        body = {"allOrNone": all_or_none, "records": records}
        first, second = api.patch("/composite/sobjects", body).json()
        assert first["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
        assert second["success"] is not all_or_none
        titles = [row["Title"] for row in api.rows("SELECT Title FROM Lead")]
        assert titles.count("x") == (0 if all_or_none else 1)

    def test_its_status_is_a_switch(self, clock: Clock) -> None:
        api = Api(SalesforceEmulator(SalesforceSettings(lock_status=409), clock))
        lead = api.lead()
        api.control("lock", ids=[lead])
        assert api.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).status_code == 409


class Test13Validation:
    @pytest.mark.parametrize(
        ("body", "code", "fields"),
        [
            ({"Company": "y"}, "REQUIRED_FIELD_MISSING", ["LastName"]),
            ({"LastName": "x" * 81, "Company": "y"}, "STRING_TOO_LONG", ["LastName"]),
            ({"Email": "badone"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
            ({"CleanStatus": "Dusty"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["CleanStatus"]),
            ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE",
             ["CreatedDate"]),
            ({"NumberOfEmployees": "many"}, "JSON_PARSER_ERROR", []),
            ({"NumberOfEmployees": 10**9}, "NUMBER_OUTSIDE_VALID_RANGE", ["NumberOfEmployees"]),
        ],
    )  # fmt: skip
    def test_refused(self, api: Api, body: dict[str, Any], code: str, fields: list[str]) -> None:
        if "LastName" not in body and "Company" not in body:
            body = {"LastName": "x", "Company": "y", **body}
        response = api.post("/sobjects/Lead", body)
        (error,) = response.json()
        assert (response.status_code, error["errorCode"]) == (400, code)
        assert error["fields"] == fields
        assert list(error) == ["message", "errorCode", "fields"]

    def test_status_is_unrestricted_as_recorded(self, api: Api) -> None:
        assert api.lead(Status="Anything Goes", Industry="Moonshine")

    def test_fields_hidden_in_a_fresh_org(self, api: Api) -> None:
        names = {field["name"] for field in api.get("/sobjects/Lead/describe").json()["fields"]}
        assert "HasOptedOutOfEmail" not in names
        response = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "HasOptedOutOfEmail": True})
        assert response.json()[0]["errorCode"] == "INVALID_FIELD"
        user = api.rows("SELECT Username FROM User")[0]["Username"]
        api.control("permission", user=user, visible_fields={"Lead": ["HasOptedOutOfEmail"]})
        assert api.lead(HasOptedOutOfEmail=True)

    def test_a_validation_rule_speaks_with_the_admins_words(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_validation_rule(
            {
                "sobject": "Lead",
                "name": "Phone_required",
                "message": "Give a phone number.",
                "field": "Phone",
                "when": {"Status": "Working - Contacted", "Phone": None},
            }
        )
        lead = api.lead()
        response = api.patch(f"/sobjects/Lead/{lead}", {"Status": "Working - Contacted"})
        assert response.json() == [
            {
                "message": "Give a phone number.",
                "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "fields": ["Phone"],
            }
        ]

    def test_unique_values_name_the_holder(self, api: Api) -> None:
        holder = api.lead(HS_Id__c="1")
        (error,) = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "HS_Id__c": "1"}).json()
        assert error["errorCode"] == "DUPLICATE_VALUE"
        assert error["message"].endswith(f"duplicates value on record with id: {holder[:15]}")

    def test_null_clears_and_an_empty_string_too(self, api: Api) -> None:
        lead = api.lead(Title="CTO", Phone="1", City="Bonn")
        api.patch(f"/sobjects/Lead/{lead}", {"title": None, "PHONE": ""})
        row = api.get(f"/sobjects/Lead/{lead}").json()
        assert (row["Title"], row["Phone"], row["City"]) == (None, None, "Bonn")


class Test15Composite:
    def run(self, api: Api, *parts: dict[str, Any], all_or_none: bool = False) -> list[Any]:
        body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
        response = api.post("/composite", body)
        assert response.status_code == 200, response.text
        answers: list[Any] = response.json()["compositeResponse"]
        return answers

    def test_references_link_records(self, api: Api) -> None:
        lead, task = self.run(api, LEAD, TASK)
        assert list(lead) == ["body", "httpHeaders", "httpStatusCode", "referenceId"]
        assert lead["httpHeaders"] == {"Location": f"/services/data/v65.0/sobjects/Lead/{lead['body']['id']}"}
        assert api.get(f"/sobjects/Task/{task['body']['id']}").json()["WhoId"] == lead["body"]["id"]

    def test_a_failure_halts_only_what_depends_on_it(self, api: Api) -> None:
        dependent = {**TASK, "body": {"WhoId": "@{bad.id}"}}
        bad, halted, fine = self.run(api, BAD, dependent, LEAD)
        assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
        assert (halted["httpStatusCode"], halted["httpHeaders"]) == (400, {})
        assert halted["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert fine["httpStatusCode"] == 201

    def test_all_or_none_undoes_everything(self, api: Api) -> None:
        lead, bad = self.run(api, LEAD, BAD, all_or_none=True)
        assert lead["body"] == [
            {
                "errorCode": "PROCESSING_HALTED",
                "message": "The transaction was rolled back since another operation in the same transaction failed.",
            }
        ]
        assert bad["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0

    def test_all_or_none_overrides_the_collections_flag(self, api: Api) -> None:
        records = [{"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y"},
                   {"attributes": {"type": "Lead"}, "LastName": "x"}]  # fmt: skip
        part = {"method": "POST", "url": "/services/data/v65.0/composite/sobjects",
                "referenceId": "c", "body": {"allOrNone": False, "records": records}}  # fmt: skip
        self.run(api, LEAD, part, all_or_none=True)
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0

    def test_204_is_a_null_body_and_queries_may_hold_raw_spaces(self, api: Api) -> None:
        lead = api.lead()
        update = {"method": "PATCH", "url": f"/services/data/v65.0/sobjects/Lead/{lead}",
                  "referenceId": "u", "body": {"Title": "CTO"}}  # fmt: skip
        soql = "/services/data/v65.0/query?q=SELECT Id FROM Lead WHERE Title = 'CTO'"
        query = {"method": "GET", "url": soql, "referenceId": "q"}
        updated, found = self.run(api, update, query)
        assert (updated["httpStatusCode"], updated["body"]) == (204, None)
        assert found["body"]["records"][0]["Id"] == lead

    def test_array_references(self, api: Api) -> None:
        record = {"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y"}
        part = {"method": "POST", "url": "/services/data/v65.0/composite/sobjects",
                "referenceId": "leads", "body": {"records": [record]}}  # fmt: skip
        task = {**TASK, "body": {"WhoId": "@{leads[0].id}"}}
        assert self.run(api, part, task)[1]["httpStatusCode"] == 201

    def test_headers_steer_single_parts(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_assignment_rule("Lead", [{"owner": emulator.add_queue("Q", ["Lead"])}])
        kept = {**LEAD, "httpHeaders": {"Sforce-Auto-Assign": "FALSE"}}
        given = {**LEAD, "referenceId": "given"}
        ids = [answer["body"]["id"] for answer in self.run(api, kept, given)]
        owners = [api.get(f"/sobjects/Lead/{i}").json()["OwnerId"][:3] for i in ids]
        assert owners == ["005", "00G"]

    @pytest.mark.parametrize(
        "parts",
        [
            [{**LEAD, "referenceId": f"r{n}"} for n in range(26)],
            [{"method": "GET", "url": "/services/data/v65.0/query?q=x", "referenceId": f"r{n}"}
             for n in range(6)],
            [LEAD, LEAD],
            [{**LEAD, "referenceId": "a-b"}],
            [{**LEAD, "httpHeaders": {"Accept": "x"}}],
        ],
    )  # fmt: skip
    def test_refused_as_a_whole(self, api: Api, parts: list[dict[str, Any]]) -> None:
        assert api.post("/composite", {"compositeRequest": parts}).status_code == 400

    def test_graphs_are_atomic_one_by_one(self, api: Api) -> None:
        graphs = [
            {"graphId": "good", "compositeRequest": [TASK, LEAD]},
            {"graphId": "bad", "compositeRequest": [LEAD, BAD]},
        ]
        good, bad = api.post("/composite/graph", {"graphs": graphs}).json()["graphs"]
        assert (good["graphId"], good["isSuccessful"]) == ("good", True)
        assert bad["isSuccessful"] is False
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 1

    def test_batch_parts_are_independent_unless_halted(self, api: Api) -> None:
        parts = [
            {"method": "POST", "url": "v65.0/sobjects/Lead", "richInput": {"LastName": "x"}},
            {"method": "POST", "url": "v65.0/sobjects/Lead", "richInput": LEAD["body"]},
        ]
        body = api.post("/composite/batch", {"batchRequests": parts}).json()
        assert body["hasErrors"] is True
        assert [part["statusCode"] for part in body["results"]] == [400, 201]
        halted = api.post("/composite/batch", {"haltOnError": True, "batchRequests": parts}).json()
        assert [part["statusCode"] for part in halted["results"]] == [400, 412]

    def test_a_tree_is_all_or_nothing(self, api: Api) -> None:
        account: dict[str, Any] = {
            "attributes": {"type": "Account", "referenceId": "a"},
            "Name": "Acme",
            "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "x"}]},
        }
        good = api.post("/composite/tree/Account", {"records": [account]})
        assert good.status_code == 201
        assert [row["referenceId"] for row in good.json()["results"]] == ["a", "c"]
        account["Contacts"]["records"][0]["LastName"] = None
        bad = api.post("/composite/tree/Account", {"records": [account]})
        assert (bad.status_code, bad.json()["hasErrors"]) == (400, True)
        assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 1


class Test16Wire:
    def test_headers_of_a_success(self, api: Api) -> None:
        headers = api.get("/limits").headers
        assert headers["Content-Type"] == "application/json;charset=UTF-8"
        assert headers["Cache-Control"] == "no-cache,must-revalidate,max-age=0,no-store,private"
        assert headers["Server"] == "sfdcedge"
        assert headers["X-SFDC-Request-Id"] == headers["X-Request-Id"]
        assert headers["Set-Cookie"].startswith("BrowserId=")
        assert headers["X-Robots-Tag"] == "none"
        assert headers["Date"] == "Tue, 24 Nov 2026 12:00:00 GMT"

    def test_pretty_print_looks_like_jackson(self, api: Api) -> None:
        api.lead(AnnualRevenue=20_000_000)
        response = api.get(
            "/query",
            params={"q": "SELECT AnnualRevenue FROM Lead"},
            headers={"X-PrettyPrint": "1"},
        )
        assert response.text.startswith('{\n  "totalSize" : 1,\n  "done" : true,\n  "records" : [ {\n')
        assert '"AnnualRevenue" : 2.0E7' in response.text
        assert response.text.endswith("\n  } ]\n}")

    def test_gzip_for_those_who_accept_it(self, emulator: SalesforceEmulator) -> None:
        server = serve(emulator.app)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", server.port)
            headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}", "Accept-Encoding": "gzip"}
            connection.request("GET", "/services/data/v65.0/sobjects/Lead/describe", headers=headers)
            response = connection.getresponse()
            body = response.read()
            connection.close()
        finally:
            server.stop()
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body).startswith(b'{"actionOverrides":[]')

    def test_ids_of_15_and_18_characters_are_the_same(self, api: Api) -> None:
        lead = api.lead()
        assert api.get(f"/sobjects/lead/{lead[:15]}").json()["Id"] == lead
        assert api.rows(f"SELECT Id FROM Lead WHERE Id = '{lead[:15]}'") == [{"Id": lead}]
        task = api.create("task", whoid=lead[:15])
        assert api.get(f"/sobjects/Task/{task}").json()["WhoId"] == lead

    def test_key_order_differs_between_error_classes(self, api: Api) -> None:
        assert list(api.get("/sobjects/Nope").json()[0]) == ["errorCode", "message"]
        assert list(api.post("/sobjects/Lead", {}).json()[0]) == ["message", "errorCode", "fields"]

    def test_retired_and_future_versions(self, emulator: SalesforceEmulator) -> None:
        assert Api(emulator, version="30.0").get("/sobjects").status_code == 410
        assert Api(emulator, version="99.0").get("/sobjects").status_code == 404

    def test_what_is_not_emulated_says_so(self, api: Api) -> None:
        response = api.get("/analytics/reports")
        assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")
        assert api.get("/nonsense").status_code == 404
        assert api.send("PUT", "/sobjects/Lead", {}).status_code == 405

    def test_malformed_json_and_other_content(self, api: Api) -> None:
        bad = api.post("/sobjects/Lead", data="{", headers={"Content-Type": "application/json"})
        assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
        xml = api.post("/sobjects/Lead", data="<a/>", headers={"Content-Type": "application/xml"})
        assert xml.status_code == 501
        text = api.post("/sobjects/Lead", data="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert text.status_code == 415


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [(406, "text/plain", ""),
     (420, "text/html", "<html>We are setting things up.</html>"),
     (503, "text/html", "<html>down</html>"), (200, "text/html", "<html>maintenance</html>")],
)  # fmt: skip
def test_17_pages_that_are_not_json_are_faults(api: Api, status: int, content_type: str, body: str) -> None:
    rule = {"method": "*", "path": "/query", "status": status, "content_type": content_type,
            "body": body}  # fmt: skip
    assert api.post("/_sandbox/faults", rule).status_code == 201
    response = api.get("/query", params={"q": "SELECT Id FROM Lead"})
    assert (response.status_code, response.text) == (status, body)


def test_16_every_answer_with_a_body_comes_in_chunks(api: Api) -> None:
    """[R:grouparoo, nango]: none of the recorded answers has a length."""
    for answer in (api.get("/limits"), api.get("/sobjects/Lead/nothing"), api.get("/services/data")):
        assert answer.content
        assert (answer.headers["Transfer-Encoding"], "Content-Length" in answer.headers) == ("chunked", False)
    deleted = api.delete(f"/sobjects/Lead/{api.lead()}")
    assert (deleted.status_code, "Transfer-Encoding" in deleted.headers) == (204, False)


def test_18_keep_alive_over_a_socket(emulator: SalesforceEmulator) -> None:
    server = serve(emulator.app)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for _ in range(3):
            connection.request("GET", "/services/data")
            response = connection.getresponse()
            assert response.status == 200
            response.read()
            assert not response.will_close
        connection.close()
    finally:
        server.stop()
