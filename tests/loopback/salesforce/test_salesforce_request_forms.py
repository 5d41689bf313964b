"""The same requests in the forms other people's clients send them: what the REST guide allows beside the ordinary."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Callable

import pytest
from salesforce_client import Api

from connectors.loopback.kit.server import serve
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings

JSON = {"Content-Type": "application/json"}
TITLE = b'{"Title":"CTO"}'


def deflate(body: bytes) -> bytes:
    """Without zlib's frame, as some clients send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


class TestMethods:
    def test_post_may_stand_for_patch_and_delete(self, api: Api) -> None:
        path = f"/sobjects/Lead/{api.lead()}"
        changed = api.post(f"{path}?_HttpMethod=PATCH", {"Title": "CTO"})
        assert (changed.status_code, changed.content) == (204, b"")
        assert api.get(path).json()["Title"] == "CTO"
        assert api.post(f"{path}?_HttpMethod=DELETE").status_code == 204
        assert api.get(path).status_code == 404

    def test_only_a_post_stands_for_another_method(self, api: Api) -> None:
        path = f"/sobjects/Lead/{api.lead()}"
        assert api.get(f"{path}?_HttpMethod=DELETE").json()["LastName"] == "Meyer"

    def test_an_upsert_by_post(self, api: Api) -> None:
        path = "/sobjects/Lead/HS_Id__c/1?_HttpMethod=PATCH"
        fields = {"LastName": "Meyer", "Company": "Acme"}
        assert [api.post(path, fields).status_code for _ in range(2)] == [201, 200]

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [("PATCH", "/sobjects/Lead", "HEAD,GET,POST"), ("PUT", "/sobjects/Lead/{lead}", "HEAD,GET,PATCH,DELETE"),
         ("POST", "/sobjects/Lead/{lead}", "HEAD,GET,PATCH,DELETE"), ("GET", "/composite", "POST")],
    )  # fmt: skip
    def test_405_lists_the_methods_as_salesforce_does(self, api: Api, method: str, path: str, allowed: str) -> None:
        response = api.send(method, path.format(lead=api.lead()), {})
        text = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
        assert response.status_code == 405
        assert response.json() == [{"errorCode": "METHOD_NOT_ALLOWED", "message": text}]
        assert response.headers["Allow"] == allowed

    def test_head_is_get_without_a_body(self, api: Api) -> None:
        response = api.send("HEAD", f"/sobjects/Lead/{api.lead()}")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["Last-Modified"]
        assert api.send("HEAD", "/services/data").status_code == 200


class TestBodies:
    @pytest.mark.parametrize(
        ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", deflate)]
    )
    def test_a_compressed_body_is_decompressed(self, api: Api, coding: str, pack: Callable[[bytes], bytes]) -> None:
        path = f"/sobjects/Lead/{api.lead()}"
        headers = {**JSON, "Content-Encoding": coding}
        assert api.patch(path, data=pack(TITLE), headers=headers).status_code == 204
        assert api.get(path).json()["Title"] == "CTO"

    def test_a_compressed_soap_request(self, api: Api) -> None:
        login = (
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            b'<login xmlns="urn:partner.soap.sforce.com"><username>a</username><password>b</password></login>'
            b"</s:Body></s:Envelope>"
        )
        headers = {"Content-Type": "text/xml", "Content-Encoding": "gzip", "SOAPAction": '""'}
        answer = api.post("/services/Soap/u/60.0", data=gzip.compress(login), headers=headers)
        assert "INSUFFICIENT_ACCESS" in answer.text  # the login is switched off, and it was understood

    def test_a_body_that_is_not_compressed_as_it_says_is_400(self, api: Api) -> None:
        response = api.post("/sobjects/Lead", data=b"\x1f\x8bno", headers={**JSON, "Content-Encoding": "gzip"})
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")

    def test_a_charset_behind_the_content_type(self, api: Api) -> None:
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        assert api.patch(f"/sobjects/Lead/{api.lead()}", data=TITLE, headers=headers).status_code == 204

    def test_xml_is_not_emulated_and_said_so(self, api: Api) -> None:
        body = "<Lead><LastName>Meyer</LastName></Lead>"
        response = api.post("/sobjects/Lead", data=body, headers={"Content-Type": "application/xml; charset=UTF-8"})
        assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")


class TestFormats:
    @pytest.mark.parametrize("accept", ["application/xml", "text/html,application/xml;q=0.9,*/*;q=0.8"])
    def test_xml_is_answered_501_where_salesforce_would_send_it(self, api: Api, accept: str) -> None:
        for path in ("/services/data", "/sobjects", f"/sobjects/Lead/{api.lead()}"):
            assert api.get(path, headers={"Accept": accept}).status_code == 501

    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json", "text/html, image/gif, */*; q=.2", "application/json, application/xml"]
    )
    def test_json_for_everybody_else(self, api: Api, accept: str) -> None:
        assert api.get("/sobjects", headers={"Accept": accept}).json()["maxBatchSize"] == 200

    def test_an_expired_session_is_told_before_the_format(self, emulator: SalesforceEmulator) -> None:
        response = Api(emulator, token="none").get("/sobjects", headers={"Accept": "application/xml"})
        assert response.status_code == 401

    def test_a_json_suffix_up_to_v57(self, emulator: SalesforceEmulator) -> None:
        old, new = Api(emulator, version="57.0"), Api(emulator, version="58.0")
        lead = old.lead()
        for path in ("/sobjects.json", "/sobjects/Lead/describe.json", f"/sobjects/Lead/{lead}.json"):
            assert old.get(path).status_code == 200, path
            assert new.get(path).status_code == 404, path


class TestIdentityUrl:
    def path(self, api: Api) -> str:
        info = api.get("/services/oauth2/userinfo").json()
        return f"/id/{info['organization_id']}/{info['user_id']}"

    def test_the_token_as_a_parameter(self, api: Api, emulator: SalesforceEmulator) -> None:
        path, nobody = self.path(api), Api(emulator, token=None)
        assert nobody.get(path, params={"oauth_token": DEFAULT_TOKEN}).json()["username"]
        assert nobody.post("/services/oauth2/userinfo", data={"oauth_token": DEFAULT_TOKEN}).status_code == 200
        assert nobody.get(path, params={"oauth_token": "none"}).status_code == 403
        assert nobody.get(path).status_code == 403

    def test_other_formats_are_501(self, api: Api) -> None:
        path = self.path(api)
        assert api.get(path, params={"format": "json"}).status_code == 200
        assert api.get(path, params={"format": "xml"}).status_code == 501
        assert api.get(path, headers={"Accept": "application/xml"}).status_code == 501


class TestWire:
    def exchange(self, emulator: SalesforceEmulator, request: str) -> bytes:
        with serve(emulator.app) as server, socket.create_connection((server.host, server.port)) as connection:
            connection.sendall(request.replace("\n", "\r\n").encode())
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer

    def test_http_1_0_gets_a_length_and_the_end_of_the_connection(self, emulator: SalesforceEmulator) -> None:
        head, _, body = self.exchange(emulator, "GET /services/data HTTP/1.0\n\n").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.0 200 OK\r\n")
        assert b"transfer-encoding" not in head.lower()
        assert json.loads(body)[0]["version"] == "31.0"

    def test_reason_phrases_are_the_registered_ones(self, emulator: SalesforceEmulator) -> None:
        request = "GET /services/data/v65.0/limits HTTP/1.1\nHost: x\nConnection: close\n\n"
        assert self.exchange(emulator, request).startswith(b"HTTP/1.1 401 Unauthorized\r\n")


class TestColumns:
    def columns(self, api: Api, statement: str) -> list[dict[str, object]]:
        body = api.get("/query", params={"q": statement, "columns": "true"}).json()
        found: list[dict[str, object]] = body["columnMetadata"]
        return found

    def test_plain_columns(self, api: Api) -> None:
        answer = api.get("/query", params={"q": "select id, lastname from lead", "columns": "true"}).json()
        last = {
            "aggregate": False, "apexType": "String", "booleanType": False, "columnName": "LastName", "custom": False,
            "displayName": "LastName", "foreignKeyName": None, "insertable": True, "joinColumns": [],
            "numberType": False, "textType": True, "updatable": True,
        }  # fmt: skip
        assert answer["columnMetadata"][1] == last
        assert (answer["entityName"], answer["idSelected"], answer["keyPrefix"]) == ("Lead", True, "00Q")
        assert "records" not in answer

    def test_types(self, api: Api) -> None:
        names = "OwnerId, IsConverted, NumberOfEmployees, AnnualRevenue, ConvertedDate, CreatedDate, Address, HS_Id__c"
        found = self.columns(api, f"SELECT {names} FROM Lead")
        types = ["Id", "Boolean", "Integer", "Decimal", "Date", "Datetime", None, "String"]
        assert [entry["apexType"] for entry in found] == types
        assert [entry["custom"] for entry in found] == [False] * 7 + [True]
        assert [entry["columnName"] for entry in found if entry["numberType"]] == ["NumberOfEmployees", "AnnualRevenue"]

    def test_parents_are_joined_under_their_relationship(self, api: Api) -> None:
        owner, name = self.columns(api, "SELECT Owner.Name, LastName, Owner.Email FROM Lead")
        assert (owner["columnName"], owner["foreignKeyName"], owner["aggregate"]) == ("Owner", "OwnerId", False)
        assert [entry["columnName"] for entry in owner["joinColumns"]] == ["Name", "Email"]  # type: ignore[attr-defined]
        assert name["columnName"] == "LastName"

    def test_a_subquery_is_an_aggregate_of_its_columns(self, api: Api) -> None:
        statement = "SELECT Name, (SELECT LastName, Account.Name FROM Contacts) FROM Account"
        _, contacts = self.columns(api, statement)
        assert (contacts["columnName"], contacts["aggregate"], contacts["apexType"]) == ("Contacts", True, None)
        assert [entry["columnName"] for entry in contacts["joinColumns"]] == ["LastName", "Account"]  # type: ignore[attr-defined]

    def test_aggregates(self, api: Api) -> None:
        statement = "SELECT StageName, AVG(Amount), COUNT(Id) total, MAX(CloseDate) FROM Opportunity GROUP BY StageName"
        found = self.columns(api, statement)
        assert [entry["columnName"] for entry in found] == ["StageName", "expr0", "total", "expr1"]
        assert [entry["displayName"] for entry in found[1:]] == ["avg(Amount)", "count(Id)", "max(CloseDate)"]
        assert [entry["aggregate"] for entry in found] == [False, True, True, True]
        assert [entry["numberType"] for entry in found] == [False, True, True, False]
        assert self.columns(api, "SELECT COUNT() FROM Lead") == []

    def test_all_fields_of_a_group(self, api: Api) -> None:
        found = self.columns(api, "SELECT FIELDS(CUSTOM) FROM Lead LIMIT 1")
        assert [entry["columnName"] for entry in found] == ["HS_Id__c"]

    @pytest.mark.parametrize(
        ("statement", "code"),
        [("SELECT Foo FROM Lead", "INVALID_FIELD"), ("SELECT Id FROM Nope", "INVALID_TYPE"),
         ("SELECT Foo, COUNT(Id) FROM Lead GROUP BY Foo", "INVALID_FIELD"), ("SELECT Id Lead", "MALFORMED_QUERY"),
         ("SELECT toLabel(Status) FROM Lead", "NOT_EMULATED"),
         ("SELECT TYPEOF What WHEN Account THEN Phone END FROM Task", "NOT_EMULATED")],
    )  # fmt: skip
    def test_refusals(self, api: Api, statement: str, code: str) -> None:
        response = api.get("/query", params={"q": statement, "columns": "true"})
        assert response.status_code == (501 if code == "NOT_EMULATED" else 400)
        assert response.json()[0]["errorCode"] == code

    def test_the_tooling_api_has_columns_too(self, api: Api) -> None:
        answer = api.get("/tooling/query", params={"q": "SELECT DeveloperName FROM CustomField", "columns": "true"})
        assert answer.json()["columnMetadata"][0]["columnName"] == "DeveloperName"


class TestRecent:
    def test_what_was_looked_at_last_over_all_objects(self, api: Api, emulator: SalesforceEmulator) -> None:
        lead, account = api.lead(), api.create("Account", Name="Acme")
        for path in (f"/sobjects/Lead/{lead}", f"/sobjects/Account/{account}"):
            api.get(path)
            emulator.clock.advance(1)
        found = api.get("/recent").json()
        assert [entry["Id"] for entry in found] == [account, lead]
        assert found[0] == {
            "attributes": {"type": "Account", "url": f"{api.base}/sobjects/Account/{account}"},
            "Id": account,
            "Name": "Acme",
        }
        assert [entry["Id"] for entry in api.get("/recent/?limit=1").json()] == [account]

    def test_deleted_records_are_not_among_them(self, api: Api) -> None:
        path = f"/sobjects/Lead/{api.lead()}"
        api.get(path)
        api.delete(path)
        assert api.get("/recent").json() == []

    @pytest.mark.parametrize("limit", ["0", "-1", "many"])
    def test_a_limit_that_is_none(self, api: Api, limit: str) -> None:
        assert api.get("/recent", params={"limit": limit}).status_code == 400

    def test_only_what_the_user_may_read(self) -> None:
        users = [
            {"Username": "a@x.example", "LastName": "A", "token": "a"},
            {"Username": "b@x.example", "LastName": "B", "token": "b", "objects": {"Lead": []}},
        ]
        emulator = SalesforceEmulator(SalesforceSettings(users=users))
        everything, little = Api(emulator, token="a"), Api(emulator, token="b")
        everything.get(f"/sobjects/Lead/{everything.lead()}")
        assert len(everything.get("/recent").json()) == 1
        assert little.get("/recent").json() == []
        emulator.close()


def test_a_tooling_query_says_more_than_a_query(api: Api) -> None:
    answer = api.get("/tooling/query", params={"q": "SELECT DeveloperName FROM CustomField LIMIT 1"}).json()
    assert (answer["size"], answer["totalSize"], answer["done"], answer["queryLocator"]) == (1, 1, True, None)
    assert answer["entityTypeName"] == "CustomField"


class TestIdInTheBody:
    """The URL has it: [{"message":"The Id field should not be specified in the sobject data."}] in the guide."""

    def test_it_is_refused_on_create_update_and_upsert(self, api: Api) -> None:
        lead = api.lead(HS_Id__c="1")
        fields = {"LastName": "Meyer", "Company": "Acme", "id": lead}
        path = f"/sobjects/Lead/{lead}"
        answers = [
            api.post("/sobjects/Lead", fields),
            api.patch(path, fields),
            api.patch("/sobjects/Lead/HS_Id__c/1", fields),
            api.patch(f"/sobjects/Lead/Id/{lead}", fields),
        ]
        text = "The Id field should not be specified in the sobject data."
        for response in answers:
            assert response.status_code == 400
            assert response.json() == [{"message": text, "errorCode": "INVALID_FIELD"}]
        assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 1

    def test_null_is_no_id(self, api: Api) -> None:
        assert api.post("/sobjects/Lead", {"Id": None, "LastName": "Meyer", "Company": "Acme"}).status_code == 201

    def test_the_key_of_an_upsert_is_refused_likewise(self, api: Api) -> None:
        response = api.patch("/sobjects/Lead/HS_Id__c/1", {"HS_Id__c": "1", "LastName": "Meyer", "Company": "Acme"})
        text = "The HS_Id__c field should not be specified in the sobject data."
        assert response.json() == [{"message": text, "errorCode": "INVALID_FIELD"}]

    def test_a_created_collection_brings_none(self, api: Api) -> None:
        record = {"attributes": {"type": "Lead"}, "LastName": "Meyer", "Company": "Acme"}
        answer = api.post("/composite/sobjects", {"records": [record | {"id": api.lead()}, record]}).json()
        assert answer[0]["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
        assert answer[1]["success"] is True


def test_an_oauth_endpoint_that_is_not_emulated_says_so(api: Api) -> None:
    response = api.post("/services/oauth2/singleaccess")
    assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")
