"""An ingest job's records: checked as a whole, then saved one by one like any other [sheet 8.1]."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from connectors.loopback.salesforce.bulk import columns, csvtext
from connectors.loopback.salesforce.bulk.columns import Column, JobError
from connectors.loopback.salesforce.bulk.jobs import Job, Jobs, Line
from connectors.loopback.salesforce.dml import incoming, save, trash
from connectors.loopback.salesforce.errors import MultipleChoices, RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import Field, SObject

_BOM = "\ufeff"
_MOST_RECORD = 400_000  # [sheet 8.1]
# So many records are one DML call, in which a key may stand once.
_CHUNK = 200
_IDS_ONLY = ("delete", "hardDelete")


def prepare(org: Org, caller: Caller, jobs: Jobs, job: Job) -> None:
    """Split what was uploaded into records. Raises JobError for what no record can be blamed for."""
    delimiter = csvtext.DELIMITERS[job.column_delimiter]
    ending = csvtext.LINE_ENDINGS[job.line_ending]
    try:
        text = jobs.content(job).decode("utf-8")
        records = list(csvtext.read(text, delimiter))
    except UnicodeDecodeError:
        raise JobError(org.text("BULK_NOT_UTF8")) from None
    except csv.Error as error:
        raise JobError(org.text("BULK_MALFORMED", reason=error)) from None
    if any(not csvtext.ends_with(raw, ending) for _, raw in records):
        message = f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}"
        raise JobError(f"ClientInputError : {message}")
    if not records:
        raise JobError(org.text("BULK_EMPTY"))
    # Kept before anything is refused: the client gets them back as unprocessed.
    job.header = records[0][1]
    job.rows = jobs.add_lines(job, (raw for _, raw in records[1:]))
    Load(org, caller, job)
    width = len(records[0][0])
    for number, (cells, _) in enumerate(records[1:], 1):
        if len(cells) != width:
            raise JobError(org.text("BULK_ROW_WIDTH", number=number, cells=len(cells), columns=width))


class Load:
    """The job's header understood. Raises JobError when it does not fit object and operation."""

    def __init__(self, org: Org, caller: Caller, job: Job) -> None:
        self._org = org
        self._caller = caller
        self._job = job
        self._delimiter = csvtext.DELIMITERS[job.column_delimiter]
        found = org.schema.find(job.sobject)
        if found is None:
            raise JobError(f"InvalidJob : Unable to find object: {job.sobject}")
        self._sobject: SObject = found
        self._columns = self._read_header()
        self._key = found.find(job.external_id_field or "Id")

    def _read_header(self) -> list[Column]:
        names = self._cells(self._job.header)
        if self._org.settings.bulk_strips_bom:
            names[0] = names[0].removeprefix(_BOM)
        operation = self._job.operation
        if operation in _IDS_ONLY and [name.lower() for name in names] != ["id"]:
            raise JobError(f"InvalidBatch : The '{operation}' batch must contain only ids")
        found = columns.read_header(self._org, self._caller, self._sobject, names)
        needed = {"insert": None, "upsert": self._job.external_id_field}.get(operation, "Id")
        if needed and not any(c.parent is None and c.field.name.lower() == needed.lower() for c in found):
            raise columns.no_such_column(needed)
        return found

    def run(self, lines: Sequence[Line]) -> Iterable[Line]:
        """The lines with their outcome; one that fails leaves no trace."""
        for start in range(0, len(lines), _CHUNK):
            keys: set[str] = set()
            for line in lines[start : start + _CHUNK]:
                yield self._save_line(line, keys)

    def _save_line(self, line: Line, keys: set[str]) -> Line:
        given = ""
        try:
            with self._org.store.savepoint():
                body = self._body(line)
                given = str(body.get("Id") or "")
                saved = self._save(body, keys)
        except RecordError as error:
            # Before v53 a failed record came back without its id [sheet 8.1].
            shown = given if float(self._job.version) >= 53 else ""
            return replace(line, outcome="failed", record_id=shown, error=self._describe(error))
        outcome = "created" if saved.created else "updated"
        return replace(line, outcome=outcome, record_id=saved.id)

    def _body(self, line: Line) -> dict[str, Any]:
        if len(line.raw) > _MOST_RECORD:
            text = self._org.text("BULK_RECORD_TOO_LONG", most=_MOST_RECORD)
            raise RecordError("LIMIT_EXCEEDED", text)
        body: dict[str, Any] = {}
        for column, cell in zip(self._columns, self._cells(line.raw), strict=True):
            column.put(cell, self._org.settings.bulk_null, body)
        return body

    def _save(self, body: dict[str, Any], keys: set[str]) -> save.Saved:
        org, who, sobject = self._org, self._caller, self._sobject
        match self._job.operation:
            case "insert":
                incoming.refuse_id(body)
                return save.create(org, who, sobject, body)
            case "update":
                return save.update(org, who, sobject, incoming.given_id(sobject, body.get("Id")), body)
            case "upsert":
                assert self._key is not None
                return self._upsert(self._key, body, keys)
            case operation:
                doomed = incoming.given_id(sobject, body.get("Id"))
                hard = operation == "hardDelete"
                return save.Saved(trash.delete(org, who, sobject, doomed, hard=hard), created=False)

    def _upsert(self, key: Field, body: dict[str, Any], keys: set[str]) -> save.Saved:
        value = body.pop(key.name, None)
        if value is None and key.type != "id":
            raise RecordError("MISSING_ARGUMENT", f"{key.name} not specified")
        folded = str(value).lower()
        if value is not None and folded in keys:
            raise RecordError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [key.name])
        keys.add(folded)
        try:
            return save.upsert(self._org, self._caller, self._sobject, key, value, body)
        except MultipleChoices as choices:
            raise choices.as_row_error(key.name) from None

    def _cells(self, raw: str) -> list[str]:
        return next(csvtext.read(raw, self._delimiter))[0]

    def _describe(self, error: RecordError) -> str:
        layout = self._org.settings.bulk_error_layout
        return layout.format(code=error.code, message=error.message, fields=" ".join(error.fields or ()))
