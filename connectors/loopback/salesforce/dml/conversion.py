"""Lead conversion, exactly the recorded change [sheet 11.4]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from connectors.loopback.salesforce import addresses
from connectors.loopback.salesforce.dml import derive, effects
from connectors.loopback.salesforce.dml.save import insufficient_access, live_row
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.store import Row

_LEAD_TO_CONTACT = {
    "FirstName": "FirstName", "LastName": "LastName", "Salutation": "Salutation",
    "Title": "Title", "Email": "Email", "Phone": "Phone", "MobilePhone": "MobilePhone",
    "Fax": "Fax", "LeadSource": "LeadSource", "Street": "MailingStreet", "City": "MailingCity",
    "State": "MailingState", "PostalCode": "MailingPostalCode", "Country": "MailingCountry",
}  # fmt: skip
_LEAD_TO_ACCOUNT = {
    "Company": "Name", "Phone": "Phone", "Website": "Website", "Industry": "Industry",
    "AnnualRevenue": "AnnualRevenue", "NumberOfEmployees": "NumberOfEmployees",
    "Street": "BillingStreet", "City": "BillingCity", "State": "BillingState",
    "PostalCode": "BillingPostalCode", "Country": "BillingCountry",
}  # fmt: skip
_FIRST_OPEN_STAGE = "Prospecting"


@dataclass(frozen=True)
class Conversion:
    """What the person converting chose; ids name existing records to convert into."""

    lead_id: str
    create_opportunity: bool = True
    opportunity_name: str | None = None
    amount: float | None = None
    account_id: str | None = None
    contact_id: str | None = None
    owner_id: str | None = None
    status: str | None = None
    overwrite_lead_source: bool = False


@dataclass(frozen=True)
class Converted:
    lead_id: str
    account_id: str
    contact_id: str
    opportunity_id: str | None


def convert(org: Org, caller: Caller, wanted: Conversion) -> Converted:
    """Make (or fill) Account and Contact, maybe an Opportunity; close the lead; move activities.

    Raises RecordError for a lead that is unknown, deleted, converted, or owned by a queue
    without ``owner_id``, and for a caller without Convert Leads.
    """
    leads = org.schema["Lead"]
    if not caller.user.has("ConvertLeads"):
        raise insufficient_access(org)
    lead = live_row(org, leads, wanted.lead_id)
    if lead["IsConverted"]:
        raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    _check_status(org, wanted.status)
    owner = wanted.owner_id or lead["OwnerId"]
    if not owner.startswith("005"):
        text = "Converting a lead owned by a queue requires an owner"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["OwnerId"])
    account = wanted.account_id
    if account is None and wanted.contact_id:
        account = live_row(org, org.schema["Contact"], wanted.contact_id)["AccountId"]
    account = _make_or_fill(org, caller, "Account", account, lead, _LEAD_TO_ACCOUNT, owner)
    contact = _make_or_fill(org, caller, "Contact", wanted.contact_id, lead, _LEAD_TO_CONTACT, owner, account)
    if wanted.overwrite_lead_source and lead.get("LeadSource"):
        org.store.update(org.schema["Contact"], contact, {"LeadSource": lead["LeadSource"]})
    opportunity = None
    if wanted.create_opportunity:
        opportunity = _opportunity(org, caller, wanted, lead, account, contact, owner)
    changes: Row = {
        "Status": wanted.status or _converted_status(org),
        "IsConverted": 1,
        "ConvertedDate": caller.today,
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": opportunity,
        "LastViewedDate": caller.stamp,
        "LastReferencedDate": caller.stamp,
        "LastModifiedDate": caller.stamp,
        "LastModifiedById": caller.user.id,
        "SystemModstamp": caller.stamp,
    }
    if owner != lead["OwnerId"]:
        changes["OwnerId"] = owner
    org.store.update(leads, lead["Id"], changes)
    effects.after_save(org, caller, leads, lead | changes, lead)
    if org.settings.conversion_moves_activities:
        _move_activities(org, caller, lead["Id"], contact, opportunity or account)
    _keep_memberships(org, caller, lead["Id"], contact)
    return Converted(lead["Id"], account, contact, opportunity)


def _check_status(org: Org, status: str | None) -> None:
    """Only a status made for it closes a lead; code and text UNCONFIRMED."""
    known = '"ApiName" = ? AND "IsConverted" = 1'
    if status is not None and not org.store.ids_where(org.schema["LeadStatus"], known, (status,)):
        raise RecordError("INVALID_STATUS", f"invalid convertedStatus: {status}", ["Status"])


def _converted_status(org: Org) -> str:
    found = org.store.where(org.schema["LeadStatus"], '"IsConverted" = 1 ORDER BY "SortOrder"')
    return str(found[0]["ApiName"]) if found else "Closed - Converted"


def _make_or_fill(
    org: Org,
    caller: Caller,
    name: str,
    existing: str | None,
    lead: Row,
    mapping: dict[str, str],
    owner: str,
    account: str | None = None,
) -> str:
    """A new record from the lead; an existing one only gets what it lacks [D:convertLead]."""
    sobject = org.schema[name]
    mapped = {theirs: lead.get(ours) for ours, theirs in mapping.items()}
    for ours, theirs in org.settings.lead_field_mapping.get(name, {}).items():
        mapped[theirs] = lead.get(ours)
    if existing is None:
        row: Row = mapped | {"OwnerId": owner}
        if account:
            row["AccountId"] = account
        return insert(org, caller, name, row)
    old = live_row(org, sobject, existing)
    changes = {f: v for f, v in mapped.items() if v is not None and old.get(f) is None}
    if changes:
        changes |= {
            "LastModifiedDate": caller.stamp,
            "LastModifiedById": caller.user.id,
            "SystemModstamp": caller.stamp,
        }
        org.store.update(sobject, old["Id"], changes)
    return str(old["Id"])


def insert(org: Org, caller: Caller, name: str, row: Row) -> str:
    """A row made by the platform itself: defaults and derived fields, no rules."""
    sobject = org.schema[name]
    row |= {"Id": org.store.new_id(sobject), "IsDeleted": 0}
    derive.defaults(sobject, row)
    derive.audit(sobject, row, caller.user.id, caller.stamp)
    derive.derive(org, sobject, row, None, caller.stamp)
    addresses.check(org.settings.state_country_picklists, sobject, row, None)
    org.store.insert(sobject, row)
    effects.after_save(org, caller, sobject, row, None)
    return str(row["Id"])


def _opportunity(
    org: Org,
    caller: Caller,
    wanted: Conversion,
    lead: Row,
    account: str,
    contact: str,
    owner: str,
) -> str:
    """First open stage, closing at the end of the quarter, the contact's role (UNCONFIRMED)."""
    mapping = org.settings.lead_field_mapping.get("Opportunity", {})
    return insert(
        org,
        caller,
        "Opportunity",
        {theirs: lead.get(ours) for ours, theirs in mapping.items()}
        | {
            "Name": wanted.opportunity_name or f"{lead['Company']}-",
            "AccountId": account,
            "ContactId": contact,
            "StageName": _FIRST_OPEN_STAGE,
            "CloseDate": _quarter_end(date.fromisoformat(caller.today)).isoformat(),
            "Amount": wanted.amount,
            "LeadSource": lead.get("LeadSource"),
            "OwnerId": owner,
        },
    )


def _quarter_end(day: date) -> date:
    month = (day.month - 1) // 3 * 3 + 3
    following = date(day.year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _move_activities(org: Org, caller: Caller, lead: str, contact: str, related: str) -> None:
    """Tasks and events follow to the contact, related to the opportunity or account
    (UNCONFIRMED); a system change, so LastModifiedDate stays."""
    for name in ("Task", "Event"):
        sobject = org.schema[name]
        for row in org.store.where(sobject, '"WhoId" = ?', (lead,)):
            row |= {"WhoId": contact, "WhatId": related}
            derive.derive(org, sobject, row, row, caller.stamp)
            changes = {"WhoId": contact, "WhatId": related, "AccountId": row["AccountId"]}
            org.store.update(sobject, row["Id"], changes | {"SystemModstamp": caller.stamp})


def _keep_memberships(org: Org, caller: Caller, lead: str, contact: str) -> None:
    """The member row keeps its id and LeadId and gains the ContactId [R:lead-lifecycle 53]."""
    members = org.schema["CampaignMember"]
    for member_id in org.store.ids_where(members, '"LeadId" = ?', (lead,)):
        changes = {"ContactId": contact, "SystemModstamp": caller.stamp}
        org.store.update(members, member_id, changes)
