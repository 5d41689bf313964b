"""A made-up HubSpot account: N contacts of twenty filled properties, always the same ones.

A change of a contact is a new job title and nothing else; `revisions` says which contacts have one.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LIST, SEARCH = 100, 200
FIRST_ID = 713_000_000_000
DATE = "Tue, 24 Nov 2026 09:00:00 GMT"
"""The server's clock stands still, so that no hourly stream comes due in the middle of a measurement."""

_FIRST = ("Ada", "Jonas", "Niamh", "Søren", "Chloé", "Lucía", "Dana", "Marcus", "Yui", "Amara", "Ivan", "Béla", "Tomás")
_LAST = (
    "Köhler",
    "Weiss",
    "O'Sullivan",
    "Åkerlund",
    "Besançon",
    "Ferraro",
    "Reyes",
    "Bell",
    "Tanaka",
    "Okafor",
    "Novák",
)
_INDUSTRY = ("COMPUTER_SOFTWARE", "MACHINERY", "LOGISTICS_AND_SUPPLY_CHAIN", "FINANCIAL_SERVICES")
_CITY = (("Berlin", "Berlin", "10115", "Germany"), ("Dublin", "Leinster", "D02 X285", "Ireland"),
         ("Austin", "Texas", "73301", "United States"), ("Lyon", "Rhône", "69001", "France"))  # fmt: skip
_SOURCE = ("ORGANIC_SEARCH", "DIRECT_TRAFFIC", "PAID_SEARCH", "EMAIL_MARKETING", "REFERRALS")
_STAGE = ("subscriber", "lead", "lead", "lead", "marketingqualifiedlead", "customer")


def properties(number: int, revision: int = 0) -> dict[str, str]:
    """The twenty properties of contact `number`, as text like everything on HubSpot's wire."""
    first, last = _FIRST[number % 13], _LAST[number % 11]
    city, state, code, country = _CITY[number % 4]
    domain = f"works-{number // 3}.example"
    return {
        "email": f"{first}.{last}.{number}@{domain}".lower(),
        "firstname": first,
        "lastname": last,
        "company": f"{last} & {first} Works {number // 3}",
        "jobtitle": f"Head of Operations {revision}" if revision else "Head of Operations",
        "phone": f"+49 30 {1_000_000 + number}",
        "mobilephone": f"+49 171 {2_000_000 + number}",
        "website": domain,
        "industry": _INDUSTRY[number % 4],
        "numemployees": ("5-25", "25-50", "50-100", "100-500")[number % 4],
        "annualrevenue": str(1_000_000 + number * 10),
        "city": city,
        "state": state,
        "zip": code,
        "country": country,
        "hs_language": ("en", "de", "fr")[number % 3],
        "hs_timezone": ("europe_slash_berlin", "europe_slash_dublin", "us_slash_central")[number % 3],
        "hs_analytics_source": _SOURCE[number % 5],
        "lifecyclestage": _STAGE[number % 6],
        "hs_email_optout": "false",
    }


PROPERTIES = tuple(properties(0))


@dataclass(slots=True)
class Portal:
    """The account as it is now. `latest` are the contacts that a search for changes finds, in order of their ids."""

    contacts: int = 0
    revision: int = 0
    revisions: dict[int, int] = field(default_factory=dict)
    latest: list[int] = field(default_factory=list)

    def change(self, count: int) -> None:
        """`count` contacts change, spread evenly over the account; which ones, differs from time to time."""
        self.revision += 1
        stride = max(1, self.contacts // count) if count else 1
        offset = self.revision * 7919 % stride
        self.latest = [offset + n * stride for n in range(count)]
        self.revisions.update(dict.fromkeys(self.latest, self.revision))

    def list_page(self, after: int) -> bytes:
        """The contacts from number `after` on, as HubSpot's list answers."""
        end = min(after + LIST, self.contacts)
        return self._page(range(after, end), str(end) if end < self.contacts else "")

    def search_page(self, last: str) -> bytes:
        """The latest changes with ids beyond `last`, as HubSpot's search answers."""
        rest = self.latest[bisect_right(self.latest, int(last) - FIRST_ID) :] if last else self.latest
        return self._page(rest[:SEARCH], str(SEARCH) if len(rest) > SEARCH else "")

    def _page(self, numbers: Iterable[int], after: str) -> bytes:
        body: dict[str, Any] = {"results": [contact(n, self.revisions) for n in numbers]}
        if after:
            body["paging"] = {"next": {"after": after}}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def contact(number: int, revisions: Mapping[int, int]) -> dict[str, Any]:
    """One contact as HubSpot shows it."""
    revision = revisions.get(number, 0)  # its stamp must not go back, for a row with an older stamp is ignored
    return {
        "id": str(FIRST_ID + number),
        "properties": properties(number, revision),
        "createdAt": "2026-03-01T08:00:00.000Z",
        "updatedAt": f"2026-11-24T{8 + revision // 3600:02}:{revision // 60 % 60:02}:{revision % 60:02}.{number % 1000:03}Z",
        "archived": False,
    }
