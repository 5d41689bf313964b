"""Messages of the Bulk API that are UNCONFIRMED: each as it is and in the org's other words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from bulk_client import LONG_RECORD, BulkApi
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.salesforce.texts import DEFAULTS

LEAD = {"object": "Lead", "operation": "insert"}


def _message(response: requests.Response) -> str:
    return str(response.json()[0]["message"])


def _of_job(content: str | bytes) -> Callable[[BulkApi, SalesforceEmulator], str]:
    """The errorMessage of a job with this content."""
    return lambda bulk, _: str(bulk.info(bulk.run(content))["errorMessage"])


def _of_query(soql: str) -> Callable[[BulkApi, SalesforceEmulator], str]:
    return lambda bulk, _: _message(bulk.api.post("/jobs/query", {"operation": "query", "query": soql}))


def _too_large(bulk: BulkApi, emulator: SalesforceEmulator) -> str:
    emulator.settings.bulk_upload_bytes = 8
    return _message(bulk.upload(bulk.create(), "x" * 7))


def _too_many_jobs(bulk: BulkApi, emulator: SalesforceEmulator) -> str:
    emulator.settings.bulk_open_jobs = 0
    return _message(bulk.api.post("/jobs/ingest", LEAD))


def _long_record(bulk: BulkApi, _: SalesforceEmulator) -> str:
    (error,) = bulk.errors(bulk.run(LONG_RECORD))
    return error.removeprefix("LIMIT_EXCEEDED:").removesuffix(": --")


def _not_complete(bulk: BulkApi, _: SalesforceEmulator) -> str:
    return _message(bulk.api.get(f"/jobs/ingest/{bulk.create()}/failedResults"))


def _query_not_complete(bulk: BulkApi, _: SalesforceEmulator) -> str:
    job = bulk.api.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()["id"]
    return _message(bulk.api.get(f"/jobs/query/{job}/results"))


def _version(bulk: BulkApi, emulator: SalesforceEmulator) -> str:
    return _message(Api(emulator, version="64.0").get(f"/jobs/query/{bulk.query('SELECT Id FROM Lead')}/results"))


def _no_such_rule(bulk: BulkApi, _: SalesforceEmulator) -> str:
    return _message(bulk.api.post("/jobs/ingest", LEAD | {"assignmentRuleId": "01Q"}))


TEXTS: dict[str, tuple[Callable[[BulkApi, SalesforceEmulator], str], str]] = {
    "BULK_AGGREGATE": (_of_query("SELECT COUNT() FROM Lead"), "Aggregate queries not supported in Bulk Query"),
    "BULK_CLAUSE": (_of_query("SELECT Id FROM Lead OFFSET 2"), "OFFSET not supported in Bulk Query"),
    "BULK_DUPLICATE_COLUMN": (_of_job("Title,title\n"), "InvalidBatch : Duplicate column in the header : title"),
    "BULK_EMPTY": (_of_job(""), "InvalidBatch : No records found in the uploaded data"),
    "BULK_MALFORMED": (_of_job('"Title\n'), "InvalidBatch : Failed to parse CSV : unexpected end of data"),
    "BULK_NOT_COMPLETE": (_not_complete, "The job's results are not available while it is Open"),
    "BULK_QUERY_NOT_COMPLETE": (
        _query_not_complete,
        "can only download query results of successfully completed bulk job with status: JOB_COMPLETE. "
        "Current status: UPLOAD_COMPLETE",
    ),
    "BULK_NOT_UTF8": (_of_job(b"Title\n\xff\n"), "InvalidBatch : The uploaded data is not UTF-8"),
    "BULK_NO_SUCH_RULE": (_no_such_rule, "InvalidJob : Invalid assignment rule id: 01Q"),
    "BULK_RECORD_TOO_LONG": (_long_record, "Maximum length of a record is 400000 characters"),
    "BULK_ROW_WIDTH": (_of_job("Title\na,b\n"), "InvalidBatch : Record 1 has 2 fields, the header has 1"),
    "BULK_TOO_LARGE": (_too_large, "The uploaded data is larger than 8 bytes when encoded in base64"),
    "BULK_TOO_MANY_COLUMNS": (
        _of_job(",".join(f"F{n}" for n in range(5_001))),
        "InvalidBatch : Maximum number of fields is 5000",
    ),
    "BULK_TOO_MANY_JOBS": (_too_many_jobs, "Maximum number of unfinished jobs is 0"),
    "BULK_VERSION": (_version, "The job was created with API version 65.0"),
}


def test_every_one_is_tried() -> None:
    assert set(TEXTS) == {key for key in DEFAULTS if key.startswith("BULK_")}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_message_and_its_other_wording(
    bulk: BulkApi, emulator: SalesforceEmulator, settings: SalesforceSettings, key: str
) -> None:
    provoke, expected = TEXTS[key]
    assert provoke(bulk, emulator) == expected
    settings.texts[key] = "In our own words"
    assert provoke(bulk, emulator) == "In our own words"
