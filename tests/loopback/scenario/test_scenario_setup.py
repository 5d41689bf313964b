"""A scenario's set-up, seen through both APIs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scenario_systems import Stage, Systems

from connectors.loopback.sandbox import Sandbox

Both = Callable[[Sandbox], Systems]

STRICT = """
[salesforce.settings]
organization_type = "Professional Edition"
daily_api_requests = 20
time_zone = "Asia/Kolkata"
[[salesforce.lead_status]]
name = "Fresh"
default = true
[[salesforce.lead_status]]
name = "Done"
converted = true
[[salesforce.field]]
object = "Lead"
name = "Region__c"
type = "string"
required = true
[[salesforce.field]]
object = "Lead"
name = "syncd_tier__c"
type = "string"
length = 1
[[salesforce.picklist]]
object = "Lead"
field = "LeadSource"
values = ["Web", "Fair"]
[[salesforce.validation_rule]]
object = "Lead"
name = "No_blocked_city"
message = "Not there."
field = "City"
when = { City = { in = ["Atlantis"] } }
[[salesforce.duplicate_rule]]
object = "Lead"
name = "Unique"
action = "block"
match = [{ object = "Lead", fields = ["Email"] }]
[[salesforce.queue]]
name = "Big ones"
[[salesforce.assignment_rule]]
name = "By size"
entries = [{ owner = "Big ones", when = { NumberOfEmployees = { ge = 1000 } } }]
"""
LEAD = {"LastName": "Doe", "Company": "Acme", "Region__c": "EMEA", "Status": "Fresh"}


@pytest.fixture
def strict(stage: Stage, systems: Both) -> Systems:
    return systems(stage(STRICT))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Region__c": None}, "REQUIRED_FIELD_MISSING"),
        ({"syncd_tier__c": "too long"}, "STRING_TOO_LONG"),
        ({"LeadSource": "Purchased List"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"City": "Atlantis"}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"Email": "a@b.example"}, "DUPLICATES_DETECTED"),
    ],
)
def test_an_org_refuses_what_the_scenario_forbids(strict: Systems, change: dict[str, Any], code: str) -> None:
    assert strict.salesforce("POST", "/sobjects/Lead", json=LEAD | {"Email": "a@b.example"}).status_code == 201
    refused = strict.salesforce("POST", "/sobjects/Lead", json=LEAD | change)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, code)


def test_the_assignment_rule_of_the_scenario_replaces_the_standard_one(strict: Systems) -> None:
    for size in (5000, 5):
        strict.salesforce("POST", "/sobjects/Lead", json=LEAD | {"NumberOfEmployees": size})
    rows = strict.query("SELECT Owner.Name, Owner.Type FROM Lead ORDER BY NumberOfEmployees DESC")
    assert [(row["Owner"]["Name"], row["Owner"]["Type"]) for row in rows] == [("Big ones", "Queue"), ("syncd", "User")]
    assert [row["Name"] for row in strict.query("SELECT Name FROM AssignmentRule")] == ["By size"]


def test_statuses_edition_zone_and_daily_limit_are_the_scenarios(strict: Systems) -> None:
    rows = strict.query("SELECT ApiName, IsConverted FROM LeadStatus ORDER BY SortOrder")
    assert [(row["ApiName"], row["IsConverted"]) for row in rows] == [("Fresh", False), ("Done", True)]
    (org,) = strict.query("SELECT OrganizationType, TimeZoneSidKey FROM Organization")
    assert (org["OrganizationType"], org["TimeZoneSidKey"]) == ("Professional Edition", "Asia/Kolkata")
    assert strict.salesforce("GET", "/limits").json()["DailyApiRequests"]["Max"] == 20


PORTAL = """
[hubspot]
missing_properties = ["contacts.syncd_tier"]
[hubspot.settings]
lifecycle = "any"
time_zone = "Pacific/Auckland"
limits = { burst = 2, daily = "off" }
[hubspot.integration]
scopes = ["crm.objects.contacts.read", "crm.schemas.contacts.read"]
[[hubspot.token]]
token = "pat-gone"
expired = true
[[hubspot.property]]
object = "contacts"
name = "region"
type = "enumeration"
fieldType = "select"
groupName = "sales_team"
options = ["EMEA", { label = "Americas", value = "AMER" }]
[[hubspot.pipeline]]
object = "contacts"
stages = [{ id = "cold" }, { id = "hot", label = "Hot" }]
[[hubspot.owner]]
email = "new@syncd.example"
[[hubspot.validation_rule]]
object = "contacts"
property = "phone"
when = { lifecyclestage = "hot" }
message = "Hot ones need a phone."
"""
WRITER = '[[hubspot.token]]\ntoken = "pat-writer"\napp_id = 7\n'


def test_a_portal_shows_the_scenarios_properties_stages_and_owners(stage: Stage, systems: Both) -> None:
    both = systems(stage(PORTAL + WRITER))
    region = both.hubspot("GET", "/crm/v3/properties/contacts/region", "pat-writer").json()
    assert region["groupName"] == "sales_team"
    assert [(o["label"], o["value"]) for o in region["options"]] == [("EMEA", "EMEA"), ("Americas", "AMER")]
    stages = both.hubspot("GET", "/crm/v3/properties/contacts/lifecyclestage", "pat-writer").json()["options"]
    assert [option["value"] for option in stages] == ["cold", "hot"]
    both.advance("1m")
    assert both.hubspot("GET", "/crm/v3/properties/contacts/syncd_tier", "pat-writer").status_code == 404
    owners = both.hubspot("GET", "/crm/v3/owners?limit=100", "pat-writer").json()["results"]
    assert "new@syncd.example" in {owner["email"] for owner in owners}


def test_tokens_limits_and_rules_of_a_portal_are_the_scenarios(stage: Stage, systems: Both) -> None:
    both = systems(stage(PORTAL + WRITER))
    one = {"properties": {"email": "a@b.example", "lifecyclestage": "hot"}}
    assert both.hubspot("POST", "/crm/v3/objects/contacts", json=one).status_code == 403
    assert both.hubspot("GET", "/crm/v3/objects/contacts", "pat-gone").status_code == 401
    refused = both.hubspot("POST", "/crm/v3/objects/contacts", "pat-writer", json=one)
    assert (refused.status_code, refused.json()["message"]) == (400, "Hot ones need a phone.")
    one["properties"]["phone"] = "1"
    assert both.hubspot("POST", "/crm/v3/objects/contacts", "pat-writer", json=one).status_code == 201
    assert both.hubspot("GET", "/crm/v3/objects/contacts", "pat-writer").status_code == 429


def test_the_integration_user_sees_and_does_only_what_the_scenario_grants(stage: Stage, systems: Both) -> None:
    both = systems(
        stage(
            '[salesforce]\nmissing_fields = ["Lead.syncd_tier__c"]\n'
            '[salesforce.integration]\nobjects = { Lead = ["read"], Task = [] }\nhidden_fields = { Lead = ["Phone"] }\n'
        )
    )
    names = {field["name"] for field in both.salesforce("GET", "/sobjects/Lead/describe").json()["fields"]}
    assert "Email" in names
    assert not {"Phone", "syncd_tier__c"} & names
    refused = both.salesforce("POST", "/sobjects/Lead", json={"LastName": "x", "Company": "x"})
    assert refused.status_code in (400, 403)
    assert both.query("SELECT Id FROM Lead") == []


def test_a_users_own_session_comes_from_the_scenario(stage: Stage, systems: Both) -> None:
    both = systems(
        stage(
            '[[salesforce.user]]\nUsername = "eve@x.example"\nLastName = "Eve"\ntoken = "00D!eve"\nobjects = { Lead = [] }'
        )
    )
    assert both.salesforce("GET", "/sobjects/Account/describe", "00D!eve").status_code == 200
    assert both.salesforce("GET", "/sobjects/Lead/describe", "00D!eve").status_code == 404


def test_world_and_clock_come_from_the_scenario_unless_the_options_say_otherwise(stage: Stage) -> None:
    text = "[world]\ncontacts = 12\ndays = 5\nseed = 9\nstart = 2026-05-05T05:00:00+02:00\nticking = false\n"
    sandbox = stage(text, contacts=None, days=None, seed=None, ticking=None, now=None)
    assert (sandbox.world.counts["contacts"], sandbox.world.days, sandbox.world.seed) == (12, 5, 9)
    assert sandbox.clock.now().isoformat() == "2026-05-05T03:00:00+00:00"
    assert not sandbox.clock.ticking
    assert stage(text, contacts=3, seed=1).world.counts["contacts"] == 3


def test_faults_of_a_scenario_are_in_force(stage: Stage, systems: Both) -> None:
    both = systems(stage('[[fault]]\nsystem = "hubspot"\npath = "/owners"\nstatus = 503\n'))
    assert both.hubspot("GET", "/crm/v3/owners").status_code == 503
