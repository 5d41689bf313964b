"""What ingest and query jobs share: how they are asked for, shown, listed, aborted and deleted
[sheet 8.1, 8.2].

Refusals carry the asynchronous API's codes in capitals: INVALIDJOB, INVALIDJOBSTATE, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from connectors.loopback.salesforce import values, wire
from connectors.loopback.salesforce.bulk import csvtext, runner
from connectors.loopback.salesforce.bulk.jobs import ABORTED, COMPLETE, FAILED, INGEST, OPEN, QUERY, RUNNING, Job
from connectors.loopback.salesforce.errors import ApiError, not_found
from connectors.loopback.salesforce.rest.base import json_body
from connectors.loopback.salesforce.service import caller, service

_CHOICES: dict[str, tuple[str, ...]] = {
    "columnDelimiter": tuple(csvtext.DELIMITERS),
    "lineEnding": tuple(csvtext.LINE_ENDINGS),
    "contentType": ("CSV",),
    "concurrencyMode": ("Parallel",),
}

Body = dict[str, Any]


def add_common(pages: Blueprint, kind: str, resource: str, *, first_version: int) -> None:
    """What is the same for both: the list, one job, its end."""
    path = f"/jobs/{resource}"

    @pages.before_request
    def _check_version() -> None:
        require_version(first_version)

    @pages.get(path)
    def _list() -> Response:
        return _listed(kind, resource)

    @pages.get(f"{path}/<job_id>")
    def _info(job_id: str) -> Response:
        return wire.respond(_details(find_job(kind, job_id)))

    @pages.delete(f"{path}/<job_id>")
    def _delete(job_id: str) -> Response:
        return _deleted(find_job(kind, job_id))


def require_version(least: int) -> None:
    """A resource is not there before the version that brought it."""
    if float(caller().version) < least:
        raise not_found()


def body_of(*names: str, **choices: Iterable[str]) -> Body:
    """The request's JSON with these keys and no others. Raises 400 API_ERROR.

    ``choices``: what a key may say, beside those that all jobs have.
    """
    try:
        body: Body = json_body()
    except ApiError as error:
        if error.status != 400:
            raise
        # The code that these resources give [simple-salesforce#722].
        raise refused("API_ERROR", error.body[0]["message"]) from None
    return checked(body, names, {key: tuple(options) for key, options in choices.items()})


def checked(body: Body, names: Iterable[str], choices: dict[str, tuple[str, ...]]) -> Body:
    allowed = _CHOICES | choices
    for key, value in body.items():
        if key not in allowed and key not in names:
            raise refused("API_ERROR", f"Unrecognized field '{key}'")
        if value is not None and not isinstance(value, str):
            raise refused("API_ERROR", "Value does not match expected type")
        if value is not None and key in allowed and value not in allowed[key]:
            raise refused("API_ERROR", f"Unexpected value '{value}' for '{key}'")
    return {key: value for key, value in body.items() if value is not None}


def refused(code: str, message: str) -> ApiError:
    return ApiError.of(400, code, message)


def wrong_state(message: str) -> ApiError:
    return refused("INVALIDJOBSTATE", message)


def new_job(kind: str, sobject: str, body: Body, **details: Any) -> Job:
    """Raises 400 when the org has too many unfinished jobs (code UNCONFIRMED)."""
    who, org, jobs = caller(), service().org, service().bulk.jobs
    most = org.settings.bulk_open_jobs
    if most is not None and jobs.unfinished() >= most:
        raise refused("TOO_MANY_JOBS", org.text("BULK_TOO_MANY_JOBS", most=most))
    return Job(
        id=jobs.new_id(),
        kind=kind,
        operation=body["operation"],
        sobject=sobject,
        user_id=who.user.id,
        version=who.version,
        created=who.now,
        modified=who.now,
        column_delimiter=body.get("columnDelimiter", "COMMA"),
        line_ending=body.get("lineEnding", "LF"),
        **details,
    )


def find_job(kind: str, job_id: str) -> Job:
    found = service().bulk.jobs.find(kind, job_id)
    if found is None:
        raise not_found()
    return found


def find_finished(kind: str, job_id: str, states: Iterable[str]) -> Job:
    """412 while there are no results, the code first [R:errors/error-bodies; for ingest jobs UNCONFIRMED]."""
    job = find_job(kind, job_id)
    if job.state not in states:
        name = "BULK_QUERY_NOT_COMPLETE" if kind == QUERY else "BULK_NOT_COMPLETE"
        status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", job.state).upper()
        text = service().org.text(name, state=job.state, status=status)
        raise ApiError(412, [{"errorCode": "JOB_NOT_COMPLETE", "message": text}])
    return job


def summary(job: Job) -> Body:
    """The keys of every answer about a job, in the recorded order [sheet 8.1]."""
    shown: Body = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.user_id,
        "createdDate": values.stamp(job.created),
        "systemModstamp": values.stamp(job.modified),
        "state": job.state,
    }
    if job.external_id_field:
        shown["externalIdFieldName"] = job.external_id_field
    if job.assignment_rule_id:
        shown["assignmentRuleId"] = job.assignment_rule_id
    shown |= {"concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version)}
    if job.kind == INGEST and job.state == OPEN:
        # No leading slash [sheet 8.1].
        shown["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
    return shown | {"lineEnding": job.line_ending, "columnDelimiter": job.column_delimiter}


def _details(job: Job) -> Body:
    """What GET of one job adds."""
    shown = summary(job) | {"jobType": job.kind, "numberRecordsProcessed": job.processed}
    if job.kind == INGEST:
        shown["numberRecordsFailed"] = job.failed
    shown |= {"retries": 0, "totalProcessingTime": job.milliseconds}
    if job.kind == INGEST:
        shown |= {"apiActiveProcessingTime": job.milliseconds, "apexProcessingTime": 0}
    return shown | {"errorMessage": job.error} if job.error else shown


def _listed(kind: str, resource: str) -> Response:
    """Pages of jobs; no job of this API has PK chunking. The locator is the last one shown."""
    size = service().org.settings.bulk_jobs_page
    wanted = request.args.get("jobType", kind)
    chunked = request.args.get("isPkChunkingEnabled", "").lower() == "true"
    after = request.args.get("queryLocator", "")
    found = [] if chunked else service().bulk.jobs.after(wanted, after, size + 1)
    done = len(found) <= size
    base, last = f"{caller().base}/jobs/{resource}", found[size - 1].id if not done else ""
    filters = f"&jobType={wanted}" if "jobType" in request.args else ""
    return wire.respond(
        {
            "done": done,
            "records": [summary(job) | {"jobType": job.kind} for job in found[:size]],
            "nextRecordsUrl": None if done else f"{base}?queryLocator={last}{filters}",
        }
    )


def abort(job: Job, now: datetime) -> None:
    """Raises 400 INVALIDJOBSTATE for a job that has ended."""
    if job.state in (COMPLETE, FAILED):
        raise wrong_state("Aborting already Completed Job not allowed")
    if job.state == ABORTED:
        raise wrong_state("Aborting already Aborted Job not allowed")
    runner.abort(job, now)


def _deleted(job: Job) -> Response:
    """Neither an open job nor one that is worked off can be deleted [D:delete_job]."""
    if job.state in (OPEN, RUNNING):
        raise wrong_state(f"Deleting {job.state} Job not allowed")
    service().bulk.jobs.delete(job.id)
    return wire.empty()


def csv_answer(text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text.encode(), 200, headers, content_type=service().org.settings.bulk_csv_type)
