"""No request of any shape gets a traceback, a 500 that the API would not give, or leaves the emulator unable to answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loopback.surface.mutations import requests
from tests.loopback.surface.routes import Route, one_per_view, routes
from tests.loopback.surface.valid import SURFACES, Surface
from tests.loopback.surface.wsgi import Request, call, complaint

_HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """What is not emulated is logged, and here that is nearly everything."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Subject:
    """One emulator for many requests."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.emulator = surface.make()
        self.routes = routes(self.emulator)
        self.well = next(r for r in self.routes if r.rule in ("/crm/v3/owners", "/services/oauth2/userinfo"))

    def send(self, request: Request) -> None:
        """Fails for an answer that must not be, and for an emulator that is not well afterwards."""
        problem = complaint(request, call(self.emulator.app, request))
        assert problem == "", problem
        assert call(self.emulator.app, self.surface.request(self.well)).status == 200


@pytest.fixture(scope="module", params=SURFACES, ids=lambda surface: surface.name)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    found = Subject(request.param)
    yield found
    found.emulator.close()


def attack(subject: Subject, examples: int, found: list[Route]) -> None:
    @settings(max_examples=examples, suppress_health_check=_HEALTH)
    @given(st.data())
    def run(data: Any) -> None:
        subject.send(data.draw(requests(subject.surface, found)))

    run()


def test_no_mutated_request_is_answered_with_a_fault(subject: Subject) -> None:
    attack(subject, 600, one_per_view(subject.routes))


@pytest.mark.long
def test_no_mutated_request_of_any_route_is_answered_with_a_fault(subject: Subject) -> None:
    attack(subject, 20_000, subject.routes)
