"""Resources of an object that a describe names and the emulator does not have: 501 each [sheet 3]."""

from __future__ import annotations

from flask import Response, request

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.rest.base import find_object, versioned

pages = versioned("salesforce_unemulated")

_OF_AN_OBJECT = (
    "describe/compactLayouts", "describe/compactLayouts/<path:rest>", "describe/approvalLayouts",
    "describe/approvalLayouts/<path:rest>", "listviews", "listviews/<path:rest>", "quickActions",
    "quickActions/<path:rest>", "defaultValues", "namedLayouts/<path:rest>",
)  # fmt: skip


def _refuse(name: str, rest: str = "") -> Response:
    """What stands on a page besides fields is not recorded anywhere."""
    find_object(name)
    raise not_emulated(f"{request.method} {request.path}")


for _rule in _OF_AN_OBJECT:
    pages.add_url_rule(f"/sobjects/<name>/{_rule}", _rule.replace("/", "_"), _refuse, methods=["GET", "POST"])
