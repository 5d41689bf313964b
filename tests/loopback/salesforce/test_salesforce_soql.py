"""SOQL: what it selects, filters, orders, groups, and how it refuses [sheet 6]."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator


def names(api: Api, condition: str, sobject: str = "Lead") -> list[str]:
    return [r["LastName"] for r in api.rows(f"SELECT LastName FROM {sobject} WHERE {condition}")]


class TestSelect:
    def test_names_in_any_case_come_back_in_their_own(self, api: Api) -> None:
        api.lead(FirstName="Ada")
        row = api.query("select ID, firstname, owner.NAME from lead")["records"][0]
        assert list(row) == ["attributes", "Id", "FirstName", "Owner"]
        assert row["attributes"]["type"] == "Lead"
        assert list(row["Owner"]) == ["attributes", "Name"]

    def test_parents_up_to_five_levels(self, api: Api) -> None:
        top = api.create("Account", Name="Top")
        middle = api.create("Account", Name="Middle", ParentId=top)
        contact = api.create("Contact", LastName="x", AccountId=middle)
        row = api.query("SELECT Account.Parent.Owner.Name, Account.Name FROM Contact")["records"][0]
        assert row["Account"]["Parent"]["Owner"]["Name"] == "Integration"
        assert row["Account"]["Name"] == "Middle"
        assert row["Account"]["attributes"]["type"] == "Account"
        api.patch(f"/sobjects/Contact/{contact}", {"AccountId": None})
        assert api.rows("SELECT Account.Name FROM Contact") == [{"Account": None}]

    def test_a_polymorphic_parent_is_a_Name(self, api: Api, emulator: SalesforceEmulator) -> None:
        queue = emulator.add_queue("Inbound", ["Lead"])
        api.lead(OwnerId=queue)
        owner = api.rows("SELECT Owner.Name, Owner.Type FROM Lead")[0]["Owner"]
        assert owner["attributes"]["type"] == "Name"
        assert owner["attributes"]["url"].endswith(f"/sobjects/Group/{queue}")
        assert (owner["Name"], owner["Type"]) == ("Inbound", "Queue")
        assert api.query_error("SELECT Owner.Company FROM Lead")[0] == "INVALID_FIELD"

    def test_typeof(self, api: Api) -> None:
        api.create("Task", WhoId=api.lead())
        api.create("Task", WhoId=api.create("Contact", LastName="C", Title="CTO"))
        soql = "SELECT TYPEOF Who WHEN Lead THEN Company WHEN Contact THEN Title END FROM Task ORDER BY Id"
        lead, contact = (row["Who"] for row in api.rows(soql))
        assert (lead["attributes"]["type"], lead["Company"]) == ("Lead", "Acme")
        assert (contact["attributes"]["type"], contact["Title"]) == ("Contact", "CTO")

    def test_children_have_their_own_filter_order_and_limit(self, api: Api) -> None:
        lead = api.lead()
        for subject in ("b", "a", "c", "x"):
            api.create("Task", WhoId=lead, Subject=subject)
        soql = "SELECT Id, (SELECT Subject FROM Tasks WHERE Subject != 'x' ORDER BY Subject LIMIT 2) FROM Lead"
        tasks = api.rows(soql)[0]["Tasks"]
        assert [task["Subject"] for task in tasks["records"]] == ["a", "b"]

    def test_addresses_are_compound(self, api: Api) -> None:
        api.lead(City="Bonn", Country="DE")
        row = api.rows("SELECT Address FROM Lead")[0]
        assert row["Address"]["city"] == "Bonn"
        assert list(row["Address"]) == sorted(row["Address"])
        api.delete(f"/sobjects/Lead/{api.rows('SELECT Id FROM Lead')[0]['Id']}")
        api.lead()
        assert api.rows("SELECT Address FROM Lead") == [{"Address": None}]

    def test_fields_all_needs_a_limit(self, api: Api) -> None:
        api.lead()
        assert api.query_error("SELECT FIELDS(ALL) FROM Lead")[0] == "MALFORMED_QUERY"
        row = api.rows("SELECT FIELDS(ALL) FROM Lead LIMIT 200")[0]
        assert {"Id", "Name", "HS_Id__c", "Address"} <= set(row)
        assert set(api.rows("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 1")[0]) == {"HS_Id__c"}

    def test_aliases_of_the_object(self, api: Api) -> None:
        api.lead()
        assert api.rows("SELECT l.LastName, l.Owner.Name FROM Lead l WHERE l.Company = 'Acme'")


class TestFilter:
    @pytest.fixture(autouse=True)
    def leads(self, emulator: SalesforceEmulator) -> None:
        rows: list[dict[str, Any]] = [
            {"LastName": "A", "Title": "CTO", "NumberOfEmployees": 10, "AnnualRevenue": 1e6},
            {"LastName": "B", "Title": "cto", "NumberOfEmployees": 20, "Email": "b@example.com"},
            {"LastName": "C", "Title": "50%_off", "IsUnreadByOwner": False},
            {"LastName": "D"},
        ]
        emulator.seed("Lead", [{"Company": "Acme", **row} for row in rows])

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("Title = 'CTO'", "AB"),
            ("Title != 'CTO'", "CD"),  # a null differs from everything
            ("NOT Title = 'CTO'", "CD"),
            ("Title IN ('cto', null)", "ABD"),
            ("Title NOT IN ('cto')", "CD"),
            ("Title = null", "D"),
            ("Title = ''", "D"),
            ("Title <> NULL", "ABC"),
            ("Title LIKE 'c%'", "AB"),
            ("Title LIKE '50\\%\\_%'", "C"),
            ("NOT (Title LIKE 'c%')", "CD"),
            ("NumberOfEmployees > 10", "B"),
            ("NumberOfEmployees <= 10", "A"),
            ("NOT NumberOfEmployees > 10", "ACD"),
            ("AnnualRevenue = 1000000", "A"),
            ("IsUnreadByOwner = false", "C"),
            ("IsUnreadByOwner != true", "C"),
            ("Title = 'cto' AND NumberOfEmployees = 20", "B"),
            ("(Title = 'cto' AND NumberOfEmployees = 20) OR LastName = 'D'", "BD"),
            ("Title = 'x' OR LastName = 'C' OR LastName = 'A'", "AC"),
            ("Owner.Name = 'integration' AND LastName < 'C'", "AB"),
            ("Id IN (SELECT LeadId FROM CampaignMember)", ""),
            ("Id NOT IN (SELECT LeadId FROM CampaignMember WHERE LeadId != null)", "ABCD"),
            ("CreatedDate = TODAY", "ABCD"),
            ("CreatedDate = YESTERDAY", ""),
            ("CreatedDate = LAST_N_DAYS:1", "ABCD"),
            ("CreatedDate >= 2026-11-24T13:00:00+01:00", "ABCD"),
            ("CreatedDate > 2026-11-24T12:00:00.000Z", ""),
            ("CALENDAR_YEAR(CreatedDate) = 2026", "ABCD"),
            ("DAY_ONLY(CreatedDate) = 2026-11-24", "ABCD"),
        ],
    )
    def test_conditions(self, api: Api, condition: str, expected: str) -> None:
        assert sorted(names(api, condition)) == list(expected)

    def test_milliseconds_of_a_literal_are_dropped(self, api: Api) -> None:
        assert len(names(api, "SystemModstamp >= 2026-11-24T12:00:00.900Z")) == 4

    def test_and_and_or_do_not_mix_without_parentheses(self, api: Api) -> None:
        code, message = api.query_error("SELECT Id FROM Lead WHERE Title = 'a' AND Title = 'b' OR Title = 'c'")
        assert code == "MALFORMED_QUERY"
        assert message.endswith("unexpected token: 'OR'")

    @pytest.mark.parametrize(
        ("condition", "code"),
        [
            ("Description = 'x'", "INVALID_FIELD"),
            ("NumberOfEmployees = '10'", "INVALID_FIELD"),
            ("Title = 10", "INVALID_FIELD"),
            ("CreatedDate = '2026-11-24T12:00:00Z'", "INVALID_FIELD"),
            ("CreatedDate = 2026-11-24", "INVALID_FIELD"),
            ("Id = 'garbage'", "INVALID_QUERY_FILTER_OPERATOR"),
            ("Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR"),
            ("Title IN ()", "MALFORMED_QUERY"),
            ("Title = 'it''s'", "MALFORMED_QUERY"),
            ("Title = '\\q'", "MALFORMED_QUERY"),
            ("Title = 'open", "MALFORMED_QUERY"),
            ("Nonsense__r.Name = 'x'", "INVALID_FIELD"),
            (f"Title = '{'x' * 4001}'", "MALFORMED_QUERY"),
        ],
    )
    def test_refusals(self, api: Api, condition: str, code: str) -> None:
        assert api.query_error(f"SELECT Id FROM Lead WHERE {condition}")[0] == code

    def test_strings_are_escaped(self, api: Api) -> None:
        api.lead(LastName='O\'Brien \\ "x"')
        assert names(api, "LastName = 'O\\'Brien \\\\ \\\"x\\\"'") == ['O\'Brien \\ "x"']
        assert names(api, "LastName LIKE 'O\\'Brien \\\\%'") == ['O\'Brien \\ "x"']

    def test_case_sensitive_keys(self, api: Api) -> None:
        api.lead(HS_Id__c="abC")
        assert names(api, "HS_Id__c = 'abc'") == []
        assert names(api, "HS_Id__c = 'abC'") == ["Meyer"]

    def test_hundreds_of_alternatives(self, api: Api) -> None:
        many = " OR ".join(f"LastName = 'X{n}'" for n in range(400))
        assert names(api, f"{many} OR LastName = 'D'") == ["D"]


class TestOrder:
    def test_nulls_come_first_unless_asked(self, api: Api, emulator: SalesforceEmulator) -> None:
        rows = [("A", None), ("B", "x"), ("C", "y")]
        emulator.seed("Lead", [{"LastName": n, "Title": t, "Company": "c"} for n, t in rows])

        def order(clause: str) -> str:
            found = api.rows(f"SELECT LastName FROM Lead ORDER BY {clause}")
            return "".join(row["LastName"] for row in found)

        assert order("Title") == "ABC"
        assert order("Title ASC NULLS LAST") == "BCA"
        assert order("Title DESC") == "ACB"
        assert order("Title DESC NULLS LAST") == "CBA"
        assert order("Owner.Name, LastName DESC LIMIT 2") == "CB"
        assert order("LastName LIMIT 1 OFFSET 1") == "B"

    def test_long_text_cannot_be_sorted(self, api: Api) -> None:
        code, message = api.query_error("SELECT Id FROM Lead ORDER BY Description")
        assert code == "INVALID_FIELD"
        assert message.endswith("field 'Description' can not be sorted in a query call")

    def test_offsets_end_at_2000(self, api: Api) -> None:
        code, _ = api.query_error("SELECT Id FROM Lead OFFSET 2001")
        assert code == "NUMBER_OUTSIDE_VALID_RANGE"

    def test_a_poll_uses_the_index(self, emulator: SalesforceEmulator) -> None:
        plan = emulator.org.store.db.execute(
            'EXPLAIN QUERY PLAN SELECT t.rowid FROM "Lead" t WHERE t."IsDeleted" = 0 AND '
            't."SystemModstamp" >= ? ORDER BY t."SystemModstamp", t."Id"',
            ("2026",),
        ).fetchall()
        assert [row[3] for row in plan] == ["SEARCH t USING COVERING INDEX Lead~modstamp (SystemModstamp>?)"]


class TestAggregates:
    @pytest.fixture(autouse=True)
    def leads(self, emulator: SalesforceEmulator) -> None:
        rows = [("Web", 10), ("Web", 30), (None, 5), ("Other", None)]
        emulator.seed(
            "Lead",
            [{"LastName": "x", "Company": "c", "LeadSource": s, "NumberOfEmployees": n}
             for s, n in rows],
        )  # fmt: skip

    def test_count_without_records(self, api: Api) -> None:
        page = api.query("SELECT COUNT() FROM Lead WHERE LeadSource = 'Web'")
        assert page == {"totalSize": 2, "done": True, "records": []}

    def test_groups(self, api: Api) -> None:
        page = api.query(
            "SELECT LeadSource, COUNT(Id), SUM(NumberOfEmployees) total, MAX(NumberOfEmployees) "
            "FROM Lead GROUP BY LeadSource HAVING COUNT(Id) > 0 ORDER BY COUNT(Id) DESC, LeadSource"
        )
        first = page["records"][0]
        assert page["totalSize"] == 3
        assert first == {
            "attributes": {"type": "AggregateResult"},
            "LeadSource": "Web",
            "expr0": 2,
            "total": 40.0,
            "expr1": 30,
        }

    def test_what_is_not_grouped_is_refused(self, api: Api) -> None:
        code, message = api.query_error("SELECT Company, COUNT(Id) FROM Lead GROUP BY LeadSource")
        assert code == "MALFORMED_QUERY"
        assert message.endswith("Field must be grouped or aggregated: Company")

    def test_by_parent_and_by_year(self, api: Api) -> None:
        row = api.rows("SELECT Owner.Name n, COUNT(Id) FROM Lead GROUP BY Owner.Name")[0]
        assert (row["n"], row["expr0"]) == ("Integration", 4)
        row = api.rows(
            "SELECT CALENDAR_YEAR(CreatedDate), COUNT_DISTINCT(LeadSource) FROM Lead "
            "GROUP BY CALENDAR_YEAR(CreatedDate)"
        )[0]
        assert row == {"expr0": 2026, "expr1": 2}


class TestDateLiterals:
    def test_they_follow_the_users_time_zone(self, api: Api, clock: Clock) -> None:
        """07:59 UTC is still yesterday in Los Angeles."""
        for _ in range(19):
            clock.advance(3600)
            api.get("/limits")  # keeps the session alive
        clock.advance(59 * 60)
        api.lead(LastName="Night")
        clock.advance(60)
        assert names(api, "CreatedDate = YESTERDAY") == ["Night"]
        assert names(api, "CreatedDate = TODAY") == []

    @pytest.mark.parametrize(
        ("literal", "first", "last"),
        [
            ("LAST_N_WEEKS:1", "2026-11-15", "2026-11-21"),
            ("THIS_WEEK", "2026-11-22", "2026-11-28"),
            ("LAST_MONTH", "2026-10-01", "2026-10-31"),
            ("NEXT_MONTH", "2026-12-01", "2026-12-31"),
            ("THIS_QUARTER", "2026-10-01", "2026-12-31"),
            ("LAST_N_DAYS:2", "2026-11-22", "2026-11-24"),
            ("NEXT_N_DAYS:2", "2026-11-25", "2026-11-26"),
            ("LAST_YEAR", "2025-01-01", "2025-12-31"),
            ("N_DAYS_AGO:3", "2026-11-21", "2026-11-21"),
        ],
    )
    def test_spans(self, api: Api, emulator: SalesforceEmulator, literal: str, first: str, last: str) -> None:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        days = [start - timedelta(days=1), start, end, end + timedelta(days=1)]
        emulator.seed("Task", [{"Subject": d.isoformat(), "ActivityDate": d} for d in set(days)])
        rows = api.rows(f"SELECT Subject FROM Task WHERE ActivityDate = {literal}")
        assert sorted(row["Subject"] for row in rows) == sorted({first, last})


# The same conditions evaluated twice: as SOQL, and as Python over the seeded rows.

Row = dict[str, Any]

_TITLES = [None, "CTO", "cto", "Chief", "50%", "a_b", "Ärztin", "ärztin", ""]
_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SIZES = [None, 0, 5, 10, 11]
_ROWS = [
    {"LastName": f"{t}-{n}-{u}", "Company": "c", "Title": t or None, "NumberOfEmployees": n,
     "IsUnreadByOwner": u}
    for t in _TITLES for n in _SIZES for u in (True, False)
]  # fmt: skip


def _quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fold(value: str | None) -> str | None:
    return value.casefold() if value else None


def _title_is(row: Row, value: str | None) -> bool:
    return _fold(row["Title"]) == _fold(value)


def _ordered(row: Row, name: str, number: int) -> bool:
    value = row["NumberOfEmployees"]
    if value is None:
        return False
    compare: Any = getattr(operator, name)
    return bool(compare(value, number))


_titles = st.sampled_from(_TITLES)
_leaf = st.one_of(
    _titles.map(lambda t: (f"Title = {_quoted(t)}", lambda r: _title_is(r, t))),
    _titles.map(lambda t: (f"Title != {_quoted(t)}", lambda r: not _title_is(r, t))),
    st.lists(_titles, min_size=1, max_size=4).map(
        lambda ts: (
            f"Title IN ({', '.join(map(_quoted, ts))})",
            lambda r: any(_title_is(r, t) for t in ts),
        )
    ),
    st.lists(_titles, min_size=1, max_size=4).map(
        lambda ts: (
            f"Title NOT IN ({', '.join(map(_quoted, ts))})",
            lambda r: not any(_title_is(r, t) for t in ts),
        )
    ),
    st.tuples(st.sampled_from(["lt", "le", "gt", "ge"]), st.sampled_from([0, 5, 10])).map(
        lambda c: (f"NumberOfEmployees {_SIGNS[c[0]]} {c[1]}", lambda r: _ordered(r, *c))
    ),
    st.sampled_from(["c", "Ä", "50"]).map(
        lambda p: (
            f"Title LIKE '{p}%'",
            lambda r: (r["Title"] or "").casefold().startswith(p.casefold()),
        )
    ),
    st.booleans().map(lambda b: (f"IsUnreadByOwner = {str(b).lower()}", lambda r: r["IsUnreadByOwner"] == b)),
)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(lambda c: (f"NOT ({c[0]})", lambda r: not c[1](r))),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda cs: (
                " AND ".join(f"({c[0]})" for c in cs),
                lambda r: all(c[1](r) for c in cs),
            )
        ),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda cs: (
                " OR ".join(f"({c[0]})" for c in cs),
                lambda r: any(c[1](r) for c in cs),
            )
        ),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def matrix() -> Api:
    emulator = SalesforceEmulator(clock=Clock(ticking=False))
    emulator.seed("Lead", _ROWS)
    return Api(emulator)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(condition=_tree)
def test_where_agrees_with_a_naive_filter(matrix: Api, condition: tuple[str, Any]) -> None:
    soql, holds = condition
    expected = sorted(str(row["LastName"]) for row in _ROWS if holds(row))
    headers = {"Sforce-Query-Options": "batchSize=2000"}
    page = matrix.query(f"SELECT LastName FROM Lead WHERE {soql}", headers=headers)
    assert sorted(row["LastName"] for row in page["records"]) == expected
