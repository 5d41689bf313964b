"""A request of any shape straight to an emulator's application, and what no answer may be."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.test import create_environ

# HubSpot's and Salesforce's own, which an emulator gives on purpose: what it does not emulate.
ALLOWED_5XX = {501}


@dataclass(frozen=True)
class Request:
    """``path`` and ``query`` as they stand in the request line; ``body`` any bytes."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def with_json(self, content: Any) -> Request:
        return replace(self, body=json.dumps(content).encode())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def call(app: Any, request: Request) -> Answer:
    """Answer as a transport would pass it on; what the application raises, this raises."""
    environ = create_environ(
        base_url="http://acme.my.salesforce.test", method=request.method, input_stream=io.BytesIO(request.body)
    )
    environ |= {
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input_terminated": True,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    started: list[Any] = []
    body = b"".join(app(environ, lambda *start: started.extend(start)))
    status, headers = started[:2]
    return Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)


def complaint(request: Request, answer: Answer) -> str:
    """Why the answer is none that the API would give; empty when it may be."""
    soap_fault = b":Fault>" in answer.body  # SOAP 1.1 sends every fault with status 500
    if answer.status >= 500 and answer.status not in ALLOWED_5XX and not soap_fault:
        return f"status {answer.status}: {answer.body[:300]!r}"
    length = answer.headers.get("content-length")
    if request.method == "HEAD":
        return "a body after HEAD" if answer.body else ""
    if length is not None and int(length) != len(answer.body):
        return f"Content-Length {length} of a body of {len(answer.body)}"
    if "json" not in answer.headers.get("content-type", "") or "content-encoding" in answer.headers:
        return ""
    try:
        json.loads(answer.body, parse_constant=_no_constant)
    except ValueError as error:
        return f"no JSON: {error}"
    return ""


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
