"""Public holidays by region, from the package `holidays`, which is only imported where a configuration names some."""

from __future__ import annotations

import functools
from datetime import date

YEARS = range(2020, 2051)
"""Of which holidays are known."""


@functools.cache
def holidays_in(region: str) -> frozenset[date]:
    """The public holidays of a region such as "DE", "DE-BE" or "US-NY". Raises ValueError, which says what would be right."""
    import holidays

    country, _, part = region.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        meant = f'Did you mean "{region.upper()}"?' if country.upper() in known else ""
        raise ValueError(meant or 'Write it like "DE", "US-NY" or "GB-SCT".')
    if part and part not in known[country]:
        parts = known[country]
        raise ValueError(
            f"{country} has {', '.join(parts)}." if parts else f'{country} has no parts: write "{country}".'
        )
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=YEARS))


def days_of(name: str) -> frozenset[date]:
    """The days of a region, or a single date in ISO form."""
    return frozenset({date.fromisoformat(name)}) if name[:1].isdigit() else holidays_in(name)
