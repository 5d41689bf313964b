"""How to reach one HubSpot account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HubSpotSettings:
    """token        reads the access token; asked at the first call and again after a 401 (rotation)
    version      the date-versioned API line, "2026-09", or "v3"
    timeout      seconds for one attempt as a whole
    forms        read form submissions; without them the counters on the contact stand in
    page_views   read page views (Enterprise); without them the counters on the contact stand in
    search_rate  searches a second, of the 5 that all apps of an account share [D:limits]
    burst        calls in 10 seconds until the first answer says what the account may do [D:limits]
    """

    token: Callable[[], str] = field(repr=False)
    url: str = "https://api.hubapi.com"
    version: str = "2026-09"
    timeout: float = 30.0
    forms: bool = True
    page_views: bool = True
    search_rate: int = 4
    burst: int = 90
