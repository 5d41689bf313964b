"""Picklist values as a describe shows them, those of a dependent picklist with their bitmap."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.loopback.salesforce.schema import Field, SObject

_CHECKBOX = ("false", "true")


def described(entry: Field, sobject: SObject) -> list[dict[str, Any]]:
    """The values in order. ``validFor`` of a dependent picklist may be configured as the list of
    controlling values; a describe has a bitmap of them [sheet 15]."""
    if entry.controller is None:
        return entry.picklist
    controlling = controlling_values(sobject.fields[entry.controller])
    return [
        value | {"validFor": bitmap(controlling, value["validFor"])} if isinstance(value["validFor"], list) else value
        for value in entry.picklist
    ]


def controlling_values(controller: Field) -> Sequence[str]:
    """In the order of their bits: inactive values keep theirs; a checkbox is false, then true."""
    return _CHECKBOX if controller.type == "boolean" else [value["value"] for value in controller.picklist]


def bitmap(controlling: Sequence[str], chosen: Iterable[str]) -> str:
    """Base64; the first controlling value is the highest bit of the first byte.

    Whole groups of three bytes, so that no padding sign ends it (UNCONFIRMED).
    """
    chosen = set(chosen)
    bits = "".join("1" if value in chosen else "0" for value in controlling)
    width = -(-len(bits) // 24) * 24
    return base64.b64encode(int(bits.ljust(width, "0"), 2).to_bytes(width // 8)).decode() if width else ""


def valid_for(controlling: Sequence[str], chosen: Iterable[str] | str | None) -> list[int]:
    """Places of the chosen values among the controlling ones; ``chosen`` is a list of them or their bitmap."""
    if chosen is None:
        return []
    if isinstance(chosen, str):
        bits = "".join(f"{byte:08b}" for byte in base64.b64decode(chosen))
        return [place for place, _ in enumerate(controlling) if bits[place : place + 1] == "1"]
    wanted = set(chosen)
    return [place for place, value in enumerate(controlling) if value in wanted]
