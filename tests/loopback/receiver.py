"""An HTTP server that takes webhooks: it keeps every request and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """One request; ``uri`` is what the caller called, ``headers`` are found in any case."""

    method: str
    uri: str
    headers: Message
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body)
        return found


class Receiver:
    """Answers 204, or the ``statuses`` it was given, one each; 0 keeps the caller waiting until
    :meth:`close`. ``arrived`` counts requests; all wait while ``held`` is cleared."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.statuses: deque[int] = deque()
        self.arrived = threading.Semaphore(0)
        self.held = threading.Event()
        self.held.set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = receiver._take(self)
                if status == 0:
                    receiver._closing.wait()
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{self.base}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        """Of all requests, in the order they came."""
        return [event for delivery in self.deliveries for event in delivery.events]

    def types(self) -> list[str]:
        return [event["subscriptionType"] for event in self.events]

    def _take(self, handler: BaseHTTPRequestHandler) -> int:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            self.deliveries.append(Delivery(handler.command, self.base + handler.path, handler.headers, body))
            status = self.statuses.popleft() if self.statuses else 204
        self.arrived.release()
        self.held.wait()
        return status

    def close(self) -> None:
        self._closing.set()
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
