"""CRM objects a hundred at a time: read, create, update, upsert, archive (§5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import Entry, inputs, text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import (
    ApiError,
    PropertyProblem,
    duplicate_ids,
    invalid_properties,
    no_route,
    some_not_found,
    validation,
)
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.objects import (
    archive_by_id,
    association_ends,
    check_sensitive,
    readable,
    unseen,
    writable,
)
from connectors.loopback.hubspot.writer import Changes, Written
from connectors.loopback.kit import note_rows

MAX_INPUTS = 100


def register(api: Api) -> None:
    views = BatchViews(api.portal)
    for verb in ("read", "create", "update", "upsert", "archive"):
        api.route("POST", paths.objects(f"/<object_type>/batch/{verb}"), getattr(views, verb))


class BatchViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def read(self, call: Call, object_type: str) -> Reply:
        """200, or 207 with one entry that lists every id not found."""
        kind = readable(self._portal, call, object_type)
        body = call.object()
        texts = [text_id(entry) for entry in self._inputs(call)]
        history = body.get("propertiesWithHistory") or []
        hidden = unseen(self._portal, call, kind)
        names = [*(body.get("properties") or []), *history]
        id_property = body.get("idProperty")
        check_sensitive(self._portal, call, kind, [*names, id_property or ""], "read")
        project = self._portal.view.projector(kind, names, call.now, hidden=hidden)
        history = [name for name in history if name not in hidden]
        found: dict[int, Record] = {}
        missing: list[str] = []
        archived = call.flag("archived")
        for text in dict.fromkeys(texts):
            record = self._lookup(kind, text, id_property)
            if record is None or record.archived != archived:
                missing.append(text)
            else:
                found[record.id] = record
        results = [
            self._portal.view.record(kind, record, project, history=history, at=call.now) for record in found.values()
        ]
        errors = [some_not_found(kind.legacy, missing).entry()] if missing else []
        return self._portal.batches.reply(call, results, errors)

    def create(self, call: Call, object_type: str) -> Reply:
        """All or nothing, unless every input has its own ``objectWriteTraceId`` (§5.1)."""
        kind = writable(self._portal, call, object_type)
        entries = self._inputs(call)
        if _all_traced(entries):
            return self._create_each(call, kind, entries)
        results = [
            self._portal.view.echo(kind, written, entry.get("objectWriteTraceId"))
            for entry, written in zip(entries, self._create_all(call, kind, entries), strict=True)
        ]
        return self._portal.batches.reply(call, results, status=201)

    def _create_all(self, call: Call, kind: ObjectType, entries: Sequence[Entry]) -> list[Written]:
        """The first problem ends the batch; a conflict does not name the id (§7.3)."""
        changes = self._examined(call, kind, [(entry, None) for entry in entries])
        return [
            self._create_one(call, kind, entry, wanted, names_id=False)
            for entry, wanted in zip(entries, changes, strict=True)
        ]

    def _create_each(self, call: Call, kind: ObjectType, entries: Sequence[Entry]) -> Reply:
        def create(entry: Entry) -> list[dict[str, Any]]:
            [changes] = self._examined(call, kind, [(entry, None)])
            written = self._create_one(call, kind, entry, changes, names_id=True)
            return [self._portal.view.echo(kind, written, str(entry["objectWriteTraceId"]))]

        return self._portal.batches.each(call, entries, create, status=201, entry_of=_traced)

    def _create_one(self, call: Call, kind: ObjectType, entry: Entry, changes: Changes, *, names_id: bool) -> Written:
        ends = association_ends(self._portal, call, kind, entry.get("associations"))
        written = self._portal.writer.create(kind, changes, call.caller.source, call.now, names_id=names_id)
        for to_kind, to_id, types in ends:
            self._portal.associations.link(kind, written.record.id, to_kind, to_id, types, call.now)
        return written

    def update(self, call: Call, object_type: str) -> Reply:
        """By record id, or by a unique property other than the e-mail
        [I:hubspot-api-nodejs#548]. Unknown ids are a 207, a bad value fails all."""
        kind = writable(self._portal, call, object_type)
        entries = self._named(call, kind)
        pairs: list[tuple[Entry, Record]] = []
        missing: list[str] = []
        for entry in entries:
            id_property = entry.get("idProperty")
            if kind.name == "contacts" and id_property == "email":
                raise validation("Unable to perform update/upsert by non-unique 0-1 property")
            record = self._lookup(kind, text_id(entry), id_property)
            if record is None or record.archived:
                missing.append(text_id(entry))
            else:
                pairs.append((entry, record))
        changes = self._examined(call, kind, pairs)
        results = [
            self._portal.view.echo(
                kind,
                self._portal.writer.update(kind, self._fresh(kind, record), wanted, call.caller.source, call.now),
                entry.get("objectWriteTraceId"),
            )
            for (entry, record), wanted in zip(pairs, changes, strict=True)
        ]
        errors = [some_not_found(kind.legacy, missing).entry()] if missing else []
        return self._portal.batches.reply(call, results, errors)

    def upsert(self, call: Call, object_type: str) -> Reply:
        """By e-mail or a ``hasUniqueValue`` property; each result says whether it is ``new``."""
        kind = writable(self._portal, call, object_type)
        if kind.name == "leads" and not self._portal.settings.lead_upsert:
            raise no_route("POST", call.request.path)
        entries = self._named(call, kind)
        if _all_traced(entries) and all(entry.get("idProperty") != "email" for entry in entries):
            return self._upsert_each(call, kind, entries)
        pairs = [self._target(kind, entry) for entry in entries]
        missing = [text_id(entry) for entry, record in pairs if record is None and _is_by_id(entry)]
        pairs = [(entry, record) for entry, record in pairs if record or not _is_by_id(entry)]
        changes = self._examined(call, kind, pairs)
        results = [
            self._upsert_one(call, kind, entry, record, wanted)
            for (entry, record), wanted in zip(pairs, changes, strict=True)
        ]
        errors = [some_not_found(kind.legacy, missing).entry()] if missing else []
        return self._portal.batches.reply(call, results, errors)

    def _upsert_each(self, call: Call, kind: ObjectType, entries: Sequence[Entry]) -> Reply:
        """Traced inputs stand alone; by e-mail they never do [D:contacts]."""

        def upsert(given: Entry) -> list[dict[str, Any]]:
            entry, record = self._target(kind, given)
            if record is None and _is_by_id(entry):
                raise some_not_found(kind.legacy, [text_id(entry)])
            [changes] = self._examined(call, kind, [(entry, record)])
            return [self._upsert_one(call, kind, entry, record, changes)]

        return self._portal.batches.each(call, entries, upsert, entry_of=_traced)

    def _target(self, kind: ObjectType, entry: Entry) -> tuple[Entry, Record | None]:
        """The live record an input means; a new one gets the value it was looked for by."""
        id_property = entry.get("idProperty")
        record = self._lookup(kind, text_id(entry), id_property)
        if record is not None and record.archived:
            record = None
        named = {} if record or _is_by_id(entry) else {id_property: text_id(entry)}
        return {**entry, "properties": {**named, **(entry.get("properties") or {})}}, record

    def _upsert_one(
        self, call: Call, kind: ObjectType, entry: Entry, record: Record | None, changes: Changes
    ) -> dict[str, Any]:
        writer, source = self._portal.writer, call.caller.source
        if record is None:
            written = writer.create(kind, changes, source, call.now, names_id=False)
        else:
            written = writer.update(kind, self._fresh(kind, record), changes, source, call.now)
        echo = self._portal.view.echo(kind, written, entry.get("objectWriteTraceId"))
        return {**echo, "new": written.new}

    def archive(self, call: Call, object_type: str) -> Reply:
        """204 with an empty body; unknown ids are ignored."""
        kind = writable(self._portal, call, object_type)
        for entry in self._inputs(call):
            archive_by_id(self._portal, kind, text_id(entry), call.now)
        return NO_CONTENT

    def _inputs(self, call: Call) -> list[Entry]:
        entries = inputs(call, MAX_INPUTS)
        note_rows(rows_in=len(entries))
        return entries

    def _named(self, call: Call, kind: ObjectType) -> list[Entry]:
        """Inputs that name the records to write; by a sensitive property only who may write that."""
        entries = self._inputs(call)
        _refuse_duplicates(entries)
        check_sensitive(self._portal, call, kind, [entry.get("idProperty") or "" for entry in entries], "write")
        return entries

    def _lookup(self, kind: ObjectType, text: str, id_property: str | None) -> Record | None:
        record_id = self._portal.resolver.lookup(kind, text, id_property)
        if record_id is None:
            return None
        by_id = not id_property or id_property == "hs_object_id"
        moved = by_id and record_id != int(text)
        if moved and not self._portal.settings.batch_read_resolves_merged:
            return None
        return self._portal.records.get(kind.name, record_id)

    def _fresh(self, kind: ObjectType, record: Record) -> Record:
        """The record as it is now: an earlier input of the same batch may have changed it."""
        return self._portal.records.get(kind.name, record.id) or record

    def _examined(self, call: Call, kind: ObjectType, pairs: Sequence[tuple[Entry, Record | None]]) -> list[Changes]:
        """The values of every input, or one 400 with the problems of all of them."""
        changes: list[Changes] = []
        problems: list[PropertyProblem] = []
        for entry, record in pairs:
            check_sensitive(self._portal, call, kind, entry.get("properties") or {}, "write")
            wanted, found = self._portal.writer.examine(kind, entry.get("properties") or {}, record, call.now)
            changes.append(wanted)
            problems += found
        if problems:
            raise invalid_properties(problems, None)
        return changes


def _is_by_id(entry: Entry) -> bool:
    return entry.get("idProperty") in (None, "", "hs_object_id")


def _all_traced(entries: Sequence[Entry]) -> bool:
    """Has every input an ``objectWriteTraceId`` of its own?"""
    traces = [entry.get("objectWriteTraceId") for entry in entries]
    return all(traces) and len(set(traces)) == len(traces)


def _refuse_duplicates(entries: Sequence[Entry]) -> None:
    """Inputs that name one record in one way; an address is the same in any case."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        id_property = "" if _is_by_id(entry) else str(entry["idProperty"])
        text = text_id(entry)
        counts[id_property, text.lower() if id_property == "email" else text] += 1
    repeated = [text for (_, text), count in counts.items() if count > 1]
    if repeated:
        raise duplicate_ids(repeated)


def _traced(error: ApiError, entry: Entry) -> dict[str, Any]:
    """[R:amp-labs/batch/create/contacts/err-partial-success.json]"""
    context: dict[str, list[str]] = {"objectWriteTraceId": [str(entry["objectWriteTraceId"])]}
    marker = "Existing ID: "
    if marker in error.message:
        context["existingId"] = [error.message.partition(marker)[2]]
    return error.entry(context)
