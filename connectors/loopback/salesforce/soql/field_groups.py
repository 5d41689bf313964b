"""``FIELDS(ALL | STANDARD | CUSTOM)`` (SOQL reference, SELECT)."""

from __future__ import annotations

from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.errors import malformed
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    Path,
    Query,
    Within,
)

MAX_ROWS = 200


def expand(call: Call, query: Query, sobject: SObject, user: User, *, alone: bool) -> list[Field]:
    """The fields that the group stands for; ``alone`` when nothing else is selected."""
    wanted = call.argument.text.upper() if isinstance(call.argument, Path) else ""
    if wanted not in ("ALL", "STANDARD", "CUSTOM"):
        raise errors.unexpected(wanted or ")", call.at + len("FIELDS("))
    if wanted != "STANDARD" and not _is_bounded(query):
        raise malformed(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_ROWS}")
    found = [
        entry for entry in user.readable_fields(sobject) if wanted == "ALL" or entry.custom == (wanted == "CUSTOM")
    ]
    if not found and alone:
        raise malformed("'FIELDS(...)' expansion function must result in at least one field being selected.")
    return found


def _is_bounded(query: Query) -> bool:
    if query.limit is not None and query.limit <= MAX_ROWS:
        return True
    return query.where is not None and 0 < _ids_named(query.where) <= MAX_ROWS


def _ids_named(condition: Condition) -> int:
    """How many ids the condition confines the rows to; 0 when it does not."""
    if isinstance(condition, Both):
        counts = [_ids_named(term) for term in condition.terms]
        if condition.either:
            return sum(counts) if all(counts) else 0
        return min((count for count in counts if count), default=0)
    if isinstance(condition, Compare) and condition.operator == "=" and _is_id(condition.operand):
        return 1
    if isinstance(condition, Within) and condition.operator == "IN" and _is_id(condition.operand):
        return 0 if isinstance(condition.options, Query) else len(condition.options)
    return 0


def _is_id(operand: Path | Call) -> bool:
    return isinstance(operand, Path) and operand.text.lower() == "id"
