"""A seeded sandbox in this process, served on its ports, with syncd and the independent check as child processes."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import requests

from connectors.loopback.sandbox import Sandbox, start
from connectors.loopback.world import setup
from syncd.config.write import sandbox_config

Crm = Literal["salesforce", "hubspot"]
CHECK = Path(__file__).with_name("independent.py")
PATIENCE = 600.0
READS = (
    "/search",
    "/batch/read",
    "/composite",
    "/oauth2/token",
    "/access-token-info",
    "/composite/sobjects/Lead",
    "/composite/sobjects/Contact",
)
"""POSTs that only look."""


@dataclass
class Stage:
    sandbox: Sandbox
    folder: Path
    crm: Crm

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def ledger(self) -> Path:
        return self.folder / "syncd.db"

    # ------------------------------------------------------------ syncd, as a user runs it
    def syncd(self, *args: str, config: Path | None = None) -> dict[str, Any]:
        """The last line of what a command prints, as JSON. A sync that a brake stopped, or that found problems, is no error."""
        done = subprocess.run(
            [sys.executable, "-m", "syncd", *args, "-c", str(config or self.config)],
            capture_output=True, text=True, timeout=PATIENCE, check=False, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
        assert done.returncode in (0, 1), (args, done.returncode, done.stderr[-2000:])
        last = done.stdout.strip().splitlines()[-1:]
        report: dict[str, Any] = json.loads(last[0]) if last and last[0].startswith("{") else {}
        return report

    def approve(self) -> dict[str, Any]:
        """Plan, then apply that plan."""
        plan = self.folder / "plan.json"
        self.syncd("plan", "--out", str(plan))
        return self.syncd("apply", str(plan), "--json")

    def sync(self) -> dict[str, Any]:
        return self.syncd("sync", "--json")

    def braked_config(self) -> Path:
        """The same configuration, for the same ledger, which may hand over one person unasked."""
        text = self.config.read_text().replace("handoffs = 200 ", "handoffs = 1 ")
        path = self.folder / "braked.toml"
        path.write_text(text)
        return path

    # ------------------------------------------------------------ what is so
    def check(self, config: Path | None = None) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, str(CHECK), "--ready", str(self.folder / "ready.json"), "--config",
             str(config or self.config), "--json"],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == bool(found["deviations"])
        return found

    def records(self) -> set[tuple[str, str]]:
        """Every record of both systems: (object, id)."""
        hubspot, salesforce = self.sandbox.hubspot.snapshot(), self.sandbox.salesforce.snapshot()
        found = {
            (kind, row["id"]) for kind, rows in hubspot.items() if isinstance(rows, list) for row in rows if "id" in row
        }
        return found | {
            (kind, row["Id"]) for kind, rows in salesforce.items() for row in rows if not kind.endswith("History")
        }

    def forget_calls(self) -> None:
        self.sandbox.hubspot.log.reset()
        self.sandbox.salesforce.log.reset()

    def writes(self) -> list[str]:
        """Calls since then that write, as both emulators logged them."""
        calls = [*self.sandbox.hubspot.log.calls(), *self.sandbox.salesforce.log.calls()]
        return [f"{c.method} {c.path}" for c in calls if c.method != "GET" and not _only_looks(c.method, c.path)]

    # ------------------------------------------------------------ other hands
    def wait(self, seconds: float = 60) -> None:
        """HubSpot's search index lags behind its writes."""
        self.sandbox.clock.advance(seconds)

    def hubspot(self, method: str, path: str, **body: Any) -> Any:
        return self._call(self.sandbox.servers["hubspot"].url + path, setup.HUBSPOT_REPS_TOKEN, method, body)

    def salesforce(self, method: str, path: str, **body: Any) -> Any:
        token = next(m.token for m in self.sandbox.world.crew.reps if m.token)
        url = f"{self.sandbox.servers['salesforce'].url}/services/data/v65.0{path}"
        return self._call(url, token, method, body)

    def _call(self, url: str, token: str, method: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Sforce-Auto-Assign": "FALSE",
                   "Sforce-Duplicate-Rule-Header": "allowSave=true"}  # fmt: skip
        answer = requests.request(method, url, headers=headers, json=body or None, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def handed_over(self) -> list[dict[str, Any]]:
        """HubSpot's contacts that were handed over, each as id and properties."""
        rows = self.sandbox.hubspot.snapshot()["contacts"]
        return [{"id": r["id"], **r["properties"]} for r in rows if r["properties"].get("syncd_handoff_no")]

    def wipe_links(self) -> None:
        with contextlib.closing(sqlite3.connect(self.ledger)) as ledger, ledger:
            ledger.execute("DELETE FROM link")

    def drop_ledger(self) -> None:
        for path in self.folder.glob(f"{self.ledger.name}*"):
            path.unlink()


def _only_looks(method: str, path: str) -> bool:
    return method == "POST" and path.endswith(READS)


@contextlib.contextmanager
def stage(folder: Path, *, crm: Crm, contacts: int, seed: int, days: int = 90) -> Iterator[Stage]:
    with start(contacts=contacts, days=days, seed=seed) as sandbox:
        place = Stage(sandbox, folder, crm)
        (folder / "ready.json").write_text(json.dumps(sandbox.ready_line()))
        sandbox_config(sandbox.ready_line(), place.config, crm=crm)
        yield place
