"""What the rows of a bulk job may say, and that they are saved like any record [sheet 8.1]."""

from __future__ import annotations

import pytest
from bulk_client import LONG_RECORD, BulkApi
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.salesforce.bulk.csvtext import DELIMITERS


def failure(bulk: BulkApi, content: str | bytes, operation: str = "insert", **more: str) -> str:
    """The errorMessage of a job that fails as a whole."""
    job = bulk.run(content, operation, **more)
    info = bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"]) == ("Failed", 0)
    message: str = info["errorMessage"]
    return message


class TestCells:
    @pytest.mark.parametrize("name", sorted(DELIMITERS))
    def test_every_delimiter(self, bulk: BulkApi, api: Api, name: str) -> None:
        char = DELIMITERS[name]
        bulk.run(f'LastName{char}Company\nA{char}"B{char}C"\n', columnDelimiter=name)
        assert api.rows("SELECT LastName, Company FROM Lead") == [{"LastName": "A", "Company": f"B{char}C"}]

    def test_quotes_hold_line_breaks_and_doubled_quotes(self, bulk: BulkApi, api: Api) -> None:
        job = bulk.run('LastName,Company,Description\n"O""Hara",Acme,"one\ntwo\r\nthree"\n')
        assert api.rows("SELECT LastName, Description FROM Lead") == [
            {"LastName": 'O"Hara', "Description": "one\ntwo\r\nthree"}
        ]
        assert bulk.successes(job)[0]["Description"] == "one\ntwo\r\nthree"

    def test_an_empty_cell_says_nothing_and_hash_na_clears(self, bulk: BulkApi, api: Api) -> None:
        lead = api.lead(Title="CTO", Phone="1")
        bulk.run(f"Id,Title,Phone\n{lead},,#N/A\n", "update")
        assert api.rows("SELECT Title, Phone FROM Lead") == [{"Title": "CTO", "Phone": None}]

    def test_hash_na_may_be_text(self, bulk: BulkApi, api: Api, settings: SalesforceSettings) -> None:
        settings.bulk_null = None
        lead = api.lead(Phone="1")
        bulk.run(f"Id,Phone\n{lead},#N/A\n", "update")
        assert api.rows("SELECT Phone FROM Lead") == [{"Phone": "#N/A"}]

    def test_booleans_dates_and_numbers_as_text(self, bulk: BulkApi, api: Api) -> None:
        lead = api.lead()
        bulk.run(
            "WhoId,Subject,IsReminderSet,ActivityDate,ReminderDateTime\n"
            f"{lead},a,Yes,2026-05-06,2026-05-06T10:00:00+02:00\n{lead},b,0,2026-05-06Z,2026-05-06T10:00:00Z\n",
            sobject="Task",
        )
        assert api.rows("SELECT IsReminderSet, ActivityDate, ReminderDateTime FROM Task ORDER BY Subject") == [
            {
                "IsReminderSet": True,
                "ActivityDate": "2026-05-06",
                "ReminderDateTime": "2026-05-06T08:00:00.000+0000",
            },
            {
                "IsReminderSet": False,
                "ActivityDate": "2026-05-06",
                "ReminderDateTime": "2026-05-06T10:00:00.000+0000",
            },
        ]

    @pytest.mark.parametrize(
        ("column", "cell", "label"),
        [
            ("NumberOfEmployees", "many", "Employees"),
            ("AnnualRevenue", "1,5", "Annual Revenue"),
            ("IsUnreadByOwner", "maybe", "Unread By Owner"),
        ],
    )
    def test_a_cell_of_the_wrong_type_fails_its_row(self, bulk: BulkApi, column: str, cell: str, label: str) -> None:
        job = bulk.run(f'LastName,Company,{column}\nA,B,"{cell}"\nC,D,\n')
        error = f"INVALID_TYPE_ON_FIELD_IN_RECORD:{label}: value not of required type: {cell}:{column} --"
        assert bulk.errors(job) == [error]
        assert bulk.info(job)["numberRecordsProcessed"] == 2

    def test_long_cells_and_long_records_fail_their_row(self, bulk: BulkApi) -> None:
        (error,) = bulk.errors(bulk.run(f"LastName,Company,Title\nA,B,{'x' * 32_001}\n"))
        assert error.startswith("STRING_TOO_LONG:Title: data value too large:")
        assert error.endswith("(max length=32000):Title --")
        text = "LIMIT_EXCEEDED:Maximum length of a record is 400000 characters: --"
        assert bulk.errors(bulk.run(LONG_RECORD)) == [text]


class TestHeader:
    def test_names_in_any_case(self, bulk: BulkApi) -> None:
        assert len(bulk.successes(bulk.run("lastname,COMPANY\nA,B\n"))) == 1

    def test_an_unknown_column_fails_the_job_and_returns_every_row(self, bulk: BulkApi) -> None:
        job = bulk.run("LastName,Company,Nope__c\nA,B,C\n")
        assert bulk.info(job)["errorMessage"] == "InvalidBatch : Field name not found : Nope__c"
        assert bulk.unprocessed(job) == [{"LastName": "A", "Company": "B", "Nope__c": "C"}]
        assert bulk.failures(job) == bulk.successes(job) == []

    def test_a_hidden_column_is_unknown_and_a_read_only_one_fails_the_rows(self, bulk: BulkApi, api: Api) -> None:
        user = "integration@loopback.example"
        api.control("permission", user=user, hidden_fields={"Lead": ["Title"]}, read_only_fields={"Lead": ["Phone"]})
        assert failure(bulk, "LastName,Company,Title\nA,B,C\n") == "InvalidBatch : Field name not found : Title"
        (error,) = bulk.errors(bulk.run("LastName,Company,Phone\nA,B,1\n"))
        assert error.startswith("INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: Phone.")

    @pytest.mark.parametrize(
        ("operation", "content", "message"),
        [
            ("update", "LastName\nA\n", "InvalidBatch : Field name not found : Id"),
            ("upsert", "LastName,Company\nA,B\n", "InvalidBatch : Field name not found : HS_Id__c"),
            ("delete", "Id,LastName\n1,A\n", "InvalidBatch : The 'delete' batch must contain only ids"),
            ("insert", "LastName,LastName\nA,B\n", "InvalidBatch : Duplicate column in the header : LastName"),
            ("insert", "LastName,Company,Address\nA,B,C\n", "InvalidBatch : Field name not found : Address"),
            ("insert", "LastName,Company\nA\n", "InvalidBatch : Record 1 has 1 fields, the header has 2"),
            ("insert", "LastName,Company\nA,B\nA,B,C\n", "InvalidBatch : Record 2 has 3 fields, the header has 2"),
            ("insert", "", "InvalidBatch : No records found in the uploaded data"),
        ],
    )
    def test_a_header_that_does_not_fit(self, bulk: BulkApi, operation: str, content: str, message: str) -> None:
        more = {"externalIdFieldName": "HS_Id__c"} if operation == "upsert" else {}
        assert failure(bulk, content, operation, **more) == message

    def test_columns_have_a_limit(self, bulk: BulkApi) -> None:
        names = ",".join(f"F{n}__c" for n in range(5_001))
        assert failure(bulk, f"{names}\n") == "InvalidBatch : Maximum number of fields is 5000"

    def test_a_byte_order_mark_hides_the_first_column(self, bulk: BulkApi, settings: SalesforceSettings) -> None:
        """[msrivastav13/node-sf-bulk2#17]: "Field name not found : Name" for a column called Name."""
        marked = "\ufeffLastName,Company\nA,B\n"
        assert failure(bulk, marked) == "InvalidBatch : Field name not found : \ufeffLastName"
        settings.bulk_strips_bom = True
        assert len(bulk.successes(bulk.run(marked))) == 1

    def test_malformed_csv_and_other_encodings(self, bulk: BulkApi) -> None:
        assert failure(bulk, 'LastName,Company\n"A,B\n').startswith("InvalidBatch : Failed to parse CSV :")
        latin = "LastName,Company\nMüller,B\n".encode("latin-1")
        assert failure(bulk, latin) == "InvalidBatch : The uploaded data is not UTF-8"

    @pytest.mark.parametrize(("setting", "ending"), [("LF", "\r\n"), ("CRLF", "\n")])
    def test_line_endings_are_those_of_the_job(self, bulk: BulkApi, setting: str, ending: str) -> None:
        content = ending.join(["LastName,Company", "A,B", ""])
        text = f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {setting}"
        assert failure(bulk, content, lineEnding=setting) == text

    def test_the_last_record_need_not_end_and_empty_lines_are_none(self, bulk: BulkApi) -> None:
        assert len(bulk.successes(bulk.run("LastName,Company\n\nA,B\n\nC,D"))) == 2


class TestRelationships:
    def test_an_owner_by_email_and_a_parent_by_external_id(
        self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator
    ) -> None:
        rep = emulator.add_user({"Username": "rep@acme.example", "LastName": "Rep", "Email": "rep@acme.example"})
        bulk.run("LastName,Company,Owner.Email\nA,B,rep@acme.example\n")
        assert api.rows("SELECT OwnerId FROM Lead") == [{"OwnerId": rep}]
        boss = api.create("Contact", LastName="Boss", HS_Id__c="7")
        bulk.run("LastName,ReportsTo.HS_Id__c\nA,7\n", sobject="Contact")
        assert api.rows("SELECT ReportsToId FROM Contact WHERE LastName = 'A'") == [{"ReportsToId": boss}]

    def test_a_polymorphic_parent_is_named_with_its_object(self, bulk: BulkApi, api: Api) -> None:
        """ObjectType:RelationshipName.IndexedFieldName [D:datafiles_csv_rel_field_header_row]."""
        lead = api.lead(HS_Id__c="7")
        api.create("Contact", LastName="Other", HS_Id__c="7")
        bulk.run("Subject,Lead:Who.HS_Id__c\nCall,7\n", sobject="Task")
        assert api.rows("SELECT WhoId FROM Task") == [{"WhoId": lead}]
        job = bulk.run("Subject,Who.HS_Id__c\nCall,7\n", sobject="Task")
        assert bulk.info(job)["errorMessage"] == "InvalidBatch : Field name not found : Who.HS_Id__c"

    def test_a_parent_that_is_not_found_fails_its_row(self, bulk: BulkApi) -> None:
        job = bulk.run("LastName,Company,Owner.Email\nA,B,nobody@acme.example\n")
        text = "Foreign key external ID: nobody@acme.example not found for field Email in entity User"
        assert bulk.errors(job) == [f"INVALID_FIELD:{text}: --"]

    def test_hash_na_takes_the_parent_away(self, bulk: BulkApi, api: Api) -> None:
        boss = api.create("Contact", LastName="Boss")
        report = api.create("Contact", LastName="A", ReportsToId=boss)
        bulk.run(f"Id,ReportsTo.HS_Id__c\n{report},#N/A\n", "update", "Contact")
        assert api.rows("SELECT ReportsToId FROM Contact WHERE LastName = 'A'") == [{"ReportsToId": None}]

    @pytest.mark.parametrize("column", ["Owner.Title", "Nobody.Email", "Owner.Manager.Email"])
    def test_only_indexed_fields_of_a_parent_name_it(self, bulk: BulkApi, column: str) -> None:
        text = f"InvalidBatch : Field name not found : {column}"
        assert failure(bulk, f"LastName,Company,{column}\nA,B,C\n") == text


class TestOperations:
    def test_upsert_creates_and_updates(self, bulk: BulkApi, api: Api) -> None:
        old = api.lead(HS_Id__c="1", Title="CTO")
        content = "HS_Id__c,LastName,Company\n1,Ada,\n2,Zoë,Acme\n,Nobody,Acme\n"
        job = bulk.run(content, "upsert", externalIdFieldName="HS_Id__c")
        done = bulk.successes(job)
        assert [(row["HS_Id__c"], row["sf__Created"]) for row in done] == [("1", "false"), ("2", "true")]
        assert done[0]["sf__Id"] == old
        assert api.rows("SELECT LastName, Title FROM Lead WHERE HS_Id__c = '1'") == [
            {"LastName": "Ada", "Title": "CTO"}
        ]
        assert bulk.errors(job) == ["MISSING_ARGUMENT:HS_Id__c not specified: --"]

    def test_a_key_twice_saves_one_row_and_fails_the_other(self, bulk: BulkApi) -> None:
        content = "HS_Id__c,LastName,Company\n1,A,B\n1,C,D\n"
        job = bulk.run(content, "upsert", externalIdFieldName="HS_Id__c")
        assert [row["LastName"] for row in bulk.successes(job)] == ["A"]
        assert bulk.errors(job) == ["DUPLICATE_VALUE:Duplicate external id specified: 1:HS_Id__c --"]

    def test_a_key_of_several_records(self, bulk: BulkApi, api: Api) -> None:
        api.lead(Email="a@example.com"), api.lead(Email="a@example.com")
        job = bulk.run("Email,Title\na@example.com,x\n", "upsert", externalIdFieldName="Email")
        assert bulk.errors(job)[0].startswith("DUPLICATE_EXTERNAL_ID:Email: more than one record found")

    def test_upsert_by_id_creates_where_it_is_empty(self, bulk: BulkApi, api: Api) -> None:
        lead = api.lead()
        job = bulk.run(f"Id,LastName,Company\n{lead[:15]},A,\n,B,Acme\n", "upsert", externalIdFieldName="Id")
        assert [row["sf__Created"] for row in bulk.successes(job)] == ["false", "true"]
        assert api.rows("SELECT LastName FROM Lead ORDER BY LastName") == [{"LastName": "A"}, {"LastName": "B"}]

    def test_update_by_15_or_18_characters(self, bulk: BulkApi, api: Api) -> None:
        first, second = api.lead(), api.lead()
        content = f"Id,Title\n{first},a\n{second[:15]},b\n00QdM0000000099UAA,c\nx,d\n,e\n"
        job = bulk.run(content, "update")
        assert [row["sf__Id"] for row in bulk.successes(job)] == [first, second]
        assert {row["Title"] for row in api.rows("SELECT Title FROM Lead")} == {"a", "b"}
        assert bulk.errors(job) == [
            "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id: --",
            "MALFORMED_ID:Lead ID: id value of incorrect type: x:Id --",
            "MISSING_ARGUMENT:Id not specified in an update call: --",
        ]

    def test_a_failed_row_shows_its_id_since_v53(self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator) -> None:
        lead = api.lead()
        content = f"Id,Email\n{lead},nonsense\n"
        assert bulk.failures(bulk.run(content, "update"))[0]["sf__Id"] == lead
        older = BulkApi(Api(emulator, version="52.0"), bulk.clock)
        assert older.failures(older.run(content, "update"))[0]["sf__Id"] == ""

    def test_an_insert_may_not_name_an_id(self, bulk: BulkApi, api: Api) -> None:
        job = bulk.run(f"Id,LastName,Company\n{api.lead()},A,B\n,C,D\n")
        assert bulk.errors(job) == ["INVALID_FIELD_FOR_INSERT_UPDATE:cannot specify Id in an insert call:Id --"]
        assert len(bulk.successes(job)) == 1

    def test_delete_goes_to_the_recycle_bin(self, bulk: BulkApi, api: Api) -> None:
        lead = api.lead()
        job = bulk.run(f"Id\n{lead}\n", "delete")
        assert bulk.text(job, "successfulResults") == f'"sf__Id","sf__Created","Id"\n"{lead}","false","{lead}"\n'
        deleted = api.get("/queryAll", params={"q": "SELECT IsDeleted FROM Lead"}).json()["records"]
        assert [row["IsDeleted"] for row in deleted] == [True]
        assert bulk.errors(bulk.run(f"Id\n{lead}\n", "delete")) == ["ENTITY_IS_DELETED:entity is deleted: --"]

    def test_hard_delete_goes_past_it_and_needs_its_permission(
        self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator
    ) -> None:
        emulator.add_permission_set({"name": "Eraser", "system": ["BulkApiHardDelete"]})
        emulator.add_user(
            {"Username": "e@acme.example", "LastName": "E", "token": "00D!e", "permission_sets": ["Eraser"]}
        )
        eraser = BulkApi(Api(emulator, token="00D!e"), bulk.clock)
        account, other = api.create("Account", Name="A"), api.create("Account", Name="B")
        opportunity = api.create(
            "Opportunity", Name="O", AccountId=account, StageName="Prospecting", CloseDate="2026-12-01"
        )
        job = eraser.run(f"Id\n{account}\n", "hardDelete", "Account")
        assert [row["sf__Id"] for row in eraser.successes(job)] == [account]
        left = api.get("/queryAll", params={"q": "SELECT Id FROM Account"}).json()["records"]
        assert [row["Id"] for row in left] == [other]
        assert api.get(f"/sobjects/Opportunity/{opportunity}").status_code == 404


class TestTheSamePipeline:
    def test_validation_rules_speak(self, bulk: BulkApi, emulator: SalesforceEmulator) -> None:
        rule = {"sobject": "Lead", "name": "r", "message": "No.", "field": "Title", "when": {"Title": "x"}}
        emulator.add_validation_rule(rule)
        job = bulk.run("LastName,Company,Title\nA,B,x\nC,D,y\n")
        assert bulk.errors(job) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION:No.:Title --"]
        assert len(bulk.successes(job)) == 1

    @pytest.mark.parametrize("action", ["alert", "block"])
    def test_duplicate_rules_stop_a_row_whatever_they_do(
        self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator, action: str
    ) -> None:
        emulator.add_duplicate_rule("Lead", "R", [{"sobject": "Lead", "fields": ["Email"]}], action=action)
        api.lead(Email="a@example.com")
        job = bulk.run("LastName,Company,Email\nA,B,a@example.com\n")
        assert bulk.errors(job)[0].startswith("DUPLICATES_DETECTED:You're creating a duplicate record.")

    def test_locked_rows(self, bulk: BulkApi, api: Api) -> None:
        lead = api.lead()
        api.control("lock", ids=[lead], seconds=10_000)
        (error,) = bulk.errors(bulk.run(f"Id,Title\n{lead},x\n", "update"))
        assert error.startswith("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record")

    def test_a_failed_row_leaves_no_trace(self, bulk: BulkApi, api: Api) -> None:
        bulk.run("LastName,Company,HS_Id__c\nA,B,1\nC,D,1\n")
        assert api.rows("SELECT LastName FROM Lead") == [{"LastName": "A"}]
        assert api.rows("SELECT COUNT(Id) n FROM LeadHistory") == [{"n": 1}]

    def test_no_assignment_rule_runs_but_the_one_the_job_names(
        self, bulk: BulkApi, api: Api, emulator: SalesforceEmulator, settings: SalesforceSettings
    ) -> None:
        queue, other = emulator.add_queue("Inbound", ["Lead"]), emulator.add_queue("Other", ["Lead"])
        emulator.add_assignment_rule("Lead", [{"owner": queue}])
        sleeping = emulator.add_assignment_rule("Lead", [{"owner": other}], name="Sleeping", active=False)
        row = "LastName,Company\n{},B\n"
        bulk.run(row.format("none"))
        bulk.run(row.format("named"), assignmentRuleId=sleeping)
        settings.bulk_auto_assigns = True
        bulk.run(row.format("active"))
        owners = {lead["LastName"]: lead["OwnerId"] for lead in api.rows("SELECT LastName, OwnerId FROM Lead")}
        assert owners.pop("none").startswith("005")
        assert owners == {"named": other, "active": queue}

    def test_what_the_creator_may_not_do(self, bulk: BulkApi, api: Api) -> None:
        api.control("permission", user="integration@loopback.example", objects={"Lead": ["read"]})
        (error,) = bulk.errors(bulk.run("LastName,Company\nA,B\n"))
        assert error.startswith("INSUFFICIENT_ACCESS_OR_READONLY:")

    def test_rows_may_appear_late(self, bulk: BulkApi, api: Api, settings: SalesforceSettings) -> None:
        settings.late_commit_seconds = 10_000
        bulk.run("LastName,Company\nA,B\n")
        assert api.rows("SELECT Id FROM Lead") == []
        bulk.clock.advance(7_000)
        assert len(api.rows("SELECT Id FROM Lead")) == 1
