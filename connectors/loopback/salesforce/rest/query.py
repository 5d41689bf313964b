"""/query, /queryAll and their next pages [sheet 6]."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.kit.numbers import whole
from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.errors import ApiError, not_emulated
from connectors.loopback.salesforce.rest.base import versioned
from connectors.loopback.salesforce.service import caller, service
from connectors.loopback.salesforce.soql.select import Reader

pages = versioned("salesforce_query")


@pages.get("/query")
def query() -> Response:
    return _answer(with_deleted=False)


@pages.get("/queryAll")
def query_all() -> Response:
    return _answer(with_deleted=True)


@pages.get("/query/<locator>")
@pages.get("/queryAll/<locator>")
def more(locator: str) -> Response:
    who = caller()
    return _page(service().queries.next_page(who.user.id, locator, who.now))


def reader(*, with_deleted: bool = False) -> Reader:
    """The current caller as one who reads."""
    who, org = caller(), service().org
    return Reader(org.store, who.user, who.now, who.base, with_deleted, org.settings.currency)


def _answer(*, with_deleted: bool) -> Response:
    if "explain" in request.args:
        raise not_emulated("the query plan")
    statement = request.args.get("q")
    if not statement:
        raise ApiError.of(400, "MALFORMED_QUERY", "A query string has to be specified")
    who, queries = reader(with_deleted=with_deleted), service().queries
    if wants_columns():
        return wire.respond(queries.columns(who, statement))
    return _page(queries.first_page(who, statement, batch_size()))


def wants_columns() -> bool:
    return request.args.get("columns", "").lower() == "true"


def batch_size() -> int | None:
    """What ``Sforce-Query-Options: batchSize=200`` asks for; it is a hint, and one that is no number is none."""
    hint = re.search(r"\bbatchSize\s*=\s*([^,;\s]*)", request.headers.get("Sforce-Query-Options", ""), re.IGNORECASE)
    return whole(hint[1]) if hint else None


def _page(page: dict[str, Any]) -> Response:
    note_rows(rows_out=len(page["records"]))
    return wire.respond(page)
