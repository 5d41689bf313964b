"""Least privilege: a field that a user does not see is nowhere, and no permission is gone past.

The objects and fields are read from the schema, so that a new field stands here too. A request that names a hidden field
is answered as one that names a field there is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from bulk_client import BulkApi
from salesforce_client import Api
from test_salesforce_permissions import person

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator, SalesforceSettings
from connectors.loopback.salesforce.schema import Field, SObject
from tests.loopback.surface.routes import one_per_view, routes

WORK = ["create", "read", "edit", "delete"]
NEEDED: dict[str, dict[str, Any]] = {
    "Account": {"Name": "Acme"},
    "Campaign": {"Name": "Fair"},
    "Contact": {"LastName": "Meyer"},
    "Event": {"Subject": "Demo", "StartDateTime": "2026-12-01T09:00:00Z", "DurationInMinutes": 30},
    "Lead": {"LastName": "Meyer", "Company": "Acme"},
    "Opportunity": {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"},
    "Task": {"Subject": "Call"},
}
MARK = "Zarathustra"
TEXTS = {"string", "textarea", "phone", "picklist"}


@cache
def permissionable() -> dict[str, list[Field]]:
    """The fields that field-level security may hide, by object."""
    emulator = SalesforceEmulator(SalesforceSettings(), Clock())
    found = {
        sobject.name: [entry for entry in sobject.fields.values() if entry.permissionable]
        for sobject in emulator.org.schema
    }
    emulator.close()
    return {name: fields for name, fields in found.items() if fields}


OBJECTS = sorted(permissionable())
PAIRS = [(name, entry.name) for name in OBJECTS for entry in permissionable()[name]]


@pytest.fixture
def settings() -> SalesforceSettings:
    """``blind`` may do anything with the records and sees no field that can be hidden, ``reader`` sees all and edits none."""
    objects = {name: WORK for name in OBJECTS if name not in ("Task", "Event")}
    system = ["ApiEnabled", "EditTask", "EditEvent"]
    fields = {name: {"read": [entry.name for entry in found]} for name, found in permissionable().items()}
    return SalesforceSettings(
        users=[
            person("admin", "System Administrator") | {"token": DEFAULT_TOKEN},
            person("blind", "Minimum Access - Salesforce", "blind"),
            person("reader", "Minimum Access - Salesforce", "reader"),
            person("none", "Minimum Access - Salesforce"),
        ],
        permission_sets=[
            {"name": "blind", "system": system, "objects": objects},
            {"name": "reader", "system": system, "objects": objects, "fields": fields},
        ],
        history_tracking={
            "Lead": ["Status", "Title"],
            "Contact": ["Title"],
            "Account": ["Site"],
            "Opportunity": ["Type"],
        },
    )


@pytest.fixture
def blind(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, "blind")


@pytest.fixture
def reader(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, "reader")


def marked(api: Api, sobject: SObject) -> str:
    """A record whose hidden texts all say the same word; what only others see is put in by the administrator."""
    texts = {
        entry.name: MARK[: entry.length]
        for entry in sobject.fields.values()
        if entry.permissionable and entry.createable and entry.type in TEXTS and not entry.restrictedPicklist
        and not entry.hidden and not entry.custom and "State" not in entry.name and "Country" not in entry.name
    }  # fmt: skip
    return api.create(sobject.name, **NEEDED[sobject.name], **texts)


def names_in(body: Any) -> Iterator[str]:
    """Every key of a body, and the names that a describe lists."""
    if isinstance(body, dict):
        yield from body
        for value in body.values():
            yield from names_in(value)
    elif isinstance(body, list):
        for value in body:
            yield from names_in(value)


@pytest.mark.parametrize("name", OBJECTS)
def test_no_answer_shows_a_field_or_a_value_that_is_hidden(
    api: Api, blind: Api, emulator: SalesforceEmulator, name: str
) -> None:
    sobject = emulator.org.schema[name]
    record = marked(api, sobject)
    hidden = {entry.name for entry in permissionable()[name]}
    described = blind.get(f"/sobjects/{name}/describe").json()
    assert {entry["name"] for entry in described["fields"]} & hidden == set()
    answers = [
        blind.get(f"/sobjects/{name}/{record}"),
        blind.get("/query", params={"q": f"SELECT FIELDS(ALL) FROM {name} LIMIT 5"}),
        blind.get("/query", params={"q": f"SELECT FIELDS(STANDARD) FROM {name}"}),
        blind.get("/search", params={"q": f"FIND {{{MARK}}} RETURNING {name}(Id)"}),
        blind.get("/parameterizedSearch", params={"q": MARK, "sobject": name}),
        blind.get(f"/sobjects/{name}"),
        blind.get("/recent"),
        *([blind.get(f"/sobjects/{name}/describe/layouts")] if sobject.is_("layoutable") else []),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers:
        assert set(names_in(answer.json())) & hidden - {"Type"} == set()
        assert MARK not in answer.text
        assert [field for field in hidden - {"Type"} if f'"{field}"' in answer.text] == []
    assert answers[3].json()["searchRecords"] == []
    # The administrator's are there: the word can be found.
    assert MARK in api.get(f"/sobjects/{name}/{record}").text


def questions(sobject: SObject, field: str) -> Iterator[tuple[str, str, Any]]:
    """Requests that name a field: method, path, body."""
    name = sobject.name
    for statement in (
        f"SELECT {field} FROM {name}",
        f"SELECT x.{field} FROM {name} x",
        f"SELECT Id FROM {name} WHERE {field} = null",
        f"SELECT Id FROM {name} WHERE NOT ({field} != null)",
        f"SELECT Id FROM {name} ORDER BY {field}",
        f"SELECT COUNT({field}) FROM {name}",
        f"SELECT {field}, COUNT(Id) FROM {name} GROUP BY {field}",
        f"SELECT COUNT(Id) FROM {name} GROUP BY ROLLUP({field})",
        f"SELECT MAX({field}) FROM {name}",
        f"SELECT CreatedById FROM {name} GROUP BY CreatedById HAVING MAX({field}) = null",
        f"SELECT toLabel({field}) FROM {name}",
        f"SELECT Id FROM User WHERE Id IN (SELECT CreatedById FROM {name} WHERE {field} = null)",
    ):
        yield "GET", f"/query?q={statement}", None
        yield "GET", f"/queryAll?q={statement}", None
    yield "GET", f"/search?q=FIND {{x}} RETURNING {name}({field})", None
    yield "GET", f"/search?q=FIND {{x}} RETURNING {name}(Id WHERE {field} = null)", None
    yield "GET", f"/parameterizedSearch?q=x&sobject={name}&{name}.fields={field}", None
    yield "GET", f"/sobjects/{name}/{{id}}?fields=Id,{field}", None
    yield "GET", f"/composite/sobjects/{name}?ids={{id}}&fields={field}", None
    yield "POST", f"/composite/sobjects/{name}", {"ids": ["{id}"], "fields": [field]}
    yield "GET", f"/sobjects/{name}/{field}/x", None
    yield "PATCH", f"/sobjects/{name}/{field}/x", NEEDED[name]
    yield "POST", f"/sobjects/{name}", {**NEEDED[name], field: None}
    yield "PATCH", f"/sobjects/{name}/{{id}}", {field: None}
    record = {"attributes": {"type": name}, field: None}
    yield "POST", "/composite/sobjects", {"records": [record | NEEDED[name]]}
    yield "PATCH", "/composite/sobjects", {"records": [record | {"id": "{id}"}]}
    yield "PATCH", f"/composite/sobjects/{name}/{field}", {"records": [record | {field: "x"}]}
    named = {"attributes": {"type": name, "referenceId": "r"}}
    yield "POST", f"/composite/tree/{name}", {"records": [record | NEEDED[name] | named]}
    yield "POST", "/jobs/query", {"operation": "query", "query": f"SELECT {field} FROM {name}"}
    yield "POST", "/jobs/ingest", {"object": name, "operation": "upsert", "externalIdFieldName": field}


def answered(api: Api, method: str, path: str, body: Any, record: str, field: str) -> tuple[int, str]:
    """The status and the text without the field's name, ids and the part of a statement that an error shows."""
    path, _, query = path.replace("{id}", record).partition("?")
    parameters = dict(part.partition("=")[::2] for part in re.split(r"&(?=\w+=|\w+\.fields=)", query)) if query else {}
    sent = None if body is None else _with_id(body, record)
    answer = api.send(method, path, sent, params=parameters)
    text = re.sub(r'"message":"(?:[^"\\]|\\.)*?ERROR at Row:\d+:Column:\d+', "", answer.text.replace(field, "§"))
    return answer.status_code, text


def _with_id(body: Any, record: str) -> Any:
    if isinstance(body, dict):
        return {key: _with_id(value, record) for key, value in body.items()}
    if isinstance(body, list):
        return [_with_id(value, record) for value in body]
    return record if body == "{id}" else body


@pytest.mark.parametrize("name", OBJECTS)
def test_a_hidden_field_answers_as_one_there_is_not(
    api: Api, blind: Api, emulator: SalesforceEmulator, name: str
) -> None:
    """In each clause of a query, in searches, by URL, as a key, in writes one by one and many, and in bulk jobs."""
    sobject = emulator.org.schema[name]
    record = api.create(name, **NEEDED[name])
    unknown = [answered(blind, *question, record, "Nix__c") for question in questions(sobject, "Nix__c")]
    assert {status for status, _ in unknown} <= {200, 400, 404}
    for entry in permissionable()[name]:
        for question, told in zip(questions(sobject, entry.name), unknown, strict=True):
            assert answered(blind, *question, record, entry.name) == told, question


@pytest.mark.parametrize("name", OBJECTS)
def test_a_field_that_may_only_be_read_is_refused_in_writes(
    api: Api, reader: Api, emulator: SalesforceEmulator, clock: Clock, name: str
) -> None:
    record = api.create(name, **NEEDED[name])
    described = {entry["name"]: entry for entry in reader.get(f"/sobjects/{name}/describe").json()["fields"]}
    own = BulkApi(reader, clock)
    for entry in permissionable()[name]:
        assert (described[entry.name]["createable"], described[entry.name]["updateable"]) == (False, False)
        body = {entry.name: None}
        for refused in (
            reader.post(f"/sobjects/{name}", NEEDED[name] | body),
            reader.patch(f"/sobjects/{name}/{record}", body),
        ):
            (error,) = refused.json()
            assert (refused.status_code, error["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE"), entry.name
            assert error["fields"] == [entry.name]
        row = {"attributes": {"type": name}, "id": record, **body}
        (saved,) = reader.patch("/composite/sobjects", {"records": [row]}).json()
        assert saved["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    (first, *_) = [entry for entry in permissionable()[name] if entry.type in TEXTS]
    job = own.run(f"Id,{first.name}\n{record},x\n", "update", name)
    (error,) = own.errors(job)
    assert error.startswith("INVALID_FIELD_FOR_INSERT_UPDATE")


# Through relationships


def test_a_parents_hidden_fields_are_hidden_from_its_children(api: Api, blind: Api, reader: Api) -> None:
    account = api.create("Account", Name="x", Site=MARK)
    api.create("Contact", LastName="y", AccountId=account)
    soql = "SELECT Account.Site FROM Contact"
    assert reader.rows(soql)[0]["Account"]["Site"] == MARK
    # The relationship itself hangs on a field that is hidden too.
    assert blind.query_error(soql)[0] == "INVALID_FIELD"
    api.control("permission-set", name="link", fields={"Contact": {"read": ["AccountId"]}}, users=["blind@x.example"])
    assert blind.rows("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "x"
    for statement in (soql, f"SELECT Id FROM Contact WHERE Account.Site = '{MARK}'"):
        assert blind.query_error(statement)[0] == "INVALID_FIELD"


def test_the_person_behind_a_task_shows_what_may_be_seen_of_it(api: Api, blind: Api, reader: Api) -> None:
    """Who, What and Owner have the fields of several objects: each as it is seen there."""
    lead = api.lead(Email="a@b.example", Phone="1", Title=MARK)
    task = api.create("Task", WhoId=lead)
    api.control("permission-set", name="who", fields={"Task": {"read": ["WhoId"]}}, users=["blind@x.example"])
    soql = f"SELECT Who.Name, Who.Email, Who.Phone, Who.Title FROM Task WHERE Id = '{task}'"
    (row,) = reader.rows(soql)
    assert (row["Who"]["Email"], row["Who"]["Phone"], row["Who"]["Title"]) == ("a@b.example", "1", MARK)
    (row,) = blind.rows(soql)
    assert row["Who"]["Name"] == "Meyer"
    assert (row["Who"]["Email"], row["Who"]["Phone"], row["Who"]["Title"]) == (None, None, None)
    assert blind.rows("SELECT Id FROM Task WHERE Who.Email = 'a@b.example'") == []
    typed = "SELECT TYPEOF Who WHEN Lead THEN Email END FROM Task"
    assert blind.query_error(typed)[0] == "INVALID_FIELD"


def test_a_record_of_an_object_that_may_not_be_read_is_no_parent(
    api: Api, reader: Api, emulator: SalesforceEmulator, clock: Clock
) -> None:
    """Not in a path, not as the person behind a task, not by its external id."""
    key = {"name": "Ext__c", "type": "string", "externalId": True, "length": 20}
    emulator.add_field("Account", key)
    account = api.create("Account", Name=MARK, Ext__c="1")
    contact = api.create("Contact", LastName=MARK, AccountId=account)
    task = api.create("Task", WhoId=contact, WhatId=account)
    everything = {name: WORK for name in OBJECTS if name not in ("Task", "Event", "Account", "Contact")}
    api.control(
        "permission-set",
        name="narrow",
        system=["ApiEnabled", "EditTask"],
        objects=everything | {"Contact": WORK},
        fields={
            "Contact": {"edit": ["AccountId"]},
            "Account": {"edit": ["Ext__c"]},
            "Task": {"edit": ["WhoId", "WhatId"]},
        },
    )
    api.control("user", **person("narrow", "Minimum Access - Salesforce", "narrow"))
    narrow = Api(emulator, "narrow")
    assert narrow.query_error("SELECT Account.Name FROM Contact")[0] == "INVALID_FIELD"
    assert narrow.query_error(f"SELECT Id FROM Contact WHERE Account.Name = '{MARK}'")[0] == "INVALID_FIELD"
    (row,) = narrow.rows(f"SELECT Who.Name, What.Name FROM Task WHERE Id = '{task}'")
    assert (row["Who"]["Name"], row["What"]) == (MARK, None)
    assert narrow.get(f"/sobjects/Contact/{contact}/Account").status_code == 404
    answer = narrow.post("/sobjects/Contact", {"LastName": "x", "Account": {"Ext__c": "1"}})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    own = BulkApi(narrow, clock)
    job = own.run("LastName,Account.Ext__c\nx,1\n", "insert", "Contact")
    assert own.info(job)["state"] == "Failed"
    assert "Field name not found : Account.Ext__c" in own.info(job)["errorMessage"]


def test_an_address_leaves_out_its_hidden_parts(api: Api, blind: Api) -> None:
    lead = api.lead(Street="1 Road", City="Bonn")
    api.control("permission-set", name="map", fields={"Lead": {"read": ["Address", "City"]}}, users=["blind@x.example"])
    for shown in (blind.get(f"/sobjects/Lead/{lead}").json(), blind.rows("SELECT Address FROM Lead")[0]):
        assert (shown["Address"]["city"], shown["Address"]["street"]) == ("Bonn", None)


@pytest.mark.parametrize(
    ("name", "field"), [("Lead", "Title"), ("Contact", "Title"), ("Account", "Site"), ("Opportunity", "Type")]
)
def test_the_history_of_a_hidden_field_is_hidden(
    api: Api, blind: Api, reader: Api, clock: Clock, name: str, field: str
) -> None:
    """[D:object reference, LeadHistory]: "respects field level security on the parent object"."""
    history = "OpportunityFieldHistory" if name == "Opportunity" else f"{name}History"
    record = api.create(name, **NEEDED[name])
    api.patch(f"/sobjects/{name}/{record}", {field: MARK})
    soql = f"SELECT Field, NewValue FROM {history} ORDER BY Id"
    assert [row["Field"] for row in reader.rows(soql)] == ["created", field]
    assert [row["Field"] for row in blind.rows(soql)] == ["created"]
    (entry,) = api.rows(f"SELECT Id FROM {history} WHERE Field = '{field}'")
    paths = [f"/sobjects/{history}/{entry['Id']}", f"/composite/sobjects/{history}?ids={entry['Id']}&fields=NewValue"]
    assert all(MARK in reader.get(path).text for path in paths)
    assert not any(MARK in blind.get(path).text for path in paths)
    children = f"SELECT (SELECT NewValue FROM Histories) FROM {name}"
    assert MARK in str(reader.rows(children))
    assert MARK not in str(blind.rows(children))


def test_recent_records_of_others_are_not_told_of(settings: SalesforceSettings, clock: Clock) -> None:
    """By the object as little as over all objects."""
    settings.sharing = {"Lead": "Private"}
    emulator = SalesforceEmulator(settings, clock)
    api, blind = Api(emulator), Api(emulator, "blind")
    seen = {"theirs": api.lead(), "own": blind.lead()}
    for lead in seen.values():
        api.get(f"/sobjects/Lead/{lead}")
    assert [row["Id"] for row in blind.get("/recent").json()] == [seen["own"]]
    assert [row["Id"] for row in blind.get("/sobjects/Lead").json()["recentItems"]] == [seen["own"]]
    assert len(api.get("/sobjects/Lead").json()["recentItems"]) == 2
    emulator.close()


# API Enabled


def test_without_api_enabled_no_resource_answers(emulator: SalesforceEmulator) -> None:
    nobody = Api(emulator, "none")
    values = {"version": "65.0", "name": "Lead", "locator": "x"}
    answered = {
        (route.method, route.rule): nobody.send(route.method, route.path(values), {}).status_code
        for route in one_per_view(routes(emulator))
        if route.rule.startswith("/services/data/")
    }
    assert len(answered) > 60
    assert {key: status for key, status in answered.items() if status != 403} == {}
