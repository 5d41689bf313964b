"""Deals as rows, and how they are tied to people: by the people whom they name, or by an account alone."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncd.core.types import BY_ACCOUNT, Opportunity, Ref
from syncd.ledger.codec import from_day, from_minor, from_ms, from_ms_or_none, to_day, to_json, to_minor, to_ms
from syncd.ledger.dirty import mark
from syncd.ledger.store import Store

_COLUMNS = "ref, name, stage, status, modified, amount, currency, close, link, deleted, account, created"


def save_deal(conn: sqlite3.Connection, sync: int, deal: Opportunity) -> set[str]:
    """Keep a deal as it is now; returns the people (their refs as text) for whom that is news.

    One that was deleted names nobody any more, and one that a conversion made names its person only in the pull that saw the
    conversion: they stay whose they were.
    """
    ref = str(deal.ref)
    people = {str(p) for p in deal.people}
    old = conn.execute(f"SELECT {_COLUMNS} FROM opportunity WHERE ref = ?", (ref,)).fetchone()
    old_people = {r[0] for r in conn.execute("SELECT person_ref FROM opportunity_person WHERE opportunity = ?", (ref,))}
    link = deal.link
    if not people and old is not None and (deal.deleted or old[8] == "converted"):
        people, link = old_people, old[8]
    row = (
        ref, deal.name, deal.stage, deal.status, to_ms(deal.modified), to_minor(deal.amount), deal.currency,
        to_day(deal.close), link, int(deal.deleted), deal.account, to_ms(deal.created) if deal.created else None,
    )  # fmt: skip
    if old == row and old_people == people:
        return set()
    conn.execute(
        f"INSERT OR REPLACE INTO opportunity ({_COLUMNS}, sync) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, sync),
    )
    conn.execute("DELETE FROM opportunity_person WHERE opportunity = ?", (ref,))
    conn.executemany("INSERT INTO opportunity_person VALUES (?, ?)", [(p, ref) for p in sorted(people)])
    if deal.account:
        mark(conn, "id IN (SELECT person FROM account_person WHERE account = ?)", deal.account)
    return people | old_people


def at_account(conn: sqlite3.Connection, person: int, account: str) -> None:
    """The CRM record of this person belongs to an account, whose deals may be theirs; who is new there is decided anew."""
    moved = conn.execute("DELETE FROM account_person WHERE person = ? AND account <> ?", (person, account)).rowcount
    if account:
        moved += conn.execute("INSERT OR IGNORE INTO account_person VALUES (?, ?)", (account, person)).rowcount
    if moved:
        mark(conn, "id = ?", person)


def deals_of(store: Store, refs: Mapping[int, Iterable[Ref]]) -> dict[int, list[Opportunity]]:
    """Person → the deals of any of these records, and those of their account that name nobody."""
    owner_of: dict[str, set[int]] = defaultdict(set)
    for person, records in refs.items():
        for ref in records:
            owner_of[str(ref)].add(person)
    found: dict[int, dict[Ref, Opportunity]] = defaultdict(dict)
    for person_ref, *row in store.rows(
        f"SELECT op.person_ref, {_of('o')} FROM json_each(?) j JOIN opportunity_person op ON op.person_ref = j.value "
        "JOIN opportunity o ON o.ref = op.opportunity",
        to_json(sorted(owner_of)),
    ):
        deal = replace(_deal(row), people=(Ref.parse(person_ref),))
        for person in owner_of[person_ref]:
            found[person][deal.ref] = deal
    for person, *row in store.rows(
        f"SELECT a.person, {_of('o')} FROM json_each(?) j JOIN account_person a ON a.person = j.value "
        "JOIN opportunity o ON o.account = a.account AND o.account <> '' AND o.link = ''",
        to_json(list(refs)),
    ):
        deal = replace(_deal(row), link=BY_ACCOUNT)
        found[person].setdefault(deal.ref, deal)
    return {p: sorted(deals.values(), key=lambda d: d.ref) for p, deals in found.items()}


def _of(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _COLUMNS.split(", "))


def _deal(row: Sequence[Any]) -> Opportunity:
    """A row of `_COLUMNS`."""
    ref, name, stage, status, modified, amount, currency, close, link, deleted, account, created = row
    return Opportunity(
        Ref.parse(ref), name, stage, status, from_ms(modified), from_minor(amount), currency, from_day(close), link=link,
        deleted=bool(deleted), account=account,
        created=from_ms_or_none(created),
    )  # fmt: skip
