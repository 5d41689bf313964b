"""Replays a `Portal` over HTTP from its own process, so that the client's CPU time is the client's alone.

GET  …/contacts           list pages         GET   …/owners      none
POST …/contacts/search    latest changes     POST  /bench        {"contacts": n} · {"change": k} → the state
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from bench.portal import DATE, Portal

_EMPTY = b'{"results":[]}'


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open and writes an answer in one piece: two pieces would wait for Nagle."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    portal: ClassVar = Portal()
    calls: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.calls["api"] += 1
        if url.path.endswith("/contacts") and "archived" not in query:
            self.answer(self.portal.list_page(int(query.get("after", ["0"])[0])))
        else:
            self.answer(_EMPTY)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/bench":
            self.control(asked)
            return
        self.calls["api"] += 1
        filters = asked["filterGroups"][0]["filters"]
        last = next((f["value"] for f in filters if f["propertyName"] == "hs_object_id"), "")
        self.answer(self.portal.search_page(last))

    def control(self, asked: dict[str, Any]) -> None:
        if "contacts" in asked:
            type(self).portal = Portal(asked["contacts"])
        if "change" in asked:
            self.portal.change(asked["change"])
        state = {"calls": self.calls["api"], "contacts": self.portal.contacts,
                 "revisions": list(self.portal.revisions.items())}  # fmt: skip
        self.calls.clear()
        self.answer(json.dumps(state).encode())

    def answer(self, body: bytes) -> None:
        head = (
            f"HTTP/1.1 200 OK\r\nDate: {DATE}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.wfile.write(head.encode() + body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: this is a benchmark."""


class Control:
    """The server as its users see it. `tell` sets the stage and answers what was asked of it since the last time."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, **what: int) -> dict[str, Any]:
        request = urllib.request.Request(self.url + "/bench", json.dumps(what).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            state: dict[str, Any] = json.load(answer)
        return state


@contextlib.contextmanager
def serving() -> Iterator[Control]:
    """The server in a process of its own, until the end of the block."""
    with subprocess.Popen([sys.executable, "-m", "bench.server"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Control(process.stdout.readline().strip())
        finally:
            process.terminate()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
