"""The control endpoints every emulator has under /_sandbox: for tests and demos, not the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, request

from connectors.loopback.kit.clock import parse_duration
from connectors.loopback.kit.emulator import Emulator
from connectors.loopback.kit.faults import FaultError
from connectors.loopback.kit.json_body import loads


def control(emulator: Emulator) -> Blueprint:
    """The blueprint; JSON in and out, a 400 is ``{"error": sentences, "problems": [...]}``."""
    pages = Blueprint("sandbox_control", __name__, url_prefix="/_sandbox")

    def route(path: str, method: str) -> Callable[[Callable[[], Response]], None]:
        def register(view: Callable[[], Response]) -> None:
            pages.add_url_rule(path, f"{method.lower()}_{view.__name__}", view, methods=[method])

        return register

    @route("/health", "GET")
    def health() -> Response:
        return _json({"name": emulator.name, "now": _now(emulator), "ready": True})

    @route("/clock", "GET")
    def clock() -> Response:
        return _json({"now": _now(emulator)})

    @route("/clock", "POST")
    def advance() -> Response:
        try:
            emulator.clock.advance(_seconds_asked())
        except ValueError as problem:
            return _refuse([str(problem)])
        return _json({"now": _now(emulator)})

    @route("/faults", "GET")
    def faults() -> Response:
        return _json({"faults": emulator.faults.rules()})

    @route("/faults", "POST")
    def add_fault() -> Response:
        try:
            return _json({"id": emulator.faults.add(_body())}, 201)
        except FaultError as error:
            return _refuse(error.problems)
        except ValueError as problem:
            return _refuse([str(problem)])

    @route("/faults", "DELETE")
    def clear_faults() -> Response:
        emulator.faults.clear()
        return Response(status=204)

    @route("/requests", "GET")
    def requests() -> Response:
        answer = emulator.log.counts()
        if request.args.get("log") != "0":
            answer["log"] = [call.as_dict() for call in emulator.log.calls()]
        return _json(answer)

    @route("/requests", "DELETE")
    def reset_requests() -> Response:
        emulator.log.reset()
        return Response(status=204)

    @route("/snapshot", "GET")
    def snapshot() -> Response:
        return _json(emulator.snapshot())

    return pages


def _now(emulator: Emulator) -> str:
    return emulator.clock.now().isoformat(timespec="milliseconds")


def _body() -> Any:
    try:
        return loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise ValueError(f"The body is not JSON: {error}.") from None


def _seconds_asked() -> float:
    body = _body()
    match body:
        case {"advance_seconds": int() | float() as seconds, **rest} if not rest and not isinstance(seconds, bool):
            return float(seconds)
        case {"advance": str() as text, **rest} if not rest:
            return parse_duration(text)
    raise ValueError('Send {"advance_seconds": 3600} or {"advance": "3d 4h"}.')


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")


def _refuse(problems: list[str]) -> Response:
    return _json({"error": " ".join(problems), "problems": problems}, 400)
