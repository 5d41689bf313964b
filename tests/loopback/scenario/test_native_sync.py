"""The native sync: a second writer with habits of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from scenario_systems import HUBSPOT, SALESFORCE, SAVE_ANYWAY, Stage, Systems

from connectors.loopback.sandbox import Sandbox
from connectors.loopback.scenario.native_sync.fields import Side, winner

Both = Callable[[Sandbox], Systems]

PROPERTIES = (
    "email,firstname,lastname,phone,company,jobtitle,lifecyclestage,hubspot_owner_id,"
    "salesforceleadid,salesforcecontactid,salesforcelastsynctime,salesforcedeleted"
)
MQL = '[native_sync]\ninclusion = { lifecyclestage = "marketingqualifiedlead" }\n'


class Town(Systems):
    """Contacts and leads by address."""

    def contact(self, email: str, **properties: str) -> str:
        body = {"properties": {"email": email, "lastname": "Doe", "company": "Acme", **properties}}
        found: str = self.hubspot("POST", "/crm/v3/objects/contacts", json=body).json()["id"]
        return found

    def change(self, contact_id: str, **properties: str) -> None:
        done = self.hubspot("PATCH", f"/crm/v3/objects/contacts/{contact_id}", json={"properties": properties})
        assert done.ok, done.text

    def read(self, email: str) -> dict[str, Any]:
        found = self.hubspot("GET", f"/crm/v3/objects/contacts/{email}?idProperty=email&properties={PROPERTIES}")
        assert found.ok, found.text
        properties: dict[str, Any] = found.json()["properties"]
        return properties

    def lead(self, email: str, **fields: Any) -> str:
        body = {"LastName": "Doe", "Company": "Acme", "Email": email, **fields}
        found: str = self.salesforce("POST", "/sobjects/Lead", json=body, headers=SAVE_ANYWAY).json()["id"]
        return found

    def change_lead(self, lead_id: str, **fields: Any) -> None:
        assert self.salesforce("PATCH", f"/sobjects/Lead/{lead_id}", json=fields).ok

    def leads(self, email: str) -> list[dict[str, Any]]:
        names = "Id, LastName, Phone, Company, Title, OwnerId, Owner.Name"
        return self.query(f"SELECT {names} FROM Lead WHERE IsDeleted = false AND Email = '{email}'")

    def sync(self) -> dict[str, Any]:
        self.advance("15m")
        done: dict[str, Any] = self.report()["native_sync"]
        assert done["errors"] == []
        return done


@pytest.fixture
def town(stage: Stage) -> Callable[..., Town]:
    return lambda text: Town(stage(text))


@pytest.mark.parametrize(
    ("rule", "ours", "theirs", "changed", "wins"),
    [
        ("two-way", "a", "a", "hubspot", None),
        ("two-way", "a", "b", "hubspot", "hubspot"),
        ("two-way", "a", "b", "salesforce", "salesforce"),
        ("two-way", "", "b", "hubspot", "hubspot"),
        ("two-way", "a", "b", None, "salesforce"),
        ("two-way", "a", "", None, "hubspot"),
        ("prefer-salesforce-unless-blank", "a", "b", "hubspot", "salesforce"),
        ("prefer-salesforce-unless-blank", "a", "", "salesforce", "hubspot"),
        ("always-salesforce", "a", "", "hubspot", "salesforce"),
        ("never", "a", "b", "hubspot", None),
    ],
)
def test_each_mapping_rule_says_whose_value_counts(
    rule: str, ours: str, theirs: str, changed: Side | None, wins: Side | None
) -> None:
    assert winner(rule, ours, theirs, changed=changed) == wins


def test_a_contact_that_comes_into_the_inclusion_becomes_a_lead(town: Callable[..., Town]) -> None:
    both = town(MQL)
    inside, outside = both.contact("in@x.example"), both.contact("out@x.example")
    both.sync()
    assert both.leads("in@x.example") == []
    both.change(inside, lifecyclestage="marketingqualifiedlead")
    both.change(outside, jobtitle="Boss")
    done = both.sync()
    (lead,) = both.leads("in@x.example")
    assert (lead["LastName"], lead["Company"]) == ("Doe", "Acme")
    assert both.leads("out@x.example") == []
    assert both.read("in@x.example")["salesforceleadid"] == lead["Id"]
    assert (done["salesforce_created"], done["rounds"]) == (1, 2)


def test_a_quiet_round_writes_nothing(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    both.contact("a@x.example", jobtitle="Boss")
    for _ in range(3):
        both.sync()
    for url in (HUBSPOT, SALESFORCE):
        both.session.delete(f"{url}/_sandbox/requests")
    both.advance("1d")
    asked = [
        endpoint
        for url in (HUBSPOT, SALESFORCE)
        for endpoint in both.session.get(f"{url}/_sandbox/requests").json()["by_endpoint"]
    ]
    assert sorted(asked) == ["GET /services/data/v<version>/queryAll", "POST /crm/v3/objects/<object_type>/search"]


def test_it_comes_with_a_token_and_a_user_of_its_own(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    both.contact("a@x.example")
    both.sync()
    (lead,) = both.query("SELECT CreatedBy.Username FROM Lead")
    assert lead["CreatedBy"]["Username"] == "hubspot.integration@syncd.example"
    shown = both.hubspot("GET", "/crm/v3/objects/contacts?propertiesWithHistory=salesforceleadid").json()["results"][0]
    (version,) = shown["propertiesWithHistory"]["salesforceleadid"]
    assert (version["sourceType"], version["sourceLabel"]) == ("INTEGRATION", "Salesforce")


def test_fields_travel_both_ways_by_their_rules(town: Callable[..., Town]) -> None:
    rules = {"phone": ("Phone", "always-salesforce"), "company": ("Company", "prefer-salesforce-unless-blank")}
    rules |= {"jobtitle": ("Title", "two-way"), "lastname": ("LastName", "never"), "email": ("Email", "two-way")}
    text = "[native_sync]\n" + "".join(
        f'[[native_sync.field]]\nhubspot = "{ours}"\nsalesforce = "{theirs}"\nrule = "{rule}"\n'
        for ours, (theirs, rule) in rules.items()
    )
    both = town(text)
    contact, lead = both.contact("a@x.example"), both.lead("a@x.example", Phone="1", Title="Boss")
    both.sync()
    assert (both.read("a@x.example")["phone"], both.read("a@x.example")["jobtitle"]) == ("1", "Boss")
    both.change(contact, phone="2", company="Other", jobtitle="Chief", lastname="Roe")
    both.sync()
    seen, row = both.read("a@x.example"), both.leads("a@x.example")[0]
    assert (seen["phone"], seen["company"], seen["jobtitle"], seen["lastname"]) == ("1", "Acme", "Chief", "Roe")
    assert (row["Phone"], row["Company"], row["Title"], row["LastName"]) == ("1", "Acme", "Chief", "Doe")
    both.change_lead(lead, Title=None, Phone=None)
    both.sync()
    assert (both.read("a@x.example")["phone"], both.read("a@x.example")["jobtitle"]) == (None, None)


def test_of_two_changes_the_later_record_wins_whole(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    contact, lead = (
        both.contact("a@x.example", jobtitle="Old", phone="0"),
        both.lead("a@x.example", Title="Old", Phone="0"),
    )
    both.sync()
    both.advance("1m")
    both.change(contact, jobtitle="Ours")
    both.advance("1m")
    both.change_lead(lead, Phone="9")
    both.sync()
    assert (both.read("a@x.example")["jobtitle"], both.read("a@x.example")["phone"]) == ("Old", "9")


def test_it_binds_to_whichever_duplicate_was_touched_last(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    older = both.lead("a@x.example", Title="Older")
    both.advance("1m")
    newer = both.lead("a@x.example", Title="Newer")
    both.contact("a@x.example")
    both.sync()
    assert (both.read("a@x.example")["salesforceleadid"], both.read("a@x.example")["jobtitle"]) == (newer, "Newer")
    assert older != newer


def test_without_matching_by_address_it_makes_duplicates(town: Callable[..., Town]) -> None:
    allow = (
        '[[salesforce.duplicate_rule]]\nobject = "Lead"\nname = "x"\naction = "allow"\n'
        'match = [{ object = "Lead", fields = ["Email"] }]\n'
    )
    both = town(f"[native_sync]\nmatch_by_email = false\ncreate_contacts = false\n{allow}")
    both.lead("a@x.example")
    both.contact("a@x.example")
    both.sync()
    assert len(both.leads("a@x.example")) == 2


@pytest.mark.parametrize(("again", "leads"), [("false", 0), ("true", 1)])
def test_a_deleted_lead_is_noted_and_made_again_when_the_switch_says_so(
    town: Callable[..., Town], again: str, leads: int
) -> None:
    both = town(f"[native_sync]\ncreate_again = {again}\n")
    contact = both.contact("a@x.example")
    both.sync()
    (lead,) = both.leads("a@x.example")
    both.advance("2m")
    deleted = both.salesforce("DELETE", f"/sobjects/Lead/{lead['Id']}")
    assert deleted.ok, deleted.text
    both.change(contact, jobtitle="Boss")
    both.sync()
    assert len(both.leads("a@x.example")) == leads
    seen = both.read("a@x.example")
    assert (seen["salesforcedeleted"] or "", seen["salesforceleadid"] != lead["Id"]) == (
        ("", True) if leads else ("true", False)
    )


def test_it_follows_a_conversion_to_the_contact_and_sets_the_stage(town: Callable[..., Town]) -> None:
    both = town('[native_sync]\nlifecycle = { Contact = "salesqualifiedlead" }\n')
    both.contact("a@x.example")
    both.sync()
    (lead,) = both.leads("a@x.example")
    converted = both.session.post(f"{SALESFORCE}/_sandbox/convert-lead", json={"lead_id": lead["Id"]}).json()
    both.sync()
    seen = both.read("a@x.example")
    assert (seen["salesforceleadid"] or "", seen["salesforcecontactid"]) == ("", converted["contact_id"])
    assert seen["lifecyclestage"] == "salesqualifiedlead"


def test_people_whom_only_salesforce_knows_become_contacts(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    lead = both.lead("new@x.example", Title="Boss")
    both.sync()
    seen = both.read("new@x.example")
    assert (seen["jobtitle"], seen["salesforceleadid"]) == ("Boss", lead)


@pytest.mark.parametrize(("unknown", "then"), [("integration-user", "HubSpot Integration"), ("keep", "Anna Köhler")])
def test_an_owner_it_cannot_find_is_replaced_by_its_own_user_unless_told_to_keep(
    town: Callable[..., Town], unknown: str, then: str
) -> None:
    both = town(f'[native_sync]\nunknown_owner = "{unknown}"\n[[salesforce.assignment_rule]]\nactive = false\n')
    owners = both.hubspot("GET", "/crm/v3/owners?limit=100").json()["results"]
    by_name = {owner["email"].partition("@")[0]: owner["id"] for owner in owners}
    contact = both.contact("a@x.example", hubspot_owner_id=by_name["marcus.bell"])
    seen = []
    for name in ("marcus.bell", "anna.koehler", "tom.marketing"):
        both.advance("2m")
        both.change(contact, hubspot_owner_id=by_name[name])
        both.sync()
        seen.append(both.leads("a@x.example")[0]["Owner"]["Name"])
    assert seen == ["Marcus Bell", "Anna Köhler", then]


def test_the_orgs_assignment_rule_takes_the_leads_it_makes(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    owners = both.hubspot("GET", "/crm/v3/owners?limit=100").json()["results"]
    (marcus,) = [owner["id"] for owner in owners if owner["email"] == "marcus.bell@syncd.example"]
    both.contact("a@x.example", hubspot_owner_id=marcus)
    both.sync()
    assert both.leads("a@x.example")[0]["Owner"]["Name"] == "Default Owner"


def test_it_logs_in_again_and_catches_up_after_a_fault(town: Callable[..., Town]) -> None:
    both = town("[native_sync]\n")
    both.contact("a@x.example")
    both.sync()
    both.session.post(f"{SALESFORCE}/_sandbox/expire-sessions", json={})
    rule = {"path": "/composite/sobjects", "status": 503, "times": 1}
    both.session.post(f"{SALESFORCE}/_sandbox/faults", json=rule)
    both.contact("b@x.example")
    both.advance("15m")
    (error,) = both.report()["native_sync"]["errors"]
    assert error["error"].startswith("POST /services/data/v62.0/composite/sobjects: 503")
    both.advance("15m")
    assert both.report()["native_sync"]["salesforce_created"] == 2


SEARCH, SAVE = (HUBSPOT, "/contacts/search"), (SALESFORCE, "/composite/sobjects")


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        (SEARCH, {"status": 200, "body": {}}),
        (SEARCH, {"status": 200, "body": {"results": None}}),
        (SEARCH, {"status": 429, "body": {"message": "You have reached your secondly limit."}}),
        (SEARCH, {"truncate": 0.5}),
        ((HUBSPOT, "/contacts/batch/update"), {"reset": "after"}),
        ((SALESFORCE, "/queryAll"), {"status": 200, "body": []}),
        (SAVE, {"status": 502, "body": "<html>Bad gateway</html>", "content_type": "text/html"}),
        (SAVE, {"reset": "before"}),
        (SAVE, {"reset": "after"}),
    ],
)
def test_whatever_a_fault_answers_the_clock_goes_on_and_the_next_round_catches_up(
    town: Callable[..., Town], where: tuple[str, str], fault: dict[str, Any]
) -> None:
    """An answer of another shape, none at all, and one that is lost after the write: nobody is made twice."""
    url, path = where
    both = town("[native_sync]\n")
    both.contact("a@x.example")
    asked = both.session.post(f"{url}/_sandbox/faults", json={"path": path, "times": 1, **fault})
    assert asked.ok, asked.text
    both.advance("15m")
    assert len(both.report()["native_sync"]["errors"]) == 1
    both.advance("15m")
    both.advance("15m")
    done = both.report()["native_sync"]
    assert (done["rounds"], len(done["errors"])) == (3, 1)
    (lead,) = both.leads("a@x.example")
    assert both.read("a@x.example")["salesforceleadid"] == lead["Id"]


def test_it_works_under_a_clock_that_ticks(stage: Stage) -> None:
    """Real time rings its rounds, once the sandbox is served."""
    sandbox = stage('[native_sync]\nevery = "1s"\n', ticking=True, now=None)
    sandbox.serve()
    both = Town(sandbox)
    both.contact("a@x.example")
    deadline = time.monotonic() + 60
    while not both.report()["native_sync"]["salesforce_created"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert both.report()["native_sync"]["errors"] == []
    assert len(both.leads("a@x.example")) == 1


def test_both_histories_name_it_and_not_the_product(town: Callable[..., Town]) -> None:
    """A writer with an app and a user of its own, in values it changes as in records it makes."""
    both = town("[native_sync]\n")
    contact, lead = both.contact("a@x.example", jobtitle="Old"), both.lead("a@x.example", Title="Old")
    both.sync()
    both.advance("1m")
    both.change_lead(lead, Title="New")
    both.sync()
    shown = both.hubspot("GET", f"/crm/v3/objects/contacts/{contact}?propertiesWithHistory=jobtitle").json()
    newest, oldest = shown["propertiesWithHistory"]["jobtitle"]
    assert (newest["value"], newest["sourceType"], newest["sourceId"]) == ("New", "INTEGRATION", "25200")
    assert oldest["sourceId"] != "25200"
    both.advance("1m")
    both.change(contact, jobtitle="Newest")
    both.sync()
    (row,) = both.query("SELECT Title, LastModifiedBy.Username FROM Lead")
    assert (row["Title"], row["LastModifiedBy"]["Username"]) == ("Newest", "hubspot.integration@syncd.example")


def test_a_refusal_is_one_records_and_the_others_go_on(town: Callable[..., Town]) -> None:
    both = town(
        "[native_sync]\n[[salesforce.validation_rule]]\n"
        'object = "Lead"\nname = "x"\nmessage = "Not you."\nwhen = { LastName = "Bad" }\n'
    )
    both.contact("bad@x.example", lastname="Bad")
    both.contact("good@x.example")
    both.advance("15m")
    done = both.report()["native_sync"]
    assert ("Not you." in done["errors"][0]["error"], done["salesforce_created"]) == (True, 1)


def test_a_resync_at_the_start_takes_what_was_there_before(stage: Stage) -> None:
    both = Town(stage("[native_sync]\nresync_at_start = true\ncreate_contacts = false\n", contacts=40))
    both.advance("15m")
    done = both.report()["native_sync"]
    assert done["salesforce_created"] > 20
    assert done["hubspot_updated"] == 40
    assert both.read(both.hubspot("GET", "/crm/v3/objects/contacts").json()["results"][0]["properties"]["email"])[
        "salesforcelastsynctime"
    ]
