"""/jobs/ingest: create, upload, close or abort, watch, and get the rows back [sheet 8.1]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from flask import Response, request

from connectors.loopback.kit import note_rows
from connectors.loopback.kit.json_body import loads
from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.bulk import csvtext, runner
from connectors.loopback.salesforce.bulk.jobs import ABORTED, ENDED, INGEST, OPEN, UPLOADED, Job, Line
from connectors.loopback.salesforce.errors import ApiError, not_found
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.rest import bulk_jobs
from connectors.loopback.salesforce.rest.base import versioned
from connectors.loopback.salesforce.rest.bulk_jobs import Body, find_job, refused, wrong_state
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_bulk_ingest")
bulk_jobs.add_common(pages, INGEST, "ingest", first_version=41)

_NAMES = ("object", "externalIdFieldName", "assignmentRuleId")
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_MOST_MULTIPART = 100_000  # characters of CSV [D:walkthrough_upload_multipart_data]


@pages.post("/jobs/ingest")
def create() -> Response:
    """With the CSV as a second part the job is closed at once."""
    if request.mimetype == "multipart/form-data":
        return _create_with_content()
    job = _new_job(bulk_jobs.body_of(*_NAMES, operation=_OPERATIONS))
    service().bulk.jobs.save(job)
    return wire.respond(bulk_jobs.summary(job))


def _create_with_content() -> Response:
    parts = {name: part.read() for name, part in request.files.items()}
    parts |= {name: text.encode() for name, text in request.form.items()}
    if set(parts) != {"job", "content"}:
        raise refused("API_ERROR", "A multipart request has the parts job and content")
    if len(parts["content"]) > _MOST_MULTIPART:
        raise refused("API_ERROR", f"The content part has at most {_MOST_MULTIPART} characters")
    try:
        asked = loads(parts["job"])
    except orjson.JSONDecodeError as error:
        raise refused("API_ERROR", f"{error.msg} at [line:{error.lineno}, column:{error.colno}]") from None
    if not isinstance(asked, dict):
        raise refused("API_ERROR", "Value does not match expected type")
    job = _new_job(bulk_jobs.checked(asked, _NAMES, {"operation": _OPERATIONS}))
    _upload(job, parts["content"])
    runner.submit(service(), job, caller().now)
    service().bulk.jobs.save(job)
    return wire.respond(bulk_jobs.summary(job))


def _new_job(body: Body) -> Job:
    if "operation" not in body or "object" not in body:
        raise refused("API_ERROR", "operation and object are required")
    running, who = service(), caller()
    sobject = running.org.schema.find(body["object"])
    if sobject is None or not who.user.may("read", sobject):
        raise refused("INVALIDJOB", f"InvalidJob : Unable to find object: {body['object']}")
    if body["operation"] == "hardDelete" and not who.user.has("BulkApiHardDelete"):
        text = "hardDelete operation requires special user profile permission, please contact your system administrator"
        raise refused("FEATURENOTENABLED", f"FeatureNotEnabled : {text}")
    if running.bulk.batches.remaining(who.now) <= 0:
        raise refused("EXCEEDEDQUOTA", "ExceededQuota : ApiBatchItems Limit exceeded.")
    key = _external_id(sobject, body) if body["operation"] == "upsert" else None
    rule = body.get("assignmentRuleId")
    if rule and running.org.rules.assignment_rule(sobject.name, rule) is None:
        raise refused("INVALIDJOB", running.org.text("BULK_NO_SUCH_RULE", id=rule))
    return bulk_jobs.new_job(INGEST, sobject.name, body, external_id_field=key, assignment_rule_id=rule)


def _external_id(sobject: SObject, body: Body) -> str:
    name = body.get("externalIdFieldName")
    if not name:
        text = f"External ID was blank for {sobject.name}. An External ID must be specified for upsert."
        raise refused("INVALIDJOB", f"InvalidJob : {text}")
    field = sobject.find(name)
    if field is None or not field.is_lookup_key or not caller().user.sees(sobject, field):
        text = (
            f"Field name provided, {name} does not match an External ID, Salesforce Id, "
            f"or indexed field for {sobject.name}"
        )
        raise refused("INVALIDJOB", f"InvalidJob : {text}")
    return field.name


@pages.put("/jobs/ingest/<job_id>/batches")
def upload(job_id: str) -> Response:
    """201 with no body. The whole of the data comes in one request."""
    job = find_job(INGEST, job_id)
    if request.mimetype != "text/csv":
        message = "The HTTP entity body has a content type that is not supported"
        raise ApiError.of(415, "UNSUPPORTED_MEDIA_TYPE", message)
    if job.state != OPEN:
        raise wrong_state(f"Uploading to {job.state} Job not allowed")
    _upload(job, request.get_data())
    return wire.empty(201)


def _upload(job: Job, content: bytes) -> None:
    org = service().org
    most = org.settings.bulk_upload_bytes
    if -(-len(content) // 3) * 4 > most:
        raise ApiError.of(413, "EXCEEDED_MAX_SIZE_REQUEST", org.text("BULK_TOO_LARGE", most=most))
    if not service().bulk.jobs.upload(job, content):
        raise wrong_state(
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the current Job "
            "then create a new Job and make sure you only do 'PUT' once on a given Job."
        )
    note_rows(rows_in=content.count(b"\n"))


@pages.patch("/jobs/ingest/<job_id>")
def change(job_id: str) -> Response:
    job = find_job(INGEST, job_id)
    asked = bulk_jobs.body_of(state=(UPLOADED, ABORTED)).get("state")
    if asked is None:
        raise refused("API_ERROR", "state is required")
    if asked == UPLOADED:
        _close(job, caller().now)
    else:
        bulk_jobs.abort(job, caller().now)
    service().bulk.jobs.save(job)
    return wire.respond(bulk_jobs.summary(job))


def _close(job: Job, now: datetime) -> None:
    if job.state != OPEN:
        raise wrong_state(f"Closing already {job.state} Job not allowed")
    runner.submit(service(), job, now)


@pages.get("/jobs/ingest/<job_id>/<results>")
def get_results(job_id: str, results: str) -> Response:
    """Clients differ in how they write unprocessedRecords [sheet 2, bulk2]."""
    show = _RESULTS.get(results.lower())
    if show is None:
        raise not_found()
    job = bulk_jobs.find_finished(INGEST, job_id, ENDED)
    added, outcomes = show
    lines = service().bulk.jobs.lines_with(job, *outcomes)
    note_rows(rows_out=len(lines))
    return bulk_jobs.csv_answer(_table(service().org, job, added, lines))


# Results: the columns added in front, and the outcomes that are shown.
_RESULTS: dict[str, tuple[tuple[str, ...], tuple[str | None, ...]]] = {
    "successfulresults": (("sf__Id", "sf__Created"), ("created", "updated")),
    "failedresults": (("sf__Id", "sf__Error"), ("failed",)),
    "unprocessedrecords": ((), (None,)),
}


def _table(org: Org, job: Job, added: Sequence[str], lines: Sequence[Line]) -> str:
    """Added columns are quoted; the others too, or stand as they were sent (UNCONFIRMED)."""
    if not job.header or (not lines and org.settings.bulk_empty_results == "nothing"):
        return ""
    values = {"sf__Id": lambda line: line.record_id, "sf__Error": lambda line: line.error}
    values["sf__Created"] = lambda line: "true" if line.outcome == "created" else "false"
    rows = [_row(org, job, added, job.header)]
    rows += [_row(org, job, [values[name](line) for name in added], line.raw) for line in lines]
    return "".join(rows)


def _row(org: Org, job: Job, added: Sequence[str], raw: str) -> str:
    delimiter, ending = csvtext.DELIMITERS[job.column_delimiter], csvtext.LINE_ENDINGS[job.line_ending]
    own: list[Any] = next(csvtext.read(raw, delimiter))[0] if org.settings.bulk_quotes_all else []
    if own:
        return csvtext.write([*added, *own], delimiter) + ending
    front = csvtext.write(added, delimiter) + delimiter if added else ""
    return front + raw.rstrip("\r\n") + ending
