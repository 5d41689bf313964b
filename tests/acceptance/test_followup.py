"""The follow-up promise over HTTP against both emulators: the clock jumps, reps work in the CRM, syncd counts what is there.

Everybody works around the clock here: the first touch is promised within 4 hours, a call and an e-mail within 2 days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.calendars import Work
from syncd.core.promise import Followup, Promise
from syncd.sync.story import explain
from tests.acceptance.town import Town

HOUR = 3600
PROMISE = Promise(touches={"call": 1, "email": 1}, within=Work(2), status_after=None)
TASKS = "/services/data/v65.0/sobjects/Task"


@pytest.fixture(params=["salesforce", "hubspot"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    place = Town(tmp_path, request.param)
    yield place
    place.close()


def promising(town: Town, **more: Any) -> None:
    """With one lead that sales got just now."""
    around_the_clock = Followup(
        usual=replace(PROMISE, **more), days=tuple(range(7)), hours=(time(0), time.max), version="p1"
    )
    town.rules = replace(town.rules, followup=around_the_clock)
    town.contacts(1)
    town.rest()
    town.contacts(1, title="Buyer", first=1000)
    town.clock.advance(60)
    town.sync()
    (state,) = town.ledger.rows("SELECT state FROM handoff")[0]
    assert state == "delivered"


def touch(town: Town, kind: str) -> None:
    """A rep calls the lead or writes to it, in the CRM."""
    at = town.clock.now()
    if town.crm == "salesforce":
        lead = next(row["Id"] for row in town.rows("Lead"))
        subtype = {"call": "Call", "email": "Email"}[kind]
        row = {"Subject": f"Our {kind}", "Status": "Completed", "TaskSubtype": subtype, "WhoId": lead}
        town._post("salesforce", "POST", TASKS, row)
    else:
        person = town.ledger.value("SELECT r.rid FROM handoff h JOIN record r ON r.id = h.person")
        more = {
            "call": {"hs_call_status": "NO_ANSWER"},
            "email": {"hs_email_direction": "EMAIL", "hs_email_subject": "Hello"},
        }
        made = {"properties": {"hs_timestamp": at.isoformat(), **more[kind]}}
        kind = f"{kind}s"
        rid = town._post("hubspot", "POST", f"/crm/v3/objects/{kind}", made)["id"]
        pair = {"inputs": [{"from": {"id": rid}, "to": {"id": person}}]}
        town._post("hubspot", "POST", f"/crm/v4/associations/{kind}/contacts/batch/associate/default", pair)


def passes(town: Town, hours: float) -> None:
    """Time, and syncs: one when it has passed, and some more until nothing is left to write."""
    town.clock.advance(hours * HOUR)
    for _ in range(3):
        town.clock.advance(120)
        town.sync()


def story(town: Town) -> dict[str, Any]:
    person = town.ledger.value("SELECT person FROM handoff")
    return explain(town.ledger, town.rules, person)


def breaches(town: Town) -> list[tuple[str, str, bool]]:
    rows = town.ledger.rows("SELECT what, clock, cleared FROM v_breach ORDER BY at, what")
    return [(what, clock, cleared is not None) for what, clock, cleared in rows]


def test_S1_9_S1_10_T8a_reminded_late_worked_and_given_back(town: Town) -> None:
    promising(town)
    passes(town, 3)
    assert town.ledger.value("SELECT count(*) FROM reminder") == 1
    assert breaches(town) == []
    passes(town, 1)
    assert breaches(town) == [("first_touch", "human", False)]
    touch(town, "call")
    passes(town, 1)
    assert breaches(town) == [("first_touch", "human", True)]
    assert story(town)["stage"]["now"] == "sal"
    touch(town, "email")
    passes(town, 24)
    (handoff,) = story(town)["handoffs"]
    assert handoff["followup"]["touches"] == {"call": {"made": 1, "promised": 1}, "email": {"made": 1, "promised": 1}}
    passes(town, 24)
    told = story(town)
    assert told["stage"]["now"] == "unreachable"
    assert told["handoffs"][0]["outcome"] == "could_not_reach"
    (contact,) = [
        row["properties"] for row in town.sandbox.hubspot.snapshot()["contacts"] if row["properties"].get("syncd_stage")
    ]
    assert contact["syncd_stage"] == "unreachable"
    assert breaches(town) == [("first_touch", "human", True)]


def test_T6_T8b_nobody_calls_it_goes_on_and_stays_with_sales(town: Town) -> None:
    promising(town, reassign=True, remind=None)
    passes(town, 4)
    owners = [owner for (owner,) in town.ledger.rows("SELECT owner FROM v_hop ORDER BY at")]
    assert len(owners) == len(set(owners)) == 2
    passes(town, 4)
    passes(town, 4)
    owners = [owner for (owner,) in town.ledger.rows("SELECT owner FROM v_hop ORDER BY at")]
    assert len(owners) == len(set(owners)) == 3, "all three had it, each once"
    passes(town, 48)
    assert [what for what, *_ in breaches(town)] == ["first_touch"] * 3 + ["touches"]
    told = story(town)
    assert told["stage"]["now"] == "handed_off"
    assert [h["number"] for h in told["handoffs"]] == [1]


def test_T4_silence_is_accepted(town: Town) -> None:
    promising(town, accept_after=Work(time=timedelta(hours=6)))
    passes(town, 5)
    assert story(town)["stage"]["now"] == "handed_off"
    passes(town, 1)
    assert story(town)["stage"]["now"] == "sal"
