"""Accounts of the loopback org, by query and bell."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import FieldNeed
from connectors.salesforce import SalesforceConnector
from syncd.core.rules import SystemMap
from syncd.core.types import Ref
from tests.connectors.account_suite import AccountRemote, AccountSuite, accounts, at_rest
from tests.connectors.maps import SALESFORCE, SALESFORCE_WITH_ACCOUNTS
from tests.connectors.salesforce.org import ADMIN_TOKEN, Org


class OrgAccounts(AccountRemote):
    page = 200
    stream = gone = "changes"

    def __init__(self) -> None:
        self.org = Org(page_size=self.page)
        self._others = 0

    def connect(self, *, accounts: bool = True) -> SalesforceConnector:
        return self.org.connect(self.map(accounts=accounts))

    @staticmethod
    def map(*, accounts: bool) -> SystemMap:
        return SALESFORCE_WITH_ACCOUNTS if accounts else SALESFORCE

    def calls(self) -> int:
        return self.org.counted() - self._others

    def advance(self, seconds: float) -> None:
        self.org.clock.advance(seconds)

    def owner(self, name: str) -> str:
        address = f"{name.lower()}@acme.example"
        return str(self.org.emulator.add_user({"Username": address, "Email": address, "LastName": name}))

    def add(self, count: int, *, name: str, website: str, owner: str, customer: bool = False) -> list[Ref]:
        row = {
            "Name": name,
            "Website": website or None,
            "OwnerId": owner,
            "Type": "Customer - Direct" if customer else None,
        }
        return [Ref("salesforce", "Account", rid) for rid in self.org.emulator.seed("Account", [row] * count)]

    def give(self, account: Ref, owner: str) -> None:
        self._api("PATCH", f"/sobjects/Account/{account.id}", {"OwnerId": owner})

    def put_under(self, account: Ref, parent: Ref) -> None:
        self._api("PATCH", f"/sobjects/Account/{account.id}", {"ParentId": parent.id})

    def delete(self, account: Ref) -> None:
        self._api("DELETE", f"/sobjects/Account/{account.id}")

    def merge(self, winner: Ref, loser: Ref) -> Ref:
        self._api("POST", "/_sandbox/merge", {"sobject": "Account", "winner": winner.id, "loser": loser.id})
        return winner

    def streams(self) -> tuple[str, ...]:
        return ("changes", "gone")

    def _api(self, method: str, path: str, body: Any = None) -> None:
        before = self.org.counted()
        self.org.api(method, path, body, token=ADMIN_TOKEN)
        self._others += self.org.counted() - before


NEEDS = [FieldNeed("Account", "Website"), FieldNeed("Account", "Tier__c")]


class TestSalesforceAccounts(AccountSuite):
    @pytest.fixture
    def remote(self) -> AccountRemote:
        return OrgAccounts()


def test_S0_30_the_bell_is_asked_beside_five_queries_and_accounts_only_when_it_rings() -> None:
    remote = OrgAccounts()
    anna, jonas = remote.owner("Anna"), remote.owner("Jonas")
    (one,) = remote.add(1, name="Acme", website="acme.example", owner=anna)
    cursor = at_rest(remote)
    connector = remote.connect()
    before = remote.calls()
    (page,) = connector.pull("changes", cursor)
    assert remote.calls() - before == 1
    remote.give(one, jonas)
    remote.advance(60)
    connector = remote.connect()
    before = remote.calls()
    assert accounts(connector.pull("changes", page.cursor))[one].owner == jonas
    assert remote.calls() - before == 2


@pytest.mark.parametrize(("rest", "most"), [(60, 0), (40 * 86_400, 600_000)], ids=["too many ids", "too long ago"])
def test_S0_11_a_bell_that_does_not_answer_is_a_bell_that_rings(rest: float, most: int) -> None:
    remote = OrgAccounts()
    anna, jonas = remote.owner("Anna"), remote.owner("Jonas")
    (one,) = remote.add(1, name="Acme", website="acme.example", owner=anna)
    cursor = at_rest(remote)
    remote.give(one, jonas)
    remote.advance(rest)
    remote.org.emulator.settings.replication_ids = most
    assert accounts(remote.connect().pull("changes", cursor))[one].owner == jonas


def test_S0_11_an_account_that_appears_late_is_not_lost() -> None:
    """Its transaction commits 25 minutes after its stamp, which no overlap reaches; meanwhile syncs go on."""
    remote = OrgAccounts()
    anna = remote.owner("Anna")
    cursor = at_rest(remote)
    remote.org.emulator.settings.late_commit_seconds = 1500.0
    late = remote.org.api("POST", "/sobjects/Account", {"Name": "Late", "OwnerId": anna}, token=ADMIN_TOKEN)["id"]
    seen = set()
    for _ in range(27):
        remote.advance(60)
        pages = list(remote.connect().pull("changes", cursor))
        cursor = pages[-1].cursor
        seen |= {ref.id for ref in accounts(pages)}
    assert late in seen


def test_pain_2_accounts_that_are_hidden_are_left_out_and_named() -> None:
    org = Org()
    org.emulator.add_app({"client_id": "narrow", "client_secret": "s", "run_as": "narrow@acme.example"})
    org.emulator.add_user({"Username": "narrow@acme.example", "LastName": "N", "objects": {"Account": []}})
    connector = org.unchecked(SALESFORCE_WITH_ACCOUNTS, client_id=lambda: "narrow", client_secret=lambda: "s")
    health = connector.check(NEEDS)
    assert "Account is hidden from us, and left out." in [p.sentence for p in health.problems]
    org.lead()
    (page,) = [page for page in connector.pull("changes", None) if page.people]
    assert not page.accounts


def test_pain_2_a_field_of_accounts_that_is_missing_is_named_and_left_out() -> None:
    org = Org()
    connector = org.unchecked(SALESFORCE_WITH_ACCOUNTS)
    health = connector.check(NEEDS)
    assert [p.sentence for p in health.problems if "Account" in p.subject] == [
        "Account.Tier__c does not exist, or is hidden from us."
    ]
