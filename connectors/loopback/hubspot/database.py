"""The one SQLite connection of an emulator, and its tables."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS sequence (kind TEXT PRIMARY KEY, used INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS unique_value (
    kind TEXT, property TEXT, value TEXT, id INTEGER NOT NULL,
    PRIMARY KEY (kind, property, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS merged (
    kind TEXT, old_id INTEGER, new_id INTEGER NOT NULL, PRIMARY KEY (kind, old_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    n INTEGER PRIMARY KEY, kind TEXT, id INTEGER, property TEXT, value TEXT, at INTEGER,
    source_type TEXT, source_id TEXT, source_label TEXT, user_id INTEGER);
CREATE INDEX IF NOT EXISTS history_of ON history (kind, id, property);
CREATE TABLE IF NOT EXISTS association (
    from_kind TEXT, from_id INTEGER, to_kind TEXT, to_id INTEGER, category TEXT, type_id INTEGER,
    PRIMARY KEY (from_kind, from_id, to_kind, to_id, category, type_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unindexed (
    n INTEGER PRIMARY KEY, kind TEXT, id INTEGER, visible_at INTEGER, state BLOB);
CREATE INDEX IF NOT EXISTS unindexed_of ON unindexed (kind, id);
CREATE TABLE IF NOT EXISTS document (
    kind TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, object_type TEXT, object_id INTEGER, event_type TEXT, at INTEGER,
    properties BLOB);
CREATE INDEX IF NOT EXISTS event_of ON event (object_type, object_id, at);
CREATE INDEX IF NOT EXISTS event_type ON event (event_type, at);
CREATE TABLE IF NOT EXISTS submission (
    n INTEGER PRIMARY KEY, form_id TEXT, at INTEGER, body BLOB);
CREATE INDEX IF NOT EXISTS submission_of ON submission (form_id, at, n);
CREATE TABLE IF NOT EXISTS email_event (
    n INTEGER PRIMARY KEY, at INTEGER, recipient TEXT, type TEXT, body BLOB);
CREATE INDEX IF NOT EXISTS email_event_at ON email_event (at, n);
CREATE TABLE IF NOT EXISTS list_member (
    list_id INTEGER, record_id INTEGER, first_at INTEGER NOT NULL, at INTEGER,
    PRIMARY KEY (list_id, record_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS list_member_since ON list_member (list_id, at, record_id);
CREATE INDEX IF NOT EXISTS list_member_record ON list_member (record_id);
CREATE INDEX IF NOT EXISTS email_event_to ON email_event (recipient, at, n);
CREATE TABLE IF NOT EXISTS webhook_event (
    n INTEGER PRIMARY KEY, app_id INTEGER, due INTEGER, place REAL, attempt INTEGER, body BLOB);
CREATE INDEX IF NOT EXISTS webhook_event_order ON webhook_event (app_id, place, n);
CREATE INDEX IF NOT EXISTS webhook_event_due ON webhook_event (due);
CREATE TABLE IF NOT EXISTS journal_event (n INTEGER PRIMARY KEY, app_id INTEGER, entry INTEGER, body BLOB);
CREATE INDEX IF NOT EXISTS journal_event_of ON journal_event (entry, app_id, n);
CREATE TABLE IF NOT EXISTS journal_entry (
    n INTEGER PRIMARY KEY, app_id INTEGER, offset TEXT UNIQUE, published INTEGER);
CREATE INDEX IF NOT EXISTS journal_entry_of ON journal_entry (app_id, n);
CREATE TABLE IF NOT EXISTS list_change (n INTEGER PRIMARY KEY, list_id INTEGER, at INTEGER, size INTEGER);
CREATE INDEX IF NOT EXISTS list_change_of ON list_change (list_id, at);
"""

_RECORD_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
    id INTEGER PRIMARY KEY, created INTEGER, modified INTEGER, archived_at INTEGER,
    properties BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS {table}_modified ON {table} (modified, id) WHERE archived_at IS NULL;
CREATE INDEX IF NOT EXISTS {table}_created ON {table} (created, id) WHERE archived_at IS NULL;
CREATE INDEX IF NOT EXISTS {table}_archived ON {table} (id) WHERE archived_at IS NOT NULL;
"""


class Database:
    """One connection, one lock; a transaction holds the lock from BEGIN to COMMIT."""

    def __init__(self, path: str, kinds: Iterable[str]) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA cache_size = -65536")
        self._connection.executescript(_TABLES)
        for kind in kinds:
            self._connection.executescript(_RECORD_TABLE.format(table=record_table(kind)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; joined when one is open already on this thread."""
        with self._lock:
            if self._depth:
                yield
                return
            self._depth = 1
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """One input of a batch: an exception undoes it alone and goes on to the caller."""
        self._connection.execute("SAVEPOINT input")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO input")
            raise
        finally:
            self._connection.execute("RELEASE input")

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """A transaction for loading: the indexes are built once, sorted, at its end."""
        with self.transaction():
            indexes = self._connection.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
            ).fetchall()
            for name, _ in indexes:
                self._connection.execute(f"DROP INDEX {name}")
            yield
            for _, sql in indexes:
                self._connection.execute(sql)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows, as they are fetched."""
        with self._lock:
            return iter(self._connection.execute(sql, parameters))

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        with self._lock:
            found: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
            return found

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute a change; the number of rows it touched."""
        with self._lock:
            return self._connection.execute(sql, parameters).rowcount

    def run_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        with self._lock:
            self._connection.executemany(sql, parameters)

    @property
    def changes(self) -> int:
        """Grows with every row changed: what was computed at one value holds until the next."""
        return self._connection.total_changes

    def close(self) -> None:
        self._connection.close()


def record_table(kind: str) -> str:
    return f"record_{kind}"


def marks(count: int) -> str:
    """``?, ?, ?`` for an IN list."""
    return ", ".join("?" * count)
