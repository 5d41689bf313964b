"""A frame of the wrong JSON type is JSON_PARSER_ERROR for the whole request."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

LEAD = {"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y"}
CASES: list[tuple[str, str, Any]] = [
    ("POST", "/composite/sobjects", {"records": [[]]}),
    ("POST", "/composite/sobjects", {"records": [{**LEAD, "attributes": "Lead"}]}),
    ("POST", "/composite/sobjects", {"records": [{**LEAD, "attributes": {"type": ["Lead"]}}]}),
    ("POST", "/composite/sobjects/Lead", {"ids": [None], "fields": ["Id"]}),
    ("POST", "/composite/sobjects/Lead", {"ids": ["00Q"], "fields": ["Id", {}]}),
    ("POST", "/composite", {"compositeRequest": [0]}),
    ("POST", "/composite/graph", {"graphs": [None]}),
    ("POST", "/composite/batch", {"batchRequests": ["v65.0/limits"]}),
    ("POST", "/composite/tree/Account", {"records": None}),
    ("POST", "/parameterizedSearch", {"q": "Meyer", "sobjects": [False]}),
    ("POST", "/tooling/sobjects/CustomField", {"FullName": {}, "Metadata": {"type": "Text"}}),
    ("POST", "/tooling/sobjects/CustomField", {"FullName": "Lead.X__c", "Metadata": ["Text"]}),
]


@pytest.mark.parametrize(("method", "path", "body"), CASES)
def test_a_wrong_frame_is_a_parser_error(api: Api, method: str, path: str, body: Any) -> None:
    answer = api.send(method, path, body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_a_batch_subrequest_without_a_method_is_a_get(api: Api) -> None:
    answer = api.post("/composite/batch", {"batchRequests": [{"method": None, "url": "v65.0/limits"}]}).json()
    assert answer["results"][0]["statusCode"] == 200


def test_a_double_slash_is_no_redirect(api: Api) -> None:
    assert api.get("//limits", allow_redirects=False).status_code == 404


def test_an_unknown_field_names_no_fields_and_a_row_names_none(api: Api) -> None:
    """[R:restforce/write_error_response]"""
    assert api.post("/sobjects/Lead", {"foo": 1}).json() == [
        {"message": "No such column 'foo' on sobject of type Lead", "errorCode": "INVALID_FIELD"}
    ]
    (row,) = api.post("/composite/sobjects", {"records": [{**LEAD, "foo": 1}]}).json()
    assert row["errors"][0]["fields"] == []


def test_soap_answers_tell_the_budget(api: Api) -> None:
    """[R:grouparoo/soap-convertLead-response]: LimitInfoHeader, and the call counts."""
    lead, token = api.lead(), str(api.session.headers["Authorization"]).partition(" ")[2]
    envelope = (
        f"<Envelope><sessionId>{token}</sessionId><convertLead ><leadId>{lead}</leadId>"
        "<convertedStatus>Closed - Converted</convertedStatus></convertLead></Envelope>"
    )
    answer = api.post("/services/Soap/u/65.0", data=envelope, headers={"Content-Type": "text/xml"})
    assert "<current>2</current><limit>100000</limit><type>API REQUESTS</type>" in answer.text


def test_a_secret_of_other_letters_is_a_wrong_secret(api: Api) -> None:
    form = {"grant_type": "client_credentials", "client_id": "loopback-client", "client_secret": "geheim\u202e"}
    answer = api.post("/services/oauth2/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize(
    ("key", "value"),
    [("label", {}), ("length", "long"), ("length", 10**30), ("precision", []), ("unique", "yes"), ("valueSet", "A"),
     ("valueSet", {"valueSetDefinition": {"value": ["A"]}}), ("valueSet", {"valueSetDefinition": {"value": [{}]}})],
)  # fmt: skip
def test_metadata_of_a_wrong_type_is_refused_and_leaves_the_schema_readable(api: Api, key: str, value: object) -> None:
    values = {"valueSetDefinition": {"value": [{"valueName": "A"}]}}
    metadata = {"label": "Odd", "type": "Picklist", "valueSet": values, key: value}
    made = api.post("/tooling/sobjects/CustomField", {"FullName": "Lead.Odd__c", "Metadata": metadata})
    assert made.status_code == 400
    assert api.get("/tooling/query", params={"q": "SELECT Id FROM FieldDefinition LIMIT 1"}).status_code == 200
