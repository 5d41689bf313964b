"""Bulk loading: the same portal as one call after the other, and nothing after an error."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext

import pytest
from hubspot_session import HubSpot, Portal


def load(hs: HubSpot) -> None:
    """People, companies, talks and a deal, linked in both directions and partly archived."""
    seed, associate = hs.emulator.seed, hs.emulator.associate
    rows = [{"properties": {"email": f"p{n}@example.com"}} for n in range(40)]
    contacts = seed("contacts", [*rows, {"id": "77", "properties": {"email": "own-id@example.com"}}])
    companies = seed("companies", [{"properties": {"name": f"C{n}"}, "archived": n == 3} for n in range(4)])
    associate("contacts", "companies", [(c, companies[n % 4]) for n, c in enumerate(contacts)])
    associate("contacts", "companies", [(contacts[0], companies[2])])
    notes = seed("notes", [{"properties": {"hs_timestamp": f"2026-11-1{n}T00:00:00Z"}} for n in range(5)])
    associate("notes", "contacts", [(note, contacts[n]) for n, note in enumerate([*notes, notes[0]])])
    deals = seed("deals", [{"properties": {"dealname": "D", "dealstage": "closedwon"}}])
    associate("deals", "contacts", [(deals[0], contact) for contact in contacts[:3]])


def indexes(hs: HubSpot) -> set[str]:
    rows = hs.emulator.portal.database.rows("SELECT name FROM sqlite_schema WHERE type = 'index'")
    return {row[0] for row in rows}


def test_loading_gives_the_same_portal(portal: Portal) -> None:
    snapshots = []
    for around in (lambda hs: nullcontext(), lambda hs: hs.emulator.loading()):
        hs = portal()
        before = indexes(hs)
        with around(hs):
            load(hs)
        assert indexes(hs) == before
        snapshots.append(hs.emulator.snapshot())
    assert snapshots[0] == snapshots[1]
    [archived] = [c["id"] for c in snapshots[0]["companies"] if c["archived"]]
    employers = Counter(c["properties"].get("associatedcompanyid") for c in snapshots[0]["contacts"])
    assert archived not in employers
    assert sorted(employers.values()) == [10, 10, 10, 11]


def test_a_loading_that_fails_leaves_nothing(hs: HubSpot) -> None:
    before = indexes(hs), hs.emulator.snapshot()
    with pytest.raises(KeyError), hs.emulator.loading():
        load(hs)
        raise KeyError
    assert (indexes(hs), hs.emulator.snapshot()) == before
    load(hs)
    assert len(hs.emulator.snapshot()["contacts"]) == 41
