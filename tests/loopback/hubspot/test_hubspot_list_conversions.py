"""Lists that become static, and their sizes over time (fact sheet §9.5, §12; the public specification)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

LISTS = "/crm/v3/lists"
BRANCH = {
    "filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": [
        {"filterBranchType": "AND", "filterBranchOperator": "AND", "filterBranches": [], "filters": [
            {"filterType": "PROPERTY", "property": "city", "operation": {
                "operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": ["Rome"],
                "includeObjectsWithNoValueSet": False}}]}],
}  # fmt: skip
TOMORROW = {"conversionType": "CONVERSION_DATE", "year": 2026, "month": 11, "day": 23}
HOUR, DAY = 3_600, 86_400


def romans(hs: HubSpot, name: str = "Romans") -> str:
    body = {"name": name, "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": BRANCH}
    list_id: str = hs.post(LISTS, json=body).json()["list"]["listId"]
    return list_id


def members(hs: HubSpot, list_id: str) -> list[str]:
    return [entry["recordId"] for entry in hs.get(f"{LISTS}/{list_id}/memberships").json()["results"]]


def schedule(hs: HubSpot, list_id: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = hs.put(f"{LISTS}/{list_id}/schedule-conversion", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_list_becomes_static_at_the_portals_midnight(hs: HubSpot) -> None:
    """US/Eastern is five hours behind: 5 o'clock UTC."""
    list_id, one = romans(hs), hs.contact("a@example.com", city="Rome")
    assert schedule(hs, list_id, TOMORROW) == {"listId": list_id, "requestedConversionTime": TOMORROW}
    hs.clock.advance(16 * HOUR)
    assert "convertedAt" not in hs.get(f"/crm/lists/2026-09/{list_id}/schedule-conversion").json()
    hs.clock.advance(HOUR)
    late = hs.contact("late@example.com", city="Rome")
    assert members(hs, list_id) == [one]
    assert hs.get(f"{LISTS}/{list_id}/schedule-conversion").json()["convertedAt"] == "2026-11-23T05:00:00Z"
    found = hs.get(f"{LISTS}/{list_id}").json()["list"]
    assert found["processingType"] == "SNAPSHOT"
    assert hs.put(f"{LISTS}/{list_id}/memberships/add", json=[late]).json()["recordsIdsAdded"] == [late]


@pytest.mark.parametrize("becomes", ["SNAPSHOT", "MANUAL"])
def test_what_it_becomes_is_a_switch(portal: Portal, becomes: str) -> None:
    hs = portal(converted_list_type=becomes)
    list_id = romans(hs)
    schedule(hs, list_id, TOMORROW)
    hs.clock.advance(DAY)
    assert hs.get(f"{LISTS}/{list_id}").json()["list"]["processingType"] == becomes


def test_a_list_that_rests_becomes_static(hs: HubSpot) -> None:
    list_id = romans(hs)
    schedule(hs, list_id, {"conversionType": "INACTIVITY", "offset": 2, "timeUnit": "DAY"})
    hs.clock.advance(DAY)
    one = hs.contact("a@example.com", city="Rome")
    assert members(hs, list_id) == [one]
    hs.clock.advance(DAY)
    assert hs.get(f"{LISTS}/{list_id}").json()["list"]["processingType"] == "DYNAMIC"
    hs.clock.advance(DAY)
    hs.change("contacts", one, city="Oslo")
    assert members(hs, list_id) == [one]


def test_who_changed_after_the_conversion_stays_as_last_seen(hs: HubSpot) -> None:
    list_id, one = romans(hs), hs.contact("a@example.com", city="Rome")
    assert members(hs, list_id) == [one]
    schedule(hs, list_id, TOMORROW)
    hs.clock.advance(DAY)
    hs.change("contacts", one, city="Oslo")
    assert members(hs, list_id) == [one]


def test_a_conversion_is_called_off(hs: HubSpot) -> None:
    list_id = romans(hs)
    path = f"{LISTS}/{list_id}/schedule-conversion"
    assert hs.get(path).status_code == 404
    schedule(hs, list_id, TOMORROW)
    assert hs.delete(path).status_code == 204
    assert hs.get(path).status_code == 404
    hs.clock.advance(2 * DAY)
    assert hs.get(f"{LISTS}/{list_id}").json()["list"]["processingType"] == "DYNAMIC"


@pytest.mark.parametrize(
    "body",
    [
        TOMORROW | {"year": 2**31},
        TOMORROW | {"year": 1},
        {"conversionType": "INACTIVITY", "timeUnit": "DAY", "offset": 10**18},
        {},
        {**TOMORROW, "month": 13},
        {**TOMORROW, "day": "23"},
        {"conversionType": "INACTIVITY", "offset": 0, "timeUnit": "DAY"},
        {"conversionType": "INACTIVITY", "offset": 1, "timeUnit": "YEAR"},
    ],
)
def test_refused_conversions(hs: HubSpot, body: dict[str, Any]) -> None:
    assert hs.put(f"{LISTS}/{romans(hs)}/schedule-conversion", json=body).status_code == 400


def test_a_list_made_by_hand_is_static_already(hs: HubSpot) -> None:
    made = hs.post(LISTS, json={"name": "By hand", "objectTypeId": "0-1", "processingType": "MANUAL"}).json()["list"]
    assert hs.put(f"{LISTS}/{made['listId']}/schedule-conversion", json=TOMORROW).status_code == 400


def test_sizes_and_edits_over_time(hs: HubSpot) -> None:
    list_id = romans(hs)
    path = f"{LISTS}/{list_id}/size-and-edits-history/between"
    hs.clock.advance(HOUR)
    one = hs.contact("a@example.com", city="Rome")
    hs.clock.advance(HOUR)
    hs.contact("b@example.com", city="Rome")
    hs.put(f"{LISTS}/{list_id}/update-list-name", params={"listName": "Citizens"})
    assert hs.get(path).json() == {
        "editHistory": ["2026-11-22T14:00:00.500Z"],
        "sizeHistory": [
            {"size": 0, "timestamp": "2026-11-22T12:00:00.500Z"},
            {"size": 1, "timestamp": "2026-11-22T13:00:00.500Z"},
            {"size": 2, "timestamp": "2026-11-22T14:00:00.500Z"},
        ],
    }
    span = {"startDate": "2026-11-22T12:30:00Z", "endDate": "2026-11-22T13:30:00Z"}
    assert hs.get(path, params=span).json()["sizeHistory"] == [{"size": 1, "timestamp": "2026-11-22T13:00:00.500Z"}]
    hs.change("contacts", one, city="Oslo")
    assert hs.get(path).json()["sizeHistory"][-1]["size"] == 1
    assert hs.get(path, params={"startDate": "x"}).status_code == 400
    dated = hs.get(f"/crm/lists/2026-09/{list_id}/size-and-edits-history/between")
    assert dated.status_code == 404  # the one endpoint that the dated line lacks
