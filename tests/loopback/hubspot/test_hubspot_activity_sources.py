"""Event occurrences, forms and submissions, marketing e-mail events (fact sheet §9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

from connectors.loopback.hubspot.cursors import encode

AT = datetime(2026, 5, 11, 23, 47, 17, 75_000, tzinfo=UTC)


def visits(hs: HubSpot, path: str = "/events/v3/events", **query: Any) -> list[dict[str, Any]]:
    answer = hs.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


@pytest.fixture
def visited(hs: HubSpot) -> HubSpot:
    """Contacts 501 and 502 with three page visits and a custom event."""
    hs.emulator.seed(
        "contacts",
        [{"id": i, "properties": {"email": f"p{i}@example.com"}} for i in ("501", "502")],
    )
    rows = [
        {"objectId": "501", "eventType": "e_visited_page", "occurredAt": AT + timedelta(hours=n),
         "id": f"leviathan-{n}", "properties": {"hs_url": f"https://x.example/{n}", "hs_n": n}}
        for n in range(3)
    ]  # fmt: skip
    rows.append({"objectId": "502", "eventType": "pe_demo", "occurredAt": AT, "id": "pe-1"})
    hs.emulator.add_events(rows)
    return hs


@pytest.mark.parametrize(
    "path",
    ["/events/v3/events/", "/events/event-occurrences/2026-03", "/events/event-occurrences/2026-09"],
)
def test_events_of_one_contact(visited: HubSpot, path: str) -> None:
    found = visits(visited, path, objectType="contact", objectId="501")
    assert [event["id"] for event in found] == ["leviathan-2", "leviathan-1", "leviathan-0"]
    assert found[-1] == {
        "objectType": "CONTACT",
        "objectId": "501",
        "eventType": "e_visited_page",
        "occurredAt": "2026-05-11T23:47:17.075Z",
        "id": "leviathan-0",
        "properties": {"hs_url": "https://x.example/0", "hs_n": "0"},
    }


def test_event_filters(visited: HubSpot) -> None:
    after = "2026-05-12T00:47:17.074Z"
    recent = visits(visited, eventType="e_visited_page", occurredAfter=after)
    assert [event["id"] for event in recent] == ["leviathan-2", "leviathan-1"]
    early = visits(visited, eventType="e_visited_page", occurredBefore=after, sort="ASCENDING")
    assert [event["id"] for event in early] == ["leviathan-0"]
    by_email = {"objectType": "contact", "objectProperty.email": "p502@example.com"}
    assert [event["id"] for event in visits(visited, **by_email)] == ["pe-1"]
    by_value = {"eventType": "e_visited_page", "property.hs_url": "https://x.example/1"}
    assert [event["id"] for event in visits(visited, **by_value)] == ["leviathan-1"]
    assert [event["id"] for event in visits(visited, id="pe-1")] == ["pe-1"]
    [one] = visits(visited, id="leviathan-1", properties="hs_n")
    assert one["properties"] == {"hs_n": "1"}
    assert visited.get("/events/v3/events").status_code == 400


def test_event_pages(visited: HubSpot) -> None:
    query: dict[str, Any] = {"eventType": "e_visited_page", "limit": 2}
    page = visited.get("/events/v3/events", params=query).json()
    cursor = page["paging"]["next"]["after"]
    assert cursor in page["paging"]["next"]["link"] or "%" in cursor
    rest = visited.get("/events/v3/events", params={**query, "after": cursor}).json()
    assert [event["id"] for event in rest["results"]] == ["leviathan-0"]
    assert "paging" not in rest
    bad = visited.get("/events/v3/events", params={**query, "after": "$$"})
    assert bad.status_code == 400


@pytest.mark.parametrize("sort", ["ASCENDING", "DESCENDING"])
def test_events_page_back(visited: HubSpot, sort: str) -> None:
    """``before`` is the page that precedes a cursor, in the same order (§9.4)."""
    query: dict[str, Any] = {"eventType": "e_visited_page", "sort": sort}
    every = [event["id"] for event in visited.get("/events/v3/events", params=query).json()["results"]]
    assert len(every) == 3
    forward = visited.get("/events/v3/events", params={**query, "limit": 2}).json()
    behind = forward["paging"]["next"]["after"]
    page = visited.get("/events/v3/events", params={**query, "before": behind}).json()
    assert [event["id"] for event in page["results"]] == every[:1]
    assert "paging" not in page
    past = encode(f"{0 if sort == 'DESCENDING' else 9_999_999_999_999}|")
    back = visited.get("/events/event-occurrences/2026-09", params={**query, "limit": 2, "before": past}).json()
    assert [event["id"] for event in back["results"]] == every[1:]
    again = {**query, "limit": 2, "before": back["paging"]["prev"]["before"]}
    assert [e["id"] for e in visited.get("/events/v3/events", params=again).json()["results"]] == every[:1]
    assert visited.get("/events/v3/events", params={**query, "before": encode("x|1")}).status_code == 400


def test_event_types(visited: HubSpot) -> None:
    types = visited.get("/events/v3/events/event-types").json()
    assert types == {"eventTypes": ["e_visited_page", "pe_demo"]}


def test_events_need_enterprise(portal: Portal) -> None:
    answer = portal(enterprise=False).get("/events/v3/events?eventType=e_visited_page")
    assert answer.status_code == 403
    assert answer.json()["category"] == "MISSING_SCOPES"


def test_forms(hs: HubSpot) -> None:
    for n in range(3):
        hs.emulator.add_form({"id": f"591e2731-000{n}", "name": f"Form {n}"})
    page = hs.get("/marketing/v3/forms/", params={"limit": 1}).json()
    assert page["results"][0]["name"] == "Form 0"
    assert page["paging"]["next"]["after"] == "MQ%3D%3D"
    after = {"limit": 2, "after": "MQ%3D%3D"}
    rest = hs.get("/marketing/forms/2026-09-beta", params=after).json()
    assert [form["name"] for form in rest["results"]] == ["Form 1", "Form 2"]
    assert "paging" not in rest
    assert hs.get("/marketing/v3/forms/591e2731-0002").json()["formType"] == "hubspot"
    assert hs.get("/marketing/v3/forms/nope").status_code == 404


def test_a_form_is_made_changed_and_archived(hs: HubSpot) -> None:
    """[S:marketing-forms.v3]; the stamps are the server's, whatever a request says."""
    forms = "/marketing/v3/forms"
    assert hs.post(forms, json={}).status_code == 400
    body = {"name": "Demo", "formType": "hubspot", "createdAt": "2020-01-01T00:00:00Z", "archived": True}
    answer = hs.post(forms, json={**body, "configuration": {"language": "de"}})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["createdAt"], made["archived"]) == ("2026-11-22T12:00:00.500Z", False)
    path = f"{forms}/{made['id']}"
    hs.clock.advance(60)
    changed = hs.patch(path, json={"name": "Trial", "id": "x"}).json()
    assert changed == {**made, "name": "Trial", "updatedAt": "2026-11-22T12:01:00.500Z"}
    replaced = hs.put(path, json={"name": "Whole"}).json()
    assert replaced["configuration"]["language"] == "en"  # not given again
    assert (replaced["id"], replaced["createdAt"]) == (made["id"], made["createdAt"])
    assert [form["name"] for form in hs.get(forms, params={"formTypes": "hubspot"}).json()["results"]] == ["Whole"]
    assert hs.get(forms, params={"formTypes": "captured"}).json()["results"] == []
    assert hs.delete(path).status_code == 204
    for method in (hs.get, hs.delete):
        assert method(path).status_code == 404
    assert hs.get(path, params={"archived": "true"}).json()["archivedAt"] == "2026-11-22T12:01:00.500Z"
    assert hs.get(forms).json()["results"] == []
    assert len(hs.get(forms, params={"archived": "true"}).json()["results"]) == 1
    assert hs.get(f"/form-integrations/v1/submissions/forms/{made['id']}").status_code == 200


def test_submissions_newest_first(hs: HubSpot) -> None:
    hs.emulator.add_form({"id": "f-1", "name": "Demo"})
    rows = [
        {"submittedAt": AT + timedelta(minutes=n), "pageUrl": "https://x.example/demo",
         "values": [{"name": "email", "value": f"p{n}@example.com", "objectTypeId": "0-1"}]}
        for n in range(60)
    ]  # fmt: skip
    hs.emulator.add_submissions("f-1", rows)
    path = "/form-integrations/v1/submissions/forms/f-1"
    page = hs.get(path, params={"limit": 50}).json()
    assert page["results"][0] == {
        "submittedAt": 1778546777075,
        "pageUrl": "https://x.example/demo",
        "values": [{"name": "email", "value": "p59@example.com", "objectTypeId": "0-1"}],
    }
    assert list(page["paging"]["next"]) == ["after"]
    after = {"limit": 50, "after": page["paging"]["next"]["after"]}
    rest = hs.get(path, params=after).json()
    assert rest["results"][-1]["values"][0]["value"] == "p0@example.com"
    assert len(page["results"]) + len(rest["results"]) == 60
    assert "paging" not in rest
    assert hs.get(path, params={"limit": 51}).status_code == 400
    assert hs.get("/form-integrations/v1/submissions/forms/nope").status_code == 404


def test_email_events(hs: HubSpot) -> None:
    hs.emulator.add_email_events(
        {"id": f"e{n}", "created": AT + timedelta(hours=n), "recipient": "A@example.com",
         "type": "OPEN" if n % 2 else "CLICK", "emailCampaignId": 7}
        for n in range(5)
    )  # fmt: skip
    path = "/email/public/v1/events"
    page = hs.get(path, params={"limit": 3, "recipient": "a@example.com"}).json()
    assert page["hasMore"] is True
    assert [event["id"] for event in page["events"]] == ["e4", "e3", "e2"]
    more = {"limit": 3, "recipient": "a@example.com", "offset": page["offset"]}
    rest = hs.get(path, params=more).json()
    assert ([event["id"] for event in rest["events"]], rest["hasMore"]) == (["e1", "e0"], False)
    start = int((AT + timedelta(hours=2)).timestamp() * 1000)
    opened = hs.get(path, params={"eventType": "OPEN", "startTimestamp": start}).json()
    assert [event["id"] for event in opened["events"]] == ["e3"]
    assert hs.get(path, params={"startTimestamp": "soon"}).status_code == 400


def test_an_event_is_seen_after_it_was_processed(portal: Portal) -> None:
    """§9.4: a delay, whatever its length."""
    hs = portal(event_lag_seconds=60)
    [one] = hs.emulator.seed("contacts", [{"properties": {}}])
    hs.emulator.add_events([{"objectId": one, "eventType": "e_visited_page", "occurredAt": hs.clock.now()}])
    hs.clock.advance(59)
    assert visits(hs, objectType="contact", objectId=one) == []
    hs.clock.advance(1)
    assert len(visits(hs, objectType="contact", objectId=one)) == 1
