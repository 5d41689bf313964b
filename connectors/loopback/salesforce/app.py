"""The Flask application: authentication, versions, budget, headers, errors, transactions."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from connectors.loopback.kit.gate import AFTERWARDS, HELD_BACK
from connectors.loopback.kit.routing import MatchOnlyRule
from connectors.loopback.salesforce import housekeeping, request_forms, wire
from connectors.loopback.salesforce.bulk import runner
from connectors.loopback.salesforce.errors import (
    ApiError,
    MultipleChoices,
    RecordError,
    api_disabled,
    not_emulated,
    not_found,
)
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rest import (
    actions,
    authorize,
    bulk_ingest,
    bulk_query,
    changes,
    collections,
    composite,
    identity,
    layouts,
    metadata,
    oauth,
    openid,
    passwords,
    query,
    recent,
    sandbox,
    search,
    soap,
    sobjects,
    tooling,
    tree,
    unemulated,
)
from connectors.loopback.salesforce.rest.composite import SUBREQUEST
from connectors.loopback.salesforce.service import Service, attach, caller, service, set_caller

_LOG = logging.getLogger(__name__)
_VERSIONED = re.compile(r"/services/data/v([^/]+)")
# What the org has and the emulator has not: families of resources, and whole other APIs.
_UNKNOWN_FAMILY = re.compile(
    rf"/services/(?:data/v[^/]+/(?:{'|'.join((*metadata.RESOURCES, 'ui-api'))})(?:/|$)|(?!data/))"
)
_AUTO_ASSIGN = {"": True, "true": True, "false": False}


def build(running: Service) -> Flask:
    app = Flask("connectors.loopback.salesforce", static_folder=None)
    app.url_rule_class = MatchOnlyRule
    app.url_map.strict_slashes = False
    # The real one never redirects.
    app.url_map.merge_slashes = False
    # A defect of the emulator is loud, and its transaction is rolled back.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    attach(app, running)
    for pages in (
        oauth.pages,
        openid.pages,
        authorize.pages,
        identity.pages,
        metadata.pages,
        metadata.versioned_pages,
        layouts.pages,
        recent.pages,
        changes.pages,
        collections.pages,
        composite.pages,
        tree.pages,
        query.pages,
        search.pages,
        actions.pages,
        bulk_ingest.pages,
        bulk_query.pages,
        passwords.pages,
        unemulated.pages,
        sobjects.pages,
        tooling.pages,
        soap.pages,
        sandbox.pages,
    ):
        app.register_blueprint(pages)
    app.before_request(_work_off_jobs)
    app.before_request(_admit)
    app.before_request(_refuse_xml)
    app.after_request(_add_headers)
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(RecordError, lambda error: _api_error(error.as_api_error()))
    app.register_error_handler(MultipleChoices, _multiple_choices)
    app.register_error_handler(HTTPException, _http_error)
    # Flask documents replacing this attribute for middleware.
    app.wsgi_app = _Transactions(app.wsgi_app, running.org)  # type: ignore[method-assign]
    return app


class _Transactions:
    """A whole request holds the store's lock and is one transaction.

    So no two writes are ever at work at once. One whose answer a fault holds back for longer
    than another would wait stands for a transaction that is still open: it holds its rows.
    """

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]], org: Org) -> None:
        self._wsgi_app = wsgi_app
        self._org = org

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request_forms.normalize(environ)
        if environ["PATH_INFO"] == "/_sandbox/clock":
            # What happens while time passes takes the locks of both systems.
            return self._wsgi_app(environ, start_response)
        with self._org.store.transaction():
            answer = self._wsgi_app(environ, start_response)
            if environ.get(HELD_BACK, 0) >= self._org.settings.lock_wait_seconds:
                environ[AFTERWARDS].append(self._org.hold_taken_rows())
            return answer


def _work_off_jobs() -> None:
    """Before anyone looks: what bulk jobs have done since the last request."""
    if SUBREQUEST not in request.environ:
        org = service().org
        runner.catch_up(service(), org.clock.now())
        org.taken_rows.clear()


def _admit() -> Response | None:
    """Size limits, version, session and budget; sets the request's caller."""
    found = _VERSIONED.match(request.path)
    if found is None:
        return None
    running = service()
    inside = SUBREQUEST in request.environ
    if not inside and (refusal := _too_long(running.org.settings.max_header_bytes)):
        return refusal
    _check_version(found[1], running)
    now = running.org.clock.now()
    user = running.authenticate(request.headers.get("Authorization"))
    if not user.has("ApiEnabled"):
        raise api_disabled()
    if not inside:
        running.long_requests.check(now)
        # The calls of a batch count; whether the one that brings them does too is UNCONFIRMED.
        brings_calls = (
            request.path.endswith("/composite/batch") and running.org.settings.batch_metering == "subrequests"
        )
        running.usage.count(now, 0 if brings_calls else 1)
        late = running.org.settings.late_commit_seconds if request.method != "GET" else 0
        running.org.store.begin_request(now, late)
        housekeeping.run(running.org, now)
    # The header exists from v52 on [D:headers-duplicaterules].
    known = request.headers.get("Sforce-Duplicate-Rule-Header", "") if float(found[1]) >= 52 else ""
    duplicates = _directives(known)
    mru = _directives(request.headers.get("Sforce-Mru", ""))
    assign = request.headers.get("Sforce-Auto-Assign", "").strip()
    set_caller(
        Caller(
            user=user,
            now=now,
            version=found[1],
            auto_assign=_AUTO_ASSIGN.get(assign.lower(), assign),
            allow_duplicates=duplicates.get("allowsave") == "true",
            duplicate_details=duplicates.get("includerecorddetails") == "true",
            update_mru=mru.get("updatemru") == "true",
        )
    )
    return None


def _refuse_xml() -> None:
    """Salesforce answers in XML whoever asks for it [D:intro_rest_architecture]."""
    wanted = request.headers.get("Accept", "")
    if request.path.startswith(("/services/data", "/id/")) and request_forms.prefers_xml(wanted):
        raise not_emulated("answers in XML; ask for application/json")


def _check_version(version: str, running: Service) -> None:
    settings = running.org.settings
    if not re.fullmatch(r"\d+\.0", version) or int(version[:-2]) > settings.newest_version:
        raise not_found()
    if int(version[:-2]) < settings.oldest_version:
        message = "The requested API version has been retired"
        raise ApiError.of(410, "UNSUPPORTED_API_VERSION", message)


def _too_long(most: int) -> Response | None:
    """414 for the URI alone, 431 for URI and headers [sheet 0.10]; no JSON from the edge."""
    environ = request.environ
    uri = environ.get("REQUEST_URI") or f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
    if len(uri) > most:
        return Response("<h1>URI Too Long</h1>", 414, content_type="text/html")
    headers = sum(len(name) + len(value) + 4 for name, value in request.headers)
    if len(uri) + headers > most:
        text = "<h1>Request Header Fields Too Large</h1>"
        return Response(text, 431, content_type="text/html")
    return None


def _directives(header: str) -> dict[str, str]:
    """``allowSave=true; includeRecordDetails=false`` with names and values in lower case."""
    pairs = (part.partition("=") for part in header.lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _add_headers(response: Response) -> Response:
    if not request.path.startswith("/services"):
        return response
    for name, value in wire.COMMON_HEADERS.items():
        response.headers[name] = value
    number = wire.request_id(next(service().request_numbers))
    response.headers["X-SFDC-Request-Id"] = response.headers["X-Request-Id"] = number
    if response.content_length and response.content_length < wire.GZIP_FROM:
        # Longer bodies get it from the gate when it compresses them.
        response.headers["Vary"] = "Accept-Encoding"
    if _VERSIONED.match(request.path) and response.status_code != 401:
        response.headers["Sforce-Limit-Info"] = limit_info(service())
    return response


def limit_info(running: Service) -> str:
    """``api-usage=10018/100000``, with ``; api-bursts=1/750`` when configured [sheet 0.13]."""
    usage = running.usage
    text = f"api-usage={usage.used(running.org.clock.now())}/{usage.daily}"
    bursts = running.org.settings.api_bursts
    return f"{text}; api-bursts={bursts[0]}/{bursts[1]}" if bursts else text


def _api_error(error: ApiError) -> Response:
    if error.status == 501:
        _LOG.warning("not emulated: %s %s", request.method, request.path)
    return wire.respond(error.body, error.status)


def _multiple_choices(choices: MultipleChoices) -> Response:
    base = f"{caller().base}/sobjects/{choices.sobject}"
    return wire.respond([f"{base}/{record_id}" for record_id in choices.ids], 300)


def _http_error(error: HTTPException) -> Response:
    if error.code == 405:
        return wire.method_not_allowed(request.method, getattr(error, "valid_methods", None) or [])
    if error.code == 404:
        if _UNKNOWN_FAMILY.match(request.path):
            return _api_error(not_emulated(f"{request.method} {request.path}"))
        _LOG.warning("404 %s %s: not emulated", request.method, request.path)
        return _api_error(not_found())
    return wire.respond([{"errorCode": "BAD_REQUEST", "message": error.description}], error.code or 500)
