"""Pulls that are stopped or fail halfway go on where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from connectors.memory import MemoryConnector
from syncd.core.errors import RemoteError
from syncd.core.types import Page
from syncd.ledger.intake import Intake
from syncd.ledger.store import Store
from syncd.sync import pull as pulling
from tests.sync.house import House, rules_with_accounts


@pytest.fixture
def house() -> House:
    house = House(page=2)
    for n in range(7):
        house.contact(f"person{n}")
    return house


def kept(store: Store) -> tuple[Any, ...]:
    return tuple(store.value(f"SELECT count(*) FROM {table}") for table in ("record", "activity", "awaiting"))


def whole(house: House) -> tuple[Any, ...]:
    store = Store.memory()
    pulling.pull(store, house.systems(), 1, lambda: False)
    assert store.value("SELECT count(*) FROM activity") == 14
    return kept(store)


@pytest.mark.parametrize("together", [1, 5, 1000])
def test_F01_a_stop_after_any_page_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(pulling, "TOGETHER", together)
    expected = whole(house)
    for asked in range(1, 20):
        store, asks = Store.memory(), count(1)
        pulling.pull(store, house.systems(), 1, lambda: next(asks) >= asked)  # noqa: B023
        pulling.pull(store, house.systems(), 1, lambda: False)
        assert kept(store) == expected, f"stopped when asked for the {asked}. time"


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_F09_what_came_before_an_error_is_kept(house: House, monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    expected = whole(house)
    real = MemoryConnector.pull

    def broken(self: MemoryConnector, stream: str, since: Any, about: Sequence[Any] = ()) -> Iterator[Page]:
        for n, page in enumerate(real(self, stream, since, about)):
            if n == pages and stream == "people":
                raise RemoteError(self.name, "is down", fix="Wait.")
            yield page

    store = Store.memory()
    monkeypatch.setattr(MemoryConnector, "pull", broken)
    pulling.pull(store, house.systems(), 1, lambda: False)
    assert store.value("SELECT count(*) FROM record") == 2 * pages
    monkeypatch.undo()
    pulling.pull(store, house.systems(), 1, lambda: False)
    assert kept(store) == expected


def test_S0_11_another_mapping_of_accounts_reads_them_anew() -> None:
    house = House(rules=rules_with_accounts())
    house.crm_world.company(domain="acme.example")
    house.sync()
    connector = house.systems().crm
    assert Intake(house.ledger, 2, pulling.shapes(house.rules, connector)).cursor("salesforce", "changes") is not None
    crm = house.rules.maps["salesforce"]
    assert crm.account is not None
    other = replace(crm, account=replace(crm.account, customers=("Client",)))
    rules = replace(house.rules, maps={**house.rules.maps, "salesforce": other})
    assert Intake(house.ledger, 2, pulling.shapes(rules, connector)).cursor("salesforce", "changes") is None
