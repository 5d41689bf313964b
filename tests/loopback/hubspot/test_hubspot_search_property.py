"""Search agrees with a filter written down naively, whatever is asked (§4.4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, START, HubSpot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.hubspot.search.query import OPERATORS
from connectors.loopback.kit import Clock

DAY = datetime(2026, 11, 1, tzinfo=UTC)
CITIES = ["Rome", "rome", "New York", "York"]
STATUSES = ["NEW", "OPEN", "CONNECTED"]
TITLES = ["VP Sales", "vp, sales-ops", "Sales", "Salesman", "Head of vp_sales", "*"]
TOKENS = ["sales", "VP", "vp*", "*man", "v*ops", "vp sales", "ales", "head of", "*"]
NAMES = ["Ann", "Bo Ann", "Cyd"]
ROLES = ["BLOCKER", "BUDGET_HOLDER", "CHAMPION"]
KINDS = {
    "city": "text", "jobtitle": "text", "hs_lead_status": "option", "followercount": "number",
    "closedate": "stamp", "lastmodifieddate": "stamp", "createdate": "stamp", "hs_object_id": "number",
    "hs_buying_role": "options",
}  # fmt: skip
ORDERED = sorted(name for name, kind in KINDS.items() if kind != "options")
# What each kind of property is asked; every operator is among them.
PRESENCE = ["HAS_PROPERTY", "NOT_HAS_PROPERTY"]
LISTS = ["IN", "NOT_IN"]
COMPARISONS = ["EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN"]
ASKED = {
    "text": [*PRESENCE, *LISTS, *COMPARISONS, "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"],
    "option": [*PRESENCE, *LISTS, *COMPARISONS],
    "options": [*PRESENCE, *LISTS],
    "number": [*PRESENCE, *LISTS, *COMPARISONS],
    "stamp": [*PRESENCE, *LISTS, *COMPARISONS],
}
NEGATIVE = ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")


def _moment(days: int) -> datetime:
    return DAY + timedelta(days=days)


people = st.fixed_dictionaries(
    {
        "city": st.none() | st.sampled_from(CITIES),
        "hs_lead_status": st.none() | st.sampled_from(STATUSES),
        "followercount": st.none() | st.integers(0, 12).map(str),
        "jobtitle": st.none() | st.sampled_from(TITLES),
        "firstname": st.none() | st.sampled_from(NAMES),
        "closedate": st.none() | st.integers(0, 3).map(lambda n: _moment(n).isoformat()),
        "hs_buying_role": st.none() | st.lists(st.sampled_from(ROLES), min_size=1, unique=True).map(";".join),
        "created": st.integers(0, 3),
        "modified": st.integers(0, 3),
    }
)


def _value(name: str) -> st.SearchStrategy[str]:
    by_kind: dict[str, st.SearchStrategy[str]] = {
        "text": st.sampled_from([*CITIES, "paris"]) if name == "city" else st.sampled_from(TITLES),
        "option": st.sampled_from([*STATUSES, "new"]),
        "options": st.sampled_from(ROLES),
        "number": st.integers(0, 12).map(str),
        "stamp": st.integers(-1, 4).flatmap(lambda n: st.sampled_from(_spellings(_moment(n)))),
    }
    return st.just("3") if name == "hs_object_id" else by_kind[KINDS[name]]


def _spellings(at: datetime) -> list[str]:
    """ISO, and epoch milliseconds as text."""
    return [at.isoformat(), str(int(at.timestamp() * 1000))]


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(KINDS)))
    operator = draw(st.sampled_from(ASKED[KINDS[name]]))
    wanted: dict[str, Any] = {"propertyName": name, "operator": operator}
    if operator in LISTS:
        wanted["values"] = draw(st.lists(_value(name), min_size=1, max_size=3))
    elif "TOKEN" in operator:
        wanted["value"] = draw(st.sampled_from(TOKENS))
    elif operator not in PRESENCE:
        wanted["value"] = draw(_value(name))
        if operator == "BETWEEN":
            wanted["highValue"] = draw(_value(name))
    return wanted


def naive(record: dict[str, Any], wanted: dict[str, Any], *, unset_is_other: bool) -> bool:
    """One filter on a record as the API shows it."""
    name, operator = wanted["propertyName"], wanted["operator"]
    stored = record["properties"].get(name)
    if operator == "HAS_PROPERTY":
        return stored is not None
    if operator == "NOT_HAS_PROPERTY":
        return stored is None
    if stored is None:
        return unset_is_other and operator in NEGATIVE
    if operator in LISTS:
        given = wanted["values"]
        keys = [_key(name, v) for v in given] if KINDS[name] in ("number", "stamp") else given
        held = stored.split(";") if KINDS[name] == "options" else [_key(name, stored)]
        return any(one in keys for one in held) == (operator == "IN")
    if "TOKEN" in operator:
        return has_token(stored, wanted["value"]) == (operator == "CONTAINS_TOKEN")
    value, low = _key(name, stored), _key(name, wanted["value"])
    return {
        "EQ": value == low,
        "NEQ": value != low,
        "LT": value < low,
        "LTE": value <= low,
        "GT": value > low,
        "GTE": value >= low,
        "BETWEEN": low <= value <= _key(name, wanted.get("highValue", wanted["value"])),
    }[operator]


def has_token(text: str, token: str) -> bool:
    """Some run of the text that neither begins nor ends inside a word; ``*`` is any characters."""
    text, token = text.lower(), token.lower()

    def inside(at: int) -> bool:
        return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")

    ends = range(len(text) + 1)
    runs = (text[a:b] for a in ends for b in ends if a <= b and not inside(a - 1) and not inside(b))
    return any(_wild(run, token) for run in runs)


def _wild(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(_wild(text[at:], pattern[1:]) for at in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and _wild(text[1:], pattern[1:])


def says(record: dict[str, Any], query: str) -> bool:
    """``query``: each of its words occurs in what the search looks at."""
    return all(word in (record["properties"].get("firstname") or "").lower() for word in query.lower().split())


def _key(name: str, text: str) -> Any:
    kind = KINDS[name]
    if kind == "number":
        return float(text)
    if kind == "stamp":
        return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isdigit() else datetime.fromisoformat(text)
    return text.lower() if kind == "text" else text


def test_every_operator_is_among_those_generated() -> None:
    assert {operator for asked in ASKED.values() for operator in asked} == set(OPERATORS)


_searches = given(
    crowd=st.lists(people, max_size=12),
    late=st.lists(st.tuples(st.integers(0, 11), st.sampled_from(CITIES)), max_size=3),
    groups=st.lists(st.lists(filters(), min_size=1, max_size=3), max_size=3),
    loose=st.lists(filters(), max_size=2),
    words=st.sampled_from(["", "", "ann", "BO ann", "nobody"]),
    sort=st.none() | st.sampled_from(ORDERED),
    descending=st.booleans(),
    limit=st.integers(1, 5),
    unset_is_other=st.booleans(),
)


def check_search(
    crowd: list[dict[str, Any]],
    late: list[tuple[int, str]],
    groups: list[list[dict[str, Any]]],
    loose: list[dict[str, Any]],
    words: str,
    sort: str | None,
    descending: bool,
    limit: int,
    unset_is_other: bool,
) -> None:
    clock = Clock(START, ticking=False)
    settings_ = HubSpotSettings(limits=NO_LIMITS, negative_filters_match_unset=unset_is_other)
    emulator = HubSpotEmulator(settings_, clock)
    hs = HubSpot(emulator, clock)
    rows = [
        {
            "id": str(n),
            "properties": {k: v for k, v in person.items() if k not in ("created", "modified") and v is not None},
            "createdAt": DAY + timedelta(days=person["created"]),
            "updatedAt": DAY + timedelta(days=person["modified"]),
        }
        for n, person in enumerate(crowd, 1)
    ]
    emulator.seed("contacts", rows)
    shown = [*KINDS, "firstname"]
    query = {"limit": 100, "properties": ",".join(shown)}
    indexed = hs.get("/crm/v3/objects/contacts", params=query).json()["results"]
    clock.advance(1)
    for n, city in late:  # the index does not know of these yet
        if n < len(crowd):
            hs.change("contacts", str(n + 1), city=city)

    body: dict[str, Any] = {
        "filterGroups": [{"filters": group} for group in groups],
        "filters": loose,
        "query": words,
        "properties": shown,
        "limit": limit,
    }
    if sort:
        body["sorts"] = [{"propertyName": sort, "direction": "DESCENDING" if descending else "ASCENDING"}]
    results: list[dict[str, Any]] = []
    total, after = 0, 0
    while after <= total:
        page = hs.search(**body, after=after)
        total = page["total"]
        results += page["results"]
        after += limit
    emulator.close()

    either = [*groups, loose] if loose else groups
    expected = [
        record
        for record in indexed
        if says(record, words)
        and (not either or any(all(naive(record, f, unset_is_other=unset_is_other) for f in group) for group in either))
    ]
    name = sort or "createdate"
    have = [r for r in expected if r["properties"][name] is not None]
    have.sort(key=lambda r: int(r["id"]))
    have.sort(key=lambda r: _key(name, r["properties"][name]), reverse=descending and bool(sort))
    unset = sorted((r for r in expected if r["properties"][name] is None), key=lambda r: int(r["id"]))
    assert total == len(expected)
    assert results == have + unset


@settings(max_examples=50)
@_searches
def test_search_agrees_with_a_naive_filter(**search: Any) -> None:
    check_search(**search)


@pytest.mark.long
@settings(max_examples=4_000)
@_searches
def test_thousands_of_searches_agree_with_a_naive_filter(**search: Any) -> None:
    check_search(**search)


@pytest.fixture(scope="module")
def crowd() -> Iterator[HubSpot]:
    """Every value of every property, and records without any."""
    clock = Clock(START, ticking=False)
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), clock)
    pools = {
        "city": [None, *CITIES], "jobtitle": [None, *TITLES], "hs_lead_status": [None, *STATUSES],
        "followercount": [None, "0", "3", "12"], "closedate": [None, *(_moment(n).isoformat() for n in range(3))],
        "hs_buying_role": [None, "BLOCKER", "CHAMPION;BLOCKER"],
    }  # fmt: skip
    rows = []
    for n in range(60):
        held = {name: pool[n % len(pool)] for name, pool in pools.items()}
        properties = {name: value for name, value in held.items() if value is not None}
        rows.append(
            {"id": str(n + 1), "properties": properties, "createdAt": _moment(n % 4), "updatedAt": _moment(n % 3)}
        )
    emulator.seed("contacts", rows)
    yield HubSpot(emulator, clock)
    emulator.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(filters(), min_size=15, max_size=15))
def test_single_filters_agree_with_naive_ones(crowd: HubSpot, wanted: list[dict[str, Any]]) -> None:
    everyone = crowd.search(limit=100, properties=list(KINDS))["results"]
    for one in wanted:
        found = {record["id"] for record in crowd.search(limit=100, filters=[one])["results"]}
        assert found == {r["id"] for r in everyone if naive(r, one, unset_is_other=False)}, one
