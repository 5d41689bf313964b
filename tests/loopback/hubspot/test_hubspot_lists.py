"""Lists and their members (fact sheet §9.5; the public specification)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot

from connectors.loopback.hubspot.cursors import encode

LISTS = "/crm/v3/lists"


def branch(*filters: dict[str, Any]) -> dict[str, Any]:
    """The one shape HubSpot takes: an OR of ANDs."""
    inner = {"filterBranchType": "AND", "filterBranchOperator": "AND", "filterBranches": [], "filters": list(filters)}
    return {"filterBranchType": "OR", "filterBranchOperator": "OR", "filterBranches": [inner], "filters": []}


def prop(name: str, kind: str, operator: str, **more: Any) -> dict[str, Any]:
    return {
        "filterType": "PROPERTY",
        "property": name,
        "operation": {"operationType": kind, "operator": operator, "includeObjectsWithNoValueSet": False, **more},
    }


def make(hs: HubSpot, name: str = "Good fits", **body: Any) -> dict[str, Any]:
    answer = hs.post(f"{LISTS}/", json={"name": name, "objectTypeId": "0-1", "processingType": "MANUAL", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["list"]


def dynamic(hs: HubSpot, *filters: dict[str, Any], name: str = "Romans", **body: Any) -> str:
    return make(hs, name, processingType="DYNAMIC", filterBranch=branch(*filters), **body)["listId"]


def members(hs: HubSpot, list_id: str, path: str = "", **query: Any) -> list[str]:
    answer = hs.get(f"{LISTS}/{list_id}/memberships{path}", params=query)
    assert answer.status_code == 200, answer.text
    return [entry["recordId"] for entry in answer.json()["results"]]


def put(hs: HubSpot, list_id: str, verb: str, body: Any) -> dict[str, Any]:
    answer = hs.put(f"{LISTS}/{list_id}/memberships/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_list_and_where_it_is_found(hs: HubSpot) -> None:
    made = make(hs)
    assert list(made) == [
        "listId", "listVersion", "createdAt", "updatedAt", "filtersUpdatedAt", "processingStatus",
        "createdById", "updatedById", "processingType", "objectTypeId", "name", "size",
    ]  # fmt: skip
    for path in (made["listId"], "object-type-id/0-1/name/Good fits", "object-type-id/contacts/name/good%20FITS"):
        assert hs.get(f"{LISTS}/{path}").json() == {"list": made}
    assert hs.get("/crm/lists/2026-09", params={"listIds": [made["listId"], "99"]}).json() == {"lists": [made]}
    for path in ("99", "x", "object-type-id/0-2/name/Good fits"):
        assert hs.get(f"{LISTS}/{path}").json()["category"] == "OBJECT_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "Taken"},
        {"processingType": "STATIC"},
        {"processingType": "DYNAMIC"},
        {"filterBranch": branch()},
        {"processingType": "DYNAMIC", "filterBranch": {"filterBranchType": "AND", "filters": []}},
        {"processingType": "DYNAMIC", "filterBranch": branch(prop("nope", "ALL_PROPERTY", "IS_KNOWN"))},
        {"processingType": "DYNAMIC", "filterBranch": branch(prop("city", "NUMBER", "IS_EQUAL_TO", value="x"))},
    ],
)
def test_refused_lists(hs: HubSpot, body: dict[str, Any]) -> None:
    make(hs, "Taken")
    wanted = {"name": "New", "objectTypeId": "0-1", "processingType": "MANUAL", **body}
    assert hs.post(LISTS, json=wanted).status_code == 400
    assert hs.post(f"{LISTS}/search", json={}).json()["total"] == 1


@pytest.mark.parametrize("wrong", [{"listIds": True}, {"listIds": "1"}, {"processingTypes": "MANUAL"}])
def test_a_search_by_what_is_no_list_is_refused(hs: HubSpot, wrong: dict[str, object]) -> None:
    make(hs, "One")
    refused = hs.post(f"{LISTS}/search", json=wrong)
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


def test_search_pages_by_offset(hs: HubSpot) -> None:
    """[R:amp-labs/read-lists-1-first-page.json]: texts, and only what a list has."""
    for n in range(3):
        make(hs, f"List {n}", objectTypeId="0-2" if n else "0-1")
    first = hs.post(f"{LISTS}/search", json={"offset": 0, "count": 2, "additionalProperties": []}).json()
    assert (first["offset"], first["hasMore"], first["total"]) == (2, True, 3)
    assert first["lists"][0]["additionalProperties"] == {"hs_list_size": "0", "hs_list_reference_count": "0"}
    assert "size" not in first["lists"][0]
    rest = hs.post(f"{LISTS}/search", json={"offset": first["offset"], "count": 2}).json()
    assert ([one["name"] for one in rest["lists"]], rest["hasMore"]) == (["List 2"], False)
    for body, names in (
        ({"query": "list 1"}, ["List 1"]),
        ({"objectTypeId": "0-1"}, ["List 0"]),
        ({"listIds": ["1", "3"]}, ["List 0", "List 2"]),
        ({"processingTypes": ["DYNAMIC"]}, []),
    ):
        assert [one["name"] for one in hs.post(f"{LISTS}/search", json=body).json()["lists"]] == names
    assert hs.post(f"{LISTS}/search", json={"count": 501}).status_code == 400
    assert hs.post(f"{LISTS}/search", json={"sort": "HS_NAME"}).status_code == 501


def test_members_by_hand(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    ids = sorted(hs.contact(f"m{n}@example.com") for n in range(3))
    assert put(hs, list_id, "add", [*ids[:2], "999", "x"]) == {
        "recordIdsRemoved": [],
        "recordsIdsAdded": ids[:2],
        "recordIdsMissing": ["999", "x"],
    }
    assert put(hs, list_id, "add", [int(ids[0])])["recordsIdsAdded"] == []  # already in
    both = put(hs, list_id, "add-and-remove", {"recordIdsToAdd": ids[2:], "recordIdsToRemove": ids[:1]})
    assert (both["recordsIdsAdded"], both["recordIdsRemoved"]) == (ids[2:], ids[:1])
    assert members(hs, list_id) == ids[1:]
    assert put(hs, list_id, "remove", ids)["recordIdsRemoved"] == ids[1:]
    other = make(hs, "Other")["listId"]
    put(hs, other, "add", ids)
    assert hs.put(f"{LISTS}/{list_id}/memberships/add-from/{other}").status_code == 204
    assert members(hs, list_id) == ids
    assert hs.put(f"{LISTS}/{list_id}/memberships/add-from/{list_id}").status_code == 400
    assert hs.delete(f"{LISTS}/{list_id}/memberships").status_code == 204
    assert (members(hs, list_id), members(hs, other)) == ([], ids)


def test_members_page_both_ways(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    ids = sorted(hs.contact(f"m{n}@example.com") for n in range(5))
    put(hs, list_id, "add", ids)
    path = f"{LISTS}/{list_id}/memberships"
    first = hs.get(path, params={"limit": 2}).json()
    assert (first["total"], [m["recordId"] for m in first["results"]]) == (5, ids[:2])
    after = first["paging"]["next"]
    assert after["link"].startswith(f"http://hubspot.loopback{path}?limit=2&after=")
    second = members(hs, list_id, limit=2, after=after["after"])
    assert second == ids[2:4]
    # ``before`` alone walks back, descending; ``after`` wins over it.
    back = hs.get(path, params={"limit": 2, "before": after["after"]}).json()
    assert [m["recordId"] for m in back["results"]] == ids[:1]
    assert members(hs, list_id, limit=1, before=after["after"], after=after["after"]) == ids[2:3]
    descending = hs.get(path, params={"limit": 1, "before": last_cursor(hs, path)}).json()
    assert [m["recordId"] for m in descending["results"]] == ids[3:4]
    assert set(descending["paging"]) == {"prev"}
    assert hs.get(path, params={"limit": 251}).status_code == 400
    assert hs.get(path, params={"after": "%%"}).status_code == 400


def last_cursor(hs: HubSpot, path: str) -> str:
    """The cursor behind the fifth member, had by asking for pages of one."""
    after = ""
    for _ in range(4):
        after = hs.get(path, params={"limit": 1, "after": after}).json()["paging"]["next"]["after"]
    page = hs.get(path, params={"limit": 1, "after": after}).json()
    assert "paging" not in page
    return encode(page["results"][0]["recordId"])


def test_the_order_of_joining(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    ids = sorted((hs.contact(f"m{n}@example.com") for n in range(3)), reverse=True)
    for record_id in ids:
        put(hs, list_id, "add", [record_id])
        hs.clock.advance(10)
    assert members(hs, list_id, "/join-order") == ids
    page = hs.get(f"{LISTS}/{list_id}/memberships/join-order", params={"limit": 1}).json()
    assert page["results"] == [{"recordId": ids[0], "membershipTimestamp": "2026-11-22T12:00:00.500Z"}]
    assert members(hs, list_id, "/join-order", after=page["paging"]["next"]["after"]) == ids[1:]


def test_the_lists_of_a_record(hs: HubSpot) -> None:
    contact = hs.contact("m@example.com")
    first, second = make(hs)["listId"], make(hs, "Other")["listId"]
    put(hs, first, "add", [contact])
    hs.clock.advance(60)
    put(hs, first, "remove", [contact])
    put(hs, first, "add", [contact])
    put(hs, second, "add", [contact])
    found = hs.get(f"{LISTS}/records/0-1/{contact}/memberships").json()["results"]
    assert found[0] == {
        "listId": first,
        "listVersion": 1,
        "isPublicList": True,
        "firstAddedTimestamp": "2026-11-22T12:00:00.500Z",
        "lastAddedTimestamp": "2026-11-22T12:01:00.500Z",
    }
    assert [one["listId"] for one in found] == [first, second]
    inputs = {"inputs": [{"objectTypeId": "0-1", "recordId": contact}, {"objectTypeId": "0-2", "recordId": contact}]}
    batch = hs.post("/crm/lists/2026-03/records/memberships/batch/read", json=inputs).json()["results"]
    assert {one["objectTypeId"]: len(one["recordListMemberships"]) for one in batch} == {"0-1": 2, "0-2": 0}


def test_a_dynamic_list_follows_its_records(hs: HubSpot) -> None:
    list_id = dynamic(hs, prop("city", "MULTISTRING", "IS_EQUAL_TO", values=["Rome"]))
    hs.clock.advance(60)
    roman, other = hs.contact("r@example.com", city="rome"), hs.contact("o@example.com", city="Bari")
    hs.clock.advance(60)
    page = hs.get(f"{LISTS}/{list_id}/memberships").json()
    assert page["results"] == [{"recordId": roman, "membershipTimestamp": "2026-11-22T12:01:00.500Z"}]
    hs.change("contacts", other, city="Rome")
    hs.change("contacts", roman, city="Bari")
    assert members(hs, list_id) == [other]
    [shown] = hs.post(f"{LISTS}/search", json={}).json()["lists"]
    assert shown["additionalProperties"]["hs_list_size"] == "1"
    assert {"hs_last_record_added_at", "hs_last_record_removed_at"} < set(shown["additionalProperties"])
    for verb in ("add", "remove"):
        assert hs.put(f"{LISTS}/{list_id}/memberships/{verb}", json=[roman]).status_code == 400


FILTERS = [
    (prop("city", "STRING", "CONTAINS", value="OM"), {"a"}),
    (prop("city", "STRING", "DOES_NOT_CONTAIN", value="om"), {"b"}),
    (prop("city", "STRING", "IS_NOT_EQUAL_TO", value="Rome", includeObjectsWithNoValueSet=True), {"b", "c"}),
    (prop("city", "MULTISTRING", "STARTS_WITH", values=["x", "ba"]), {"b"}),
    (prop("city", "MULTISTRING", "ENDS_WITH", values=["me"]), {"a"}),
    (prop("city", "ALL_PROPERTY", "IS_UNKNOWN"), {"c"}),
    (prop("city", "ALL_PROPERTY", "IS_KNOWN"), {"a", "b"}),
    (prop("associatedcompanyid", "NUMBER", "IS_GREATER_THAN", value=9), {"b"}),
    (prop("associatedcompanyid", "NUMBER", "IS_LESS_THAN_OR_EQUAL_TO", value=9), {"a"}),
    (prop("associatedcompanyid", "NUMBER_RANGED", "IS_BETWEEN", lowerBound=9, upperBound=10), {"a", "b"}),
    (prop("associatedcompanyid", "NUMBER_RANGED", "IS_NOT_BETWEEN", lowerBound=9, upperBound=9), {"b"}),
    (prop("hs_buying_role", "ENUMERATION", "IS_ANY_OF", values=["CHAMPION"]), {"a", "b"}),
    (prop("hs_buying_role", "ENUMERATION", "IS_NONE_OF", values=["END_USER"]), {"b"}),
    (prop("hs_buying_role", "ENUMERATION", "IS_EXACTLY", values=["CHAMPION"]), {"b"}),
    (prop("hs_buying_role", "ENUMERATION", "CONTAINS_ALL", values=["CHAMPION", "END_USER"]), {"a"}),
    (prop("hs_is_contact", "BOOL", "IS_EQUAL_TO", value=True), {"a", "b", "c"}),
    (prop("hs_is_contact", "BOOL", "IS_NOT_EQUAL_TO", value=True), set()),
]


@pytest.mark.parametrize(("wanted", "names"), FILTERS)
def test_list_filters(hs: HubSpot, wanted: dict[str, Any], names: set[str]) -> None:
    ids = {
        "a": hs.contact("a@example.com", city="Rome", associatedcompanyid=9, hs_buying_role="CHAMPION;END_USER"),
        "b": hs.contact("b@example.com", city="Bari", associatedcompanyid="10", hs_buying_role="CHAMPION"),
        "c": hs.contact("c@example.com"),
    }
    found = members(hs, dynamic(hs, wanted))
    assert {name for name, record_id in ids.items() if record_id in found} == names


def test_filters_of_other_lists_and_those_that_are_not_emulated(hs: HubSpot) -> None:
    contact = hs.contact("a@example.com", city="Rome")
    hs.contact("b@example.com", city="Rome")
    static = make(hs)["listId"]
    put(hs, static, "add", [contact])
    city = prop("city", "STRING", "IS_EQUAL_TO", value="Rome")
    inside = dynamic(hs, city, {"filterType": "IN_LIST", "listId": static, "operator": "IN_LIST"})
    outside = dynamic(hs, city, {"filterType": "IN_LIST", "listId": inside, "operator": "NOT_IN_LIST"}, name="Rest")
    assert members(hs, inside) == [contact]
    assert len(members(hs, outside)) == 1
    for wanted in ({"filterType": "FORM_SUBMISSION"}, prop("createdate", "TIME_POINT", "IS_AFTER")):
        body = {"name": "X", "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": branch(wanted)}
        assert hs.post(LISTS, json=body).status_code == 501


def test_a_snapshot_is_filled_once(hs: HubSpot) -> None:
    first = hs.contact("a@example.com", city="Rome")
    city = prop("city", "STRING", "IS_EQUAL_TO", value="Rome")
    list_id = make(hs, processingType="SNAPSHOT", filterBranch=branch(city))["listId"]
    second = hs.contact("b@example.com", city="Rome")
    assert members(hs, list_id) == [first]
    put(hs, list_id, "add", [second])
    assert sorted(members(hs, list_id)) == sorted([first, second])


def test_new_filters_fill_a_dynamic_list_anew(hs: HubSpot) -> None:
    hs.contact("a@example.com", city="Rome")
    bari = hs.contact("b@example.com", city="Bari")
    list_id = dynamic(hs, prop("city", "STRING", "IS_EQUAL_TO", value="Rome"))
    path = f"{LISTS}/{list_id}/update-list-filters"
    wanted = branch(prop("city", "STRING", "IS_EQUAL_TO", value="Bari"))
    changed = hs.put(path, json={"filterBranch": wanted}).json()["updatedList"]
    assert (changed["listVersion"], changed["filterBranch"]) == (2, wanted)
    assert members(hs, list_id) == [bari]
    assert "filterBranch" not in hs.get(f"{LISTS}/{list_id}").json()["list"]
    shown = hs.get(f"{LISTS}/{list_id}", params={"includeFilters": "True"}).json()["list"]
    assert shown["filterBranch"] == wanted
    static = make(hs)["listId"]
    assert hs.put(f"{LISTS}/{static}/update-list-filters", json={"filterBranch": wanted}).status_code == 400


def test_rename_delete_restore(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    make(hs, "Taken")
    path = f"{LISTS}/{list_id}"
    renamed = hs.put(f"{path}/update-list-name", params={"listName": "Best fits"}).json()["updatedList"]
    assert renamed["name"] == "Best fits"
    assert hs.put(f"{path}/update-list-name", params={"listName": "Taken"}).status_code == 400
    assert hs.put(f"{path}/restore").status_code == 404  # it is not deleted
    assert hs.delete(path).status_code == 204
    assert hs.get(path).status_code == 404
    assert [one["name"] for one in hs.post(f"{LISTS}/search", json={}).json()["lists"]] == ["Taken"]
    hs.clock.advance(90 * 86_400)
    assert hs.put(f"{path}/restore").status_code == 204
    assert hs.get(path).json()["list"]["name"] == "Best fits"
    hs.delete(path)
    hs.clock.advance(90 * 86_400 + 1)
    assert hs.put(f"{path}/restore").status_code == 404


def test_archived_records_are_no_members_and_merged_ones_are_handed_on(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    one, other, gone = (hs.contact(f"m{n}@example.com") for n in range(3))
    put(hs, list_id, "add", [other, gone])
    hs.delete(f"/crm/v3/objects/contacts/{gone}")
    body = {"primaryObjectId": one, "objectIdToMerge": other}
    survivor = hs.post("/crm/v3/objects/contacts/merge", json=body).json()["id"]
    assert members(hs, list_id) == [survivor]
    assert hs.get(f"{LISTS}/{list_id}").json()["list"]["size"] == 1


def test_folders_are_a_tree_of_lists(hs: HubSpot) -> None:
    list_id = make(hs)["listId"]
    folders = f"{LISTS}/folders"
    outer = hs.post(folders, json={"name": "Campaigns"}).json()["folder"]
    inner = hs.post(folders, json={"name": "2026", "parentFolderId": outer["id"]}).json()["folder"]
    assert hs.put(f"{folders}/move-list", json={"listId": list_id, "newFolderId": inner["id"]}).status_code == 204
    [shown] = hs.post(f"{LISTS}/search", json={}).json()["lists"]
    assert shown["additionalProperties"]["hs_folder_name"] == "2026"
    root = hs.get(folders).json()["folder"]
    assert (root["id"], root["childLists"]) == ("0", [])
    assert root["childNodes"][0]["childNodes"][0]["childLists"] == [int(list_id)]
    renamed = hs.put(f"{folders}/{inner['id']}/rename", params={"newFolderName": "2027"}).json()["folder"]
    assert (renamed["name"], renamed["parentFolderId"]) == ("2027", outer["id"])
    assert hs.put(f"{folders}/{outer['id']}/move/{inner['id']}").status_code == 400
    assert hs.put(f"{folders}/{inner['id']}/move/0").json()["folder"]["parentFolderId"] == "0"
    assert hs.delete(f"{folders}/{inner['id']}").status_code == 501  # what becomes of its lists is unknown
    assert hs.delete(f"{folders}/{outer['id']}").status_code == 204
    assert hs.get(folders, params={"folderId": outer["id"]}).status_code == 404


@pytest.mark.parametrize("path", ["idmapping?legacyListId=1", "all"])
def test_what_is_not_emulated_says_so(hs: HubSpot, path: str) -> None:
    answer = hs.get(f"{LISTS}/{path}")
    assert answer.status_code in (404, 501)
    assert "does not emulate" in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/contacts/v1/lists",
        "/contacts/v1/lists/1/contacts/all",
        "/marketing-emails/v1/emails",
        "/crm-pipelines/v1/pipelines/deals",
    ],
)
def test_the_lists_of_v1_are_gone(hs: HubSpot, path: str) -> None:
    """§12: v1 lists since 30 Apr 2026, v1 e-mails since Nov 2025; v1 pipelines, which end on 4 Dec 2026, never were here."""
    assert hs.get(path).status_code == 404
