"""The API that manages an app's webhooks (fact sheet §11.1, §12), with a developer's credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hubspot_session import NO_LIMITS, HubSpot, Portal
from webhook_session import deliver

from connectors.loopback.hubspot import Deliveries, HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import serve
from tests.loopback.receiver import Receiver

APP = "/webhooks/v3/18221010"
KEY = {"hapikey": "loopback-developer-key"}
SETTINGS = {"targetUrl": "https://www.example.com/hubspot/target", "throttling": {"maxConcurrentRequests": 10}}


@pytest.fixture
def dev(hs: HubSpot) -> HubSpot:
    """The portal as a developer calls it: by API key, without a token."""
    del hs.headers["Authorization"]
    hs.params = KEY
    return hs


def made(dev: HubSpot, event_type: str = "contact.creation", **more: Any) -> dict[str, Any]:
    answer = dev.post(f"{APP}/subscriptions", json={"eventType": event_type, **more})
    assert answer.status_code == 201, answer.text
    subscription: dict[str, Any] = answer.json()
    return subscription


@pytest.mark.parametrize("family", ["/webhooks/v3", "/webhooks/2026-03", "/app-webhooks/2026-09"])
def test_settings_come_and_go(dev: HubSpot, family: str) -> None:
    path = f"{family}/18221010/settings"
    assert dev.get(path).status_code == 404
    answer = dev.put(path, json=SETTINGS)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "createdAt": "2026-11-22T12:00:00.500Z",
            "targetUrl": SETTINGS["targetUrl"],
            "throttling": {"maxConcurrentRequests": 10, "period": "SECONDLY"},
            "updatedAt": "2026-11-22T12:00:00.500Z",
        },
    )
    dev.clock.advance(0.5)
    changed = dev.put(path, json={**SETTINGS, "throttling": {"maxConcurrentRequests": 3}}).json()
    assert (changed["createdAt"], changed["updatedAt"]) == ("2026-11-22T12:00:00.500Z", "2026-11-22T12:00:01Z")
    assert dev.get(path).json() == changed
    assert dev.get(f"{APP}/settings").json() == changed
    gone = dev.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert dev.get(path).status_code == 404


def test_settings_that_are_refused(dev: HubSpot) -> None:
    for body in (
        {},
        {"targetUrl": "https://www.example.com/"},
        {"throttling": {"maxConcurrentRequests": 10}},
        {**SETTINGS, "throttling": {"maxConcurrentRequests": 0}},
        {**SETTINGS, "throttling": 10},
        {**SETTINGS, "targetUrl": "http://www.example.com/"},
        [],
    ):
        answer = dev.put(f"{APP}/settings", json=body)
        assert (answer.status_code, answer.json()["status"]) == (400, "error"), body
    assert dev.get(f"{APP}/settings").status_code == 404


def test_a_subscription_is_made_paused_and_changed(dev: HubSpot) -> None:
    subscription = made(dev, "contact.propertyChange", propertyName="email")
    assert subscription == {
        "active": False,
        "createdAt": "2026-11-22T12:00:00.500Z",
        "eventType": "contact.propertyChange",
        "id": subscription["id"],
        "propertyName": "email",
        "updatedAt": "2026-11-22T12:00:00.500Z",
    }
    one = f"{APP}/subscriptions/{subscription['id']}"
    assert dev.get(one).json() == subscription
    dev.clock.advance(1)
    changed = dev.patch(one, json={"active": True, "propertyName": "city"}).json()
    assert changed == {**subscription, "active": True, "updatedAt": "2026-11-22T12:00:01.500Z"}
    other = made(dev, active=True)
    assert dev.get(f"{APP}/subscriptions").json() == {"results": [changed, other]}
    assert dev.delete(one).status_code == 204
    assert [dev.get(one).status_code, dev.patch(one, json={}).status_code, dev.delete(one).status_code] == [404] * 3
    assert dev.get(f"{APP}/subscriptions").json() == {"results": [other]}


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 400),
        ({"eventType": "contact.birthday"}, 400),
        ({"eventType": "lead.creation"}, 400),
        ({"eventType": "deal.privacyDeletion"}, 400),
        ({"eventType": "contact.propertyChange"}, 400),
        ({"eventType": "contact.propertyChange", "propertyName": "num_unique_conversion_events"}, 400),
        ({"eventType": "company.propertyChange", "propertyName": "hs_lastmodifieddate"}, 400),
        ({"eventType": "object.creation"}, 400),
        ({"eventType": "object.creation", "objectTypeId": "butterflies"}, 400),
        ({"eventType": "object.propertyChange", "objectTypeId": "0-49", "propertyName": "hs_email_html"}, 400),
        ({"eventType": "contact.creation", "active": "yes"}, 400),
        ({"eventType": "ticket.creation"}, 201),
        ({"eventType": "conversation.newMessage"}, 501),
        ({"eventType": "object.creation", "objectTypeId": "courses"}, 501),
        ({"eventType": "object.creation", "objectTypeId": "0-49"}, 201),
    ],
)
def test_what_can_be_subscribed_to(dev: HubSpot, wanted: dict[str, Any], status: int) -> None:
    answer = dev.post(f"{APP}/subscriptions", json=wanted)
    assert answer.status_code == status, answer.text
    assert len(dev.get(f"{APP}/subscriptions").json()["results"]) == (status == 201)


def test_the_same_subscription_twice_is_refused(dev: HubSpot) -> None:
    made(dev, "contact.propertyChange", propertyName="email")
    made(dev, "contact.propertyChange", propertyName="city")
    answer = dev.post(f"{APP}/subscriptions", json={"eventType": "contact.propertyChange", "propertyName": "email"})
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert answer.json()["subCategory"] == "SubscriptionErrors.DUPLICATE_SUBSCRIPTIONS"


def test_an_app_has_so_many_subscriptions_and_no_more(portal: Portal) -> None:
    hs = portal(webhooks=Deliveries(max_subscriptions=2))
    hs.params = KEY
    for name in ("city", "state"):
        made(hs, "contact.propertyChange", propertyName=name)
    assert hs.post(f"{APP}/subscriptions", json={"eventType": "contact.creation"}).status_code == 400


def test_a_batch_switches_many(dev: HubSpot) -> None:
    first, second = made(dev), made(dev, "deal.creation")
    path = f"{APP}/subscriptions/batch/update"
    answer = dev.post(path, json={"inputs": [{"id": int(s["id"]), "active": True} for s in (first, second)]})
    assert answer.status_code == 200
    assert answer.json() == {
        "completedAt": "2026-11-22T12:00:00.500Z",
        "results": [{**first, "active": True}, {**second, "active": True}],
        "startedAt": "2026-11-22T12:00:00.500Z",
        "status": "COMPLETE",
    }
    answer = dev.post(path, json={"inputs": [{"id": first["id"], "active": False}, {"id": 4567, "active": True}]})
    assert answer.status_code == 207
    assert [result["active"] for result in answer.json()["results"]] == [False]
    assert answer.json()["numErrors"] == 1
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "category": "SUBSCRIPTION_ID_NOT_FOUND",
            "subCategory": "SubscriptionErrors.SUBSCRIPTION_IDS_NOT_FOUND",
            "message": "Failed to find subscriptions by id `4567`. Try again using a different subscriptionId.",
            "context": {"subscriptionIds": ["4567"]},
        }
    ]
    assert [s["active"] for s in dev.get(f"{APP}/subscriptions").json()["results"]] == [False, True]
    assert dev.post(path, json={"inputs": "all"}).status_code == 400


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        ({}, 401),
        ({"params": {"hapikey": "another"}}, 401),
        ({"headers": {"Authorization": "Bearer loopback-developer-token"}}, 200),
        ({"headers": {"Authorization": "Bearer pat-na1-loopback"}}, 403),
    ],
)
def test_a_developers_credentials_are_needed(dev: HubSpot, credentials: dict[str, Any], status: int) -> None:
    """A portal's token manages no app (§11.1)."""
    dev.params = {}
    answer = dev.get(f"{APP}/subscriptions", **credentials)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == ["developers-read"]


def test_an_app_of_somebody_else_is_not_found(dev: HubSpot) -> None:
    for app in ("1", "mine"):
        assert dev.get(f"/webhooks/v3/{app}/subscriptions").status_code == 404


def test_what_the_api_set_up_is_delivered(dev: HubSpot, receiver: Receiver) -> None:
    """Paused, active, without a target, with one again."""
    settings = {"targetUrl": receiver.url, "throttling": {"maxConcurrentRequests": 10}}
    token = {"Authorization": "Bearer pat-na1-loopback"}
    subscription = made(dev)

    def contact() -> None:
        assert dev.post("/crm/v3/objects/contacts", json={"properties": {}}, headers=token).status_code == 201
        deliver(dev)

    dev.put(f"{APP}/settings", json=settings)
    contact()
    dev.patch(f"{APP}/subscriptions/{subscription['id']}", json={"active": True})
    contact()
    dev.delete(f"{APP}/settings")
    contact()
    dev.put(f"{APP}/settings", json=settings)
    contact()
    assert len(receiver.events) == 2
    assert {event["subscriptionId"] for event in receiver.events} == {int(subscription["id"])}


@pytest.fixture
def client() -> Iterator[Any]:
    hubspot = pytest.importorskip("hubspot")
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS))
    with serve(emulator.app) as server:
        yield hubspot.HubSpot(api_key=KEY["hapikey"], host=server.url, retry=False)
    emulator.close()


def test_hubspot_api_client_manages_webhooks(client: Any) -> None:
    from hubspot.webhooks import (
        BatchInputSubscriptionBatchUpdateRequest,
        SettingsChangeRequest,
        SubscriptionBatchUpdateRequest,
        SubscriptionCreateRequest,
        SubscriptionPatchRequest,
        ThrottlingSettings,
    )

    app, settings, api = 18221010, client.webhooks.settings_api, client.webhooks.subscriptions_api
    wanted = SettingsChangeRequest(ThrottlingSettings(max_concurrent_requests=5), "https://www.example.com/hook")
    assert settings.configure(app, wanted).throttling.max_concurrent_requests == 5
    assert settings.get_all(app).target_url == "https://www.example.com/hook"
    asked = SubscriptionCreateRequest(event_type="contact.propertyChange", property_name="email", active=True)
    made = api.create(app, asked)
    assert (made.event_type, made.property_name, made.active) == ("contact.propertyChange", "email", True)
    assert api.get_by_id(int(made.id), app).id == made.id
    assert api.update(int(made.id), app, SubscriptionPatchRequest(active=False)).active is False
    inputs = [SubscriptionBatchUpdateRequest(active=True, id=n) for n in (int(made.id), 1)]
    answer = api.update_batch(app, BatchInputSubscriptionBatchUpdateRequest(inputs=inputs))
    assert (answer.results[0].active, answer.num_errors) == (True, 1)
    assert len(api.get_all(app).results) == 1
    api.archive(int(made.id), app)
    assert api.get_all(app).results == []
    settings.clear(app)


def test_a_bad_body_is_a_400(dev: HubSpot) -> None:
    answer: requests.Response = dev.post(f"{APP}/subscriptions", data=b"{")
    assert answer.status_code == 400
