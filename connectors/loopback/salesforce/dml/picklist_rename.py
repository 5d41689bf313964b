"""Renaming a picklist value in Setup: a change of every row that no user has made [sheet 12]."""

from __future__ import annotations

from connectors.loopback.salesforce.org import Org

# Objects whose rows are the values of a standard picklist.
_VALUE_OBJECTS = {
    ("Lead", "Status"): "LeadStatus",
    ("Task", "Status"): "TaskStatus",
    ("Opportunity", "StageName"): "OpportunityStage",
}


def rename(org: Org, sobject_name: str, field_name: str, value: str, new: str, stamp: str) -> None:
    """Rows that have the value get the new one, and the SystemModstamp of all rows moves.

    Raises ValueError for a value there is not, or one that is taken.
    """
    sobject = org.schema[sobject_name]
    field = sobject.fields[field_name]
    entries = {entry["value"]: entry for entry in field.picklist}
    if value not in entries or new in entries:
        raise ValueError(f'{sobject_name}.{field_name} has no value "{value}", or "{new}" already.')
    entries[value] |= {"value": new, "label": new}
    if field.default == value:
        field.default = new
    execute = org.store.db.execute
    execute(f'UPDATE "{sobject.name}" SET "{field.name}" = ? WHERE "{field.name}" = ?', (new, value))
    if sobject.has("SystemModstamp"):
        execute(f'UPDATE "{sobject.name}" SET "SystemModstamp" = ? WHERE "IsDeleted" = 0', (stamp,))
    values = _VALUE_OBJECTS.get((sobject.name, field.name))
    if values:
        execute(f'UPDATE "{values}" SET "MasterLabel" = ?, "ApiName" = ? WHERE "ApiName" = ?', (new, new, value))
