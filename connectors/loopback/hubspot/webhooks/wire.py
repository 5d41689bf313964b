"""Plain HTTP POSTs that can be hung up from another thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit


class Unanswered(Exception):
    """No answer: refused, reset, timed out, or nothing HTTP."""


class Wire:
    """No proxies, no redirects, nothing rewritten: the URI is called as it is signed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[HTTPConnection] = set()
        self.cut = False

    def post(self, url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> int:
        """The status of the answer, which has ``timeout`` seconds. Raises :class:`Unanswered`."""
        parts = urlsplit(url)
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with self._lock:
            if self.cut:
                raise Unanswered("hung up")
            self._open.add(connection)
        try:
            connection.request("POST", target, body, dict(headers))
            return connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise Unanswered(str(error) or type(error).__name__) from error
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def hang_up(self) -> None:
        """End what is under way, at once, and refuse what comes."""
        with self._lock:
            self.cut = True
            for connection in self._open:
                if connection.sock is not None:
                    with suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)
