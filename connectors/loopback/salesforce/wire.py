"""Bodies and headers as Salesforce sends them (2026) [sheet 3]."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, request

JSON_TYPE = "application/json;charset=UTF-8"
_METHODS = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
_PRETTY = ("1", "true")
# Bodies of at least so many bytes are compressed for those who accept it.
GZIP_FROM = 1024
COMMON_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Set-Cookie": "BrowserId=lpbckBrowserId0000000000; domain=.salesforce.com; path=/; Max-Age=31536000",
    "X-Robots-Tag": "none",
    "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private",
    "Server": "sfdcedge",
}


def respond(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response, pretty-printed when X-PrettyPrint asks for it."""
    if request.headers.get("X-PrettyPrint", "").lower() in _PRETTY:
        body = pretty(content)
    else:
        body = orjson.dumps(content)
    return Response(body, status, headers, content_type=JSON_TYPE)


def method_not_allowed(method: str, allowed: Iterable[str]) -> Response:
    """405 with the methods in Salesforce's order and without a space [forrest#59, forrest#181]."""
    listed = ",".join(name for name in _METHODS if name in allowed)
    text = f"HTTP Method '{method}' not allowed. Allowed are {listed}"
    return respond([{"errorCode": "METHOD_NOT_ALLOWED", "message": text}], 405, {"Allow": listed})


def empty(status: int = 204) -> Response:
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def request_id(number: int) -> str:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def pretty(content: Any) -> bytes:
    """Jackson's layout: ``[ {\\n  "id" : "…"\\n} ]``, arrays without indentation."""
    out: list[bytes] = []
    _pretty(content, b"\n", out)
    return b"".join(out)


def _pretty(content: Any, newline: bytes, out: list[bytes]) -> None:
    if isinstance(content, dict):
        _pretty_object(content, newline, out)
    elif isinstance(content, list):
        if not content:
            out.append(b"[ ]")
            return
        for index, item in enumerate(content):
            out.append(b", " if index else b"[ ")
            _pretty(item, newline, out)
        out.append(b" ]")
    else:
        out.append(orjson.dumps(content))


def _pretty_object(content: dict[str, Any], newline: bytes, out: list[bytes]) -> None:
    if not content:
        out.append(b"{ }")
        return
    inner = newline + b"  "
    lead = b"{" + inner
    dumps = orjson.dumps
    for key, value in content.items():
        if type(value) is dict or type(value) is list:
            out.append(lead + dumps(key) + b" : ")
            _pretty(value, inner, out)
        else:
            out.append(lead + dumps(key) + b" : " + dumps(value))
        lead = b"," + inner
    out.append(newline + b"}")
