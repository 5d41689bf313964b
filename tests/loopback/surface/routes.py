"""The routes that an emulator has, read from the application itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One rule and method; ``view`` names the function that answers, however many paths lead to it."""

    method: str
    rule: str
    view: str

    @property
    def variables(self) -> list[str]:
        return _VARIABLE.findall(self.rule)

    def path(self, values: dict[str, str]) -> str:
        """The rule with its variables filled; one that has no value is its own name."""
        return _VARIABLE.sub(lambda found: values.get(found[1], found[1]), self.rule)


def routes(emulator: Any, *, control: bool = False) -> list[Route]:
    """Every route in a stable order; those of the sandbox's control only when asked for."""
    return sorted(_routes(emulator, control), key=lambda route: (route.rule, route.method))


def one_per_view(found: list[Route]) -> list[Route]:
    """The first spelling of each view."""
    first: dict[tuple[str, str], Route] = {}
    for route in found:
        first.setdefault((route.method, route.view), route)
    return list(first.values())


def _routes(emulator: Any, control: bool) -> Iterator[Route]:
    for rule in emulator.app.flask_app.url_map.iter_rules():
        if rule.rule.startswith("/_sandbox/") == control:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                # HubSpot's endpoints are "method, path, view": its paths in common tell equal view names apart.
                view = rule.endpoint.rpartition(" ")[2]
                yield Route(method, rule.rule, f"{_family(rule.rule)} {view}")


def _family(rule: str) -> str:
    return " ".join(
        word for word in re.split(r"\W+", rule) if word in ("associations", "objects", "properties", "owners")
    )
