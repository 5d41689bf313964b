"""How webhooks are delivered: batches, retries on the emulator's clock, mischief, in the background (§11.2)."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, START, HubSpot, Portal
from webhook_session import deliver, subscribe

from connectors.loopback.hubspot import Deliveries, HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import Clock, serve
from tests.loopback.receiver import Receiver

CITY = "contact.propertyChange:city"


def contacts(hs: HubSpot, count: int) -> None:
    for start in range(0, count, 100):
        inputs = [{"properties": {"city": str(n)}} for n in range(start, min(start + 100, count))]
        assert hs.batch("contacts", "create", inputs).status_code == 201


def cities(receiver: Receiver) -> list[int]:
    return [int(event["propertyValue"]) for event in receiver.events]


def test_a_request_carries_up_to_a_hundred_events(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, CITY, maxConcurrentRequests=1)
    contacts(hs, 250)
    assert deliver(hs)["requests"] == 3
    assert [len(delivery.events) for delivery in receiver.deliveries] == [100, 100, 50]
    assert cities(receiver) == list(range(250))


def test_no_more_requests_at_a_time_than_the_app_allows(hs: HubSpot, receiver: Receiver) -> None:
    """Three are held in the receiver; a fourth does not come before they are answered."""
    receiver.held.clear()
    subscribe(hs, receiver, CITY, maxConcurrentRequests=3, mischief={"batch_size": 1})
    contacts(hs, 9)
    sending = threading.Thread(target=deliver, args=[hs])
    sending.start()
    for _ in range(3):
        assert receiver.arrived.acquire(timeout=10)
    assert not receiver.arrived.acquire(timeout=0.2)
    receiver.held.set()
    sending.join()
    assert sorted(cities(receiver)) == list(range(9))


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_anything_but_success_is_tried_again(hs: HubSpot, receiver: Receiver, status: int) -> None:
    subscribe(hs, receiver, CITY)
    contacts(hs, 2)
    receiver.statuses.append(status)
    first = deliver(hs)
    assert (first["failed"], first["delivered"], first["pending"]) == (2, 0, 2)
    assert deliver(hs)["requests"] == 0, "not before its time"
    _until(hs, first["next_due"])
    assert deliver(hs)["delivered"] == 2
    assert [[e["attemptNumber"] for e in d.events] for d in receiver.deliveries] == [[0, 0], [1, 1]]
    strip = [[{**event, "attemptNumber": 0} for event in d.events] for d in receiver.deliveries]
    assert strip[0] == strip[1], "the same events, ids and times included"


def test_ten_retries_within_a_day_and_then_no_more(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, CITY)
    contacts(hs, 1)
    receiver.statuses.extend([500] * 20)
    waits, left = [], deliver(hs)
    while left["next_due"] is not None:
        before = hs.clock.now()
        _until(hs, left["next_due"])
        waits.append((hs.clock.now() - before).total_seconds())
        left = deliver(hs)
    assert [event["attemptNumber"] for event in receiver.events] == list(range(11))
    assert left["given_up"] == 1
    assert sum(waits) <= 86_400
    assert min(waits) > 0
    assert len({round(wait) for wait in waits}) == 10
    signed = [int(d.headers["X-HubSpot-Request-Timestamp"]) for d in receiver.deliveries]
    assert signed == sorted(set(signed)), "each attempt is signed at its own time"


def test_batches_that_fail_together_are_not_retried_together(hs: HubSpot, receiver: Receiver) -> None:
    """The documented randomisation."""
    subscribe(hs, receiver, CITY, mischief={"batch_size": 1})
    contacts(hs, 5)
    receiver.statuses.extend([500] * 5)
    left, rounds = deliver(hs), 0
    while left["pending"]:
        _until(hs, left["next_due"])
        left, rounds = deliver(hs), rounds + 1
    assert rounds == 5


def test_no_answer_in_time_and_nobody_there_are_tried_again(portal: Portal, receiver: Receiver) -> None:
    hs = portal(webhooks=Deliveries(timeout_seconds=0.2))
    subscribe(hs, receiver, CITY)
    contacts(hs, 1)
    receiver.statuses.append(0)
    left = deliver(hs)
    assert (left["failed"], left["pending"]) == (1, 1)
    hs.post("/_sandbox/webhooks", json={"targetUrl": "http://127.0.0.1:1/hook"})
    _until(hs, left["next_due"])
    left = deliver(hs)
    assert (left["failed"], left["pending"]) == (1, 1)
    hs.post("/_sandbox/webhooks", json={"targetUrl": receiver.url})
    _until(hs, left["next_due"])
    assert deliver(hs)["delivered"] == 1
    assert [event["attemptNumber"] for event in receiver.events] == [0, 2]


def test_nothing_is_sent_anywhere_else(hs: HubSpot, receiver: Receiver) -> None:
    """Not even a connection is opened."""
    with socket.create_server(("127.0.0.2", 0)) as elsewhere:
        subscribe(hs, receiver, CITY, targetUrl=f"https://127.0.0.2:{elsewhere.getsockname()[1]}/hook")
        contacts(hs, 1)
        assert deliver(hs)["failed"] == 1
        elsewhere.setblocking(False)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_without_a_target_the_events_rest(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, CITY)
    contacts(hs, 1)
    hs.post("/_sandbox/webhooks", json={"targetUrl": None})
    contacts(hs, 1)
    assert deliver(hs) | {"next_due": None} == {
        "requests": 0, "delivered": 0, "failed": 0, "given_up": 0, "pending": 1, "next_due": None,
    }  # fmt: skip


def test_apps_hear_of_what_they_asked_for(hs: HubSpot, receiver: Receiver) -> None:
    for app_id, wanted in ((1, CITY), (2, "contact.creation")):
        subscribe(hs, receiver, wanted, appId=app_id, clientSecret=f"secret {app_id}")
    contacts(hs, 1)
    deliver(hs)
    told = {event["appId"]: event["subscriptionType"] for event in receiver.events}
    assert told == {1: "contact.propertyChange", 2: "contact.creation"}
    assert len({d.headers["X-HubSpot-Signature"] for d in receiver.deliveries}) == 2


def test_subscriptions_to_one_change_share_its_event_id(hs: HubSpot, receiver: Receiver) -> None:
    for app_id in (1, 2):
        subscribe(hs, receiver, CITY, appId=app_id)
    contacts(hs, 2)
    deliver(hs)
    ids = Counter((event["eventId"], event["propertyValue"]) for event in receiver.events)
    assert sorted(ids.values()) == [2, 2]


def test_changed_settings_may_count_late(portal: Portal, receiver: Receiver) -> None:
    """HubSpot caches them for up to five minutes."""
    hs = portal(webhooks=Deliveries(cache_seconds=300))
    subscribe(hs, receiver, CITY)
    contacts(hs, 1)
    subscribe(hs, receiver, "contact.creation")
    contacts(hs, 1)
    hs.clock.advance(300)
    contacts(hs, 1)
    deliver(hs)
    assert receiver.types() == ["contact.propertyChange", "contact.propertyChange", "contact.creation"]


# Mischief


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_is_the_same_mischief(portal: Portal, receiver: Receiver, seed: int) -> None:
    mischief = {"duplicate": 0.3, "drop": 0.2, "reorder": True, "repeat_ids": 0.4, "seed": seed}
    runs = []
    for _ in range(2):
        hs = portal()
        subscribe(hs, receiver, CITY, maxConcurrentRequests=1, mischief=mischief)
        contacts(hs, 60)
        deliver(hs)
        runs.append([(event["eventId"], event["propertyValue"]) for event in receiver.events])
        receiver.deliveries.clear()
    assert runs[0] == runs[1]
    values = [int(value) for _, value in runs[0]]
    assert values != sorted(values), "reordered"
    assert len(set(values)) < 60, "dropped"
    assert len(values) > len(set(values)), "duplicated"
    assert len({event_id for event_id, _ in runs[0]}) < len(set(values)), "ids repeated"


def test_another_seed_is_another_mischief(portal: Portal, receiver: Receiver) -> None:
    runs = []
    for seed in (1, 2):
        hs = portal()
        subscribe(hs, receiver, CITY, mischief={"drop": 0.5, "seed": seed})
        contacts(hs, 40)
        deliver(hs)
        runs.append(cities(receiver))
        receiver.deliveries.clear()
    assert runs[0] != runs[1]


def test_a_duplicate_is_the_same_event_twice(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, CITY, mischief={"duplicate": 1})
    contacts(hs, 1)
    deliver(hs)
    first, second = receiver.events
    assert first == second


def test_a_delay_is_on_the_emulators_clock(hs: HubSpot, receiver: Receiver) -> None:
    subscribe(hs, receiver, CITY, mischief={"delay_seconds": [60, 120]})
    contacts(hs, 20)
    hs.post("/_sandbox/clock", json={"advance": "59s"})
    assert deliver(hs)["requests"] == 0
    hs.post("/_sandbox/clock", json={"advance": "61s"})
    deliver(hs)
    assert sorted(cities(receiver)) == list(range(20))
    assert {event["occurredAt"] for event in receiver.events} == {1_795_348_800_500}


IMPOSSIBLE: list[dict[str, Any]] = [
    {"mischief": {"duplicate": 2}},
    {"mischief": {"drop": "often"}},
    {"mischief": {"batch_size": 101}},
    {"mischief": {"delay_seconds": [5, 1]}},
    {"mischief": {"delay_seconds": 5}},
    {"mischief": {"reorder": "yes"}},
    {"mischief": {"seed": 1.5}},
    {"mischief": {"burn": 1}},
    {"mischief": []},
    {"targetUrl": "http://www.example.com/hook"},
    {"targetUrl": "hook"},
    {"signatures": ["v1", "v2"]},
    {"signatures": ["v9"]},
    {"clientSecret": ""},
    {"maxConcurrentRequests": 0},
    {"appId": "1"},
    {"subscriptions": [{"eventType": "contact.birthday"}]},
    {"subscriptions": ["contact.creation"]},
    {"target": "http://127.0.0.1/"},
]


def test_settings_that_cannot_be_are_refused_whole(hs: HubSpot) -> None:
    for body in IMPOSSIBLE:
        answer = hs.post("/_sandbox/webhooks", json={"targetUrl": "http://127.0.0.1/", **body})
        assert (answer.status_code, bool(answer.json().get("error"))) == (400, True), body
    assert hs.get("/_sandbox/webhooks").json()["apps"] == []


def test_the_control_endpoint_shows_and_forgets(hs: HubSpot, receiver: Receiver) -> None:
    app = subscribe(hs, receiver, CITY, mischief={"drop": 0.5})
    contacts(hs, 10)
    shown = hs.get("/_sandbox/webhooks").json()
    assert shown["apps"] == [app]
    assert shown["counts"]["recorded"] == 10
    assert shown["counts"]["dropped"] + shown["pending"] == 10
    assert 0 < shown["pending"] < 10
    hs.delete("/_sandbox/webhooks")
    shown = hs.get("/_sandbox/webhooks").json()
    assert (shown["apps"], shown["pending"]) == ([], 0)


# In the background


def test_a_served_portal_delivers_by_itself(receiver: Receiver) -> None:
    """No request waits for a receiver that does not answer, and nothing outlives the stop."""
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), Clock(START, ticking=False))
    hs = HubSpot(emulator, emulator.clock)
    receiver.statuses.append(0)
    subscribe(hs, receiver, CITY, maxConcurrentRequests=1)
    with serve(emulator.app):
        emulator.start()
        contacts(hs, 1)
        assert receiver.arrived.acquire(timeout=10)
        # The one connection hangs in the receiver; the API goes on.
        contacts(hs, 1)
        emulator.stop()
        assert len(receiver.deliveries) == 1
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("loopback-webhook")]
    left = hs.get("/_sandbox/webhooks").json()
    assert (left["pending"], left["counts"]["failed"]) == (2, 0)
    emulator.start()
    assert receiver.arrived.acquire(timeout=10)
    emulator.close()
    assert cities(receiver)[-2:] == [0, 0]
    assert {event["attemptNumber"] for event in receiver.events} == {0}


def test_what_waits_is_kept_in_the_file(receiver: Receiver, tmp_path: Path) -> None:
    path = str(tmp_path / "hubspot.db")
    clock = Clock(START, ticking=False)
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), clock, path)
    subscribe(HubSpot(emulator, clock), receiver, CITY)
    contacts(HubSpot(emulator, clock), 3)
    emulator.close()
    again = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), clock, path)
    hs = HubSpot(again, clock)
    assert deliver(hs)["delivered"] == 3
    contacts(hs, 1)
    assert deliver(hs)["delivered"] == 1
    again.close()


def _until(hs: HubSpot, due: str) -> None:
    seconds = (datetime.fromisoformat(due) - hs.clock.now()).total_seconds()
    hs.post("/_sandbox/clock", json={"advance_seconds": seconds})
