"""Lifecycle stages, logged activity, deals, merges, GDPR deletion (§4.8, §4.9, §6, §8)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

STAGES = [
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
    "customer", "evangelist", "other",
]  # fmt: skip


def stage(hs: HubSpot, contact: str) -> str | None:
    return hs.read("contacts", contact, "lifecyclestage")["lifecyclestage"]


def activity(hs: HubSpot, contact: str) -> dict[str, Any]:
    names = (
        "num_notes", "num_contacted_notes", "notes_last_updated", "notes_last_contacted",
        "hs_is_unworked",
    )  # fmt: skip
    found = hs.read("contacts", contact, *names)
    return {name: found[name] for name in names}


# Lifecycle


def test_backward_stages_are_ignored_in_silence(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", lifecyclestage="salesqualifiedlead")
    hs.clock.advance(1)
    echo = hs.change("contacts", contact, lifecyclestage="lead")
    assert echo["properties"]["lifecyclestage"] == "salesqualifiedlead"
    assert echo["updatedAt"] == "2026-11-22T12:00:00.500Z"
    assert stage(hs, contact) == "salesqualifiedlead"


def test_clearing_allows_any_stage_in_a_later_request(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", lifecyclestage="customer")
    cleared = hs.change("contacts", contact, lifecyclestage="")["properties"]
    assert cleared["lifecyclestage"] == ""
    assert stage(hs, contact) is None
    assert hs.change("contacts", contact, lifecyclestage="lead")["properties"][
        "lifecyclestage"
    ] == "lead"  # fmt: skip


def test_any_direction_is_a_switch(portal: Portal) -> None:
    hs = portal(lifecycle="any")
    contact = hs.contact("a@example.com", lifecyclestage="customer")
    hs.change("contacts", contact, lifecyclestage="lead")
    assert stage(hs, contact) == "lead"


def test_every_step_forward_and_none_back(hs: HubSpot) -> None:
    for place, new in enumerate(STAGES):
        for old_place, old in enumerate(STAGES):
            contact = hs.contact(lifecyclestage=old)
            hs.change("contacts", contact, lifecyclestage=new)
            assert stage(hs, contact) == STAGES[max(place, old_place)]


def test_stage_dates(hs: HubSpot, portal: Portal) -> None:
    contact = hs.contact("a@example.com")
    hs.clock.advance(1)
    echo = hs.change("contacts", contact, lifecyclestage="marketingqualifiedlead")["properties"]
    assert echo["hs_lifecyclestage_marketingqualifiedlead_date"] == "1795348801500"
    names = (
        "hs_lifecyclestage_lead_date", "hs_lifecyclestage_marketingqualifiedlead_date",
        "hs_v2_date_exited_lead", "hs_v2_date_entered_marketingqualifiedlead",
        "hs_v2_date_entered_current_stage",
    )  # fmt: skip
    found = hs.read("contacts", contact, *names)
    assert found["hs_lifecyclestage_lead_date"] == "2026-11-22T12:00:00.500Z"
    assert {found[name] for name in names[1:]} == {"2026-11-22T12:00:01.500Z"}
    # Clearing keeps the dates (UNCONFIRMED, a switch); the first entry is never replaced.
    hs.clock.advance(1)
    hs.change("contacts", contact, lifecyclestage="")
    hs.change("contacts", contact, lifecyclestage="marketingqualifiedlead")
    again = hs.read("contacts", contact, *names)
    assert again[names[1]] == "2026-11-22T12:00:01.500Z"
    assert again[names[3]] == "2026-11-22T12:00:02.500Z"

    clearing = portal(clearing_stage_clears_dates=True)
    contact = clearing.contact("a@example.com")
    clearing.change("contacts", contact, lifecyclestage="")
    name = "hs_lifecyclestage_lead_date"
    assert clearing.read("contacts", contact, name)[name] is None


def test_default_stage_is_a_portal_setting(portal: Portal) -> None:
    hs = portal(default_lifecyclestage="subscriber")
    assert stage(hs, hs.contact("a@example.com")) == "subscriber"


def test_custom_stages(hs: HubSpot) -> None:
    hs.emulator.set_stages(
        [{"id": "lead", "label": "Lead"}, {"id": "164", "label": "Recycled"},
         {"id": "customer", "label": "Customer"}]
    )  # fmt: skip
    contact = hs.contact("a@example.com")
    hs.change("contacts", contact, lifecyclestage="164")
    hs.change("contacts", contact, lifecyclestage="lead")
    assert stage(hs, contact) == "164"
    [pipeline] = hs.get("/crm/v3/pipelines/contacts").json()["results"]
    assert [s["id"] for s in pipeline["stages"]] == ["lead", "164", "customer"]
    options = hs.get("/crm/v3/properties/contacts/lifecyclestage").json()["options"]
    assert [o["value"] for o in options] == ["lead", "164", "customer"]


# Logged activity


def log(hs: HubSpot, kind: str, contact: str, at: str, type_id: int, **more: Any) -> str:
    link = {
        "to": {"id": contact},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}],
    }
    return hs.create(kind, {"hs_timestamp": at, **more}, associations=[link])["id"]


def test_a_note_moves_the_activity_of_its_contact(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    hs.clock.advance(1)
    log(hs, "notes", contact, "2026-11-20T08:00:00Z", 202)
    assert activity(hs, contact) == {
        "num_notes": "1",
        "num_contacted_notes": None,
        "notes_last_updated": "2026-11-20T08:00:00Z",
        "notes_last_contacted": None,
        "hs_is_unworked": "true",
    }
    assert hs.record("contacts", contact)["updatedAt"] == "2026-11-22T12:00:01.500Z"


def test_a_call_is_a_contact_made(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    log(hs, "calls", contact, "2026-11-20T08:00:00Z", 194)
    log(hs, "calls", contact, "2026-11-19T08:00:00Z", 194)  # older: the stamps stay
    assert activity(hs, contact) == {
        "num_notes": "2",
        "num_contacted_notes": "2",
        "notes_last_updated": "2026-11-20T08:00:00Z",
        "notes_last_contacted": "2026-11-20T08:00:00Z",
        "hs_is_unworked": "false",
    }


def test_a_task_due_tomorrow_moves_no_stamp(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    hs.clock.advance(1)
    log(hs, "tasks", contact, "2026-11-23T08:00:00Z", 204)
    found = activity(hs, contact)
    assert (found["num_notes"], found["notes_last_updated"]) == ("1", None)
    assert hs.record("contacts", contact)["updatedAt"] == "2026-11-22T12:00:01.500Z"


def test_associating_later_counts_once(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    note = hs.create("notes", {"hs_timestamp": "2026-11-20T08:00:00Z"})["id"]
    for _ in range(2):
        hs.link("notes", note, "contacts", contact)
    assert activity(hs, contact)["num_notes"] == "1"


def test_seeded_activity_is_counted_without_a_new_stamp(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    before = hs.record("contacts", contact)["updatedAt"]
    hs.clock.advance(60)
    notes = hs.emulator.seed("notes", [{"properties": {"hs_timestamp": f"2026-11-{n}T00:00:00Z"}} for n in (11, 12)])
    hs.emulator.associate("notes", "contacts", [(note, contact) for note in notes])
    found = activity(hs, contact)
    assert (found["num_notes"], found["notes_last_updated"]) == ("2", "2026-11-12T00:00:00Z")
    assert hs.record("contacts", contact)["updatedAt"] == before


def test_an_archived_activity_counts_no_more_and_the_stamps_fall_back(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    log(hs, "notes", contact, "2026-11-18T08:00:00Z", 202)
    older = log(hs, "calls", contact, "2026-11-19T08:00:00Z", 194)
    newer = log(hs, "calls", contact, "2026-11-20T08:00:00Z", 194)
    for call, expected in (
        (newer, ("2", "1", "2026-11-19T08:00:00Z", "2026-11-19T08:00:00Z")),
        (older, ("1", "0", "2026-11-18T08:00:00Z", None)),
    ):
        for _ in range(2):  # the second archives nothing
            assert hs.delete(f"/crm/v3/objects/calls/{call}").status_code == 204
        found = activity(hs, contact)
        assert found.pop("hs_is_unworked") == "false"
        assert tuple(found.values()) == expected


def test_an_unlinked_activity_counts_no_more_for_that_record_alone(hs: HubSpot) -> None:
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
    note = log(hs, "notes", first, "2026-11-20T08:00:00Z", 202)
    hs.link("notes", note, "contacts", second)
    for _ in range(2):  # the second finds no link
        assert hs.delete(f"/crm/v4/objects/notes/{note}/associations/contacts/{first}").status_code == 204
    assert (activity(hs, first)["num_notes"], activity(hs, first)["notes_last_updated"]) == ("0", None)
    assert (activity(hs, second)["num_notes"], activity(hs, second)["notes_last_updated"]) == (
        "1", "2026-11-20T08:00:00Z",
    )  # fmt: skip


def test_an_archived_company_leaves_its_contacts(hs: HubSpot) -> None:
    contact, company = hs.contact("a@example.com"), hs.create("companies", {"name": "A"})["id"]
    hs.link("contacts", contact, "companies", company)
    assert hs.read("companies", company, "num_associated_contacts")["num_associated_contacts"] == "1"
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] == company
    hs.delete(f"/crm/v3/objects/companies/{company}")
    assert hs.read("contacts", contact, "associatedcompanyid")["associatedcompanyid"] is None


def test_the_echo_of_a_note(hs: HubSpot) -> None:
    """[R:nango-ELv2/create-note.json]: previews and coordinates, no associations."""
    owner = hs.emulator.add_owner({"email": "o@example.com", "id": "88842095", "userId": 7})
    contact = hs.contact("a@example.com")
    body = {"hs_note_body": "<p>Hi &amp; bye</p>", "hubspot_owner_id": owner}
    note = log(hs, "notes", contact, "2026-03-12T10:00:00Z", 202, **body)
    link = {"inputs": [{"id": note, "properties": {"hs_note_body": "New"}}]}
    echo = hs.post("/crm/v3/objects/notes/batch/update", json=link).json()["results"][0]
    assert echo["properties"]["hs_body_preview"] == "New"
    created = hs.create("notes", {"hs_timestamp": "2026-03-12T10:00:00Z", **body})
    assert "associations" not in created
    echo = created["properties"]
    assert list(echo) == [
        "hs_all_owner_ids", "hs_body_preview", "hs_body_preview_html",
        "hs_body_preview_is_truncated", "hs_createdate", "hs_lastmodifieddate", "hs_note_body",
        "hs_obj_coords", "hs_object_id", "hs_object_source", "hs_object_source_id",
        "hs_object_source_label", "hs_timestamp", "hs_user_ids_of_all_owners",
        "hubspot_owner_assigneddate", "hubspot_owner_id",
    ]  # fmt: skip
    assert echo["hs_body_preview"] == "Hi & bye"
    assert echo["hs_obj_coords"] == f"0-46-{created['id']}"


def test_completing_a_task(hs: HubSpot) -> None:
    task = hs.create("tasks", {"hs_timestamp": "2026-11-23", "hs_task_subject": "Call"})["id"]
    hs.clock.advance(1)
    echo = hs.change("tasks", task, hs_task_status="COMPLETED")["properties"]
    assert echo["hs_task_is_completed"] == "1"
    assert echo["hs_task_completion_date"] == "2026-11-22T12:00:01.500Z"


# Deals


def deal(hs: HubSpot, stage_id: str, contact: str | None = None) -> str:
    links = [{"to": {"id": contact}, "types": [{"associationTypeId": 3}]}] if contact else []
    body = {"dealname": "D", "dealstage": stage_id, "amount": 5000}
    return hs.create("deals", body, associations=links)["id"]


def test_an_open_deal_makes_an_opportunity_a_won_one_a_customer(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com")
    won = deal(hs, "qualifiedtobuy", contact)
    assert stage(hs, contact) == "opportunity"
    hs.change("deals", won, dealstage="closedwon")
    assert stage(hs, contact) == "customer"
    versions = hs.record("contacts", contact, propertiesWithHistory="lifecyclestage")
    history = versions["propertiesWithHistory"]["lifecyclestage"]
    assert [v["value"] for v in history] == ["customer", "opportunity", "lead"]
    assert history[0]["sourceType"] == "AUTOMATION_PLATFORM"


def test_lost_deals_and_later_stages_change_nothing(hs: HubSpot, portal: Portal) -> None:
    contact = hs.contact("a@example.com")
    deal(hs, "closedlost", contact)
    assert stage(hs, contact) == "lead"
    evangelist = hs.contact("b@example.com", lifecyclestage="evangelist")
    deal(hs, "qualifiedtobuy", evangelist)
    assert stage(hs, evangelist) == "evangelist"
    free = portal(lifecycle="any")
    evangelist = free.contact("b@example.com", lifecyclestage="evangelist")
    deal(free, "qualifiedtobuy", evangelist)
    assert stage(free, evangelist) == "evangelist"
    off = portal(deal_stage_sync=False)
    contact = off.contact("a@example.com")
    deal(off, "closedwon", contact)
    assert stage(off, contact) == "lead"


def test_deal_echo(hs: HubSpot) -> None:
    body = {"dealname": "D", "dealstage": "qualifiedtobuy", "amount": 15000}
    echo = hs.create("deals", body)["properties"]
    assert echo["amount"] == "15000"
    assert echo["pipeline"] == "default"
    assert echo["hs_open_deal_create_date"] == "1795348800500"
    # The odd number of the recordings: the float's whole expansion.
    assert echo["hs_deal_stage_probability"] == ("0.40000000000000002220446049250313080847263336181640625")
    answer = hs.post("/crm/v3/objects/deals", json={"properties": {"dealstage": "nope"}})
    assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"


# Merge


def merge(hs: HubSpot, primary: str, other: str) -> dict[str, Any]:
    answer = hs.post(
        "/crm/v3/objects/contacts/merge",
        json={"primaryObjectId": primary, "objectIdToMerge": other},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_merge_makes_a_new_id_and_the_old_ones_resolve(hs: HubSpot) -> None:
    first = hs.contact("a@example.com", firstname="Ann")
    second = hs.contact("b@example.com", firstname="Bo", city="Rome", lifecyclestage="customer")
    hs.clock.advance(1)
    survivor = merge(hs, first, second)
    new = survivor["id"]
    assert new not in (first, second)
    properties = survivor["properties"]
    assert properties["hs_merged_object_ids"] == f"{first};{second}"
    assert properties["hs_all_contact_vids"] == f"{new};{first};{second}"
    assert properties["hs_additional_emails"] == "b@example.com"
    assert (properties["email"], properties["firstname"]) == ("a@example.com", "Ann")
    assert (properties["city"], properties["lifecyclestage"]) == ("Rome", "customer")
    assert properties["createdate"] == "2026-11-22T12:00:00.500Z"
    assert properties["lastmodifieddate"] == "2026-11-22T12:00:01.500Z"
    for old in (first, second):
        assert hs.record("contacts", old)["id"] == new
        assert hs.change("contacts", old, jobtitle=old)["id"] == new
    assert [r["id"] for r in hs.get("/crm/v3/objects/contacts").json()["results"]] == [new]


def test_merged_addresses_stay_taken(hs: HubSpot) -> None:
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
    new = merge(hs, first, second)["id"]
    answer = hs.post("/crm/v3/objects/contacts", json={"properties": {"email": "b@example.com"}})
    assert answer.status_code == 409
    assert answer.json()["message"].endswith(f"Existing ID: {new}")
    hs.change("contacts", new, email="b@example.com")  # a secondary address is promoted
    found = hs.read("contacts", new, "email", "hs_additional_emails")
    assert (found["email"], found["hs_additional_emails"]) == ("b@example.com", "a@example.com")


def test_chained_merges(hs: HubSpot) -> None:
    a, b, c = (hs.contact(f"{name}@example.com") for name in "abc")
    ab = merge(hs, a, b)["id"]
    abc = merge(hs, c, a)["id"]  # an old id may be named again
    for old in (a, b, c, ab):
        assert hs.record("contacts", old)["id"] == abc
    merged = hs.read("contacts", abc, "hs_merged_object_ids")["hs_merged_object_ids"]
    assert set(merged.split(";")) == {a, b, c, ab}


def test_merge_moves_links_and_history(hs: HubSpot) -> None:
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com", city="Rome")
    note = log(hs, "notes", second, "2026-11-20", 202)
    hs.change("contacts", first, firstname="Ann")
    hs.change("contacts", second, city="Bari")
    new = merge(hs, first, second)["id"]
    linked = hs.get(f"/crm/v4/objects/contacts/{new}/associations/notes").json()["results"]
    assert [entry["toObjectId"] for entry in linked] == [int(note)]
    back = hs.get(f"/crm/v4/objects/notes/{note}/associations/contacts").json()["results"]
    assert [entry["toObjectId"] for entry in back] == [int(new)]
    history = hs.record("contacts", new, propertiesWithHistory="firstname,city")
    assert [v["value"] for v in history["propertiesWithHistory"]["firstname"]] == ["Ann"]
    versions = [(v["value"], v["sourceType"]) for v in history["propertiesWithHistory"]["city"]]
    assert versions == [("Bari", "MERGE_OBJECTS"), ("Bari", "INTEGRATION"), ("Rome", "INTEGRATION")]


def test_a_merge_keeps_one_primary_company(hs: HubSpot) -> None:
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
    acme, beta = (hs.create("companies", {"name": name})["id"] for name in ("Acme", "Beta"))
    hs.link("contacts", first, "companies", acme)
    hs.link("contacts", second, "companies", beta)
    deal(hs, "closedlost", second)
    survivor = merge(hs, first, second)
    assert survivor["properties"]["associatedcompanyid"] == acme
    assert survivor["properties"]["num_associated_deals"] == "1"
    path = f"/crm/v4/objects/contacts/{survivor['id']}/associations/companies"
    types = {str(r["toObjectId"]): len(r["associationTypes"]) for r in hs.get(path).json()["results"]}
    assert types == {acme: 2, beta: 1}


def test_primary_id_preservation_is_a_switch(portal: Portal) -> None:
    hs = portal(merge="primary-id")
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
    assert merge(hs, first, second)["id"] == first
    assert hs.record("contacts", second)["id"] == first


def test_batch_read_of_merged_ids(hs: HubSpot, portal: Portal) -> None:
    for resolves in (True, False):
        hs = portal(batch_read_resolves_merged=resolves)
        first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
        new = merge(hs, first, second)["id"]
        answer = hs.batch("contacts", "read", [{"id": first}, {"id": second}])
        assert [r["id"] for r in answer.json()["results"]] == ([new] if resolves else [])
        assert answer.status_code == (200 if resolves else 207)


def test_refused_merges(hs: HubSpot) -> None:
    contact, gone = hs.contact("a@example.com"), hs.contact("b@example.com")
    hs.delete(f"/crm/v3/objects/contacts/{gone}")
    path = "/crm/v3/objects/contacts/merge"
    for other, status in ((contact, 400), (gone, 404), ("1", 404)):
        body = {"primaryObjectId": contact, "objectIdToMerge": other}
        assert hs.post(path, json=body).status_code == status
    assert hs.post(path, json={"primaryObjectId": contact}).status_code == 400


def test_search_forgets_merged_records_late(hs: HubSpot) -> None:
    first, second = hs.contact("a@example.com"), hs.contact("b@example.com")
    hs.clock.advance(10)
    new = merge(hs, first, second)["id"]
    assert hs.search() == {"total": 2, "results": []}
    hs.clock.advance(10)
    assert [r["id"] for r in hs.search()["results"]] == [new]


# GDPR


@pytest.mark.parametrize("by_email", [True, False])
def test_gdpr_delete_is_for_good(hs: HubSpot, by_email: bool) -> None:
    contact = hs.contact("a@example.com")
    log(hs, "notes", contact, "2026-11-20", 202)
    body = {"objectId": "A@example.com", "idProperty": "email"} if by_email else {"objectId": contact}
    answer = hs.post("/crm/v3/objects/contacts/gdpr-delete", json=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert hs.get(f"/crm/v3/objects/contacts/{contact}?archived=true").status_code == 404
    snapshot = hs.emulator.snapshot()
    assert snapshot["contacts"] == snapshot["associations"] == []


def test_gdpr_delete_of_an_unknown_email_blocks_it(hs: HubSpot) -> None:
    body = {"objectId": "a@example.com", "idProperty": "email"}
    assert hs.post("/crm/v3/objects/contacts/gdpr-delete", json=body).status_code == 204
    answer = hs.post("/crm/v3/objects/contacts", json={"properties": {"email": "a@example.com"}})
    assert answer.status_code == 400


def test_a_record_is_merged_250_times_at_most(hs: HubSpot) -> None:
    """§2.2: every merge counts two identities at least, those of earlier ones too."""
    many = ";".join(str(n) for n in range(1, 249))
    one, two = hs.emulator.seed("contacts", [{"properties": {"hs_merged_object_ids": many}}, {"properties": {}}])
    merged = hs.post("/crm/v3/objects/contacts/merge", json={"primaryObjectId": one, "objectIdToMerge": two})
    assert merged.status_code == 200
    more = {"primaryObjectId": merged.json()["id"], "objectIdToMerge": hs.contact()}
    assert hs.post("/crm/v3/objects/contacts/merge", json=more).status_code == 400


def test_a_lead_status_goes_in_any_direction(hs: HubSpot) -> None:
    """§6: eight values, which are no pipeline."""
    definition = hs.get("/crm/v3/properties/contacts/hs_lead_status").json()
    values = [option["value"] for option in definition["options"]]
    assert values == [
        "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING",
    ]  # fmt: skip
    one = hs.contact(hs_lead_status="CONNECTED")
    for value in ("NEW", "BAD_TIMING", "OPEN"):
        assert hs.change("contacts", one, hs_lead_status=value)["properties"]["hs_lead_status"] == value


@pytest.mark.parametrize(("sync", "follows"), [(True, "opportunity"), (False, "lead")])
def test_whether_contacts_follow_their_company_is_a_switch(portal: Portal, sync: bool, follows: str) -> None:
    """Those whose primary one it is, and only ever forward (§6)."""
    hs = portal(company_stage_sync=sync)
    first, other = (hs.create("companies", {"name": name})["id"] for name in ("First", "Other"))
    mine, guest = hs.contact("a@example.com"), hs.contact("b@example.com")
    ahead = hs.contact("c@example.com", lifecyclestage="evangelist")
    hs.link("contacts", mine, "companies", first)
    hs.link("contacts", ahead, "companies", first)
    hs.link("contacts", guest, "companies", other)
    hs.link("contacts", guest, "companies", first)
    hs.change("companies", first, lifecyclestage="opportunity")
    assert [stage(hs, contact) for contact in (mine, guest, ahead)] == [follows, "lead", "evangelist"]
