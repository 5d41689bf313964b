"""A whole house in one process: both systems in memory with one clock, the shipped mappings, and the example rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connectors.memory import MemoryConnector, MemoryWorld
from syncd.config import load, needs
from syncd.core.rules import Rules
from syncd.core.types import Activity, Record, Ref
from syncd.ledger.store import Store
from syncd.sync.planfile import SavedPlan
from syncd.sync.round import Report, run
from syncd.sync.systems import Systems

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SECRETS = {f"SYNCD_{n}": "x" * 20 for n in ("HUBSPOT_TOKEN", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET")}

REPS = ("anna.koehler@syncd.example", "jonas.weiss@syncd.example", "niamh.osullivan@syncd.example",
        "soren.akerlund@syncd.example", "chloe.besancon@syncd.example", "lucia.ferraro@syncd.example",
        "dana.reyes@syncd.example", "marcus.bell@syncd.example", "yui.tanaka@syncd.example")  # fmt: skip


def example_rules(**changes: Any) -> Rules:
    """The rules of config.example.toml; `changes` are fields of Rules."""
    return replace(load(ROOT / "config.example.toml", environ=SECRETS).rules, **changes)


def rules_with_accounts(crm: str = "salesforce") -> Rules:
    """The example's rules with `keep_account`: they read whose a company is."""
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(
            text.replace("keep_account = false", "keep_account = true").replace('crm = "salesforce"', f'crm = "{crm}"')
        )
        rules = load(path, environ=SECRETS).rules
    return replace(rules, maps={**example_rules().maps, **rules.maps})


class Crash(BaseException):
    """The process dies here."""


@dataclass
class House:
    """`crm`: salesforce or hubspot. `ledger` may be replaced by an older or empty one at any time."""

    crm: str = "salesforce"
    rules: Rules = field(default_factory=example_rules)
    keyed: frozenset[str] | None = None
    page: int = 100
    batch: int = 200

    def __post_init__(self) -> None:
        self.time = START
        self.rules = replace(self.rules, crm=self.crm)
        self.hubspot = MemoryWorld(self.rules.maps["hubspot"], self.clock, account="147893286")
        self.salesforce = MemoryWorld(self.rules.maps["salesforce"], self.clock, account="00D000000000001")
        self.worlds = {"hubspot": self.hubspot, self.crm: self.salesforce if self.crm == "salesforce" else self.hubspot}
        for email in REPS:
            for world in set(map(id, self.worlds.values())):
                next(w for w in self.worlds.values() if id(w) == world).owner(email)
        self.ledger = Store.memory()

    # ------------------------------------------------------------ the world
    def clock(self) -> datetime:
        return self.time

    def wait(self, **delta: float) -> None:
        self.time += timedelta(**delta)

    def contact(self, name: str = "ada", *, ready: bool = True, demo: bool | None = None, **fields: Any) -> Ref:
        """A marketing contact; a ready one has the fit of the example rules and asked for a demo an hour ago."""
        fit = {
            "jobtitle": "Managing Director", "industry": "Software", "numemployees": "100-500", "country": "Germany",
            "phone": "+49 30 1234567",
        }  # fmt: skip
        ref = self.hubspot.person(
            "contacts",
            {
                "email": f"{name}@{name}-works.example", "firstname": name.title(), "lastname": "Lovelace",
                "company": f"{name.title()} Works", "lifecyclestage": "lead", **(fit if ready else {}), **fields,
            },
        )  # fmt: skip
        if ready if demo is None else demo:
            self.asks(ref)
        return ref

    def asks(self, ref: Ref) -> None:
        """The contact fills the demo form and looks at the pricing page."""
        hour = timedelta(hours=1)
        self.hubspot.activity(
            "form", [ref], at=self.time - hour, title="Demo request", url="https://www.syncd.example/demo"
        )
        self.hubspot.activity(
            "page_view", [ref], at=self.time - hour, title="Pricing", url="https://www.syncd.example/pricing"
        )

    # ------------------------------------------------------------ syncd
    def systems(self) -> Systems:
        connectors = {}
        for name, world in self.worlds.items():
            roles = frozenset(r for r in ("marketing", "crm") if getattr(self.rules, r) == name)
            more = {} if self.keyed is None else {"keyed": self.keyed}
            connectors[name] = MemoryConnector(world, name, roles=roles, page=self.page, batch=self.batch, **more)
        return Systems(
            self.rules,
            connectors,
            {name: needs(self.rules, name) for name in connectors},
            wall=lambda: self.time.timestamp(),
        )

    def sync(self, mode: str = "sync", approved: SavedPlan | None = None) -> Report:
        self.wait(seconds=1)
        return run(self.ledger, self.systems(), mode=mode, approved=approved)

    def settle_down(self, most: int = 12) -> list[Report]:
        """Sync until nothing is written and nothing is left to do; fails if that never happens."""
        reports = []
        for _ in range(most):
            self.wait(minutes=20)
            reports.append(self.sync())
            if not sum(reports[-1].writes.values()) and not reports[-1].actions:
                return reports
        raise AssertionError(f"never settled: {[r.actions for r in reports]}")

    # ------------------------------------------------------------ looking
    @property
    def crm_world(self) -> MemoryWorld:
        return self.worlds[self.crm]

    def leads(self) -> list[Record]:
        return self.salesforce.people("Lead")

    def written(self, contact: Ref) -> dict[str, Any]:
        """The syncd properties of a contact that are set."""
        fields = self.hubspot.get(contact).fields
        return {name: value for name, value in fields.items() if name.startswith("syncd_") and value not in (None, "")}

    def ours(self, about: Ref | None = None) -> list[Activity]:
        """Activities that syncd made in the CRM."""
        return [a for a in self.crm_world.activities(about) if a.key]

    def creates(self) -> Counter[str]:
        """How often each key was created, over all systems."""
        seen: Counter[str] = Counter()
        for world in {id(w): w for w in self.worlds.values()}.values():
            seen.update(c.key for c in world.creates)
        return seen
