"""The admin's rules: who gets a lead, what must hold, what counts as a duplicate.

A predicate (``when``) is a dict: ``{"Status": "Recycled", "Reason__c": null}`` means all of
these equalities (text in any case). A value may also be ``{"in": [...]}``, ``{"not": value}``,
``{"blank": true}``, ``{"gt"|"ge"|"lt"|"le": value}`` or ``{"changed": true}``; the keys
``all``, ``any`` (lists of predicates) and ``not`` (a predicate) combine. ``{}`` always holds.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.formula import Formula, Save
from connectors.loopback.salesforce.store import Row

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass(frozen=True)
class AssignmentRule:
    """``entries`` in order: ``{"owner": id, "when": predicate}``; the first that holds wins."""

    id: str
    sobject: str
    entries: list[dict[str, Any]]
    active: bool = True

    def owner_for(self, row: Row, old: Row | None) -> str | None:
        for entry in self.entries:
            if holds(entry.get("when", {}), row, old):
                return str(entry["owner"])
        return None


@dataclass(frozen=True)
class ValidationRule:
    """An error when the predicate (or the formula) holds; ``field`` None puts it on the page,
    not a field. ``code`` is another one where Apex or a flow refuses in the rule's stead."""

    sobject: str
    name: str
    message: str
    when: Mapping[str, Any] | None = None
    field: str | None = None
    formula: Formula | None = None
    active: bool = True
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"

    def fails(self, save: Save) -> bool:
        if not self.active:
            return False
        if self.formula is not None:
            return self._is_true(self.formula, save)
        return holds(self.when or {}, save.row, save.old)

    def _is_true(self, formula: Formula, save: Save) -> bool:
        """A formula that cannot be reckoned out refuses the record (text and code UNCONFIRMED)."""
        try:
            return bool(formula(save))
        except (ArithmeticError, TypeError, ValueError) as error:
            text = f'The formula in the "{self.name}" validation rule is invalid: {error}'
            raise RecordError(self.code, text) from None


@dataclass(frozen=True)
class DuplicateRule:
    """``action``: alert (the header's allowSave overrides), block, or allow (no effect).

    ``match``: ``{"sobject": "Contact", "fields": {"Email": "Email"}, "rule": name}``, own field
    to the other object's; several entries make a cross-object rule. ``engine`` as in
    ``matchEngine``. ``on``: which of "create" and "update" it runs on.
    """

    sobject: str
    name: str
    action: str
    match: list[dict[str, Any]]
    message: str
    on: tuple[str, ...] = ("create", "update")
    engine: str = "ExactMatchEngine"


@dataclass
class Rules:
    assignment: list[AssignmentRule] = field(default_factory=list)
    validation: list[ValidationRule] = field(default_factory=list)
    duplicate: list[DuplicateRule] = field(default_factory=list)

    def assignment_rule(self, sobject: str, wanted: bool | str) -> AssignmentRule | None:
        """The active rule, or the one whose id the header names."""
        for rule in self.assignment:
            named = isinstance(wanted, str)
            if rule.sobject == sobject and (rule.id == wanted if named else rule.active):
                return rule
        return None


def holds(when: Mapping[str, Any], row: Row, old: Row | None = None) -> bool:
    """Is the predicate true of the row about to be saved? ``old`` is None on create."""
    for key, wanted in when.items():
        if key == "all":
            true = all(holds(part, row, old) for part in wanted)
        elif key == "any":
            true = any(holds(part, row, old) for part in wanted)
        elif key == "not":
            true = not holds(wanted, row, old)
        else:
            true = _is(key, wanted, row, old)
        if not true:
            return False
    return True


def _is(name: str, wanted: Any, row: Row, old: Row | None) -> bool:
    value = row.get(name)
    if not isinstance(wanted, Mapping):
        return _same(value, wanted)
    for test, operand in wanted.items():
        if test == "in":
            true = any(_same(value, option) for option in operand)
        elif test == "not":
            true = not _same(value, operand)
        elif test == "blank":
            true = (value is None) == operand
        elif test == "changed":
            true = (old is not None and old.get(name) != value) == operand
        else:
            true = value is not None and _in_order(test, value, operand)
        if not true:
            return False
    return True


def _in_order(test: str, value: Any, operand: Any) -> bool:
    """A text and a number are in no order."""
    try:
        return bool(_ORDER[test](value, operand))
    except TypeError:
        return False


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)
