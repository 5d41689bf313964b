"""Delete and undelete: the recycle bin, with everything that hangs on the record."""

from __future__ import annotations

from connectors.loopback.salesforce import ids
from connectors.loopback.salesforce.dml.save import live_row, require_delete, require_reach
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row


def delete(org: Org, caller: Caller, sobject: SObject, record_id: str, *, hard: bool = False) -> str:
    """Move a record into the recycle bin, or past it; its cascading children go with it."""
    require_delete(org, caller, sobject)
    row = live_row(org, sobject, record_id)
    require_reach(org, caller, "delete", sobject, row)
    if hard:
        _purge(org, sobject, row["Id"])
    else:
        _discard(org, caller, sobject, row["Id"])
    return str(row["Id"])


def undelete(org: Org, caller: Caller, record_id: str) -> str:
    """Take a record, and what was deleted along with it, out of the recycle bin."""
    sobject, row = find_record(org, record_id)
    if not row.get("IsDeleted"):
        raise RecordError("UNDELETE_FAILED", "Entity is not in the recycle bin")
    _set_deleted(org, caller, sobject, row["Id"], 0, row["SystemModstamp"])
    return str(row["Id"])


def find_record(org: Org, record_id: str) -> tuple[SObject, Row]:
    """Any record by its id, deleted or not. Raises INVALID_CROSS_REFERENCE_KEY."""
    full = ids.normalize(record_id)
    sobject = org.schema.by_prefix(full) if full else None
    row = org.store.get(sobject, full) if sobject and full else None
    if sobject is None or row is None:
        raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return sobject, row


def _discard(org: Org, caller: Caller, sobject: SObject, record_id: str) -> None:
    if not sobject.has("IsDeleted"):
        _purge(org, sobject, record_id)
        return
    _set_deleted(org, caller, sobject, record_id, 1, None)


def _purge(org: Org, sobject: SObject, record_id: str) -> None:
    """Take a record away for good, with the children that cannot be without it."""
    for relation in org.schema.children_of(sobject.name):
        if relation.field.cascade:
            for child_id in org.store.ids_where(relation.child, f'"{relation.field.name}" = ?', (record_id,)):
                _purge(org, relation.child, child_id)
    org.store.purge(sobject, record_id)


def _set_deleted(
    org: Org,
    caller: Caller,
    sobject: SObject,
    record_id: str,
    deleted: int,
    together_with: str | None,
) -> None:
    """``together_with``: the stamp that records deleted in the same call share."""
    changes: Row = {"IsDeleted": deleted}
    if sobject.has("SystemModstamp"):
        changes["SystemModstamp"] = caller.stamp
    org.store.update(sobject, record_id, changes)
    for relation in org.schema.children_of(sobject.name):
        child = relation.child
        if not relation.field.cascade or not child.has("IsDeleted"):
            continue
        condition = f'"{relation.field.name}" = ? AND "IsDeleted" = ?'
        params = [record_id, 1 - deleted]
        if together_with and child.has("SystemModstamp"):
            condition += ' AND "SystemModstamp" = ?'
            params.append(together_with)
        for child_id in org.store.ids_where(child, condition, params):
            _set_deleted(org, caller, child, child_id, deleted, together_with)
