"""What happens in a scenario, and when, on the sandbox's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from scenario_systems import HUBSPOT, SAVE_ANYWAY, START, Stage, Systems

from connectors.loopback.sandbox import Sandbox
from connectors.loopback.world import setup

Both = Callable[[Sandbox], Systems]


def event(do: str, at: str = 'at = "1h"', **keys: str) -> str:
    lines = [f"{name} = {value}" for name, value in keys.items()]
    return "\n".join(["[[event]]", f'do = "{do}"', at, *lines, ""])


SF, HS = '"salesforce"', '"hubspot"'


def lead(both: Systems, **fields: Any) -> str:
    made = both.salesforce(
        "POST", "/sobjects/Lead", json={"LastName": "Doe", "Company": "Acme", **fields}, headers=SAVE_ANYWAY
    )
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    return found


def contact(both: Systems, email: str, **properties: str) -> str:
    made = both.hubspot("POST", "/crm/v3/objects/contacts", json={"properties": {"email": email, **properties}})
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    return found


def test_an_event_happens_at_its_time_and_not_before(stage: Stage, systems: Both) -> None:
    edit = event("edit", 'at = "2h"', system=SF, object='"Lead"', fields='{ Rating = "Hot" }')
    both = systems(stage(edit))
    lead_id = lead(both)
    both.advance("1h 59m")
    assert both.query("SELECT Rating FROM Lead")[0]["Rating"] is None
    both.advance("3d")
    (row,) = both.query("SELECT Rating, LastModifiedDate FROM Lead")
    assert (row["Rating"], row["LastModifiedDate"]) == ("Hot", "2026-03-02T11:00:00.000+0000")
    (entry,) = both.report()["events"]
    assert entry == {"at": "2026-03-02T11:00:00.000+00:00", "event": 0, "do": "edit", "done": [{"id": lead_id}]}


def test_an_event_happens_again_every_so_often_and_so_many_times(stage: Stage, systems: Both) -> None:
    create = {"system": SF, "object": '"Lead"', "fields": '{ LastName = "N", Company = "C" }'}
    text = event("create", 'at = "30m"\nevery = "1d"\ntimes = 3', **create) + event("create", 'every = "2d"', **create)
    both = systems(stage(text))
    both.advance("9d")
    times = [entry["at"][:16] for entry in both.report()["events"] if entry["event"] == 0]
    assert times == ["2026-03-02T09:30", "2026-03-03T09:30", "2026-03-04T09:30"]
    times = [entry["at"][:16] for entry in both.report()["events"] if entry["event"] == 1]
    assert times == [f"2026-03-{day:02d}T09:00" for day in (4, 6, 8, 10)]
    assert len(both.query("SELECT Id FROM Lead")) == 7


def test_a_ticking_clock_lets_events_happen_without_a_request(stage: Stage) -> None:
    text = event("clear-faults", 'at = "0.01s"', system=HS)
    sandbox = stage(text, ticking=True, now=None)
    happened = threading.Event()
    sandbox.clock.at(sandbox.clock.next_alarm(), happened.set)  # type: ignore[arg-type]
    sandbox.serve()
    assert happened.wait(60)
    assert sandbox.production is not None
    assert [entry["do"] for entry in sandbox.production.report()["events"]] == ["clear-faults"]


def test_the_same_seed_does_the_same_to_the_same_records(stage: Stage) -> None:
    text = event("edit", 'every = "1d"', system=HS, object='"contacts"', take="3", fields='{ city = "Oslo" }')
    text += event("merge", 'at = "36h"', system=HS, object='"contacts"', take="2")

    def played(seed: int) -> Any:
        sandbox = stage(text, contacts=80, seed=seed)
        sandbox.clock.advance(4 * 86_400)
        assert sandbox.production is not None
        return sandbox.production.report(), sandbox.hubspot.snapshot()

    first, again, other = played(6), played(6), played(7)
    assert first == again
    assert first[0]["events"] != other[0]["events"]


def test_people_edit_convert_merge_and_delete_in_salesforce(stage: Stage, systems: Both) -> None:
    text = event("convert", 'at = "1h"', where='{ LastName = "Convert" }', amount="500.0")
    text += event("merge", 'at = "2h"', system=SF, object='"Lead"', same='"Email"', take="5")
    text += event("delete", 'at = "3h"', system=SF, object='"Lead"', where='{ LastName = "Delete" }')
    both = systems(stage(text))
    converted, deleted = lead(both, LastName="Convert"), lead(both, LastName="Delete")
    twins = [lead(both, Email="Twin@x.example"), lead(both, Email="twin@x.example")]
    single = lead(both, Email="single@x.example")
    both.advance("1d")
    soql = "SELECT Id, IsConverted, IsDeleted, MasterRecordId FROM Lead"
    rows = {row["Id"]: row for row in both.query(soql)}
    assert rows[converted]["IsConverted"]
    assert [row["Amount"] for row in both.query("SELECT Amount FROM Opportunity")] == [500.0]
    assert rows[deleted]["IsDeleted"]
    assert sorted(rows[twin]["IsDeleted"] for twin in twins) == [False, True]
    assert {rows[twin]["MasterRecordId"] for twin in twins} & set(twins)
    assert not rows[single]["IsDeleted"]


def test_people_edit_create_merge_and_delete_in_hubspot(stage: Stage, systems: Both) -> None:
    text = event("create", 'at = "1h"', system=HS, object='"contacts"', fields='{ email = "new@x.example" }')
    where = '{ email = "new@x.example" }'
    text += event("edit", 'at = "2h"', system=HS, object='"contacts"', where=where, fields='{ city = "Rome" }')
    text += event("merge", 'at = "3h"', system=HS, object='"contacts"', same='"lastname"')
    text += event("delete", 'at = "4h"', system=HS, object='"contacts"', where='{ firstname = "Gone" }')
    both = systems(stage(text))
    twins = {contact(both, f"{n}@x.example", lastname="Twin") for n in (1, 2)}
    gone = contact(both, "gone@x.example", firstname="Gone")
    both.advance("5h")
    listed = both.hubspot("GET", "/crm/v3/objects/contacts?properties=email,city,lastname").json()["results"]
    by_email = {row["properties"]["email"]: row for row in listed}
    assert by_email["new@x.example"]["properties"]["city"] == "Rome"
    assert gone not in {row["id"] for row in listed}
    (merged,) = [row for row in listed if row["properties"]["lastname"] == "Twin"]
    assert [set(entry["done"][0]["merged"]) for entry in both.report()["events"] if entry["do"] == "merge"] == [twins]
    assert merged["id"] not in twins


def test_admins_change_fields_options_people_and_sessions(stage: Stage, systems: Both) -> None:
    text = event("add-field", system=SF, object='"Lead"', definition='{ name = "New__c", type = "string" }')
    text += event("remove-field", system=SF, object='"Lead"', field='"syncd_tier__c"')
    text += event("remove-field", system=HS, object='"contacts"', field='"syncd_tier"')
    fresh = '{ name = "fresh", label = "F", type = "string", fieldType = "text", groupName = "syncd" }'
    text += event("add-field", system=HS, object='"contacts"', definition=fresh)
    text += event("set-option", system=SF, object='"Lead"', field='"Rating"', value='"Hot"', active="false")
    for field, value, active in (("syncd_disposition", "trash", "false"), ("syncd_stage", "parked", "true")):
        keys = {"field": f'"{field}"', "value": f'"{value}"', "active": active}
        text += event("set-option", system=HS, object='"contacts"', **keys)
    text += event("deactivate", system=SF, owner='"marcus.bell@syncd.example"')
    text += event("deactivate", system=HS, owner='"marcus.bell@syncd.example"')
    both = systems(stage(text))
    both.advance("1h 1m")
    assert not [entry for entry in both.report()["events"] if "refused" in entry]
    described = {f["name"]: f for f in both.salesforce("GET", "/sobjects/Lead/describe").json()["fields"]}
    assert "New__c" in described
    assert "syncd_tier__c" not in described
    assert "Hot" not in [v["value"] for v in described["Rating"]["picklistValues"] if v["active"]]
    shown = {p["name"]: p for p in both.hubspot("GET", "/crm/v3/properties/contacts").json()["results"]}
    assert "fresh" in shown
    assert "syncd_tier" not in shown
    assert "trash" not in [o["value"] for o in shown["syncd_disposition"]["options"]]
    assert "parked" in [o["value"] for o in shown["syncd_stage"]["options"]]
    (user,) = both.query("SELECT IsActive FROM User WHERE Username = 'marcus.bell@syncd.example'")
    assert user["IsActive"] is False
    owners = both.hubspot("GET", "/crm/v3/owners?limit=100").json()["results"]
    assert "marcus.bell@syncd.example" not in {owner["email"] for owner in owners}


def test_sessions_and_tokens_end(stage: Stage, systems: Both) -> None:
    text = event("expire-sessions", 'at = "1h"', system=SF, users='["syncd.integration@syncd.example"]')
    text += event("expire-sessions", 'at = "2h"', system=HS, users=f'["{setup.HUBSPOT_TOKEN}"]')
    both = systems(stage(text))
    both.advance("1h")
    assert both.salesforce("GET", "/limits").status_code == 401
    assert both.hubspot("GET", "/crm/v3/owners").status_code == 200
    both.advance("1h")
    assert both.hubspot("GET", "/crm/v3/owners").status_code == 401


def test_a_fault_begins_and_ends(stage: Stage, systems: Both) -> None:
    text = event("fault", 'at = "1h"', system=HS, rule='{ path = "/owners", status = 503 }', lasts='"2h"')
    text += event("fault", 'at = "1h"', system=HS, rule='{ path = "/account-info", status = 502 }')
    text += event("clear-faults", 'at = "5h"', system=HS)
    both = systems(stage(text))
    seen = []
    for _ in range(4):
        paths = ("/crm/v3/owners", "/account-info/v3/details")
        seen.append(tuple(both.hubspot("GET", path).status_code for path in paths))
        both.advance("1h 30m")
    assert seen == [(200, 200), (503, 502), (200, 502), (200, 502)]
    assert both.hubspot("GET", "/account-info/v3/details").status_code == 200


def test_any_control_endpoint_can_be_an_event(stage: Stage, systems: Both) -> None:
    both = systems(stage(event("control", system=SF, action='"limits"', body="{ daily_remaining = 7 }")))
    both.advance("1h")
    assert both.salesforce("GET", "/limits").json()["DailyApiRequests"]["Remaining"] < 7


def test_what_a_system_refuses_is_told_and_the_rest_goes_on(stage: Stage, systems: Both) -> None:
    text = event("create", 'at = "1h"', system=SF, object='"Lead"', fields='{ LastName = "x" }')
    text += event("create", 'at = "2h"', system=HS, object='"contacts"', fields='{ email = "no address" }')
    text += event("create", 'at = "3h"', system=SF, object='"Lead"', fields='{ LastName = "x", Company = "y" }')
    both = systems(stage(text))
    both.advance("1d")
    first, second, third = both.report()["events"]
    assert "Company" in first["refused"]
    assert "no address" in second["refused"]
    assert third["done"]


def test_peoples_work_is_not_counted_as_api_requests(stage: Stage, systems: Both) -> None:
    both = systems(stage(event("edit", system=HS, object='"contacts"', fields='{ city = "x" }'), contacts=5))
    both.session.delete(f"{HUBSPOT}/_sandbox/requests")
    both.advance("1h")
    assert both.session.get(f"{HUBSPOT}/_sandbox/requests").json()["total"] == 0
    assert both.report()["events"][0]["done"]


@pytest.mark.parametrize("system", [SF, HS])
def test_a_named_record_is_the_one_that_is_touched(stage: Stage, systems: Both, system: str) -> None:
    both = systems(stage(""))
    found = {SF: lambda: lead(both), HS: lambda: contact(both, "a@x.example")}[system]()
    kind, name = {SF: ('"Lead"', "City"), HS: ('"contacts"', "city")}[system]
    both = systems(
        stage(event("edit", system=system, object=kind, ids=f'["{found}"]', fields=f'{{ {name} = "Bonn" }}'))
    )
    again = {SF: lambda: lead(both), HS: lambda: contact(both, "a@x.example")}[system]()
    other = {SF: lambda: lead(both), HS: lambda: contact(both, "b@x.example")}[system]()
    assert again == found
    both.advance("2h")
    assert other not in str(both.report()["events"])
    assert found in str(both.report()["events"])


def test_while_time_passes_in_one_system_both_go_on_answering(stage: Stage, systems: Both) -> None:
    """Events take the locks of both systems, so letting time pass holds none."""
    both = systems(stage(""))
    answered: list[int] = []

    def ask() -> None:
        other = threading.Thread(target=lambda: answered.append(both.salesforce("GET", "/limits").status_code))
        other.start()
        other.join(30)

    both.sandbox.clock.at(START + timedelta(minutes=30), ask)
    both.advance("1h")
    assert answered == [200]
