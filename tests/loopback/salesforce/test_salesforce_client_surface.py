"""Every public method of simple-salesforce: driven over a socket, or named with the reason why not.

A method that a new release adds fails here until somebody says which it is.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import simple_salesforce
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from salesforce_client import RewriteAdapter
from simple_salesforce.api import Salesforce, SFType
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceResourceNotFound
from simple_salesforce.metadata import MetadataType, SfdcMetadataApi

from connectors.loopback.kit import serve
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

LEAD = {"LastName": "Müller", "Company": "Acme"}


@pytest.fixture
def sf(emulator: SalesforceEmulator) -> Iterator[Any]:
    server, session = serve(emulator.app), requests.Session()
    session.trust_env = False
    session.mount("https://", RewriteAdapter(server.url))
    yield Salesforce(
        consumer_key="loopback-client",
        consumer_secret="loopback-secret",
        domain="acme.my",
        session=session,
        version="65.0",
    )
    session.close()
    server.stop()


@pytest.fixture(scope="module")
def key() -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


LOGINS: dict[str, dict[str, Any]] = {
    "SOAP": {"username": "bot@acme.example", "password": "secret-12", "security_token": "T0KEN"},
    "SOAP within the org's addresses": {
        "username": "bot@acme.example",
        "password": "secret-12",
        "organizationId": "00DdM0000000001",
    },
    "direct": {"session_id": "bot", "instance_url": "https://acme.my.salesforce.com"},
    "password grant": {
        "username": "bot@acme.example",
        "password": "secret-12",
        "consumer_key": "app",
        "consumer_secret": "s",
    },
    "JWT": {"username": "bot@acme.example", "consumer_key": "app"},
    "client credentials": {"consumer_key": "app", "consumer_secret": "s", "domain": "acme.my"},
}


@pytest.mark.parametrize("kind", LOGINS)
def test_every_set_of_arguments_logs_in(key: Any, kind: str) -> None:
    """The rows of section 1.5; the clock is the machine's, because the client signs with it."""
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    user = {"Username": "bot@acme.example", "LastName": "Bot", "token": "bot", "password": "secret-12"}
    app = {
        "client_id": "app",
        "client_secret": "s",
        "run_as": "bot@acme.example",
        "public_key": public.decode(),
        "pre_authorized": ["bot@acme.example"],
    }
    settings = SalesforceSettings(users=[user], apps=[app], soap_login=True, password_grant=True)
    emulator = SalesforceEmulator(settings)
    arguments = dict(LOGINS[kind])
    if kind == "JWT":
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        arguments["privatekey"] = private.decode()
    with serve(emulator.app) as server, requests.Session() as session:
        session.trust_env = False
        session.mount("https://", RewriteAdapter(server.url))
        sf: Any = Salesforce(session=session, version="59.0", **arguments)
        assert sf.query("SELECT Username FROM User")["records"][0]["Username"] == "bot@acme.example"
    emulator.close()


def new(sf: Any, **fields: Any) -> str:
    return str(sf.Lead.create(LEAD | fields)["id"])


def describe(sf: Any) -> None:
    assert "Lead" in {entry["name"] for entry in sf.describe()["sobjects"]}


def is_sandbox(sf: Any) -> None:
    assert sf.is_sandbox() is False


def set_password(sf: Any) -> None:
    user = sf.query("SELECT Id FROM User")["records"][0]["Id"]
    assert sf.set_password(user, "long enough") is None


def restful(sf: Any) -> None:
    assert sf.restful("limits/recordCount", params={"sObjects": "Lead"}) == {"sObjects": []}
    assert sf.restful(f"sobjects/Lead/{new(sf)}", method="DELETE") is None


def oauth2(sf: Any) -> None:
    assert sf.oauth2("userinfo")["preferred_username"] == "integration@loopback.example"
    assert sf.oauth2("revoke", params={"token": sf.session_id}, method="POST") is None


def limits(sf: Any) -> None:
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


def query(sf: Any) -> None:
    new(sf)
    assert sf.query("SELECT Company FROM Lead")["records"][0]["Company"] == "Acme"


def query_more(sf: Any) -> None:
    for _ in range(201):
        new(sf)
    options = {"Sforce-Query-Options": "batchSize=200"}
    page = sf.query("SELECT Id FROM Lead", headers=options)
    assert not page["done"]
    assert len(sf.query_more(page["nextRecordsUrl"], identifier_is_url=True)["records"]) == 1


def query_all(sf: Any) -> None:
    new(sf)
    assert sf.query_all("SELECT Id FROM Lead")["totalSize"] == 1
    sf.Lead.delete(sf.query("SELECT Id FROM Lead")["records"][0]["Id"])
    assert sf.query_all("SELECT Id FROM Lead", include_deleted=True)["totalSize"] == 1


def query_all_iter(sf: Any) -> None:
    new(sf)
    assert [row["attributes"]["type"] for row in sf.query_all_iter("SELECT Id FROM Lead")] == ["Lead"]


def toolingexecute(sf: Any) -> None:
    metadata = {"type": "Text", "label": "Key", "length": 40}
    body = {"FullName": "Lead.Key__c", "Metadata": metadata}
    created = sf.toolingexecute("sobjects/CustomField", method="POST", data=body)
    assert created["success"]
    found = sf.toolingexecute(
        "query", params={"q": "SELECT Id FROM CustomField WHERE DeveloperName = 'Key' AND TableEnumOrId = 'Lead'"}
    )
    assert found["records"][0]["Id"] == created["id"]
    assert sf.toolingexecute(f"sobjects/CustomField/{created['id']}", method="DELETE") == ""


def parse_api_usage(sf: Any) -> None:
    assert sf.parse_api_usage("api-usage=10018/100000; api-bursts=1/750")["api-usage"].used == 10018
    sf.limits()
    assert sf.api_usage["api-usage"].total == 100_000


def parse_result_to_json(sf: Any) -> None:
    response = sf.session.get(sf.base_url + "limits/recordCount?sObjects=Lead", headers=sf.headers)
    assert sf.parse_result_to_json(response) == sf.Lead.parse_result_to_json(response) == {"sObjects": []}


def metadata(sf: Any) -> None:
    new(sf)
    assert sf.Lead.metadata()["objectDescribe"]["keyPrefix"] == "00Q"


def describe_object(sf: Any) -> None:
    assert {field["name"] for field in sf.Lead.describe()["fields"]} >= {"Email", "Status"}


def describe_layout(sf: Any) -> None:
    (section,) = sf.Lead.describe_layout("012000000000000AAA")["detailLayoutSections"]
    assert section["heading"] == "Lead Information"


def get(sf: Any) -> None:
    assert sf.Lead.get(new(sf))["LastName"] == "Müller"
    with pytest.raises(SalesforceResourceNotFound):
        sf.Lead.get("00QdM0000009999")


def get_by_custom_id(sf: Any) -> None:
    new(sf, HS_Id__c="7")
    assert sf.Lead.get_by_custom_id("HS_Id__c", "7")["LastName"] == "Müller"


def create(sf: Any) -> None:
    assert sf.Lead.create(LEAD) | {"id": ""} == {"id": "", "success": True, "errors": []}


def upsert(sf: Any) -> None:
    assert [sf.Lead.upsert("HS_Id__c/1", LEAD) for _ in range(2)] == [201, 200]


def update(sf: Any) -> None:
    assert sf.Lead.update(new(sf), {"Title": "CTO"}) == 204


def delete(sf: Any) -> None:
    assert sf.Lead.delete(new(sf)) == 204


def _span() -> tuple[datetime, datetime]:
    start = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    return start, start + timedelta(hours=2)


def deleted(sf: Any) -> None:
    lead = new(sf)
    sf.Lead.delete(lead)
    assert [row["id"] for row in sf.Lead.deleted(*_span())["deletedRecords"]] == [lead]


def updated(sf: Any) -> None:
    lead = new(sf)
    assert sf.Lead.updated(*_span())["ids"] == [lead]


def update_base64(sf: Any) -> None:
    note = sf.Note.create({"ParentId": new(sf), "Title": "x"})["id"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "note.txt"
        path.write_text("hello")
        assert sf.Note.update_base64(note, str(path)) == 204
    assert sf.Note.get(note)["Body"] == "aGVsbG8="


def session_id(sf: Any) -> None:
    assert sf.Lead.session_id == sf.session_id


DRIVEN: dict[str, Callable[[Any], None]] = {
    "Salesforce.describe": describe,
    "Salesforce.is_sandbox": is_sandbox,
    "Salesforce.set_password": set_password,
    "Salesforce.restful": restful,
    "Salesforce.oauth2": oauth2,
    "Salesforce.limits": limits,
    "Salesforce.query": query,
    "Salesforce.query_more": query_more,
    "Salesforce.query_all": query_all,
    "Salesforce.query_all_iter": query_all_iter,
    "Salesforce.toolingexecute": toolingexecute,
    "Salesforce.parse_api_usage": parse_api_usage,
    "Salesforce.parse_result_to_json": parse_result_to_json,
    "SFType.metadata": metadata,
    "SFType.describe": describe_object,
    "SFType.describe_layout": describe_layout,
    "SFType.get": get,
    "SFType.get_by_custom_id": get_by_custom_id,
    "SFType.create": create,
    "SFType.upsert": upsert,
    "SFType.update": update,
    "SFType.delete": delete,
    "SFType.deleted": deleted,
    "SFType.updated": updated,
    "SFType.update_base64": update_base64,
    "SFType.parse_result_to_json": parse_result_to_json,
    "SFType.session_id": session_id,
}
_SEARCH = "SOSL has tests of its own"
_METADATA = "the SOAP Metadata API is not emulated; the Tooling API makes fields and rules"
_BINARY = "no object of the emulator has a binary body"
NOT_COVERED = {
    "Salesforce.search": _SEARCH,
    "Salesforce.quick_search": _SEARCH,
    "Salesforce.apexecute": "an org's own Apex classes are not emulated",
    "Salesforce.mdapi": _METADATA,
    "Salesforce.deploy": _METADATA,
    "Salesforce.checkDeployStatus": _METADATA,
    "SFType.upload_base64": _BINARY,
    "SFType.get_base64": _BINARY,
    **{
        f"{owner.__name__}.{name}": _METADATA
        for owner in (SfdcMetadataApi, MetadataType)
        for name, _ in inspect.getmembers(owner)
        if not name.startswith("_")
    },
}


def public() -> set[str]:
    """The bulk handlers apart, which the tests of the Bulk API drive."""
    owners = (Salesforce, SFType, SfdcMetadataApi, MetadataType)
    return {
        f"{owner.__name__}.{name}"
        for owner in owners
        for name, _ in inspect.getmembers(owner)
        if not name.startswith("_")
    }


def test_every_method_is_driven_or_named() -> None:
    assert set(DRIVEN) | set(NOT_COVERED) == public(), simple_salesforce.__file__
    assert not set(DRIVEN) & set(NOT_COVERED)


@pytest.mark.parametrize("method", sorted(DRIVEN))
def test_it_works_over_a_socket(sf: Any, method: str) -> None:
    DRIVEN[method](sf)


@pytest.mark.parametrize(
    "call",
    [
        lambda sf: sf.apexecute("Convert"),
        lambda sf: sf.Note.get_base64(sf.Note.create({"ParentId": new(sf), "Title": "x"})["id"]),
    ],
)
def test_what_is_not_covered_says_501(sf: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(SalesforceGeneralError) as error:
        call(sf)
    assert error.value.status == 501
