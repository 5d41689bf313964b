"""The OAuth device flow, off unless the org allows it [sheet 1.1]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

TOKEN = "/services/oauth2/token"
APP = {"client_id": "loopback-client"}


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(device_flow=True)


@pytest.fixture
def anonymous(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, token=None)


def ask(api: Api) -> dict[str, Any]:
    answer = api.post(TOKEN, data={"response_type": "device_code", "scope": "api", **APP})
    assert answer.status_code == 200, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def poll(api: Api, code: str, **form: str) -> Any:
    return api.post(TOKEN, data={"grant_type": "device", "code": code, **APP, **form})


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_code_for_the_device_and_one_for_the_user(anonymous: Api) -> None:
    asked = ask(anonymous)
    assert list(asked) == ["device_code", "user_code", "verification_uri", "interval"]
    assert asked["verification_uri"] == f"{anonymous.host}/setup/connect"
    assert ask(anonymous)["user_code"] != asked["user_code"]


def test_pending_then_a_session_once(anonymous: Api, emulator: SalesforceEmulator, clock: Clock) -> None:
    asked = ask(anonymous)
    assert error_of(poll(anonymous, asked["device_code"])) == (400, "authorization_pending")
    anonymous.control("device", user_code=asked["user_code"])
    clock.advance(asked["interval"])
    answer = poll(anonymous, asked["device_code"])
    assert Api(emulator, answer.json()["access_token"]).get("/limits").status_code == 200
    assert error_of(poll(anonymous, asked["device_code"])) == (400, "invalid_grant")


def test_polling_faster_than_told(anonymous: Api, clock: Clock) -> None:
    code = ask(anonymous)["device_code"]
    poll(anonymous, code)
    clock.advance(4)
    assert error_of(poll(anonymous, code)) == (400, "slow_down")
    clock.advance(5)
    assert error_of(poll(anonymous, code)) == (400, "authorization_pending")


def test_a_user_who_says_no(anonymous: Api) -> None:
    asked = ask(anonymous)
    anonymous.control("device", user_code=asked["user_code"], denied=True)
    assert error_of(poll(anonymous, asked["device_code"])) == (400, "access_denied")


def test_ten_minutes_and_no_other_app(anonymous: Api, emulator: SalesforceEmulator, clock: Clock) -> None:
    emulator.add_app({"client_id": "other"})
    asked = ask(anonymous)
    assert error_of(poll(anonymous, asked["device_code"], client_id="other")) == (400, "invalid_grant")
    anonymous.control("device", user_code=asked["user_code"])
    clock.advance(600)
    assert error_of(poll(anonymous, asked["device_code"])) == (400, "invalid_grant")
    refused = anonymous.post("/_sandbox/device", {"user_code": "NOBODYHA"})
    assert refused.status_code == 400


def test_a_lasting_token_where_the_scope_has_one(anonymous: Api, emulator: SalesforceEmulator) -> None:
    emulator.add_app({"client_id": "lasting", "scope": "api refresh_token"})
    asked = anonymous.post(TOKEN, data={"response_type": "device_code", "client_id": "lasting"}).json()
    anonymous.control("device", user_code=asked["user_code"])
    assert "refresh_token" in poll(anonymous, asked["device_code"], client_id="lasting").json()


def test_blocked_unless_the_org_allows_it(anonymous: Api, settings: SalesforceSettings) -> None:
    settings.device_flow = False
    for form in ({"response_type": "device_code"}, {"grant_type": "device", "code": "x"}):
        assert error_of(anonymous.post(TOKEN, data=APP | form)) == (400, "unsupported_grant_type")
