"""Resources and headers around the records: what is there, and what says it is not [sheet 3, 5, 10, 11]."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

NEW = {"LastName": "x", "Company": "y"}


class TestNotEmulated:
    @pytest.mark.parametrize(
        "path",
        [
            "/appMenu/AppSwitcher",
            "/tabs",
            "/actions/standard",
            "/ui-api/object-info/Lead",
            "/ui-api/record-ui/00Q000000000000AAA",
            "/sobjects/Lead/describe/compactLayouts",
            "/sobjects/Lead/listviews",
            "/sobjects/Lead/quickActions/LogACall",
            "/services/apexrest/Convert",
            "/services/async/65.0/job",
            "/services/Soap/m/65.0",
        ],
    )
    def test_says_so_and_leaves_a_line(self, api: Api, caplog: pytest.LogCaptureFixture, path: str) -> None:
        with caplog.at_level(logging.WARNING):
            response = api.get(path)
        full = path if path.startswith("/services") else api.base + path
        assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")
        assert caplog.messages == [f"not emulated: GET {full}"]

    def test_what_no_org_has_is_404(self, api: Api) -> None:
        for path in ("/nothing", "/services/data/v99.0/sobjects", "/services/data/v65/sobjects"):
            assert api.get(path).status_code == 404

    def test_resources_of_an_object_there_is_not(self, api: Api) -> None:
        assert api.get("/sobjects/Nothing/listviews").status_code == 404


class TestVersions:
    @pytest.mark.parametrize("version", ["7.0", "20.0", "30.0"])
    def test_a_retired_one_is_gone(self, emulator: SalesforceEmulator, version: str) -> None:
        response = Api(emulator, version=version).get("/sobjects")
        assert (response.status_code, response.json()[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")
        soap = Api(emulator).post(f"/services/Soap/u/{version}", data="<login/>")
        assert soap.status_code == 500
        assert "<sf:exceptionCode>UNSUPPORTED_API_VERSION</sf:exceptionCode>" in soap.text

    def test_the_resource_list_with_and_without_a_slash(self, api: Api) -> None:
        for path in ("/services/data/v65.0", "/services/data/v65.0/"):
            assert api.get(path).json()["tooling"] == "/services/data/v65.0/tooling"


class TestHeaders:
    def test_a_date_that_is_none_is_400_but_on_deletes(self, api: Api) -> None:
        bad = {"If-Unmodified-Since": "perhaps"}
        path = f"/sobjects/Lead/{api.lead()}"
        assert api.post("/sobjects/Lead", NEW, headers=bad).status_code == 400
        assert api.patch(path, {"Title": "x"}, headers=bad).status_code == 400
        assert api.delete(path, headers=bad).status_code == 204

    def test_etags_come_in_lists(self, api: Api) -> None:
        """Of Account rows only, to read and to write alike."""
        path = f"/sobjects/Account/{api.create('Account', Name='Acme')}"
        etag = api.get(path).headers["ETag"]
        listed, other = f'"one--gzip", {etag}', '"one--gzip","two--gzip"'
        assert api.get(path, headers={"If-Match": listed}).status_code == 200
        assert api.get(path, headers={"If-Match": other}).status_code == 412
        assert api.get(path, headers={"If-None-Match": listed}).status_code == 304
        assert api.patch(path, {"Name": "x"}, headers={"If-None-Match": listed}).status_code == 412
        assert api.patch(path, {"Name": "x"}, headers={"If-Match": other}).status_code == 412
        assert api.patch(path, {"Name": "x"}, headers={"If-None-Match": other}).status_code == 204
        lead = f"/sobjects/Lead/{api.lead()}"
        assert api.get(lead, headers={"If-Match": other}).status_code == 200

    def test_a_read_may_insist_on_the_state_it_knows(self, api: Api, clock: Clock) -> None:
        path = f"/sobjects/Lead/{api.lead()}"
        known = {"If-Unmodified-Since": api.get(path).headers["Last-Modified"]}
        assert api.get(path, headers=known).status_code == 200
        clock.advance(2)
        api.patch(path, {"Title": "CTO"})
        assert api.get(path, headers=known).status_code == 412

    def test_the_global_describe_is_conditional(self, api: Api, clock: Clock) -> None:
        stamp = api.get("/sobjects").headers["Last-Modified"]
        assert api.get("/sobjects", headers={"If-Modified-Since": stamp}).status_code == 304
        clock.advance(2)
        api.control("field", sobject="Lead", definition={"name": "New__c", "type": "string"})
        assert api.get("/sobjects", headers={"If-Modified-Since": stamp}).status_code == 200

    def test_the_duplicate_header_exists_from_v52_on(self, emulator: SalesforceEmulator) -> None:
        emulator.add_duplicate_rule("Lead", "Mail", [{"sobject": "Lead", "fields": ["Email"]}])
        api = Api(emulator)
        api.lead(Email="a@b.example")
        headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        for version, status in (("51.0", 400), ("52.0", 201)):
            again = Api(emulator, version=version)
            response = again.post("/sobjects/Lead", NEW | {"Email": "a@b.example"}, headers=headers)
            assert response.status_code == status

    def test_post_may_stand_for_patch(self, api: Api) -> None:
        lead = api.lead()
        response = api.post(f"/sobjects/Lead/{lead}?_HttpMethod=PATCH", {"Title": "CTO"})
        assert (response.status_code, response.content) == (204, b"")
        assert api.get(f"/sobjects/Lead/{lead}").json()["Title"] == "CTO"


class TestComposite:
    def run(self, api: Api, *requests: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        answer = api.post("/composite", {"compositeRequest": list(requests), **more})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["compositeResponse"]
        return found

    def test_every_form_of_a_reference(self, api: Api, emulator: SalesforceEmulator) -> None:
        url = f"{api.base}/sobjects"
        query = f"{api.base}/query?q=SELECT Id, Owner.Username FROM Lead WHERE Id = '@{{lead.id}}'"
        answers = self.run(
            api,
            {"method": "POST", "url": f"{url}/Lead", "referenceId": "lead", "body": NEW},
            {"method": "GET", "url": query, "referenceId": "found"},
            {"method": "GET", "url": "@{found.records[0].Owner.attributes.url}", "referenceId": "owner"},
            {
                "method": "POST",
                "url": f"{url}/Task",
                "referenceId": "task",
                "body": {"WhoId": "@{found.records[0].Id}", "Subject": "For @{found.records[0].Owner.Username}!"},
            },
            {"method": "PATCH", "url": f"{url}/Lead/@{{lead.id}}", "referenceId": "sum", "body": {
                "NumberOfEmployees": "@{found.totalSize}"}},
        )  # fmt: skip
        assert [entry["httpStatusCode"] for entry in answers] == [201, 200, 200, 201, 204]
        assert answers[2]["body"]["Username"] == "integration@loopback.example"
        task = api.get(f"/sobjects/Task/{answers[3]['body']['id']}").json()
        assert (task["WhoId"], task["Subject"]) == (answers[0]["body"]["id"], "For integration@loopback.example!")
        assert api.get(f"/sobjects/Lead/{task['WhoId']}").json()["NumberOfEmployees"] == 1
        assert answers[4]["body"] is None

    def test_a_reference_to_nothing_halts_its_own_part_only(self, api: Api) -> None:
        url = f"{api.base}/sobjects"
        answers = self.run(
            api,
            {"method": "POST", "url": f"{url}/Lead", "referenceId": "lead", "body": {"LastName": "x"}},
            {"method": "POST", "url": f"{url}/Task", "referenceId": "task", "body": {"WhoId": "@{lead.id}"}},
            {"method": "POST", "url": f"{url}/Lead", "referenceId": "other", "body": NEW},
        )
        assert [entry["httpStatusCode"] for entry in answers] == [400, 400, 201]
        assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"

    def test_a_method_is_case_sensitive(self, api: Api) -> None:
        request = {"method": "post", "url": f"{api.base}/sobjects/Lead", "referenceId": "a", "body": NEW}
        (answer,) = self.run(api, request)
        assert (answer["httpStatusCode"], answer["body"][0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 0

    def test_a_part_has_headers_of_its_own(self, api: Api, emulator: SalesforceEmulator) -> None:
        queue = emulator.add_queue("Inbound", ["Lead"])
        emulator.add_assignment_rule("Lead", [{"owner": queue}])
        request = {"method": "POST", "url": f"{api.base}/sobjects/Lead", "body": NEW}
        kept = {"Sforce-Auto-Assign": "FALSE"}
        answers = self.run(api, request | {"referenceId": "a"}, request | {"referenceId": "b", "httpHeaders": kept})
        owners = [api.get(f"/sobjects/Lead/{entry['body']['id']}").json()["OwnerId"] for entry in answers]
        assert [owner[:3] for owner in owners] == ["00G", "005"]

    @pytest.mark.parametrize(("levels", "status"), [(15, 200), (16, 400)])
    def test_a_graph_is_fifteen_levels_deep(self, api: Api, levels: int, status: int) -> None:
        nodes: list[dict[str, Any]] = [
            {"method": "POST", "url": f"{api.base}/sobjects/Account", "referenceId": "n1", "body": {"Name": "x"}}
        ]
        nodes += [
            {
                "method": "POST",
                "url": f"{api.base}/sobjects/Account",
                "referenceId": f"n{level}",
                "body": {"Name": "x", "ParentId": f"@{{n{level - 1}.id}}"},
            }
            for level in range(2, levels + 1)
        ]
        graphs = [{"graphId": "g", "compositeRequest": nodes}]
        response = api.post("/composite/graph", {"graphs": graphs})
        assert response.status_code == status
        if status == 200:
            assert response.json()["graphs"][0]["isSuccessful"] is True


class TestTree:
    def record(self, kind: str, reference: str, **fields: Any) -> dict[str, Any]:
        return {"attributes": {"type": kind, "referenceId": reference}, **fields}

    def test_children_refer_to_their_parent(self, api: Api) -> None:
        contact = self.record("Contact", "r2", LastName="z")
        account = self.record("Account", "r1", Name="x", Contacts={"records": [contact]})
        body = api.post("/composite/tree/Account", {"records": [account]}).json()
        ids = {entry["referenceId"]: entry["id"] for entry in body["results"]}
        assert body["hasErrors"] is False
        assert api.get(f"/sobjects/Contact/{ids['r2']}").json()["AccountId"] == ids["r1"]

    def test_one_failure_undoes_the_tree(self, api: Api) -> None:
        records = [self.record("Account", "r1", Name="x"), self.record("Account", "r2")]
        response = api.post("/composite/tree/Account", {"records": records})
        assert response.status_code == 400
        assert [entry["referenceId"] for entry in response.json()["results"]] == ["r2"]
        assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 0

    def test_level_by_level_over_all_trees(self, api: Api) -> None:
        """The guide's own example: roots first, then their children."""
        children = [self.record("Contact", name, LastName="z") for name in ("ref2", "ref3")]
        first = self.record("Account", "ref1", Name="x", Contacts={"records": children})
        body = api.post(
            "/composite/tree/Account", {"records": [first, self.record("Account", "ref4", Name="y")]}
        ).json()
        assert [entry["referenceId"] for entry in body["results"]] == ["ref1", "ref4", "ref2", "ref3"]

    def test_a_repeated_reference_is_an_error_for_each_instance(self, api: Api) -> None:
        child = self.record("Contact", "same", LastName="z")
        records = [self.record("Account", "same", Name="x", Contacts={"records": [child]}), self.record("Account", "r")]
        response = api.post("/composite/tree/Account", {"records": records})
        assert (response.status_code, response.json()["hasErrors"]) == (400, True)
        assert [entry["referenceId"] for entry in response.json()["results"]] == ["same", "same"]
        assert response.json()["results"][0]["errors"][0]["statusCode"] == "INVALID_INPUT"

    def test_its_limits(self, api: Api) -> None:
        def deep(level: int) -> dict[str, Any]:
            more = {"ChildAccounts": {"records": [deep(level - 1)]}} if level > 1 else {}
            return self.record("Account", f"r{level}", Name="x", **more)

        kinds = [self.record(kind, kind) for kind in ("Account", "Lead", "Contact", "Task", "Event", "Campaign")]
        for records, text in (
            ([self.record("Account", f"r{n}", Name="x") for n in range(201)], "At most 200 records"),
            ([deep(6)], "in 5 levels"),
            (kinds, "of 5 types"),
            ([{"attributes": {"type": "Account"}, "Name": "x"}], "needs a referenceId"),
        ):
            response = api.post("/composite/tree/Account", {"records": records})
            assert response.status_code == 400
            assert text in response.json()[0]["message"]
        assert api.query("SELECT COUNT() FROM Account")["totalSize"] == 0


class TestPasswords:
    @pytest.fixture
    def settings(self) -> SalesforceSettings:
        users = [
            {"Username": "admin@x.example", "LastName": "Admin", "token": DEFAULT_TOKEN},
            {"Username": "rep@x.example", "LastName": "Rep", "token": "rep", "profile": "Standard User"},
        ]
        return SalesforceSettings(users=users, password_grant=True)

    def test_set_used_and_reset(self, api: Api, emulator: SalesforceEmulator) -> None:
        (rep,) = api.rows("SELECT Id FROM User WHERE Username = 'rep@x.example'")
        path = f"/sobjects/User/{rep['Id']}/password"
        assert api.get(path).json() == {"isExpired": False}
        assert api.post(path, {"NewPassword": "short"}).json()[0]["errorCode"] == "INVALID_NEW_PASSWORD"
        assert api.post(path, {"NewPassword": "long enough"}).status_code == 204
        form = {
            "grant_type": "password",
            "client_id": "loopback-client",
            "client_secret": "loopback-secret",
            "username": "rep@x.example",
            "password": "long enough",
        }
        anonymous = Api(emulator, None)
        assert anonymous.post("/services/oauth2/token", data=form).status_code == 200
        chosen = api.delete(path).json()["NewPassword"]
        assert anonymous.post("/services/oauth2/token", data=form).json()["error"] == "invalid_grant"
        assert anonymous.post("/services/oauth2/token", data=form | {"password": chosen}).status_code == 200

    def test_another_users_is_for_user_managers(self, api: Api, emulator: SalesforceEmulator) -> None:
        rep = Api(emulator, "rep")
        (admin,) = api.rows("SELECT Id FROM User WHERE Username = 'admin@x.example'")
        response = rep.post(f"/sobjects/User/{admin['Id']}/password", {"NewPassword": "long enough"})
        assert response.status_code == 403


class TestConversionAndMerge:
    def soap(self, api: Api, *leads: str, options: str = "", version: str = "65.0") -> Any:
        wanted = "".join(f"<leadConverts><leadId>{lead}</leadId>{options}</leadConverts>" for lead in leads)
        envelope = (
            f"<soapenv:Envelope><soapenv:Header><SessionHeader><sessionId>{DEFAULT_TOKEN}</sessionId>"
            f"</SessionHeader></soapenv:Header><soapenv:Body><convertLead>{wanted}</convertLead>"
            "</soapenv:Body></soapenv:Envelope>"
        )
        return api.post(f"/services/Soap/u/{version}", data=envelope)

    def test_each_lead_of_a_call_on_its_own(self, api: Api) -> None:
        first, second = api.lead(), api.lead()
        api.control("convert-lead", lead_id=first)
        text = self.soap(api, first, second).text
        assert text.count("<result>") == 2
        assert text.index("<success>false</success>") < text.index("<success>true</success>")
        assert "<statusCode>CANNOT_UPDATE_CONVERTED_LEAD</statusCode>" in text
        assert "<limitInfo><current>" in text

    def test_a_call_takes_a_hundred(self, api: Api) -> None:
        assert "EXCEEDED_LEAD_CONVERT_LIMIT" in self.soap(api, *["00QdM0000000001"] * 101).text

    def test_only_a_converted_status_closes_a_lead(self, api: Api) -> None:
        options = "<convertedStatus>Working - Contacted</convertedStatus>"
        lead = api.lead()
        assert "<statusCode>INVALID_STATUS</statusCode>" in self.soap(api, lead, options=options).text
        assert api.get(f"/sobjects/Lead/{lead}").json()["IsConverted"] is False

    @pytest.mark.parametrize("overwrite", [True, False])
    def test_an_existing_contacts_lead_source(self, api: Api, overwrite: bool) -> None:
        contact = api.create("Contact", LastName="x", LeadSource="Web", AccountId=api.create("Account", Name="a"))
        options = (
            f"<contactId>{contact}</contactId><doNotCreateOpportunity>true</doNotCreateOpportunity>"
            f"<overwriteLeadSource>{str(overwrite).lower()}</overwriteLeadSource>"
        )
        assert "<success>true</success>" in self.soap(api, api.lead(LeadSource="Other"), options=options).text
        source = api.get(f"/sobjects/Contact/{contact}").json()["LeadSource"]
        assert source == ("Other" if overwrite else "Web")

    def test_converting_wants_its_permission(self, api: Api) -> None:
        (owned,) = api.rows("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'")
        api.patch(f"/sobjects/PermissionSet/{owned['Id']}", {"PermissionsConvertLeads": False})
        assert "<statusCode>INSUFFICIENT_ACCESS_OR_READONLY</statusCode>" in self.soap(api, api.lead()).text

    def test_the_merged_are_one_member_of_a_campaign(self, api: Api) -> None:
        campaign, other = api.create("Campaign", Name="x"), api.create("Campaign", Name="y")
        winner, loser = api.lead(), api.lead()
        kept = api.create("CampaignMember", CampaignId=campaign, LeadId=winner)
        api.create("CampaignMember", CampaignId=campaign, LeadId=loser)
        moved = api.create("CampaignMember", CampaignId=other, LeadId=loser)
        api.control("merge", sobject="Lead", winner=winner, loser=loser)
        rows = api.rows(f"SELECT Id FROM CampaignMember WHERE LeadId = '{winner}' ORDER BY Id")
        assert [row["Id"] for row in rows] == [kept, moved]

    def test_a_converted_lead_is_not_merged(self, api: Api) -> None:
        winner, loser = api.lead(), api.lead()
        api.control("convert-lead", lead_id=loser)
        refused = api.post("/_sandbox/merge", {"sobject": "Lead", "winner": winner, "loser": loser})
        assert refused.json()["code"] == "CANNOT_UPDATE_CONVERTED_LEAD"


class TestObjectRules:
    def test_record_types_are_in_the_describe(self, api: Api, emulator: SalesforceEmulator) -> None:
        infos = api.get("/sobjects/Lead/describe").json()["recordTypeInfos"]
        assert [info["master"] for info in infos] == [True]
        row = {"Name": "Partner Lead", "DeveloperName": "Partner", "SobjectType": "Lead", "IsActive": True}
        (record_type,) = emulator.seed("RecordType", [row])
        partner, master = api.get("/sobjects/Lead/describe").json()["recordTypeInfos"]
        assert (partner["recordTypeId"], partner["developerName"]) == (record_type, "Partner")
        assert set(partner) == set(master)

    def test_a_queue_is_made_of_records(self, api: Api) -> None:
        queue = api.create("Group", Name="Inbound", DeveloperName="Inbound", Type="Queue")
        refused = api.post("/sobjects/Lead", NEW | {"OwnerId": queue})
        assert refused.json()[0]["errorCode"] == "INVALID_OWNER"
        api.create("QueueSobject", QueueId=queue, SobjectType="Lead")
        lead = api.lead(OwnerId=queue)
        assert api.get(f"/sobjects/Lead/{lead}").json()["OwnerId"] == queue
        soql = "SELECT QueueId, Queue.Name FROM QueueSobject WHERE SobjectType = 'Lead'"
        (row,) = api.rows(soql)
        assert (row["QueueId"], row["Queue"]["Name"]) == (queue, "Inbound")

    def test_an_opportunity_has_one_primary_contact(self, api: Api) -> None:
        first, second = (api.create("Contact", LastName=name) for name in ("a", "b"))
        opportunity = api.create(
            "Opportunity", Name="x", StageName="Prospecting", CloseDate="2026-12-31", ContactId=first
        )
        role = {"OpportunityId": opportunity, "ContactId": second, "IsPrimary": True, "Role": "Decision Maker"}
        api.create("OpportunityContactRole", **role)
        rows = api.rows("SELECT ContactId, IsPrimary FROM OpportunityContactRole ORDER BY Id")
        assert rows == [{"ContactId": first, "IsPrimary": False}, {"ContactId": second, "IsPrimary": True}]
        assert api.get(f"/sobjects/Opportunity/{opportunity}").json()["ContactId"] == second


def test_record_counts_show_what_the_user_may_read(api: Api) -> None:
    api.lead()
    api.create("Campaign", Name="x")
    api.control("permission", user="integration@loopback.example", objects={"Campaign": []})
    body = api.get("/limits/recordCount", params={"sObjects": "Lead,Campaign"}).json()
    assert body == {"sObjects": [{"count": 1, "name": "Lead"}]}
