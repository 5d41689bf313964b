"""ValidationRule records of the Tooling API: an error condition as a formula."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from connectors.loopback.salesforce import formula, values
from connectors.loopback.salesforce.dml.setup_rules import already_there
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.rules import ValidationRule
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row

Metadata = dict[str, Any]
# What a rule cannot do without [D:tooling-validationrule].
_NEEDED = ("active", "errorConditionFormula", "errorMessage")
_SIGNS = {"is": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
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


def configure(org: Org, rule: Mapping[str, Any], user_id: str) -> None:
    """A rule as the settings say it: with a predicate (see rules.py) or a ``formula``.

    ``{"sobject", "name", "message", "field"?, "when" | "formula", "code"?}``; raises ValueError.
    With a ``code`` it stands for a trigger or a flow, and is no ValidationRule record.
    """
    sobject, when = org.schema[rule["sobject"]], rule.get("when")
    if set(rule) - {"sobject", "name", "message", "field", "when", "formula", "code"} or ("formula" in rule) == (
        when is not None
    ):
        raise ValueError(f'A validation rule has a "when" or a "formula" and nothing unknown: {sorted(rule)}.')
    text = rule["formula"] if when is None else formula_of(when, sobject)
    full_name = f"{sobject.name}.{rule['name']}"
    metadata = {
        "active": True,
        "errorConditionFormula": text,
        "errorDisplayField": rule.get("field"),
        "errorMessage": rule["message"],
    }
    if when is None:
        added = _rule(org, full_name, metadata)
    else:
        added = ValidationRule(sobject.name, rule["name"], rule["message"], when, rule.get("field"))
    if "code" in rule:
        org.rules.validation.append(replace(added, code=rule["code"]))
        return
    table = org.tooling.schema["ValidationRule"]
    stamp = values.stamp(org.clock.now())
    row = _row(full_name, metadata) | {"Id": org.tooling.new_id(table)}
    row |= {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
    org.tooling.insert(table, row | {"CreatedById": user_id, "LastModifiedById": user_id})
    org.rules.validation.append(added)


def formula_of(when: Mapping[str, Any], sobject: SObject) -> str:
    """A predicate in the words of a formula, for whoever reads the rule."""
    parts = []
    for key, wanted in when.items():
        if key in ("all", "any"):
            inner = ", ".join(formula_of(part, sobject) for part in wanted)
            parts.append(f"{'AND' if key == 'all' else 'OR'}({inner})")
        elif key == "not":
            parts.append(f"NOT({formula_of(wanted, sobject)})")
        else:
            tests = wanted if isinstance(wanted, Mapping) else {"is": wanted}
            parts += [_test(key, test, operand, sobject) for test, operand in tests.items()]
    if not parts:
        return "TRUE"
    return parts[0] if len(parts) == 1 else f"AND({', '.join(parts)})"


def _test(name: str, test: str, operand: Any, sobject: SObject) -> str:
    if test == "in":
        return f"OR({', '.join(_test(name, 'is', option, sobject) for option in operand)})"
    if test == "not":
        return f"NOT({_test(name, 'is', operand, sobject)})"
    if test in ("blank", "changed"):
        asked = f"{'ISBLANK' if test == 'blank' else 'ISCHANGED'}({name})"
        return asked if operand else f"NOT({asked})"
    if operand is None:
        return f"ISBLANK({name})"
    literal = f'"{operand}"' if isinstance(operand, str) else str(operand).upper()
    field = sobject.find(name)
    if test == "is" and field is not None and field.type == "picklist":
        return f"ISPICKVAL({name}, {literal})"
    return f"{name} {_SIGNS[test]} {literal}"


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
