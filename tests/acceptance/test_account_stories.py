"""Whose a company is, over HTTP against both emulators: the account decides, with and without people of its own.

Leads take turns among Anna, Niamh and Yui, unless their company belongs to somebody in the CRM; Jonas and Chloé take no turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.loopback.sandbox import Sandbox, start
from connectors.loopback.world import setup
from syncd.config import load
from syncd.config.write import sandbox_config
from syncd.ledger.codec import from_json
from syncd.ledger.store import Store
from syncd.sync.round import run
from syncd.wiring import connect
from tests.acceptance.town import NOW
from tests.buyers import only_buyers

JONAS, CHLOE = "jonas.weiss@syncd.example", "chloe.besancon@syncd.example"
IN_TURN = {f"{name}@syncd.example" for name in ("anna.koehler", "niamh.osullivan", "yui.tanaka")}
HUBSPOT, SALESFORCE = "hubspot", "salesforce"


@dataclass
class Place:
    """`sync` lets enough time pass that HubSpot's search index and Salesforce's whole minutes show what was done."""

    sandbox: Sandbox
    config: Path
    crm: str
    ledger: Store

    # ------------------------------------------------------------ people at work in the CRM
    def _call(self, system: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        token = setup.HUBSPOT_REPS_TOKEN if system == HUBSPOT else self._admin
        headers = {"Authorization": f"Bearer {token}", "Sforce-Auto-Assign": "FALSE"}
        url = self.sandbox.servers[system].url + path
        answer = requests.request(method, url, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    @property
    def _admin(self) -> str:
        return next(m.token for m in self.sandbox.world.crew.members if m.token)

    def _id(self, email: str) -> str:
        member = next(m for m in self.sandbox.world.crew.members if m.email == email)
        return member.user_id if self.crm == SALESFORCE else member.owner_id

    def account(self, name: str, domain: str, owner: str) -> str:
        if self.crm == SALESFORCE:
            row: dict[str, Any] = {"Name": name, "Website": f"https://www.{domain}/", "OwnerId": self._id(owner)}
            return str(self.sandbox.salesforce.seed("Account", [row])[0])
        row = {"name": name, "domain": domain, "hubspot_owner_id": self._id(owner)}
        now = self.sandbox.clock.now()
        return str(self.sandbox.hubspot.seed("companies", [{"properties": row, "createdAt": now, "updatedAt": now}])[0])

    def give(self, account: str, owner: str) -> None:
        if self.crm == SALESFORCE:
            path = f"/services/data/v65.0/sobjects/Account/{account}"
            self._call(SALESFORCE, "PATCH", path, {"OwnerId": self._id(owner)})
        else:
            body = {"properties": {"hubspot_owner_id": self._id(owner)}}
            self._call(HUBSPOT, "PATCH", f"/crm/v3/objects/companies/{account}", body)

    def put_under(self, account: str, parent: str) -> None:
        """The account belongs to this parent account."""
        if self.crm == SALESFORCE:
            self._call(SALESFORCE, "PATCH", f"/services/data/v65.0/sobjects/Account/{account}", {"ParentId": parent})
        else:
            label = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}]
            path = f"/crm/v4/objects/companies/{account}/associations/companies/{parent}"
            self._call(HUBSPOT, "PUT", path, label)

    def merge(self, winner: str, loser: str) -> None:
        if self.crm == SALESFORCE:
            body = {"sobject": "Account", "winner": winner, "loser": loser}
            self._call(SALESFORCE, "POST", "/_sandbox/merge", body)
        else:
            body = {"primaryObjectId": winner, "objectIdToMerge": loser}
            self._call(HUBSPOT, "POST", "/crm/v3/objects/companies/merge", body)

    def delete(self, account: str) -> None:
        if self.crm == SALESFORCE:
            self._call(SALESFORCE, "DELETE", f"/services/data/v65.0/sobjects/Account/{account}")
        else:
            self._call(HUBSPOT, "DELETE", f"/crm/v3/objects/companies/{account}")

    def known_to_sales(self, email: str, account: str, owner: str) -> None:
        """Somebody whom the CRM has as a contact of this account; marketing knows the person too."""
        if self.crm == SALESFORCE:
            row = {"LastName": "Known", "Email": email, "AccountId": account, "OwnerId": self._id(owner)}
            self.sandbox.salesforce.seed("Contact", [row])
            self.contact(email, title="Reader")
        else:
            rid = self.contact(email, title="Reader", hubspot_owner_id=self._id(owner))
            self._call(HUBSPOT, "PUT", f"/crm/v4/objects/contacts/{rid}/associations/default/companies/{account}")

    # ------------------------------------------------------------ marketing
    def contact(self, email: str, *, title: str = "Buyer", **more: str) -> str:
        now = self.sandbox.clock.now()
        row = {
            "email": email,
            "firstname": "Ada",
            "lastname": "Lovelace",
            "jobtitle": title,
            "phone": "+49 30 1",
            **more,
        }
        return str(self.sandbox.hubspot.seed("contacts", [{"properties": row, "createdAt": now, "updatedAt": now}])[0])

    def ready(self, email: str) -> None:
        """Somebody whom marketing knows gets the title that makes ready."""
        rows = self.sandbox.hubspot.snapshot()["contacts"]
        rid = next(row["id"] for row in rows if row["properties"].get("email") == email)
        self._call(HUBSPOT, "PATCH", f"/crm/v3/objects/contacts/{rid}", {"properties": {"jobtitle": "Buyer"}})

    # ------------------------------------------------------------ syncd
    def sync(self, *, days: int = 0) -> None:
        self.sandbox.clock.advance(days * 86_400 + 120)
        systems = connect(load(self.config, environ={}))
        try:
            report = run(self.ledger, systems, mode="sync")
            assert not report.out, report.out
        finally:
            systems.close()

    def route(self, email: str) -> tuple[str, str, list[str]]:
        """Owner, rule, and why, of the newest handoff of somebody."""
        owner, rule, why = self.ledger.rows(
            "SELECT h.owner, h.rule, h.why FROM handoff h JOIN link l ON l.person = h.person JOIN record r ON r.id = l.record "
            "WHERE r.email = ? ORDER BY h.id DESC",
            email,
        )[0]
        return owner, rule, from_json(why)


@pytest.fixture(params=[SALESFORCE, HUBSPOT])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    config = tmp_path / "config.toml"
    with start(contacts=0, days=1, ticking=False, now=NOW) as sandbox, Store.memory() as ledger:
        sandbox_config(sandbox.ready_line(), config, crm=request.param)
        text = only_buyers(config.read_text(), crm=request.param)
        config.write_text(text.replace("[route]\n", "[route]\nkeep_account = true\nkeep_owner = false\n"))
        yield Place(sandbox, config, request.param, ledger)


def test_S0_11_pain_2_an_account_without_any_people_gives_its_owner_the_lead(place: Place) -> None:
    place.account("Acme GmbH", "acme.example", JONAS)
    place.contact("ada@eu.acme.example")
    place.contact("bob@elsewhere.example")
    place.sync()
    owner, rule, (why,) = place.route("ada@eu.acme.example")
    assert (owner, rule) == (JONAS, "account owner")
    assert why.endswith("owns the account “Acme GmbH” (acme.example)")
    assert place.route("bob@elsewhere.example")[0] in IN_TURN


def test_S1_5_an_account_that_changes_hands_between_two_leads(place: Place) -> None:
    account = place.account("Acme GmbH", "acme.example", JONAS)
    place.contact("ada@acme.example")
    place.sync()
    place.give(account, CHLOE)
    place.sync()
    place.contact("bob@acme.example")
    place.sync()
    assert [place.route(f"{who}@acme.example")[0] for who in ("ada", "bob")] == [JONAS, CHLOE]


def test_S0_11_a_subsidiary_whose_owner_left_goes_to_who_owns_the_group(place: Place) -> None:
    gone = place.sandbox.world.crew.inactive.email
    group = place.account("Group", "group.example", CHLOE)
    europe, acme = place.account("Europe", "", gone), place.account("Acme GmbH", "acme.example", gone)
    place.sync()
    place.put_under(acme, europe)
    place.put_under(europe, group)
    place.sync()
    place.contact("ada@acme.example")
    place.sync()
    owner, rule, why = place.route("ada@acme.example")
    assert (owner, rule) == (CHLOE, "account owner")
    assert why[-1].endswith("owns “Group”, the parent account of “Europe”")


def test_S0_11_a_merged_account_is_its_winner(place: Place) -> None:
    """Carl is a contact of Acme; Acme is merged into the Group, which has another domain and another owner."""
    group = place.account("Group", "group.example", CHLOE)
    acme = place.account("Acme GmbH", "acme.example", JONAS)
    place.known_to_sales("carl@acme.example", acme, JONAS)
    place.sync()
    place.merge(group, acme)
    place.sync()
    place.ready("carl@acme.example")
    place.contact("dora@group.example")
    place.sync()
    owner, rule, why = place.route("carl@acme.example")
    assert (owner, rule) == (CHLOE, "account owner")
    assert why[-1].endswith("owns the account of the contact, “Group”")
    assert place.route("dora@group.example")[0] == CHLOE


def test_S0_11_a_deleted_account_owns_nothing(place: Place) -> None:
    account = place.account("Acme GmbH", "acme.example", JONAS)
    place.contact("ada@acme.example", title="Reader")
    place.sync()
    place.delete(account)
    place.sync(days=2)
    place.ready("ada@acme.example")
    place.sync()
    owner, rule, _ = place.route("ada@acme.example")
    assert owner in IN_TURN
    assert rule == "round robin"
