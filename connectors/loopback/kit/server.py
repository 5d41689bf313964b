"""A WSGI application on a port of 127.0.0.1: waitress in a thread, with real resets."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from connectors.loopback.kit.gate import UNCORK
from connectors.loopback.kit.hangup import Hangup

# waitress warns of waiting requests and of threads that outlive stop(); neither is news here,
# and a warning would end up on the sandbox's standard error.
logging.getLogger("waitress").setLevel(logging.ERROR)

# waitress accepts nobody beyond its limit, and the real systems keep more open than its 100.
_MOST_CONNECTIONS = 2_000
_LINGER_ZERO = struct.pack("ii", 1, 0)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """Writes an answer in one piece, and can end with RST instead of FIN."""

    corked: list[bytes] | None = None
    hung_up = False

    def write_soon(self, data: bytes) -> int:
        if self.corked is None:
            super().write_soon(data)
        else:
            self.corked.append(data)
        return len(data)

    def uncork(self) -> None:
        """Write what there is, and the rest as it comes."""
        answer, self.corked = b"".join(self.corked or []), None
        self.write_soon(answer)

    def send_continue(self) -> None:
        # waitress then waits for a body, even when the request has announced that there is none.
        bare = self.request.completed and not self.request.chunked and not self.request.content_length
        super().send_continue()
        self.request.completed = bare

    def handle_close(self) -> None:
        if self.hung_up and self.connected:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        super().handle_close()


class _Task(WSGITask):  # type: ignore[misc]
    channel: _Channel

    def service(self) -> None:
        # Header and body leave in one write; apart they meet Nagle and the delayed ACK (45 ms).
        self.channel.corked = []
        try:
            self.start()
            self.execute()
            self.finish()
        except Hangup:
            self.channel.hung_up = True
            self.close_on_finish = True
        finally:
            self.channel.uncork()

    def build_response_header(self) -> bytes:
        # waitress writes "X-Hubspot-…"; on the wire a header has the case its application gave it.
        given = {name.lower().encode("latin-1"): name.encode("latin-1") for name, _ in self.response_headers}
        first, *lines = super().build_response_header().split(b"\r\n")
        parts = [line.partition(b":") for line in lines]
        return b"\r\n".join([first, *(given.get(name.lower(), name) + colon + text for name, colon, text in parts)])

    def set_close_on_finish(self) -> None:
        # waitress closes whenever it was given no length: also after 204 and 304, which need
        # none, and after chunks, which end themselves. The real systems keep the connection.
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        ends_itself = self.chunked_response or not self.has_body
        if asked or self.version == "1.0" or not ends_itself:
            super().set_close_on_finish()

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ.pop("wsgi.file_wrapper", None)  # hands over files, which cannot be corked
        environ[UNCORK] = self.channel.uncork
        return environ


_Channel.task_class = _Task


class _WSGIServer(TcpWSGIServer):  # type: ignore[misc]
    channel_class = _Channel


class Server:
    """A running server; ``stop()`` closes the port and every connection."""

    def __init__(self, app: Callable[..., Any], port: int, host: str, threads: int) -> None:
        listener = _listen(host, port)
        adjustments = Adjustments(
            ident=None,
            threads=threads,
            connection_limit=_MOST_CONNECTIONS,
            clear_untrusted_proxy_headers=False,
            log_socket_errors=False,
            channel_timeout=600,
            asyncore_use_poll=True,
        )
        self._tasks = ThreadedTaskDispatcher()
        self._map: dict[int, Any] = {}
        self._waitress = _WSGIServer(
            app,
            self._map,
            _sock=listener,
            dispatcher=self._tasks,
            adj=adjustments,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            bind_socket=False,
        )
        self.host = host
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        self._tasks.set_thread_count(threads)
        self._loop = threading.Thread(target=self._waitress.run, name=f"loopback-{self.port}", daemon=True)
        self._loop.start()

    def stop(self) -> None:
        if not self._loop.is_alive():
            return
        # The threads first: one that ends its answer still wakes the loop.
        self._tasks.shutdown(timeout=0.5)
        # The loop owns the sockets, so it is the loop that closes them; with none left it ends.
        with suppress(OSError):  # a loop that was awake has closed its trigger before we pull it
            self._waitress.trigger.pull_trigger(lambda: wasyncore.close_all(self._map, ignore_all=True))
        self._loop.join()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def serve(app: Callable[..., Any], port: int = 0, host: str = "127.0.0.1", threads: int = 8) -> Server:
    """Serve ``app``; port 0 takes a free one. Raises OSError when the port is busy."""
    if host != "127.0.0.1":
        raise ValueError("The loopback emulators are served on 127.0.0.1 only.")
    return Server(app, port, host, threads)
