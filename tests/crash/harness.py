"""Real processes: a sandbox, and syncd as a child that dies by SIGKILL at a chosen call.

The checks look only at what both emulators hold.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.buyers import TITLE, only_buyers

PATIENCE = 60.0


@dataclass
class Site:
    """A running sandbox with a configuration that works on it."""

    folder: Path
    crm: str
    ready: dict[str, Any]

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def url(self, system: str, path: str) -> str:
        return f"{self.ready[system]['url']}/_sandbox/{path}"

    def systems(self) -> list[str]:
        return ["hubspot"] if self.crm == "hubspot" else ["hubspot", "salesforce"]

    def syncd(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "syncd", *args, "-c", str(self.config)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip

    def run(self, *args: str) -> tuple[int, str, str]:
        child = self.syncd(*args)
        out, err = child.communicate(timeout=PATIENCE)
        return child.returncode, out, err

    def must(self, *args: str) -> str:
        """Run syncd; the last line of its output. Fails unless it is done, or done with something for a human."""
        code, out, err = self.run(*args)
        assert code in (0, 1), (args, code, err)
        return (out.splitlines() or [""])[-1]

    def calls(self) -> int:
        return sum(requests.get(self.url(s, "requests?log=0"), timeout=5).json()["total"] for s in self.systems())

    def salesforce_token(self) -> str:
        """A fresh session: the sandbox's clock may have run past the first one."""
        org = self.ready["salesforce"]
        answer = requests.post(
            f"{org['url']}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": org["client_id"],
                "client_secret": org["client_secret"],
            },
            timeout=5,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def advance(self, text: str) -> None:
        requests.post(self.url("hubspot", "clock"), json={"advance": text}, timeout=5).raise_for_status()

    def fault(self, system: str, **rule: Any) -> None:
        requests.post(self.url(system, "faults"), json=rule, timeout=5).raise_for_status()

    def clear_faults(self) -> None:
        for system in self.systems():
            requests.delete(self.url(system, "faults"), timeout=5).raise_for_status()

    def snapshot(self, system: str) -> dict[str, Any]:
        answer = requests.get(self.url(system, "snapshot"), timeout=30)
        answer.raise_for_status()
        snapshot: dict[str, Any] = answer.json()
        return snapshot

    def killed_at_call(self, number: int, *args: str) -> bool:
        """Run syncd and kill it as soon as both systems together have seen `number` more calls; False when it ended first."""
        start = self.calls()
        child = self.syncd(*args)
        deadline = time.monotonic() + PATIENCE
        try:
            while child.poll() is None:
                if self.calls() - start >= number:
                    child.send_signal(signal.SIGKILL)
                    break
                assert time.monotonic() < deadline, "syncd hangs"
        finally:
            child.kill()
            child.communicate()
        return child.returncode == -signal.SIGKILL

    def until_quiet(self, most: int = 12) -> dict[str, Any]:
        """Sync until one writes nothing and leaves nothing open."""
        for _ in range(most):
            report: dict[str, Any] = json.loads(self.must("sync", "--json"))
            if not sum(report["writes"].values()) and not report["actions"]:
                return report
            self.advance("20m")
        raise AssertionError(f"never quiet: {report}")


@contextlib.contextmanager
def site(folder: Path, *, crm: str, contacts: int, seed: int) -> Iterator[Site]:
    """Start `syncd sandbox` and wait for its ready line."""
    config = folder / "config.toml"
    sandbox = subprocess.Popen(
        [
            sys.executable, "-m", "syncd", "sandbox", "--contacts", str(contacts), "--seed", str(seed), "--days", "30",
            "--write-config", str(config), "--crm", crm,
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert sandbox.stdout is not None
    try:
        yield Site(folder, crm, json.loads(sandbox.stdout.readline()))
    finally:
        sandbox.send_signal(signal.SIGTERM)
        sandbox.wait(timeout=10)
        sandbox.stdout.close()


# ---------------------------------------------------------------- people who are ready at once
def simple_rules(place: Site) -> None:
    """Whoever has the right title is ready: so that a test can make ready people through HubSpot's own API."""
    place.config.write_text(only_buyers(place.config.read_text(), history="digest"))


def newcomers(place: Site, names: list[str]) -> list[str]:
    """New ready contacts, made through the public API, each with a logged call; their ids."""
    base, token = place.ready["hubspot"]["url"], place.ready["hubspot"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    made = requests.post(
        f"{base}/crm/v3/objects/contacts/batch/create",
        headers=headers,
        json={
            "inputs": [
                {"properties": {"email": f"{n}@crash.example", "firstname": n, "lastname": "Test", "company": "Crash Ltd",
                                "jobtitle": TITLE, "phone": "+44 20 7946 0000"}}
                for n in names
            ]
        },
        timeout=10,
    )  # fmt: skip
    made.raise_for_status()
    ids = [row["id"] for row in made.json()["results"]]
    for cid in ids:
        requests.post(
            f"{base}/crm/v3/objects/calls",
            headers=headers,
            json={
                "properties": {"hs_timestamp": made.json()["completedAt"], "hs_call_title": "First talk",
                               "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"},
                "associations": [
                    {"to": {"id": cid}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]}
                ],
            },
            timeout=10,
        ).raise_for_status()  # fmt: skip
    place.advance("1m")  # HubSpot's search index lags behind its writes
    return ids


def sales_answers(place: Site, contacts: list[str]) -> None:
    """Reps put these people back: not now."""
    if place.crm == "hubspot":
        rows = [{"id": cid, "properties": {"hs_lead_status": "BAD_TIMING"}} for cid in contacts]
        requests.post(
            f"{place.ready['hubspot']['url']}/crm/v3/objects/contacts/batch/update",
            headers={"Authorization": f"Bearer {place.ready['hubspot']['token']}"},
            json={"inputs": rows}, timeout=10,
        ).raise_for_status()  # fmt: skip
        place.advance("1m")
        return
    org = place.snapshot("salesforce")
    for lead in org["Lead"]:
        if lead.get("syncd_hs_id__c") in contacts:
            requests.patch(
                f"{place.ready['salesforce']['url']}/services/data/v65.0/sobjects/Lead/{lead['Id']}",
                headers={"Authorization": f"Bearer {place.salesforce_token()}",
                         "Sforce-Auto-Assign": "FALSE"},
                json={"Status": "Recycled", "syncd_reason__c": "Budget"}, timeout=10,
            ).raise_for_status()  # fmt: skip


# ---------------------------------------------------------------- what both systems hold
def faults_of(place: Site, contacts: list[str], *, answered: bool) -> list[str]:
    """Everything that is lost or double for these people, in words; empty when each has exactly one of all."""
    hubspot = place.snapshot("hubspot")
    properties = {c["id"]: c["properties"] for c in hubspot["contacts"]}
    found = []
    keyed: Counter[str] = Counter()
    about: Counter[str] = Counter()
    if place.crm == "salesforce":
        org = place.snapshot("salesforce")
        live = [
            r
            for kind in ("Lead", "Contact")
            for r in org[kind]
            if not r["IsDeleted"] and not r["IsConverted" if kind == "Lead" else "IsDeleted"]
        ]
        for task in org["Task"]:
            if task.get("syncd_key__c") and not task["IsDeleted"]:
                keyed[task["syncd_key__c"]] += 1
                about[task["WhoId"]] += 1
    else:
        live = []
        keys = {
            a["id"]: a["properties"]["syncd_key"] for kind in ("notes", "tasks") for a in hubspot[kind]
            if a["properties"].get("syncd_key")
        }  # fmt: skip
        keyed.update(keys.values())
        about.update(
            to for (_, a), (kind, to) in {(tuple(x["from"]), tuple(x["to"])) for x in hubspot["associations"]}
            if kind == "contacts" and a in keys
        )  # fmt: skip
    found += [f"{key} exists {n} times" for key, n in keyed.items() if n > 1]
    for cid in contacts:
        said = properties[cid]
        if place.crm == "salesforce":
            records = [r for r in live if r.get("syncd_hs_id__c") == cid or (r.get("Email") or "") == said["email"]]
            if len(records) != 1:
                found.append(f"{cid} has {len(records)} records")
                continue
            (record,) = records
            owner, address, expected = record["OwnerId"], record["Id"], 2
            if said.get("syncd_crm_id") != record["Id"]:
                found.append(f"{cid} does not know its record")
        else:
            owner, address, expected = said.get("hubspot_owner_id"), cid, 3
        if not owner:
            found.append(f"{cid} has no owner")
        if about[address] != expected:
            found.append(f"{cid} has {about[address]} activities of ours, not {expected}")
        if said.get("syncd_handoff_no") != "1":
            found.append(f"{cid} has handoff number {said.get('syncd_handoff_no')}")
        if answered and said.get("syncd_stage") != "recycled":
            found.append(f"{cid} did not hear that sales put it back: {said.get('syncd_stage')}")
    return found
