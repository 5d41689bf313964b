"""Messages whose exact wording the sheet marks UNCONFIRMED, each replaceable by a setting."""

from __future__ import annotations

from typing import Any

DEFAULTS = {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
        "Record rolled back because not all records were valid and the request was using AllOrNone header"
    ),
    "ALREADY_A_MEMBER": "Already a campaign member.",
    "CONVERTED_STATUS": "Status: a converted status is set by converting the lead: {value}",
    "DUPLICATE_VALUE": "duplicate value found: {name} duplicates value on record with id: {id}",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "{label}: bad value for restricted picklist field: {value}",
    "STRING_TOO_LONG": "{label}: data value too large: {value} (max length={length})",
    "TOO_MANY_RECORDS": "record limit reached. cannot submit more than {most} records into this call",
}


def fill(own: dict[str, str], key: str, values: dict[str, Any]) -> str:
    """The message of ``key``, in the org's ``own`` words where it has any."""
    return own.get(key, DEFAULTS[key]).format(**values)
