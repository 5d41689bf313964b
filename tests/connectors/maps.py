"""Small mappings with the real field names: what connectors read and write in these tests."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.account_map import AccountMap
from syncd.core.rules import FieldMap, KindMap, SystemMap


def fields(**remote: str) -> dict[str, FieldMap]:
    return {name: FieldMap(name, field) for name, field in remote.items()}


_STAMP = {
    "score": "syncd_score__c",
    "tier": "syncd_tier__c",
    "handoff": "syncd_handoff_no__c",
    "handed_over_at": "syncd_handed_over_at__c",
    "brief": "syncd_brief__c",
}

SALESFORCE = SystemMap(
    "salesforce",
    {
        "Lead": KindMap(
            kind="Lead",
            key="syncd_hs_id__c",
            fields=fields(
                email="Email",
                first_name="FirstName",
                last_name="LastName",
                company="Company",
                title="Title",
                owner="OwnerId",
            ),
            status="Status",
            new_status="Open - Not Contacted",
            reason="syncd_reason__c",
            not_before="syncd_not_before__c",
            disposition="syncd_disposition__c",
            stamp=_STAMP,
        ),
        "Contact": KindMap(
            kind="Contact",
            key="syncd_hs_id__c",
            fields=fields(
                email="Email",
                first_name="FirstName",
                last_name="LastName",
                title="Title",
                city="MailingCity",
                owner="OwnerId",
            ),
            reason="syncd_reason__c",
            disposition="syncd_disposition__c",
            stamp=_STAMP,
        ),
    },
)

HUBSPOT = SystemMap(
    "hubspot",
    {
        "contacts": KindMap(
            kind="contacts",
            key="hs_object_id",
            fields=fields(
                email="email",
                first_name="firstname",
                last_name="lastname",
                company="company",
                title="jobtitle",
                owner="hubspot_owner_id",
            ),
            status="hs_lead_status",
            stage="lifecyclestage",
            feedback=fields(crm_id="syncd_crm_id", handoff="syncd_handoff_no", stage="syncd_stage"),
        )
    },
)

SALESFORCE_WITH_ACCOUNTS = replace(
    SALESFORCE,
    account=AccountMap(
        "Account", "Name", "Website", "OwnerId", "AccountId", "Type", ("Customer - Direct",), "ParentId"
    ),
)
HUBSPOT_WITH_COMPANIES = replace(
    HUBSPOT,
    account=AccountMap(
        "companies",
        "name",
        "domain",
        "hubspot_owner_id",
        "associatedcompanyid",
        "lifecyclestage",
        ("customer",),
        "hs_parent_company_id",
    ),
)
