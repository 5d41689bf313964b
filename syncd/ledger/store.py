"""Opening, locking, forking and backing up the one SQLite file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from syncd.core.errors import LedgerError
from syncd.ledger.schema import APPLICATION_ID, migrations

LARGE = 64 << 20
"""Bytes from which a fork is kept in a file instead of memory."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA cache_size = -8192",
)


class Store:
    """One connection and its transactions. The writer holds the lock file beside the ledger; readers are read-only."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        path: Path | None,
        lock: IO[str] | None = None,
        scratch: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self.conn, self.path, self._lock, self._scratch = conn, path, lock, scratch
        self.epoch = 0

    # ------------------------------------------------------------ opening
    @classmethod
    def open(cls, path: Path) -> Store:
        """The writer. Creates the file (mode 0600) and applies migrations; refuses a second writer, a damaged file, and
        a ledger newer than this program. Raises LedgerError."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _take_lock(path)
        try:
            fresh = not path.exists() or path.stat().st_size == 0
            if fresh:
                path.touch(mode=0o600)
            path.chmod(0o600)
            with _damage(path):
                conn = _connect(str(path))
                store = cls(conn, path, lock)
                if fresh:  # first, so that a reader never meets a database that is nobody's
                    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                else:  # before anything is changed in what may be somebody else's
                    _check_known(conn, path)
                    store.refuse_imported()
                conn.execute("PRAGMA journal_mode = WAL")
                conn.execute("PRAGMA synchronous = FULL")
                store._migrate(fresh)
                store._take_lease()
            return store
        except BaseException:
            lock.close()
            raise

    @classmethod
    def read(cls, path: Path) -> Store:
        """A read-only view for status and explain; works while the daemon writes."""
        if not path.exists():
            raise LedgerError(f"There is no ledger at {path}.", "Make one with: syncd plan")
        with _damage(path):
            conn = _connect(f"file:{path}?mode=ro", uri=True)
            conn.execute("PRAGMA query_only = ON")
            _check_known(conn, path)
        return cls(conn, path)

    @classmethod
    def memory(cls) -> Store:
        """A ledger for one process: tests, and the fork that a plan works on."""
        store = cls(_connect(":memory:"), None)
        store._migrate(fresh=True)
        return store

    def fork(self) -> Store:
        """A copy to plan on without touching this one: in memory, or in a file that is gone at the end when it is large."""
        (pages,), (size,) = (self.conn.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
        large = pages * size > LARGE and self.path is not None
        fork = Store._throw_away(self.path.parent) if large and self.path else Store(_connect(":memory:"), None)
        self.conn.backup(fork.conn)
        fork.epoch = self.epoch
        return fork

    @classmethod
    def scratch(cls, folder: Path) -> Store:
        """An empty ledger in a file that is gone at the end: for the first plan, which may be of a million people."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = cls._throw_away(folder)
        store._migrate(fresh=True)
        return store

    @classmethod
    def _throw_away(cls, folder: Path) -> Store:
        scratch = tempfile.TemporaryDirectory(prefix=".plan-", dir=folder)
        conn = _connect(str(Path(scratch.name) / "fork.db"))
        conn.execute("PRAGMA journal_mode = MEMORY")
        conn.execute("PRAGMA synchronous = OFF")
        return cls(conn, None, scratch=scratch)

    def backup(self, target: Path) -> None:
        """A checked copy in one step (steps would restart under every write): written aside, verified, then renamed."""
        partial = target.with_name(target.name + ".tmp")
        partial.touch(mode=0o600)
        with contextlib.closing(sqlite3.connect(partial)) as copy:
            self.conn.backup(copy)
            if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise LedgerError(f"The backup {partial} does not verify.", "Check the disk, then try again.")
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(target)

    def close(self) -> None:
        self.conn.close()
        if self._lock is not None:
            self._lock.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------ transactions
    @contextlib.contextmanager
    def tx(self) -> Iterator[sqlite3.Connection]:
        """One short write transaction. Never hold it over a remote call."""
        conn = self.conn
        if conn.in_transaction:
            raise AssertionError("transactions do not nest")
        try:
            conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise LedgerError(
                f"The ledger cannot be written: {error}.", "See who uses it with: syncd status"
            ) from error
        try:
            yield conn
            conn.execute("COMMIT")
        except BaseException as error:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
                raise LedgerError("The disk is full; nothing was lost.", "Free some space, then: syncd sync") from error
            raise

    def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        return self.conn.execute(sql, args).fetchall()

    def one(self, sql: str, *args: Any) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.conn.execute(sql, args).fetchone()
        return row

    def value(self, sql: str, *args: Any) -> Any:
        row = self.one(sql, *args)
        return row[0] if row else None

    def refuse_imported(self) -> None:
        """Raises LedgerError for what was made of tables: it is there to be looked at, and nothing is ever sent from it."""
        if self.value("SELECT 1 FROM meta WHERE name = 'imported'"):
            raise LedgerError(
                f"The ledger {self.path or 'here'} was imported from tables; nothing is ever sent from it.",
                "Name another ledger in the config. To look at this one: syncd backtest, try, rank, explain.",
            )

    # ------------------------------------------------------------ set-up
    def _migrate(self, fresh: bool) -> None:
        from sqlite_utils import Database

        db = Database(self.conn, execute_plugins=False)
        if fresh:
            self.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        elif self.path is not None and migrations.pending(db):
            self.backup(self.path.with_name(self.path.name + ".before-migration"))
        migrations.apply(db)

    def _take_lease(self) -> None:
        with self.tx() as conn:
            conn.execute("UPDATE lease SET epoch = epoch + 1, pid = ?, host = ?", (os.getpid(), socket.gethostname()))
            self.epoch = conn.execute("SELECT epoch FROM lease").fetchone()[0]


def _connect(path: str, uri: bool = False) -> sqlite3.Connection:
    conn = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False, uri=uri)
    for pragma in _PRAGMAS:
        conn.execute(pragma)
    return conn


def _take_lock(path: Path) -> IO[str]:
    """An flock on `<ledger>.lock`: survives kill -9 and is free again at once. Never unlinked."""
    name = path.with_name(path.name + ".lock")
    opener: Callable[[str, int], int] = lambda file, flags: os.open(file, flags, 0o600)  # noqa: E731
    lock = open(name, "a+", opener=opener)  # noqa: SIM115 - held for the life of the store
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        lock.close()
        fix = "Wait until it is done; a daemon (syncd run) must be stopped first."
        raise LedgerError(f"The ledger {path} is in use by {holder}.", fix) from error
    lock.seek(0)
    lock.truncate()
    lock.write(f"process {os.getpid()} on {socket.gethostname()}")
    lock.flush()
    return lock


@contextlib.contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise LedgerError(f"The ledger {path} is locked by another program.", "Close it and try again.") from error
        raise LedgerError(
            f"The ledger {path} is damaged or not a syncd ledger ({error}).",
            "Put back a backup (syncd finds in both systems what happened since), or name another ledger file.",
        ) from error


def _check_known(conn: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a stranger's database, and one that a newer syncd has migrated further than this program knows."""
    from sqlite_utils import Database

    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise LedgerError(f"{path} is a database, but not a syncd ledger.", "Name another ledger file in the config.")
    known = {m.name for m in migrations.pending(Database(sqlite3.connect(":memory:"), execute_plugins=False))}
    applied = {m.name for m in migrations.applied(Database(conn, execute_plugins=False))}
    if newer := applied - known:
        raise LedgerError(
            f"The ledger {path} was made by a newer syncd ({', '.join(sorted(newer))}).", "Upgrade syncd."
        )
