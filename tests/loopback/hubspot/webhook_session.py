"""Setting webhooks and flushing them, by the control endpoints."""

from __future__ import annotations

from typing import Any

from hubspot_session import HubSpot

from tests.loopback.receiver import Receiver


def subscribe(hs: HubSpot, receiver: Receiver, *wanted: str | dict[str, Any], **settings: Any) -> dict[str, Any]:
    """As a user sets it in a private app: ``wanted`` are event types, "contact.propertyChange:city"
    with a property, or whole subscriptions. Returns the app."""
    subscriptions = [_subscription(each) if isinstance(each, str) else each for each in wanted]
    body = {"targetUrl": receiver.url, "subscriptions": subscriptions, **settings}
    answer = hs.post("/_sandbox/webhooks", json=body)
    assert answer.status_code == 200, answer.text
    app: dict[str, Any] = answer.json()
    return app


def deliver(hs: HubSpot) -> dict[str, Any]:
    """Send what is due; the counts."""
    answer = hs.post("/_sandbox/webhooks/deliver")
    assert answer.status_code == 200, answer.text
    counts: dict[str, Any] = answer.json()
    return counts


def _subscription(text: str) -> dict[str, Any]:
    event_type, _, name = text.partition(":")
    return {"eventType": event_type, **({"propertyName": name} if name else {})}
