"""Create, update and upsert of one record; each raises RecordError and leaves no trace then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.loopback.salesforce import addresses, ids, sharing
from connectors.loopback.salesforce.dml import checks, derive, duplicates, effects, incoming, setup_rules
from connectors.loopback.salesforce.errors import MultipleChoices, RecordError
from connectors.loopback.salesforce.formula import Save
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

# Objects that assignment rules exist for [D:headers-autoassign].
_ASSIGNABLE = {"Lead", "Account", "Case"}


@dataclass(frozen=True, slots=True)
class Saved:
    id: str
    created: bool


def create(org: Org, caller: Caller, sobject: SObject, body: Mapping[str, Any]) -> Saved:
    """Insert a record with defaults, derived fields, rules and side effects."""
    _require_action(org, caller, sobject, "create", "createable", "inserted")
    if org.storage_full:
        raise RecordError("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", status=org.settings.storage_status)
    row: Row = incoming.read(org, caller, sobject, body, creating=True)
    given = dict(row)
    row["Id"] = org.store.new_id(sobject)
    row["IsDeleted"] = 0
    derive.defaults(sobject, row)
    derive.audit(sobject, row, caller.user.id, caller.stamp)
    if sobject.has("SystemModstamp"):
        # Whoever may back-date a record cannot hide that it is new here.
        row["SystemModstamp"] = caller.stamp
    if sobject.has("LastViewedDate"):
        # Its creator has seen it [R:grouparoo/lead-lifecycle 15].
        row["LastViewedDate"] = row["LastReferencedDate"] = caller.stamp
    checks.required(sobject, row)
    checks.field_values(org, caller.user, sobject, given)
    addresses.check(org.settings.state_country_picklists, sobject, row, None)
    derive.check_object_rules(org, sobject, row, None)
    setup_rules.check(org, sobject, row, None)
    derive.derive(org, sobject, row, None, caller.stamp)
    _run_rules(org, caller, sobject, row, None)
    checks.unique(org, sobject, given, None)
    _check_parent_locks(org, row)
    org.store.insert(sobject, row)
    effects.after_save(org, caller, sobject, row, None)
    setup_rules.after_save(org, sobject, row)
    return Saved(row["Id"], created=True)


def update(org: Org, caller: Caller, sobject: SObject, record_id: str, body: Mapping[str, Any]) -> Saved:
    """Change the named fields of a live record."""
    _require_action(org, caller, sobject, "edit", "updateable", "updated")
    old = live_row(org, sobject, record_id)
    require_reach(org, caller, "edit", sobject, old)
    if old.get("IsConverted"):
        raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    given = incoming.read(org, caller, sobject, body, creating=False)
    row = old | given
    for name in given:
        if row[name] is None and sobject.fields[name].type == "boolean":
            row[name] = 0
    if row.get("OwnerId") != old.get("OwnerId"):
        require_reach(org, caller, "transfer", sobject, old)
    checks.required(sobject, row, given)
    changed = {name: value for name, value in given.items() if old[name] != value}
    checks.field_values(org, caller.user, sobject, changed)
    addresses.check(org.settings.state_country_picklists, sobject, row, old)
    derive.check_object_rules(org, sobject, row, record_id)
    setup_rules.check(org, sobject, row, record_id)
    derive.derive(org, sobject, row, old, caller.stamp)
    _run_rules(org, caller, sobject, row, old)
    checks.unique(org, sobject, changed, record_id)
    _check_parent_locks(org, row)
    changes = {name: row[name] for name in row if row[name] != old.get(name)}
    if changes or org.settings.equal_update_touches_stamps:
        changes |= _modified(sobject, caller)
        org.store.update(sobject, record_id, changes)
        effects.after_save(org, caller, sobject, row, old)
        setup_rules.after_save(org, sobject, row)
    return Saved(record_id, created=False)


def upsert(
    org: Org,
    caller: Caller,
    sobject: SObject,
    key: Field,
    value: Any,
    body: Mapping[str, Any],
    *,
    update_only: bool = False,
) -> Saved:
    """Update the one record whose ``key`` is ``value``, or create it.

    Raises MultipleChoices when several carry the value.
    """
    stored = incoming.convert(key, value)
    if key.type == "id":
        if stored is None:
            return create(org, caller, sobject, body)
        return update(org, caller, sobject, stored, body)
    found = incoming.find_by_key(org, sobject, key, stored)
    if len(found) > 1:
        raise MultipleChoices(sobject.name, found)
    if found:
        return update(org, caller, sobject, found[0], body)
    if update_only:
        raise RecordError(
            org.settings.update_only_missing_code,
            "The requested resource does not exist",
            status=404,
        )
    return create(org, caller, sobject, {**body, key.name: value})


def live_row(org: Org, sobject: SObject, record_id: str) -> Row:
    """The row about to be changed. Raises for an unknown, deleted or locked one."""
    row = org.store.get(sobject, ids.normalize(record_id) or "")
    if row is None:
        raise RecordError(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            status=org.settings.missing_record_status,
        )
    if row.get("IsDeleted"):
        raise RecordError("ENTITY_IS_DELETED", "entity is deleted", status=org.settings.deleted_status)
    org.take_rows(record_id, row.get("AccountId"))
    return row


def require_delete(org: Org, caller: Caller, sobject: SObject) -> None:
    _require_action(org, caller, sobject, "delete", "deletable", "deleted")


def _require_action(org: Org, caller: Caller, sobject: SObject, action: str, flag: str, participle: str) -> None:
    if not sobject.is_(flag):
        raise RecordError(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type cannot be {participle}: {sobject.label}",
        )
    if not caller.user.may(action, sobject):
        raise insufficient_access(org)


def require_reach(org: Org, caller: Caller, action: str, sobject: SObject, row: Row) -> None:
    """Raises INSUFFICIENT_ACCESS_OR_READONLY for a record the caller may not treat so."""
    if not sharing.may(org.store, caller.user, action, sobject, row):
        raise insufficient_access(org)


def insufficient_access(org: Org) -> RecordError:
    """The HTTP status is UNCONFIRMED."""
    text = "insufficient access rights on object id"
    return RecordError("INSUFFICIENT_ACCESS_OR_READONLY", text, status=org.settings.access_status)


def _run_rules(org: Org, caller: Caller, sobject: SObject, row: Row, old: Row | None) -> None:
    """Validation, then duplicate rules, then assignment, as the order of execution has it."""
    save = Save(row, old, caller.today, caller.stamp)
    for rule in org.rules.validation:
        if rule.sobject == sobject.name and rule.fails(save):
            raise RecordError(
                rule.code,
                rule.message,
                [rule.field] if rule.field else [],
            )
    own_id = row["Id"] if old is not None else None
    occasion = "create" if old is None else "update"
    duplicates.check(org, caller, sobject, row, own_id, occasion)
    if sobject.name in _ASSIGNABLE and caller.auto_assign is not False:
        assignment = org.rules.assignment_rule(sobject.name, caller.auto_assign)
        owner = assignment.owner_for(row, old) if assignment else None
        if owner is not None:
            row["OwnerId"] = owner


def _check_parent_locks(org: Org, row: Row) -> None:
    org.take_rows(*(row.get(name) for name in ("AccountId", "WhoId", "WhatId")))


def _modified(sobject: SObject, caller: Caller) -> Row:
    """An edit is a look too [R:grouparoo/lead-lifecycle 20, 26, 33]."""
    stamps = {
        "LastModifiedDate": caller.stamp,
        "LastModifiedById": caller.user.id,
        "SystemModstamp": caller.stamp,
        "LastViewedDate": caller.stamp,
        "LastReferencedDate": caller.stamp,
    }
    return {name: value for name, value in stamps.items() if sobject.has(name)}
