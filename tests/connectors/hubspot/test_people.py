"""Pulling contacts: complete, resumable, and as cheap as the arithmetic allows (hubspot.md 4; N7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.hubspot.keyset import ascending
from syncd.core.errors import Unavailable
from syncd.core.types import Page, Record, Ref, State
from tests.connectors.hubspot.portal import START, Portal


def records(pages: Iterator[Page]) -> dict[str, Record]:
    return {record.ref.id: record for page in pages for record in page.people}


def people(count: int) -> list[dict[str, Any]]:
    return [{"email": f"p{n}@example.com", "lastname": f"L{n}"} for n in range(count)]


def test_a_first_pull_is_one_list_call_a_hundred() -> None:
    portal = Portal()
    portal.contacts(people(250))
    connector = portal.connect()
    pages = list(connector.pull("people", None))
    assert [len(page.people) for page in pages] == [100, 100, 50]
    assert connector.calls == {"GET /crm/objects/contacts": 3}
    assert pages[-1].cursor == {"since": START.isoformat()}


def test_the_watermark_is_the_servers_clock_at_the_first_answer_of_the_pull() -> None:
    portal = Portal()
    portal.contacts(people(450))
    connector = portal.connect()
    cursor = list(connector.pull("people", None))[-1].cursor
    portal.clock.advance(10)
    pages = []
    for page in connector.pull("people", cursor):
        pages.append(page)
        portal.clock.advance(7)
    assert len(pages) == 3
    assert pages[0].cursor["since"] == cursor["since"]
    assert pages[-1].cursor == {"since": (START + timedelta(seconds=10)).isoformat()}
    assert [page.now for page in pages] == [START + timedelta(seconds=10 + 7 * n) for n in range(3)]


def test_cursors_are_json_and_resume_in_the_middle_of_a_search() -> None:
    portal = Portal()
    refs = {ref.id for ref in portal.contacts(people(500))}
    connector = portal.connect()
    rest = {"since": START.isoformat()}
    pages = connector.pull("people", rest)
    first = next(pages)
    resumed = json.loads(json.dumps(first.cursor))
    portal.clock.advance(600)
    later = list(portal.connect().pull("people", resumed))
    assert records(iter([first])).keys() | records(iter(later)).keys() == refs
    assert later[-1].cursor == {"since": START.isoformat()}


def test_25_000_contacts_in_one_millisecond_take_125_searches_and_never_an_after() -> None:
    portal = Portal()
    refs = portal.contacts([{"email": f"p{n}@example.com"} for n in range(25_000)])
    portal.clock.advance(5)
    connector = portal.connect()
    found = records(connector.pull("people", {"since": START.isoformat()}))
    assert found.keys() == {ref.id for ref in refs}
    assert connector.calls == {"POST /crm/objects/contacts/search": 125}
    assert not any("after" in body for body in portal.adapter.bodies("/search"))


def test_contacts_that_change_while_we_page_come_with_the_next_pull() -> None:
    portal = Portal()
    refs = portal.contacts(people(450))
    connector = portal.connect()
    pages = connector.pull("people", {"since": START.isoformat()})
    first = next(pages)
    portal.clock.advance(30)
    low = min(refs, key=lambda ref: int(ref.id))
    portal.edit(low, jobtitle="Moved")
    *_, last = pages
    assert low in {record.ref for record in first.people}
    portal.clock.advance(600)
    found = records(connector.pull("people", last.cursor))
    assert found[low.id].fields["jobtitle"] == "Moved"


@pytest.mark.parametrize("kept", [0, 3])
def test_an_empty_or_short_page_with_a_cursor_is_not_the_end(kept: int) -> None:
    portal = Portal()
    refs = sorted(portal.contacts(people(7)), key=lambda ref: int(ref.id))
    page = {
        "total": 900,
        "results": [{"id": ref.id, "properties": {}, "updatedAt": "2026-11-20T09:00:00Z"} for ref in refs[:kept]],
        "paging": {"next": {"after": "200"}},
    }
    portal.fault(method="POST", path="/search", nth=1, status=200, body=page)
    connector = portal.connect()
    found = records(connector.pull("people", {"since": START.isoformat()}))
    asked = portal.adapter.bodies("/search")[1]
    if kept:
        assert found.keys() == {ref.id for ref in refs}
        assert "after" not in asked
        assert asked["filterGroups"][0]["filters"][1]["value"] == refs[kept - 1].id
    else:
        assert asked["after"] == "200"


def test_a_search_that_does_not_advance_is_refused() -> None:
    portal = Portal()
    page = {"total": 900, "results": [], "paging": {"next": {"after": "200"}}}
    portal.fault(method="POST", path="/search", status=200, body=page)
    with pytest.raises(Unavailable, match="does not advance"):
        list(portal.connect().pull("people", {"since": START.isoformat()}))


def test_ids_in_text_order_fail_loudly() -> None:
    portal = Portal(search_id_order="lexicographic")
    now = portal.clock.now()
    rows = [{"id": str(rid), "properties": {}, "createdAt": now, "updatedAt": now} for rid in (9, 10, 11, 100)]
    portal.emulator.seed("contacts", rows)
    with pytest.raises(Unavailable, match="numeric order"):
        list(portal.connect().pull("people", {"since": START.isoformat()}))


def test_ascending() -> None:
    assert ascending([{"id": "9"}, {"id": "10"}], "") == "10"
    for wrong in (["10", "9"], ["5"], ["6", "6"]):
        with pytest.raises(Unavailable):
            ascending([{"id": rid} for rid in wrong], "5")


def test_a_merge_tells_its_old_ids() -> None:
    portal = Portal()
    winner, loser, other = portal.contacts(people(3))
    merged = portal.merge(winner, loser)
    assert merged not in (winner, loser)
    connector = portal.connect()
    found = records(connector.pull("people", {"since": START.isoformat()}))
    assert set(found[merged.id].aliases) == {winner, loser}
    assert found[other.id].aliases == ()
    live = connector.read([winner, loser, merged], ["email"])
    assert {ref: (live[ref].state, live[ref].successor) for ref in live} == {
        winner: (State.MERGED, merged),
        loser: (State.MERGED, merged),
        merged: (State.LIVE, None),
    }


def test_archived_contacts_say_when() -> None:
    portal = Portal()
    gone, _ = portal.contacts(people(2))
    portal.clock.advance(60)
    portal.archive(gone)
    found = records(portal.connect().pull("archived", None))
    assert list(found) == [gone.id]
    assert found[gone.id].state is State.ARCHIVED
    assert found[gone.id].modified == START + timedelta(seconds=60)
    assert portal.connect().read([gone], ["email"])[gone].state is State.ARCHIVED


def test_the_contact_itself_tells_of_opens_and_clicks() -> None:
    portal = Portal()
    opened = "2026-11-19T10:00:00Z"
    (ref,) = portal.contacts(
        [{"email": "a@example.com", "hs_email_last_open_date": opened, "hs_email_last_email_name": "News"}]
    )
    (page,) = portal.connect().pull("people", None)
    (activity,) = page.activities
    assert activity.ref == Ref("hubspot", "email_open", f"{ref.id}:email_open:{opened}")
    assert (activity.kind, activity.at, activity.title, activity.about) == (
        "email_open",
        datetime.fromisoformat(opened),
        "News",
        (ref,),
    )


@pytest.mark.parametrize("streamed", [True, False])
def test_counters_stand_in_for_streams_that_are_off(streamed: bool) -> None:
    portal = Portal()
    portal.contacts(
        [
            {
                "recent_conversion_date": "2026-11-19T10:00:00Z",
                "recent_conversion_event_name": "Demo: Pricing",
                "hs_analytics_last_timestamp": "2026-11-19T11:00:00Z",
                "hs_analytics_last_url": "https://acme.example/pricing",
            }
        ]
    )
    connector = portal.connect(forms=streamed, page_views=streamed)
    (page,) = connector.pull("people", None)
    told = {a.kind: a.title or a.url for a in page.activities}
    stands = {"form": "Demo: Pricing", "page_view": "https://acme.example/pricing"}
    assert told == ({} if streamed else stands)
    assert {s.name for s in connector.streams if s.name in ("forms", "page_views")} == (
        {"forms", "page_views"} if streamed else set()
    )


@pytest.mark.parametrize("row", [{}, {"id": "1"}, {"id": "1", "properties": None, "updatedAt": "2026-11-20T09:00:00Z"}])
def test_a_contact_of_another_shape_is_not_guessed(row: dict[str, Any]) -> None:
    portal = Portal()
    portal.fault(method="GET", path="/contacts", status=200, body={"results": [row]})
    with pytest.raises(Unavailable, match="shape"):
        list(portal.connect().pull("people", None))


def test_the_old_api_line_works_too() -> None:
    portal = Portal()
    refs = portal.contacts(people(3))
    connector = portal.connect(version="v3")
    assert not connector.check([]).problems
    cursor = list(connector.pull("people", None))[-1].cursor
    portal.edit(refs[0], jobtitle="CTO")
    assert records(connector.pull("people", cursor))[refs[0].id].fields["jobtitle"] == "CTO"
    assert all(
        "/v3/" in str(r.url) or "/v4/" in str(r.url) or "/oauth/" in str(r.url) for r, _ in portal.adapter.exchanges
    )
