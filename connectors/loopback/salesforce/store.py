"""The records, in SQLite: one table per object, one column per field.

Rows are never removed but by emptying the recycle bin, so a rowid names a record for as long
as a query cursor may ask for it.
"""

from __future__ import annotations

import copy
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import orjson

from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.schema import Field, Schema, SObject
from connectors.loopback.salesforce.soql import sql_functions

# Besides external ids and unique fields.
_INDEXED = {
    "OwnerId", "Email", "WhoId", "WhatId", "AccountId", "ContactId", "LeadId", "CampaignId",
    "OpportunityId", "ConvertedContactId", "ConvertedAccountId", "ConvertedOpportunityId",
    "Username", "MasterRecordId", "GroupId", "QueueId",
}  # fmt: skip
# History objects have no key prefix to be told by; their ids do.
_HISTORY_PREFIX = "017"
_AFFINITY = {"boolean": "INTEGER", "int": "INTEGER", "long": "INTEGER", "double": "REAL",
             "currency": "REAL", "percent": "REAL"}  # fmt: skip

# Where a database says that it has a write-ahead log, which one in memory cannot have (SQLite file format, 1.3.3).
_VERSIONS = slice(18, 20)

Row = dict[str, Any]


def quote(name: str) -> str:
    return f'"{name}"'


class Store:
    """Every method works inside the caller's transaction (see :meth:`transaction`)."""

    def __init__(self, schema: Schema, path: str = ":memory:") -> None:
        self.schema = schema
        self.lock = threading.RLock()
        self.db = _connect(path)
        self._savepoints = 0
        self._numbers: dict[str, int] = {}
        self._statements: dict[str, tuple[str, str, list[str]]] = {}
        self._now = ""
        self._late_until: str | None = None
        self._late_objects: set[str] = set()
        with self.transaction():
            self.db.execute('CREATE TABLE IF NOT EXISTS "~ids" (prefix TEXT PRIMARY KEY, last INT)')
            self.db.execute(
                'CREATE TABLE IF NOT EXISTS "~late" (sobject TEXT, id TEXT, due TEXT, PRIMARY KEY (sobject, id))'
            )
            self._numbers.update(self.db.execute('SELECT prefix, last FROM "~ids"'))
            for sobject in schema:
                self._create(sobject)

    def close(self) -> None:
        self.db.close()

    def copied(self, image: bytes) -> Store:
        """A store of its own in memory, as :meth:`image` was; that of the other is not touched."""
        other = copy.copy(self)
        other.lock, other.db = threading.RLock(), _connect(":memory:")
        other._numbers, other._statements = {}, {}
        other.become(image)
        return other

    def image(self) -> bytes:
        """Everything in it, for :meth:`become`."""
        with self.lock:
            image = bytearray(self.db.serialize())
        image[_VERSIONS] = b"\x01\x01"
        return bytes(image)

    def become(self, image: bytes) -> None:
        """Replace everything in it; all or nothing."""
        with self.lock, closing(sqlite3.connect(":memory:")) as plain:
            plain.deserialize(image)
            plain.backup(self.db)
            self._numbers.clear()
            self._numbers.update(self.db.execute('SELECT prefix, last FROM "~ids"'))

    def showing(self, schema: Schema) -> Store:
        """The same database, seen through another schema; tables it lacks are made."""
        other = copy.copy(self)
        other.schema = schema
        with other.transaction():
            for sobject in schema:
                other._create(sobject)
        return other

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One request: committed at its end, rolled back when it raises."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Part of a request that is undone on its own when it raises."""
        self._savepoints += 1
        name = quote(f"s{self._savepoints}")
        self.db.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self.db.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self.db.execute(f"RELEASE {name}")
            self._savepoints -= 1

    # Tables

    def _create(self, sobject: SObject) -> None:
        columns = ", ".join(_column(entry) for entry in sobject.stored_fields)
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {quote(sobject.name)} ({columns})")
        existing = {row[1] for row in self.db.execute(f"PRAGMA table_info({quote(sobject.name)})")}
        for entry in sobject.stored_fields:
            if entry.name not in existing:
                self._add_column(sobject, entry)
            self._index(sobject, entry)
        if sobject.has("SystemModstamp"):
            deleted = ', "IsDeleted"' if sobject.has("IsDeleted") else ""
            self.db.execute(
                f"CREATE INDEX IF NOT EXISTS {quote(f'{sobject.name}~modstamp')} "
                f'ON {quote(sobject.name)} ("SystemModstamp", "Id"{deleted})'
            )

    def add_column(self, sobject: SObject, new: Field) -> None:
        known = {row[1] for row in self.db.execute(f"PRAGMA table_info({quote(sobject.name)})")}
        if new.stored and new.name not in known:
            self._add_column(sobject, new)
        self._index(sobject, new)
        self._statements.pop(sobject.name, None)

    def forget_column(self, sobject: SObject, name: str) -> None:
        """A removed field's column stays, empty and unread."""
        self.db.execute(f"UPDATE {quote(sobject.name)} SET {quote(name)} = NULL")
        self._statements.pop(sobject.name, None)

    def _add_column(self, sobject: SObject, new: Field) -> None:
        default = " DEFAULT 0" if new.type == "boolean" else ""
        self.db.execute(f"ALTER TABLE {quote(sobject.name)} ADD COLUMN {_column(new)}{default}")

    def _index(self, sobject: SObject, entry: Field) -> None:
        if entry.name in _INDEXED or entry.externalId or entry.unique:
            self.db.execute(
                f"CREATE INDEX IF NOT EXISTS {quote(f'{sobject.name}~{entry.name}')} "
                f"ON {quote(sobject.name)} ({quote(entry.name)})"
            )

    # Ids

    def new_id(self, sobject: SObject) -> str:
        return self.next_id(sobject.key_prefix or _HISTORY_PREFIX)

    def next_id(self, prefix: str) -> str:
        """For what is no record: a bulk job."""
        number = self._numbers.get(prefix, 0) + 1
        self._numbers[prefix] = number
        self.db.execute(
            'INSERT INTO "~ids" VALUES (?, ?) ON CONFLICT (prefix) DO UPDATE SET last = ?',
            (prefix, number, number),
        )
        return ids.make(prefix, number)

    def new_ids(self, sobject: SObject, count: int) -> Iterator[str]:
        """``count`` fresh ids at once, for bulk loads."""
        prefix = sobject.key_prefix or _HISTORY_PREFIX
        first = self._numbers.get(prefix, 0) + 1
        self._numbers[prefix] = last = first + count - 1
        self.db.execute('INSERT OR REPLACE INTO "~ids" VALUES (?, ?)', (prefix, last))
        return (ids.make(prefix, number) for number in range(first, last + 1))

    # Rows

    def insert(self, sobject: SObject, row: Mapping[str, Any]) -> None:
        self._keep_before(sobject, row["Id"])
        statement, _, names = self._statements_of(sobject)
        self.db.execute(statement, [row.get(name) for name in names])

    def insert_many(self, sobject: SObject, rows: Iterable[Mapping[str, Any]]) -> None:
        """Only the columns that any of the rows has a value for: most of a table's are empty."""
        rows = list(rows)
        filled = {name for row in rows for name, value in row.items() if value is not None}
        names = [name for name in sobject.stored_names if name in filled]
        columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
        self.db.executemany(
            f"INSERT INTO {quote(sobject.name)} ({columns}) VALUES ({marks})",
            [[row.get(name) for name in names] for row in rows],
        )

    def _statements_of(self, sobject: SObject) -> tuple[str, str, list[str]]:
        """INSERT and SELECT of whole rows, and the columns' names."""
        if sobject.name not in self._statements:
            table, names = quote(sobject.name), sobject.stored_names
            columns, marks = ", ".join(map(quote, names)), ", ".join("?" * len(names))
            self._statements[sobject.name] = (
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",
                f"SELECT {columns} FROM {table}",
                names,
            )
        return self._statements[sobject.name]

    def update(self, sobject: SObject, record_id: str, changes: Mapping[str, Any]) -> None:
        if changes:
            self._keep_before(sobject, record_id)
            sets = ", ".join(f"{quote(name)} = ?" for name in changes)
            self.db.execute(
                f'UPDATE {quote(sobject.name)} SET {sets} WHERE "Id" = ?',
                [*changes.values(), record_id],
            )

    def touch(self, sobject: SObject, row_numbers: Sequence[int], changes: Mapping[str, Any]) -> None:
        """Change rows by their numbers, at once for every reader."""
        sets = ", ".join(f"{quote(name)} = ?" for name in changes)
        self.db.execute(
            f"UPDATE {quote(sobject.name)} SET {sets} WHERE rowid IN (SELECT value FROM json_each(?))",
            [*changes.values(), json_list(row_numbers)],
        )

    def purge(self, sobject: SObject, record_id: str) -> None:
        self.db.execute(f'DELETE FROM {quote(sobject.name)} WHERE "Id" = ?', (record_id,))

    def get(self, sobject: SObject, record_id: str) -> Row | None:
        """The stored row, deleted or not; booleans as 0/1."""
        return next(iter(self.where(sobject, '"Id" = ?', (record_id,))), None)

    def where(self, sobject: SObject, condition: str = "1", params: Sequence[Any] = ()) -> list[Row]:
        _, select, names = self._statements_of(sobject)
        found = self.db.execute(f"{select} WHERE {condition}", params)
        return [dict(zip(names, row, strict=True)) for row in found]

    def ids_where(self, sobject: SObject, condition: str, params: Sequence[Any]) -> list[str]:
        found = self.db.execute(f'SELECT "Id" FROM {quote(sobject.name)} WHERE {condition}', params)
        return [row[0] for row in found]

    # Late commits: rows of a transaction that a query does not see yet

    def begin_request(self, now: datetime, late_seconds: float) -> None:
        """Rows written from here on show in queries only after ``late_seconds``."""
        self._now = values.stamp(now)
        late = now + timedelta(seconds=late_seconds)
        self._late_until = values.stamp(late) if late_seconds else None

    def source(self, sobject: SObject) -> str:
        """What a query reads from: the table, or the state before late transactions."""
        if sobject.name not in self._late_objects:
            return quote(sobject.name)
        self.db.execute('DELETE FROM "~late" WHERE sobject = ? AND due <= ?', (sobject.name, self._now))
        before = quote(f"{sobject.name}~before")
        late = f"SELECT id FROM \"~late\" WHERE sobject = '{sobject.name}'"
        self.db.execute(f'DELETE FROM {before} WHERE "Id" NOT IN ({late})')
        if not self.db.execute(f"{late} LIMIT 1").fetchone():
            self._late_objects.discard(sobject.name)
            return quote(sobject.name)
        names = ", ".join(map(quote, sobject.stored_names))
        return (
            f'(SELECT rowid AS rowid, {names} FROM {quote(sobject.name)} WHERE "Id" NOT IN '
            f'({late}) UNION ALL SELECT "~row" AS rowid, {names} FROM {before})'
        )

    def _keep_before(self, sobject: SObject, record_id: str) -> None:
        """Remember how the row looks to everyone else, once per late transaction."""
        if self._late_until is None:
            return
        self._late_objects.add(sobject.name)
        table, before = quote(sobject.name), quote(f"{sobject.name}~before")
        names = ", ".join(map(quote, sobject.stored_names))
        self.db.execute(f'CREATE TABLE IF NOT EXISTS {before} AS SELECT rowid AS "~row", {names} FROM {table} WHERE 0')
        key = (sobject.name, record_id)
        known = self.db.execute('SELECT 1 FROM "~late" WHERE sobject = ? AND id = ?', key)
        if known.fetchone() is None:
            self.db.execute(
                f'INSERT INTO {before} ("~row", {names}) SELECT rowid, {names} FROM {table} WHERE "Id" = ?',
                (record_id,),
            )
        self.db.execute(
            'INSERT INTO "~late" VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET due = excluded.due',
            (*key, self._late_until),
        )

    def count(self, sobject: SObject) -> int:
        alive = '"IsDeleted" = 0' if sobject.has("IsDeleted") else "1"
        found = self.db.execute(f"SELECT count(*) FROM {quote(sobject.name)} WHERE {alive}")
        return int(found.fetchone()[0])

    def snapshot(self) -> dict[str, list[Row]]:
        """Every record of every object with readable values, deleted ones too."""
        out: dict[str, list[Row]] = {}
        for sobject in self.schema:
            booleans = [f.name for f in sobject.stored_fields if f.type == "boolean"]
            rows = self.where(sobject)
            for row in rows:
                for name in booleans:
                    row[name] = bool(row[name])
            if rows:
                out[sobject.name] = rows
        return out


def json_list(items: Iterable[Any]) -> str:
    """For ``IN (SELECT value FROM json_each(?))``: any number of values in one parameter."""
    return orjson.dumps(list(items)).decode()


def _connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA temp_store = MEMORY")
    sql_functions.install(db)
    return db


def _column(entry: Field) -> str:
    kind = _AFFINITY.get(entry.type, "TEXT")
    if entry.type == "id":
        return f"{quote(entry.name)} TEXT PRIMARY KEY"
    exact = entry.type in values.ID_TYPES or entry.case_sensitive
    collation = "" if kind != "TEXT" or exact else " COLLATE NOCASE"
    return f"{quote(entry.name)} {kind}{collation}"
