"""Duplicate rules: matches across objects, and what the caller is told [sheet 9.1]."""

from __future__ import annotations

from typing import Any

from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rules import DuplicateRule
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql.shapes import attributes
from connectors.loopback.salesforce.store import Row


def check(org: Org, caller: Caller, sobject: SObject, row: Row, own_id: str | None, occasion: str) -> None:
    """Raises DUPLICATES_DETECTED; the header's allowSave overrides alert rules only."""
    for rule in org.rules.duplicate:
        if rule.sobject != sobject.name or occasion not in rule.on or rule.action == "allow":
            continue
        if rule.action == "alert" and caller.allow_duplicates:
            continue
        results = [
            result
            for matching in rule.match
            if (result := _match(org, caller, rule, matching, row, own_id)) is not None
        ]
        if results:
            detail = {
                "allowSave": rule.action == "alert",
                "duplicateRule": rule.name,
                "duplicateRuleEntityType": sobject.name,
                "errorMessage": rule.message,
                "matchResults": results,
            }
            raise RecordError("DUPLICATES_DETECTED", rule.message, detail=detail)


def _match(
    org: Org,
    caller: Caller,
    rule: DuplicateRule,
    matching: dict[str, Any],
    row: Row,
    own_id: str | None,
) -> dict[str, Any] | None:
    """One ``matchResults`` entry; ``entityType`` is the object matched, not the one saved."""
    other = org.schema[matching["sobject"]]
    wanted = {theirs: row.get(ours) for ours, theirs in matching["fields"].items()}
    if any(value is None for value in wanted.values()):
        return None
    terms = [f'"{name}" = ?' for name in wanted] + ['"IsDeleted" = 0', '"Id" IS NOT ?']
    if other.has("IsConverted"):
        terms.append('"IsConverted" = 0')
    found = org.store.where(other, " AND ".join(terms), [*wanted.values(), own_id])
    if not found:
        return None
    return {
        "entityType": other.name,
        "errors": [],
        "matchEngine": rule.engine,
        "matchRecords": [
            {
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": _record(caller, other, match),
            }
            for match in found
        ],
        "rule": matching["rule"],
        "size": len(found),
        "success": True,
    }


def _record(caller: Caller, sobject: SObject, match: Row) -> dict[str, Any]:
    record = {
        "attributes": attributes(caller.base, sobject.name, match["Id"]),
        "Id": match["Id"],
    }
    if caller.duplicate_details:
        record |= {name: match[name] for name in ("Name", "OwnerId") if name in match}
    return record
