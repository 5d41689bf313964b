"""A Salesforce emulator with a still clock and syncd's external ids."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from bulk_client import BulkApi
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

START = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(START, ticking=False)


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings()


@pytest.fixture
def emulator(clock: Clock, settings: SalesforceSettings) -> Iterator[SalesforceEmulator]:
    emulator = SalesforceEmulator(settings, clock)
    key = {"type": "string", "length": 32, "externalId": True, "unique": True}
    emulator.add_field("Lead", {"name": "HS_Id__c", "caseSensitive": True, **key})
    emulator.add_field("Contact", {"name": "HS_Id__c", "caseSensitive": True, **key})
    emulator.add_field("Activity", {"name": "Key__c", **key})
    yield emulator
    emulator.close()


@pytest.fixture
def api(emulator: SalesforceEmulator) -> Api:
    return Api(emulator)


@pytest.fixture
def bulk(api: Api, clock: Clock) -> BulkApi:
    return BulkApi(api, clock)
