"""The HTTP surface, one module per resource family."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.routes import (
    account,
    associations_v3,
    associations_v4,
    batch,
    email_events,
    events,
    forms,
    merge,
    oauth,
    objects,
    owners,
    pipelines,
    properties,
    search,
)

_FAMILIES = (
    account,
    associations_v3,
    associations_v4,
    batch,
    email_events,
    events,
    forms,
    merge,
    oauth,
    objects,
    owners,
    pipelines,
    properties,
    search,
)


def register(api: Api) -> None:
    """Route every family."""
    for family in _FAMILIES:
        family.register(api)
