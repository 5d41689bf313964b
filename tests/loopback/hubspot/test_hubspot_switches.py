"""What is not confirmed, each way it may be (fact sheet §16): a client must stand both."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal

from connectors.loopback.hubspot import Wording

CONTACTS = "/crm/v3/objects/contacts"


def write(hs: HubSpot, **properties: Any) -> Any:
    return hs.post(CONTACTS, json={"properties": properties})


def problem(answer: Any) -> tuple[str, str]:
    """(code, message) of a refused write."""
    assert answer.status_code == 400, answer.text
    [error] = answer.json()["errors"]
    return error["code"], error["message"]


# E-mail addresses and text


@pytest.mark.parametrize("lower", [True, False])
def test_addresses_keep_their_case_or_not_and_are_one_either_way(portal: Portal, lower: bool) -> None:
    hs = portal(lower_email=lower)
    contact = hs.contact("Ada@Example.com")
    stored = "ada@example.com" if lower else "Ada@Example.com"
    assert hs.read("contacts", contact, "email")["email"] == stored
    assert write(hs, email="aDA@example.COM").status_code == 409
    found = hs.record("contacts", "ADA@EXAMPLE.com", idProperty="email", properties="email")
    assert (found["id"], found["properties"]["email"]) == (contact, stored)


@pytest.mark.parametrize("trims", [True, False])
def test_blanks_around_an_address(portal: Portal, trims: bool) -> None:
    answer = write(portal(trim_email=trims), email=" ada@example.com ")
    if trims:
        assert answer.json()["properties"]["email"] == "ada@example.com"
    else:
        assert problem(answer)[0] == "INVALID_EMAIL"


@pytest.mark.parametrize("trims", [True, False])
def test_blanks_around_text(portal: Portal, trims: bool) -> None:
    hs = portal(trim_text=trims)
    contact = hs.contact(city=" Rome ")
    assert hs.read("contacts", contact, "city")["city"] == ("Rome" if trims else " Rome ")


@pytest.mark.parametrize("identify", [True, False])
def test_secondary_addresses(portal: Portal, identify: bool) -> None:
    """§4.3, §7.3: is a contact found by them, and is a new one refused for them?"""
    hs = portal(secondary_emails_identify=identify)
    primary, other = hs.contact("a@example.com"), hs.contact("b@example.com")
    hs.post("/_sandbox/merge", json={"primary": primary, "other": other})
    by_email = hs.get(f"{CONTACTS}/b@example.com", params={"idProperty": "email"})
    assert by_email.status_code == (200 if identify else 404)
    assert write(hs, email="b@example.com").status_code == (409 if identify else 201)


@pytest.mark.parametrize(("stamped", "entry"), [("id:ms", "{}:1795348800500"), ("id", "{}")])
def test_merged_vids(portal: Portal, stamped: str, entry: str) -> None:
    hs = portal(merged_vids=stamped)
    ids = hs.contact("a@example.com"), hs.contact("b@example.com")
    new = hs.post("/_sandbox/merge", json={"primary": ids[0], "other": ids[1]}).json()["id"]
    found = hs.read("contacts", new, "hs_calculated_merged_vids")["hs_calculated_merged_vids"]
    assert found == ";".join(entry.format(i) for i in ids)


# Values


@pytest.mark.parametrize(
    ("check", "statuses"),
    [("active", [201, 400, 400]), ("known", [201, 201, 400]), ("none", [201, 201, 201])],
)
def test_owners_a_record_takes(portal: Portal, check: str, statuses: list[int]) -> None:
    hs = portal(owner_check=check)
    hs.emulator.add_owner({"id": "1", "email": "a@example.com"})
    hs.emulator.add_owner({"id": "2", "email": "b@example.com", "archived": True})
    answers = [write(hs, hubspot_owner_id=owner) for owner in ("1", "2", "3")]
    assert [answer.status_code for answer in answers] == statuses
    for answer in answers:
        if answer.status_code == 400:
            assert problem(answer)[0] == "INVALID_OPTION"


@pytest.mark.parametrize("bumps", [False, True])
def test_an_equal_value_in_another_notation(portal: Portal, bumps: bool) -> None:
    """§4.6: rewriting what is stored bumps nothing; whether another spelling does is open."""
    hs = portal(restated_value_bumps=bumps)
    contact = hs.contact("a@example.com", closedate="2026-11-22T00:00:00Z", hs_buying_role="CHAMPION")
    before = hs.record("contacts", contact)["updatedAt"]
    hs.clock.advance(60)
    hs.change("contacts", contact, closedate="2026-11-22T00:00:00Z", hs_buying_role="CHAMPION")
    assert hs.record("contacts", contact)["updatedAt"] == before
    for restated in ({"closedate": 1795305600000}, {"hs_buying_role": ";CHAMPION"}):
        hs.clock.advance(60)
        hs.change("contacts", contact, **restated)
        after = hs.record("contacts", contact)["updatedAt"]
        assert (after > before) == bumps
        before = after
    assert hs.read("contacts", contact, "closedate")["closedate"] == "2026-11-22T00:00:00Z"


@pytest.mark.parametrize("code", ["INVALID_NUMBER", "INVALID_INTEGER"])
def test_the_code_of_a_bad_number(portal: Portal, code: str) -> None:
    hs = portal(number_error_code=code)
    answer = hs.post("/crm/v3/objects/deals", json={"properties": {"dealname": "D", "amount": "much"}})
    assert problem(answer) == (code, "much was not a valid number.")


@pytest.mark.parametrize("refuses", [True, False])
def test_epoch_seconds(portal: Portal, refuses: bool) -> None:
    answer = write(portal(refuse_epoch_seconds=refuses), closedate="1795305600")
    if refuses:
        assert problem(answer)[0] == "INVALID_DATE"
    else:
        assert answer.status_code == 201


# Texts: the status and the code stay, the words may be any


ODD = Wording(
    past_ten_thousand="too far",
    option_list="values",
    not_a_number="no number",
    not_a_date="no date",
    not_a_long="no long",
    property_exists="have {name}",
    property_in_use="need {name}",
    property_missing="no {what} {name}",
    group_in_use="{name} is full",
)
TIER = {"name": "tier", "label": "T", "type": "string", "fieldType": "text", "groupName": "contactinformation"}


@pytest.mark.parametrize("wording", [Wording(), ODD])
def test_wording_of_property_errors(portal: Portal, wording: Wording) -> None:
    hs = portal(wording=wording, property_lag_seconds=0)
    properties = "/crm/v3/properties/contacts"
    hs.post(properties, json=TIER)
    refused = {
        "property_exists": hs.post(properties, json=TIER),
        "property_in_use": hs.delete(f"{properties}/email"),
        "property_missing": hs.get(f"{properties}/nope"),
        "group_in_use": hs.delete(f"{properties}/groups/contactinformation"),
    }
    names = {"property_exists": "tier", "property_in_use": "email", "property_missing": "nope"}
    for text, answer in refused.items():
        name = names.get(text, "contactinformation")
        assert answer.json()["message"] == getattr(wording, text).format(what="Property", name=name)
    assert [answer.status_code for answer in refused.values()] == [409, 400, 404, 400]
    assert refused["property_exists"].json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


@pytest.mark.parametrize("wording", [Wording(), ODD])
def test_wording_of_value_errors(portal: Portal, wording: Wording) -> None:
    hs = portal(wording=wording)
    code, message = problem(write(hs, hs_lead_status="LUKEWARM"))
    assert code == "INVALID_OPTION"
    assert message.startswith("LUKEWARM was not one of the allowed options: [")
    assert ("NEW, OPEN" in message) == (wording.option_list == "values")
    assert ('label: "New"\nvalue: "NEW"' in message) == (wording.option_list == "described")
    assert problem(write(hs, closedate="soon")) == ("INVALID_LONG", wording.not_a_long.format(value="soon"))
    assert problem(write(hs, closedate="5")) == ("INVALID_DATE", wording.not_a_date.format(value="5"))
    answer = hs.post("/crm/v3/objects/deals", json={"properties": {"dealname": "D", "amount": "much"}})
    assert problem(answer) == ("INVALID_NUMBER", wording.not_a_number.format(value="much"))


@pytest.mark.parametrize("wording", [Wording(), ODD])
def test_wording_past_ten_thousand(portal: Portal, wording: Wording) -> None:
    answer = portal(wording=wording).post(f"{CONTACTS}/search", json={"after": 10_000})
    text = wording.past_ten_thousand.format(most=10_000, after=10_000)
    assert (answer.status_code, answer.json()["message"]) == (400, text)


# Answers


@pytest.mark.parametrize(
    ("body", "content_type", "starts"),
    [
        ("json", "application/json;charset=utf-8", b'{"status":"error"'),
        ("html", "text/html", b"<h1>"),
        ("empty", "application/json;charset=utf-8", b""),
    ],
)
def test_the_body_of_an_unknown_route(portal: Portal, body: str, content_type: str, starts: bytes) -> None:
    answer = portal(unknown_route=body).get("/crm/v3/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.content.startswith(starts)
    assert bool(answer.content) == bool(starts)


@pytest.mark.parametrize(
    ("setting", "objects", "associations"),
    [("multi-status", 207, (201, 207)), ("specification", 201, (200, 200))],
)
def test_batches_of_2026_09(portal: Portal, setting: str, objects: int, associations: tuple[int, int]) -> None:
    hs = portal(batches_2026_09=setting)
    contact, other = hs.contact("a@example.com"), hs.contact("b@example.com")
    inputs = [
        {"properties": {"email": f"{name}@example.com"}, "objectWriteTraceId": name} for name in ("b", "c")
    ]  # "b" exists
    made = hs.post("/crm/objects/2026-09/contacts/batch/create", json={"inputs": inputs})
    assert (made.status_code, made.json()["numErrors"], len(made.json()["results"])) == (objects, 1, 1)
    link = {
        "from": {"id": contact},
        "to": {"id": other},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 449}],
    }
    path = "/crm/associations/2026-09/contacts/contacts/batch/create"
    whole = hs.post(path, json={"inputs": [link]})
    partial = hs.post(path, json={"inputs": [link, {**link, "to": {"id": "9"}}]})
    assert (whole.status_code, partial.status_code) == associations
    assert partial.json()["numErrors"] == 1
    gone = {"inputs": [{"from": {"id": contact}, "to": [{"id": other}]}]}
    ended = hs.post("/crm/associations/2026-09/contacts/contacts/batch/archive", json=gone)
    assert ended.status_code == (200 if setting == "specification" else 204)
    older = hs.post("/crm/v3/objects/contacts/batch/create", json={"inputs": inputs[:1]})
    assert older.status_code == 207  # only 2026-09 is in doubt


@pytest.mark.parametrize("extras", [True, False])
def test_fields_of_a_submission(portal: Portal, extras: bool) -> None:
    hs = portal(submission_extras=extras)
    hs.emulator.add_form({"id": "f-1", "name": "Demo"})
    hs.emulator.add_submissions("f-1", [{"submittedAt": 5, "values": [], "pageUrl": "u", "pageTitle": "T"}])
    [shown] = hs.get("/form-integrations/v1/submissions/forms/f-1").json()["results"]
    assert shown == {"submittedAt": 5, "values": [], "pageUrl": "u", **({"pageTitle": "T"} if extras else {})}
