"""Least privilege: every route, with tokens that lack what it asks for (fact sheet §1.4, §1.5).

The routes are read from the application, so that a new one stands here too; which scopes open a part of the API is
written down once more, by path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hubspot_session import TOKEN, HubSpot, Portal, bearer

from connectors.loopback.hubspot import ALL_SCOPES, JOURNAL_SCOPES, HubSpotEmulator, TokenGrant
from tests.loopback.surface.routes import Route, routes
from tests.loopback.surface.valid import SURFACES
from tests.loopback.surface.wsgi import Answer, call

SURFACE = next(surface for surface in SURFACES if surface.name == "hubspot")
CONTACTS = "/crm/v3/objects/contacts"
# Asked with a token that has none of their scopes, or with no token of the portal at all.
OPEN = re.compile(r"/account-info/|/oauth/|/webhooks-journal-files/|/app-webhooks/|/webhooks/(v3|2026-03)/<app_id>/")
# The refusal names a scope that is not among those that open it [R:amp-labs/metadata-err-schemas-scope.json].
MISNAMED = re.compile(r".*/schemas$")
# Which part of the API a path belongs to, and one of the scopes that open it to read and to change.
PARTS: tuple[tuple[str, str, str], ...] = (
    (r"/objects/<object_type>/<object_id>/associations/|/associations/", "crm.objects.contacts.read", "read"),
    (r"/objects", "crm.objects.contacts.read", "crm.objects.contacts.write"),
    (r"/properties", "crm.schemas.contacts.read", "crm.schemas.contacts.write"),
    (r"/pipelines", "automation", "crm.schemas.deals.write"),
    (r"/lists", "crm.lists.read", "crm.lists.write"),
    (r"/owners", "crm.objects.owners.read", ""),
    (r"/forms", "forms", "forms"),
    (r"/email/public", "content", ""),
    (r"/events", "business-intelligence", ""),
    (r"/subscriptions", "webhooks-journal-subscription-read", "webhooks-journal-subscription-management"),
    (r"/snapshots|/status/", "webhooks-journal-snapshot-management", "webhooks-journal-snapshot-management"),
    (r"/journal", "webhooks-journal-data-access", "read"),
)
READS_BY_POST = re.compile(r"/search$|/batch/read$")
# What opens the records of a type (§1.5).
RECORDS = {
    **{kind: f"crm.objects.{kind}" for kind in ("contacts", "companies", "deals", "leads")},
    **dict.fromkeys(("notes", "calls", "emails", "meetings", "tasks", "communications"), "crm.objects.contacts"),
}


@pytest.fixture
def surface() -> Iterator[HubSpotEmulator]:
    """A portal in which each route has something to answer with."""
    emulator: HubSpotEmulator = SURFACE.make()
    yield emulator
    emulator.close()


def asked(emulator: HubSpotEmulator, route: Route, *scopes: str) -> Answer:
    """A valid request of the route by an app that has these scopes only."""
    emulator.portal.tokens.issue("least", TokenGrant(scopes=scopes), None)
    request = SURFACE.request(route)
    return call(emulator.app, replace(request, headers={**request.headers, "Authorization": "Bearer least"}))


@cache
def guarded() -> list[Route]:
    """The routes that want a scope and are emulated."""
    emulator = SURFACE.make()
    every = (*ALL_SCOPES, *JOURNAL_SCOPES)
    found = [route for route in routes(emulator) if not OPEN.match(route.rule)]
    found = [route for route in found if asked(emulator, route, *every).status != 501]
    emulator.close()
    return found


def wanted(answer: Answer) -> list[str]:
    """The scopes that a 403 names, in whichever of the two places they are (§1.4)."""
    body = json.loads(answer.body)
    assert body["category"] == "MISSING_SCOPES"
    assert body["status"] == "error"
    assert body["correlationId"]
    if "context" in body:
        assert body["message"] == "One or more of the following scopes are required."
        assert body["context"]["links"] == ["https://developers.hubspot.com/scopes"]
        return list(body["context"]["requiredGranularScopes"])
    assert body["message"].startswith("This app hasn't been granted all required scopes to make this call.")
    assert body["links"] == {"scopes": "https://developers.hubspot.com/scopes"}
    (error,) = body["errors"]
    return list(error["context"]["requiredGranularScopes"])


def expected(route: Route) -> str:
    """One scope of the part that the route belongs to."""
    read, write = next((read, write) for path, read, write in PARTS if re.search(path, route.rule))
    reads = route.method == "GET" or READS_BY_POST.search(route.rule) or write == "read"
    return read if reads else write


def test_no_route_is_open_and_each_asks_for_its_own_scope(surface: HubSpotEmulator) -> None:
    """A scope of the list opens the route, all the others together do not: at every spelling of every path."""
    every = {*ALL_SCOPES, *JOURNAL_SCOPES}
    wrong: list[tuple[str, str, str]] = []
    checked = 0
    for route in guarded():
        # "oauth" is in every token, and by the specification it opens the event occurrences (§1.5).
        others = asked(surface, route, "oauth" if "/events" not in route.rule else "forms")
        if others.status != 403:
            wrong.append((route.method, route.rule, f"open: {others.status}"))
            continue
        needed = wanted(others)
        checked += 1
        if MISNAMED.match(route.rule):
            continue
        if expected(route) not in needed:
            wrong.append((route.method, route.rule, f"asks for {needed}"))
        if asked(surface, route, *(every - set(needed))).status != 403:
            wrong.append((route.method, route.rule, f"{needed} are not all that open it"))
    assert wrong == []
    assert checked > 350


def test_each_scope_of_the_list_opens_the_route(surface: HubSpotEmulator) -> None:
    shut = []
    for route in guarded():
        for scope in [] if MISNAMED.match(route.rule) else wanted(asked(surface, route)):
            # What a subscription or snapshot is of takes a scope more.
            second = asked(surface, route, scope)
            if second.status == 403 and not set(wanted(second)) <= {"crm.objects.contacts.read"}:
                shut.append((route.method, route.rule, scope))
    assert shut == []


@pytest.mark.parametrize("kind", RECORDS)
def test_the_records_of_a_type_take_its_scope_to_read_and_to_write(surface: HubSpotEmulator, kind: str) -> None:
    every = {*ALL_SCOPES, *JOURNAL_SCOPES}
    found = [route for route in guarded() if re.search(r"/objects(/[\d-]+)?/<object_type>", route.rule)]
    checked = 0
    for route in found:
        if "/associations/" in route.rule:
            continue
        typed = replace(route, rule=route.rule.replace("<object_type>", kind))
        scope = f"{RECORDS[kind]}.{'read' if route.method == 'GET' or READS_BY_POST.search(route.rule) else 'write'}"
        refused = asked(surface, typed, *(every - {scope}))
        assert (refused.status, wanted(refused)) == (403, [scope]), route.rule
        assert asked(surface, typed, scope).status != 403, route.rule
        checked += 1
    assert checked > 80


def test_a_limit_of_associations_is_refused_whole(hs: HubSpot) -> None:
    """Not input by input, and not only when there is one."""
    hs.post("/_sandbox/token", json={"token": "least", "scopes": ["forms"]})
    for verb in ("create", "update", "purge"):
        path = f"/crm/associations/v4/definitions/configurations/contacts/companies/batch/{verb}"
        for inputs in ([], [{"category": "HUBSPOT_DEFINED", "typeId": 279, "maxToObjectIds": 9}]):
            answer = hs.post(path, json={"inputs": inputs}, headers=bearer("least"))
            assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")


# Associations: the scopes of one end or of both


@pytest.mark.parametrize(("rule", "status"), [("either", (200, 201)), ("both", (403, 403))])
def test_whether_a_link_takes_the_scopes_of_both_types(portal: Portal, rule: str, status: tuple[int, int]) -> None:
    """[S] has one list of scopes for both types: does one of it do?"""
    one = TokenGrant(scopes=("crm.objects.contacts.read", "crm.objects.contacts.write"))
    two = TokenGrant(scopes=(*one.scopes, "crm.objects.companies.read"))
    hs = portal(tokens={TOKEN: TokenGrant(), "one": one, "two": two}, association_scopes=rule)
    contact, company = hs.contact("a@example.com"), hs.create("companies", {"name": "Acme"})["id"]
    link = {
        "to": {"id": company},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}],
    }
    pair = {"from": {"id": contact}, "to": {"id": company}, "types": link["types"]}
    named = {"from": {"id": contact}, "to": {"id": company}, "type": "contact_to_company"}
    calls: list[tuple[str, str, Any, int]] = [
        ("PUT", f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}", None, 200),
        ("PUT", f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", link["types"], 201),
        ("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies", None, 200),
        ("POST", "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": contact}]}, 200),
        ("POST", "/crm/associations/2026-09/contacts/companies/batch/create", {"inputs": [pair]}, 201),
        ("POST", "/crm/v3/associations/contacts/companies/batch/create", {"inputs": [named]}, 201),
        ("GET", "/crm/v4/associations/contacts/companies/labels", None, 200),
        ("GET", f"{CONTACTS}?associations=companies", None, 200),
        ("GET", f"{CONTACTS}/{contact}?associations=companies", None, 200),
        ("POST", CONTACTS, {"properties": {}, "associations": [link]}, 201),
        ("POST", f"{CONTACTS}/batch/create", {"inputs": [{"properties": {}, "associations": [link]}]}, 201),
    ]
    for method, path, body, done in calls:
        answer = hs.request(method, path, json=body, headers=bearer("one"))
        assert answer.status_code in status, (path, answer.text)
        if answer.status_code == 403:
            assert "crm.objects.companies.read" in json.dumps(answer.json())
        assert hs.request(method, path, json=body, headers=bearer("two")).status_code == done, path


# Sensitive properties [D:sensitive]


@pytest.fixture
def secret(hs: HubSpot) -> str:
    """A contact with a sensitive value and a sensitive key; "plain" is the token of an app that may not see them."""
    common = {"label": "D", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    for name, unique in (("diagnosis", False), ("insurance", True)):
        hs.emulator.add_property(
            "contacts", {**common, "name": name, "dataSensitivity": "sensitive", "hasUniqueValue": unique}
        )
    scopes = ["crm.objects.contacts.read", "crm.objects.contacts.write", *JOURNAL_SCOPES]
    hs.post("/_sandbox/token", json={"token": "plain", "kind": "oauth", "appId": 7, "scopes": scopes})
    return hs.contact("a@example.com", diagnosis="flu", insurance="i-1")


def as_plain(hs: HubSpot, method: str, path: str, body: Any = None) -> Any:
    return hs.request(method, path, json=body, headers=bearer("plain"))


def test_a_sensitive_property_is_guarded_however_it_is_named(hs: HubSpot, secret: str) -> None:
    """In any case, as the sort of a search, and as what records are looked up by."""
    by_key = {"inputs": [{"id": "i-1", "idProperty": "insurance", "properties": {"city": "Rome"}}]}
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{CONTACTS}/{secret}?properties=Diagnosis", None),
        ("GET", f"{CONTACTS}?properties=DIAGNOSIS", None),
        ("POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": secret}], "properties": ["Diagnosis"]}),
        ("POST", f"{CONTACTS}/search", {"properties": ["Diagnosis"]}),
        ("POST", f"{CONTACTS}/search", {"filters": [{"propertyName": "Diagnosis", "operator": "HAS_PROPERTY"}]}),
        ("POST", f"{CONTACTS}/search", {"sorts": [{"propertyName": "diagnosis", "direction": "ASCENDING"}]}),
        ("PATCH", f"{CONTACTS}/{secret}", {"properties": {"Diagnosis": "cold"}}),
        ("POST", f"{CONTACTS}/batch/update", {"inputs": [{"id": secret, "properties": {"Diagnosis": "cold"}}]}),
        ("GET", f"{CONTACTS}/i-1?idProperty=insurance", None),
        ("PATCH", f"{CONTACTS}/i-1?idProperty=insurance", {"properties": {"city": "Rome"}}),
        ("POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": "i-1"}], "idProperty": "insurance"}),
        ("POST", f"{CONTACTS}/batch/update", by_key),
        ("POST", f"{CONTACTS}/batch/upsert", by_key),
    ]
    for method, path, body in calls:
        answer = as_plain(hs, method, path, body)
        assert (answer.status_code, answer.json().get("category")) == (403, "MISSING_SCOPES"), (path, body)
        assert hs.request(method, path, json=body).status_code < 300, (path, body)


def test_a_merge_shows_no_sensitive_value_to_who_may_not_read_it(hs: HubSpot, secret: str) -> None:
    for token, shown in (("plain", None), (TOKEN, "flu")):
        survivor = hs.record("contacts", secret)["id"]
        body = {"primaryObjectId": survivor, "objectIdToMerge": hs.contact()}
        merged = hs.post(f"{CONTACTS}/merge", json=body, headers=bearer(token))
        assert merged.status_code == 200
        assert merged.json()["properties"]["email"] == "a@example.com"
        assert merged.json()["properties"].get("diagnosis") == shown


def test_the_journal_tells_sensitive_values_to_who_may_read_them(hs: HubSpot, secret: str) -> None:
    subscriptions, journal = "/webhooks-journal/subscriptions/2026-03", "/webhooks-journal/journal/2026-03"
    wish = {"subscriptionType": "OBJECT", "objectTypeId": "0-1", "portalId": 147893286, "actions": ["UPDATE"]}
    refused = as_plain(hs, "POST", subscriptions, {**wish, "properties": ["diagnosis"]})
    assert refused.status_code == 403
    assert as_plain(hs, "GET", subscriptions).json() == {"results": []}
    assert as_plain(hs, "POST", subscriptions, wish).status_code == 200
    snapshot = {"portalId": 147893286, "objectId": int(secret), "objectTypeId": "0-1", "properties": ["diagnosis"]}
    taken = as_plain(hs, "POST", "/webhooks-journal/snapshots/2026-03/crm", {"snapshotRequests": [snapshot]})
    assert taken.status_code == 403
    hs.change("contacts", secret, diagnosis="cold", city="Rome")
    url = as_plain(hs, "GET", f"{journal}/earliest").json()["url"]
    (event,) = hs.get(re.sub(r"^https?://[^/]+", "", url)).json()["journalEvents"]
    assert event["propertyChanges"]["city"] == "Rome"
    assert "diagnosis" not in event["propertyChanges"]
