"""Accounts of the CRM: taken in, and found by domain or by id."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from syncd.core.rules import Rules
from syncd.core.standing import domains_above
from syncd.core.types import CrmAccount, Ref
from syncd.ledger.codec import from_ms, to_json, to_ms
from syncd.ledger.dirty import mark
from syncd.ledger.store import Store

MERGES = 10
"""How many merges one after the other are followed."""

_COLUMNS = "ref, name, domain, owner_id, customer, deleted, successor, modified, parent"


class Asked(NamedTuple):
    """A company: the domain of its people, and the CRM id of the account that a person's record names."""

    domain: str = ""
    account: str = ""


def take(conn: sqlite3.Connection, accounts: Sequence[CrmAccount]) -> None:
    """Accounts as they are now. Leads that wait for somebody are decided anew when one has changed."""
    rows = [_row(account) for account in accounts]
    rows += [  # of one that was merged away nobody says anything any more
        (str(alias), "", "", "", 0, 1, str(account.ref), to_ms(account.modified), "")
        for account in accounts
        for alias in account.aliases
    ]
    changed = 0
    for row in rows:
        changed += conn.execute(
            f"INSERT INTO account ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
            "name = excluded.name, domain = excluded.domain, owner_id = excluded.owner_id, customer = excluded.customer, "
            "deleted = excluded.deleted, successor = excluded.successor, modified = excluded.modified, "
            "parent = excluded.parent "
            f"WHERE excluded.modified >= account.modified AND ({_COLUMNS}) IS NOT (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, *row),
        ).rowcount
    if changed:
        mark(
            conn,
            "id IN (SELECT person FROM problem WHERE kind = 'no_owner' AND resolved IS NULL UNION SELECT person FROM waiting)",
        )


def of_domains(store: Store, rules: Rules, domains: Iterable[str]) -> dict[str, tuple[CrmAccount, ...]]:
    """Live accounts of each domain, or of the closest one above it that has some; the one that changed last first."""
    if rules.maps[rules.crm].account is None:
        return {}
    above = {domain: domains_above(domain) for domain in domains}
    asked = sorted({name for names in above.values() for name in names})
    found: dict[str, list[CrmAccount]] = defaultdict(list)
    for row in store.rows(
        f"SELECT {_COLUMNS} FROM account WHERE domain IN (SELECT value FROM json_each(?)) AND domain <> '' AND deleted = 0 "
        "ORDER BY modified DESC, ref",
        to_json(asked),
    ):
        found[row[2]].append(_account(row))
    closest = {domain: next((name for name in names if name in found), "") for domain, names in above.items()}
    return {domain: tuple(found[name]) for domain, name in closest.items() if name}


def named(store: Store, rules: Rules, ids: Sequence[str]) -> dict[str, CrmAccount]:
    """Live accounts by CRM id; one that was merged away is its successor."""
    account = rules.maps[rules.crm].account
    if account is None:
        return {}
    wanted = {rid: str(Ref(rules.crm, account.kind, rid)) for rid in ids}
    found: dict[str, CrmAccount] = {}
    for _ in range(MERGES):
        rows = _by_ref(store, wanted.values())
        found |= {rid: _account(rows[ref]) for rid, ref in wanted.items() if ref in rows and not rows[ref][5]}
        wanted = {rid: rows[ref][6] for rid, ref in wanted.items() if ref in rows and rows[ref][5] and rows[ref][6]}
        if not wanted:
            break
    return found


def above(store: Store, rules: Rules, accounts: Iterable[CrmAccount]) -> dict[str, CrmAccount]:
    """The companies that these belong to, and those that they belong to, by the CRM id that names them."""
    found: dict[str, CrmAccount] = {}
    asked = {account.parent for account in accounts} - {""}
    while asked:
        parents = named(store, rules, sorted(asked))
        found |= parents
        asked = {account.parent for account in parents.values()} - {"", *found}
    return found


def _by_ref(store: Store, refs: Iterable[str]) -> Mapping[str, tuple[Any, ...]]:
    query = f"SELECT {_COLUMNS} FROM account WHERE ref IN (SELECT value FROM json_each(?))"
    return {row[0]: row for row in store.rows(query, to_json(list(refs)))}


def _row(a: CrmAccount) -> tuple[object, ...]:
    gone = str(a.successor) if a.successor else None
    return (str(a.ref), a.name, a.domain, a.owner, int(a.customer), int(a.deleted), gone, to_ms(a.modified), a.parent)


def _account(row: tuple[Any, ...]) -> CrmAccount:
    ref, name, domain, owner, customer, deleted, successor, modified, parent = row
    return CrmAccount(
        Ref.parse(ref), name, domain, owner, from_ms(modified), bool(customer), bool(deleted),
        Ref.parse(successor) if successor else None, parent=parent,
    )  # fmt: skip
