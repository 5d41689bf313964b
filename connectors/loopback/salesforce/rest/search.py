"""/search and /parameterizedSearch [sheet 19] (REST API guide, "Search" and "Parameterized Search")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.kit.numbers import whole
from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.errors import ApiError, not_emulated
from connectors.loopback.salesforce.rest.base import json_body, versioned
from connectors.loopback.salesforce.rest.query import reader
from connectors.loopback.salesforce.service import caller
from connectors.loopback.salesforce.soql.errors import SoqlError, within_limits
from connectors.loopback.salesforce.soql.lexer import tokenize
from connectors.loopback.salesforce.soql.nodes import Query
from connectors.loopback.salesforce.soql.parser import Parser
from connectors.loopback.salesforce.sosl import expression, parser, search

pages = versioned("salesforce_search")

_OBJECT_KEYS = ("fields", "where", "orderBy", "limit")
_KNOWN = {"q", "in", "fields", "sobject", "sobjects", "defaultLimit", "overallLimit", "spellCorrection"}


@pages.get("/search")
def sosl() -> Response:
    statement = request.args.get("q", "")
    try:
        with within_limits():
            return _answer(search.run(reader(), parser.parse(statement)))
    except SoqlError as error:
        raise error.as_api_error(statement) from None


@pages.get("/parameterizedSearch")
def by_url() -> Response:
    """``q``, ``sobject`` (also several), ``fields``, and ``Lead.fields``, ``Lead.limit``, …"""
    args = request.args
    names = [name for value in args.getlist("sobject") for name in value.split(",") if name]
    own_keys = {f"{name}.{key}" for name in names for key in _OBJECT_KEYS}
    _refuse_unknown(set(args) - own_keys)
    sobjects = []
    for name in names:
        own: dict[str, Any] = {key: args[f"{name}.{key}"] for key in _OBJECT_KEYS if f"{name}.{key}" in args}
        if "fields" in own:
            own["fields"] = own["fields"].split(",")
        sobjects.append({"name": name, **own})
    fields = args["fields"].split(",") if args.get("fields") else []
    return _parameterized({**args, "fields": fields, "sobjects": sobjects})


@pages.post("/parameterizedSearch")
def by_body() -> Response:
    """``{"q", "fields", "sobjects": [{"name", "fields", "where", "orderBy", "limit"}], "in",
    "defaultLimit", "overallLimit"}``"""
    body = json_body()
    _refuse_unknown(set(body))
    for entry in body.get("sobjects") or []:
        further = set(entry) - {"name", *_OBJECT_KEYS}
        if further:
            raise not_emulated(f"the search parameter {sorted(further)[0]}")
    return _parameterized(body)


def _refuse_unknown(names: set[str]) -> None:
    """Knowledge articles, communities, divisions, snippets and metadata."""
    if names - _KNOWN:
        raise not_emulated(f"the search parameter {sorted(names - _KNOWN)[0]}")


def _parameterized(wanted: Mapping[str, Any]) -> Response:
    text = str(wanted.get("q") or "")
    group = str(wanted.get("in") or "ALL").upper()
    try:
        if group not in parser.GROUPS:
            raise SoqlError("INVALID_SEARCH_SCOPE", f"invalid search scope: {group}")
        found = parser.Search(
            parser.term(text, expression.plain(text)),
            group,
            [_returned(entry, wanted) for entry in wanted.get("sobjects") or []],
            min(_number(wanted.get("overallLimit"), parser.MAX_ROWS), parser.MAX_ROWS),
        )
        with within_limits():
            return _answer(search.run(reader(), found))
    except SoqlError as error:
        error.at = None  # there is no statement to show a place in
        raise error.as_api_error("") from None


def _returned(entry: Mapping[str, Any], wanted: Mapping[str, Any]) -> Query:
    """One object, read as the inside of ``RETURNING name(…)``."""
    fields = entry.get("fields") or wanted.get("fields") or ["Id"]
    limit = _number(entry.get("limit") or wanted.get("defaultLimit"), 0)
    clauses = [("WHERE", entry.get("where")), ("ORDER BY", entry.get("orderBy")), ("LIMIT", limit)]
    text = f"SELECT {', '.join(fields)} FROM {entry.get('name', '')}"
    tokens = tokenize(text + "".join(f" {word} {value}" for word, value in clauses if value))
    statement = Parser(tokens)
    query = statement.query(nested=True)
    statement.expect_end()
    return query


def _number(value: Any, default: int) -> int:
    number = default if value in (None, "") else whole(value)
    if number is None:
        raise ApiError.of(400, "INVALID_SEARCH", f"not a number: {value}")
    return number


def _answer(records: list[dict[str, Any]]) -> Response:
    """An object since v37, the bare list before (REST API guide; [R:restforce/search_success])."""
    note_rows(rows_out=len(records))
    version = float(caller().version)
    return wire.respond({"searchRecords": records} if version >= 37 else records)
