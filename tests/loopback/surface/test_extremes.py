"""Values at the ends of what a parser, a calendar and a database can hold: refused or answered, never a fault."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from connectors.loopback.kit.json_body import MOST_LEVELS
from tests.loopback.surface.routes import routes
from tests.loopback.surface.valid import SURFACES, Surface
from tests.loopback.surface.wsgi import Answer, Request, call, complaint

HUBSPOT, SALESFORCE = SURFACES
CONTACTS = "/crm/v3/objects/contacts"
DATA = "/services/data/v65.0"
LONG_NUMBER = "9" * 20
OVER_THE_EDGE = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")


class Asked:
    def __init__(self, surface: Surface) -> None:
        self.emulator = surface.make()
        self._headers = {**surface.headers, "Content-Type": "application/json"}

    def __call__(self, method: str, path: str, body: Any = None, *, raw: bytes = b"", query: str = "") -> Answer:
        """The answer, which may be any but a fault."""
        data = raw if body is None else json.dumps(body).encode()
        request = Request(method, path, query, self._headers, data)
        answer = call(self.emulator.app, request)
        assert complaint(request, answer) == ""
        return answer

    def soql(self, statement: str) -> Answer:
        return self("GET", f"{DATA}/query", query=f"q={quote(statement)}")

    def in_batch(self, statement: str) -> Answer:
        """A statement that no URI could carry."""
        part = {"method": "GET", "url": f"v65.0/query?q={quote(statement)}"}
        return self("POST", f"{DATA}/composite/batch", {"batchRequests": [part]})


@pytest.fixture
def hubspot() -> Iterator[Asked]:
    asked = Asked(HUBSPOT)
    yield asked
    asked.emulator.close()


@pytest.fixture
def salesforce() -> Iterator[Asked]:
    asked = Asked(SALESFORCE)
    yield asked
    asked.emulator.close()


def nested(levels: int, opening: str, closing: str) -> bytes:
    return b'{"x":' + (opening * (levels - 1) + "1" + closing * (levels - 1)).encode() + b"}"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_body_nested_too_deep_is_no_json(hubspot: Asked, salesforce: Asked, opening: str, closing: str) -> None:
    for levels in (MOST_LEVELS + 1, 300, 1_000):
        body = nested(levels, opening, closing)
        assert hubspot("POST", f"{CONTACTS}/search", raw=body).status == 400
        assert hubspot("POST", "/_sandbox/touch", raw=body).status == 400
        refused = salesforce("POST", f"{DATA}/composite", raw=body)
        assert (refused.status, json.loads(refused.body)[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    assert hubspot("POST", f"{CONTACTS}/search", raw=nested(MOST_LEVELS, opening, closing)).status == 200


@pytest.mark.parametrize("name", ["hs_object_id", "createdate", "lastmodifieddate", "num_notes"])
def test_a_filter_takes_numbers_beyond_a_long(hubspot: Asked, name: str) -> None:
    for value in (LONG_NUMBER, f"-{LONG_NUMBER}", "9" * 400):
        for operator, more in (("LT", {}), ("GT", {}), ("EQ", {}), ("BETWEEN", {"highValue": value})):
            entry = {"propertyName": name, "operator": operator, "value": value, **more}
            assert hubspot("POST", f"{CONTACTS}/search", {"filters": [entry]}).status == 200
    open_end = {"propertyName": "lastmodifieddate", "operator": "BETWEEN", "value": "0", "highValue": LONG_NUMBER}
    assert json.loads(hubspot("POST", f"{CONTACTS}/search", {"filters": [open_end]}).body)["total"] == 10


@pytest.mark.parametrize("value", [LONG_NUMBER, "253402300800000", "-99999999999999999", "2026-W01-1", "1_773_300_826_615",
                                   "१७७३३००८२६६१५", *OVER_THE_EDGE])  # fmt: skip
def test_what_is_no_moment_of_the_calendar_is_not_stored(hubspot: Asked, value: str) -> None:
    deal = {"properties": {"dealname": "x", "closedate": value}}
    assert hubspot("POST", "/crm/v3/objects/deals", deal).status == 400


@pytest.mark.parametrize("value", ["1_000", "१२", "Infinity", "1,000", "0x10"])
def test_numbers_have_the_digits_of_ascii_and_nothing_between(hubspot: Asked, salesforce: Asked, value: str) -> None:
    assert hubspot("POST", "/crm/v3/objects/deals", {"properties": {"dealname": "x", "amount": value}}).status == 400
    for field in ("NumberOfEmployees", "AnnualRevenue"):
        lead = {"LastName": "x", "Company": "y", field: value}
        assert salesforce("POST", f"{DATA}/sobjects/Lead", lead).status == 400


def test_many_wildcards_on_a_long_value_take_no_time(hubspot: Asked, salesforce: Asked) -> None:
    """As one backtracking expression each of these takes longer than anybody waits."""
    hubspot("PATCH", f"{CONTACTS}/101", {"properties": {"city": "a" * 60_000}})
    hubspot.emulator.clock.advance(10)
    wanted = {"propertyName": "city", "operator": "CONTAINS_TOKEN", "value": "*a" * 12 + "*b"}
    assert json.loads(hubspot("POST", f"{CONTACTS}/search", {"filters": [wanted]}).body)["total"] == 0
    salesforce("POST", f"{DATA}/sobjects/Lead", {"LastName": "x", "Company": "y", "Description": "a" * 30_000})
    found = salesforce("GET", f"{DATA}/search", query=f"q={quote('FIND {' + 'a*' * 25 + 'b} RETURNING Lead(Id)')}")
    assert json.loads(found.body) == {"searchRecords": []}


@pytest.mark.parametrize(("wanted", "found"), [("saint", True), ("sain", False), ("sain*", True), ("*enis", True),
                                               ("nis", False), ("saint*val", True), ("s*n*l", True),
                                               ("s*x*l", False), ("val*saint", False),
                                               ("den*en", True), ("v*a", False)])  # fmt: skip
def test_parts_of_a_token_between_wildcards(hubspot: Asked, wanted: str, found: bool) -> None:
    hubspot("PATCH", f"{CONTACTS}/101", {"properties": {"city": "Saint-Denis en Val"}})
    hubspot.emulator.clock.advance(10)
    entry = {"propertyName": "city", "operator": "CONTAINS_TOKEN", "value": wanted}
    assert json.loads(hubspot("POST", f"{CONTACTS}/search", {"filters": [entry]}).body)["total"] == found


@pytest.mark.parametrize(
    "value", [*OVER_THE_EDGE, "0999-01-01T00:00:00Z", "4001-01-01T00:00:00Z", "9999-12-31T23:00:00Z"]
)
def test_datetimes_are_of_the_years_1700_to_4000(salesforce: Asked, value: str) -> None:
    event = {"Subject": "x", "StartDateTime": value, "DurationInMinutes": 1_000}
    assert salesforce("POST", f"{DATA}/sobjects/Event", event).status == 400
    assert salesforce.soql(f"SELECT Id FROM Event WHERE StartDateTime > {value}").status == 400
    last = {**event, "StartDateTime": "4000-12-31T23:59:59Z"}
    assert salesforce("POST", f"{DATA}/sobjects/Event", last).status == 201


def test_a_moment_without_a_zone_is_utc_wherever_this_runs(
    hubspot: Asked, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(time.tzset)  # after monkeypatch has put TZ back
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        deal = {"properties": {"dealname": "x", "closedate": "2026-01-01T00:00:00"}}
        made = json.loads(hubspot("POST", "/crm/v3/objects/deals", deal).body)
    assert made["properties"]["closedate"] == "2026-01-01T00:00:00Z"


def test_a_week_is_no_date(salesforce: Asked) -> None:
    assert salesforce("POST", f"{DATA}/sobjects/Task", {"Subject": "x", "ActivityDate": "2026-W01-1"}).status == 400


def test_soql_takes_numbers_beyond_a_long(salesforce: Asked) -> None:
    for statement in (
        f"SELECT Id FROM Lead WHERE NumberOfEmployees > {LONG_NUMBER}",
        f"SELECT Id FROM Lead WHERE NumberOfEmployees IN (-{LONG_NUMBER}, {'9' * 5_000})",
        f"SELECT Id FROM Lead LIMIT {LONG_NUMBER}",
        f"SELECT Name FROM Lead GROUP BY Name HAVING COUNT(Id) > {LONG_NUMBER}",
    ):
        assert salesforce.soql(statement).status == 200


@pytest.mark.parametrize("condition", [
    "NOT " * 400 + "Name = 'x'", "NOT (" * 60 + "Name = 'x'" + ")" * 60, "(" * 3_000 + "Name = 'x'" + ")" * 3_000,
    "Name = 'x' AND (Id = null OR (" * 49 + "Name = 'x'" + "))" * 49,
    "Name = 'x' AND (Id = null OR (" * 300 + "Name = 'x'" + "))" * 300,
])  # fmt: skip
def test_conditions_nested_too_deep_are_too_complicated(salesforce: Asked, condition: str) -> None:
    answer = salesforce.in_batch(f"SELECT Id FROM Lead WHERE {condition}")
    (result,) = json.loads(answer.body)["results"]
    assert result["statusCode"] == 400
    assert result["result"][0]["errorCode"] == "QUERY_TOO_COMPLICATED"


def test_statements_with_too_many_parts_are_too_complicated(salesforce: Asked) -> None:
    many_counts = ", ".join(f"COUNT(Id) n{n}" for n in range(4_000))
    for statement in (f"SELECT {many_counts} FROM Lead", f"SELECT Id FROM Lead ORDER BY {'Name, ' * 2_500} Name"):
        (result,) = json.loads(salesforce.in_batch(statement).body)["results"]
        assert result["result"][0]["errorCode"] == "QUERY_TOO_COMPLICATED"


@pytest.mark.parametrize(
    "formula", ["1/0", "AnnualRevenue/0 > 1", "LEN(5) > 1", "9" * 400 + " * 2 > 1", "LastName - 5 > 1"]
)
def test_a_formula_that_cannot_be_reckoned_out_refuses_the_record(salesforce: Asked, formula: str) -> None:
    rule = {"active": True, "errorConditionFormula": formula, "errorMessage": "No."}
    path = f"{DATA}/tooling/sobjects/ValidationRule"
    salesforce("POST", path, {"FullName": "Lead.Odd", "Metadata": rule})
    lead = {"LastName": "x", "Company": "y", "AnnualRevenue": 1}
    assert salesforce("POST", f"{DATA}/sobjects/Lead", lead).status in (201, 400)


@pytest.mark.parametrize("formula", ["(" * 100 + "TRUE" + ")" * 100, "AND(" * 200 + "TRUE" + ")" * 200, "!" * 1_500 + "TRUE",
                                     "-" * 1_500 + "1 > 0"])  # fmt: skip
def test_formulas_nested_too_deep_are_refused(salesforce: Asked, formula: str) -> None:
    rule = {"active": True, "errorConditionFormula": formula, "errorMessage": "No."}
    path = f"{DATA}/tooling/sobjects/ValidationRule"
    refused = salesforce("POST", path, {"FullName": "Lead.Deep", "Metadata": rule})
    assert (refused.status, json.loads(refused.body)[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "America", "\0"])
def test_a_user_lives_in_a_time_zone_that_there_is(salesforce: Asked, zone: str) -> None:
    """With any other nothing that the user asks could be answered."""
    (user,) = json.loads(salesforce.soql("SELECT Id FROM User LIMIT 1").body)["records"]
    refused = salesforce("PATCH", f"{DATA}/sobjects/User/{user['Id']}", {"TimeZoneSidKey": zone})
    assert json.loads(refused.body)[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    person = {"Username": "z@z.example", "LastName": "z", "TimeZoneSidKey": zone}
    assert salesforce("POST", "/_sandbox/user", person).status == 400
    assert salesforce.soql("SELECT Id FROM Lead WHERE CreatedDate = TODAY").status == 200


def test_what_has_no_route_is_logged(
    salesforce: Asked, hubspot: Asked, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    for asked in (salesforce, hubspot):
        caplog.clear()
        assert asked("GET", "/services/data/v65.0/nope").status == 404
        assert "404 GET /services/data/v65.0/nope: not emulated" in caplog.text


def test_a_search_expression_may_be_nested_but_not_for_ever(salesforce: Asked) -> None:
    for depth, status in ((50, 200), (1_000, 400)):
        statement = "FIND {" + "(" * depth + "xx" + ")" * depth + "} RETURNING Lead(Id)"
        assert salesforce("GET", f"{DATA}/search", query=f"q={quote(statement)}").status == status


def test_another_alternative_takes_no_row_away_nor_adds_one(salesforce: Asked) -> None:
    """ASCII is compared by SQLite, the rest in Python: to both the Turkish dotless i is no I."""
    for name in ("ılık", "ILIK", "é"):
        salesforce("POST", f"{DATA}/sobjects/Lead", {"LastName": name, "Company": "fold"})

    def names(condition: str) -> list[str]:
        rows = json.loads(salesforce.soql(f"SELECT LastName FROM Lead WHERE {condition} ORDER BY Id").body)["records"]
        return [row["LastName"] for row in rows]

    assert names("LastName IN ('ilik')") == ["ILIK"]
    assert names("LastName IN ('ilik', 'É')") == ["ILIK", "é"]
    assert names("LastName LIKE 'I%'") == names("LastName LIKE 'I%' OR LastName LIKE 'İ%'") == ["ILIK"]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)
def test_a_control_endpoint_refuses_what_it_does_not_understand(surface: Surface) -> None:
    asked = Asked(surface)
    odd: tuple[Any, ...] = ([], "x", 5, {"kind": {}, "id": 5}, {"kind": "contacts", "stages": 5}, {"user": 5}, {"sobject": 5},
                            {"sobject": "Lead", "fields": 5}, {"seconds": 1e308}, {"objects": 5, "user": "x"})  # fmt: skip
    for route in routes(asked.emulator, control=True):
        if route.method == "POST":
            for body in odd:
                assert asked("POST", route.path({}), body).status < 500
    asked.emulator.close()


@pytest.mark.parametrize("body", [{"advance_seconds": 1e308}, {"advance": "99999999999d"}])
def test_the_clock_ends_with_the_calendar(hubspot: Asked, body: dict[str, Any]) -> None:
    assert hubspot("POST", "/_sandbox/clock", body).status == 400


@pytest.mark.parametrize("verb", ["create", "archive"])
@pytest.mark.parametrize("to", [[{}], [[]], {"id": []}, {"id": True}])
def test_an_end_of_an_association_of_another_shape_is_refused(hubspot: Asked, verb: str, to: Any) -> None:
    entry = {"from": {"id": "101"}, "to": to, "type": "contact_to_company"}
    answer = hubspot("POST", f"/crm/v3/associations/contacts/companies/batch/{verb}", {"inputs": [entry]})
    assert answer.status in (207, 400)
