"""Which side's value counts for a field: HubSpot's four mapping rules, on one page."""

from __future__ import annotations

from typing import Literal

from connectors.loopback.scenario.tables import FieldRule

Side = Literal["hubspot", "salesforce"]

# The default mappings of HubSpot's integration whose fields both emulators have.
DEFAULT = tuple(
    FieldRule(hubspot=hubspot, salesforce=salesforce)
    for hubspot, salesforce in (
        ("firstname", "FirstName"),
        ("lastname", "LastName"),
        ("email", "Email"),
        ("jobtitle", "Title"),
        ("phone", "Phone"),
        ("mobilephone", "MobilePhone"),
        ("company", "Company"),
        ("country", "Country"),
        ("city", "City"),
        ("zip", "PostalCode"),
        ("website", "Website"),
        ("industry", "Industry"),
    )
)


def winner(rule: str, hubspot: str, salesforce: str, *, changed: Side | None) -> Side | None:
    """Whose value goes to the other side; None: nothing is written.

    ``changed`` is the side that was touched last since they were compared, None when the two
    records have just been bound to each other. A two-way rule knows no more of the past than
    that, so a blank travels like any other value.
    """
    if hubspot == salesforce:
        return None
    match rule:
        case "never":
            return None
        case "always-salesforce":
            return "salesforce"
        case "prefer-salesforce-unless-blank":
            return "salesforce" if salesforce else "hubspot"
    if changed is None:
        return "salesforce" if salesforce else "hubspot"
    return changed
