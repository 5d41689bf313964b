"""The requests that a command-line login and `org display` consist of [sheet 16]."""

from __future__ import annotations

from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator


def test_a_login_by_access_token(emulator: SalesforceEmulator, api: Api) -> None:
    user_id = api.get("/services/oauth2/userinfo").json()["user_id"]
    older = Api(emulator, version="51.0")
    assert older.get(f"/sobjects/User/{user_id}").json()["Username"] == "integration@loopback.example"
    assert older.query_error("SELECT Id FROM ScratchOrgInfo")[0] == "INVALID_TYPE"
    assert api.get("/services/data").json()[-1]["version"] == "68.0"
    soql = (
        "SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix, OrganizationType FROM Organization"
    )
    (organization,) = older.rows(soql)
    assert organization == {
        "Name": "Loopback", "InstanceName": "LB1", "IsSandbox": False, "TrialExpirationDate": None,
        "NamespacePrefix": None, "OrganizationType": "Enterprise Edition",
    }  # fmt: skip


def test_what_a_display_of_the_org_reads(api: Api) -> None:
    assert api.get("").status_code == 200
