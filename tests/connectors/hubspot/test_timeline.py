"""Engagements, forms, page views, deals and owners (hubspot.md 9, 10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.hubspot.activities import SHAPES, activity, object_of, properties_of
from syncd.core.errors import Unauthorized
from syncd.core.types import Activity, Opportunity, Owner, Raw, Ref
from tests.connectors.hubspot.portal import START, Portal

AT = "2026-11-19T10:00:00Z"
WHEN = datetime.fromisoformat(AT)
GUID = "11111111-2222-3333-4444-555555555555"


def activities(portal: Portal, stream: str, *about: Ref, since: Any = None, **options: Any) -> list[Activity]:
    pages = portal.connect(**options).pull(stream, since, about)
    return [one for page in pages for one in page.activities]


# ---------------------------------------------------------------- engagements
READ = [
    (
        "calls",
        {"hs_call_title": "T", "hs_call_body": "<p>B &amp; b</p>", "hs_call_direction": "INBOUND"},
        ("call", "T", "B & b", False, True),
    ),
    ("calls", {"hs_call_title": "T"}, ("call", "T", "", True, True)),
    (
        "emails",
        {"hs_email_subject": "T", "hs_email_text": "a <b>", "hs_email_direction": "INCOMING_EMAIL"},
        ("email", "T", "a <b>", False, True),
    ),
    (
        "emails",
        {"hs_email_subject": "T", "hs_email_direction": "EMAIL", "hs_email_status": "SCHEDULED"},
        ("email", "T", "", True, False),
    ),
    ("meetings", {"hs_meeting_title": "T", "hs_meeting_outcome": "COMPLETED"}, ("meeting", "T", "", True, True)),
    ("meetings", {"hs_meeting_title": "T", "hs_meeting_outcome": "NO_SHOW"}, ("meeting", "T", "", True, False)),
    ("notes", {"hs_note_body": "a<br>b"}, ("note", "", "a\nb", False, True)),
    ("tasks", {"hs_task_subject": "T", "hs_task_status": "NOT_STARTED"}, ("task", "T", "", True, False)),
    ("tasks", {"hs_task_subject": "T", "hs_task_status": "COMPLETED"}, ("task", "T", "", True, True)),
    ("communications", {"hs_communication_body": "hi"}, ("message", "", "hi", True, True)),
]


@pytest.mark.parametrize(("kind", "properties", "expected"), READ)
def test_what_an_engagement_says(kind: str, properties: dict[str, str], expected: tuple[Any, ...]) -> None:
    ref = Ref("hubspot", "contacts", "1")
    made = activity(kind, "5", {"hs_timestamp": AT, "hubspot_owner_id": "7", "syncd_key": "k", **properties}, (ref,))
    assert made is not None
    assert (made.kind, made.title, made.body, made.outbound, made.done) == expected
    assert (made.ref, made.at, made.about, made.actor, made.key) == (Ref("hubspot", kind, "5"), WHEN, (ref,), "7", "k")


def test_a_done_task_happened_when_it_was_completed_and_an_open_one_is_due() -> None:
    held = {"hs_timestamp": AT, "hs_task_completion_date": "2026-11-20T08:00:00Z"}
    done = activity("tasks", "5", {**held, "hs_task_status": "COMPLETED"}, ())
    still = activity("tasks", "5", {**held, "hs_task_status": "WAITING"}, ())
    assert done is not None
    assert still is not None
    assert (done.at, still.at) == (datetime(2026, 11, 20, 8, tzinfo=UTC), WHEN)


def test_an_engagement_without_any_moment_is_left_out() -> None:
    assert activity("notes", "5", {"hs_note_body": "x", "hs_timestamp": None}, ()) is None


def test_engagements_of_people_cost_six_association_calls_and_the_reads() -> None:
    portal = Portal()
    one, other, nobody = portal.contacts([{"email": f"p{n}@example.com"} for n in range(3)])
    (note,) = portal.records("notes", {"hs_timestamp": AT, "hs_note_body": "shared"})
    (call,) = portal.records("calls", {"hs_timestamp": AT, "hs_call_title": "Intro"})
    portal.link("notes", note, "contacts", one.id)
    portal.link("notes", note, "contacts", other.id)
    portal.link("calls", call, "contacts", one.id)
    before = portal.calls()
    found = {a.ref: set(a.about) for a in activities(portal, "engagements", one, other, nobody)}
    assert found == {Ref("hubspot", "notes", note): {one, other}, Ref("hubspot", "calls", call): {one}}
    assert portal.calls() - before == 6 + 2


def test_known_engagements_are_not_read_again() -> None:
    portal = Portal()
    one, other = portal.contacts([{"email": "a@example.com"}, {"email": "b@example.com"}])
    ids = portal.records("notes", *({"hs_timestamp": AT, "hs_note_body": str(n)} for n in range(2)))
    for rid in ids:
        portal.link("notes", rid, "contacts", one.id)
    portal.link("notes", ids[1], "contacts", other.id)
    known = {Ref("hubspot", "notes", ids[0])}
    asked: list[Mapping[Ref, tuple[Ref, ...]]] = []

    def hook(found: Mapping[Ref, tuple[Ref, ...]]) -> set[Ref]:
        asked.append(found)
        return known

    found = activities(portal, "engagements", one, other, known=hook)
    assert [a.ref.id for a in found] == [ids[1]]
    assert {ref.id: set(about) for ref, about in asked[0].items()} == {ids[0]: {one}, ids[1]: {one, other}}


def test_a_thousand_people_are_one_call_a_kind_and_a_hundred_activities_one_read() -> None:
    portal = Portal()
    refs = portal.contacts([{"email": f"p{n}@example.com"} for n in range(1001)])
    ids = portal.emulator.seed("notes", [{"properties": {"hs_timestamp": AT, "hs_note_body": "x"}} for _ in range(250)])
    portal.emulator.associate("notes", "contacts", [(rid, refs[0].id) for rid in ids])
    before = portal.calls()
    assert len(activities(portal, "engagements", *refs)) == 250
    assert portal.calls() - before == 6 * 2 + 3


def test_associations_beyond_one_page_are_followed() -> None:
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    ids = portal.emulator.seed(
        "notes", [{"properties": {"hs_timestamp": AT, "hs_note_body": "x"}} for _ in range(1200)]
    )
    portal.emulator.associate("notes", "contacts", [(rid, ref.id) for rid in ids])
    assert {a.ref.id for a in activities(portal, "engagements", ref)} == set(ids)


# ---------------------------------------------------------------- ours, on the wire
NEW_YORK_5PM = "2026-11-24T22:00:00Z"
WRITE = [
    (
        "tasks",
        {"subject": "S", "body": "a\n<b>", "due": AT, "at": "2026-01-01T00:00:00Z", "owner": "7", "priority": "high"},
        {
            "hs_task_subject": "S",
            "hs_task_body": "a<br>&lt;b&gt;",
            "hs_timestamp": AT,
            "hubspot_owner_id": "7",
            "hs_task_priority": "HIGH",
            "hs_task_status": "NOT_STARTED",
        },
    ),
    (
        "tasks",
        {"subject": "S", "due": "2026-11-24"},
        {"hs_task_subject": "S", "hs_timestamp": NEW_YORK_5PM, "hs_task_status": "NOT_STARTED"},
    ),
    (
        "tasks",
        {"subject": "S", "at": AT, "channel": "call"},
        {"hs_task_subject": "S", "hs_timestamp": AT, "hs_task_status": "COMPLETED", "hs_task_type": "CALL"},
    ),
    ("notes", {"subject": "S", "body": "B", "at": AT}, {"hs_note_body": "S<br><br>B", "hs_timestamp": AT}),
    ("notes", {"subject": "S", "body": "S\nB", "at": AT}, {"hs_note_body": "S<br>B", "hs_timestamp": AT}),
    (
        "notes",
        {"body": "B & C", "html": "<p>B &amp; C</p>", "at": AT},
        {"hs_note_body": "<p>B &amp; C</p>", "hs_timestamp": AT},
    ),
    ("notes", {"body": "B & C", "html": "x" * 70_000, "at": AT}, {"hs_note_body": "B &amp; C", "hs_timestamp": AT}),
    (
        "calls",
        {"subject": "S", "at": AT, "outbound": False},
        {"hs_call_title": "S", "hs_timestamp": AT, "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"},
    ),
    (
        "emails",
        {"subject": "S", "body": "<x>", "at": AT},
        {
            "hs_email_subject": "S",
            "hs_email_text": "<x>",
            "hs_timestamp": AT,
            "hs_email_direction": "EMAIL",
            "hs_email_status": "SENT",
        },
    ),
    (
        "meetings",
        {"subject": "S", "at": AT},
        {
            "hs_meeting_title": "S",
            "hs_timestamp": AT,
            "hs_meeting_start_time": AT,
            "hs_meeting_end_time": AT,
            "hs_meeting_outcome": "COMPLETED",
        },
    ),
    (
        "communications",
        {"body": "B", "at": AT},
        {
            "hs_communication_body": "B",
            "hs_timestamp": AT,
            "hs_communication_channel_type": "SMS",
            "hs_communication_logged_from": "CRM",
        },
    ),
]


@pytest.mark.parametrize(("kind", "fields", "expected"), WRITE)
def test_an_action_as_properties(kind: str, fields: dict[str, Raw], expected: dict[str, str]) -> None:
    from zoneinfo import ZoneInfo

    assert properties_of(kind, fields, ZoneInfo("US/Eastern"), create=True) == expected


def test_an_update_says_only_what_it_changes() -> None:
    assert properties_of("tasks", {"hs_task_status": "COMPLETED"}, UTC, create=False) == {"hs_task_status": "COMPLETED"}
    assert properties_of("calls", {"body": "B"}, UTC, create=False) == {"hs_call_body": "B"}
    assert properties_of("tasks", {"done": True}, UTC, create=False) == {"hs_task_status": "COMPLETED"}


@pytest.mark.parametrize("kind", list(SHAPES))
def test_a_long_body_is_cut_and_never_inside_an_entity(kind: str) -> None:
    made = properties_of(kind, {"body": "<&\n" * 40_000, "at": AT}, UTC, create=True)[SHAPES[kind].body]
    assert 65_000 < len(made) <= 65_536
    if SHAPES[kind].html:
        assert made.endswith((";", "<br>"))


def test_the_objects_that_plans_mean() -> None:
    assert {kind: object_of(kind) for kind in ("task", "note", "activity", "calls", "contacts")} == {
        "task": "tasks",
        "note": "notes",
        "activity": "notes",
        "calls": "calls",
        "contacts": "",
    }


# ---------------------------------------------------------------- forms
def submission(email: str, at: datetime) -> dict[str, Any]:
    values = [{"name": "email", "value": email, "objectTypeId": "0-1"}]
    moment = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return {"submittedAt": moment, "values": values, "pageUrl": "https://acme.example/demo"}


def test_forms_are_read_down_to_the_watermark() -> None:
    portal = Portal()
    portal.emulator.add_form({"id": GUID, "name": "Request a demo"})
    history = [submission(f"p{n}@example.com", START - timedelta(hours=2 * n)) for n in range(120)]
    portal.emulator.add_submissions(GUID, history)
    connector = portal.connect()
    pages = list(connector.pull("forms", None))
    found = [a for page in pages for a in page.activities]
    assert len({a.ref for a in found}) == 120
    assert (found[0].kind, found[0].email, found[0].title, found[0].at) == (
        "form",
        "p0@example.com",
        "Request a demo",
        START,
    )
    portal.clock.advance(7200)
    portal.emulator.add_submissions(GUID, [submission("new@example.com", portal.clock.now())])
    before = portal.calls()
    again = [a for page in connector.pull("forms", pages[-1].cursor) for a in page.activities]
    assert [a.email for a in again] == ["new@example.com", "p0@example.com"]
    assert portal.calls() - before == 2


def test_a_form_walk_that_breaks_off_starts_that_form_again() -> None:
    portal = Portal()
    portal.emulator.add_form({"id": GUID, "name": "F"})
    portal.emulator.add_submissions(
        GUID, [submission(f"p{n}@example.com", START - timedelta(hours=n)) for n in range(80)]
    )
    first = next(portal.connect().pull("forms", None))
    rest = [a for page in portal.connect().pull("forms", first.cursor) for a in page.activities]
    assert len({a.ref for a in rest}) == 80


def test_an_id_of_a_submission_holds_no_address() -> None:
    portal = Portal()
    portal.emulator.add_form({"id": GUID, "name": "F"})
    portal.emulator.add_submissions(GUID, [submission("ann@example.com", START)])
    (found,) = activities(portal, "forms")
    assert "ann" not in found.ref.id


# ---------------------------------------------------------------- page views
def view(person: str, at: datetime, n: int = 0) -> dict[str, Any]:
    return {
        "objectType": "CONTACT",
        "objectId": person,
        "eventType": "e_visited_page",
        "occurredAt": at,
        "id": f"view-{person}-{n}",
        "properties": {"hs_url": "https://acme.example/pricing", "hs_page_title": "Pricing"},
    }


def test_page_views_since_the_last_pull() -> None:
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    portal.emulator.add_events([view(ref.id, START - timedelta(days=1, minutes=n), n) for n in range(130)])
    connector = portal.connect()
    pages = list(connector.pull("page_views", None))
    found = {a.ref: a for page in pages for a in page.activities}
    assert len(found) == 130
    one = found[Ref("hubspot", "page_view", f"view-{ref.id}-0")]
    assert (one.kind, one.title, one.url, one.about) == ("page_view", "Pricing", "https://acme.example/pricing", (ref,))
    portal.clock.advance(7200)
    portal.emulator.add_events([view(ref.id, portal.clock.now() - timedelta(minutes=1), 999)])
    later = [a.ref.id for page in connector.pull("page_views", pages[-1].cursor) for a in page.activities]
    assert later == [f"view-{ref.id}-999"]


def test_an_account_without_events_degrades_once_and_says_so() -> None:
    portal = Portal(enterprise=False)
    connector = portal.connect()
    (page,) = connector.pull("page_views", None)
    assert page.activities == ()
    assert "page_views" not in {stream.name for stream in connector.streams}
    health = connector.check([])
    assert health.problems == ()
    assert "page_views" in health.facts
    resumed = portal.connect()
    resumed.resume(health)
    assert "page_views" not in {stream.name for stream in resumed.streams}


# ---------------------------------------------------------------- deals and owners
def deals(portal: Portal, since: Any = None) -> tuple[list[Opportunity], Any]:
    connector = portal.connect()
    connector.check([])
    pages = list(connector.pull("opportunities", since))
    return [o for page in pages for o in page.opportunities], pages[-1].cursor


def test_deals_with_their_people() -> None:
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    deal, lone = portal.records(
        "deals",
        {
            "dealname": "Big",
            "dealstage": "closedwon",
            "pipeline": "default",
            "amount": "5000.00",
            "closedate": "2026-11-21T03:30:00Z",
        },
        {"dealname": "Small", "dealstage": "appointmentscheduled", "pipeline": "default"},
    )
    portal.link("deals", deal, "contacts", ref.id)
    portal.clock.advance(3600)
    found, cursor = deals(portal)
    by_id = {o.ref.id: o for o in found}
    big, small = by_id[deal], by_id[lone]
    assert (big.name, big.status, big.amount, big.currency) == ("Big", "won", Decimal("5000.00"), "USD")
    assert (big.people, big.link) == ((ref,), "deal")
    assert big.close == date(2026, 11, 20)  # half past ten in the evening there
    assert (small.status, small.amount, small.people, small.link) == ("open", None, (), "")

    portal.clock.advance(3600)
    portal.do("PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "closedlost"}})
    before = portal.calls()
    connector = portal.connect()
    (page,) = connector.pull("opportunities", cursor)
    assert [(o.ref.id, o.status, o.people) for o in page.opportunities] == [(deal, "lost", (ref,))]
    assert portal.calls() - before == 2


def test_a_marketing_system_alone_has_no_deals() -> None:
    connector = Portal().connect(role=frozenset({"marketing"}))
    assert [s.name for s in connector.streams] == ["people", "engagements", "forms", "page_views", "owners", "archived"]


def test_owners_active_and_not() -> None:
    portal = Portal()
    one = portal.emulator.add_owner({"email": "Ann@Example.com", "firstName": "Ann", "lastName": "Lee"})
    gone = portal.emulator.add_owner({"email": "old@example.com", "archived": True})
    queue = portal.emulator.add_owner({"email": "", "firstName": "Inbound", "type": "QUEUE"})
    owners: dict[str, Owner] = {o.ref.id: o for page in portal.connect().pull("owners", None) for o in page.owners}
    assert (owners[one].name, owners[one].email.lower(), owners[one].active) == ("Ann Lee", "ann@example.com", True)
    assert not owners[gone].active
    assert (owners[queue].kind, owners[queue].name) == ("queue", "Inbound")


# ---------------------------------------------------------------- what a token may not see
def test_a_kind_of_engagement_that_is_forbidden_hides_no_other() -> None:
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    (note,) = portal.records("notes", {"hs_timestamp": AT, "hs_note_body": "x"})
    portal.link("notes", note, "contacts", ref.id)
    portal.fault(method="POST", path="contacts/emails/batch/read", status=403)
    connector = portal.connect()
    for _ in range(2):
        assert [a.ref.id for page in connector.pull("engagements", None, [ref]) for a in page.activities] == [note]
    assert connector.calls["POST /crm/associations/contacts/emails/batch/read"] == 1
    assert "emails" in connector.check([]).facts


@pytest.mark.parametrize("stream", ["forms", "page_views", "engagements"])
def test_a_token_that_expires_degrades_nothing(stream: str) -> None:
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    portal.fault(method="*", path="/", status=401)
    connector = portal.connect()
    with pytest.raises(Unauthorized):
        list(connector.pull(stream, None, [ref]))
    portal.emulator.faults.clear()
    assert {"forms", "page_views"} <= {one.name for one in connector.streams}
    list(connector.pull(stream, None, [ref]))
