"""/composite, /composite/graph and /composite/batch [sheet 5]."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import orjson
from flask import Response, current_app, request

from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest.base import json_body, versioned
from connectors.loopback.salesforce.rest.collections import FORCE_ALL_OR_NONE, SOME_FAILED
from connectors.loopback.salesforce.service import service

pages = versioned("salesforce_composite")

SUBREQUEST = "loopback.subrequest"
MAX_SUBREQUESTS = 25
MAX_BULKY = 5
MAX_GRAPHS = 75
MAX_NODES = 500
MAX_NODE_KINDS = 15
MAX_DEPTH = 15
MAX_FAILED_GRAPHS = 14
ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."
_REFERENCE_ID = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}", re.ASCII)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)
_BULKY = re.compile(r"/services/data/v[^/]+/(?:query|queryAll|composite/sobjects)\b")
_FORBIDDEN_HEADERS = {"accept", "authorization", "content-type"}
_SHOWN_HEADERS = ("Location", "ETag", "Last-Modified")

Body = dict[str, Any]


class _Unresolved(Exception):
    """A reference to a subrequest that gave no such value."""


@pages.post("/composite")
def composite() -> Response:
    body = json_body()
    subrequests = _checked(body.get("compositeRequest"), MAX_SUBREQUESTS)
    if sum(bool(_BULKY.match(entry["url"])) for entry in subrequests) > MAX_BULKY:
        raise _bad_request(f"Limit of {MAX_BULKY} reached for: query and collection subrequests")
    collate = service().org.settings.collation_reorders and body.get("collateSubrequests", True)
    _, answers = _run(subrequests, all_or_none=bool(body.get("allOrNone", False)), collate=collate)
    return wire.respond({"compositeResponse": answers})


@pages.post("/composite/graph")
def graph() -> Response:
    graphs = json_body().get("graphs")
    if not isinstance(graphs, list) or len(graphs) > MAX_GRAPHS:
        raise _bad_request(f"Limit of {MAX_GRAPHS} graphs reached")
    nodes = [_checked(entry.get("compositeRequest"), MAX_NODES) for entry in graphs]
    if sum(map(len, nodes)) > MAX_NODES:
        raise _bad_request(f"Limit of {MAX_NODES} nodes reached")
    for subrequests in nodes:
        if _depth(subrequests) > MAX_DEPTH:
            raise _bad_request(f"Limit of {MAX_DEPTH} levels reached")
        if len({_kind(entry) for entry in subrequests}) > MAX_NODE_KINDS:
            raise _bad_request(f"Limit of {MAX_NODE_KINDS} different nodes reached")
    _meter(graphs, nodes)
    out, failed = [], 0
    for entry, subrequests in zip(graphs, nodes, strict=True):
        if failed >= MAX_FAILED_GRAPHS:
            successful, answers = False, [_halted(sub, ROLLED_BACK) for sub in subrequests]
        else:
            successful, answers = _run(subrequests, all_or_none=True)
        failed += not successful
        out.append(
            {
                "graphId": entry.get("graphId"),
                "graphResponse": {"compositeResponse": answers},
                "isSuccessful": successful,
            }
        )
    return wire.respond({"graphs": out})


def _meter(graphs: list[Body], nodes: list[list[Body]]) -> None:
    """The request itself has been counted; what else a graph costs is UNCONFIRMED."""
    running = service()
    costs = {"call": 1, "graph": len(graphs), "node": sum(map(len, nodes))}
    extra = costs[running.org.settings.graph_metering] - 1
    if extra > 0:
        running.usage.count(running.org.clock.now(), extra)


@pages.post("/composite/batch")
def batch() -> Response:
    """Independent subrequests; each one counts against the budget [sheet 5], and the call around them as the
    settings say."""
    body = json_body()
    wanted = body.get("batchRequests")
    if not isinstance(wanted, list) or len(wanted) > MAX_SUBREQUESTS:
        raise _bad_request(f"Limit of {MAX_SUBREQUESTS} reached for: batch subrequests")
    results: list[Body] = []
    has_errors = False
    for entry in wanted:
        if has_errors and body.get("haltOnError"):
            error = {
                "errorCode": "BATCH_PROCESSING_HALTED",
                "message": "Processing was halted because of an error in an earlier subrequest",
            }
            results.append({"statusCode": 412, "result": [error]})
            continue
        service().usage.count(service().org.clock.now())
        url = str(entry.get("url", "")).lstrip("/")
        url = f"/{url}" if url.startswith("services/data/") else f"/services/data/{url}"
        response = _dispatch(entry.get("method") or "GET", url, entry.get("richInput"), {}, False)[0]
        content = orjson.loads(response.get_data()) if response.get_data() else None
        has_errors = has_errors or response.status_code >= 400
        results.append({"statusCode": response.status_code, "result": content})
    return wire.respond({"hasErrors": has_errors, "results": results})


def _run(subrequests: list[Body], *, all_or_none: bool, collate: bool = False) -> tuple[bool, list[Body]]:
    """(did all succeed, answers in order); with ``all_or_none`` a failure undoes everything."""
    answers: dict[str, Body] = {}
    store = service().org.store
    culprit = None
    try:
        with store.savepoint():
            for entry in _in_order(subrequests, collate=collate):
                answer, failed = _answer(entry, answers, all_or_none)
                answers[entry["referenceId"]] = answer
                if failed and culprit is None:
                    culprit = entry["referenceId"]
                    if all_or_none:
                        raise _Unresolved
    except _Unresolved:
        for entry in subrequests:
            if entry["referenceId"] != culprit:
                answers[entry["referenceId"]] = _halted(entry, ROLLED_BACK)
    return culprit is None, [answers[entry["referenceId"]] for entry in subrequests]


def _in_order(subrequests: list[Body], *, collate: bool = False) -> list[Body]:
    """As listed, but a subrequest comes after those it refers to; with ``collate`` those of one
    kind and without headers of their own come together."""
    waiting = list(subrequests)
    done: set[str] = set()
    known = {entry["referenceId"] for entry in subrequests}
    ordered: list[Body] = []
    while waiting:
        free = [e for e in waiting if _references(e) & known <= done] or waiting[:1]
        alike = (e for e in free if collate and ordered and _collates(ordered[-1], e))
        ready = next(alike, free[0])
        waiting.remove(ready)
        done.add(ready["referenceId"])
        ordered.append(ready)
    return ordered


def _collates(one: Body, other: Body) -> bool:
    return _kind(one) == _kind(other) and not one.get("httpHeaders") and not other.get("httpHeaders")


def _references(entry: Body) -> set[str]:
    text = entry["url"] + orjson.dumps(entry.get("body")).decode()
    return {found[1] for found in _REFERENCE.finditer(text)}


def _answer(entry: Body, answers: dict[str, Body], all_or_none: bool) -> tuple[Body, bool]:
    try:
        url = _resolve_text(entry["url"], answers)
        body = _resolve(entry.get("body"), answers)
    except _Unresolved as missing:
        return _halted(entry, str(missing)), True
    response, some_failed = _dispatch(entry["method"], str(url), body, entry.get("httpHeaders") or {}, all_or_none)
    content = response.get_data()
    shown = {name: response.headers[name] for name in _SHOWN_HEADERS if name in response.headers}
    answer = {
        "body": orjson.loads(content) if content and response.is_json else None,
        "httpHeaders": shown,
        "httpStatusCode": response.status_code,
        "referenceId": entry["referenceId"],
    }
    return answer, response.status_code >= 400 or (all_or_none and some_failed)


def _dispatch(method: str, url: str, body: Any, headers: dict[str, str], all_or_none: bool) -> tuple[Response, bool]:
    """Run one subrequest through the application; also: did a record of a collection fail?"""
    if method != method.upper():
        return _wrong_case(method), False
    path, _, query = url.partition("?")
    content = b"" if body is None else orjson.dumps(body)
    environ = {
        **request.environ,
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": quote(query, safe="%&=+'(),:;@!*/<>?-._~"),
        "REQUEST_URI": url,
        "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(content),
        SUBREQUEST: True,
    }
    for name in ("HTTP_X_PRETTYPRINT", "werkzeug.request", SOME_FAILED):
        environ.pop(name, None)
    if all_or_none:
        environ[FORCE_ALL_OR_NONE] = True
    for name, value in headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = str(value)
    # current_app is a proxy; the request context wants the application itself.
    application = current_app._get_current_object()  # type: ignore[attr-defined]
    with application.request_context(environ):
        response: Response = application.full_dispatch_request()
    return response, SOME_FAILED in environ


def _wrong_case(method: str) -> Response:
    """A subrequest's method is case-sensitive [sheet 5]."""
    return wire.method_not_allowed(method, ("HEAD", "GET", "POST", "PATCH", "DELETE"))


def _checked(subrequests: Any, most: int) -> list[Body]:
    if not isinstance(subrequests, list) or not subrequests:
        raise _bad_request("The compositeRequest field is required")
    if len(subrequests) > most:
        raise _bad_request(f"Limit of {most} reached for: subrequests")
    seen: set[str] = set()
    for entry in subrequests:
        reference = str(entry.get("referenceId", ""))
        if not _REFERENCE_ID.fullmatch(reference):
            raise _bad_request(f"Provided referenceId ('{reference}') is not valid")
        if reference in seen:
            raise _bad_request(f"Duplicate referenceId: {reference}")
        seen.add(reference)
        for key in ("method", "url"):
            if not isinstance(entry.get(key), str):
                raise _bad_request(f"The {key} field is required")
        wrong = sorted(n for n in entry.get("httpHeaders") or {} if n.lower() in _FORBIDDEN_HEADERS)
        if wrong:
            raise _bad_request(f"Headers may not be set on a subrequest: {', '.join(wrong)}")
    return subrequests


def _depth(subrequests: list[Body]) -> int:
    """How many subrequests stand one upon the other, by their references."""
    levels: dict[str, int] = {}
    for entry in _in_order(subrequests):
        below = (levels[name] for name in _references(entry) if name in levels)
        levels[entry["referenceId"]] = 1 + max(below, default=0)
    return max(levels.values())


def _kind(entry: Body) -> tuple[str, str]:
    """Version, object and method tell nodes of a graph apart."""
    return entry["method"], "/".join(entry["url"].split("?")[0].split("/")[:6])


def _resolve(value: Any, answers: dict[str, Body]) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(item, answers) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, answers) for item in value]
    return _resolve_text(value, answers) if isinstance(value, str) else value


def _resolve_text(text: str, answers: dict[str, Body]) -> Any:
    """``@{ref.path}`` alone gives the value itself, within other text its text."""
    whole = _REFERENCE.fullmatch(text)
    if whole:
        return _value_at(whole, answers)
    return _REFERENCE.sub(lambda found: str(_value_at(found, answers)), text)


def _value_at(found: re.Match[str], answers: dict[str, Body]) -> Any:
    reference, path = found.groups()
    answer = answers.get(reference)
    value = answer["body"] if answer else None
    if "[" in path and not service().org.settings.array_references:
        value = None
    for name, index in _STEP.findall(path):
        if name and isinstance(value, dict):
            value = value.get(name)
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            value = None
    if value is None:
        text = f"Invalid reference specified. No value for {reference}{path} found in {reference}"
        raise _Unresolved(text)
    return value


def _halted(entry: Body, message: str) -> Body:
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": message}],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": entry["referenceId"],
    }


def _bad_request(message: str) -> ApiError:
    """Texts UNCONFIRMED."""
    return ApiError.of(400, "BAD_REQUEST", message)
