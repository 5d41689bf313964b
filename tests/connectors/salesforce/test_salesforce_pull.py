"""What a pull shows of an org, and in how many calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import FieldNeed
from syncd.core.errors import Unavailable
from syncd.core.types import Action, Activity, Opportunity, Owner, Page, Record, Ref, State, Verb
from tests.connectors.salesforce.org import ADMIN_TOKEN, Org

HOUR = 3_600.0
KEY = "syncd_abcdefghijklmnopqrstuvwxyz"


def people(pages: Iterable[Page]) -> dict[str, Record]:
    return {r.ref.id: r for page in pages for r in page.people}


def activities(pages: Iterable[Page]) -> list[Activity]:
    return [a for page in pages for a in page.activities]


def opportunities(pages: Iterable[Page]) -> dict[str, Opportunity]:
    return {o.ref.id: o for page in pages for o in page.opportunities}


def owners(pages: Iterable[Page]) -> dict[str, Owner]:
    return {o.ref.id: o for page in pages for o in page.owners}


def follow_up(lead: str, owner: str) -> Action:
    fields = {
        "subject": "Call",
        "body": "…",
        "at": "2026-11-20T09:00:00Z",
        "due": "2026-11-20T13:00:00Z",
        "owner": owner,
    }
    fields |= {"person": lead, "person_kind": "Lead"}
    return Action(KEY, "task", Verb.CREATE, Ref("salesforce", "task", ""), fields, "p", "c", token=KEY, handoff=1)


def at_rest(org: Org, connector: Any) -> Any:
    org.clock.advance(HOUR)
    cursor = list(connector.pull("changes", None))[-1].cursor
    org.clock.advance(HOUR)
    return cursor


def test_a_first_pull_pages_by_locator_in_the_fewest_calls() -> None:
    org = Org(page_size=200)
    for n in range(1_000):
        org.lead(Email=f"p{n}@example.com")
    connector = org.connect()
    before = org.counted()
    assert len(people(connector.pull("changes", None))) == 1_000
    assert org.counted() - before == 1 + 4 + 1, "a composite, four further pages of leads, the queues"


def test_a_walk_goes_on_when_the_server_has_forgotten_it() -> None:
    org = Org(page_size=200)
    ids = {org.lead() for _ in range(500)}
    pages = org.connect().pull("changes", None)
    seen = people([next(pages)])
    body = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    org.emulator.faults.add({"method": "GET", "path": "/query/", "status": 400, "body": body, "nth": 1})
    assert set(seen) | set(people(pages)) == ids


def test_a_next_page_elsewhere_is_refused(org: Org) -> None:
    connector = org.connect()
    for locator in ("https://evil.example/services/data/v65.0/query/0r8-1", "/services/data/v65.0/sobjects/User/005"):
        with pytest.raises(Unavailable):
            connector._client.more(locator)


def test_fields_are_those_of_the_mapping_and_never_the_stamps(org: Org) -> None:
    lead = org.lead(Email="a@example.com", Title="CTO", Website="https://acme.example")
    record = people(org.connect().pull("changes", None))[lead]
    assert record.fields["Title"] == "CTO"
    assert record.fields["syncd_score__c"] is None
    assert {"Id", "Email", "OwnerId", "Status", "IsConverted", "ConvertedOpportunityId"} <= set(record.fields)
    assert not {"attributes", "SystemModstamp", "LastModifiedDate", "Website", "syncd_brief__c"} & set(record.fields)


def test_a_task_does_not_make_its_lead_look_changed(org: Org) -> None:
    """It moves SystemModstamp and no more. [salesforce.md 0.7]"""
    lead = org.lead()
    connector = org.connect()
    first = people(connector.pull("changes", None))[lead]
    cursor = at_rest(org, connector)
    org.api("POST", "/sobjects/Task", {"WhoId": lead, "Subject": "Called", "Status": "Completed", "OwnerId": org.rep})
    assert people(connector.pull("changes", cursor))[lead] == first


def test_tasks_are_what_reps_did(org: Org) -> None:
    lead = org.lead()
    connector = org.connect()
    cursor = at_rest(org, connector)
    made = {
        "call": {"TaskSubtype": "Call", "Status": "Completed", "Subject": "Called"},
        "email": {"TaskSubtype": "Email", "Status": "Completed", "Subject": "Wrote"},
        "task": {"Status": "Not Started", "Subject": "Prepare"},
    }
    for fields in made.values():
        org.api("POST", "/sobjects/Task", {"WhoId": lead, "OwnerId": org.rep, **fields})
    org.api("POST", "/sobjects/Task", {"Subject": "About nobody", "OwnerId": org.rep})
    found = {a.kind: a for a in activities(connector.pull("changes", cursor))}
    assert set(found) == set(made)
    assert {kind: a.done for kind, a in found.items()} == {"call": True, "email": True, "task": False}
    call = found["call"]
    assert (call.about, call.actor, call.outbound, call.title, call.key) == (
        (Ref("salesforce", "Lead", lead),),
        org.rep,
        True,
        "Called",
        "",
    )
    assert call.at == datetime(2026, 11, 20, 11, tzinfo=UTC)


def test_our_own_task_does_not_come_back_until_a_rep_touches_it(org: Org) -> None:
    lead = org.lead()
    connector = org.connect()
    cursor = at_rest(org, connector)
    (receipt,) = connector.send([follow_up(lead, org.rep)])
    assert receipt.ref is not None
    assert activities(connector.pull("changes", cursor)) == []
    org.api("PATCH", f"/sobjects/Task/{receipt.ref.id}", {"Status": "Completed"})
    (task,) = activities(connector.pull("changes", cursor))
    assert (task.ref, task.done, task.key) == (receipt.ref, True, KEY)


def test_a_first_pull_reads_tasks_of_the_last_half_year(org: Org) -> None:
    lead = org.lead()
    task = {"WhoId": lead, "OwnerId": org.rep, "Subject": "x"}
    for stamp in ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"):
        when = datetime.fromisoformat(stamp)
        org.emulator.seed("Task", [task | {"CreatedDate": when, "LastModifiedDate": when, "SystemModstamp": when}])
    assert len(activities(org.connect().pull("changes", None))) == 1


def test_opportunities_know_their_people_money_and_fate(org: Org) -> None:
    (account,) = org.emulator.seed("Account", [{"Name": "Acme"}])
    (contact,) = org.emulator.seed("Contact", [{"LastName": "Doe", "AccountId": account}])
    deals = [
        {"Name": "Open", "StageName": "Prospecting", "Amount": 1200.5},
        {"Name": "Won", "StageName": "Closed Won", "IsClosed": True, "IsWon": True},
        {"Name": "Lost", "StageName": "Closed Lost", "IsClosed": True, "IsWon": False},
    ]
    ids = org.emulator.seed("Opportunity", [d | {"AccountId": account, "CloseDate": "2026-12-31"} for d in deals])
    org.emulator.seed("OpportunityContactRole", [{"OpportunityId": ids[0], "ContactId": contact, "Role": "Buyer"}])
    found = opportunities(org.connect(currency="EUR").pull("changes", None))
    assert [found[i].status for i in ids] == ["open", "won", "lost"]
    first = found[ids[0]]
    assert (first.amount, first.currency, first.close) == (Decimal("1200.5"), "EUR", date(2026, 12, 31))
    assert (first.people, first.link) == ((Ref("salesforce", "Contact", contact),), "contact_role")
    assert (found[ids[1]].people, found[ids[1]].amount) == ((), None)


def test_a_conversion_ties_lead_contact_and_opportunity(org: Org) -> None:
    lead = org.lead(Email="a@example.com")
    connector = org.connect()
    cursor = at_rest(org, connector)
    body = {"lead_id": lead, "create_opportunity": True, "opportunity_name": "Big", "amount": 5000}
    org.api("POST", "/_sandbox/convert-lead", body)
    pages = list(connector.pull("changes", cursor))
    record = people(pages)[lead]
    assert record.state is State.CONVERTED
    assert record.successor is not None
    (deal,) = opportunities(pages).values()
    assert deal.ref.id == record.fields["ConvertedOpportunityId"]
    assert deal.people == (record.successor,)


def test_a_conversion_without_a_contact_role_still_ties_its_opportunity(org: Org) -> None:
    (contact,) = org.emulator.seed("Contact", [{"LastName": "Doe"}])
    deal = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    (made,) = org.emulator.seed("Opportunity", [deal])
    org.lead(IsConverted=True, ConvertedContactId=contact, ConvertedOpportunityId=made)
    found = opportunities(org.connect().pull("changes", None))[made]
    assert (found.people, found.link) == ((Ref("salesforce", "Contact", contact),), "converted")


def test_a_walk_that_rested_for_hours_still_reads_on_from_its_beginning(org: Org) -> None:
    """What a long transaction wrote before the walk began became visible behind it."""
    org = Org(page_size=200)
    first = [org.lead() for _ in range(300)]
    org.clock.advance(HOUR)
    org.emulator.settings.late_commit_seconds = 300.0
    late = org.api("POST", "/sobjects/Lead", {"LastName": "Late", "Company": "Acme"})["id"]
    org.emulator.settings.late_commit_seconds = 0.0
    connector = org.connect()
    page = next(connector.pull("changes", None))
    org.clock.advance(3 * HOUR)
    rest = list(connector.pull("changes", page.cursor))
    again = list(connector.pull("changes", rest[-1].cursor))
    assert set(people([page, *rest, *again])) == {*first, late}
    assert rest[-1].cursor["Lead"] == page.cursor["Lead"]["until"]


def test_users_and_lead_queues_are_owners(org: Org) -> None:
    queue = org.emulator.add_queue("Inbound", ["Lead"])
    gone = org.emulator.add_user(
        {"Username": "g@acme.example", "LastName": "Gone", "Email": "g@acme.example", "IsActive": False}
    )
    found = owners(org.connect().pull("changes", None))
    assert found[org.rep].active
    assert not found[gone].active
    assert (found[queue].kind, found[queue].name, found[queue].ref.kind) == ("queue", "Inbound", "Group")


def test_the_hourly_sweep_sees_the_bin_new_roles_and_queues_in_one_call(org: Org) -> None:
    (account,) = org.emulator.seed("Account", [{"Name": "Acme"}])
    (contact,) = org.emulator.seed("Contact", [{"LastName": "Doe", "AccountId": account}])
    deal = {"Name": "Old", "StageName": "Prospecting", "AccountId": account, "CloseDate": "2026-12-31"}
    old, dropped = org.emulator.seed("Opportunity", [deal, deal])
    lead = org.lead()
    connector = org.connect()
    org.clock.advance(HOUR)
    cursor = list(connector.pull("gone", None))[-1].cursor
    org.clock.advance(HOUR)
    org.api("DELETE", f"/sobjects/Lead/{lead}")
    org.api("DELETE", f"/sobjects/Opportunity/{dropped}", token=ADMIN_TOKEN)
    role = {"OpportunityId": old, "ContactId": contact}
    org.api("POST", "/sobjects/OpportunityContactRole", role, token=ADMIN_TOKEN)
    org.emulator.add_queue("Inbound", ["Lead"])
    before = org.counted()
    pages = list(connector.pull("gone", cursor))
    assert org.counted() - before == 1
    assert people(pages)[lead].state is State.DELETED
    found = opportunities(pages)
    assert found[dropped].deleted
    assert found[old].people == (Ref("salesforce", "Contact", contact),)
    assert [o.name for o in owners(pages).values()] == ["Inbound"]


def test_what_check_found_missing_is_left_out(org: Org) -> None:
    lead = org.lead(Title="CTO")
    org.emulator.remove_field("Lead", "syncd_reason__c")
    needs = [FieldNeed("Lead", "syncd_reason__c")]
    with pytest.raises(Unavailable, match="syncd check"):
        list(org.unchecked().pull("changes", None))
    connector = org.connect(needs=needs)
    record = people(connector.pull("changes", None))[lead]
    assert "syncd_reason__c" not in record.fields
    read = connector.read([record.ref], ["Title", "syncd_reason__c", "MailingCity"])[record.ref]
    assert read.fields == {"Title": "CTO", "syncd_reason__c": None, "MailingCity": None}


def test_a_new_connector_takes_over_what_an_earlier_check_found(org: Org) -> None:
    org.lead()
    org.emulator.remove_field("Lead", "syncd_reason__c")
    health = org.connect().check([FieldNeed("Lead", "syncd_reason__c")])
    connector = org.unchecked()
    connector.resume(health)
    before = org.counted()
    assert len(people(connector.pull("changes", None))) == 1
    assert org.counted() - before == 2
    assert connector.capabilities == health.capabilities
