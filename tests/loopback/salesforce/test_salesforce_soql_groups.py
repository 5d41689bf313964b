"""GROUP BY, subtotals, HAVING, aggregates, and functions of dates (SOQL reference)."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

ROWS: list[tuple[str | None, str | None, int | None]] = [
    ("Web", "Hot", 10),
    ("Web", None, 30),
    ("Other", "Hot", None),
    (None, "Cold", 5),
]


@pytest.fixture(autouse=True)
def leads(emulator: SalesforceEmulator) -> None:
    rows = [{"LeadSource": s, "Rating": r, "NumberOfEmployees": n} for s, r, n in ROWS]
    emulator.seed("Lead", [{"LastName": "x", "Company": "c", **row} for row in rows])


def table(api: Api, soql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in api.rows(soql)]


class TestSubtotals:
    def test_rollup(self, api: Api) -> None:
        rows = table(
            api,
            "SELECT LeadSource, Rating, GROUPING(LeadSource) s, GROUPING(Rating) r, COUNT(Id) n FROM Lead "
            "GROUP BY ROLLUP(LeadSource, Rating) ORDER BY GROUPING(LeadSource), GROUPING(Rating), LeadSource, Rating",
        )
        assert rows == [
            (None, "Cold", 0, 0, 1),
            ("Web", None, 0, 0, 1),
            ("Web", "Hot", 0, 0, 1),
            ("Other", "Hot", 0, 0, 1),
            (None, None, 0, 1, 1),
            ("Web", None, 0, 1, 2),
            ("Other", None, 0, 1, 1),
            (None, None, 1, 1, 4),
        ]

    def test_cube_has_every_combination(self, api: Api) -> None:
        rows = table(
            api,
            "SELECT LeadSource, Rating, GROUPING(LeadSource) s, GROUPING(Rating) r, COUNT(Id) n FROM Lead "
            "GROUP BY CUBE(LeadSource, Rating) HAVING GROUPING(LeadSource) = 1 ORDER BY GROUPING(Rating), Rating",
        )
        assert rows == [(None, None, 1, 0, 1), (None, "Hot", 1, 0, 2), (None, "Cold", 1, 0, 1), (None, None, 1, 1, 4)]

    def test_subtotals_of_nothing_are_none(self, api: Api) -> None:
        assert api.rows("SELECT Rating, COUNT(Id) FROM Lead WHERE Title = 'x' GROUP BY ROLLUP(Rating)") == []

    @pytest.mark.parametrize(
        "clause",
        ["ROLLUP(LeadSource), Rating", "ROLLUP(LeadSource, Rating, Company, Title)", "CUBE()", "ROLLUP(LeadSource"],
    )
    def test_refusals(self, api: Api, clause: str) -> None:
        assert api.query_error(f"SELECT COUNT(Id) FROM Lead GROUP BY {clause}")[0] == "MALFORMED_QUERY"
        assert api.query_error("SELECT GROUPING(Rating) FROM Lead GROUP BY Rating")[0] == "MALFORMED_QUERY"


class TestAggregates:
    def test_nulls_are_left_out_but_of_counts_of_ids(self, api: Api) -> None:
        row = api.rows(
            "SELECT COUNT(Id), COUNT(Rating), COUNT_DISTINCT(Rating), AVG(NumberOfEmployees), SUM(NumberOfEmployees),"
            " MIN(NumberOfEmployees), MAX(NumberOfEmployees) FROM Lead"
        )[0]
        assert list(row.values()) == [4, 3, 2, 15.0, 45.0, 5, 30]
        assert list(row) == [f"expr{n}" for n in range(7)]

    def test_of_nothing_there_is_one_row_without_groups_and_none_with(self, api: Api) -> None:
        none = "FROM Lead WHERE Title = 'x'"
        assert api.rows(f"SELECT COUNT(Id), SUM(NumberOfEmployees) {none}") == [{"expr0": 0, "expr1": None}]
        assert api.rows(f"SELECT Rating, COUNT(Id) {none} GROUP BY Rating") == []

    def test_picklists_go_by_the_order_of_their_values(self, api: Api) -> None:
        """Hot, Warm, Cold: not the alphabet's order."""
        assert api.rows("SELECT MIN(Rating), MAX(Rating) FROM Lead") == [{"expr0": "Hot", "expr1": "Cold"}]
        ratings = [r["Rating"] for r in api.rows("SELECT Rating FROM Lead ORDER BY Rating")]
        assert ratings == [None, "Hot", "Hot", "Cold"]
        ratings = [r["Rating"] for r in api.rows("SELECT Rating FROM Lead ORDER BY Rating DESC NULLS LAST")]
        assert ratings == ["Cold", "Hot", "Hot", None]

    @pytest.mark.parametrize(
        ("call", "field"),
        [
            ("SUM(Rating)", "Rating"),
            ("AVG(CreatedDate)", "CreatedDate"),
            ("COUNT(IsConverted)", "IsConverted"),
            ("MAX(Description)", "Description"),
            ("COUNT_DISTINCT(Address)", "Address"),
        ],
    )
    def test_types_that_take_no_such_aggregate(self, api: Api, call: str, field: str) -> None:
        code, message = api.query_error(f"SELECT {call} FROM Lead")
        text = f"field {field} does not support aggregate operator {call.split('(')[0]}"
        assert (code, message.split("\n")[-1]) == ("MALFORMED_QUERY", text)

    def test_count_stands_alone_and_ends_at_the_limit(self, api: Api) -> None:
        assert api.query("SELECT count() FROM Lead LIMIT 3") == {"totalSize": 3, "done": True, "records": []}
        for soql in (
            "SELECT COUNT(), Id FROM Lead",
            "SELECT COUNT() FROM Lead ORDER BY Id",
            "SELECT COUNT() FROM Lead GROUP BY Rating",
        ):
            assert api.query_error(soql)[0] == "MALFORMED_QUERY"

    @pytest.mark.parametrize(
        ("soql", "text"),
        [
            (
                "SELECT MAX(CreatedDate) FROM Lead LIMIT 1",
                "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
            ),
            ("SELECT Rating, MAX(Id) FROM Lead", "Field must be grouped or aggregated: Rating"),
            ("SELECT MAX(Id) FROM Lead GROUP BY Rating HAVING City = 'x'", "Field must be grouped or aggregated: City"),
            (
                "SELECT MAX(Id) FROM Lead GROUP BY Rating ORDER BY City",
                "Ordered field must be grouped or aggregated: City",
            ),
            ("SELECT Rating, COUNT(Id) n FROM Lead GROUP BY Rating ORDER BY n", "No such column 'n' on entity 'Lead'."),
            ("SELECT MAX(Id) FROM Lead GROUP BY CreatedDate", "field 'CreatedDate' can not be grouped in a query call"),
            (
                "SELECT Owner.Name, CreatedBy.Name FROM Lead GROUP BY Owner.Name, CreatedBy.Name",
                "duplicate alias: Name",
            ),
            ("SELECT COUNT(Id) FROM Lead WHERE COUNT(Id) > 1", "unexpected token: '('"),
            (
                "SELECT COUNT(Id) FROM Lead GROUP BY Rating HAVING Id IN (SELECT LeadId FROM CampaignMember)",
                "Field must be grouped or aggregated: Id",
            ),
            ("SELECT FIELDS(ALL), MIN(Id) FROM Lead GROUP BY Id LIMIT 200", "Field must be grouped or aggregated:"),
            ("SELECT Rating FROM Lead GROUP BY Rating HAVING MAX(AnnualRevenue) > USD5", "must be of type double"),
        ],
    )
    def test_refusals(self, api: Api, soql: str, text: str) -> None:
        code, message = api.query_error(soql)
        assert code in ("MALFORMED_QUERY", "INVALID_FIELD")
        assert text in message.split("\n")[-1]

    def test_more_groups_than_a_page_are_refused(self, clock: Clock) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(page_size=200), clock)
        emulator.seed("Lead", [{"LastName": str(n), "Company": "c"} for n in range(201)])
        api = Api(emulator)
        code, message = api.query_error("SELECT LastName FROM Lead GROUP BY LastName")
        assert code == "EXCEEDED_ID_LIMIT"
        assert message.startswith("Aggregate query does not support queryMore()")
        assert len(api.rows("SELECT LastName FROM Lead GROUP BY LastName LIMIT 200")) == 200
        emulator.close()

    def test_having_takes_every_operator(self, api: Api) -> None:
        soql = "SELECT LeadSource FROM Lead GROUP BY LeadSource HAVING {} ORDER BY LeadSource"
        assert table(api, soql.format("COUNT(Id) > 1 OR LeadSource LIKE 'Oth%'")) == [("Web",), ("Other",)]
        assert table(api, soql.format("NOT COUNT(Id) IN (1)")) == [("Web",)]
        assert table(api, soql.format("MAX(NumberOfEmployees) = null")) == [("Other",)]


class TestDateFunctions:
    @pytest.fixture
    def days(self, emulator: SalesforceEmulator) -> None:
        rows = [("a", "2026-01-07T23:30:00Z"), ("b", "2026-02-08T06:00:00Z"), ("c", "2026-12-31T08:00:00Z")]
        emulator.seed("Account", [{"Name": n, "CreatedDate": at, "LastModifiedDate": at} for n, at in rows])

    @pytest.mark.parametrize(
        ("function", "values"),
        [
            ("CALENDAR_YEAR", [2026, 2026, 2026]),
            ("CALENDAR_QUARTER", [1, 1, 4]),
            ("CALENDAR_MONTH", [1, 2, 12]),
            ("DAY_IN_MONTH", [7, 8, 31]),
            ("DAY_IN_WEEK", [4, 1, 5]),
            ("DAY_IN_YEAR", [7, 39, 365]),
            ("WEEK_IN_MONTH", [1, 2, 5]),
            ("WEEK_IN_YEAR", [1, 6, 53]),
            ("HOUR_IN_DAY", [23, 6, 8]),
            ("DAY_ONLY", ["2026-01-07", "2026-02-08", "2026-12-31"]),
            ("FISCAL_YEAR", [2026, 2026, 2026]),
            ("FISCAL_QUARTER", [1, 1, 4]),
        ],
    )
    def test_in_utc(self, api: Api, days: None, function: str, values: list[Any]) -> None:
        call = f"{function}(CreatedDate)"
        rows = api.rows(f"SELECT Name, {call} v FROM Account GROUP BY Name, {call} ORDER BY Name")
        assert [row["v"] for row in rows] == values
        literal = values[0]
        found = api.rows(f"SELECT Name FROM Account WHERE {call} = {literal} ORDER BY Name")
        assert [r["Name"] for r in found] == [n for n, v in zip("abc", values, strict=True) if v == literal]

    def test_in_the_users_time_zone(self, api: Api, days: None) -> None:
        call = "DAY_ONLY(convertTimezone(CreatedDate))"
        rows = api.rows(f"SELECT Name, {call} v FROM Account GROUP BY Name, {call} ORDER BY Name")
        assert [row["v"] for row in rows] == ["2026-01-07", "2026-02-07", "2026-12-31"]
        hour = "HOUR_IN_DAY(convertTimezone(CreatedDate))"
        assert [r["Name"] for r in api.rows(f"SELECT Name FROM Account WHERE {hour} = 0")] == ["c"]

    @pytest.mark.parametrize(
        "soql",
        [
            "SELECT CALENDAR_YEAR(CreatedDate), Name FROM Account",  # not grouped
            "SELECT convertTimezone(CreatedDate) FROM Account GROUP BY CreatedDate",
            "SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = THIS_YEAR",
            "SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026",
            "SELECT Id FROM Opportunity WHERE HOUR_IN_DAY(CloseDate) = 1",
            "SELECT CALENDAR_YEAR(CreatedDate) FROM Account GROUP BY DAY_ONLY(CreatedDate)",
        ],
    )
    def test_refusals(self, api: Api, soql: str) -> None:
        response = api.get("/query", params={"q": soql})
        assert response.status_code in (400, 501)

    def test_a_date_field_may_be_grouped_by_itself(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.seed("Opportunity", [{"Name": "o", "StageName": "Prospecting", "CloseDate": "2026-05-01"}])
        assert table(api, "SELECT CALENDAR_MONTH(CloseDate) FROM Opportunity GROUP BY CloseDate") == [(5,)]

    @pytest.mark.parametrize(
        ("literal", "days"),
        [
            ("THIS_FISCAL_YEAR", ["2026-07-01", "2027-06-30"]),
            ("LAST_FISCAL_QUARTER", ["2026-07-01", "2026-09-30"]),
            ("N_FISCAL_YEARS_AGO:1", ["2025-07-01", "2026-06-30"]),
            ("NEXT_N_FISCAL_QUARTERS:2", ["2027-01-01", "2027-06-30"]),
        ],
    )
    def test_a_fiscal_year_from_july(self, clock: Clock, literal: str, days: list[str]) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(fiscal_year_start_month=7), clock)
        every = {f"{year}-{day}" for year in (2025, 2026, 2027) for day in ("01-01", "06-30", "07-01", "09-30")}
        emulator.seed("Opportunity", [{"Name": "o", "StageName": "Prospecting", "CloseDate": day} for day in every])
        api = Api(emulator)
        rows = api.rows(f"SELECT CloseDate FROM Opportunity WHERE CloseDate = {literal} ORDER BY CloseDate")
        assert [rows[0]["CloseDate"], rows[-1]["CloseDate"]] == days
        soql = "SELECT FISCAL_YEAR(CloseDate), FISCAL_QUARTER(CloseDate), FISCAL_MONTH(CloseDate) FROM Opportunity"
        assert table(api, f"{soql} WHERE CloseDate = 2026-09-30 GROUP BY CloseDate") == [(2027, 1, 3)]
        emulator.close()
