"""Accounts in the ledger: the closest domain, merges, what is older, and who is decided anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.standing import Standing
from syncd.core.types import CrmAccount, Page, Ref
from syncd.ledger import accounts, standing
from syncd.ledger.accounts import Asked
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store
from tests.sync.house import example_rules, rules_with_accounts

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHAPES = {("hubspot", "contacts"): Shape(("email",), "email", marketing=True)}
RULES = rules_with_accounts()


def ref(rid: str) -> Ref:
    return Ref("salesforce", "Account", rid)


def account(rid: str, domain: str = "acme.example", **more: object) -> CrmAccount:
    return replace(CrmAccount(ref(rid), rid.upper(), domain, "005A", NOW), **more)  # type: ignore[arg-type]


@pytest.fixture
def store() -> Store:
    return Store.memory()


def take(store: Store, *found: CrmAccount) -> None:
    Intake(store, 1, SHAPES).take("salesforce", "changes", Page({}, NOW, accounts=found))


def of(store: Store, *domains: str) -> dict[str, list[str]]:
    return {d: [a.ref.id for a in found] for d, found in accounts.of_domains(store, RULES, domains).items()}


def test_S0_11_the_closest_domain_above_counts_and_the_latest_account_is_first(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    take(
        store, account("a"), account("b", modified=later), account("eu", "eu.acme.example"), account("none", ""),
        account("mail", "gmail.com"), account("gone", deleted=True),
    )  # fmt: skip
    asked = ("acme.example", "it.acme.example", "x.eu.acme.example", "other.example", "gmail.com", "")
    assert of(store, *asked) == {
        "acme.example": ["b", "a"],
        "it.acme.example": ["b", "a"],
        "x.eu.acme.example": ["eu"],
    }


def test_S0_11_a_merged_account_is_found_under_its_old_id_however_often(store: Store) -> None:
    take(
        store,
        account("a", deleted=True, successor=ref("b")),
        account("b", deleted=True, successor=ref("c")),
        account("c"),
    )
    take(store, account("d", aliases=(ref("e"),)), account("f", deleted=True))
    found = accounts.named(store, RULES, ["a", "b", "c", "e", "f", "unknown"])
    assert {rid: a.ref.id for rid, a in found.items()} == {"a": "c", "b": "c", "c": "c", "e": "d"}


def test_S0_11_parents_are_found_to_the_top_also_merged_ones_and_rings_end(store: Store) -> None:
    take(
        store, account("acme", parent="old"), account("old", "", deleted=True, successor=ref("europe")),
        account("europe", "", parent="group"), account("group", "", parent="acme"), account("gone", "", parent="nobody"),
    )  # fmt: skip
    known = standing.with_companies(store, Standing(), RULES, [Asked("acme.example"), Asked(account="gone")])
    assert {rid: found.ref.id for rid, found in known.accounts.items()} == {
        "old": "europe", "group": "group", "acme": "acme", "gone": "gone",
    }  # fmt: skip


def test_S0_11_a_ring_of_merges_ends(store: Store) -> None:
    take(store, account("a", deleted=True, successor=ref("b")), account("b", deleted=True, successor=ref("a")))
    assert accounts.named(store, RULES, ["a"]) == {}


def test_S0_11_what_is_older_changes_nothing(store: Store) -> None:
    """HubSpot's search index lags behind its lists."""
    take(store, account("a", owner="005B", modified=NOW))
    take(store, account("a", owner="005A", modified=NOW - timedelta(seconds=5)))
    assert accounts.named(store, RULES, ["a"])["a"].owner == "005B"


def test_S0_11_one_look_at_all_companies_asks_each_once(store: Store) -> None:
    take(store, account("a"), account("b", "b.example"))
    known = standing.with_companies(
        store, standing.standing(store, NOW), RULES, [Asked("acme.example", "b"), Asked("", "a"), Asked("b.example")]
    )
    assert {d: [a.ref.id for a in c.accounts] for d, c in known.companies.items()} == {
        "acme.example": ["a"],
        "b.example": ["b"],
    }
    assert set(known.accounts) == {"a", "b"}
    assert standing.with_companies(store, known, RULES, [Asked("acme.example", "a")]) is known


def test_S0_11_rules_that_do_not_ask_see_no_accounts(store: Store) -> None:
    take(store, account("a"))
    assert accounts.of_domains(store, example_rules(), ["acme.example"]) == {}
    assert accounts.named(store, example_rules(), ["a"]) == {}


def test_S1_5_a_changed_account_decides_anew_who_waits(store: Store) -> None:
    intake = Intake(store, 1, SHAPES)
    with store.tx() as conn:
        waits, other = (intake.record(conn, Ref("hubspot", "contacts", rid)) for rid in ("1", "2"))
        conn.execute("INSERT INTO waiting VALUES (?, 0)", (waits,))
        conn.execute("DELETE FROM dirty")
    take(store, account("a"))
    assert store.rows("SELECT person FROM dirty") == [(waits,)]
    with store.tx() as conn:
        conn.execute("DELETE FROM dirty")
    take(store, account("a"))
    assert store.rows("SELECT person FROM dirty") == []
    assert other != waits
