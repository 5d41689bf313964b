"""How pages are kept: packed values come back as they were, keys follow the record, a known lineage keeps its person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.types import Page, Raw, Record, Ref
from syncd.ledger.codec import pack, unpack
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHAPES = {("hubspot", "contacts"): Shape(("email", "jobtitle", "city"), "email", marketing=True)}

raw = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")), st.sampled_from(["", "null,", '","', "\x01", "\x02", 'a","b', "\\u0001"]),
)  # fmt: skip


@given(st.lists(raw, max_size=8))
def test_packed_values_come_back_as_they_were(values: list[Raw]) -> None:
    assert [(type(v), v) for v in unpack(pack(values))] == [(type(v), v) for v in values]


@pytest.mark.parametrize(
    ("values", "size"), [(["a"] * 20, 43), ([None] * 20, 25), (["a", None, None, "b"], 11), ([], 2), ([0, False, ""], 12)]
)
def test_packing_is_short(values: list[Raw], size: int) -> None:
    assert len(pack(values)) == size


@pytest.fixture
def store() -> Store:
    return Store.memory()


def take(store: Store, *people: Record, at: datetime = NOW) -> None:
    Intake(store, 1, SHAPES).take("hubspot", "people", Page({}, at, people))


def contact(rid: str, *, token: str | None = None, **fields: Raw) -> Record:
    return Record(Ref("hubspot", "contacts", rid), fields, NOW, token=token)


def test_a_new_address_is_the_one_by_which_the_record_is_found(store: Store) -> None:
    take(store, contact("1", email="Ada@Old.example", token="key"))
    take(store, contact("1", email=" ADA@new.example ", jobtitle="CEO", token="other"), at=NOW + timedelta(hours=1))
    assert store.rows("SELECT email, token FROM record") == [("ada@new.example", "other")]
    assert store.rows("SELECT rid FROM record WHERE email = 'ada@old.example'") == []
    assert store.value("PRAGMA integrity_check") == "ok"


def test_a_change_elsewhere_keeps_the_address_and_is_a_fact(store: Store) -> None:
    take(store, contact("1", email="ada@works.example", jobtitle="CTO", token="key"))
    take(store, contact("1", email="ada@works.example", jobtitle="CEO", token="key"), at=NOW + timedelta(hours=1))
    assert store.rows("SELECT email, token FROM record") == [("ada@works.example", "key")]
    assert store.rows("SELECT changed FROM fact") == [('{"jobtitle":["CTO","CEO"]}',)]


def test_an_unchanged_contact_costs_no_write(store: Store) -> None:
    take(store, contact("1", email="ada@works.example"))
    before = store.conn.total_changes
    take(store, contact("1", email="ada@works.example"))
    assert store.conn.total_changes - before == 1  # the cursor


def test_a_lineage_that_has_a_person_keeps_that_person(store: Store) -> None:
    """A ledger that lost a record, but not its person."""
    take(store, contact("1", email="ada@works.example"))
    with store.tx() as conn:
        conn.execute("UPDATE person SET dirty = 0, stage = 'mql'")
        conn.execute("DELETE FROM link")
        conn.execute("DELETE FROM record")
    take(store, contact("1", email="ada@works.example"), contact("2", email="bo@works.example"))
    assert store.rows("SELECT lineage, stage, dirty FROM person ORDER BY id") == [("1", "mql", 1), ("2", "contact", 1)]
    linked = store.rows("SELECT r.rid, p.lineage FROM link l JOIN record r ON r.id = l.record JOIN person p ON p.id = l.person")
    assert sorted(linked) == [("1", "1"), ("2", "2")]
