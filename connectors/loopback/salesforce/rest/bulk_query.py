"""/jobs/query: ask, watch, and fetch the pages of CSV, one by one or side by side [sheet 8.2]."""

from __future__ import annotations

import base64
import binascii

from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.kit.numbers import whole
from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.bulk import csvtext, extract, runner
from connectors.loopback.salesforce.bulk.jobs import ABORTED, COMPLETE, QUERY, Job
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.rest import bulk_jobs
from connectors.loopback.salesforce.rest.base import versioned
from connectors.loopback.salesforce.rest.bulk_jobs import find_job, refused
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_bulk_query")
bulk_jobs.add_common(pages, QUERY, "query", first_version=47)

_OPERATIONS = ("query", "queryAll")
_PARALLEL_VERSION = 58
_PARALLEL_PAGES = 5


@pages.post("/jobs/query")
def create() -> Response:
    """A statement that is refused makes no job."""
    body = bulk_jobs.body_of("query", operation=_OPERATIONS)
    if "operation" not in body or not body.get("query"):
        raise refused("API_ERROR", "operation and query are required")
    running, who = service(), caller()
    jobs, used = running.bulk.jobs, running.bulk
    # [Airbyte rate_limiting.py]
    if used.query_jobs.remaining(who.now) <= 0:
        text = f"Max bulk v2 query jobs ({used.query_jobs.daily}) per 24 hrs has been reached"
        raise refused("LIMIT_EXCEEDED", text)
    if used.stored_kilobytes.remaining(who.now) <= 0:
        text = f"Max bulk v2 query result size stored ({used.stored_kilobytes.daily}) kb per 24 hrs has been exceeded"
        raise refused("LIMIT_EXCEEDED", text)
    reader = runner.reader_of(running, who, body["operation"])
    found = extract.compile_statement(running.org, running.bulk.queries, reader, body["query"])
    job = bulk_jobs.new_job(QUERY, found.sobject.name, body, query=body["query"])
    used.query_jobs.add(who.now, 1)
    runner.submit(running, job, who.now)
    jobs.save(job)
    return wire.respond(bulk_jobs.summary(job))


@pages.patch("/jobs/query/<job_id>")
def change(job_id: str) -> Response:
    job = find_job(QUERY, job_id)
    if "state" not in bulk_jobs.body_of(state=(ABORTED,)):
        raise refused("API_ERROR", "state is required")
    bulk_jobs.abort(job, caller().now)
    service().bulk.jobs.save(job)
    return wire.respond(bulk_jobs.summary(job))


@pages.get("/jobs/query/<job_id>/results")
def results(job_id: str) -> Response:
    """A page; locators stay good as long as the job does. The last one is the word null."""
    job = _with_results(job_id)
    most = whole(request.args.get("maxRecords", service().org.settings.bulk_page_records))
    if most is None or most < 1:
        raise refused("API_ERROR", "maxRecords must be a positive number")
    start = _offset(job)
    end = start + most
    lines = service().bulk.jobs.lines(job, start, most)
    ending = csvtext.LINE_ENDINGS[job.line_ending]
    text = "".join(line + ending for line in (job.header, *(line.raw for line in lines)))
    note_rows(rows_out=len(lines))
    headers = {
        "Sforce-NumberOfRecords": str(len(lines)),
        "Sforce-Locator": _locator(end) if end < job.rows else "null",
    }
    return bulk_jobs.csv_answer(text, headers)


@pages.get("/jobs/query/<job_id>/resultPages")
def result_pages(job_id: str) -> Response:
    """Up to five URIs to fetch side by side [D:query_get_parallel_job_results]."""
    bulk_jobs.require_version(_PARALLEL_VERSION)
    job = _with_results(job_id)
    size = service().org.settings.bulk_page_records
    base, first = f"{caller().base}/jobs/query/{job.id}", _offset(job)
    # A result without rows is a page, too.
    starts = range(first, max(job.rows, first + 1), size)
    rest = starts[_PARALLEL_PAGES:]
    shown = [{"resultUrl": f"{base}/results?locator={_locator(at)}"} for at in starts[:_PARALLEL_PAGES]]
    following = f"{base}/resultPages?locator={_locator(rest[0])}" if rest else None
    return wire.respond({"resultPages": shown, "nextRecordsUrl": following, "done": not rest})


def _with_results(job_id: str) -> Job:
    """409 under another version than the job's [sheet 8.2]."""
    job = find_job(QUERY, job_id)
    if job.version != caller().version:
        text = service().org.text("BULK_VERSION", version=job.version)
        raise ApiError.of(409, "MISMATCHING_VERSIONS", text)
    return bulk_jobs.find_finished(QUERY, job_id, (COMPLETE,))


def _locator(offset: int) -> str:
    """``MTAwMDA`` stands for 10000 [sheet 8.2]."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(job: Job) -> int:
    locator = request.args.get("locator", "")
    if not locator:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        offset = -1
    if not 0 <= offset <= job.rows or _locator(offset) != locator:
        raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    return offset
