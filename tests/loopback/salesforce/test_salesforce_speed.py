"""A page costs the same in a small and in a large org, counted in SQLite's own steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator

POLL = (
    "SELECT Id, LastName FROM Lead WHERE SystemModstamp >= 2026-11-24T00:00:00Z AND SystemModstamp < "
    "2026-11-24T00:00:10Z ORDER BY SystemModstamp, Id"
)


def poll(api: Api) -> None:
    """A short window of a long history."""
    assert len(api.rows(POLL)) == 10


def by_address(api: Api) -> None:
    assert len(api.rows("SELECT Id FROM Lead WHERE Email = 'P7@EXAMPLE.COM'")) == 1


def by_key(api: Api) -> None:
    body = {"attributes": {"type": "Lead"}, "HS_Id__c": "7", "Title": "x"}
    (saved,) = api.patch("/composite/sobjects/Lead/HS_Id__c", {"records": [body]}).json()
    assert (saved["success"], saved["created"]) == (True, False)


@pytest.mark.parametrize("ask", [poll, by_address, by_key])
def test_it_costs_the_same_in_an_org_ten_times_as_large(clock: Clock, ask: Callable[[Api], None]) -> None:
    small, large = (steps(leads, clock, ask) for leads in (300, 3_000))
    assert 0 < large < small * 1.2


def steps(leads: int, clock: Clock, ask: Callable[[Api], None]) -> int:
    """What the second of two equal requests takes."""
    emulator = SalesforceEmulator(clock=clock)
    emulator.add_field("Lead", {"name": "HS_Id__c", "type": "string", "length": 32, "externalId": True})
    emulator.seed(
        "Lead",
        (
            {
                "LastName": f"L{n}",
                "Company": "Acme",
                "Email": f"p{n}@example.com",
                "HS_Id__c": str(n),
                "LastModifiedDate": f"2026-11-24T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000+0000",
            }
            for n in range(leads)
        ),
    )
    api = Api(emulator)
    ask(api)
    taken = 0

    def one_more() -> None:
        nonlocal taken
        taken += 1

    emulator.org.store.db.set_progress_handler(one_more, 1)
    ask(api)
    emulator.close()
    return taken
