"""Fields that follow from others: names, defaults, closed flags, stage values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row

# True on create though describe's default says false [R:grouparoo/lead-lifecycle 15].
_TRUE_ON_CREATE = {("Lead", "IsUnreadByOwner"), ("User", "IsActive")}
_CREATE_VALUES = {
    "Lead": {"CleanStatus": "Pending"},
    "Contact": {"CleanStatus": "Pending"},
    "Account": {"CleanStatus": "Pending"},
    "CampaignMember": {"Status": "Sent"},
    "User": {"UserType": "Standard"},
}


def defaults(sobject: SObject, row: Row) -> None:
    """Fill what a create leaves out. Audit fields and the owner are the caller's business."""
    for field in sobject.stored_fields:
        if row.get(field.name) is not None:
            continue
        if (sobject.name, field.name) in _TRUE_ON_CREATE:
            row[field.name] = 1
        elif field.default is not None:
            row[field.name] = int(field.default) if field.type == "boolean" else field.default
        elif field.type == "picklist" and field.picklist:
            default = next((e["value"] for e in field.picklist if e["defaultValue"]), None)
            if default is not None:
                row[field.name] = default
    for name, value in _CREATE_VALUES.get(sobject.name, {}).items():
        if row.get(name) is None:
            row[name] = value


def audit(sobject: SObject, row: Row, user_id: str, stamp: str) -> None:
    """Creation stamps for whatever the row does not bring along (seeded rows do)."""
    created = row.get("CreatedDate") or row.get("LastModifiedDate") or stamp
    for name, value in (
        ("CreatedDate", created),
        ("CreatedById", user_id),
        ("LastModifiedDate", row.get("LastModifiedDate") or created),
        ("LastModifiedById", row.get("CreatedById") or user_id),
        ("SystemModstamp", row.get("LastModifiedDate") or created),
    ):
        if row.get(name) is None and sobject.has(name):
            row[name] = value
    if row.get("OwnerId") is None and sobject.has("OwnerId") and sobject.name != "Group":
        row["OwnerId"] = user_id


def derive(org: Org, sobject: SObject, row: Row, old: Row | None, stamp: str) -> None:
    """Recompute the dependent fields of a row about to be saved."""
    if sobject.has("LastName") and sobject.has("Name"):
        parts = (row.get("FirstName"), row.get("LastName"))
        row["Name"] = " ".join(part for part in parts if part) or None
    specific = _BY_OBJECT.get(sobject.name)
    if specific:
        specific(org, row, old, stamp)


def _person(org: Org, row: Row, old: Row | None, stamp: str) -> None:
    row["PhotoUrl"] = f"/services/images/photo/{row['Id']}"
    if "IsEmailBounced" in row:
        row["IsEmailBounced"] = int(row.get("EmailBouncedDate") is not None)


def _task(org: Org, row: Row, old: Row | None, stamp: str) -> None:
    was_closed = bool(old and old.get("IsClosed"))
    row["IsClosed"] = int(row.get("Status") in org.closed_task_statuses)
    row["IsHighPriority"] = int(row.get("Priority") == "High")
    if row["IsClosed"] and not was_closed:
        row["CompletedDateTime"] = row.get("CompletedDateTime") or stamp
    elif not row["IsClosed"]:
        row["CompletedDateTime"] = None
    row["AccountId"] = _account_of(org, row)


def _event(org: Org, row: Row, old: Row | None, stamp: str) -> None:
    start = row.get("StartDateTime") or row.get("ActivityDateTime")
    minutes = row.get("DurationInMinutes")
    if start:
        begins = values.from_stamp(start)
        if row.get("EndDateTime") and not (old and old.get("DurationInMinutes") != minutes):
            ends: datetime = values.from_stamp(row["EndDateTime"])
        else:
            ends = begins + timedelta(minutes=minutes or 0)
        row["StartDateTime"] = row["ActivityDateTime"] = start
        row["EndDateTime"] = values.stamp(ends)
        row["DurationInMinutes"] = int((ends - begins).total_seconds() // 60)
        row["ActivityDate"], row["EndDate"] = start[:10], row["EndDateTime"][:10]
    row["AccountId"] = _account_of(org, row)


def _account_of(org: Org, row: Row) -> str | None:
    """An activity's account: the related record's, else the contact's [D:object task]."""
    for name in ("WhatId", "WhoId"):
        related = row.get(name)
        target = org.schema.by_prefix(related) if related else None
        if related is None or target is None:
            continue
        if target.name == "Account":
            return str(related)
        if target.name in ("Contact", "Opportunity"):
            found = org.store.get(target, related)
            if found and found["AccountId"]:
                return str(found["AccountId"])
    return None


def _opportunity(org: Org, row: Row, old: Row | None, stamp: str) -> None:
    """Closed, won, forecast category and the default probability follow the stage."""
    stage_changed = old is None or old.get("StageName") != row.get("StageName")
    if stage_changed:
        row["LastStageChangeDate"] = None if old is None else stamp
        found = org.store.where(org.schema["OpportunityStage"], '"ApiName" = ?', (row.get("StageName"),))
        stage: dict[str, Any] = found[0] if found else {}
        row["IsClosed"] = stage.get("IsClosed", 0)
        row["IsWon"] = stage.get("IsWon", 0)
        row["ForecastCategory"] = stage.get("ForecastCategory", "Pipeline")
        row["ForecastCategoryName"] = stage.get("ForecastCategoryName", "Pipeline")
        given = row.get("Probability") if old is None else None
        if given is None:
            row["Probability"] = stage.get("DefaultProbability", row.get("Probability"))
    if row.get("Amount") is not None and row.get("Probability") is not None:
        row["ExpectedRevenue"] = round(row["Amount"] * row["Probability"] / 100, 2)
    if row.get("CloseDate"):
        year, month = int(row["CloseDate"][:4]), int(row["CloseDate"][5:7])
        row["FiscalYear"], row["FiscalQuarter"] = year, (month + 2) // 3
        row["Fiscal"] = f"{year} {row['FiscalQuarter']}"


def _campaign_member(org: Org, row: Row, old: Row | None, stamp: str) -> None:
    known = org.store.where(org.schema["CampaignMemberStatus"], '"CampaignId" = ?', (row.get("CampaignId"),))
    responded = {s["Label"] for s in known if s["HasResponded"]} if known else {"Responded"}
    row["HasResponded"] = int(row.get("Status") in responded)
    if row["HasResponded"] and not row.get("FirstRespondedDate"):
        row["FirstRespondedDate"] = stamp[:10]


def check_object_rules(org: Org, sobject: SObject, row: Row, own_id: str | None) -> None:
    """Rules of single standard objects."""
    who = row.get("WhoId") or ""
    if (
        sobject.name in ("Task", "Event")
        and org.settings.what_with_lead_refused
        and who.startswith("00Q")
        and row.get("WhatId")
    ):
        raise RecordError(
            "FIELD_INTEGRITY_EXCEPTION",
            "WhatId can not be specified when WhoId is a lead.",
            ["WhatId"],
        )
    if sobject.name == "CampaignMember" and own_id is None:
        _check_membership(org, row)
    if sobject.name == "Lead" and own_id is not None and org.settings.converted_status_refused:
        _check_status(org, row, own_id)


def _check_status(org: Org, row: Row, own_id: str) -> None:
    converted = org.store.ids_where(
        org.schema["LeadStatus"], '"ApiName" = ? AND "IsConverted" = 1', (row.get("Status"),)
    )
    before = org.store.get(org.schema["Lead"], own_id)
    if converted and before and before["Status"] != row["Status"]:
        text = org.text("CONVERTED_STATUS", value=row["Status"])
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["Status"])


def _check_membership(org: Org, row: Row) -> None:
    if row.get("LeadId") and row.get("ContactId"):
        row["LeadId"] = None  # both given: the contact wins [D:campaignmember v220]
    for name in ("ContactId", "LeadId"):
        if row.get(name):
            taken = org.store.ids_where(
                org.schema["CampaignMember"],
                f'"CampaignId" = ? AND "{name}" = ? AND "IsDeleted" = 0',
                (row["CampaignId"], row[name]),
            )
            if taken:
                raise RecordError("DUPLICATE_VALUE", org.text("ALREADY_A_MEMBER"))
            return
    text = "Required fields are missing: [LeadId, ContactId]"
    raise RecordError("REQUIRED_FIELD_MISSING", text, ["LeadId", "ContactId"])


_BY_OBJECT = {
    "Lead": _person,
    "Contact": _person,
    "Task": _task,
    "Event": _event,
    "Opportunity": _opportunity,
    "CampaignMember": _campaign_member,
}
DERIVED = frozenset(_BY_OBJECT)
