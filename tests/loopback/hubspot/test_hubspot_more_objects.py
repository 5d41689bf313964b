"""The standard object types beside contacts, companies, deals and activities: tickets, products, line items, quotes,
goals, survey responses, postal mail."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import TOKEN, HubSpot, Portal

from connectors.loopback.hubspot import TokenGrant

TYPE_IDS = {
    "tickets": "0-5",
    "products": "0-7",
    "line_items": "0-8",
    "quotes": "0-14",
    "feedback_submissions": "0-19",
    "goal_targets": "0-74",
    "postal_mail": "0-116",
}
NEW: dict[str, dict[str, Any]] = {
    "tickets": {"subject": "No light", "hs_pipeline_stage": "1"},
    "products": {"name": "Lamp", "price": "40", "hs_sku": "L-1"},
    "line_items": {"name": "Lamp", "price": "40", "quantity": "2"},
    "quotes": {"hs_title": "Lamps", "hs_expiration_date": "2026-12-31"},
    "goal_targets": {"hs_goal_name": "Calls", "hs_target_amount": "100"},
    "postal_mail": {"hs_postal_mail_body": "A card", "hs_timestamp": "2026-11-20T10:00:00Z"},
}
STATE = {"ticketState": "CLOSED"}


@pytest.mark.parametrize(("kind", "type_id"), TYPE_IDS.items())
def test_a_new_portal_has_the_type_and_no_record_of_it(hs: HubSpot, kind: str, type_id: str) -> None:
    for name in (kind, type_id):
        assert hs.get(f"/crm/v3/objects/{name}").json() == {"results": []}
        assert hs.search(name)["total"] == 0
        assert hs.get(f"/crm/pipelines/2026-09/{name}").status_code == 200
        definitions = {row["name"]: row for row in hs.get(f"/crm/v3/properties/{name}").json()["results"]}
        assert {"hs_object_id", "hs_createdate", "hs_lastmodifieddate"} <= definitions.keys()
        groups = {row["name"] for row in hs.get(f"/crm/v3/properties/{name}/groups").json()["results"]}
        assert {row["groupName"] for row in definitions.values()} == groups


@pytest.mark.parametrize("kind", NEW)
def test_a_record_lives_as_any_other(hs: HubSpot, kind: str) -> None:
    path, [name, value] = f"/crm/v3/objects/{kind}", next(iter(NEW[kind].items()))
    made = hs.create(kind, NEW[kind])
    assert hs.read(kind, made["id"], name)[name] == value
    assert made["url"].endswith(made["id"])
    hs.clock.advance(10)
    hs.change(kind, made["id"], **{name: f"{value} again"})
    hs.clock.advance(10)
    found = hs.search(kind, filters=[{"propertyName": name, "operator": "EQ", "value": f"{value} again"}])
    assert [row["id"] for row in found["results"]] == [made["id"]]
    assert hs.search(kind, query="again")["total"] == 1
    batch = hs.batch(kind, "read", [{"id": made["id"]}], properties=[name]).json()
    assert batch["results"][0]["properties"][name] == f"{value} again"
    assert hs.batch(kind, "update", [{"id": made["id"], "properties": {name: value}}]).status_code == 200
    assert hs.delete(f"{path}/{made['id']}").status_code == 204
    assert hs.get(f"{path}/{made['id']}").status_code == 404
    assert [row["id"] for row in hs.get(path, params={"archived": "true"}).json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("tickets", "content hs_pipeline hs_pipeline_stage hs_ticket_category hs_ticket_priority subject createdate"),
        ("products", "name description price createdate"),
        ("line_items", "quantity amount price createdate"),
        ("quotes", "hs_expiration_date hs_public_url_key hs_status hs_title hs_createdate"),
        ("goal_targets", "hs_createdate"),
        ("postal_mail", "hs_createdate"),
    ],
)
def test_what_is_shown_unasked(hs: HubSpot, kind: str, shown: str) -> None:
    """[D:search]"""
    made = hs.create(kind, NEW[kind])
    expected = {*shown.split(), "hs_lastmodifieddate", "hs_object_id"}
    assert hs.record(kind, made["id"])["properties"].keys() == expected


@pytest.mark.parametrize(
    ("kind", "missing"), [("tickets", "hs_pipeline_stage"), ("quotes", "hs_expiration_date"), ("quotes", "hs_title")]
)
def test_what_a_new_record_cannot_do_without(hs: HubSpot, kind: str, missing: str) -> None:
    given = {name: value for name, value in NEW[kind].items() if name != missing}
    answer = hs.post(f"/crm/v3/objects/{kind}", json={"properties": given})
    assert (answer.status_code, answer.json()["context"]) == (400, {"properties": [missing]})


class TestTickets:
    def test_the_support_pipeline(self, hs: HubSpot) -> None:
        [pipeline] = hs.get("/crm/v3/pipelines/tickets").json()["results"]
        assert (pipeline["id"], pipeline["label"]) == ("0", "Support Pipeline")
        states = {stage["id"]: stage["metadata"]["ticketState"] for stage in pipeline["stages"]}
        assert states == {"1": "OPEN", "2": "OPEN", "3": "OPEN", "4": "CLOSED"}

    def test_a_status_of_no_pipeline_is_refused(self, hs: HubSpot) -> None:
        answer = hs.post("/crm/v3/objects/tickets", json={"properties": {"hs_pipeline_stage": "new"}})
        assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"

    def test_a_new_ticket_is_in_the_default_pipeline(self, hs: HubSpot) -> None:
        made = hs.create("tickets", NEW["tickets"])
        shown = hs.read("tickets", made["id"], "hs_pipeline", "hs_ticket_id")
        assert (shown["hs_pipeline"], shown["hs_ticket_id"]) == ("0", made["id"])

    def test_a_closed_ticket_has_a_date_until_it_is_opened_again(self, hs: HubSpot) -> None:
        made = hs.create("tickets", NEW["tickets"])["id"]
        hs.clock.advance(60)
        hs.change("tickets", made, hs_pipeline_stage="4")
        assert hs.read("tickets", made, "closed_date")["closed_date"] == "2026-11-22T12:01:00.500Z"
        hs.change("tickets", made, hs_pipeline_stage="2")
        assert hs.read("tickets", made, "closed_date")["closed_date"] is None

    def test_a_stage_is_open_or_closed(self, hs: HubSpot) -> None:
        path, stage = "/crm/v3/pipelines/tickets/0/stages", {"label": "Solved", "displayOrder": 9}
        assert hs.post(path, json={**stage, "metadata": STATE}).json()["metadata"] == {**STATE, "isClosed": "true"}
        assert hs.post(path, json={**stage, "label": "x", "metadata": {"ticketState": "AJAR"}}).status_code == 400

    def test_two_tickets_merge(self, hs: HubSpot) -> None:
        one, two = (hs.create("tickets", NEW["tickets"])["id"] for _ in range(2))
        answer = hs.post("/crm/v3/objects/tickets/merge", json={"primaryObjectId": one, "objectIdToMerge": two})
        assert answer.status_code == 200
        assert hs.record("tickets", one)["id"] == answer.json()["id"]

    def test_a_logged_call_is_on_the_ticket(self, hs: HubSpot) -> None:
        ticket = hs.create("tickets", NEW["tickets"])["id"]
        call = hs.create("calls", {"hs_timestamp": "2026-11-22T09:00:00Z"})["id"]
        hs.link("tickets", ticket, "calls", call)
        shown = hs.read("tickets", ticket, "num_contacted_notes", "notes_last_contacted")
        assert (shown["num_contacted_notes"], shown["notes_last_contacted"]) == ("1", "2026-11-22T09:00:00Z")


@pytest.mark.parametrize(
    ("kind", "name", "first", "then"),
    [("deals", "dealstage", "qualifiedtobuy", "closedwon"), ("tickets", "hs_pipeline_stage", "1", "4")],
)
def test_each_stage_has_the_dates_of_its_beginning_and_end(
    hs: HubSpot, kind: str, name: str, first: str, then: str
) -> None:
    """``hs_v2_date_entered_<stage>`` and ``hs_v2_date_exited_<stage>`` (§6)."""
    record = hs.create(kind, {name: first})["id"]
    hs.clock.advance(60)
    for _ in range(2):
        hs.change(kind, record, **{name: then})
        hs.clock.advance(60)
    left, came, current = f"hs_v2_date_exited_{first}", f"hs_v2_date_entered_{then}", "hs_v2_date_entered_current_stage"
    shown = hs.read(kind, record, f"hs_v2_date_entered_{first}", left, came, current)
    assert shown[f"hs_v2_date_entered_{first}"] == "2026-11-22T12:00:00.500Z"
    assert {shown[left], shown[came], shown[current]} == {"2026-11-22T12:01:00.500Z"}


def test_the_net_price_of_a_line_item(hs: HubSpot) -> None:
    made = hs.create("line_items", {**NEW["line_items"], "discount": "5"})["id"]
    assert hs.read("line_items", made, "amount")["amount"] == "70"
    hs.change("line_items", made, quantity="")
    assert hs.read("line_items", made, "amount")["amount"] is None


def test_a_quote_holds_its_line_items_and_its_deal(hs: HubSpot) -> None:
    item, deal = hs.create("line_items", NEW["line_items"])["id"], hs.create("deals", {"dealname": "Lamps"})["id"]
    ends = [
        {"to": {"id": to}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
        for to, number in ((item, 67), (deal, 64))
    ]
    quote = hs.create("quotes", NEW["quotes"], associations=ends)["id"]
    linked = hs.record("quotes", quote, associations="line_items,deals")["associations"]
    assert linked == {
        "line_items": {"results": [{"id": item, "type": "quote_to_line_item"}]},
        "deals": {"results": [{"id": deal, "type": "quote_to_deal"}]},
    }


@pytest.mark.parametrize(
    ("from_kind", "to_kind", "numbers"),
    [
        ("tickets", "contacts", {16}),
        ("contacts", "tickets", {15}),
        ("tickets", "companies", {26, 339}),
        ("companies", "tickets", {25, 340}),
        ("deals", "tickets", {27}),
        ("deals", "line_items", {19}),
        ("quotes", "companies", {71}),
        ("notes", "tickets", {228}),
        ("postal_mail", "contacts", {453}),
        ("contacts", "feedback_submissions", {97}),
    ],
)
def test_default_association_types(hs: HubSpot, from_kind: str, to_kind: str, numbers: set[int]) -> None:
    """[D:associations]"""
    labels = hs.get(f"/crm/v4/associations/{from_kind}/{to_kind}/labels").json()["results"]
    assert {label["typeId"] for label in labels} == numbers


def seeded_answer(hs: HubSpot) -> str:
    properties = {"hs_survey_type": "NPS", "hs_value": "9"}
    [submission] = hs.emulator.seed("feedback_submissions", [{"properties": properties}])
    return submission


def test_survey_responses_are_read(hs: HubSpot) -> None:
    submission = seeded_answer(hs)
    assert hs.read("feedback_submissions", submission, "hs_value")["hs_value"] == "9"


@pytest.mark.parametrize("status", [400, 403, 405])
def test_nobody_writes_survey_responses(portal: Portal, status: int) -> None:
    hs = portal(read_only_status=status)
    submission, path = seeded_answer(hs), "/crm/v3/objects/feedback_submissions"
    refused = [
        hs.post(path, json={"properties": {}}),
        hs.patch(f"{path}/{submission}", json={"properties": {"hs_value": "1"}}),
        hs.delete(f"{path}/{submission}"),
        hs.batch("feedback_submissions", "create", [{"properties": {}}]),
        hs.batch("feedback_submissions", "archive", [{"id": submission}]),
    ]
    assert {answer.status_code for answer in refused} == {status}
    assert hs.read("feedback_submissions", submission, "hs_value")["hs_value"] == "9"


@pytest.mark.parametrize(
    ("kind", "reads", "writes"),
    [
        ("tickets", ["tickets"], ["tickets"]),
        ("products", ["crm.objects.products.read", "e-commerce"], ["crm.objects.products.write", "e-commerce"]),
        ("line_items", ["crm.objects.line_items.read"], ["crm.objects.line_items.write"]),
        ("quotes", ["crm.objects.quotes.read"], ["crm.objects.quotes.write"]),
        ("goal_targets", ["crm.objects.goals.read"], ["crm.objects.goals.write"]),
        ("postal_mail", ["crm.objects.contacts.read"], ["crm.objects.contacts.write"]),
        ("feedback_submissions", ["crm.objects.feedback_submissions.read", "crm.objects.contacts.read"], []),
    ],
)
def test_scopes(portal: Portal, kind: str, reads: list[str], writes: list[str]) -> None:
    """[S:crm-tickets.v3] and its siblings."""
    path = f"/crm/v3/objects/{kind}"
    for verb, scopes in (("GET", reads), ("POST", writes)):
        for scope in scopes:
            hs = portal(tokens={TOKEN: TokenGrant(scopes=(scope,))})
            assert hs.request(verb, path, json={"properties": NEW.get(kind, {})}).ok, scope
    nothing = portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))}).get(path)
    assert nothing.status_code == 403
    assert set(reads) <= set(nothing.json()["errors"][0]["context"]["requiredGranularScopes"])


@pytest.mark.parametrize(
    "path", ["/crm/v3/schemas", "/crm-object-schemas/v3/schemas", "/crm-object-schemas/2026-09/schemas"]
)
def test_the_portal_has_no_custom_object_types(portal: Portal, path: str) -> None:
    hs = portal(tokens={TOKEN: TokenGrant(scopes=("crm.schemas.custom.read",))})
    assert hs.get(path).json() == {"results": []}
    assert hs.post(path, json={"name": "cars"}).status_code == 501
    assert hs.get(f"{path}/cars").status_code == 501
    refused = portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))}).get(path)
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")


def test_the_text_of_a_note_is_read_once_for_its_preview(hs: HubSpot) -> None:
    note = hs.create("notes", {"hs_timestamp": "2026-11-22T00:00:00Z", "hs_note_body": "<" * 65_000 + "<b>x</b>"})
    assert hs.read("notes", note["id"], "hs_body_preview")["hs_body_preview"] == "<" * 512
