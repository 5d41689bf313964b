"""Each view of both emulators has a valid request, and answers it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.loopback.surface.routes import Route, one_per_view, routes
from tests.loopback.surface.valid import SURFACES, Surface
from tests.loopback.surface.wsgi import call, complaint


def views() -> Iterator[object]:
    for surface in SURFACES:
        emulator = surface.make()
        for route in one_per_view(routes(emulator)):
            yield pytest.param(surface, route, id=f"{surface.name} {route.method} {route.rule}")
        emulator.close()


@pytest.mark.parametrize(("surface", "route"), [*views()])
def test_a_valid_request_is_answered(surface: Surface, route: Route) -> None:
    emulator = surface.make()
    request = surface.request(route)
    answer = call(emulator.app, request)
    emulator.close()
    assert complaint(request, answer) == ""
    if answer.status == 501:
        pytest.skip("not emulated, and it says so")
    assert answer.status < 300 or answer.status == 302, answer.body
