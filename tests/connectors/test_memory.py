"""The in-memory connector passes the suite first: it is the specification in code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from connectors.base import Connector
from connectors.memory import OVERLAP, MemoryConnector, MemoryWorld
from syncd.core.rules import SystemMap
from syncd.core.standing import site_of
from syncd.core.types import Action, Raw, Ref
from tests.connectors.account_suite import AccountRemote, AccountSuite
from tests.connectors.history_suite import HistoryRemote, HistorySuite
from tests.connectors.maps import HUBSPOT, HUBSPOT_WITH_COMPANIES, SALESFORCE, SALESFORCE_WITH_ACCOUNTS
from tests.connectors.suite import ConnectorSuite, Remote


class MemoryRemote(Remote):
    page = 10
    late = OVERLAP.total_seconds() - 1

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.world = MemoryWorld(self.map, lambda: self.time, veto=self._veto)

    @staticmethod
    def _veto(action: Action) -> str | None:
        return "The title is refused." if "Refused" in action.fields.values() else None

    def connect(self) -> Connector:
        return MemoryConnector(self.world, page=self.page)

    def calls(self) -> int:
        return sum(self.world.calls.values())

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.world.faults.clear()

    def add(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        return [self._person(row) for row in rows]

    def add_late(self, row: Mapping[str, Raw], seconds: float) -> Ref:
        return self._person(row, late=seconds)

    def _person(self, row: Mapping[str, Raw], late: float = 0.0) -> Ref:
        fields = dict.fromkeys(fm.remote for fm in self.map.kinds[self.kind].fields.values())
        return self.world.person(self.kind, {**fields, **self.remote_fields(row)}, late=late)

    def edit(self, ref: Ref, **canonical: Raw) -> None:
        self.world.edit(ref, **self.remote_fields(canonical))  # type: ignore[arg-type]

    def delete(self, ref: Ref) -> None:
        self.world.delete(ref)

    def merge(self, winner: Ref, loser: Ref) -> None:
        self.world.merge(winner, loser)

    def convert(self, lead: Ref) -> Ref:
        return self.world.convert(lead)

    def count_people(self, token: str) -> int:
        return len(self.world.by_token(token))

    def activities(self, key: str) -> list[Mapping[str, object]]:
        found = (a for a in self.world.activities() if a.key == key)
        return [{"about": next(iter(a.about), None), "done": a.done} for a in found]

    def owner(self) -> str:
        return self.world.owner("rep@example.com").id

    def refused(self) -> dict[str, Raw]:
        return {self.field("title"): "Refused"}

    def lose_answer(self) -> None:
        self.world.fail("send", applied=True)

    def turn_away(self) -> None:
        self.world.fail("send", times=1_000)


class MemoryCrm(MemoryRemote):
    map = SALESFORCE
    converts = True


class MemoryMarketing(MemoryRemote):
    map = HUBSPOT
    creates = False
    people, gone = "people", "archived"
    idle: ClassVar[Mapping[str, int]] = {"people": 1, "archived": 1, "owners": 1}


class TestMemoryAsSalesforce(ConnectorSuite):
    @pytest.fixture
    def remote(self) -> Remote:
        return MemoryCrm()


class TestMemoryAsHubSpot(ConnectorSuite):
    @pytest.fixture
    def remote(self) -> Remote:
        return MemoryMarketing()


class MemoryAccounts(AccountRemote):
    page = 10

    def __init__(self, map: SystemMap, plain: SystemMap) -> None:
        self.time = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.plain = plain
        self.world = MemoryWorld(map, lambda: self.time)
        crm = "Lead" in map.kinds
        self.roles = frozenset(("crm",) if crm else ("marketing", "crm"))
        self.stream = self.gone = "changes" if crm else "companies"

    def connect(self, *, accounts: bool = True) -> Connector:
        world = self.world if accounts else MemoryWorld(self.plain, lambda: self.time, rows=self.world.rows)
        return MemoryConnector(world, roles=self.roles, page=self.page)

    def calls(self) -> int:
        return sum(self.world.calls.values())

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def owner(self, name: str) -> str:
        return self.world.owner(f"{name}@example.com", name=name).id

    def add(self, count: int, *, name: str, website: str, owner: str, customer: bool = False) -> list[Ref]:
        more = {"name": name, "domain": site_of(website), "owner": owner, "customer": customer}
        return [self.world.company(**more) for _ in range(count)]

    def give(self, account: Ref, owner: str) -> None:
        self.world.company(id=account.id, owner=owner)

    def put_under(self, account: Ref, parent: Ref) -> None:
        self.world.company(id=account.id, parent=parent.id)

    def delete(self, account: Ref) -> None:
        self.world.company(id=account.id, deleted=True)

    def merge(self, winner: Ref, loser: Ref) -> Ref:
        self.world.merge_companies(winner, loser)
        return winner

    def streams(self) -> tuple[str, ...]:
        if self.stream == "changes":
            return ("changes", "gone")
        return ("people", "activities", "owners", "archived", "opportunities")


class TestMemoryAccountsAsSalesforce(AccountSuite):
    @pytest.fixture
    def remote(self) -> AccountRemote:
        return MemoryAccounts(SALESFORCE_WITH_ACCOUNTS, SALESFORCE)


class TestMemoryAccountsAsHubSpot(AccountSuite):
    @pytest.fixture
    def remote(self) -> AccountRemote:
        return MemoryAccounts(HUBSPOT_WITH_COMPANIES, HUBSPOT)


class MemoryHistory(HistoryRemote):
    system, kind, field = "salesforce", "Lead", "Title"
    values = ("Reader", "Writer", "Editor")
    name = "Somebody"

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, tzinfo=UTC)
        self.world = MemoryWorld(SALESFORCE, lambda: self.now)

    def connect(self) -> Connector:
        return MemoryConnector(self.world)

    def calls(self) -> int:
        return self.world.calls.total()

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def add(self, value: str) -> Ref:
        return self.world.person("Lead", {"Title": value})

    def edit(self, ref: Ref, value: str) -> None:
        self.world.edit(ref, Title=value)


class TestMemoryHistory(HistorySuite):
    @pytest.fixture
    def remote(self) -> HistoryRemote:
        return MemoryHistory()
