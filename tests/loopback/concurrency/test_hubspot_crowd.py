"""HubSpot's limits and unique values under many clients: never exceeded, never counted short, nothing lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import requests

Hub = Callable[..., Any]
CONTACTS = "/crm/v3/objects/contacts"
REMAINING = "X-HubSpot-RateLimit-Remaining"
DAILY = "X-HubSpot-RateLimit-Daily-Remaining"


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def remaining(answers: list[requests.Response], header: str) -> list[int]:
    return sorted(int(answer.headers[header]) for answer in answers if answer.status_code == 200)


@pytest.mark.parametrize(("limit", "header"), [("burst", REMAINING), ("daily", DAILY)])
def test_a_limit_lets_exactly_its_number_through(hubspot: Hub, limit: str, header: str) -> None:
    """Every accepted call is told another remainder: none was counted twice, none not at all."""
    crowd = hubspot(**{limit: 40})
    answers = crowd.all(100, lambda n: ("GET", CONTACTS))
    assert statuses(answers) == {200: 40, 429: 60}
    assert remaining(answers, header) == list(range(40))
    policies = {answer.json()["policyName"] for answer in answers if answer.status_code == 429}
    assert policies == {"TEN_SECONDLY_ROLLING" if limit == "burst" else "DAILY"}


def test_the_ten_seconds_roll_and_the_next_calls_are_again_exactly_so_many(hubspot: Hub) -> None:
    crowd = hubspot(burst=20)
    for _ in range(3):
        assert statuses(crowd.all(48, lambda n: ("GET", CONTACTS))) == {200: 20, 429: 28}
        crowd.emulator.clock.advance(10)


def test_searches_have_a_second_of_their_own(hubspot: Hub) -> None:
    """Five a second for all, and none of them in the ten seconds' bucket."""
    crowd = hubspot(burst=10, search=5, daily=1000)
    for second in range(3):
        answers = crowd.all(32, lambda n: ("POST", f"{CONTACTS}/search", {}))
        assert statuses(answers) == {200: 5, 429: 27}
        assert remaining(answers, DAILY) == list(range(995 - 5 * second, 1000 - 5 * second))
        crowd.emulator.clock.advance(1)
    assert statuses(crowd.all(16, lambda n: ("GET", CONTACTS))) == {200: 10, 429: 6}


def test_one_of_many_creates_of_an_email_wins(hubspot: Hub) -> None:
    """The others are told the same winner."""
    crowd = hubspot()
    answers = crowd.all(32, lambda n: ("POST", CONTACTS, {"properties": {"email": "ada@example.com", "city": str(n)}}))
    assert statuses(answers) == {201: 1, 409: 31}
    winner = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    told = {answer.json()["message"] for answer in answers if answer.status_code == 409}
    assert told == {f"Contact already exists. Existing ID: {winner}"}
    assert [record["id"] for record in crowd.send("GET", CONTACTS).json()["results"]] == [winner]


def test_one_of_many_upserts_of_a_key_is_new(hubspot: Hub) -> None:
    crowd = hubspot()
    definition = {
        "name": "key",
        "label": "Key",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    crowd.emulator.add_property("contacts", {**definition, "hasUniqueValue": True})

    def ask(n: int) -> tuple[str, str, Any]:
        entry = {"id": "k1", "idProperty": "key", "properties": {"city": str(n)}}
        return "POST", f"{CONTACTS}/batch/upsert", {"inputs": [entry]}

    answers = crowd.all(32, ask)
    assert statuses(answers) == {200: 32}
    results = [answer.json()["results"][0] for answer in answers]
    assert Counter(result["new"] for result in results) == {True: 1, False: 31}
    assert len({result["id"] for result in results}) == 1


def test_updates_of_one_record_lose_nothing(hubspot: Hub) -> None:
    """Every client writes a property of its own and one that all write: each value is in the history."""
    crowd = hubspot()
    names = [f"field_{n}" for n in range(16)]
    for name in names:
        definition = {"name": name, "label": name, "type": "string", "fieldType": "text"}
        crowd.emulator.add_property("contacts", {**definition, "groupName": "contactinformation"})
    (contact,) = crowd.emulator.seed("contacts", [{"properties": {}}])
    path = f"{CONTACTS}/{contact}"
    answers = crowd.all(48, lambda n: ("PATCH", path, {"properties": {names[n % 16]: str(n), "city": str(n)}}))
    assert statuses(answers) == {200: 48}
    query = f"?properties={','.join(names)}&propertiesWithHistory={','.join(names)},city"
    record = crowd.send("GET", path + query).json()
    assert all(record["properties"][name] is not None for name in names)
    history = {name: {entry["value"] for entry in record["propertiesWithHistory"][name]} for name in (*names, "city")}
    assert history["city"] == {str(n) for n in range(48)}
    assert all(history[names[n]] == {str(n), str(n + 16), str(n + 32)} for n in range(16))


def test_archiving_and_creating_at_once_leaves_one_live_holder(hubspot: Hub) -> None:
    crowd = hubspot()
    (first,) = crowd.emulator.seed("contacts", [{"properties": {"email": "ada@example.com"}}])

    def ask(n: int) -> tuple[Any, ...]:
        if n == 8:
            return "DELETE", f"{CONTACTS}/{first}"
        return "POST", CONTACTS, {"properties": {"email": "ada@example.com"}}

    answers = crowd.all(32, ask)
    assert statuses(answers)[201] <= 1
    live = crowd.send("GET", f"{CONTACTS}?properties=email").json()["results"]
    assert len(live) == statuses(answers)[201]


def test_two_hundred_open_connections_are_all_answered(hubspot: Hub) -> None:
    """Clients keep connections; whoever comes next is not left waiting."""
    crowd = hubspot()
    with ExitStack() as open_ones:
        for _ in range(200):
            session = open_ones.enter_context(requests.Session())
            assert crowd.send_on(session, "GET", CONTACTS).status_code == 200
