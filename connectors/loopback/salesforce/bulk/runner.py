"""Works off the jobs' steps that are due, at the time each of them was due.

A job waits, is read, and is worked off batch by batch; nothing runs between two requests.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.loopback.salesforce.bulk import csvtext, extract, ingest
from connectors.loopback.salesforce.bulk.columns import JobError
from connectors.loopback.salesforce.bulk.jobs import ABORTED, COMPLETE, FAILED, INGEST, RUNNING, UPLOADED, Job, later
from connectors.loopback.salesforce.errors import ApiError
from connectors.loopback.salesforce.org import Caller
from connectors.loopback.salesforce.service import Service
from connectors.loopback.salesforce.soql.select import Reader


def catch_up(running: Service, now: datetime) -> None:
    """Everything that has happened to jobs until ``now``."""
    settings, jobs = running.org.settings, running.bulk.jobs
    while (job := jobs.next_due(now)) is not None:
        _step(running, job)
        jobs.save(job)
    if settings.bulk_job_days is not None:
        jobs.forget(now - timedelta(days=settings.bulk_job_days))


def submit(running: Service, job: Job, now: datetime) -> None:
    """The client is done; the job waits for its turn."""
    job.state, job.modified = UPLOADED, now
    job.due = later(now, running.org.settings.bulk_queue_seconds)


def abort(job: Job, now: datetime) -> None:
    """What has been saved stays; the rest is never processed."""
    _end(job, ABORTED, now)


def fail(job: Job, message: str, now: datetime) -> None:
    job.error = message
    _end(job, FAILED, now)


def reader_of(running: Service, who: Caller, operation: str) -> Reader:
    org = running.org
    return Reader(org.store, who.user, who.now, who.base, operation == "queryAll", org.settings.currency)


def _step(running: Service, job: Job) -> None:
    due = job.due
    assert due is not None
    org, who = running.org, _caller(running, job, due)
    org.store.begin_request(due, org.settings.late_commit_seconds if job.kind == INGEST else 0)
    try:
        if job.state == UPLOADED:
            if job.kind == INGEST:
                ingest.prepare(org, who, running.bulk.jobs, job)
            job.state, job.modified = RUNNING, due
            job.due = later(due, org.settings.bulk_batch_seconds)
            return
        job.milliseconds += round(org.settings.bulk_batch_seconds * 1000)
        if job.kind == INGEST:
            _save_batch(running, who, job)
        else:
            _extract(running, who, job)
    except JobError as error:
        fail(job, str(error), due)
    except ApiError as error:
        fail(job, f"InvalidBatch : Failed to process query: {error.body[0]['message']}", due)


def _save_batch(running: Service, who: Caller, job: Job) -> None:
    settings, jobs = running.org.settings, running.bulk.jobs
    assert job.due is not None
    running.bulk.batches.add(job.due)
    load = ingest.Load(running.org, who, job)
    for line in load.run(jobs.lines(job, job.processed, settings.bulk_batch_rows)):
        jobs.resolve(job, line)
        job.processed += 1
        job.failed += line.outcome == "failed"
    if job.processed < job.rows:
        job.modified, job.due = job.due, later(job.due, settings.bulk_batch_seconds)
    else:
        _end(job, COMPLETE, job.due)


def _extract(running: Service, who: Caller, job: Job) -> None:
    assert job.due is not None
    bulk, delimiter = running.bulk, csvtext.DELIMITERS[job.column_delimiter]
    reader = reader_of(running, who, job.operation)
    found = extract.compile_statement(running.org, bulk.queries, reader, job.query)
    job.header = found.header(delimiter)
    lines = list(found.lines(bulk.queries, delimiter))
    job.rows = job.processed = bulk.jobs.add_lines(job, lines)
    bulk.stored_kilobytes.add(job.due, sum(map(len, lines)) // 1000)
    _end(job, COMPLETE, job.due)


def _end(job: Job, state: str, at: datetime) -> None:
    job.state, job.modified, job.due = state, at, None


def _caller(running: Service, job: Job, now: datetime) -> Caller:
    """Who created the job. It runs no assignment rule but the one it names."""
    user = running.user(job.user_id)
    assert user is not None
    running.org.permissions.refresh(user, now)
    auto_assign = job.assignment_rule_id or running.org.settings.bulk_auto_assigns
    return Caller(user=user, now=now, version=job.version, auto_assign=auto_assign)
