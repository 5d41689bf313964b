"""simple-salesforce against the emulator: over a socket and in process [sheet 1.6, 2]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from salesforce_client import RewriteAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id, format_soql

from connectors.loopback.kit import InProcess, serve
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator


@pytest.fixture(params=["socket", "in process"])
def session(request: Any, emulator: SalesforceEmulator) -> Iterator[requests.Session]:
    session = requests.Session()
    session.trust_env = False
    if request.param == "in process":
        session.mount("https://", InProcess(emulator.app))
        yield session
    else:
        server = serve(emulator.app)
        session.mount("https://", RewriteAdapter(server.url))
        yield session
        session.close()
        server.stop()


@pytest.fixture
def sf(session: requests.Session) -> Any:
    """Client credentials: it logs in, and can again."""
    return Salesforce(
        consumer_key="loopback-client",
        consumer_secret="loopback-secret",
        domain="acme.my",
        session=session,
        version="65.0",
    )


def test_crud_query_and_upsert(sf: Any) -> None:
    created = sf.Lead.create({"LastName": "Müller", "Company": "Acme"})
    assert created["success"]
    assert sf.Lead.update(created["id"], {"Title": "CTO"}) == 204
    assert sf.Lead.get(created["id"])["Title"] == "CTO"
    assert sf.Lead.upsert("HS_Id__c/77", {"LastName": "x", "Company": "y"}) == 201
    assert sf.Lead.upsert("HS_Id__c/77", {"LastName": "z"}) == 200
    key = format_external_id("HS_Id__c", "a/b")
    assert sf.Lead.upsert(key, {"LastName": "slash", "Company": "y"}) == 201
    assert sf.Lead.get_by_custom_id("HS_Id__c", "77")["LastName"] == "z"
    soql = format_soql("SELECT Id FROM Lead WHERE LastName = {}", "Müller")
    assert sf.query(soql)["totalSize"] == 1
    assert sf.Lead.delete(created["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        sf.Lead.get(created["id"])


def test_query_all_pages(sf: Any, emulator: SalesforceEmulator) -> None:
    emulator.seed("Lead", [{"LastName": f"L{n}", "Company": "c"} for n in range(4100)])
    assert len(sf.query_all("SELECT Id FROM Lead")["records"]) == 4100
    assert sum(1 for _ in sf.query_all_iter("SELECT Id FROM Lead")) == 4100
    assert sf.api_usage["api-usage"].total == 100_000


def test_collections_and_describe_through_restful(sf: Any) -> None:
    records = [{"attributes": {"type": "Lead"}, "LastName": "x", "Company": "y"}]
    rows: Any = sf.restful("composite/sobjects", method="POST", json={"records": records})
    assert rows[0]["success"]
    assert sf.Lead.describe()["keyPrefix"] == "00Q"
    assert sf.describe()["maxBatchSize"] == 200
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000


def test_errors_become_its_exceptions(sf: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        sf.Lead.create({"LastName": "x"})
    content: Any = malformed.value.content
    assert content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    for _ in range(2):
        sf.Lead.create({"LastName": "x", "Company": "y", "Email": "a@example.com"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Lead.upsert("Email/a@example.com", {"Title": "x"})
    with pytest.raises(SalesforceMalformedRequest):
        sf.query("SELECT Nope FROM Lead")


def test_it_refreshes_an_expired_session(sf: Any, emulator: SalesforceEmulator) -> None:
    emulator.service.sessions.expire()
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0


def test_its_replay_after_a_refresh_loses_the_header(sf: Any, emulator: SalesforceEmulator) -> None:
    """Sheet 0.2: with auto-assign TRUE by default the rule takes the lead away."""
    queue = emulator.add_queue("Inbound", ["Lead"])
    emulator.add_assignment_rule("Lead", [{"owner": queue}])
    emulator.service.sessions.expire()
    headers = {"Sforce-Auto-Assign": "FALSE"}
    created = sf.Lead.create({"LastName": "x", "Company": "y"}, headers=headers)
    assert sf.Lead.get(created["id"])["OwnerId"] == queue
    kept = sf.Lead.create({"LastName": "x", "Company": "y"}, headers=headers)
    assert sf.Lead.get(kept["id"])["OwnerId"].startswith("005")


def test_a_direct_session_cannot_refresh(session: requests.Session, emulator: SalesforceEmulator) -> None:
    sf = Salesforce(
        session_id=DEFAULT_TOKEN,
        instance_url="https://acme.my.salesforce.com",
        session=session,
        version="65.0",
    )
    assert sf.query("SELECT Id FROM Lead")["done"]
    emulator.service.sessions.expire()
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM Lead")


def test_a_wrong_secret(session: requests.Session) -> None:
    with pytest.raises(SalesforceAuthenticationFailed):
        Salesforce(
            consumer_key="loopback-client",
            consumer_secret="nope",
            domain="acme.my",
            session=session,
        )
