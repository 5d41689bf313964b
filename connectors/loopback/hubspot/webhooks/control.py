"""Control endpoints of webhooks: what the user of a private app sets in its settings, and mischief."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request

from connectors.loopback.hubspot.errors import ApiError
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.webhooks.mischief import mischief
from connectors.loopback.hubspot.webhooks.signatures import VERSIONS
from connectors.loopback.hubspot.webhooks.subscriptions import App, concurrency, target
from connectors.loopback.kit.json_body import loads

_KEYS = frozenset(
    {"appId", "clientSecret", "targetUrl", "maxConcurrentRequests", "signatures", "subscriptions", "mischief"}
)


class Control:
    """Each action takes the JSON body of its endpoint and returns the answer's.

    Raises ValueError or ApiError for a body that does not fit.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._webhooks = portal.webhooks

    def show(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Every app's settings, what was counted, what waits."""
        apps = [_wire(app) for app in self._webhooks.subscriptions.apps()]
        return {"apps": apps, "counts": self._webhooks.counts(), **self._webhooks.left()}

    def set(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set what is given of one app: ``targetUrl`` (null for none), ``clientSecret``,
        ``maxConcurrentRequests``, ``signatures`` (of v1, v2, v3), ``mischief`` and
        ``subscriptions`` in place of those it had, active unless they say otherwise. Without
        ``appId`` it is the first app of the developer account.
        """
        unknown = sorted(body.keys() - _KEYS)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown; the keys are {', '.join(sorted(_KEYS))}.")
        store, now = self._webhooks.subscriptions, self._webhooks.now()
        own = self._portal.settings.developer.apps
        app_id = body.get("appId", next(iter(own), 1))
        if isinstance(app_id, bool) or not isinstance(app_id, int):
            raise ValueError('"appId" must be a number.')
        with self._portal.database.transaction():
            app = store.app(app_id, own.get(app_id, "loopback-client-secret"))
            app = replace(app, created_at=app.created_at or now, updated_at=now, **_settings(body))
            if "subscriptions" in body:
                app = replace(app, subscriptions=())
                for wanted in _entries(body["subscriptions"]):
                    app, _ = store.subscribe(app, {"active": True, **wanted}, now)
            return _wire(store.keep(app))

    def clear(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Forget the apps and what was on its way to them."""
        with self._portal.database.transaction():
            self._webhooks.subscriptions.clear()
            self._webhooks.outbox.clear()
        return {}

    def deliver(self, _: Mapping[str, Any]) -> dict[str, Any]:
        """Send all that is due on the emulator's clock and wait for the answers; how it went."""
        return self._webhooks.deliver()

    def test(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """``{"subscriptionId"}``: the settings page's test button, a sample event."""
        wanted = str(body.get("subscriptionId"))
        with self._portal.database.transaction():
            for app in self._webhooks.subscriptions.apps():
                for subscription in app.subscriptions:
                    if str(subscription.id) == wanted:
                        self._webhooks.recorder.test(app, subscription, self._webhooks.now())
                        return subscription.wire()
        raise ValueError(f"There is no subscription {wanted}.")


def control(portal: Portal) -> Blueprint:
    """``/_sandbox/webhooks``: JSON in and out; a 400 is ``{"error": sentence}``."""
    pages = Blueprint("sandbox_webhooks", __name__, url_prefix="/_sandbox/webhooks")
    actions = Control(portal)

    def route(method: str, path: str, action: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        def view() -> Response:
            try:
                return _json(action(_body()))
            except ApiError as error:
                return _json({"error": error.message}, 400)
            except ValueError as error:
                return _json({"error": str(error)}, 400)

        pages.add_url_rule(path, f"{method} {path}", view, methods=[method])

    route("GET", "", actions.show)
    route("POST", "", actions.set)
    route("DELETE", "", actions.clear)
    route("POST", "/deliver", actions.deliver)
    route("POST", "/test", actions.test)
    return pages


def _settings(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an :class:`App` that a body sets."""
    found: dict[str, Any] = {}
    if "targetUrl" in body:
        found["target_url"] = None if body["targetUrl"] is None else target(body["targetUrl"])
    if "clientSecret" in body:
        if not isinstance(body["clientSecret"], str) or not body["clientSecret"]:
            raise ValueError('"clientSecret" must be a text.')
        found["secret"] = body["clientSecret"]
    if "maxConcurrentRequests" in body:
        found["max_concurrent"] = concurrency(body["maxConcurrentRequests"])
    if "signatures" in body:
        versions = body["signatures"]
        if (
            not isinstance(versions, list)
            or not set(map(str, versions)) <= set(VERSIONS)
            or {"v1", "v2"} <= set(versions)
        ):
            raise ValueError('"signatures" is a list of "v3" and one of "v1" and "v2", which share a header.')
        found["signatures"] = tuple(versions)
    if "mischief" in body:
        if not isinstance(body["mischief"], Mapping):
            raise ValueError('"mischief" must be an object.')
        found["mischief"] = mischief(body["mischief"])
    return found


def _entries(given: Any) -> list[Mapping[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(entry, Mapping) for entry in given):
        raise ValueError('"subscriptions" must be a list of objects.')
    return given


def _wire(app: App) -> dict[str, Any]:
    return {
        "appId": app.id,
        "clientSecret": app.secret,
        "targetUrl": app.target_url,
        "maxConcurrentRequests": app.max_concurrent,
        "signatures": list(app.signatures),
        "mischief": app.mischief.wire(),
        "subscriptions": [subscription.wire() for subscription in app.subscriptions],
    }


def _body() -> Mapping[str, Any]:
    raw = request.get_data()
    body = loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")
