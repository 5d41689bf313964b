"""POST …/search: operators, paging, the 10,000 cap and the late index (§4.4, §4.5)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot, Portal


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    wanted = {"propertyName": name, "operator": operator, **more}
    return wanted if value is None else {**wanted, "value": value}


def found(hs: HubSpot, *filters: dict[str, Any], **body: Any) -> list[str]:
    """The first names that match, in the order of the answer."""
    groups = [{"filters": list(filters)}] if filters else []
    answer = hs.search(filterGroups=groups, **{"properties": ["firstname"], "limit": 200, **body})
    return [entry["properties"]["firstname"] for entry in answer["results"]]


@pytest.fixture
def crowd(hs: HubSpot) -> HubSpot:
    """Ann, Bo, Cy, and Di, who has hardly any properties."""
    hs.emulator.seed(
        "contacts",
        [
            {"properties": {"firstname": "Ann", "email": "ann@hubspot.com", "city": "New York",
                            "followercount": "9", "hs_lead_status": "NEW",
                            "closedate": "2026-03-12T07:33:46.615Z",
                            "hs_latest_source_timestamp": "2026-03-12"}},
            {"properties": {"firstname": "Bo", "email": "bo@example.com", "city": "york",
                            "followercount": "10", "hs_lead_status": "OPEN",
                            "closedate": "2026-03-12T07:33:46Z"}},
            {"properties": {"firstname": "Cy", "email": "cy@example.com", "city": "Yorkshire",
                            "followercount": "100.5", "hs_lead_status": "CONNECTED"}},
            {"properties": {"firstname": "Di"}},
        ],
    )  # fmt: skip
    return hs


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (where("city", "EQ", "NEW york"), ["Ann"]),
        (where("city", "NEQ", "york"), ["Ann", "Cy"]),  # unset does not match
        (where("followercount", "GT", "9"), ["Bo", "Cy"]),  # by size, not by text
        (where("followercount", "LTE", 10), ["Ann", "Bo"]),
        (where("followercount", "BETWEEN", "9", highValue="10"), ["Ann", "Bo"]),
        (where("closedate", "EQ", "1773300826615"), ["Ann"]),
        (where("closedate", "LT", "2026-03-12T07:33:46.615Z"), ["Bo"]),  # milliseconds count
        (where("closedate", "GTE", "2026-03-12T08:33:46.615+01:00"), ["Ann"]),
        (where("hs_latest_source_timestamp", "EQ", "2026-03-12"), ["Ann"]),
        (where("hs_lead_status", "EQ", "new"), []),  # enumerations: with case
        (where("hs_lead_status", "IN", values=["NEW", "OPEN"]), ["Ann", "Bo"]),
        (where("hs_lead_status", "NOT_IN", values=["NEW"]), ["Bo", "Cy"]),
        (where("city", "IN", values=["york"]), ["Bo"]),
        (where("city", "IN", values=["New York"]), []),  # IN on strings: lowercase only
        (where("city", "IN", values=["new york"]), ["Ann"]),
        (where("city", "HAS_PROPERTY"), ["Ann", "Bo", "Cy"]),
        (where("city", "NOT_HAS_PROPERTY"), ["Di"]),
        (where("city", "CONTAINS_TOKEN", "york"), ["Ann", "Bo"]),
        (where("city", "CONTAINS_TOKEN", "york*"), ["Ann", "Bo", "Cy"]),
        (where("email", "CONTAINS_TOKEN", "*@hubspot.com"), ["Ann"]),
        (where("city", "NOT_CONTAINS_TOKEN", "york"), ["Cy"]),
        (where("email", "EQ", "ANN@hubspot.com"), ["Ann"]),
        (where("createdate", "HAS_PROPERTY"), ["Ann", "Bo", "Cy", "Di"]),
        (where("hs_object_id", "HAS_PROPERTY"), ["Ann", "Bo", "Cy", "Di"]),
    ],
)
def test_operators(crowd: HubSpot, wanted: dict[str, Any], names: list[str]) -> None:
    assert sorted(found(crowd, wanted)) == names


def test_negative_filters_may_match_unset_values(portal: Portal) -> None:
    hs = portal(negative_filters_match_unset=True)
    hs.emulator.seed("contacts", [{"properties": {"firstname": "Di"}}])
    assert found(hs, where("city", "NEQ", "york")) == ["Di"]


def test_groups_are_alternatives_filters_conditions(crowd: HubSpot) -> None:
    young = {"filters": [where("followercount", "LT", 10), where("city", "HAS_PROPERTY")]}
    bare = {"filters": [where("city", "NOT_HAS_PROPERTY")]}
    answer = crowd.search(filterGroups=[young, bare], properties=["firstname"])
    assert sorted(entry["properties"]["firstname"] for entry in answer["results"]) == ["Ann", "Di"]
    loose = crowd.search(filters=[where("city", "NOT_HAS_PROPERTY")], properties=["firstname"])
    assert [entry["properties"]["firstname"] for entry in loose["results"]] == ["Di"]


def test_an_empty_body_finds_everything(crowd: HubSpot) -> None:
    body = crowd.search()
    assert list(body) == ["total", "results"]
    assert body["total"] == 4
    assert list(body["results"][0]["properties"]) == [
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
    ]  # fmt: skip
    assert crowd.search(query="hubspot")["total"] == 1
    assert crowd.search(query="no such words")["total"] == 0


def test_sorts(crowd: HubSpot) -> None:
    by_count = {"propertyName": "followercount", "direction": "DESCENDING"}
    ignored = {"propertyName": "city", "direction": "ASCENDING"}
    assert found(crowd, sorts=[by_count, ignored]) == ["Cy", "Bo", "Ann", "Di"]
    assert found(crowd, sorts=["followercount"]) == ["Ann", "Bo", "Cy", "Di"]
    assert found(crowd, sorts=["-followercount"]) == ["Cy", "Bo", "Ann", "Di"]


def test_default_sort_is_createdate_ascending(hs: HubSpot) -> None:
    for name in ("first", "second", "third"):
        hs.contact(firstname=name)
        hs.clock.advance(10)
    assert found(hs) == ["first", "second", "third"]
    backwards = {"propertyName": "createdate", "direction": "DESCENDING"}
    assert found(hs, sorts=[backwards]) == ["third", "second", "first"]


def test_offset_pages_without_a_link(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(450)])
    seen: list[str] = []
    after: Any = 0
    while after is not None:
        page = hs.search(limit="200", after=str(after))
        assert page["total"] == 450
        seen += [entry["id"] for entry in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after")
        assert after in ("200", "400", None)
    assert len(set(seen)) == 450


def test_ten_thousand_results_at_most(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(10_050)])
    last = hs.search(limit=200, after=9_900)
    assert len(last["results"]) == 100
    assert last["total"] == 10_050
    assert last["paging"]["next"]["after"] == "10000"
    beyond = hs.post("/crm/v3/objects/contacts/search", json={"after": "10000"})
    assert beyond.status_code == 400


def test_keyset_on_the_id_passes_records_of_one_stamp(hs: HubSpot) -> None:
    """HubSpot's bulk jobs stamp more than 10,000 records alike [Airbyte #43317]."""
    hs.emulator.seed("contacts", [{"properties": {}} for _ in range(10_300)])
    stamp = {"kind": "contacts", "first": 10_300, "at": "2026-11-20T00:00:00Z"}
    assert hs.post("/_sandbox/stamp", json=stamp).json()["stamped"] == 10_300
    window = [
        where("lastmodifieddate", "GTE", "2026-11-20T00:00:00Z"),
        where("lastmodifieddate", "LT", "2026-11-20T00:00:00.001Z"),
    ]
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    seen: list[int] = []
    for start in (0, 10_000):
        filters = [*window, where("hs_object_id", "GT", str(seen[-1] if seen else 0))]
        total = 10_300 - start
        for after in range(0, min(total, 10_000), 200):
            page = hs.search(filterGroups=[{"filters": filters}], sorts=by_id, limit=200, after=after)
            assert page["total"] == total
            seen += [int(entry["id"]) for entry in page["results"]]
    assert seen == sorted(set(seen))
    assert len(seen) == 10_300


def test_lexicographic_ids_are_a_switch(portal: Portal) -> None:
    rows = [{"properties": {}, "id": i} for i in ("9", "10", "200")]
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    for order, ids in (("numeric", ["9", "10", "200"]), ("lexicographic", ["10", "200", "9"])):
        hs = portal(search_id_order=order)
        hs.emulator.seed("contacts", rows)
        assert [entry["id"] for entry in hs.search(sorts=by_id)["results"]] == ids


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "MQ%3D%3D"},
        {"filterGroups": [{"filters": [where("nope", "EQ", "1")]}]},
        {"filterGroups": [{"filters": [where("city", "LIKE", "1")]}]},
        {"filterGroups": [{"filters": [where("city", "EQ")]}]},
        {"filterGroups": [{"filters": [where("followercount", "GT", "many")]}]},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")]}] * 7},
        {"filterGroups": [{"filters": [where("city", "HAS_PROPERTY")] * 11}]},
        {"sorts": [{"propertyName": "nope"}]},
        {"filterGroups": "city"},
        [],
    ],
)
def test_refused_queries(crowd: HubSpot, body: Any) -> None:
    assert crowd.post("/crm/v3/objects/contacts/search", json=body).status_code == 400


def test_the_query_text_has_3000_characters_at_most_the_body_may_have_more(hs: HubSpot) -> None:
    path = "/crm/v3/objects/contacts/search"
    assert hs.post(path, json={"query": "x" * 3_000}).status_code == 200
    assert hs.post(path, json={"query": "x" * 3_001}).status_code == 400
    assert hs.post(path, json={"properties": [f"property_{n}" for n in range(500)]}).status_code == 200


def test_a_list_cursor_given_to_search(hs: HubSpot) -> None:
    answer = hs.post("/crm/v3/objects/contacts/search", json={"after": "abc"})
    assert "Cannot deserialize value of type" in answer.json()["message"]
    assert "category" not in answer.json()


def test_unknown_type_in_search(hs: HubSpot) -> None:
    answer = hs.post("/crm/v3/objects/butterflies/search", json={})
    assert answer.json()["message"] == "Unable to infer object type from: butterflies"


def test_the_index_learns_of_new_records_late(hs: HubSpot) -> None:
    hs.contact("a@example.com", firstname="Ann")
    assert hs.search()["total"] == 0
    hs.clock.advance(1.9)
    assert hs.search()["total"] == 0  # never sooner than two seconds
    hs.clock.advance(3.2)
    assert found(hs) == ["Ann"]


def test_the_index_shows_old_values_for_a_while(hs: HubSpot, portal: Portal) -> None:
    for fresh in (False, True):
        hs = portal(stale_search_values=not fresh)
        contact = hs.contact("a@example.com", firstname="Ann")
        hs.clock.advance(10)
        hs.change("contacts", contact, firstname="Bea")
        by_name = where("firstname", "EQ", "ann")
        assert found(hs, by_name) == ["Bea" if fresh else "Ann"]  # matched by the old value
        assert hs.read("contacts", contact)["firstname"] == "Bea"
        hs.clock.advance(5)
        assert found(hs, by_name) == []
        assert found(hs) == ["Bea"]


def test_archived_records_are_counted_but_not_given(hs: HubSpot) -> None:
    """41 of 642 recorded searches: total 1, results [] [R:grouparoo/search.index-lag]."""
    contact = hs.contact("a@example.com")
    hs.clock.advance(10)
    hs.delete(f"/crm/v3/objects/contacts/{contact}")
    by_email = [{"filters": [where("email", "EQ", "a@example.com")]}]
    assert hs.search(filterGroups=by_email) == {"total": 1, "results": []}
    hs.clock.advance(5)
    assert hs.search(filterGroups=by_email) == {"total": 0, "results": []}


def test_two_writes_become_visible_in_their_order(hs: HubSpot) -> None:
    contact = hs.contact(firstname="0")
    seen = []
    for n in range(1, 30):
        hs.clock.advance(0.5)
        hs.change("contacts", contact, firstname=str(n))
        seen += found(hs)
    assert [int(name) for name in seen] == sorted(int(name) for name in seen)


def test_the_earliest_unseen_write_decides_what_is_shown(hs: HubSpot) -> None:
    contact = hs.contact(firstname="Ann")
    hs.clock.advance(10)
    for name in ("Bea", "Cleo"):
        hs.change("contacts", contact, firstname=name)
    hs.clock.advance(1.9)
    assert found(hs) == ["Ann"]


def test_late_records_compare_like_indexed_ones(hs: HubSpot) -> None:
    contact = hs.contact(firstname="Ann", hs_lead_status="NEW")
    hs.clock.advance(10)
    hs.change("contacts", contact, city="Rome")
    assert found(hs, where("hs_lead_status", "EQ", "new")) == []
    assert found(hs, where("hs_lead_status", "EQ", "NEW")) == ["Ann"]


def test_windows_end_at_their_millisecond(hs: HubSpot) -> None:
    at = "2026-11-20T00:00:00.001Z"
    [contact] = hs.emulator.seed("contacts", [{"properties": {"firstname": "Ann"}}])
    hs.post("/_sandbox/stamp", json={"kind": "contacts", "ids": [contact], "at": at})
    for high, names in (("2026-11-20T00:00:00Z", []), (at, ["Ann"])):
        window = where("lastmodifieddate", "BETWEEN", "2026-11-19", highValue=high)
        assert found(hs, window) == names


def test_late_records_take_their_place_in_the_pages(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {"firstname": str(n)}, "id": str(n)} for n in range(100, 110)])
    hs.clock.advance(1)
    hs.change("contacts", "104", city="Rome")
    by_id = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    pages = [found(hs, sorts=by_id, limit=4, after=after) for after in (0, 4, 8)]
    assert [int(name) for page in pages for name in page] == list(range(100, 110))
    newest = [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}]
    assert found(hs, sorts=newest, limit=1)[0] != "104"  # the index has its old stamp
    hs.clock.advance(5)
    assert found(hs, sorts=newest, limit=1) == ["104"]


def test_no_lag(portal: Portal) -> None:
    hs = portal(index_lag_seconds=(0, 0))
    hs.contact(firstname="Ann")
    assert found(hs) == ["Ann"]


def test_associations_as_a_filter(hs: HubSpot) -> None:
    company = hs.create("companies", {"name": "Acme"})["id"]
    [ann, bo] = hs.emulator.seed("contacts", [{"properties": {"firstname": name}} for name in ("Ann", "Bo")])
    hs.emulator.associate("contacts", "companies", [(ann, company)])
    assert found(hs, where("associations.company", "EQ", company)) == ["Ann"]
    assert found(hs, where("associations.company", "IN", values=[company, "1"])) == ["Ann"]
    note = hs.emulator.seed("notes", [{"properties": {"hs_timestamp": "2026-11-01"}}])
    hs.emulator.associate("notes", "contacts", [(note[0], bo)])
    answer = hs.search("notes", filters=[where("associations.contact", "EQ", bo)])
    assert [entry["id"] for entry in answer["results"]] == note


def test_a_result_set_kept_for_its_pages_is_not_shown_after_a_write(hs: HubSpot) -> None:
    hs.emulator.seed("contacts", [{"properties": {"firstname": "Ann", "city": "Rome"}}])
    rome = where("city", "EQ", "rome")
    assert found(hs, rome) == ["Ann"]
    hs.emulator.seed("contacts", [{"properties": {"firstname": "Bo", "city": "Rome"}}])
    assert sorted(found(hs, rome)) == ["Ann", "Bo"]


@pytest.mark.parametrize(("operator", "wanted"), [("EQ", {"value": "key-1"}), ("EQ", {"value": "KEY-1"}),
                                                  ("IN", {"values": ["key-1", "x"]})])  # fmt: skip
def test_unique_values_compare_without_case_like_any_text(
    portal: Portal, operator: str, wanted: dict[str, Any]
) -> None:
    hs = portal(index_lag_seconds=(0, 0), property_lag_seconds=0)
    definition = {"name": "own_key", "label": "Key", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    hs.post("/crm/v3/properties/contacts", json={**definition, "groupName": "contactinformation"})
    hs.create("contacts", {"firstname": "Ann", "own_key": "Key-1"})
    hs.create("contacts", {"firstname": "Bo", "own_key": "Key-2"})
    assert found(hs, where("own_key", operator, **wanted)) == ["Ann"]


@pytest.mark.parametrize(("operator", "wanted", "names"), [
    ("EQ", {"value": "customer"}, ["Ann"]), ("EQ", {"value": "CUSTOMER"}, []),
    ("NEQ", {"value": "customer"}, ["Bo"]), ("NEQ", {"value": "CUSTOMER"}, ["Ann", "Bo"]),
    ("IN", {"values": ["CUSTOMER"]}, []), ("NOT_IN", {"values": ["CUSTOMER"]}, ["Ann", "Bo"]),
])  # fmt: skip
def test_enumerations_compare_with_case(
    portal: Portal, operator: str, wanted: dict[str, Any], names: list[str]
) -> None:
    hs = portal(index_lag_seconds=(0, 0))
    hs.create("contacts", {"firstname": "Ann", "lifecyclestage": "customer"})
    hs.create("contacts", {"firstname": "Bo", "lifecyclestage": "lead"})
    sort = [{"propertyName": "firstname"}]
    assert found(hs, where("lifecyclestage", operator, **wanted), sorts=sort) == names


@pytest.mark.parametrize("sort", ["firstname", "hs_object_id"])
def test_a_full_last_page_has_no_successor(portal: Portal, sort: str) -> None:
    """Found by test in Python and by an index in SQLite."""
    hs = portal(index_lag_seconds=(0, 0))
    for number in range(4):
        hs.create("contacts", {"firstname": f"C{number}"})
    first = hs.search(limit=2, sorts=[sort])
    assert first["paging"] == {"next": {"after": "2"}}
    assert "paging" not in hs.search(limit=2, after="2", sorts=[sort])


def test_between_has_both_its_ends(hs: HubSpot) -> None:
    for number in range(4):
        hs.create("companies", {"name": f"c{number}", "numberofemployees": str(number)})
    hs.clock.advance(10)
    condition = {"propertyName": "numberofemployees", "operator": "BETWEEN", "value": "1", "highValue": "2"}
    found = hs.search("companies", filters=[condition], properties=["numberofemployees"])
    assert sorted(row["properties"]["numberofemployees"] for row in found["results"]) == ["1", "2"]
