"""A toy emulator: three routes and a list that remembers what was really applied."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, request

from connectors.loopback.kit import Clock, Faults, Gate, RequestLog, control, note_rows

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Toy:
    """Satisfies the Emulator protocol; POST /things appends the body to ``applied``."""

    name = "toy"
    settings = None

    def __init__(self) -> None:
        self.clock = Clock(START, ticking=False)
        self.faults = Faults()
        self.log = RequestLog()
        self.applied: list[bytes] = []
        flask_app = Flask("toy")
        flask_app.add_url_rule("/things/<thing_id>", view_func=self._get)
        flask_app.add_url_rule("/things", view_func=self._post, methods=["POST"])
        flask_app.add_url_rule("/nothing", "nothing", lambda: ("", 204), methods=["PATCH"])
        flask_app.add_url_rule("/big", "big", lambda: {"text": "x" * 2_000})
        flask_app.add_url_rule("/long", "long", lambda: "y" * 20_000)
        flask_app.register_blueprint(control(self))
        self.app = Gate(flask_app, clock=self.clock, faults=self.faults, log=self.log, gzip_from=1_000)

    def _get(self, thing_id: str) -> dict[str, Any]:
        note_rows(rows_out=1)
        return {"id": thing_id}

    def _post(self) -> Response:
        self.applied.append(request.get_data())
        note_rows(rows_in=2)
        body, date = request.get_data(), "Thu, 01 Jan 1970 00:00:00 GMT"
        return Response(body, 201, {"Date": date}, content_type="text/plain")

    def snapshot(self) -> dict[str, Any]:
        return {"things": [body.decode() for body in self.applied]}

    def close(self) -> None:
        self.applied.clear()


@pytest.fixture
def toy() -> Toy:
    return Toy()
