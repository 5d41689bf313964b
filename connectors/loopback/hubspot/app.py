"""The Flask application: who may call, what it counts as, one transaction, HubSpot's headers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from connectors.loopback.hubspot.call import CONTENT_TYPE, Call, Reply
from connectors.loopback.hubspot.errors import ApiError, no_route
from connectors.loopback.hubspot.limits import Family
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.kit import note_rows
from connectors.loopback.kit.routing import MatchOnlyRule

log = logging.getLogger(__name__)

View = Callable[..., Reply]


class Api:
    """Registers views. A view takes the :class:`Call` and the path's variables and returns a
    :class:`Reply` or raises :class:`ApiError`; it runs inside one transaction."""

    def __init__(self, portal: Portal, flask: Flask) -> None:
        self.portal = portal
        self._flask = flask
        flask.url_rule_class = MatchOnlyRule
        flask.before_request(self._open)
        flask.after_request(self._close)
        flask.register_error_handler(ApiError, self._error)
        flask.register_error_handler(HTTPException, self._no_route)
        flask.register_error_handler(Exception, self._crash)

    def route(self, method: str, paths: Iterable[str], view: View, *, family: Family = "general") -> None:
        """Route ``view`` at each path. ``family`` says which limits the call counts in."""

        def run(**variables: str) -> Response:
            now = self.portal.now()
            caller = self.portal.tokens.caller(request.headers.get("Authorization"), now)
            g.rate_headers = self.portal.limiter.admit(caller, family, now)
            with self.portal.database.transaction(), self.portal.webhooks.acting(caller.source):
                return _answer(view(Call(request, caller, now), **variables))

        self._add(method, paths, view, run)

    def open_route(self, method: str, paths: Iterable[str], view: Callable[..., Reply]) -> None:
        """Route a view that needs no token and counts in no limit: OAuth."""

        def run(**variables: str) -> Response:
            with self.portal.database.transaction():
                return _answer(view(request, self.portal.now(), **variables))

        self._add(method, paths, view, run)

    def _add(self, method: str, paths: Iterable[str], view: Callable[..., Any], run: Callable[..., Any]) -> None:
        # Where the routes are listed, each is told by the family that its view belongs to.
        run.__module__ = view.__module__
        for path in paths:
            name = f"{method} {path} {view.__qualname__}"
            self._flask.add_url_rule(path, name, run, methods=[method], provide_automatic_options=False)

    def _open(self) -> Response | None:
        g.correlation_id = self.portal.new_id()
        uri = request.environ.get("REQUEST_URI") or request.full_path
        if len(uri) <= self.portal.settings.max_uri_bytes:
            return None
        # The edge in front of HubSpot answers, and not in JSON [D:errors].
        return Response("<h1>414 Request-URI Too Large</h1>", 414, content_type="text/html")

    def _close(self, response: Response) -> Response:
        if request.path.startswith("/_sandbox/"):
            return response
        response.headers["X-HubSpot-Correlation-Id"] = g.correlation_id
        for name, value in g.pop("rate_headers", {}).items():
            response.headers[name] = value
        return response

    def _error(self, error: ApiError) -> Response:
        if error.status == 501:
            log.warning("501 %s %s: %s", request.method, request.path, error.message)
        headers = {**g.pop("rate_headers", {}), **error.headers}
        return _json(error.body(g.correlation_id), error.status, headers)

    def _no_route(self, error: HTTPException) -> Response:
        status = error.code or 500
        methods = sorted(getattr(error, "valid_methods", None) or ())
        if status == 405 and request.method == "OPTIONS":
            return self._options([*methods, "OPTIONS"])
        log.warning("%d %s %s: not emulated", status, request.method, request.path)
        match self.portal.settings.unknown_route if status == 404 else "json":
            case "html":
                return Response("<h1>404 Not Found</h1>", status, content_type="text/html")
            case "empty":
                return Response(status=status, content_type=CONTENT_TYPE)
        headers = {"Allow": ", ".join(methods)} if status == 405 else {}
        return _json(no_route(request.method, request.path, status).body(g.correlation_id), status, headers)

    def _options(self, methods: list[str]) -> Response:
        """What a path takes, for whoever has a token: a browser's preflight, which has none, is refused as any call,
        and no answer lets another origin read it. Switched, anybody is told (UNCONFIRMED; no capture shows one)."""
        if not self.portal.settings.options_open:
            try:
                self.portal.tokens.caller(request.headers.get("Authorization"), self.portal.now())
            except ApiError as refusal:
                return self._error(refusal)
        answer = Response(status=200, headers={"Allow": ", ".join(methods)})
        del answer.headers["Content-Type"]
        return answer

    def _crash(self, error: Exception) -> Response:
        log.exception("500 %s %s", request.method, request.path, exc_info=error)
        return _json(ApiError(500, "internal error").body(g.correlation_id), 500, {})


def _answer(reply: Reply) -> Response:
    if reply.rows is not None:
        note_rows(rows_out=reply.rows)
    return reply.response()


def _json(body: Any, status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, headers, content_type=CONTENT_TYPE)
