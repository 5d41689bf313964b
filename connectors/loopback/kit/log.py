"""What was asked of an emulator, call by call and counted by endpoint."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from flask import request

ROWS_IN = "loopback.rows_in"
ROWS_OUT = "loopback.rows_out"


def note_rows(*, rows_in: int | None = None, rows_out: int | None = None) -> None:
    """Called by a view: how many records the request carried and how many the answer does."""
    if rows_in is not None:
        request.environ[ROWS_IN] = rows_in
    if rows_out is not None:
        request.environ[ROWS_OUT] = rows_out


@dataclass(frozen=True, slots=True)
class Call:
    """One request; ``status`` is 0 when the connection was dropped without an answer.

    ``endpoint`` is "POST /crm/v3/objects/<type>/search": the method and the Flask rule, or
    "GET (no route)". ``query`` holds the names of the query parameters, never their values.
    """

    n: int
    at: str
    method: str
    path: str
    endpoint: str
    query: tuple[str, ...]
    status: int
    rows_in: int | None
    rows_out: int | None
    ms: float
    fault: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class RequestLog:
    """The last ``keep`` calls; the counts cover every call since the last reset."""

    def __init__(self, keep: int = 100_000) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=keep)
        self._by_endpoint: Counter[str] = Counter()
        self._total = 0

    def add(self, **fields: Any) -> Call:
        """Note one call; ``fields`` are those of :class:`Call` without ``n``."""
        with self._lock:
            self._total += 1
            call = Call(n=self._total, **fields)
            self._calls.append(call)
            self._by_endpoint[call.endpoint] += 1
        return call

    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def counts(self) -> dict[str, Any]:
        """``{"total": n, "by_endpoint": {endpoint: n}}``, the busiest endpoint first."""
        with self._lock:
            return {"total": self._total, "by_endpoint": dict(self._by_endpoint.most_common())}

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
            self._by_endpoint.clear()
            self._total = 0
