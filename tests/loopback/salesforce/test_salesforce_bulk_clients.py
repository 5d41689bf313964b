"""simple-salesforce's bulk2 against the emulator over a socket, its own polling included."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from bulk_client import rows
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError
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
