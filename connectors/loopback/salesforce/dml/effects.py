"""What saving a record does to others: activity dates, field history."""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row

_HISTORY_OBJECTS = {
    "Lead": ("LeadHistory", "LeadId"),
    "Contact": ("ContactHistory", "ContactId"),
    "Account": ("AccountHistory", "AccountId"),
    "Opportunity": ("OpportunityFieldHistory", "OpportunityId"),
}
_STAGE_FIELDS = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability")
_SHOWN_FIELD = {"OwnerId": "Owner"}


def after_save(org: Org, caller: Caller, sobject: SObject, row: Row, old: Row | None) -> None:
    if sobject.name in ("Task", "Event"):
        _touch_parents(org, caller, sobject, row)
    if sobject.name == "Opportunity":
        _stage_history(org, caller, row, old)
        if old is None and row.get("ContactId"):
            _primary_role(org, caller, row)
    if sobject.name == "OpportunityContactRole" and row["IsPrimary"]:
        _only_primary(org, caller, sobject, row)
    if sobject.name in org.settings.history_tracking:
        _field_history(org, caller, sobject, row, old)


def _touch_parents(org: Org, caller: Caller, sobject: SObject, row: Row) -> None:
    """LastActivityDate moves SystemModstamp, never LastModifiedDate [H:000387261]."""
    counts = sobject.name == "Event" or row["IsClosed"]
    if not counts and not org.settings.open_task_counts_as_activity:
        return
    day = row.get("ActivityDate") or caller.today
    references = {row.get(name) for name in ("WhoId", "WhatId", "AccountId")}
    for related in sorted(filter(None, references)):
        parent = org.schema.by_prefix(related)
        if parent is None or not parent.has("LastActivityDate"):
            continue
        found = org.store.get(parent, related)
        if found is None:
            continue
        latest = max(day, found["LastActivityDate"] or day)
        changes = {"LastActivityDate": latest, "SystemModstamp": caller.stamp}
        org.store.update(parent, related, changes)


def _stage_history(org: Org, caller: Caller, row: Row, old: Row | None) -> None:
    if old is not None and all(old.get(name) == row.get(name) for name in _STAGE_FIELDS):
        return
    history = org.schema["OpportunityHistory"]
    entry = {name: row.get(name) for name in (*_STAGE_FIELDS, "ForecastCategory")}
    entry |= {
        "Id": org.store.new_id(history),
        "OpportunityId": row["Id"],
        "CreatedById": caller.user.id,
        "CreatedDate": caller.stamp,
        "SystemModstamp": caller.stamp,
        "IsDeleted": 0,
    }
    org.store.insert(history, entry)


def _primary_role(org: Org, caller: Caller, row: Row) -> None:
    """An opportunity created with a ContactId gets that contact's role."""
    roles = org.schema["OpportunityContactRole"]
    org.store.insert(
        roles,
        {
            "Id": org.store.new_id(roles),
            "OpportunityId": row["Id"],
            "ContactId": row["ContactId"],
            "IsPrimary": 1,
            "CreatedDate": caller.stamp,
            "CreatedById": caller.user.id,
            "LastModifiedDate": caller.stamp,
            "LastModifiedById": caller.user.id,
            "SystemModstamp": caller.stamp,
            "IsDeleted": 0,
        },
    )


def _only_primary(org: Org, caller: Caller, roles: SObject, row: Row) -> None:
    """An opportunity has one primary contact, which its ContactId shows [D:object-opportunity]."""
    others = '"OpportunityId" = ? AND "IsPrimary" = 1 AND "Id" <> ?'
    for other in org.store.ids_where(roles, others, (row["OpportunityId"], row["Id"])):
        org.store.update(roles, other, {"IsPrimary": 0, "SystemModstamp": caller.stamp})
    org.store.update(org.schema["Opportunity"], row["OpportunityId"], {"ContactId": row["ContactId"]})


def _field_history(org: Org, caller: Caller, sobject: SObject, row: Row, old: Row | None) -> None:
    if old is None:
        _note(org, caller, sobject, row["Id"], "created", None, None)
        return
    for name in org.settings.history_tracking[sobject.name]:
        if old.get(name) != row.get(name):
            shown = _SHOWN_FIELD.get(name, name)
            _note(org, caller, sobject, row["Id"], shown, old.get(name), row.get(name))


def _note(org: Org, caller: Caller, sobject: SObject, parent: str, field: str, before: Any, after: Any) -> None:
    name, reference = _HISTORY_OBJECTS[sobject.name]
    history = org.schema[name]
    org.store.insert(
        history,
        {
            "Id": org.store.new_id(history),
            reference: parent,
            "Field": field,
            "DataType": "EntityId" if field == "Owner" else "Text",
            "OldValue": before,
            "NewValue": after,
            "CreatedById": caller.user.id,
            "CreatedDate": caller.stamp,
            "IsDeleted": 0,
        },
    )
