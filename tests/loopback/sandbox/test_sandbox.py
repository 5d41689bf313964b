"""The sandbox: as a library, as a process, and every reason why it does not start."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.loopback.fault_file import read_faults
from connectors.loopback.kit import FaultError
from connectors.loopback.sandbox import Options, SandboxError, main, prepare, start
from connectors.loopback.world import setup
from tests.loopback.receiver import Receiver

LONG = 120  # seconds: ends a test that hangs, and is no limit for a busy machine
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "connectors.loopback.sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_both_systems_answer_with_what_the_ready_line_says() -> None:
    with start(contacts=30, days=30, seed=3, ticking=False, now=NOW) as sandbox:
        ready = sandbox.ready_line()
        hubspot, salesforce = ready["hubspot"], ready["salesforce"]
        contacts = requests.get(
            f"{hubspot['url']}/crm/v3/objects/contacts?limit=100",
            headers={"Authorization": f"Bearer {hubspot['token']}"},
            timeout=LONG,
        )
        assert len(contacts.json()["results"]) == 30
        leads = requests.get(
            f"{salesforce['url']}/services/data/v62.0/sobjects/Lead/describe",
            headers={"Authorization": f"Bearer {salesforce['access_token']}"},
            timeout=LONG,
        )
        names = {field["name"] for field in leads.json()["fields"] if field["externalId"]}
        assert salesforce["external_id_field"] in names
        login = requests.post(
            f"{salesforce['url']}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": salesforce["client_id"],
                "client_secret": salesforce["client_secret"],
            },
            timeout=LONG,
        )
        assert login.status_code == 200, login.text
        assert login.json()["access_token"]


def test_webhooks_are_delivered_as_long_as_it_is_served() -> None:
    receiver = Receiver()
    with start(contacts=0, days=1, seed=1, ticking=False, now=NOW) as sandbox:
        url, token = sandbox.ready_line()["hubspot"].values()
        wanted = {"targetUrl": receiver.url, "subscriptions": [{"eventType": "contact.creation"}]}
        requests.post(f"{url}/_sandbox/webhooks", json=wanted, timeout=LONG)
        for sales_token in (token, setup.HUBSPOT_REPS_TOKEN):
            headers = {"Authorization": f"Bearer {sales_token}"}
            made = requests.post(
                f"{url}/crm/v3/objects/contacts", json={"properties": {}}, headers=headers, timeout=LONG
            )
            assert made.status_code == 201
            assert receiver.arrived.acquire(timeout=LONG)
    receiver.close()
    assert [event["changeSource"] for event in receiver.events] == ["INTEGRATION", "CRM_UI"]
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("loopback-webhook")]


def test_the_two_systems_share_one_clock() -> None:
    with start(contacts=0, days=1, seed=1, ticking=False, now=NOW) as sandbox:
        urls = [server.url for server in sandbox.servers.values()]
        requests.post(f"{urls[0]}/_sandbox/clock", json={"advance": "2d"}, timeout=LONG)
        answer = requests.get(f"{urls[1]}/_sandbox/clock", timeout=LONG)
        assert answer.json() == {"now": "2026-11-22T09:00:00.000+00:00"}


def test_stores_can_be_kept_in_a_directory_that_is_used_once(tmp_path: Path) -> None:
    options = Options(contacts=5, days=5, ticking=False, now=NOW, path=tmp_path / "state")
    with prepare(options):
        pass
    assert {"hubspot.db", "salesforce.db"} <= {p.name for p in (tmp_path / "state").iterdir()}
    with pytest.raises(SandboxError) as caught:
        prepare(options)
    assert len(caught.value.problems) == 2
    assert "holds an older sandbox" in caught.value.problems[0]


def test_faults_come_from_a_json_or_a_toml_file(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"system": "hubspot", "path": "/search$", "every": 10, "status": 500},
        {"system": "salesforce", "reset": "after", "nth": 2},
    ]
    as_json = tmp_path / "faults.json"
    as_json.write_text(json.dumps(rules))
    as_toml = tmp_path / "faults.toml"
    as_toml.write_text(
        '[[fault]]\nsystem = "hubspot"\npath = "/search$"\nevery = 10\nstatus = 500\n'
        '[[fault]]\nsystem = "salesforce"\nreset = "after"\nnth = 2\n'
    )
    assert read_faults(as_json) == read_faults(as_toml)
    options = Options(contacts=0, ticking=False, now=NOW, faults=as_toml)
    with prepare(options) as sandbox:
        assert [rule["path"] for rule in sandbox.hubspot.faults.rules()] == ["/search$"]
        assert [rule["nth"] for rule in sandbox.salesforce.faults.rules()] == [2]


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("a.json", "[{", ["a.json cannot be understood"]),
        ("a.json", "{}", ["a.json must hold a JSON list of rules."]),
        ("a.toml", "x = 1", ["a.toml must hold [[fault]] tables."]),
        ("a.json", "[3]", ["a.json, rule 1: a rule must be an object."]),
        (
            "a.json",
            '[{"system": "hubspot", "status": 500}, {"system": "sap", "nth": 0}]',
            ['rule 2: "system" must be', 'rule 2: "nth" must be', "rule 2: A fault rule needs"],
        ),
    ],
)
def test_every_problem_of_a_fault_file_is_told(tmp_path: Path, name: str, text: str, problems: list[str]) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FaultError) as caught:
        read_faults(path)
    assert len(caught.value.problems) == len(problems)
    for told, expected in zip(caught.value.problems, problems, strict=True):
        assert expected in told


def test_a_missing_fault_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="cannot be read: No such file"):
        read_faults(tmp_path / "none.json")


def test_all_problems_of_a_command_line_are_told_at_once(
    busy_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    faults = tmp_path / "faults.json"
    faults.write_text('[{"system": "sap", "status": 500}]')
    arguments = ["--hubspot-port", str(busy_port), "--salesforce-port", "99999"]
    arguments += ["--contacts", "many", "--days", "0", "--faults", str(faults), "--verbose"]
    try:
        assert main(arguments) == 2
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 6
    for sentence in (
        "There is no argument --verbose.",
        '--contacts must be a whole number, not "many".',
        "The number of days must be 1 or more, not 0.",
        f"The HubSpot port {busy_port} cannot be opened: Address already in use.",
        "The Salesforce port must be between 0 and 65535, not 99999.",
        'faults.json, rule 1: "system" must be "hubspot" or "salesforce", not \'sap\'.',
    ):
        assert f"sandbox: {sentence}" in told


def test_one_port_cannot_serve_both() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    problems = Options(hubspot_port=port, salesforce_port=port).problems()
    assert problems == [f"HubSpot and Salesforce cannot share port {port}."]


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_one_line_serves_and_ends_with_0(number: signal.Signals) -> None:
    with run("--contacts", "20", "--days", "10", "--seed", "2") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        health = requests.get(f"{ready['hubspot']['url']}/_sandbox/health", timeout=LONG).json()
        assert (health["name"], health["ready"]) == ("hubspot", True)
        process.send_signal(number)
        output, errors = process.communicate(timeout=LONG)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.process
def test_a_process_that_cannot_start_says_why_and_ends_with_2(busy_port: int) -> None:
    with run("--hubspot-port", str(busy_port), "--days", "x") as process:
        output, errors = process.communicate(timeout=LONG)
    assert (process.returncode, output) == (2, "")
    assert len(errors.splitlines()) == 2
    assert "Traceback" not in errors
