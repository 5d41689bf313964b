"""How pages are kept: packed values come back as they were, keys follow the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.types import Action, Outcome, Page, Raw, Receipt, Record, Ref, State, Verb
from syncd.ledger import decisions, journal, people, protocol
from syncd.ledger.codec import pack, unpack
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHAPES = {("hubspot", "contacts"): Shape(("email", "jobtitle", "city"), "email", marketing=True)}

raw = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")), st.sampled_from(["", "null,", '","', "\x01", "\x02", 'a","b', "\\u0001"]),
)  # fmt: skip


text = st.text(st.characters(codec="utf-8"), min_size=1)
addresses = st.one_of(st.none(), text, st.sampled_from(['"', "n", "\\", ","]))


@given(st.lists(raw, max_size=8), addresses)
@example(["ada@works.example", "a"], "ada@works.example")
@example(['"', '\\"', "null"], '\\"')
def test_packed_values_come_back_as_they_were(values: list[Raw], email: str | None) -> None:
    assert [(type(v), v) for v in unpack(pack(values, email), email)] == [(type(v), v) for v in values]


@pytest.mark.parametrize(
    ("values", "size"),
    [(["a"] * 20, 41), ([None] * 20, 23), (["a", None, None, "b"], 9), ([], 0), ([0, False, ""], 10)],
)
def test_packing_is_short(values: list[Raw], size: int) -> None:
    assert len(pack(values, None)) == size


def test_the_email_is_not_said_twice() -> None:
    assert len(pack(["ada@works.example", "Ada", "mailto:ada@works.example"], "ada@works.example")) == 16


@pytest.fixture
def store() -> Store:
    return Store.memory()


def take(store: Store, *people: Record, at: datetime = NOW) -> None:
    Intake(store, 1, SHAPES).take("hubspot", "people", Page({}, at, people))


def contact(rid: str, *, token: str | None = None, **fields: Raw) -> Record:
    return Record(Ref("hubspot", "contacts", rid), fields, NOW, token=token)


def changes(store: Store) -> list[dict[str, list[Raw]]]:
    return [fact["changed"] for fact in journal.facts_of(store, 1)]


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
    assert changes(store) == [{"jobtitle": ["CTO", "CEO"]}]


@pytest.mark.parametrize("emails", [("A@x.example", "a@x.example"), ("a@x.example", "b@x.example", "a@x.example")])
def test_an_address_reads_as_it_was_written(store: Store, emails: tuple[str, ...]) -> None:
    """Also within one page, and where only its case changes."""
    take(store, *(replace(contact("1", email=e), modified=NOW + timedelta(hours=n)) for n, e in enumerate(emails)))
    ref = Ref("hubspot", "contacts", "1")
    assert people.records(store, [ref])[ref].fields["email"] == emails[-1]
    assert store.rows("SELECT email FROM record") == [(emails[-1],)]
    assert changes(store) == [{"email": list(pair)} for pair in pairwise(emails)]


def test_a_fact_says_what_became_of_the_record_beside_what_changed_in_it(store: Store) -> None:
    before = contact("1", email="ada@works.example", city="Bonn")
    take(store, before)
    fields = {"email": None, "jobtitle": "CTO", "city": "Köln"}
    take(store, replace(before, fields=fields, state=State.ARCHIVED, modified=NOW + timedelta(hours=1)))
    assert changes(store) == [
        {
            "email": ["ada@works.example", None],
            "jobtitle": [None, "CTO"],
            "city": ["Bonn", "Köln"],
            "state": [None, "archived"],
        }
    ]


def test_an_address_that_we_wrote_is_the_one_by_which_the_record_is_found_and_its_echo_is_no_news(store: Store) -> None:
    take(store, contact("1", email="ada@old.example", city="Bonn"))
    ref = Ref("hubspot", "contacts", "1")
    action = Action("key", "field:email", Verb.UPDATE, ref, {"email": "Ada@new.example"}, "1", "moved")
    with store.tx() as conn:
        decisions.save_actions(conn, 1, 1, [action])
        protocol.receive(conn, 1, [(action, Receipt("key", Outcome.DONE, ref))], NOW)
    assert people.records(store, [ref])[ref].fields == {"email": "Ada@new.example", "jobtitle": None, "city": "Bonn"}
    assert store.rows("SELECT email FROM record") == [("ada@new.example",)]
    before = store.conn.total_changes
    take(store, contact("1", email="Ada@new.example", city="Bonn"))
    assert store.conn.total_changes - before == 1  # the cursor


def test_an_unchanged_contact_costs_no_write(store: Store) -> None:
    take(store, contact("1", email="ada@works.example"))
    before = store.conn.total_changes
    take(store, contact("1", email="ada@works.example"))
    assert store.conn.total_changes - before == 1  # the cursor
