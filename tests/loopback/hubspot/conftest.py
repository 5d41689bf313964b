"""A loopback HubSpot per test, called in process on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, START, HubSpot, Portal

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import Clock
from tests.loopback.receiver import Receiver
from tests.loopback.recordings import HUBSPOT


@pytest.fixture
def portal() -> Iterator[Portal]:
    """``portal(**settings)`` makes an emulator; limits are off unless given."""
    made: list[HubSpotEmulator] = []

    def make(**settings: Any) -> HubSpot:
        clock = Clock(START, ticking=False)
        emulator = HubSpotEmulator(HubSpotSettings(**{"limits": NO_LIMITS, **settings}), clock)
        made.append(emulator)
        return HubSpot(emulator, clock)

    yield make
    for emulator in made:
        emulator.close()


@pytest.fixture
def hs(portal: Portal) -> HubSpot:
    """The default portal without rate limits."""
    return portal()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks arrive."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Recorded HubSpot traffic, when this machine has it."""
    if not HUBSPOT.is_dir():
        pytest.skip("the recorded HubSpot bodies are not on this machine")
    return HUBSPOT
