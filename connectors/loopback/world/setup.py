"""The standard set-up of a sandbox: what an admin prepared in both systems before the first day."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits, TokenGrant
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.world.crew import QUEUE, Crew, Member
from connectors.loopback.world.lexicon import Lexicon

# None of these secrets is worth anything outside a sandbox.
HUBSPOT_TOKEN = "pat-eu1-sandbox-syncd"
HUBSPOT_REPS_TOKEN = "pat-eu1-sandbox-reps"
ADMIN_USER = "admin@syncd.example"
INTEGRATION_USER = "syncd.integration@syncd.example"
INTEGRATION_TOKEN = "00DdM0000000001!sandbox-syncd"
CLIENT_ID = "sandbox-syncd"
CLIENT_SECRET = "sandbox-syncd-secret"
EXTERNAL_ID_FIELD = "syncd_hs_id__c"
CURRENCIES = ("USD", "EUR", "GBP", "JPY")
DEFAULT_OWNER = "default.owner@syncd.example"

_SETUP = Path(__file__).parent / "data" / "setup.toml"
_ENGAGEMENTS_WITH_KEY = ("notes", "tasks", "calls")


def hubspot_settings() -> HubSpotSettings:
    """A portal with a token for syncd, one for the reps at their screens, and generous limits."""
    tokens = {
        HUBSPOT_TOKEN: TokenGrant(app_name="syncd"),
        HUBSPOT_REPS_TOKEN: TokenGrant(app_id=99000001, app_name="Sales desk", at_screen=True),
    }
    limits = Limits(burst=10_000, oauth_burst=10_000, search=1_000, daily=100_000_000)
    return HubSpotSettings(tokens=tokens, limits=limits)


def salesforce_settings() -> SalesforceSettings:
    """An org with nobody but its administrator; :func:`install` adds everybody else."""
    users = [{"Username": ADMIN_USER, "LastName": "Administrator"}]
    return SalesforceSettings(users=users, apps=[], daily_api_requests=10_000_000)


def install(
    hubspot: HubSpotEmulator,
    salesforce: SalesforceEmulator,
    words: Lexicon,
    without: Collection[tuple[str, str]] = (),
) -> Crew:
    """Fields, statuses, rules, forms and people, in both; who got which ids is returned.

    ``without``: rules that the org does not get, ("assignment" or "duplicate", object).
    """
    plan = tomllib.loads(_SETUP.read_text(encoding="utf-8"))
    _install_hubspot(hubspot, plan["hubspot"], words)
    _install_salesforce_fields(salesforce, plan["salesforce"])
    crew = _install_crew(hubspot, salesforce, words)
    if ("assignment", "Lead") not in without:
        salesforce.add_assignment_rule("Lead", [{"owner": crew.default_owner_id, "when": {}}])
    for sobject in ("Lead", "Contact"):
        if ("duplicate", sobject) in without:
            continue
        match = [{"sobject": other, "fields": ["Email"]} for other in ("Lead", "Contact")]
        salesforce.add_duplicate_rule(sobject, f"{sobject}_by_email", match, action="alert")
    return crew


def _install_hubspot(hubspot: HubSpotEmulator, plan: dict[str, Any], words: Lexicon) -> None:
    for kind in ("contacts", *_ENGAGEMENTS_WITH_KEY):
        hubspot.add_group(kind, {"name": "syncd", "label": "syncd"})
    for name, type_, field_type in plan["contact_properties"]:
        options = plan["options"].get(name, [])
        hubspot.add_property("contacts", _property(name, type_, field_type, options))
    for kind in _ENGAGEMENTS_WITH_KEY:
        key = _property("syncd_key", "string", "text", [])
        hubspot.add_property(kind, key | {"hasUniqueValue": True})
    for form in words.forms:
        hubspot.add_form({"id": form.id, "name": form.name})


def _property(name: str, type_: str, field_type: str, options: list[str]) -> dict[str, Any]:
    label = name.removeprefix("syncd_").replace("_", " ").capitalize()
    return {
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": field_type,
        "groupName": "syncd",
        "options": [
            {
                "label": o.replace("_", " ").capitalize(),
                "value": o,
                "displayOrder": n,
                "hidden": False,
            }
            for n, o in enumerate(options)
        ],
    }


def _install_salesforce_fields(salesforce: SalesforceEmulator, plan: dict[str, Any]) -> None:
    for sobject in ("Lead", "Contact"):
        for field in plan["person_fields"]:
            salesforce.add_field(sobject, field)
    for field in plan["activity_fields"]:
        salesforce.add_field("Task", field)
    salesforce.set_lead_statuses(plan["lead_statuses"])


def _install_crew(hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, words: Lexicon) -> Crew:
    salesforce.add_app(
        {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "run_as": INTEGRATION_USER,
        }
    )
    integration_id = salesforce.add_user(
        {
            "Username": INTEGRATION_USER,
            "Email": INTEGRATION_USER,
            "LastName": "syncd",
            "token": INTEGRATION_TOKEN,
        }
    )
    default_owner_id = salesforce.add_user(
        {"Username": DEFAULT_OWNER, "Email": DEFAULT_OWNER, "LastName": "Default Owner"}
    )
    members = tuple(_install_member(hubspot, salesforce, row) for row in words.crew)
    queue_id = salesforce.add_queue(QUEUE, ["Lead", "Task"])
    return Crew(members, queue_id, default_owner_id, integration_id)


def _install_member(hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, row: dict[str, str]) -> Member:
    active = row["role"] != "inactive"
    owner_id = hubspot.add_owner(
        {
            "email": row["email"],
            "firstName": row["first"],
            "lastName": row["last"],
            "archived": not active,
        }
    )
    user_id = token = ""
    if row.get("only") != "hubspot":
        token = f"00DdM0000000001!{row['email'].partition('@')[0]}" if active else ""
        user = {
            "Username": row["email"],
            "Email": row["email"],
            "FirstName": row["first"],
            "LastName": row["last"],
            "IsActive": active,
            "TimeZoneSidKey": row["timezone"],
        }
        user_id = salesforce.add_user(user | ({"token": token} if token else {}))
    return Member(
        first=row["first"],
        last=row["last"],
        email=row["email"],
        territory=row["territory"],
        role=row["role"],
        timezone=row["timezone"],
        owner_id=owner_id,
        user_id=user_id,
        token=token,
    )
