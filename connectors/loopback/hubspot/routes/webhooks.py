"""Managing an app's webhooks with a developer's credentials (§11.1) [S:webhooks.v3]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Request

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Reply
from connectors.loopback.hubspot.errors import bad_input, not_emulated, not_found_numeric, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.webhooks.subscriptions import App, concurrency, subscription_missing, target
from connectors.loopback.kit.json_body import loads
from connectors.loopback.kit.numbers import whole

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_READ, _WRITE = ("developers-read",), ("developers-write",)


def register(api: Api) -> None:
    views = WebhookViews(api.portal)
    one = "/subscriptions/<subscription_id>"
    for method, rest, view, scopes in (
        ("GET", "/settings", views.settings, _READ),
        ("PUT", "/settings", views.configure, _WRITE),
        ("DELETE", "/settings", views.clear, _WRITE),
        ("GET", "/subscriptions", views.subscriptions, _READ),
        ("POST", "/subscriptions", views.subscribe, _WRITE),
        ("POST", "/subscriptions/batch/update", views.update_batch, _WRITE),
        ("GET", one, views.subscription, _READ),
        ("PATCH", one, views.update, _WRITE),
        ("DELETE", one, views.unsubscribe, _WRITE),
    ):
        api.open_route(method, _paths(rest), views.opened(view, scopes))
    for method in _METHODS:
        api.open_route(method, ["/webhooks/v4/<path:rest>", "/webhooks-journal/<path:rest>"], _journal)


def _paths(rest: str) -> list[str]:
    """The legacy and the dated spelling (§12)."""
    return [f"{family}/<app_id>{rest}" for family in ("/webhooks/v3", "/webhooks/2026-03", "/app-webhooks/2026-09")]


def _journal(request: Request, now: int, rest: str) -> Reply:
    raise not_emulated("this part or version of the webhooks journal")


class WebhookViews:
    """A view takes the app, the JSON body and epoch ms, and what else its path names."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._store = portal.webhooks.subscriptions

    def opened(self, view: Callable[..., Reply], scopes: tuple[str, ...]) -> Callable[..., Reply]:
        """``view`` for the developer whom the app belongs to; 401, 403 or 404 for anybody else."""

        def run(request: Request, now: int, app_id: str, **variables: str) -> Reply:
            self._admit(request, now, scopes)
            secret = self._portal.settings.developer.apps.get(whole(app_id) or 0)
            if secret is None:
                raise not_found_numeric()
            return view(self._store.app(int(app_id), secret), _body(request), now, **variables)

        run.__qualname__ = view.__qualname__
        return run

    def _admit(self, request: Request, now: int, scopes: tuple[str, ...]) -> None:
        developer = self._portal.settings.developer
        authorization = request.headers.get("Authorization")
        if request.args.get("hapikey") == developer.api_key or authorization == f"Bearer {developer.token}":
            return
        self._portal.tokens.caller(authorization, now).require(scopes)

    def settings(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        if app.target_url is None:
            raise not_found_numeric()
        return Reply(
            {
                "createdAt": instant(app.created_at),
                "targetUrl": app.target_url,
                "throttling": {"maxConcurrentRequests": app.max_concurrent, "period": "SECONDLY"},
                "updatedAt": instant(app.updated_at),
            }
        )

    def configure(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        """``{"targetUrl", "throttling": {"maxConcurrentRequests"}}``, both required."""
        missing = [name for name in ("targetUrl", "throttling") if not body.get(name)]
        if missing:
            raise validation(f"Some required fields were not set: [{', '.join(missing)}]")
        throttling = body["throttling"]
        if not isinstance(throttling, Mapping):
            raise bad_input("Cannot deserialize value of type `ThrottlingSettings`")
        configured = replace(
            app,
            target_url=target(body["targetUrl"]),
            max_concurrent=concurrency(throttling.get("maxConcurrentRequests")),
            created_at=now if app.target_url is None else app.created_at,
            updated_at=now,
        )
        return self.settings(self._store.keep(configured), {}, now)

    def clear(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        """The subscriptions stay and rest until there is a target again."""
        self._store.keep(replace(app, target_url=None, updated_at=now))
        return NO_CONTENT

    def subscriptions(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        results = [subscription.wire() for subscription in app.subscriptions]
        return Reply({"results": results}, rows=len(results))

    def subscribe(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        app, subscription = self._store.subscribe(app, body, now)
        self._store.keep(app)
        return Reply(subscription.wire(), 201, rows=1)

    def subscription(self, app: App, body: Mapping[str, Any], now: int, subscription_id: str) -> Reply:
        return Reply(app.subscription(subscription_id).wire(), rows=1)

    def update(self, app: App, body: Mapping[str, Any], now: int, subscription_id: str) -> Reply:
        app, subscription = self._store.switch(app, app.subscription(subscription_id), body, now)
        self._store.keep(app)
        return Reply(subscription.wire(), rows=1)

    def unsubscribe(self, app: App, body: Mapping[str, Any], now: int, subscription_id: str) -> Reply:
        gone = app.subscription(subscription_id)
        self._store.keep(replace(app, subscriptions=tuple(s for s in app.subscriptions if s.id != gone.id)))
        return NO_CONTENT

    def update_batch(self, app: App, body: Mapping[str, Any], now: int) -> Reply:
        """``{"inputs": [{"id", "active"}]}``: 200, or 207 with an entry per unknown id."""
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(entry, Mapping) for entry in inputs):
            raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for inputs")
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        known = {str(subscription.id): subscription for subscription in app.subscriptions}
        for entry in inputs:
            wanted = str(entry.get("id"))
            if wanted not in known:
                errors.append(subscription_missing(wanted).entry())
                continue
            app, switched = self._store.switch(app, known[wanted], entry, now)
            results.append(switched.wire())
        self._store.keep(app)
        answer: dict[str, Any] = {
            "completedAt": instant(now),
            "results": results,
            "startedAt": instant(now),
            "status": "COMPLETE",
        }
        if errors:
            answer |= {"errors": errors, "numErrors": len(errors)}
        return Reply(answer, 207 if errors else 200, rows=len(results))


def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object, empty without a body; 400 for anything else."""
    raw = request.get_data()
    try:
        body = loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise bad_input(f"Unexpected character or end of input: {error}") from None
    if not isinstance(body, dict):
        raise bad_input("Cannot deserialize value of type `java.util.LinkedHashMap`")
    return body
