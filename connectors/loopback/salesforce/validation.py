"""ValidationRule records of the Tooling API: an error condition as a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.loopback.salesforce import formula
from connectors.loopback.salesforce.dml.setup_rules import already_there
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rules import ValidationRule
from connectors.loopback.salesforce.store import Row

Metadata = dict[str, Any]
# What a rule cannot do without [D:tooling-validationrule].
_NEEDED = ("active", "errorConditionFormula", "errorMessage")
_KEYS = ("description", "errorDisplayField", "shouldEvaluateOnClient", "urls")


def create(org: Org, who: Caller, full_name: str, metadata: Metadata) -> str:
    """``full_name`` is "Lead.Reason_needed"; the record's id. Raises RecordError."""
    table = org.tooling.schema["ValidationRule"]
    if org.tooling.ids_where(table, '"FullName" = ?', (full_name,)):
        raise already_there(org)
    rule = _rule(org, full_name, metadata)
    row = _row(full_name, metadata) | {
        "Id": org.tooling.new_id(table),
        "CreatedDate": who.stamp,
        "CreatedById": who.user.id,
    }
    org.tooling.insert(table, row | _modified(who))
    org.rules.validation.append(rule)
    return str(row["Id"])


def change(org: Org, who: Caller, row: Row, metadata: Metadata) -> None:
    """Raises RecordError."""
    full_name = row["FullName"]
    rule = _rule(org, full_name, metadata)
    org.tooling.update(org.tooling.schema["ValidationRule"], row["Id"], _row(full_name, metadata) | _modified(who))
    _forget(org, full_name)
    org.rules.validation.append(rule)


def remove(org: Org, row: Row) -> None:
    org.tooling.purge(org.tooling.schema["ValidationRule"], row["Id"])
    _forget(org, row["FullName"])


def _rule(org: Org, full_name: str, metadata: Mapping[str, Any]) -> ValidationRule:
    home, _, name = full_name.partition(".")
    sobject = org.schema.find(home)
    if sobject is None:
        raise RecordError("INVALID_TYPE", f"sObject type '{home}' is not supported.")
    missing = [key for key in _NEEDED if metadata.get(key) in (None, "")]
    if missing or not name:
        raise RecordError(
            "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing or ['FullName'])}]", missing
        )
    shown_at = metadata.get("errorDisplayField")
    if shown_at and sobject.find(shown_at) is None:
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", f"Field {shown_at} does not exist. Check spelling.")
    return ValidationRule(
        sobject=sobject.name,
        name=name,
        message=metadata["errorMessage"],
        field=shown_at,
        formula=formula.parse(metadata["errorConditionFormula"], sobject),
        active=bool(metadata["active"]),
    )


def _row(full_name: str, metadata: Metadata) -> Row:
    home, _, name = full_name.partition(".")
    shown = {key: metadata.get(key) for key in (*_NEEDED, *_KEYS)}
    return {
        "EntityDefinitionId": home,
        "ValidationName": name,
        "Active": int(bool(metadata["active"])),
        "Description": metadata.get("description"),
        "ErrorDisplayField": metadata.get("errorDisplayField"),
        "ErrorMessage": metadata["errorMessage"],
        "ManageableState": "unmanaged",
        "FullName": full_name,
        "Metadata": orjson.dumps(dict(sorted(shown.items()))).decode(),
    }


def _modified(who: Caller) -> Row:
    return {"LastModifiedDate": who.stamp, "LastModifiedById": who.user.id, "SystemModstamp": who.stamp}


def _forget(org: Org, full_name: str) -> None:
    home, _, name = full_name.partition(".")
    kept = [rule for rule in org.rules.validation if (rule.sobject, rule.name) != (home, name)]
    org.rules.validation[:] = kept
