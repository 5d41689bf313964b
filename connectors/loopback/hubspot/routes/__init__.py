"""The HTTP surface, one module per resource family."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from connectors.loopback.hubspot.app import Api


def register(api: Api) -> None:
    """Route every family: each module here that has a ``register`` of its own."""
    for found in iter_modules(__path__):
        family = import_module(f"{__name__}.{found.name}")
        if hasattr(family, "register"):
            family.register(api)
