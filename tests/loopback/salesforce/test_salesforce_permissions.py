"""Several users: profiles, permission sets, field-level security, ownership, over the API."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

SYNC_SET = {
    "name": "syncd",
    "system": ["ApiEnabled"],
    "objects": {"Lead": ["create", "read", "edit"], "Contact": ["read"]},
    "fields": {"Lead": {"edit": ["Phone", "Title"], "read": ["City"]}},
}


def person(name: str, profile: str, *permission_sets: str) -> dict[str, Any]:
    """A user whose session id is his name."""
    account = {"token": name, "profile": profile, "permission_sets": permission_sets}
    return {"Username": f"{name}@x.example", "LastName": name.title(), **account}


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(
        users=[
            person("admin", "System Administrator") | {"token": DEFAULT_TOKEN},
            person("sync", "Minimum Access - API Only Integrations", "syncd"),
            person("rep", "Standard User"),
            person("none", "Minimum Access - Salesforce"),
        ],
        permission_sets=[SYNC_SET],
    )


@pytest.fixture
def sync(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, "sync")


@pytest.fixture
def rep(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, "rep")


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()[0]["errorCode"]


def set_id(api: Api, name: str = "syncd") -> str:
    return str(api.rows(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")[0]["Id"])


class TestObjects:
    def test_a_permission_set_gives_what_the_profile_does_not(self, api: Api, sync: Api) -> None:
        names = {entry["name"] for entry in sync.get("/sobjects").json()["sobjects"]}
        assert {"Lead", "Contact", "LeadHistory", "User", "Task"} <= names
        assert not {"Account", "Opportunity", "OpportunityContactRole", "Campaign", "CampaignMember"} & names
        assert not {"PermissionSet", "FieldPermissions"} & names
        assert sync.query_error("SELECT Id FROM Opportunity")[0] == "INVALID_TYPE"
        lead = sync.lead()
        assert code_of(sync.delete(f"/sobjects/Lead/{lead}")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        assert code_of(sync.post("/sobjects/Contact", {"LastName": "x"})) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        described = sync.get("/sobjects/Lead/describe").json()
        assert (described["createable"], described["updateable"], described["deletable"]) == (True, True, False)

    def test_object_permissions_are_records(self, api: Api, sync: Api) -> None:
        rows = api.rows(
            "SELECT SobjectType, PermissionsCreate, PermissionsRead, PermissionsDelete FROM ObjectPermissions "
            "WHERE Parent.Name = 'syncd' ORDER BY SobjectType"
        )
        assert [tuple(row.values()) for row in rows] == [
            ("Contact", False, True, False),
            ("Lead", True, True, False),
        ]
        permission = api.create(
            "ObjectPermissions", ParentId=set_id(api), SobjectType="Opportunity", PermissionsRead=True
        )
        assert sync.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 0
        assert sync.get("/sobjects/OpportunityContactRole/describe").status_code == 200
        api.delete(f"/sobjects/ObjectPermissions/{permission}")
        assert sync.query_error("SELECT COUNT() FROM Opportunity")[0] == "INVALID_TYPE"

    def test_permissions_depend_on_each_other(self, api: Api) -> None:
        body = {"ParentId": set_id(api), "SobjectType": "Account", "PermissionsEdit": True}
        (error,) = api.post("/sobjects/ObjectPermissions", body).json()
        assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
        assert error["message"] == "Permission Edit Account depends on permission(s): Read Account"
        again = {"ParentId": set_id(api), "SobjectType": "Lead", "PermissionsRead": True}
        assert code_of(api.post("/sobjects/ObjectPermissions", again)) == (400, "DUPLICATE_VALUE")
        for name in ("LeadHistory", "Nothing"):
            wrong = again | {"SobjectType": name}
            assert code_of(api.post("/sobjects/ObjectPermissions", wrong))[1] == (
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
            )

    def test_activities_ask_for_a_system_permission(self, api: Api, sync: Api) -> None:
        assert code_of(sync.post("/sobjects/Task", {"Subject": "x"})) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        api.patch(f"/sobjects/PermissionSet/{set_id(api)}", {"PermissionsEditTask": True})
        assert sync.create("Task", Subject="x")

    def test_without_api_enabled_there_is_no_api(self, api: Api, emulator: SalesforceEmulator) -> None:
        nobody = Api(emulator, "none")
        assert nobody.get("/sobjects").json() == [
            {"message": "The REST API is not enabled for this Organization.", "errorCode": "API_DISABLED_FOR_ORG"}
        ]
        (user,) = api.rows("SELECT Id FROM User WHERE Username = 'none@x.example'")
        api.create("PermissionSetAssignment", PermissionSetId=set_id(api), AssigneeId=user["Id"])
        assert nobody.get("/sobjects").status_code == 200

    def test_limits_and_setup_need_view_setup(self, api: Api, sync: Api) -> None:
        assert sync.get("/limits").status_code == 403
        assert sync.get("/sobjects/PermissionSet/describe").status_code == 404
        api.patch(f"/sobjects/PermissionSet/{set_id(api)}", {"PermissionsViewSetup": True})
        assert sync.get("/limits").status_code == 200
        assert sync.get("/sobjects/PermissionSet/describe").status_code == 200
        refused = sync.patch(f"/sobjects/PermissionSet/{set_id(api)}", {"PermissionsModifyAllData": True})
        assert code_of(refused) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


class TestFields:
    def test_a_field_without_permission_is_absent_everywhere(self, api: Api, sync: Api) -> None:
        lead = api.lead(Email="a@b.example", Phone="1", City="Bonn")
        fields = {f["name"]: f for f in sync.get("/sobjects/Lead/describe").json()["fields"]}
        assert {"Id", "LastName", "Company", "Status", "OwnerId", "Phone", "City", "SystemModstamp"} <= set(fields)
        assert not {"Email", "Website", "Industry", "HS_Id__c"} & set(fields)
        shown = sync.get(f"/sobjects/Lead/{lead}").json()
        assert "Email" not in shown
        assert (shown["Phone"], shown["City"]) == ("1", "Bonn")
        for statement in (
            "SELECT Email FROM Lead",
            "SELECT Id FROM Lead WHERE Email != null",
            "SELECT Id FROM Lead ORDER BY Email",
            "SELECT COUNT(Id), Email FROM Lead GROUP BY Email",
        ):
            assert sync.query_error(statement)[0] == "INVALID_FIELD"
        assert code_of(sync.get(f"/sobjects/Lead/{lead}?fields=Email")) == (400, "INVALID_FIELD")
        read = {"ids": [lead], "fields": ["Email"]}
        assert code_of(sync.post("/composite/sobjects/Lead", read)) == (400, "INVALID_FIELD")
        assert sync.patch("/sobjects/Lead/Email/a%40b.example", {"Title": "x"}).status_code == 404
        for write in (
            sync.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "Email": "c@d.example"}),
            sync.patch(f"/sobjects/Lead/{lead}", {"Email": "c@d.example"}),
        ):
            assert write.json()[0]["message"] == "No such column 'Email' on sobject of type Lead"
        rows = [{"attributes": {"type": "Lead"}, "id": lead, "Email": "c@d.example"}]
        (result,) = sync.patch("/composite/sobjects", {"records": rows}).json()
        assert result["errors"][0]["statusCode"] == "INVALID_FIELD"
        assert api.get(f"/sobjects/Lead/{lead}").json()["Email"] == "a@b.example"

    def test_a_hidden_key_finds_no_parent(self, api: Api, sync: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Contact", {"name": "Ref__c", "type": "reference", "referenceTo": ["Lead"]})
        api.lead(HS_Id__c="1")
        api.control(
            "permission-set",
            name="contacts",
            objects={"Contact": ["create", "read", "edit"]},
            fields={"Contact": {"edit": ["Ref__c"]}},
            users=["sync@x.example"],
        )
        body = {"LastName": "x", "Ref__r": {"HS_Id__c": "1"}}
        assert api.create("Contact", **body)
        assert code_of(sync.post("/sobjects/Contact", body)) == (400, "INVALID_FIELD")

    def test_a_describe_names_no_child_that_is_not_to_be_read(self, api: Api, sync: Api) -> None:
        children = [
            {entry["childSObject"] for entry in who.get("/sobjects/Contact/describe").json()["childRelationships"]}
            for who in (api, sync)
        ]
        assert "OpportunityContactRole" in children[0] - children[1]
        assert "Lead" in children[1]

    def test_a_readable_field_is_not_yet_editable(self, sync: Api) -> None:
        fields = {f["name"]: f for f in sync.get("/sobjects/Lead/describe").json()["fields"]}
        assert (fields["City"]["createable"], fields["City"]["updateable"]) == (False, False)
        refused = sync.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "City": "Bonn"})
        assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
        assert refused.json()[0]["fields"] == ["City"]

    def test_a_fresh_orgs_opt_out_is_shown_by_field_permissions(self, api: Api) -> None:
        body = {"LastName": "x", "Company": "y", "HasOptedOutOfEmail": True}
        assert code_of(api.post("/sobjects/Lead", body)) == (400, "INVALID_FIELD")
        (owned,) = api.rows("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'")
        permission = {"ParentId": owned["Id"], "SobjectType": "Lead", "Field": "Lead.HasOptedOutOfEmail"}
        api.create("FieldPermissions", **permission, PermissionsRead=True, PermissionsEdit=True)
        assert api.create("Lead", **body)

    def test_field_permissions_that_let_nobody_read_are_deleted(self, api: Api, sync: Api) -> None:
        soql = "SELECT Id FROM FieldPermissions WHERE Parent.Name = 'syncd' AND Field = 'Lead.Phone'"
        (permission,) = api.rows(soql)
        path = f"/sobjects/FieldPermissions/{permission['Id']}"
        assert api.patch(path, {"PermissionsRead": False, "PermissionsEdit": False}).status_code == 204
        assert api.rows(soql) == []
        assert sync.query_error("SELECT Phone FROM Lead")[0] == "INVALID_FIELD"

    @pytest.mark.parametrize(
        ("field", "code"),
        [
            ("Lead.Nothing__c", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ("Contact.Phone", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ("Lead.LastName", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ("Lead.Phone", "DUPLICATE_VALUE"),
        ],
    )
    def test_wrong_field_permissions(self, api: Api, field: str, code: str) -> None:
        body = {"ParentId": set_id(api), "SobjectType": "Lead", "Field": field, "PermissionsRead": True}
        assert code_of(api.post("/sobjects/FieldPermissions", body)) == (400, code)

    def test_edit_needs_read(self, api: Api) -> None:
        body = {"ParentId": set_id(api), "SobjectType": "Lead", "Field": "Lead.Email", "PermissionsEdit": True}
        assert code_of(api.post("/sobjects/FieldPermissions", body)) == (400, "FIELD_INTEGRITY_EXCEPTION")

    def test_a_rolled_back_permission_gives_nothing(self, api: Api, emulator: SalesforceEmulator) -> None:
        """Not even when it was used before the rollback, and somebody changes another afterwards."""
        (owned,) = api.rows("SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'")
        hidden = {"ParentId": owned["Id"], "SobjectType": "Lead", "Field": "Lead.HasOptedOutOfEmail"}
        url, soql = f"{api.base}/sobjects", "SELECT HasOptedOutOfEmail FROM Lead"
        give = {"method": "POST", "url": f"{url}/FieldPermissions", "body": hidden | {"PermissionsRead": True}}
        use = {"method": "GET", "url": f"{api.base}/query?q={soql}"}
        fail = {"method": "POST", "url": f"{url}/Lead", "body": {}}
        requests = [part | {"referenceId": f"r{n}"} for n, part in enumerate((give, use, fail))]
        undone = api.post("/composite", {"allOrNone": True, "compositeRequest": requests}).json()
        answers = undone["compositeResponse"]
        assert [entry["body"][0]["errorCode"] for entry in answers] == [
            "PROCESSING_HALTED",
            "PROCESSING_HALTED",
            "REQUIRED_FIELD_MISSING",
        ]
        emulator.add_permission_set({"name": "another"})
        assert api.query_error(soql)[0] == "INVALID_FIELD"

    def test_only_set_audit_fields_lets_a_record_be_back_dated(self, api: Api, sync: Api) -> None:
        body = {"LastName": "x", "Company": "y", "CreatedDate": "2020-01-01T00:00:00Z"}
        assert code_of(sync.post("/sobjects/Lead", body)) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
        api.patch(f"/sobjects/PermissionSet/{set_id(api)}", {"PermissionsCreateAuditFields": True})
        row = sync.get(f"/sobjects/Lead/{sync.create('Lead', **body)}").json()
        assert row["CreatedDate"] == "2020-01-01T00:00:00.000+0000"
        assert row["SystemModstamp"] == "2026-11-24T12:00:00.000+0000"


class TestSets:
    def test_a_whole_set_over_the_api(self, api: Api, sync: Api) -> None:
        parent = api.create("PermissionSet", Name="more", Label="More")
        api.create("FieldPermissions", ParentId=parent, SobjectType="Lead", Field="Lead.Email", PermissionsRead=True)
        (user,) = api.rows("SELECT Id FROM User WHERE Username = 'sync@x.example'")
        assert sync.query_error("SELECT Email FROM Lead")[0] == "INVALID_FIELD"
        assignment = {"PermissionSetId": parent, "AssigneeId": user["Id"]}
        api.create("PermissionSetAssignment", **assignment)
        assert sync.query("SELECT Email FROM Lead")["done"]
        assert code_of(api.post("/sobjects/PermissionSetAssignment", assignment)) == (400, "DUPLICATE_VALUE")
        # What hangs on a set goes with it.
        assert api.delete(f"/sobjects/PermissionSet/{parent}").status_code == 204
        assert sync.query_error("SELECT Email FROM Lead")[0] == "INVALID_FIELD"
        left = f"SELECT COUNT() FROM FieldPermissions WHERE ParentId = '{parent}'"
        assert api.query(left)["totalSize"] == 0

    def test_profiles_own_a_set_that_cannot_be_assigned(self, api: Api) -> None:
        soql = "SELECT Id, IsOwnedByProfile, Type FROM PermissionSet WHERE Profile.Name = 'Standard User'"
        (owned,) = api.rows(soql)
        assert (owned["IsOwnedByProfile"], owned["Type"]) == (True, "Profile")
        (user,) = api.rows("SELECT Id FROM User WHERE Username = 'sync@x.example'")
        body = {"PermissionSetId": owned["Id"], "AssigneeId": user["Id"]}
        assert code_of(api.post("/sobjects/PermissionSetAssignment", body)) == (400, "FIELD_INTEGRITY_EXCEPTION")

    def test_a_name_is_taken_once(self, api: Api) -> None:
        body = {"Name": "syncd", "Label": "again"}
        assert code_of(api.post("/sobjects/PermissionSet", body)) == (400, "DUPLICATE_VALUE")

    def test_another_profile_gives_other_permissions(self, api: Api, rep: Api) -> None:
        assert rep.create("Account", Name="x")
        (profile,) = api.rows("SELECT Id FROM Profile WHERE Name = 'Minimum Access - API Only Integrations'")
        (user,) = api.rows("SELECT Id FROM User WHERE Username = 'rep@x.example'")
        api.patch(f"/sobjects/User/{user['Id']}", {"ProfileId": profile["Id"]})
        assert rep.get("/sobjects/Account/describe").status_code == 404

    def test_who_may_assign(self, rep: Api, api: Api) -> None:
        body = {"PermissionSetId": set_id(api), "AssigneeId": rep.get("/services/oauth2/userinfo").json()["user_id"]}
        assert code_of(rep.post("/sobjects/PermissionSetAssignment", body)) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"system": ["FlyToTheMoon"]},
            {"objects": {"Lead": ["own"]}},
            {"objects": {"Task": ["read"]}},
            {"fields": {"Lead": {"read": ["Nothing__c"]}}},
            {"colour": "red"},
        ],
    )
    def test_a_configured_set_that_makes_no_sense_is_refused(self, emulator: SalesforceEmulator, wrong: Any) -> None:
        with pytest.raises(ValueError, match="A permission set cannot say"):
            emulator.add_permission_set({"name": "x", **wrong})


class TestControl:
    def test_users_apps_and_tokens(self, api: Api, emulator: SalesforceEmulator) -> None:
        api.control("app", client_id="other", client_secret="s", run_as="new@x.example")
        api.control("user", Username="new@x.example", LastName="New", profile="Minimum Access - API Only Integrations")
        form = {"grant_type": "client_credentials", "client_id": "other", "client_secret": "s"}
        granted = Api(emulator, None).post("/services/oauth2/token", data=form).json()
        new = Api(emulator, granted["access_token"])
        assert new.get("/services/oauth2/userinfo").json()["preferred_username"] == "new@x.example"
        assert new.query_error("SELECT Id FROM Lead")[0] == "INVALID_TYPE"
        api.control("permission-set", name="leads", objects={"Lead": ["read"]}, users=["new@x.example"])
        assert new.query("SELECT Id FROM Lead")["totalSize"] == 0
        token = api.control("token", user="new@x.example", client_id="other")["access_token"]
        assert Api(emulator, token).get("/sobjects").status_code == 200

    def test_a_field_may_be_added_that_nobody_sees(self, api: Api) -> None:
        api.control("field", sobject="Lead", definition={"name": "Shy__c", "type": "string"}, shown=False)
        assert api.query_error("SELECT Shy__c FROM Lead")[0] == "INVALID_FIELD"

    def test_a_user_made_over_the_api_can_be_logged_in(self, api: Api, emulator: SalesforceEmulator) -> None:
        (profile,) = api.rows("SELECT Id FROM Profile WHERE Name = 'Standard User'")
        api.create(
            "User",
            Username="late@x.example",
            LastName="Late",
            Alias="late",
            Email="late@x.example",
            ProfileId=profile["Id"],
            TimeZoneSidKey="Europe/Berlin",
            LocaleSidKey="de_DE",
            LanguageLocaleKey="de",
            EmailEncodingKey="UTF-8",
        )
        late = Api(emulator, api.control("token", user="late@x.example")["access_token"])
        assert late.get(f"/sobjects/Lead/{late.lead()}").json()["OwnerId"].startswith("005")


class TestSharing:
    """Org-wide defaults; what follows holds for a Lead that the rep does not own."""

    @pytest.fixture(params=["Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess"])
    def model(self, request: Any, settings: SalesforceSettings) -> str:
        settings.sharing["Lead"] = request.param
        return str(request.param)

    def test_what_everyone_may_do_with_a_record(self, model: str, api: Api, rep: Api) -> None:
        lead, mine = api.lead(), rep.lead()
        path, order = f"/sobjects/Lead/{lead}", ["Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess"]
        allows = order.index(model)
        assert {row["Id"] for row in rep.rows("SELECT Id FROM Lead")} == ({lead, mine} if allows else {mine})
        assert rep.get(path).status_code == (200 if allows else 404)
        read = rep.get("/composite/sobjects/Lead", params={"ids": f"{lead},{mine}", "fields": "Id"}).json()
        assert [row is not None for row in read] == [allows > 0, True]
        task = rep.post("/sobjects/Task", {"WhoId": lead})
        assert task.status_code == (201 if allows else 403)
        if not allows:
            assert task.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        assert rep.patch(path, {"Title": "x"}).status_code == (204 if allows > 1 else 403)
        own_id = rep.get("/services/oauth2/userinfo").json()["user_id"]
        transfer = rep.patch(path, {"OwnerId": own_id})
        assert transfer.status_code == (204 if allows > 2 else 403)
        if allows != 3:  # there the rep owns it by now
            assert rep.delete(path).status_code == (204 if allows > 3 else 403)
        assert rep.delete(f"/sobjects/Lead/{mine}").status_code == 204

    def test_view_all_and_modify_all_go_past_it(
        self, settings: SalesforceSettings, api: Api, emulator: SalesforceEmulator
    ) -> None:
        settings.sharing["Lead"] = "Private"
        rep = Api(emulator, "rep")
        lead = api.lead()
        every = ["create", "read", "edit", "delete"]
        assert rep.rows("SELECT Id FROM Lead") == []
        api.control("permission-set", name="view", objects={"Lead": ["read", "view_all"]}, users=["rep@x.example"])
        assert len(rep.rows("SELECT Id FROM Lead")) == 1
        assert rep.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).status_code == 403
        modify = [*every, "view_all", "modify_all"]
        api.control("permission-set", name="modify", objects={"Lead": modify}, users=["rep@x.example"])
        assert rep.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204

    def test_members_of_a_queue_own_what_it_owns(
        self, settings: SalesforceSettings, api: Api, emulator: SalesforceEmulator
    ) -> None:
        settings.sharing["Lead"] = "Private"
        rep, queue = Api(emulator, "rep"), emulator.add_queue("MQL", ["Lead"])
        lead = api.lead(OwnerId=queue)
        assert rep.get(f"/sobjects/Lead/{lead}").status_code == 404
        user = rep.get("/services/oauth2/userinfo").json()["user_id"]
        api.create("GroupMember", GroupId=queue, UserOrGroupId=user)
        assert rep.patch(f"/sobjects/Lead/{lead}", {"OwnerId": user}).status_code == 204

    @pytest.mark.parametrize("permission", ["TransferAnyLead", "TransferAnyEntity"])
    def test_transfer_permissions_give_a_lead_away(
        self, settings: SalesforceSettings, api: Api, rep: Api, permission: str
    ) -> None:
        settings.sharing["Lead"] = "ReadWrite"
        path, owner = (
            f"/sobjects/Lead/{api.lead()}",
            {"OwnerId": rep.get("/services/oauth2/userinfo").json()["user_id"]},
        )
        assert rep.patch(path, owner).status_code == 403
        api.control("permission-set", name="transfer", system=[permission], users=["rep@x.example"])
        assert rep.patch(path, owner).status_code == 204

    def test_a_new_owner_must_be_able_to_read(self, api: Api) -> None:
        (user,) = api.rows("SELECT Id FROM User WHERE Username = 'none@x.example'")
        refused = api.patch(f"/sobjects/Lead/{api.lead()}", {"OwnerId": user["Id"]})
        assert code_of(refused) == (400, "TRANSFER_REQUIRES_READ")
        api.create("PermissionSetAssignment", PermissionSetId=set_id(api), AssigneeId=user["Id"])
        assert api.lead(OwnerId=user["Id"])

    def test_a_model_there_is_not(self) -> None:
        with pytest.raises(ValueError, match="Lead is shared"):
            SalesforceEmulator(SalesforceSettings(sharing={"Lead": "Public"}))
