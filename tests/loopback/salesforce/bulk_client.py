"""Bulk jobs for the tests: the calls in their order, and results as lists of dicts."""

from __future__ import annotations

import csv
import io
from typing import Any

import requests
from salesforce_client import Api

from connectors.loopback.kit import Clock

LONG_ENOUGH = 3600
# More than 400,000 characters in cells of less than 32,000.
LONG_RECORD = (
    "LastName,Company,Title,Website,Street,City,State,Country,PostalCode,Phone,Fax,Email,Rating,Industry,LeadSource\n"
    f"A,B,{','.join(['x' * 31_999] * 13)}\n"
)


class BulkApi:
    """``clock`` is moved on until a job has ended."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self.api = api
        self.clock = clock

    def create(self, operation: str = "insert", sobject: str = "Lead", **more: Any) -> str:
        response = self.api.post("/jobs/ingest", {"operation": operation, "object": sobject, **more})
        assert response.status_code == 200, response.text
        job_id: str = response.json()["id"]
        return job_id

    def refusal(self, **body: Any) -> tuple[int, str, str]:
        response = self.api.post("/jobs/ingest", body)
        return (response.status_code, response.json()[0]["errorCode"], response.json()[0]["message"])

    def upload(self, job: str, content: str | bytes, content_type: str = "text/csv") -> requests.Response:
        data = content.encode() if isinstance(content, str) else content
        return self.api.send("PUT", f"/jobs/ingest/{job}/batches", data=data, headers={"Content-Type": content_type})

    def change(self, job: str, state: str, kind: str = "ingest") -> requests.Response:
        return self.api.patch(f"/jobs/{kind}/{job}", {"state": state})

    def info(self, job: str, kind: str = "ingest") -> dict[str, Any]:
        response = self.api.get(f"/jobs/{kind}/{job}")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def run(self, content: str | bytes, operation: str = "insert", sobject: str = "Lead", **more: Any) -> str:
        """A job from its creation to its end."""
        job = self.create(operation, sobject, **more)
        assert self.upload(job, content).status_code == 201
        assert self.change(job, "UploadComplete").json()["state"] == "UploadComplete"
        self.clock.advance(LONG_ENOUGH)
        return job

    def query(self, soql: str, operation: str = "query", **more: Any) -> str:
        response = self.api.post("/jobs/query", {"operation": operation, "query": soql, **more})
        assert response.status_code == 200, response.text
        self.clock.advance(LONG_ENOUGH)
        job: str = response.json()["id"]
        return job

    def text(self, job: str, results: str) -> str:
        response = self.api.get(f"/jobs/ingest/{job}/{results}")
        assert response.status_code == 200, response.text
        return response.content.decode()

    def successes(self, job: str) -> list[dict[str, str]]:
        return rows(self.text(job, "successfulResults"))

    def failures(self, job: str) -> list[dict[str, str]]:
        return rows(self.text(job, "failedResults"))

    def errors(self, job: str) -> list[str]:
        return [row["sf__Error"] for row in self.failures(job)]

    def unprocessed(self, job: str) -> list[dict[str, str]]:
        return rows(self.text(job, "unprocessedrecords"))

    def page(self, job: str, **params: Any) -> requests.Response:
        return self.api.get(f"/jobs/query/{job}/results", params=params)


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
