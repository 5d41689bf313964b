"""One origin, in time, without redirects, and nothing secret in any text (reliability.md 6)."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.transport import Call, Transport, origin, path
from syncd.core.errors import ConfigError, RemoteError, Retryable, Unauthorized, Unavailable, Unclear
from tests.connectors.transport.scripted import READ, START, URL, WRITE, Server, Step

CANARY = "pat-na1-canary-5e0b"


class Token:
    """Credentials that change when they are refreshed, as long as there are new ones."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.tokens[0]}"}

    def refresh(self, sent: Mapping[str, str]) -> bool:
        if len(self.tokens) > 1:
            self.tokens.pop(0)
        return self.headers() != sent


# ---------------------------------------------------------------- where requests go
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.hubapi.com", "https://api.hubapi.com"),
        ("https://API.hubapi.com/", "https://api.hubapi.com"),
        ("https://acme.my.salesforce.com:8443", "https://acme.my.salesforce.com:8443"),
        ("http://127.0.0.1:8801", "http://127.0.0.1:8801"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8801", "http://[::1]:8801"),
    ],
)
def test_an_origin(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://api.hubapi.com",
        "http://127.0.0.1.evil.example",
        "https://user:secret@api.hubapi.com",
        "https://api.hubapi.com/crm",
        "https://api.hubapi.com?x=1",
        "ftp://127.0.0.1",
        "api.hubapi.com",
        "https://[::1",
        "https://host:port",
        "",
    ],
)
def test_no_origin(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        origin(url)
    assert "secret" not in str(caught.value)


@settings(deadline=None)
@given(st.text())
def test_an_id_changes_neither_host_nor_path_prefix(rid: str) -> None:
    server = Server()
    try:
        where = path("/crm/objects/{}/tail", rid)
    except ValueError:
        return
    server.transport().request("GET", where, READ)
    parts = urllib3.util.parse_url(server.requests[0].url)
    assert (parts.scheme, parts.host) == ("https", "api.example.com")
    assert parts.path.startswith("/crm/objects/")
    assert parts.path.endswith("/tail")
    assert parts.path.count("/") == 4
    assert parts.query is None


@pytest.mark.parametrize("where", ["https://evil.example/x", "@evil.example/x", ".evil.example/x", "x", ""])
def test_another_address_is_refused_before_anything_is_sent(where: str) -> None:
    server = Server()
    with pytest.raises(Unavailable):
        server.transport().request("GET", where, READ)
    assert server.requests == []


def test_requests_verify_tls_follow_nothing_and_have_timeouts() -> None:
    server = Server()
    server.transport(timeout=12.0).request("GET", "/x", READ)
    options = server.options[0]
    assert options["verify"] is True
    assert options["timeout"] == (5.0, 12.0)
    assert options["proxies"] == {}


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://evil.example:8080")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    server = Server()
    server.transport().request("GET", "/x", READ)
    assert not server.options[0]["proxies"]
    assert server.options[0]["verify"] is True


def test_an_untrusted_certificate_is_not_retried() -> None:
    bad = ssl.SSLCertVerificationError("self-signed")
    reason = urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.SSLError(bad))  # type: ignore[arg-type]
    server = Server(Step(error=requests.exceptions.SSLError(reason)))
    with pytest.raises(Unavailable, match="certificate"):
        server.transport().request("GET", "/x", READ)
    assert len(server.requests) == 1


# ---------------------------------------------------------------- credentials
def test_F12_a_401_refreshes_once_and_sends_every_header_again() -> None:
    server = Server(Step(401), Step(200))
    transport = server.transport(auth=Token("old", "new"), headers={"X-Always": "1"})
    transport.request("POST", "/x", WRITE, json={"a": 1}, headers={"X-Mine": "2"})
    first, second = server.requests
    assert (first.headers["Authorization"], second.headers["Authorization"]) == ("Bearer old", "Bearer new")
    assert (second.headers["X-Always"], second.headers["X-Mine"], second.body) == ("1", "2", first.body)


def test_F12_a_lasting_401_stops() -> None:
    server = Server(Step(401))
    with pytest.raises(Unauthorized):
        server.transport(auth=Token("a", "b", "c", "d")).request("GET", "/x", READ)
    assert len(server.requests) == 2


def test_credentials_that_did_not_change_are_not_tried_again() -> None:
    server = Server(Step(401))
    with pytest.raises(Unauthorized):
        server.transport(auth=Token("only")).request("GET", "/x", READ)
    assert len(server.requests) == 1


def test_a_token_that_no_header_can_hold_is_unauthorized() -> None:
    with pytest.raises(Unauthorized):
        Server().transport(auth=Token("two\nlines")).request("GET", "/x", READ)


@pytest.mark.parametrize(
    "step",
    [
        Step(401, CANARY.encode()),
        Step(403, CANARY.encode()),
        Step(500, CANARY.encode()),
        Step(200, CANARY.encode(), {"Content-Type": "text/html"}),
        Step(error=requests.ConnectionError(f"https://x/?token={CANARY}")),
        Step(302, CANARY.encode(), {"Location": f"https://evil.example/{CANARY}"}),
    ],
)
def test_a_secret_is_in_no_error_log_or_repr(step: Step, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = Server(step).transport(auth=Token(CANARY))
    with pytest.raises(RemoteError) as caught:
        transport.request("POST", f"/x?email={CANARY}", WRITE, json={"email": CANARY})
    assert caught.value.__context__ is None
    for text in (str(caught.value), repr(caught.value), caplog.text, repr(transport)):
        assert CANARY not in text


# ---------------------------------------------------------------- bodies and clocks
def test_a_lone_surrogate_goes_out_as_its_escape() -> None:
    server = Server()
    server.transport().request("POST", "/x", WRITE, json={"name": "\ud800", "other": "ü"})
    assert server.requests[0].body == b'{"name": "\\ud800", "other": "\\u00fc"}'


def test_now_is_the_servers_clock_as_last_seen() -> None:
    server = Server(Step(), Step(headers={"Date": "garbage"}))
    transport = server.transport(wall=lambda: START.replace(year=1999))
    assert transport.now().year == 1999
    transport.request("GET", "/x", READ)
    assert transport.now() == START
    server.seconds = 9
    transport.request("GET", "/x", READ)
    assert transport.now() == START


def test_cookies_are_not_kept() -> None:
    server = Server(Step(headers={"Set-Cookie": "__cf_bm=abc; path=/"}))
    transport = server.transport()
    transport.request("GET", "/x", READ)
    transport.request("GET", "/x", READ)
    assert "Cookie" not in server.requests[1].headers


# ---------------------------------------------------------------- vendor clients
def test_a_vendor_clients_session_goes_through_the_transport() -> None:
    server = Server(Step(502), Step(200, b"[]"))
    transport = server.transport(auth=Token("t"), headers={"Sforce-Auto-Assign": "FALSE"})
    session = transport.session()
    with transport.calling(Call("query", safe=True)):
        answer = session.request("get", f"{URL}/services", headers={"X-Own": "1"}, timeout=None, allow_redirects=True)
    assert answer.json() == []
    assert transport.calls == {"query": 2}
    assert all(r.headers["Sforce-Auto-Assign"] == "FALSE" for r in server.requests)
    assert server.requests[1].headers["X-Own"] == "1"


def test_a_vendor_client_cannot_leave() -> None:
    server = Server()
    transport = server.transport(auth=Token(CANARY))
    with transport.calling(READ), pytest.raises(Unavailable):
        transport.session().get("https://evil.example/x")
    assert server.requests == []


def test_a_vendor_call_that_nobody_named_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        Server().transport().session().get(f"{URL}/x")


# ---------------------------------------------------------------- on a socket
@contextmanager
def serving(answer: bytes, *, drip: int = 0) -> Iterator[tuple[str, list[int]]]:
    """A server for raw bytes: (its URL, the connections it saw). With `drip` the rest comes byte by byte."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[int] = []
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            while not done.is_set():
                try:
                    if not connection.recv(65536):
                        return
                    cut = len(answer) - drip
                    connection.sendall(answer[:cut])
                    for at in range(cut, len(answer)):
                        connection.sendall(answer[at : at + 1])
                        done.wait(0.02)
                except OSError:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(1)
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", accepted
    finally:
        done.set()
        listener.close()


GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def test_the_pool_is_reused() -> None:
    with serving(GOOD) as (url, accepted):
        transport = Transport("crm", url)
        for _ in range(5):
            assert transport.request("GET", "/x", READ).content == b"{}"
        transport.close()
    assert len(accepted) == 1


def test_F11_a_body_that_drips_cannot_outlive_the_deadline() -> None:
    """Each byte comes within the read timeout; the whole would take twenty times as long."""
    body = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n" + b" " * 500
    ticks = iter(range(10_000))
    with serving(body, drip=499) as (url, _):
        transport = Transport("crm", url, timeout=5.0, clock=lambda: float(next(ticks)), sleep=lambda _s: None)
        with pytest.raises(Unclear):
            transport.request("POST", "/x", WRITE, json={})
        transport.close()
    assert next(ticks) < 40


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
        b"",
    ],
)
def test_a_connection_that_closes_early_is_no_answer(answer: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(4):
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    transport = Transport("crm", f"http://127.0.0.1:{listener.getsockname()[1]}", sleep=lambda _s: None)
    with pytest.raises(Retryable):
        transport.request("GET", "/x", READ)
    with pytest.raises(Unclear):
        transport.request("POST", "/x", WRITE, json={})
    transport.close()
    listener.close()


def test_a_refused_connection_surely_did_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    transport = Transport("crm", url, sleep=lambda _s: None)
    with pytest.raises(Retryable, match="No connection"):
        transport.request("POST", "/x", WRITE, json={})
    assert transport.calls == {"write": 3}
