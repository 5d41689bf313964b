"""Batch endpoints: envelopes, order, partial success (fact sheet §5)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal


def people(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"properties": {"email": f"p{n}@example.com"}, **more} for n in range(count)]


def emails(body: dict[str, Any]) -> list[str]:
    return [entry["properties"]["email"] for entry in body["results"]]


def test_create_answers_201_with_the_envelope(hs: HubSpot) -> None:
    answer = hs.batch("contacts", "create", people(3))
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["completedAt", "status", "startedAt", "results"]
    assert body["status"] == "COMPLETE"
    assert sorted(emails(body)) == ["p0@example.com", "p1@example.com", "p2@example.com"]


def test_results_are_shuffled(hs: HubSpot, portal: Portal) -> None:
    asked = [person["properties"]["email"] for person in people(20)]
    assert emails(hs.batch("contacts", "create", people(20)).json()) != asked
    calm = portal(shuffle_batches=False)
    assert emails(calm.batch("contacts", "create", people(20)).json()) == asked


def test_the_shuffle_comes_from_the_seed(portal: Portal) -> None:
    orders = [emails(portal(seed=seed).batch("contacts", "create", people(20)).json()) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


def test_create_is_all_or_nothing_without_trace_ids(hs: HubSpot) -> None:
    hs.contact("p1@example.com")
    answer = hs.batch("contacts", "create", people(3))
    assert answer.status_code == 409
    # The batch form names no id [R:amp-labs/batch/create/contacts/err-conflict.json].
    assert answer.json()["message"] == "Contact already exists"
    assert answer.json()["category"] == "CONFLICT"
    assert len(hs.emulator.snapshot()["contacts"]) == 1


def test_one_missing_trace_id_makes_it_all_or_nothing_again(hs: HubSpot) -> None:
    hs.contact("p1@example.com")
    inputs = people(3, objectWriteTraceId="x")  # not unique
    assert hs.batch("contacts", "create", inputs).status_code == 409
    inputs = [{**entry, "objectWriteTraceId": str(n)} for n, entry in enumerate(people(3))]
    del inputs[2]["objectWriteTraceId"]
    assert hs.batch("contacts", "create", inputs).status_code == 409


def test_traced_create_succeeds_in_part(hs: HubSpot) -> None:
    held = hs.contact("p1@example.com")
    inputs = [{**entry, "objectWriteTraceId": str(n)} for n, entry in enumerate(people(3))]
    answer = hs.batch("contacts", "create", inputs)
    assert answer.status_code == 207
    body = answer.json()
    assert list(body) == ["completedAt", "status", "startedAt", "results", "errors", "numErrors"]
    assert {entry["objectWriteTraceId"] for entry in body["results"]} == {"0", "2"}
    assert body["errors"] == [
        {
            "status": "error",
            "category": "CONFLICT",
            "message": f"Contact already exists. Existing ID: {held}",
            "context": {"objectWriteTraceId": ["1"], "existingId": [held]},
        }
    ]
    assert body["numErrors"] == 1


def test_traced_create_reports_bad_values_per_input(hs: HubSpot) -> None:
    inputs = [
        {"properties": {"email": "a@example.com"}, "objectWriteTraceId": "a"},
        {"properties": {"nope": "1"}, "objectWriteTraceId": "b"},
    ]
    body = hs.batch("contacts", "create", inputs).json()
    assert emails(body) == ["a@example.com"]
    assert body["errors"][0]["category"] == "VALIDATION_ERROR"
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["b"]}


def test_the_same_email_twice_in_one_batch(hs: HubSpot) -> None:
    assert hs.batch("contacts", "create", people(1) + people(1)).status_code == 409
    assert hs.emulator.snapshot()["contacts"] == []


@pytest.mark.parametrize("verb", ["create", "update"])
def test_bad_values_are_listed_per_record_without_saying_which(hs: HubSpot, verb: str) -> None:
    ids = [hs.contact(f"c{n}@example.com") for n in range(2)]
    inputs = [{"id": i, "properties": {"first000name": "A", "last000name": "B"}} for i in ids]
    answer = hs.batch("contacts", verb, inputs)
    assert answer.status_code == 400
    assert [e["context"]["propertyName"] for e in answer.json()["errors"]] == [
        ["first000name"], ["last000name"], ["first000name"], ["last000name"],
    ]  # fmt: skip
    assert "portalId" not in answer.json()["message"]
    assert not any(i in answer.text for i in ids)


def test_update_answers_200_and_207_for_unknown_ids(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    good = {"id": contact, "properties": {"city": "Rome"}}
    assert hs.batch("contacts", "update", [good]).status_code == 200
    unknown = {"id": "unknownIdentifier888", "properties": {"city": "Rome"}}
    answer = hs.batch("contacts", "update", [good, unknown])
    assert answer.status_code == 207
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": ["unknownIdentifier888"]},
        }
    ]


def test_update_does_not_take_emails(hs: HubSpot) -> None:
    hs.contact("a@example.com")
    entry = {"id": "a@example.com", "properties": {"city": "Rome"}}
    answer = hs.batch("contacts", "update", [{**entry, "idProperty": "email"}])
    assert answer.status_code == 400
    assert "Unable to perform update/upsert by non-unique 0-1 property" in answer.text
    assert hs.batch("contacts", "update", [entry]).status_code == 207  # not found, no change


@pytest.mark.parametrize("verb", ["update", "upsert"])
def test_duplicate_ids_fail_the_whole_batch(hs: HubSpot, verb: str) -> None:
    contact = hs.contact("a@example.com")
    answer = hs.batch("contacts", verb, [{"id": contact, "properties": {}}] * 2)
    assert answer.status_code == 400
    body = answer.json()
    assert body["message"] == (f"Duplicate IDs found in batch input: [{contact}]. IDs must be unique")
    assert body["context"] == {"ids": [contact]}
    assert list(body) == ["status", "message", "correlationId", "context", "category"]


def test_read_lists_all_missing_ids_in_one_error(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", city="Rome")
    inputs = [{"id": contact}, {"id": "1"}, {"id": "x"}]
    answer = hs.batch("contacts", "read", inputs, properties=["city", "undefined"])
    assert answer.status_code == 207
    [found] = answer.json()["results"]
    assert found["properties"]["city"] == "Rome"
    assert "undefined" not in found["properties"]
    [error] = answer.json()["errors"]
    assert error["context"] == {"ids": ["1", "x"]}
    assert answer.json()["numErrors"] == 1


def test_read_by_email_with_history(hs: HubSpot) -> None:
    hs.contact("a@example.com")
    answer = hs.batch(
        "contacts",
        "read",
        [{"id": "A@example.com"}, {"id": "b@example.com"}],
        idProperty="email",
        propertiesWithHistory=["lifecyclestage"],
    )
    [found] = answer.json()["results"]
    assert found["propertiesWithHistory"]["lifecyclestage"][0]["value"] == "lead"
    assert answer.json()["errors"][0]["context"] == {"ids": ["b@example.com"]}


def test_read_of_archived_records(hs: HubSpot) -> None:
    gone = hs.contact("a@example.com")
    hs.delete(f"/crm/v3/objects/contacts/{gone}")
    assert hs.batch("contacts", "read", [{"id": gone}]).status_code == 207
    path = "/crm/v3/objects/contacts/batch/read?archived=true"
    answer = hs.post(path, json={"inputs": [{"id": gone}]})
    assert answer.json()["results"][0]["archived"] is True


def test_upsert_by_email_flags_new_records(hs: HubSpot) -> None:
    hs.contact("p0@example.com")
    inputs = [{"id": f"p{n}@example.com", "idProperty": "email", "properties": {"city": "Rome"}} for n in range(3)]
    answer = hs.batch("contacts", "upsert", inputs)
    assert answer.status_code == 200
    ids = {entry["id"]: entry["new"] for entry in answer.json()["results"]}
    stored = {i: hs.read("contacts", i, "email", "city") for i in ids}
    assert {stored[i]["email"]: new for i, new in ids.items()} == {
        "p0@example.com": False, "p1@example.com": True, "p2@example.com": True,
    }  # fmt: skip
    assert {found["city"] for found in stored.values()} == {"Rome"}


def test_upsert_by_email_is_all_or_nothing(hs: HubSpot) -> None:
    inputs = [
        {"id": "a@example.com", "idProperty": "email", "properties": {"city": "Rome"}},
        {"id": "b@example.com", "idProperty": "email", "properties": {"nope": "1"}},
    ]
    assert hs.batch("contacts", "upsert", inputs).status_code == 400
    assert hs.emulator.snapshot()["contacts"] == []


def test_upsert_by_a_unique_property_of_our_own(hs: HubSpot) -> None:
    definition = {
        "name": "syncd_key", "label": "K", "type": "string", "fieldType": "text",
        "groupName": "task", "hasUniqueValue": True,
    }  # fmt: skip
    hs.emulator.add_property("tasks", definition)
    entry = {"id": "k1", "idProperty": "syncd_key", "properties": {"hs_timestamp": "2026-11-23"}}
    first = hs.batch("tasks", "upsert", [entry]).json()["results"][0]
    again = hs.batch("tasks", "upsert", [entry]).json()["results"][0]
    assert (first["new"], again["new"]) == (True, False)
    assert first["id"] == again["id"]
    by_name = {**entry, "idProperty": "hs_task_subject"}
    assert hs.batch("tasks", "upsert", [by_name]).status_code == 400


KEY = {
    "name": "syncd_key", "label": "K", "type": "string", "fieldType": "text",
    "groupName": "task", "hasUniqueValue": True,
}  # fmt: skip


def keyed(key: str, **more: Any) -> dict[str, Any]:
    properties = {"hs_timestamp": "2026-11-23", **more.pop("properties", {})}
    return {"id": key, "idProperty": "syncd_key", "properties": properties, **more}


def test_traced_upserts_stand_alone(hs: HubSpot) -> None:
    """§5.1: 207, and only the bad input is not done."""
    hs.emulator.add_property("tasks", KEY)
    inputs = [
        keyed("k1", objectWriteTraceId="a"),
        keyed("k2", objectWriteTraceId="b", properties={"nope": "1"}),
        {"id": "999", "objectWriteTraceId": "c", "properties": {}},
    ]
    answer = hs.batch("tasks", "upsert", inputs)
    assert answer.status_code == 207
    [made] = answer.json()["results"]
    assert (made["new"], made["objectWriteTraceId"]) == (True, "a")
    errors = {error["context"]["objectWriteTraceId"][0]: error["category"] for error in answer.json()["errors"]}
    assert errors == {"b": "VALIDATION_ERROR", "c": "OBJECT_NOT_FOUND"}
    assert len(hs.emulator.snapshot()["tasks"]) == 1
    untraced = [{name: value for name, value in one.items() if name != "objectWriteTraceId"} for one in inputs]
    assert hs.batch("tasks", "upsert", untraced).status_code == 400


def test_traced_upserts_by_email_do_not(hs: HubSpot) -> None:
    """ "Partial upserts are not supported when using email" [D:contacts]."""
    inputs = [
        {"id": f"{n}@example.com", "idProperty": "email", "objectWriteTraceId": n, "properties": properties}
        for n, properties in (("a", {"city": "Rome"}), ("b", {"nope": "1"}))
    ]
    assert hs.batch("contacts", "upsert", inputs).status_code == 400
    assert hs.emulator.snapshot()["contacts"] == []


def test_an_address_is_one_input_in_any_case(hs: HubSpot) -> None:
    inputs = [{"id": text, "idProperty": "email", "properties": {}} for text in ("a@example.com", "A@Example.com")]
    answer = hs.batch("contacts", "upsert", inputs)
    assert (answer.status_code, answer.json()["context"]) == (400, {"ids": ["a@example.com"]})


def test_one_value_of_two_properties_is_no_duplicate(hs: HubSpot) -> None:
    task = hs.create("tasks", {"hs_timestamp": "2026-11-23"})["id"]
    hs.emulator.add_property("tasks", KEY)
    answer = hs.batch("tasks", "upsert", [{"id": task, "properties": {}}, keyed(task)])
    assert sorted(entry["new"] for entry in answer.json()["results"]) == [False, True]


def test_an_archived_record_is_not_upserted(hs: HubSpot) -> None:
    gone = hs.contact("a@example.com")
    hs.delete(f"/crm/v3/objects/contacts/{gone}")
    by_id = hs.batch("contacts", "upsert", [{"id": gone, "properties": {"city": "Rome"}}])
    assert by_id.json()["errors"][0]["context"] == {"ids": [gone]}
    entry = {"id": "a@example.com", "idProperty": "email", "properties": {"city": "Rome"}}
    [new] = hs.batch("contacts", "upsert", [entry]).json()["results"]
    assert (new["new"], new["id"] != gone) == (True, True)


def test_archive_answers_204_and_ignores_unknown_ids(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    answer = hs.batch("contacts", "archive", [{"id": contact}, {"id": "1"}, {"id": "x"}])
    assert (answer.status_code, answer.content) == (204, b"")
    assert hs.get(f"/crm/v3/objects/contacts/{contact}").status_code == 404


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_hundred_inputs_at_most(hs: HubSpot, verb: str) -> None:
    inputs = [{"id": str(n), "idProperty": None, "properties": {}} for n in range(101)]
    assert hs.batch("contacts", verb, inputs).status_code == 400
    assert hs.batch("contacts", verb, []).status_code == 400
    assert hs.batch("contacts", verb, inputs[:100]).status_code < 300


def test_batch_create_with_associations(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    link = {
        "to": {"id": contact},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}],
    }
    entry = {"properties": {"hs_timestamp": "2026-11-22"}, "associations": [link]}
    [note] = hs.batch("notes", "create", [entry]).json()["results"]
    assert "associations" not in note
    linked = hs.get(f"/crm/v4/objects/contacts/{contact}/associations/notes").json()["results"]
    assert [entry["toObjectId"] for entry in linked] == [int(note["id"])]


def test_two_inputs_of_one_batch_that_change_the_same_record(hs: HubSpot) -> None:
    """By two names: the second works on what the first left."""
    primary, other = hs.contact("a@example.com"), hs.contact("b@example.com")
    new = hs.post("/_sandbox/merge", json={"primary": primary, "other": other}).json()["id"]
    inputs = [
        {"id": primary, "properties": {"city": "Rome"}},
        {"id": new, "properties": {"jobtitle": "CTO"}},
    ]
    assert hs.batch("contacts", "update", inputs).status_code == 200
    found = hs.read("contacts", new, "city", "jobtitle")
    assert (found["city"], found["jobtitle"]) == ("Rome", "CTO")
