"""The file itself: who may open it, what a fork and a backup are, what damage looks like."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.core.errors import LedgerError
from syncd.ledger import store as store_module
from syncd.ledger.schema import APPEND_ONLY
from syncd.ledger.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "syncd.db"


def test_the_files_are_for_their_owner_alone(path: Path) -> None:
    with Store.open(path) as ledger, ledger.tx() as conn:
        conn.execute("INSERT INTO meta VALUES ('a', 'b')")
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


def test_settings_of_the_writer(path: Path) -> None:
    with Store.open(path) as ledger:
        pragmas = {
            p: ledger.value(f"PRAGMA {p}") for p in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
        strict = dict(
            ledger.rows("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
        )
        loose = {name for name, is_strict in strict.items() if not is_strict and not name.startswith(("sqlite_", "_"))}
        assert loose == set()


def test_F26_a_second_writer_is_refused_and_kill_9_frees_the_ledger(path: Path) -> None:
    """The lock dies with its process, whatever the process left behind."""
    code = (
        "import sys,time; from pathlib import Path; from syncd.ledger.store import Store; "
        "s = Store.open(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(LedgerError, match=f"in use by process {holder.pid}"):
            Store.open(path)
        with Store.read(path) as reader:
            assert reader.rows("SELECT * FROM person") == []
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with Store.open(path) as ledger:
        assert ledger.epoch == 2


def test_readers_cannot_write(path: Path) -> None:
    Store.open(path).close()
    with Store.read(path) as reader, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.conn.execute("DELETE FROM meta")


def test_reading_what_is_not_there_says_how_to_make_it(path: Path) -> None:
    with pytest.raises(LedgerError, match="There is no ledger .* syncd plan"):
        Store.read(path)


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at it twice" * 20, b"SQLite format 3\0" + b"x" * 4096]
)
def test_F30_a_damaged_file_is_refused_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged|not a syncd ledger"):
        Store.open(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(LedgerError, match="not a syncd ledger"):
        Store.open(path)


def test_F47_a_ledger_of_a_newer_program_is_refused(path: Path) -> None:
    with Store.open(path) as ledger, ledger.tx() as conn:
        conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('syncd', 'from_the_future', 'now')"
        )
    with pytest.raises(LedgerError, match="made by a newer syncd .*from_the_future"):
        Store.open(path)


def test_F28_a_full_disk_rolls_back_and_says_so(path: Path) -> None:
    with Store.open(path) as ledger:
        pages = ledger.value("PRAGMA page_count")
        ledger.conn.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(LedgerError, match="disk is full"), ledger.tx() as conn:
            for n in range(1000):
                conn.execute("INSERT INTO meta VALUES (?, ?)", (f"name {n}", "x" * 500))
        assert ledger.rows("SELECT * FROM meta") == []
        assert not ledger.conn.in_transaction


def test_an_error_inside_a_transaction_leaves_nothing(path: Path) -> None:
    with Store.open(path) as ledger:
        with pytest.raises(KeyError), ledger.tx() as conn:
            conn.execute("INSERT INTO meta VALUES ('half', 'written')")
            raise KeyError
        assert ledger.rows("SELECT * FROM meta") == []


@pytest.mark.parametrize("large", [False, True])
def test_a_fork_is_a_copy_that_leaves_no_trace(path: Path, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    if large:
        monkeypatch.setattr(store_module, "LARGE", 0)
    with Store.open(path) as ledger:
        with ledger.tx() as conn:
            conn.execute("INSERT INTO meta VALUES ('a', 'b')")
        files = sorted(path.parent.iterdir())
        with ledger.fork() as fork:
            with fork.tx() as conn:
                conn.execute("DELETE FROM meta")
            assert (sorted(path.parent.iterdir()) != files) is large
        assert ledger.rows("SELECT * FROM meta") == [("a", "b")]
        assert sorted(path.parent.iterdir()) == files


def test_F32_a_backup_holds_the_last_commit(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as ledger:
        with ledger.tx() as conn:
            conn.execute("INSERT INTO meta VALUES ('last', 'commit')")
        ledger.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.rows("SELECT value FROM meta") == [("commit",)]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.tmp"))


def test_append_only_tables_are_the_protocol_and_the_facts() -> None:
    assert set(APPEND_ONLY) == {"fact", "intent", "receipt", "stage_event"}


def test_the_lock_file_is_never_unlinked(path: Path) -> None:
    Store.open(path).close()
    assert os.path.exists(f"{path}.lock")  # noqa: PTH110 - the name is the point
