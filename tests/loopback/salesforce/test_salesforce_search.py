"""SOSL in its simple form, and /parameterizedSearch (SOSL reference; REST API guide, Search)."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator


@pytest.fixture(autouse=True)
def people(emulator: SalesforceEmulator) -> None:
    emulator.seed(
        "Lead",
        [
            {"FirstName": "Joe", "LastName": "Smith", "Company": "Acme Inc", "Email": "joe.smith@acme.example"},
            {"FirstName": "Joan", "LastName": "Smythe", "Company": "Wayne", "Phone": "+1 (555) 0199"},
            {"FirstName": "Zoë", "LastName": "Müller", "Company": "Why not?", "Description": "knows Joe well"},
            {"FirstName": "Gone", "LastName": "Smith", "Company": "Acme", "IsDeleted": True},
        ],
    )
    emulator.seed("Contact", [{"FirstName": "Joe", "LastName": "Smithson", "Email": "j@smithson.example"}])


def sosl(api: Api, statement: str) -> list[dict[str, Any]]:
    response = api.get("/search", params={"q": statement})
    assert response.status_code == 200, response.text
    records: list[dict[str, Any]] = response.json()["searchRecords"]
    return records


def found(api: Api, term: str, scope: str = "") -> list[str]:
    rows = sosl(api, f"FIND {{{term}}} {scope} RETURNING Lead(LastName ORDER BY LastName), Contact(LastName)")
    return [row["LastName"] for row in rows]


class TestFind:
    @pytest.mark.parametrize(
        ("term", "names"),
        [
            ("smith", ["Smith"]),
            ("SMITH", ["Smith"]),
            ("smith*", ["Smith", "Smithson"]),
            ("Sm?th", ["Smith"]),
            ("Sm?th*", ["Smith", "Smythe", "Smithson"]),
            ("joe smith", ["Smith"]),
            ('"smith joe"', []),
            ('"joe smith"', ["Smith"]),
            ("joe", ["Müller", "Smith", "Smithson"]),
            ("joe AND NOT acme", ["Müller", "Smithson"]),
            ("smythe OR müller", ["Müller", "Smythe"]),
            ("joe AND (acme OR knows)", ["Müller", "Smith"]),
            ("joe.smith@acme.example", ["Smith"]),
            ("Why not\\?", ["Müller"]),
            ("smit", []),
            ("in", []),
        ],
    )
    def test_terms(self, api: Api, term: str, names: list[str]) -> None:
        assert found(api, term) == names

    @pytest.mark.parametrize(
        ("scope", "names"),
        [
            ("IN ALL FIELDS", ["Müller", "Smith", "Smithson"]),
            ("IN NAME FIELDS", ["Smith", "Smithson"]),
            ("in email fields", ["Smith"]),
            ("IN PHONE FIELDS", []),
        ],
    )
    def test_groups_of_fields(self, api: Api, scope: str, names: list[str]) -> None:
        assert found(api, "joe", scope) == names

    def test_hidden_fields_are_not_searched(self, emulator: SalesforceEmulator) -> None:
        hidden = {"hidden_fields": {"Lead": ["Description"]}, "token": "00D!narrow"}
        emulator.add_user({"Username": "narrow@loopback.example", "LastName": "N", **hidden})
        assert found(Api(emulator, token="00D!narrow"), "knows") == []


class TestReturning:
    def test_without_returning_every_searchable_object_gives_ids(self, api: Api) -> None:
        rows = sosl(api, "FIND {joe}")
        assert {row["attributes"]["type"] for row in rows} == {"Lead", "Contact"}
        assert all(list(row) == ["attributes", "Id"] for row in rows)

    def test_each_object_has_its_own_clauses(self, api: Api) -> None:
        rows = sosl(
            api,
            "FIND {joe} IN ALL FIELDS RETURNING Lead(Id, Name, Owner.Name WHERE Company LIKE 'Acme%' LIMIT 1), Contact",
        )
        assert [row["attributes"]["type"] for row in rows] == ["Lead", "Contact"]
        assert (rows[0]["Name"], rows[0]["Owner"]["Name"]) == ("Joe Smith", "Integration")
        assert list(rows[1]) == ["attributes", "Id"]

    def test_limits(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.seed("Lead", [{"LastName": "Twin", "Company": "c"} for _ in range(300)])
        emulator.seed("Contact", [{"LastName": "Twin"} for _ in range(300)])

        def counts(statement: str) -> tuple[int, int]:
            rows = [row["attributes"]["type"] for row in sosl(api, statement)]
            return rows.count("Lead"), rows.count("Contact")

        assert counts("FIND {twin} RETURNING Lead, Contact LIMIT 20") == (10, 10)
        assert counts("FIND {twin} RETURNING Lead(Id LIMIT 5), Contact LIMIT 100") == (5, 95)
        assert counts("FIND {twin} RETURNING Lead(Id LIMIT 0), Contact") == (0, 250)
        assert counts("FIND {twin} RETURNING Lead") == (250, 0)
        assert counts("FIND {twin} RETURNING Lead(Id ORDER BY Id)") == (300, 0)
        assert counts("FIND {twin} RETURNING Lead(Id ORDER BY Id LIMIT 10 OFFSET 295)") == (5, 0)

    def test_before_v37_the_answer_was_a_list(self, emulator: SalesforceEmulator) -> None:
        rows = Api(emulator, version="36.0").get("/search", params={"q": "FIND {smythe}"}).json()
        assert [row["attributes"]["type"] for row in rows] == ["Lead"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("statement", "code", "message"),
        [
            ("", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
            ("FIND joe", "MALFORMED_SEARCH", "No search term found. The search term must be enclosed in braces."),
            ("FIND {x}", "INVALID_SEARCH", "search term must be longer than one character: x"),
            ("FIND {x*}", "INVALID_SEARCH", "search term must be longer than one character: x*"),
            (
                "FIND {name} IN ALL TYPE RETURNING Account(name)",
                "MALFORMED_SEARCH",
                "\nFIND {name} IN ALL TYPE RETURNING Account(name)\n                  ^\n"
                "ERROR at Row:1:Column:19\nMalformed search token: TYPE",
            ),
            (
                "FIND {Marie-Pier Martin}",
                "MALFORMED_SEARCH",
                "\nFIND {Marie-Pier Martin}\n          ^\n"
                "ERROR at Row:1:Column:11\nline 1:11 mismatched character '-' expecting '}'",
            ),
        ],
    )
    def test_recorded_texts(self, api: Api, statement: str, code: str, message: str) -> None:
        response = api.get("/search", params={"q": statement})
        assert response.status_code == 400
        assert response.json() == [{"message": message, "errorCode": code}]

    @pytest.mark.parametrize(
        ("statement", "code"),
        [
            ("FIND {joe} IN Accounts", "MALFORMED_SEARCH"),
            ('FIND {"John Smith}', "MALFORMED_SEARCH"),
            ("FIND {joe} RETURNING Nonsense", "INVALID_TYPE"),
            ("FIND {joe} RETURNING Lead(Nonsense)", "INVALID_FIELD"),
            ("FIND {joe} RETURNING Lead(Id WHERE Description = 'x')", "INVALID_FIELD"),
            ("FIND {joe} RETURNING Lead(Id", "MALFORMED_SEARCH"),
            ("FIND {joe} RETURNING Lead(Id OFFSET 2001)", "MALFORMED_SEARCH"),
            ("FIND {joe} RETURNING Lead(Id OFFSET 2), Contact", "MALFORMED_SEARCH"),
        ],
    )
    def test_codes(self, api: Api, statement: str, code: str) -> None:
        response = api.get("/search", params={"q": statement})
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)

    @pytest.mark.parametrize(
        "path",
        [
            "/search/scopeOrder",
            "/search/layout?q=Lead",
            "/search/suggestions?q=joe&sobject=Lead",
            "/search?q=FIND {joe} WITH SNIPPET",
            "/search?q=FIND {joe} RETURNING Lead(Id USING Listview=x)",
            "/parameterizedSearch?q=joe&dataCategory=x",
        ],
    )
    def test_what_is_not_emulated(self, api: Api, path: str) -> None:
        response = api.get(path)
        assert (response.status_code, response.json()[0]["errorCode"]) == (501, "NOT_EMULATED")


class TestParameterized:
    def records(self, response: Any) -> list[dict[str, Any]]:
        assert response.status_code == 200, response.text
        records: list[dict[str, Any]] = response.json()["searchRecords"]
        return records

    def test_by_url(self, api: Api) -> None:
        assert len(self.records(api.get("/parameterizedSearch/?q=joe"))) == 3
        rows = self.records(api.get("/parameterizedSearch?q=joe&sobject=Lead&Lead.fields=id,name&Lead.limit=10"))
        assert sorted(row["Name"] for row in rows) == ["Joe Smith", "Zoë Müller"]
        rows = self.records(api.get("/parameterizedSearch?q=joe&sobject=Lead&sobject=Contact&fields=LastName&in=NAME"))
        assert [row["LastName"] for row in rows] == ["Smith", "Smithson"]
        rows = self.records(api.get("/parameterizedSearch?q=joe&sobject=Lead,Contact&Lead.where=LastName='Smith'"))
        assert len(rows) == 2

    def test_by_body(self, api: Api) -> None:
        body = {
            "q": "joe",
            "fields": ["id", "LastName"],
            "sobjects": [
                {"name": "Lead", "fields": ["FirstName"], "where": "Company != 'x'", "orderBy": "LastName DESC"},
                {"name": "Contact", "limit": 1},
            ],
            "in": "ALL",
            "overallLimit": 100,
            "defaultLimit": 10,
        }
        rows = self.records(api.post("/parameterizedSearch", body))
        assert [row.get("FirstName") or row["LastName"] for row in rows] == ["Joe", "Zoë", "Smithson"]

    def test_a_term_is_text_and_no_expression(self, api: Api) -> None:
        assert self.records(api.post("/parameterizedSearch", {"q": "joe-smith"}))
        assert self.records(api.post("/parameterizedSearch", {"q": "(joe) {acme}"}))

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "INVALID_SEARCH"),
            ({"q": "joe", "in": "NONSENSE"}, "INVALID_SEARCH_SCOPE"),
            ({"q": "joe", "sobjects": [{"name": "Nonsense"}]}, "INVALID_TYPE"),
            ({"q": "joe", "fields": ["Nonsense"], "sobjects": [{"name": "Lead"}]}, "INVALID_FIELD"),
            ({"q": "joe", "overallLimit": "many"}, "INVALID_SEARCH"),
        ],
    )
    def test_refusals(self, api: Api, body: dict[str, Any], code: str) -> None:
        response = api.post("/parameterizedSearch", body)
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)
