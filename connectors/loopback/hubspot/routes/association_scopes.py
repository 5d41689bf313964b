"""What a token must be granted to see or change a link between two records (§1.5)."""

from __future__ import annotations

from connectors.loopback.hubspot.call import Call
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal


def check_ends(portal: Portal, call: Call, from_kind: ObjectType, to_kind: ObjectType) -> None:
    """403 without a scope to read or write either type, or one of each: see ``association_scopes``."""
    if portal.settings.association_scopes == "either":
        call.caller.require([*from_kind.any_scope, *to_kind.any_scope])
        return
    for kind in (from_kind, to_kind):
        call.caller.require(kind.any_scope)
