"""The simulated reps at work, in process, on leads handed over as syncd does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
import requests

from connectors.loopback.kit import InProcess
from connectors.loopback.reps import Reps
from connectors.loopback.sandbox import Options, Sandbox, prepare
from connectors.loopback.world import setup

HUBSPOT, SALESFORCE = "https://hubspot.example", "https://salesforce.example"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LEADS = 40


class Town:
    """A small sandbox without sockets."""

    def __init__(self) -> None:
        self.sandbox: Sandbox = prepare(Options(contacts=60, days=30, ticking=False, now=NOW))
        self.http = requests.Session()
        self.http.mount(HUBSPOT, InProcess(self.sandbox.hubspot.app))
        self.http.mount(SALESFORCE, InProcess(self.sandbox.salesforce.app))

    def reps(self, seed: int = 5, crm: Literal["salesforce", "hubspot"] = "salesforce") -> Reps:
        return Reps(
            self.sandbox.world.crew,
            hubspot_url=HUBSPOT,
            salesforce_url=SALESFORCE,
            hubspot_token=setup.HUBSPOT_REPS_TOKEN,
            seed=seed,
            crm=crm,
            http=self.http,
        )

    def hand_over_leads(self, count: int = LEADS) -> list[str]:
        reps = [rep for rep in self.sandbox.world.crew.reps if rep.user_id]
        return [
            self.create(
                "Lead",
                {
                    "LastName": f"Lead {n}",
                    "Company": f"Company {n}",
                    "Email": f"lead{n}@handed-over.example",
                    "OwnerId": reps[n % len(reps)].user_id,
                    "syncd_handoff_no__c": 1,
                },
            )
            for n in range(count)
        ]

    def create(self, sobject: str, fields: dict[str, Any]) -> str:
        answer = self.http.post(
            f"{SALESFORCE}/services/data/v62.0/sobjects/{sobject}",
            json=fields,
            headers={
                "Authorization": f"Bearer {setup.INTEGRATION_TOKEN}",
                "Sforce-Auto-Assign": "FALSE",
            },
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def rows(self, sobject: str) -> dict[str, dict[str, Any]]:
        return {row["Id"]: row for row in self.sandbox.salesforce.snapshot().get(sobject, [])}

    def close(self) -> None:
        self.http.close()
        self.sandbox.stop()


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


def test_a_month_of_work_ends_leads_in_every_way(town: Town) -> None:
    ids = town.hand_over_leads()
    done = town.reps().work(45)
    assert not [entry for entry in done if "refused" in entry]
    leads = town.rows("Lead")
    ends = Counter(leads[lead_id]["Status"] for lead_id in ids)
    assert set(ends) == {
        "Open - Not Contacted",
        "Recycled",
        "Could Not Reach",
        "Closed - Not Converted",
        "Closed - Converted",
    }
    for lead_id in ids:
        lead = leads[lead_id]
        if lead["Status"] == "Recycled":
            assert lead["syncd_reason__c"]
            assert lead["syncd_not_before__c"] > "2026-11-20"
        elif lead["Status"] == "Closed - Not Converted":
            assert lead["syncd_reason__c"]
        assert lead["IsConverted"] is (lead["Status"] == "Closed - Converted")
    acts = Counter(entry["act"] for entry in done)
    assert min(acts[act] for act in ("call", "email", "convert", "propose", "won", "lost")) >= 1
    deals = town.rows("Opportunity")
    for entry in done:
        if entry["act"] == "won":
            deal = deals[entry["wrote"]["opportunity_id"]]
            assert deal["StageName"] == "Closed Won"
            assert deal["IsWon"]
            assert deal["Amount"] > 0


def test_what_a_rep_does_is_logged_under_the_reps_own_name(town: Town) -> None:
    (lead_id,) = town.hand_over_leads(1)
    done = town.reps(seed=1).work(10)
    calls = [entry for entry in done if entry["act"] == "call"]
    assert calls
    owner = town.rows("Lead")[lead_id]["OwnerId"]
    assert calls[0]["rep"] == town.rows("User")[owner]["Email"]
    tasks = [task for task in town.rows("Task").values() if task["Subject"] == "Call"]
    mine = [task for task in tasks if task["CreatedById"] == owner]
    assert len(mine) == len(calls)


def test_the_same_seed_works_the_same_way() -> None:
    def month(seed: int) -> list[dict[str, Any]]:
        town = Town()
        town.hand_over_leads(12)
        done = town.reps(seed).work(20)
        town.close()
        return done

    assert month(3) == month(3) != month(4)


def test_a_contact_is_judged_by_its_disposition(town: Town) -> None:
    crew = town.sandbox.world.crew
    rep = next(rep for rep in crew.reps if rep.user_id)
    contacts = [
        town.create(
            "Contact",
            {"LastName": f"Known {n}", "OwnerId": rep.user_id, "syncd_handoff_no__c": 1},
        )
        for n in range(12)
    ]
    for n, contact_id in enumerate(contacts):
        task = {"WhoId": contact_id, "Subject": "Hot", "OwnerId": rep.user_id}
        town.create("Task", task | {"syncd_key__c": f"key-{n}"})
    done = town.reps().work(30)
    assert not [entry for entry in done if "refused" in entry]
    rows = town.rows("Contact")
    judged = {rows[contact_id]["syncd_disposition__c"] for contact_id in contacts}
    assert {"qualified", "recycle"} <= judged
    keyed = [task for task in town.rows("Task").values() if task["syncd_key__c"]]
    assert any(task["Status"] == "Completed" for task in keyed)


def test_a_refused_step_is_told_and_done_later(town: Town) -> None:
    town.hand_over_leads(10)
    # The Task of the first call is refused, once.
    town.sandbox.salesforce.faults.add({"path": "/sobjects/Task$", "nth": 1, "status": 503})
    done = town.reps().work(10)
    refused = [entry for entry in done if "refused" in entry]
    assert len(refused) == 1
    assert "503" in refused[0]["refused"]
    later = [entry for entry in done if entry["id"] == refused[0]["id"] and "wrote" in entry]
    assert later[0]["act"] == refused[0]["act"]
    assert later[0]["at"] > refused[0]["at"]


def test_the_clock_moves_by_the_days_worked(town: Town) -> None:
    town.reps().work(1.6)
    assert town.sandbox.clock.now().isoformat() == "2026-11-21T23:24:00+00:00"


def test_in_hubspot_they_work_contacts_that_are_new(town: Town) -> None:
    crew = town.sandbox.world.crew
    owners = [rep.owner_id for rep in crew.reps]
    ids = town.sandbox.hubspot.seed(
        "contacts",
        [
            {
                "properties": {
                    "email": f"new{n}@handed-over.example",
                    "hs_lead_status": "NEW",
                    "hubspot_owner_id": owners[n % len(owners)],
                    "syncd_handoff_no": "1",
                }
            }
            for n in range(LEADS)
        ],
    )
    done = town.reps(crm="hubspot").work(45)
    assert not [entry for entry in done if "refused" in entry]
    snapshot = town.sandbox.hubspot.snapshot()
    contacts = {row["id"]: row["properties"] for row in snapshot["contacts"]}
    statuses = Counter(contacts[contact_id]["hs_lead_status"] for contact_id in ids)
    assert {"BAD_TIMING", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "OPEN_DEAL"} <= set(statuses)
    recycled = [contacts[i] for i in ids if contacts[i]["hs_lead_status"] == "BAD_TIMING"]
    assert all(contact["syncd_reason"] and contact["syncd_not_before"] for contact in recycled)
    stages = Counter(deal["properties"]["dealstage"] for deal in snapshot["deals"])
    assert stages["closedwon"] >= 1
    linked = {
        link["from"][1]
        for link in snapshot["associations"]
        if (link["from"][0], link["to"][0]) == ("deals", "contacts") and link["to"][1] in ids
    }
    assert len(linked) == sum(entry["act"] == "convert" for entry in done)
