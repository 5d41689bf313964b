"""The webhooks journal (fact sheet §1.5, §2.1, §11.1; the public specification and guide)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hubspot_session import BASE, HubSpot, Portal, bearer

from connectors.loopback.hubspot import JOURNAL_SCOPES, Journal, Limits

JOURNAL = "/webhooks-journal/journal/2026-03"
SUBSCRIPTIONS = "/webhooks-journal/subscriptions/2026-03"
PORTAL = 147893286
CONTACTS = {"subscriptionType": "OBJECT", "objectTypeId": "0-1", "portalId": PORTAL, "actions": ["CREATE", "UPDATE"]}
APP = {"client_id": "loopback-client-id", "client_secret": "loopback-client-secret"}


def as_app(hs: HubSpot, *scopes: str) -> HubSpot:
    """From now on the session's token is the app's own."""
    wanted = scopes or (*JOURNAL_SCOPES, "crm.objects.contacts.read", "crm.objects.companies.read")
    form = {"grant_type": "client_credentials", "scope": " ".join(wanted), **APP}
    answer = hs.post("/oauth/v1/token", data=form)
    assert answer.status_code == 200, answer.text
    hs.headers.update(bearer(answer.json()["access_token"]))
    return hs


def person(hs: HubSpot) -> dict[str, str]:
    """Who changes records: the headers of the private app."""
    return bearer(next(iter(hs.emulator.settings.tokens)))


def contact(hs: HubSpot, **properties: str) -> str:
    answer = hs.post("/crm/v3/objects/contacts", json={"properties": properties}, headers=person(hs))
    assert answer.status_code == 201, answer.text
    record_id: str = answer.json()["id"]
    return record_id


def subscribe(hs: HubSpot, **changes: Any) -> dict[str, Any]:
    answer = hs.post(SUBSCRIPTIONS, json={**CONTACTS, **changes})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def events(hs: HubSpot, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What the file of an entry tells; its URL takes no token."""
    answer = hs.get(entry["url"].removeprefix(BASE), headers={"Authorization": ""})
    assert answer.status_code == 200, answer.text
    assert answer.json()["offset"] == entry["currentOffset"]
    told: list[dict[str, Any]] = answer.json()["journalEvents"]
    return told


@pytest.fixture
def app(hs: HubSpot) -> HubSpot:
    return as_app(hs)


def test_a_subscription_and_its_entries(app: HubSpot) -> None:
    made = subscribe(app, properties=["city"])
    assert made == {
        "id": 6310001, "appId": 18221010, "portalId": PORTAL, "subscriptionType": "OBJECT", "objectTypeId": "0-1",
        "actions": ["CREATE", "UPDATE"], "properties": ["city"], "createdAt": "2026-11-22T12:00:00.500Z",
        "createdBy": 88842095, "updatedAt": "2026-11-22T12:00:00.500Z",
    }  # fmt: skip
    assert app.get(f"{JOURNAL}/earliest").status_code == 204
    one = contact(app, email="a@example.com", city="Rome")
    [event] = events(app, app.get(f"{JOURNAL}/earliest").json())
    assert event == {
        "type": "OBJECT", "portalId": PORTAL, "occurredAt": "2026-11-22T12:00:00.500Z", "action": "CREATE",
        "objectTypeId": "0-1", "objectId": int(one), "propertyChanges": {"city": "Rome"},
    }  # fmt: skip
    offset = app.get(f"{JOURNAL}/latest").json()["currentOffset"]
    app.patch(f"/crm/v3/objects/contacts/{one}", json={"properties": {"firstname": "A"}}, headers=person(app))
    assert app.get(f"{JOURNAL}/offset/{offset}/next").status_code == 204  # firstname was not asked for
    app.patch(f"/crm/v3/objects/contacts/{one}", json={"properties": {"city": "Oslo"}}, headers=person(app))
    [event] = events(app, app.get(f"{JOURNAL}/offset/{offset}/next").json())
    assert (event["action"], event["propertyChanges"]) == ("UPDATE", {"city": "Oslo"})


def test_an_entry_never_changes_and_the_next_one_has_the_rest(app: HubSpot) -> None:
    """Also on a clock that stands still: an entry is cut when somebody looks."""
    subscribe(app)
    contact(app, email="a@example.com")
    first = app.get(f"{JOURNAL}/latest").json()
    before = events(app, first)
    contact(app, email="b@example.com")
    latest = app.get(f"{JOURNAL}/latest").json()
    assert latest["currentOffset"] != first["currentOffset"]
    assert events(app, first) == before
    assert app.get(f"{JOURNAL}/offset/{first['currentOffset']}/next").json()["currentOffset"] == latest["currentOffset"]


def test_batches_come_in_the_order_of_the_journal(portal: Portal) -> None:
    hs = as_app(portal(journal=Journal(events_per_entry=1)))
    subscribe(hs)
    ids = [int(contact(hs, email=f"{n}@example.com")) for n in range(4)]
    page = hs.get(f"{JOURNAL}/batch/earliest/3").json()
    assert list(page) == ["completedAt", "results", "startedAt", "status"]
    assert [event["objectId"] for entry in page["results"] for event in events(hs, entry)] == ids[:3]
    latest = hs.get("/webhooks-journal/journal-local/2026-03/batch/latest/2").json()["results"]
    assert [events(hs, entry)[0]["objectId"] for entry in latest] == ids[2:]
    first, *_, last = (entry["currentOffset"] for entry in hs.get(f"{JOURNAL}/batch/earliest/9").json()["results"])
    rest = hs.get(f"{JOURNAL}/batch/{first}/next/9").json()["results"]
    assert [events(hs, entry)[0]["objectId"] for entry in rest] == ids[1:]
    assert hs.get(f"{JOURNAL}/batch/{last}/next/9").json()["results"] == []
    read = hs.post(f"{JOURNAL}/batch/read", json={"inputs": [last, "unknown", first]})
    assert read.status_code == 207
    assert [entry["currentOffset"] for entry in read.json()["results"]] == [last, first]
    assert read.json()["errors"][0]["context"] == {"ids": ["unknown"]}
    assert hs.post(f"{JOURNAL}/batch/read", json={"inputs": [last]}).status_code == 200
    assert hs.get(f"{JOURNAL}/batch/earliest/0").status_code == 400
    assert hs.get(f"{JOURNAL}/offset/unknown/next").status_code == 404


def test_what_records_go_through(app: HubSpot) -> None:
    subscribe(app, actions=["DELETE", "RESTORE", "MERGE"])
    subscribe(app, subscriptionType="GDPR_PRIVACY_DELETION", actions=["GDPR_DELETE"])
    association = {"subscriptionType": "ASSOCIATION", "actions": ["ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"]}
    subscribe(app, **association, associatedObjectTypeIds=["0-2"])
    me = person(app)
    one, two, three = (contact(app, email=f"{n}@example.com") for n in range(3))
    firm = app.post("/crm/v3/objects/companies", json={"properties": {"name": "Acme"}}, headers=me).json()["id"]
    app.put(f"/crm/v4/objects/contacts/{one}/associations/default/companies/{firm}", headers=me)
    app.delete(f"/crm/v4/objects/contacts/{one}/associations/companies/{firm}", headers=me)
    merged = app.post(
        "/crm/v3/objects/contacts/merge", json={"primaryObjectId": one, "objectIdToMerge": two}, headers=me
    )
    app.delete(f"/crm/v3/objects/contacts/{three}", headers=me)
    app.post("/_sandbox/restore", json={"kind": "contacts", "id": three})
    app.post("/crm/v3/objects/contacts/gdpr-delete", json={"objectId": three}, headers=me)
    told = events(app, app.get(f"{JOURNAL}/earliest").json())
    added = [event for event in told if event["action"] == "ASSOCIATION_ADDED"]
    assert {(e["fromObjectId"], e["toObjectId"], e["associationTypeId"], e["isPrimary"]) for e in added} == {
        (int(one), int(firm), 1, True),
        (int(one), int(firm), 279, False),
    }
    assert len([event for event in told if event["action"] == "ASSOCIATION_REMOVED"]) == 2
    of_records = [(event["action"], str(event["objectId"])) for event in told if event["type"] != "ASSOCIATION"]
    assert ("MERGE", merged.json()["id"]) in of_records
    assert {("DELETE", three), ("GDPR_DELETE", three)} <= set(of_records)


def test_a_second_subscription_to_the_same_changes_the_first(app: HubSpot) -> None:
    first = subscribe(app)
    again = subscribe(app, actions=["DELETE"])
    assert (again["id"], again["actions"]) == (first["id"], ["DELETE"])
    other = subscribe(app, objectTypeId="0-2")
    assert [one["id"] for one in app.get(SUBSCRIPTIONS).json()["results"]] == [first["id"], other["id"]]
    assert app.get(f"{SUBSCRIPTIONS}/{other['id']}").json() == other
    assert app.delete(f"{SUBSCRIPTIONS}/{other['id']}").status_code == 204
    assert app.get(f"{SUBSCRIPTIONS}/{other['id']}").status_code == 404
    assert app.delete(f"{SUBSCRIPTIONS}/portals/{PORTAL}").status_code == 204
    assert app.get(SUBSCRIPTIONS).json() == {"results": []}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"subscriptionType": "NONE"}, 400),
        ({"subscriptionType": "LIST_MEMBERSHIP"}, 501),
        ({"subscriptionType": "ASSOCIATION", "actions": ["ASSOCIATION_ADDED"]}, 400),
        ({"actions": []}, 400),
        ({"actions": ["GDPR_DELETE"]}, 400),
        ({"portalId": 1}, 400),
        ({"objectTypeId": "butterflies"}, 400),
        ({"objectTypeId": "0-3"}, 403),  # the token may not read deals
    ],
)
def test_refused_subscriptions(app: HubSpot, change: dict[str, Any], status: int) -> None:
    assert app.post(SUBSCRIPTIONS, json={**CONTACTS, **change}).status_code == status


def test_only_chosen_records_are_told(app: HubSpot) -> None:
    one, two = contact(app, email="a@example.com"), contact(app, email="b@example.com")
    subscribe(app, objectIds=[int(one)])
    for record_id in (one, two):
        app.patch(f"/crm/v3/objects/contacts/{record_id}", json={"properties": {"city": "Rome"}}, headers=person(app))
    assert [e["objectId"] for e in events(app, app.get(f"{JOURNAL}/earliest").json())] == [int(one)]


def test_a_snapshot_is_an_event_of_the_journal(app: HubSpot) -> None:
    one = contact(app, email="a@example.com", city="Rome")
    wanted = {"portalId": PORTAL, "objectId": int(one), "objectTypeId": "0-1", "properties": ["city", "phone"]}
    body = {"snapshotRequests": [wanted, {**wanted, "objectId": 1}]}
    good, bad = app.post("/webhooks-journal/snapshots/2026-03/crm", json=body).json()["snapshotResponses"]
    assert (good["objectId"], good["portalId"]) == (int(one), PORTAL)
    status = app.get(f"{JOURNAL}/status/{good['snapshotStatusId']}").json()
    at = 1795348800500
    assert status == {"id": good["snapshotStatusId"], "initiatedAt": at, "completedAt": at, "status": "SUCCESS"}
    failed = app.get(f"{JOURNAL}/status/{bad['snapshotStatusId']}").json()
    assert (failed["status"], failed["errorCode"]) == ("FAILED", "VALIDATION_ERROR")
    [event] = events(app, app.get(f"{JOURNAL}/earliest").json())
    assert (event["action"], event["propertyChanges"]) == ("SNAPSHOT", {"city": "Rome", "phone": ""})
    assert app.get(f"{JOURNAL}/status/nope").status_code == 404


@pytest.mark.parametrize(("minutes", "expires"), [(60, "2026-11-22T13:00:00.500Z"), (5, "2026-11-22T12:05:00.500Z")])
def test_a_url_ends_and_the_journal_gives_another(portal: Portal, minutes: int, expires: str) -> None:
    hs = as_app(portal(journal=Journal(url_minutes=minutes)))
    subscribe(hs)
    contact(hs, email="a@example.com")
    entry = hs.get(f"{JOURNAL}/earliest").json()
    assert entry["expiresAt"] == expires
    hs.clock.advance(minutes * 60 - 1)
    assert events(hs, entry)
    hs.clock.advance(1)
    assert hs.get(entry["url"].removeprefix(BASE)).status_code == 403
    assert events(as_app(hs), hs.get(f"{JOURNAL}/earliest").json())


def test_the_journal_goes_back_three_days(app: HubSpot) -> None:
    subscribe(app)
    contact(app, email="a@example.com")
    assert app.get(f"{JOURNAL}/earliest").status_code == 200
    app.clock.advance(3 * 86_400 - 1)
    as_app(app)
    assert app.get(f"{JOURNAL}/earliest").status_code == 200
    app.clock.advance(1)
    assert app.get(f"{JOURNAL}/earliest").status_code == 204


@pytest.mark.parametrize("status", [204, 404])
def test_an_empty_journal(portal: Portal, status: Any) -> None:
    hs = as_app(portal(journal=Journal(without_entries=status)))
    assert hs.get(f"{JOURNAL}/earliest").status_code == status


@pytest.mark.parametrize(
    ("rules", "occurred", "changes"),
    [
        (Journal(), "2026-11-22T12:00:00.500Z", {"city": "Rome"}),
        (
            Journal(times="ms", changes="list"),
            1795348800500,
            [{"propertyName": "city", "propertyValue": "Rome"}],
        ),
    ],
)
def test_forms_of_an_event(portal: Portal, rules: Journal, occurred: Any, changes: Any) -> None:
    hs = as_app(portal(journal=rules))
    subscribe(hs, properties=["city"])
    contact(hs, email="a@example.com", city="Rome")
    [event] = events(hs, hs.get(f"{JOURNAL}/earliest").json())
    assert (event["occurredAt"], event["propertyChanges"]) == (occurred, changes)


def test_another_portals_journal_is_empty(app: HubSpot) -> None:
    subscribe(app)
    contact(app, email="a@example.com")
    assert app.get(f"{JOURNAL}/earliest", params={"installPortalId": 1}).status_code == 204
    assert app.get(f"{JOURNAL}/earliest", params={"installPortalId": PORTAL}).status_code == 200


def test_the_journal_counts_in_no_limit(portal: Portal) -> None:
    hs = as_app(portal(limits=Limits(oauth_burst=1)))
    for _ in range(2):
        answer = hs.get(f"{JOURNAL}/earliest")
        assert answer.status_code == 204
        assert "X-HubSpot-RateLimit-Remaining" not in answer.headers
    assert [hs.get("/crm/v3/objects/contacts").status_code for _ in range(2)] == [200, 429]
    assert hs.get(f"{JOURNAL}/earliest").status_code == 204


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        ("webhooks-journal-data-access", ("GET", f"{JOURNAL}/earliest")),
        ("developer.webhooks_journal.read", ("GET", f"{JOURNAL}/latest")),
        ("webhooks-journal-subscription-read", ("GET", SUBSCRIPTIONS)),
        ("developer.webhooks_journal.subscriptions.write", ("DELETE", f"{SUBSCRIPTIONS}/portals/1")),
        ("webhooks-journal-snapshot-management", ("GET", f"{JOURNAL}/status/1")),
    ],
)
def test_each_part_of_the_journal_wants_its_scope(hs: HubSpot, scope: str, opens: tuple[str, str]) -> None:
    def status(answer: requests.Response) -> int:
        return answer.status_code

    assert status(hs.request(*opens)) == 403
    assert status(as_app(hs, scope).request(*opens)) in (200, 204, 404)


def test_a_journal_is_the_apps_own(hs: HubSpot) -> None:
    as_app(hs)
    subscribe(hs)
    contact(hs, email="a@example.com")
    offset = hs.get(f"{JOURNAL}/earliest").json()["currentOffset"]
    made = hs.post("/_sandbox/token", json={"kind": "oauth", "appId": 7, "scopes": list(JOURNAL_SCOPES)}).json()
    other = bearer(made["token"])
    assert hs.get(f"{JOURNAL}/earliest", headers=other).status_code == 204
    assert hs.get(f"{JOURNAL}/offset/{offset}/next", headers=other).status_code == 404
    assert hs.get(SUBSCRIPTIONS, headers=other).json() == {"results": []}


def test_what_the_journal_leaves_out_says_so(app: HubSpot) -> None:
    for answer in (
        app.post(f"{SUBSCRIPTIONS}/filters", json={}),
        app.get("/webhooks-journal/journal/2027-03-beta/earliest"),
        app.get("/webhooks/v4/journal/earliest"),
    ):
        assert answer.status_code == 501
        assert "journal" in answer.json()["message"]
