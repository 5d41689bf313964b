"""Fixtures of the command line's tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.loopback.sandbox import Sandbox
from tests.cli.place import Place, running


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of whoever runs the tests, and no log handler that outlives its test."""
    for name in ("SYNCD_CONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox for tests that write nothing into it."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def place(shared: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    """A fresh ledger on the shared sandbox."""
    return Place(tmp_path, shared, capsys)


@pytest.fixture
def own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """A fresh ledger on a fresh sandbox, to write into."""
    with running() as sandbox:
        yield Place(tmp_path, sandbox, capsys)


@pytest.fixture
def approved(own: Place) -> Place:
    """A place with its first plan applied and one sync made."""
    assert own.approve().code in (0, 1)
    own.syncd("sync")
    return own
