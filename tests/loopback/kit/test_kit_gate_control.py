"""The gate and the control endpoints, called in process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.loopback.kit import Emulator, Hangup, InProcess

BASE = "https://api.toy.example"


@pytest.fixture
def http(toy: Any) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount(BASE, InProcess(toy.app))
        yield session


def test_the_toy_is_an_emulator(toy: Any) -> None:
    emulator: Emulator = toy
    assert emulator.name == "toy"


def test_date_is_the_clocks_and_there_is_only_one(toy: Any, http: requests.Session) -> None:
    toy.clock.advance(3_600)
    for answer in (http.get(f"{BASE}/things/1"), http.post(f"{BASE}/things", data=b"x")):
        assert answer.headers["Date"] == "Sun, 01 Mar 2026 13:00:00 GMT"


def test_every_call_is_logged_with_rule_rows_and_query_names(toy: Any, http: requests.Session) -> None:
    http.get(f"{BASE}/things/7?after=3&limit=&after=4")
    http.post(f"{BASE}/things", data=b"ab")
    http.get(f"{BASE}/nowhere/é")
    http.put(f"{BASE}/things/7")
    first, second, third, fourth = toy.log.calls()
    assert first.endpoint == "GET /things/<thing_id>"
    assert first.path == "/things/7"
    assert first.query == ("after", "limit")
    assert first.at == "2026-03-01T12:00:00.000+00:00"
    assert (first.status, first.rows_in, first.rows_out) == (200, None, 1)
    assert (second.endpoint, second.rows_in, second.status) == ("POST /things", 2, 201)
    assert (third.endpoint, third.path, third.status) == ("GET (no route)", "/nowhere/é", 404)
    assert (fourth.endpoint, fourth.status) == ("PUT (no route)", 405)


def test_a_fault_answers_in_the_applications_place(toy: Any, http: requests.Session) -> None:
    rule_id = toy.faults.add({"path": "^/things$", "status": 429, "headers": {"Retry-After": 10}, "body": {"a": 1}})
    answer = http.post(f"{BASE}/things", data=b"x")
    assert (answer.status_code, answer.reason) == (429, "Too Many Requests")
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"a": 1}
    assert toy.applied == []
    (call,) = toy.log.calls()
    assert (call.fault, call.status, call.endpoint) == (rule_id, 429, "POST /things")


def test_a_fault_may_answer_after_the_request_was_applied(toy: Any, http: requests.Session) -> None:
    toy.faults.add({"status": 502, "apply": True, "body": "<html>", "content_type": "text/html"})
    answer = http.post(f"{BASE}/things", data=b"x")
    assert (answer.status_code, answer.text) == (502, "<html>")
    assert toy.applied == [b"x"]


@pytest.mark.parametrize(("when", "applied"), [("before", []), ("after", [b"x"])])
def test_a_reset_is_a_hangup_and_logged_with_status_0(
    toy: Any, http: requests.Session, when: str, applied: list[bytes]
) -> None:
    toy.faults.add({"reset": when})
    with pytest.raises(requests.ConnectionError) as caught:
        http.post(f"{BASE}/things", data=b"x")
    assert isinstance(caught.value.__cause__, Hangup)
    assert toy.applied == applied
    assert [(c.status, c.endpoint) for c in toy.log.calls()] == [(0, "POST /things")]


def test_a_truncated_body_fails_while_it_is_read(toy: Any, http: requests.Session) -> None:
    toy.faults.add({"truncate": 0.5})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        http.post(f"{BASE}/things", data=b"abcdef")
    with http.post(f"{BASE}/things", data=b"abcdef", stream=True) as answer:
        assert answer.headers["Content-Length"] == "6"
        assert answer.raw.read(3) == b"abc"
    assert toy.applied == [b"abcdef", b"abcdef"]


def test_a_delay_is_slept_and_beyond_the_read_timeout_it_is_a_timeout(toy: Any) -> None:
    slept: list[float] = []
    with requests.Session() as http:
        http.mount(BASE, InProcess(toy.app, sleep=slept.append))
        toy.faults.add({"delay_ms": 250})
        assert http.post(f"{BASE}/things", data=b"a", timeout=1).status_code == 201
        with pytest.raises(requests.ReadTimeout):
            http.post(f"{BASE}/things", data=b"b", timeout=(5, 0.1))
    assert slept == [0.25, 0.1]
    assert toy.applied == [b"a", b"b"]


def test_a_dripping_body_pauses_between_its_parts(toy: Any) -> None:
    slept: list[float] = []
    with requests.Session() as http:
        http.mount(BASE, InProcess(toy.app, sleep=slept.append))
        toy.faults.add({"drip_ms": 250})
        assert http.post(f"{BASE}/things", data=b"abcdefghij", timeout=1).content == b"abcdefghij"
        with pytest.raises(requests.ConnectionError, match="timed out"):
            http.post(f"{BASE}/things", data=b"abcdefghij", timeout=(5, 0.1))
    assert slept == [0.25] * 4 + [0.1]
    assert len(toy.applied) == 2


def test_bodies_are_gzipped_for_those_who_accept_it(toy: Any, http: requests.Session) -> None:
    packed = http.get(f"{BASE}/big", stream=True)
    plain = http.get(f"{BASE}/big", headers={"Accept-Encoding": "identity"})
    refused = http.get(f"{BASE}/big", headers={"Accept-Encoding": "gzip;q=0"})
    small = http.get(f"{BASE}/things/1")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < 200
    assert packed.json() == plain.json() == refused.json()
    for answer in (plain, refused, small):
        assert "Content-Encoding" not in answer.headers


def test_a_chunked_request_body_reaches_the_application_whole(toy: Any, http: requests.Session) -> None:
    answer = http.post(f"{BASE}/things", data=iter([b"ab", b"", b"cd"]))
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.content == b"abcd"
    assert toy.applied == [b"abcd"]


def test_bodies_from_a_size_on_come_in_chunks_and_hold_the_same(toy: Any, http: requests.Session) -> None:
    toy.app.chunked_from = 1_000
    small, big = http.get(f"{BASE}/things/1"), http.get(f"{BASE}/big")
    plain = http.get(f"{BASE}/big", headers={"Accept-Encoding": "identity"})
    assert ("Transfer-Encoding" in small.headers, small.headers["Content-Length"]) == (False, "11")
    for answer in (big, plain):
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in answer.headers
        assert answer.json() == {"text": "x" * 2_000}
    assert http.head(f"{BASE}/big").headers["Content-Length"] == "2012"
    assert "Transfer-Encoding" not in http.patch(f"{BASE}/nothing").headers


def test_a_fault_can_frame_an_answer_otherwise(toy: Any, http: requests.Session) -> None:
    toy.app.chunked_from = 1
    toy.faults.add({"path": "/things/1", "chunked": False})
    toy.faults.add({"path": "/things/2", "status": 503, "body": "down", "chunked": True})
    assert http.get(f"{BASE}/things/1").headers["Content-Length"] == "11"
    down = http.get(f"{BASE}/things/2")
    assert (down.headers["Transfer-Encoding"], down.text) == ("chunked", "down")
    toy.faults.add({"path": "/things/3", "chunked": True, "truncate": 0.5})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        http.get(f"{BASE}/things/3")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (420, "Enhance Your Calm"),
        (477, "Migration in Progress"),
        (503, "Service Unavailable"),
        (521, "Web Server Is Down"),
        (526, "Invalid SSL Certificate"),
        (499, "Client Error"),
        (999, "Unknown"),
    ],
)
def test_a_fault_may_name_any_status(toy: Any, http: requests.Session, status: int, reason: str) -> None:
    toy.faults.add({"status": status})
    answer = http.get(f"{BASE}/things/1")
    assert (answer.status_code, answer.reason) == (status, reason)


def test_head_announces_the_length_it_leaves_out(http: requests.Session) -> None:
    answer = http.head(f"{BASE}/big")
    assert (answer.content, int(answer.headers["Content-Length"])) == (b"", 2_012)


def test_204_has_no_length(http: requests.Session) -> None:
    answer = http.patch(f"{BASE}/nothing")
    assert answer.status_code == 204
    assert "Content-Length" not in answer.headers


def test_control_health_clock_snapshot(toy: Any, http: requests.Session) -> None:
    control = f"{BASE}/_sandbox"
    assert http.get(f"{control}/health").json() == {
        "name": "toy",
        "now": "2026-03-01T12:00:00.000+00:00",
        "ready": True,
    }
    later = http.post(f"{control}/clock", json={"advance": "1d 30m"}).json()
    assert later == {"now": "2026-03-02T12:30:00.000+00:00"}
    http.post(f"{control}/clock", json={"advance_seconds": 0.25})
    assert http.get(f"{control}/clock").json() == {"now": "2026-03-02T12:30:00.250+00:00"}
    http.post(f"{BASE}/things", data=b"x")
    assert http.get(f"{control}/snapshot").json() == {"things": ["x"]}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"advance": 3}', b'{"advance": "soon"}', b'{"advance_seconds": -1}'],
)
def test_control_refuses_what_is_no_advance(http: requests.Session, body: bytes) -> None:
    answer = http.post(f"{BASE}/_sandbox/clock", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_control_faults_are_added_listed_and_cleared(toy: Any, http: requests.Session) -> None:
    control = f"{BASE}/_sandbox/faults"
    added = http.post(control, json={"path": "^/things", "status": 503})
    assert added.status_code == 201
    assert http.get(f"{BASE}/things/1").status_code == 503
    assert http.get(control).json()["faults"] == [
        {**added.json(), "path": "^/things", "status": 503, "seen": 1, "fired": 1}
    ]
    assert http.delete(control).status_code == 204
    assert http.get(f"{BASE}/things/1").status_code == 200


def test_control_refuses_a_bad_fault_with_every_problem(http: requests.Session) -> None:
    answer = http.post(f"{BASE}/_sandbox/faults", json={"nth": 0, "colour": "red"})
    assert answer.status_code == 400
    assert len(answer.json()["problems"]) == 3
    assert http.get(f"{BASE}/_sandbox/faults").json() == {"faults": []}


def test_control_is_neither_logged_nor_faulted(toy: Any, http: requests.Session) -> None:
    toy.faults.add({"status": 503})
    http.get(f"{BASE}/things/1")
    answer = http.get(f"{BASE}/_sandbox/requests")
    assert answer.status_code == 200
    assert answer.json()["total"] == 1
    assert answer.json()["by_endpoint"] == {"GET /things/<thing_id>": 1}
    assert [call["path"] for call in answer.json()["log"]] == ["/things/1"]
    assert "log" not in http.get(f"{BASE}/_sandbox/requests?log=0").json()
    assert http.delete(f"{BASE}/_sandbox/requests").status_code == 204
    assert http.get(f"{BASE}/_sandbox/requests").json()["total"] == 0
