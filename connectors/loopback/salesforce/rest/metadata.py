"""Versions, resources, describes, limits, record counts [sheet 1.2, 3, 10, 15]."""

from __future__ import annotations

from email.utils import format_datetime

from flask import Blueprint, Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.salesforce import describe, org_limits, wire
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest import recent
from connectors.loopback.salesforce.rest.base import find_object, record_types, versioned
from connectors.loopback.salesforce.rest.conditional import http_date
from connectors.loopback.salesforce.rest.oauth import instance_url
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import Service, caller, service

pages = Blueprint("salesforce_metadata", __name__)
versioned_pages = versioned("salesforce_resources")

_SEASONS = ("Spring", "Summer", "Winter")
# Spring '26 is v66.0; three releases a year [sheet header].
_ANCHOR_VERSION, _ANCHOR_YEAR = 66, 26
_RECENT_ITEMS = 5  # of one object
RESOURCES = (
    "tooling", "metadata", "eclair", "folders", "jsonxform", "chatter", "payments", "tabs",
    "appMenu", "quickActions", "queryAll", "commerce", "wave", "iot", "analytics", "search",
    "smartdatadiscovery", "identity", "composite", "parameterizedSearch", "theme", "nouns",
    "event", "serviceTemplates", "recent", "connect", "licensing", "limits", "process",
    "dedupe", "async-queries", "query", "jobs", "match", "localizedvalue", "mobile",
    "emailConnect", "consent", "tokenizer", "compactLayouts", "knowledgeManagement", "sobjects",
    "actions", "support",
)  # fmt: skip


def release_label(version: int) -> str:
    """``Spring '26`` for 66; a Winter release carries the next year's number."""
    years, season = divmod(version - _ANCHOR_VERSION, 3)
    year = _ANCHOR_YEAR + years + (season == 2)
    return f"{_SEASONS[season]} '{year:02d}"


@pages.get("/services/data")
def versions() -> Response:
    """No session, no budget, no Sforce-Limit-Info [sheet 1.2]."""
    settings = service().org.settings
    return wire.respond(
        [
            {
                "label": release_label(number),
                "url": f"/services/data/v{number}.0",
                "version": f"{number}.0",
            }
            for number in range(settings.oldest_version, settings.newest_version + 1)
        ]
    )


@versioned_pages.get("/")
def resources() -> Response:
    """``identity`` is a URL of its own, here on the loopback instead of login.salesforce.com."""
    who, running = caller(), service()
    urls = {name: f"{who.base}/{name}" for name in RESOURCES}
    org_id = running.org.settings.org_id
    urls["identity"] = f"{instance_url(running)}/id/{org_id}/{who.user.id}"
    return wire.respond(urls)


@versioned_pages.get("/sobjects")
def describe_global() -> Response:
    running, who = service(), caller()
    if _has_seen(running):
        return Response(status=304)
    visible = [entry for entry in service().org.schema if who.user.may("read", entry)]
    return wire.respond(
        {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [describe.summary(who.base, who.user, entry) for entry in visible],
        },
        headers={"Last-Modified": format_datetime(running.described_since, usegmt=True)},
    )


@versioned_pages.get("/sobjects/<name>")
def basic(name: str) -> Response:
    """The object's brief describe and its recently seen records."""
    who, org, sobject = caller(), service().org, find_object(name)
    return wire.respond(
        {
            "objectDescribe": describe.summary(who.base, who.user, sobject),
            "recentItems": [record for _, record in recent.seen_last(org, who, sobject, _RECENT_ITEMS)],
        }
    )


@versioned_pages.get("/sobjects/<name>/describe")
def describe_object(name: str) -> Response:
    """304 when the caller has seen this state of the schema."""
    running, who, sobject = service(), caller(), find_object(name)
    if _has_seen(running):
        return Response(status=304)
    note_rows(rows_out=1)
    host = instance_url(running)
    types = record_types(sobject)
    body = describe.full(who.base, host, running.org.schema, who.user, sobject, types)
    headers = {
        "Last-Modified": format_datetime(running.described_since, usegmt=True),
        "ETag": running.schema_etag(sobject.name),
    }
    return wire.respond(body, headers=headers)


def _has_seen(running: Service) -> bool:
    since = http_date("If-Modified-Since")
    return since is not None and running.described_since.replace(microsecond=0) <= since


@versioned_pages.get("/limits")
def limits() -> Response:
    """Needs View Setup and Configuration [D:resources_limits]."""
    running, who = service(), caller()
    if not who.user.has("ViewSetup"):
        message = "The user does not have the permission to view limits"
        raise ApiError.of(403, "FUNCTIONALITY_NOT_ENABLED", message)
    return wire.respond(org_limits.allocations(running, who))


@versioned_pages.get("/limits/recordCount")
def record_count() -> Response:
    """Objects without records are absent [R:cumulusci/TestUpsert]."""
    org, names = service().org, request.args.get("sObjects")
    wanted: list[SObject] = [entry for entry in org.schema if caller().user.may("read", entry)]
    if names:
        found = (org.schema.find(name.strip()) for name in names.split(","))
        wanted = [entry for entry in found if entry in wanted]
    counts = [{"count": org.store.count(entry), "name": entry.name} for entry in wanted]
    return wire.respond({"sObjects": [entry for entry in counts if entry["count"]]})
