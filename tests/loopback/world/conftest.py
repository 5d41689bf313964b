"""One small world, built once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from connectors.loopback.sandbox import Options, Sandbox, prepare


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def options(now: datetime) -> Callable[..., Options]:
    """Options of a world with a still clock, by number of contacts and seed."""

    def make(contacts: int = 1_500, seed: int = 7) -> Options:
        return Options(contacts=contacts, days=90, seed=seed, ticking=False, now=now)

    return make


@pytest.fixture(scope="session")
def sandbox(options: Callable[..., Options]) -> Iterator[Sandbox]:
    """Look, but do not touch."""
    with prepare(options()) as sandbox:
        yield sandbox
