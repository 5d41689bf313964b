"""Loading a portal in bulk, past the API and its rules of validation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from connectors.loopback.hubspot.association_types import AssociationType
from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.effects import activity_logged
from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant, to_ms
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.values import as_text

_CHUNK = 5_000
_MOST_UNSAVED = 20_000
_IMPORT = Source("IMPORT", "loopback-seed", "IMPORT")
Row = Mapping[str, Any]


class Seeder:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._loading = False
        # What a loading holds back: a record seeded now is mostly linked next, and then changes.
        self._unsaved: dict[str, dict[int, Record]] = defaultdict(dict)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """See :meth:`HubSpotEmulator.loading`."""
        with self._portal.database.bulk():
            self._loading = True
            try:
                yield
                self._save_all()
            finally:
                self._loading = False
                self._unsaved.clear()

    def seed(self, kind_name: str, rows: Iterable[Row]) -> list[str]:
        """See :meth:`HubSpotEmulator.seed`."""
        kind = self._portal.kinds.resolve(kind_name)
        ids: list[str] = []
        with self._portal.database.transaction():
            for chunk in _chunks(rows):
                ids += [str(record.id) for record in self._store(kind, chunk)]
        return ids

    def ids_ahead(self) -> Callable[[str, int], list[str]]:
        """See :meth:`HubSpotEmulator.ids_ahead`."""
        portal = self._portal
        if self.has_records():
            raise ValueError("A portal with records may give other ids.")
        ids = portal.ids.ahead(Database(":memory:", [kind.name for kind in portal.kinds]))

        def take(kind_name: str, count: int) -> list[str]:
            kind = portal.kinds.resolve(kind_name)
            return [str(record_id) for record_id in ids.take(kind.name, kind.first_id, count)]

        return take

    def has_records(self) -> bool:
        return any(self._portal.records.any(kind.name) for kind in self._portal.kinds)

    def _store(self, kind: ObjectType, rows: Sequence[Row]) -> list[Record]:
        if sum(map(len, self._unsaved.values())) > _MOST_UNSAVED:
            self._save_all()
        unnamed = sum(1 for row in rows if not row.get("id"))
        fresh = iter(self._portal.ids.take(kind.name, kind.first_id, unnamed))
        now = self._portal.now()
        records = [self._record(kind, row, int(row["id"]) if row.get("id") else next(fresh), now) for row in rows]
        self._keep(kind.name, records)
        if unnamed < len(rows) or any(record.archived for record in records):
            # Ids are taken and links are counted by what is in the store.
            self._save_all()
        self._portal.uniques.claim_many(
            kind.name,
            (
                (name, value, record.id)
                for record in records
                if not record.archived
                for name, value in self._portal.writer.held(kind, record.properties)
            ),
        )
        return records

    def _keep(self, kind: str, records: Iterable[Record]) -> None:
        if self._loading:
            self._unsaved[kind].update((record.id, record) for record in records)
        else:
            self._portal.records.save(kind, records)

    def _save_all(self) -> None:
        for kind, records in self._unsaved.items():
            self._portal.records.save(kind, records.values())
        self._unsaved.clear()

    def _records(self, kind: str, ids: set[int]) -> dict[int, Record]:
        unsaved = self._unsaved[kind]
        found = {record_id: unsaved[record_id] for record_id in ids if record_id in unsaved}
        return found | self._portal.records.many(kind, ids - found.keys())

    def _record(self, kind: ObjectType, row: Row, record_id: int, now: int) -> Record:
        created = _ms(row.get("createdAt"), now)
        given = _texts(row.get("properties", {}))
        if "email" in given and kind.name == "contacts":
            given["email"] = given["email"].strip().lower()
        changes = given.copy()
        for stamp in (kind.created, kind.modified, "hs_object_id"):
            changes.pop(stamp, None)
        record = self._portal.writer.born(kind, record_id, changes, _IMPORT, created)
        # What the row says outranks what a create computes: counters, stage dates, sources.
        properties = record.properties
        for name, value in given.items():
            if properties.get(name, value) != value:
                properties[name] = value
        record.modified = _ms(row.get("updatedAt"), created)
        if row.get("archived"):
            record.archived_at = _ms(row.get("archivedAt"), record.modified)
        return record

    def associate(self, from_name: str, to_name: str, pairs: Iterable[Sequence[Any]]) -> None:
        """See :meth:`HubSpotEmulator.associate`."""
        portal = self._portal
        from_kind, to_kind = portal.kinds.resolve(from_name), portal.kinds.resolve(to_name)
        default = portal.association_types.default(from_kind.name, to_kind.name)
        with portal.database.transaction():
            for chunk in _chunks(pairs):
                portal.links.add(self._typed(default, chunk))
                self._react(from_kind, to_kind, [(int(p[0]), int(p[1])) for p in chunk])

    def _typed(
        self, default: AssociationType, pairs: Sequence[Sequence[Any]]
    ) -> Iterator[tuple[AssociationType, int, int]]:
        """Rows with their types; without any, the default and Primary for the first company."""
        types = self._portal.association_types
        primary = types.primary(default.from_kind, default.to_kind)
        towards = primary is not None and primary.single
        has_primary: set[int] = set()
        if primary is not None:
            owners = {int(pair[0 if towards else 1]) for pair in pairs}
            owner_type = primary if towards else types.inverse(primary)
            has_primary = self._portal.links.with_type(owner_type, owners)
        for pair in pairs:
            from_id, to_id = int(pair[0]), int(pair[1])
            given = len(pair) > 2 and [types.find(default.from_kind, default.to_kind, t) for t in pair[2]]
            for link in filter(None, given or ()):
                yield link, from_id, to_id
            yield default, from_id, to_id
            owner = from_id if towards else to_id
            if primary is not None and not given and owner not in has_primary:
                has_primary.add(owner)
                yield primary, from_id, to_id

    def _react(self, from_kind: ObjectType, to_kind: ObjectType, pairs: Sequence[tuple[int, int]]) -> None:
        """Counters and activity stamps, without moving any record's modification stamp."""
        for kind, other, both in (
            (from_kind, to_kind, pairs),
            (to_kind, from_kind, [pair[::-1] for pair in pairs]),
        ):
            if kind.engagement:
                continue
            records = self._records(kind.name, {pair[0] for pair in both})
            if other.engagement:
                self._log_activities(records, other, both)
            else:
                self._mirror(records, kind, other)
            self._keep(kind.name, records.values())

    def _mirror(self, records: Mapping[int, Record], kind: ObjectType, other: ObjectType) -> None:
        counters = self._portal.effects.counters(kind.name, records.keys(), other.name)
        for record_id, record in records.items():
            for name, value in counters[record_id].items():
                record.properties[name] = value
                if not value:
                    del record.properties[name]

    def _log_activities(
        self, records: Mapping[int, Record], other: ObjectType, pairs: Sequence[tuple[int, int]]
    ) -> None:
        activities = self._records(other.name, {pair[1] for pair in pairs})
        now = self._portal.now()
        for record_id, activity_id in pairs:
            record, activity = records.get(record_id), activities.get(activity_id)
            if record and activity:
                record.properties |= activity_logged(record.properties, other.name, activity, now)

    def submissions(self, form_id: str, rows: Iterable[Row]) -> None:
        """Rows ``{"submittedAt": datetime | ms, "values": [...], "pageUrl": …}``."""
        self._portal.database.run_many(
            "INSERT INTO submission (form_id, at, body) VALUES (?, ?, ?)",
            ((form_id, _ms(row["submittedAt"], 0), _blob(row, "submittedAt")) for row in rows),
        )

    def events(self, rows: Iterable[Row]) -> None:
        """Rows ``{"objectType", "objectId", "eventType", "occurredAt", "id", "properties"}``."""
        self._portal.database.run_many(
            "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?)",
            (self._event(row) for row in rows),
        )

    def _event(self, row: Row) -> tuple[Any, ...]:
        kind = self._portal.kinds.resolve(row.get("objectType", "CONTACT"))
        at = _ms(row["occurredAt"], 0)
        event_id = row.get("id") or f"leviathan-{self._portal.new_id()}-{at}"
        properties = _event_properties(tuple(row.get("properties", {}).items()))
        return event_id, kind.legacy, int(row["objectId"]), row["eventType"], at, properties

    def email_events(self, rows: Iterable[Row]) -> None:
        """Rows of the v1 API: ``{"id", "created", "recipient", "type", …}``."""
        self._portal.database.run_many(
            "INSERT INTO email_event (at, recipient, type, body) VALUES (?, ?, ?, ?)",
            (self._email_event(row) for row in rows),
        )

    def _email_event(self, row: Row) -> tuple[Any, ...]:
        at = _ms(row["created"], 0)
        body = {"portalId": self._portal.settings.portal_id, **row, "created": at}
        return at, str(row["recipient"]).lower(), row["type"], orjson.dumps(body)


# A site has few pages: its events say the same over and over.
@lru_cache(maxsize=4_096)
def _event_properties(properties: tuple[tuple[str, Any], ...]) -> str:
    return orjson.dumps({name: _text(value) for name, value in properties}).decode()


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _ms(value: Any, default: int) -> int:
    if isinstance(value, int):
        return value
    if value is None:
        return default
    return to_ms(value) if isinstance(value, datetime) else int(value)


def _texts(properties: Mapping[str, Any]) -> dict[str, str]:
    """What is set, as texts; mostly that is what is given, and looking costs less than rebuilding."""
    for value in properties.values():
        if type(value) is not str or not value:
            break
    else:
        return dict(properties)
    return {name: _text(value) for name, value in properties.items() if value is not None and value != ""}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return instant(to_ms(value)) if isinstance(value, datetime) else as_text(value)


def _blob(row: Row, *without: str) -> bytes:
    return orjson.dumps({name: value for name, value in row.items() if name not in without})
