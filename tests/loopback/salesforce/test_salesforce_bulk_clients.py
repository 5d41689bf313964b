"""simple-salesforce's bulk2 against the emulator over a socket, its own polling included."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from bulk_client import rows
from simple_salesforce.api import Salesforce
from simple_salesforce.bulk import SFBulkHandler, SFBulkType
from simple_salesforce.bulk2 import SFBulk2Handler, SFBulk2Type
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest, SalesforceOperationError
from test_salesforce_clients import RewriteAdapter

from connectors.loopback.kit import Clock, serve
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator

POLL = 0.001


@pytest.fixture
def clock() -> Clock:
    """A clock that goes: the client waits for its jobs."""
    return Clock()


@pytest.fixture
def sf(emulator: SalesforceEmulator) -> Iterator[Any]:
    emulator.settings.bulk_queue_seconds = emulator.settings.bulk_batch_seconds = 0.02
    server = serve(emulator.app)
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", RewriteAdapter(server.url))
    yield Salesforce(
        session_id=DEFAULT_TOKEN, instance_url="https://acme.my.salesforce.com", session=session, version="65.0"
    )
    session.close()
    server.stop()


def people(count: int) -> list[dict[str, str]]:
    return [{"LastName": f"L{n}", "Company": "Acme, Inc.", "HS_Id__c": str(n)} for n in range(count)]


def test_insert_in_several_jobs_then_update_and_delete(sf: Any) -> None:
    made = sf.bulk2.Lead.insert(records=people(7), batch_size=3, wait=POLL)
    assert [job["numberRecordsProcessed"] for job in made] == [3, 3, 1]
    assert [job["numberRecordsTotal"] for job in made] == [3, 3, 1]
    assert len({job["job_id"] for job in made}) == 3
    ids = [row["sf__Id"] for job in made for row in rows(sf.bulk2.Lead.get_successful_records(job["job_id"]))]
    (updated,) = sf.bulk2.Lead.update(records=[{"Id": lead, "Title": "CTO"} for lead in ids], wait=POLL)
    assert (updated["numberRecordsProcessed"], updated["numberRecordsFailed"]) == (7, 0)
    assert sf.query("SELECT COUNT() FROM Lead WHERE Title = 'CTO'")["totalSize"] == 7
    (deleted,) = sf.bulk2.Lead.delete(records=[{"Id": lead} for lead in ids[:2]], wait=POLL)
    assert deleted["numberRecordsProcessed"] == 2
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 5


def test_jobs_side_by_side(sf: Any) -> None:
    made = sf.bulk2.Lead.insert(records=people(8), batch_size=2, concurrency=4, wait=POLL)
    assert [job["numberRecordsFailed"] for job in made] == [0, 0, 0, 0]
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 8


def test_upsert_of_a_file_in_every_form(sf: Any, tmp_path: Path) -> None:
    for delimiter, char in (("COMMA", ","), ("TAB", "\t"), ("CARET", "^")):
        for ending, text in (("LF", "\n"), ("CRLF", "\r\n")):
            path = tmp_path / f"{delimiter}{ending}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(people(1)[0]), delimiter=char, lineterminator=text)
                writer.writeheader()
                writer.writerows(people(3))
            (job,) = sf.bulk2.Lead.upsert(
                csv_file=str(path),
                external_id_field="HS_Id__c",
                column_delimiter=delimiter,
                line_ending=ending,
                wait=POLL,
            )
            assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 0)
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 3


def test_failed_and_unprocessed_records(sf: Any, tmp_path: Path) -> None:
    records = [*people(1), {"LastName": "No company", "Company": "", "HS_Id__c": "9"}]
    (job,) = sf.bulk2.Lead.insert(records=records, wait=POLL)
    assert job["numberRecordsFailed"] == 1
    found = sf.bulk2.Lead.get_all_ingest_records(job["job_id"])
    assert [row["HS_Id__c"] for row in found["successfulRecords"]] == ["0"]
    assert [row["HS_Id__c"] for row in found["failedRecords"]] == ["9"]
    assert found["unprocessedRecords"] == []
    target = tmp_path / "failed.csv"
    sf.bulk2.Lead.get_failed_records(job["job_id"], file=str(target))
    assert "REQUIRED_FIELD_MISSING" in target.read_text(encoding="utf-8")


def test_a_failed_job_is_its_error(sf: Any) -> None:
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope__c"):
        sf.bulk2.Lead.insert(records=[{"LastName": "A", "Company": "B", "Nope__c": "C"}], wait=POLL)
    with pytest.raises(SalesforceMalformedRequest, match="INVALIDJOB"):
        sf.bulk2.Lead.upsert(records=people(1), external_id_field="Title", wait=POLL)
    with pytest.raises(SalesforceMalformedRequest, match="FEATURENOTENABLED"):
        sf.bulk2.Lead.hard_delete(records=[{"Id": "00QdM0000000001UAA"}], wait=POLL)


def test_hard_delete_with_the_permission(sf: Any, emulator: SalesforceEmulator) -> None:
    emulator.add_permission_set({"name": "Eraser", "system": ["BulkApiHardDelete"]})
    user = emulator.service.user_named("integration@loopback.example")
    (permission,) = sf.query("SELECT Id FROM PermissionSet WHERE Name = 'Eraser'")["records"]
    assert user is not None
    sf.PermissionSetAssignment.create({"PermissionSetId": permission["Id"], "AssigneeId": user.id})
    lead = sf.Lead.create({"LastName": "A", "Company": "B"})["id"]
    (job,) = sf.bulk2.Lead.hard_delete(records=[{"Id": lead}], wait=POLL)
    assert job["numberRecordsFailed"] == 0
    assert sf.query_all("SELECT Id FROM Lead", include_deleted=True)["totalSize"] == 0


def test_query_page_by_page(sf: Any) -> None:
    sf.bulk2.Lead.insert(records=people(5), wait=POLL)
    pages = list(sf.bulk2.Lead.query("SELECT LastName, Company FROM Lead ORDER BY LastName", max_records=2, wait=POLL))
    assert [len(rows(page)) for page in pages] == [2, 2, 1]
    assert rows(pages[2]) == [{"LastName": "L4", "Company": "Acme, Inc."}]
    assert [len(rows(page)) for page in sf.bulk2.Lead.query_all("SELECT Id FROM Lead", wait=POLL)] == [5]
    with pytest.raises(SalesforceMalformedRequest, match="Selecting compound data not supported"):
        list(sf.bulk2.Lead.query("SELECT Address FROM Lead", wait=POLL))


def test_download_into_files(sf: Any, tmp_path: Path) -> None:
    sf.bulk2.Lead.insert(records=people(5), wait=POLL)
    results = sf.bulk2.Lead.download("SELECT LastName FROM Lead", path=str(tmp_path), max_records=3, wait=POLL)
    assert [result["number_of_records"] for result in results] == [3, 2]
    assert results[-1]["locator"] == ""
    found = [row["LastName"] for r in results for row in rows(Path(r["file"]).read_text(encoding="utf-8"))]
    assert sorted(found) == ["L0", "L1", "L2", "L3", "L4"]


def test_result_pages_side_by_side(sf: Any, emulator: SalesforceEmulator) -> None:
    emulator.settings.bulk_page_records = 2
    sf.bulk2.Lead.insert(records=people(8), wait=POLL)
    client = sf.bulk2.Lead._client
    job = client.create_job("query", "SELECT LastName FROM Lead")["id"]
    client.wait_for_job(job, True, POLL)
    pages = sf.restful(f"jobs/query/{job}/resultPages")["resultPages"]

    def fetch(url: str) -> str:
        response = sf.session.get(f"https://acme.my.salesforce.com{url}", headers=sf.headers)
        text: str = response.content.decode()
        return text

    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(fetch, [page["resultUrl"] for page in pages]))
    assert sorted(row["LastName"] for text in texts for row in rows(text)) == [f"L{n}" for n in range(8)]


def test_abort_and_delete(sf: Any) -> None:
    client = sf.bulk2.Lead._client
    job = client.create_job("insert")["id"]
    client.upload_job_data(job, "LastName,Company\nA,B\n")
    assert client.abort_job(job, False)["state"] == "Aborted"
    with pytest.raises(requests.JSONDecodeError):  # it expects a body behind the 204 [sheet 2]
        client.delete_job(job, False)
    assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


# Every public method of the two handlers


def made(sf: Any) -> tuple[str, list[str]]:
    """A job that made three leads, and their ids."""
    (job,) = sf.bulk2.Lead.insert(records=people(3), wait=POLL)
    found = rows(sf.bulk2.Lead.get_successful_records(job["job_id"]))
    return job["job_id"], [row["sf__Id"] for row in found]


def failed(sf: Any) -> str:
    (job,) = sf.bulk2.Lead.insert(records=[{"LastName": "A", "Company": ""}], wait=POLL)
    assert job["numberRecordsFailed"] == 1
    return str(job["job_id"])


def aborted(sf: Any) -> str:
    """A job that was given up before it was closed: none of its rows was taken in."""
    client = sf.bulk2.Lead._client
    job = str(client.create_job("insert")["id"])
    client.upload_job_data(job, "LastName,Company\nA,B\n")
    client.abort_job(job, False)
    return job


def records_of(sf: Any, **more: str) -> list[dict[str, str]]:
    return [{"Id": lead, **more} for lead in made(sf)[1]]


BULK2: dict[str, Callable[[Any, Path], bool]] = {
    "insert": lambda sf, folder: len(made(sf)[1]) == 3,
    "update": lambda sf, folder: processed(sf.bulk2.Lead.update(records=records_of(sf, Title="CTO"), wait=POLL)),
    "upsert": lambda sf, folder: processed(
        sf.bulk2.Lead.upsert(records=people(3), external_id_field="HS_Id__c", wait=POLL)
    ),
    "delete": lambda sf, folder: processed(sf.bulk2.Lead.delete(records=records_of(sf), wait=POLL)),
    "hard_delete": lambda sf, folder: refused(lambda: sf.bulk2.Lead.hard_delete(records=records_of(sf), wait=POLL)),
    "query": lambda sf, folder: bool(made(sf)) and count(sf.bulk2.Lead.query("SELECT Id FROM Lead", wait=POLL)) == 3,
    "query_all": lambda sf, folder: (
        processed(sf.bulk2.Lead.delete(records=records_of(sf), wait=POLL))
        and count(sf.bulk2.Lead.query_all("SELECT Id FROM Lead", wait=POLL)) == 3
    ),
    "download": lambda sf, folder: (
        bool(made(sf))
        and sf.bulk2.Lead.download("SELECT Id FROM Lead", path=str(folder), wait=POLL)[0]["number_of_records"] == 3
    ),
    "get_successful_records": lambda sf, folder: len(rows(sf.bulk2.Lead.get_successful_records(made(sf)[0]))) == 3,
    "get_failed_records": lambda sf, folder: len(rows(sf.bulk2.Lead.get_failed_records(failed(sf)))) == 1,
    "get_unprocessed_records": lambda sf, folder: rows(sf.bulk2.Lead.get_unprocessed_records(aborted(sf))) == [],
    "get_all_ingest_records": lambda sf, folder: (
        [len(found) for found in sf.bulk2.Lead.get_all_ingest_records(made(sf)[0]).values()] == [3, 0, 0]
    ),
}


def processed(jobs: list[dict[str, Any]]) -> bool:
    return [(job["numberRecordsProcessed"], job["numberRecordsFailed"]) for job in jobs] == [(3, 0)]


def count(pages: Iterator[str]) -> int:
    return sum(len(rows(page)) for page in pages)


def refused(call: Callable[[], Any]) -> bool:
    """An administrator has to be given the permission first."""
    with pytest.raises(SalesforceMalformedRequest):
        call()
    return True


def methods_of(*owners: type) -> set[str]:
    return {name for owner in owners for name, _ in inspect.getmembers(owner) if not name.startswith("_")}


def test_every_method_of_bulk2_is_driven() -> None:
    constants = {name for name, value in inspect.getmembers(SFBulk2Handler) if not callable(value)}
    assert methods_of(SFBulk2Handler, SFBulk2Type) - constants == set(BULK2)


@pytest.mark.parametrize("method", sorted(BULK2))
def test_a_method_of_bulk2_works(sf: Any, tmp_path: Path, method: str) -> None:
    assert BULK2[method](sf, tmp_path)


BULK1: dict[str, Callable[[Any], Any]] = {
    **{
        name: lambda sf, name=name: getattr(sf.bulk.Lead, name)(people(1))  # type: ignore[misc]
        for name in ("insert", "update", "delete", "hard_delete")
    },
    "upsert": lambda sf: sf.bulk.Lead.upsert(people(1), "HS_Id__c"),
    "query": lambda sf: sf.bulk.Lead.query("SELECT Id FROM Lead"),
    "query_all": lambda sf: sf.bulk.Lead.query_all("SELECT Id FROM Lead"),
    "submit_dml": lambda sf: sf.bulk.submit_dml("Lead", "insert", people(1)),
}
# What the others call.
_WITHIN = {"worker"}


def test_every_method_of_bulk_is_refused_or_named() -> None:
    assert methods_of(SFBulkHandler, SFBulkType) == set(BULK1) | _WITHIN


@pytest.mark.parametrize("method", sorted(BULK1))
def test_there_is_no_bulk_api_of_the_first_version(sf: Any, method: str) -> None:
    with pytest.raises(SalesforceGeneralError) as error:
        BULK1[method](sf)
    assert error.value.status == 501
