"""Records by the URL of a relationship [D:resources_sobject_relationships]."""

from __future__ import annotations

import pytest
from salesforce_client import Api


@pytest.fixture
def account(api: Api) -> str:
    return str(api.post("/sobjects/Account", {"Name": "Acme", "Phone": "1"}).json()["id"])


@pytest.fixture
def contact(api: Api, account: str) -> str:
    return str(api.post("/sobjects/Contact", {"LastName": "Meyer", "AccountId": account}).json()["id"])


def test_a_parent_is_shown_as_by_its_own_url(api: Api, contact: str, account: str) -> None:
    shown = api.get(f"/sobjects/Contact/{contact}/Account")
    assert shown.status_code == 200
    assert shown.json() == api.get(f"/sobjects/Account/{account}").json()


def test_fields_of_the_parent(api: Api, contact: str, account: str) -> None:
    shown = api.get(f"/sobjects/Contact/{contact}/Account?fields=Name,Phone").json()
    assert (shown["Name"], shown["Phone"]) == ("Acme", "1")
    assert "OwnerId" not in shown
    assert api.get(f"/sobjects/Contact/{contact}/Account?fields=Nope").status_code == 400


def test_several_levels_up(api: Api, contact: str) -> None:
    owner = api.get(f"/sobjects/Contact/{contact}/Account/Owner").json()
    assert owner["attributes"]["type"] == "User"
    assert api.get(f"/sobjects/Contact/{contact}" + "/Account/Parent/Parent/Parent/Parent/Parent").status_code == 404


def test_a_parent_is_changed_and_deleted(api: Api, contact: str, account: str) -> None:
    path = f"/sobjects/Contact/{contact}/Account"
    changed = api.patch(path, {"Phone": "2"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert api.get(f"/sobjects/Account/{account}").json()["Phone"] == "2"
    assert api.delete(path).status_code == 204
    assert api.get(f"/sobjects/Account/{account}").status_code == 404


def test_no_parent_and_no_relationship_are_a_404(api: Api) -> None:
    lonely = api.post("/sobjects/Contact", {"LastName": "Solo"}).json()["id"]
    for method in ("GET", "PATCH", "DELETE"):
        for name in ("Account", "Nothing"):
            assert api.send(method, f"/sobjects/Contact/{lonely}/{name}", {}).status_code == 404, (method, name)


def test_the_children_are_a_query_result(api: Api, account: str, contact: str) -> None:
    page = api.get(f"/sobjects/Account/{account}/Contacts?fields=Id,LastName").json()
    assert (page["totalSize"], page["done"]) == (1, True)
    assert (page["records"][0]["Id"], page["records"][0]["LastName"]) == (contact, "Meyer")
    assert "FirstName" in api.get(f"/sobjects/Account/{account}/Contacts").json()["records"][0]
    assert api.get(f"/sobjects/Account/{account}/Opportunities").json()["records"] == []


def test_children_are_only_read(api: Api, account: str, contact: str) -> None:
    for method in ("PATCH", "DELETE"):
        assert api.send(method, f"/sobjects/Account/{account}/Contacts", {}).status_code == 404
    assert api.get(f"/sobjects/Contact/{contact}").status_code == 200
