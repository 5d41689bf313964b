"""One valid request for each view of an emulator.

The routes come from the route table; here are the values of their variables and, by method and path, what a request
carries. A view without an entry is asked with the values alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from connectors.loopback.hubspot import ALL_SCOPES, JOURNAL_SCOPES, HubSpotEmulator, HubSpotSettings, Limits, TokenGrant
from connectors.loopback.hubspot.instants import to_ms
from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings
from tests.loopback.surface.routes import Route
from tests.loopback.surface.wsgi import Request, call

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Valid:
    """What a valid request has besides its path; ``values`` outrank the common ones."""

    method: str
    path: str
    json: Any = None
    query: str = ""
    form: str = ""
    text: str = ""
    content_type: str = "application/json"
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, repr=False)
class Surface:
    """An emulator with something in it, and how to ask it for anything."""

    name: str
    make: Callable[[], Any]
    headers: Mapping[str, str]
    values: Mapping[str, str]
    catalogue: tuple[Valid, ...]

    def __repr__(self) -> str:
        return self.name

    def entry(self, route: Route) -> Valid | None:
        """The first entry whose method and path fit the rule."""
        return next((v for v in self.catalogue if v.method == route.method and fnmatchcase(route.rule, v.path)), None)

    def request(self, route: Route) -> Request:
        """A valid request for the route, or what is known of one."""
        entry = self.entry(route) or Valid(
            route.method, route.rule, {} if route.method in ("POST", "PATCH", "PUT") else None
        )
        path = route.path({**self.values, **dict(entry.values)})
        headers = {**self.headers, "Content-Type": _FORM if entry.form else entry.content_type}
        body = (entry.form or entry.text).encode() if entry.json is None else json.dumps(entry.json).encode()
        return Request(route.method, path, entry.query, headers, body)


# ---------------------------------------------------------------- HubSpot
_INPUTS = {"inputs": [{"id": "101"}, {"id": "102"}]}
_LINK = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
_ENDS = {"from": {"id": "101"}, "to": {"id": "201"}}
_DEFINITION = {"label": "Score", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
_OPTIONS = [{"label": "A", "value": "a", "displayOrder": 0, "hidden": False}]
_CUSTOM = (("name", "custom"),)
_LIST = {"objectTypeId": "0-1", "processingType": "MANUAL"}
_STAGES = [{"label": "New", "displayOrder": 0, "metadata": {"probability": "0.3"}, "stageId": "new"},
           {"label": "Won", "displayOrder": 1, "metadata": {"probability": "1.0"}, "stageId": "won"},
           {"label": "Lost", "displayOrder": 2, "metadata": {"probability": "0.0"}, "stageId": "lost"}]  # fmt: skip
_PIPELINE = (("object_type", "deals"), ("pipeline_id", "renewals"), ("stage_id", "new"))
_DYNAMIC = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": [
    {"filterBranchType": "AND", "filterBranchOperator": "AND", "filterBranches": [], "filters": [
        {"filterType": "PROPERTY", "property": "city", "operation": {
            "operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": ["Rome"],
            "includeObjectsWithNoValueSet": False}}]}]}  # fmt: skip
_CONVERSION = {"conversionType": "CONVERSION_DATE", "year": 2027, "month": 1, "day": 31}
_MOST = {"category": "HUBSPOT_DEFINED", "typeId": 279, "maxToObjectIds": 9}
_DEVELOPER = "hapikey=loopback-developer-key"
_JOURNAL = "/webhooks-journal"
_EVENTS = {"subscriptionType": "OBJECT", "objectTypeId": "0-1", "portalId": 147893286, "actions": ["CREATE", "UPDATE"]}
_SNAPSHOT = {
    "snapshotRequests": [{"portalId": 147893286, "objectId": 101, "objectTypeId": "0-1", "properties": ["city"]}]
}
# Of the entry and the snapshot that the first requests make; such ids are drawn from the seed.
_OFFSET, _STATUS = "a08b5865-6b65-49dc-9406-d8163af4d9dd", "7392b731-f291-41ce-8b0d-eeeebbd5d64e"
_HOOKS = {"targetUrl": "https://www.example.com/hubspot", "throttling": {"maxConcurrentRequests": 10}}
# What only a request makes: lists 1 and 2, a dynamic one, folders, a pipeline, an association label.
_MADE: tuple[tuple[str, str, Any], ...] = (
    ("POST", f"{_JOURNAL}/subscriptions/2026-03", _EVENTS),
    ("PATCH", "/crm/v3/objects/contacts/110", {"properties": {"city": "Rome"}}),
    ("GET", f"{_JOURNAL}/journal/2026-03/earliest", None),
    ("POST", f"{_JOURNAL}/snapshots/2026-03/crm", _SNAPSHOT),
    ("POST", "/crm/v3/lists", {"name": "One", **_LIST}),
    ("POST", "/crm/v3/lists", {"name": "Two", **_LIST}),
    (
        "POST",
        "/crm/v3/lists",
        {"name": "Romans", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": _DYNAMIC},
    ),
    ("POST", "/crm/v3/lists", {"name": "Gone", **_LIST}),
    ("DELETE", "/crm/v3/lists/4", None),
    ("PUT", "/crm/v3/lists/3/schedule-conversion", _CONVERSION),
    ("POST", "/crm/v3/lists/folders", {"name": "Folder"}),
    ("POST", "/crm/v3/lists/folders", {"name": "Other"}),
    (
        "POST",
        "/crm/v3/pipelines/deals",
        {"label": "Renewals", "displayOrder": 1, "pipelineId": "renewals", "stages": _STAGES},
    ),
    ("POST", "/crm/v4/associations/contacts/companies/labels", {"name": "advisor", "label": "Advisor"}),
    ("POST", "/crm/associations/v4/definitions/configurations/contacts/companies/batch/create", {"inputs": [_MOST]}),
    ("PUT", f"/webhooks/v3/18221010/settings?{_DEVELOPER}", _HOOKS),
    ("POST", f"/webhooks/v3/18221010/subscriptions?{_DEVELOPER}", {"eventType": "contact.creation"}),
)
_GROUP = (("name", "custom_group"),)


def _hubspot() -> HubSpotEmulator:
    limits = Limits(burst=None, oauth_burst=None, search=None, daily=None)
    tokens = {"pat-na1-loopback": TokenGrant(scopes=(*ALL_SCOPES, *JOURNAL_SCOPES))}
    settings = HubSpotSettings(tokens=tokens, limits=limits, property_lag_seconds=0)
    emulator = HubSpotEmulator(settings, Clock(NOW, ticking=False))
    emulator.seed("contacts", [{"id": str(n), "properties": {"email": f"c{n}@example.com"}} for n in range(101, 111)])
    emulator.seed("companies", [{"id": str(n), "properties": {"domain": f"c{n}.example.com"}} for n in (201, 202)])
    emulator.associate("contacts", "companies", [("101", "201"), ("102", "201")])
    emulator.add_owner({"id": "301", "email": "owner@example.com"})
    emulator.add_group("contacts", {"name": "custom_group", "label": "Custom"})
    emulator.add_property("contacts", {"name": "custom", **_DEFINITION})
    emulator.add_property("contacts", {"name": "key", **_DEFINITION, "hasUniqueValue": True})
    for form in ("form-1", "form-2"):
        emulator.add_form({"id": form, "name": form})
    emulator.add_submissions(
        "form-1", [{"submittedAt": NOW, "values": [{"name": "email", "value": "c101@example.com"}]}]
    )
    visit = {"objectId": "101", "eventType": "e_visited_page", "occurredAt": NOW, "properties": {"hs_url": "x"}}
    emulator.add_events([visit])
    for method, path, body in _MADE:
        path, _, query = path.partition("?")
        request = Request(method, path, query, {"Authorization": "Bearer pat-na1-loopback"}).with_json(body)
        answer = call(emulator.app, request)
        assert answer.status < 300, answer.body
    emulator.add_email_events([{"id": "m1", "created": NOW, "recipient": "c101@example.com", "type": "OPEN"}])
    return emulator


HUBSPOT = Surface(
    "hubspot",
    _hubspot,
    {"Authorization": "Bearer pat-na1-loopback"},
    {
        "object_type": "contacts", "object_id": "101", "from_type": "contacts", "to_type": "companies", "to_id": "201",
        "owner_id": "301", "form_id": "form-1", "name": "email", "pipeline_id": "contacts-lifecycle-pipeline",
        "stage_id": "lead", "token": "pat-na1-loopback", "list_id": "1", "folder_id": "1", "link_type": "contact_to_company",
        "type_id": "1", "app_id": "18221010", "subscription_id": "4849549",
        "journal_subscription_id": "6310001", "portal_id": "147893286", "offset": _OFFSET, "count": "5", "status_id": _STATUS,
    },
    (
        Valid("POST", "*/objects*/batch/read", {**_INPUTS, "properties": ["email"], "propertiesWithHistory": ["email"]}),
        Valid("POST", "*/objects*/batch/create", {"inputs": [
            {"objectWriteTraceId": "1", "properties": {"email": "new@example.com", "firstname": "A"},
             "associations": [{"to": {"id": "201"}, "types": _LINK}]}]}),
        Valid("POST", "*/objects*/batch/update", {"inputs": [{"id": "101", "properties": {"firstname": "A"}}]}),
        Valid("POST", "*/objects*/batch/upsert", {"inputs": [
            {"id": "k1", "idProperty": "key", "properties": {"firstname": "A"}}]}),
        Valid("POST", "*/objects*/batch/archive", {"inputs": [{"id": "103"}]}),
        Valid("POST", "*/objects*/search", {
            "filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ", "value": "c101@example.com"},
                                          {"propertyName": "createdate", "operator": "BETWEEN", "value": "0",
                                           "highValue": "9999999999999"}]},
                             {"filters": [{"propertyName": "firstname", "operator": "IN", "values": ["a", "b"]}]}],
            "sorts": [{"propertyName": "createdate", "direction": "DESCENDING"}], "query": "c101",
            "properties": ["email"], "limit": 10, "after": "0"}),
        Valid("POST", "*/objects*/merge", {"primaryObjectId": "104", "objectIdToMerge": "105"}),
        Valid("POST", "*/objects*/gdpr-delete", {"objectId": "106"}),
        Valid("POST", "*/objects*<object_type>", {
            "properties": {"email": "new@example.com", "lifecyclestage": "lead", "hubspot_owner_id": "301"},
            "associations": [{"to": {"id": "201"}, "types": _LINK}]}),
        Valid("PATCH", "*/objects*/<object_id>", {"properties": {"firstname": "A", "lastname": None}}),
        Valid("DELETE", "*/objects*/<object_type>/<object_id>", values=(("object_id", "107"),)),
        Valid("GET", "*/objects*<object_type>", query="limit=2&properties=email&associations=companies&archived=false"),
        Valid("GET", "*/objects*/<object_id>", query="properties=email&propertiesWithHistory=email&associations=companies"),
        Valid("PUT", "*/objects*/associations/<to_type>/<to_id>", _LINK),
        Valid("POST", "/crm/v3/associations/*/batch/read", _INPUTS),
        Valid("POST", "/crm/v3/associations/*/batch/*", {"inputs": [{**_ENDS, "type": "contact_to_company"}]}),
        Valid("POST", "*/definitions/configurations/*/batch/create", {"inputs": [{**_MOST, "typeId": 1}]}),
        Valid("POST", "*/definitions/configurations/*", {"inputs": [_MOST]}),
        Valid("POST", "*/associations/*/batch/read", _INPUTS),
        Valid("POST", "*/associations/*/batch/create", {"inputs": [{**_ENDS, "types": _LINK}]}),
        Valid("POST", "*/associations/*/batch/associate/default", {"inputs": [_ENDS]}),
        Valid("POST", "*/associations/*/batch/labels/archive", {"inputs": [{**_ENDS, "types": _LINK}]}),
        Valid("POST", "*/associations/*/batch/archive", {"inputs": [{"from": {"id": "101"}, "to": [{"id": "201"}]}]}),
        Valid("POST", "*/properties*/batch/create", {"inputs": [
            {"name": "new", **_DEFINITION}, {"name": "choice", **_DEFINITION, "type": "enumeration",
                                             "fieldType": "select", "options": _OPTIONS}]}),
        Valid("POST", "*/properties*/batch/*", {"inputs": [{"name": "custom"}], "archived": False}),
        Valid("POST", "*/properties*/groups", {"name": "other_group", "label": "Other", "displayOrder": 3}),
        Valid("PATCH", "*/properties*/groups/<name>", {"label": "Other", "displayOrder": 3}, values=_GROUP),
        Valid("DELETE", "*/properties*/groups/<name>", values=_GROUP),
        Valid("GET", "*/properties*/groups/<name>", values=_GROUP),
        Valid("POST", "*/properties*<object_type>", {"name": "new", **_DEFINITION, "options": []}),
        Valid("PATCH", "*/properties*/<name>", {"label": "Other", "description": "x", "hidden": True}, values=_CUSTOM),
        Valid("DELETE", "*/properties*/<name>", values=_CUSTOM),
        Valid("PUT", "*/<app_id>/settings", _HOOKS, query=_DEVELOPER),
        Valid("POST", "*/<app_id>/subscriptions", {"eventType": "contact.propertyChange", "propertyName": "email"},
              query=_DEVELOPER),
        Valid("POST", "*/<app_id>/subscriptions/batch/update", {"inputs": [{"id": 4849549, "active": True}]}, query=_DEVELOPER),
        Valid("PATCH", "*/<app_id>/subscriptions/<subscription_id>", {"active": True}, query=_DEVELOPER),
        Valid("GET", "*/<app_id>/*", query=_DEVELOPER),
        Valid("DELETE", "*/<app_id>/*", query=_DEVELOPER),
        Valid("POST", "*/pipelines*/stages", _STAGES[0] | {"label": "Next", "stageId": "next"}, values=_PIPELINE),
        Valid("PATCH", "*/stages/<stage_id>", {"label": "Newer"}, values=_PIPELINE),
        Valid("PUT", "*/stages/<stage_id>", {**_STAGES[0], "label": "Newer"}, values=_PIPELINE),
        Valid("DELETE", "*/stages/<stage_id>", values=_PIPELINE),
        Valid("POST", "*/pipelines*", {"label": "More", "displayOrder": 2, "stages": _STAGES}, values=_PIPELINE),
        Valid("PATCH", "*/pipelines*", {"label": "More", "displayOrder": 2}, values=_PIPELINE),
        Valid("PUT", "*/pipelines*", {"label": "More", "displayOrder": 2, "stages": _STAGES}, values=_PIPELINE),
        Valid("DELETE", "*/pipelines*", values=_PIPELINE),
        Valid("POST", "*/labels", {"name": "sponsor", "label": "Sponsor", "inverseLabel": "Sponsored"}),
        Valid("PUT", "*/labels", {"associationTypeId": 1, "label": "Adviser"}),
        Valid("POST", "*/lists*/search", {"query": "o", "offset": 0, "count": 2, "listIds": ["1"],
                                          "processingTypes": ["MANUAL"], "additionalProperties": ["hs_list_size"]}),
        Valid("POST", "*/lists*/batch/read", {"inputs": [{"objectTypeId": "0-1", "recordId": "101"}]}),
        Valid("POST", "*/lists*/folders", {"name": "More", "parentFolderId": 0}),
        Valid("PUT", "*/folders/move-list", {"listId": "1", "newFolderId": "1"}),
        Valid("PUT", "*/folders/<folder_id>/rename", query="newFolderName=More"),
        Valid("PUT", "*/folders/*/move/*", values=(("parent_id", "2"),)),
        Valid("PUT", "*/memberships/add-and-remove", {"recordIdsToAdd": ["101"], "recordIdsToRemove": ["102"]}),
        Valid("PUT", "*/memberships/add-from/*", values=(("source_id", "2"),)),
        Valid("PUT", "*/memberships/*", ["101", 102]),
        Valid("PUT", "*/schedule-conversion", _CONVERSION, values=(("list_id", "3"),)),
        Valid("GET", "*/schedule-conversion", values=(("list_id", "3"),)),
        Valid("GET", "*/size-and-edits-history/between", query="startDate=2026-11-01T00:00:00Z&endDate=2026-11-30T00:00:00Z"),
        Valid("PUT", "*/restore", values=(("list_id", "4"),)),
        Valid("PUT", "*/update-list-filters", {"filterBranch": _DYNAMIC}, values=(("list_id", "3"),)),
        Valid("PUT", "*/update-list-name", query="listName=More"),
        Valid("GET", "*/lists*/name/<name>", values=(("name", "One"),)),
        Valid("POST", "*/lists*", {"name": "More", **_LIST}),
        Valid("POST", "*/forms*", {"name": "More", "formType": "hubspot"}),
        Valid("PATCH", "*/forms*", {"name": "More"}),
        Valid("PUT", "*/forms*", {"name": "More", "formType": "hubspot"}),
        Valid("GET", "*/owners*", query="limit=10&email=owner@example.com&archived=false&idProperty=id"),
        Valid("GET", "*event-types"),
        Valid("GET", "/email/public/v1/events/*", values=(("created", str(to_ms(NOW))), ("event_id", "m1"))),
        Valid("GET", "/email/public/v1/events", query="recipient=c101@example.com&eventType=OPEN&limit=10"),
        Valid("GET", "*/events*", query="eventType=e_visited_page&objectType=contact&objectId=101"
                                         "&occurredAfter=2026-01-01T00:00:00Z&limit=10&sort=ASCENDING"),
        Valid("GET", "*/event-occurrences*", query="eventType=e_visited_page&limit=10"),
        Valid("GET", "/form-integrations/*", query="limit=10"),
        Valid("GET", "*/forms*", query="limit=10"),
        Valid("POST", "*/journal*/batch/read", {"inputs": [_OFFSET]}),
        Valid("POST", "*/snapshots/*", _SNAPSHOT),
        Valid("POST", "*/subscriptions/2026-03/filters", {}),
        Valid("POST", "*/subscriptions/2026-03", _EVENTS),
        Valid("GET", "/webhooks-journal-files/*", query="expires=9999999999999"),
        Valid("GET", "/oauth/v1/refresh-tokens/*", values=(("token", "loopback-refresh-token"),)),
        Valid("POST", "*/token", form="grant_type=refresh_token&refresh_token=loopback-refresh-token"
                                      "&client_id=loopback-client-id&client_secret=loopback-client-secret"),
        Valid("POST", "*/introspect", form="token=pat-na1-loopback&client_id=loopback-client-id"
                                           "&client_secret=loopback-client-secret"),
        Valid("POST", "*/access-token-info", {"tokenKey": "pat-na1-loopback"}),
    ),
)  # fmt: skip

# ---------------------------------------------------------------- Salesforce
_LEAD = {"LastName": "Meyer", "Company": "Acme", "Email": "meyer@example.com", "Status": "Open - Not Contacted"}
_SPAN = "start=2026-11-20T00:00:00Z&end=2026-11-24T00:00:00Z"
_BASE = "/services/data/v65.0"
_LEAD_ID, _SPARE_ID, _ACCOUNT_ID = "00QdM00000002LAUAY", "00QdM00000002LBUAY", "001dM00000002LAQAY"
_SOQL = (
    "SELECT Id, Name, Owner.Name, (SELECT Id FROM Contacts LIMIT 2) FROM Account WHERE Name LIKE 'A%' AND "
    "CreatedDate > 2020-01-01T00:00:00Z AND Id NOT IN (SELECT AccountId FROM Contact) ORDER BY Name DESC NULLS LAST "
    "LIMIT 10 OFFSET 0"
)
# The custom field that the emulator is made with.
_TOOLING = (("name", "CustomField"), ("record_id", "00NdM0000000001UAA"))
_METADATA = {"type": "Text", "label": "New", "length": 32}
# A query that ends, an upload that ends, one that stays open, and a query that has just begun.
_QUERY_JOB, _DONE, _OPEN, _BEGUN = ((("job_id", f"750dM000000000{n}QAA"),) for n in (1, 2, 3, 4))
_WEB, _BACK = {"client_id": "web", "client_secret": "web"}, "https://client.example/back"
_MORE = (("locator", "0r8LB0000000000001-200"),)
_INGEST = {
    "object": "Lead",
    "operation": "insert",
    "contentType": "CSV",
    "lineEnding": "LF",
    "columnDelimiter": "COMMA",
}
_CSV = "LastName,Company\nByron,Engines\n"
_JOBS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "query", {"operation": "query", "query": "SELECT Id FROM Lead"}),
    ("POST", "ingest", _INGEST),
    ("POST", "ingest", _INGEST),
    ("PUT", f"ingest/{_DONE[0][1]}/batches", _CSV.encode()),
    ("PATCH", f"ingest/{_DONE[0][1]}", {"state": "UploadComplete"}),
)
_SPARE_TOKEN = "00DdM0000000001!spare"
_MASTER = (("record_type", "012000000000000AAA"),)
_TYPED = {"attributes": {"type": "Lead"}}


def _salesforce() -> SalesforceEmulator:
    settings = SalesforceSettings(soap_login=True, password_grant=True, daily_api_requests=10**9)
    settings.apps = [*settings.apps, {**_WEB, "scope": "api refresh_token", "redirect_uris": [_BACK]}]
    emulator = SalesforceEmulator(settings, Clock(NOW, ticking=False))
    emulator.add_user({"Username": "spare@loopback.example", "LastName": "Spare", "token": _SPARE_TOKEN})
    key = {"name": "Key__c", "type": "string", "length": 32, "externalId": True, "unique": True}
    emulator.add_field("Lead", key)
    emulator.seed("Lead", [{"Id": _LEAD_ID, **_LEAD, "Key__c": "k1"}, {"Id": _SPARE_ID, **_LEAD, "Key__c": "k2"}])
    emulator.seed("Account", [{"Id": _ACCOUNT_ID, "Name": "Acme"}])
    emulator.seed("Contact", [{"LastName": f"n{n}", "AccountId": _ACCOUNT_ID} for n in range(3)])
    for method, path, body in _JOBS:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**SALESFORCE.headers, "Content-Type": "text/csv" if isinstance(body, bytes) else "application/json"}
        assert call(emulator.app, Request(method, f"{_BASE}/jobs/{path}", "", headers, content)).status < 300, path
    emulator.clock.advance(120)  # the jobs that can end have ended
    for method, path, query, body in (
        ("POST", "jobs/query", "", {"operation": "query", "query": "SELECT Id FROM Lead"}),
        ("GET", "tooling/query", "q=SELECT+DeveloperName+FROM+FieldDefinition", None),
    ):
        headers = {**SALESFORCE.headers, "Content-Type": "application/json"}
        assert call(emulator.app, Request(method, f"{_BASE}/{path}", query, headers).with_json(body)).status < 300, path
    return emulator


def _subrequest(method: str, url: str, reference: str, body: Any = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"method": method, "url": url, "referenceId": reference}
    return entry if body is None else {**entry, "body": body}


_COMPOSITE = [
    _subrequest("POST", f"{_BASE}/sobjects/Account", "a", {"Name": "Acme"}),
    _subrequest("POST", f"{_BASE}/sobjects/Contact", "c", {"LastName": "x", "AccountId": "@{a.id}"}),
    {**_subrequest("GET", f"{_BASE}/sobjects/Contact/@{{c.id}}", "g"), "httpHeaders": {"If-Modified-Since": "x"}},
]

SALESFORCE = Surface(
    "salesforce",
    _salesforce,
    {"Authorization": f"Bearer {DEFAULT_TOKEN}", "Sforce-Query-Options": "batchSize=200", "Accept-Encoding": "identity"},
    {
        "version": "65.0", "name": "Lead", "record_id": _LEAD_ID, "key": "Key__c", "value": "k1",
        "org_id": "00DdM0000000001EAA", "user_id": "005dM0000000001QAA", "locator": "0r8dM0000000001AAA-2000",
    },
    (
        Valid("POST", "/services/oauth2/token", form="grant_type=client_credentials&client_id=loopback-client"
                                                      "&client_secret=loopback-secret"),
        Valid("POST", "/services/oauth2/revoke", form=f"token={_SPARE_TOKEN}"),
        Valid("GET", "/services/oauth2/revoke", query=f"token={_SPARE_TOKEN}"),
        Valid("POST", "/services/oauth2/introspect", form=f"token={DEFAULT_TOKEN}&client_id=loopback-client"
                                                           "&client_secret=loopback-secret"),
        Valid("POST", "*/sobjects/User/<user_id>/password", {"NewPassword": "long-enough-1"}),
        Valid("GET", "*/tooling/query", query="q=SELECT+Id,DeveloperName+FROM+CustomField"),
        Valid("POST", "*/tooling/sobjects/<name>", {"FullName": "Lead.New__c", "Metadata": _METADATA}, values=_TOOLING),
        Valid("PATCH", "*/tooling/sobjects/<name>/<record_id>", {"Metadata": {**_METADATA, "label": "Newer"}}, values=_TOOLING),
        Valid("GET", "*/tooling/sobjects/<name>/*", values=_TOOLING),
        Valid("DELETE", "*/tooling/sobjects/<name>/<record_id>", values=_TOOLING),
        Valid("GET", "*/updated", query=_SPAN),
        Valid("GET", "*/deleted", query=_SPAN),
        Valid("POST", "*/jobs/ingest", _INGEST | {"operation": "upsert", "externalIdFieldName": "Key__c"}),
        Valid("POST", "*/jobs/query", {"operation": "queryAll", "query": "SELECT Id, Name FROM Lead WHERE Name LIKE 'M%'"}),
        Valid("PUT", "*/jobs/ingest/<job_id>/batches", text=_CSV, content_type="text/csv", values=_OPEN),
        Valid("PATCH", "*/jobs/ingest/<job_id>", {"state": "Aborted"}, values=_OPEN),
        Valid("GET", "*/jobs/ingest/<job_id>/<results>", values=(*_DONE, ("results", "successfulResults"))),
        Valid("GET", "*/jobs/ingest/<job_id>", values=_DONE),
        Valid("DELETE", "*/jobs/ingest/<job_id>", values=_DONE),
        Valid("PATCH", "*/jobs/query/<job_id>", {"state": "Aborted"}, values=_BEGUN),
        Valid("GET", "*/query*/<locator>", values=_MORE),
        Valid("GET", "/services/oauth2/authorize", query=f"response_type=code&client_id=web&redirect_uri={_BACK}"),
        Valid("GET", "/id/*", values=(("org_id", "00DdM0000000001UAA"),)),
        Valid("GET", "*/jobs/query/<job_id>*", query="maxRecords=1000", values=_QUERY_JOB),
        Valid("DELETE", "*/jobs/query/<job_id>", values=_QUERY_JOB),
        Valid("GET", "*/search", query="q=FIND+%7BMeyer%7D+IN+ALL+FIELDS+RETURNING+Lead(Id,Name)+LIMIT+10"),
        Valid("GET", "*/parameterizedSearch", query="q=Meyer&sobject=Lead&Lead.fields=Id,Name&Lead.limit=10"),
        Valid("POST", "*/parameterizedSearch", {"q": "Meyer", "fields": ["Id"], "sobjects": [
            {"name": "Lead", "fields": ["Id", "Name"], "limit": 10}], "in": "ALL", "overallLimit": 10}),
        Valid("GET", "*/recordCount", query="sObjects=Lead,Contact"),
        Valid("GET", "*/query", query="q=" + _SOQL.replace(" ", "+").replace("%", "%25")),
        Valid("GET", "*/queryAll", query="q=" + _SOQL.replace(" ", "+").replace("%", "%25")),
        Valid("POST", "*/composite/sobjects", {"allOrNone": False, "records": [{**_TYPED, **_LEAD}]}),
        Valid("PATCH", "*/composite/sobjects", {"allOrNone": True, "records": [
            {**_TYPED, "id": _LEAD_ID, "Title": "Dr", "NumberOfEmployees": 3, "AnnualRevenue": 1.5}]}),
        Valid("PATCH", "*/composite/sobjects/<name>/<key>", {"records": [{**_TYPED, **_LEAD, "Key__c": "k3"}]}),
        Valid("DELETE", "*/composite/sobjects", query=f"ids={_SPARE_ID}&allOrNone=true"),
        Valid("GET", "*/composite/sobjects/<name>", query=f"ids={_LEAD_ID}&fields=Id,Email"),
        Valid("POST", "*/composite/sobjects/<name>", {"ids": [_LEAD_ID], "fields": ["Id", "Email"]}),
        Valid("POST", "*/actions/standard/*", {"inputs": [{"leadId": _LEAD_ID}]}),
        Valid("POST", "*/composite", {"allOrNone": True, "collateSubrequests": False, "compositeRequest": _COMPOSITE}),
        Valid("POST", "*/composite/graph", {"graphs": [{"graphId": "1", "compositeRequest": _COMPOSITE[:2]}]}),
        Valid("POST", "*/composite/batch", {"haltOnError": False, "batchRequests": [
            {"method": "GET", "url": "v65.0/limits"},
            {"method": "PATCH", "url": f"v65.0/sobjects/Lead/{_LEAD_ID}", "richInput": {"Title": "x"}}]}),
        Valid("POST", "*/composite/tree/<name>", {"records": [
            {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Acme",
             "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "x"}]}}]},
            values=(("name", "Account"),)),
        Valid("GET", "*/sobjects/<name>/describe/layouts/<record_type>", values=_MASTER),
        Valid("GET", "*/picklist-values/<record_type>", values=_MASTER),
        Valid("GET", "*/picklist-values/<record_type>/<field>", values=(*_MASTER, ("field", "Rating"))),
        Valid("POST", "*/sobjects/<name>", {**_LEAD, "AnnualRevenue": 1.5, "NumberOfEmployees": 3, "IsUnreadByOwner": True}),
        Valid("POST", "*/sobjects/<name>/Id", _LEAD),
        Valid("GET", "*/sobjects/<name>/<record_id>", query="fields=Id,Email"),
        Valid("PATCH", "*/sobjects/<name>/<record_id>", {"Title": "Dr", "Description": None}),
        Valid("DELETE", "*/sobjects/<name>/<record_id>", values=(("record_id", _SPARE_ID),)),
        Valid("PATCH", "*/sobjects/<name>/<key>/<path:value>", _LEAD),
        Valid("DELETE", "*/sobjects/<name>/<key>/<path:value>", values=(("value", "k2"),)),
        Valid("POST", "/services/Soap/u/*", text=(
            '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header><SessionHeader><sessionId>'
            f"{DEFAULT_TOKEN}</sessionId></SessionHeader></se:Header><se:Body><convertLead><leadConverts><leadId>"
            f"{_SPARE_ID}</leadId><convertedStatus>Closed - Converted</convertedStatus><doNotCreateOpportunity>true"
            "</doNotCreateOpportunity></leadConverts></convertLead></se:Body></se:Envelope>")),
    ),
)  # fmt: skip

SURFACES = (HUBSPOT, SALESFORCE)
