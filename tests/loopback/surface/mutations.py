"""Valid requests bent out of shape: paths, methods, headers, queries, bodies."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.loopback.surface.routes import Route
from tests.loopback.surface.valid import Surface
from tests.loopback.surface.wsgi import Request

Draw = Callable[..., Any]

_TEXTS = (
    "", " ", "0", "-1", "1e400", "²", "१२३", "9" * 30, "9223372036854775808",
    "1_000", "253402300800000", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-W01-1",
    "true", "null", "[]", "a,b", "'", '"',
    "\\", "%",
    "\0", "\n", "a\0b", "../..", "é", "\U0001f600", "\ud800", "x" * 5000, ";", "a;b", "2026-13-45",
    "0000-00-00T00:00:00Z",
    "99999999999999999999-01-01T00:00:00Z", "-1-01-01", "1970-01-01T00:00:00+99:99", "${jndi}", "' OR 1=1 --", "%s",
    "{0}",
    "\u202e", "NaN", "Infinity", "$.x", "__proto__", "a.b.c", "Id", "id", "attributes", "@{a.id}", "@{a.body[9].x}",
    "=", "&",
)  # fmt: skip
_NUMBERS = (0, -1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**40, 1.5, -0.0, 1e308, 5e-324)
scalars = st.one_of(
    st.none(), st.booleans(), st.sampled_from(_NUMBERS), st.integers(), st.floats(allow_nan=False,
    allow_infinity=False),
    st.sampled_from(_TEXTS), st.text(max_size=20),
)  # fmt: skip
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_TEXTS) | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "FOO", "CONNECT")
_SEGMENTS = (
    "", ".", "..", "%00", "%2F", "%2e%2e", "%ff%fe", "%", "%zz", "a b", "a%20b", "é", "x" * 3000, "0", "-1",
    "%C2%B2", "9" * 25,
    "9223372036854775808", "contacts", "0-1", "CONTACT", "deals", "2-1", "%3Cscript%3E", "Lead", "lead", "Task",
    "User", "Id",
    "describe", "%0A", "a;b=c", "a%3Fb", "%E2%80%AE", "00Q", "00QdM0000000002LA", "null", "undefined", "v", "1e9",
    "65", "65.0.0",
)  # fmt: skip
_PARAMETERS = (
    "limit", "after", "before", "offset", "count", "properties", "propertiesWithHistory", "associations", "archived",
    "idProperty",
    "sort", "objectType", "objectId", "eventType", "occurredAfter", "occurredBefore", "startTimestamp",
    "endTimestamp", "recipient",
    "id", "email", "q", "fields", "ids", "start", "end", "allOrNone", "updateOnly", "sObjects", "property.hs_url",
    "objectProperty.email",
    "maxRecords", "locator", "token", "format",
)  # fmt: skip
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Type": (
        "", "application/json", "text/plain", "application/xml", "text/csv", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=utf-16",
        "application/json; charset=no",
        "\xff", "x" * 4000,
    ),
    "Authorization": (
        "", "Bearer", "Bearer ", "Bearer \xff", "Basic", "Basic !!!", "Basic OnB3", "Bearer " + "x" * 9000,
        "OAuth x", "x y z",
        "Digest username=x",
    ),
    "Accept-Encoding": ("gzip", "gzip;q=0", "*", "br", "gzip;q=x", ",,;"),
    "Accept": ("application/xml", "*/*", ""),
    "Content-Encoding": ("gzip", "deflate", "br", "identity"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "x"),
    "Content-Length": ("", "-1", "x", "99999999999", "1"),
    "Host": ("", "a b", "login.salesforce.com", "x" * 3000, "[::1", "\xff"),
    "If-Modified-Since": ("x", "Tue, 24 Nov 2026 12:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "99999"),
    "If-Unmodified-Since": ("x", "Tue, 24 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"),
    "If-Match": ("*", '"x"', "x"),
    "If-None-Match": ("*", '"x"', "x"),
    "Sforce-Query-Options": ("batchSize=0", "batchSize=-5", "batchSize=" + "9" * 30, "batchSize=²", "x", "batchSize"),
    "Sforce-Auto-Assign": ("FALSE", "maybe", "01Q", "\xff", "x" * 300),
    "Sforce-Duplicate-Rule-Header": ("allowSave", "allowSave=x; y", ";;", "allowSave=true; includeRecordDetails=true"),
    "Sforce-Call-Options": ("client=x", "defaultNamespace=" + "x" * 100),
    "X-PrettyPrint": ("1", "2", "true"),
    "Range": ("bytes=0-1", "x"),
    "Expect": ("100-continue", "x"),
    "Cookie": ("a=b; c", "\xff"),
}  # fmt: skip


@st.composite
def requests(draw: Draw, surface: Surface, found: list[Route]) -> Request:
    """A valid request of some route, changed in one to three places."""
    route = draw(st.sampled_from(found))
    request = surface.request(route)
    for change in draw(st.lists(st.sampled_from(_CHANGES), min_size=1, max_size=3)):
        request = change(draw, request)
    return request


def _path(draw: Draw, request: Request) -> Request:
    segments = request.path.split("/")
    at = draw(st.integers(1, len(segments) - 1))
    new = draw(st.sampled_from(_SEGMENTS) | st.text(max_size=12).map(_quoted))
    changed = draw(st.sampled_from(([new], [segments[at], new], ["", segments[at]], [])))
    return replace(request, path="/".join([*segments[:at], *changed, *segments[at + 1 :]]) or "/")


def _method(draw: Draw, request: Request) -> Request:
    return replace(request, method=draw(st.sampled_from(_METHODS)))


def _header(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from(sorted(_HEADERS)))
    value = draw(st.sampled_from(_HEADERS[name]))
    body = gzip.compress(request.body, mtime=0) if value == "gzip" and name == "Content-Encoding" else request.body
    return replace(request, headers={**request.headers, name: value}, body=body)


def _no_header(draw: Draw, request: Request) -> Request:
    gone = draw(st.sampled_from(sorted(request.headers) or [""]))
    return replace(request, headers={k: v for k, v in request.headers.items() if k != gone})


def _query(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from(_PARAMETERS))
    value = _quoted(draw(st.sampled_from(_TEXTS) | st.text(max_size=20)))
    known = [part for part in request.query.split("&") if part]
    if draw(st.booleans()):
        known = [part for part in known if not part.startswith(f"{name}=")]
    return replace(request, query="&".join([*known, f"{name}={value}"]))


def _known_query(draw: Draw, request: Request) -> Request:
    """One of the parameters that the request has, cut, doubled or spliced: SOQL above all."""
    if not request.query:
        return _query(draw, request)
    words = request.query.replace("+", " ").split(" ")
    at = draw(st.integers(0, len(words) - 1))
    new = draw(st.sampled_from(_SOQL) | st.sampled_from(_TEXTS))
    changed = draw(st.sampled_from(([], [words[at]] * 2, [_quoted(new)], [words[at], _quoted(new)])))
    return replace(request, query="+".join([*words[:at], *changed, *words[at + 1 :]]))


_SOQL = (
    "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "(", ")", ",", "COUNT()", "COUNT(Id)", "SUM(Name)",
    "GROUP BY Name", "HAVING",
    "ORDER BY Id", "LIMIT 0", "LIMIT 99999999999999999999", "OFFSET 2001", "LIKE '%'", "IN ()", "IN (null)",
    "= null", "> 'x'",
    "= TODAY", "= LAST_N_DAYS:99999999999", "= LAST_N_DAYS:0", "= 2026-02-30", "= 9999-12-31T23:59:59Z", "= 1e999",
    "= true", "INCLUDES ('a;b')",
    "Owner.Owner.Owner.Name", "a.b.c.d.e.f", "(SELECT Id FROM Contacts)", "TYPEOF What WHEN Account THEN Name END",
    "'unclosed",
    "\\'", "FIELDS(ALL)", "toLabel(Status)", "FORMAT(AnnualRevenue)", "CALENDAR_YEAR(CreatedDate)", "FOR VIEW",
    "ALL ROWS", "USING SCOPE mine",
    "((((((((((", "NOT NOT NOT", "NOT " * 60, "(" * 90, "LIMIT 9223372036854775808",
    "> 9999-12-31T23:59:59-14:00", "= 99999999999999999999",
    "Name", "Id", "'x'", "5", "-", ":x", "DISTANCE(Address, GEOLOCATION(1,2), 'km') < 5",
)  # fmt: skip


def _json(draw: Draw, request: Request) -> Request:
    """A value of the body replaced, removed, doubled, or a key added: wrong types in each known field."""
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        return _form(draw, request)
    places = list(_places(content))
    at = draw(st.sampled_from(places))
    content = copy.deepcopy(content)
    new = draw(junk)
    if not at:
        return request.with_json(new)
    parent = content
    for step in at[:-1]:
        parent = parent[step]
    change = draw(st.sampled_from(("replace", "replace", "remove", "rename", "double")))
    _apply(parent, at[-1], change, new)
    return request.with_json(content)


def _apply(parent: Any, key: Any, change: str, new: Any) -> None:
    if change == "remove":
        del parent[key]
    elif change == "rename" and isinstance(parent, dict):
        parent[str(new)] = parent.pop(key)
    elif change == "double" and isinstance(parent, list):
        parent.extend(copy.deepcopy(parent[key]) for _ in range(250))
    else:
        parent[key] = new


def _places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield from _places(value, (*at, key))


def _form(draw: Draw, request: Request) -> Request:
    """The text of a form or an envelope: a part replaced."""
    text = request.body.decode("latin-1")
    at = draw(st.integers(0, len(text)))
    new = draw(st.sampled_from(_TEXTS)).encode("utf-8", "surrogatepass").decode("latin-1")
    return replace(request, body=(text[:at] + new + text[at + draw(st.integers(0, 40)) :]).encode("latin-1"))


def _raw(draw: Draw, request: Request) -> Request:
    """Bytes that are no JSON, or none that a client would send."""
    body = request.body
    at = draw(st.integers(0, len(body)))
    bodies = (
        b"", b"\xff\xfe", body[:at], body + body, body[:at] + b"\xc3\x28" + body[at:], body[:at] + b"\0" + body[at:],
        b"[" * 5000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000, b'{"a":' * 600 + b"1" + b"}" * 600,
        b'{"inputs":' + b"[" * 600 + b"]" * 600 + b"}",
        body.replace(b'"', b'"\\ud800', 1), b"NaN", b"Infinity", b"1e999",
        b'{"inputs":NaN}',
        b"\xef\xbb\xbf" + body, body.decode("utf-8", "replace").encode("utf-16"), b"x" * 200_000, b"null", b"true",
        b'"text"', b"[]", b"{}",
    )  # fmt: skip
    return replace(request, body=draw(st.sampled_from(bodies) | st.binary(max_size=40)))


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


_CHANGES = (_path, _method, _header, _no_header, _query, _known_query, _json, _json, _json, _json, _raw)
