"""What routing asks the ledger: turns, loads, companies; and which leads wait for somebody who can take them."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core.reps import Load
from syncd.core.rotation import Turn
from syncd.core.rules import Rules
from syncd.core.standing import Company, Standing, spellings
from syncd.ledger import accounts
from syncd.ledger.accounts import Asked
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms, unpack
from syncd.ledger.store import Store

LATELY = timedelta(days=2)
"""Every rep's day began less than this ago, wherever the rep is."""


def standing(store: Store, now: datetime) -> Standing:
    """Whose turn it is and what everybody has. Leads of the last days count for whoever has them now."""
    turns: dict[str, dict[str, Turn]] = defaultdict(dict)
    for pool, rep, given, owed in store.rows("SELECT pool, rep, given, owed FROM rotation ORDER BY pool, rep"):
        turns[pool][rep] = Turn(given, owed)
    running: dict[str, int] = dict(
        store.rows(
            "SELECT owner_id, sum(n) FROM (SELECT owner_id, count(*) AS n FROM handoff WHERE state = 'delivered' "
            "GROUP BY owner_id UNION ALL SELECT owner_id, count(*) FROM handoff WHERE state = 'open' GROUP BY owner_id) "
            "GROUP BY owner_id"
        )
    )
    given_at: dict[str, list[datetime]] = defaultdict(list)
    for owner, at in store.rows(
        "SELECT owner_id, opened FROM handoff WHERE opened > ? AND state <> 'void' AND entry <> 'adopted' ORDER BY opened",
        to_ms(now - LATELY),
    ):
        given_at[owner].append(from_ms(at))
    loads = {who: Load(running.get(who, 0), tuple(given_at[who])) for who in {*running, *given_at}}
    return Standing(dict(turns), loads)


def save_turns(conn: sqlite3.Connection, turns: Mapping[str, Mapping[str, Turn]]) -> None:
    conn.executemany(
        "INSERT INTO rotation VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET given = excluded.given, owed = excluded.owed",
        [(pool, rep, t.given, t.owed) for pool, reps in turns.items() for rep, t in sorted(reps.items())],
    )


def drawn(store: Store, person: int, number: int) -> tuple[str, str] | None:
    """(rep, pool) of the draw that gave a handoff away which is now planned again; None when it was none."""
    return store.one("SELECT owner, pool FROM handoff WHERE person = ? AND number = ? AND pool <> ''", person, number)


def forget_draw(conn: sqlite3.Connection, person: int, number: int) -> None:
    """The draw of this handoff was taken back."""
    conn.execute("UPDATE handoff SET pool = '' WHERE person = ? AND number = ?", (person, number))


def wait(conn: sqlite3.Connection, person: int, since: datetime) -> None:
    """A lead that nobody can take now; when it waits already, it has waited since then."""
    conn.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?)", (person, to_ms(since)))


def stop_waiting(conn: sqlite3.Connection, person: int) -> None:
    conn.execute("DELETE FROM waiting WHERE person = ?", (person,))


def with_companies(store: Store, known: Standing, rules: Rules, asked: Iterable[Asked]) -> Standing:
    """With what the CRM's accounts and people say of these companies."""
    pairs = set(asked)
    domains = sorted({of.domain for of in pairs if of.domain} - set(known.companies))
    named = sorted({of.account for of in pairs if of.account} - set(known.accounts))
    if not domains and not named:
        return known
    found = companies(store, rules, domains) if domains else {}
    own = accounts.named(store, rules, named) if named else {}
    own |= accounts.above(store, rules, (*own.values(), *(a for company in found.values() for a in company.accounts)))
    return replace(known, companies={**known.companies, **found}, accounts={**known.accounts, **own})


def companies(store: Store, rules: Rules, domains: Sequence[str]) -> dict[str, Company]:
    """Who owns the people of these domains in the CRM, and whether one of them is a customer. In Salesforce only Contacts
    have a company; a Lead is not matched with one yet."""
    crm = rules.maps[rules.crm]
    kinds = [k for k in crm.kinds.values() if k.kind == "Contact"] or list(crm.kinds.values())
    owner_fields = {k.kind: k.fields["owner"].remote for k in kinds if "owner" in k.fields}
    owners: dict[str, Counter[str]] = defaultdict(Counter)
    customers: set[str] = set()
    written = {spelling: domain for domain in domains for spelling in spellings(domain)}
    found = store.conn.execute(  # row by row: a large company, or a mail provider, has everybody in it
        "SELECT substr(r.email, instr(r.email, '@') + 1) AS domain, iif(k.system = ?2, k.kind, ''), k.names, r.email, r.body, "
        "EXISTS (SELECT 1 FROM link l JOIN person p ON p.id = l.person WHERE l.record = r.id AND p.stage = 'customer') "
        "OR EXISTS (SELECT 1 FROM opportunity_person op JOIN opportunity o ON o.ref = op.opportunity AND o.status = 'won' "
        "  AND o.deleted = 0 WHERE op.person_ref = k.system || '/' || k.kind || '/' || r.rid) "
        "FROM record r JOIN kind k ON k.id = r.kind WHERE r.email IS NOT NULL AND r.state IS NULL "
        "AND substr(r.email, instr(r.email, '@') + 1) IN (SELECT value FROM json_each(?1))",
        (to_json(list(written)), rules.crm),
    )
    for at, kind, names, email, body, customer in found:
        domain = written[at]
        if customer:
            customers.add(domain)
        if kind in owner_fields:
            fields = dict(zip(from_json(names), unpack(body, email), strict=False))
            if owner := str(fields.get(owner_fields[kind]) or ""):
                owners[domain][owner] += 1
    held = accounts.of_domains(store, rules, domains)
    return {
        domain: Company(
            tuple(sorted(owners[domain], key=lambda o: (-owners[domain][o], o))), domain in customers, held.get(domain, ())
        )
        for domain in domains
    }
