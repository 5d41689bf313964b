"""Marketing that goes on after a world's first moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.loopback.sandbox import Options, Sandbox, prepare

DAYS = 60


@pytest.fixture(scope="module")
def ahead(now: datetime) -> Callable[[], Sandbox]:
    """A new sandbox whose stories go on for 60 days."""
    return lambda: prepare(Options(contacts=120, days=30, seed=3, ticking=False, now=now, ahead=DAYS))


def told(sandbox: Sandbox) -> dict[str, Any]:
    """Everything that marketing knows, without what the moment of telling leaves: stamps and histories."""
    database = sandbox.hubspot.portal.database
    contacts = {row["properties"]["email"]: row["properties"] for row in sandbox.hubspot.snapshot()["contacts"]}
    names = (
        "hs_analytics_num_page_views",
        "hs_analytics_num_visits",
        "num_conversion_events",
        "hs_email_open",
        "hs_email_optout",
    )
    return {
        "contacts": {email: {name: row.get(name) for name in names} for email, row in contacts.items()},
        "views": sorted(at for (at,) in database.rows("SELECT at FROM event")),
        "forms": sorted(at for (at,) in database.rows("SELECT at FROM submission")),
        "mails": sorted(at for (at,) in database.rows("SELECT at FROM email_event")),
        "calls": len(sandbox.hubspot.snapshot()["calls"]),
    }


def go_on(sandbox: Sandbox, step: timedelta) -> None:
    assert sandbox.season is not None
    end = sandbox.clock.now() + timedelta(days=DAYS)
    while sandbox.clock.now() < end:
        sandbox.season.go_on(sandbox.clock.advance(step.total_seconds()))


def test_in_one_stretch_or_day_by_day_the_same_happens(ahead: Callable[[], Sandbox]) -> None:
    with ahead() as whole, ahead() as daily:
        first = told(whole)
        go_on(whole, timedelta(days=DAYS))
        go_on(daily, timedelta(days=1))
        assert told(whole) == told(daily)
        assert len(told(whole)["contacts"]) == 120 > len(first["contacts"])
        assert all(len(told(whole)[kind]) > len(first[kind]) for kind in ("views", "forms", "mails"))


def test_nobody_is_told_of_what_is_still_to_come(ahead: Callable[[], Sandbox]) -> None:
    with ahead() as sandbox:
        assert sandbox.season is not None
        for _ in range(DAYS // 10):
            moment = sandbox.clock.advance(10 * 86_400)
            sandbox.season.go_on(moment)
            now = moment.timestamp() * 1000
            found = told(sandbox)
            assert max(found["views"] + found["forms"] + found["mails"]) < now
            assert all(
                datetime.fromisoformat(row["createdAt"]) < moment for row in sandbox.hubspot.snapshot()["contacts"]
            )


def test_what_a_contact_went_on_to_do_moves_its_counters_and_its_stamp(ahead: Callable[[], Sandbox]) -> None:
    with ahead() as sandbox:
        assert sandbox.season is not None
        before = {row["id"]: row for row in sandbox.hubspot.snapshot()["contacts"]}
        moment = sandbox.clock.advance(20 * 86_400)
        sandbox.season.go_on(moment)
        after = {row["id"]: row for row in sandbox.hubspot.snapshot()["contacts"]}
        busier = [
            rid
            for rid, row in before.items()
            if after[rid]["properties"].get("hs_analytics_num_page_views")
            != row["properties"].get("hs_analytics_num_page_views")
        ]
        assert busier
        assert all(datetime.fromisoformat(after[rid]["updatedAt"]) == moment for rid in busier)
