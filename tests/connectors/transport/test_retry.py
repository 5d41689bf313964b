"""The retry table, row by row, and how long a call may insist (F06, F07, F08, F09, F11)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors.transport import retry_after
from connectors.transport.retry import LONGEST
from syncd.core.errors import Retryable, Unauthorized, Unavailable, Unclear
from tests.connectors.transport.scripted import READ, START, WRITE, Server, Step

REFUSED_CONNECTION = requests.ConnectionError(
    MaxRetryError(HTTPSConnectionPool("x"), "/", NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)
LOST = requests.ConnectionError("Connection reset by peer")
HTML = {"Content-Type": "text/html"}

TABLE = [
    # what comes                                  a safe read                a write                 its attempts: read, write
    (Step(error=REFUSED_CONNECTION), Retryable, Retryable, 3, 3),
    (Step(error=requests.ConnectTimeout()), Retryable, Retryable, 3, 3),
    (Step(429), Retryable, Retryable, 3, 3),
    (Step(423), Retryable, Retryable, 3, 3),
    (Step(477, headers={"Retry-After": "3600"}), Retryable, Retryable, 1, 1),
    (Step(503, headers={"Retry-After": "1"}), Retryable, Retryable, 3, 3),
    (Step(503), Retryable, Unclear, 3, 1),
    (Step(500), Retryable, Unclear, 3, 1),
    (Step(502, b"<html>", HTML), Retryable, Unclear, 3, 1),
    (Step(504), Retryable, Unclear, 3, 1),
    (Step(524, b"<html>", HTML), Retryable, Unclear, 3, 1),
    (Step(408), Retryable, Unclear, 3, 1),
    (Step(error=LOST), Retryable, Unclear, 3, 1),
    (Step(error=requests.ReadTimeout()), Retryable, Unclear, 3, 1),
    (Step(error=requests.exceptions.ChunkedEncodingError()), Retryable, Unclear, 3, 1),
    (Step(200, b"<html>", HTML), Unavailable, Unclear, 1, 1),
    (Step(401), Unauthorized, Unauthorized, 1, 1),
    (Step(403), Unauthorized, Unauthorized, 1, 1),
    (Step(302, headers={"Location": "https://evil.example/"}), Unavailable, Unavailable, 1, 1),
    (Step(501), Unavailable, Unavailable, 1, 1),
]


@pytest.mark.parametrize(("step", "error", "_write", "attempts", "_n"), TABLE)
def test_a_read(step: Step, error: type[Exception], _write: object, attempts: int, _n: object) -> None:
    server = Server(step)
    with pytest.raises(error):
        server.transport().request("GET", "/x", READ)
    assert len(server.requests) == attempts


@pytest.mark.parametrize(("step", "_read", "error", "_n", "attempts"), TABLE)
def test_a_write(step: Step, _read: object, error: type[Exception], _n: object, attempts: int) -> None:
    server = Server(step)
    with pytest.raises(error):
        server.transport().request("POST", "/x", WRITE, json={})
    assert len(server.requests) == attempts


@pytest.mark.parametrize("status", [200, 201, 204, 207, 400, 404, 409, 414])
def test_what_speaks_about_the_records_goes_to_the_caller(status: int) -> None:
    server = Server(Step(status))
    assert server.transport().request("POST", "/x", WRITE, json={}).status_code == status
    assert len(server.requests) == 1


def test_a_read_that_recovers_is_answered() -> None:
    server = Server(Step(502), Step(error=LOST), Step(200, b'{"a":1}'))
    transport = server.transport()
    response = transport.request("GET", "/x", READ)
    assert transport.decode(response, READ) == {"a": 1}
    assert len(server.slept) == 2


def test_a_post_that_only_reads_is_repeated_when_it_says_so() -> None:
    server = Server(Step(502), Step(200))
    call = READ.__class__("search", safe=True)
    assert server.transport().request("POST", "/x", call, json={}).status_code == 200


def test_F06_the_wait_that_the_server_asks_for_is_kept() -> None:
    server = Server(Step(429, headers={"Retry-After": "7"}), Step(200))
    server.transport().request("GET", "/x", READ)
    assert 7.0 <= server.slept[0] <= 7.25


def test_F07_a_long_wait_goes_back_to_the_ledger_and_is_not_slept() -> None:
    server = Server(Step(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Retryable) as caught:
        server.transport().request("GET", "/x", READ)
    assert caught.value.after == 3600
    assert server.slept == []


def test_no_try_starts_after_twenty_seconds() -> None:
    server = Server(Step(429, headers={"Retry-After": "12"}))
    with pytest.raises(Retryable) as caught:
        server.transport().request("GET", "/x", READ)
    assert len(server.requests) == 2
    assert server.seconds < 20
    assert caught.value.after == 12


def test_broken_json_is_unavailable_for_a_read_and_unclear_for_a_write() -> None:
    transport = Server(Step(200, b'{"results": [')).transport()
    with pytest.raises(Unavailable):
        transport.decode(transport.request("GET", "/x", READ), READ)
    with pytest.raises(Unclear):
        transport.decode(transport.request("POST", "/x", WRITE, json={}), WRITE)


RETRY_AFTER = [
    (None, None),
    ("5", 5.0),
    (" 2.5 ", 2.5),
    ("0", 0.0),
    ("-3", 0.0),
    ("1000000000", LONGEST),
    ("inf", LONGEST),
    ("nan", None),
    ("soon", None),
    ("", None),
    ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
    ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
    ("Sun, 22 Nov 2026 13:00:00", 3600.0),
    ("Sun, 99 Nov 2026 13:00:00 GMT", None),
]


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, START) == seconds


@settings(deadline=None)
@given(st.text())
def test_no_retry_after_breaks_the_parser(text: str) -> None:
    seconds = retry_after(text, datetime(2026, 1, 1, tzinfo=UTC))
    assert seconds is None or 0 <= seconds <= LONGEST
