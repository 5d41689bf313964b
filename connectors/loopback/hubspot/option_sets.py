"""Option sets of enumerations: small ones from ``data/``, large ones by their rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from connectors.loopback.hubspot.object_types import DATA

Options = list[tuple[str, str]]

# [R:grouparoo/contacts.schema.200.json]: of the names without an area HubSpot has these.
_COUNTRIES = frozenset(
    {"Cuba", "Egypt", "Eire", "Iceland", "Iran", "Israel", "Japan", "Kwajalein", "Libya", "Navajo", "Poland"}
    | {"Portugal", "Turkey"}
)
# Zones newer than HubSpot's list, and the one it does not have.
_UNKNOWN_ZONES = frozenset(
    {"America/Ciudad_Juarez", "America/Coyhaique", "America/Nuuk", "Asia/Qostanay", "Europe/Kyiv", "Pacific/Kanton"}
    | {"Pacific/Kwajalein"}
)
_GONE_ZONES = ("US/Pacific-New",)  # HubSpot kept it, the time zone database did not


@cache
def option_sets() -> dict[str, Options]:
    """By name of the set, the (value, label) pairs in their order."""
    written = json.loads((DATA / "option_sets.json").read_text(encoding="utf-8"))
    sets = {name: [(value, label) for value, label in pairs] for name, pairs in written.items()}
    industries = json.loads((DATA / "industries.json").read_text(encoding="utf-8"))
    return sets | {
        "industry": [(_constant(label), label) for label in industries],
        "language": list(_languages()),
        "timezone": [(zone_value(zone), re.sub("[/_]", " ", zone)) for zone in _zones()],
    }


def zone_value(zone: str) -> str:
    """The option of ``hs_timezone`` for an IANA zone: "america_slash_port_hyphen_au_hyphen_prince"."""
    return zone.lower().replace("/", "_slash_").replace("-", "_hyphen_")


def _zones() -> list[str]:
    """The 525 zones HubSpot offers, from the tzdata package: the same on every machine."""
    known = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    offered = [
        zone
        for zone in known
        if zone in _COUNTRIES or ("/" in zone and not zone.startswith("Etc/") and zone not in _UNKNOWN_ZONES)
    ]
    return sorted([*offered, *_GONE_ZONES])


def _languages() -> Iterator[tuple[str, str]]:
    """191 of them: a language, or one as a region speaks it."""
    data = json.loads((DATA / "languages.json").read_text(encoding="utf-8"))
    for code, name in data["names"].items():
        yield code, name
        for region in data["regions"].get(code, "").split():
            yield f"{code}-{region}", f"{name} - {region.upper()}"


def _constant(label: str) -> str:
    """ "Hospital & Health Care" -> HOSPITAL_HEALTH_CARE."""
    return re.sub("[^A-Z0-9]+", "_", label.upper())
