"""Persons, their families, and links that were lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.stages import Move
from syncd.core.types import Page, Record, Ref
from syncd.ledger import decisions, family, journal, people
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHAPES = {("hubspot", "contacts"): Shape(("email", "visits"), "email", marketing=True)}


@pytest.fixture
def store() -> Store:
    store = Store.memory()
    with store.tx() as conn:
        journal.put(conn, "marketing", "hubspot")
    return store


def take(store: Store, rid: str, *aliases: str, hour: int = 0) -> None:
    """The contact `rid`, into which those of `aliases` were merged, as a pull shows it."""
    refs = tuple(Ref("hubspot", "contacts", alias) for alias in aliases)
    fields = {"email": f"{rid}@works.example", "visits": hour}
    record = Record(Ref("hubspot", "contacts", rid), fields, NOW + timedelta(hours=hour), aliases=refs)
    take_records(store, record)


def take_records(store: Store, *records: Record) -> None:
    Intake(store, 1, SHAPES).take("hubspot", "people", Page({}, NOW, records))


def move(store: Store, lineage: str, was: str, stage: str) -> None:
    (person,) = people.find(store, lineage, "hubspot")
    with store.tx() as conn:
        decisions.save_moves(conn, 1, person, [Move(was, stage, "T1", NOW, "test")], stage)


def persons(store: Store) -> list[tuple[str, str, str, str]]:
    return store.rows("SELECT lineage, email, stage, highest FROM v_person ORDER BY id")  # type: ignore[return-value]


def test_a_person_is_known_by_the_id_of_its_contact(store: Store) -> None:
    take(store, "7")
    take(store, "5")
    assert persons(store) == [
        ("7", "7@works.example", "contact", "contact"),
        ("5", "5@works.example", "contact", "contact"),
    ]
    assert [family.lineage(store, person) for person in (1, 2)] == ["7", "5"]


def test_a_stub_is_the_person_that_its_contact_turns_out_to_be(store: Store) -> None:
    intake = Intake(store, 1, SHAPES)
    with store.tx() as conn:
        row = intake.record(conn, Ref("hubspot", "contacts", "7"))
    take(store, "7")
    assert people.find(store, "7", "hubspot") == [row]


def test_a_merge_that_leaves_all_values_as_they_were_is_seen_once(store: Store) -> None:
    """HubSpot keeps the values of the contact that is left, and only counts its stamp up."""
    fields = {"email": "ada@works.example", "visits": 1}
    ada = Record(Ref("hubspot", "contacts", "2"), fields, NOW)
    take(store, "1")
    take_records(store, ada)
    merged = replace(ada, modified=NOW + timedelta(hours=1), aliases=(Ref("hubspot", "contacts", "1"),))
    take_records(store, merged)
    assert persons(store) == [("1", "ada@works.example", "contact", "contact")]
    with store.tx() as conn:
        conn.execute("DELETE FROM dirty")
    take_records(store, replace(merged, modified=NOW + timedelta(hours=2)))
    assert list(people.waiting(store, NOW)) == []


@pytest.mark.parametrize("seen", [True, False])
def test_a_family_is_known_by_its_smallest_id_also_when_nobody_ever_saw_that_contact(store: Store, seen: bool) -> None:
    for rid in ("70", "9", "8") if seen else ("70", "9"):
        take(store, rid)
    move(store, "9", "contact", "mql")
    take(store, "70", "8", "9", hour=1)
    assert persons(store) == [("8", "70@works.example", "mql", "mql")]
    (person,) = {p for text in ("8", "9", "70", "hubspot/contacts/9") for p in people.find(store, text, "hubspot")}
    dossier = people.dossiers(store, [person], "hubspot")[person]
    assert (dossier.lineage, dossier.family) == ("8", {"8", "9", "70"})
    assert dossier.marketing is not None
    assert dossier.marketing.ref.id == "70"
    assert [event["stage"] for event in journal.stage_history(store, person)] == ["mql", "void", "mql"]
    assert store.rows("PRAGMA foreign_key_check") == []


def test_T17_a_merge_is_a_stage_event_of_both_and_names_the_survivor(store: Store) -> None:
    take(store, "1")
    take(store, "2")
    move(store, "1", "contact", "lead")
    move(store, "2", "contact", "sal")
    take(store, "2", "1", hour=1)
    told = store.rows("SELECT was, stage, rule, source FROM stage_event WHERE rule LIKE 'T17%'")
    assert told == [("sal", "void", "T17 merged into hubspot/contacts/1", "hubspot/contacts/1")]


def test_who_moved_stays_where_they_are_and_keeps_the_highest_stage_of_the_family(store: Store) -> None:
    take(store, "1")
    take(store, "2")
    move(store, "1", "contact", "lead")
    move(store, "2", "contact", "sql")
    take(store, "2", "1", hour=1)
    assert persons(store) == [("1", "2@works.example", "lead", "sql")]


def test_families_that_merge_again_are_one_person(store: Store) -> None:
    take(store, "30")
    take(store, "20")
    take(store, "30", "20", hour=1)
    take(store, "10")
    take(store, "10", "30", "20", hour=2)
    assert {p for text in ("10", "20", "30") for p in people.find(store, text, "hubspot")} == {3}
    assert persons(store) == [("10", "10@works.example", "contact", "contact")]


def test_links_that_were_lost_come_back_as_they_were(store: Store) -> None:
    take(store, "9")
    take(store, "70", "8", "9")
    take(store, "5")
    before = store.rows("SELECT * FROM link ORDER BY record")
    assert len(before) == 4
    with store.tx() as conn:
        conn.execute("DELETE FROM link")
        assert family.relink(conn) == 4
        assert family.relink(conn) == 0
    assert store.rows("SELECT * FROM link ORDER BY record") == before
