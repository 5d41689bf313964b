"""A server that answers what a test says, in process, and a clock that only sleeping moves."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from requests.adapters import BaseAdapter

from connectors.transport import Call, Purpose, Transport

URL = "https://api.example.com"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
JSON = "application/json;charset=utf-8"
READ = Call("read", Purpose.PULL)
WRITE = Call("write", Purpose.HANDOFF, safe=False)


@dataclass(frozen=True)
class Step:
    """One answer, or the exception that the connection dies with."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Exception | None = None


class Server(BaseAdapter):
    """Answers the steps in turn, the last one for ever."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = list(steps or [Step()])
        self.requests: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []
        self.seconds = 0.0
        self.slept: list[float] = []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        self.requests.append(request)
        self.options.append(options)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if step.error is not None:
            raise step.error
        response = requests.Response()
        response.status_code, response.request, response.url = step.status, request, str(request.url)
        response._content = step.body
        response._content_consumed = True  # type: ignore[attr-defined]
        date = (START + timedelta(seconds=self.seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        response.headers.update({"Content-Type": JSON, "Date": date, **step.headers})
        return response

    def close(self) -> None:
        """Nothing is held."""

    # ------------------------------------------------------------ time
    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def transport(self, **options: Any) -> Transport:
        return Transport(
            "crm",
            URL,
            **{
                "adapter": self,
                "clock": self.clock,
                "sleep": self.sleep,
                "wall": lambda: START,
                "rng": random.Random(7),
                **options,
            },
        )


def statuses(*values: int) -> Iterable[Step]:
    return [Step(value) for value in values]
