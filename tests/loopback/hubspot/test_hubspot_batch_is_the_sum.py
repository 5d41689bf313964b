"""A batch does what its inputs would do one by one: the same records, links and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import Clock
from tests.loopback.hubspot.hubspot_session import NO_LIMITS, START

OBJECTS = "/crm/v3/objects/contacts"
SEEDED = [str(n) for n in range(101, 107)]
COMPANIES = ["201", "202"]
PAIRS = "/crm/v4/associations/contacts/companies/batch"
DEFINITION = {"type": "string", "fieldType": "text", "groupName": "contactinformation"}

ids = st.sampled_from([*SEEDED, "999", "abc"])
emails = st.sampled_from(
    ["c101@example.com", "c102@example.com", "new@example.com", "New@Example.com", "other@example.com"]
)
good = st.fixed_dictionaries(
    {},
    optional={
        "firstname": st.sampled_from(["Ada", "Grace", ""]),
        "city": st.sampled_from(["Berlin", "Bern", ""]),
        "lifecyclestage": st.sampled_from(["lead", "customer", "subscriber", ""]),
        "numemployees": st.sampled_from(["1-5", ""]),
    },
)
bad = st.sampled_from([{"nonsense": "1"}, {"hs_object_id": "1"}, {"email": "000"}, {"lifecyclestage": "bogus"}, {}])
creates = st.lists(
    st.builds(lambda a, b, c: {**a, **b, **c}, good, st.fixed_dictionaries({}, optional={"email": emails}), st.just({}) | bad),
    min_size=1, max_size=8,
)  # fmt: skip
updates = st.lists(st.tuples(ids, good), min_size=1, max_size=8, unique_by=lambda pair: pair[0])
upserts = st.lists(st.tuples(st.sampled_from("abcdef"), good), min_size=1, max_size=6, unique_by=lambda pair: pair[0])
archives = st.lists(ids, min_size=1, max_size=6, unique=True)
links = st.lists(
    st.tuples(ids, st.sampled_from([*COMPANIES, "998"]), st.sampled_from([279, 1, 280])), min_size=1, max_size=8
)
batches = st.lists(
    st.one_of(
        st.tuples(st.just("create"), creates), st.tuples(st.just("update"), updates), st.tuples(st.just("upsert"), upserts),
        st.tuples(st.just("archive"), archives), st.tuples(st.just("associate"), links), st.tuples(st.just("part"), links),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def portal() -> HubSpot:
    clock = Clock(START, ticking=False)
    settings = HubSpotSettings(limits=NO_LIMITS, shuffle_batches=False, property_lag_seconds=0)
    emulator = HubSpotEmulator(settings, clock)
    emulator.add_property("contacts", {"name": "key", "label": "Key", **DEFINITION, "hasUniqueValue": True})
    emulator.seed("contacts", [{"id": i, "properties": {"email": f"c{i}@example.com"}} for i in SEEDED])
    emulator.seed("companies", [{"id": i, "properties": {}} for i in COMPANIES])
    emulator.associate("contacts", "companies", [("101", "201")])
    return HubSpot(emulator, clock)


Rows = list[tuple[str, str] | None]
"""For each input None when it went well, else category and message."""


def batch(hs: HubSpot, verb: str, rows: list[Any]) -> Rows:
    """One call for all; the refusals by input."""
    if verb == "create":
        inputs = [{"objectWriteTraceId": str(n), "properties": row} for n, row in enumerate(rows)]
        answer = hs.batch("contacts", "create", inputs)
        found = {e["context"]["objectWriteTraceId"][0]: e for e in answer.json().get("errors", [])}
        return [_refusal(found.get(str(n))) for n in range(len(rows))]
    if verb == "update":
        answer = hs.batch("contacts", "update", [{"id": i, "properties": row} for i, row in rows])
        missing = {i for e in answer.json().get("errors", []) for i in e["context"]["ids"]}
        return [("missing", "") if i in missing else None for i, _ in rows]
    if verb == "upsert":
        inputs = [{"id": key, "idProperty": "key", "properties": row} for key, row in rows]
        assert hs.batch("contacts", "upsert", inputs).status_code == 200
        return [None] * len(rows)
    if verb == "archive":
        assert hs.batch("contacts", "archive", [{"id": i} for i in rows]).status_code == 204
        return [None] * len(rows)
    return _batch_of_links(hs, verb, rows)


def _batch_of_links(hs: HubSpot, verb: str, rows: list[Any]) -> Rows:
    if verb == "part":
        inputs = [{"from": {"id": a}, "to": [{"id": b}]} for a, b, _ in rows]
        assert hs.post(f"{PAIRS}/archive", json={"inputs": inputs}).status_code == 204
        return [None] * len(rows)
    inputs = [{"from": {"id": a}, "to": {"id": b}, "types": [_spec(c)]} for a, b, c in rows]
    answer = hs.post(f"{PAIRS}/create", json={"inputs": inputs}).json()
    return [("linked", str(len(answer["results"])))]


def single(hs: HubSpot, verb: str, row: Any) -> tuple[str, str] | None:
    """One call for one input."""
    if verb == "create":
        return _refusal(_error(hs.post(OBJECTS, json={"properties": row})))
    if verb == "update":
        answer = hs.patch(f"{OBJECTS}/{row[0]}", json={"properties": row[1]})
        return ("missing", "") if answer.status_code == 404 else _refusal(_error(answer))
    if verb == "upsert":
        return _refusal(_error(_upsert(hs, *row)))
    if verb == "archive":
        return _refusal(_error(hs.delete(f"{OBJECTS}/{row}")))
    path = f"/crm/v4/objects/contacts/{row[0]}/associations/companies/{row[1]}"
    if verb == "part":
        hs.delete(path)
        return None
    return ("linked", "1") if hs.put(path, json=[_spec(row[2])]).status_code == 201 else ("linked", "0")


def _upsert(hs: HubSpot, key: str, row: dict[str, str]) -> Any:
    """What an upsert is without one: look, then change or create."""
    path = f"{OBJECTS}/{key}?idProperty=key"
    if hs.get(path).status_code == 200:
        return hs.patch(path, json={"properties": row})
    return hs.post(OBJECTS, json={"properties": {"key": key, **row}})


def _spec(type_id: int) -> dict[str, Any]:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}


def _error(answer: Any) -> dict[str, Any] | None:
    return None if answer.ok else answer.json()


def _refusal(error: dict[str, Any] | None) -> tuple[str, str] | None:
    """The embedded array of the single form says more; the part before it is the same."""
    return None if error is None else (error["category"], error["message"].partition(": [")[0])


def one_by_one(hs: HubSpot, verb: str, rows: list[Any]) -> Rows:
    found = [single(hs, verb, row) for row in rows]
    if verb != "associate":
        return found
    return [("linked", str(sum(int(entry[1]) for entry in found if entry)))]


def contents(hs: HubSpot) -> dict[str, Any]:
    """Everything but the links of archived records: one call refuses them, and a batch takes them away unseen."""
    found = hs.emulator.snapshot()
    gone = {record["id"] for record in found["contacts"] if record["archived"]}
    links = [link for link in found["associations"] if not gone & {link["from"][1], link["to"][1]}]
    return {**found, "associations": links}


def agree(operations: list[tuple[str, list[Any]]]) -> None:
    together, alone = portal(), portal()
    for verb, rows in operations:
        assert batch(together, verb, rows) == one_by_one(alone, verb, rows), verb
    assert contents(together) == contents(alone)
    together.emulator.close()
    alone.emulator.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(batches)
def test_a_batch_is_the_sum_of_its_inputs(operations: list[tuple[str, list[Any]]]) -> None:
    agree(operations)


@pytest.mark.long
@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(batches)
def test_many_batches_are_the_sum_of_their_inputs(operations: list[tuple[str, list[Any]]]) -> None:
    agree(operations)
