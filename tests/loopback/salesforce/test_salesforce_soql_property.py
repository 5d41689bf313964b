"""Generated SOQL agrees with a naive filter, sort and grouping over the same rows (soql_naive)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import soql_naive as naive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from salesforce_client import Api
from soql_naive import Row, Term

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIGNS = ["=", "!=", "<", "<=", ">", ">="]
TEXTS = [None, "CTO", "cto", "Chief", "50%", "a_b", "aZb", "ärztin", "ÄRZTIN", 'O\'Neil \\ "x"', "z"]
KEYS = [None, "aB", "AB", "ab", "a*b", "[x]?"]
NUMBERS = [None, -1.5, 0.0, 2.0, 2.5, 10_000_000.0]
COUNTS = [None, 0, 7, 7_000_000]
DAYS = [
    None,
    *(date(2026, 11, 24) + timedelta(days=d) for d in (-800, -366, -91, -90, -31, -7, -1, 0, 1, 6, 35, 90, 400)),
]
TIMES = [
    None,
    *(
        START + timedelta(hours=h)
        for h in (-20_000, -8_761, -2_200, -745, -170, -30, -5, -4, 0, 19, 20, 44, 800, 9_000)
    ),
]
TAGS = [None, "red", "red;Blue", "Blue;green", "Red;blue;green"]
TIERS = ["low", "Mid", "high"]  # the picklist's order
TIER_VALUES = [None, "low", "Mid", "high", "other"]
_quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
STAGES = ["Prospecting", "Closed Won"]
TEXT_FIELDS = ["Text__c", "Account.Name", "Account.Parent.Name"]
NUMBER_FIELDS = ["Num__c", "Account.NumberOfEmployees"]
DATE_FIELDS = ["Day__c", "At__c"]


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    """Contacts with every kind of field, their accounts and these accounts' parents, and
    opportunities and campaign members to be joined with."""

    def __init__(self) -> None:
        org = SalesforceSettings(fiscal_year_start_month=naive.FISCAL_MONTH, max_header_bytes=200_000)
        self.emulator = emulator = SalesforceEmulator(org, Clock(START, ticking=False))
        for definition in (
            {"name": "Text__c"},
            {"name": "Key__c", "externalId": True, "unique": True, "caseSensitive": True},
            {"name": "Num__c", "type": "double", "scale": 2},
            {"name": "Flag__c", "type": "boolean"},
            {"name": "Day__c", "type": "date"},
            {"name": "At__c", "type": "datetime"},
            {"name": "Tags__c", "type": "multipicklist", "picklistValues": ["red", "Blue", "green"]},
            {"name": "Tier__c", "type": "picklist", "picklistValues": TIERS},
        ):
            emulator.add_field("Contact", definition)
        self.accounts = self._accounts()
        self.contacts = self._contacts()
        self.opportunities = self._joined()
        self.api = Api(emulator)

    def _seeded(self, sobject: str, rows: Sequence[Row]) -> None:
        flat = [{k: v for k, v in row.items() if not isinstance(v, dict) and v is not None} for row in rows]
        for row, record_id in zip(rows, self.emulator.seed(sobject, flat), strict=True):
            row["Id"] = record_id

    def _accounts(self) -> list[Row]:
        tops: list[Row] = [{"Name": "Alpha", "Parent": None}, {"Name": "älpha", "Parent": None}]
        self._seeded("Account", tops)
        rows = [
            {"Name": name, "NumberOfEmployees": count, "ParentId": top and top["Id"], "Parent": top}
            for name, count, top in zip(["acme", "ACME", "Zeta", "b_c"] * 3, COUNTS * 3, [None, *tops] * 4, strict=True)
        ]
        self._seeded("Account", rows)
        return rows

    def _contacts(self) -> list[Row]:
        """Every value often, in combinations that a fixed stride scatters."""
        pools: dict[str, Sequence[Any]] = {
            "Text__c": TEXTS, "Key__c": KEYS, "Num__c": NUMBERS, "Flag__c": [True, False], "Day__c": DAYS,
            "At__c": TIMES, "Tags__c": TAGS, "Tier__c": TIER_VALUES, "Account": [None, *self.accounts],
        }  # fmt: skip
        rows = []
        for n in range(160):
            row = {
                name: pool[(n * stride + n // 7) % len(pool)]
                for (name, pool), stride in zip(pools.items(), _STRIDES, strict=True)
            }
            account = row["Account"]
            rows.append({"LastName": f"{n:03}", **row, "AccountId": account and account["Id"]})
        self._seeded("Contact", rows)
        return rows

    def _joined(self) -> list[Row]:
        rows = [
            {
                "Name": f"o{n}",
                "StageName": STAGES[n % 2],
                "CloseDate": date(2026, 12, 1),
                "AccountId": account["Id"],
                "Amount": n,
            }
            for n, account in enumerate(self.accounts[::2])
        ]
        self._seeded("Opportunity", rows)
        return rows


_STRIDES = (1, 5, 7, 1, 3, 11, 2, 3, 5)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.emulator.close()


# Conditions


def text_key(found: str) -> bytes:
    return naive.capitals(found)


def exact(found: str) -> bytes:
    return found.encode()


_texts = st.sampled_from(TEXTS)
_pieces = st.sampled_from(["c", "a", "B", "%", "%", "_", "\\%", "\\_", "ä", "T", "\\\\", "\\'", "o", "z", "*", "["])
_patterns = st.lists(_pieces, min_size=1, max_size=4).map("".join)
_key_patterns = st.sampled_from(["ab", "aB", "A%", "_B", "a*%", "%*%", "[x]?", "[x]_", "%?", "a_b"])
_COUNTED_SPANS = [
    *(f"{which}_N_{unit}S" for which in ("LAST", "NEXT") for unit in naive.PERIODS),
    *(f"N_{unit}S_AGO" for unit in naive.PERIODS),
]
_ORDERED = [*TEXT_FIELDS, *NUMBER_FIELDS, *DATE_FIELDS, "Key__c", "Tier__c", "Flag__c"]
_spans = st.one_of(
    st.sampled_from(["TODAY", "YESTERDAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"]),
    st.sampled_from([f"{w}_{u}" for w in ("LAST", "THIS", "NEXT") for u in naive.PERIODS if u != "DAY"]),
    st.tuples(st.sampled_from(_COUNTED_SPANS), st.integers(1, 40)).map(lambda pair: f"{pair[0]}:{pair[1]}"),
)


@st.composite
def text_terms(draw: st.DrawFn) -> Term:
    path = draw(st.sampled_from([*TEXT_FIELDS, "Key__c", "Tier__c"]))
    key = exact if path == "Key__c" else text_key
    pool = {"Key__c": KEYS, "Tier__c": [*TIER_VALUES, "MID"], "Text__c": TEXTS}.get(
        path, ["ACME", "alpha", "ÄLPHA", "b_d", None]
    )
    kind = draw(st.sampled_from(["compare", "list", "like"]))
    if kind == "like" and path == "Key__c":
        return naive.like(path, draw(_key_patterns), minds_case=True)
    if kind == "like":
        return naive.like(path, draw(_patterns))
    if kind == "list":
        wanted = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
        return naive.listed(path, [naive.quoted(w) for w in wanted], wanted, key, inside=draw(st.booleans()))
    one = draw(st.sampled_from(pool))
    return naive.compared(path, draw(st.sampled_from(SIGNS)), naive.quoted(one), one, key)


@st.composite
def number_terms(draw: st.DrawFn) -> Term:
    path = draw(st.sampled_from(NUMBER_FIELDS))
    pool = NUMBERS if path == "Num__c" else COUNTS
    wanted = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    literals = ["null" if w is None else str(w) for w in wanted]
    if draw(st.booleans()):
        return naive.listed(path, literals, wanted, float, inside=draw(st.booleans()))
    return naive.compared(path, draw(st.sampled_from(SIGNS)), literals[0], wanted[0])


@st.composite
def date_terms(draw: st.DrawFn) -> Term:
    path, sign = draw(st.sampled_from(DATE_FIELDS)), draw(st.sampled_from(SIGNS))
    if draw(st.booleans()):
        return naive.in_span(path, sign, draw(_spans))
    if path == "Day__c":
        day = draw(st.sampled_from(DAYS))
        return naive.compared(path, sign, "null" if day is None else day.isoformat(), day)
    at = draw(st.sampled_from(TIMES))
    shown = "null" if at is None else draw(st.sampled_from([stamp, _with_offset, _with_millis]))(at)
    return naive.compared(path, sign, shown, at)


def _with_offset(at: datetime) -> str:
    return (at + timedelta(hours=5, minutes=30)).strftime("%Y-%m-%dT%H:%M:%S+05:30")


def _with_millis(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.900+0000")


@st.composite
def function_terms(draw: st.DrawFn) -> Term:
    path = draw(st.sampled_from(DATE_FIELDS))
    names = [name for name in naive.FUNCTIONS if path == "At__c" or name != "HOUR_IN_DAY"]
    local = path == "At__c" and draw(st.booleans())
    wanted = draw(st.sampled_from([0, 1, 2, 4, 11, 12, 23, 24, 48, 328, 2026, 2027]))
    return naive.of_date(draw(st.sampled_from(names)), path, draw(st.sampled_from(SIGNS)), wanted, local=local)


_flag_terms = st.tuples(st.sampled_from(["=", "!="]), st.sampled_from([True, False, None])).map(
    lambda c: naive.compared("Flag__c", c[0], str(c[1]).lower() if c[1] is not None else "null", bool(c[1]))
)
_tag_terms = st.tuples(
    st.lists(st.sampled_from(["red", "BLUE", "green;red", "Blue;Green", "none"]), min_size=1, max_size=2), st.booleans()
).map(lambda c: naive.includes("Tags__c", c[0], included=c[1]))
_leaf = st.one_of(text_terms(), text_terms(), number_terms(), date_terms(), function_terms(), _flag_terms, _tag_terms)
_tree = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(naive.negated),
        st.lists(inner, min_size=2, max_size=3).map(naive.every),
        st.lists(inner, min_size=2, max_size=3).map(naive.some),
    ),
    max_leaves=6,
)
_orders = st.lists(
    st.tuples(st.sampled_from(_ORDERED), st.booleans(), st.booleans()),
    max_size=3,
    unique_by=lambda order: order[0],
)


def order_key(path: str, found: Any) -> Any:
    if path == "Tier__c":
        rank = TIERS.index(found) if found in TIERS else len(TIERS)
        return rank, text_key(found)
    if isinstance(found, str):
        return exact(found) if path == "Key__c" else text_key(found)
    return found


def order_clause(orders: Sequence[tuple[str, bool, bool]], *rest: str) -> str:
    parts = [f"{p} {'DESC' if d else 'ASC'} NULLS {'LAST' if last else 'FIRST'}" for p, d, last in orders]
    return f" ORDER BY {', '.join([*parts, *rest])}" if parts or rest else ""


class Joins:
    """Semi-joins and anti-joins stand at the top level only."""

    def __init__(self, world: World) -> None:
        self._world = world

    def term(self, stage: str | None, *, inside: bool) -> Term:
        rows = self._world.opportunities
        ids = {row["AccountId"] for row in rows if stage is None or row["StageName"] == stage}
        where = "" if stage is None else f" WHERE StageName = '{stage.upper()}'"
        word = "IN" if inside else "NOT IN"
        return Term(
            f"AccountId {word} (SELECT AccountId FROM Opportunity{where})",
            lambda row: (row["AccountId"] in ids) == inside,
        )


_joins = st.lists(st.tuples(st.sampled_from([None, *STAGES]), st.booleans()), max_size=2)


def check_records(
    world: World,
    condition: Term,
    joins: list[tuple[str | None, bool]],
    orders: list[tuple[str, bool, bool]],
    window: tuple[int | None, int],
) -> None:
    terms = [condition, *(Joins(world).term(stage, inside=inside) for stage, inside in joins)]
    limit, offset = window
    soql = f"SELECT LastName FROM Contact WHERE {' AND '.join(t.soql for t in terms)}{order_clause(orders, 'LastName')}"
    soql += "" if limit is None else f" LIMIT {limit}"
    soql += f" OFFSET {offset}" if offset else ""
    matching = [row for row in world.contacts if all(term.holds(row) for term in terms)]
    expected = naive.ordered(matching, orders, order_key)[offset:][:limit]
    page = world.api.query(soql)
    assert [row["LastName"] for row in page["records"]] == [row["LastName"] for row in expected]
    assert page["totalSize"] == len(expected)


def check_single(world: World, term: Term) -> None:
    found = {row["LastName"] for row in world.api.rows(f"SELECT LastName FROM Contact WHERE {term.soql}")}
    assert found == {row["LastName"] for row in world.contacts if term.holds(row)}, term


@settings(max_examples=60, suppress_health_check=_quiet)
@given(terms=st.lists(_leaf, min_size=15, max_size=15))
def test_single_conditions_agree_with_naive_ones(world: World, terms: list[Term]) -> None:
    for term in terms:
        check_single(world, term)


_records = given(
    condition=_tree,
    joins=_joins,
    orders=_orders,
    window=st.tuples(st.none() | st.integers(0, 30), st.integers(0, 20)),
)


@settings(max_examples=250, suppress_health_check=_quiet)
@_records
def test_records_agree_with_a_naive_filter(world: World, **query: Any) -> None:
    check_records(world, **query)


@pytest.mark.long
@settings(max_examples=8_000, suppress_health_check=_quiet)
@_records
def test_thousands_of_queries_agree_with_a_naive_filter(world: World, **query: Any) -> None:
    check_records(world, **query)


# Groups

GROUPS: dict[str, tuple[str, Any]] = {
    "text": ("Text__c", lambda row: row["Text__c"]),
    "flag": ("Flag__c", lambda row: row["Flag__c"]),
    "tier": ("Tier__c", lambda row: row["Tier__c"]),
    "day": ("Day__c", lambda row: row["Day__c"] and row["Day__c"].isoformat()),
    "account": ("Account.Name", lambda row: naive.value(row, "Account.Name")),
    "year": ("CALENDAR_YEAR(At__c)", lambda row: naive.function_of(row, "CALENDAR_YEAR", "At__c", local=False)),
    "hour": (
        "HOUR_IN_DAY(convertTimezone(At__c))",
        lambda row: naive.function_of(row, "HOUR_IN_DAY", "At__c", local=True),
    ),
}


def _tier(row: Row) -> Any:
    return row["Tier__c"] and (order_key("Tier__c", row["Tier__c"]), row["Tier__c"])


def _present(rows: Sequence[Row], path: str) -> list[Any]:
    return [found for row in rows if (found := naive.value(row, path)) is not None]


def _numbers(rows: Sequence[Row]) -> list[float]:
    return _present(rows, "Num__c")


AGGREGATES: dict[str, Any] = {
    "COUNT(Id)": len,
    "COUNT(Text__c)": lambda rows: len(_present(rows, "Text__c")),
    "COUNT_DISTINCT(Text__c)": lambda rows: len({t.upper() for t in _present(rows, "Text__c")}),
    "COUNT_DISTINCT(Key__c)": lambda rows: len(set(_present(rows, "Key__c"))),
    "SUM(Num__c)": lambda rows: sum(_numbers(rows)) if _numbers(rows) else None,
    "AVG(Num__c)": lambda rows: sum(_numbers(rows)) / len(_numbers(rows)) if _numbers(rows) else None,
    "MIN(Num__c)": lambda rows: min(_numbers(rows), default=None),
    "MAX(Account.NumberOfEmployees)": lambda rows: max(_present(rows, "Account.NumberOfEmployees"), default=None),
    "MIN(Day__c)": lambda rows: min((d.isoformat() for d in _present(rows, "Day__c")), default=None),
    "MAX(Tier__c)": lambda rows: max((t for t in map(_tier, rows) if t), default=(0, None))[1],
    "MAX(Key__c)": lambda rows: max(_present(rows, "Key__c"), default=None),
}
COUNTED = ["COUNT(Id)", "COUNT(Text__c)", "COUNT_DISTINCT(Text__c)", "SUM(Num__c)", "AVG(Num__c)", "MIN(Num__c)"]


def group_key(found: Any) -> Any:
    return found.upper() if isinstance(found, str) else found


_having = st.recursive(
    st.tuples(st.sampled_from(COUNTED), st.sampled_from(SIGNS), st.sampled_from([None, 0, 1, 2, 5, 2.5])).map(
        lambda c: Term(
            f"{c[0]} {c[1]} {'null' if c[2] is None else c[2]}",
            lambda row: naive.compared("x", c[1], "", c[2]).holds({"x": AGGREGATES[c[0]](row["rows"])}),
        )
    ),
    lambda inner: st.one_of(inner.map(naive.negated), st.lists(inner, min_size=2, max_size=2).map(naive.some)),
    max_leaves=3,
)


def check_groups(
    world: World, condition: Term, groups: list[str], aggregates: list[str], having: Term | None, subtotals: str
) -> None:
    named = [f"{GROUPS[name][0]} g{n}" for n, name in enumerate(groups)]
    named += [f"{aggregate} a{n}" for n, aggregate in enumerate(aggregates)]
    by = ", ".join(GROUPS[name][0] for name in groups)
    soql = f"SELECT {', '.join(named)} FROM Contact WHERE {condition.soql}"
    if groups:
        soql += f" GROUP BY {subtotals}({by})" if subtotals else f" GROUP BY {by}"
        soql += f" HAVING {having.soql}" if having else ""
    matching = [row for row in world.contacts if condition.holds(row)]
    expected = []
    for kept in _sets(len(groups), subtotals):
        found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in matching:
            keys = (GROUPS[name][1](row) if n in kept else None for n, name in enumerate(groups))
            found[tuple(map(group_key, keys))].append(row)
        if not groups:
            found[()] = matching  # one row, even of nothing
        for keys, rows in found.items():
            if having is None or not groups or having.holds({"rows": rows}):
                expected.append((*keys, *(AGGREGATES[aggregate](rows) for aggregate in aggregates)))
    answer = [
        (*(group_key(row[f"g{n}"]) for n in range(len(groups))), *(row[f"a{n}"] for n in range(len(aggregates))))
        for row in world.api.rows(soql)
    ]
    assert sorted(map(_rounded, answer), key=repr) == sorted(map(_rounded, expected), key=repr)


def _sets(count: int, subtotals: str) -> list[set[int]]:
    if subtotals == "ROLLUP":
        return [set(range(kept)) for kept in range(count + 1)]
    if subtotals == "CUBE":
        return [{n for n, on in enumerate(chosen) if on} for chosen in product((True, False), repeat=count)]
    return [set(range(count))]


def _rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(float(x), 6) if isinstance(x, int | float) and not isinstance(x, bool) else x for x in row)


_groups = given(
    condition=_tree,
    groups=st.lists(st.sampled_from(sorted(GROUPS)), max_size=3, unique=True),
    aggregates=st.lists(st.sampled_from(sorted(AGGREGATES)), min_size=1, max_size=3, unique=True),
    having=st.none() | _having,
    subtotals=st.sampled_from(["", "", "ROLLUP", "CUBE"]),
)


@settings(max_examples=150, suppress_health_check=_quiet)
@_groups
def test_groups_agree_with_naive_ones(world: World, **query: Any) -> None:
    check_groups(world, **query)


@pytest.mark.long
@settings(max_examples=4_000, suppress_health_check=_quiet)
@_groups
def test_thousands_of_groups_agree_with_naive_ones(world: World, **query: Any) -> None:
    check_groups(world, **query)
