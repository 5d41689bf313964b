"""The jobs and their rows, in the org's database, and what they used of the day's limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.loopback.salesforce.settings import SalesforceSettings
from connectors.loopback.salesforce.soql.answer import Queries
from connectors.loopback.salesforce.store import Store
from connectors.loopback.salesforce.usage import ApiUsage

INGEST, QUERY = "V2Ingest", "V2Query"
OPEN, UPLOADED, RUNNING = "Open", "UploadComplete", "InProgress"
COMPLETE, FAILED, ABORTED = "JobComplete", "Failed", "Aborted"
ENDED = (COMPLETE, FAILED, ABORTED)
_KEY_PREFIX = "750"
_TIMES = ("created", "modified", "due")


@dataclass(slots=True)
class Job:
    """``kind`` is the API's jobType. ``due``: when its next step happens, None when it waits
    for its client or has ended. ``milliseconds``: how long it was worked on."""

    id: str
    kind: str
    operation: str
    sobject: str
    user_id: str
    version: str
    created: datetime
    modified: datetime
    state: str = OPEN
    column_delimiter: str = "COMMA"
    line_ending: str = "LF"
    external_id_field: str | None = None
    assignment_rule_id: str | None = None
    query: str = ""
    due: datetime | None = None
    header: str = ""
    rows: int = 0
    processed: int = 0
    failed: int = 0
    milliseconds: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a job as text. ``outcome``: created, updated or failed; None: not yet."""

    number: int
    raw: str
    outcome: str | None = None
    record_id: str = ""
    error: str = ""


class Jobs:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._db = store.db
        with store.transaction():
            for table in (
                '"~job" (id TEXT PRIMARY KEY, kind TEXT, created TEXT, due TEXT, body TEXT)',
                '"~job_content" (job TEXT PRIMARY KEY, content BLOB)',
                '"~job_line" (job TEXT, number INTEGER, raw TEXT, outcome TEXT, record_id TEXT, error TEXT, '
                "PRIMARY KEY (job, number)) WITHOUT ROWID",
            ):
                self._db.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            for column in ("created", "due"):
                self._db.execute(f'CREATE INDEX IF NOT EXISTS "~job~{column}" ON "~job" ({column})')

    def new_id(self) -> str:
        return self._store.next_id(_KEY_PREFIX)

    def save(self, job: Job) -> None:
        self._db.execute(
            'INSERT OR REPLACE INTO "~job" VALUES (?, ?, ?, ?, ?)',
            (job.id, job.kind, _time(job.created), _time(job.due), orjson.dumps(asdict(job)).decode()),
        )

    def find(self, kind: str, job_id: str) -> Job | None:
        return next(self._where("kind = ? AND id = ?", (kind, job_id)), None)

    def next_due(self, now: datetime) -> Job | None:
        """The job whose next step is the earliest of those that are due."""
        return next(self._where("due <= ? ORDER BY due, id LIMIT 1", (_time(now),)), None)

    def after(self, kind: str, job_id: str, count: int) -> list[Job]:
        """The next jobs of this kind behind one, in the order they were created."""
        return list(self._where("kind = ? AND id > ? ORDER BY id LIMIT ?", (kind, job_id, count)))

    def unfinished(self) -> int:
        return sum(job.state not in ENDED for job in self._where("1", ()))

    def forget(self, before: datetime) -> None:
        """What the org does to old jobs by itself."""
        for job in list(self._where("created < ?", (_time(before),))):
            self.delete(job.id)

    def delete(self, job_id: str) -> None:
        self._db.execute('DELETE FROM "~job" WHERE id = ?', (job_id,))
        for table in ("~job_content", "~job_line"):
            self._db.execute(f'DELETE FROM "{table}" WHERE job = ?', (job_id,))

    def _where(self, condition: str, params: tuple[Any, ...]) -> Iterator[Job]:
        for (body,) in self._db.execute(f'SELECT body FROM "~job" WHERE {condition}', params):
            yield _load(body)

    # What was uploaded, and its records

    def upload(self, job: Job, content: bytes) -> bool:
        """False when the job has content already."""
        found = self._db.execute('INSERT OR IGNORE INTO "~job_content" VALUES (?, ?)', (job.id, content))
        return found.rowcount == 1

    def content(self, job: Job) -> bytes:
        found = self._db.execute('SELECT content FROM "~job_content" WHERE job = ?', (job.id,)).fetchone()
        return bytes(found[0]) if found else b""

    def add_lines(self, job: Job, raws: Iterable[str]) -> int:
        """Number and keep the records; how many there are."""
        rows = [(job.id, number, raw) for number, raw in enumerate(raws)]
        self._db.executemany('INSERT INTO "~job_line" (job, number, raw) VALUES (?, ?, ?)', rows)
        return len(rows)

    def lines(self, job: Job, start: int, count: int) -> list[Line]:
        return self._lines(job, "number >= ? AND number < ?", (start, start + count))

    def lines_with(self, job: Job, *outcomes: str | None) -> list[Line]:
        marks = ", ".join("?" * len(outcomes))
        return self._lines(job, f"ifnull(outcome, '') IN ({marks})", tuple(entry or "" for entry in outcomes))

    def _lines(self, job: Job, condition: str, params: tuple[Any, ...]) -> list[Line]:
        sql = (
            "SELECT number, raw, outcome, ifnull(record_id, ''), ifnull(error, '') "
            f'FROM "~job_line" WHERE job = ? AND {condition} ORDER BY number'
        )
        return [Line(*row) for row in self._db.execute(sql, (job.id, *params))]

    def resolve(self, job: Job, line: Line) -> None:
        self._db.execute(
            'UPDATE "~job_line" SET outcome = ?, record_id = ?, error = ? WHERE job = ? AND number = ?',
            (line.outcome, line.record_id, line.error, job.id, line.number),
        )


class Bulk:
    """The jobs of the org, the day's use of them, and cursors that are nobody else's."""

    def __init__(self, settings: SalesforceSettings, store: Store) -> None:
        self.jobs = Jobs(store)
        self.queries = Queries(settings)
        self.batches = ApiUsage(settings.daily_bulk_batches)
        self.query_jobs = ApiUsage(settings.daily_bulk_query_jobs)
        self.stored_kilobytes = ApiUsage(settings.daily_bulk_query_megabytes * 1000)

    def limits(self, now: datetime) -> dict[str, dict[str, int]]:
        """The entries of /limits that jobs use up [sheet 8.1]."""
        megabytes = self.stored_kilobytes
        return {
            "DailyBulkApiBatches": {"Max": self.batches.daily, "Remaining": self.batches.remaining(now)},
            "DailyBulkV2QueryFileStorageMB": {
                "Max": megabytes.daily // 1000,
                "Remaining": megabytes.remaining(now) // 1000,
            },
            "DailyBulkV2QueryJobs": {"Max": self.query_jobs.daily, "Remaining": self.query_jobs.remaining(now)},
        }


def later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def _time(at: datetime | None) -> str | None:
    """Milliseconds always, so that the order of the texts is that of the times."""
    return at.isoformat(timespec="milliseconds") if at else None


def _load(body: str) -> Job:
    fields = orjson.loads(body)
    for name in _TIMES:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return Job(**fields)
