"""Exit code 4: the ledger is in use, damaged, somebody else's, or newer than this program."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd.ledger.store import Store
from tests.cli.place import Place, start_syncd

READERS = (["status"], ["handoffs"], ["problems"], ["explain", "a@b.example"], ["plan"])
WRITERS = (["sync"], ["undo", "1"], ["problems", "retry"])


def ids(command: list[str]) -> str:
    return " ".join(command)


@pytest.mark.parametrize("command", WRITERS, ids=ids)
def test_a_ledger_in_use(place: Place, command: list[str]) -> None:
    with Store.open(place.ledger):
        before = place.contents()
        ran = place.syncd(*command)
        assert place.contents() == before
    assert ran.code == 4
    assert "is in use by process" in ran.err
    assert "stopped first" in ran.err


@pytest.mark.process
def test_a_second_process_is_refused_and_a_reader_is_not(place: Place) -> None:
    hold = (
        "import sys; from pathlib import Path; from syncd.ledger.store import Store; s = Store.open(Path(sys.argv[1]));"
    )
    hold += "print('held', flush=True); sys.stdin.read(); s.close()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(place.ledger)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with start_syncd(place.folder, "sync", "--json") as child:
            out, err = child.communicate(timeout=60)
        assert child.returncode == 4
        assert f"in use by process {holder.pid}" in err
        assert '"exit_code": 4' in out
        assert place.syncd("status").code == 0
        holder.communicate(timeout=30)
    assert place.syncd("sync").code == 1


Damage = Callable[[Path], None]


def flipped(ledger: Path) -> None:
    """Bytes of every page but the first are wrong."""
    body = bytearray(ledger.read_bytes())
    dice = random.Random(1)
    for at in range(4096, len(body)):
        if dice.random() < 0.2:
            body[at] ^= 0xFF
    ledger.write_bytes(body)


def header(ledger: Path) -> None:
    body = bytearray(ledger.read_bytes())
    body[0:64] = bytes(64)
    ledger.write_bytes(body)


def truncated(ledger: Path) -> None:
    ledger.write_bytes(ledger.read_bytes()[: 4096 * 3 + 100])


def text(ledger: Path) -> None:
    ledger.write_text("This is no database.\n" * 1000)


def stranger(ledger: Path) -> None:
    ledger.unlink()
    conn = sqlite3.connect(ledger)
    conn.execute("CREATE TABLE person (id INTEGER)")
    conn.close()


def newer(ledger: Path) -> None:
    conn = sqlite3.connect(ledger)
    conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('syncd', 'm9_flying', '2030')"
    )
    conn.commit()
    conn.close()


DAMAGES: dict[Damage, str] = {
    flipped: "damaged", header: "damaged", truncated: "damaged", text: "damaged", stranger: "not a syncd ledger",
    newer: "newer syncd",
}  # fmt: skip


@pytest.fixture
def used(place: Place) -> Place:
    """With a ledger that one sync was recorded in, all of it in the one file."""
    with Store.open(place.ledger) as store:
        store.conn.execute("INSERT INTO sync (kind, started, rules) VALUES ('sync', 0, 'x')")
        store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return place


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
@pytest.mark.parametrize("command", [*READERS, *WRITERS, ["run"]], ids=ids)
def test_a_ledger_that_cannot_be_used(used: Place, damage: Damage, command: list[str]) -> None:
    damage(used.ledger)
    bytes_before = used.ledger.read_bytes()
    before = used.contents()
    ran = used.syncd(*command)
    assert ran.code == 4
    assert DAMAGES[damage] in ran.err
    assert "Traceback" not in ran.err
    assert used.contents() == before
    assert used.ledger.read_bytes() == bytes_before


def test_a_ledger_in_a_place_that_is_no_folder(place: Place) -> None:
    place.edit('ledger = "syncd.db"', 'ledger = "syncd.toml/syncd.db"')
    ran = place.syncd("sync")
    assert ran.code == 4
    assert "cannot be opened" in ran.err


def test_a_ledger_of_other_accounts(approved: Place) -> None:
    approved.sandbox.hubspot.settings.portal_id = 4711
    with Store.open(approved.ledger) as store, store.tx() as conn:
        conn.execute("DELETE FROM meta WHERE name LIKE 'check:%'")
    before = approved.contents()
    ran = approved.syncd("sync")
    assert ran.code == 4
    assert "belongs to hubspot account 147893286" in ran.err
    assert approved.contents() == before


def test_before_the_first_sync_there_is_nothing_and_no_file_is_made(place: Place) -> None:
    ran = place.syncd("status")
    assert ran.code == 0
    assert "none yet" in ran.out
    assert place.syncd("handoffs").out == "No handoffs.\n"
    assert place.syncd("problems").out == "No problems.\n"
    assert not place.ledger.exists()
