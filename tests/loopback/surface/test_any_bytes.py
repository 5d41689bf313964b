"""Bytes that no HTTP library would send, over a real socket: an answer or a closed connection, never a hang."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator

import pytest

from connectors.loopback.kit import Server, serve
from tests.loopback.surface.valid import SURFACES, Surface

# A hang shows as this timeout; nothing waits for it otherwise.
_PATIENCE = 10.0
_BIG = b"x" * 100_000
CASES: dict[str, bytes] = {
    "garbage": b"\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "odd version": b"GET / HTTP/9.9\r\n\r\n",
    "HTTP/1.0": b"GET {path} HTTP/1.0\r\n\r\n",
    "lower-case method": b"get {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no host": b"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n",
    "absolute target": b"GET http://evil.example{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "NUL in the path": b"GET {path}\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "raw UTF-8 in the path": b"GET {path}/\xc3\xa9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "broken escape": b"GET {path}/%zz%f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "dots": b"GET {path}/../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a very long path": b"GET {path}/" + _BIG + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a very long header": b"GET {path} HTTP/1.1\r\nHost: x\r\nX: " + _BIG * 4 + b"\r\nConnection: close\r\n\r\n",
    "a header without a colon": b"GET {path} HTTP/1.1\r\nHost: x\r\nnonsense\r\nConnection: close\r\n\r\n",
    "a negative length": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\nConnection: close\r\n\r\n{}",
    "no number as length": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\nConnection: close\r\n\r\n{}",
    "two lengths": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}",
    "a length too short": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{}",
    "length and chunks": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks that are none": b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"zz\r\n{}\r\n",
    "an unknown coding": b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\nConnection: close\r\n\r\n{}",
    "a compressed body": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: "
    + str(len(gzip.compress(b"{}", mtime=0))).encode() + b"\r\n\r\n" + gzip.compress(b"{}", mtime=0),
    "Expect without a body": b"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n",
}  # fmt: skip
CUT_OFF: dict[str, bytes] = {
    "a length too long": b"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}",
    "chunks without an end": b"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    "half a request line": b"GET {pa",
    "no line": b"\r\n\r\n",
    "bare line feeds, which end no line": b"GET {path} HTTP/1.1\nHost: x\n\n",
}


@pytest.fixture(scope="module", params=SURFACES, ids=lambda surface: surface.name)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Server, Surface]]:
    surface: Surface = request.param
    emulator = surface.make()
    with serve(emulator.app, threads=2) as server:
        yield server, surface
    emulator.close()


def exchange(server: Server, data: bytes, *, close: bool = False) -> bytes:
    """Everything that comes back until the server closes; ``close``: the client stops sending first."""
    path = b"/crm/v3/objects/contacts/search" if b"POST" in data else b"/services/data"
    with socket.create_connection((server.host, server.port), timeout=_PATIENCE) as connection:
        try:
            connection.sendall(data.replace(b"{path}", path))
            if close:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b""))
        except ConnectionError:  # closed while we were sending
            return b""


def is_well(server: Server) -> bool:
    return b" 200 " in exchange(server, b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[:20]


@pytest.mark.parametrize("name", CASES)
def test_odd_bytes_are_answered_and_no_traceback_is(served: tuple[Server, Surface], name: str) -> None:
    server, _ = served
    answer = exchange(server, CASES[name])
    assert b"Traceback" not in answer
    assert answer == b"" or answer.startswith(b"HTTP/1.")
    assert answer[9:12] not in (b"500", b"502", b"503"), answer[:200]
    assert is_well(server)


@pytest.mark.parametrize("name", CUT_OFF)
def test_a_request_that_breaks_off_holds_nobody_up(served: tuple[Server, Surface], name: str) -> None:
    """The client goes away in the middle; the next request is answered at once."""
    server, _ = served
    assert b"Traceback" not in exchange(server, CUT_OFF[name], close=True)
    assert is_well(server)
