"""How many people one core decides in a second, by the rules of config.example.toml: `python -m bench.deciding`.

Only the decision itself, without the ledger. Half of the people did something lately, the others never did anything.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.config import load
from syncd.core.decide import decide
from syncd.core.facts import Directory, Dossier
from syncd.core.types import Activity, Record, Ref

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CONFIG = Path(__file__).parents[1] / "config.example.toml"
NAMES = ("HUBSPOT_TOKEN", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET")
TITLES = ("Managing Director", "Werkstudent", "VP Sales", "Sachbearbeiter", "", "課長", "Head of IT", "Ingénieur")
PAGES = ("/pricing", "/blog/seamless-handoff", "/", "/compare", "/docs", "/demo")


def people(count: int) -> Iterator[Dossier]:
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


def main(count: int) -> None:
    rules = load(CONFIG, environ={f"SYNCD_{name}": "x" * 20 for name in NAMES}).rules
    everyone = list(people(count))
    started = time.process_time()
    decided = [decide(dossier, rules, Directory(), NOW, "1") for dossier in everyone]
    seconds = time.process_time() - started
    ready = sum(decision.verdict.ready for decision in decided)
    print(f"{count:,} decisions in {seconds:.2f} s of one core: {count / seconds:,.0f} a second; {ready:,} are ready")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
