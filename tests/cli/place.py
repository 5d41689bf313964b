"""A sandbox in this process, a folder with its configuration, and syncd as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.loopback.sandbox import Sandbox, start
from syncd.cli import main
from syncd.config.write import sandbox_config

PATIENCE = 60.0


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON object."""
        (line,) = self.out.splitlines()
        return json.loads(line)


@dataclass
class Place:
    """A folder with `syncd.toml` for a running sandbox."""

    folder: Path
    sandbox: Sandbox
    capture: pytest.CaptureFixture[str]
    crm: str = "salesforce"
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.folder / "syncd.toml"
        sandbox_config(self.sandbox.ready_line(), self.config, crm=self.crm)

    # ------------------------------------------------------------ commands
    def syncd(self, *args: str) -> Ran:
        """Run a command in this process; the folder's syncd.toml is the one that is read by default."""
        self.capture.readouterr()
        with contextlib.chdir(self.folder), pytest.raises(SystemExit) as left:
            main(list(args))
        told = self.capture.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return Ran(code, told.out, told.err)

    def approve(self) -> Ran:
        """Plan and apply."""
        assert self.syncd("plan", "--out", "plan.json").code in (0, 1)
        return self.syncd("apply", "plan.json")

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Run a command as a child process."""
        return start_syncd(self.folder, *args)

    # ------------------------------------------------------------ files
    def edit(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text, old
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def ledger(self) -> Path:
        return self.folder / "syncd.db"

    # ------------------------------------------------------------ the systems
    def control(self, name: str, action: str, /, **body: Any) -> Any:
        """What people and administrators do in a system."""
        answer = requests.post(f"{self.sandbox.servers[name].url}/_sandbox/{action}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, name: str, /, **rule: Any) -> None:
        self.control(name, "faults", **rule)

    def heal(self, name: str) -> None:
        requests.delete(f"{self.sandbox.servers[name].url}/_sandbox/faults", timeout=10)

    def down(self, name: str) -> None:
        """Nobody listens any more where the configuration points to."""
        self.edit(self.sandbox.servers[name].url, "http://127.0.0.1:9")

    def contents(self) -> dict[str, Any]:
        """Everything that both systems hold."""
        hubspot = self.sandbox.hubspot.snapshot()
        del hubspot["at"]
        return {"hubspot": hubspot, "salesforce": self.sandbox.salesforce.snapshot()}

    def leads(self) -> list[dict[str, Any]]:
        """Leads that carry our key."""
        rows = self.sandbox.salesforce.snapshot()["Lead"]
        return [row for row in rows if row.get("syncd_hs_id__c")]

    def emails(self) -> list[str]:
        """Addresses of the people that were handed over."""
        return [h["email"] for h in self.syncd("handoffs", "--json", "--limit", "500").json["handoffs"]]


@contextlib.contextmanager
def running(**options: Any) -> Iterator[Sandbox]:
    with start(**{"contacts": 150, "days": 40, "seed": 1, **options}) as sandbox:
        yield sandbox


def start_syncd(folder: Path, *args: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "syncd", *args],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **more},
    )


class Lines:
    """The lines of a child's pipe, read as they come, so that a test can wait for one without sleeping."""

    def __init__(self, pipe: Any) -> None:
        self.seen: list[str] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def wait(self, what: str, count: int = 1) -> str:
        """The `count`-th line that holds `what`."""
        deadline = time.monotonic() + PATIENCE
        with self._more:
            while len(found := [line for line in self.seen if what in line]) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"no “{what}” in {self.seen}"
                self._more.wait(left)
        return found[count - 1]

    def _read(self, pipe: Any) -> None:
        for line in pipe:
            with self._more:
                self.seen.append(line)
                self._more.notify_all()
