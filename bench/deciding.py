"""How many people one core decides in a second, by the rules of config.example.toml: `python -m bench.deciding [COUNT]`.

alone     the decision itself, on people in memory
first     everybody in a ledger, as after a first pull: read, decided, saved, and planned for those who are ready
one in a hundred, none   the same ledger again, when so many are due

Half of the people did something lately, the others never did anything. Each size of ledger is a process of its own, so that its
peak of memory is its own; the pages it is filled from are made one by one.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.memory import MemoryConnector, MemoryWorld
from syncd.config import load, needs
from syncd.core.decide import decide
from syncd.core.facts import Directory, Dossier
from syncd.core.rules import Rules
from syncd.core.types import Activity, Owner, Page, Record, Ref
from syncd.ledger import journal, people
from syncd.ledger.dirty import mark
from syncd.ledger.intake import Intake
from syncd.ledger.store import Store
from syncd.sync import pull, verdicts
from syncd.sync.systems import Systems, look

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CONFIG = Path(__file__).parents[1] / "config.example.toml"
NAMES = ("HUBSPOT_TOKEN", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET")
TITLES = ("Managing Director", "Werkstudent", "VP Sales", "Sachbearbeiter", "", "課長", "Head of IT", "Ingénieur")
PAGES = ("/pricing", "/blog/seamless-handoff", "/", "/compare", "/docs", "/demo")
PAGE = 1_000


def crowd(count: int) -> Iterator[Dossier]:
    for n in range(count):
        ref = Ref("hubspot", "contacts", f"{n}")
        fields = {
            "email": f"p{n}@works-{n % 977}.example", "firstname": "Ada", "lastname": f"L{n}", "jobtitle": TITLES[n % 8],
            "industry": ("Software", "Retail", None)[n % 3], "numemployees": ("100-500", "5-25", "50-100")[n % 3],
            "country": ("Germany", "United States", "Japan")[n % 3], "phone": "+49 30 1234567" if n % 2 else None,
        }  # fmt: skip
        yield Dossier(f"{n}", Record(ref, fields, NOW), activities=tuple(_activities(n, ref)) if n % 2 else ())


def _activities(n: int, ref: Ref) -> Iterator[Activity]:
    for k in range(n % 23):
        kind = ("page_view", "form", "email_open", "email_click")[(n + k) % 7 % 4]
        page = PAGES[(n * 7 + k) % len(PAGES)]
        at = NOW - timedelta(minutes=(n * 131 + k * 977) % 60_000)
        yield Activity(
            Ref("hubspot", kind, f"{n}-{k}"), kind, at, (ref,), title=page.strip("/"), url=f"https://a.example{page}"
        )


def _rules() -> Rules:
    return load(CONFIG, environ={f"SYNCD_{name}": "x" * 20 for name in NAMES}).rules


def alone(count: int) -> dict[str, Any]:
    """CPU seconds of so many decisions on people in memory, and how many are ready."""
    rules, everyone = _rules(), list(crowd(count))
    started = time.process_time()
    decided = [decide(dossier, rules, Directory(), NOW, "1") for dossier in everyone]
    seconds = time.process_time() - started
    return {"decided": count, "seconds": seconds, "ready": sum(decision.verdict.ready for decision in decided)}


# ---------------------------------------------------------------- out of a ledger
def ledger(folder: Path, count: int) -> dict[str, dict[str, Any]]:
    """What deciding costs in a ledger of so many people: CPU seconds, people decided, peak memory of this process in MB."""
    rules = _rules()
    worlds = {name: MemoryWorld(rules.maps[name], lambda: NOW, account=name) for name in ("hubspot", "salesforce")}
    connectors = {name: MemoryConnector(world, name) for name, world in worlds.items()}
    systems = Systems(rules, connectors, {name: needs(rules, name) for name in connectors})
    with Store.open(folder / "bench.db") as store:
        look(store, systems)
        sync = journal.begin(store, "plan", rules.version, NOW)
        _fill(Intake(store, sync, pull.shapes(rules, connectors["hubspot"])), rules, count)

        def decided() -> dict[str, Any]:
            started = time.process_time()
            outcome = verdicts.decide_all(store, systems, sync, NOW, planning=True)
            seconds = time.process_time() - started
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return {"decided": outcome.decided, "ready": outcome.handoffs, "seconds": seconds, "rss": memory}

        found = {"first": decided()}
        with store.tx() as conn:
            conn.execute("DELETE FROM dirty")
        for name, share in (("one in a hundred", 100), ("none", 0)):
            if share:
                with store.tx() as conn:
                    mark(conn, f"id % {share} = 0")
            found[name] = decided()
        assert people.count(store) == count
    return found


def _fill(intake: Intake, rules: Rules, count: int) -> None:
    """The reps of the rules, and everybody, a page at a time."""
    routing = rules.routing
    emails = {routing.fallback, *(email for territory in routing.territories for email in territory.owners)}
    reps = [Owner(Ref("salesforce", "User", f"005{email}"), email, email) for email in sorted(emails)]
    intake.take("salesforce", "owners", Page({}, NOW, owners=reps))
    everyone = crowd(count)
    while some := list(itertools.islice(everyone, PAGE)):
        records = [dossier.marketing for dossier in some if dossier.marketing is not None]
        activities = [activity for dossier in some for activity in dossier.activities]
        intake.take("hubspot", "people", Page({}, NOW, people=records, activities=activities))


def in_a_process(count: int) -> dict[str, dict[str, Any]]:
    """`ledger` in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [sys.executable, "-m", "bench.deciding", "--ledger", folder, str(count)]
        found: dict[str, dict[str, Any]] = json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        )
    return found


# ---------------------------------------------------------------- told
def table(count: int, say: Callable[[str], object]) -> None:
    """Prints what every way of deciding costs, for a ledger of `count` people and for one of a tenth."""
    say("| what | people | decided | ready | CPU | a second | peak memory |")
    say("|---|---|---|---|---|---|---|")
    for size in (
        count // 10,
        count,
    ):  # first, while this process is small: a child's peak begins with its parent's size
        for name, found in in_a_process(size).items():
            say(_row(f"out of the ledger, {name}", size, found))
    say(_row("decisions alone", count, alone(count)))


def _row(what: str, size: int, found: dict[str, Any]) -> str:
    rate = f"{found['decided'] / found['seconds']:,.0f}" if found["decided"] else ""
    memory = f"{found['rss']:.0f} MB" if "rss" in found else ""
    cells = (
        what,
        f"{size:,}",
        f"{found['decided']:,}",
        f"{found['ready']:,}",
        f"{found['seconds']:.3f} s",
        rate,
        memory,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ledger"]:
        print(json.dumps(ledger(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        table(int(sys.argv[1]) if sys.argv[1:] else 100_000, print)
