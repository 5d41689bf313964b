"""Countries and time zones in the spellings that people and HubSpot use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.countries import country
from syncd.core.zones import hours_ahead, zone


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("DE", "Germany"),
        ("deu", "Germany"),
        (" Deutschland ", "Germany"),
        ("GERMANY", "Germany"),
        ("U.S.A.", "United States"),
        ("Cote d’Ivoire", "Côte d'Ivoire"),
        ("Österreich", "Austria"),
        ("Canada (Québec)", "Canada"),
        ("日本", "Japan"),
        ("Россия", "Russia"),
        ("The Netherlands", "Netherlands"),
        ("Atlantis ", "Atlantis"),  # unknown: as written, nothing is guessed
        ("", ""),
    ],
)
def test_country(written: str, name: str) -> None:
    assert country(written) == name


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("America/New_York", "America/New_York"),
        ("america_slash_new_york", "America/New_York"),
        ("america_slash_port_of_spain", "America/Port_of_Spain"),
        ("antarctica_slash_dumontdurville", "Antarctica/DumontDUrville"),
        ("us_slash_eastern", "US/Eastern"),
        ("us_slash_east_hyphen_indiana", "US/East-Indiana"),
        ("UTC", "UTC"),
    ],
)
def test_zone(written: str, key: str) -> None:
    found = zone(written)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("written", ["", "america", "America", "../../etc/passwd", "mars_slash_olympus", "/"])
def test_an_unknown_zone_is_none(written: str) -> None:
    assert zone(written) is None


@pytest.mark.parametrize(
    ("there", "here", "hours"),
    [
        ("Asia/Kolkata", "Europe/Berlin", 4.5),
        ("Pacific/Honolulu", "Europe/Berlin", -11),
        ("Pacific/Auckland", "UTC", 13),
        ("Europe/Berlin", "Europe/Paris", 0),
    ],
)
def test_C17_hours_ahead(there: str, here: str, hours: float) -> None:
    first, second = zone(there), zone(here)
    assert first is not None
    assert second is not None
    assert hours_ahead(first, second, datetime(2026, 11, 3, 14, 5, tzinfo=UTC)) == hours
