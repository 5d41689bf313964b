"""Collections, composite, batch and tree requests do what their parts would do one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.salesforce.ids import make

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LEADS = [make("00Q", n) for n in range(9000, 9005)]
ACCOUNTS = [make("001", n) for n in range(9000, 9002)]
STRANGE = [make("00Q", 9999), "nonsense", make("001", 9000)]
BASE = "/services/data/v65.0"

ids = st.sampled_from([*LEADS, *STRANGE])
fields = st.fixed_dictionaries(
    {},
    optional={
        "Title": st.sampled_from(["Dr", None, "x" * 200]),
        "Email": st.sampled_from(["a@example.com", "nonsense", None]),
        "NumberOfEmployees": st.sampled_from([1, -5, None, "many"]),
        "IsUnreadByOwner": st.sampled_from([True, False]),
        "LastName": st.sampled_from(["Byron", "Noel"]),
        "OwnerId": st.sampled_from([make("005", 777), ACCOUNTS[0]]),
        "Key__c": st.sampled_from(["k0", "k1", "new1", "new2"]),
        "Nonsense": st.just(1),
        "CreatedDate": st.just("2020-01-01T00:00:00Z"),
    },
)
whole = st.sampled_from([{"LastName": "Byron", "Company": "Acme"}, {"LastName": "Byron"}, {}])
leads = st.builds(lambda a, b: {**a, **b}, whole, fields)
accounts = st.fixed_dictionaries(
    {}, optional={"Name": st.just("Acme"), "ParentId": st.sampled_from([*ACCOUNTS, LEADS[0]])}
)
typed = st.one_of(st.tuples(st.just("Lead"), leads), st.tuples(st.just("Account"), accounts))
keyed = st.tuples(
    st.sampled_from(["k0", "k1", "n1", "n2", "n3"]),
    leads.map(lambda row: {k: v for k, v in row.items() if k != "Key__c"}),
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.lists(typed, min_size=1, max_size=6)),
        st.tuples(st.just("update"), st.lists(st.tuples(ids, fields), min_size=1, max_size=6)),
        st.tuples(st.just("upsert"), st.lists(keyed, min_size=1, max_size=5, unique_by=lambda pair: pair[0])),
        st.tuples(st.just("delete"), st.lists(ids, min_size=1, max_size=5)),
        st.tuples(st.just("composite"), st.lists(typed, min_size=1, max_size=6)),
        st.tuples(st.just("batch"), st.lists(st.tuples(st.sampled_from(LEADS), fields), min_size=1, max_size=6)),
        st.tuples(st.just("tree"), st.lists(st.lists(st.sampled_from("ab"), max_size=3), min_size=1, max_size=4)),
    ),
    min_size=1,
    max_size=4,
)

Outcome = list[tuple[str, str] | None]
"""For each part None when it went well, else code and message."""


def emulator() -> SalesforceEmulator:
    made = SalesforceEmulator(clock=Clock(START, ticking=False))
    key = {"name": "Key__c", "type": "string", "length": 32, "externalId": True, "unique": True}
    made.add_field("Lead", key)
    rows = [{"Id": i, "LastName": "Lovelace", "Company": "Engines", "Key__c": f"k{n}"} for n, i in enumerate(LEADS)]
    made.seed("Lead", rows)
    made.seed("Account", [{"Id": i, "Name": "Engines"} for i in ACCOUNTS])
    return made


def together(api: Api, verb: str, parts: list[Any]) -> Outcome:
    """One request for all."""
    match verb:
        case "create":
            records = [{"attributes": {"type": kind}, **row} for kind, row in parts]
            return _rows(api.post("/composite/sobjects", {"records": records}))
        case "update":
            records = [{"attributes": {"type": "Lead"}, "id": i, **row} for i, row in parts]
            return _rows(api.patch("/composite/sobjects", {"records": records}))
        case "upsert":
            records = [{"attributes": {"type": "Lead"}, "Key__c": key, **row} for key, row in parts]
            return _rows(api.patch("/composite/sobjects/Lead/Key__c", {"records": records}))
        case "delete":
            return _rows(api.delete(f"/composite/sobjects?ids={','.join(parts)}"))
        case "composite":
            requests = [
                {"method": "POST", "url": f"{BASE}/sobjects/{kind}", "referenceId": f"r{n}", "body": row}
                for n, (kind, row) in enumerate(parts)
            ]
            answers = api.post("/composite", {"compositeRequest": requests}).json()["compositeResponse"]
            return [_refusal(a["body"], a["httpStatusCode"]) for a in answers]
        case "batch":
            requests = [{"method": "PATCH", "url": f"v65.0/sobjects/Lead/{i}", "richInput": row} for i, row in parts]
            answers = api.post("/composite/batch", {"batchRequests": requests}).json()["results"]
            return [_refusal(a["result"], a["statusCode"]) for a in answers]
    children = [_contacts(n, names) for n, names in enumerate(parts)]
    records = [_account(n, **({"Contacts": {"records": below}} if below else {})) for n, below in enumerate(children)]
    return [None if api.post("/composite/tree/Account", {"records": records}).status_code == 201 else ("tree", "")]


def alone(api: Api, verb: str, parts: list[Any]) -> Outcome:
    """A request for each."""
    match verb:
        case "create" | "composite":
            return [_single(api.post(f"/sobjects/{kind}", row)) for kind, row in parts]
        case "update" | "batch":
            return [_single(api.patch(f"/sobjects/Lead/{i}", row)) for i, row in parts]
        case "upsert":
            return [_single(api.patch(f"/sobjects/Lead/Key__c/{key}", row)) for key, row in parts]
        case "delete":
            kinds = ["Account" if record_id.startswith("001") else "Lead" for record_id in parts]
            return [_single(api.delete(f"/sobjects/{kind}/{i}")) for kind, i in zip(kinds, parts, strict=True)]
    for n, names in enumerate(parts):
        account = api.create("Account", **{k: v for k, v in _account(n).items() if k != "attributes"})
        for contact in _contacts(n, names):
            api.create("Contact", LastName=contact["LastName"], AccountId=account)
    return [None]


def _account(n: int, **more: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account", "referenceId": f"a{n}"}, "Name": f"tree {n}", **more}


def _contacts(n: int, names: list[str]) -> list[dict[str, Any]]:
    return [
        {"attributes": {"type": "Contact", "referenceId": f"c{n}_{at}"}, "LastName": name}
        for at, name in enumerate(names)
    ]


def _rows(answer: Any) -> Outcome:
    assert answer.status_code == 200, answer.text
    return [
        _said(row["errors"][0]["statusCode"], row["errors"][0]["message"]) if row["errors"] else None
        for row in answer.json()
    ]


def _single(answer: Any) -> tuple[str, str] | None:
    return _refusal(answer.json() if answer.content else None, answer.status_code)


def _refusal(body: Any, status: int) -> tuple[str, str] | None:
    return None if status < 300 else _said(body[0]["errorCode"], body[0]["message"])


# An id that cannot be one, or of another object, is a wrong URL on its own and a bad value in a row.
_NO_SUCH_RECORD = ("NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED")


def _said(code: str, message: str) -> tuple[str, str]:
    own_id = code == "MALFORMED_ID" and message.startswith(("Lead ID:", "bad id"))
    return ("no such record", "") if own_id or code in _NO_SUCH_RECORD else (code, message)


def agree(asked: list[tuple[str, list[Any]]]) -> None:
    one, many = emulator(), emulator()
    for verb, parts in asked:
        assert together(Api(one), verb, parts) == alone(Api(many), verb, parts), verb
    assert contents(one) == contents(many)
    one.close()
    many.close()


def contents(org: SalesforceEmulator) -> dict[str, list[str]]:
    """The records of every object by their values; of ids only whose they are, since a refused create spends one."""
    found = org.snapshot()
    names = {row["Id"]: f"{kind} {row.get('Name')}" for kind, rows in found.items() for row in rows if "Id" in row}
    return {
        kind: sorted(str({k: names.get(v, v) for k, v in row.items() if k not in ("Id", "PhotoUrl")}) for row in rows)
        for kind, rows in found.items()
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(operations)
def test_a_request_for_many_is_the_sum_of_its_parts(asked: list[tuple[str, list[Any]]]) -> None:
    agree(asked)


@pytest.mark.long
@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(operations)
def test_many_requests_for_many_are_the_sum_of_their_parts(asked: list[tuple[str, list[Any]]]) -> None:
    agree(asked)
