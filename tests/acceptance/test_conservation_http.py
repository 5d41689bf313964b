"""The conservation report over HTTP: both emulators are asked themselves, and what somebody did behind our back has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.loopback.world import setup
from syncd.core.conservation import Conservation
from syncd.sync.conservation import conserve
from tests.acceptance.town import URLS, Town

BUYERS = 5


@pytest.fixture(params=["salesforce", "hubspot"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """Sales got five leads; 20 readers are not ready."""
    place = Town(tmp_path, request.param)
    place.contacts(20)
    place.rest()
    place.contacts(BUYERS, title="Buyer", first=1000)
    place.clock.advance(60)
    place.rest()
    yield place
    place.close()


def report(town: Town) -> Conservation:
    return conserve(town.ledger, town.systems())


def delete(town: Town, email: str) -> str:
    """A person with the rights deletes what sales got: the address of the record."""
    if town.crm == "salesforce":
        lead = next(row["Id"] for row in town.rows("Lead") if row["Email"] == email)
        body = {"sobject": "Lead", "id": lead}
        answer = town.http.post(f"{URLS['salesforce']}/_sandbox/delete", json=body)
        assert answer.ok, answer.text
        return f"salesforce/Lead/{lead}"
    contacts = town.sandbox.hubspot.snapshot()["contacts"]
    contact = next(row["id"] for row in contacts if row["properties"].get("email") == email)
    headers = {"Authorization": f"Bearer {setup.HUBSPOT_REPS_TOKEN}"}
    answer = town.http.delete(f"{URLS['hubspot']}/crm/v3/objects/contacts/{contact}", headers=headers)
    assert answer.ok, answer.text
    return f"hubspot/contacts/{contact}"


def test_S4_21_N3_what_was_handed_over_stands_in_both_systems_and_nothing_is_missing(town: Town) -> None:
    told = report(town)
    assert told.buckets == {"handed_over": BUYERS, "held": 0, "vetoed": 0, "pending": 0, "void": 0}
    assert told.findings == []
    assert told.balanced
    stamped = {(c.system, c.says) for c in told.counts if "stamp" in c.what and c.says}
    assert stamped == {("hubspot", BUYERS), (town.crm, BUYERS)}
    assert told.counts[0].says == BUYERS, "HubSpot says itself who became an MQL"


def test_C1_N3_a_lead_that_was_deleted_behind_our_back_is_listed_by_name(town: Town) -> None:
    ref = delete(town, "person1002@works334.example")
    town.clock.advance(60)
    found = [finding for finding in report(town).findings if finding.system == town.crm]
    assert [(f.kind, str(f.ref), f.email, f.number) for f in found] == [
        ("deleted", ref, "person1002@works334.example", 1)
    ]
    town.rest()
    (finding,) = [f for f in report(town).findings if f.system == town.crm]
    assert (finding.kind, finding.later) == ("deleted", False), "the next syncs do not hide it"


def test_N3_a_stamp_that_somebody_cleared_is_listed_by_name(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.contacts(2, title="Buyer")
    town.clock.advance(60)
    town.rest()
    lead = next(row["Id"] for row in town.rows("Lead") if row["Email"] == "person1@works0.example")
    town.answer([lead], syncd_handed_over_at__c=None)  # type: ignore[arg-type]
    town.clock.advance(60)
    ((kind, email),) = [(f.kind, f.email) for f in report(town).findings]
    assert (kind, email) == ("cleared", "person1@works0.example")
    town.close()


def test_N3_hubspots_index_lags_and_the_report_says_not_yet(town: Town) -> None:
    """A search right after the write does not know of it; the record itself does."""
    town.contacts(1, title="Buyer", first=2000)
    town.clock.advance(60)
    town.sync()
    told = report(town)
    assert told.buckets["handed_over"] == BUYERS + 1
    assert {f.kind for f in told.findings} == {"index"}
    assert all(f.later for f in told.findings)
    assert told.balanced
    town.clock.advance(60)
    assert report(town).findings == []


def test_N3_the_report_costs_two_searches_and_one_composite(town: Town) -> None:
    """Beside the hourly check, which a sync has made already."""
    town.sync()
    asked = town.counted(lambda: report(town)).by_path()
    salesforce = {} if town.crm == "hubspot" else {"salesforce POST /services/data/{v}/composite": 1}
    assert sum(asked.values()) == 2 + len(salesforce), asked
    assert sum(n for path, n in asked.items() if "search" in path) == 2, asked
