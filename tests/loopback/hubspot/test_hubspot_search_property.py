"""Search agrees with a filter written down naively, whatever is asked (§4.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hubspot_session import NO_LIMITS, START, HubSpot
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import Clock

DAY = datetime(2026, 11, 1, tzinfo=UTC)
CITIES = ["Rome", "rome", "New York", "York"]
STATUSES = ["NEW", "OPEN", "CONNECTED"]
KINDS = {
    "city": "text", "hs_lead_status": "option", "followercount": "number",
    "lastmodifieddate": "stamp", "createdate": "stamp", "hs_object_id": "number",
}  # fmt: skip

people = st.fixed_dictionaries(
    {
        "city": st.none() | st.sampled_from(CITIES),
        "hs_lead_status": st.none() | st.sampled_from(STATUSES),
        "followercount": st.none() | st.integers(0, 12).map(str),
        "created": st.integers(0, 3),
        "modified": st.integers(0, 3),
    }
)


def _value(name: str) -> st.SearchStrategy[str]:
    by_kind: dict[str, st.SearchStrategy[str]] = {
        "text": st.sampled_from([*CITIES, "paris"]),
        "option": st.sampled_from([*STATUSES, "new"]),
        "number": st.integers(0, 12).map(str),
        "stamp": st.integers(-1, 4).map(lambda n: (DAY + timedelta(days=n)).isoformat()),
    }
    return st.just("3") if name == "hs_object_id" else by_kind[KINDS[name]]


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(KINDS)))
    operator = draw(
        st.sampled_from(
            ["EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN",
             "HAS_PROPERTY", "NOT_HAS_PROPERTY"]
        )
    )  # fmt: skip
    wanted: dict[str, Any] = {"propertyName": name, "operator": operator}
    if operator in ("IN", "NOT_IN"):
        wanted["values"] = draw(st.lists(_value(name), min_size=1, max_size=3))
    elif "PROPERTY" not in operator:
        wanted["value"] = draw(_value(name))
        if operator == "BETWEEN":
            wanted["highValue"] = draw(_value(name))
    return wanted


def naive(record: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """One filter on a record as the API shows it."""
    name, operator = wanted["propertyName"], wanted["operator"]
    stored = record["properties"].get(name)
    if operator == "HAS_PROPERTY":
        return stored is not None
    if operator == "NOT_HAS_PROPERTY":
        return stored is None
    if stored is None:
        return False
    value = _key(name, stored)
    if operator in ("IN", "NOT_IN"):
        given = wanted["values"]
        keys = given if KINDS[name] in ("text", "option") else [_key(name, v) for v in given]
        return (value in keys) == (operator == "IN")
    low = _key(name, wanted["value"])
    return {
        "EQ": value == low,
        "NEQ": value != low,
        "LT": value < low,
        "LTE": value <= low,
        "GT": value > low,
        "GTE": value >= low,
        "BETWEEN": low <= value <= _key(name, wanted.get("highValue", wanted["value"])),
    }[operator]


def _key(name: str, text: str) -> Any:
    kind = KINDS[name]
    if kind == "number":
        return float(text)
    if kind == "stamp":
        return datetime.fromisoformat(text)
    return text.lower() if kind == "text" else text


@settings(max_examples=settings.default.max_examples // 3)
@given(
    crowd=st.lists(people, max_size=12),
    late=st.lists(st.tuples(st.integers(0, 11), st.sampled_from(CITIES)), max_size=3),
    groups=st.lists(st.lists(filters(), min_size=1, max_size=3), max_size=3),
    sort=st.none() | st.sampled_from(sorted(KINDS)),
    descending=st.booleans(),
    limit=st.integers(1, 5),
)
def test_search_agrees_with_a_naive_filter(
    crowd: list[dict[str, Any]],
    late: list[tuple[int, str]],
    groups: list[list[dict[str, Any]]],
    sort: str | None,
    descending: bool,
    limit: int,
) -> None:
    clock = Clock(START, ticking=False)
    emulator = HubSpotEmulator(HubSpotSettings(limits=NO_LIMITS), clock)
    hs = HubSpot(emulator, clock)
    rows = [
        {
            "id": str(n),
            "properties": {k: v for k, v in person.items() if k in KINDS and v is not None},
            "createdAt": DAY + timedelta(days=person["created"]),
            "updatedAt": DAY + timedelta(days=person["modified"]),
        }
        for n, person in enumerate(crowd, 1)
    ]
    emulator.seed("contacts", rows)
    query = {"limit": 100, "properties": ",".join(KINDS)}
    indexed = hs.get("/crm/v3/objects/contacts", params=query).json()["results"]
    clock.advance(1)
    for n, city in late:  # the index does not know of these yet
        if n < len(crowd):
            hs.change("contacts", str(n + 1), city=city)

    body: dict[str, Any] = {
        "filterGroups": [{"filters": group} for group in groups],
        "properties": list(KINDS),
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

    expected = [
        record for record in indexed if not groups or any(all(naive(record, f) for f in group) for group in groups)
    ]
    name = sort or "createdate"
    have = [r for r in expected if r["properties"][name] is not None]
    have.sort(key=lambda r: int(r["id"]))
    have.sort(key=lambda r: _key(name, r["properties"][name]), reverse=descending and bool(sort))
    unset = sorted((r for r in expected if r["properties"][name] is None), key=lambda r: int(r["id"]))
    assert total == len(expected)
    assert results == have + unset
