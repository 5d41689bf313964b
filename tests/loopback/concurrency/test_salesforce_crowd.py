"""Salesforce's budget, locks and unique keys under many clients: never exceeded, never counted short, nothing lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

Hub = Callable[..., Any]
BASE = "/services/data/v65.0"
LEAD = {"LastName": "Meyer", "Company": "Acme"}


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def used(answer: requests.Response) -> int:
    found = re.match(r"api-usage=(\d+)/", answer.headers["Sforce-Limit-Info"])
    assert found is not None
    return int(found[1])


def rows(crowd: Any, sobject: str) -> list[dict[str, Any]]:
    return [row for row in crowd.emulator.snapshot()[sobject] if not row["IsDeleted"]]


def test_the_daily_budget_lets_exactly_its_number_through(salesforce: Hub) -> None:
    """Every accepted call is told another usage: none was counted twice, none not at all."""
    crowd = salesforce(daily_api_requests=40)
    answers = crowd.all(100, lambda n: ("GET", f"{BASE}/query?q=SELECT+Id+FROM+Lead"))
    assert statuses(answers) == {200: 40, 403: 60}
    assert sorted(used(answer) for answer in answers if answer.status_code == 200) == list(range(1, 41))
    refused = [answer.json()[0] for answer in answers if answer.status_code == 403]
    assert {error["message"] for error in refused} == {"TotalRequests Limit exceeded."}


def test_each_subrequest_of_a_batch_counts_under_a_crowd(salesforce: Hub) -> None:
    crowd = salesforce()
    asked = {"batchRequests": [{"method": "GET", "url": "v65.0/sobjects/Lead"}] * 3}
    crowd.all(32, lambda n: ("POST", f"{BASE}/composite/batch", asked))
    assert used(crowd.send("GET", f"{BASE}/sobjects/Lead")) == 32 * 4 + 1


def test_one_of_many_creates_of_a_unique_key_wins(salesforce: Hub) -> None:
    """The others are told the same winner."""
    crowd = salesforce()
    answers = crowd.all(32, lambda n: ("POST", f"{BASE}/sobjects/Lead", {**LEAD, "Key__c": "k1", "City": str(n)}))
    assert statuses(answers) == {201: 1, 400: 31}
    winner = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    told = {(e["errorCode"], e["message"][-15:]) for a in answers if a.status_code == 400 for e in a.json()}
    assert told == {("DUPLICATE_VALUE", winner[:15])}
    assert [row["Id"] for row in rows(crowd, "Lead")] == [winner]


def test_one_of_many_upserts_of_a_key_creates(salesforce: Hub) -> None:
    crowd = salesforce()
    answers = crowd.all(32, lambda n: ("PATCH", f"{BASE}/sobjects/Lead/Key__c/k1", {**LEAD, "City": str(n)}))
    assert statuses(answers) == {201: 1, 200: 31}
    assert {answer.json()["id"] for answer in answers} == {row["Id"] for row in rows(crowd, "Lead")}


def test_collections_with_keys_in_common_make_each_key_once(salesforce: Hub) -> None:
    """Sixteen clients upsert the same ten keys in one call each: ten records, each created by one of them."""
    crowd = salesforce()
    records = [{"attributes": {"type": "Lead"}, **LEAD, "Key__c": f"k{n}"} for n in range(10)]
    answers = crowd.all(16, lambda n: ("PATCH", f"{BASE}/composite/sobjects/Lead/Key__c", {"records": records}))
    assert Counter(row["created"] for answer in answers for row in answer.json()) == {True: 10, False: 150}
    assert sorted(row["Key__c"] for row in rows(crowd, "Lead")) == sorted(f"k{n}" for n in range(10))


def test_updates_of_one_record_lose_nothing(salesforce: Hub) -> None:
    """Every client writes a field of its own."""
    crowd = salesforce()
    fields = ("Title", "Phone", "MobilePhone", "Fax", "City", "State", "Street", "PostalCode", "Country", "Website",
              "Description", "LeadSource", "Industry", "Rating", "FirstName", "Salutation")  # fmt: skip
    (lead,) = crowd.emulator.seed("Lead", [LEAD])
    answers = crowd.all(16, lambda n: ("PATCH", f"{BASE}/sobjects/Lead/{lead}", {fields[n]: f"v{n}"}))
    assert statuses(answers) == {204: 16}
    record = crowd.send("GET", f"{BASE}/sobjects/Lead/{lead}").json()
    assert [record[name] for name in fields] == [f"v{n}" for n in range(16)]


def test_all_or_none_requests_of_a_crowd_stay_whole(salesforce: Hub) -> None:
    """Half of them fail in their second part; of those nothing is there, of the others everything."""
    crowd = salesforce()

    def ask(n: int) -> tuple[str, str, Any]:
        bodies = ({"Name": f"a{n}"}, {"Name": f"b{n}"} if n % 2 else {})
        parts = [
            {"method": "POST", "url": f"{BASE}/sobjects/Account", "referenceId": f"r{i}", "body": body}
            for i, body in enumerate(bodies)
        ]
        return "POST", f"{BASE}/composite", {"allOrNone": True, "compositeRequest": parts}

    crowd.all(32, ask)
    names = sorted(row["Name"] for row in rows(crowd, "Account"))
    assert names == sorted(f"{letter}{n}" for letter in "ab" for n in range(1, 32, 2))


def test_a_held_row_refuses_every_client_and_loses_nothing_afterwards(salesforce: Hub) -> None:
    crowd = salesforce()
    account, other = crowd.emulator.seed("Account", [{"Name": "held"}, {"Name": "free"}])
    crowd.send("POST", "/_sandbox/lock", {"ids": [account], "seconds": 60})

    def ask(n: int) -> tuple[str, str, Any]:
        """Contacts below either account: the held one cannot be written below either."""
        return "POST", f"{BASE}/sobjects/Contact", {"LastName": f"n{n}", "AccountId": (account, other)[n % 2]}

    answers = crowd.all(32, ask)
    assert statuses(answers) == {400: 16, 201: 16}
    assert {e["errorCode"] for a in answers if a.status_code == 400 for e in a.json()} == {"UNABLE_TO_LOCK_ROW"}
    assert {row["AccountId"] for row in rows(crowd, "Contact")} == {other}
    crowd.emulator.clock.advance(60)
    assert statuses(crowd.all(32, ask)) == {201: 32}
    assert len(rows(crowd, "Contact")) == 48
