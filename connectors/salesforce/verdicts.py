"""What the refusal of one row means: every code a sync meets, in one table. [salesforce.md 9.2]"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.core.types import Action, Problem


class Next(enum.Enum):
    """What to do about a refused row.

    LATER   nothing happened and it may go better: the action stays open
    KEY     perhaps our own earlier create: look for its key. An upsert that finds a task is refused because
            TaskSubtype cannot be updated; so no task is ever overwritten, reopened or moved back to its lead.
    TARGET  perhaps the record (or the one it refers to) is gone: look what became of it
    HUMAN   refused for good
    """

    LATER = "later"
    KEY = "key"
    TARGET = "target"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`kind` groups problems as admins know them: duplicate, owner, permission, value, rule, limit.

    `told`: the org's admin wrote the message, so it is shown.
    """

    next: Next
    kind: str = ""
    sentence: str = ""
    fix: str = ""
    told: bool = False


_LATER = Ruling(Next.LATER)
_GONE = Ruling(Next.TARGET, "reference", "It refers to a record that is not there.", "Look at the record.")
_OWNER = "Route to an active user of licence Salesforce, or to a queue that takes leads."
_PERMISSION = "Give the integration user the permission set that docs/salesforce names."
_RULE = "Fill what the rule asks for, or exempt the integration user from it."

RULINGS: Mapping[str, Ruling] = {
    "UNABLE_TO_LOCK_ROW": _LATER,
    "REQUEST_LIMIT_EXCEEDED": _LATER,
    "SERVER_UNAVAILABLE": _LATER,
    "TXN_SECURITY_METERING_ERROR": _LATER,
    "UNKNOWN_EXCEPTION": _LATER,
    "INTERNAL_ERROR": _LATER,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": _LATER,
    "PROCESSING_HALTED": _LATER,
    "DUPLICATE_VALUE": Ruling(
        Next.KEY,
        "duplicate",
        "Another record holds the same unique value.",
        "Find the two records and merge them.",
    ),
    "DUPLICATES_DETECTED": Ruling(
        Next.KEY,
        "duplicate",
        "A duplicate rule refuses the record.",
        "Merge it with the record it resembles, or let the rule alert instead of block.",
        told=True,
    ),
    "DUPLICATE_EXTERNAL_ID": Ruling(
        Next.HUMAN,
        "duplicate",
        "Several records carry the same external id.",
        "Merge them, and make the field unique.",
    ),
    "CANNOT_UPDATE_CONVERTED_LEAD": _GONE,
    "ENTITY_IS_DELETED": _GONE,
    "NOT_FOUND": _GONE,
    "INVALID_CROSS_REFERENCE_KEY": _GONE,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Ruling(
        Next.TARGET, "permission", "It refers to a record that we may not see.", _PERMISSION
    ),
    "INACTIVE_OWNER_OR_USER": Ruling(Next.HUMAN, "owner", "The owner is inactive.", _OWNER),
    "OP_WITH_INVALID_USER_TYPE_EXCEPTION": Ruling(Next.HUMAN, "owner", "This kind of user cannot own it.", _OWNER),
    "INVALID_OWNER": Ruling(Next.HUMAN, "owner", "The owner has no access to it.", _OWNER),
    "TRANSFER_REQUIRES_READ": Ruling(Next.HUMAN, "owner", "The owner may not read it.", _OWNER),
    "INSUFFICIENT_ACCESS": Ruling(Next.HUMAN, "permission", "We may not write it.", _PERMISSION),
    "INSUFFICIENT_ACCESS_OR_READONLY": Ruling(Next.HUMAN, "permission", "We may not write it.", _PERMISSION),
    "FIELD_NOT_UPDATABLE": Ruling(Next.KEY, "permission", "We may not change this field.", _PERMISSION),
    "INVALID_FIELD": Ruling(Next.HUMAN, "permission", "A field is not there for us.", "Type `syncd check`."),
    "INVALID_FIELD_FOR_INSERT_UPDATE": Ruling(Next.KEY, "permission", "We may not write this field.", _PERMISSION),
    "REQUIRED_FIELD_MISSING": Ruling(Next.HUMAN, "value", "A required field is empty.", "Map it, with a default."),
    "STRING_TOO_LONG": Ruling(Next.HUMAN, "value", "A text is too long.", "Set `length` in the mapping."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Ruling(
        Next.HUMAN,
        "value",
        "The picklist does not have this value.",
        "Add it in Salesforce, or map it to another.",
    ),
    "INVALID_EMAIL_ADDRESS": Ruling(Next.HUMAN, "value", "Salesforce refuses the e-mail address.", "Correct it."),
    "FIELD_INTEGRITY_EXCEPTION": Ruling(
        Next.HUMAN, "value", "Values do not fit together.", "Correct state and country.", told=True
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Ruling(Next.HUMAN, "rule", "A validation rule refuses it.", _RULE, told=True),
    "FIELD_FILTER_VALIDATION_EXCEPTION": Ruling(Next.HUMAN, "rule", "A lookup filter refuses it.", _RULE, told=True),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Ruling(
        Next.HUMAN, "rule", "A trigger of the org failed.", "Show this to its developer."
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": Ruling(Next.HUMAN, "rule", "A flow of the org failed.", "Show this to its admin."),
    "APEX_FAILED": Ruling(Next.HUMAN, "rule", "Apex code of the org failed.", "Show this to its developer."),
    "STORAGE_LIMIT_EXCEEDED": Ruling(Next.HUMAN, "limit", "The org's data storage is full.", "Free some, or buy more."),
}

_UNLISTED = Ruling(Next.HUMAN, "value", "Salesforce refuses it.", "Look the code up.")

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """The error of one row: the vendor's code, the fields it names, and what to do."""

    code: str
    fields: tuple[str, ...]
    message: str
    ruling: Ruling

    def problem(self, system: str, action: Action) -> Problem:
        kind = action.target.kind
        sentence = f"{kind}: {self.ruling.sentence} ({self.code})"
        if self.fields:
            sentence += f" Field: {', '.join(self.fields)}."
        if self.ruling.told and self.message:
            sentence += f" Salesforce says: “{self.message[:_LONGEST_MESSAGE]}”"
        subject = "/".join((system, kind, self.code, ",".join(self.fields), action.person))
        return Problem(self.ruling.kind, subject, sentence, self.ruling.fix, action.person)


def refusal(errors: Sequence[Mapping[str, Any]]) -> Refusal:
    """Of the `errors` of a collection result; the first one counts."""
    first = errors[0] if errors else {}
    code = str(first.get("statusCode") or first.get("errorCode") or "UNKNOWN_EXCEPTION")
    message = str(first.get("message") or "")
    fields = tuple(str(name) for name in first.get("fields") or ())
    ruling = RULINGS.get(code, _UNLISTED)
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        ruling = _LATER
    return Refusal(code, fields, message, ruling)
