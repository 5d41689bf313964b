"""UNABLE_TO_LOCK_ROW between two writes that are under way at once [sheet 9.2, 17.12]."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from salesforce_client import HOST, Api

from connectors.loopback.kit import InProcess
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

Answers = tuple[requests.Response, requests.Response]
During = Callable[..., Answers]


@pytest.fixture
def during(emulator: SalesforceEmulator, api: Api) -> During:
    """Send a PATCH whose answer a fault holds back, and something else before it has gone out."""

    def send(
        path: str, body: dict[str, str], meanwhile: Callable[[], requests.Response], seconds: float = 10
    ) -> Answers:
        others: list[requests.Response] = []
        slow = requests.Session()
        slow.mount("http://", InProcess(emulator.app, sleep=lambda _: others.append(meanwhile())))
        slow.headers["Authorization"] = api.session.headers["Authorization"]
        emulator.faults.add({"path": path, "times": 1, "delay_ms": seconds * 1000})
        answer = slow.patch(f"{HOST}{api.base}{path}", json=body)
        return answer, others[0]

    return send


def code_of(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()[0]["errorCode"]


class TestTwoWritesAtOnce:
    def test_of_one_record(self, api: Api, during: During) -> None:
        lead = f"/sobjects/Lead/{api.lead()}"
        first, second = during(lead, {"Title": "CEO"}, lambda: api.patch(lead, {"Title": "CTO"}))
        assert first.status_code == 204
        assert code_of(second) == (400, "UNABLE_TO_LOCK_ROW")
        assert api.get(lead).json()["Title"] == "CEO"
        assert api.patch(lead, {"Title": "CTO"}).status_code == 204

    def test_of_two_contacts_of_one_account(self, api: Api, during: During) -> None:
        account = api.create("Account", Name="Acme")
        one, other = (api.create("Contact", LastName=name, AccountId=account) for name in ("One", "Other"))
        elsewhere = api.create("Contact", LastName="Elsewhere", AccountId=api.create("Account", Name="Beta"))
        path = f"/sobjects/Contact/{one}"
        _, second = during(path, {"Title": "x"}, lambda: api.patch(f"/sobjects/Contact/{other}", {"Title": "y"}))
        assert code_of(second) == (400, "UNABLE_TO_LOCK_ROW")
        assert account in second.json()[0]["message"]
        _, third = during(path, {"Title": "x"}, lambda: api.patch(f"/sobjects/Contact/{elsewhere}", {"Title": "y"}))
        assert third.status_code == 204

    def test_a_task_on_a_lead_that_is_being_written(self, api: Api, during: During) -> None:
        lead = api.lead()
        path = f"/sobjects/Lead/{lead}"
        _, task = during(path, {"Title": "x"}, lambda: api.post("/sobjects/Task", {"Subject": "x", "WhoId": lead}))
        assert code_of(task) == (400, "UNABLE_TO_LOCK_ROW")

    def test_reading_waits_for_nobody(self, api: Api, during: During) -> None:
        lead = f"/sobjects/Lead/{api.lead()}"
        _, read = during(lead, {"Title": "CEO"}, lambda: api.get(lead))
        assert read.status_code == 200

    @pytest.mark.parametrize(("wait", "status"), [(10.0, 204), (5.0, 400)])
    def test_a_write_waits_so_long(
        self,
        api: Api,
        settings: SalesforceSettings,
        during: During,
        wait: float,
        status: int,
    ) -> None:
        settings.lock_wait_seconds = wait
        lead = f"/sobjects/Lead/{api.lead()}"
        _, second = during(lead, {"Title": "CEO"}, lambda: api.patch(lead, {"Title": "CTO"}), seconds=6)
        assert second.status_code == status
