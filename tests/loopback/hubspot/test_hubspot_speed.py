"""A portal of 100,000 contacts loads in seconds and answers in milliseconds (prints both)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hubspot_session import HubSpot, Portal

NAMES = [
    "email", "firstname", "lastname", "company", "phone", "jobtitle", "city", "country",
    "lifecyclestage", "hs_lead_status",
]  # fmt: skip


def best_ms(call: Callable[[], object], rounds: int = 5) -> float:
    """The fastest of a few runs: other work on the machine only ever adds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


@pytest.mark.long
def test_100_000_contacts(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    hs: HubSpot = portal()
    began = time.perf_counter()
    ids = hs.emulator.seed(
        "contacts",
        (
            {
                "properties": {
                    "email": f"p{n}@example{n % 977}.com", "firstname": "Ann", "lastname": f"L{n}",
                    "company": f"Company {n % 977}", "phone": f"+49 30 {n}", "jobtitle": "CTO",
                    "city": "Berlin", "country": "Germany",
                    "lifecyclestage": "marketingqualifiedlead" if n % 20 == 0 else "lead",
                }
            }
            for n in range(100_000)
        ),
    )  # fmt: skip
    load = time.perf_counter() - began
    query = {"limit": 100, "properties": ",".join(NAMES), "after": ids[50_000]}
    page = best_ms(lambda: hs.get("/crm/v3/objects/contacts", params=query))
    window = [
        {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "2026-11-01"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": ids[100]},
    ]
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    body = {"properties": NAMES, "limit": 200, "sorts": by_id}
    polled = best_ms(lambda: hs.search(filterGroups=[{"filters": window}], **body))
    stage = {"propertyName": "lifecyclestage", "operator": "EQ", "value": "marketingqualifiedlead"}
    staged = best_ms(lambda: hs.search(filterGroups=[{"filters": [stage]}], **body))
    loose = {"propertyName": "city", "operator": "EQ", "value": "berlin"}
    scanned = best_ms(lambda: hs.search(filterGroups=[{"filters": [loose]}], **body), rounds=1)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nload {load:.1f} s, list page of 100 {page:.1f} ms, search page of 200: "
            f"window {polled:.1f} ms, stage {staged:.1f} ms, full scan {scanned:.0f} ms"
        )
    assert load < 60
    assert page < 50
    assert polled < 200
