"""A simple world of any size in this process, to count API calls in: people with the right title are ready.

Both emulators stand on one clock that only the test moves; no socket is opened and nobody sleeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import requests

from connectors.hubspot import HubSpotConnector, HubSpotSettings
from connectors.loopback.kit import InProcess
from connectors.loopback.kit.log import Call
from connectors.loopback.sandbox import Options, prepare
from connectors.loopback.world import setup
from connectors.salesforce import SalesforceConnector, SalesforceSettings
from syncd.config import load, needs
from syncd.core.rules import Brakes, Rules
from syncd.ledger.store import Store
from syncd.sync.round import Report, run
from syncd.sync.systems import Systems
from tests.buyers import only_buyers

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
URLS = {"hubspot": "https://hubspot.example", "salesforce": "https://salesforce.example"}
SECRETS = dict.fromkeys(("SYNCD_HUBSPOT_TOKEN", "SYNCD_SALESFORCE_CLIENT_ID", "SYNCD_SALESFORCE_CLIENT_SECRET"), "x")
FREE = ("oauth", "/services/data/ ", "GET /services/data", "access-token-info")
"""Logins and the list of versions do not count towards a limit."""


def rules(folder: Path, crm: str, *, accounts: bool = False) -> Rules:
    path = folder / "config.toml"
    example = (ROOT / "config.example.toml").read_text()
    text = only_buyers(example, crm=crm, history="each", history_latest=20)
    path.write_text(text.replace("[route]\n", "[route]\nkeep_account = true\n") if accounts else text)
    return replace(load(path, environ=SECRETS).rules, brakes=Brakes(10**6, 10**6, share=1.0, floor=10**6))


@dataclass
class Pace:
    """Time for the connectors' rate limits: it passes by itself when somebody sleeps."""

    time: float = 0.0

    def clock(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Town:
    """With `accounts` the routing asks whose a company is; `scenario` is a file of what else goes on in the sandbox."""

    def __init__(
        self,
        folder: Path,
        crm: Literal["salesforce", "hubspot"] = "salesforce",
        *,
        accounts: bool = False,
        scenario: Path | None = None,
    ) -> None:
        self.sandbox = prepare(Options(contacts=0, days=1, ticking=False, now=NOW, scenario=scenario))
        self.emulators: dict[str, Any] = {"hubspot": self.sandbox.hubspot, "salesforce": self.sandbox.salesforce}
        self.clock, self.crm, self.rules = self.sandbox.clock, crm, rules(folder, crm, accounts=accounts)
        self.ledger = Store.memory()
        self.http = requests.Session()
        for name, url in URLS.items():
            self.http.mount(url, InProcess(self.emulators[name].app))

    # ------------------------------------------------------------ the world
    def contacts(
        self, count: int, *, title: str = "Reader", first: int = 0, modified: datetime | None = None
    ) -> list[str]:
        at = modified or self.clock.now()
        return self.sandbox.hubspot.seed(
            "contacts",
            (
                {"properties": {"email": f"person{n}@works{n // 3}.example", "firstname": "Ada", "lastname": f"Number {n}",
                                "company": f"Works {n // 3}", "jobtitle": title, "phone": "+49 30 1234567"},
                 "createdAt": at, "updatedAt": at}
                for n in range(first, first + count)
            ),
        )  # fmt: skip

    def calls_with(self, people: Sequence[str], each: int) -> None:
        """Logged calls, `each` with everybody."""
        at = self.clock.now()
        rows = (
            {"properties": {"hs_timestamp": (at - timedelta(hours=n + 1)).isoformat(), "hs_call_title": f"Talk {n}",
                            "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"}}
            for _ in people for n in range(each)
        )  # fmt: skip
        made = self.sandbox.hubspot.seed("calls", rows)
        pairs = zip(made, (person for person in people for _ in range(each)), strict=True)
        self.sandbox.hubspot.associate("calls", "contacts", pairs)

    def write(self, people: Sequence[str], **properties: str) -> None:
        """Somebody changes contacts through HubSpot's API, and the search index catches up."""
        for start in range(0, len(people), 100):
            rows = [{"id": rid, "properties": properties} for rid in people[start : start + 100]]
            self._post("hubspot", "POST", "/crm/v3/objects/contacts/batch/update", {"inputs": rows})
        self.clock.advance(60)

    def answer(self, leads: Sequence[str], **fields: str) -> None:
        """Reps write on leads through Salesforce's API."""
        for start in range(0, len(leads), 200):
            rows = [{"attributes": {"type": "Lead"}, "id": rid, **fields} for rid in leads[start : start + 200]]
            path = "/services/data/v65.0/composite/sobjects"
            assert all(row["success"] for row in self._post("salesforce", "PATCH", path, {"records": rows}))

    def _post(self, system: str, method: str, path: str, body: Any) -> Any:
        rep = next(m.token for m in self.sandbox.world.crew.reps if m.token)
        token = setup.HUBSPOT_REPS_TOKEN if system == "hubspot" else rep
        headers = {"Authorization": f"Bearer {token}", "Sforce-Auto-Assign": "FALSE"}
        answer = self.http.request(method, URLS[system] + path, json=body, headers=headers)
        assert answer.ok, answer.text
        return answer.json()

    def rows(self, sobject: str) -> list[dict[str, Any]]:
        return [row for row in self.sandbox.salesforce.snapshot()[sobject] if not row["IsDeleted"]]

    # ------------------------------------------------------------ syncd
    def systems(self) -> Systems:
        pace = Pace()
        common: dict[str, Any] = {"clock": pace.clock, "sleep": pace.sleep, "wall": self.clock.now}
        maps, made = self.rules.maps, {}
        roles = {role for role in ("marketing", "crm") if getattr(self.rules, role) == "hubspot"}
        door = HubSpotSettings(token=lambda: setup.HUBSPOT_TOKEN, url=URLS["hubspot"])
        adapter = InProcess(self.sandbox.hubspot.app, sleep=pace.sleep)
        recall: dict[str, Any] = {}
        systems = Systems(self.rules, made, {}, wall=lambda: self.clock.now().timestamp())
        if hasattr(systems, "recall"):
            recall = {"known": systems.recall.known, "whose": systems.recall.whose}
        made["hubspot"] = HubSpotConnector(door, maps["hubspot"], role=roles, adapter=adapter, **recall, **common)
        if self.crm == "salesforce":
            login = SalesforceSettings(url=URLS["salesforce"], client_id=lambda: setup.CLIENT_ID,
                                       client_secret=lambda: setup.CLIENT_SECRET)  # fmt: skip
            adapter = InProcess(self.sandbox.salesforce.app, sleep=pace.sleep)
            made["salesforce"] = SalesforceConnector(login, maps["salesforce"], adapter=adapter, **common)
        return replace(systems, needs={name: needs(self.rules, name) for name in made})

    def sync(self) -> Report:
        report = run(self.ledger, self.systems(), mode="sync")
        assert not report.out, report.out
        return report

    def rest(self) -> None:
        """Sync until nothing is left to write, and then let the windows pass in which a pull reads things again."""
        for _ in range(4):
            self.sync()
            self.clock.advance(660)

    # ------------------------------------------------------------ counting
    def counted(self, act: Callable[[], Any]) -> Tally:
        for emulator in self.emulators.values():
            emulator.log.reset()
        act()
        return Tally({name: emulator.log.calls() for name, emulator in self.emulators.items()})

    def close(self) -> None:
        self.http.close()
        self.sandbox.stop()


@dataclass(frozen=True)
class Tally:
    """What both emulators were asked, in order."""

    log: dict[str, list[Call]]

    def paid(self, system: str) -> list[Call]:
        return [call for call in self.log[system] if not any(free in f"{call.endpoint} " for free in FREE)]

    def tokens(self) -> int:
        return sum(len(calls) for calls in self.log.values()) - sum(len(self.paid(system)) for system in self.log)

    def by_path(self) -> dict[str, int]:
        """Paid calls by "system method path", ids and versions as the emulator's route names them."""
        counts = Counter(f"{system} {call.method} {call.path}" for system in self.log for call in self.paid(system))
        return dict(counts.most_common())

    def total(self, system: str | None = None) -> int:
        return sum(len(self.paid(name)) for name in self.log if system in (None, name))
