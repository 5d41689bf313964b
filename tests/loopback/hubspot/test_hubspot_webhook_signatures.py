"""The signature headers, checked by code written from the fact sheet (§11.3) and by HubSpot's own validator."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, HubSpot
from webhook_session import deliver, subscribe

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.hubspot.webhooks import signatures
from connectors.loopback.kit import Clock
from tests.loopback.receiver import Delivery, Receiver

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
NOW = "1795348800500"  # START in epoch ms
# The characters §11.3 decodes, and some it does not.
QUERY = "a=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B&b=%20%25%26%3D%2B%C3%A9"
DECODED = "a=:/?@!$'()*,;&b=%20%25%26%3D%2B%C3%A9"


def delivered(hs: HubSpot, receiver: Receiver, **settings: Any) -> Delivery:
    """One delivery of a contact whose city needs UTF-8."""
    subscribe(hs, receiver, "contact.propertyChange:city", clientSecret=SECRET, **settings)
    hs.contact(city="Zürich")
    deliver(hs)
    [delivery] = receiver.deliveries
    return delivery


def test_v1_and_v3_are_sent_together(hs: HubSpot, receiver: Receiver) -> None:
    delivery = delivered(hs, receiver, targetUrl=f"{receiver.url}?{QUERY}")
    v1 = hashlib.sha256(SECRET.encode() + delivery.body).hexdigest()
    assert delivery.headers["X-HubSpot-Signature"] == v1
    assert delivery.headers["X-HubSpot-Signature-Version"] == "v1"
    assert delivery.uri == f"{receiver.url}?{QUERY}"
    signed = b"POST" + f"{receiver.url}?{DECODED}".encode() + delivery.body + NOW.encode()
    v3 = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert delivery.headers["X-HubSpot-Request-Timestamp"] == NOW
    assert delivery.headers["X-HubSpot-Signature-v3"] == v3
    assert "Zürich".encode() in delivery.body


def test_v2_when_asked_for(hs: HubSpot, receiver: Receiver) -> None:
    delivery = delivered(hs, receiver, signatures=["v2"])
    v2 = hashlib.sha256(f"{SECRET}POST{receiver.url}".encode() + delivery.body).hexdigest()
    assert delivery.headers["X-HubSpot-Signature"] == v2
    assert delivery.headers["X-HubSpot-Signature-Version"] == "v2"
    assert delivery.headers["X-HubSpot-Signature-v3"] is None


def test_the_other_headers(hs: HubSpot, receiver: Receiver) -> None:
    headers = delivered(hs, receiver).headers
    assert headers["Content-Type"] == "application/json"
    assert headers["X-HubSpot-Timeout-Millis"] == "5000"
    assert "Transfer-Encoding" not in headers


def test_the_published_vectors(recorded: Path) -> None:
    vectors = json.loads((recorded / "webhooks.json").read_text(encoding="utf-8"))["signature_vectors"]
    secret = vectors["client_secret"]
    assert signatures.v1(secret, vectors["v1"]["body"].encode()) == vectors["v1"]["sha256hex"]
    for name in ("v2_get", "v2_post"):
        given = vectors[name]
        assert signatures.v2(secret, given["method"], given["uri"], given["body"].encode()) == given["sha256hex"]
    uri, body = "https://www.example.com/webhook_uri?a=b", b'[{"eventId":1}]'
    assert signatures.v3(secret, "POST", uri, body, 1765043528476) == "qi0pTc0K96pTVNtnkB0brh7RYiXrrG9VHVxN8/CDXkU="


@pytest.fixture
def today() -> Iterator[HubSpot]:
    """A portal whose clock starts now: the client compares the timestamp with the machine's."""
    clock = Clock(ticking=False)
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), clock)
    yield HubSpot(emulator, clock)
    emulator.close()


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_hubspots_own_validator_agrees(today: HubSpot, receiver: Receiver, version: str) -> None:
    validator = pytest.importorskip("hubspot.utils.signature").Signature
    delivery = delivered(today, receiver, signatures=[version])
    header = "X-HubSpot-Signature-v3" if version == "v3" else "X-HubSpot-Signature"
    for secret, valid in ((SECRET, True), ("another", False)):
        assert valid is validator.is_valid(
            signature=delivery.headers[header],
            client_secret=secret,
            request_body=delivery.body.decode(),
            http_uri=delivery.uri,
            http_method="POST",
            signature_version=version,
            timestamp=delivery.headers["X-HubSpot-Request-Timestamp"],
        )
