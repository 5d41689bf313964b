"""A loopback org prepared as docs say, in this process, and connectors to it. A black box: only HTTP and its set-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.base import FieldNeed
from connectors.loopback.kit import Clock, InProcess
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.salesforce import SalesforceSettings as OrgSettings
from connectors.salesforce import SalesforceConnector, SalesforceSettings
from syncd.core.rules import SystemMap
from syncd.core.types import Raw, Ref
from tests.connectors.maps import SALESFORCE
from tests.connectors.suite import Remote

URL = "https://acme.my.salesforce.com"
SECRET = "canary-7f3a-client-secret"
ME = "syncd@acme.example"
REP = "rep@acme.example"
REP_TOKEN = "00DdM0000000001!rep"
ADMIN_TOKEN = "00DdM0000000001!admin"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)

PERSON_FIELDS: list[dict[str, Any]] = [
    {
        "name": "syncd_hs_id__c",
        "type": "string",
        "length": 32,
        "externalId": True,
        "unique": True,
        "caseSensitive": True,
    },
    {"name": "syncd_score__c", "type": "double", "precision": 3, "scale": 0},
    {"name": "syncd_tier__c", "type": "string", "length": 20},
    {"name": "syncd_handoff_no__c", "type": "double", "precision": 6, "scale": 0},
    {"name": "syncd_handed_over_at__c", "type": "datetime"},
    {"name": "syncd_brief__c", "type": "textarea", "length": 32000},
    {
        "name": "syncd_disposition__c",
        "type": "picklist",
        "restrictedPicklist": True,
        "picklistValues": ["qualified", "recycle", "could_not_reach", "trash"],
    },
    {"name": "syncd_reason__c", "type": "string", "length": 255},
    {"name": "syncd_not_before__c", "type": "date"},
]
TASK_KEY: dict[str, Any] = {
    "name": "syncd_key__c",
    "type": "string",
    "length": 40,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}


class Org:
    """`emulator` and its people; `api` acts as a rep or as the administrator, over HTTP."""

    def __init__(self, *, fields: bool = True, key: Mapping[str, Any] | None = TASK_KEY, **settings: Any) -> None:
        self.clock = Clock(START, ticking=False)
        users = [{"Username": "admin@acme.example", "LastName": "Admin", "token": ADMIN_TOKEN}]
        self.emulator = SalesforceEmulator(OrgSettings(users=users, apps=[], **settings), self.clock)
        self.emulator.add_app({"client_id": "client", "client_secret": SECRET, "run_as": ME})
        self.me = self.emulator.add_user({"Username": ME, "Email": ME, "LastName": "syncd"})
        self.rep = self.emulator.add_user({"Username": REP, "Email": REP, "LastName": "Rep", "token": REP_TOKEN})
        if fields:
            for sobject in ("Lead", "Contact"):
                for field in PERSON_FIELDS:
                    self.emulator.add_field(sobject, field)
        if key:
            self.emulator.add_field("Task", key)
        self.adapter = InProcess(self.emulator.app, sleep=lambda seconds: None)

    def prepare(self, statuses: Sequence[str]) -> None:
        """The Lead statuses of a mapping; the last one converts."""
        self.emulator.set_lead_statuses(
            [{"name": s, "default": n == 0, "converted": s == statuses[-1]} for n, s in enumerate(statuses)]
        )

    def settings(self, **changes: Any) -> SalesforceSettings:
        given = {"url": URL, "client_id": lambda: "client", "client_secret": lambda: SECRET, **changes}
        return SalesforceSettings(**given)

    def connect(
        self, map: SystemMap = SALESFORCE, needs: Sequence[FieldNeed] = (), **changes: Any
    ) -> SalesforceConnector:
        connector = self.unchecked(map, **changes)
        health = connector.check(needs)
        assert not health.fatal, health.problems
        return connector

    def unchecked(self, map: SystemMap = SALESFORCE, **changes: Any) -> SalesforceConnector:
        ticks = iter(range(1_000_000))
        return SalesforceConnector(
            self.settings(**changes),
            map,
            adapter=self.adapter,
            clock=lambda: float(next(ticks)) * 0.001,
            sleep=lambda seconds: None,
            wall=self.clock.now,
        )

    def api(self, method: str, path: str, body: Any = None, token: str = REP_TOKEN, **headers: str) -> Any:
        session = requests.Session()
        session.mount(URL, self.adapter)
        target = path if path.startswith("/_") else f"/services/data/v65.0{path}"
        sent = {"Authorization": f"Bearer {token}", "Sforce-Auto-Assign": "FALSE", **headers}
        answer = session.request(method, URL + target, json=body, headers=sent)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def rows(self, sobject: str, **equal: Any) -> list[Mapping[str, Any]]:
        found = self.emulator.snapshot()[sobject]
        return [r for r in found if not r.get("IsDeleted") and all(r.get(k) == v for k, v in equal.items())]

    def lead(self, **fields: Any) -> str:
        (rid,) = self.emulator.seed("Lead", [{"LastName": "Doe", "Company": "Acme", "OwnerId": self.rep, **fields}])
        return rid

    def counted(self) -> int:
        """API calls that count towards the limit: neither logins nor the list of versions do."""
        counts: Mapping[str, int] = self.emulator.log.counts()["by_endpoint"]
        free = ("/_sandbox", "/oauth2/", "/services/data/ ", "(no route)")
        return sum(
            n
            for endpoint, n in counts.items()
            if not any(part in endpoint for part in free) and endpoint.rstrip("/") != "GET /services/data"
        )

    def requests(self, part: str) -> int:
        return sum(n for endpoint, n in self.emulator.log.counts()["by_endpoint"].items() if part in endpoint)


class OrgRemote(Remote):
    """The suite's hands in the org."""

    map = SALESFORCE
    page = 200
    late = 599.0
    converts = True

    def __init__(self) -> None:
        self.org = Org(page_size=self.page)
        self._control = 0

    def connect(self) -> SalesforceConnector:
        return self.org.connect()

    def calls(self) -> int:
        return self.org.counted() - self._control

    def advance(self, seconds: float) -> None:
        self.org.clock.advance(seconds)
        self.org.emulator.faults.clear()

    def add(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        leads = [{"Company": "Acme", "OwnerId": self.org.rep, **self.remote_fields(row)} for row in rows]
        return [Ref("salesforce", "Lead", rid) for rid in self.org.emulator.seed("Lead", leads)]

    def add_late(self, row: Mapping[str, Raw], seconds: float) -> Ref:
        self.org.emulator.settings.late_commit_seconds = seconds
        made = self._api("POST", "/sobjects/Lead", {"Company": "Acme", **self.remote_fields(row)})
        self.org.emulator.settings.late_commit_seconds = 0.0
        return Ref("salesforce", "Lead", made["id"])

    def _api(self, method: str, path: str, body: Any = None) -> Any:
        before = self.org.counted()
        answer = self.org.api(method, path, body)
        self._control += self.org.counted() - before
        return answer

    def edit(self, ref: Ref, **canonical: Raw) -> None:
        self._api("PATCH", f"/sobjects/{ref.kind}/{ref.id}", self.remote_fields(canonical))

    def delete(self, ref: Ref) -> None:
        self._api("DELETE", f"/sobjects/{ref.kind}/{ref.id}")

    def merge(self, winner: Ref, loser: Ref) -> None:
        self._api("POST", "/_sandbox/merge", {"sobject": winner.kind, "winner": winner.id, "loser": loser.id})

    def convert(self, lead: Ref) -> Ref:
        made = self._api("POST", "/_sandbox/convert-lead", {"lead_id": lead.id, "create_opportunity": False})
        (row,) = self.org.rows("Lead", Id=lead.id)
        assert made
        return Ref("salesforce", "Contact", row["ConvertedContactId"])

    def count_people(self, token: str) -> int:
        return len(self.org.rows("Lead", syncd_hs_id__c=token))

    def activities(self, key: str) -> list[Mapping[str, object]]:
        return [
            {"about": Ref("salesforce", "Lead", row["WhoId"]), "done": row["Status"] == "Completed"}
            for row in self.org.rows("Task", syncd_key__c=key)
        ]

    def owner(self) -> str:
        return self.org.rep

    def refused(self) -> dict[str, Raw]:
        return {"Email": "no address"}

    def lose_answer(self) -> None:
        self.org.emulator.faults.add({"method": "*", "path": "/composite/sobjects", "reset": "after", "nth": 1})

    def turn_away(self) -> None:
        body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests (…) Limit exceeded."}]
        self.org.emulator.faults.add({"method": "*", "path": "/composite/sobjects", "status": 403, "body": body})
