"""A requests adapter that calls a WSGI application: the socket's semantics, without one."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from connectors.loopback.kit.gate import SLEEP
from connectors.loopback.kit.hangup import Hangup
from connectors.loopback.kit.statuses import has_body


class InProcess(BaseAdapter):
    """Mount it under a ``requests.Session`` for the emulator's base URL.

    A reset is a ``requests.ConnectionError``, a truncated body fails while it is read, and a
    delay beyond the read timeout is a ``requests.ReadTimeout`` (the request was still
    applied). ``sleep`` carries out delays; a simulation passes its clock's ``advance``.
    """

    def __init__(self, app: Callable[..., Any], *, sleep: Callable[[float], Any] = time.sleep) -> None:
        super().__init__()
        self.app = app
        self._sleep = sleep
        self._build = HTTPAdapter().build_response

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        environ = _environ(request)
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        timed_out = False
        started: list[Any] = []

        def sleep(seconds: float) -> None:
            nonlocal timed_out
            timed_out = patience is not None and seconds > patience
            self._sleep(patience if timed_out else seconds)
            if timed_out and started:
                raise TimeoutError  # in the middle of the body

        environ[SLEEP] = sleep
        try:
            chunks = self.app(environ, lambda *start: started.extend(start))
        except Hangup as hangup:
            if timed_out:
                raise requests.ReadTimeout(request=request) from None
            raise requests.ConnectionError(hangup, request=request) from hangup
        if timed_out:
            raise requests.ReadTimeout(request=request)
        status_line, headers = started[:2]
        code, _, reason = status_line.partition(" ")
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and has_body(int(code)):
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        raw = HTTPResponse(
            body=_Wire(iter(chunks)),
            headers=headers,
            status=int(code),
            reason=reason,
            version=11,
            preload_content=False,
            request_method=request.method,
        )
        response = self._build(request, raw)
        if not stream:
            _ = response.content
        return response

    def close(self) -> None:
        """Nothing is held open."""


class _Wire(io.RawIOBase):
    """A body as it comes off the wire; a Hangup in it surfaces in the read that reaches it."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url or "")
    body = _body_bytes(request.body)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": (request.method or "GET").upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": target,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc.rpartition("@")[2],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environ[key] = value.decode("latin-1") if isinstance(value, bytes) else value
    return environ


def _body_bytes(body: Any) -> bytes:
    """The whole request body; requests sends an iterable of chunks with no length."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return _body_bytes(body.read())
    return b"".join(_body_bytes(chunk) for chunk in body)
