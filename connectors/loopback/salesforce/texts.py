"""Messages whose exact wording the sheet marks UNCONFIRMED, each replaceable by a setting."""

from __future__ import annotations

from typing import Any

DEFAULTS = {
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
        "Record rolled back because not all records were valid and the request was using AllOrNone header"
    ),
    "ALREADY_A_MEMBER": "Already a campaign member.",
    "BULK_AGGREGATE": "Aggregate queries not supported in Bulk Query",
    "BULK_CLAUSE": "{clause} not supported in Bulk Query",
    "BULK_DUPLICATE_COLUMN": "InvalidBatch : Duplicate column in the header : {name}",
    "BULK_EMPTY": "InvalidBatch : No records found in the uploaded data",
    "BULK_MALFORMED": "InvalidBatch : Failed to parse CSV : {reason}",
    "BULK_NOT_COMPLETE": "The job's results are not available while it is {state}",
    "BULK_NOT_UTF8": "InvalidBatch : The uploaded data is not UTF-8",
    "BULK_NO_SUCH_RULE": "InvalidJob : Invalid assignment rule id: {id}",
    "BULK_QUERY_NOT_COMPLETE": (
        "can only download query results of successfully completed bulk job with status: JOB_COMPLETE. "
        "Current status: {status}"
    ),
    "BULK_RECORD_TOO_LONG": "Maximum length of a record is {most} characters",
    "BULK_ROW_WIDTH": "InvalidBatch : Record {number} has {cells} fields, the header has {columns}",
    "BULK_TOO_LARGE": "The uploaded data is larger than {most} bytes when encoded in base64",
    "BULK_TOO_MANY_COLUMNS": "InvalidBatch : Maximum number of fields is {most}",
    "BULK_TOO_MANY_JOBS": "Maximum number of unfinished jobs is {most}",
    "BULK_VERSION": "The job was created with API version {version}",
    "CONVERTED_STATUS": "Status: a converted status is set by converting the lead: {value}",
    "DUPLICATE_VALUE": "duplicate value found: {name} duplicates value on record with id: {id}",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "{label}: bad value for restricted picklist field: {value}",
    "STRING_TOO_LONG": "{label}: data value too large: {value} (max length={length})",
    "TOO_MANY_RECORDS": "record limit reached. cannot submit more than {most} records into this call",
}


def fill(own: dict[str, str], key: str, values: dict[str, Any]) -> str:
    """The message of ``key``, in the org's ``own`` words where it has any."""
    return own.get(key, DEFAULTS[key]).format(**values)
