"""A large world is written by two processes: the same world, and nothing stays when one of them ends."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.hubspot.database import Database
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.salesforce.store import Store
from connectors.loopback.sandbox import Options, prepare
from connectors.loopback.world import apart

LONG = 120  # seconds: ends a test that hangs, and is no limit for a busy machine
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a world is written by two processes on Linux only")


@pytest.fixture
def emulators() -> Iterator[tuple[HubSpotEmulator, SalesforceEmulator]]:
    hubspot, salesforce = HubSpotEmulator(), SalesforceEmulator()
    yield hubspot, salesforce
    hubspot.close()
    salesforce.close()


def content(database: Database | Store) -> dict[str, str]:
    """A digest of every table, row by row and byte by byte; ``~access`` holds a random number."""
    execute = database.db.execute if isinstance(database, Store) else database.rows
    tables = [row[0] for row in execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    digests = {}
    for table in tables:
        rows = sorted(map(repr, execute(f'SELECT * FROM "{table}"')))
        digests[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    digests.pop("~access", None)
    return digests


@pytest.mark.parametrize("kept", [False, True], ids=["memory", "file"])
def test_two_processes_write_what_one_writes(
    options: Callable[..., Options], now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """More than one chunk of contacts; the trials of the product too, and the ids of what comes next."""

    def world(processes: int) -> tuple[Any, ...]:
        monkeypatch.setattr(apart, "worthwhile", lambda contacts: processes == 2)
        folder = tmp_path / str(processes)
        path = folder / "state" if kept else None
        chosen = Options(contacts=2_300, days=60, seed=3, ticking=False, now=now, path=path, product=folder / "product")
        with prepare(chosen) as sandbox:
            systems = content(sandbox.hubspot.portal.database), content(sandbox.salesforce.org.store)
            trials = {file.name: file.read_text() for file in (folder / "product").iterdir()}
            next_ids = (
                sandbox.hubspot.seed("contacts", [{"properties": {}}]),
                sandbox.salesforce.seed("Lead", [{"LastName": "Next", "Company": "Next"}]),
            )
            return *systems, sandbox.world.as_dict(), trials, next_ids

    forks: list[Any] = []
    fork = apart.write
    monkeypatch.setattr(apart, "write", lambda *arguments: forks.append(1) or fork(*arguments))
    assert world(1) == world(2)
    assert forks == [1]


def test_a_kept_world_is_in_its_files(
    options: Callable[..., Options], now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "worthwhile", lambda contacts: True)
    with prepare(Options(contacts=100, seed=3, ticking=False, now=now, path=tmp_path / "state")) as sandbox:
        leads = sandbox.world.counts["Lead"]
    org = Store(sandbox.salesforce.org.schema, str(tmp_path / "state" / "salesforce.db"))
    assert org.count(org.schema["Lead"]) == leads
    org.close()
    portal = Database(str(tmp_path / "state" / "hubspot.db"), [])
    assert portal.row("SELECT count(*) FROM record_contacts") == (100,)
    portal.close()


def test_two_processes_are_for_large_worlds_on_two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert apart.worthwhile(100_000)
    assert not apart.worthwhile(2_000)
    for module, name, value in (
        (sys, "platform", "darwin"),
        (os, "sched_getaffinity", lambda process: {1}),
        (threading, "active_count", lambda: 2),
    ):
        with monkeypatch.context() as other:
            other.setattr(module, name, value)
            assert not apart.worthwhile(100_000), name


def _raises(hubspot: Any, salesforce: Any) -> None:
    raise ValueError("no story")


def _is_killed(hubspot: Any, salesforce: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("end", [_raises, _is_killed])
def test_a_child_that_ends_early_leaves_two_empty_systems(
    emulators: tuple[HubSpotEmulator, SalesforceEmulator], end: Callable[[Any, Any], None]
) -> None:
    hubspot, salesforce = emulators
    before = content(hubspot.portal.database), content(salesforce.org.store)

    def story(portal: Any, org: SalesforceEmulator) -> None:
        portal.seed("contacts", [{"properties": {"email": "a@b.example"}}])
        org.seed("Lead", [{"LastName": "A", "Company": "B"}])
        end(portal, org)

    with pytest.raises(ChildProcessError, match="ended before it was done"):
        apart.write(hubspot, salesforce, story)
    assert (content(hubspot.portal.database), content(salesforce.org.store)) == before
    assert multiprocessing.active_children() == []


def test_ctrl_c_ends_the_child_too(
    emulators: tuple[HubSpotEmulator, SalesforceEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    hubspot, salesforce = emulators

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def endless(portal: Any, org: SalesforceEmulator) -> None:
        while True:
            portal.seed("contacts", [{"properties": {}}])

    monkeypatch.setattr(hubspot, "seed", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        apart.write(hubspot, salesforce, endless)
    assert multiprocessing.active_children() == []
    assert caught.traceback  # kept until here: it is not the end of the frames that ends the child
    assert not hubspot.has_records()


_ENDLESS = """
from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.world import apart

def endless(portal, org):
    while True:
        portal.seed("contacts", [{"properties": {}}])

hubspot = HubSpotEmulator()
seed, hubspot.seed = hubspot.seed, lambda *told: [print("told", flush=True), seed(*told)][1]
apart.write(hubspot, SalesforceEmulator(), endless)
"""


def test_a_child_does_not_outlive_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", _ENDLESS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "told\n"
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        gone, _ = psutil.wait_procs([child], timeout=LONG)
    assert gone == [child]


def test_ids_ahead_are_those_that_records_get() -> None:
    hubspot = HubSpotEmulator()
    take = hubspot.ids_ahead()
    for kind, count in (("contacts", 3), ("companies", 100), ("contacts", 70)):
        assert take(kind, count) == hubspot.seed(kind, [{"properties": {}}] * count)
    with pytest.raises(ValueError, match="records"):
        hubspot.ids_ahead()
    hubspot.close()


def test_a_portal_with_records_is_filled_by_one_process(
    emulators: tuple[HubSpotEmulator, SalesforceEmulator],
) -> None:
    hubspot, salesforce = emulators
    (record,) = hubspot.seed("contacts", [{"properties": {"email": "a@b.example"}}])
    assert hubspot.has_records()
    with pytest.raises(ValueError, match="records"):
        apart.write(hubspot, salesforce, lambda portal, org: None)
    assert record
