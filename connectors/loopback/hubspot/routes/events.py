"""Event occurrences: page visits and custom events; an Enterprise feature (§9.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply, integer
from connectors.loopback.hubspot.cursors import decode, encode
from connectors.loopback.hubspot.errors import missing_scopes, validation
from connectors.loopback.hubspot.instants import instant, parse_moment
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.paging import next_page, page_link
from connectors.loopback.hubspot.shapes import is_id

_DEFAULT_PAGE = 20
_MAX_PAGE = 1_000


def register(api: Api) -> None:
    views = EventViews(api.portal)
    api.route("GET", paths.events(""), views.page)
    api.route("GET", paths.events("/event-types"), views.types)


class EventViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Reply:
        """By object, by type, by time; newest first unless ``sort=ASCENDING``. With ``before`` alone
        the page that precedes the cursor, in the same order."""
        self._check(call)
        limit = call.limit(default=_DEFAULT_PAGE, most=_MAX_PAGE)
        ascending = "ASCENDING" in call.names("sort")
        condition, parameters = self._condition(call)
        after, before = call.text("after"), call.text("before")
        backwards = before is not None and after is None
        sign, direction = (">", "ASC") if ascending != backwards else ("<", "DESC")
        cursor = before if backwards else after
        if cursor:
            condition += f" AND (at, id) {sign} (?, ?)"
            parameters += _position(cursor)
        sql = (
            "SELECT id, object_type, object_id, event_type, at, properties FROM event "
            f"WHERE {condition} ORDER BY at {direction}, id {direction} LIMIT ?"
        )
        rows = list(self._portal.database.rows(sql, [*parameters, limit + 1]))
        wanted = set(call.names("properties"))
        shown = rows[:limit]
        if backwards:
            shown.reverse()
        body: dict[str, Any] = {"results": [_wire(row, wanted) for row in shown]}
        if len(rows) > limit and backwards:
            body["paging"] = {"prev": page_link(call, "before", _cursor(shown[0]))}
        elif len(rows) > limit:
            body["paging"] = next_page(call, _cursor(shown[-1]))
        return Reply(body, rows=len(shown))

    def types(self, call: Call) -> Reply:
        self._check(call)
        rows = self._portal.database.rows("SELECT DISTINCT event_type FROM event ORDER BY 1")
        return Reply({"eventTypes": [row[0] for row in rows]})

    def _check(self, call: Call) -> None:
        if not self._portal.settings.enterprise:
            raise missing_scopes(["business-intelligence"], flat=False)
        call.caller.require(self._portal.settings.event_scopes)

    def _condition(self, call: Call) -> tuple[str, list[Any]]:
        terms: list[str] = []
        parameters: list[Any] = []
        for term, values in self._terms(call):
            terms.append(term)
            parameters += values
        if not any(term.startswith(("object_id", "event_type", "id")) for term in terms):
            raise validation("Either an object, an eventType or an id is required")
        lag = round(self._portal.settings.event_lag_seconds * 1000)
        if lag:
            terms.append("at <= ?")
            parameters.append(call.now - lag)
        return " AND ".join(terms), parameters

    def _terms(self, call: Call) -> Iterator[tuple[str, list[Any]]]:
        object_type = call.text("objectType")
        kind = self._portal.kinds.resolve(object_type) if object_type else None
        if kind:
            yield "object_type = ?", [kind.legacy]
        object_id = call.text("objectId")
        for name, value in call.request.args.items():
            if name.startswith("objectProperty.") and kind:
                wanted = name.partition(".")[2]
                found = self._portal.resolver.lookup(kind, value, wanted)
                object_id = "-1" if found is None else str(found)
            if name.startswith("property."):
                yield "json_extract(properties, ?) = ?", [f'$."{name.partition(".")[2]}"', value]
        if object_id:
            yield "object_id = ?", [int(object_id) if is_id(object_id) else -1]
        if call.text("eventType"):
            yield "event_type = ?", [call.text("eventType")]
        ids = call.names("id")
        if ids:
            yield f"id IN ({', '.join('?' * len(ids))})", list(ids)
        for name, sign in (("occurredAfter", ">"), ("occurredBefore", "<")):
            text = call.text(name)
            if text:
                moment = parse_moment(text.replace(" ", "+"))
                if moment is None:
                    raise validation(f"{text} is not a valid {name}")
                yield f"at {sign} ?", [moment]


def _cursor(row: tuple[Any, ...]) -> str:
    return encode(f"{row[4]}|{row[0]}")


def _position(cursor: str) -> list[Any]:
    at, _, event_id = decode(cursor).partition("|")
    return [integer(at), event_id]


def _wire(row: tuple[Any, ...], wanted: set[str]) -> dict[str, Any]:
    """[R:amp-labs/read/events/e_visited_page.json]; every value is text, unset ones ""."""
    properties = orjson.loads(row[5])
    if wanted:
        properties = {name: value for name, value in properties.items() if name in wanted}
    return {
        "objectType": row[1],
        "objectId": str(row[2]),
        "eventType": row[3],
        "occurredAt": instant(row[4]),
        "id": row[0],
        "properties": properties,
    }
