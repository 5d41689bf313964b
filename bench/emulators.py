"""`python -m bench.emulators`: how fast the sandbox starts and answers, beside a floor that only answers.

Starting has a floor of its own: as many records of one table, without what they say and belongs to them. The sandbox and
the other floor run in processes of their own; that floor is the same server with an application that
hands out as many bytes as the sandbox did. A call's time is its best of several over one kept connection, its
CPU time is the server's, the mean of all of them: what other work does to the machine is in the first, not in
the second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import psutil  # type: ignore[import-untyped]

from connectors.loopback.kit import serve

CONTACTS = 25_000
NAMES = "email,firstname,lastname,company,phone,jobtitle,city,country,lifecyclestage,hs_lead_status"
LEADS = (
    "SELECT Id, FirstName, LastName, Email, Company, Title, Phone, Status, OwnerId, IsConverted, IsDeleted, "
    "CreatedDate, LastModifiedDate, SystemModstamp FROM Lead ORDER BY SystemModstamp, Id"
)
RECORD = {f"property_{n}": f"value {n} of a contact" for n in range(55)}
OBJECTS, DATA = "/crm/v3/objects/contacts", "/services/data/v65.0"


@dataclass(frozen=True)
class Call:
    """``most``: milliseconds of the server's CPU that it may take."""

    name: str
    system: str
    method: str
    path: str
    body: Any = None
    most: float | None = None
    rounds: int = 20


@dataclass(frozen=True)
class Cost:
    """Milliseconds, of the clock and of the server's CPU; ``size`` in bytes of the body."""

    wall: float
    cpu: float
    size: int


class Server:
    """A process that printed where it listens, and one kept connection to it."""

    def __init__(self, process: subprocess.Popen[str], url: str, token: str = "") -> None:
        self._process = psutil.Process(process.pid)
        self._connection = HTTPConnection(urlsplit(url).netloc)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def close(self) -> None:
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None) -> bytes:
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return text

    def cost(self, method: str, path: str, body: Any, rounds: int) -> Cost:
        size = len(self.send(method, path, body))
        before, best = self.cpu(), float("inf")
        for _ in range(rounds):
            began = time.perf_counter()
            self.send(method, path, body)
            best = min(best, time.perf_counter() - began)
        return Cost(best * 1000, (self.cpu() - before) / rounds * 1000, size)

    def cpu(self) -> float:
        """Seconds, user and system, those of processes that it started and that have ended too."""
        used = self._process.cpu_times()
        return float(used.user + used.system + used.children_user + used.children_system)

    def memory(self) -> float:
        """Resident, in MB."""
        return float(self._process.memory_info().rss) / 1e6


def calls(lead_id: str, contact_id: str) -> list[Call]:
    names = f"properties={NAMES}"
    window = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "2020-01-01"}
    search = {"filterGroups": [{"filters": [window]}], "properties": NAMES.split(","), "limit": 200}
    leads = [
        {"attributes": {"type": "Lead"}, "syncd_hs_id__c": f"bench-{n}", "LastName": f"L{n}", "Company": "Acme"}
        for n in range(200)
    ]
    upsert = f"{DATA}/composite/sobjects/Lead/syncd_hs_id__c"
    lead = f"{DATA}/sobjects/Lead/{lead_id}?fields=Email,Status"
    return [
        Call("HubSpot, one contact", "hubspot", "GET", f"{OBJECTS}/{contact_id}?{names}", most=2, rounds=500),
        Call("Salesforce, one lead", "salesforce", "GET", lead, most=2, rounds=500),
        Call("HubSpot, list page of 100", "hubspot", "GET", f"{OBJECTS}?limit=100&{names}", most=10, rounds=100),
        Call("HubSpot, search page of 200", "hubspot", "POST", f"{OBJECTS}/search", search, most=20, rounds=50),
        Call("Salesforce, query page of 2,000", "salesforce", "GET", f"{DATA}/query?q={quote(LEADS)}", most=10, rounds=50),
        Call("Salesforce, upsert of 200", "salesforce", "PATCH", upsert, {"records": leads}),
    ]  # fmt: skip


@contextlib.contextmanager
def child(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process and the JSON line that it printed when it was ready."""
    with subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def measure(contacts: int, state: str | None) -> Iterator[str]:
    """The rows of the table, as they are measured."""
    began = time.perf_counter()
    kept = ("--state", state) if state else ()
    with contextlib.ExitStack() as stack:

        def server(process: subprocess.Popen[str], url: str, token: str = "") -> Server:
            return stack.enter_context(contextlib.closing(Server(process, url, token)))

        process, ready = stack.enter_context(child("connectors.loopback.sandbox", "--contacts", str(contacts), *kept))
        started = time.perf_counter() - began
        salesforce = server(process, ready["salesforce"]["url"], ready["salesforce"]["access_token"])
        hubspot = server(process, ready["hubspot"]["url"], ready["hubspot"]["token"])
        cpu, least = hubspot.cpu(), least_load(contacts)
        yield (
            f"start with {contacts:,} contacts: {started:.1f} s, {cpu:.1f} s of CPU, {hubspot.memory():,.0f} MB; "
            f"floor {least:.2f} s of CPU, ratio {cpu / least:.1f}"
        )
        lead = json.loads(salesforce.send("GET", f"{DATA}/query?q={quote('SELECT Id FROM Lead LIMIT 1')}"))
        contact = json.loads(hubspot.send("GET", f"{OBJECTS}?limit=1"))
        floor_process, floor_ready = stack.enter_context(child("bench.emulators", "--floor"))
        floor = server(floor_process, floor_ready["url"])
        yield f"{'':34}{'best ms':>9}{'CPU ms':>9}{'1/s':>9}{'floor ms':>9}{'ratio':>7}  bar"
        for call in calls(lead["records"][0]["Id"], contact["results"][0]["id"]):
            asked = hubspot if call.system == "hubspot" else salesforce
            cost = asked.cost(call.method, call.path, call.body, call.rounds)
            yield _row(call, cost, floor.cost("GET", f"/{cost.size}", None, 500))
        yield f"memory after all that: {hubspot.memory():,.0f} MB"


def least_load(contacts: int) -> float:
    """Seconds of CPU that so many records of one table take, as large as the sandbox's contacts: orjson and SQLite."""
    began = time.process_time()
    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, properties BLOB)")
        db.executemany("INSERT INTO record VALUES (?, ?)", ((n, orjson.dumps(RECORD)) for n in range(contacts)))
    return time.process_time() - began


def _row(call: Call, cost: Cost, least: Cost) -> str:
    bar = "" if call.most is None else f"{'met' if cost.cpu <= call.most else 'MISSED'}: {call.most:g} ms"
    rate, ratio = 1000 / cost.cpu, cost.cpu / least.cpu
    return f"{call.name:34}{cost.wall:9.2f}{cost.cpu:9.2f}{rate:9,.0f}{least.cpu:9.2f}{ratio:7.1f}  {bar}"


def _floor() -> None:
    """Answers ``GET /<n>`` with n bytes, until it is ended."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = b"x" * int(environ["PATH_INFO"][1:])
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    with serve(app) as server:
        print(json.dumps({"url": server.url}), flush=True)
        signal.pause()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.emulators", description=__doc__)
    parser.add_argument("--contacts", type=int, default=CONTACTS, help="the size of the world (%(default)s)")
    parser.add_argument("--state", metavar="FOLDER", help="keep both systems there instead of in memory")
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.floor:
        _floor()
        return
    for row in measure(chosen.contacts, chosen.state):
        print(row, flush=True)


if __name__ == "__main__":
    main()
