"""/updated and /deleted: their span, their limits, what they cover [sheet 7, 12]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

NOON = datetime.fromisoformat("2026-11-24T12:00:00+00:00")


def span(start: timedelta, end: timedelta = timedelta(minutes=1)) -> dict[str, str]:
    return {"start": (NOON + start).isoformat(), "end": (NOON + end).isoformat()}


def listed(api: Api, what: str, sobject: str = "Lead", **times: str) -> dict[str, Any]:
    response = api.get(f"/sobjects/{sobject}/{what}/", params=times)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refusal(api: Api, what: str, times: dict[str, str], sobject: str = "Lead") -> str:
    response = api.get(f"/sobjects/{sobject}/{what}/", params=times)
    assert response.status_code == 400
    code: str = response.json()[0]["errorCode"]
    return code


class TestSpan:
    def test_seconds_are_ignored(self, api: Api) -> None:
        """12:00:30 is 12:00:00: what was written at noon is listed, and up to the minute only."""
        lead = api.lead()
        found = listed(api, "updated", start="2026-11-24T12:00:30Z", end="2026-11-24T12:01:59+00:00")
        assert found == {"ids": [lead], "latestDateCovered": "2026-11-24T12:00:00.000+0000"}
        found = listed(api, "updated", start="2026-11-24T11:58:00Z", end="2026-11-24T12:00:59Z")
        assert found["ids"] == []

    @pytest.mark.parametrize("what", ["updated", "deleted"])
    def test_the_end_is_a_minute_later_at_least(self, api: Api, what: str) -> None:
        same = span(timedelta(), timedelta(seconds=59))
        assert refusal(api, what, same) == "INVALID_REPLICATION_DATE"
        assert refusal(api, what, span(timedelta(), timedelta(minutes=-5))) == "INVALID_REPLICATION_DATE"
        listed(api, what, **span(timedelta()))

    def test_or_more_than_a_minute_by_the_switch(self, clock: Clock) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(replication_over_a_minute=True), clock)
        api = Api(emulator)
        assert refusal(api, "updated", span(timedelta())) == "INVALID_REPLICATION_DATE"
        listed(api, "updated", **span(timedelta(minutes=-1)))
        emulator.close()

    @pytest.mark.parametrize(("what", "days"), [("updated", 30), ("deleted", 15)])
    def test_not_further_back_than(self, api: Api, what: str, days: int) -> None:
        listed(api, what, **span(timedelta(days=-days)))
        assert refusal(api, what, span(timedelta(days=-days, minutes=-1))) == "INVALID_REPLICATION_DATE"

    @pytest.mark.parametrize("times", [{}, {"start": "yesterday", "end": "2026-11-24T12:00:00Z"}])
    def test_no_dates(self, api: Api, times: dict[str, str]) -> None:
        assert refusal(api, "updated", times) == "MALFORMED_DATE"


class TestCovered:
    def test_it_is_held_back_while_transactions_are_open(self, api: Api, clock: Clock) -> None:
        """Stored as the next start, it never skips a row that appears late."""
        api.control("late-commit", seconds=600)
        lead = api.lead()
        clock.advance(120)
        early = listed(api, "updated", **span(timedelta(minutes=-1), timedelta(minutes=2)))
        assert early == {"ids": [], "latestDateCovered": "2026-11-24T11:52:00.000+0000"}
        clock.advance(600)
        late = listed(api, "updated", start=early["latestDateCovered"], end=(NOON + timedelta(minutes=12)).isoformat())
        assert late["ids"] == [lead]

    def test_never_beyond_now(self, api: Api) -> None:
        found = listed(api, "updated", **span(timedelta(minutes=-1), timedelta(hours=1)))
        assert found["latestDateCovered"] == "2026-11-24T12:00:00.000+0000"


class TestLists:
    def test_ids_once_in_the_order_of_their_change(self, api: Api, clock: Clock) -> None:
        first, second = api.lead(), api.lead()
        clock.advance(5)
        api.patch(f"/sobjects/Lead/{first}", {"Title": "x"})
        assert listed(api, "updated", **span(timedelta()))["ids"] == [second, first]

    def test_deletions_with_their_date(self, api: Api, clock: Clock) -> None:
        lead = api.lead()
        clock.advance(61)
        api.delete(f"/sobjects/Lead/{lead}")
        found = listed(api, "deleted", **span(timedelta(), timedelta(minutes=2)))
        assert found == {
            "deletedRecords": [{"id": lead, "deletedDate": "2026-11-24T12:01:01.000+0000"}],
            "earliestDateAvailable": "2026-11-09T12:01:01.000+0000",
            "latestDateCovered": "2026-11-24T12:01:00.000+0000",
        }

    @pytest.mark.parametrize(("sobject", "status"), [("Nonsense", 404), ("Group", 400)])
    def test_only_what_is_replicated(self, api: Api, sobject: str, status: int) -> None:
        assert api.get(f"/sobjects/{sobject}/updated", params=span(timedelta())).status_code == status


class TestLimits:
    @pytest.fixture
    def small(self, clock: Clock) -> Iterator[Api]:
        emulator = SalesforceEmulator(SalesforceSettings(replication_ids=3, delete_log_entries=2), clock)
        yield Api(emulator)
        emulator.close()

    def test_more_ids_than_allowed(self, small: Api) -> None:
        for _ in range(3):
            small.lead()
        assert len(listed(small, "updated", **span(timedelta()))["ids"]) == 3
        small.lead()
        assert refusal(small, "updated", span(timedelta())) == "EXCEEDED_ID_LIMIT"

    def test_a_large_delete_log_loses_its_oldest_entries(self, small: Api, clock: Clock) -> None:
        for _ in range(3):
            small.delete(f"/sobjects/Lead/{small.lead()}")
            clock.advance(60)
        times = span(timedelta(), timedelta(minutes=5))
        assert len(listed(small, "deleted", **times)["deletedRecords"]) == 3  # not two hours old yet
        for _ in range(4):
            clock.advance(1800)
            small.get("/limits")  # keeps the session alive
        found = listed(small, "deleted", **times)
        assert [row["deletedDate"] for row in found["deletedRecords"]] == [
            "2026-11-24T12:01:00.000+0000",
            "2026-11-24T12:02:00.000+0000",
        ]
        assert found["earliestDateAvailable"] == "2026-11-24T12:01:00.000+0000"


def test_records_out_of_reach_are_neither_listed_nor_found(clock: Clock) -> None:
    """Private leads of somebody else [D:resources_getupdated: within your sharing rules]."""
    narrow = {"Username": "narrow@loopback.example", "LastName": "N", "token": "00D!narrow", "profile": "Standard User"}
    settings = SalesforceSettings(sharing={"Lead": "Private"})
    settings.users = [*settings.users, narrow]
    emulator = SalesforceEmulator(settings, clock)
    admin, other = Api(emulator), Api(emulator, token="00D!narrow")
    kept = admin.lead(LastName="Hidden")
    admin.delete(f"/sobjects/Lead/{admin.lead(LastName='Hidden')}")
    times = span(timedelta())
    assert kept in listed(admin, "updated", **times)["ids"]
    assert listed(other, "updated", **times)["ids"] == []
    assert len(listed(admin, "deleted", **times)["deletedRecords"]) == 1
    assert listed(other, "deleted", **times)["deletedRecords"] == []
    search = {"q": "FIND {hidden} RETURNING Lead"}
    assert len(admin.get("/search", params=search).json()["searchRecords"]) == 1
    assert other.get("/search", params=search).json()["searchRecords"] == []
    emulator.close()
