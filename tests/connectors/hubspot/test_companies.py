"""Companies of the loopback portal as accounts."""

from __future__ import annotations

import pytest

from connectors.base import Connector, FieldNeed
from connectors.loopback.hubspot import TokenGrant
from syncd.core.types import Raw, Ref
from tests.connectors.account_suite import AccountRemote, AccountSuite, accounts
from tests.connectors.hubspot.portal import TOKEN, Portal
from tests.connectors.maps import HUBSPOT, HUBSPOT_WITH_COMPANIES


class PortalCompanies(AccountRemote):
    page = 100
    stream, gone = "companies", "archived companies"

    def __init__(self, **settings: object) -> None:
        self.portal = Portal(**settings)  # type: ignore[arg-type]

    def connect(self, *, accounts: bool = True) -> Connector:
        connector = self.portal.connect(HUBSPOT_WITH_COMPANIES if accounts else HUBSPOT)
        health = connector.check([FieldNeed("companies", "domain")] if accounts else [])
        assert not health.problems, health.problems
        return connector

    def calls(self) -> int:
        return self.portal.calls()

    def advance(self, seconds: float) -> None:
        self.portal.clock.advance(seconds)

    def owner(self, name: str) -> str:
        return self.portal.emulator.add_owner({"email": f"{name}@example.com", "firstName": name, "lastName": "Rep"})

    def add(self, count: int, *, name: str, website: str, owner: str, customer: bool = False) -> list[Ref]:
        row: dict[str, Raw] = {
            "name": name, "domain": website, "hubspot_owner_id": owner, "lifecyclestage": "customer" if customer else "lead",
        }  # fmt: skip
        now = self.portal.clock.now()
        rows = [{"properties": row, "createdAt": now, "updatedAt": now}] * count
        return [Ref("hubspot", "companies", rid) for rid in self.portal.emulator.seed("companies", rows)]

    def give(self, account: Ref, owner: str) -> None:
        self.portal.edit(account, hubspot_owner_id=owner)

    def put_under(self, account: Ref, parent: Ref) -> None:
        label = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}]
        self.portal.do("PUT", f"/crm/v4/objects/companies/{account.id}/associations/companies/{parent.id}", label, expect=201)

    def delete(self, account: Ref) -> None:
        self.portal.archive(account)

    def merge(self, winner: Ref, loser: Ref) -> Ref:
        body = {"primaryObjectId": winner.id, "objectIdToMerge": loser.id}
        return winner._replace(id=self.portal.do("POST", "/crm/v3/objects/companies/merge", body)["id"])

    def streams(self) -> tuple[str, ...]:
        return ("people", "engagements", "forms", "page_views", "owners", "opportunities", "archived")


class TestHubSpotCompanies(AccountSuite):
    @pytest.fixture(params=["new-id", "primary-id"])
    def remote(self, request: pytest.FixtureRequest) -> AccountRemote:
        return PortalCompanies(merge=request.param)


NEEDS = [FieldNeed("companies", "domain"), FieldNeed("companies", "tier")]
WITHOUT = ("oauth", "forms", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read",
           "crm.objects.deals.read", "business-intelligence")  # fmt: skip


@pytest.mark.parametrize("asked", [True, False])
def test_pain_2_without_the_scope_companies_are_left_out_and_it_is_named(asked: bool) -> None:
    """Also of a token that cannot be asked for its scopes; and a later connector remembers."""
    portal = Portal(tokens={TOKEN: TokenGrant(scopes=WITHOUT)})
    if not asked:
        portal.fault(method="POST", path="access-token-info", status=404)
    connector = portal.connect(HUBSPOT_WITH_COMPANIES)
    health = connector.check(NEEDS)
    assert any("crm.objects.companies.read" in problem.sentence for problem in health.problems)
    assert not health.fatal
    later = portal.connect(HUBSPOT_WITH_COMPANIES)
    later.resume(health)
    for one in (connector, later):
        assert not {"companies", "archived companies"} & {stream.name for stream in one.streams}


def test_pain_2_a_property_of_companies_that_is_missing_is_named() -> None:
    health = Portal().connect(HUBSPOT_WITH_COMPANIES).check(NEEDS)
    assert [p.sentence for p in health.problems] == ["companies.tier does not exist, or is hidden from this token."]


def test_S0_11_a_merge_into_a_new_id_leaves_neither_old_one() -> None:
    remote = PortalCompanies(merge="new-id")
    one, other = remote.add(2, name="Acme", website="acme.example", owner=remote.owner("Anna"))
    winner = remote.merge(one, other)
    (found,) = accounts(remote.connect().pull("companies", None)).values()
    assert (found.ref, set(found.aliases)) == (winner, {one, other})
