"""The middleware around an emulator's Flask application: faults, log, Date, gzip, framing."""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, request, request_started

from connectors.loopback.kit.clock import Clock
from connectors.loopback.kit.faults import Fault, Faults
from connectors.loopback.kit.hangup import Hangup
from connectors.loopback.kit.log import ROWS_IN, ROWS_OUT, RequestLog
from connectors.loopback.kit.statuses import has_body, status_line

SLEEP = "loopback.sleep"
UNCORK = "loopback.uncork"
# For how many seconds a fault will hold back the answer, and what to call when it has gone out.
HELD_BACK = "loopback.held_back"
AFTERWARDS = "loopback.afterwards"
_RULE = "loopback.rule"
_CONTROL_PREFIX = "/_sandbox/"
_CHUNK_BYTES = 16_384
_DROPS = 5  # pieces of a dripping body

Environ = dict[str, Any]
Headers = list[tuple[str, str]]


class Gate:
    """A WSGI application; every request to the emulator passes here.

    ``gzip_from``: compress bodies of at least so many bytes for clients that accept it.
    ``chunked_from``: frame bodies of at least so many bytes, before they are compressed, in
    chunks instead of announcing a length. None for never. The transport frames what has no
    ``Content-Length``. Raises :class:`Hangup` out of the call for a reset, and out of the
    body's iterator for a truncated one.
    """

    def __init__(
        self,
        app: Flask,
        *,
        clock: Clock,
        faults: Faults,
        log: RequestLog,
        gzip_from: int | None = None,
        chunked_from: int | None = None,
    ) -> None:
        self.flask_app = app
        self.clock = clock
        self.faults = faults
        self.log = log
        self.gzip_from = gzip_from
        self.chunked_from = chunked_from
        self._in_flight: dict[object, tuple[datetime, str]] = {}
        request_started.connect(self._note_rule, app)

    def in_flight(self) -> list[tuple[datetime, str]]:
        """When each request that is not answered yet came in, and its path."""
        return list(self._in_flight.values())

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        _decode_chunked(environ)
        if environ["PATH_INFO"].startswith(_CONTROL_PREFIX):
            return self._send(environ, start_response, *self._answer(environ), chunked=False)
        at = self.clock.now()
        began = time.perf_counter()
        fault = self.faults.match(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        status = "0"
        request_key = object()
        self._in_flight[request_key] = (at, environ["PATH_INFO"])
        afterwards: list[Callable[[], object]] = environ.setdefault(AFTERWARDS, [])
        environ[HELD_BACK] = fault.delay_ms / 1000 if fault else 0.0
        try:
            status, headers, body = self._faulty(environ, fault)
            chunked = self._is_chunked(environ, status, body, fault)
            answer = self._send(environ, start_response, status, headers, body, chunked=chunked)
            if fault is None or not body:
                return answer
            whole = answer if fault.truncate is None else _cut(answer, fault)
            return _drip(whole, environ, fault.drip_ms / 1000) if fault.drip_ms else whole
        finally:
            del self._in_flight[request_key]
            for call in afterwards:
                call()
            self._note(environ, at, began, int(status[:3]), fault)

    def _faulty(self, environ: Environ, fault: Fault | None) -> tuple[str, Headers, bytes]:
        if fault is None:
            return self._answer(environ)
        # A fault that does not apply the request resets it or answers in the app's place.
        answer = self._answer(environ) if fault.apply else ("", [], b"")
        if fault.delay_ms:
            environ.get(SLEEP, time.sleep)(fault.delay_ms / 1000)
        if fault.reset:
            raise Hangup(f"{fault.rule_id}: reset {fault.reset} the request was applied")
        if fault.status is None:
            return answer
        headers = [("Content-Type", fault.content_type), *fault.headers]
        if any(name.lower() == "content-type" for name, _ in fault.headers):
            del headers[0]
        return status_line(fault.status), headers, fault.body

    def _is_chunked(self, environ: Environ, status: str, body: bytes, fault: Fault | None) -> bool:
        if environ["REQUEST_METHOD"] == "HEAD" or environ["SERVER_PROTOCOL"] != "HTTP/1.1":
            return False
        if not body or not has_body(int(status[:3])):
            return False
        if fault is not None and fault.chunked is not None:
            return fault.chunked
        return self.chunked_from is not None and len(body) >= self.chunked_from

    def _answer(self, environ: Environ) -> tuple[str, Headers, bytes]:
        """Run the application to its end: status line, headers, whole body."""
        started: list[Any] = []

        def start_response(status: str, headers: Headers, *_: Any) -> Callable[[bytes], object]:
            started[:] = [status, headers]
            return _write

        chunks = self.flask_app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        # Werkzeug writes "NOT FOUND"; the real ones write the registered phrase.
        return status_line(int(started[0][:3])), started[1], body

    def _send(
        self,
        environ: Environ,
        start_response: Callable[..., Any],
        status: str,
        headers: Headers,
        body: bytes,
        *,
        chunked: bool,
    ) -> list[bytes] | Iterator[bytes]:
        headers = [(k, v) for k, v in headers if k.lower() != "date"]
        headers.append(("Date", format_datetime(self.clock.now(), usegmt=True)))
        if body:
            headers, body = self._compress(environ, headers, body)
        # An answer to HEAD announces the length of the body it leaves out.
        if environ["REQUEST_METHOD"] != "HEAD":
            headers = [(k, v) for k, v in headers if k.lower() != "content-length"]
            if not chunked and has_body(int(status[:3])):
                headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return _chunks(body) if chunked else [body]

    def _compress(self, environ: Environ, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        names = {name.lower() for name, _ in headers}
        if (
            self.gzip_from is None
            or len(body) < self.gzip_from
            or "content-encoding" in names
            or not _accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        ):
            return headers, body
        # mtime=0: the same body is the same bytes in every run.
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        return [*headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")], packed

    def _note_rule(self, sender: Flask, **_: Any) -> None:
        rule = request.url_rule
        request.environ[_RULE] = rule.rule if rule else None

    def _note(self, environ: Environ, at: datetime, began: float, status: int, fault: Fault | None) -> None:
        method = environ["REQUEST_METHOD"]
        rule = environ[_RULE] if _RULE in environ else self._find_rule(environ)
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        self.log.add(
            at=at.isoformat(timespec="milliseconds"),
            method=method,
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            endpoint=f"{method} {rule or '(no route)'}",
            query=tuple(dict.fromkeys(name for name, _ in query)),
            status=status,
            rows_in=environ.get(ROWS_IN),
            rows_out=environ.get(ROWS_OUT),
            ms=round((time.perf_counter() - began) * 1000, 3),
            fault=fault.rule_id if fault else None,
        )

    def _find_rule(self, environ: Environ) -> str | None:
        """The rule of a request the application never saw."""
        with self.flask_app.request_context({**environ, "wsgi.input": io.BytesIO()}):
            return request.url_rule.rule if request.url_rule else None


def _write(data: bytes) -> object:
    """The write() of PEP 3333, which Flask does not use."""
    raise NotImplementedError


def _decode_chunked(environ: Environ) -> None:
    """Give the application a plain body with a length.

    Both transports of the kit have undone the framing (wsgi.input_terminated); what is left
    is the header that would make the application believe there is no length.
    """
    if "chunked" not in environ.pop("HTTP_TRANSFER_ENCODING", "").lower():
        return
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _accepts_gzip(accept_encoding: str) -> bool:
    for offer in accept_encoding.lower().split(","):
        coding, _, parameters = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _chunks(body: bytes) -> Iterator[bytes]:
    """An iterator, and no list: a transport announces the length of a list of one."""
    return (body[start : start + _CHUNK_BYTES] for start in range(0, len(body), _CHUNK_BYTES))


def _cut(pieces: Iterable[bytes], fault: Fault) -> Iterator[bytes]:
    body = b"".join(pieces)
    yield body[: int(len(body) * (fault.truncate or 0))]
    raise Hangup(f"{fault.rule_id}: truncated")


def _drip(pieces: Iterable[bytes], environ: Environ, pause: float) -> Iterator[bytes]:
    """Each piece in parts with a pause before each but the first."""
    environ.get(UNCORK, _at_once)()
    sleep = environ.get(SLEEP, time.sleep)
    for piece in pieces:
        step = max(1, -(-len(piece) // _DROPS))
        for start in range(0, len(piece), step):
            if start:
                sleep(pause)
            yield piece[start : start + step]


def _at_once() -> None:
    """A transport that holds nothing back has nothing to uncork."""
