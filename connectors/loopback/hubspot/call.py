"""One request as a view sees it, and the answer it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Request, Response

from connectors.loopback.hubspot import shapes
from connectors.loopback.hubspot.auth import Caller
from connectors.loopback.hubspot.errors import bad_input, validation
from connectors.loopback.kit.json_body import loads
from connectors.loopback.kit.numbers import whole

CONTENT_TYPE = "application/json;charset=utf-8"  # HubSpot writes no space (§2.3)


@dataclass(frozen=True)
class Call:
    """``now`` is the sandbox's time in epoch milliseconds, the same for the whole request."""

    request: Request
    caller: Caller
    now: int

    def json(self) -> Any:
        """The JSON body, its types as they were sent; a 400 in Jackson's manner when it is none."""
        try:
            return loads(self.request.get_data())
        except orjson.JSONDecodeError as error:
            raise bad_input(f"Unexpected character or end of input: {error}") from None

    def body(self) -> Any:
        """The JSON body, its known keys read as the types they have; a 400 for others."""
        return shapes.read(self.json())

    def object(self) -> Mapping[str, Any]:
        """The JSON body as an object."""
        body = self.body()
        if not isinstance(body, dict):
            raise bad_input("Cannot deserialize value of type `java.util.LinkedHashMap`")
        return body

    def names(self, parameter: str) -> list[str]:
        """A multi-valued parameter: repeated, comma-joined or both."""
        return [name for value in self.request.args.getlist(parameter) for name in value.split(",") if name]

    def flag(self, parameter: str) -> bool:
        """``true`` in any case: the Python client sends ``True`` (§13.3)."""
        return self.request.args.get(parameter, "").lower() == "true"

    def text(self, parameter: str) -> str | None:
        return self.request.args.get(parameter) or None

    def limit(self, *, default: int, most: int) -> int:
        """The ``limit`` parameter; 400 outside 1..most. An empty one is none, as JAX-RS reads it (UNCONFIRMED)."""
        raw = self.request.args.get("limit")
        if not raw:
            return default
        number = integer(raw)
        if not 1 <= number <= most:
            raise validation(f"limit must be between 1 and {most}, it was {number}")
        return number

    def start(self) -> int:
        """The numeric ``after`` cursor, 0 without one."""
        raw = self.request.args.get("after")
        return integer(raw) if raw else 0


@dataclass(frozen=True)
class Reply:
    """An answer: ``body`` None for none. ``rows`` is how many records it gives, for the log."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    rows: int | None = None

    def response(self) -> Response:
        if self.body is None:
            answer = Response(status=self.status, headers=self.headers)
            del answer.headers["Content-Type"]
            return answer
        content = orjson.dumps(self.body)
        return Response(content, self.status, self.headers, content_type=CONTENT_TYPE)


NO_CONTENT = Reply(status=204)


def integer(raw: Any) -> int:
    """A number of a query or a body, which may be text; 400 for anything else."""
    number = whole(raw)
    if number is None:
        raise bad_input(f'Cannot deserialize value of type `int` from String "{raw}": not a valid `int` value')
    return number
