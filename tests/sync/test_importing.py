"""Past leads from tables: what stands in the ledger, each at its own time, and that nothing leaves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.errors import LedgerError
from syncd.core.imports import ACTIVITIES, OUTCOMES, PEOPLE, Told
from syncd.core.past import as_of
from syncd.ledger import journal, past, people
from syncd.ledger.store import Store
from syncd.sync.apply import Applier
from syncd.sync.importing import Harvest, save
from tests.sync.house import House, example_rules

DAY = timedelta(days=1)
START = datetime(2025, 7, 1, tzinfo=UTC)


def ledger(tmp_path: Path, *told: Told) -> Store:
    save(Harvest(example_rules(), list(told)), tmp_path / "past.db", [Path("leads.csv")])
    return Store.read(tmp_path / "past.db")


def person(name: str, day: float, **values: str) -> Told:
    return Told(PEOPLE, name, START + day * DAY, dict(values))


def test_N4_each_row_arrives_at_its_own_time(tmp_path: Path) -> None:
    """A lead that gets a title on the third day, looks at a page on the second, and is won on the fifth."""
    told = [
        person("L1", 0, email="a@a.example", company="A"),
        person("L1", 2, jobtitle="CEO"),
        Told(ACTIVITIES, "L1", START + DAY, {}, "page_view", "Pricing"),
        Told(OUTCOMES, "L1", START + 4 * DAY, {}, "customer"),
    ]
    with ledger(tmp_path, *reversed(told)) as store:
        (ids,) = past.chunks(store)
        found = people.dossiers(store, ids, "hubspot")
        (story,) = past.pasts(store, found).values()
        (dossier,) = found.values()
        days = [as_of(dossier, story, START + (n + 0.5) * DAY) for n in range(6)]
        titles = [d.marketing.fields["jobtitle"] for d in days if d.marketing]
        assert titles == [None, None, "CEO", "CEO", "CEO", "CEO"]
        assert [d.marketing.fields["company"] for d in days if d.marketing] == ["A"] * 6  # what a row leaves out stays
        assert [len(d.activities) for d in days] == [0, 1, 1, 1, 1, 1]
        assert [d.stage for d in days] == ["contact"] * 4 + ["customer"] * 2
        assert as_of(dossier, story, START - DAY).marketing is None
        assert journal.last_seen(store) == START + 4 * DAY


def test_N4_an_outcome_before_the_lead_itself_leaves_it_where_it_is(tmp_path: Path) -> None:
    won = Told(OUTCOMES, "L1", START - 2 * DAY, {}, "customer")
    with ledger(tmp_path, person("L1", 0), won) as store:
        (ids,) = past.chunks(store)
        found = people.dossiers(store, ids, "hubspot")
        (story,) = past.pasts(store, found).values()
        (trace,) = story.traces.values()
        assert START <= trace.born < START + timedelta(milliseconds=1)
        assert [step.at for step in story.reached] == [START - 2 * DAY]


def test_N4_a_half_made_ledger_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Store, target: Path) -> None:
        raise LedgerError("The disk is full.")

    monkeypatch.setattr(Store, "backup", full)
    with pytest.raises(LedgerError, match="full"):
        ledger(tmp_path, person("L1", 0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["plan", "sync"])
def test_N4_no_round_is_made_of_an_imported_ledger(mode: str) -> None:
    house = House()
    house.contact("ada")
    with house.ledger.tx() as conn:
        journal.put(conn, "imported", "[]")
    with pytest.raises(LedgerError, match="nothing is ever sent from it"):
        house.sync(mode)
    with pytest.raises(LedgerError, match="nothing is ever sent from it"):
        Applier(house.ledger, house.systems(), 1, lambda: False).run()
    assert house.leads() == []


def test_N4_an_imported_ledger_cannot_be_opened_for_writing(tmp_path: Path) -> None:
    with ledger(tmp_path, person("L1", 0)):
        pass
    assert (tmp_path / "past.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(LedgerError, match=r"past.db was imported from tables"):
        Store.open(tmp_path / "past.db")
