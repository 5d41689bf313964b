"""The server, over a real socket."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.loopback.kit import Server, serve

LONG = 120  # seconds: ends a test that hangs, and is no limit for a busy machine


@pytest.fixture
def server(toy: Any) -> Iterator[Server]:
    with serve(toy.app) as server:
        yield server


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LONG)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> bytes:
    connection.request(method, path, body=body, encode_chunked=not isinstance(body, bytes))
    return connection.getresponse().read()


def test_one_connection_serves_many_requests_even_after_a_204(
    connection: http.client.HTTPConnection,
) -> None:
    ask(connection, "GET", "/things/1")
    first = connection.sock
    for method, path in [("PATCH", "/nothing"), ("GET", "/nowhere"), ("GET", "/things/2")]:
        ask(connection, method, path)
        assert connection.sock is first


def test_a_client_that_asks_for_a_close_gets_it_even_with_a_204(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("PATCH", "/nothing", headers={"Connection": "close"})
    answer = connection.getresponse()
    assert answer.read() == b""
    assert answer.headers["Connection"] == "close"


def test_head_and_body_arrive_in_one_piece(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        client.sendall(b"GET /things/1 HTTP/1.1\r\nHost: toy\r\n\r\n")
        assert client.recv(65_536).endswith(b'{"id":"1"}\n')


def test_date_is_the_clocks_and_no_server_header_gives_us_away(server: Server) -> None:
    answer = requests.get(f"{server.url}/things/1", timeout=LONG)
    assert answer.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert "Server" not in answer.headers
    assert "Via" not in answer.headers


def test_a_chunked_request_body_reaches_the_application_whole(toy: Any, connection: http.client.HTTPConnection) -> None:
    assert ask(connection, "POST", "/things", iter([b"ab", b"cd"])) == b"abcd"
    assert toy.applied == [b"abcd"]


@pytest.mark.parametrize(("when", "applied"), [("before", []), ("after", [b"x"])])
def test_a_reset_is_a_real_rst_without_a_byte(
    toy: Any, connection: http.client.HTTPConnection, when: str, applied: list[bytes]
) -> None:
    toy.faults.add({"reset": when, "times": 1})
    connection.connect()
    connection.sock.sendall(b"POST /things HTTP/1.1\r\nHost: toy\r\nContent-Length: 1\r\n\r\nx")
    # A mere close would read as b"" here.
    with pytest.raises(ConnectionResetError):
        connection.sock.recv(65_536)
    assert toy.applied == applied
    connection.close()
    assert ask(connection, "POST", "/things", b"y") == b"y"


def test_a_truncated_body_announces_its_length_and_then_the_connection_is_reset(toy: Any, server: Server) -> None:
    toy.faults.add({"truncate": 0.5})
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        client.sendall(b"POST /things HTTP/1.1\r\nHost: toy\r\nContent-Length: 6\r\n\r\nabcdef")
        head, _, body = client.recv(65_536).partition(b"\r\n\r\n")
        assert b"Content-Length: 6" in head
        assert body == b"abc"
        with pytest.raises(ConnectionResetError):
            client.recv(65_536)


def test_chunks_end_themselves_and_keep_the_connection(toy: Any, connection: http.client.HTTPConnection) -> None:
    """[hubspot 15.17; salesforce 3]: no length, several chunks, keep-alive."""
    toy.faults.add({"chunked": True})
    connection.connect()
    first_socket = connection.sock
    for _ in range(3):
        connection.request("GET", "/long")
        answer = connection.getresponse()
        assert (answer.headers["Transfer-Encoding"], answer.headers["Content-Length"]) == ("chunked", None)
        assert not answer.will_close
        assert answer.read() == b"y" * 20_000
    assert connection.sock is first_socket


def test_chunks_on_the_wire_and_a_cut_body_never_ends(toy: Any, server: Server) -> None:
    toy.faults.add({"path": "/things", "chunked": True, "truncate": 0.5, "nth": 2})
    toy.faults.add({"path": "/things", "chunked": True})
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        for expected in (b"6\r\nabcdef\r\n0\r\n\r\n", b"3\r\nabc\r\n"):
            client.sendall(b"POST /things HTTP/1.1\r\nHost: toy\r\nContent-Length: 6\r\n\r\nabcdef")
            assert client.recv(65_536).partition(b"\r\n\r\n")[2] == expected
        with pytest.raises(ConnectionResetError):
            client.recv(65_536)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_dripping_body_is_on_the_wire_part_by_part(toy: Any, chunked: bool) -> None:
    """The first part is read while the second is still held back."""
    released = threading.Event()
    toy.faults.add({"drip_ms": 1, "chunked": chunked})

    def held(environ: dict[str, Any], start_response: Any) -> Any:
        environ["loopback.sleep"] = lambda seconds: released.wait(LONG)
        return toy.app(environ, start_response)

    with serve(held) as waiting:
        connection = http.client.HTTPConnection("127.0.0.1", waiting.port, timeout=LONG)
        connection.request("POST", "/things", b"abcdefghij")
        answer = connection.getresponse()
        assert answer.read(2) == b"ab"
        released.set()
        assert answer.read() == b"cdefghij"
        assert not answer.will_close
        connection.close()


def test_a_dripping_body_may_be_cut_too(toy: Any, server: Server) -> None:
    toy.faults.add({"drip_ms": 1, "truncate": 0.5})
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        client.sendall(b"POST /things HTTP/1.1\r\nHost: toy\r\nContent-Length: 10\r\n\r\nabcdefghij")
        received = b""
        with pytest.raises(ConnectionResetError):
            while part := client.recv(65_536):
                received += part
    assert received.partition(b"\r\n\r\n")[2] == b"abcde"


def test_a_header_keeps_the_case_of_its_name(toy: Any, server: Server) -> None:
    headers = {"X-HubSpot-RateLimit-Max": "190", "CF-RAY": "8a3317d2", "retry-after": "1"}
    toy.faults.add({"status": 429, "headers": headers, "body": "later"})
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        client.sendall(b"GET /things/1 HTTP/1.1\r\nHost: toy\r\n\r\n")
        lines = client.recv(65_536).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 429 Too Many Requests"
    for name, value in headers.items():
        assert f"{name}: {value}".encode() in lines


def test_an_old_client_gets_a_length_whatever_the_fault_says(toy: Any, server: Server) -> None:
    toy.faults.add({"chunked": True})
    with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
        client.sendall(b"GET /things/1 HTTP/1.0\r\nHost: toy\r\n\r\n")
        head = client.makefile("rb").read().partition(b"\r\n\r\n")[0]
    assert b"Content-Length: 11" in head
    assert b"chunked" not in head


def test_requests_sees_the_same_errors_as_in_process(toy: Any, server: Server) -> None:
    toy.faults.add({"path": "reset", "reset": "after"})
    toy.faults.add({"path": "cut", "truncate": 0.5})
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/things/reset", timeout=LONG)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{server.url}/things/cut", timeout=LONG)


def test_a_delay_delays_only_its_own_request(toy: Any, server: Server) -> None:
    released = threading.Event()
    toy.faults.add({"path": "slow", "delay_ms": 1})

    def held(environ: dict[str, Any], start_response: Any) -> Any:
        environ["loopback.sleep"] = lambda seconds: released.wait(LONG)
        return toy.app(environ, start_response)

    with serve(held) as waiting:
        answers: list[int] = []
        slow = threading.Thread(
            target=lambda: answers.append(requests.get(f"{waiting.url}/things/slow", timeout=LONG).status_code)
        )
        slow.start()
        quick = requests.get(f"{waiting.url}/things/quick", timeout=LONG).status_code
        assert (quick, answers) == (200, [])
        released.set()
        slow.join()
    assert answers == [200]


def test_a_stopped_server_gives_its_port_back(toy: Any) -> None:
    first = serve(toy.app)
    requests.get(f"{first.url}/things/1", timeout=LONG)
    first.stop()
    first.stop()
    with serve(toy.app, port=first.port) as second:
        assert requests.get(f"{second.url}/things/1", timeout=LONG).status_code == 200


def test_a_busy_port_is_an_oserror_and_another_host_is_refused(toy: Any, server: Server) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(toy.app, port=server.port)
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        serve(toy.app, host="0.0.0.0")
