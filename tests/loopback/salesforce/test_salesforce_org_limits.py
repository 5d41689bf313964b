"""What an org allots: the list of /limits, and requests of twenty seconds at a time [sheet 3, 9.2, 14]."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from salesforce_client import HOST, Api

from connectors.loopback.kit import Clock, InProcess
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

BUSY = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def error_of(response: requests.Response) -> tuple[int, str, str]:
    (error,) = response.json()
    return response.status_code, error["errorCode"], error["message"]


class TestTheList:
    def test_it_has_the_allocations_of_an_org_of_today(self, api: Api) -> None:
        listed = api.get("/limits").json()
        assert list(listed) == sorted(listed)
        assert len(listed) >= 71
        # One of each group of the documentation, and those the sheet names.
        assert {
            "ActiveScratchOrgs", "AnalyticsExternalDataSizeMB", "DailyApiRequests", "DailyAsyncApexTests",
            "DailyBulkApiBatches", "DailyBulkV2QueryFileStorageMB", "DailyBulkV2QueryJobs",
            "DailyDeliveredPlatformEvents", "DataStorageMB", "FileStorageMB", "HourlyPublishedPlatformEvents",
            "HourlyODataCallout", "MassEmail", "Package2VersionCreates", "PermissionSets", "SingleEmail",
            "StreamingApiConcurrentClients",
        } <= set(listed)  # fmt: skip
        assert all({"Max", "Remaining"} <= set(entry) for entry in listed.values())
        assert listed["PermissionSets"]["CreateCustom"] == {"Max": 1000, "Remaining": 1000}

    def test_older_versions_list_less_and_another_name(self, emulator: SalesforceEmulator) -> None:
        old = Api(emulator, version="40.0").get("/limits").json()
        assert "DailyBulkApiRequests" in old
        assert set(old).isdisjoint({"DailyBulkApiBatches", "DailyBulkV2QueryJobs", "PermissionSets"})

    def test_storage_is_for_user_managers(self, emulator: SalesforceEmulator) -> None:
        emulator.add_permission_set({"name": "Setup", "system": ["ApiEnabled", "ViewSetup"]})
        emulator.add_user(
            {"Username": "viewer@acme.example", "LastName": "Viewer", "token": "viewer",
             "profile": "Minimum Access - Salesforce", "permission_sets": ["Setup"]}
        )  # fmt: skip
        listed = Api(emulator, "viewer").get("/limits").json()
        assert "DailyApiRequests" in listed
        assert set(listed).isdisjoint({"DataStorageMB", "FileStorageMB"})


class Crowd:
    """Requests inside one another: each is under way while the next one comes in."""

    def __init__(self, emulator: SalesforceEmulator) -> None:
        self.emulator = emulator
        emulator.faults.add({"path": "/limits", "delay_ms": 1})
        self.session = requests.Session()
        self.session.mount("http://", InProcess(emulator.app, sleep=self._while_it_lasts))
        self.session.headers["Authorization"] = Api(emulator).session.headers["Authorization"]
        self.more = 0
        self.last: Any = None

    def under_way(self, count: int, last: Any) -> None:
        """Call ``last`` while ``count`` requests are not answered yet."""
        self.more, self.last = count - 1, last
        self._one()

    def _one(self) -> None:
        response = self.session.get(f"{HOST}/services/data/v65.0/limits")
        assert response.status_code == 200, response.text

    def _while_it_lasts(self, _: float) -> None:
        if self.more:
            self.more -= 1
            self._one()
        elif self.last:
            last, self.last = self.last, None
            last()


class TestRequestsOfTwentySeconds:
    @pytest.fixture
    def settings(self) -> SalesforceSettings:
        return SalesforceSettings(organization_type="Developer Edition")

    @pytest.mark.parametrize(
        ("count", "seconds", "status"),
        [(5, 20, 403), (5, 19, 200), (4, 20, 200)],
        ids=["five of twenty seconds", "five shorter ones", "only four"],
    )
    def test_the_sixth_is_refused_beside_five_long_ones(
        self, emulator: SalesforceEmulator, api: Api, clock: Clock, count: int, seconds: float, status: int
    ) -> None:
        answers = []

        def later() -> None:
            clock.advance(seconds)
            answers.append(api.get("/sobjects"))

        Crowd(emulator).under_way(count, later)
        assert [answer.status_code for answer in answers] == [status]
        if status == 403:
            assert error_of(answers[0]) == (403, "REQUEST_LIMIT_EXCEEDED", BUSY)
        assert api.get("/sobjects").status_code == 200

    def test_those_of_other_clients_are_declared(self, api: Api) -> None:
        api.control("limits", long_requests=5)
        assert error_of(api.get("/sobjects")) == (403, "REQUEST_LIMIT_EXCEEDED", BUSY)
        api.control("limits", long_requests=4)
        assert api.get("/sobjects").status_code == 200

    def test_a_larger_edition_has_twenty_five(self, clock: Clock) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(), clock)
        api = Api(emulator)
        api.control("limits", long_requests=24)
        assert api.get("/sobjects").status_code == 200
        api.control("limits", long_requests=25)
        assert api.get("/sobjects").status_code == 403
        emulator.close()

    def test_a_refused_request_is_no_call(self, api: Api, emulator: SalesforceEmulator, clock: Clock) -> None:
        before = emulator.service.usage.used(clock.now())
        api.control("limits", long_requests=5)
        api.get("/sobjects")
        assert emulator.service.usage.used(clock.now()) == before


class TestHistory:
    @pytest.fixture
    def settings(self) -> SalesforceSettings:
        return SalesforceSettings(session_seconds=10**9)

    @pytest.mark.parametrize("months", [18, 24, None])
    def test_it_is_kept_for_so_many_months(
        self, api: Api, settings: SalesforceSettings, clock: Clock, months: int | None
    ) -> None:
        settings.history_months = months
        lead = api.lead()
        api.patch(f"/sobjects/Lead/{lead}", {"Status": "Working - Contacted"})
        soql = "SELECT Field FROM LeadHistory"
        kept = len(api.rows(soql))
        assert kept
        clock.advance(86_400 * 30.5 * 17)
        assert len(api.rows(soql)) == kept
        clock.advance(86_400 * 30.5 * 2)
        assert len(api.rows(soql)) == (0 if months == 18 else kept)
        clock.advance(86_400 * 30.5 * 6)
        assert len(api.rows(soql)) == (kept if months is None else 0)
