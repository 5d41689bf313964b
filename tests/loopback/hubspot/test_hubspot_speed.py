"""A page costs the same in a small and in a large portal, counted in SQLite's own steps.

``python -m bench.emulators`` measures what that is in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hubspot_session import HubSpot, Portal

SMALL, LARGE = 300, 3_000


Ask = Callable[[HubSpot, list[str]], None]


@pytest.fixture
def steps(portal: Portal) -> Callable[[int, Ask], int]:
    """``steps(contacts, ask)``: what the second of two equal requests to such a portal takes."""

    def count(contacts: int, ask: Ask) -> int:
        hs = portal()
        stages = ("marketingqualifiedlead", *["lead"] * 19)
        rows = [
            {"properties": {"email": f"p{n}@example.com", "city": "Berlin", "lifecyclestage": stages[n % 20]}}
            for n in range(contacts)
        ]
        ids = hs.emulator.seed("contacts", rows)
        ask(hs, ids)
        taken = 0

        def one_more() -> None:
            nonlocal taken
            taken += 1

        connection = hs.emulator.portal.database._connection
        connection.set_progress_handler(one_more, 1)
        ask(hs, ids)
        connection.set_progress_handler(None, 1)
        return taken

    return count


def list_page(hs: HubSpot, ids: list[str]) -> None:
    """From the middle of the list on."""
    middle = sorted(ids)[len(ids) // 2]
    page = hs.get("/crm/v3/objects/contacts", params={"limit": 100, "after": middle})
    assert len(page.json()["results"]) == 100


def poll(hs: HubSpot, ids: list[str]) -> None:
    """What changed in a window, in order of id."""
    window = [
        {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "2026-11-01"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": min(ids)},
    ]
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    found = hs.search(filterGroups=[{"filters": window}], sorts=by_id, limit=200)
    assert (found["total"], len(found["results"])) == (len(ids) - 1, 200)


def by_city(hs: HubSpot, ids: list[str]) -> None:
    """A property without an index: the first page tests everybody, the others nobody."""
    city = {"propertyName": "city", "operator": "EQ", "value": "berlin"}
    found = hs.search(filterGroups=[{"filters": [city]}], limit=200)
    assert (found["total"], len(found["results"])) == (len(ids), 200)


def by_address(hs: HubSpot, ids: list[str]) -> None:
    email = {"propertyName": "email", "operator": "EQ", "value": "p7@example.com"}
    assert hs.search(filterGroups=[{"filters": [email]}])["total"] == 1


@pytest.mark.parametrize("ask", [list_page, poll, by_city, by_address])
def test_a_page_costs_the_same_in_a_portal_ten_times_as_large(steps: Callable[[int, Ask], int], ask: Ask) -> None:
    small, large = steps(SMALL, ask), steps(LARGE, ask)
    assert 0 < large < small * 1.2
