"""Who we are: logging in, sessions that end, and what never shows."""

from __future__ import annotations

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from connectors.loopback.kit import serve
from connectors.salesforce import SalesforceConnector, SalesforceSettings
from connectors.salesforce.auth import REFUSALS
from connectors.salesforce.client import Client
from syncd.core.errors import ConfigError, RemoteError, Unauthorized, Unclear
from syncd.core.types import Action, Outcome, Ref, Token, Verb
from tests.connectors.maps import SALESFORCE
from tests.connectors.salesforce.org import ME, SECRET, URL, Org

LOGIN = "oauth2/token"
TOKEN = Token("email", "nobody@example.com")


def lead(org: Org, n: int = 1) -> Action:
    fields = {"LastName": f"Doe {n}", "Company": "Acme", "OwnerId": org.rep}
    return Action(
        f"k{n}", "person", Verb.CREATE, Ref("salesforce", "Lead", ""), fields, "p", "c", token=f"{n}", handoff=1
    )


def test_client_credentials_log_in_once(org: Org) -> None:
    connector = org.connect()
    connector.find([TOKEN])
    connector.find([TOKEN])
    assert org.requests(LOGIN) == 1


def test_jwt_logs_in_with_a_signed_assertion() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    org = Org()
    org.emulator.add_app(
        {
            "client_id": "jwt-client",
            "client_secret": "",
            "run_as": ME,
            "public_key": public.decode(),
            "pre_authorized": [ME],
        }
    )
    jwt: dict[str, Any] = {"flow": "jwt", "client_id": lambda: "jwt-client", "client_secret": None, "username": ME}
    assert org.connect(**jwt, private_key=lambda: pem).find([TOKEN]) == {TOKEN: ()}
    with pytest.raises(Unauthorized, match="private key"):
        org.unchecked(**jwt, private_key=lambda: "no key").find([TOKEN])


def test_an_expired_session_is_renewed_once_and_every_header_is_sent_again(org: Org) -> None:
    """Without Sforce-Auto-Assign on the replay the assignment rule would take the lead. [salesforce.md 0.2]"""
    thief = org.emulator.add_user({"Username": "thief@acme.example", "LastName": "Thief"})
    org.emulator.add_assignment_rule("Lead", [{"owner": thief, "when": {}}])
    connector = org.connect()
    org.api("POST", "/_sandbox/expire-sessions", {"permanent": False})
    before = org.requests(LOGIN)
    (receipt,) = connector.send([lead(org)])
    assert receipt.outcome is Outcome.DONE
    assert org.requests(LOGIN) - before == 1
    (row,) = org.rows("Lead", syncd_hs_id__c="1")
    assert row["OwnerId"] == org.rep


def test_a_lasting_401_ends_after_three_requests(org: Org) -> None:
    """simple-salesforce alone sends 1,940. [salesforce.md 0.1]"""
    connector = org.connect()
    body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    org.emulator.faults.add({"method": "*", "path": "/composite", "status": 401, "body": body, "every": 1})
    before = org.emulator.log.counts()["total"]
    with pytest.raises(Unauthorized):
        connector.find([TOKEN])
    assert org.emulator.log.counts()["total"] - before == 3


@pytest.mark.parametrize(
    "message", ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"]
)
def test_a_401_that_no_login_cures_is_not_tried_again(org: Org, message: str) -> None:
    connector = org.connect()
    body = [{"message": message, "errorCode": "INVALID_SESSION_ID"}]
    org.emulator.faults.add({"method": "*", "path": "/composite", "status": 401, "body": body, "every": 1})
    before = org.emulator.log.counts()["total"]
    with pytest.raises(Unauthorized, match="REST API"):
        connector.find([TOKEN])
    assert org.emulator.log.counts()["total"] - before == 1


def test_threads_share_one_login(org: Org) -> None:
    client = Client("salesforce", org.settings(), adapter=org.adapter)
    with ThreadPoolExecutor(20) as pool:
        sent = list(pool.map(lambda _: client.login.headers(), range(40)))
    assert org.requests(LOGIN) == 1
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(client.login.refresh, sent))
    assert org.requests(LOGIN) == 2


@pytest.mark.parametrize(("error", "description"), REFUSALS)
def test_each_refusal_of_a_login_has_its_sentence(org: Org, error: str, description: str) -> None:
    body = {"error": error, "error_description": description or "something"}
    org.emulator.faults.add({"method": "POST", "path": LOGIN, "status": 400, "body": body, "every": 1})
    health = org.unchecked().check([])
    assert health.fatal
    (problem,) = health.problems
    assert (problem.sentence, problem.fix) == REFUSALS[error, description]


def test_a_wrong_secret_is_a_fatal_health(org: Org) -> None:
    health = org.unchecked(client_secret=lambda: "wrong").check([])
    assert health.fatal
    assert health.problems[0].kind == "credentials"
    assert health.problems[0].fix


@pytest.mark.parametrize("flow", ["password", "soap"])
def test_user_name_and_password_are_refused_with_the_reason(flow: str) -> None:
    with pytest.raises(ConfigError, match="Summer '27") as raised:
        SalesforceSettings(url=URL, client_id=lambda: "c", flow=flow, username="u")
    assert "client_credentials" in str(raised.value)


def test_all_complaints_about_settings_come_at_once() -> None:
    with pytest.raises(ConfigError) as raised:
        SalesforceSettings(url=URL, client_id=lambda: "c", flow="jwt", version="45.0", duplicate_rule="maybe")
    assert len(raised.value.complaints) == 3


def test_plain_http_is_only_for_this_machine(org: Org) -> None:
    with pytest.raises(ConfigError, match="https"):
        org.unchecked(url="http://acme.my.salesforce.com")


def test_no_secret_and_no_token_ever_shows(org: Org, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connector = org.connect()
    token = connector._client.login._token
    shown = [repr(connector), repr(org.settings()), repr(connector._client.transport), str(vars(connector))]
    for status in (400, 401, 403, 500):
        org.emulator.faults.clear()
        body = [{"errorCode": "X", "message": f"{token} {SECRET}"}]
        org.emulator.faults.add({"method": "*", "path": "/composite", "status": status, "body": body, "every": 1})
        for call in (lambda: connector.find([TOKEN]), lambda: connector.send([lead(org)])):
            with pytest.raises(RemoteError) as raised:
                call()
            shown += [str(raised.value), repr(raised.value)]
    text = "\n".join([*shown, caplog.text])
    assert token not in text
    assert SECRET not in text


def test_importing_the_connector_imports_no_vendor_library() -> None:
    """simple_salesforce alone takes 250 ms. [performance.md 4.7]"""
    code = "import sys, connectors.salesforce; print('simple_salesforce' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_whole_way_over_a_socket(org: Org) -> None:
    server = serve(org.emulator.app)
    connector = SalesforceConnector(org.settings(url=server.url), SALESFORCE, wall=org.clock.now)
    try:
        assert not connector.check([]).problems
        (made,) = connector.send([lead(org)])
        assert [r.ref for page in connector.pull("changes", None) for r in page.people] == [made.ref]
        assert connector.now() == org.clock.now()
        org.emulator.faults.add({"method": "PATCH", "path": "/composite/sobjects", "reset": "after", "nth": 1})
        with pytest.raises(Unclear):
            connector.send([lead(org, 2)])
        token = Token("person", "2")
        assert len(connector.find([token])[token]) == 1
    finally:
        connector.close()
        server.stop()
